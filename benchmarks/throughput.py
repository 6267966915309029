"""How many cases a second: this program beside other ways, in one run, on one machine, on the same cases.

    python -m benchmarks.throughput                       everything; about an hour
    python -m benchmarks.throughput --quick               a minute or two on few cases: does it work, not how fast is it
    python -m benchmarks.throughput --only store --no-curve

Every way judges all scored questions. Its findings are compared with ours first, and no time is told for a way that
differs. Then all ways run in turn, round after round, and the medians count. `results.json` and `results.md` tell.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from pathlib import Path

from benchmarks.bench import Bench, Plan
from benchmarks.machine import versions
from benchmarks.report import markdown, results

HERE = Path(__file__).parent
CASELOAD = 240_000
"""About as many as are open in England and Wales."""
CURVE = (1_000, 10_000, 100_000, 1_000_000)
QUICK = Plan(cases=1_000, few=100, rounds=1, curve=(100, 1_000))


def main() -> None:
    """Measure as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASELOAD, help="how many cases the ways are compared on")
    parser.add_argument("--few", type=int, default=2_000, help="how many of them for the ways that take long")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=(), metavar="PART", help="ways with this in their names")
    parser.add_argument(
        "--no-curve", action="store_true", help="leave out the caseloads of several sizes and the profile"
    )
    parser.add_argument("--largest", type=int, default=CURVE[-1], help="the largest of these caseloads")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--results", type=Path, default=HERE, help="the folder for results.json and results.md")
    parser.add_argument("--work", type=Path, help="where to keep cases and stores for the time being")
    asked = parser.parse_args()
    curve = () if asked.no_curve else tuple(size for size in CURVE if size <= asked.largest)
    plan = Plan(asked.cases, asked.few, asked.rounds, curve, tuple(asked.only))
    if asked.quick:
        plan = Plan(QUICK.cases, QUICK.few, QUICK.rounds, () if asked.no_curve else QUICK.curve, plan.only)
    versions()  # a package that is not installed is told before the hour, not after it
    if asked.work:
        asked.work.mkdir(exist_ok=True, parents=True)
    with tempfile.TemporaryDirectory(dir=asked.work) as folder:
        bench = Bench(plan, Path(folder))
        bench.go()
    found = results(bench, shlex.join(["python", "-m", "benchmarks.throughput", *sys.argv[1:]]))
    page = markdown(found)
    asked.results.mkdir(exist_ok=True, parents=True)
    (asked.results / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    (asked.results / "results.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
