"""Lines of NDJSON straight into columns.

A caseload is read by columns and not record by record. A line that is anything but a plainly valid record (damaged,
refused, with a key that comes twice) is not judged here: its place is handed back, and the `Reader` of single records
says what is wrong with it, or that nothing is. So there is one set of messages and one meaning of *valid*, `Reader`'s.

A record is a tree of parts. Each part says what msgspec is to decode (`form`), takes what it needs out of some hundred
decoded records at a time (`take`), and in the end makes one Arrow array of all it took (`array`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from types import MappingProxyType
from typing import Annotated, Any, Literal, Protocol, Union

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import UNSET, Meta, UnsetType, defstruct
from msgspec.structs import astuple
from numpy.typing import NDArray

from omi_rules.calendar import day_number
from omi_rules.facts.cases import WORDS, arrow_type
from omi_rules.ruleset import Ruleset
from omi_rules.vocabulary import LONGEST, MOST, DateRange, Vocabulary, Word, iso_date

TOGETHER = 256
"""Records held as objects at one time: few enough to stay in the processor's cache."""

Codes = NDArray[np.int32]
Rows = NDArray[np.int64]

_ABSENT, _NULL, _BAD = (place - (1 << 30) for place in range(3))
"""Codes of what is no value: a key that is not there, null, a date that is none. Those of values are larger."""

_KEY = re.compile(rb'"[ \t\r]*:')


