"""Reading YAML and JSON so that every value keeps its place in the file.

YAML is read by the rules of YAML 1.2: only ``true`` and ``false`` are booleans, so that a key ``on`` stays a
key, and dates stay text. Duplicate keys, tags and aliases are refused in both formats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from json.decoder import scanstring  # type: ignore[attr-defined]  # documented in the source, missing from typeshed
from pathlib import Path
from typing import Any

from omi_rules.errors import Fault, Refused, show, written

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
    places: dict[Steps, int] | None = field(default=None, repr=False)
    """Offset of each value in `text`; JSON finds them only when they are asked for."""

    @cached_property
    def _offsets(self) -> dict[Steps, int]:
        return dict(_json_places(self.text)) if self.places is None else self.places

    def fault(self, path: Steps, what: str, hint: str = "") -> Fault:
        """A fault at a path, placed at the nearest value around it that stands in the file."""
        at = path
        while at and at not in self._offsets:
            at = at[:-1]
        offset = self._offsets.get(at, 0)
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        return Fault(
            file=self.name,
            line=self.text.count("\n", 0, offset) + self.first_line,
            column=offset - start + 1,
            path=written(step for step in path if step != KEY),
            what=what,
            hint=hint,
            excerpt=self.text[start : end if end >= 0 else len(self.text)].rstrip("\r"),
        )


def read_text(path: Path, name: str | None = None) -> str:
    """The text of a file.

    Raises:
        Refused: it cannot be read, is too large, or is not UTF-8.
    """
    name = name or str(path)
    try:
        if path.is_dir():
            raise Refused(
                [Fault(file=name, what="a folder, where one file is wanted", hint="`omi-check batch` takes folders")]
            )
        if path.stat().st_size > LARGEST:
            raise Refused([Fault(file=name, what=_too_large(path.stat().st_size), hint=_TOO_LARGE)])
        return decode(path.read_bytes(), name)
    except OSError as error:
        raise Refused([Fault(file=name, what=f"cannot be read: {(error.strerror or str(error)).lower()}")]) from None
    except ValueError:  # a null character in the name
        raise Refused([Fault(file=show(name), what="not a file name")]) from None


def decode(raw: bytes, name: str) -> str:
    """UTF-8 text from bytes; any other encoding is refused by name."""
    if len(raw) > LARGEST:
        raise Refused([Fault(file=name, what=_too_large(len(raw)), hint=_TOO_LARGE)])
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw[:4]:
        raise Refused(
            [Fault(file=name, what="UTF-16 or UTF-32 text, where UTF-8 is wanted", hint="save the file as UTF-8")]
        )
    if raw.startswith(b"\xef\xbb\xbf"):
        hint = "save the file as UTF-8 without BOM"
        raise Refused([Fault(file=name, line=1, column=1, what="starts with a byte order mark", hint=hint)])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        what = f"not UTF-8 text: byte 0x{raw[error.start]:02x}"
        raise Refused([Fault(file=name, line=line, column=column, what=what, hint="save the file as UTF-8")]) from None


_TOO_LARGE = "a case record has some kilobytes; for a file of many records use `omi-check batch`"


def _too_large(size: int) -> str:
    return f"{size / 2**20:.0f} MiB, where one document may have {LARGEST // 2**20} MiB"


# JSON


def read_json(text: str, name: str, first_line: int = 1) -> Document:
    """Parse one JSON document.

    Raises:
        Refused: a syntax error, a duplicate key, NaN or infinity, or nesting too deep to be a record.
    """
    duplicate = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal duplicate
        made = dict(items)
        duplicate = duplicate or len(made) != len(items)
        return made

    def constant(word: str) -> Any:
        raise _Constant(word)

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        lines = text.splitlines() or [""]
        excerpt = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
        what = "not valid JSON: " + ("the file is empty" if not text.strip() else _lower(error.msg))
        line = error.lineno + first_line - 1
        raise Refused([Fault(name, line, error.colno, "", what, _json_hint(error), excerpt)]) from None
    except _Constant as error:
        offset = re.search(rf"(?<![\w\"]){re.escape(error.args[0])}", text)
        where = Document(name, text, None, first_line, {(): offset.start() if offset else 0})
        raise Refused(
            [where.fault((), f"{error.args[0]} is not a JSON value", "use null for what is not recorded")]
        ) from None
    except RecursionError:
        raise Refused(
            [Fault(file=name, line=first_line, column=1, what="nested too deeply to be a case record")]
        ) from None
    except ValueError:  # an integer of thousands of digits
        raise Refused([Fault(file=name, line=first_line, column=1, what="holds a number too long to read")]) from None
    if duplicate:
        seen: set[Steps] = set()
        faults = []
        for path, offset_ in _json_places(text):
            if path in seen:
                where = Document(name, text, None, first_line, {path: offset_})
                faults.append(where.fault(path, "the same key twice", "keep one of the two"))
            seen.add(path)
        raise Refused(faults)
    return Document(name, text, data, first_line)


class _Constant(Exception):
    """NaN, Infinity or -Infinity."""


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _json_hint(error: json.JSONDecodeError) -> str:
    rest = error.doc[error.pos :]
    if not error.doc.strip():
        return ""
    if not rest.strip():
        return "the file ends too early: is it cut off?"
    if rest.startswith("'"):
        return "JSON wants double quotes"
    if error.msg == "Extra data":
        return "for one record per line (NDJSON) use `omi-check batch`"
    return ""


_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^,\]}\s]+")


def _json_places(text: str) -> Iterator[tuple[Steps, int]]:
    """Path and offset of every value of valid JSON text, in order; a duplicate key comes twice."""

    def skip(at: int) -> int:
        found = _SPACE.match(text, at)
        return found.end() if found else at

    end = 0

    def value(path: Steps, at: int) -> Iterator[tuple[Steps, int]]:
        nonlocal end
        yield path, at
        opening = text[at]
        if opening in "{[":
            at = skip(at + 1)
            position = 0
            while text[at] not in "}]":
                if opening == "{":
                    key, at = scanstring(text, at + 1, True)
                    at = skip(skip(at) + 1)
                    yield from value((*path, key), at)
                else:
                    yield from value((*path, position), at)
                    position += 1
                at = skip(end)
                if text[at] == ",":
                    at = skip(at + 1)
            end = at + 1
        elif opening == '"':
            _, end = scanstring(text, at + 1, True)
        else:
            found = _SCALAR.match(text, at)
            end = found.end() if found else at + 1

    try:
        yield from value((), skip(0))
    except (IndexError, ValueError, RecursionError):  # only a place is lost, never a fault
        return


# YAML


def read_yaml(text: str, name: str) -> Document:
    """Parse one YAML document.

    Raises:
        Refused: a syntax error, or something outside the plain part of YAML the rules are written in.
    """
    import yaml  # a seventh of a start-up: rules that are compiled already do not need it

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Document(name, text, None, places={(): _offset(text, mark)})
        raise Refused([place.fault((), f"not valid YAML: {error.problem or error.context}")]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise Refused([Fault(file=name, what=f"not valid YAML: {str(error).splitlines()[0]}")]) from None
    places: dict[Steps, int] = {}
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    document = Document(name, text, None, places=places)
    faults: list[Fault] = []
    met: set[int] = set()

    def plain(node: Any, path: Steps) -> Any:
        places.setdefault(path, starts[node.start_mark.line] + node.start_mark.column)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node.value) if not node.style else node.value
        if id(node) in met:
            faults.append(document.fault(path, "an alias", "write the value out: rules are read by people"))
            return None
        met.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [plain(item, (*path, i)) for i, item in enumerate(node.value)]
        made: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                faults.append(document.fault(path, "a key that is not a word"))
                continue
            inner = (*path, key.value)
            if key.value in made:
                at = Document(name, text, None, places={inner: _offset(text, key.start_mark)})
                faults.append(at.fault(inner, "the same key twice", "keep one of the two"))
                continue
            made[key.value] = plain(item, inner)
            places[(*inner, KEY)] = starts[key.start_mark.line] + key.start_mark.column
        return made

    data = plain(root, ()) if root is not None else None
    if faults:
        raise Refused(faults)
    return Document(name, text, data, places=places)


def _offset(text: str, mark: Any) -> int:
    if mark is None:
        return 0
    start = 0
    for _ in range(mark.line):
        start = text.find("\n", start) + 1
    return min(start + int(mark.column), len(text))


_INTEGER = re.compile(r"[-+]?[0-9]+")


def _scalar(word: str) -> Any:
    """An unquoted YAML word as YAML 1.2 reads it; dates and decimals stay text."""
    if word in ("", "~", "null"):
        return None
    if word in ("true", "false"):
        return word == "true"
    return int(word) if _INTEGER.fullmatch(word) and len(word) < 19 else word
