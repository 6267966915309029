"""Tallies: how often each outcome was found. They add up, over batches, processes and areas."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omi_rules.findings import OUTCOME_OF, OUTCOMES, Codes, Findings
from omi_rules.meaning import Outcome
from omi_rules.ruleset import Ruleset

BLOCKS = 4096
"""Cases are dealt into so many blocks by their reference; intervals are drawn by resampling the blocks.

Up to some hundred cases nearly every case is a block of its own, so that blocks are resampled as cases would be;
of a million cases the blocks are random samples, which serve as well. The tally stays small, and adds up.
"""

SUFFICIENT, NOT_SUFFICIENT = OUTCOMES.index(Outcome.SUFFICIENT), OUTCOMES.index(Outcome.NOT_SUFFICIENT)
NOT_EVIDENCED = OUTCOMES.index(Outcome.NOT_EVIDENCED)
_RELEVANT = (SUFFICIENT, NOT_SUFFICIENT)
_SIDES = np.array([(o == SUFFICIENT, o in _RELEVANT) for o in OUTCOME_OF], dtype=np.int32).view(np.int64).ravel()
"""What each line of the verdict table adds to (sufficient, relevant): two numbers in one, as quick to add as one."""


@dataclass(frozen=True)
class Tally:
    """Counts by question (scored and context, in the order of the ruleset) and outcome."""

    questions: tuple[str, ...]
    cases: int
    counts: NDArray[np.int64]
    """Question x outcome."""
    blocks: NDArray[np.integer[Any]]
    """Block x question x (sufficient, relevant)."""
    disagreements: NDArray[np.int64]
    """Question x outcome: findings of that outcome with which the assessor's answer disagrees."""

    def __reduce__(self) -> tuple[type[Tally], tuple[Any, ...]]:
        """Sent to another process in as few bytes as will do."""
        few = self.blocks.astype(np.min_scalar_type(self.blocks.max(initial=0)))
        return Tally, (self.questions, self.cases, self.counts, few, self.disagreements)

    def __add__(self, other: Tally) -> Tally:
        if self.questions != other.questions:
            raise ValueError("tallies of different rulesets do not add up")
        return Tally(
            self.questions,
            self.cases + other.cases,
            self.counts + other.counts,
            np.add(self.blocks, other.blocks, dtype=np.int32),
            self.disagreements + other.disagreements,
        )


def empty(ruleset: Ruleset) -> Tally:
    """The tally of no case."""
    return _empty(tuple(ruleset.questions))


def _empty(questions: tuple[str, ...]) -> Tally:
    size = len(questions)
    return Tally(
        questions,
        0,
        np.zeros((size, len(OUTCOMES)), dtype=np.int64),
        np.zeros((BLOCKS, size, 2), dtype=np.int32),
        np.zeros((size, len(OUTCOMES)), dtype=np.int64),
    )


def block_of(case_id: str) -> int:
    """The block of a case: the same wherever and whenever it is counted."""
    return int.from_bytes(hashlib.blake2b(case_id.encode(), digest_size=4).digest(), "big") % BLOCKS


def tally(found: Findings | Codes, rows: Sequence[int] | None = None) -> Tally:
    """The tally of a batch of findings, or of some of its cases."""
    codes = found.codes if isinstance(found, Findings) else found
    chosen = np.arange(len(codes.case_ids)) if rows is None else np.asarray(rows, dtype=np.int64)
    made = _empty(codes.questions)
    if not len(chosen):
        return made
    block = np.array([block_of(codes.case_ids[row]) for row in chosen], dtype=np.int64)
    order = np.argsort(block, kind="stable")
    present, starts = np.unique(block[order], return_index=True)
    chosen = chosen[order]
    sums = np.empty((len(codes.lines), len(starts)), dtype=np.int64)
    for i, (every_line, every_disagree) in enumerate(zip(codes.lines, codes.disagrees, strict=True)):
        lines, disagree = every_line[chosen], every_disagree[chosen]  # question by question: that much stays at hand
        np.add.reduceat(_SIDES[lines], starts, out=sums[i])
        outcomes = OUTCOME_OF[lines]
        made.counts[i] = np.bincount(outcomes, minlength=len(OUTCOMES))
        if disagree.any():
            made.disagreements[i] = np.bincount(outcomes[disagree], minlength=len(OUTCOMES))
    made.blocks[present] = sums.T.copy().view(np.int32).reshape(len(present), -1, 2)
    return Tally(made.questions, len(chosen), made.counts, made.blocks, made.disagreements)


def total(tallies: Iterable[Tally], ruleset: Ruleset) -> Tally:
    """The sum of some tallies."""
    return sum(tallies, start=empty(ruleset))
