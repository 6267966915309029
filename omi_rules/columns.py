"""Lines of NDJSON straight into columns.

A caseload is read by columns and not record by record. A line that is anything but a plainly valid record (damaged,
refused, with a key that comes twice) is not judged here: its place is handed back, and the `Reader` of single records
says what is wrong with it, or that nothing is. So there is one set of messages and one meaning of *valid*, `Reader`'s.

A record is a tree of parts, made of the vocabulary. Each part has a node in the plan that the scanner (`_scan.c`)
follows, and makes an Arrow array of the numbers that the scanner found for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from omi_rules._scan import scan
from omi_rules.calendar import day_number
from omi_rules.facts.arrow import arrow, bits
from omi_rules.facts.cases import arrow_type, attribute_types
from omi_rules.ruleset import Ruleset
from omi_rules.vocabulary import LONGEST, MOST, DateRange, Vocabulary, Word

Found = NDArray[np.int32]
"""What the scanner found for a part: a number or day, the place of a word or text, the length of a list."""

_ABSENT = np.iinfo(np.int32).min
_NULL = _ABSENT + 1
"""A key that is not there, and null; whatever is found is larger."""


class _Kind(IntEnum):
    """The kinds of nodes, as the scanner numbers them."""

    TEXT, WORD, DAY, NUMBER, YES_NO, OBJECT, LIST, TAGGED, MAP = range(9)


class _Line(IntEnum):
    """What the scanner says of a line."""

    BLANK, SURE, DOUBTFUL = range(3)


@dataclass(frozen=True)
class _Entry:
    """A name in the plan: a key with the node of its value and the place that goes to, or a word with its code."""

    value: int = 0
    """The code of a word; of the key of an object, whether it must be there."""
    node: int = -1
    table: int = -1
    column: int = 0


class _Plan:
    """What the scanner is to follow. Its form is told in `_scan.c`."""

    def __init__(self) -> None:
        self._nodes: list[tuple[int, ...]] = []
        self._entries: list[tuple[int, ...]] = []
        self._names = b""
        self._widths: list[int] = []

    def node(
        self,
        kind: _Kind,
        names: Mapping[str, _Entry] = MappingProxyType({}),
        table: int = -1,
        *,
        item: int = 0,
        low: int = 0,
        high: int = 0,
    ) -> int:
        """A node with the names that it knows; of a list, with the node of its items."""
        self._nodes.append((kind, self.names(names) if names else item, len(names), table, low, high))
        return len(self._nodes) - 1

    def names(self, names: Mapping[str, _Entry]) -> int:
        """The place of the first of some entries."""
        first = len(self._entries)
        for name, entry in names.items():
            raw = name.encode()
            self._entries.append((len(self._names), len(raw), entry.node, entry.table, entry.column, entry.value))
            self._names += raw
        return first

    def table(self, width: int = 0) -> int:
        """A table of so many columns."""
        self._widths.append(width)
        return len(self._widths) - 1

    def column(self, table: int) -> int:
        """One more column of a table."""
        self._widths[table] += 1
        return self._widths[table] - 1

    def follow(self, raw: bytes) -> _Tables:
        """What the scanner finds in some lines."""
        nodes, entries, widths = (np.array(part, dtype=np.int32) for part in (self._nodes, self._entries, self._widths))
        *tables, ends, letters, lines = scan(raw, nodes, entries, self._names, widths)
        made = [
            np.frombuffer(table, dtype=np.int32).reshape(-1, width)
            for table, width in zip(tables, self._widths, strict=True)
        ]
        return _Tables(made, ends, letters, np.frombuffer(lines, dtype=np.int32).reshape(-1, 3))


@dataclass(frozen=True)
class _Tables:
    """What the scanner found."""

    tables: Sequence[Found]
    """Row x column."""
    ends: bytearray
    letters: bytearray
    lines: NDArray[np.int32]
    """Line x (begin, end, `_Line`)."""

    @cached_property
    def offsets(self) -> Found:
        """Where each text begins among all letters, and the last one ends."""
        return np.concatenate([[0], np.frombuffer(self.ends, dtype=np.int32)]).astype(np.int32)

    @cached_property
    def texts(self) -> pa.StringArray:
        """Every text."""
        buffers = pa.py_buffer(self.offsets), pa.py_buffer(self.letters)
        return pa.StringArray.from_buffers(len(self.offsets) - 1, *buffers)


@dataclass(frozen=True)
class Lines:
    """Some lines, as they were read."""

    raw: bytes
    spans: NDArray[np.int32]
    """Line x (begin, end)."""

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, number: int) -> bytes:
        begin, end = self.spans[number].tolist()
        return self.raw[begin:end]


@dataclass(frozen=True)
class Scanned:
    """The records of some lines."""

    table: pa.RecordBatch
    lines: Lines
    sure: NDArray[np.int64]
    """The line of each record of the table."""
    doubtful: NDArray[np.int64]
    """The lines that are not in it, but for blank ones."""


class Columns:
    """Turns lines of JSON into batches of the schema of `facts.cases`."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._plan = _Plan()
        self._record = _record(ruleset, self._plan)

    def read(self, raw: bytes) -> Scanned:
        """The records of some lines as a batch, and which lines are in doubt."""
        tables = self._plan.follow(raw)
        state = tables.lines[:, 2]
        record = self._record.array(tables, tables.tables[0][:, 0])
        return Scanned(
            pa.RecordBatch.from_struct_array(record),
            Lines(raw, tables.lines[:, :2]),
            np.flatnonzero(state == _Line.SURE),
            np.flatnonzero(state == _Line.DOUBTFUL),
        )


