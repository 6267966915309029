"""The ways that are measured: a command each, and where its findings are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.one_by_one import RULE_ENGINES


@dataclass(frozen=True)
class Inputs:
    """The same cases in two forms, and the first few of them for ways that take long."""

    ndjson: Path
    store: Path
    few: Path


@dataclass(frozen=True)
class Way:
    """A way to judge or read the cases."""

    name: str
    group: str
    """`ours`, `other` or `floor`."""
    command: Callable[[Inputs, Path, int], list[str]]
    """Made of the inputs, a folder for what is written, and the number of processes."""
    findings: str = ""
    """The files of findings in that folder; empty for a way that judges nothing."""
    few: bool = False
    """Whether it is measured on the first few cases."""
    own_time: bool = False
    """Whether the time that it tells counts, which leaves out the start, instead of that of the whole process."""
    cores: tuple[int, ...] = (1, 2)
    needs_store: bool = False


def _python(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", module, *map(str, arguments)]


def _program(*arguments: object) -> list[str]:
    return [str(Path(sys.executable).with_name("omi-check")), *map(str, arguments)]


def batch(source: Path, to: Path, *, wide: bool = False) -> list[str]:
    """Our command, from cases to scores and findings: a row each, or a row a case."""
    findings, scores = to / "findings.parquet", to / "scores.json"
    wanted = ["--findings", findings, "--format", "json", "--output", scores, "--quiet"]
    return _program("batch", source, *wanted, *["--wide"] * wide)


def ingest(source: Path, store: Path) -> list[str]:
    """Our command that makes a store."""
    return _program("ingest", source, "--to", store, "--quiet")


def report(folder: Path, to: Path) -> list[str]:
    """Our command that reports on an inspection."""
    return _program("report", folder, "--format", to.suffix[1:], "--output", to, "--quiet")


def _one_by_one(name: str, *, few: bool) -> Callable[[Inputs, Path, int], list[str]]:
    def command(inputs: Inputs, to: Path, cores: int) -> list[str]:
        source = inputs.few if few else inputs.ndjson
        return _python("benchmarks.one_by_one", name, source, to, "--processes", cores)

    return command


def _duckdb(source: Callable[[Inputs], Path]) -> Callable[[Inputs, Path, int], list[str]]:
    return lambda inputs, to, _: _python("benchmarks.engines.duckdb_sql", source(inputs), to / "findings.parquet")


def _floor(name: str, source: Callable[[Inputs], Path]) -> Callable[[Inputs, Path, int], list[str]]:
    return lambda inputs, _, __: _python("benchmarks.floors", name, source(inputs))


def _ndjson(inputs: Inputs) -> Path:
    return inputs.ndjson


def _store(inputs: Inputs) -> Path:
    return inputs.store


OURS, OURS_STORE, OURS_ONE = "ours, NDJSON", "ours, store", "ours, one case at a time"
WIDE, WIDE_STORE = "ours, NDJSON, a row a case", "ours, store, a row a case"
HAND, DUCKDB, DUCKDB_STORE = "hand-written Python", "DuckDB, NDJSON", "DuckDB, store"
READER, STORE_READER = "our reader, NDJSON", "our reader, store"


def _ours(name: str, source: Callable[[Inputs], Path], *, wide: bool = False) -> Way:
    return Way(
        name,
        "ours",
        lambda inputs, to, _: batch(source(inputs), to, wide=wide),
        "findings.parquet",
        needs_store=source is _store,
    )


WAYS = [
    _ours(OURS, _ndjson),
    _ours(OURS_STORE, _store),
    _ours(WIDE, _ndjson, wide=True),
    _ours(WIDE_STORE, _store, wide=True),
    Way(OURS_ONE, "ours", _one_by_one("ours", few=True), "part-*.parquet", few=True, own_time=True),
    Way(HAND, "other", _one_by_one("hand-written", few=False), "part-*.parquet"),
    Way(DUCKDB, "other", _duckdb(_ndjson), "findings.parquet"),
    Way(DUCKDB_STORE, "other", _duckdb(_store), "findings.parquet", needs_store=True),
    *(
        Way(name, "other", _one_by_one(name, few=True), "part-*.parquet", few=True, own_time=True)
        for name in RULE_ENGINES
    ),
    Way(READER, "floor", _floor("ours", _ndjson)),
    Way(STORE_READER, "floor", _floor("ours", _store), needs_store=True),
    Way("pyarrow.json", "floor", _floor("pyarrow.json", _ndjson), own_time=True),
    Way("pyarrow.parquet", "floor", _floor("pyarrow.parquet", _store), own_time=True, needs_store=True),
    Way("orjson", "floor", _floor("orjson", _ndjson), own_time=True, cores=(1,)),
    Way("bytes alone", "floor", _floor("bytes", _ndjson), own_time=True, cores=(1,)),
]
