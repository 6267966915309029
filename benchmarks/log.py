"""Days, truths and the log of one record in plain Python, for the hand-written checker (see `facts`).

True, False and None (cannot be told from the record) are truths; days are day numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import holidays

Record = dict[str, Any]
Truth = bool | None
Test = Callable[[Record], Truth]

FIRST, LAST = date(1949, 1, 1), date(2101, 12, 31)
_HOLIDAYS = holidays.country_holidays("GB", subdiv="ENG", years=range(FIRST.year, LAST.year + 1))
_CLOSED = {day.toordinal() for day in _HOLIDAYS}
WORKING_DAYS = [n for n in range(FIRST.toordinal(), LAST.toordinal()) if (n - 1) % 7 < 5 and n not in _CLOSED]


class _Days(dict[str, int]):
    def __missing__(self, text: str) -> int:
        self[text] = date.fromisoformat(text).toordinal()
        return self[text]


DAY = _Days()
"""The number of each day, by the way records write it."""

FOREVER = LAST.toordinal()
ANY_TIME = 0


def working_days(day: int, number: int) -> int:
    """The last day within some working days of a day."""
    return WORKING_DAYS[bisect_right(WORKING_DAYS, day) + number - 1]


def a_year_on(day: int) -> int:
    """The same day of the next year, or the last of February."""
    was = date.fromordinal(day)
    return date(was.year + 1, was.month, min(was.day, monthrange(was.year + 1, was.month)[1])).toordinal()


def both(*parts: Truth) -> Truth:
    """Whether all hold."""
    return False if False in parts else None if None in parts else True


def either(*parts: Truth) -> Truth:
    """Whether one holds."""
    return True if True in parts else None if None in parts else False


def known(value: Any, wanted: Any) -> Truth:
    """Whether a value is the one wanted, if it is recorded."""
    return None if value is None else bool(value == wanted)


class Log:
    """What happened by the as-of date: dated events and undated ones, each by type."""

    def __init__(self, record: Record) -> None:
        sentence = record["sentence"]
        self.as_of = DAY[record["assessed_on"]]
        self.licence: bool = sentence["kind"] == "licence"
        self.sentenced = DAY[sentence["sentenced_on"]]
        began = (
            sentence.get("released_on") if self.licence else sentence.get("commenced_on") or sentence["sentenced_on"]
        )
        self.start: int | None = DAY[began] if began else None  # R4
        ended = DAY[sentence["ended_on"]] if sentence.get("ended_on") else FOREVER
        self.ended = ended <= self.as_of  # R6
        self.horizon = min(ended, self.as_of)
        events = record.get("events")
        self.kept = events is not None  # R1
        self.dated: dict[str, list[tuple[int, Record]]] = {}
        self.undated: dict[str, list[Record]] = {}
        for event in events or ():
            kind, on = event["type"], event.get("on")
            if on is None:
                self.undated.setdefault(kind, []).append(event)
            elif (day := DAY[on]) <= self.as_of:  # R5
                if kind in self.dated:
                    self.dated[kind].append((day, event))
                else:
                    self.dated[kind] = [(day, event)]

    def since(self, kind: str, first: int) -> list[tuple[int, Record]]:
        """Dated events of a type on or after a day."""
        return [item for item in self.dated.get(kind, ()) if item[0] >= first]

    def maybe(self, kind: str, first: int, test: Test | None = None) -> bool:
        """Whether an undated event may be one of those (R2)."""
        if kind not in self.undated or first > self.as_of:
            return False
        return test is None or any(test(event) is not False for event in self.undated[kind])

    def any(self, kind: str, first: int | None = ANY_TIME, test: Test | None = None) -> Truth:
        """Whether there is such an event on or after a day (R16)."""
        if not self.kept or first is None:
            return None
        found: Truth = None if self.undated and self.maybe(kind, first, test) else False
        for day, event in self.dated.get(kind, ()):
            if day >= first:
                right = test is None or test(event)
                if right:
                    return True
                if right is None:
                    found = None
        return found

    def done(self, kinds: Iterable[str], first: int | None, due: int = FOREVER, test: Test | None = None) -> str:
        """How a duty from a day on was met; `FOREVER` is no due day (R2, R3, R6, R11, R12)."""
        if first is None or not self.kept:
            return "date_missing"
        done, unsure, wrong = FOREVER, False, False
        for kind in kinds:
            for day, event in self.dated.get(kind, ()):
                if day < first:
                    continue
                right = test is None or test(event)
                if right:
                    done = min(done, day)
                elif day <= due:
                    unsure, wrong = unsure or right is None, wrong or right is False
        if done <= due and done < FOREVER:
            return "met"
        if self.undated and first <= due and any(self.maybe(kind, first, test) for kind in kinds):
            return "date_missing"
        if unsure:
            return "evidence_ambiguous"
        if due == FOREVER:
            return "not_done"
        if due >= self.horizon:
            return "ended" if self.ended else "not_due"
        return "wrong_attribute" if wrong else "late" if done < FOREVER else "not_done"

    def never(self, kind: str) -> str:
        """Whether something that must not happen did (R18)."""
        happened = self.any(kind, self.start)
        return "date_missing" if happened is None else "occurred" if happened else "met"