class Part(Protocol):
    """One part of a record."""

    node: int
    """Its place in the plan."""

    def array(self, tables: _Tables, found: Found) -> pa.Array:
        """What was found for it, row by row."""


class _Text:
    def __init__(self, plan: _Plan, type_: pa.DataType) -> None:
        self.node = plan.node(_Kind.TEXT, high=LONGEST)
        self._type = type_

    def array(self, tables: _Tables, found: Found) -> pa.Array:
        there = found > _NULL
        few = found[there]  # most events have none, and a take of nothing is not free
        texts = tables.texts.take(arrow(few, pa.int32()))
        if pa.types.is_string(self._type):
            lengths = np.zeros(len(found), dtype=np.int32)
            lengths[there] = tables.offsets[few + 1] - tables.offsets[few]
            return pa.StringArray.from_buffers(
                len(found), _offsets(lengths).buffers()[1], texts.buffers()[2], bits(there)
            )
        coded = texts.dictionary_encode()
        places = np.zeros(len(found), dtype=np.int32)
        places[there] = coded.indices
        return pa.DictionaryArray.from_arrays(arrow(places, pa.int32(), there), coded.dictionary, safe=False)


class _Choice:
    """One of some words, which are coded by their places among all that may stand in the same column."""

    def __init__(self, plan: _Plan, words: Sequence[str], among: Sequence[Any]) -> None:
        self.node = plan.node(_Kind.WORD, {word: _Entry(among.index(word)) for word in words})
        self._among = among

    def array(self, _: _Tables, found: Found) -> pa.Array:
        return _coded(found, self._among)


class _Day:
    def __init__(self, plan: _Plan, span: DateRange) -> None:
        self.node = plan.node(_Kind.DAY, low=day_number(span.from_), high=day_number(span.to))

    def array(self, _: _Tables, found: Found) -> pa.Array:
        return arrow(found, pa.date32(), found > _NULL)


class _Number:
    def __init__(self, plan: _Plan, word: Word) -> None:
        most = MOST if word.or_more else word.to
        self.node = plan.node(_Kind.NUMBER, low=word.from_ or 0, high=most or 0)

    def array(self, _: _Tables, found: Found) -> pa.Array:
        return arrow(found.astype(np.int16), pa.int16(), found > _NULL)


class _YesNo:
    def __init__(self, plan: _Plan) -> None:
        self.node = plan.node(_Kind.YES_NO)

    def array(self, _: _Tables, found: Found) -> pa.Array:
        return arrow(found == 1, pa.bool_(), found > _NULL)


