"""The command line: what may be asked, and how it ends."""

from __future__ import annotations

import contextlib
import os
import sys

from omi_rules.cli import cases, inspections, rules, sample  # noqa: F401  each adds its commands, in this order
from omi_rules.cli.app import app
from omi_rules.commands import say
from omi_rules.errors import Defect, Refused


def main() -> None:
    """Run the command line: 0 it worked, 1 something at the `--fail-on` level, 2 unusable input, 3 a defect of ours."""
    try:
        app()
    except Refused as refused:
        say(str(refused))
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Defect as defect:
        say(f"a defect of omi-check, not of your input: {defect}")
        sys.exit(3)
    except Exception as error:  # the one place that catches all: a defect is said, not shown as a traceback
        if os.environ.get("OMI_CHECK_TRACEBACK"):
            raise
        say(f"a defect of omi-check, not of your input: {type(error).__name__}: {error}")
        say("please report it; OMI_CHECK_TRACEBACK=1 shows where it happened")
        sys.exit(3)


def run() -> None:
    """`main` as a process of its own, which leaves without taking the interpreter apart: a quarter of a short run."""
    code: object = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    with contextlib.suppress(OSError):  # nobody reads any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
