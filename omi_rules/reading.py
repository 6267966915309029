"""Finding the records in files, folders and standard input: JSON, NDJSON (plain or compressed) and Parquet.

What a file holds is seen from its first bytes, not from its name. A record that cannot be used is an item with its
faults, never a gap.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import BufferedReader
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

STORE, UNFINISHED = "store.json", "unfinished"
"""What makes a folder a store of cases, and what says that it is not whole yet."""

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
    text: str = ""
    """A record that cannot be used, as it was written, where it is a line of a file."""


def files(paths: Iterable[str]) -> list[str]:
    """The files meant by some paths: folders stand for the files in them, by name.

    Raises:
        Refused: a path that is not there, or a folder without any file of cases.
    """
    found: list[str] = []
    faults = []
    for path in paths:
        if path != "-" and (Path(path) / UNFINISHED).is_file():
            hint = "run the same `omi-check ingest` or `import` again: it goes on where it stopped"
            faults.append(Fault(file=path, what="a store of cases that is not whole", hint=hint))
        elif path != "-" and (Path(path) / STORE).is_file():
            found += _parts(Path(path))
        elif path != "-" and (Path(path) / "log").is_dir() and any(Path(path).glob("cases/*.parquet")):
            hint = "take it from a copy, or make a new store; `cases` in it is a folder of Parquet files"
            faults.append(Fault(file=path, what=f"a store of cases without its {STORE}", hint=hint))
        elif path != "-" and Path(path).is_dir():
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
            split = next((file for file in inside if _PARTITION.search(f"/{Path(file).relative_to(path)}")), None)
            if split is not None:
                what = "Parquet whose folders hold a column, which is not in the files"
                hint = "write it without partitions; DuckDB, Spark and pandas read it and do"
                faults.append(Fault(file=split, what=what, hint=hint))
            found += inside
        else:
            found.append(path)
    twice = (name for name, times in Counter(found).items() if times > 1)
    faults += [Fault(file=name, what="named twice", hint="name it once") for name in twice]
    if faults:
        raise Refused(faults)
    return found


_PARTITION = re.compile(r"/[^/=]+=[^/]*/[^/]*\.parquet$", re.IGNORECASE)
"""A file of Parquet in a folder that is named for what a column says."""


def about(folder: Path) -> dict[str, Any]:
    """What a store says of itself. Raises `Refused` where that cannot be read."""
    file = folder / STORE
    with damage(str(file)):
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            if all(isinstance(told[key], kind) for key, kind in _TOLD) and all(
                isinstance(name, str) for source in told["sources"].values() for name in source["parts"]
            ):
                return dict(told)
        except (ValueError, TypeError, KeyError, AttributeError):
            pass
    hint = "make a new store, or take the file from a copy"
    raise Refused([Fault(file=str(file), what="damaged: it does not say what the store was made of", hint=hint)])


_TOLD = (("words", str), ("ruleset", dict), ("sources", dict))


def _parts(folder: Path) -> list[str]:
    """The files of a store of cases, in the order of its sources."""
    return [str(folder / "cases" / f"{name}.parquet") for name in parts_of(about(folder)["sources"])]


def parts_of(sources: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The parts of some sources of a store, each once, in the order of the sources."""
    return list(dict.fromkeys(name for source in sorted(sources) for name in sources[source]["parts"]))


def items(path: str, name: str, reader: Reader) -> Iterator[Item]:
    """The records of a file that holds a JSON document, one record or a list of them, or lines of records.

    Raises:
        Refused: the file itself cannot be read.
    """
    with damage(name), Path(path).open("rb") as raw:
        yield from _json(uncompressed(raw), name, reader)


@contextlib.contextmanager
def damage(name: str) -> Iterator[None]:
    """Say of a file that it cannot be read, and why. Raises `Refused`."""
    try:
        yield
    except OSError as error:
        what = "damaged" if error.errno is None else "cannot be read"  # pyarrow's own carry no number
        raise Refused([Fault(file=name, what=f"{what}: {_reason(error)}")]) from None
    except (pa.ArrowException, EOFError) as error:
        raise Refused([Fault(file=name, what=f"damaged: {_reason(error)}")]) from None


def is_parquet(stream: BufferedReader) -> bool:
    """Whether a file is Parquet, by its first bytes."""
    return stream.peek(4)[:4] == _PARQUET


def uncompressed(stream: BufferedReader) -> BufferedReader:
    """The stream itself, or what is in it where it is compressed, by its first bytes."""
    start = stream.peek(4)[:4]
    for magic, kind in _COMPRESSED.items():
        if start.startswith(magic):
            return BufferedReader(pa.CompressedInputStream(stream, kind))
    return stream


def _reason(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error).partition("\n")[0]
    return text[:1].lower() + text[1:]


def _json(stream: BinaryIO, name: str, reader: Reader) -> Iterator[Item]:
    before, first = b"", stream.readline(LARGEST + 1)
    while first and not first.strip() and len(before) < LARGEST:
        before, first = before + first, stream.readline(LARGEST + 1)
    if goes_on(name, first):
        yield from _document(before + first + stream.read(LARGEST + 1), name, reader)
        return
    line = before.count(b"\n")
    while first:
        line += 1
        if first.strip():
            yield checked(first, name, line, reader)
        first = stream.readline(LARGEST + 1)


def goes_on(name: str, first: bytes) -> bool:
    """Whether a file's first line is but the start of a document: a list, or an object that does not end on it."""
    if any(ending in Path(name).name.lower() for ending in (".ndjson", ".jsonl")):
        return False
    line = first.strip()
    return not line.startswith(b"{") or line == b"{" or line.endswith((b",", b"[", b":"))


def checked(raw: bytes, name: str, line: int, reader: Reader) -> Item:
    """The record on a line of a file."""
    place = f"{name}:{line}"
    try:
        text = decode(raw, name, line).rstrip("\r\n")
        record, warnings = reader.read(text, name, line)
    except Refused as refused:
        return Item(place, None, refused.faults, raw.decode("utf-8", "backslashreplace").rstrip("\r\n"))
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


def row(values: dict[str, Any], place: str, reader: Reader) -> Item:
    """The record in a row of a table."""
    text = json.dumps(spare(values), ensure_ascii=False, default=_as_json)
    try:
        record, warnings = reader.check(Document(place, text, json.loads(text)))
    except Refused as refused:
        return Item(place, None, refused.faults)
    return Item(place, record, tuple(warnings))


def spare(values: dict[str, Any]) -> dict[str, Any]:
    """A row without what is null: columns exist for every row, keys only where something is recorded."""
    made = {}
    for key, value in values.items():
        if isinstance(value, dict):
            value = spare(value)
            if not value:
                continue
        if isinstance(value, list):
            value = [spare(item) if isinstance(item, dict) else item for item in value]
        if isinstance(value, float) and (isnan(value) or value.is_integer()):  # whole numbers with gaps, to pandas
            value = None if isnan(value) else int(value)
        if value is not None:
            made[key] = value
    return made


def _as_json(value: object) -> str:
    return value.isoformat()[:10] if isinstance(value, date) else str(value)
