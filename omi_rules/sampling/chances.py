"""The probability with which each case of a sample was to be drawn.

Where no minimum and no limit can play a part, it is the size over the caseload. Otherwise no formula gives it, and it
is found by drawing again and again with other numbers. In each of these draws a case's chance, given the numbers of all
other cases, is known exactly: it is the part of its own possible numbers with which it would be taken. The mean of
these chances is the probability, and their spread says how sure it is (docs/sampling.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt

import numpy as np

from omi_rules.sampling.taking import NUMBERS, Candidate, Caseload, Numbers, Order, Place, Taking

REPEATS = 500
"""How many draws the probabilities are found from, the sample's own among them."""

NEGLIGIBLE = 1e-9
"""A part that minimums and limits play less often than this is none."""

Alike = tuple[frozenset[str], tuple[Place, ...]]
"""What decides on the chance of a case: its groups and places."""


@dataclass(frozen=True)
class Chances:
    """Probabilities of some cases, in their order, and how sure they are."""

    probability: Sequence[float]
    standard_error: Sequence[float]
    repeats: int
    """0 where the probabilities are exact."""
    shut_out: int
    """Cases of the caseload that had no chance in any of the draws."""


def chances(caseload: Caseload, numbers: Numbers, rows: Sequence[int], repeats: int = REPEATS) -> Chances:
    """The probabilities of the cases at some places of a caseload, which were drawn by some numbers.

    That draw counts as one of the repeats, so that no case that was drawn comes out as impossible.
    """
    if plays_a_part(caseload) < NEGLIGIBLE:
        share = caseload.plan.size / len(caseload.candidates)
        return Chances([share] * len(rows), [0.0] * len(rows), 0, 0)
    found: dict[int, list[int]] = {row: [] for row in rows}
    hopeless = {_alike(one): one for one in caseload.candidates}
    for repeat in range(repeats):
        if repeat:
            numbers = np.random.PCG64([caseload.plan.seed, repeat]).random_raw(len(caseload.candidates))
        order = Order(caseload, numbers)
        taking = Taking(caseload, numbers, order)
        for row, chance in found.items():
            other = Taking(caseload, numbers, order, without=row) if row in taking.taken else taking
            chance.append(other.chance(caseload.candidates[row]))
        for row in taking.taken:
            hopeless.pop(_alike(caseload.candidates[row]), None)
        hopeless = {alike: one for alike, one in hopeless.items() if not taking.chance(one)}
    shut_out = sum(_alike(one) in hopeless for one in caseload.candidates)
    means, errors = zip(*(_mean(chance) for chance in found.values()), strict=True)
    return Chances(means, errors, repeats, shut_out)


def _mean(found: Sequence[int]) -> tuple[float, float]:
    """The mean of some chances, as a part of all numbers, and its standard error. Whole numbers keep every digit."""
    number, total = len(found), sum(found)
    squares = number * sum(one * one for one in found) - total * total
    return total / (number * NUMBERS), sqrt(squares / (number * number * max(1, number - 1))) / NUMBERS


def _alike(candidate: Candidate) -> Alike:
    return candidate.groups, candidate.places


def plays_a_part(caseload: Caseload) -> float:
    """At most how likely it is that a plain random sample would miss a minimum or pass a limit.

    Where there are minimums a limit counts as passed when it is reached, as a place is kept free then.
    """
    plan, cases = caseload.plan, len(caseload.candidates)
    share = plan.size / cases
    found = 0.0
    for name, inside in caseload.members.items():
        found += sum(_hypergeometric(n, int(inside.sum()), cases, plan.size) for n in range(plan.minimums[name]))
    for place, held in caseload.held.items():  # by the expected number of sets of cases that pass the limit
        most = plan.limits[place[0]]
        over = max(2, most) if plan.minimums else most + 1
        found += exp(min(0.0, _log_comb(held, over) + over * log(share))) if held >= over else 0.0
    return found


def _hypergeometric(n: int, inside: int, cases: int, size: int) -> float:
    """How likely a random sample has `n` cases of a group.

    >>> round(_hypergeometric(1, 2, 4, 2), 6)
    0.666667
    """
    if not max(0, size - (cases - inside)) <= n <= min(inside, size):
        return 0.0
    return exp(_log_comb(inside, n) + _log_comb(cases - inside, size - n) - _log_comb(cases, size))


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
