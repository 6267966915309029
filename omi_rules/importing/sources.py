"""What tables are read from, and which of the kinds of source an address, folder or file is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.importing.mapping import CsvForm
from omi_rules.importing.ordering import Row

POSTGRES = ("postgresql://", "postgres://")


class Missing(Exception):
    """A table that the source does not have, or that cannot be read, with what to try."""

    def __init__(self, what: str, hint: str = "", *, query: bool = False) -> None:
        super().__init__(what)
        self.what, self.hint = what, hint
        self.query = query
        """Whether the fault lies in the `query` of the table."""


class Source(Protocol):
    """Something that has tables."""

    name: str
    """As messages name it; never with a password."""

    def others(self, used: Iterable[str]) -> list[str]:
        """The tables beside those that are used; none where there is no telling."""

    def place(self, table: str, number: int = 0) -> str:
        """A table, or a row of it, as messages name it."""

    def columns(self, table: str, query: str | None) -> list[str]:
        """The names of the columns of a table. Raises `Missing`."""

    def rows(self, table: str, query: str | None, key: str, columns: Sequence[str]) -> Iterator[Row]:
        """The rows of a table in the order of their keys, with the cells of some columns.

        Raises:
            Refused: the source turns out to be damaged, or is lost.
        """

    def close(self) -> None:
        """Let go of what is open."""


def open_source(source: str, form: CsvForm) -> Source:
    """The source meant by an address, folder or file.

    Raises:
        Refused: there is no such thing, it cannot be read, or what reads it is not installed.
    """
    if source.startswith(POSTGRES):
        from omi_rules.importing.postgres import Postgres

        return Postgres(source)
    scheme, found, _ = source.partition("://")
    if found:  # an address may hold a password: it is not repeated
        hint = "use a postgresql:// address, a folder of CSV files, or an .xlsx file"
        raise Refused([Fault(file=f"{show(scheme)}://...", what="not a source that can be read", hint=hint)])
    return _of_path(source, form)


def _of_path(source: str, form: CsvForm) -> Source:
    path, ending = Path(source), Path(source).suffix.lower()
    if path.is_dir():
        from omi_rules.importing.csv_folder import CsvFolder

        return CsvFolder(path, form)
    if not path.exists():
        raise Refused([Fault(file=source, what="no such file or folder")])
    if ending == ".xlsx":
        from omi_rules.importing.workbook import Workbook

        return Workbook(path)
    hint = "name the folder that it is in" if ending == ".csv" else "save it as .xlsx, or its tables as CSV files"
    raise Refused([Fault(file=source, what="neither a folder of CSV files nor an .xlsx file", hint=hint)])


def near(name: str, names: Iterable[str]) -> str:
    """A hint that names the table that may have been meant."""
    return nearest(name, names, "the source has other tables")
