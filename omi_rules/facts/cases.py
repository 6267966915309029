"""A batch of case records as flat arrays.

Cases enter as an Arrow record batch whose schema follows from the vocabulary, whatever they were read from, so
that one case and a million go the same way. Words become codes: 0 is *not recorded*, 1 the first value, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from omi_rules.calendar import Days, day_number
from omi_rules.conditions import Value
from omi_rules.records import Record
from omi_rules.ruleset import Ruleset
from omi_rules.vocabulary import Word

Codes = NDArray[np.int16]
Flags = NDArray[np.bool_]

_WORDS = pa.dictionary(pa.int16(), pa.string())


def schema(ruleset: Ruleset) -> pa.Schema:
    """The Arrow schema of a case record under a ruleset's vocabulary."""
    words = ruleset.vocabulary
    tree: dict[str, Any] = {}

    def place(path: str, type_: pa.DataType) -> None:
        *groups, name = path.split(".")
        branch = tree
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[name] = type_

    for path, word in words.fields.items():
        place(path, _arrow_type(word))
    for path, word in words.histories.items():
        place(path, pa.list_(pa.struct([("level", _arrow_type(word)), ("from", pa.date32())])))
    for name in words.flags:
        place(f"flags.{name}", pa.bool_())
    attributes = {key: _arrow_type(word) for kind in words.events.values() for key, word in kind.attributes.items()}
    place("events", pa.list_(pa.struct([("type", _WORDS), ("on", pa.date32()), *attributes.items()])))
    tree["answers"] = dict.fromkeys(ruleset.questions, _WORDS)
    return pa.schema([pa.field(name, _nested(inner)) for name, inner in tree.items()])


def _nested(tree: Any) -> pa.DataType:
    return pa.struct([(name, _nested(inner)) for name, inner in tree.items()]) if isinstance(tree, dict) else tree


def _arrow_type(word: Word) -> pa.DataType:
    match word.type:
        case "date":
            return pa.date32()
        case "integer":
            return pa.int16()
        case "yes_no":
            return pa.bool_()
        case "set":
            return pa.list_(_WORDS)
        case _:
            return _WORDS if word.values else pa.string()


def batch(records: Sequence[Record], ruleset: Ruleset) -> pa.RecordBatch:
    """Checked records as one Arrow record batch."""
    return pa.RecordBatch.from_pylist(list(records), schema=schema(ruleset))


@dataclass(frozen=True)
class Events:
    """The events of a batch, one after another in the order of the cases."""

    row: NDArray[np.int64]
    """Which case each belongs to."""
    type: Codes
    day: Days
    dated: Flags
    attributes: Mapping[str, Codes]
    """Code of each attribute; an open text that is none of the known words has the code after theirs."""
    dates: Mapping[str, tuple[Days, Flags]]
    """Attributes that are dates: the day, and whether it is recorded."""


@dataclass(frozen=True)
class History:
    """The entries of one history, one after another in the order of the cases."""

    row: NDArray[np.int64]
    level: Codes
    day: Days
    dated: Flags


class Cases:
    """The columns of a batch, taken out of Arrow when they are asked for."""

    def __init__(self, table: pa.RecordBatch, ruleset: Ruleset, as_of: date | None = None) -> None:
        self.table = table
        self.ruleset = ruleset
        self.size = table.num_rows
        self._groups: dict[tuple[str, ...], Children] = {}
        self._answers: dict[str, Codes] = {}
        assessed, _ = self.date("assessed_on")
        self.as_of: Days = assessed if as_of is None else np.full(self.size, day_number(as_of), dtype=np.int32)
        ended, recorded = self.date("sentence.ended_on")
        self.ended: Flags = recorded & (ended <= self.as_of)
        """Whether supervision has ended by the as-of date."""
        self.horizon: Days = np.where(self.ended, ended, self.as_of).astype(np.int32)
        """The last day that the clock runs."""

    def _column(self, path: str) -> pa.Array:
        *groups, name = path.split(".")
        return _child(self._group(tuple(groups)), name, self.size)

    def _group(self, steps: tuple[str, ...]) -> Children:
        """The columns of a nested object, taken apart once."""
        if steps not in self._groups:
            *outer, name = steps or ("",)
            nested = self.table if not steps else _child(self._group(tuple(outer)), name, self.size)
            self._groups[steps] = _children(nested)
        return self._groups[steps]

    def date(self, path: str) -> tuple[Days, Flags]:
        """A date field: day numbers, and whether each is recorded."""
        return _dates(self._column(path))

    def codes(self, path: str) -> Codes:
        """A field or flag as codes of its values."""
        return _codes(self._column(path), self.ruleset.values[path])

    def recorded(self, path: str) -> Flags:
        """Whether a field is on record."""
        return _valid(self._column(path))

    def answers(self, question: str) -> Codes:
        """The assessor's answers to a question, as codes of the answer scale."""
        if question not in self._answers:
            column = _child(self._group(("answers",)), question, self.size)
            self._answers[question] = _codes(column, self.ruleset.head.answers.words)
        return self._answers[question]

    def set_of(self, path: str) -> tuple[Mapping[str, Flags], Flags]:
        """A list of words: which cases have each word, and whether the list is recorded."""
        array = self._column(path)
        rows, inner, recorded = _flat(array)
        words = self.ruleset.vocabulary.fields[path].one_of
        codes = _codes(inner, words)
        has = {}
        for code, word in enumerate(words, start=1):
            has[word] = np.zeros(self.size, dtype=bool)
            has[word][rows[codes == code]] = True
        return has, recorded

    @cached_property
    def logged(self) -> Flags:
        """Whether the events of a case are recorded at all."""
        return _valid(self._column("events"))

    @cached_property
    def events(self) -> Events:
        """Every event of the batch."""
        rows, items, _ = _flat(self._column("events"))
        inner, size = _children(items), len(rows)
        day, dated = _dates(_child(inner, "on", size))
        words = self.ruleset.vocabulary
        types = words.attribute_types
        return Events(
            row=rows,
            type=_codes(_child(inner, "type", size), tuple(words.events)),
            day=day,
            dated=dated,
            attributes={
                name: _codes(_child(inner, name, size), values)
                for name, values in words.attributes.items()
                if types[name] != "date"
            },
            dates={name: _dates(_child(inner, name, size)) for name, kind in types.items() if kind == "date"},
        )

    def history(self, path: str) -> tuple[History, Flags]:
        """A history, and whether it is recorded at all."""
        rows, items, recorded = _flat(self._column(path))
        inner = _children(items)
        day, dated = _dates(_child(inner, "from", len(rows)))
        levels = _codes(_child(inner, "level", len(rows)), self.ruleset.vocabulary.histories[path].values)
        return History(rows, levels, day, dated), recorded