class Columns:
    """Turns lines of JSON into batches of the schema of `facts.cases`."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._record = _record(ruleset)
        self._decode = msgspec.json.Decoder(self._record.form).decode

    def read(self, lines: Sequence[bytes]) -> tuple[pa.RecordBatch, list[int]]:
        """The records of some lines as a batch, and the places of the lines in doubt, which are not in it."""
        taken: list[Any] = []
        doubtful: list[int] = []
        for start in range(0, len(lines), TOGETHER):
            part, unsure = self._take(lines[start : start + TOGETHER])
            taken += part
            doubtful += [start + place for place in unsure]
        return pa.RecordBatch.from_struct_array(self._record.array(taken)), doubtful

    def _take(self, lines: Sequence[bytes]) -> tuple[list[Any], list[int]]:
        records, sure, unsure = [], [], []
        for place, line in enumerate(lines):
            try:
                records.append(self._decode(line))
                sure.append(place)
            except (msgspec.MsgspecError, UnicodeError, RecursionError):
                unsure.append(place)
        seen = _Seen()
        taken = self._record.fields(records, np.arange(len(records)), seen)
        if seen.keys != _keys([lines[place] for place in sure] if unsure else lines):
            return [], list(range(len(lines)))  # some key comes twice, and only the last was seen
        if not seen.bad:
            return [taken], unsure
        good = [record for row, record in enumerate(records) if row not in seen.bad]
        again = self._record.fields(good, np.arange(len(good)), _Seen())
        return [again], sorted([*unsure, *(sure[row] for row in seen.bad)])


def _keys(lines: Sequence[bytes]) -> int:
    """How many keys some records have: a colon after a quotation mark, unless texts hold colons too."""
    raw = b"\n".join(lines)
    text = np.frombuffer(raw, dtype=np.uint8)
    colons = text[1:] == ord(":")
    after_quote = int(np.count_nonzero(colons & (text[:-1] == ord('"'))))
    return after_quote if after_quote == np.count_nonzero(colons) else len(_KEY.findall(raw))


class _Seen:
    """What was met on the way through some records."""

    def __init__(self) -> None:
        self.keys = 0
        """How many keys they have."""
        self.bad: set[int] = set()
        """Records with a date that is none."""

    def there(self, values: Sequence[Any]) -> None:
        """Count the keys that are there."""
        self.keys += len(values) - len([1 for value in values if value is UNSET])


class Part(Protocol):
    """One part of a record."""

    form: Any
    """What msgspec is to decode."""

    def take(self, values: list[Any], rows: Rows, seen: _Seen) -> Any:
        """What is kept of some decoded values; `rows` are the records they belong to."""

    def array(self, taken: list[Any]) -> pa.Array:
        """Everything taken."""


class _Text:
    def __init__(self, type_: pa.DataType) -> None:
        self.form: Any = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
        self._type = type_

    def take(self, values: list[Any], _: Rows, seen: _Seen) -> list[str | None]:
        seen.there(values)
        return [None if value is UNSET else value for value in values]

    def array(self, taken: list[Any]) -> pa.Array:
        texts = pa.array(list(chain.from_iterable(taken)), pa.string())
        return texts if pa.types.is_string(self._type) else texts.dictionary_encode().cast(self._type)


class _Coded:
    """A value out of a closed set: a word, a whole number, or yes and no."""

    def __init__(self, form: Any, codes: Mapping[Any, int], type_: pa.DataType, words: Sequence[str] = ()) -> None:
        self.form = form
        self._codes = {UNSET: _ABSENT, None: _NULL, **codes}
        self._type, self._words = type_, words

    def take(self, values: Iterable[Any], _: Rows, seen: _Seen) -> Codes:
        found = np.fromiter(map(self._codes.__getitem__, values), dtype=np.int32)
        seen.keys += int(np.count_nonzero(found != _ABSENT))
        return found

    def array(self, taken: list[Any]) -> pa.Array:
        codes = _joined(taken)
        return _coded(codes, self._words) if self._words else pa.array(codes, mask=codes <= _BAD).cast(self._type)


class _Day:
    """A date: ten characters, turned into numbers all at once; with nulls or anything odd among them, one by one."""

    form: Any = Annotated[str, Meta(min_length=10, max_length=10)]
    absent = "0000-00-00"
    """Stands for a key that is not there. A record that says so itself has a key too many, and is doubtful."""

    _ZERO = np.frombuffer(absent.encode(), dtype=np.uint8)
    _MOST = np.array([9, 9, 9, 9, 0, 9, 9, 0, 9, 9], dtype=np.uint8)
    _PLACES = np.array([10_000_000, 1_000_000, 100_000, 10_000, 0, 1_000, 100, 0, 10, 1], dtype=np.float64)
    """What each digit counts: a month has 100 places and a year 10,000, so that no two texts share one."""

    def __init__(self, days: _DayNumbers) -> None:
        self._days = days

    def _at_once(self, values: list[Any]) -> Codes | None:
        try:
            text = np.frombuffer("".join(values).encode("ascii"), dtype=np.uint8).reshape(-1, 10)
        except (TypeError, UnicodeEncodeError):
            return None
        digits = text ^ self._ZERO
        if (digits > self._MOST).any():
            return None
        return self._days.at((digits.astype(np.float64) @ self._PLACES).astype(np.int32))

    def take(self, values: Iterable[Any], rows: Rows, seen: _Seen) -> Codes:
        values = list(values)
        found = self._at_once(values)
        if found is None:
            found = np.fromiter(map(self._days.__getitem__, values), dtype=np.int32)
        seen.keys += int(np.count_nonzero(found != _ABSENT))
        seen.bad.update(rows[found == _BAD].tolist())
        return found

    def array(self, taken: list[Any]) -> pa.Array:
        days = _joined(taken)
        return pa.array(days, mask=days <= _BAD).view(pa.date32())


class _DayNumbers(dict[Any, int]):
    """Day numbers of dates as records write them, worked out once each, and those of all dates by their place."""

    def __init__(self, span: DateRange) -> None:
        super().__init__({_Day.absent: _ABSENT, None: _NULL})
        self._span = span
        dates = np.arange(np.datetime64(span.from_), np.datetime64(span.to) + 1)
        places = np.array([int(text.replace("-", "")) for text in dates.astype(str).tolist()], dtype=np.int32)
        self._before = places[0] - 1
        after = places[-1] + 1  # both are bad, and stand for whatever is earlier or later
        self._at = np.full(after - self._before + 1, _BAD, dtype=np.int32)
        self._at[places - self._before] = dates.astype(np.int32)

    def at(self, places: NDArray[np.int32]) -> Codes:
        """The day numbers of some places, which are dates without their dashes."""
        found: Codes = self._at[np.clip(places - self._before, 0, len(self._at) - 1)]
        found[places == 0] = _ABSENT
        return found

    def __missing__(self, text: str) -> int:
        try:
            day = iso_date(text)
        except ValueError:
            return _BAD
        if not self._span.from_ <= day <= self._span.to:
            return _BAD
        number = self[text] = day_number(day)
        return number


class _Group:
    """An object: its parts by key. With `required`, those keys must be there, and not null."""

    def __init__(self, name: str, parts: Mapping[str, Part], required: Iterable[str] = (), tag: str = "") -> None:
        self.parts = parts
        self.required = frozenset(required)
        forms = {key: part.form for key, part in parts.items()}
        absent = {key: _Day.absent for key, part in parts.items() if isinstance(part, _Day)}
        self.form = _form(name, forms, self.required, tag, absent)
        self._of = {key: attrgetter(_attribute(key)) for key in parts}
        self._blank = None if self.required else self.form()

    def take(self, values: list[Any], rows: Rows, seen: _Seen) -> list[Any]:
        seen.there(values)
        values = [value or self._blank for value in values]
        return self.fields(values, rows, seen)

    def fields(self, values: list[Any], rows: Rows, seen: _Seen) -> list[Any]:
        """Take from objects that are all there."""
        return [part.take(list(map(self._of[key], values)), rows, seen) for key, part in self.parts.items()]

    def array(self, taken: list[Any]) -> pa.Array:
        arrays = [part.array([one[i] for one in taken]) for i, part in enumerate(self.parts.values())]
        return pa.StructArray.from_arrays(arrays, names=list(self.parts))


class _List:
    """A list of things alike."""

    def __init__(self, item: Any) -> None:
        self.form = list[item.form]
        self._item = item

    def take(self, values: list[Any], rows: Rows, seen: _Seen) -> tuple[NDArray[np.int64], Any]:
        seen.there(values)
        lengths = np.array([-1 if value is None or value is UNSET else len(value) for value in values], dtype=np.int64)
        items = list(chain.from_iterable([value for value in values if value]))
        return lengths, self._item.take_items(items, np.repeat(rows, np.maximum(lengths, 0)), seen)

    def array(self, taken: list[Any]) -> pa.Array:
        lengths = _joined([lengths for lengths, _ in taken])
        items = self._item.array([items for _, items in taken])
        return pa.ListArray.from_arrays(_offsets(np.maximum(lengths, 0)), items, mask=pa.array(lengths < 0))


class _Word(_Coded):
    """A word of a set."""

    def take_items(self, items: list[Any], rows: Rows, seen: _Seen) -> Codes:
        before = seen.keys
        taken = self.take(items, rows, seen)
        seen.keys = before  # words of a list have no keys
        return taken


class _Entry(_Group):
    """An entry of a history."""

    def take_items(self, items: list[Any], rows: Rows, seen: _Seen) -> list[Any]:
        return self.fields(items, rows, seen)


class _Event:
    """An event: each kind has attributes of its own, and nothing under those of others."""

    def __init__(self, words: Vocabulary, days: _DayNumbers) -> None:
        self._on = _Day(days)
        self._words = words
        self._kinds = [
            _Group(
                name, {"on": self._on, **{key: _part(word, days) for key, word in kind.attributes.items()}}, tag=name
            )
            for name, kind in words.events.items()
        ]
        self.form = Union[tuple(kind.form for kind in self._kinds)]  # noqa: UP007 - made at run time
        self._code = {kind.form: code for code, kind in enumerate(self._kinds)}

    def take_items(self, items: list[Any], rows: Rows, seen: _Seen) -> tuple[Any, ...]:
        kind = np.frombuffer(bytes(map(self._code.__getitem__, map(type, items))), dtype=np.uint8)
        seen.keys += len(items)  # the type of each
        day = self._on.take(map(_ON, items), rows, seen)
        of_kind = {}
        for code, group in enumerate(self._kinds):
            places = np.flatnonzero(kind == code)
            if len(places) and len(group.parts) > 1:
                alike = list(map(items.__getitem__, places.tolist()))
                of_kind[code] = (
                    places,
                    {
                        key: part.take(list(map(attrgetter(_attribute(key)), alike)), rows[places], seen)
                        for key, part in group.parts.items()
                        if key != "on"
                    },
                )
        return kind, day, of_kind

    def array(self, taken: list[Any]) -> pa.Array:
        kinds = _joined([kind for kind, _, _ in taken])
        starts = np.cumsum([0, *(len(kind) for kind, _, _ in taken)])
        parts: dict[str, list[tuple[Rows, pa.Array]]] = {name: [] for name in self._words.attributes}
        for code, group in enumerate(self._kinds):
            have = [(start, of[code]) for start, (_, _, of) in zip(starts, taken, strict=False) if code in of]
            places = _joined([start + where for start, (where, _) in have])
            for key, part in group.parts.items() if have else ():
                if key != "on":
                    parts[key].append((places, part.array([values[key] for _, (_, values) in have])))
        types = {key: arrow_type(word) for kind in self._words.events.values() for key, word in kind.attributes.items()}
        made = {
            "type": _coded(kinds, list(self._words.events)),
            "on": self._on.array([day for _, day, _ in taken]),
            **{key: _spread(of, len(kinds), types[key]) for key, of in parts.items()},
        }
        return pa.StructArray.from_arrays(list(made.values()), names=list(made))


class _Lettered(StrEnum):
    """Words that are decoded as one letter each: that of their place."""

    def __new__(cls, letter: str, word: str) -> _Lettered:
        made = str.__new__(cls, letter)
        made._value_ = word
        return made


class _Answers:
    """The assessor's answers: one byte a question and record."""

    _NULL, _NONE = 254, 255

    def __init__(self, ruleset: Ruleset) -> None:
        self._questions, self._scale = list(ruleset.questions), list(ruleset.head.answers.words)
        lettered: Any = _Lettered  # mypy does not know that this makes an enumeration
        answer = lettered("Answer", [(word, (chr(code), word)) for code, word in enumerate(self._scale)])
        absent = dict.fromkeys(self._questions, chr(self._NONE))
        self.form = _form("answers", dict.fromkeys(self._questions, answer), absent=absent)
        self._blank = self.form()

    def take(self, values: list[Any], _: Rows, seen: _Seen) -> NDArray[np.uint8]:
        seen.there(values)
        letters = "".join([self._letters(value or self._blank) for value in values])
        codes = np.frombuffer(letters.encode("latin-1"), dtype=np.uint8).reshape(len(values), len(self._questions))
        seen.keys += int(np.count_nonzero(codes != self._NONE))
        return codes

    def _letters(self, answers: Any) -> str:
        letters = astuple(answers)
        try:
            return "".join(letters)
        except TypeError:
            return "".join([chr(self._NULL) if letter is None else letter for letter in letters])

    def array(self, taken: list[Any]) -> pa.Array:
        codes = np.concatenate(taken) if taken else np.zeros((0, len(self._questions)), dtype=np.uint8)
        given = codes < self._NULL
        questions = _coded(np.nonzero(given)[1], self._questions)
        return pa.MapArray.from_arrays(
            _offsets(np.count_nonzero(given, axis=1)), questions, _coded(codes[given], self._scale)
        )


