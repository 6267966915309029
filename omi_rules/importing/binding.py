"""A mapping and a source brought together: which cells of which rows go where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.importing.cells import Writing, code
from omi_rules.importing.checks import STAR, starred, where
from omi_rules.importing.mapping import CaseMapping, Column, Table
from omi_rules.importing.ordering import Row
from omi_rules.importing.sources import Missing, Source
from omi_rules.importing.targets import YES_NO, Rows, Target, kind_of, targets
from omi_rules.records import Reader
from omi_rules.source import KEY, Steps


@dataclass(frozen=True)
class Way:
    """The way of a cell into the record."""

    column: str
    at: int
    """Which of the row's cells."""
    target: Target
    writing: Writing


@dataclass(frozen=True)
class Plan:
    """What is done with the rows of one table."""

    name: str
    index: int
    """Its place among the tables of the mapping."""
    table: Table
    kind: Rows
    columns: tuple[str, ...]
    """Whose cells the rows have."""
    ways: tuple[Way, ...]
    """The one to the type of event comes first: the others ask for it."""
    constants: tuple[tuple[Target, Any], ...]
    kept: tuple[Way, ...]
    """In a table of cases, the columns that tell whether other tables were kept for a case."""
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Rows that were left out, by column and code."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Values that were not taken, by column: it is asked of other types of event only."""

    @cached_property
    def _unwanted(self) -> list[tuple[str, int, tuple[str, ...]]]:
        return [(column, self.columns.index(column), codes) for column, codes in self.table.leave_out.items()]

    @cached_property
    def order_at(self) -> int | None:
        """The cell that tells the order of rows of one day."""
        return None if self.table.order_by is None else self.columns.index(self.table.order_by)

    def column_of(self, steps: Steps, event: str = "") -> str:
        """The column that leads to a place; empty if there is none."""
        fitting = (way for way in self.ways if way.target.steps == steps and way.target.event in ("", event))
        return next((way.column for way in fitting), "")

    def leaves_out(self, row: Row) -> bool:
        """Whether the mapping does not want a row; it is counted."""
        for column, at, codes in self._unwanted:
            cell = row.cells[at]
            if cell is not None and code(cell) in codes:
                self.left_out[column, code(cell)] += 1
                return True
        return False


@dataclass(frozen=True)
class Bound:
    """A mapping bound to a source."""

    plans: tuple[Plan, ...]
    """Those of cases come first; the first of all says which cases there are."""
    unused: tuple[str, ...]
    """What the source has and the mapping does not mention: columns by table, and tables."""


def bind(mapping: CaseMapping, source: Source, reader: Reader, faults: list[Fault]) -> Bound:
    """Bring a mapping and a source together; what does not fit is added to the faults."""
    headers = {}
    for name, table in mapping.tables.items():
        try:
            headers[name] = source.columns(name, table.query)
        except Missing as missing:
            steps: Steps = ("tables", name, "query" if missing.query else KEY)
            faults.append(mapping.document.fault(steps, missing.what, missing.hint))
        except Refused as refused:
            faults += refused.faults
    parts = [
        _Part(name, table, kind, headers[name], mapping, source.place(name), reader, faults)
        for name, table in mapping.tables.items()
        if name in headers and (kind := kind_of(table.rows, reader.vocabulary)) is not None
    ]
    parts.sort(key=lambda part: part.kind is not Rows.CASE)
    kept = _kept(parts, complete=len(parts) == len(mapping.head.tables))
    unused = [f"{part.place}: {', '.join(spare)}" for part in parts if (spare := part.unused(kept))]
    return Bound(
        tuple(part.plan(index, kept) for index, part in enumerate(parts)),
        (*unused, *source.others(mapping.head.tables)),
    )


def _kept(parts: list[_Part], *, complete: bool) -> Mapping[str, str]:
    """The columns that `kept_if` names, with the table of cases that has each."""
    cases = [part for part in parts if part.kind is Rows.CASE]
    found = {}
    for part in parts:
        column = part.table.kept_if
        if column is None:
            continue
        holder = next((case for case in cases if column in case.header), None)
        if holder is not None:
            found[column] = holder.name
            if holder.header.count(column) > 1:
                what = f"{holder.header.count(column)} columns of {holder.place} are named `{show(column)}`"
                part.fault(("kept_if",), what, "give each a name of its own")
        elif cases and complete:
            known = [name for case in cases for name in case.header]
            what = f"`{show(column)}` is not a column of a table of cases"
            part.fault(("kept_if",), what, nearest(column, known, "the tables of cases have other columns"))
    return found


