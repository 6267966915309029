"""A part for each criterion: its score, its questions as bars with the cases below the line, and what is drafted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from omi_rules.exact import percent
from omi_rules.meaning import Outcome
from omi_rules.reports.inspection_report.below import named
from omi_rules.reports.inspection_report.parts import Bar, Bars, Block, Heading, Paragraph, Part, Points
from omi_rules.reports.inspection_report.report import Report
from omi_rules.reports.words import about, lists, rest
from omi_rules.rules import Criterion, Question
from omi_rules.scoring.intervals import Interval
from omi_rules.scoring.scores import CriterionScore, Scores, half_up

SAID = {"judged": "judged so by the assessor"}
"""Reasons that do not speak for themselves."""


def criterion_parts(report: Report) -> Iterator[Part]:
    """The part of every criterion; none without a sample."""
    scores = report.judged.scores
    for criterion in report.judged.ruleset.criteria if scores else ():
        assert scores is not None  # asked before
        title = f"{criterion.criterion} {criterion.title}"
        blocks = tuple(_criterion(report, scores, criterion))
        yield Part(f"criterion-{criterion.criterion}", title, blocks, new_page=True)


def _criterion(report: Report, scores: Scores, criterion: Criterion) -> Iterator[Block]:
    found = scores.criteria[criterion.criterion]
    interval = intervalled(found.interval)
    score = "No score" if found.rounded is None else f"{found.rounded}%"
    between = f", 95% interval {interval}" if interval else ""
    yield Paragraph(f"{score}{between}: {verdict(found)}.", strong=True)
    yield Paragraph(criterion.aim)
    words = [one for one in report.draft.criteria if one.criterion == criterion.criterion] if report.draft else []
    for one in words:
        for heading, sentences in lists(one, report.draft.few_below if report.draft else 0):
            yield Heading(heading)
            points = [(f"{s.text} ({about(s)})", ()) for s in sentences]
            yield Points(points) if points else Paragraph("None.")
        for text in rest(one):
            yield Paragraph(text)
    yield Heading("Questions")
    scored = [question for question in criterion.questions if not question.context]
    note = "n of N is the number of relevant cases above the line, of all relevant cases."
    bars = [_bar(report, scores, question) for question in scored]
    yield Bars(f"Questions of {criterion.criterion}", note, bars, ("Question", "Share", "n of N", ""))


def _bar(report: Report, scores: Scores, question: Question) -> Bar:
    found = scores.questions[question.id]
    low, high = found.interval or (None, None)
    below = reasons(report, question.id)
    return Bar(
        label=f"{question.id} {question.question}{' (summary question)' if question.summary else ''}",
        value=None if found.share is None else 100 * found.share,
        shown=shown_share(report, question.id),
        basis=f"{found.counts[Outcome.SUFFICIENT]} of {found.relevant}",
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        id=question.id,
        cases=[(SAID.get(reason, reason), ", ".join(names)) for reason, names in below],
        below=sum(len(names) for _, names in below),
    )


def reasons(report: Report, question: str) -> list[tuple[str, list[str]]]:
    """The cases below the line on a question by reason, most first."""
    by: dict[str, list[str]] = defaultdict(list)
    for name, reason, late in named(report.below.get(question, ()), report.shown):
        by[reason].append(name if late is None else f"{name} ({late} day{'' if late == 1 else 's'} over)")
    return sorted(by.items(), key=lambda one: (-len(one[1]), one[0]))


def shown_share(report: Report, question: str) -> str:
    """A question's share as it is printed; of no case, that it was asked of none."""
    assert report.judged.scores is not None  # there are no questions without
    found = report.judged.scores.questions[question]
    share = percent(found.counts[Outcome.SUFFICIENT], found.relevant)
    return "no case" if share is None else f"{share}%"


def intervalled(interval: Interval | None) -> str:
    """The ends of an interval in whole per cent; empty where there is none."""
    return "" if interval is None else f"{half_up(interval[0])} to {half_up(interval[1])}%"


def verdict(found: CriterionScore) -> str:
    """The verdict in words."""
    if found.verdict is None:
        return "no score"
    words = "priority for improvement" if found.verdict == "priority" else "good"
    return words if found.stable else f"{words} (one case could turn it)"
