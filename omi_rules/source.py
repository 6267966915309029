"""Reading files, and JSON in them, so that every value keeps its place. YAML is read in `rule_text`."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from json.decoder import scanstring  # type: ignore[attr-defined]  # documented in the source, missing from typeshed
from pathlib import Path
from typing import Any

from omi_rules.errors import Fault, Refused, nearest, printable, written

Steps = tuple[str | int, ...]
"""A path inside a document: keys and list positions."""

KEY = -1
"""Last step of the path that leads to a key instead of its value."""

LARGEST = 16 * 2**20
"""Bytes a single document may have. A case record has some kilobytes; this keeps a wrong file from filling memory."""


@dataclass(frozen=True)
class Document:
    """A parsed file: its plain data, and where each value stands."""

    name: str
    text: str
    data: Any
    first_line: int = 1
    """The line at which `text` starts, for one line of a longer file."""
    places: Mapping[Steps, int] | None = field(default=None, repr=False)
    """Offset of each value in `text`; JSON finds them only when they are asked for."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with it already, though it could be read: to be told with what is found besides."""

    @cached_property
    def _offsets(self) -> Mapping[Steps, int]:
        return dict(_json_places(self.text)) if self.places is None else self.places

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line starts."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def part(self, path: Steps, data: Any) -> Document:
        """What stands at a path as a document of its own, in which every fault keeps its place in the file."""
        size = len(path)
        places = {steps[size:]: offset for steps, offset in self._offsets.items() if steps[:size] == path}
        return Document(self.name, self.text, data, self.first_line, places)

    def fault(self, path: Steps, what: str, hint: str = "") -> Fault:
        """A fault at a path, placed at the nearest value around it that stands in the file."""
        at = path
        while at and at not in self._offsets:
            at = at[:-1]
        offset = self._offsets.get(at, 0)
        line = bisect_right(self._starts, offset) - 1
        start, end = self._starts[line], self.text.find("\n", offset)
        return Fault(
            file=self.name,
            line=line + self.first_line,
            column=offset - start + 1,
            path=written(step for step in path if step != KEY),
            what=what,
            hint=hint,
            excerpt=self.text[start : end if end >= 0 else len(self.text)].rstrip("\r"),
        )


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        Refused: it cannot be read, is too large, or is not UTF-8.
    """
    name = str(path)
    try:
        if path.is_dir():
            raise Refused([Fault(file=name, what="a folder, where one file is wanted")])
        size = path.stat().st_size
        if size > LARGEST:
            raise Refused([_too_large(name, size)])
        with path.open("rb") as file:
            return decode(file.read(LARGEST + 1), name)
    except FileNotFoundError:
        raise Refused([Fault(file=name, what="no such file", hint=_neighbour(path))]) from None
    except OSError as error:
        raise Refused([Fault(file=name, what=f"cannot be read: {(error.strerror or str(error)).lower()}")]) from None
    except ValueError:  # a null character in the name
        raise Refused([Fault(file=name, what="not a file name")]) from None


def _neighbour(path: Path) -> str:
    """A hint that names the file of the same folder that may have been meant."""
    try:
        hint = nearest(path.name, [beside.name for beside in path.parent.iterdir()])
    except OSError:
        return f"there is no folder `{printable(str(path.parent))}` either"
    return hint if hint.startswith("did you mean") else ""


def decode(raw: bytes, name: str, first_line: int = 1) -> str:
    """UTF-8 text from bytes, which start at a line of the file; any other encoding is refused by name."""
    if len(raw) > LARGEST:
        raise Refused([_too_large(name, len(raw))])
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or (b"\x00" in raw[:4] and raw.strip(b"\x00")):
        what = "UTF-16 or UTF-32 text, where UTF-8 is wanted"
        raise Refused([Fault(file=name, what=what, hint="save the file as UTF-8")])
    if raw.startswith(b"\xef\xbb\xbf"):
        hint = "save the file as UTF-8 without BOM"
        raise Refused(
            [Fault(file=name, line=first_line, column=1, what="starts with a byte order mark (BOM)", hint=hint)]
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + first_line
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        what = f"not UTF-8 text: byte 0x{raw[error.start]:02x}"
        raise Refused([Fault(file=name, line=line, column=column, what=what, hint="save the file as UTF-8")]) from None


def _too_large(name: str, size: int) -> Fault:
    what = f"too large: {size / 2**20:.0f} MiB or more, where one document may have {LARGEST // 2**20} MiB"
    return Fault(file=name, what=what, hint="a case record has some kilobytes; `omi-check batch` takes many records")


# JSON


def read_json(text: str, name: str, first_line: int = 1) -> Document:
    """Parse one JSON document. Duplicate keys, NaN and infinity are in the `faults` of the document.

    Raises:
        Refused: a syntax error, or nesting too deep to be a record.
    """
    odd = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal odd
        made = dict(items)
        odd = odd or len(made) != len(items)
        return made

    def constant(_: str) -> None:
        nonlocal odd
        odd = True

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise Refused([Fault(file=name, what="the file is empty")]) from None
        at = Document(name, text, None, first_line, {(): error.pos})
        raise Refused([at.fault((), f"not valid JSON: {_said(error)}", _json_hint(error))]) from None
    except RecursionError:
        raise Refused([Fault(name, first_line, what="nested too deeply to be a case record")]) from None
    except ValueError:  # an integer of thousands of digits
        found = _LONG.search(text)
        at = Document(name, text, None, first_line, {(): found.start() if found else 0})
        raise Refused([at.fault((), "a number too long to read")]) from None
    read = Document(name, text, data, first_line)
    return replace(read, faults=tuple(_oddities(read))) if odd else read


def _oddities(document: Document) -> Iterator[Fault]:
    """Keys that stand twice in one object, and numbers that are none."""
    text, seen = document.text, set()
    for path, offset in _json_places(text):
        where = replace(document, places={path: offset})
        if path in seen:
            yield where.fault(path, "the same key twice", "keep one of the two")
        seen.add(path)
        if found := _NOT_A_NUMBER.match(text, offset):
            yield where.fault(path, f"{found[0]} is not a JSON value", "use null for what is not recorded")


_LONG = re.compile(r"[0-9]{4301}")
_NOT_A_NUMBER = re.compile(r"NaN|-?Infinity")

_SAID = {
    "Expecting value": "a value is wanted here",
    "Expecting property name enclosed in double quotes": "a key in double quotes is wanted here",
    "Illegal trailing comma before end of object": "a comma with nothing after it",
    "Illegal trailing comma before end of array": "a comma with nothing after it",
    "Expecting ':' delimiter": "a colon is wanted here, between a key and its value",
    "Expecting ',' delimiter": "a comma or a closing bracket is wanted here",
    "Unterminated string starting at": "a text whose closing quotation mark is missing",
    "Invalid control character at": "a line break, tab or control character inside a text",
    "Invalid \\escape": "a backslash with a wrong letter after it",
    "Invalid \\uXXXX escape": "a backslash and u want four digits after them",
    "Extra data": "something follows the end of the record",
}


def _said(error: json.JSONDecodeError) -> str:
    """What Python's reader found, in our words."""
    return next((said for theirs, said in _SAID.items() if error.msg.startswith(theirs)), "it cannot be read from here")


