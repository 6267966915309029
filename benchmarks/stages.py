"""Where the time of a command goes: seconds spent for each room of the house, on one core and in one process.

    python -m benchmarks.stages batch cases.ndjson --findings findings.parquet --jobs 1

Prints, as JSON, the seconds of each module of `omi_rules`, by `cProfile`. Time inside libraries and compiled functions
counts for the modules that call them. Profiling slows Python down, so read the shares.
"""

from __future__ import annotations

import contextlib
import cProfile
import io
import json
import os
import pstats
import sys
from collections import defaultdict
from pathlib import Path

import omi_rules
from omi_rules.cli import main as command

OURS = str(Path(omi_rules.__file__).parent)

Function = tuple[str, int, str]
"""File, line and name."""


def room(function: Function) -> str:
    """The room that a function belongs to; empty for one of a library."""
    file = function[0]
    if file.startswith(OURS):
        return str(Path(file).relative_to(OURS).with_suffix(""))
    return "imports" if "importlib" in file else ""


def seconds(profile: cProfile.Profile) -> dict[str, float]:
    """The seconds of each room, the most first."""
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    shares: dict[Function, dict[str, float]] = {}

    def owners(function: Function) -> dict[str, float]:
        """For which rooms a function worked, and for what share of its time."""
        if function not in shares:
            shares[function] = {}  # a function that calls itself adds nothing
            callers = {} if room(function) else stats[function][4]
            total = sum(called[3] for called in callers.values())
            found: dict[str, float] = defaultdict(float) if callers else {room(function) or "the rest": 1.0}
            for caller, called in callers.items():
                for name, share in owners(caller).items():
                    found[name] += share * called[3] / total if total else 0
            shares[function] = found
        return shares[function]

    spent: dict[str, float] = defaultdict(float)
    for function, (_, _, own, _, _) in stats.items():
        for name, share in owners(function).items():
            spent[name] += own * share
    return dict(sorted(spent.items(), key=lambda item: -item[1]))


def main() -> None:
    """Run our command as asked, and tell."""
    sys.argv[0] = "omi-check"
    profile = cProfile.Profile()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        profile.runcall(command)
    print(json.dumps(seconds(profile)), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
