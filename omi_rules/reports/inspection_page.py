"""An inspection as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omi_rules.exact import measured
from omi_rules.inspection.grades import GeneralGrade
from omi_rules.inspection.judged import Judged
from omi_rules.reports.inspection_words import (
    cases,
    due,
    figures_of,
    graded,
    n_of,
    priority,
    said,
    standing,
    starred,
    thread,
)
from omi_rules.reports.text import cell, table


def page(judged: Judged) -> str:
    """The page."""
    record, head = judged.inspection, judged.ruleset.head
    lines = [
        f"# {head.title}: {cell(record.area)}",
        "",
        f"Inspected {record.inspected.from_} to {record.inspected.to}. "
        f"Judged by {head.id} {head.version}. {cases(judged)}",
    ]
    for part in (_md_grades, _md_decision, _md_dates, _md_targets, _md_questionnaires, _md_groups, _md_context):
        lines += ["", *part(judged)]
    missing = ", ".join(cell(path) for path in judged.not_recorded)
    return "\n".join([*lines, "", f"Not recorded: {missing or 'nothing'}."]) + "\n"


def _md_grades(judged: Judged) -> Iterator[str]:
    yield f"## Section {judged.rules.section}: {cell(judged.rules.title)}"
    yield ""
    rows = [
        [f"{one.criterion.criterion} {one.criterion.title}", one.word or "not graded", graded(one), one.reason]
        for one in judged.grades
    ]
    yield from table(["criterion", "grade", "computed", "the inspectors' reason"], rows)
    yield ""
    yield f"The computed grade is ours: {cell(judged.rules.aggregate.ours)}."
    ours = sorted({one.criterion.ours for general in judged.grades for one in general.specific if one.criterion.ours})
    yield f"So are specific criteria, each {cell('; '.join(ours))}." if ours else ""
    for general in judged.grades:
        yield ""
        yield f"### {general.criterion.criterion} {cell(general.criterion.title)}: {general.word or 'not graded'}"
        yield ""
        yield from (cell(general.criterion.aim), "")
        rows = [[f"{s.criterion.id} {s.criterion.asks}", *_marks(general, s.grade)] for s in general.specific]
        yield from table(["specific criterion", "", "grade"], rows)
        for heading, notes in (
            ("Strengths", [note for s in general.specific for note in s.strengths]),
            ("Areas for improvement", [note for s in general.specific for note in s.improvements]),
        ):
            if notes:
                yield from ("", f"{heading}:", "", *(f"- {cell(note)}" for note in notes))


def _marks(general: GeneralGrade, grade: int | None) -> Sequence[str]:
    return ("", "not graded") if grade is None else (str(grade), general.in_words(grade))


def _md_decision(judged: Judged) -> Iterator[str]:
    found = judged.decision
    yield from ("## Follow-up", "", cell(found.sentence))
    if found.own:
        yield f"The inspectors: {'held' if found.own.held else 'not held'}, {cell(found.own.reason)}."
    if found.differs:
        yield "The inspectors and the rule differ; the inspectors' decision stands."
    if judged.scores:
        yield f"{cell(thread(judged))}."
        under = ", ".join(f"{name} ({priority(judged.scores.criteria[name])})" for name in found.priorities)
        yield f"Under the line of priority ({judged.scores.line_of_priority}): {under or 'no criterion'}."


def _md_dates(judged: Judged) -> Iterator[str]:
    yield from ("## Dates", "")
    rows = [[one.step.title, due(one), str(one.done or ""), standing(one)] for one in judged.dates]
    yield from table(["step", "due", "done", ""], rows)


def _md_targets(judged: Judged) -> Iterator[str]:
    yield from ("## Targets", "")
    if not judged.targets:
        yield "Not recorded."
        return
    for printed in judged.inspection.targets:
        yield from (f"### {cell(printed.title)}, {cell(printed.period)}", "")
        rows = [
            [
                one.row.measure,
                one.shown_target,
                one.shown_actual,
                one.shown_comparator,
                str(one.attained or "not recorded"),
                one.shown_ratio,
                starred(one.row.star) + (", disagrees" if one.disagrees else ""),
            ]
            for one in judged.targets
            if one.table is printed
        ]
        compared = cell(printed.comparator or "comparator")
        yield from table(["measure", "target", "area", compared, "outcome", "part reached", "printed star"], rows)
        notes = [f"{row.measure}: {row.note}" for row in printed.rows if row.note]
        yield from ("", *(f"- {cell(note)}" for note in (*notes, *([printed.note] if printed.note else []))))
        yield from ("", f"Source: {cell(printed.source)}.", "") if printed.source else ("",)
    ratio = judged.rules.near_miss_ratio.value
    yield f"A near miss reaches at least {ratio} of its target, and less than all of it."


def _md_questionnaires(judged: Judged) -> Iterator[str]:
    yield from ("## Questionnaires", "")
    if not judged.responses:
        yield "Not recorded."
        return
    yield from table(["who", "returned"], [[one.questionnaire.who, n_of(one.rate)] for one in judged.responses])
    for one in judged.responses:
        if one.replies:
            yield from ("", f"### {cell(one.questionnaire.who)}", "")
            rows = [[reply.reply.question, said(reply), reply.reply.note] for reply in one.replies]
            yield from table(["question", "answers", "note"], rows)
    yield from ("", "Views of those who answered; they enter no score.")


def _md_groups(judged: Judged) -> Iterator[str]:
    yield from ("## Focus groups", "")
    if not judged.inspection.focus_groups:
        yield "Not recorded."
    for group in judged.inspection.focus_groups:
        yield f"{cell(group.who)}: {cell(figures_of(group))}."
        yield from ("", *(f"- {cell(note)}" for note in group.said), "")


def _md_context(judged: Judged) -> Iterator[str]:
    yield from ("## The area", "")
    if not judged.inspection.context:
        yield "Not recorded."
    for part in judged.inspection.context:
        yield from (f"### {cell(part.heading)}", "")
        rows = [[one.label, measured(one.value, one.unit), one.note] for one in part.figures]
        yield from table(["", "", "note"], rows)
        yield from (("", cell(part.note)) if part.note else ())
        yield ""
