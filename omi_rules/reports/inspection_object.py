"""An inspection as other programs read it (docs/inspection.md)."""

from __future__ import annotations

from typing import Any

from omi_rules.exact import plain
from omi_rules.inspection.dates import DueDate
from omi_rules.inspection.decision import Decision
from omi_rules.inspection.grades import GeneralGrade
from omi_rules.inspection.judged import Judged
from omi_rules.inspection.questionnaires import Response, Share
from omi_rules.inspection.record import Context, FocusGroup, Span
from omi_rules.inspection.targets import JudgedTarget
from omi_rules.reports.case import ruleset_entry
from omi_rules.reports.sample import score, scored


def to_object(judged: Judged) -> dict[str, Any]:
    """An inspection as JSON writes it."""
    record = judged.inspection
    return {
        "area": record.area,
        "inspected": {"from": str(record.inspected.from_), "to": str(record.inspected.to)},
        "note": record.note,
        "ruleset": ruleset_entry(judged.ruleset),
        "decision": _decision(judged.decision),
        "dates": [_date(one) for one in judged.dates],
        "leadership": [_grade(one) for one in judged.grades],
        "targets": [_target(one) for one in judged.targets],
        "near_miss_ratio": float(judged.rules.near_miss_ratio.value),
        "star_disagreements": [one.row.measure for one in judged.star_disagreements],
        "questionnaires": [_response(one) for one in judged.responses],
        "focus_groups": [_group(one) for one in record.focus_groups],
        "context": [_context(one) for one in record.context],
        "sample": _sample(judged),
        "design": record.design,
        "not_recorded": list(judged.not_recorded),
    }


def _sample(judged: Judged) -> dict[str, Any] | None:
    if judged.scores is None:
        return None
    rejected = [{"place": place, "faults": list(faults)} for place, faults in judged.rejected]
    return {"cases": judged.scores.tally.cases, "rejected": rejected, **scored(judged.scores)}


def _decision(found: Decision) -> dict[str, Any]:
    precedent = found.precedent
    return {
        "follow_up": found.follow_up,
        "basis": found.basis,
        "sentence": found.sentence,
        "thread": {"id": found.thread, "title": found.title, **(score(found.score) if found.score else {})},
        "below": found.below,
        "precedent": {"area": precedent.area, "score": precedent.score} if precedent else None,
        "own": {"follow_up": found.own.held, "reason": found.own.reason} if found.own else None,
        "differs": found.differs,
        "held": found.held,
        "under_the_line": list(found.priorities),
    }


def _span(span: Span | None) -> list[str] | None:
    return None if span is None else [str(span.first), str(span.last)]


def _date(found: DueDate) -> dict[str, Any]:
    return {
        "step": found.name,
        "title": found.step.title,
        "opens": _span(found.opens),
        "due": _span(found.due),
        "about": found.about,
        "projected": found.projected,
        "done": _span(found.done),
        "standing": str(found.standing),
        "days_early": list(found.days_early) if found.days_early else None,
    }


def _grade(found: GeneralGrade) -> dict[str, Any]:
    return {
        "criterion": found.criterion.criterion,
        "title": found.criterion.title,
        "aim": found.criterion.aim,
        "shows": found.criterion.shows,
        "grade": found.word or None,
        "own": found.in_words(found.own) or None,
        "reason": found.reason or None,
        "computed": found.in_words(found.computed) or None,
        "bounds": [found.in_words(end) for end in found.bounds] if found.bounds else None,
        "capped": found.capped,
        "differs": found.differs,
        "graded": found.graded,
        "of": len(found.specific),
        "specific": [
            {
                "id": one.criterion.id,
                "asks": one.criterion.asks,
                "ours": one.criterion.ours or None,
                "grade": one.grade,
                "word": found.in_words(one.grade) or None,
                "strengths": list(one.strengths),
                "improvements": list(one.improvements),
            }
            for one in found.specific
        ],
    }


def _target(found: JudgedTarget) -> dict[str, Any]:
    row = found.row
    return {
        "table": found.table.title,
        "period": found.period,
        "measure": row.measure,
        "unit": row.unit,
        "better": row.better,
        "target": plain(row.target),
        "actual": None if row.actual is None else plain(row.actual),
        "comparator": None if row.comparator is None else plain(row.comparator),
        "compared_with": found.table.comparator or None,
        "outcome": found.attained and str(found.attained),
        "comparator_outcome": found.comparator and str(found.comparator),
        "ratio": None if found.ratio is None else float(found.ratio),
        "star": row.star,
        "disagrees": found.disagrees,
        "note": row.note or found.table.note,
        "source": found.table.source,
    }


def _share(found: Share) -> dict[str, Any]:
    return {"n": found.n, "of": found.of, "percent": found.percent}


def _response(found: Response) -> dict[str, Any]:
    return {
        "who": found.questionnaire.who,
        "returned": found.questionnaire.returned,
        "issued": found.questionnaire.issued,
        "percent": found.rate.percent,
        "note": found.questionnaire.note,
        "answers": [
            {
                "question": one.reply.question,
                "shares": {share.answer: _share(share) for share in one.shares},
                "unanswered": one.unanswered,
                "printed": one.reply.printed or None,
                "note": one.reply.note,
            }
            for one in found.replies
        ],
    }


def _group(found: FocusGroup) -> dict[str, Any]:
    return {
        "who": found.who,
        "groups": found.groups,
        "held": dict(found.held),
        "invited": found.invited,
        "attended": found.attended,
        "said": list(found.said),
        "note": found.note,
    }


def _context(found: Context) -> dict[str, Any]:
    figures = [
        {"label": one.label, "value": plain(one.value), "unit": one.unit, "note": one.note} for one in found.figures
    ]
    return {"heading": found.heading, "figures": figures, "note": found.note, "source": found.source}
