"""Whether a sample is as its ruleset asks: a table of what is asked, what the sample has, and how the two compare.

A case whose membership cannot be told counts on neither side. A requirement is met or not only where that holds
whichever way those cases would fall; where no number is set, nothing can be met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from omi_rules.errors import printable
from omi_rules.records import Record
from omi_rules.rules import Awaits
from omi_rules.ruleset import Ruleset
from omi_rules.sample_rules import SIZE, SUPERVISION, Limit, Portion, Requirement, key
from omi_rules.sampling.design import Design, check_cases, with_design
from omi_rules.sampling.members import members, rules_of

UNSET = "no number set"
"""What is asked where nobody has said how many."""

Kind = Literal["size", "supervision", "group", "portion", "limit"]


class Standing(StrEnum):
    """How what a sample has compares with what is asked."""

    MET = "met"
    SHORT = "short"
    OVER = "over"
    UNTOLD = "cannot_be_told"


@dataclass(frozen=True)
class Line:
    """One requirement of a sample."""

    id: str
    kind: Kind
    means: str
    n: int | None
    """Cases that count towards it; None where that hangs on a number that is not set. For a limit: of the fullest."""
    of: int
    """Cases in the sample."""
    not_recorded: int
    """Cases of which the record does not tell."""
    asked: str
    standing: Standing
    detail: str
    """What else there is to know, in words."""
    source: str


@dataclass(frozen=True)
class Adequacy:
    """A sample against what its ruleset asks of samples."""

    ruleset: Ruleset
    cases: int
    lines: tuple[Line, ...]


class Counted:
    """What is counted of the cases of a sample while they pass."""

    def __init__(self, ruleset: Ruleset, as_of: date | None = None, design: Design | None = None) -> None:
        """By the numbers that a sample was drawn by, if its design is given. Raises `Refused` if that is another's."""
        self.ruleset = with_design(ruleset, design) if design else ruleset
        self.as_of, self.design, self.given = as_of, design, ruleset.settings
        self.rules = rules_of(self.ruleset)
        self.case_ids: list[str] = []
        self.cases = 0
        self.belongs: Counter[tuple[str, bool | None]] = Counter()
        self.held: dict[str, Counter[str | None]] = {name: Counter() for name in self.rules.limits}
        self.days: list[int] = []
        self.in_time: Counter[bool | None] = Counter()

    def add(self, records: Sequence[Record]) -> None:
        """Count some cases."""
        found = members(records, self.ruleset, self.as_of)
        self.cases += len(records)
        if self.design:
            self.case_ids += found.case_ids
        for name, column in found.belongs.items():
            self.belongs.update((name, belongs) for belongs in column)
        for name, holders in found.holders.items():
            self.held[name].update(holders)
        self.days += [days for days in found.days if days is not None]
        self.in_time.update(found.in_time)

    def adequacy(self) -> Adequacy:
        """The table of what was counted. Raises `Refused` if a case is not in the design."""
        if self.design:
            check_cases(self.design, self.case_ids)
        return Adequacy(self.ruleset, self.cases, tuple(self._lines()))

    def _lines(self) -> Iterator[Line]:
        rules = self.rules
        if rules.size:
            standing = at_least(self.cases, 0, _number(rules.size.at_least))
            asked, detail = self._minimum(SIZE, rules.size.at_least)
            yield self._line(SIZE, "size", rules.size, self.cases, 0, asked, standing, detail)
        if rules.supervision:
            yield self._supervision()
        for name, group in rules.groups.items():
            n, open_ = self.belongs[name, True], self.belongs[name, None]
            asked, detail = self._minimum(name, group.at_least)
            standing = at_least(n, open_, _number(group.at_least))
            yield self._line(name, "group", group, n, open_, asked, standing, detail)
        for name, portion in rules.portions.items():
            yield self._portion(name, portion)
        for name, limit in rules.limits.items():
            yield self._limit(name, limit)

    def _line(
        self,
        name: str,
        kind: Kind,
        rule: Requirement,
        n: int | None,
        open_: int,
        asked: str,
        standing: Standing,
        detail: str,
    ) -> Line:
        source = self.ruleset.citation(rule.source) if rule.source else ""
        return Line(name, kind, rule.means, n, self.cases, open_, asked, standing, detail, source)

    def _minimum(self, name: str, number: int | Awaits) -> tuple[str, str]:
        """What is asked where there must be so many, and why it is not known if it is not."""
        if isinstance(number, Awaits):
            return UNSET, number.awaits
        return f"at least {number}{self._set(key(name, 'at_least'))}", ""

    def _set(self, setting: str) -> str:
        """Says of a number that it does not come from the ruleset."""
        if setting in self.given:
            return " (set)"
        return " (the design)" if setting in self.ruleset.settings else ""

    def _supervision(self) -> Line:
        rule = self.rules.supervision
        assert rule is not None  # asked before
        detail = f"{_spread(self.days)} since the start" if self.days else ""
        if isinstance(rule.within, Awaits):
            told = f"{rule.within.awaits}; {detail}" if detail else rule.within.awaits
            asked, open_ = f"about {rule.about}; no margin set", self.cases - len(self.days)
            return self._line(SUPERVISION, "supervision", rule, None, open_, asked, Standing.UNTOLD, told)
        asked = f"all, within {rule.within} of {rule.about}{self._set(key(SUPERVISION, 'within'))}"
        n, open_ = self.in_time[True], self.in_time[None]
        standing = at_least(n, open_, self.cases)
        return self._line(SUPERVISION, "supervision", rule, n, open_, asked, standing, detail)

    def _portion(self, name: str, rule: Portion) -> Line:
        n, open_ = self.belongs[name, True], self.belongs[name, None]
        asked, detail = f"about one in {rule.one_in}", ""
        margin = _number(rule.within)
        if isinstance(rule.within, Awaits):
            asked, detail = f"{asked}; no margin set", rule.within.awaits
        else:
            asked += f", within {rule.within} points{self._set(key(name, 'within'))}"
        standing = about(n, open_, self.cases, rule.one_in, margin)
        return self._line(name, "portion", rule, n, open_, asked, standing, detail)

    def _limit(self, name: str, rule: Limit) -> Line:
        held = {holder: number for holder, number in self.held[name].items() if holder is not None}
        open_, most = self.held[name][None], max(held.values(), default=0)
        over = sorted((-number, holder) for holder, number in held.items() if number > rule.at_most)
        told = [f"{printable(holder)} {-number}" for number, holder in over]
        detail = f"over it: {', '.join(told)}" if told else f"the most of any; {len(held)} {name}s in the sample"
        asked = f"at most {rule.at_most} for each {name}{self._set(key(name, 'at_most'))}"
        standing = at_most(most, open_, rule.at_most)
        return self._line(name, "limit", rule, most, open_, asked, standing, detail)


