"""Tallies: how often each outcome was found. They add up, over batches, processes and areas."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omi_rules.findings import DISAGREES, OUTCOME_OF, OUTCOMES, Codes, Findings, looked_up
from omi_rules.meaning import Outcome
from omi_rules.ruleset import Ruleset

BLOCKS = 4096
"""Cases are dealt into so many blocks by their reference; intervals are drawn by resampling the blocks.

Up to some hundred cases nearly every case is a block of its own, so that blocks are resampled as cases would be;
of a million cases the blocks are random samples, which serve as well. The tally stays small, and adds up.
"""

SUFFICIENT, NOT_SUFFICIENT = OUTCOMES.index(Outcome.SUFFICIENT), OUTCOMES.index(Outcome.NOT_SUFFICIENT)
NOT_EVIDENCED = OUTCOMES.index(Outcome.NOT_EVIDENCED)
_SIDES = (SUFFICIENT, NOT_SUFFICIENT)
_SIDE_OF = np.array([_SIDES.index(o) if o in _SIDES else len(_SIDES) for o in OUTCOME_OF], dtype=np.int8)
"""The side of the line on which each line of the verdict table counts; the last is neither."""
_IS_OUTCOME = np.array([outcome == OUTCOME_OF for outcome in range(len(OUTCOMES))], dtype=np.int64).T
"""Line of the verdict table x outcome."""


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

    def __reduce__(self) -> tuple[Callable[..., Tally], tuple[Any, ...]]:
        """Sent to another process in as few bytes as will do, and in the order that they lie in."""
        few = self.blocks.astype(np.min_scalar_type(self.blocks.max(initial=0)))
        return _sent, (self.questions, self.cases, self.counts, few.transpose(1, 0, 2), self.disagreements)

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


def _sent(
    questions: tuple[str, ...],
    cases: int,
    counts: NDArray[np.int64],
    by_question: NDArray[Any],
    disagreements: NDArray[np.int64],
) -> Tally:
    return Tally(questions, cases, counts, by_question.transpose(1, 0, 2), disagreements)


def empty(ruleset: Ruleset) -> Tally:
    """The tally of no case."""
    return _empty(tuple(ruleset.questions))


def _empty(questions: tuple[str, ...]) -> Tally:
    size = len(questions)
    return Tally(
        questions,
        0,
        np.zeros((size, len(OUTCOMES)), dtype=np.int64),
        np.zeros((size, BLOCKS, 2), dtype=np.int32).transpose(1, 0, 2),  # it is filled question by question
        np.zeros((size, len(OUTCOMES)), dtype=np.int64),
    )


def blocks_of(case_ids: Sequence[str]) -> NDArray[np.int64]:
    """The block of each case: the same wherever and whenever it is counted."""
    digests = b"".join([hashlib.blake2b(case_id.encode(), digest_size=4).digest() for case_id in case_ids])
    return np.frombuffer(digests, dtype=">u4").astype(np.int64) % BLOCKS


def tally(found: Findings | Codes) -> Tally:
    """The tally of a batch of findings."""
    codes = found.codes if isinstance(found, Findings) else found
    made = _empty(codes.questions)
    cell = blocks_of(codes.case_ids) * (len(_SIDES) + 1)
    by_question = made.blocks.transpose(1, 0, 2)
    for i, side in enumerate(looked_up(_SIDE_OF, codes.lines)):  # question by question: that much stays at hand
        above, below, _ = np.bincount(cell + side, minlength=BLOCKS * (len(_SIDES) + 1)).reshape(BLOCKS, -1).T
        by_question[i, :, 0], by_question[i, :, 1] = above, above + below
    counts, disagreements = (part.sum(axis=2) @ _IS_OUTCOME for part in (codes.counts, codes.counts * DISAGREES))
    return Tally(made.questions, len(codes.case_ids), counts, made.blocks, disagreements)


def total(tallies: Iterable[Tally], ruleset: Ruleset) -> Tally:
    """The sum of some tallies."""
    return sum(tallies, start=empty(ruleset))
