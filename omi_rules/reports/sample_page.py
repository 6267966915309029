"""A scored sample as one page of HTML, laid out as the report of an inspection is."""

from __future__ import annotations

from collections.abc import Iterator

from omi_rules.reports.inspection_report.criteria import (
    chart,
    criterion_parts,
    every_question,
    recommended,
    sections_and_threads,
)
from omi_rules.reports.inspection_report.parameters import parameters
from omi_rules.reports.inspection_report.parts import Block, Layout, Paragraph, Part, Points, Table
from omi_rules.reports.inspection_report.sample import weighted_questions, weighted_scores
from omi_rules.reports.sample import SampleReport
from omi_rules.reports.text import number_of
from omi_rules.reports.words import RECOMMENDATIONS


def page(report: SampleReport) -> Layout:
    """The page of a sample."""
    scores = report.scores
    head = scores.ruleset.head
    return Layout(
        title=head.title,
        subtitle=number_of(scores.tally.cases, "case"),
        cover=(
            ("Judged by", f"{head.id} {head.version}"),
            ("As of", "each case's day of assessment" if report.as_of is None else report.as_of.isoformat()),
            ("Caseload", "not given" if scores.caseload is None else number_of(scores.caseload, "case")),
            ("Records left out", f"{len(report.rejected):,}"),
        ),
        parts=(
            Part("scores", "Scores", tuple(_scores(report))),
            *([Part("recommendations", RECOMMENDATIONS, tuple(recommended(report.words)))] if report.words else []),
            *criterion_parts(scores, report.words, lambda _: ()),
            Part("open", "What is not recorded", tuple(_open(report)), new_page=True),
            Part("left-out", "Records left out", tuple(_left_out(report))),
            Part("questions", "Every question", tuple(_questions(report)), new_page=True),
            Part("rules", "Rules", tuple(_rules(report))),
        ),
    )


def _scores(report: SampleReport) -> Iterator[Block]:
    yield chart(report.scores)
    yield sections_and_threads(report.scores)
    yield from weighted_scores(report.weighted, report.scores)


def _open(report: SampleReport) -> Iterator[Block]:
    if not report.gaps:
        yield Paragraph("Nothing that is missing leaves a finding open.")
        return
    rows = [(gap.fact, gap.findings, ", ".join(gap.questions)) for gap in report.gaps]
    yield Table("What is not recorded, and what it leaves open", ("Not recorded", "Findings", "Questions"), rows)


def _left_out(report: SampleReport) -> Iterator[Block]:
    if report.rejected:
        yield Table(
            "Records that could not be used", ("Record", "Why"), [(p, "; ".join(f)) for p, f in report.rejected]
        )
    else:
        yield Paragraph("None.")
    if report.replaced:
        yield Paragraph("References that came more than once, of which the last record was taken:")
        yield Points([(case_id, ()) for case_id in report.replaced])


def _questions(report: SampleReport) -> Iterator[Block]:
    yield every_question(report.scores)
    yield from weighted_questions(report.weighted, report.scores)


def _rules(report: SampleReport) -> Iterator[Block]:
    yield from parameters(report.scores.ruleset)