class _Set:
    """A list of words."""

    def __init__(self, plan: _Plan, word: _Choice, table: int) -> None:
        self.node = plan.node(_Kind.LIST, table=table, item=word.node)
        self._word, self._table = word, table

    def array(self, tables: _Tables, found: Found) -> pa.Array:
        return _listed(found, self._word.array(tables, tables.tables[self._table][:, 0]))


class _Group:
    """An object: its parts by key. Each has a column of `table`, which gets a row for each object if that `is_row`.

    With `required`, those keys must be there, and not null.
    """

    def __init__(
        self,
        plan: _Plan,
        parts: Mapping[str, Part],
        table: int,
        required: Iterable[str] = (),
        *,
        is_row: bool = False,
    ) -> None:
        self.parts, self.table, self.required, self._is_row = parts, table, frozenset(required), is_row
        self.columns = {key: plan.column(table) for key in parts}
        entries = {
            key: _Entry(key in self.required, part.node, table, self.columns[key]) for key, part in parts.items()
        }
        self.node = plan.node(_Kind.OBJECT, entries, table if is_row else -1, high=len(self.required))

    def array(self, tables: _Tables, found: Found) -> pa.Array:
        table = tables.tables[self.table]
        arrays = [part.array(tables, table[:, self.columns[key]]) for key, part in self.parts.items()]
        return pa.StructArray.from_arrays(arrays, names=list(self.parts), mask=None if self._is_row else _mask(found))


class _History:
    """A list of entries: a level and the day from which it holds."""

    def __init__(self, plan: _Plan, level: Part, day: Part) -> None:
        self._entry = _Group(plan, {"level": level, "from": day}, plan.table(), is_row=True)
        self.node = plan.node(_Kind.LIST, item=self._entry.node)

    def array(self, tables: _Tables, found: Found) -> pa.Array:
        return _listed(found, self._entry.array(tables, found))


class _Events:
    """A list of events: each type has attributes of its own, and nothing under those of others.

    What all have, their type and day, is in one table, and the attributes of each type are in one of its own.
    """

    def __init__(self, plan: _Plan, words: Vocabulary) -> None:
        types = list(words.events)
        self._types, self._table = attribute_types(words), plan.table(2)
        self._type, self._on = _Choice(plan, types, types), _Day(plan, words.dates)
        lists = {name: plan.table(1) for name, type_ in self._types.items() if pa.types.is_list(type_)}
        self._attributes: list[tuple[int, dict[str, tuple[Part, int]]]] = []
        """The table of each type, and each attribute with its column."""
        kinds = {}
        for name, kind in words.events.items():
            table = plan.table() if kind.attributes else -1
            parts = {
                key: (self._attribute(plan, words, key, word, lists.get(key)), plan.column(table))
                for key, word in kind.attributes.items()
            }
            entries = {key: _Entry(False, part.node, table, column) for key, (part, column) in parts.items()}
            entries["type"] = _Entry(True, _Choice(plan, [name], types).node, self._table, 0)
            entries["on"] = _Entry(False, self._on.node, self._table, 1)
            kinds[name] = _Entry(plan.node(_Kind.OBJECT, entries, table, high=1))
            self._attributes.append((table, parts))
        tag = plan.names({"type": _Entry()})
        self.node = plan.node(_Kind.LIST, item=plan.node(_Kind.TAGGED, kinds, self._table, low=tag))

    def _attribute(self, plan: _Plan, words: Vocabulary, name: str, word: Word, table: int | None) -> Part:
        """An attribute of one type of event, as its column has room for those of all types."""
        if word.type == "text":
            return _Text(plan, self._types[name])
        return _part(word, plan, words, words.attributes[name], table)

    def array(self, tables: _Tables, found: Found) -> pa.Array:
        types, days = tables.tables[self._table].T
        values: dict[str, Found] = {}
        parts: dict[str, Part] = {}
        for code, (table, attributes) in enumerate(self._attributes):
            places = np.flatnonzero(types == code) if attributes else ()
            for name, (part, column) in attributes.items():
                if len(places):
                    here = values.setdefault(name, np.full(len(types), _ABSENT, dtype=np.int32))
                    here[places] = tables.tables[table][:, column]
                    parts[name] = part
        made = {
            "type": self._type.array(tables, types),
            "on": self._on.array(tables, days),
            **{
                name: parts[name].array(tables, values[name]) if name in parts else pa.nulls(len(types), type_)
                for name, type_ in self._types.items()
            },
        }
        return _listed(found, pa.StructArray.from_arrays(list(made.values()), names=list(made)))


