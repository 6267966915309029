"""What would lift a criterion over the line: the score is linear in its questions' counts, so it can be said."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from omi_rules.scoring.scores import Model, Scores
from omi_rules.scoring.tally import NOT_SUFFICIENT, SUFFICIENT


@dataclass(frozen=True)
class Step:
    """More sufficient cases on one question."""

    question: str
    cases: int
    available: int
    """How many cases are below the line on it."""
    points: float
    """What one of them is worth to the criterion's score."""
    alone: bool
    """Whether these cases alone carry the criterion over."""


@dataclass(frozen=True)
class Lift:
    """How a criterion would come over the line."""

    criterion: str
    score: float
    gap: float
    """Points missing to the score that rounds to the line."""
    questions: tuple[Step, ...]
    """Each question on its own, cheapest first; those that cannot do it alone last."""
    fewest: tuple[Step, ...]
    """The fewest cases that do it together; empty if even all cases would not."""


def lifts(scores: Scores) -> list[Lift]:
    """For each criterion under the line, what would carry it over."""
    model = Model(scores.ruleset)
    shares = np.array([np.nan if s.share is None else s.share for s in scores.questions.values()])
    counts = scores.tally.counts
    made = []
    for name, found in scores.criteria.items():
        if found.verdict != "priority" or found.score is None:
            continue
        gap = scores.line_of_priority - 0.5 - found.score
        summary = model.summary[name]
        places = [*model.individual[name], *([] if summary is None else [summary])]
        steps = []
        for place in places:
            question, available = scores.tally.questions[place], int(counts[place, NOT_SUFFICIENT])
            if not available:
                continue
            points = model.weight(question, shares) / (available + int(counts[place, SUFFICIENT]))
            needed = max(1, ceil(gap / points - 1e-9))
            alone = needed <= available
            steps.append(Step(question, needed if alone else available, available, points, alone))
        steps.sort(key=lambda step: (not step.alone, step.cases if step.alone else -step.points, step.question))
        made.append(Lift(name, found.score, gap, tuple(steps), _fewest(steps, gap)))
    return made


def _fewest(steps: list[Step], gap: float) -> tuple[Step, ...]:
    """Cases worth most first: no other choice needs fewer."""
    chosen, left = [], gap
    for step in sorted(steps, key=lambda step: (-step.points, step.question)):
        if left <= 1e-9:
            break
        cases = min(step.available, max(1, ceil(left / step.points - 1e-9)))
        chosen.append(Step(step.question, cases, step.available, step.points, alone=False))
        left -= cases * step.points
    return tuple(chosen) if left <= 1e-9 else ()
