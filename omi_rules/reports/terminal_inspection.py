"""An inspection at a glance, for the terminal: Table 1, the targets, the questionnaires, the decision, the dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from omi_rules.errors import printable
from omi_rules.exact import measured
from omi_rules.inspection.judged import Judged
from omi_rules.inspection.record import Target, TargetTable
from omi_rules.inspection.targets import Attainment, JudgedTarget
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
from omi_rules.reports.terminal import render

STYLE = {Attainment.MET: "green", Attainment.NEAR_MISS: "yellow", Attainment.MISSED: "bold red"}


def inspection_rich(judged: Judged, *, width: int = 80, colour: bool = False) -> str:
    """The summary of an inspection."""
    parts: list[RenderableType] = [*_head(judged), *_grades(judged), *_decision(judged), *_dates(judged)]
    parts += [*_targets(judged), *_questionnaires(judged), *_groups(judged), *_missing(judged)]
    return render(parts, width=width, colour=colour)


def _heading(text: str) -> Text:
    return Text(printable(text), style="bold")


def _grid(*columns: str) -> Table:
    """A table without lines: `left` and `right` columns as wide as what stands in them, `rest` takes what is left."""
    table = Table.grid(padding=(0, 2), expand=True)
    for column in columns:
        if column == "rest":
            table.add_column(ratio=1)
        else:
            table.add_column(justify="right" if column == "right" else "left", no_wrap=True)
    return table


def _head(judged: Judged) -> Iterator[RenderableType]:
    head, record = judged.ruleset.head, judged.inspection
    yield _heading(record.area)
    yield Text(f"{head.title} ({head.id} {head.version})", style="dim")
    yield Text(f"Inspected {record.inspected.from_} to {record.inspected.to}. {cases(judged)}")
    yield Text("")


def _grades(judged: Judged) -> Iterator[RenderableType]:
    yield _heading(f"Section {judged.rules.section}: {judged.rules.title}")
    table = _grid("rest", "left", "left", "right")
    table.add_row("", *(Text(head, style="dim") for head in ("inspectors", "computed", "from")))
    for one in judged.grades:
        table.add_row(
            Text(f"{one.criterion.criterion} {one.criterion.title}"),
            Text(one.in_words(one.own) or "-"),
            Text(f"{one.in_words(one.computed) or '-'}{' !' if one.differs else ''}"),
            Text(f"{one.graded} of {len(one.specific)}", style="dim"),
        )
    yield table
    for one in judged.grades:
        if one.differs:
            yield Text(f"! {one.criterion.criterion} by the inspectors: {printable(one.reason)}")
        if one.capped or (not one.differs and one.graded < len(one.specific)):
            yield Text(f"{one.criterion.criterion}: {graded(one)}")
    yield Text("The inspectors' grade stands where they gave one. How one is computed is ours.", style="dim")
    yield Text("")


def _decision(judged: Judged) -> Iterator[RenderableType]:
    found = judged.decision
    yield _heading("Follow-up")
    yield Text(printable(found.sentence))
    if found.own:
        held = "a follow-up is held" if found.own.held else "no follow-up"
        yield Text(f"The inspectors: {held}. {printable(found.own.reason)}")
    if found.differs:
        yield Text("The inspectors and the rule differ; the inspectors' decision stands.", style="bold")
    if judged.scores:
        yield Text(thread(judged), style="dim")
        under = ", ".join(f"{name} ({priority(judged.scores.criteria[name])})" for name in found.priorities)
        yield Text(f"Under the line of priority ({judged.scores.line_of_priority}): {under or 'no criterion'}")
    yield Text("")


def _dates(judged: Judged) -> Iterator[RenderableType]:
    yield _heading("Dates")
    table = _grid("rest", "rest", "rest")
    for column, ratio in zip(table.columns, (5, 4, 4), strict=True):
        column.ratio = ratio
    for one in judged.dates:
        state = f"done {one.done}: {standing(one)}" if one.done else standing(one)
        table.add_row(Text(one.step.title), Text(due(one)), Text(state))
    yield table
    yield Text("")


def _targets(judged: Judged) -> Iterator[RenderableType]:
    if not judged.targets:
        return
    for printed in judged.inspection.targets:
        yield _heading(f"{printed.title}, {printed.period}")
        yield _rows(printed, [one for one in judged.targets if one.table is printed])
        yield Text("")
    ratio = judged.rules.near_miss_ratio.value
    wrong = judged.star_disagreements
    yield Text(
        f"near miss: at least {ratio} of the target, and less than all; part: of the target reached", style="dim"
    )
    if any(one.row.star is not None for one in judged.targets):
        says = "says" if len(wrong) == 1 else "say"
        yield Text(f"* as printed; {len(wrong)} of them {says} other than the outcome, marked !", style="dim")
    yield Text("")


def _rows(printed: TargetTable, rows: Iterable[JudgedTarget]) -> Table:
    table = _grid("rest", "right", "right", "right", "left", "right", "left")
    table.columns[3].no_wrap, table.columns[3].max_width = False, 9
    heads = ("", "target", "area", printed.comparator, "", "part", "")
    table.add_row(*(Text(printable(head), style="dim") for head in heads))
    for one in rows:
        row = one.row
        mark = f"{starred(row.star)}{' !' if one.disagrees else ''}"
        table.add_row(
            Text(printable(_measure(row))),
            Text(f"{'≤ ' if row.better == 'lower' else ''}{_short(row.target, row)}"),
            Text(_short(row.actual, row)),
            Text(_short(row.comparator, row)),
            Text(str(one.attained or "not recorded"), style=STYLE[one.attained] if one.attained else "dim"),
            Text(one.shown_ratio, style="dim"),
            Text(mark, style="bold" if one.disagrees else ""),
        )
    return table


def _measure(row: Target) -> str:
    return row.measure if row.unit in ("", "%", "£") else f"{row.measure} ({row.unit})"


def _short(value: Decimal | None, row: Target) -> str:
    """A figure with a unit that is a sign; a unit in words stands with the measure."""
    return "" if value is None else measured(value, row.unit if row.unit in ("%", "£") else "")


def _questionnaires(judged: Judged) -> Iterator[RenderableType]:
    if not judged.responses:
        return
    yield _heading("Questionnaires returned")
    table = _grid("left", "rest")
    for one in judged.responses:
        table.add_row(Text(printable(one.questionnaire.who)), Text(n_of(one.rate)))
        for reply in one.replies:
            table.add_row(Text(""), Text(printable(f"{reply.reply.question} {said(reply)}")))
    yield table
    yield Text("Views of those who answered; they enter no score.", style="dim")
    yield Text("")


def _groups(judged: Judged) -> Iterator[RenderableType]:
    if not judged.inspection.focus_groups:
        return
    yield _heading("Focus groups")
    table = _grid("left", "rest")
    for one in judged.inspection.focus_groups:
        table.add_row(Text(printable(one.who)), Text(printable(figures_of(one))))
    yield table
    yield Text("")


def _missing(judged: Judged) -> Iterator[RenderableType]:
    if judged.not_recorded:
        yield _heading(f"Not recorded ({len(judged.not_recorded)})")
        yield Text(printable(", ".join(judged.not_recorded)))
