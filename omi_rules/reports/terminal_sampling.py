"""Samples on the terminal: whether one is as asked, what was drawn, weighted scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from omi_rules.errors import printable
from omi_rules.reports.sampling import Rejected, has, standing, weighted_heading, weighted_rows
from omi_rules.reports.terminal import render
from omi_rules.reports.text import number_of
from omi_rules.sample_rules import key
from omi_rules.sampling.adequacy import UNSET, Adequacy, Standing
from omi_rules.sampling.weighing import Weighted
from omi_rules.scoring.scores import Scores

STYLE = {Standing.MET: "green", Standing.SHORT: "bold red", Standing.OVER: "bold red", Standing.UNTOLD: "yellow"}


def adequacy_rich(
    found: Adequacy, as_of: date | None, rejected: Rejected = (), *, width: int = 80, colour: bool = False
) -> str:
    """The table, and under it what there is to know of some of its lines."""
    head = found.ruleset.head
    parts: list[RenderableType] = [
        Text(f"Sample of {number_of(found.cases, 'case')}", style="bold"),
        Text(f"{head.title} ({head.id} {head.version}){f', as of {as_of}' if as_of else ''}", style="dim"),
    ]
    if rejected:
        parts.append(_left_out(len(rejected)))
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right")
    table.add_column(width=max(18, width // 4))
    table.add_column(no_wrap=True)
    table.add_row(*(Text(word, style="dim") for word in ("", "in the sample", "unknown", "asked", "")))
    for line in found.lines:
        table.add_row(
            Text(line.means),
            Text(has(line)),
            Text(str(line.not_recorded or "·")),
            Text(line.asked),
            Text(standing(line), style=STYLE[line.standing]),
        )
    parts += [Text(""), table, Text(""), *_remarks(found)]
    return render(parts, width=width, colour=colour)


def _remarks(found: Adequacy) -> Iterator[Text]:
    """What there is to know of some lines, the same of several of them once; and how a number is set."""
    said: dict[str, list[str]] = {}
    for line in found.lines:
        said.setdefault(line.detail, []).append(line.id)
    for detail, ids in said.items():
        if detail:
            yield Text(f"{', '.join(ids)}: {detail}", style="dim")
    unset = next((line for line in found.lines if line.asked == UNSET), None)
    if unset:
        yield Text(f"A number can be set: --set {key(unset.id, 'at_least')}=N", style="dim")


def _left_out(number: int) -> Text:
    records = "1 record" if number == 1 else f"{number:,} records"
    return Text(f"{records} could not be used: left out", style="bold red")


def drawn_rich(design: Mapping[str, Any], *, width: int = 80, colour: bool = False) -> str:
    """What was drawn: the size, and of each group how many of how many."""
    caseload = design["caseload"]
    parts: list[RenderableType] = [
        Text(f"{len(design['cases']):,} of {caseload['cases']:,} cases drawn, seed {design['seed']}", style="bold")
    ]
    if caseload["outside_the_time_asked"] is not None:
        outside, unknown = caseload["outside_the_time_asked"], caseload["time_not_recorded"]
        parts.append(Text(f"not drawn from: {outside:,} not so long under supervision, {unknown:,} not recorded"))
    if caseload["left_out"]:
        parts.append(_left_out(len(caseload["left_out"])))
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(ratio=1)
    for _ in range(4):
        table.add_column(justify="right", no_wrap=True)
    table.add_row(*(Text(word, style="dim") for word in ("", "drawn", "of", "unknown", "asked")))
    for group in design["groups"].values():
        asked = "no number" if group["at_least"] is None else f"at least {group['at_least']}"
        numbers = (group["drawn"], group["caseload"], group["not_recorded"] or "·")
        table.add_row(Text(group["means"]), *(Text(str(number)) for number in numbers), Text(asked))
    parts += [Text(""), table, Text("")]
    for name, limit in design["limits"].items():
        unknown = limit["not_recorded"]
        blank = f"; no limit for cases without {name} on record: {unknown:,}" if unknown else ""
        parts.append(Text(f"at most {limit['at_most']} for each {printable(name)}{blank}"))
    draws = design["probability"]["draws"]
    parts.append(Text(f"probabilities found from {draws} draws" if draws else "probabilities are exact", style="dim"))
    if caseload["shut_out"]:
        what = f"{caseload['shut_out']:,} cases had no chance beside those that the groups and limits asked for"
        parts.append(Text(f"{what}: the weights do not stand for them", style="bold red"))
    return render(parts, width=width, colour=colour)


def weighted_parts(found: Weighted, plain: Scores) -> list[RenderableType]:
    """Weighted scores beside plain ones, for the report of a sample."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for _ in range(3):
        table.add_column(justify="right", no_wrap=True)
    table.add_row(*(Text(word, style="dim") for word in ("", "weighted", "95% interval", "without")))
    for row in weighted_rows(found, plain):
        table.add_row(*map(Text, row))
    return [Text("Weighted scores", style="bold"), Text(weighted_heading(found), style="dim"), table, Text("")]
