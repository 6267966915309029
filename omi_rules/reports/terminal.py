"""A case at a glance, for the terminal. Words carry the meaning; colour only repeats it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from omi_rules.errors import printable
from omi_rules.evidence import say
from omi_rules.findings import Finding
from omi_rules.meaning import Basis, Outcome, Reason
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
    Outcome.SUFFICIENT: "suffi-\ncient",
    Outcome.NOT_SUFFICIENT: "not suf-\nficient",
    Outcome.PENDING: "\npending",
    Outcome.NOT_EVIDENCED: "not evi-\ndenced",
    Outcome.NOT_APPLICABLE: "not app-\nlicable",
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
    short = sorted(
        by_outcome[Outcome.NOT_SUFFICIENT], key=lambda f: (f.line.basis is Basis.JUDGED, -(f.days_late or 0))
    )
    pending = sorted(by_outcome[Outcome.PENDING], key=lambda f: str(f.due))
    disagreeing = [f for f in report.findings if f.disagrees]
    parts: list[RenderableType] = [_header(report), _criteria(report)]
    parts += _section("Not sufficient", short, report, _short)
    parts += _section("Pending", pending, report, _pending)
    parts += _section(
        "The assessor and the record disagree; the record's outcome counts", disagreeing, report, _disagreement
    )
    parts += _unknown(by_outcome[Outcome.NOT_EVIDENCED], report)
    return [*parts, _sources(report), ""]


def _dates_first(finding: Finding) -> tuple[bool, int]:
    return finding.line.basis is Basis.JUDGED, -(finding.days_late or 0)


def _header(report: CaseReport) -> RenderableType:
    record, head = report.record, report.ruleset.head
    facts = [
        _said(record, "sentence.kind").replace("_", " "),
        f"tier {_said(record, 'sentence.tier')}",
        f"sentenced {_said(record, 'sentence.sentenced_on')}",
        f"commenced {_said(record, 'sentence.commenced_on')}" if at(record, "sentence.commenced_on") else "",
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
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_footer=True, expand=True)
    table.add_column("\nCriterion", "All questions", ratio=1)
    for outcome, heading in HEADINGS.items():
        table.add_column(heading, _number(report.totals[outcome], outcome), justify="right", no_wrap=True)
    for criterion in report.ruleset.criteria:
        counted = Counter(f.line.outcome for f in report.findings if f.criterion == criterion.criterion)
        numbers = [_number(counted[outcome], outcome) for outcome in HEADINGS]
        table.add_row(Text(f"{criterion.criterion} {criterion.title}"), *numbers)
    return table


def _number(number: int, outcome: Outcome) -> Text:
    return Text(str(number) if number else "·", style=STYLE[outcome] if number else "dim")


Note = Callable[[CaseReport, Finding], Text]


def _section(title: str, findings: Sequence[Finding], report: CaseReport, note: Note) -> list[RenderableType]:
    """A heading and an entry for each finding: its question, and what is to be said of it."""
    if not findings:
        return []
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=9, no_wrap=True)
    table.add_column(ratio=1)
    for finding in findings:
        table.add_row(Text(f"  {finding.question.id}"), Group(Text(finding.question.question), note(report, finding)))
    return [Text(f"{title} ({len(findings)})", style="bold"), table, ""]


def _short(report: CaseReport, finding: Finding) -> Text:
    if finding.line.basis is Basis.JUDGED:
        return Text(f"the assessor: {_plain(finding.answer)}", style=STYLE[Outcome.NOT_SUFFICIENT])
    parts = [_plain(finding.line.reason)]
    parts += [f"due {finding.due}"] if finding.due else []
    parts += [f"done {finding.done}"] if finding.done and finding.due else []
    if finding.days_late is not None:
        parts.append(f"{_days(finding.days_late)} {'late' if finding.done else f'overdue on {report.as_of}'}")
    found = report.failing(finding)
    text = Text(", ".join(parts), style=STYLE[Outcome.NOT_SUFFICIENT])
    text.append(f"; {printable('; '.join(found))}" if found else "", style="")
    return text.append(f" [{_place(finding)}]", style="dim")


def _pending(report: CaseReport, finding: Finding) -> Text:
    left = (finding.due - report.as_of).days if finding.due else 0
    text = Text(f"due {finding.due}, {'today' if not left else f'in {_days(left)}'}", style=STYLE[Outcome.PENDING])
    return text.append(f" [{_place(finding)}]", style="dim")


def _disagreement(_: CaseReport, finding: Finding) -> Text:
    found = f"{_plain(finding.line.outcome)} ({_plain(finding.line.reason)})"
    return Text(f"the assessor: {_plain(finding.answer)}; the record: {found}")


def _plain(word: object) -> str:
    return str(word).replace("_", " ")


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


def _place(finding: Finding) -> str:
    """Where the question stands in its document, as 2.2 improvement (d)."""
    source = finding.question.source
    return f"{source.section} {source.item}".replace("areas for improvement", "improvement").strip()


def _sources(report: CaseReport) -> Text:
    cited = dict.fromkeys(finding.question.source.document for finding in report.findings)
    sources = report.ruleset.head.sources
    return Text("; ".join(f"[...] {sources[name]}" for name in cited), style="dim")


def _unknown(findings: Sequence[Finding], report: CaseReport) -> list[RenderableType]:
    """What could not be told, by the missing fact, as one fact often settles many questions."""
    if not findings:
        return []
    grouped: dict[str, list[str]] = {}
    for finding in findings:
        if finding.line.reason is not Reason.NOT_ANSWERED:
            grouped.setdefault(", ".join(report.missing(finding)) or "the record", []).append(finding.question.id)
    unanswered = [finding.question.id for finding in findings if finding.line.reason is Reason.NOT_ANSWERED]
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=4, justify="right", no_wrap=True)
    table.add_column(ratio=1)
    for missing, questions in sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])):
        table.add_row(Text(str(len(questions))), Text(printable(f"{missing}: {', '.join(questions)}")))
    if unanswered:
        table.add_row(Text(str(len(unanswered))), Text(f"the assessor's answer: {_ranges(unanswered, report)}"))
    heading = f"Not evidenced ({len(findings)}): what is not recorded, and the questions it leaves open"
    return [Text(heading, style="bold"), table, ""]


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


def page_rich(page: str, *, width: int = 80, colour: bool = False) -> str:
    """A page in Markdown, as a terminal shows it."""
    from rich.markdown import Markdown

    return render([Markdown(page)], width=width, colour=colour)
