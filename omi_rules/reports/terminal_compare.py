"""Comparisons for the terminal: two samples, and a sample under two rulesets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from omi_rules.errors import printable
from omi_rules.reports.impact import Impact
from omi_rules.reports.terminal import render
from omi_rules.reports.text import number_of
from omi_rules.scoring.compare import Difference

CHANCE = (
    "* the 95% interval of the change leaves out zero, as by chance alone it would for one score in twenty: here {}"
)
HEADINGS = {"criteria": "Criteria", "sections": "Sections", "threads": "Threads", "questions": "Questions"}


def compare_rich(
    first: tuple[str, Mapping[str, Any]],
    second: tuple[str, Mapping[str, Any]],
    found: Sequence[Difference],
    *,
    width: int = 80,
    colour: bool = False,
) -> str:
    """Criteria, sections and threads in full; of the questions those that differ by more than chance."""
    parts: list[RenderableType] = []
    for word, (name, scores) in (("first", first), ("second", second)):
        parts.append(
            Text(printable(f"{word}: {name}, {scores.get('cases')} case{'' if scores.get('cases') == 1 else 's'}"))
        )
    parts.append(Text(""))
    for level, heading in HEADINGS.items():
        listed = [one for one in found if one.level == level and (level != "questions" or one.beyond_chance)]
        title = heading if level != "questions" else "Questions that differ by more than chance"
        parts += [Text(title, style="bold"), _differences(listed) if listed else Text("  none"), Text("")]
    parts.append(
        Text(
            CHANCE.format(f"about {round(len(found) / 20)} of {len(found)}"),
            style="dim",
        )
    )
    return render(parts, width=width, colour=colour)


def _differences(found: Sequence[Difference]) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(ratio=1)
    for _ in range(4):
        table.add_column(justify="right", no_wrap=True)
    for one in found:
        mark = " *" if one.beyond_chance else ""
        change = "" if one.change is None else f"{one.change:+.1f}{mark}"
        ends = "" if one.interval is None else f"({one.interval[0]:+.1f} to {one.interval[1]:+.1f})"
        table.add_row(
            Text(printable(f"{one.id} {one.title}".strip())),
            Text(_figure(one.first)),
            Text(_figure(one.second)),
            Text(change),
            Text(ends),
        )
    return table


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.1f}"


def impact_rich(impact: Impact, *, width: int = 80, colour: bool = False) -> str:
    """What a change of rules changes on a sample."""
    parts: list[RenderableType] = [
        Text(
            f"{number_of(impact.changed, 'finding')} of {number_of(impact.cases, 'case')} "
            f"{'changes' if impact.changed == 1 else 'change'}",
            style="bold",
        ),
        Text(f"from {impact.old} to {impact.new}", style="dim"),
        Text(""),
    ]
    if impact.added or impact.removed:
        new, gone = (", ".join(names) or "none" for names in (impact.added, impact.removed))
        parts += [
            Text(f"new questions: {new}; questions gone: {gone}"),
            Text(""),
        ]
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for move in impact.moves:
        cases = ", ".join(move.cases[:8]) + (f" and {len(move.cases) - 8} more" if len(move.cases) > 8 else "")
        words = f"{move.before} -> {move.after}".replace("_", " ")
        table.add_row(Text(move.question), Text(f"{len(move.cases):,}"), Text(words), Text(printable(cases)))
    parts += [
        Text("Findings that change, and the cases to read", style="bold"),
        table if impact.moves else Text("  none"),
        Text(""),
    ]
    scores = Table.grid(padding=(0, 2))
    for change in impact.scores:
        figures = [Text(_figure(value), justify="right") for value in (change.before, change.after)]
        scores.add_row(
            Text(change.name),
            *figures,
            Text("" if change.by is None else f"{change.by:+.1f}", justify="right"),
            Text(change.verdict),
        )
    parts += [Text("Scores that change", style="bold"), scores if impact.scores else Text("  none"), Text("")]
    return render(parts, width=width, colour=colour)
