"""Scores in which every case counts by its weight: what a sample that was not drawn evenly says of its caseload.

The share of a question is the weight of its sufficient cases over that of its relevant cases; criteria, sections and
threads follow from shares as ever. Weights are whole numbers inside, so that no order of cases changes a digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omi_rules.findings import OUTCOME_OF, Codes, Findings
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.intervals import Interval, percentiles, wilson
from omi_rules.scoring.scores import RESAMPLES, SMALL_BASE, Floats, Model, half_up, resample_blocks
from omi_rules.scoring.tally import BLOCKS, NOT_SUFFICIENT, SUFFICIENT, Tally, blocks_of

UNIT = 2**40
"""The heaviest case as a whole number; a million cases fit a sum."""


@dataclass(frozen=True)
class WeightedTally:
    """Weights by question (scored and context, in the order of the ruleset), in parts of `UNIT`. They add up."""

    squares: NDArray[np.int64]
    """Of the weights of the relevant cases, by question."""
    blocks: NDArray[np.int64]
    """Block x question x (sufficient, relevant)."""

    def __add__(self, other: WeightedTally) -> WeightedTally:
        return WeightedTally(self.squares + other.squares, self.blocks + other.blocks)


@dataclass(frozen=True)
class WeightedShare:
    """A question over a sample, weighted."""

    share: float | None
    interval: Interval | None
    effective: float
    """As many cases of equal weight would be as sure."""


@dataclass(frozen=True)
class WeightedScore:
    """A criterion, section or thread, weighted, in per cent; None without any relevant case."""

    score: float | None
    rounded: int | None
    interval: Interval | None
    """None on fewer than `SMALL_BASE` cases."""


@dataclass(frozen=True)
class WeightedScores:
    """Everything that is scored of a sample, weighted."""

    questions: Mapping[str, WeightedShare]
    criteria: Mapping[str, WeightedScore]
    sections: Mapping[str, WeightedScore]
    threads: Mapping[str, WeightedScore]


def empty(ruleset: Ruleset) -> WeightedTally:
    """The weights of no case."""
    size = len(ruleset.questions)
    return WeightedTally(np.zeros(size, dtype=np.int64), np.zeros((BLOCKS, size, 2), dtype=np.int64))


def weigh(found: Findings | Codes, weights: Sequence[float], ruleset: Ruleset) -> WeightedTally:
    """The weighted tally of some findings; one weight a case, more than 0 and at most 1."""
    codes = found.codes if isinstance(found, Findings) else found
    made = empty(ruleset)
    block = blocks_of(codes.case_ids)
    plain = np.asarray(weights, dtype=np.float64)
    whole, squared = (np.rint(part * UNIT).astype(np.int64) for part in (plain, plain * plain))
    for i, outcome in enumerate(OUTCOME_OF[codes.lines]):
        above = outcome == SUFFICIENT
        relevant = above | (outcome == NOT_SUFFICIENT)
        np.add.at(made.blocks[:, i, 0], block[above], whole[above])
        np.add.at(made.blocks[:, i, 1], block[relevant], whole[relevant])
        made.squares[i] = squared[relevant].sum()
    return made


def weighted_scores(
    weighted: WeightedTally, tally: Tally, ruleset: Ruleset, *, resamples: int = RESAMPLES
) -> WeightedScores:
    """The scores of a weighted tally; `tally` is the plain one of the same cases.

    Intervals come from the same resampling of cases as those of plain scores, each case with its weight, as if there
    were only the effective number of cases. The part of the caseload that was drawn does not narrow them.
    """
    model = Model(ruleset)
    above, relevant = (weighted.blocks[:, :, side].sum(axis=0) / UNIT for side in (0, 1))
    shares = np.where(relevant > 0, above / np.where(relevant > 0, relevant, 1.0), np.nan)
    squares = weighted.squares / UNIT
    effective = np.where(relevant > 0, relevant**2 / np.where(relevant > 0, squares, 1.0), 0.0)
    sure = np.where(relevant > 0, effective / np.where(relevant > 0, relevant, 1.0), 0.0)
    drawn = model.of_shares(resample_blocks(weighted.blocks / UNIT * sure[:, None], resamples))
    scored = [
        list(_scores(found, again, based))
        for found, again, based in zip(model.of_shares(shares), drawn, model.bases(tally), strict=True)
    ]
    questions = {
        name: WeightedShare(
            None if not relevant[i] else float(shares[i]),
            None if not relevant[i] else wilson(float(shares[i]), float(effective[i])),
            float(effective[i]),
        )
        for i, name in enumerate(tally.questions)
    }
    names = (model.criteria, model.sections, model.threads)
    criteria, sections, threads = (dict(zip(of, found, strict=True)) for of, found in zip(names, scored, strict=True))
    return WeightedScores(questions, criteria, sections, threads)


def _scores(found: Floats, resampled: Floats, based: Iterable[int]) -> Iterable[WeightedScore]:
    for value, interval, cases in zip(found, percentiles(resampled, found, 1.0), based, strict=True):
        if np.isnan(value):
            yield WeightedScore(None, None, None)
        else:
            yield WeightedScore(float(value), half_up(float(value)), interval if cases >= SMALL_BASE else None)
