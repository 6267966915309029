"""Cells of tables as values of a record. Nothing is guessed: what does not fit what the mapping says is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from omi_rules.conditions import Value
from omi_rules.errors import nearest, show
from omi_rules.importing.mapping import Column, Written
from omi_rules.vocabulary import Word

Cell = str | int | float | date | None
"""What stands in a cell: also a boolean, and a day with a time (`datetime`). None: nothing."""

BLANKS = " \t\r\n\u00a0"
"""What does not count at the ends of a cell."""

SPREADSHEET_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")

ISO = "%Y-%m-%d"


class Unread(Exception):
    """A cell that does not fit, with what is wrong and what to try."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def clean(cell: object) -> Cell:
    """A cell as all sources give it: no blanks around a text, whole numbers whole, midnight no time of day.

    >>> clean(" CO "), clean("  "), clean(17.0), clean(datetime(2006, 1, 4)), clean(time(9, 30))
    ('CO', None, 17, datetime.date(2006, 1, 4), '09:30:00')
    """
    if isinstance(cell, str):
        return cell.strip(BLANKS) or None
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, datetime):
        return cell if cell.time() != time() or cell.tzinfo is not None else cell.date()
    return cell if isinstance(cell, (int, float, date)) or cell is None else str(cell)


def code(cell: Cell) -> str:
    """A cell as a mapping writes it.

    >>> code(1), code(True), code(date(2006, 1, 4))
    ('1', 'true', '2006-01-04')
    """
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


@dataclass(frozen=True)
class Writing:
    """How the cells of one column are written, and what they may say."""

    word: Word
    written: Written
    values: Mapping[str, Value] = field(default_factory=dict)
    separator: str | None = None
    _read: dict[str, object] = field(default_factory=dict)
    """Texts read before: codes and dates come again and again."""

    @classmethod
    def of(cls, word: Word, written: Written, column: Column) -> Writing:
        """The writing of a column that goes to where `word` stands."""
        return cls(word, written, column.values, column.separator)

    def read(self, cell: Cell) -> object:
        """The value that a cell stands for; None for what is not recorded.

        Raises:
            Unread: the cell does not fit.
        """
        if cell is None:
            return None
        if type(cell) is not str:
            return self._value(cell)
        if cell in self._read:
            return self._read[cell]
        value = self._value(cell)
        if self.word.type != "text":  # which is seldom the same twice
            self._read[cell] = value
        return value

    def _value(self, cell: Cell) -> object:
        said = code(cell)
        if said in self.written.not_recorded:
            return None
        if said in SPREADSHEET_ERRORS:
            raise Unread(f"{said} is an error of a spreadsheet", "mend the formula, or list it under `not_recorded`")
        if self.word.type == "set":
            return self._list(said)
        return self._one(cell, said)

    def _one(self, cell: Cell, said: str) -> object:
        if self.values:
            if said not in self.values:
                raise Unread(f'"{show(said)}" is not a code of `values`', nearest(said, self.values, "add it there"))
            return self.values[said]
        match self.word.type:
            case "choice" | "set":
                return self._choice(said)
            case "yes_no":
                return self._yes_no(cell, said)
            case "integer":
                return _integer(cell, said)
            case "date":
                return _day(cell, self.written.date_format)
        return _text(cell, said)

    def _list(self, said: str) -> object:
        if said in self.written.no:
            return []
        parts = [part.strip(BLANKS) for part in said.split(self.separator or "\n")]
        return [self._one(part, part) for part in parts if part] or None  # nothing but separators is an empty cell

    def _choice(self, said: str) -> str:
        if said not in self.word.one_of:
            hint = nearest(said, self.word.one_of, "`values` says what the codes of a column stand for")
            raise Unread(f'"{show(said)}" is not a value of this place', hint)
        return said

    def _yes_no(self, cell: Cell, said: str) -> bool:
        if isinstance(cell, bool):
            return cell
        if said in self.written.yes:
            return True
        if said in self.written.no:
            return False
        words = [*self.written.yes, *self.written.no]
        raise Unread(f'"{show(said)}" is no word for yes or no', f"`yes` and `no` list them: {', '.join(words)}")


_WHOLE = re.compile(r"[+-]?\d{1,9}(\.0*)?", re.ASCII)


def _integer(cell: Cell, said: str) -> int:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    if not isinstance(cell, str) or not _WHOLE.fullmatch(said):
        raise Unread(f'"{show(said)}" is not a whole number')
    return int(said.partition(".")[0])


def _text(cell: Cell, said: str) -> str:
    if isinstance(cell, date):
        hint = "if a spreadsheet made a date of it, give the column the format of a text there"
        raise Unread(f"a date ({said}), where a text is wanted", hint)
    return said


def _day(cell: Cell, form: str) -> str:
    """A day as a record writes it, from a cell that is one, or from a text in a stated form."""
    if isinstance(cell, int) and not isinstance(cell, bool) and _DIGITS.search(form):
        cell = str(cell)  # a spreadsheet makes a number of 20060104
    if isinstance(cell, str):
        try:
            cell = _moment(cell, form)
        except ValueError:
            hint = f"the mapping says that dates are written as {example(form)} (date_format {form})"
            raise Unread(f'"{show(cell)}" is not a date', hint) from None
    if not isinstance(cell, date):
        raise Unread(f"{show(code(cell))}, where a date is wanted", "give the column the format of a date")
    if isinstance(cell, datetime):
        if not _tells_the_time(form):
            hint = 'if only the day matters, say so with a date_format that has the time, as "%Y-%m-%d %H:%M:%S"'
            raise Unread(f"a time of day ({cell}), where a day is wanted", hint)
        return cell.date().isoformat()
    return cell.isoformat()


def _moment(text: str, form: str) -> Cell:
    """A day, or a day with a time, from a text in a stated form; dates in ISO form may have a time, as databases do."""
    if form == ISO and re.match(r"\d{4}-\d\d-\d\d[ T]", text, re.ASCII):
        return clean(datetime.fromisoformat(text))
    found = datetime.strptime(text, form)
    digits = _DIGITS.search(form)
    if digits and found.strftime(digits[0]) not in text:
        raise ValueError  # 1112006 is the 1st of November to one reader, and the 11th of January to another
    return clean(found)


_DIGITS = re.compile(r"(%[dmyYjHMS]){2,}")
"""Numbers that nothing divides: each must have all its digits."""


def _tells_the_time(form: str) -> bool:
    return len({datetime(2006, 1, 31, hour, tzinfo=UTC).strftime(form) for hour in (0, 13)}) > 1


def example(form: str) -> str:
    """How a date looks in a form.

    >>> example("%d/%m/%Y")
    '31/01/2006'
    """
    return datetime(2006, 1, 31, tzinfo=UTC).strftime(form)
