"""Commands on rules."""

from __future__ import annotations

from typing import Annotated

import typer

from omi_rules.cli.app import app
from omi_rules.cli.options import (
    EngineChoice,
    EngineOption,
    OutputOption,
    PageFormat,
    QuietOption,
    RulesetOption,
    SchemaOf,
    SetOption,
    colour,
    only,
    settings,
    width,
)

rules_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at the rules, check them, get their schemas."
)
app.add_typer(rules_app, name="rules")


@rules_app.command("diff", help="What a change of rules changes on a sample.")
def _diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A ruleset.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The ruleset it becomes.")],
    on: Annotated[list[str], typer.Option("--on", metavar="SAMPLE", help="Files and folders of case records.")],
    format_: Annotated[PageFormat, typer.Option("--format", help="rich or json.")] = PageFormat.rich,
    output: OutputOption = None,
    engine: EngineOption = EngineChoice.auto,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.impact import diff

    only(format_, PageFormat.rich, PageFormat.json)
    raise typer.Exit(
        diff(old, new, on, format_.value, output, engine.value, width=width(), colour=colour(output), quiet=quiet)
    )


@rules_app.command("list", help="Every question of a ruleset.")
def _list(
    ruleset: RulesetOption = "omi-2006",
    format_: Annotated[PageFormat, typer.Option("--format", help="How to show them.")] = PageFormat.rich,
    output: OutputOption = None,
    set_: SetOption = None,
) -> None:
    from omi_rules.commands.rules import list_rules

    raise typer.Exit(list_rules(ruleset, settings(set_), format_.value, output, width(), colour=colour(output)))


@rules_app.command("show", help="One question with everything that decides it.")
def _show(
    question: Annotated[str, typer.Argument(metavar="ID", help="The id of a question, as 2.2.q01.")],
    ruleset: RulesetOption = "omi-2006",
    format_: Annotated[PageFormat, typer.Option("--format", help="rich, md or json.")] = PageFormat.rich,
    output: OutputOption = None,
    set_: SetOption = None,
) -> None:
    from omi_rules.commands.rules import show_rule

    only(format_, PageFormat.rich, PageFormat.md, PageFormat.json)
    raise typer.Exit(
        show_rule(ruleset, settings(set_), question, format_.value, output, width(), colour=colour(output))
    )


@rules_app.command("lint", help="Check a ruleset's files and try their examples on every engine.")
def _lint(ruleset: Annotated[str, typer.Argument(metavar="ID|DIR", help="A ruleset.")] = "omi-2006") -> None:
    from omi_rules.commands.rules import lint

    raise typer.Exit(lint(ruleset))


@rules_app.command("schema", help="The JSON Schema of a case record, or of the files of a ruleset.")
def _schema(
    which: Annotated[SchemaOf, typer.Argument(metavar="case|ruleset|inspection", help="Which schema.")],
    ruleset: RulesetOption = "omi-2006",
    output: OutputOption = None,
) -> None:
    from omi_rules.commands.rules import schema

    raise typer.Exit(schema(ruleset, which.value, output))
