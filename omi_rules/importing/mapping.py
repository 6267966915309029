"""The mapping file: which columns of which tables go where in a case record, and how their cells are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from omi_rules.conditions import Value
from omi_rules.errors import Fault
from omi_rules.forms import SOME, Before, form
from omi_rules.loading import build
from omi_rules.rule_text import read_yaml
from omi_rules.source import Document, read_text


@form
class Column:
    """Where a column goes, and how its cells are written where that differs from the rest of its table."""

    to: str
    """A path of the record; in other tables than those of cases, a part of the entry that a row is."""
    values: dict[str, Value] = field(default_factory=dict)
    """Codes and what they stand for. Other codes are refused then."""
    date_format: str | None = None
    yes: tuple[str, ...] | None = None
    no: tuple[str, ...] | None = None
    not_recorded: tuple[str, ...] | None = None
    separator: str | None = None
    """What stands between the values of a list that is written in one cell."""


def _list_of_columns(raw: object) -> object:
    """A path alone stands for a column with nothing else to say, and one column for a list of one."""
    listed = raw if isinstance(raw, list) else [raw]
    return [{"to": one} if isinstance(one, (str, int)) else one for one in listed]


Columns = Annotated[tuple[Column, ...], Before(_list_of_columns), SOME]


@form
class Table:
    """A table: what its rows are, whose they are, and where its columns go."""

    rows: str
    """``case``, ``events``, ``answers``, ``flags``, a history (``risk.roh``) or a list (``sentence.requirements``)."""
    key: str
    """The column with the reference of the case."""
    query: str | None = None
    """What is asked of PostgreSQL instead of the whole table."""
    columns: dict[str, Columns] = field(default_factory=dict)
    constants: dict[str, Value] = field(default_factory=dict)
    """Places of the record that are the same for every row."""
    leave_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns, and the codes in them whose rows are not wanted."""
    no_rows: Literal["none", "not_recorded"] | None = None
    """What it means that a case has no row: there was none, or it is not known."""
    kept_if: str | None = None
    """The column of a table of cases that says so for each case: yes, it was recorded, so no row means none."""
    order_by: str | None = None
    """The column that tells the order of rows of one day; numbers as numbers."""
    ignore: tuple[str, ...] = ()
    """Columns that are known not to be used."""
    date_format: str | None = None
    yes: tuple[str, ...] | None = None
    no: tuple[str, ...] | None = None
    not_recorded: tuple[str, ...] | None = None


@form
class CsvForm:
    """How the CSV files are written."""

    delimiter: str = ","
    """A character, or the word `tab`: a YAML file of ours holds no tabs."""
    encoding: str = "utf-8"

    @property
    def character(self) -> str:
        """What stands between two cells."""
        return "\t" if self.delimiter == "tab" else self.delimiter


@form
class Head:
    """The whole file; its tables are read one by one, so that a slip in one does not hide those in others."""

    means: str = ""
    date_format: str = "%Y-%m-%d"
    yes: tuple[str, ...] = ("true",)
    no: tuple[str, ...] = ("false",)
    not_recorded: tuple[str, ...] = ()
    csv: CsvForm = field(default_factory=CsvForm)
    tables: dict[str, object]


@dataclass(frozen=True)
class CaseMapping:
    """A mapping as it was read; what is wrong with it so far is in the faults that came with it."""

    head: Head
    tables: Mapping[str, Table]
    """Those whose form is right."""
    document: Document

    def writing(self, table: Table, column: Column | None = None) -> Written:
        """How the cells of a column are written: what is said nearest to it holds."""
        head, levels = self.head, [level for level in (column, table) if level is not None]
        return Written(
            date_format=next(
                (level.date_format for level in levels if level.date_format is not None), head.date_format
            ),
            yes=next((level.yes for level in levels if level.yes is not None), head.yes),
            no=next((level.no for level in levels if level.no is not None), head.no),
            not_recorded=next(
                (level.not_recorded for level in levels if level.not_recorded is not None), head.not_recorded
            ),
        )


@dataclass(frozen=True)
class Written:
    """How dates, yes and no, and what is not recorded are written."""

    date_format: str
    yes: tuple[str, ...]
    no: tuple[str, ...]
    not_recorded: tuple[str, ...]


def load(path: Path, faults: list[Fault]) -> CaseMapping | None:
    """The mapping in a file; None, or without some tables, if its form is wrong: the faults are added.

    Raises:
        Refused: the file cannot be read, or is not YAML.
    """
    document = read_yaml(read_text(path), str(path))
    data = document.data
    raw = data["tables"] if isinstance(data, dict) and isinstance(data.get("tables"), dict) else {}
    bare = {**data, "tables": {name: {} for name in raw}} if raw else data
    head = build(Head, bare, document, (), faults)
    tables = {}
    for name, entry in raw.items():
        table = build(Table, entry, document, ("tables", name), faults)
        if table is not None:
            tables[name] = table
    return CaseMapping(head, tables, document) if head is not None else None
