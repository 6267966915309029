"""Counting time: days, weeks, months, and working days in England and Wales.

Dates are day numbers (days since 1970-01-01, as NumPy and Arrow count them). Working days are looked up in one
array, made once for the years that are asked about.

Source of the rules: docs/contract.md, section 2, rule 4; bank holidays from the ``holidays`` library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from omi_rules.errors import nearest

Days = NDArray[np.int32]

NEVER = np.int32(np.iinfo(np.int32).max)
"""The day number of what has not happened: later than any date."""


def never(size: int) -> Days:
    """As many days of what has not happened; for a single case `np.full` takes as long as all that is done with it."""
    made = np.empty(size, dtype=np.int32)
    made.fill(NEVER)
    return made


Unit = Literal["days", "working days", "weeks", "months"]

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Duration:
    """A stretch of time as the standards state it, ``16 weeks`` or ``5 working days``."""

    number: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.number} {self.unit[:-1] if self.number == 1 else self.unit}"


def duration(text: str) -> Duration:
    """A duration from its text.

    >>> str(duration("5 working days")), str(duration("1 week"))
    ('5 working days', '1 week')

    Raises:
        ValueError: the text is not ``n days``, ``n working days``, ``n weeks`` or ``n months``.
    """
    found = re.fullmatch(r"(\d{1,4}) ((?:working )?day|week|month)s?", text.strip(), re.ASCII)
    if not found:
        raise ValueError(_length_hint(text))
    unit = next(unit for unit in get_args(Unit) if unit == f"{found[2]}s")
    return Duration(int(found[1]), unit)


def _length_hint(text: str) -> str:
    """What may have been meant, or how a length of time is written."""
    found = re.fullmatch(r"(\d{1,4})\s*(\D+)", text.strip(), re.ASCII)
    unit = re.search("`(.*)`", nearest(found[2], get_args(Unit), "")) if found else None
    if found and unit:
        return f"did you mean `{Duration(int(found[1]), unit[1])}`?"  # type: ignore[arg-type]
    return "want a number of days, working days, weeks or months, such as `16 weeks`"


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def as_date(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(int(number) + _EPOCH)


def add(start: Days, length: Duration) -> Days:
    """The last day within `length` of each start day; counting begins on the day after, whatever day that is.

    >>> thursday = np.array([day_number(date(2006, 4, 13))], dtype=np.int32)   # before Easter
    >>> [str(as_date(add(thursday, duration(text))[0])) for text in ("1 working day", "16 weeks", "1 month")]
    ['2006-04-18', '2006-08-03', '2006-05-13']
    """
    if length.unit == "days":
        return start + np.int32(length.number)
    if length.unit == "weeks":
        return start + np.int32(7 * length.number)
    if length.unit == "months":
        return _add_months(start, length.number)
    return _add_working_days(start, length.number)


def _add_months(start: Days, number: int) -> Days:
    """The same day of the month, or else the month's last."""
    dates = start.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day = (dates - months.astype("datetime64[D]")).astype(np.int32)
    target = months + number
    first = target.astype("datetime64[D]").astype(np.int32)
    last = (target + 1).astype("datetime64[D]").astype(np.int32) - 1
    due: Days = np.minimum(first + day, last).astype(np.int32)
    return due


def _add_working_days(start: Days, number: int) -> Days:
    if not len(start):
        return start
    # a working day needs at most three calendar days in the long run, and ten more around the holidays
    first, last = int(start.min()), int(start.max()) + 3 * number + 10
    table = _working_days(as_date(first).year, as_date(last).year)
    passed = np.searchsorted(table, start, side="right")
    if number == 0:
        return start
    due: Days = table[passed + number - 1]
    return due


@lru_cache(maxsize=64)
def _working_days(first_year: int, last_year: int) -> Days:
    """Every working day of England and Wales in a stretch of years, as sorted day numbers."""
    closed = bank_holidays(first_year, last_year)
    start, end = date(first_year, 1, 1), date(last_year, 12, 31)
    days = np.arange(day_number(start), day_number(end) + 1, dtype=np.int32)
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    holidays = np.array([day_number(day) for day in closed], dtype=np.int32)
    return days[(weekday < 5) & ~np.isin(days, holidays)]


def bank_holidays(first_year: int, last_year: int) -> frozenset[date]:
    """Bank holidays of England and Wales, substitute days included.

    Years that `bank_holidays.txt` covers are read from it: the library takes a tenth of a second to import.
    """
    table = _table()
    if table[0].year <= first_year and last_year <= table[-1].year:
        return frozenset(day for day in table if first_year <= day.year <= last_year)
    return from_library(first_year, last_year)


def from_library(first_year: int, last_year: int) -> frozenset[date]:
    """Bank holidays as the ``holidays`` library knows them. `make bank-holidays` writes the table from it."""
    from holidays.countries.united_kingdom import UnitedKingdom

    found: Iterable[date] = UnitedKingdom(  # type: ignore[no-untyped-call]
        subdiv="ENG", years=range(first_year, last_year + 1), observed=True
    )
    return frozenset(day for day in found if first_year <= day.year <= last_year)


@lru_cache(maxsize=1)
def _table() -> tuple[date, ...]:
    text = Path(__file__).with_name("bank_holidays.txt").read_text(encoding="ascii")
    return tuple(date.fromisoformat(line) for line in text.splitlines() if not line.startswith("#"))
