"""A case at a glance, for the terminal. Words carry the meaning; colour only repeats it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from omi_rules.errors import printable
from omi_rules.evidence import say
from omi_rules.findings import Finding
from omi_rules.meaning import Outcome, Reason
from omi_rules.records import at
from omi_rules.reports.case import CaseReport
from omi_rules.reports.pages import marks
from omi_rules.ruleset import Ruleset

STYLE = {
    Outcome.SUFFICIENT: "green",
    Outcome.NOT_SUFFICIENT: "bold red",
    Outcome.PENDING: "yellow",
    Outcome.NOT_EVIDENCED: "magenta",
    Outcome.NOT_APPLICABLE: "dim",
}
HEADINGS = {
    Outcome.SUFFICIENT: "suff.",
    Outcome.NOT_SUFFICIENT: "not suff.",
    Outcome.PENDING: "pending",
    Outcome.NOT_EVIDENCED: "not told",
    Outcome.NOT_APPLICABLE: "not asked",
}


def render(parts: Sequence[RenderableType], *, width: int, colour: bool) -> str:
    """Parts of a report as the terminal shows them."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def case_rich(reports: Sequence[CaseReport], *, width: int = 80, colour: bool = False) -> str:
    """Each case: who, how many of what, what fell short, what is coming, what could not be told."""
    return render([part for report in reports for part in _case(report)], width=width, colour=colour)


def _case(report: CaseReport) -> list[RenderableType]:
    by_outcome = {outcome: [f for f in report.findings if f.line.outcome is outcome] for outcome in Outcome}
    unknown = by_outcome[Outcome.NOT_EVIDENCED]
    parts: list[RenderableType] = [_header(report), "", _criteria(report), ""]
    parts += _section("Fell short", by_outcome[Outcome.NOT_SUFFICIENT], report, _short)
    parts += _section("Not yet due", sorted(by_outcome[Outcome.PENDING], key=lambda f: str(f.due)), report, _pending)
    parts += _section(
        "The assessor and the dates disagree", [f for f in report.findings if f.disagrees], report, _disagreement
    )
    parts += _unknown([f for f in unknown if f.line.reason is not Reason.NOT_ANSWERED], unknown, report)
    return parts


def _header(report: CaseReport) -> RenderableType:
    record, head = report.record, report.ruleset.head
    facts = [
        _said(record, "sentence.kind").replace("_", " "),
        f"tier {_said(record, 'sentence.tier')}",
        f"sentenced {_said(record, 'sentence.sentenced_on')}",
        f"released {_said(record, 'sentence.released_on')}" if record["sentence"]["kind"] == "licence" else "",
        f"ended {_said(record, 'sentence.ended_on')}" if at(record, "sentence.ended_on") else "",
    ]
    line = Text(f"Case {printable(record['case_id'])}", style="bold")
    place = ", ".join(printable(str(record[key])) for key in ("area", "district", "officer") if record.get(key))
    return Group(
        line,
        Text(" | ".join(fact for fact in facts if fact)),
        *([Text(place)] if place else []),
        Text(f"{head.title} ({head.id} {head.version}), as of {report.as_of}", style="dim"),
    )


def _said(record: dict[str, object], path: str) -> str:
    return printable(say(at(record, path)))


def _criteria(report: CaseReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True, expand=True)
    table.add_column("Criterion", "All questions", ratio=1, no_wrap=True, overflow="ellipsis")
    for outcome, heading in HEADINGS.items():
        table.add_column(heading, _number(report.totals[outcome], outcome), justify="right", no_wrap=True)
    for criterion in report.ruleset.criteria:
        counted = Counter(f.line.outcome for f in report.findings if f.criterion == criterion.criterion)
        numbers = [_number(counted[outcome], outcome) for outcome in HEADINGS]
        table.add_row(Text(f"{criterion.criterion} {criterion.title}"), *numbers)
    return table


def _number(number: int, outcome: Outcome) -> Text:
    return Text(str(number) if number else "·", style=STYLE[outcome] if number else "dim")


