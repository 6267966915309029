"""Arrow arrays as NumPy arrays, and back: what is recorded, days, codes of words, lists laid flat.

It reads the buffers itself: `pyarrow.compute` takes longer to import than a single case to judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from omi_rules.calendar import Days
from omi_rules.conditions import Value

Codes = NDArray[np.int16]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Children = Mapping[str, pa.Array]

EVERY = slice(None)


def children(array: Any) -> Children:
    """The fields of a batch or struct by name, with the struct's own nulls."""
    if isinstance(array, pa.RecordBatch):
        return dict(zip(array.schema.names, array.columns, strict=True))
    if pa.types.is_null(array.type):
        return {}
    return dict(zip((field.name for field in array.type), array.flatten(), strict=True))


def child(fields: Children, name: str, size: int) -> pa.Array:
    """A field of some rows; one that they lack is not recorded."""
    found = fields.get(name)
    return pa.nulls(size) if found is None else found


def valid(array: pa.Array) -> Flags:
    """Where something is recorded."""
    if pa.types.is_null(array.type):
        return np.zeros(len(array), dtype=bool)
    bits = array.buffers()[0]
    return always(len(array)) if bits is None else _bits(bits, array.offset, len(array))


def dates(array: pa.Array, rows: Rows | slice = EVERY) -> tuple[Days, Flags]:
    """Day numbers, of some rows only if wanted, and whether each is recorded."""
    there = valid(array)[rows]
    if pa.types.is_null(array.type):
        return np.zeros(len(there), dtype=np.int32), there
    return np.where(there, _plain(array, np.int32)[rows], np.int32(0)), there


def codes(array: pa.Array, values: Sequence[Value], rows: Rows | slice = EVERY) -> Codes:
    """Codes of the values, of some rows only if wanted: 0 where not recorded.

    An integer above the largest value counts as the largest. A text that is none of the values has the code after
    theirs; of an open text, without values, every one has 1.
    """
    there = valid(array)[rows]
    if pa.types.is_null(array.type) or not values:
        return there.astype(np.int16)
    if pa.types.is_boolean(array.type):
        found = _bits(array.buffers()[1], array.offset, len(array))[rows].astype(np.int16) + np.int16(1)
    elif pa.types.is_integer(array.type):
        numbers = _plain(array, array.type.to_pandas_dtype())[rows]
        found = (np.minimum(numbers, int(values[-1])) - int(values[0]) + 1).astype(np.int16)
    else:
        coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        words = coded.dictionary.to_pylist()
        index = _plain(coded.indices, coded.indices.type.to_pandas_dtype())[rows]
        if words == [*values]:
            found = index.astype(np.int16) + np.int16(1)
        else:
            known = _code_of(tuple(values))
            code_of = np.array([known.get(word, len(values) + 1) for word in words] or [0], dtype=np.int16)
            found = code_of[np.where(there, index, 0)]
    found[~there] = 0
    return found


@lru_cache(maxsize=1024)
def _code_of(values: tuple[Value, ...]) -> Mapping[Value, int]:
    return {value: code for code, value in enumerate(values, start=1)}


def flat(array: pa.Array) -> tuple[Rows, pa.Array, Flags]:
    """A column of lists: the case of each item, the items, and whether each list is recorded."""
    there = valid(array)
    if pa.types.is_null(array.type):
        return np.zeros(0, dtype=np.int64), pa.nulls(0), there
    starts = _offsets(array)
    lengths = starts[1:] - starts[:-1]
    if np.any(lengths[~there]):  # Arrow allows items under a null, and flattening drops them
        lengths, items = np.where(there, lengths, 0), array.flatten()
    else:
        items = array.values[starts[0] : starts[-1]]
    return np.repeat(np.arange(len(array)), lengths), items, there


def arrow(values: NDArray[Any], type_: pa.DataType, there: Flags | None = None) -> pa.Array:
    """Values as Arrow holds them, without a copy where they lie together; null where they are not there."""
    held = bits(values) if pa.types.is_boolean(type_) else pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(type_, len(values), [None if there is None else bits(there), held])


def bits(flags: Flags) -> pa.Buffer:
    """Flags as Arrow holds them."""
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def always(size: int) -> Flags:
    """A flag that holds everywhere; for a single case `np.ones` takes as long as all that is done with it."""
    made = np.empty(size, dtype=bool)
    made.fill(True)
    return made


def _bits(buffer: pa.Buffer, offset: int, length: int) -> Flags:
    packed = np.frombuffer(buffer, dtype=np.uint8)[offset // 8 : (offset + length + 7) // 8]
    return np.unpackbits(packed, bitorder="little")[offset % 8 : offset % 8 + length].view(bool)


def _plain(array: pa.Array, dtype: Any) -> NDArray[Any]:
    buffer = array.buffers()[1]
    if buffer is None:
        return np.zeros(len(array), dtype=dtype)
    return np.frombuffer(buffer, dtype=dtype)[array.offset : array.offset + len(array)]


def _offsets(array: pa.Array) -> NDArray[np.int64]:
    dtype = np.int64 if pa.types.is_large_list(array.type) else np.int32
    buffer = array.buffers()[1]
    if buffer is None or not len(array):
        return np.zeros(len(array) + 1, dtype=np.int64)
    return np.frombuffer(buffer, dtype=dtype)[array.offset : array.offset + len(array) + 1].astype(np.int64)
