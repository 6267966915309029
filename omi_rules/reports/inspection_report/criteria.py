"""What is scored, laid out: the chart of criteria, and a part for each with its questions and what is drafted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from omi_rules.exact import percent
from omi_rules.meaning import Outcome
from omi_rules.reports.inspection_report.parts import Bar, Bars, Block, Cell, Heading, Paragraph, Part, Points, Table
from omi_rules.reports.sample_formats import title_of, verdict
from omi_rules.reports.words import about, held_back, lists, rest, rests_on
from omi_rules.rules import Criterion, Question
from omi_rules.scoring.intervals import Interval
from omi_rules.scoring.scores import SMALL_BASE, Score, Scores, Share, half_up
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
                shown=shown_score(found),
                basis=between(found),
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
    said = f", 95% interval {intervalled(found.interval)}" if found.interval else f", {between(found)} for an interval"
    score = "No score" if found.rounded is None else f"{found.rounded}%{said}"
    yield Paragraph(f"{score}: {verdict(found)}.", strong=True)
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
    note = (
        "n of N is the number of relevant cases above the line, of all relevant cases; few cases are fewer than "
        f"{SMALL_BASE}: each moves the share much."
    )
    bars = [_bar(scores, question, below(question.id)) for question in criterion.questions if not question.context]
    yield Bars(f"Questions of {criterion.criterion}", note, bars, ("Question", "Share", "n of N", ""))


def _bar(scores: Scores, question: Question, below: Reasons) -> Bar:
    found = scores.questions[question.id]
    low, high = found.interval or (None, None)
    return Bar(
        label=f"{question.id} {question.question}{' (summary question)' if question.summary else ''}",
        value=None if found.share is None else 100 * found.share,
        shown=shown_share(scores, question.id),
        basis=f"{found.counts[Outcome.SUFFICIENT]} of {found.relevant}{', few cases' if found.small else ''}",
        counted=(found.counts[Outcome.SUFFICIENT], found.relevant, few(found)),
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        id=question.id,
        cases=[(reason, ", ".join(names)) for reason, names in below],
        below=sum(len(names) for _, names in below),
    )


def recommended(draft: Draft) -> Iterator[Block]:
    """The recommendations that are drafted, each with what led to it, and for what there are too few cases."""
    yield from (Paragraph(text) for text in held_back(draft))
    made = [(f"{r.text} ({rests_on(r)})", [one.text for one in r.reasons]) for r in draft.recommendations]
    if made:
        yield Points(made, numbered=True, fold="reason")
    elif draft.cases >= draft.few_below:
        yield Paragraph("None.")


def sections_and_threads(scores: Scores) -> Table:
    """The scores of sections and threads, and between what the open findings leave each."""
    head = scores.ruleset.head
    rows = [_row(f"Section {name}: {head.sections[name]}", found) for name, found in scores.sections.items()]
    rows += [_row(f"Thread: {head.threads[name].title}", found) for name, found in scores.threads.items()]
    return Table(
        "Sections and threads", ("", "Score", "95% interval", "Open findings counted against, in favour"), rows
    )


def _row(title: str, found: Score) -> Sequence[Cell]:
    return title, shown_score(found), between(found), intervalled(found.bounds)


def every_question(scores: Scores) -> Table:
    """Every question, context measures included: n of N, and what is in no share."""
    rows: list[Sequence[Cell]] = []
    for name, question in scores.ruleset.questions.items():
        counts, of = scores.questions[name].counts, scores.questions[name].relevant
        n = counts[Outcome.SUFFICIENT]
        outside = [counts[o] for o in (Outcome.NOT_EVIDENCED, Outcome.PENDING, Outcome.NOT_APPLICABLE)]
        asks = f"{question.question}{' (counted, not scored)' if question.context else ''}"
        rows.append((name, asks, n, of, few(scores.questions[name]), shown_share(scores, name), *outside))
    head = ("Id", "Question", "n", "of N", "Base", "Share", "Not evidenced", "Pending", "Not applicable")
    return Table("Every question: n of N", head, rows)


def shown_share(scores: Scores, question: str) -> str:
    """A question's share as it is printed; of no case, that it was asked of none."""
    found = scores.questions[question]
    share = percent(found.counts[Outcome.SUFFICIENT], found.relevant)
    return "no case" if share is None else f"{share}%"


def shown_score(found: Score) -> str:
    """A score as it is printed."""
    return "no score" if found.rounded is None else f"{found.rounded}%"


def between(found: Score) -> str:
    """The interval of a score, or that it rests on too few cases for one; empty without a score."""
    if found.rounded is None:
        return ""
    return intervalled(found.interval) or "too few cases"


def few(found: Share) -> str:
    """The mark of a base that is too small to lean on; empty for any other."""
    return "few cases" if found.small else ""


def intervalled(interval: Interval | None) -> str:
    """The ends of an interval in whole per cent; empty where there is none."""
    return "" if interval is None else f"{half_up(interval[0])} to {half_up(interval[1])}%"
