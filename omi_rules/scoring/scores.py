"""Scores: shares of questions, and what they add up to in criteria, sections and threads (docs/contract.md, section 3).

A criterion is the mean of its questions' shares, the summary question apart, weighted 80/20 with the summary
question's share; cases are never pooled over questions. Nothing is rounded but `rounded`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omi_rules.findings import OUTCOMES
from omi_rules.meaning import Outcome
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.intervals import Interval, finite, percentiles, wilson
from omi_rules.scoring.tally import BLOCKS, NOT_EVIDENCED, NOT_SUFFICIENT, SUFFICIENT, Tally

RESAMPLES = 2000
SEED = 2006
SPREAD = 0.9
"""Shape of the weights that resampled cases get: a little under 1, as few cases vary less than what they stand for."""
SMOOTH = 0.5
"""Shape of the weights of what is added to each question on either side, so that no share is sure (Jeffreys)."""
SMALL_BASE = 10
"""Fewer relevant cases than this, and a question's share swings with each case."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A question over a sample."""

    counts: Mapping[str, int]
    """Number of cases by outcome."""
    relevant: int
    share: float | None
    interval: Interval | None

    @property
    def small(self) -> bool:
        """Whether the base is too small to lean on."""
        return 0 < self.relevant < SMALL_BASE


@dataclass(frozen=True)
class Score:
    """A criterion, section or thread over a sample, in per cent; None without any relevant case."""

    score: float | None
    rounded: int | None
    interval: Interval | None
    """None on fewer than `SMALL_BASE` cases: resampling them would feign a precision that is not there."""
    bounds: Interval | None
    """The score with every finding that could not be told counted against, and in favour."""


@dataclass(frozen=True)
class CriterionScore(Score):
    """A criterion's score and what follows from it."""

    verdict: str | None
    """``good`` or ``priority``."""
    summary_question: str | None
    one_case: float | None
    """The most that one case, judged otherwise on one question, moves the score."""
    stable: bool | None
    """Whether the verdict would stand if one case were judged otherwise on any one question."""


@dataclass(frozen=True)
class Scores:
    """Everything that is scored of a sample."""

    ruleset: Ruleset
    tally: Tally
    caseload: int | None
    questions: Mapping[str, Share]
    criteria: Mapping[str, CriterionScore]
    sections: Mapping[str, Score]
    threads: Mapping[str, Score]

    @property
    def line_of_priority(self) -> int:
        """The percentage under which a criterion calls for improvement."""
        return self.ruleset.line_of_priority


