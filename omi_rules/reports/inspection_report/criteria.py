"""What is scored, laid out: the chart of criteria, and a part for each with its questions and what is drafted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from omi_rules.exact import percent
from omi_rules.meaning import Outcome
from omi_rules.reports.inspection_report.parts import Bar, Bars, Block, Cell, Heading, Paragraph, Part, Points, Table
from omi_rules.reports.sample_formats import title_of, verdict
from omi_rules.reports.words import about, lists, rest, rests_on
from omi_rules.rules import Criterion, Question
from omi_rules.scoring.intervals import Interval
from omi_rules.scoring.scores import Scores, half_up
from omi_rules.words import Draft

CHART = "Chart 1: scores of the criteria"

Reasons = Sequence[tuple[str, Sequence[str]]]
"""Cases below the line on a question: a reason, and the names of its cases."""


def chart(scores: Scores) -> Bars:
    """Chart 1: the score of every criterion, which leads to its part."""
    line = scores.line_of_priority
    bars = []
    for name, found in scores.criteria.items():
        low, high = found.interval or (None, None)
        bars.append(
            Bar(
                label=f"{name} {title_of(scores, name)}",
                value=found.score,
                shown="no score" if found.rounded is None else f"{found.rounded}%",
                basis=intervalled(found.interval),
                low=low,
                high=high,
                verdict=verdict(found),
                priority=found.verdict == "priority",
                id=name,
                link=f"criterion-{name}",
            )
        )
    note = (
        f"The line is the line of priority ({line}%): a criterion under it is a priority for improvement. It is not"
        " a line of sufficiency. The bracket is the 95% interval: how far chance in drawing the sample goes."
    )
    return Bars(CHART, note, bars, ("Criterion", "Score", "95% interval", "Verdict"), line)


def criterion_parts(scores: Scores, draft: Draft | None, below: Callable[[str], Reasons]) -> Iterator[Part]:
    """The part of every criterion; `below` tells of the cases below the line on a question."""
    for criterion in scores.ruleset.criteria:
        title = f"{criterion.criterion} {criterion.title}"
        blocks = tuple(_criterion(scores, criterion, draft, below))
        yield Part(f"criterion-{criterion.criterion}", title, blocks, new_page=True)


def _criterion(
    scores: Scores, criterion: Criterion, draft: Draft | None, below: Callable[[str], Reasons]
) -> Iterator[Block]:
    found = scores.criteria[criterion.criterion]
    interval = intervalled(found.interval)
    score = "No score" if found.rounded is None else f"{found.rounded}%"
    between = f", 95% interval {interval}" if interval else ""
    yield Paragraph(f"{score}{between}: {verdict(found)}.", strong=True)
    yield Paragraph(criterion.aim)
    words = [one for one in draft.criteria if one.criterion == criterion.criterion] if draft else []
    for one in words:
        for heading, sentences in lists(one, draft.few_below if draft else 0):
            yield Heading(heading)
            points = [(f"{s.text} ({about(s)})", ()) for s in sentences]
            yield Points(points) if points else Paragraph("None.")
        for text in rest(one):
            yield Paragraph(text)
    yield Heading("Questions")
    note = "n of N is the number of relevant cases above the line, of all relevant cases."
    bars = [_bar(scores, question, below(question.id)) for question in criterion.questions if not question.context]
    yield Bars(f"Questions of {criterion.criterion}", note, bars, ("Question", "Share", "n of N", ""))


def _bar(scores: Scores, question: Question, below: Reasons) -> Bar:
    found = scores.questions[question.id]
    low, high = found.interval or (None, None)
    return Bar(
        label=f"{question.id} {question.question}{' (summary question)' if question.summary else ''}",
        value=None if found.share is None else 100 * found.share,
        shown=shown_share(scores, question.id),
        basis=f"{found.counts[Outcome.SUFFICIENT]} of {found.relevant}",
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        id=question.id,
        cases=[(reason, ", ".join(names)) for reason, names in below],
        below=sum(len(names) for _, names in below),
    )


def recommended(draft: Draft) -> Block:
    """The recommendations that are drafted, each with what led to it."""
    made = [(f"{r.text} ({rests_on(r)})", [one.text for one in r.reasons]) for r in draft.recommendations]
    return Points(made, numbered=True, fold="reason") if made else Paragraph("None.")


def every_question(scores: Scores) -> Table:
    """Every question, context measures included: n of N, and what is in no share."""
    rows: list[Sequence[Cell]] = []
    for name, question in scores.ruleset.questions.items():
        counts, of = scores.questions[name].counts, scores.questions[name].relevant
        n = counts[Outcome.SUFFICIENT]
        outside = [counts[o] for o in (Outcome.NOT_EVIDENCED, Outcome.PENDING, Outcome.NOT_APPLICABLE)]
        asks = f"{question.question}{' (counted, not scored)' if question.context else ''}"
        rows.append((name, asks, n, of, shown_share(scores, name), *outside))
    head = ("Id", "Question", "n", "of N", "Share", "Not evidenced", "Pending", "Not applicable")
    return Table("Every question: n of N", head, rows)


def shown_share(scores: Scores, question: str) -> str:
    """A question's share as it is printed; of no case, that it was asked of none."""
    found = scores.questions[question]
    share = percent(found.counts[Outcome.SUFFICIENT], found.relevant)
    return "no case" if share is None else f"{share}%"


def intervalled(interval: Interval | None) -> str:
    """The ends of an interval in whole per cent; empty where there is none."""
    return "" if interval is None else f"{half_up(interval[0])} to {half_up(interval[1])}%"