def at_least(n: int, open_: int, least: int | None) -> Standing:
    """How `n` cases, and `open_` more of which it cannot be told, compare with a minimum number.

    >>> [str(at_least(n, open_, 10)) for n, open_ in ((10, 0), (9, 0), (9, 1))]
    ['met', 'short', 'cannot_be_told']
    >>> str(at_least(0, 0, None)), str(at_least(3, 0, None))
    ('short', 'cannot_be_told')
    """
    wanted = 1 if least is None else least  # a minimum number, whatever it is, is not none
    if n + open_ < wanted:
        return Standing.SHORT
    return Standing.MET if least is not None and n >= least else Standing.UNTOLD


def at_most(n: int, open_: int, most: int) -> Standing:
    """How `n` cases of one, and `open_` more of which it cannot be told whose they are, compare with a limit."""
    if n > most:
        return Standing.OVER
    return Standing.MET if n + open_ <= most else Standing.UNTOLD


def about(n: int, open_: int, cases: int, one_in: int, margin: int | None) -> Standing:
    """How a part of a sample compares with one in so many, give or take `margin` percentage points.

    Without a margin only the nearest whole number of cases is certain to be about that part; both, where two are.

    >>> [str(about(n, 0, 150, 3, 5)) for n in (50, 42, 58)]
    ['met', 'short', 'over']
    >>> str(about(50, 0, 150, 3, None)), str(about(45, 0, 150, 3, None)), str(about(40, 10, 150, 3, 5))
    ('met', 'cannot_be_told', 'cannot_be_told')
    >>> [str(about(n, 0, 5, 3, None)) for n in (1, 2)], [str(about(n, 0, 5, 2, None)) for n in (2, 3)]
    (['cannot_be_told', 'met'], ['met', 'met'])
    """
    wanted = Fraction(cases, one_in)
    if margin is None:
        return Standing.MET if not open_ and abs(n - wanted) <= Fraction(1, 2) else Standing.UNTOLD
    low, high = wanted - Fraction(margin * cases, 100), wanted + Fraction(margin * cases, 100)
    if n > high:
        return Standing.OVER
    if n + open_ < low:
        return Standing.SHORT
    return Standing.MET if low <= n and n + open_ <= high else Standing.UNTOLD


def _number(number: int | Awaits) -> int | None:
    return number if isinstance(number, int) else None


def _spread(days: Sequence[int]) -> str:
    """From when to when, and the middle.

    >>> _spread([182, 159, 214])
    '159 to 214 days, the middle case 182,'
    """
    ordered = sorted(days)
    return f"{ordered[0]} to {ordered[-1]} days, the middle case {ordered[(len(ordered) - 1) // 2]},"
