"""The figures of a text for the terminal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from omi_rules.errors import printable
from omi_rules.figures import Verdict
from omi_rules.reports.figures import HEADINGS, WHY_NOT, FiguresReport, listed, place, summary, would_be
from omi_rules.reports.terminal import render

SHOWN = 1000
"""Statements under one heading: more than anyone reads, and no more than a terminal takes."""


def figures_rich(report: FiguresReport, *, width: int = 80, colour: bool = False) -> str:
    """What does not hold and what it would be; how much was checked and how much was not."""
    parts: list[RenderableType] = [Text(printable(f"Figures of {', '.join(report.files)}"), style="bold")]
    parts += [Text(line) for line in summary(report)]
    if wrong := report.of(Verdict.WRONG):
        parts += ["", Text("Wrong", style="bold red")]
        for statement in wrong[:SHOWN]:
            parts += [
                Text(printable(place(statement))),
                Padding(Text(statement.words, style="bold"), (0, 0, 0, 2)),
                Padding(Text(would_be(statement)), (0, 0, 0, 2)),
            ]
        parts += _more(len(wrong))
    if report.not_checked:
        parts += ["", Text("Could not be checked", style="bold"), _reasons(report)]
    for verdict, heading in HEADINGS.items():
        if found := report.of(verdict):
            parts += ["", Text(heading, style="bold")]
            for statement in found[:SHOWN]:
                where, words, why = listed(statement)
                said = f"{printable(where)} {words}"
                parts.append(Padding(Text(f"{said}: {why}" if why else said), (0, 0, 0, 2)))
            parts += _more(len(found))
    return render(parts, width=width, colour=colour)


def _more(number: int) -> list[RenderableType]:
    """What is said of statements that are not shown."""
    return [Text(f"... and {number - SHOWN:,} more: --format json lists them all")] if number > SHOWN else []


def _reasons(report: FiguresReport) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for why, number in report.not_checked.items():
        table.add_row(Text(f"{number:,}"), Text(WHY_NOT[why]))
    return table
