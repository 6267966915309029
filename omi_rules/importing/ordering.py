"""Rows put in the order of their cases, however many they are: in parts that fit memory, which are then merged."""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import attrgetter
from typing import IO, NamedTuple

from omi_rules.importing.cells import Cell

PART = 50_000
"""Rows that are sorted at once, and of each table are kept in memory."""

_STEP = 250
"""Rows of a part that are read back at once."""


class Row(NamedTuple):
    """A row of a table: the cells of the columns that were asked for."""

    key: str
    """The reference of its case; empty if the row has none."""
    number: int
    """As a spreadsheet counts, the header being row 1; 0 where rows have no number."""
    cells: tuple[Cell, ...]
    fault: str = ""
    """Why the row cannot be read at all."""


_by_key = attrgetter("key")


def ordered(rows: Iterable[Row], part: int = PART) -> Iterator[Row]:
    """The rows by key; those of one case stay in their order. Where there is more than one part, they wait on disk."""
    rest = iter(rows)
    first = list(islice(rest, part))
    first.sort(key=_by_key)
    second = list(islice(rest, part))
    if not second:
        yield from first
        return
    with tempfile.TemporaryFile() as file:
        parts = [_on_disk(first, file), _on_disk(second, file)]
        while batch := list(islice(rest, part)):
            parts.append(_on_disk(batch, file))
        yield from heapq.merge(*(_read_back(file, *part) for part in parts), key=_by_key)


def _on_disk(rows: list[Row], file: IO[bytes]) -> tuple[int, int]:
    """Sort rows and write them to a file; where they begin and end in it."""
    rows.sort(key=_by_key)
    start = file.tell()
    for at in range(0, len(rows), _STEP):
        pickle.dump([tuple(row) for row in rows[at : at + _STEP]], file, pickle.HIGHEST_PROTOCOL)
    rows.clear()
    return start, file.tell()


def _read_back(file: IO[bytes], at: int, end: int) -> Iterator[Row]:
    while at < end:
        file.seek(at)
        rows = pickle.load(file)
        at = file.tell()
        yield from (Row(*row) for row in rows)


def joined(tables: Iterable[Iterator[Row]]) -> Iterator[tuple[str, list[list[Row]]]]:
    """The rows of each case, table by table; the tables are in the order of their keys."""
    cases = [groupby(rows, _by_key) for rows in tables]
    heads = [next(groups, None) for groups in cases]
    while keys := [head[0] for head in heads if head is not None]:
        first = min(keys)
        found: list[list[Row]] = []
        for i, head in enumerate(heads):
            if head is None or head[0] != first:
                found.append([])
                continue
            found.append(list(head[1]))
            heads[i] = next(cases[i], None)
        yield first, found
