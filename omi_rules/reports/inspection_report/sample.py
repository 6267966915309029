"""The sample: what could not be used of it, whether it is as asked, and what its design makes of the scores."""

from __future__ import annotations

from collections.abc import Iterator

from omi_rules.meaning import Outcome
from omi_rules.reports.inspection_report.criteria import few, intervalled, shown_share
from omi_rules.reports.inspection_report.parts import Block, Paragraph, Table
from omi_rules.reports.inspection_report.report import Report
from omi_rules.reports.inspection_words import cases
from omi_rules.reports.sampling import has, standing, weighted_heading, weighted_rows
from omi_rules.reports.text import number_of
from omi_rules.sampling.adequacy import Line, Standing
from omi_rules.sampling.weighing import Weighted
from omi_rules.scoring.scores import Scores, half_up

HIDDEN = "whose they are is left out of this report"


def sample_blocks(report: Report) -> Iterator[Block]:
    """The part on the sample."""
    yield Paragraph(cases(report.judged))
    if report.judged.rejected:
        rows = [
            (place if report.identify else f"Record {number}", "; ".join(faults) if report.identify else "left out")
            for number, (place, faults) in enumerate(report.judged.rejected, start=1)
        ]
        yield Table("Records that could not be used", ("Record", "Why"), rows)
    if report.adequacy is None:
        return
    head = ("Requirement", "In the sample", "Not recorded", "Asked", "Standing", "Remark")
    lines = [
        (one.means, has(one), one.not_recorded, one.asked, standing(one), remark(report, one))
        for one in report.adequacy.lines
    ]
    yield Table("What is asked of a sample", head, lines)


def remark(report: Report, one: Line) -> str:
    """What else there is to know of a requirement; whose cases are too many, only where they may be named."""
    named = one.kind == "limit" and one.standing is Standing.OVER
    return HIDDEN if named and not report.identify else one.detail


def weighted_scores(found: Weighted | None, plain: Scores | None) -> Iterator[Block]:
    """The scores weighted by the sample's design beside those without weights; nothing without a design."""
    if found is None or plain is None:
        return
    yield Paragraph(f"{weighted_heading(found)}.")
    if found.other_rules:
        yield Paragraph("The rules have changed since the sample was drawn: its probabilities stand, as they were.")
    of = number_of(found.cases, "case")
    head = ("", f"Without weights ({of})", f"Weighted ({of})", "95% interval of the weighted")
    rows = [
        (title, without or "no score", weighted or "no score", f"{between}%" if between else "")
        for title, weighted, between, without in weighted_rows(found, plain, " to ")
    ]
    yield Table("Scores without weights, and weighted by the design of the sample", head, rows)


def weighted_questions(found: Weighted | None, plain: Scores | None) -> Iterator[Block]:
    """The share of every question without weights and weighted, with what each rests on."""
    if found is None or plain is None:
        return
    yield Paragraph(
        "Effective: as many cases of equal weight would be as sure as the N weighted ones. It is the base of the "
        "weighted share's interval."
    )
    rows = []
    for question in plain.ruleset.scored:
        counted, weighted = plain.questions[question.id], found.scores.questions[question.id]
        share = "no case" if weighted.share is None else f"{half_up(100 * weighted.share)}%"
        low, high = weighted.interval or (None, None)
        between = "" if low is None or high is None else intervalled((100 * low, 100 * high))
        n, effective = counted.counts[Outcome.SUFFICIENT], f"{half_up(10 * weighted.effective) / 10:.1f}"
        base = (n, counted.relevant, few(counted))
        rows.append((question.id, *base, shown_share(plain, question.id), share, effective, between))
    head = ("Id", "n", "of N", "Base", "Share", "Weighted", "Effective", "95% interval of the weighted")
    yield Table("Every question, weighted by the design of the sample", head, rows)