def _json_hint(error: json.JSONDecodeError) -> str:
    before, rest = error.doc[: error.pos].rstrip(), error.doc[error.pos :]
    if not rest.strip() or (error.msg.startswith("Unterminated") and "\n" not in rest.rstrip()):
        return "the file ends too early: is it cut off?"
    if error.msg.startswith("Extra data"):
        return "for one record per line (NDJSON) use `omi-check batch`"
    if error.msg.startswith("Invalid \\escape"):
        return "write two backslashes for one"
    for start, hint in _STARTS.items():
        if rest.startswith(start):
            return hint
    return "take the comma before it away" if before.endswith(",") and rest[0] in "]}" else ""


_STARTS = {
    "'": "JSON wants double quotes",
    "\u201c": "JSON wants straight double quotes",
    "//": "JSON has no comments",
    "/*": "JSON has no comments",
    "#": "JSON has no comments",
    "None": "write null",
    "True": "write true",
    "False": "write false",
}

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^,\]}\s]+")


def _json_places(text: str) -> Iterator[tuple[Steps, int]]:
    """Path and offset of every value of valid JSON text, in order; a duplicate key comes twice."""

    def skip(at: int) -> int:
        found = _SPACE.match(text, at)
        return found.end() if found else at

    at = skip(0)
    path: Steps = ()
    inside: list[tuple[Steps, int]] = []  # the objects (position -1) and lists that are open
    while True:
        yield path, at
        opening = text[at]
        if opening in "{[":
            inside.append((path, -1 if opening == "{" else 0))
            at = skip(at + 1)
        elif opening == '"':
            at = skip(scanstring(text, at + 1, True)[1])
        else:
            found = _SCALAR.match(text, at)
            at = skip(found.end() if found else at + 1)
        while inside and text[at] in "}]":
            inside.pop()
            at = skip(at + 1)
        if not inside:
            return
        if text[at] == ",":
            at = skip(at + 1)
        around, position = inside[-1]
        if position < 0:
            key, at = scanstring(text, at + 1, True)
            path, at = (*around, key), skip(skip(at) + 1)
        else:
            inside[-1] = (around, position + 1)
            path = (*around, position)
