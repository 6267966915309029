"""Commands on an inspection and what is written of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omi_rules.cli.app import app
from omi_rules.cli.options import (
    EngineChoice,
    EngineOption,
    InspectionFormat,
    OutputOption,
    PageFormat,
    QuietOption,
    ReportFormat,
    RulesetOption,
    SetOption,
    TextKind,
    Wrong,
    colour,
    only,
    settings,
    width,
)


@app.command("report", help="The report of an inspection: one page, or a workbook, document, Markdown or JSON.")
def _report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with inspection.yaml.")],
    output: OutputOption = None,
    format_: Annotated[ReportFormat, typer.Option("--format", help="What to make.")] = ReportFormat.html,
    identify: Annotated[bool, typer.Option("--identify", help="Name the cases instead of numbering them.")] = False,
    ruleset: RulesetOption = "omi-2006",
    engine: EngineOption = EngineChoice.auto,
    set_: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.report import report

    raise typer.Exit(
        report(
            folder,
            ruleset=ruleset,
            settings=settings(set_),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            identify=identify,
            quiet=quiet,
        )
    )


@app.command("verify-figures", help='Check the figures of a text: "38 of 76 (46%)" does not hold.')
def _verify_figures(
    texts: Annotated[list[str], typer.Argument(metavar="TEXT...", help="Files of text, Markdown or HTML, or `-`.")],
    kind: Annotated[TextKind | None, typer.Option("--kind", help="What they are, whatever their names.")] = None,
    format_: Annotated[PageFormat, typer.Option("--format", help="rich, md or json.")] = PageFormat.rich,
    output: OutputOption = None,
    everything: Annotated[bool, typer.Option("--all", help="List what holds and what was not checked too.")] = False,
    fail_on: Annotated[Wrong, typer.Option("--fail-on", help="Exit with 1 if something is wrong.")] = Wrong.never,
) -> None:
    from omi_rules.commands.figures import verify_figures

    only(format_, PageFormat.rich, PageFormat.md, PageFormat.json)
    raise typer.Exit(
        verify_figures(
            texts,
            kind=None if kind is None else kind.value,
            format_=format_.value,
            to=output,
            everything=everything,
            fail_on=fail_on.value,
            width=width(),
            colour=colour(output),
        )
    )


@app.command("inspection", help="Judge an inspection as a whole: the record in a folder, and its case sample.")
def _inspection(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with inspection.yaml.")],
    ruleset: RulesetOption = "omi-2006",
    format_: Annotated[InspectionFormat, typer.Option("--format", help="How to report.")] = InspectionFormat.rich,
    output: OutputOption = None,
    engine: EngineOption = EngineChoice.auto,
    set_: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.inspection import inspection

    raise typer.Exit(
        inspection(
            folder,
            ruleset=ruleset,
            settings=settings(set_),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            quiet=quiet,
            width=width(),
            colour=colour(output),
        )
    )


@app.command("compare", help="Compare two files of scores (`batch --format json`): two times, or two areas.")
def _compare(
    first: Annotated[Path, typer.Argument(metavar="A.json", help="Scores.")],
    second: Annotated[Path, typer.Argument(metavar="B.json", help="Scores to compare with them.")],
    format_: Annotated[PageFormat, typer.Option("--format", help="How to report.")] = PageFormat.rich,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.compare import compare

    raise typer.Exit(compare(first, second, format_.value, output, width=width(), colour=colour(output), quiet=quiet))
