"""What CSV files and Excel sheets have in common: numbered rows, in no particular order, under a header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from omi_rules.importing.cells import Cell, clean, code
from omi_rules.importing.ordering import Row, ordered
from omi_rules.importing.sources import Missing

Line = tuple[int, Sequence[object]]
"""The number of a row, the header being row 1, and its cells."""


class Listed:
    """A source of such tables."""

    name: str

    def lines(self, table: str) -> Iterator[Line]:
        """The rows of a table from the header on. Raises `Missing`, or `Refused` if it is damaged."""
        raise NotImplementedError

    def place(self, table: str, number: int = 0) -> str:
        """A table, or a row of it, as messages name it."""
        raise NotImplementedError

    def ragged(self, cells: int, width: int, *, spare: bool) -> str:
        """What is wrong with the length of a row; `spare` tells whether anything stands beyond the header."""
        raise NotImplementedError

    def cleaned(self, line: Sequence[Any]) -> list[Cell]:
        """The cells of a row as all sources give them."""
        return [clean(cell) for cell in line]

    def columns(self, table: str, query: str | None) -> list[str]:  # noqa: ARG002  # only databases have queries
        """The names of the columns of a table. Raises `Missing`."""
        for _, cells in self.lines(table):
            if any(names := header(cells)):
                return names
            break
        raise Missing(f"{self.place(table)} has no header", "its first row names the columns")

    def rows(self, table: str, query: str | None, key: str, columns: Sequence[str]) -> Iterator[Row]:  # noqa: ARG002
        """The rows of a table in the order of their keys, with the cells of some columns."""
        return ordered(self._rows(table, key, columns))

    def _rows(self, table: str, key: str, columns: Sequence[str]) -> Iterator[Row]:
        lines = self.lines(table)
        names = header(next(lines)[1])
        width, at, chosen = len(names), names.index(key), [names.index(column) for column in columns]
        for number, line in lines:
            cells = self.cleaned(line)
            if cells.count(None) == len(cells):
                continue
            fault = ""
            if len(cells) != width:
                spare = cells[width:]
                fault = self.ragged(len(cells), width, spare=spare.count(None) < len(spare))
                cells += [None] * (width - len(cells))
            reference = "" if cells[at] is None else code(cells[at])
            yield Row(reference, number, tuple([cells[i] for i in chosen]), fault)

    def close(self) -> None:
        """Nothing is open between two tables."""


def header(cells: Iterable[object]) -> list[str]:
    """The names in the first row of a table."""
    return ["" if (cell := clean(name)) is None else code(cell) for name in cells]
