"""One case from a cold start, against what Python needs to import the libraries alone: whole processes, in turn.

    python benchmarks/cold_start.py

Prints medians of nine, and the ratios; compiled rules and bytecode are there, as after the first run. The aim: one case
in at most twice the imports; 150 cases, scored and shown, in at most three times one case.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMANDS = {
    "imports alone": ["-c", "import pydantic, typer, rich, numpy, pyarrow"],
    "one case": ["-m", "omi_rules.cli", "fixtures/cases/06-high-later-visit-attempted.json"],
    "150 cases": ["-m", "omi_rules.cli", "batch", "fixtures/greater-manchester-2006/cases.ndjson"],
}
ROUNDS = 9


def seconds(arguments: list[str]) -> float:
    """Wall time of one process, its output thrown away."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Run all commands in turn and print the medians."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", "omi_rules"], cwd=ROOT, check=True)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for round_ in range(ROUNDS + 1):
        for name, arguments in COMMANDS.items():
            took = seconds(arguments)
            if round_:  # the first is a warm-up
                taken[name].append(took)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; median, least and most of {ROUNDS}, in turn")
    for name, times in taken.items():
        print(f"{name:14} {statistics.median(times):6.3f} s  ({min(times):.3f} to {max(times):.3f})")
    middle = {name: statistics.median(times) for name, times in taken.items()}
    print(f"one case / imports alone: {middle['one case'] / middle['imports alone']:.2f}")
    print(f"150 cases / one case: {middle['150 cases'] / middle['one case']:.2f}")


if __name__ == "__main__":
    main()
