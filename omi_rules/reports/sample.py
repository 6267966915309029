"""What is reported of a sample, whatever the format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from omi_rules.findings import OUTCOMES
from omi_rules.meaning import Outcome
from omi_rules.reports.case import ruleset_entry
from omi_rules.reports.sampling import weighted_object
from omi_rules.reports.words import words_object
from omi_rules.sampling.weighing import Weighted
from omi_rules.scoring.lift import Lift, Step
from omi_rules.scoring.scores import CriterionScore, Score, Scores, Share
from omi_rules.words import Draft


@dataclass(frozen=True)
class Disagreement:
    """A finding with which the assessor's answer disagrees."""

    case_id: str
    question: str
    answer: str
    outcome: str


@dataclass(frozen=True)
class Gap:
    """Something that is not recorded, and what it leaves open."""

    fact: str
    findings: int
    questions: tuple[str, ...]


@dataclass(frozen=True)
class SampleReport:
    """A scored sample."""

    scores: Scores
    as_of: date | None
    rejected: tuple[tuple[str, tuple[str, ...]], ...]
    """Records that could not be used: the place, and what is wrong."""
    replaced: tuple[str, ...]
    """References that came more than once, of which the last record was kept."""
    gaps: tuple[Gap, ...]
    """What cost most findings first."""
    disagreements: tuple[Disagreement, ...]
    breakdown: Mapping[str, Mapping[str, Scores]]
    """By name of the breakdown and value."""
    lifts: tuple[Lift, ...] | None
    list_disagreements: bool
    smallest_shown: int
    """Bases under this are not shown in a breakdown."""
    weighted: Weighted | None = None
    """The same weighted by the design of the sample, where that is given."""
    words: Draft | None = None
    """Drafted sentences, where they are asked for."""


def to_object(report: SampleReport) -> dict[str, Any]:
    """A sample as JSON writes it (docs/contract.md, section 3, and more)."""
    scores = report.scores
    made: dict[str, Any] = {
        "ruleset": ruleset_entry(scores.ruleset),
        "as_of": report.as_of.isoformat() if report.as_of else None,
        "cases": scores.tally.cases,
        "caseload": scores.caseload,
        "rejected": [{"place": place, "faults": list(faults)} for place, faults in report.rejected],
        "replaced": list(report.replaced),
        **scored(scores),
        "context": context(scores),
        "disagreements": disagreements(scores),
        "not_recorded": [{"fact": g.fact, "findings": g.findings, "questions": list(g.questions)} for g in report.gaps],
    }
    if report.breakdown:
        made["by"] = {
            name: {value: suppressed(part, report.smallest_shown) for value, part in parts.items()}
            for name, parts in report.breakdown.items()
        }
    if report.weighted is not None:
        made["weighted"] = weighted_object(report.weighted, scores.ruleset)
    if report.lifts is not None:
        made["what_would_lift"] = [lift(one) for one in report.lifts]
    if report.words is not None:
        made["words"] = words_object(report.words)
    if report.list_disagreements:
        made["disagreement_list"] = [vars(one) for one in report.disagreements]
    return made


def scored(scores: Scores) -> dict[str, Any]:
    """Questions, criteria, sections and threads."""
    contexts = {question.id for question in scores.ruleset.questions.values() if question.context}
    head = scores.ruleset.head
    titles = {one.criterion: one.title for one in scores.ruleset.criteria}
    return {
        "questions": {name: share(found) for name, found in scores.questions.items() if name not in contexts},
        "criteria": {name: {"title": titles[name], **criterion(found)} for name, found in scores.criteria.items()},
        "sections": {name: {"title": head.sections[name], **score(found)} for name, found in scores.sections.items()},
        "threads": {
            name: {"title": head.threads[name].title, **score(found)} for name, found in scores.threads.items()
        },
        "line_of_priority": scores.line_of_priority,
    }


def share(found: Share) -> dict[str, Any]:
    """A question."""
    return {
        "relevant": found.relevant,
        **found.counts,
        "share": found.share,
        "interval": list(found.interval) if found.interval else None,
        "small_base": found.small,
    }


def score(found: Score) -> dict[str, Any]:
    """A criterion, section or thread."""
    return {
        "score": found.score,
        "rounded": found.rounded,
        "interval": list(found.interval) if found.interval else None,
        "bounds": list(found.bounds) if found.bounds else None,
    }


def criterion(found: CriterionScore) -> dict[str, Any]:
    """A criterion."""
    return {
        **score(found),
        "verdict": found.verdict,
        "summary_question": found.summary_question,
        "one_case": found.one_case,
        "stable": found.stable,
    }


def context(scores: Scores) -> dict[str, Any]:
    """What is counted and never scored."""
    return {
        question.id: {
            "yes": found.counts[Outcome.SUFFICIENT],
            "no": found.counts[Outcome.NOT_SUFFICIENT],
            "of": found.relevant,
        }
        for question in scores.ruleset.questions.values()
        if question.context and (found := scores.questions[question.id])
    }


def disagreements(scores: Scores) -> dict[str, dict[str, int]]:
    """By question: how often the record found each outcome and the assessor said otherwise."""
    made = {}
    for name, row in zip(scores.tally.questions, scores.tally.disagreements, strict=True):
        if row.sum():
            made[name] = {str(outcome): int(row[i]) for i, outcome in enumerate(OUTCOMES) if row[i]}
    return made


def suppressed(scores: Scores, smallest: int) -> dict[str, Any]:
    """The scores of a part of the sample; questions on few cases are counted but their shares not shown."""
    made = scored(scores)
    for entry in made["questions"].values():
        if 0 < entry["relevant"] < smallest:
            entry.update(share=None, interval=None, sufficient=None, not_sufficient=None, suppressed=True)
    if scores.tally.cases < smallest:
        for part in ("criteria", "sections", "threads"):
            for entry in made[part].values():
                entry.update(dict.fromkeys(entry.keys() - {"title"}), suppressed=True)
    return {"cases": scores.tally.cases, **made}


def lift(one: Lift) -> dict[str, Any]:
    """What would carry one criterion over the line."""

    def step(found: Step) -> dict[str, Any]:
        return {
            "question": found.question,
            "cases": found.cases,
            "available": found.available,
            "points_each": found.points,
        }

    return {
        "criterion": one.criterion,
        "score": one.score,
        "gap": one.gap,
        "alone": [{**step(found), "enough": found.alone} for found in one.questions],
        "fewest_together": [step(found) for found in one.fewest],
    }
