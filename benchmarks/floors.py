"""What reading alone takes, without a question judged: the least any way of judging can take that reads like this.

    python -m benchmarks.floors bytes|orjson|pyarrow.json|pyarrow.parquet|ours PATH

Uses as many cores as it may, but for the first two. Prints, as JSON, how many cases were read and the seconds it took,
without starting Python.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq

from benchmarks.one_by_one import shipped
from omi_rules.batches import BatchReader
from omi_rules.pieces import Input, Piece, pieces
from omi_rules.ruleset import Ruleset
from omi_rules.workers import cores, each

BLOCK = 8 << 20
"""Bytes read at a time."""


def bytes_alone(path: Path) -> int:
    """Every byte, and nothing done with it; as many cases as there are line ends."""
    count = 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            count += block.count(b"\n")
    return count


def decoded(path: Path) -> int:
    """Python objects of every record, dropped at once."""
    with path.open("rb") as file:
        return sum(1 for line in file if orjson.loads(line))


def arrow_blocks(path: Path) -> int:
    """Arrow columns of every record, block by block, of types known beforehand."""
    reading = pyarrow.json.ReadOptions(block_size=BLOCK)
    parsing = pyarrow.json.ParseOptions(explicit_schema=json_schema(shipped()), unexpected_field_behavior="error")
    return sum(batch.num_rows for batch in pyarrow.json.open_json(path, reading, parsing))


def parquet(path: Path) -> int:
    """Arrow columns of every record of a store, row group by row group."""
    count = 0
    for name in sorted(path.rglob("*.parquet")):
        file = pq.ParquetFile(name)
        for group in range(file.num_row_groups):
            count += file.read_row_group(group).num_rows
    return count


def ours(path: Path) -> int:
    """Our own reader: every record checked and in Arrow columns, from NDJSON or a store."""
    names = sorted(map(str, path.rglob("*.parquet"))) if path.is_dir() else [str(path)]
    found = pieces([Input(name, name) for name in names])
    return sum(each(found, _Counting, shipped(), jobs=cores()))


class _Counting:
    def __init__(self, ruleset: Ruleset) -> None:
        self._reader = BatchReader(ruleset)

    def __call__(self, piece: Piece) -> int:
        return int(self._reader.read(piece).table.num_rows)


FLOORS: dict[str, Callable[[Path], int]] = {
    "bytes": bytes_alone,
    "orjson": decoded,
    "pyarrow.json": arrow_blocks,
    "pyarrow.parquet": parquet,
    "ours": ours,
}


def json_schema(ruleset: Ruleset) -> pa.Schema:
    """A record as pyarrow reads it from JSON; it knows neither dictionaries nor days there."""
    words = ruleset.vocabulary
    kinds: dict[str, Any] = {
        "integer": pa.int64(),
        "yes_no": pa.bool_(),
        "set": pa.list_(pa.string()),
        "date": pa.timestamp("s"),
    }
    groups: dict[str, list[tuple[str, Any]]] = {"": []}
    for path, word in words.fields.items():
        group, _, name = path.rpartition(".")
        groups.setdefault(group, []).append((name, kinds.get(word.type, pa.string())))
    for path, word in words.histories.items():
        group, _, name = path.rpartition(".")
        entry = pa.struct([("level", kinds.get(word.type, pa.string())), ("from", kinds["date"])])
        groups.setdefault(group, []).append((name, pa.list_(entry)))
    groups["flags"] = [(name, pa.bool_()) for name in words.flags]
    groups["answers"] = [(name, pa.string()) for name in ruleset.questions]
    attributes = [(name, kinds.get(kind, pa.string())) for name, kind in words.attribute_types.items()]
    event = pa.struct([("type", pa.string()), ("on", kinds["date"]), *attributes])
    fields = [*groups.pop(""), ("events", pa.list_(event))]
    return pa.schema(fields + [(name, pa.struct(inner)) for name, inner in groups.items()])


def main() -> None:
    """Read as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("floor", choices=FLOORS)
    parser.add_argument("path", type=Path)
    asked = parser.parse_args()
    began = time.perf_counter()
    cases = FLOORS[asked.floor](asked.path)
    print(json.dumps({"cases": cases, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
