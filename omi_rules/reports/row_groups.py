"""Parquet files, each written on its own, as one: their row groups follow one another, and no value is read again.

So several processes write a file together. A row group's bytes are the same wherever it stands; only the footer says
where that is. Footers are Thrift structures in its compact form (Apache Parquet, `parquet.thrift`; Apache Thrift,
`thrift-compact-protocol.md`): the offsets in them are moved, and PyArrow reads the result and puts them together.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

MAGIC = b"PAR1"

Change = Callable[[int], int]
Edit = tuple[int, int, int]
"""Where a number begins and ends among the bytes of a footer, and the number that is to stand there."""


class RowGroups:
    """Writes the row groups of one file after another. All files have the same columns."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0
        self._about: Any = None

    def add(self, part: bytes) -> None:
        """The row groups of a Parquet file, one or none."""
        import pyarrow.parquet as pq

        pages, footer = _taken_apart(part)
        if self._about is None:
            self._write(MAGIC)
        moved = _moved(footer, self._at - len(MAGIC))
        about = pq.read_metadata(io.BytesIO(MAGIC + moved + len(moved).to_bytes(4, "little") + MAGIC))
        if self._about is None:
            self._about = about
        else:
            self._about.append_row_groups(about)
        self._write(pages)

    def close(self) -> None:
        """The footer, if there was any part."""
        if self._about is not None:
            footer = io.BytesIO()
            self._about.write_metadata_file(footer)
            self._write(footer.getvalue()[len(MAGIC) :])

    def _write(self, raw: bytes) -> None:
        self._file.write(raw)
        self._at += len(raw)


def _taken_apart(part: bytes) -> tuple[bytes, bytes]:
    """The pages of a Parquet file, and its footer."""
    end = len(part) - len(MAGIC) - 4
    start = end - int.from_bytes(part[end : end + 4], "little")
    return part[len(MAGIC) : start], part[start:end]


def _moved(footer: bytes, by: int) -> bytes:
    """The footer of a file whose pages stand so many bytes further on."""

    def moved(offset: int) -> int:
        return offset + by if offset > 0 else offset  # 0 says that there is nothing

    column = {9: moved, 10: moved, 11: moved, 14: moved}  # data, index and dictionary page; Bloom filter
    chunk = {2: moved, 3: column, 4: moved, 6: moved}  # the chunk; its column; offset and column index
    row_group = {1: chunk, 5: moved}  # columns; the row group
    made, done = bytearray(), 0
    for start, end, value in _Compact(footer).edits({4: row_group}):
        made += footer[done:start] + _zigzag(value)
        done = end
    return bytes(made + footer[done:])


_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)


class _Compact:
    """Goes through the bytes of a Thrift structure."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def edits(self, wanted: Mapping[int, Any]) -> Iterator[Edit]:
        """The numbers of a structure that are to be changed: of some fields, or of structures in some fields."""
        field = 0
        while head := self._byte():
            kind = head & 15
            field = field + (head >> 4) if head >> 4 else self._signed()
            yield from self._within(kind, wanted.get(field))

    def _within(self, kind: int, wanted: Change | Mapping[int, Any] | None) -> Iterator[Edit]:
        if wanted is None:
            self._pass(kind)
        elif kind == _STRUCT:
            assert isinstance(wanted, Mapping)
            yield from self.edits(wanted)
        elif kind == _LIST:
            size, inner = self._list()
            for _ in range(size):
                yield from self._within(inner, wanted)
        else:
            assert kind in (_I16, _I32, _I64)
            assert callable(wanted)
            start, value = self._at, self._signed()
            yield start, self._at, wanted(value)

    def _pass(self, kind: int) -> None:
        if kind == _BYTE:
            self._at += 1
        elif kind in (_I16, _I32, _I64):
            self._number()
        elif kind == _DOUBLE:
            self._at += 8
        elif kind == _BINARY:
            length = self._number()
            self._at += length
        elif kind in (_LIST, _SET):
            size, inner = self._list()
            for _ in range(size):
                self._pass(_BYTE if inner in (_TRUE, _FALSE) else inner)
        elif kind == _MAP:
            if size := self._number():
                kinds = self._byte()
                for _ in range(size):
                    self._pass(kinds >> 4)
                    self._pass(kinds & 15)
        elif kind == _STRUCT:
            for _ in self.edits({}):
                pass
        elif kind not in (_TRUE, _FALSE):  # these are in the head of their field
            raise ValueError(f"no kind of Thrift value: {kind}")

    def _list(self) -> tuple[int, int]:
        head = self._byte()
        return head >> 4 if head >> 4 < 15 else self._number(), head & 15

    def _byte(self) -> int:
        self._at += 1
        return self._raw[self._at - 1]

    def _signed(self) -> int:
        number = self._number()
        return number >> 1 if number % 2 == 0 else -(number >> 1) - 1

    def _number(self) -> int:
        number = shift = 0
        while (byte := self._byte()) > 127:
            number |= (byte & 127) << shift
            shift += 7
        return number | byte << shift


def _zigzag(value: int) -> bytes:
    number = value << 1 if value >= 0 else (-value << 1) - 1
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    return bytes(made) + bytes([number])
