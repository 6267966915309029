"""A report laid out: the same parts in every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omi_rules.exact import measured
from omi_rules.inspection.targets import JudgedTarget
from omi_rules.reports.inspection_report.below import reasons
from omi_rules.reports.inspection_report.criteria import (
    between,
    chart,
    criterion_parts,
    every_question,
    recommended,
    sections_and_threads,
    shown_score,
)
from omi_rules.reports.inspection_report.parameters import parameters
from omi_rules.reports.inspection_report.parts import Block, Heading, Layout, Paragraph, Part, Points, Table
from omi_rules.reports.inspection_report.report import Report
from omi_rules.reports.inspection_report.sample import sample_blocks, weighted_questions, weighted_scores
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
    stars,
    thread,
)
from omi_rules.reports.sample_formats import title_of
from omi_rules.reports.words import RECOMMENDATIONS


def layout(report: Report) -> Layout:
    """The whole report."""
    judged = report.judged
    record, head = judged.inspection, judged.ruleset.head
    return Layout(
        title=head.title,
        subtitle=record.area,
        cover=(
            ("Inspected", f"{record.inspected.from_} to {record.inspected.to}"),
            ("Sample", cases(judged).removesuffix(".")),
            ("Judged by", f"{head.id} {head.version}"),
            ("Cases are shown", "by their references" if report.identify else "by numbers, not by their references"),
        ),
        dated=record.inspected.to.isoformat(),
        parts=(
            Part("summary", "Summary", tuple(_summary(report))),
            Part("scores", "Scores", tuple(_scores(report)), new_page=True),
            *_criteria(report),
            Part("section-4", f"Section {judged.rules.section}: {judged.rules.title}", tuple(_section_4(report)), True),
            Part("targets", "Targets", tuple(_targets(report)), new_page=True),
            Part("questionnaires", "Questionnaires and focus groups", tuple(_questionnaires(report)), new_page=True),
            Part("sample", "The sample", tuple(sample_blocks(report)), new_page=True),
            Part("area", "The area", tuple(_area(report))),
            Part("method", "Appendix: method", tuple(_method(report)), new_page=True),
            Part("questions", "Appendix: every question", tuple(_questions(report)), new_page=True),
        ),
    )


def _summary(report: Report) -> Iterator[Block]:
    judged = report.judged
    found = judged.decision
    yield Paragraph(found.sentence, strong=True)
    if found.own:
        yield Paragraph(f"The inspectors: {'held' if found.own.held else 'not held'}. {found.own.reason}")
    if found.differs:
        yield Paragraph("The inspectors and the rule differ; the inspectors' decision stands.")
    if judged.scores is not None:
        yield Paragraph(f"{thread(judged)}.")
        under = [
            f"{name} {title_of(judged.scores, name)} ({priority(judged.scores.criteria[name])})"
            for name in found.priorities
        ]
        yield Heading(f"Criteria under the line of priority ({judged.scores.line_of_priority}%)")
        yield Points([(one, ()) for one in under]) if under else Paragraph("None.")
    if report.draft is not None:
        yield Heading(RECOMMENDATIONS)
        yield from recommended(report.draft)
    yield Heading("Dates")
    rows = [(one.step.title, due(one), str(one.done or ""), standing(one)) for one in judged.dates]
    yield Table("Dates of the inspection", ("Step", "Due", "Done", "Standing"), rows)


def _criteria(report: Report) -> Iterator[Part]:
    scores = report.judged.scores
    if scores is not None:
        yield from criterion_parts(scores, report.draft, lambda name: reasons(report.below.get(name, ()), report.shown))


def _scores(report: Report) -> Iterator[Block]:
    judged = report.judged
    if judged.scores is None:
        yield Paragraph(cases(judged))
    else:
        yield chart(judged.scores)
    rows = [(f"{g.criterion.criterion} {g.criterion.title}", g.word or "not graded") for g in judged.grades]
    caption = f"Table 1: grades of section {judged.rules.section}, {judged.rules.title}"
    yield Table(caption, ("General criterion", "Grade"), rows)
    found_score = judged.decision.score
    if found_score is not None:
        row = (judged.decision.title, shown_score(found_score), between(found_score))
        yield Table("Table 2: the thread on which a follow-up rests", ("Thread", "Score", "95% interval"), [row])
    if judged.scores is not None:
        yield sections_and_threads(judged.scores)
    yield from weighted_scores(report.weighted, judged.scores)


def _section_4(report: Report) -> Iterator[Block]:
    judged = report.judged
    yield Paragraph(f"The computed grade is ours: {judged.rules.aggregate.ours}.")
    rows = [
        (f"{g.criterion.criterion} {g.criterion.title}", g.word or "not graded", graded(g), g.reason)
        for g in judged.grades
    ]
    yield Table("General criteria", ("Criterion", "Grade", "Computed", "The inspectors' reason"), rows)
    for general in judged.grades:
        yield Heading(f"{general.criterion.criterion} {general.criterion.title}: {general.word or 'not graded'}")
        yield Paragraph(general.criterion.aim)
        specific = [(s.criterion.asks, general.in_words(s.grade) or "not graded") for s in general.specific]
        yield Table(f"Specific criteria of {general.criterion.criterion}", ("Specific criterion", "Grade"), specific)
        for heading, notes in (
            ("Strengths", [note for s in general.specific for note in s.strengths]),
            ("Areas for improvement", [note for s in general.specific for note in s.improvements]),
        ):
            if notes:
                yield Heading(heading, level=4)
                yield Points([(note, ()) for note in notes])


def _targets(report: Report) -> Iterator[Block]:
    judged = report.judged
    if not judged.targets:
        yield Paragraph("Not recorded.")
        return
    ratio = judged.rules.near_miss_ratio.value
    near = f"A near miss reaches at least {ratio} of its target, and less than all of it."
    yield Paragraph(f"{near} {stars(judged)}".rstrip())
    for printed in judged.inspection.targets:
        head = ("Measure", "Target", "Area", printed.comparator or "Comparator", "Outcome", "Part reached")
        rows = [_target(one) for one in judged.targets if one.table is printed]
        yield Table(f"{printed.title}, {printed.period}", (*head, "Printed star"), rows)
        notes = [f"{row.measure}: {row.note}" for row in printed.rows if row.note]
        notes += [printed.note] if printed.note else []
        notes += [f"Source: {printed.source}."] if printed.source else []
        if notes:
            yield Points([(note, ()) for note in notes])


def _target(one: JudgedTarget) -> Sequence[str]:
    star = starred(one.row.star) + (", disagrees" if one.disagrees else "")
    outcome = str(one.attained or "not recorded")
    figures = (one.shown_target, one.shown_actual, one.shown_comparator)
    return (one.row.measure, *figures, outcome, one.shown_ratio, star)


def _questionnaires(report: Report) -> Iterator[Block]:
    judged = report.judged
    if judged.responses:
        yield Paragraph("Views of those who answered; they enter no score.")
        rows = [(one.questionnaire.who, n_of(one.rate)) for one in judged.responses]
        yield Table("Questionnaires returned", ("Who", "Returned"), rows)
    for one in judged.responses:
        if one.replies:
            answers = [(reply.reply.question, said(reply), reply.reply.note) for reply in one.replies]
            yield Table(f"Answers: {one.questionnaire.who}", ("Question", "Answers", "Note"), answers)
    for group in judged.inspection.focus_groups:
        yield Heading(group.who)
        yield Paragraph(f"{figures_of(group)}.")
        yield Points([(note, ()) for note in group.said])
    if not judged.responses and not judged.inspection.focus_groups:
        yield Paragraph("Not recorded.")


def _area(report: Report) -> Iterator[Block]:
    context = report.judged.inspection.context
    if not context:
        yield Paragraph("Not recorded.")
    for part in context:
        rows = [(one.label, measured(one.value, one.unit), one.note) for one in part.figures]
        columns = 3 if any(one.note for one in part.figures) else 2
        yield Table(part.heading, ("", "Figure", "Note")[:columns], [row[:columns] for row in rows])
        for note in (part.note, f"Source: {part.source}." if part.source else ""):
            if note:
                yield Paragraph(note)


def _method(report: Report) -> Iterator[Block]:
    ruleset = report.judged.ruleset
    head, scoring = ruleset.head, ruleset.head.scoring
    yield Paragraph(
        "A question's share is the number of relevant cases above the line, of all relevant cases. A criterion's score "
        f"is the mean of its questions' shares, weighted {scoring.individual} to {scoring.summary} with its summary "
        "question where it has one. Findings that are pending, not evidenced or not applicable are in no share and are "
        "counted in the next appendix. Percentages are rounded once, half up, when they are printed. Intervals are of "
        "95%: they say how far chance in drawing the sample goes, not how well the assessors judged."
    )
    if not report.identify:
        yield Paragraph(
            "Cases are numbered, and officers are not named. What the record of the area says in words (notes, reasons,"
            " what groups said) stands as it was written."
        )
    yield from parameters(ruleset, report.judged.rules)
    yield Table("Sources", ("Name", "Document"), list(head.sources.items()))
    missing = report.judged.not_recorded
    yield Heading("Not recorded")
    yield Points([(one, ()) for one in missing]) if missing else Paragraph("Everything is recorded.")


def _questions(report: Report) -> Iterator[Block]:
    scores = report.judged.scores
    if scores is None:
        yield Paragraph(cases(report.judged))
        return
    yield every_question(scores)
    yield from weighted_questions(report.weighted, scores)
