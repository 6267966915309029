"""A random sample of a caseload, with a minimum number of cases of some groups and few of any one officer.

Every case gets a random number from the seed and its own reference, so that the same caseload gives the same sample in
whatever order it comes. How cases are taken by their numbers is told in `taking`, with what probability in `chances`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from omi_rules.errors import Fault, Refused
from omi_rules.sample_rules import EVERYONE
from omi_rules.sampling.chances import REPEATS, chances
from omi_rules.sampling.taking import Candidate, Caseload, Order, Plan, Taking

ALGORITHM, VERSION = "ranked-with-minimums", 1
"""A change that can draw other cases or find other probabilities is another version."""


@dataclass(frozen=True)
class Drawn:
    """A case of the sample."""

    candidate: Candidate
    drawn_for: str
    """The group it tops up, or `EVERYONE`."""
    probability: float
    """With which it was to be drawn: more than 0 and at most 1."""
    standard_error: float
    """Of the probability; 0 where that is exact."""


@dataclass(frozen=True)
class Sample:
    """A drawn sample, in the order of references."""

    drawn: Sequence[Drawn]
    repeats: int
    """Draws by which the probabilities were found; 0 where they are exact."""
    shut_out: int
    """Cases of the caseload that had no chance in any of them, as groups take all places under a limit."""


def number_of(seed: int, case_id: str) -> int:
    """The random number of a case.

    >>> number_of(7, "GM-001") == number_of(7, "GM-001") != number_of(8, "GM-001")
    True
    """
    text = f"{ALGORITHM} {VERSION}\0{seed}\0{case_id}"
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def draw(candidates: Sequence[Candidate], plan: Plan, repeats: int = REPEATS, not_drawn_from: str = "") -> Sample:
    """Draw a sample. `not_drawn_from`: which cases are not among the candidates and why, said where they are too few.

    Raises:
        Refused: too few cases for the size, a group or the limits.
    """
    caseload = Caseload(candidates, plan)
    _check_caseload(caseload, not_drawn_from)
    numbers = np.array([number_of(plan.seed, one.case_id) for one in caseload.candidates], dtype=np.uint64)
    taken = Taking(caseload, numbers, Order(caseload, numbers)).taken
    _check_taken(caseload, taken)
    rows = sorted(taken)
    found = chances(caseload, numbers, rows, repeats)
    columns = zip(rows, found.probability, found.standard_error, strict=True)
    drawn = [Drawn(caseload.candidates[row], taken[row], chance, error) for row, chance, error in columns]
    return Sample(drawn, found.repeats, found.shut_out)


def _check_caseload(caseload: Caseload, not_drawn_from: str) -> None:
    """Refuse what no draw could give."""
    plan, cases, faults = caseload.plan, len(caseload.candidates), []
    if plan.size > cases:
        faults.append(_size(plan.size, f"more than the {cases} cases that can be drawn", not_drawn_from))
    for name, inside in caseload.members.items():
        least, there = plan.minimums[name], int(inside.sum())
        if least > there:
            open_ = "a case whose record leaves open whether it is of the group does not count"
            hint = f"{open_}; {not_drawn_from}" if not_drawn_from else open_
            faults.append(_group(name, least, f"the caseload has {there}", hint))
    if faults:
        raise Refused(faults)


def _check_taken(caseload: Caseload, taken: Mapping[int, str]) -> None:
    """Refuse a sample that fell short."""
    plan, faults = caseload.plan, []
    limits = ", ".join(f"{most} for each {name}" for name, most in plan.limits.items())
    for name, inside in caseload.members.items():
        least, there = plan.minimums[name], sum(bool(inside[row]) for row in taken)
        if there < least:
            what = f"only {there} could be drawn with at most {limits}"
            faults.append(_group(name, least, what, "lower the number or raise the limit"))
    needed = sum(phase != EVERYONE for phase in taken.values())
    if needed > plan.size:
        faults.append(_size(plan.size, f"the groups alone take {needed} places", "raise the size or lower a number"))
    elif not faults and len(taken) < plan.size:
        what = f"only {len(taken)} cases can be drawn with at most {limits}"
        faults.append(_size(plan.size, what, "lower the size or raise the limit"))
    if faults:
        raise Refused(faults)


def _size(size: int, what: str, hint: str = "") -> Fault:
    return Fault(file=f"--size {size}", what=what, hint=hint)


def _group(name: str, least: int, what: str, hint: str) -> Fault:
    return Fault(file=f"--at-least {name}={least}", what=f"not enough cases: {what}", hint=hint)
