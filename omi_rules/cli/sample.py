"""Commands on the drawing of a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omi_rules.cli.app import app
from omi_rules.cli.options import (
    AsOfOption,
    NotMet,
    OutputOption,
    PageFormat,
    QuietOption,
    RulesetOption,
    SetOption,
    colour,
    day,
    only,
    settings,
    width,
)

sample_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Check what a sample consists of, or draw one from a caseload."
)
app.add_typer(sample_app, name="sample")


@sample_app.command("check", help="Whether a sample is as the ruleset asks: size, time, groups, limits.")
def _sample_check(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders of case records, or `-`.")],
    ruleset: RulesetOption = "omi-2006",
    as_of: AsOfOption = None,
    format_: Annotated[PageFormat, typer.Option("--format", help="rich, md or json.")] = PageFormat.rich,
    output: OutputOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at a bad record instead of leaving it out.")] = False,
    design: Annotated[
        Path | None,
        typer.Option("--design", metavar="FILE.json", help="Hold the sample to the numbers it was drawn by."),
    ] = None,
    set_: SetOption = None,
    fail_on: Annotated[
        NotMet, typer.Option("--fail-on", help="Exit with 1 if something is not as asked.")
    ] = NotMet.never,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.sample import check

    only(format_, PageFormat.rich, PageFormat.md, PageFormat.json)
    raise typer.Exit(
        check(
            paths,
            ruleset=ruleset,
            settings=settings(set_),
            as_of=day(as_of),
            design=design,
            format_=format_.value,
            to=output,
            strict=strict,
            fail_on=fail_on.value,
            quiet=quiet,
            width=width(),
            colour=colour(output),
        )
    )


@sample_app.command("draw", help="Draw a random sample from a caseload, with a minimum number of cases of some groups.")
def _sample_draw(
    paths: Annotated[
        list[str], typer.Argument(metavar="CASELOAD...", help="Files and folders of case records, or `-`.")
    ],
    size: Annotated[int, typer.Option("--size", min=1, metavar="N", help="Cases to draw.")],
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="S", help="The same seed draws the same cases.")],
    to: Annotated[Path, typer.Option("--to", metavar="DRAWN.ndjson", help="Where the drawn records go.")],
    design: Annotated[
        Path | None, typer.Option("--design", metavar="FILE.json", help="Where the design goes, if not beside them.")
    ] = None,
    at_least: Annotated[
        list[str] | None, typer.Option("--at-least", metavar="GROUP=N", help="A minimum number, as ppo=10.")
    ] = None,
    ruleset: RulesetOption = "omi-2006",
    as_of: AsOfOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at a bad record instead of leaving it out.")] = False,
    set_: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.sample import draw

    raise typer.Exit(
        draw(
            paths,
            size=size,
            seed=seed,
            to=to,
            design_to=design,
            ruleset=ruleset,
            settings=settings(set_),
            at_least=at_least or (),
            as_of=day(as_of),
            strict=strict,
            quiet=quiet,
            width=width(),
            colour=colour(None),
        )
    )
