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
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from omi_rules.errors import Fault, Refused, show
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
                        file=show(path),
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
            yield from _json(stream, name, reader, lines_sure=".ndjson" in name or ".jsonl" in name)
    except OSError as error:
        raise Refused([Fault(file=show(name), what=f"cannot be read: {_reason(error)}")]) from None
    except (pa.ArrowException, EOFError) as error:
        raise Refused([Fault(file=show(name), what=f"damaged: {_reason(error)}")]) from None


def _open(path: str) -> Any:
    return sys.stdin.buffer if path == "-" else Path(path).open("rb")


def _reason(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error).partition("\n")[0]
    return text[:1].lower() + text[1:]


def _json(stream: BinaryIO, name: str, reader: Reader, *, lines_sure: bool) -> Iterator[Item]:
    first = stream.readline(LARGEST + 1)
    whole = not lines_sure and (first.strip() in (b"{", b"") or first.lstrip().startswith(b"["))
    if whole:
        yield from _document(first + stream.read(LARGEST + 1), name, reader)
        return
    line = 0
    while first:
        line += 1
        if first.strip():
            yield _checked(first, name, line, reader)
        first = stream.readline(LARGEST + 1)


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

    row = 0
    for batch in pq.ParquetFile(io.BytesIO(stream.read())).iter_batches():
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
        if value is not None:
            made[key] = value
    return made


def _as_json(value: object) -> str:
    return value.isoformat()[:10] if isinstance(value, date) else str(value)