_ON = attrgetter("of_on")
_NUMBERS = {number: number for number in range(-MOST, MOST + 1)}


def _record(ruleset: Ruleset) -> _Group:
    """The parts of a record, in the order of `facts.cases.schema`."""
    words = ruleset.vocabulary
    days = _DayNumbers(words.dates)
    tree: dict[str, Any] = {}
    for path, word in words.fields.items():
        _place(tree, path, (_part(word, days), word.required))
    for path, word in words.histories.items():
        _place(tree, path, (_List(_Entry("entry", {"level": _part(word, days), "from": _Day(days)})), False))
    for name in words.flags:
        _place(tree, f"flags.{name}", (_Coded(bool, {False: 0, True: 1}, pa.bool_()), False))
    tree["events"] = (_List(_Event(words, days)), False)
    tree["answers"] = (_Answers(ruleset), False)
    return _group("record", tree)


def _part(word: Word, days: _DayNumbers) -> Part:
    match word.type:
        case "text":
            return _Text(arrow_type(word))
        case "date":
            return _Day(days)
        case "choice":
            return _Coded(Literal[word.one_of], _places(word.one_of), WORDS, word.one_of)
        case "set":
            return _List(_Word(Literal[word.one_of], _places(word.one_of), WORDS, word.one_of))
        case "integer":
            most = MOST if word.or_more else word.to
            return _Coded(Annotated[int, Meta(ge=word.from_, le=most)], _NUMBERS, pa.int16())
        case "yes_no":
            return _Coded(bool, {False: 0, True: 1}, pa.bool_())


