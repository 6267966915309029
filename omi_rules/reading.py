"""Finding the records in files, folders and standard input: JSON, NDJSON (plain or compressed) and Parquet.

What a file holds is seen from its first bytes, not from its name. A record that cannot be used is an item with its
faults, never a gap.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from math import isnan
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from omi_rules.errors import Fault, Refused
from omi_rules.records import Reader, Record
from omi_rules.source import LARGEST, Document, decode, read_json

ENDINGS = (
    ".json",
    ".ndjson",
    ".jsonl",
    ".parquet",
    ".ndjson.gz",
    ".jsonl.gz",
    ".json.gz",
    ".ndjson.zst",
    ".jsonl.zst",
    ".json.zst",
)
"""The files that are taken from a folder."""

_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_PARQUET = b"PAR1"


@dataclass(frozen=True)
class Item:
    """One record of an input, or why there is none."""

    place: str
    """The file, and the line or row in it."""
    record: Record | None
    faults: tuple[Fault, ...]
    """Warnings about the record, or what is wrong with it."""


def files(paths: Iterable[str]) -> list[str]:
    """The files meant by some paths: folders stand for the files in them, by name.

    Raises:
        Refused: a path that is not there, or a folder without any file of cases.
    """
    found: list[str] = []
    faults = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            inside = sorted(
                str(file) for file in Path(path).rglob("*") if file.is_file() and file.name.lower().endswith(ENDINGS)
            )
            if not inside:
                faults.append(
                    Fault(
                        file=path,
                        what="a folder without files of cases",
                        hint=f"they end in {', '.join(ENDINGS[:4])}",
                    )
                )
            found += inside
        else:
            found.append(path)
    if faults:
        raise Refused(faults)
    return found


def items(path: str, reader: Reader) -> Iterator[Item]:
    """The records of one file, in order.

    Raises:
        Refused: the file itself cannot be read.
    """
    name = "standard input" if path == "-" else path
    try:
        with _open(path) as raw:
            stream = io.BufferedReader(raw) if not isinstance(raw, io.BufferedReader) else raw
            start = stream.peek(4)[:4]
            if start == _PARQUET:
                yield from _parquet(stream, name, reader)
                return
            for magic, kind in _COMPRESSED.items():
                if start.startswith(magic):
                    stream = io.BufferedReader(pa.CompressedInputStream(stream, kind))
            lines_sure = any(ending in Path(name).name.lower() for ending in (".ndjson", ".jsonl"))
            yield from _json(stream, name, reader, lines_sure=lines_sure)
    except OSError as error:
        what = "damaged" if error.errno is None else "cannot be read"  # pyarrow's own carry no number
        raise Refused([Fault(file=name, what=f"{what}: {_reason(error)}")]) from None
    except (pa.ArrowException, EOFError) as error:
        raise Refused([Fault(file=name, what=f"damaged: {_reason(error)}")]) from None


def _open(path: str) -> Any:
    return sys.stdin.buffer if path == "-" else Path(path).open("rb")


def _reason(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error).partition("\n")[0]
    return text[:1].lower() + text[1:]


def _json(stream: BinaryIO, name: str, reader: Reader, *, lines_sure: bool) -> Iterator[Item]:
    before, first = b"", stream.readline(LARGEST + 1)
    while first and not first.strip() and len(before) < LARGEST:
        before, first = before + first, stream.readline(LARGEST + 1)
    if not lines_sure and _goes_on(first):
        yield from _document(before + first + stream.read(LARGEST + 1), name, reader)
        return
    line = before.count(b"\n")
    while first:
        line += 1
        if first.strip():
            yield _checked(first, name, line, reader)
        first = stream.readline(LARGEST + 1)


def _goes_on(first: bytes) -> bool:
    """Whether the first line of a file is but the start of a document: a list, or an object that does not end on it."""
    line = first.strip()
    return not line.startswith(b"{") or line == b"{" or line.endswith((b",", b"[", b":"))


def _checked(raw: bytes, name: str, line: int, reader: Reader) -> Item:
    place = f"{name}:{line}"
    try:
        text = decode(raw, name, line).rstrip("\r\n")
        record, warnings = reader.read(text, name, line)
    except Refused as refused:
        return Item(place, None, refused.faults)
    return Item(place, record, tuple(warnings))


def _document(raw: bytes, name: str, reader: Reader) -> Iterator[Item]:
    """A whole JSON document: one record, or a list of them."""
    try:
        text = decode(raw, name)
        document = read_json(text, name)
        parts = _elements(text) if isinstance(document.data, list) else [(text, 1)]
    except Refused as refused:
        yield Item(name, None, refused.faults)
        return
    for part, line in parts:
        place = name if part is text else f"{name}:{line}"
        try:
            record, warnings = reader.read(part, name, line)
        except Refused as refused:
            yield Item(place, None, refused.faults)
        else:
            yield Item(place, record, tuple(warnings))


def _elements(text: str) -> list[tuple[str, int]]:
    """The text of each element of a JSON array, and the line it starts on."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    found: list[tuple[str, int]] = []
    while True:
        while text[at] in " \t\r\n,":
            at += 1
        if text[at] == "]":
            return found
        _, end = decoder.raw_decode(text, at)
        found.append((text[at:end], text.count("\n", 0, at) + 1))
        at = end


def _parquet(stream: BinaryIO, name: str, reader: Reader) -> Iterator[Item]:
    import pyarrow.parquet as pq

    row, file = 0, pq.ParquetFile(io.BytesIO(stream.read()))
    groups = range(file.num_row_groups)  # one at a time: pyarrow cannot join dictionaries inside structs over groups
    for batch in (batch for group in groups for batch in file.iter_batches(row_groups=[group])):
        for values in batch.to_pylist():
            row += 1
            place = f"{name}: row {row}"
            text = json.dumps(_spare(values), ensure_ascii=False, default=_as_json)
            try:
                record, warnings = reader.check(Document(place, text, json.loads(text)))
            except Refused as refused:
                yield Item(place, None, refused.faults)
            else:
                yield Item(place, record, tuple(warnings))


def _spare(values: dict[str, Any]) -> dict[str, Any]:
    """A row without what is null: columns exist for every row, keys only where something is recorded."""
    made = {}
    for key, value in values.items():
        if isinstance(value, dict):
            value = _spare(value)
            if not value:
                continue
        if isinstance(value, list):
            value = [_spare(item) if isinstance(item, dict) else item for item in value]
        if isinstance(value, float) and (isnan(value) or value.is_integer()):  # whole numbers with gaps, to pandas
            value = None if isnan(value) else int(value)
        if value is not None:
            made[key] = value
    return made


def _as_json(value: object) -> str:
    return value.isoformat()[:10] if isinstance(value, date) else str(value)