# Arrow to NumPy


Children = Mapping[str, pa.Array]


def _children(array: Any) -> Children:
    """The fields of a batch or struct by name, with the struct's own nulls."""
    if isinstance(array, pa.RecordBatch):
        return dict(zip(array.schema.names, array.columns, strict=True))
    if pa.types.is_null(array.type):
        return {}
    return dict(zip((field.name for field in array.type), array.flatten(), strict=True))


def _child(children: Children, name: str, size: int) -> pa.Array:
    """A field of some rows; one that they lack is not recorded."""
    found = children.get(name)
    return pa.nulls(size) if found is None else found


def _valid(array: pa.Array) -> Flags:
    if pa.types.is_null(array.type):
        return np.zeros(len(array), dtype=bool)
    bits = array.buffers()[0]
    return np.ones(len(array), dtype=bool) if bits is None else _bits(bits, array.offset, len(array))


def _bits(buffer: pa.Buffer, offset: int, length: int) -> Flags:
    packed = np.frombuffer(buffer, dtype=np.uint8)
    return np.unpackbits(packed, bitorder="little")[offset : offset + length].astype(bool)


def _plain(array: pa.Array, dtype: Any) -> NDArray[Any]:
    buffer = array.buffers()[1]
    if buffer is None:
        return np.zeros(len(array), dtype=dtype)
    return np.frombuffer(buffer, dtype=dtype)[array.offset : array.offset + len(array)]


def _dates(array: pa.Array) -> tuple[Days, Flags]:
    valid = _valid(array)
    if pa.types.is_null(array.type):
        return np.zeros(len(array), dtype=np.int32), valid
    return np.where(valid, _plain(array, np.int32), 0).astype(np.int32), valid


def _codes(array: pa.Array, values: Sequence[Value]) -> Codes:
    """Codes of the values: 0 where not recorded; an integer above the largest value counts as the largest."""
    valid = _valid(array)
    if pa.types.is_null(array.type):
        return np.zeros(len(array), dtype=np.int16)
    if not values:  # an open text: recorded or not
        return valid.astype(np.int16)
    if pa.types.is_boolean(array.type):
        data = array.buffers()[1]
        found = _bits(data, array.offset, len(array)).astype(np.int16) + 1
    elif pa.types.is_integer(array.type):
        numbers = _plain(array, array.type.to_pandas_dtype())
        found = np.minimum(numbers, int(values[-1])) - int(values[0]) + 1
    else:
        coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        known = {value: code for code, value in enumerate(values, start=1)}
        of = np.array(
            [known.get(word, len(values) + 1) for word in coded.dictionary.to_pylist()] or [0], dtype=np.int16
        )
        index = _plain(coded.indices, coded.indices.type.to_pandas_dtype())
        found = of[np.where(valid, index, 0)]
    return np.where(valid, found, 0).astype(np.int16)


def _flat(array: pa.Array) -> tuple[NDArray[np.int64], pa.Array, Flags]:
    """A column of lists: the case of each item, the items, and whether each list is recorded."""
    valid = _valid(array)
    if pa.types.is_null(array.type):
        return np.zeros(0, dtype=np.int64), pa.nulls(0), valid
    offsets = _plain_offsets(array)
    lengths = np.diff(offsets)
    if np.any(lengths[~valid]):  # Arrow allows items under a null, and flattening drops them
        lengths, items = np.where(valid, lengths, 0), array.flatten()
    else:  # the same without `pyarrow.compute`, which is slow to import
        items = array.values[offsets[0] : offsets[-1]]
    return np.repeat(np.arange(len(array)), lengths), items, valid


def _plain_offsets(array: pa.Array) -> NDArray[np.int64]:
    dtype = np.int64 if pa.types.is_large_list(array.type) else np.int32
    buffer = array.buffers()[1]
    if buffer is None or not len(array):
        return np.zeros(len(array) + 1, dtype=np.int64)
    return np.frombuffer(buffer, dtype=dtype)[array.offset : array.offset + len(array) + 1].astype(np.int64)
