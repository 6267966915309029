"""Options that commands share, and what is made of them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from omi_rules.errors import Fault, Refused, show


class Format(StrEnum):
    """How a case is reported."""

    rich = "rich"
    json = "json"
    ndjson = "ndjson"
    csv = "csv"
    md = "md"


class BatchFormat(StrEnum):
    """How a sample is reported."""

    rich = "rich"
    json = "json"
    csv = "csv"
    md = "md"
    parquet = "parquet"
    xlsx = "xlsx"
    html = "html"


class Duplicates(StrEnum):
    """What is done when a case comes twice."""

    refuse = "refuse"
    keep_last = "keep-last"


class InspectionFormat(StrEnum):
    """How an inspection is reported."""

    rich = "rich"
    json = "json"
    md = "md"


class ReportFormat(StrEnum):
    """How the report of an inspection is made."""

    html = "html"
    md = "md"
    xlsx = "xlsx"
    docx = "docx"
    json = "json"


class TextKind(StrEnum):
    """How a text is written."""

    txt = "txt"
    md = "md"
    html = "html"


class Wrong(StrEnum):
    """Whether figures that do not hold make the exit code 1."""

    never = "never"
    wrong = "wrong"


class PageFormat(StrEnum):
    """How rules and traces are shown."""

    rich = "rich"
    json = "json"
    csv = "csv"
    md = "md"


class EngineChoice(StrEnum):
    """Who judges."""

    auto = "auto"
    rete = "rete"
    reference = "reference"


class FailOn(StrEnum):
    """Which outcome makes the exit code 1."""

    never = "never"
    not_sufficient = "not_sufficient"
    not_evidenced = "not_evidenced"
    priority = "priority"


class NotMet(StrEnum):
    """Whether a sample that is not as asked makes the exit code 1."""

    never = "never"
    not_met = "not_met"


class SchemaOf(StrEnum):
    """What a schema can be had of."""

    case = "case"
    ruleset = "ruleset"
    inspection = "inspection"


RulesetOption = Annotated[str, typer.Option("--ruleset", metavar="ID|DIR", help="The rules to judge by.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help='Set a number, as 1.5.q07.within="15 working days".'),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Judge as of this day instead of the day of assessment.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Write to a file, whole or not at all.")
]
EngineOption = Annotated[EngineChoice, typer.Option("--engine", help="Who judges; the findings are the same.")]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", min=1, metavar="N", help="Processes for large inputs; else one a core."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No warnings.")]


def only(given: PageFormat, *possible: PageFormat) -> None:
    """Raises `Refused` for a format that a command has not."""
    if given not in possible:
        names = " or ".join(possible)
        raise Refused([Fault(file=f"--format {given}", what="not a format of this command", hint=names)])


def settings(given: Sequence[str] | None) -> dict[str, str]:
    """Settings by key. Raises `Refused` for what is not `KEY=VALUE`, and for a key with two values."""
    made: dict[str, str] = {}
    faults = []
    for one in given or ():
        key, equals, value = (part.strip() for part in one.partition("="))
        if not equals:
            hint = 'for instance 1.5.q07.within="15 working days"'
            faults.append(Fault(file=f"--set {show(one)}", what="want KEY=VALUE", hint=hint))
        elif made.setdefault(key, value) != value:
            what = f"set to {show(made[key])} before"
            faults.append(Fault(file=f"--set {show(one)}", what=what, hint="leave one of the two out"))
    if faults:
        raise Refused(faults)
    return made


def day(given: str | None) -> date | None:
    """The day of `--as-of`. Raises `Refused` for what is not a date."""
    from omi_rules.vocabulary import iso_date

    try:
        return None if given is None else iso_date(given)
    except ValueError:
        raise Refused(
            [Fault(file=f"--as-of {show(given)}", what="not a date", hint="write dates as 2006-06-28")]
        ) from None


def width() -> int:
    """How many columns there are to print on."""
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 120))


def colour(output: Path | None) -> bool:
    """Whether to print in colour: on a terminal, unless the reader wants none."""
    return output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