def _places(words: Sequence[str]) -> dict[str, int]:
    return {word: place for place, word in enumerate(words)}


def _place(tree: dict[str, Any], path: str, leaf: tuple[Part, bool]) -> None:
    *groups, name = path.split(".")
    for group in groups:
        tree = tree.setdefault(group, {})
    tree[name] = leaf


def _group(name: str, tree: Mapping[str, Any]) -> _Group:
    """Nested objects from nested dictionaries; a group is required if anything in it is."""
    parts, required = {}, []
    for key, inner in tree.items():
        part, needed = inner if isinstance(inner, tuple) else (group := _group(key, inner), bool(group.required))
        parts[key] = part
        required += [key] if needed else []
    return _Group(name, parts, required)


def _form(
    name: str,
    types: Mapping[str, Any],
    required: frozenset[str] = frozenset(),
    tag: str = "",
    absent: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """An object with these keys and no other; what is not required may be absent or null.

    `absent` says what stands for a key that is not there, where that is not UNSET.
    """
    fields: list[Any] = [(_attribute(key), type_) for key, type_ in types.items() if key in required]
    fields += [
        (_attribute(key), Union[type_, None, UnsetType], absent.get(key, UNSET))  # noqa: UP007 - made at run time
        for key, type_ in types.items()
        if key not in required
    ]
    tagged: dict[str, Any] = {"tag": tag, "tag_field": "type"} if tag else {}
    renamed = {_attribute(key): key for key in types}
    return defstruct(_attribute(name), fields, rename=renamed, forbid_unknown_fields=True, gc=False, **tagged)


def _attribute(key: str) -> str:
    """A key as a name that Python takes."""
    return "of_" + re.sub(r"\W", "_", key)


def _joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int32)


def _offsets(lengths: NDArray[Any]) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))


def _coded(codes: NDArray[Any], words: Sequence[str]) -> pa.DictionaryArray:
    mask = codes <= _BAD if codes.dtype == np.int32 else None
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16), mask=mask), pa.array(words, pa.string()))


def _spread(parts: Sequence[tuple[Rows, pa.Array]], size: int, type_: pa.DataType) -> pa.Array:
    """Values of some places, and nothing at all others."""
    if not parts:
        return pa.nulls(size, type_)
    where = np.full(size, -1, dtype=np.int64)
    start = 0
    for places, _ in parts:
        where[places] = np.arange(start, start + len(places))
        start += len(places)
    return pa.concat_arrays([array for _, array in parts]).take(pa.array(where, mask=where < 0))