def _section(title: str, findings: Sequence[Finding], report: CaseReport, say_one: object) -> list[RenderableType]:
    if not findings:
        return []
    parts: list[RenderableType] = [Text(f"{title} ({len(findings)})", style="bold")]
    for finding in findings:
        parts.append(Padding(say_one(report, finding), (0, 0, 0, 2)))  # type: ignore[operator]
    return [*parts, ""]


def _item(finding: Finding, note: str, style: str, body: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=7, no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row(Text(finding.question.id), Group(Text(note, style=style), Text(printable(body))))
    return grid


def _short(report: CaseReport, finding: Finding) -> RenderableType:
    parts = [str(finding.line.reason).replace("_", " ")]
    parts += [f"due {finding.due}"] if finding.due else []
    parts += [f"done {finding.done}"] if finding.done and finding.due else []
    parts += [f"{finding.days_late} days late"] if finding.days_late is not None and finding.done else []
    parts += [f"{finding.days_late} days overdue"] if finding.days_late is not None and not finding.done else []
    return _item(finding, ", ".join(parts), STYLE[Outcome.NOT_SUFFICIENT], report.message(finding))


def _pending(report: CaseReport, finding: Finding) -> RenderableType:
    left = f", in {(finding.due - report.as_of).days} days" if finding.due else ""
    return _item(finding, f"due {finding.due}{left}", STYLE[Outcome.PENDING], report.message(finding))


def _disagreement(report: CaseReport, finding: Finding) -> RenderableType:
    said, found = (str(word).replace("_", " ") for word in (finding.answer, finding.line.outcome))
    note = f"the assessor: {said}; the record: {found}"
    return _item(finding, note, "bold", report.message(finding))


def _unknown(told: Sequence[Finding], everything: Sequence[Finding], report: CaseReport) -> list[RenderableType]:
    """What could not be told, by the missing fact, as one fact often settles many questions."""
    if not everything:
        return []
    parts: list[RenderableType] = [Text(f"Could not be told ({len(everything)})", style="bold")]
    grouped: dict[str, list[str]] = {}
    for finding in told:
        grouped.setdefault(", ".join(report.missing(finding)) or "the record", []).append(finding.question.id)
    unanswered = [finding.question.id for finding in everything if finding not in told]
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    table.add_row(Text("not recorded", style="dim"), Text("questions it leaves open", style="dim"))
    for missing, questions in sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])):
        table.add_row(Text(printable(missing)), Text(", ".join(questions)))
    if unanswered:
        table.add_row(Text("the assessor's answer"), Text(_ranges(unanswered, report)))
    return [*parts, Padding(table, (0, 0, 0, 2)), ""]


def _ranges(ids: Sequence[str], report: CaseReport) -> str:
    """Question ids, counted by criterion where there are many."""
    if len(ids) <= 12:
        return ", ".join(ids)
    counted = Counter(report.ruleset.criterion_of[one].criterion for one in ids)
    return ", ".join(f"{number} in {criterion}" for criterion, number in counted.items())


def rules_rich(ruleset: Ruleset, *, width: int = 80, colour: bool = False) -> str:
    """Every question of a ruleset, by criterion."""
    parts: list[RenderableType] = []
    for criterion in ruleset.criteria:
        parts.append(Text(f"{criterion.criterion} {criterion.title}", style="bold"))
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(width=9, no_wrap=True)
        table.add_column(ratio=1)
        for question in criterion.questions:
            decider = ruleset.decider(question)
            notes = [part for part in (marks(question), "" if decider == "assessor" else f"clock {decider}") if part]
            body = [Text(question.question), *([Text("; ".join(notes), style="dim")] if notes else [])]
            table.add_row(Text(f"  {question.id}"), Group(*body))
        parts += [table, ""]
    counted = len(ruleset.questions) - len(ruleset.scored)
    parts.append(Text(f"{len(ruleset.scored)} scored questions, {counted} counted and not scored"))
    return render(parts, width=width, colour=colour)
