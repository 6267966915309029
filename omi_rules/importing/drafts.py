"""The rows of one case put together, as far as they fit; what does not fit is named by table, row and column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from omi_rules.errors import Fault, show
from omi_rules.importing.binding import Plan, Way
from omi_rules.importing.cells import Unread
from omi_rules.importing.ordering import Row
from omi_rules.importing.sources import Source
from omi_rules.importing.targets import DATED_BY, Rows
from omi_rules.vocabulary import Vocabulary


class Origin(NamedTuple):
    """Where something in a record came from."""

    plan: Plan
    row: Row
    column: str = ""


class Entry(NamedTuple):
    """An event or an entry of a history, by what decides its place in the list."""

    undated: bool
    day: str
    table: int
    order: tuple[int, float, str]
    values: dict[str, Any]
    origin: Origin


class Draft:
    """A record in the making."""

    def __init__(self, key: str, source: Source, words: Vocabulary) -> None:
        self.key, self._source, self._words = key, source, words
        self.record: dict[str, Any] = {}
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.origins: dict[str, Origin] = {}
        """Of single values, by their path."""
        self.entries: dict[str, list[Entry]] = defaultdict(list)
        """By the path of their list."""
        self._members: dict[str, dict[str, bool | None]] = defaultdict(dict)
        """Which words a list has, by its path; of "" it is not recorded which word it has."""
        self._left_open: set[str] = set()
        """Flags that have a row which does not say whether they hold."""
        self._kept: dict[str, bool | None] = {}
        self._first: dict[str, Origin] = {}
        """The first row of each table."""

    def fault(self, origin: Origin, what: str, hint: str = "", path: str = "") -> Fault:
        """A fault of a row, or of a cell in it."""
        column = show(origin.column) if origin.column else ""
        said = f"{column} ({path})" if column and path and column != path else column or path
        parts = [f"case {show(self.key)}", said]
        place = self._source.place(origin.plan.name, origin.row.number)
        return Fault(file=place, path=": ".join(part for part in parts if part), what=what, hint=hint)

    def add(self, plan: Plan, row: Row) -> None:
        """Take in a row."""
        self._first.setdefault(plan.name, Origin(plan, row))
        if row.fault:
            self._refuse(Origin(plan, row), row.fault)
            return
        match plan.kind:
            case Rows.CASE:
                self._case(plan, row)
            case Rows.EVENTS | Rows.HISTORY:
                self._entry(plan, row)
            case Rows.LIST:
                self._member(plan, row)
            case Rows.FLAGS | Rows.ANSWERS:
                self._pair(plan, row)

    def finish(self, plans: Sequence[Plan]) -> None:
        """Put the lists in their places, and say what it means that there are none."""
        for plan in plans:
            first = self._first.get(plan.name)
            if "case_id" not in self.record and first and (column := plan.column_of(("case_id",))):
                self._refuse(
                    first._replace(column=column), "empty, where the reference of the case is wanted", path="case_id"
                )
        self.record.setdefault("case_id", self.key)
        paths = dict.fromkeys(plan.table.rows for plan in plans if plan.kind in (*DATED_BY, Rows.LIST))
        for path in dict.fromkeys((*paths, *self._members)):
            self._list(path, [plan for plan in plans if plan.table.rows == path])
        for plan in plans:
            self._compare(plan)
            if plan.kind is Rows.FLAGS and self._none_means_none(plan):
                for name in _flags_of(plan, self._words):
                    if name not in self._left_open:
                        _group(self.record, ("flags",)).setdefault(name, False)

    def _refuse(self, origin: Origin, what: str, hint: str = "", path: str = "") -> None:
        self.faults.append(self.fault(origin, what, hint, path))

    def _read(self, plan: Plan, row: Row, way: Way) -> Any:
        """What a cell says; None, with the fault told, if it cannot be read."""
        try:
            return way.writing.read(row.cells[way.at])
        except Unread as unread:
            self._refuse(Origin(plan, row, way.column), unread.what, unread.hint, way.target.name)
            return None

    def _case(self, plan: Plan, row: Row) -> None:
        for way in plan.ways:
            target, value = way.target, self._read(plan, row, way)
            path = ".".join(target.steps)
            if target.member:
                self._has(path, target.member, value, Origin(plan, row, way.column))
            elif value is None:
                continue
            elif target.word.type == "set":
                for one in target.word.one_of:
                    self._has(path, one, one in value, Origin(plan, row, way.column))
            else:
                self._put(target.steps, value, Origin(plan, row, way.column))
        for target, value in plan.constants:
            if target.member:
                self._has(".".join(target.steps), target.member, bool(value), Origin(plan, row))
            else:
                self._put(target.steps, value, Origin(plan, row))
        for way in plan.kept:
            self._kept[way.column] = self._read(plan, row, way)

    def _put(self, steps: tuple[str, ...], value: Any, origin: Origin) -> None:
        path, group = ".".join(steps), _group(self.record, steps[:-1])
        before = group.setdefault(steps[-1], value)
        if before == value:
            self.origins.setdefault(path, origin)
            return
        other = self.origins[path]
        place = self._source.place(other.plan.name, other.row.number)
        what = f"{show(value)} for `{path}`, where {place} has {show(before)}"
        self._refuse(origin, what, "which of them holds? a record has one")

    def _has(self, path: str, word: str, said: bool | None, origin: Origin) -> None:
        """Whether a list has a word; what is not recorded contradicts nothing."""
        members, place = self._members[path], f"{path}.{word}"
        if said is None:
            members.setdefault(word, None)
        elif members.get(word) is None:
            members[word], self.origins[place] = said, origin
        elif members[word] is not said:
            other = self.origins[place]
            there = self._source.place(other.plan.name, other.row.number)
            has = ("has it not", "has it")
            what = f"`{path}` {has[said]}: {show(word)}, where {there} {has[not said]}"
            self._refuse(origin, what, "which of them holds?")

    def _entry(self, plan: Plan, row: Row) -> None:
        values: dict[str, Any] = {target.steps[0]: value for target, value in plan.constants if not target.event}
        faults = len(self.faults)
        taken, passed = set(), set()
        for way in plan.ways:  # the type of an event comes first
            cell, target = row.cells[way.at], way.target
            if cell is None:
                continue
            if target.event and target.event != values.get("type"):
                passed.add(way.column)
                continue
            taken.add(way.column)
            value = self._read(plan, row, way)
            if value is not None and self._fits(way, value, values, plan, row):
                values[target.steps[0]] = value
            elif target.name == "type":
                break
        if plan.kind is Rows.EVENTS and "type" not in values:
            if len(self.faults) == faults:
                what = "empty, where the type of an event is wanted"
                self._refuse(Origin(plan, row, plan.column_of(("type",))), what, path="type")
            return
        for target, value in plan.constants:
            if target.event and target.event == values.get("type"):
                values.setdefault(target.steps[0], value)
        plan.passed_over.update(passed - taken)
        day, order = values.get(DATED_BY[plan.kind]), _order(plan, row)
        entry = Entry(day is None, day or "", plan.index, order, values, Origin(plan, row))
        self.entries[plan.table.rows].append(entry)

    def _fits(self, way: Way, value: Any, values: Mapping[str, Any], plan: Plan, row: Row) -> bool:
        """Whether an entry can take a value; if not, why is told."""
        name, event = way.target.steps[0], values.get("type")
        if name in values and values[name] != value:
            what = f"{show(value)} for `{name}`, where another column has {show(values[name])}"
            self._refuse(Origin(plan, row, way.column), what)
            return False
        if event is None or name == "on" or name in self._words.events[event].attributes:
            return True
        of = next(kind for kind, one in self._words.events.items() if name in one.attributes)
        hint = f"if the column says it of other events only, let it go to those, as in `{of}.{name}`"
        self._refuse(Origin(plan, row, way.column), f"{show(value)}, but the event `{event}` has no `{name}`", hint)
        return False

    def _member(self, plan: Plan, row: Row) -> None:
        for way in plan.ways:
            value = self._read(plan, row, way)
            self._has(plan.table.rows, value or "", None if value is None else True, Origin(plan, row, way.column))
        for _, value in plan.constants:
            self._has(plan.table.rows, str(value), True, Origin(plan, row))

    def _pair(self, plan: Plan, row: Row) -> None:
        """A row that names a flag or question, and what holds of it."""
        group, first, second = (
            ("flags", "flag", "value") if plan.kind is Rows.FLAGS else ("answers", "question", "answer")
        )
        values = {target.name: value for target, value in plan.constants}
        columns = dict.fromkeys((first, second), "")
        before = len(self.faults)
        for way in plan.ways:
            values[way.target.name] = self._read(plan, row, way)
            columns[way.target.name] = way.column
        if len(self.faults) > before:
            return
        if values[first] is None:
            self._refuse(Origin(plan, row, columns[first]), f"empty, where a {first} is wanted")
        elif values[second] is None:
            self._left_open.add(str(values[first]))
        else:
            self._put((group, values[first]), values[second], Origin(plan, row, columns[second]))

    def _list(self, path: str, plans: Sequence[Plan]) -> None:
        steps = path.split(".")
        members = self._members.get(path, {})
        made: list[Any] = [entry.values for entry in self._in_order(path)]
        if members:
            made = [value for value in self._words.fields[path].one_of if members.get(value)]
        if members:
            kept = [self._kept.get(plan.table.kept_if) is True for plan in plans if plan.table.kept_if is not None]
            none = all(said is False for said in members.values()) and all(kept)
        else:
            none = bool(plans) and all(self._none_means_none(plan) for plan in plans)
        if made or none:
            _group(self.record, steps[:-1])[steps[-1]] = made

    def _in_order(self, path: str) -> list[Entry]:
        """The entries of a list. Where nothing settles their order, what they say does: it is the same every time."""
        entries = self.entries[path]
        if len({entry[:4] for entry in entries}) < len(entries):
            entries.sort(key=lambda entry: repr(sorted(entry.values.items())))
        entries.sort(key=lambda entry: entry[:4])
        return entries

    def _compare(self, plan: Plan) -> None:
        """Warn of a table that was not kept for this case, and has rows of it."""
        column, first = plan.table.kept_if, self._first.get(plan.name)
        if column is not None and first is not None and self._kept.get(column) is False:
            what = f"a row, though `{show(column)}` says that none were kept: it is used"
            self.warnings.append(self.fault(first, what))

    def _none_means_none(self, plan: Plan) -> bool:
        """Whether a table without a row for this case says that there was nothing."""
        if plan.table.kept_if is not None:
            return self._kept.get(plan.table.kept_if) is True
        return plan.table.no_rows == "none"


def _group(record: dict[str, Any], steps: Sequence[str]) -> dict[str, Any]:
    for step in steps:
        record = record.setdefault(step, {})
    return record


def _flags_of(plan: Plan, words: Vocabulary) -> Sequence[str]:
    """The flags that a table can name: the others it says nothing of, nor of those whose rows are left out."""
    named = [str(value) for target, value in plan.constants if target.name == "flag"]
    for way in plan.ways:
        if way.target.name == "flag":
            codes = {code: str(value) for code, value in way.writing.values.items()} or {
                one: one for one in words.flags
            }
            out = {codes.get(code) for code in plan.table.leave_out.get(way.column, ())}
            named += [name for name in codes.values() if name not in out]
    return named


def _order(plan: Plan, row: Row) -> tuple[int, float, str]:
    """What a column says of the order of the rows of one day: numbers as numbers, before texts."""
    if plan.order_at is None:
        return (0, 0.0, "")
    cell: Any = row.cells[plan.order_at]
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return (1, 0.0, "" if cell is None else str(cell))
    return (0, number, "") if isfinite(number) else (1, 0.0, str(cell))
