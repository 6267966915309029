"""Facts of a batch by name, each worked out once when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omi_rules import meaning
from omi_rules.calendar import Days
from omi_rules.conditions import ALWAYS, OTHER, Condition, facts_of
from omi_rules.facts import clocks, moments
from omi_rules.facts.arrow import Codes, Flags, Rows, always
from omi_rules.facts.cases import Cases, Events, History
from omi_rules.facts.clocks import Reading
from omi_rules.facts.moments import When
from omi_rules.facts.patterns import distinct
from omi_rules.meaning import Truth
from omi_rules.rules import (
    RECORDED,
    AnyFact,
    AnyOfFact,
    FieldFact,
    HighestFact,
    Kind,
    MomentFact,
    SetFact,
    Wanted,
)

TRUTH_CODE = {Truth.UNKNOWN: 0, Truth.FALSE: 1, Truth.TRUE: 2}
"""Codes of a fact that is true or false."""

_TRUE, _FALSE = np.int16(TRUTH_CODE[Truth.TRUE]), np.int16(TRUTH_CODE[Truth.FALSE])


@dataclass(frozen=True)
class Window:
    """Which events fall on or after a moment and not after the as-of date."""

    known: Flags
    """Cases where the moment is known, so that the window is."""
    holds: Flags
    """Dated events inside."""
    may_hold: Flags
    """Undated events that may lie inside."""


@dataclass(frozen=True)
class Match:
    """The events of some kinds, and which of them are as wanted: certainly, perhaps, or certainly not, dates aside."""

    row: Rows
    day: Days
    dated: Flags
    yes: Flags
    maybe: Flags
    no: Flags


@dataclass(frozen=True)
class Levels:
    """A history seen from a moment."""

    known: Flags
    """Cases whose levels can be told."""
    entries: History
    counted: Flags
    """Entries that count: dated, with a level, not after the as-of date."""
    in_force: Codes
    """The level in force on the moment; 0 if none is."""


class Facts:
    """The facts of one batch. Every method gives a column with one row a case, or masks with one row an event."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases
        self.ruleset = cases.ruleset
        self._made: dict[tuple[str, Any], Any] = {}

    def once(self, kind: str, name: Any, make: Callable[[], Any]) -> Any:
        """Something worked out for this batch, kept for whoever asks again."""
        if (kind, name) not in self._made:
            self._made[kind, name] = make()
        return self._made[kind, name]

    def moment(self, name: str) -> When:
        """A moment."""
        when: When = self.once("moment", name, lambda: moments.moment(self.ruleset.moments[name], self))
        return when

    def clock(self, name: str) -> Reading:
        """What a clock found."""
        reading: Reading = self.once("clock", name, lambda: clocks.read(self.ruleset.clocks[name], self))
        return reading

    def fact(self, name: str) -> Codes:
        """A fact, as codes of its values."""
        codes: Codes = self.once("fact", name, lambda: self._fact(name))
        return codes

    def _fact(self, name: str) -> Codes:
        fact = self.ruleset.facts[name]
        match fact:
            case FieldFact():
                return self.cases.codes(fact.path)
            case MomentFact():
                when = self.moment(fact.moment)
                return _truth_codes(when.came, when.never)
            case HighestFact():
                return self._highest(fact)
            case AnyOfFact():
                history, recorded = self.cases.history(fact.any_of)
                dated = history.dated & (history.day <= self.cases.as_of[history.row])
                has = self._any(history.row, dated)
                return _truth_codes(has, recorded & ~has & ~self._any(history.row, ~history.dated))
            case SetFact():
                return self._set(fact)
            case AnyFact():
                match = self.matching(fact.any.event, fact.any.with_)
                window = self.window(fact.since, match)
                has = self.any(match, match.yes & window.holds)
                may = self.any(match, (match.maybe & window.holds) | ((match.yes | match.maybe) & window.may_hold))
                return _truth_codes(has, self.cases.logged & window.known & ~has & ~may)

    def _highest(self, fact: HighestFact) -> Codes:
        levels = self.levels(fact.highest, fact.since)
        start = self.moment(fact.since)
        later = levels.counted & (levels.entries.day > start.day[levels.entries.row])
        highest = levels.in_force.copy()
        np.maximum.at(highest, levels.entries.row[later], levels.entries.level[later])
        return np.where(levels.known, highest, 0).astype(np.int16)

    def _set(self, fact: SetFact) -> Codes:
        has, recorded = self.once("set", fact.path, lambda: self.cases.set_of(fact.path))
        number = self.once("size of set", fact.path, lambda: np.sum(list(has.values()), axis=0))
        if fact.more_than_one:
            holds = number > 1
        else:
            holds = has[str(fact.word)] if fact.contains else has[str(fact.word)] & (number == 1)
        return _truth_codes(recorded & holds, recorded & ~holds)

    def levels(self, path: str, since: str) -> Levels:
        """A history seen from a moment. Two entries on one day: the higher counts."""
        entries, recorded = self.cases.history(path)
        start = self.moment(since)
        reached = ~entries.dated | (entries.day <= self.cases.as_of[entries.row])
        unclear = self._any(entries.row, reached & (~entries.dated | (entries.level == 0)))
        counted = reached & entries.dated & (entries.level > 0)
        known = recorded & start.known & self._any(entries.row, counted) & ~unclear
        before = counted & (entries.day <= start.day[entries.row])
        latest = np.full(self.cases.size, np.iinfo(np.int32).min, dtype=np.int32)
        np.maximum.at(latest, entries.row[before], entries.day[before])
        there = before & (entries.day == latest[entries.row])
        in_force = np.zeros(self.cases.size, dtype=np.int16)
        np.maximum.at(in_force, entries.row[there], entries.level[there])
        return Levels(known, entries, counted, in_force)

    def window(self, since: str | None, events: Match | Events) -> Window:
        """Which of some events fall on or after a moment; without one, at any time."""
        if since is None:
            by_now = events.dated & (events.day <= self.cases.as_of[events.row])
            return Window(always(self.cases.size), by_now, ~events.dated)
        start = self.moment(since)
        return self.window_of(start.known, start.day, events)

    def window_of(self, known: Flags, first: Days, events: Match | Events) -> Window:
        """Which of some events fall on or after a day, in the cases where that day is known."""
        known_here, first_here, as_of = known[events.row], first[events.row], self.cases.as_of[events.row]
        holds = known_here & events.dated & (events.day >= first_here) & (events.day <= as_of)
        return Window(known, holds, known_here & ~events.dated & (first_here <= as_of))

    def matching(self, kinds: tuple[Kind, ...], with_: Mapping[str, Wanted] = MappingProxyType({})) -> Match:
        """The events of some kinds, and which of them have the attributes wanted."""
        return _joined([self._matching(kind, with_) for kind in kinds])

    def _matching(self, kind: Kind, with_: Mapping[str, Wanted]) -> Match:
        events = self.cases.events(kind.type)
        size = len(events.row)
        asked, fails, unsure = always(size), np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        if kind.only != ALWAYS:
            holds = self.truth(kind.only)[events.row]
            asked, unsure = holds != Truth.FALSE, holds == Truth.UNKNOWN
        for name, values in with_.items():
            codes = events.attributes(name)
            if values == RECORDED:
                fails |= codes == 0
                continue
            known = self.ruleset.vocabulary.attributes[name]
            wanted = np.zeros(len(known) + 2, dtype=bool)
            wanted[[1 + known.index(value) for value in values]] = True
            right = wanted[codes]
            fails |= (codes > 0) & ~right
            unsure = unsure | (codes == 0)
        yes, maybe, no = asked & ~fails & ~unsure, asked & ~fails & unsure, asked & fails
        return Match(events.row, events.day, events.dated, yes, maybe, no)

    def any(self, events: Match | Events, chosen: Flags) -> Flags:
        """Which cases have a chosen one of some events."""
        return self._any(events.row, chosen)

    def _any(self, row: Rows, chosen: Flags) -> Flags:
        found = np.zeros(self.cases.size, dtype=bool)
        found[row[chosen]] = True
        return found

    def truth(self, condition: Condition) -> NDArray[Any]:
        """Whether a condition holds in each case: `Truth` values, by the law of `meaning`."""
        names = list(dict.fromkeys(facts_of(condition)))
        values = [self.ruleset.values[name] for name in names]
        sizes = [len(known) + 2 for known in values]
        situations, which = distinct([self.fact(name) for name in names], sizes, self.cases.size)
        found = [
            meaning.truth(condition, {n: decode(code, v) for n, code, v in zip(names, codes, values, strict=True)})
            for codes in situations
        ]
        return np.array(found, dtype=object)[which]


def decode(code: int, values: tuple[Any, ...]) -> Any:
    """The value of a code; a text that is none of the known ones counts as recorded and equal to none."""
    return None if code == 0 else values[code - 1] if code <= len(values) else OTHER


def _joined(parts: Sequence[Match]) -> Match:
    if len(parts) == 1:
        return parts[0]
    return Match(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Match)))


def _truth_codes(true: Flags, false: Flags) -> Codes:
    """What is both is true."""
    codes: Codes = np.maximum(true * _TRUE, false * _FALSE)
    return codes
