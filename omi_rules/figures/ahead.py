"""The figures of a text a few ahead of where the reader stands, and what lies between them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TypeGuard

from omi_rules.figures import phrases
from omi_rules.figures.claim import Doubt
from omi_rules.figures.numbers import Aside, Figure, Kind, figures
from omi_rules.figures.tables import headed

AHEAD = 12
"""Figures that are looked ahead."""
APART = 240
"""Characters that may lie between two figures of one statement."""
DAYS = 366

_PASSED_OVER = (Aside.LABEL, Aside.DATE, Aside.TIME, Aside.NOTE, Aside.RANGE)


@dataclass(frozen=True)
class Pair:
    """A count and its base."""

    count: Figure
    base: Figure
    doubt: Doubt | None
    stands_alone: bool = True
    """Whether it is a count of a base without a percentage too, as 26/28 is not."""


@dataclass(frozen=True)
class Beside:
    """A percentage that is said of something, and the place among the figures ahead up to which it was read."""

    place: int
    share: Figure
    doubt: Doubt | None
    in_cell: bool = False
    goes_on: bool = False
    """Whether words follow that may say what it is of."""


class Ahead:
    """Figures by their place ahead; 0 is the next one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._coming = figures(text, headed(text))
        self._ahead: deque[Figure] = deque()

    def figure(self, place: int) -> Figure | None:
        """The figure at a place; none where the text has ended."""
        while len(self._ahead) <= place:
            figure = next(self._coming, None)
            if figure is None:
                return None
            self._ahead.append(figure)
        return self._ahead[place]

    def leave(self, number: int) -> None:
        """Go on behind the first figures."""
        for _ in range(number):
            self._ahead.popleft()

    def after(self, place: int) -> int:
        """The place of the next figure that is not beside the point, as a date is; 0 where none is near."""
        for i in range(place + 1, place + 1 + AHEAD):
            figure = self.figure(i)
            if figure is None:
                return 0
            if figure.kind is not Kind.OTHER and figure.aside not in _PASSED_OVER and self.said(figure) != "one":
                return i
        return 0

    def said(self, figure: Figure) -> str:
        """A figure as the text has it."""
        return self.text[figure.at : figure.end]

    def between(self, first: Figure, second: Figure) -> tuple[str, int, int]:
        """The text and where in it two figures lie apart, for a pattern to try; nothing of it where that is far."""
        end = second.start if second.start - first.end <= APART else first.end
        return self.text, first.end, end

    def pair(self, place: int) -> Pair | None:
        """A count and its base, if the figures at a place are that."""
        count, base = self.figure(place), self.figure(place + 1)
        if not is_count(count) or not is_base(base):
            return None
        beside = self.text[count.at - 1 : count.at], self.text[base.end : base.end + 1]
        gap = self.between(count, base)
        if (phrases.OF.fullmatch(*gap) and beside[0] != "/") or self._is_n(count, gap):
            return Pair(count, base, self._doubt(*self._no_dates(count, base)))
        if phrases.N_SECOND.fullmatch(*gap) and phrases.N_FIRST.search(self.text, max(0, count.at - 9), count.at):
            return Pair(base, count, self._doubt(base, count))
        if phrases.OUT_OF.fullmatch(*gap):
            doubt = Doubt.ELSEWHERE if count.count > base.count else self._doubt(count, base)
            return Pair(count, base, doubt)
        if phrases.SLASH.fullmatch(*gap) and "/" not in beside:
            round_the_clock = (count.count, base.count) == (24, 7)
            weights = count.count > base.count and (round_the_clock or count.count + base.count == 100)
            return Pair(count, base, Doubt.NO_COUNTS if weights else self._doubt(count, base), stands_alone=False)
        return None

    def _is_n(self, count: Figure, gap: tuple[str, int, int]) -> bool:
        """n = 26, N = 28."""
        return bool(phrases.N.fullmatch(*gap) and phrases.N_BEFORE.search(self.text, max(0, count.at - 9), count.at))

    def _doubt(self, count: Figure, base: Figure) -> Doubt | None:
        """What is doubtful of a count of a base: "one of the three teams (93%)" is said of the team."""
        before = self.text, max(0, count.start - 30), count.start
        others = self.said(count).lower() == "one" or phrases.COORDINATED.search(*before)
        return odd(count) or odd(base) or (Doubt.ELSEWHERE if others else None)

    @staticmethod
    def _no_dates(count: Figure, base: Figure) -> tuple[Figure, Figure]:
        """1,038 of 2076: where the count is more than the days of a year, neither is a year."""
        if DAYS < count.count <= base.count:
            count, base = (replace(one, aside=None) if one.aside is Aside.DATE else one for one in (count, base))
        return count, base

    def share_of(self, place: int) -> Beside | None:
        """The percentage that is said of the figure at a place, behind it."""
        after = self.after(place)
        last, share = self.figure(place), self.figure(after) if after else None
        if last is None or share is None or share.kind is not Kind.SHARE:
            return None
        gap = self.between(last, share)
        if found := phrases.BRACKET.fullmatch(*gap):
            near, doubt = near_by(found["words"])
            closed = phrases.CLOSED.match(self.text, share.end)
            return Beside(after, share, odd(share) or doubt, goes_on=closed is None) if near else None
        if after == place + 1 and phrases.CELLS.fullmatch(*gap):
            return Beside(after, share, odd(share) or Doubt.CELLS, in_cell=True)
        found = phrases.EQUALS.fullmatch(*gap)
        if found and (found["sure"] or phrases.PAUSE.match(self.text, share.end)):
            return Beside(after, share, odd(share))
        return None


def near_by(words: str) -> tuple[bool, Doubt | None]:
    """Whether words are few enough to lie inside one statement, and whether they may be another's."""
    number = len(words.split())
    if number > phrases.MANY or phrases.STOP.search(words):
        return False, None
    another = number > phrases.FEW and phrases.ANOTHER.search(words)
    return True, Doubt.ELSEWHERE if another or phrases.OTHERS.search(words) else None


def is_count(figure: Figure | None) -> TypeGuard[Figure]:
    """Whether there is a figure and it is a whole number."""
    return figure is not None and figure.kind is Kind.COUNT


def is_base(figure: Figure | None) -> TypeGuard[Figure]:
    """Whether a figure may be what something is counted of."""
    return is_count(figure) and figure.aside not in (Aside.LABEL, Aside.NOTE)


def odd(figure: Figure) -> Doubt | None:
    """What is doubtful of a figure by itself."""
    if figure.kind is Kind.SHARE and figure.value is None:
        return Doubt.UNREADABLE
    if figure.hedged:
        return Doubt.HEDGED
    if figure.aside in (None, Aside.TIME):
        return None
    if figure.aside is Aside.TARGET:
        return Doubt.ELSEWHERE
    return Doubt.RANGE if figure.aside is Aside.RANGE else Doubt.NO_COUNTS