class _Answers:
    """The assessor's answers by question."""

    def __init__(self, plan: _Plan, ruleset: Ruleset) -> None:
        self._questions, self._scale = list(ruleset.questions), list(ruleset.head.answers.words)
        self._table = plan.table(2)
        answer = _Choice(plan, self._scale, self._scale)
        questions = {question: _Entry(code) for code, question in enumerate(self._questions)}
        self.node = plan.node(_Kind.MAP, questions, self._table, low=answer.node)

    def array(self, tables: _Tables, found: Found) -> pa.Array:
        questions, answers = tables.tables[self._table].T
        keys, values = _coded(questions, self._questions), _coded(answers, self._scale)
        return pa.MapArray.from_arrays(_offsets(found), keys, values, mask=_mask(found))


def _record(ruleset: Ruleset, plan: _Plan) -> _Group:
    """The parts of a record, in the order of `facts.cases.schema`."""
    words, table = ruleset.vocabulary, plan.table()
    tree: dict[str, Any] = {}
    for path, word in words.fields.items():
        _place(tree, path, (_part(word, plan, words), word.required))
    for path, word in words.histories.items():
        _place(tree, path, (_History(plan, _part(word, plan, words), _Day(plan, words.dates)), False))
    for name in words.flags:
        _place(tree, f"flags.{name}", (_YesNo(plan), False))
    tree["events"] = (_Events(plan, words), False)
    tree["answers"] = (_Answers(plan, ruleset), False)
    return _group(plan, tree, table, is_row=True)


def _part(
    word: Word, plan: _Plan, words: Vocabulary, among: Sequence[Any] | None = None, table: int | None = None
) -> Part:
    """A value. `among` are all that may stand in its column, and a list goes to `table`, where others go there too."""
    match word.type:
        case "text":
            return _Text(plan, arrow_type(word))
        case "date":
            return _Day(plan, words.dates)
        case "choice":
            return _Choice(plan, word.one_of, among or word.one_of)
        case "set":
            of = _Choice(plan, word.one_of, among or word.one_of)
            return _Set(plan, of, plan.table(1) if table is None else table)
        case "integer":
            return _Number(plan, word)
        case "yes_no":
            return _YesNo(plan)


def _place(tree: dict[str, Any], path: str, leaf: tuple[Part, bool]) -> None:
    *groups, name = path.split(".")
    for group in groups:
        tree = tree.setdefault(group, {})
    tree[name] = leaf


def _group(plan: _Plan, tree: Mapping[str, Any], table: int, *, is_row: bool = False) -> _Group:
    """Nested objects from nested dictionaries, all in one row; a group is required if anything in it is."""
    parts: dict[str, Part] = {}
    required = []
    for key, inner in tree.items():
        part, needed = inner if isinstance(inner, tuple) else (of := _group(plan, inner, table), bool(of.required))
        parts[key] = part
        required += [key] if needed else []
    return _Group(plan, parts, table, required, is_row=is_row)


def _listed(lengths: Found, items: pa.Array) -> pa.Array:
    """Lists of some items, one after another; null where there is none."""
    return pa.ListArray.from_arrays(_offsets(lengths), items, mask=_mask(lengths))


def _mask(found: Found) -> pa.Array:
    """Where there is nothing."""
    return arrow(found <= _NULL, pa.bool_())


def _offsets(lengths: Found) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(np.maximum(lengths, 0))]).astype(np.int32))


def _coded(found: Found, words: Sequence[Any]) -> pa.DictionaryArray:
    codes = arrow(found.astype(np.int16), pa.int16(), found > _NULL)
    return pa.DictionaryArray.from_arrays(codes, pa.array(words, pa.string()), safe=False)
