"""Counting time, against the vectors of the notes on the national standards and a calendar of our own (`oracle`)."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import oracle
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omi_rules.calendar import (
    Duration,
    Unit,
    add,
    as_date,
    bank_holidays,
    day_number,
    duration,
    from_library,
)


def is_working_day(day: date) -> bool:
    return plus(day - timedelta(days=1), "1 working day") == day


def plus(start: date, length: str) -> date:
    return as_date(int(add(np.array([day_number(start)], dtype=np.int32), duration(length))[0]))


LENGTHS = (
    "1 working day",
    "2 working days",
    "3 working days",
    "5 working days",
    "10 working days",
    "15 working days",
    "25 working days",
    "35 working days",
    "40 working days",
    "8 weeks",
    "16 weeks",
)
# national-standards.md, section 5: month and day of 2006, for the lengths above.
VECTORS = {
    date(2006, 1, 4): "01-05 01-06 01-09 01-11 01-18 01-25 02-08 02-22 03-01 03-01 04-26",
    date(2006, 4, 12): "04-13 04-18 04-19 04-21 04-28 05-08 05-22 06-06 06-13 06-07 08-02",
    date(2006, 4, 15): "04-18 04-19 04-20 04-24 05-02 05-09 05-23 06-07 06-14 06-10 08-05",
}


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        (start, length, date.fromisoformat(f"2006-{day}"))
        for start, days in VECTORS.items()
        for length, day in zip(LENGTHS, days.split(), strict=True)
    ],
)
def test_vectors_of_the_standards(start: date, length: str, due: date) -> None:
    assert plus(start, length) == due


CLOSED = (
    "2005-12-26 2005-12-27 2006-01-02 2006-04-14 2006-04-17 2006-05-01 2006-05-29 2006-08-28 2006-12-25 2006-12-26 "
    "1995-05-08 1999-12-31 2002-06-03 2002-06-04 2011-04-29 2012-06-04 2012-06-05 2020-05-08 2022-06-02 2022-06-03 "
    "2022-09-19 2023-05-08"
)
OPEN = "1995-05-01 2002-05-27 2005-12-28 2006-01-03 2012-05-28 2020-05-04 2022-05-30"


@pytest.mark.parametrize("day", [date.fromisoformat(day) for day in CLOSED.split()])
def test_special_bank_holidays(day: date) -> None:
    assert day in bank_holidays(day.year, day.year)
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [date.fromisoformat(day) for day in OPEN.split()])
def test_days_that_were_moved_or_only_look_like_holidays(day: date) -> None:
    assert is_working_day(day)


def test_every_working_day_of_46_years() -> None:
    day = date(1990, 1, 1)
    closed = bank_holidays(1990, 2035)
    while day < date(2036, 1, 1):
        assert (day.weekday() < 5 and day not in closed) == oracle.is_working_day(day), day
        day += timedelta(days=1)


def test_the_table_of_bank_holidays_is_what_the_library_says() -> None:
    assert bank_holidays(1990, 2035) == from_library(1990, 2035)


def test_forty_working_days_against_eight_weeks() -> None:
    """D-1: two limits on contact with the victim, not to be merged."""
    year = [date(2006, 1, 1) + timedelta(days=n) for n in range(365)]
    starts = [day for day in year if is_working_day(day)]
    apart = Counter((plus(day, "40 working days") - plus(day, "8 weeks")).days for day in starts)
    assert len(starts) == 252
    assert apart[0] == 101
    assert set(apart) == set(range(7))


def test_months() -> None:
    assert plus(date(2006, 1, 31), "1 month") == date(2006, 2, 28)
    assert plus(date(2008, 1, 31), "1 month") == date(2008, 2, 29)
    assert plus(date(2007, 12, 31), "2 months") == date(2008, 2, 29)
    assert plus(date(2008, 2, 29), "12 months") == date(2009, 2, 28)
    assert plus(date(2006, 11, 30), "3 months") == date(2007, 2, 28)
    assert plus(date(2006, 2, 28), "1 month") == date(2006, 3, 28)


@pytest.mark.parametrize("length", ["0 days", "0 working days", "0 weeks", "0 months"])
def test_nothing_added_is_the_day_itself(length: str) -> None:
    for start in (date(2006, 4, 13), date(2006, 4, 14), date(2006, 4, 15), date(2006, 4, 30)):
        assert plus(start, length) == start


# Day by day, against a calendar written without the program.

BY_HAND: dict[Unit, Callable[[date, int], date]] = {
    "days": lambda start, n: start + timedelta(days=n),
    "working days": oracle.add_working_days,
    "weeks": oracle.add_weeks,
    "months": oracle.add_months,
}
HOLIDAYS = sorted(day for year in range(1990, 2036) for day in oracle.bank_holidays(year))
MONTH_ENDS = [date(year, month, 1) - timedelta(days=1) for year in range(1991, 2036) for month in range(1, 13)]
DAYS = st.one_of(
    st.dates(date(1990, 1, 1), date(2035, 12, 31)),
    st.sampled_from(HOLIDAYS),
    st.sampled_from(MONTH_ENDS),
    st.builds(lambda day, n: day + timedelta(days=n), st.sampled_from(HOLIDAYS), st.integers(-4, 4)),
)
LENGTH = st.builds(Duration, st.integers(0, 60), st.sampled_from(sorted(BY_HAND)))


@settings(deadline=None, max_examples=1000)
@given(start=DAYS, length=LENGTH)
@example(start=date(2005, 12, 23), length=Duration(5, "working days"))
@example(start=date(2035, 12, 31), length=Duration(60, "working days"))
@example(start=date(2008, 2, 29), length=Duration(12, "months"))
def test_day_by_day(start: date, length: Duration) -> None:
    assert plus(start, str(length)) == BY_HAND[length.unit](start, length.number)


@settings(deadline=None, max_examples=200)
@given(starts=st.lists(DAYS, max_size=30), length=LENGTH)
@example(starts=[], length=Duration(5, "working days"))
@example(starts=[date(1990, 1, 1), date(2035, 12, 31)], length=Duration(40, "working days"))
def test_many_at_once_as_one_by_one(starts: list[date], length: Duration) -> None:
    days = np.array([day_number(day) for day in starts], dtype=np.int32)
    together = add(days, length)
    assert together.dtype == np.int32
    assert [as_date(int(day)) for day in together] == [plus(day, str(length)) for day in starts]
    assert [as_date(int(day)) for day in days] == starts  # what was given is left as it was


@settings(deadline=None)
@given(day=st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_day_numbers_there_and_back(day: date) -> None:
    assert as_date(day_number(day)) == day
    assert np.datetime64(day, "D").astype(int) == day_number(day)


@pytest.mark.parametrize("number", [1, 2, 16])
@pytest.mark.parametrize("unit", BY_HAND)
def test_lengths_as_text(number: int, unit: Unit) -> None:
    assert duration(str(Duration(number, unit))) == Duration(number, unit)


@pytest.mark.parametrize(
    "text", ["", "weeks", "16", "-1 weeks", "16weeks", "1.5 days", "16 years", "16 weeks!", "٣ days"]
)
def test_what_is_no_length(text: str) -> None:
    with pytest.raises(ValueError, match=r"want a number of days|did you mean"):
        duration(text)
