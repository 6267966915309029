"""A batch of case records as flat arrays.

Cases enter as an Arrow record batch whose schema follows from the vocabulary, whatever they were read from, so
that one case and a million go the same way. Words become codes: 0 is *not recorded*, 1 the first value, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from omi_rules.calendar import Days, day_number
from omi_rules.facts.arrow import Children, Codes, Flags, Rows, child, children, codes, dates, flat, valid
from omi_rules.records import Record
from omi_rules.ruleset import Ruleset
from omi_rules.vocabulary import Vocabulary, Word

WORDS = pa.dictionary(pa.int16(), pa.string())
"""The type of a word out of a list."""

OPEN_WORDS = pa.dictionary(pa.int32(), pa.string())
"""The type of a text for which there are usual words: every other text may come as well, and each record its own."""


@lru_cache(maxsize=8)
def schema(words: Vocabulary) -> pa.Schema:
    """The Arrow schema of a case record that a ruleset has these words for."""
    tree: dict[str, Any] = {}

    def place(path: str, type_: pa.DataType) -> None:
        *groups, name = path.split(".")
        branch = tree
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[name] = type_

    for path, word in words.fields.items():
        place(path, arrow_type(word))
    for path, word in words.histories.items():
        place(path, pa.list_(pa.struct([("level", arrow_type(word)), ("from", pa.date32())])))
    for name in words.flags:
        place(f"flags.{name}", pa.bool_())
    attributes = attribute_types(words).items()
    place("events", pa.list_(pa.struct([("type", WORDS), ("on", pa.date32()), *attributes])))
    tree["answers"] = pa.map_(WORDS, WORDS)
    return pa.schema([pa.field(name, _nested(inner)) for name, inner in tree.items()])


def _nested(tree: Any) -> pa.DataType:
    return pa.struct([(name, _nested(inner)) for name, inner in tree.items()]) if isinstance(tree, dict) else tree


def attribute_types(words: Vocabulary) -> dict[str, pa.DataType]:
    """The type of every attribute of events: one, whatever the types of event that have it."""
    return {key: arrow_type(word) for kind in words.events.values() for key, word in kind.attributes.items()}


def arrow_type(word: Word) -> pa.DataType:
    """The type of a value."""
    match word.type:
        case "date":
            return pa.date32()
        case "integer":
            return pa.int16()
        case "yes_no":
            return pa.bool_()
        case "set":
            return pa.list_(WORDS)
        case "choice":
            return WORDS
        case "text":
            return OPEN_WORDS if word.known else pa.string()


def batch(records: Sequence[Record], ruleset: Ruleset) -> pa.RecordBatch:
    """Checked records as one Arrow record batch."""
    rows = [{**record, "answers": _entries(record.get("answers"))} for record in records]
    form = schema(ruleset.vocabulary)
    return pa.RecordBatch.from_arrays([pa.array([row.get(f.name) for row in rows], f.type) for f in form], schema=form)


def _entries(answers: Mapping[str, str | None] | None) -> list[tuple[str, str]] | None:
    return None if answers is None else [(question, answer) for question, answer in answers.items() if answer]


@dataclass(frozen=True)
class Events:
    """Some events of a batch, in the order of the cases within each type."""

    row: Rows
    """Which case each belongs to."""
    day: Days
    dated: Flags
    attributes: Callable[[str], Codes]
    """Code of an attribute; an open text that is none of the known words has the code after theirs."""
    dates: Callable[[str], tuple[Days, Flags]]
    """An attribute that is a date: the day, and whether it is recorded."""


@dataclass(frozen=True)
class History:
    """The entries of one history, one after another in the order of the cases."""

    row: Rows
    level: Codes
    day: Days
    dated: Flags


class Cases:
    """The columns of a batch, taken out of Arrow when they are asked for."""

    def __init__(self, table: pa.RecordBatch, ruleset: Ruleset, as_of: date | None = None) -> None:
        self.table = table
        self.ruleset = ruleset
        self.size = table.num_rows
        self._groups: dict[tuple[str, ...], Children] = {}
        self._events: dict[str, Events] = {}
        assessed, _ = self.date("assessed_on")
        self.as_of: Days = assessed if as_of is None else np.full(self.size, day_number(as_of), dtype=np.int32)
        ended, recorded = self.date("sentence.ended_on")
        self.ended: Flags = recorded & (ended <= self.as_of)
        """Whether supervision has ended by the as-of date."""
        self.horizon: Days = np.where(self.ended, ended, self.as_of).astype(np.int32)
        """The last day that the clock runs."""

    def _column(self, path: str) -> pa.Array:
        *groups, name = path.split(".")
        return child(self._group(tuple(groups)), name, self.size)

    def _group(self, steps: tuple[str, ...]) -> Children:
        """The columns of a nested object, taken apart once."""
        if steps not in self._groups:
            *outer, name = steps or ("",)
            nested = self.table if not steps else child(self._group(tuple(outer)), name, self.size)
            self._groups[steps] = children(nested)
        return self._groups[steps]

    def date(self, path: str) -> tuple[Days, Flags]:
        """A date field: day numbers, and whether each is recorded."""
        return dates(self._column(path))

    def codes(self, path: str) -> Codes:
        """A field or flag as codes of its values."""
        return codes(self._column(path), self.ruleset.values[path])

    def texts(self, path: str) -> list[str | None]:
        """What a field says, in words."""
        return [None if value is None else str(value) for value in self._column(path).to_pylist()]

    def recorded(self, path: str) -> Flags:
        """Whether a field is on record."""
        return valid(self._column(path))

    @cached_property
    def answers(self) -> NDArray[np.int8]:
        """The assessor's answers, question x case, as codes of the answer scale."""
        questions = tuple(self.ruleset.questions)
        width = len(questions) + 2  # a code each, that of no question, and that of one unknown
        made = np.zeros(width * self.size, dtype=np.int8)
        rows, entries, _ = flat(self._column("answers"))
        if len(rows):
            of, given = (children(entries)[part] for part in ("key", "value"))
            places = codes(of, questions) * np.int64(self.size) + rows
            made[places] = codes(given, self.ruleset.head.answers.words).astype(np.int8)
        return made.reshape(width, self.size)[1:-1]

    def set_of(self, path: str) -> tuple[Mapping[str, Flags], Flags]:
        """A list of words: which cases have each word, and whether the list is recorded."""
        array = self._column(path)
        rows, inner, recorded = flat(array)
        words = self.ruleset.vocabulary.fields[path].one_of
        found = codes(inner, words)
        has = {}
        for code, word in enumerate(words, start=1):
            has[word] = np.zeros(self.size, dtype=bool)
            has[word][rows[found == code]] = True
        return has, recorded

    @cached_property
    def logged(self) -> Flags:
        """Whether the events of a case are recorded at all."""
        return valid(self._column("events"))

    def events(self, type_: str) -> Events:
        """The events of a type."""
        if type_ not in self._events:
            log = self._log
            chosen = log.of_type[type_]
            words = self.ruleset.vocabulary

            known: dict[str, Codes] = {}

            def coded(name: str) -> Codes:
                if name not in known:
                    known[name] = codes(log.column(name), words.attributes[name], chosen)
                return known[name]

            def dated(name: str) -> tuple[Days, Flags]:
                return dates(log.column(name), chosen)

            self._events[type_] = Events(log.row[chosen], log.day[chosen], log.dated[chosen], coded, dated)
        return self._events[type_]

    @cached_property
    def _log(self) -> _Log:
        return _Log(self._column("events"), tuple(self.ruleset.vocabulary.events))

    def history(self, path: str) -> tuple[History, Flags]:
        """A history, and whether it is recorded at all."""
        rows, items, recorded = flat(self._column(path))
        inner = children(items)
        day, dated = dates(child(inner, "from", len(rows)))
        levels = codes(child(inner, "level", len(rows)), self.ruleset.vocabulary.histories[path].values)
        return History(rows, levels, day, dated), recorded


class _Log:
    """Every event of a batch, with the places of those of each type."""

    def __init__(self, column: pa.Array, types: Sequence[str]) -> None:
        self.row, items, _ = flat(column)
        self._fields = children(items)
        self.day, self.dated = dates(self.column("on"))
        of = codes(self.column("type"), types)
        order = np.argsort(of, kind="stable")
        ends = np.cumsum(np.bincount(of, minlength=len(types) + 2))
        self.of_type = {name: order[ends[code - 1] : ends[code]] for code, name in enumerate(types, start=1)}

    def column(self, name: str) -> pa.Array:
        """A field of the events."""
        return child(self._fields, name, len(self.row))
