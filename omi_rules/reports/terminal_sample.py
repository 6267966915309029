"""A sample at a glance, for the terminal: the chart, the verdicts, what falls short, what could not be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from omi_rules.errors import printable
from omi_rules.meaning import Outcome
from omi_rules.reports.sample import SampleReport
from omi_rules.reports.terminal import render
from omi_rules.reports.terminal_sampling import weighted_parts
from omi_rules.reports.text import number_of
from omi_rules.reports.words import words_rich
from omi_rules.scoring.lift import Lift
from omi_rules.scoring.scores import SMALL_BASE, CriterionScore, Score, Scores, half_up

SHORTEST = 10
"""How many of the questions that fall shortest are shown."""


def sample_rich(report: SampleReport, *, width: int = 80, colour: bool = False) -> str:
    """The summary of a sample."""
    parts = [*_head(report), *_chart(report.scores, width), *_sections(report.scores)]
    parts += [] if report.weighted is None else weighted_parts(report.weighted, report.scores)
    parts += _shortest(report.scores)
    parts += _lifts(report.lifts, report.scores) if report.lifts is not None else []
    parts += words_rich(report.words) if report.words is not None else []
    parts += _untold(report)
    parts += _disagreements(report)
    for name, values in report.breakdown.items():
        parts += _breakdown(name, values, report.smallest_shown)
    return render(parts, width=width, colour=colour)


def _head(report: SampleReport) -> list[RenderableType]:
    scores, head = report.scores, report.scores.ruleset.head
    counts = {
        outcome: sum(scores.questions[q.id].counts[outcome] for q in scores.ruleset.scored) for outcome in Outcome
    }
    told = f"{counts[Outcome.SUFFICIENT] + counts[Outcome.NOT_SUFFICIENT]:,} findings in the bases"
    rest = (
        f"{counts[Outcome.NOT_APPLICABLE]:,} not applicable, {counts[Outcome.PENDING]:,} pending, "
        f"{counts[Outcome.NOT_EVIDENCED]:,} not evidenced"
    )
    lines = [
        Text(f"{number_of(scores.tally.cases, 'case')}, {len(scores.ruleset.scored)} questions", style="bold"),
        Text(
            f"{head.title} ({head.id} {head.version}){f', as of {report.as_of}' if report.as_of else ''}", style="dim"
        ),
        Text(f"{told}; {rest}"),
    ]
    if scores.caseload:
        lines.append(Text(f"drawn from a caseload of {scores.caseload:,}; intervals are narrowed for it"))
    if report.rejected:
        lines.append(Text(f"{number_of(len(report.rejected), 'record')} could not be used: left out", style="bold red"))
    if report.replaced:
        lines.append(
            Text(f"{number_of(len(report.replaced), 'case')} came more than once; the last record of each counts")
        )
    return [*lines, Text("")]


def _chart(scores: Scores, width: int) -> list[RenderableType]:
    """Chart 1: a bar for each criterion, with its interval and the line of priority."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    bar_width = max(21, width - 55)
    table.add_column(width=bar_width, no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    titles = {criterion.criterion: criterion.title for criterion in scores.ruleset.criteria}
    for name, found in scores.criteria.items():
        table.add_row(
            Text(f"{name} {titles[name]}"),
            _bar(found, bar_width, scores.line_of_priority),
            _figure(found),
            _verdict(found),
        )
    legend = (
        f"█ score  ▓▒ 95% interval  ┃ line of priority ({scores.line_of_priority}): "
        "under it a priority for improvement; not a line of sufficiency"
    )
    parts: list[RenderableType] = [Text("Criteria", style="bold"), table, Text(legend, style="dim")]
    if any(found.stable is False for found in scores.criteria.values()):
        parts.append(Text("~ one case judged otherwise could turn the verdict", style="dim"))
    return [*parts, Text("")]


def _bar(found: Score, width: int, line: int) -> Text:
    """A bar from 0 to 100: the score, its interval, the line."""
    if found.score is None:
        return Text("no relevant case".ljust(width), style="dim")
    low, high = found.interval or (found.score, found.score)
    text = Text()
    at_line = min(width - 1, round(line / 100 * width))
    for place in range(width):
        middle = 100 * (place + 0.5) / width
        inside = low <= middle <= high
        below = middle <= found.score
        mark = "┃" if place == at_line else ("▓" if below else "▒") if inside else "█" if below else " "
        text.append(mark, style="bold" if mark == "┃" else "")
    return text


def _figure(found: Score) -> Text:
    if found.rounded is None:
        return Text("")
    ends = f" ({half_up(found.interval[0])}-{half_up(found.interval[1])})" if found.interval else " (few cases)"
    return Text(f"{found.rounded}%{ends}")


def _verdict(found: CriterionScore) -> Text:
    if found.verdict is None:
        return Text("no score", style="dim")
    mark = "" if found.stable else " ~"
    return Text(f"{found.verdict}{mark}", style="bold red" if found.verdict == "priority" else "green")


def _sections(scores: Scores) -> list[RenderableType]:
    head = scores.ruleset.head
    table = Table.grid(padding=(0, 2))
    for name, found in scores.sections.items():
        table.add_row(Text(f"Section {name}"), _figure(found), Text(head.sections[name]))
    for name, found in scores.threads.items():
        table.add_row(Text("Thread"), _figure(found), Text(head.threads[name].title))
    return [Text("Sections and threads", style="bold"), table, Text("")]


def _shortest(scores: Scores) -> list[RenderableType]:
    """The questions with the lowest shares; those on few cases only where there are no others."""
    asked = [(found, q) for q in scores.ruleset.scored if (found := scores.questions[q.id]).share is not None]
    firm = [one for one in asked if not one[0].small]
    shown = sorted(firm or asked, key=lambda one: (one[0].share, one[1].id))[:SHORTEST]
    table = Table.grid(padding=(0, 2), expand=True)
    for justify in ("left", "right", "right"):
        table.add_column(justify=justify, no_wrap=True)
    table.add_column(ratio=1)
    for found, question in shown:
        counts = f"{found.counts[Outcome.SUFFICIENT]} of {found.relevant}"
        table.add_row(
            Text(question.id), Text(counts), Text(f"{half_up(100 * (found.share or 0))}%"), Text(question.question)
        )
    parts: list[RenderableType] = [Text(f"The {len(shown)} questions that fall shortest", style="bold"), table]
    small = len(asked) - len(firm)
    if small and firm:
        parts.append(
            Text(f"{number_of(small, 'question')} asked of fewer than {SMALL_BASE} cases not ranked", style="dim")
        )
    return [*parts, Text("")]


def _untold(report: SampleReport) -> list[RenderableType]:
    total = sum(report.scores.questions[q.id].counts[Outcome.NOT_EVIDENCED] for q in report.scores.ruleset.scored)
    if not total:
        return [Text("Every question asked could be told.", style="bold"), Text("")]
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    for gap in report.gaps[:SHORTEST]:
        shown = ", ".join(gap.questions[:6]) + (f" and {len(gap.questions) - 6} more" if len(gap.questions) > 6 else "")
        table.add_row(Text(f"{gap.findings:,}"), Text(printable(f"{gap.fact}: {shown}")))
    heading = f"Not evidenced: {number_of(total, 'finding')} could not be told; what is missing, the costliest first"
    wide = [
        f"{name} {half_up(found.bounds[0])}-{half_up(found.bounds[1])}"
        for name, found in report.scores.criteria.items()
        if found.bounds and found.bounds[1] - found.bounds[0] >= 1
    ]
    bounds = [Text(f"Counted all against or all in favour, the scores would be: {', '.join(wide)}")] if wide else []
    return [Text(heading, style="bold"), table, *bounds, Text("")]


def _disagreements(report: SampleReport) -> list[RenderableType]:
    if not report.disagreements:
        return []
    counted: dict[tuple[str, str, str], int] = {}
    for one in report.disagreements:
        key = (one.question, one.answer, one.outcome)
        counted[key] = counted.get(key, 0) + 1
    table = Table.grid(padding=(0, 2))
    for (question, answer, outcome), number in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:SHORTEST]:
        said, found = answer.replace("_", " "), outcome.replace("_", " ")
        table.add_row(
            Text(question), Text(str(number), justify="right"), Text(f"the assessor: {said}; the record: {found}")
        )
    apart = number_of(len(report.disagreements), "finding")
    heading = f"The assessor and the record disagree on {apart}; the record's outcome counts"
    parts: list[RenderableType] = [Text(heading, style="bold"), table, Text("")]
    if report.list_disagreements:
        for one in report.disagreements:
            words = f"  {one.case_id}  {one.question}  the assessor: {one.answer}; the record: {one.outcome}"
            parts.append(Text(printable(words).replace("_", " ")))
        parts.append(Text(""))
    return parts


