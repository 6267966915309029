"""The program, without its commands."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from omi_rules import __version__


class _CasesFirst(TyperGroup):
    """``omi-check case.json`` is short for ``omi-check check case.json``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `check` first unless a command, or a question about the program, stands there."""
        own = {"--help", "--version", "--install-completion", "--show-completion"}
        if args and args[0] not in self.commands and args[0] not in own:
            args = ["check", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_CasesFirst,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Check probation case records against inspection questions and national standards. "
    "`omi-check CASE.json` judges one case.",
)


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    if version:
        sys.stdout.write(f"omi-check {__version__}\n")
        raise typer.Exit
