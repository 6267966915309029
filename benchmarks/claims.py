"""What the program is to show beside the other ways, and whether it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.ways import DUCKDB_STORE, HAND, OURS, OURS_STORE, READER, WIDE, WIDE_STORE

GIB = 2**30


@dataclass(frozen=True)
class Claim:
    """Something to be shown."""

    what: str
    wanted: str
    found: str
    met: bool | None
    """None where it was not measured."""


def claims(results: Mapping[str, Any]) -> list[Claim]:
    """Every claim, from the results of a run."""
    rates = {name: way["cases_a_second"]["2"] for name, way in results["ways"].items() if "2" in way["cases_a_second"]}

    def times(what: str, mine: str, other: str, wanted: float, *, more: bool = False) -> Claim:
        bound = f"more than {wanted:g} times" if more else f"at least {wanted:g} times"
        if mine not in rates or other not in rates:
            return Claim(what, bound, "not measured", None)
        ratio = rates[mine] / rates[other]
        return Claim(what, bound, f"{ratio:.2f} times", ratio > wanted if more else ratio >= wanted)

    found = []
    for name, mine in (("NDJSON", OURS), ("NDJSON, a row a case", WIDE)):
        found.append(times(f"{name}, against durable-rules used the plain way", mine, "durable-rules", 100))
        found.append(times(f"{name}, against zen-engine", mine, "zen-engine", 6))
        found.append(times(f"{name}, against the hand-written Python checker", mine, HAND, 1.2))
        if mine in rates and READER in rates:
            longer = rates[READER] / rates[mine]
            against = f"{name}, against its reader alone"
            found.append(Claim(against, "at most 1.5 times as long", f"{longer:.2f} times", longer <= 1.5))
    found.append(times("store, against NDJSON", OURS_STORE, OURS, 4))
    found.append(times("store, against NDJSON, a row a case", WIDE_STORE, WIDE, 4))
    large = {name: _largest(sizes) for name, sizes in results["sizes"].items() if sizes}
    for mine, other, wanted in (
        (OURS, "durable-rules", 100),
        (WIDE, "durable-rules", 100),
        (OURS_STORE, OURS, 4),
        (WIDE_STORE, WIDE, 4),
    ):
        if mine in large and (other in large or other in rates):
            cases, rate = large[mine]
            ratio = rate / (large[other][1] if other in large else rates[other])
            what = f"{mine}: {cases:,} cases, against {other}"
            found.append(Claim(what, f"at least {wanted} times", f"{ratio:.2f} times", ratio >= wanted))
    found.append(times("store, against the DuckDB query on the same store", OURS_STORE, DUCKDB_STORE, 1, more=True))
    for name in (OURS, OURS_STORE, WIDE, WIDE_STORE):
        found += _growth(name, results["sizes"].get(name, {}))
    same = results["scores_identical"]
    found.append(
        Claim("scores from NDJSON and store, on one core and two", "the same bytes", "so" if same else "not so", same)
    )
    untold = ", ".join(results["untold"]) or "none differs"
    found.append(Claim("findings of all ways", "identical", untold, not results["untold"]))
    return found


def _largest(sizes: Mapping[str, Any]) -> tuple[int, float]:
    """The largest caseload and how many cases a second were judged of it."""
    large = max(sizes, key=int)
    return int(large), int(large) / sizes[large]["seconds"]


def _growth(name: str, sizes: Mapping[str, Any]) -> list[Claim]:
    """Memory and time of the largest caseload against one a tenth of it."""
    if not sizes:
        return []
    large = max(sizes, key=int)
    small = str(int(large) // 10)
    if small not in sizes:
        return []
    memory = sizes[large]["peak_bytes"] / sizes[small]["peak_bytes"]
    gib = sizes[large]["peak_bytes"] / GIB
    time = sizes[large]["seconds"] / sizes[small]["seconds"] / 10
    of = f"{name}: {int(large):,} cases against {int(small):,}"
    return [
        Claim(f"{of}, peak memory", "at most 1.3 times", f"{memory:.2f} times", memory <= 1.3),
        Claim(f"{name}: peak memory at {int(large):,} cases", "under 2 GiB", f"{gib:.2f} GiB", gib < 2),
        Claim(f"{of}, time", "at most 11.5 times", f"{10 * time:.1f} times", time <= 1.15),
    ]