def _lifts(lifts: Sequence[Lift], scores: Scores) -> list[RenderableType]:
    """What each criterion under the line lacks, and which questions could carry it over."""
    if not lifts:
        return [Text("No criterion is under the line.", style="bold"), Text("")]
    parts: list[RenderableType] = [Text("What would lift the criteria under the line", style="bold")]
    for one in lifts:
        gap = f"{one.gap:.1f} points under the score that rounds to {scores.line_of_priority}"
        parts.append(Text(f"{one.criterion}: {one.score:.1f}, {gap}"))
        table = Table.grid(padding=(0, 1), expand=True)
        for width in (2, 10, 12):
            table.add_column(width=width, justify="right", no_wrap=True)
        table.add_column(ratio=1)
        for step in [step for step in one.questions if step.alone][: SHORTEST // 2]:
            table.add_row(
                "", Text(step.question), Text(f"{step.cases} of {step.available}"), Text(_asks(step.question, scores))
            )
        if table.row_count:
            parts.append(Text("  one question alone, so many of its cases below the line:"))
            parts.append(table)
        if one.fewest:
            steps = ", ".join(f"{step.question} {step.cases}" for step in one.fewest)
            together = sum(step.cases for step in one.fewest)
            parts.append(Padding(Text(f"fewest cases together: {together} ({steps})"), (0, 0, 0, 2)))
        else:
            parts.append(Text("  out of reach: too few cases are below the line"))
    return [*parts, Text("")]


def _asks(question: str, scores: Scores) -> str:
    asked = scores.ruleset.questions[question]
    return f"{'(summary question) ' if asked.summary else ''}{asked.question}"


def _breakdown(name: str, values: Mapping[str, Scores], smallest: int) -> list[RenderableType]:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    first = next(iter(values.values()))
    criteria = list(first.criteria)
    threads = list(first.threads)
    for _ in ("cases", *criteria, *threads):
        table.add_column(justify="right", no_wrap=True)
    table.add_row(
        Text(name.replace("_", " "), style="dim"),
        Text("cases", style="dim"),
        *(Text(c, style="dim") for c in (*criteria, *threads)),
    )
    for value, scores in values.items():
        cells = [*(scores.criteria[c] for c in criteria), *(scores.threads[t] for t in threads)]
        few = scores.tally.cases < smallest
        figures = [
            Text("·" if few or found.rounded is None else str(found.rounded), justify="right") for found in cells
        ]
        table.add_row(Text(printable(value)), Text(str(scores.tally.cases), justify="right"), *figures)
    hidden = any(scores.tally.cases < smallest for scores in values.values())
    note = [Text(f"· under {smallest} cases, not shown (--show-small)", style="dim")] if hidden else []
    return [Text(f"By {name.replace('_', ' ')}", style="bold"), table, *note, Text("")]