class Model:
    """How a ruleset adds shares up: one function for a sample, its bounds and its resamples alike."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.place = {question: i for i, question in enumerate(ruleset.questions)}
        self.criteria = [criterion.criterion for criterion in ruleset.criteria]
        self.individual: dict[str, list[int]] = {}
        self.summary: dict[str, int | None] = {}
        for criterion in ruleset.criteria:
            scored = [question for question in criterion.questions if not question.context]
            self.individual[criterion.criterion] = [self.place[q.id] for q in scored if not q.summary]
            self.summary[criterion.criterion] = next((self.place[q.id] for q in scored if q.summary), None)
        self.sections = {
            section: [i for i, c in enumerate(ruleset.criteria) if c.section == section]
            for section in ruleset.head.sections
        }
        self.threads = {
            name: [
                self.place[question.id]
                for question in ruleset.scored
                if name in question.threads and ruleset.criterion_of[question.id].section in thread.sections
            ]
            for name, thread in ruleset.head.threads.items()
        }

    def of_shares(self, shares: Floats) -> tuple[Floats, Floats, Floats]:
        """Scores of criteria, sections and threads from shares; the last axis of `shares` is the question."""
        scoring = self.ruleset.head.scoring
        individual_weight, summary_weight = scoring.individual, scoring.summary
        columns = []
        for criterion in self.criteria:
            plain = mean(shares[..., self.individual[criterion]])
            at = self.summary[criterion]
            if at is not None:
                summary = shares[..., at]
                both = (individual_weight * plain + summary_weight * summary) / (individual_weight + summary_weight)
                plain = np.where(np.isnan(summary), plain, np.where(np.isnan(plain), summary, both))
            columns.append(100 * plain)
        criteria = np.stack(columns, axis=-1)
        sections = np.stack([mean(criteria[..., places]) for places in self.sections.values()], axis=-1)
        threads = [100 * mean(shares[..., places]) for places in self.threads.values()]
        return criteria, sections, np.stack(threads, axis=-1) if threads else shares[..., :0]

    def bases(self, tally: Tally) -> tuple[list[int], list[int], list[int]]:
        """On how many cases each criterion, section and thread rests, as far as the blocks tell."""
        used = tally.blocks[:, :, 1] > 0

        def count(places: list[int]) -> int:
            return int(np.sum(used[:, places].any(axis=1)))

        of = {c: [*self.individual[c], *([] if s is None else [s])] for c, s in self.summary.items()}
        sections = [[place for i in inside for place in of[self.criteria[i]]] for inside in self.sections.values()]
        return (
            [count(of[c]) for c in self.criteria],
            [count(places) for places in sections],
            [count(places) for places in self.threads.values()],
        )

    def weight(self, question: str, shares: Floats) -> float:
        """How much of its criterion's score rests on a question's share, in points for a share from 0 to 1."""
        criterion = self.ruleset.criterion_of[question].criterion
        scoring, places, summary = self.ruleset.head.scoring, self.individual[criterion], self.summary[criterion]
        based = int(np.sum(~np.isnan(shares[places])))
        has_summary = summary is not None and not np.isnan(shares[summary])
        both = scoring.individual + scoring.summary
        if self.place[question] == summary:
            return 100 * (scoring.summary / both if based else 1.0)
        return 100 * (scoring.individual / both if has_summary else 1.0) / based


def mean(values: Floats) -> Floats:
    """The mean over the last axis of what is there; NaN where nothing is."""
    there = ~np.isnan(values)
    number = there.sum(axis=-1)
    sums = np.where(there, values, 0.0).sum(axis=-1)
    return np.where(number > 0, sums / np.maximum(number, 1), np.nan)


def shares_of(above: NDArray[Any], relevant: NDArray[Any]) -> Floats:
    """Shares, NaN without a relevant case."""
    return np.where(relevant > 0, above / np.maximum(relevant, 1), np.nan)


def half_up(score: float) -> int:
    """A whole percentage, halves up; what floating point falls short of a half (72.49999999999999) is one.

    >>> half_up(72.5), half_up(72.4999), half_up(100 * (0.8 * (0.7 + 0.72 + 0.73) / 3 + 0.2 * 0.7633333333333333))
    (73, 72, 73)
    """
    return floor(score + 0.5 + 1e-9)


def score(tally: Tally, ruleset: Ruleset, *, caseload: int | None = None, resamples: int = RESAMPLES) -> Scores:
    """The scores of a tally. `caseload` is the number of cases the sample was drawn from, if it is to count."""
    model = Model(ruleset)
    counts = tally.counts
    above, below, untold = counts[:, SUFFICIENT], counts[:, NOT_SUFFICIENT], counts[:, NOT_EVIDENCED]
    relevant = above + below
    shares = shares_of(above, relevant)
    factor = finite(tally.cases, caseload)
    scores = model.of_shares(shares)
    against = model.of_shares(shares_of(above, relevant + untold))
    favour = model.of_shares(shares_of(above + untold, relevant + untold))
    resampled = model.of_shares(resample(tally, resamples))
    based = model.bases(tally)
    questions = {
        name: Share(
            counts={str(outcome): int(counts[i, OUTCOMES.index(outcome)]) for outcome in Outcome},
            relevant=int(relevant[i]),
            share=None if not relevant[i] else float(shares[i]),
            interval=_wilson(int(above[i]), int(relevant[i]), factor),
        )
        for i, name in enumerate(tally.questions)
    }
    made: list[list[Score]] = []
    for which, drawn in enumerate(resampled):
        intervals = percentiles(drawn, scores[which], factor)
        intervals = [i if n >= SMALL_BASE else None for i, n in zip(intervals, based[which], strict=True)]
        ends = zip(scores[which], intervals, against[which], favour[which], strict=True)
        made.append([_score(float(value), interval, float(low), float(high)) for value, interval, low, high in ends])
    criteria = {
        name: _criterion(found, name, model, shares, relevant)
        for name, found in zip(model.criteria, made[0], strict=True)
    }
    sections = dict(zip(model.sections, made[1], strict=True))
    threads = dict(zip(model.threads, made[2], strict=True))
    return Scores(ruleset, tally, caseload, questions, criteria, sections, threads)


def resample(tally: Tally, resamples: int, seed: int = SEED) -> Floats:
    """Shares of questions in samples drawn again from the blocks of a tally: resample x question.

    A Bayesian bootstrap (D. B. Rubin, Ann. Stat. 9 (1981) 130): each block gets a random weight, and with it all that
    its cases say; each question gets a little weight on either side. A single question's share so has about Jeffreys'
    interval, and questions that are answered alike vary together. Each block's and each question's weights come from
    the seed and its own number, so that no order of cases or batches matters.
    """
    return resample_blocks(tally.blocks, resamples, seed)


def resample_blocks(counted: NDArray[Any], resamples: int, seed: int = SEED) -> Floats:
    """`resample` of what was counted, or weighed, by block: block x question x (sufficient, relevant).

    Weights and counts are put on grids so coarse that every sum is exact, of up to 200 million cases: processors and
    numbers of cores add in different orders, and the digits must not depend on them.
    """
    used = np.flatnonzero(counted[:, :, 1].any(axis=1))
    if 2 * len(used) > BLOCKS:
        weights = _every_weight(resamples, seed)  # a block without cases adds nothing
    else:
        weights = np.reshape([_weights(block, resamples, seed) for block in used.tolist()], (len(used), resamples))
        counted = counted[used]
    blocks = _counts_on_grid(counted.transpose(2, 1, 0))
    smooth = _smooth(counted.shape[1], resamples, seed)
    above, relevant = (blocks[0] @ weights).T + smooth[0], (blocks[1] @ weights).T + smooth.sum(axis=0)
    return np.where(blocks[1].any(axis=1), above / relevant, np.nan)


def _draw(block: int, resamples: int, seed: int) -> Floats:
    """The random weight of a block in each resample."""
    return _on_grid(np.random.default_rng((seed, block)).gamma(SPREAD, size=resamples), 20)


_weights = lru_cache(maxsize=BLOCKS)(_draw)


@lru_cache(maxsize=1)
def _every_weight(resamples: int, seed: int) -> Floats:
    """Block x resample."""
    made = np.empty((BLOCKS, resamples))
    for block in range(BLOCKS):
        made[block] = _draw(block, resamples, seed)
    return made


def draw_weights(questions: int) -> None:
    """Draw the weights of so many questions and of every block before they are asked for, as a large sample will."""
    _smooth(questions, RESAMPLES, SEED)
    _every_weight(RESAMPLES, SEED)


def _counts_on_grid(counted: NDArray[Any]) -> Floats:
    """What was counted, side x question x block."""
    digits = 28 - ceil(log2(max(1.0, counted.sum(axis=2).max(initial=1.0))))
    blocks = counted.astype(np.float64, order="C")
    return blocks if digits >= 0 and counted.dtype.kind in "iu" else _on_grid(blocks, digits)  # whole numbers lie on it


def _on_grid(values: Floats, digits: int) -> Floats:
    """Values rounded to so many binary digits after the point."""
    return np.rint(values * 2.0**digits) * 2.0**-digits


@lru_cache(maxsize=1)
def _smooth(questions: int, resamples: int, seed: int) -> Floats:
    """What is added to each question above and below: side x resample x question."""
    streams = [np.random.default_rng((seed, BLOCKS + question)) for question in range(questions)]
    return np.stack([rng.gamma(SMOOTH, size=(2, resamples)) for rng in streams], axis=-1)


def _wilson(above: int, relevant: int, factor: float) -> Interval | None:
    if not relevant:
        return None
    if factor == 0.0:  # the whole caseload was read
        return above / relevant, above / relevant
    return wilson(above / relevant, relevant / factor**2)


def _score(value: float, interval: Interval | None, low: float, high: float) -> Score:
    if np.isnan(value):
        return Score(None, None, None, None)
    return Score(value, half_up(value), interval, (low, high))


def _criterion(found: Score, name: str, model: Model, shares: Floats, relevant: NDArray[np.int64]) -> CriterionScore:
    ruleset = model.ruleset
    summary = model.summary[name]
    asked = [q.id for q in ruleset.questions.values() if not q.context and ruleset.criterion_of[q.id].criterion == name]
    steps = {q: model.weight(q, shares) / relevant[model.place[q]] for q in asked if relevant[model.place[q]]}
    verdict = stable = one_case = None
    if found.score is not None and found.rounded is not None:
        line = ruleset.line_of_priority
        one_case = float(max(steps.values()))
        verdict = "good" if found.rounded >= line else "priority"
        share = {q: float(shares[model.place[q]]) for q in steps}  # at 0 or 1 there is no case to turn that way
        up = max((step for q, step in steps.items() if share[q] < 1), default=0.0)
        down = max((step for q, step in steps.items() if share[q] > 0), default=0.0)
        stable = all((half_up(found.score + step) >= line) == (verdict == "good") for step in (-down, up))
    return CriterionScore(
        **vars(found),
        verdict=verdict,
        summary_question=None if summary is None else list(model.place)[summary],
        one_case=one_case,
        stable=stable,
    )
