"""Tallies: how often each outcome was found. They add up, over batches, processes and areas."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omi_rules.findings import OUTCOMES, Findings
from omi_rules.meaning import Outcome
from omi_rules.ruleset import Ruleset

BLOCKS = 4096
"""Cases are dealt into so many blocks by their reference; intervals are drawn by resampling the blocks.

Up to some hundred cases nearly every case is a block of its own, so that blocks are resampled as cases would be;
of a million cases the blocks are random samples, which serve as well. The tally stays small, and adds up.
"""

SUFFICIENT, NOT_SUFFICIENT = OUTCOMES.index(Outcome.SUFFICIENT), OUTCOMES.index(Outcome.NOT_SUFFICIENT)
NOT_EVIDENCED = OUTCOMES.index(Outcome.NOT_EVIDENCED)


@dataclass(frozen=True)
class Tally:
    """Counts by question (scored and context, in the order of the ruleset) and outcome."""

    questions: tuple[str, ...]
    cases: int
    counts: NDArray[np.int64]
    """Question x outcome."""
    blocks: NDArray[np.int32]
    """Block x question x (sufficient, relevant)."""
    disagreements: NDArray[np.int64]
    """Question x outcome: findings of that outcome with which the assessor's answer disagrees."""

    def __add__(self, other: Tally) -> Tally:
        if self.questions != other.questions:
            raise ValueError("tallies of different rulesets do not add up")
        return Tally(
            self.questions,
            self.cases + other.cases,
            self.counts + other.counts,
            self.blocks + other.blocks,
            self.disagreements + other.disagreements,
        )


def empty(ruleset: Ruleset) -> Tally:
    """The tally of no case."""
    size = len(ruleset.questions)
    return Tally(
        tuple(ruleset.questions),
        0,
        np.zeros((size, len(OUTCOMES)), dtype=np.int64),
        np.zeros((BLOCKS, size, 2), dtype=np.int32),
        np.zeros((size, len(OUTCOMES)), dtype=np.int64),
    )


def block_of(case_id: str) -> int:
    """The block of a case: the same wherever and whenever it is counted."""
    return int.from_bytes(hashlib.blake2b(case_id.encode(), digest_size=4).digest(), "big") % BLOCKS


def tally(findings: Findings, rows: Sequence[int] | None = None) -> Tally:
    """The tally of a batch of findings, or of some of its cases."""
    ruleset = findings.ruleset
    chosen = np.arange(findings.cases.size) if rows is None else np.asarray(rows, dtype=np.int64)
    made = empty(ruleset)
    block = np.array([block_of(findings.case_ids[row]) for row in chosen], dtype=np.int64)
    for i, question in enumerate(ruleset.questions.values()):
        outcome = findings.outcomes(question)[chosen]
        made.counts[i] = np.bincount(outcome, minlength=len(OUTCOMES))
        made.disagreements[i] = np.bincount(outcome[findings.disagrees(question)[chosen]], minlength=len(OUTCOMES))
        above = outcome == SUFFICIENT
        np.add.at(made.blocks[:, i, 0], block[above], 1)
        relevant = above | (outcome == NOT_SUFFICIENT)
        np.add.at(made.blocks[:, i, 1], block[relevant], 1)
    return Tally(made.questions, len(chosen), made.counts, made.blocks, made.disagreements)


def total(tallies: Iterable[Tally], ruleset: Ruleset) -> Tally:
    """The sum of some tallies."""
    return sum(tallies, start=empty(ruleset))
