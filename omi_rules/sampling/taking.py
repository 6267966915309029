"""Taking a sample in the order of random numbers: one way, for the draw itself and for what might have been drawn.

The cases of a caseload stand in the order of their references. Each has a number, and those with the lowest are taken:
first each group's minimum, the rarest group first, then from everyone until the size is reached. A case that would be
one too many under a limit is passed over. While groups are topped up one place is kept free under each limit, so that
they do not shut out the other cases of an officer; only a group that is still short after that may take it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omi_rules.sample_rules import EVERYONE

NUMBERS = 2**64
"""How many random numbers there are, from 0 up."""

Numbers = NDArray[np.uint64]
Place = tuple[str, str]
"""A limit and whose cases it counts."""


@dataclass(frozen=True)
class Candidate:
    """A case of the caseload, as far as drawing goes."""

    case_id: str
    groups: frozenset[str]
    """Those it certainly belongs to."""
    places: tuple[Place, ...]
    """Under each limit, whose case it is, where that is recorded."""


@dataclass(frozen=True)
class Plan:
    """What a sample must be."""

    size: int
    seed: int
    minimums: Mapping[str, int]
    """By group."""
    limits: Mapping[str, int]


class Caseload:
    """The cases that a sample may be drawn from, in the order of their references, and the plan."""

    def __init__(self, candidates: Sequence[Candidate], plan: Plan) -> None:
        self.plan = plan
        self.candidates = sorted(candidates, key=lambda one: one.case_id)

    @cached_property
    def members(self) -> Mapping[str, NDArray[np.bool_]]:
        """Who is in each group with a minimum; the rarest group first."""
        of = {name: np.array([name in one.groups for one in self.candidates]) for name in self.plan.minimums}
        return dict(sorted(of.items(), key=lambda item: (int(item[1].sum()), item[0])))

    @cached_property
    def topped_up(self) -> Sequence[tuple[str, ...]]:
        """The groups with a minimum that each case belongs to."""
        return [tuple(one.groups & self.plan.minimums.keys()) for one in self.candidates]

    @cached_property
    def phases(self) -> Sequence[tuple[str, int, int]]:
        """Who is taken, until how many of them are in, and how many places stay free under each limit."""
        spare = [(name, self.plan.minimums[name], 1) for name in self.members]
        tight = [(name, self.plan.minimums[name], 0) for name in self.members]
        return [*spare, *tight, (EVERYONE, self.plan.size, 0)]

    @cached_property
    def held(self) -> Counter[Place]:
        """How many cases of the caseload each officer has, or whatever else there is a limit for."""
        return Counter(place for one in self.candidates for place in one.places)


class Taking:
    """A sample taken by some numbers, perhaps `without` one case."""

    def __init__(self, caseload: Caseload, numbers: Numbers, order: Order, without: int = -1) -> None:
        self.taken: dict[int, str] = {}
        """The group that each case tops up, or `EVERYONE`, by its place in the caseload."""
        self._caseload, self._numbers, self._without = caseload, numbers, without
        self._held: Counter[Place] = Counter()
        self._counted: Counter[str] = Counter()
        self._closed: list[tuple[str, int, dict[Place, int]]] = []
        for phase in caseload.phases:
            self._take(*phase, order)

    def _take(self, name: str, quota: int, free: int, order: Order) -> None:
        room = quota - (len(self.taken) if name == EVERYONE else self._counted[name])
        if room <= 0:
            return
        limits, candidates = self._caseload.plan.limits, self._caseload.candidates

        def most(place: Place) -> int:
            return max(1, limits[place[0]] - free)  # a limit of one has no place to keep free

        full = {place: 0 for place, number in self._held.items() if number >= most(place)}
        end = NUMBERS
        for row in order.of(name):
            places = candidates[row].places
            if row in self.taken or row == self._without or not full.keys().isdisjoint(places):
                continue
            self.taken[row] = name
            for group in self._caseload.topped_up[row]:
                self._counted[group] += 1
            for place in places:
                self._held[place] += 1
                if self._held[place] >= most(place):
                    full[place] = int(self._numbers[row])
            room -= 1
            if not room:
                end = int(self._numbers[row])
                break
        self._closed.append((name, end, full))

    def chance(self, candidate: Candidate) -> int:
        """How many of all numbers there are with which a case that was left out, or not taken, would have been taken.

        In each phase it would have been if its number had come before the phase was full, or its officer was.
        """
        found = 0
        for name, end, full in self._closed:
            if name == EVERYONE or name in candidate.groups:
                found = max(found, min(end, *(full.get(place, NUMBERS) for place in candidate.places), NUMBERS))
        return found


class Order:
    """The cases in the order of their numbers, all and by group."""

    def __init__(self, caseload: Caseload, numbers: Numbers) -> None:
        self._all: NDArray[Any] = np.argsort(numbers, kind="stable")
        self._of = {name: self._all[inside[self._all]] for name, inside in caseload.members.items()}

    def of(self, name: str) -> Iterator[int]:
        """The places in the caseload of a group's cases, or of everyone's."""
        rows = self._all if name == EVERYONE else self._of[name]
        for start in range(0, len(rows), 1024):  # a sample is taken from the front: the rest is never looked at
            yield from rows[start : start + 1024].tolist()
