"""Which count, base and percentage of a text belong together: the shapes in which English writes them.

The figures are read once, from left to right, a few ahead; what lies between two of them must be one of the turns of
phrase in `phrases`. Where it is not certain that they belong together the statement carries a doubt: then it is
believed if its arithmetic holds and not accused if it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from omi_rules.figures import phrases
from omi_rules.figures.ahead import Ahead, Beside, Pair, is_base, is_count, near_by, odd
from omi_rules.figures.claim import Claim, Doubt
from omi_rules.figures.numbers import Aside, Figure, Kind
from omi_rules.figures.tables import settled

LASTS = 400
"""Characters for which "Of the 28 cases, ..." holds."""

_Read = tuple[Claim | None, int]
"""A statement, if there is one, and how many figures have been read with it."""


def claims(text: str) -> Iterator[Claim]:
    """Every statement of figures in a text, and every percentage that is part of none."""
    return settled(text, _one_by_one(text))


def _one_by_one(text: str) -> Iterator[Claim]:
    reader = _Reader(text)
    while (first := reader.ahead.figure(0)) is not None:
        found, used = reader.from_share(first) if first.kind is Kind.SHARE else reader.from_count(first)
        if found is not None:
            yield found
        reader.ahead.leave(used)


class _Reader:
    """Reads figures from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.ahead = Ahead(text)
        self._base: Figure | None = None  # of "Of the 28 cases, ...", until its sentence ends
        self._counted = False  # whether a count was said of it: what follows may be of that count

    # What begins with a count

    def from_count(self, first: Figure) -> _Read:
        """A statement that begins with a count."""
        if first.kind is Kind.OTHER:
            return None, 1
        if pair := self.ahead.pair(0):
            return self._from_pair(pair)
        if found := self._count_share_base(first) or self._of_which(first) or self._three_cells(2):
            return found
        if first.aside in (Aside.LABEL, Aside.DATE):
            return None, 1
        if first.in_running_text and phrases.CLAUSE.search(self._text, max(0, first.start - 80), first.start):
            self._base, self._counted = first, False
            return None, 1
        return self._of_base_before(first) or self._all_or_none(first) or self._without_base(first)

    def _from_pair(self, pair: Pair) -> _Read:
        """38 of the 76 reports (46%)."""
        if beside := self.ahead.share_of(1):
            return self._claim(pair, beside), beside.place + 1
        if pair.stands_alone:
            return self._claim(pair), 2
        return None, 1

    def _count_share_base(self, first: Figure) -> _Read | None:
        """38 (46%) of the 76 reports; 38 (46% of the 76)."""
        beside = self.ahead.share_of(0)
        base = self._base_behind(beside) if beside else None
        if beside is None or base is None:
            return None
        pair = Pair(first, base, odd(first) or odd(base))
        return self._claim(pair, replace(beside, goes_on=False)), beside.place + 2

    def _base_behind(self, beside: Beside) -> Figure | None:
        """The base that a percentage is said to be of."""
        base = self.ahead.figure(beside.place + 1)
        if not is_base(base):
            return None
        gap = self.ahead.between(beside.share, base)
        return base if phrases.CLOSED_OF.fullmatch(*gap) or phrases.OF.fullmatch(*gap) else None

    def _of_which(self, base: Figure) -> _Read | None:
        """There were 76 reports, 38 of which (46%); 76 reports, of which 38 (46%); 76 reports. Of these, 38 (46%)."""
        place = self.ahead.after(0)
        count, beside = self.ahead.figure(place), self.ahead.share_of(place) if place else None
        if beside is None or base.aside or self._standing_base(base) or not is_count(count):
            return None
        gap = self.ahead.between(base, count)
        which = phrases.THAT.fullmatch(*gap) and phrases.WHICH.match(self._text, count.end)
        if (not which and not phrases.OF_WHICH.fullmatch(*gap)) or self._base_behind(beside):
            return None
        doubt = Doubt.WHICH_BASE if self._others_before(base) else odd(count) or odd(base)
        return self._claim(Pair(count, base, doubt), beside), beside.place + 1

    def _others_before(self, base: Figure) -> bool:
        """Whether the sentence has a number before this one: 76 reports in 12 areas, of which 38 (50%)."""
        sentence = phrases.STOP.split(self._text[max(0, base.start - LASTS) : base.start])[-1]
        return phrases.NUMBER.search(sentence) is not None

    def _three_cells(self, place_of_share: int) -> _Read | None:
        """38 | 76 | 46%; the greater of the counts is the base, whichever comes first."""
        three = [self.ahead.figure(place) for place in range(3)]
        share = three.pop(place_of_share)
        one, other = three
        if not is_count(one) or not is_count(other) or share is None or share.kind is not Kind.SHARE:
            return None
        row = sorted((one, other, share), key=lambda figure: figure.at)
        if one.aside or other.aside or not all(self._neighbours(*two) for two in pairwise(row)):
            return None
        count, base = sorted((one, other), key=lambda figure: figure.count)
        return self._claim(Pair(count, base, odd(count) or odd(base)), Beside(2, share, odd(share) or Doubt.CELLS)), 3

    def _neighbours(self, left: Figure, right: Figure) -> bool:
        return phrases.CELLS.fullmatch(*self.ahead.between(left, right)) is not None

    def _of_base_before(self, first: Figure) -> _Read | None:
        """Of the 76 reports, 38 were late (46%)."""
        base = self._standing_base(first)
        if base is None:
            return None
        said = self._text[base.end : first.start]
        others = self._counted or first.count > base.count or phrases.OF_THESE.search(said)
        pair = Pair(first, base, Doubt.WHICH_BASE if others else odd(first) or odd(base))
        beside = self.ahead.share_of(0)
        is_first, self._counted = not self._counted, self._counted or beside is not None or "," in said
        if beside:
            return self._claim(pair, beside), beside.place + 1
        return (self._claim(pair), 1) if is_first and "," in said and first.count <= base.count else None

    def _all_or_none(self, first: Figure) -> _Read | None:
        """None of the 76 reports (46%); all 76 reports (46%), which may be 46% of something larger."""
        beside = self.ahead.share_of(0)
        if beside is None:
            return None
        found = phrases.ALL.search(self._text, max(0, first.start - 40), first.start)
        if found is None:
            return None
        doubt = Doubt.ELSEWHERE if found["all"] or beside.goes_on else odd(first) or beside.doubt
        count = first.count if found["all"] else 0
        end = self._end(beside.share.end)
        made = Claim(found.start(), end, count, first.count, beside.share.value, doubt)
        return (made if first.count else replace(made, doubt=Doubt.EMPTY)), beside.place + 1

    def _without_base(self, first: Figure) -> _Read:
        """38 reports (46%)."""
        beside = self.ahead.share_of(0)
        if beside is None or beside.in_cell or first.aside:
            return None, 1
        made = Claim(first.at, self._end(beside.share.end), first.count, None, beside.share.value, Doubt.NO_BASE)
        return made, beside.place + 1

    # What begins with a percentage

    def from_share(self, first: Figure) -> _Read:
        """A statement that begins with a percentage."""
        doubt = Doubt.ALONE if first.value is not None else Doubt.UNREADABLE
        alone = Claim(first.at, first.end, None, None, first.value, doubt)
        place = self.ahead.after(0)
        if first.value is None or not place or not is_count(following := self.ahead.figure(place)):
            return alone, 1
        return (
            self._share_brackets(first, following, place)
            or self._share_of_base(first, following, place)
            or self._share_or_pair(first)
            or (alone, 1)
        )

    def _share_brackets(self, first: Figure, count: Figure, place: int) -> _Read | None:
        """46% of reports (38 of 76); 46% (38) of 76 reports; of 76 reports, 46% (38); 46% (38)."""
        found = phrases.BRACKET.fullmatch(*self.ahead.between(first, count))
        near, doubt = near_by(found["words"]) if found else (False, None)
        if found is None or not near:
            return None
        beside = Beside(place, first, odd(first) or doubt)
        if pair := self.ahead.pair(place):
            closed, other = self._counted_here(pair.base.end, "")
            return (self._claim(replace(pair, doubt=pair.doubt or other), beside), place + 2) if closed else None
        base = self.ahead.figure(place + 1)
        if is_base(base) and phrases.CLOSED_OF.fullmatch(*self.ahead.between(count, base)):
            return self._claim(Pair(count, base, odd(count) or odd(base)), beside), place + 2
        closed, other = self._counted_here(count.end, found["words"])
        if count.aside or not closed:
            return None
        if standing := self._standing_base(first):
            others = self._counted or count.count > standing.count
            self._counted = True
            doubt = Doubt.WHICH_BASE if others else odd(count) or odd(standing) or other
            return self._claim(Pair(count, standing, doubt), beside), place + 1
        return Claim(first.at, self._end(count.end), count.count, None, first.value, Doubt.NO_BASE), place + 1

    def _share_of_base(self, first: Figure, base: Figure, place: int) -> _Read | None:
        """46% of the 76 reports (38)."""
        if not is_base(base) or not phrases.OF.fullmatch(*self.ahead.between(first, base)):
            return None
        after = self.ahead.after(place)
        count = self.ahead.figure(after) if after else None
        if is_count(count) and not count.aside:
            found = phrases.BRACKET.fullmatch(*self.ahead.between(base, count))
            near, doubt = near_by(found["words"]) if found else (False, None)
            closed, other = self._counted_here(count.end, found["words"] if found else "")
            if near and closed:
                more = count.count > base.count  # 200% of 38 is 76
                pair = Pair(count, base, Doubt.ELSEWHERE if more else odd(count) or odd(base) or other)
                return self._claim(pair, Beside(after, first, odd(first) or doubt)), after + 1
        return Claim(first.at, base.end, None, base.count, first.value, Doubt.NO_COUNT), 1

    def _share_or_pair(self, first: Figure) -> _Read | None:
        """46%, or 38 of 76; also in the cells of a row, if the percentage after them is not the one."""
        pair = self.ahead.pair(1)
        if pair is None:
            return self._three_cells(0)
        gap, after = self.ahead.between(first, pair.count), self.ahead.share_of(2)
        if phrases.CELLS.fullmatch(*gap):
            before = self._claim(pair, Beside(1, first, odd(first) or Doubt.CELLS))
            if after is None or before.agrees:
                return before, 3
            if not after.in_cell or self._claim(pair, after).agrees:
                return None
            return replace(before, doubt=Doubt.ELSEWHERE), 3
        if after is not None:
            return None
        beside = Beside(1, first, odd(first))
        paused = phrases.PAUSED.fullmatch(*gap) and phrases.PAUSE.match(self._text, pair.base.end)
        if paused or phrases.OR.fullmatch(*gap):
            return self._claim(pair, beside), 3
        closed, said = self._counted_here(pair.base.end, "")
        opened = self._text[first.start - 1 : first.start] in ("(", "[")
        if not (opened and closed and phrases.IN_BRACKETS.fullmatch(*gap)):
            return None
        return self._claim(replace(pair, doubt=pair.doubt or said), beside), 3

    # Parts of a statement

    def _standing_base(self, figure: Figure) -> Figure | None:
        """The base that the sentence began with, if it still goes on."""
        if self._base is not None:
            start, end = self._base.end, figure.start
            if end - start > LASTS or phrases.STOP.search(self._text, start, end):
                self._base = None
        return self._base

    def _counted_here(self, end: int, words: str) -> tuple[bool, Doubt | None]:
        """Whether brackets close behind a count, and whether what stands there is more than what was counted.

        Where `words` came before the brackets, one of them must come again: of "the 76 reports (12 plans)" the 12 are
        something else.
        """
        found = phrases.COUNTED.match(self._text, end)
        if found is None:
            return False, None
        said = found["words"].split()
        again = not words.strip() or phrases.COUNTABLE.fullmatch(said[-1]) or said[-1] in words if said else True
        return True, None if again and phrases.NOUN.fullmatch(" ".join(said)) else Doubt.ELSEWHERE

    def _claim(self, pair: Pair, beside: Beside | None = None) -> Claim:
        figures = [pair.count, pair.base, *([beside.share] if beside else [])]
        doubt = pair.doubt or (beside.doubt if beside else None)
        if beside and beside.goes_on and doubt is None:
            doubt = Doubt.ELSEWHERE
        if beside and not pair.base.count:
            doubt = Doubt.EMPTY
        share = beside.share.value if beside else None
        end = self._end(max(figure.end for figure in figures))
        return Claim(min(figure.at for figure in figures), end, pair.count.count, pair.base.count, share, doubt)

    def _end(self, end: int) -> int:
        """Where a statement ends, with the bracket that closes it."""
        return end + (self._text[end : end + 1] in (")", "]"))
