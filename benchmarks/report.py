"""The results of a run, for programs and for people."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from benchmarks.bench import SEED, Bench
from benchmarks.claims import claims
from benchmarks.machine import machine, versions
from benchmarks.measure import Ran
from benchmarks.ways import OURS, OURS_STORE, WAYS

STAGES = {
    "reading": ("pieces", "batches", "columns", "reading", "records", "record_schema", "source", "vocabulary"),
    "facts": ("facts/", "calendar"),
    "judging": ("findings", "engine/", "conditions", "meaning", "judging"),
    "writing findings": ("reports/findings_file", "reports/row_groups", "output"),
    "counting and scoring": ("scoring/", "reports/", "commands/", "sampling/", "workers"),
    "starting": ("imports", "cli", "shelf", "loading", "ruleset", "rules", "the rest"),
}
"""The rooms of each stage; the first that fits."""


EXPLAINED = (
    "*ours*: how many times the rate of our command on the same form of the cases (NDJSON, or the store). Ours reads, "
    "checks, judges, scores, and writes eleven columns of findings. The others check nothing, score nothing, and "
    "write case, question, outcome and reason. For ours, our readers, the hand-written checker and DuckDB the whole "
    "process counts; for the rule engines, one case at a time, pyarrow, orjson and bytes alone only the time after the "
    "start and the loading of rules. "
    "The rule engines get facts that the hand-written checker has worked out, and the time for that counts. *Readers*, "
    "*orjson* and the like judge nothing. Where pandas is installed Arrow loads it, which takes a third of a second of "
    "each process of ours."
)
ENOUGH = 50_000
TOO_FEW = (
    "**On so few cases most of the time goes into starting processes. This run shows that everything works and agrees; "
    "its ratios say nothing.**"
)


def results(bench: Bench, command: str) -> dict[str, Any]:
    """Everything that was measured, and under what circumstances."""
    made: dict[str, Any] = {
        "date": str(date.today()),
        "command": command,
        "machine": machine(),
        "versions": versions(),
        "cases": bench.plan.cases,
        "rounds": bench.plan.rounds,
        "seed": SEED,
        "ways": {name: _way(runs, bench.cases[name]) for name, runs in bench.ways.items()},
        "untold": bench.untold,
        "scores_identical": len(set(bench.scores.values())) == 1,
        "sizes": {name: {str(size): _median(runs) for size, runs in by.items()} for name, by in bench.sizes.items()},
        "reports": {
            str(size): {form: {**_median([ran]), "bytes": written} for form, (ran, written) in by.items()}
            for size, by in bench.reports.items()
        },
        "profile_seconds": bench.profiles,
    }
    made["claims"] = [vars(claim) for claim in claims(made)]
    return made


def _way(runs: Mapping[int, list[Ran]], cases: int) -> dict[str, Any]:
    medians = {str(cores): _median(found) for cores, found in runs.items()}
    rates = {cores: cases / found["seconds"] for cores, found in medians.items()}
    return {"cases": cases, "cases_a_second": rates, "runs": medians}


def _median(runs: list[Ran]) -> dict[str, Any]:
    """The medians of some runs, and the seconds of each."""
    return {
        "seconds": statistics.median(ran.seconds for ran in runs),
        "peak_bytes": statistics.median(ran.peak_bytes for ran in runs),
        "each": [round(ran.seconds, 4) for ran in runs],
    }


def markdown(found: Mapping[str, Any]) -> str:
    """The results as a page."""
    about = found["machine"]
    words = [
        "# Cases a second, beside other ways",
        f"Measured on {found['date']} with `{found['command']}`: {about['processor']}, {about['cores']} cores, "
        f"{about['memory']}, {about['system']}, {about['python']}; "
        + ", ".join(f"{name} {number}" for name, number in found["versions"].items())
        + f". {found['cases']:,} invented cases (seed {found['seed']}), "
        + ("one round." if found["rounds"] == 1 else f"medians of {found['rounds']} rounds in turn."),
        *([TOO_FEW] if found["cases"] < ENOUGH else []),
        "## What is to be shown",
        _table(("", "wanted", "found", ""), (_claim(claim) for claim in found["claims"])),
        "Ratios are of two cores against two cores; of a way that works in one process, two share the cases.",
        "## Cases a second",
        _table(
            ("", "cases", "one core", "two cores", "ours, one core", "ours, two cores", "peak memory, two cores"),
            _rates(found["ways"]),
        ),
        EXPLAINED,
        *_untold(found["untold"]),
    ]
    if found["sizes"]:
        words += [
            "## Caseloads of several sizes, on two cores",
            _table(("", "cases", "seconds", "cases a second", "peak memory"), _sizes(found["sizes"])),
        ]
    if found["reports"]:
        words += [
            "## The report of an inspection, on two cores",
            _table(("cases", "format", "seconds", "size", "peak memory"), _reports(found["reports"])),
        ]
    if found["profile_seconds"]:
        words += [
            "## Where the time goes",
            "On one core, in one process, by a profiler, which makes Python slower and libraries not: read the shares.",
            _table(("stage", *found["profile_seconds"]), _stages(found["profile_seconds"])),
        ]
    return "\n\n".join(words) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---", *["--:"] * (len(names) - 1)], *map(list, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _claim(claim: Mapping[str, Any]) -> tuple[str, ...]:
    met = {True: "met", False: "**not met**", None: "not measured"}[claim["met"]]
    return claim["what"], claim["wanted"], claim["found"], met


def _rates(ways: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    for way in WAYS:
        if way.name in ways:
            told = ways[way.name]
            rates = told["cases_a_second"]
            ours = ways.get(OURS_STORE if way.needs_store else OURS, {}).get("cases_a_second", {})
            both = [f"{ours[c] / rates[c]:,.2f}" if c in rates and c in ours else "" for c in ("1", "2")]
            memory = told["runs"].get("2", told["runs"]["1"])["peak_bytes"]
            shown = [f"{rates[cores]:,.0f}" if cores in rates else "" for cores in ("1", "2")]
            yield way.name, f"{told['cases']:,}", *shown, *both, f"{memory / 2**20:,.0f} MiB"


def _untold(untold: Mapping[str, list[str]]) -> list[str]:
    """What was not measured, and why."""
    return [f"**{name}**: no time. " + "; ".join(reasons) for name, reasons in untold.items()]


def _sizes(sizes: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    for name, by_size in sizes.items():
        for size, told in by_size.items():
            seconds = told["seconds"]
            rate = f"{int(size) / seconds:,.0f}"
            yield name, f"{int(size):,}", f"{seconds:.2f}", rate, f"{told['peak_bytes'] / 2**20:,.0f} MiB"


def _reports(reports: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    for size, forms in reports.items():
        for form, told in forms.items():
            written, peak = f"{told['bytes'] / 2**20:.2f} MiB", f"{told['peak_bytes'] / 2**20:,.0f} MiB"
            yield f"{int(size):,}", form, f"{told['seconds']:.1f}", written, peak


def _stages(profiles: Mapping[str, Mapping[str, float]]) -> Iterable[tuple[str, ...]]:
    totals = {name: sum(rooms.values()) for name, rooms in profiles.items()}
    for stage in STAGES:
        cells = []
        for name, rooms in profiles.items():
            spent = sum(seconds for room, seconds in rooms.items() if _stage(room) == stage)
            cells.append(f"{spent:.2f} of {totals[name]:.2f} s ({100 * spent / totals[name]:.0f}%)")
        yield stage, *cells


def _stage(room: str) -> str:
    found = (stage for stage, rooms in STAGES.items() if any(room.startswith(start) for start in rooms))
    return next(found, "starting")
