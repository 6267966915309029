"""Cases from tables: each is checked like any other record, or refused with everything that is wrong with its rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from omi_rules.errors import Fault, Refused, show
from omi_rules.importing import checks
from omi_rules.importing.binding import Bound, Plan, bind
from omi_rules.importing.drafts import Draft, Origin
from omi_rules.importing.mapping import load
from omi_rules.importing.ordering import Row, joined
from omi_rules.importing.sources import Source, open_source
from omi_rules.importing.targets import Rows
from omi_rules.reading import Item
from omi_rules.records import Reader
from omi_rules.ruleset import Ruleset
from omi_rules.source import Document


@dataclass(frozen=True)
class Import:
    """A mapping and a source that fit each other. The source is open until the items are through."""

    source: Source
    bound: Bound
    reader: Reader

    def items(self) -> Generator[Item]:
        """Every case by its reference, and what belongs to none.

        Raises:
            Refused: the source turns out to be damaged, or is lost.
        """
        plans = self.bound.plans
        try:
            streams = [self.source.rows(plan.name, plan.table.query, plan.table.key, plan.columns) for plan in plans]
            for key, tables in joined(streams):
                yield from self._of_key(key, tables)
        finally:
            self.source.close()

    @property
    def unused(self) -> tuple[str, ...]:
        """What the source has and the mapping does not mention."""
        return self.bound.unused

    def left_out(self) -> Iterator[str]:
        """What the mapping says to leave out, with how often it came; known when the items are through."""
        for plan in self.bound.plans:
            of_column: dict[str, Counter[str]] = {}
            for (column, code), number in plan.left_out.items():
                of_column.setdefault(column, Counter())[code] = number
            place = self.source.place(plan.name)
            for column, codes in sorted(of_column.items()):
                listed = ", ".join(f"{show(code)} {number:,}" for code, number in sorted(codes.items()))
                yield f"rows left out, as the mapping says: {place}: {show(column)}: {listed}"
            for column, number in sorted(plan.passed_over.items()):
                yield f"values not used, as their events are of other types: {place}: {show(column)}: {number:,}"

    def _of_key(self, key: str, tables: list[list[Row]]) -> Iterator[Item]:
        """The case of one reference; its own row decides whether there is one."""
        plans = self.bound.plans
        first = [row for row in tables[0] if not plans[0].leaves_out(row)]
        if tables[0] and not first:
            return
        rest = zip(plans[1:], tables[1:], strict=True)
        rows = [(plans[0], first), *((plan, [row for row in rows if not plan.leaves_out(row)]) for plan, rows in rest)]
        if not key:
            yield from self._astray(rows, lambda plan: f"without a reference in `{show(plan.table.key)}`")
        elif first:
            yield self._case(key, rows)
        else:
            yield from self._astray(
                rows, lambda _: f"of a case that {self.source.place(plans[0].name)} does not have", key
            )

    def _case(self, key: str, tables: list[tuple[Plan, list[Row]]]) -> Item:
        draft = Draft(key, self.source, self.reader.vocabulary)
        for plan, rows in tables:
            if plan.kind is Rows.CASE and len(rows) > 1:
                draft.faults.append(
                    draft.fault(Origin(plan, rows[1]), f"{_rows(rows)} of one case", "a case has one row")
                )
                rows = rows[:1]
            for row in rows:
                draft.add(plan, row)
        draft.finish(self.bound.plans)
        whole = Origin(tables[0][0], tables[0][1][0])
        place = self.source.place(whole.plan.name, whole.row.number)
        place = place if whole.row.number else f"{place}: {show(key)}"
        try:
            record, warnings = self.reader.check(Document(place, "", draft.record, places={}))
        except Refused as refused:
            found = [_placed(fault, draft, whole) for fault in refused.faults]
            return Item(place, None, (*draft.faults, *(one for one in found if not _explained(one, draft.faults))))
        if draft.faults:
            return Item(place, None, tuple(draft.faults))
        return Item(place, record, (*draft.warnings, *(_placed(fault, draft, whole) for fault in warnings)))

    def _astray(
        self, tables: list[tuple[Plan, list[Row]]], why: Callable[[Plan], str], key: str = ""
    ) -> Iterator[Item]:
        """Rows that belong to no case, as one item."""
        faults = []
        for plan, rows in tables:
            if rows:
                path = f"case {show(key)}" if key else ""
                place = self.source.place(plan.name, rows[0].number)
                faults.append(Fault(file=place, path=path, what=f"{_rows(rows)} {why(plan)}"))
        if faults:
            yield Item(faults[0].file, None, tuple(faults))


def begin(mapping: Path, source: str, ruleset: Ruleset) -> Import:
    """Read a mapping, open a source, and see whether they fit.

    Raises:
        Refused: everything that is wrong with the mapping, and with what it asks of the source.
    """
    faults: list[Fault] = []
    read = load(mapping, faults)
    if read is None:
        raise Refused(faults)
    faults += checks.faults(read, ruleset.reader)
    if unreadable := list(checks.of_csv(read)):
        raise Refused([*faults, *unreadable])
    try:
        opened = open_source(source, read.head.csv)
    except Refused as refused:
        raise Refused([*faults, *refused.faults]) from None
    try:
        bound = bind(read, opened, ruleset.reader, faults)
        if faults:
            raise Refused(faults)
    except BaseException:
        opened.close()
        raise
    return Import(opened, bound, ruleset.reader)


def items(mapping: Path, source: str, ruleset: Ruleset) -> Iterator[Item]:
    """The cases of a source. Raises `Refused` as `begin` and `Import.items` do."""
    yield from begin(mapping, source, ruleset).items()


def _placed(fault: Fault, draft: Draft, whole: Origin) -> Fault:
    """What the reader says of a record, at the row and column it comes from."""
    listed = re.fullmatch(r"(.+)\[(\d+)\](?:\.(.+))?", fault.path)
    if listed and draft.entries.get(listed[1]):
        entry = draft.entries[listed[1]][int(listed[2])]
        column = entry.origin.plan.column_of((listed[3],), entry.values.get("type", "")) if listed[3] else ""
        origin = entry.origin._replace(column=column)
    else:
        named = whole._replace(column=whole.plan.column_of(tuple(fault.path.split("."))))
        origin = draft.origins.get(fault.path, named)
    return draft.fault(origin, fault.what, fault.hint, fault.path)


def _explained(fault: Fault, told: list[Fault]) -> bool:
    """Whether something is wrong only because its row or cell could not be read, as is told already."""
    cell = fault.path.partition(" (")[0]
    row = cell.rpartition(": ")[0]
    return any(one.file == fault.file and one.path.partition(" (")[0] in (cell, row) for one in told)


def _rows(rows: list[Row]) -> str:
    """How many rows, and which, if they are numbered.

    >>> _rows([Row("A", 12, ()), Row("A", 40, ())]), _rows([Row("A", 0, ())])
    ('2 rows (12, 40)', '1 row')
    """
    numbers = [str(row.number) for row in rows if row.number]
    listed = f" ({', '.join(numbers[:10])}{', ...' * (len(numbers) > 10)})" if len(numbers) > 1 else ""
    return f"{len(rows):,} row{'s' * (len(rows) != 1)}{listed}"
