"""What is wrong with a mapping, as far as the words of the ruleset tell; the source is asked in `binding`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from omi_rules.conditions import Value
from omi_rules.errors import Fault, nearest, show
from omi_rules.importing.cells import ISO, Unread, Writing
from omi_rules.importing.mapping import CaseMapping, Column, Table, Written
from omi_rules.importing.targets import DATED_BY, NEEDED, Rows, Target, kind_of, kinds, targets
from omi_rules.records import Reader
from omi_rules.source import KEY, Document, Steps
from omi_rules.vocabulary import Word

STAR = "*"
"""Stands for a name that a column and a place have in common, as in ``"q_*": answers.*``."""

CONSTANT = Written(date_format=ISO, yes=("true",), no=("false",), not_recorded=())
"""How constants are written: as a record writes its values."""


def faults(mapping: CaseMapping, reader: Reader) -> Iterator[Fault]:
    """Everything that can be told without the source."""
    head = mapping.head
    yield from _of_written(mapping.document, (), head.date_format, head.yes, head.no)
    for name, table in mapping.tables.items():
        yield from _Check(name, table, mapping, reader).faults()
    if len(mapping.tables) == len(mapping.head.tables):  # else a table whose faults are told may be the one
        yield from _of_cases(mapping, reader)


def where(document: Document, path: Steps) -> Steps:
    """A path as it stands in the file, where short forms leave positions out."""
    found: Steps = ()
    for step in path:
        if (*found, step) in (document.places or ()):
            found = (*found, step)
    return found


def starred(target: str, known: Mapping[str, Target]) -> Mapping[str, Target]:
    """The places that a path with a star stands for, by what the star stands for."""
    before = target.removesuffix(STAR)
    return {name.removeprefix(before): one for name, one in known.items() if before and name.startswith(before)}


def of_csv(mapping: CaseMapping) -> Iterator[Fault]:
    """What makes it impossible to read any CSV file."""
    head, document = mapping.head, mapping.document
    if len(head.csv.character) != 1 or head.csv.character in '"\r\n':
        what = f'"{show(head.csv.delimiter)}", where one character is wanted'
        yield document.fault(("csv", "delimiter"), what, "a tab is written as the word `tab`")
    try:
        "".encode(head.csv.encoding)
    except LookupError:  # or an encoding of something else than text
        hint = nearest(head.csv.encoding, ("utf-8", "cp1252", "latin-1", "utf-16"))
        yield document.fault(("csv", "encoding"), f"{show(head.csv.encoding)} is not an encoding", hint)


def _of_written(
    document: Document, path: Steps, form: str | None, yes: Iterable[str] | None, no: Iterable[str] | None
) -> Iterator[Fault]:
    if form is not None and not _tells_the_day(form):
        what = f"{show(form)} does not tell the day, month and year"
        yield document.fault((*path, "date_format"), what, 'write it as "%d/%m/%Y" for 31/01/2006')
    for word in sorted(set(yes or ()) & set(no or ())):
        yield document.fault((*path, "no"), f"`{show(word)}` stands for yes too")


def _tells_the_day(form: str) -> bool:
    day = datetime(2006, 1, 31, tzinfo=UTC)
    try:
        return datetime.strptime(day.strftime(form), form).date() == day.date()
    except ValueError:
        return False


def _of_cases(mapping: CaseMapping, reader: Reader) -> Iterator[Fault]:
    """There must be a table of cases, and what every record needs must come from somewhere, and from one place."""
    cases = {name: table for name, table in mapping.tables.items() if table.rows == Rows.CASE}
    if not cases:
        yield mapping.document.fault(("tables", KEY), "no table of cases", "one of the tables has `rows: case`")
        return
    first: Steps = ("tables", next(iter(cases)), KEY)
    named = [place for table in cases.values() for place in _places(table)]
    known = targets(Rows.CASE, reader)
    for path, word in reader.vocabulary.fields.items():
        if word.required and path != "case_id" and not _named(path, named, known):
            yield mapping.document.fault(first, f"no column or constant goes to `{path}`", "every record needs it")
    for path in _twice(named):
        goers = " and ".join(f"{name}.{goer}" for name, table in cases.items() for goer in _goers(table, path))
        yield mapping.document.fault(first, f"`{path}` comes from {goers}", "name one of them")


def _named(part: str, named: Iterable[str], known: Mapping[str, Target]) -> bool:
    """Whether a place is named, be it misspelt, as is told then."""
    return any(one == part or (one not in known and nearest(one, known) == f"did you mean `{part}`?") for one in named)


def _twice(named: list[str]) -> list[str]:
    return sorted({place for place in named if named.count(place) > 1 and STAR not in place})


def _places(table: Table) -> list[str]:
    return [*(one.to for columns in table.columns.values() for one in columns), *table.constants]


def _goers(table: Table, path: str) -> list[str]:
    columns = [name for name, listed in table.columns.items() for one in listed if one.to == path]
    return [*columns, *(["constants"] if path in table.constants else [])]


@dataclass(frozen=True)
class _Check:
    name: str
    table: Table
    mapping: CaseMapping
    reader: Reader

    def faults(self) -> Iterator[Fault]:
        table, vocabulary = self.table, self.reader.vocabulary
        kind = kind_of(table.rows, vocabulary)
        if kind is None:
            what = f"`{show(table.rows)}` is not a kind of rows"
            yield self._fault(("rows",), what, nearest(table.rows, kinds(vocabulary)))
            return
        yield from _of_written(self.mapping.document, self._path(()), table.date_format, table.yes, table.no)
        known = targets(table.rows, self.reader)
        for name, listed in table.columns.items():
            for i, column in enumerate(listed):
                yield from self._of_column(name, column, ("columns", name, i), known)
        for place, value in table.constants.items():
            yield from self._of_constant(place, value, known)
        yield from self._of_needed(kind)
        yield from self._of_no_rows(kind)
        if kind is Rows.EVENTS:
            yield from self._of_types(known)

    def _of_column(self, name: str, column: Column, path: Steps, known: Mapping[str, Target]) -> Iterator[Fault]:
        yield from _of_written(self.mapping.document, self._path(path), column.date_format, column.yes, column.no)
        found = starred(column.to, known) if STAR in column.to else {}
        if (name.count(STAR), column.to.count(STAR)) not in ((0, 0), (1, 1)):
            hint = 'as in `"q_*": answers.*`'
            yield self._fault(
                (*path, "to"), "a star stands in a column and in the place it goes to, or in neither", hint
            )
            return
        target = known.get(column.to) or next(iter(found.values()), None)
        if target is None:
            yield self._unknown((*path, "to"), column.to, known)
            return
        word = target.word
        for code, value in column.values.items():
            yield from self._of_value(value, word, target.name, (*path, "values", code))
        if column.values and word.type == "date":
            hint = "`date_format` says how it is written"
            yield self._fault((*path, "values", KEY), "a date has no codes", hint)
        if (column.separator is not None) != (word.type == "set"):
            what = "a list in one cell wants a `separator`" if word.type == "set" else "only a list has a `separator`"
            yield self._fault((*path, "to" if word.type == "set" else "separator"), what, self._of_list(target))
        written = self.mapping.writing(self.table, column)
        for code in sorted(set(written.not_recorded) & set(column.values)):
            yield self._fault((*path, "values", code, KEY), f"`{show(code)}` is also in `not_recorded`")

    def _of_list(self, target: Target) -> str:
        return f"or a column for each, as in `{target.name}.{target.word.one_of[0]}`" if target.word.one_of else ""

    def _of_value(self, value: Value, word: Word, place: str, path: Steps) -> Iterator[Fault]:
        if word.type in ("text", "date"):
            if not isinstance(value, str):
                hint = f'put it in quotation marks: "{show(value)}"'
                yield self._fault(path, f"{show(value)}, where a text is wanted", hint)
        elif word.or_more and isinstance(value, int) and not isinstance(value, bool):
            return
        elif not any(value == one and type(value) is type(one) for one in word.values):
            yield self._fault(path, f"{show(value)} is not a value of `{place}`", nearest(value, word.values))

    def _of_constant(self, place: str, value: Value, known: Mapping[str, Target]) -> Iterator[Fault]:
        path: Steps = ("constants", place)
        if place not in known:
            yield self._unknown((*path, KEY), place, known)
            return
        word = known[place].word
        if word.type == "set":
            hint = f"write a constant for each: {place}.{word.one_of[0]}: true"
            yield self._fault(path, "a list cannot be a constant", hint)
            return
        yield from self._of_value(value, word, place, path)
        if word.type == "date" and isinstance(value, str):
            try:
                Writing(word, CONSTANT).read(value)
            except Unread as unread:
                yield self._fault(path, unread.what, "write dates as 2006-06-28")

    def _unknown(self, path: Steps, place: str, known: Mapping[str, Target]) -> Fault:
        rows = self.table.rows
        what = f"`{show(place)}` is not a place in a {'case record' if rows == Rows.CASE else f'row of `{rows}`'}"
        return self._fault(path, what, nearest(place, known, "`omi-check rules schema case` shows them"))

    def _of_needed(self, kind: Rows) -> Iterator[Fault]:
        named = _places(self.table)
        known = targets(self.table.rows, self.reader)
        for part in NEEDED[kind]:
            if not _named(part, named, known):
                hint = "name it under `columns`, or under `constants` if it is the same for every row"
                yield self._fault((KEY,), f"no column or constant goes to `{part}`", hint)
        for place in _twice(named) if kind is not Rows.CASE else ():
            what = f"`{place}` comes from {' and '.join(_goers(self.table, place))}"
            yield self._fault((KEY,), what, "name one of them")

    def _of_no_rows(self, kind: Rows) -> Iterator[Fault]:
        table = self.table
        wanted = kind not in (Rows.CASE, Rows.ANSWERS)
        for key in ("no_rows", "kept_if"):
            if getattr(table, key) is not None and not wanted:
                yield self._fault((key, KEY), f"a table of {'cases' if kind is Rows.CASE else kind} has no `{key}`")
        if wanted and (table.no_rows is None) == (table.kept_if is None):
            what = "what does it mean that a case has no row here?"
            hint = (
                "write `no_rows: none` (there was none), `no_rows: not_recorded`, or `kept_if:` and a column of cases"
            )
            yield self._fault(("no_rows", KEY) if table.no_rows else (KEY,), what, hint)
        if table.order_by is not None and kind not in DATED_BY:
            yield self._fault(("order_by", KEY), "only events and histories have an order")

    def _of_types(self, known: Mapping[str, Target]) -> Iterator[Fault]:
        """An attribute must be one of an event that the table can give."""
        possible = self._types()
        if not possible:
            return
        events = self.reader.vocabulary.events
        for name, listed in self.table.columns.items():
            for i, column in enumerate(listed):
                target = known.get(column.to)
                if target is None or column.to in ("type", "on"):
                    continue
                of = [event for event in possible if target.steps[0] in events[event].attributes]
                if not of or (target.event and target.event not in possible):
                    what = f"no event of this table has `{show(column.to)}`"
                    hint = f"its events: {', '.join(possible)}"
                    yield self._fault(("columns", name, i, "to"), what, hint if len(possible) <= 20 else "")

    def _types(self) -> list[str]:
        """The types of event a table can give; none if that is not known, or wrong."""
        events = self.reader.vocabulary.events
        named = [self.table.constants[key] for key in ("type",) if key in self.table.constants]
        for listed in self.table.columns.values():
            named += [value for one in listed if one.to == "type" for value in one.values.values()]
        return list(dict.fromkeys(str(one) for one in named)) if all(one in events for one in named) else []

    def _path(self, steps: Steps) -> Steps:
        return where(self.mapping.document, ("tables", self.name, *steps))

    def _fault(self, steps: Steps, what: str, hint: str = "") -> Fault:
        return self.mapping.document.fault(self._path(steps), what, hint)
