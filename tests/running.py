"""The command as a user calls it, in this process or in one of its own; and the shipped rules, loaded once."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import typer.main

from omi_rules import shelf
from omi_rules.cli import main
from omi_rules.loading import load
from omi_rules.ruleset import Ruleset

REPOSITORY = Path(__file__).parent.parent
SHIPPED = REPOSITORY / "rulesets" / "omi-2006"
CASES = REPOSITORY / "fixtures" / "cases"
GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Ran:
    """How a run of the command ended."""

    code: int
    out: str
    err: str


@cache
def shipped() -> Ruleset:
    """The shipped rules. Loading takes half a second; a ruleset is frozen, so one will do for all tests."""
    return load(SHIPPED)


def _load(folder: Path) -> Ruleset:
    return shipped() if folder.resolve() == SHIPPED.resolve() else load(folder)


_get_command = cache(typer.main.get_command)  # building the commands takes longer than most of them run


def run(*args: object, stdin: bytes = b"", columns: int = 80, env: Mapping[str, str] | None = None) -> Ran:
    """Run the command in this process, its output no terminal."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    code = 0
    with (
        patch.object(shelf, "ruleset", _load),
        patch.object(typer.main, "get_command", _get_command),
        patch.object(sys, "argv", ["omi-check", *map(str, args)]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8")),
        patch.dict(os.environ, {"COLUMNS": str(columns), **(env or {})}),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return Ran(code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode("utf-8")


def spawn(*args: object, stdin: bytes = b"", columns: int = 80, env: Mapping[str, str] | None = None) -> Ran:
    """Run the command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "omi_rules.cli", *map(str, args)],
        input=stdin,
        capture_output=True,
        env={**os.environ, "COLUMNS": str(columns), **(env or {})},
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