@dataclass(frozen=True)
class _Part:
    """One table of a mapping, beside the header it has in the source."""

    name: str
    table: Table
    kind: Rows
    header: list[str]
    mapping: CaseMapping
    place: str
    reader: Reader
    faults: list[Fault]

    def plan(self, index: int, kept: Mapping[str, str]) -> Plan:
        """What is to be done with the rows."""
        known = targets(self.table.rows, self.reader)
        ways = sorted(self._ways(known), key=lambda way: way[1].to != "type")
        asked = [column for column, table in kept.items() if table == self.name]
        named = [*(name for name, _, _ in ways), *asked, *self._others()]
        columns = tuple(dict.fromkeys(name for name in named if name in self.header))
        written = self.mapping.writing(self.table)
        return Plan(
            name=self.name,
            index=index,
            table=self.table,
            kind=self.kind,
            columns=columns,
            ways=tuple(
                Way(
                    name,
                    columns.index(name),
                    target,
                    Writing.of(target.word, self.mapping.writing(self.table, column), column),
                )
                for name, column, target in ways
                if name in columns
            ),
            constants=tuple((known[place], value) for place, value in self.table.constants.items() if place in known),
            kept=tuple(
                Way(name, columns.index(name), Target(name, YES_NO, (name,)), Writing(YES_NO, written))
                for name in asked
            ),
        )

    def unused(self, kept: Mapping[str, str]) -> list[str]:
        """The columns that the mapping does not mention."""
        stars = [_pattern(name) for name in self.table.columns if STAR in name]
        mentioned = {self.table.key, *self.table.columns, *self.table.ignore, *self._others()}
        mentioned |= {column for column, table in kept.items() if table == self.name}
        spare = [name for name in self.header if name not in mentioned]
        return [
            show(name) or "a column without a name" for name in spare if not any(star.fullmatch(name) for star in stars)
        ]

    def _others(self) -> list[str]:
        """The columns that are read but go nowhere."""
        return [*self.table.leave_out, *([self.table.order_by] if self.table.order_by else [])]

    def _ways(self, known: Mapping[str, Target]) -> Iterator[tuple[str, Column, Target]]:
        self._exists(self.table.key, ("key",))
        for name in self.table.leave_out:
            self._exists(name, ("leave_out", name, KEY))
        if self.table.order_by is not None:
            self._exists(self.table.order_by, ("order_by",))
        for i, name in enumerate(self.table.ignore):
            self._exists(name, ("ignore", i))
        for name, listed in self.table.columns.items():
            if STAR in name:
                yield from self._starred(name, known)
                continue
            self._exists(name, ("columns", name, KEY))
            for column in listed:
                if column.to in known:
                    yield name, column, known[column.to]

    def _starred(self, name: str, known: Mapping[str, Target]) -> Iterator[tuple[str, Column, Target]]:
        """A way for each column that a name with a star stands for."""
        mentioned = {self.table.key, *self.table.columns, *self.table.ignore, *self._others()}
        found = [
            (one, fit[1])
            for one in dict.fromkeys(self.header)
            if one not in mentioned and (fit := _pattern(name).fullmatch(one))
        ]
        path: Steps = ("columns", name, KEY)
        for one, _ in found:
            self._exists(one, path)
        if not found:
            self.fault(path, f"no column of {self.place} is named so")
        for column in (one for one in self.table.columns[name] if STAR in one.to):
            places = starred(column.to, known)
            for one, star in found:
                if star in places:
                    yield one, column, places[star]
                elif places:
                    place = show(column.to.removesuffix(STAR) + star)
                    what = f"`{show(one)}` of {self.place} is named so, but `{place}` is not a place in a case record"
                    hint = nearest(star, places)
                    self.fault(path, what, f"{hint}{', or ' if hint else ''}list it under `ignore`")

    def _exists(self, column: str, steps: Steps) -> None:
        times = self.header.count(column)
        if times == 0:
            what = f"`{show(column)}` is not a column of {self.place}"
            self.fault(
                steps,
                what,
                nearest(column, [name for name in self.header if name], f"it has {len(self.header)} others"),
            )
        elif times > 1:
            self.fault(
                steps, f"{times} columns of {self.place} are named `{show(column)}`", "give each a name of its own"
            )

    def fault(self, steps: Steps, what: str, hint: str = "") -> None:
        """Add a fault at a place in the table."""
        document = self.mapping.document
        self.faults.append(document.fault(where(document, ("tables", self.name, *steps)), what, hint))


def _pattern(name: str) -> re.Pattern[str]:
    before, _, after = name.partition(STAR)
    return re.compile(f"{re.escape(before)}(.+){re.escape(after)}", re.DOTALL)
