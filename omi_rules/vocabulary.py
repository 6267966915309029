"""The words a case may use: fields, histories, flags, events and their attributes, as a ruleset declares them."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic_core import PydanticCustomError

from omi_rules.conditions import Value
from omi_rules.forms import Made, Strict, form


def iso_date(value: object) -> date:
    """A date as records and rules write it, ``2006-06-28`` and no other way."""
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        turned = _BRITISH.fullmatch(value) if isinstance(value, str) else None
        year_first = f"{turned[3]}-{int(turned[2]):02}-{int(turned[1]):02}" if turned else ""
        hint = f"write the year first: {year_first}" if _is_day(year_first) else "write dates as 2006-06-28"
        raise PydanticCustomError("bad_date", "not a date", {"hint": hint})
    if not _is_day(value):
        raise PydanticCustomError("bad_date", "there is no such day", {"hint": ""})
    return date.fromisoformat(value)


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BRITISH = re.compile(r"(\d\d?)[/.-](\d\d?)[/.-](\d{4})", re.ASCII)

IsoDate = Annotated[date, Made(iso_date)]
StrictBool = Annotated[bool, Strict()]
StrictInt = Annotated[int, Strict()]


LONGEST = 10_000
"""The longest text a record may hold, in characters."""

MOST = 30_000
"""The largest number a record may hold: what the columns of numbers have room for."""


@form
class Word:
    """A value a record may hold, and what it means.

    `one_of` lists the values of a choice or set, lowest first where they have an order; `known` the usual values of
    an open text; `from` and `to` bound an integer, and with `or_more` larger ones are read as the largest.
    """

    type: Literal["text", "date", "choice", "set", "integer", "yes_no"]
    means: str = ""
    required: StrictBool = False
    one_of: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    from_: StrictInt | None = None
    to: StrictInt | None = None
    or_more: StrictBool = False

    def __post_init__(self) -> None:
        if (self.type in ("choice", "set")) != bool(self.one_of):
            raise ValueError("a choice or set, and nothing else, has `one_of`")
        if (self.type == "integer") != (self.from_ is not None and self.to is not None):
            raise ValueError("an integer, and nothing else, has `from` and `to`")
        if not 0 <= (self.to or 0) - (self.from_ or 0) <= 1000 or not -MOST <= (self.from_ or 0) <= MOST:
            raise ValueError("want `from` no larger than `to`, with at most 1000 between them")
        if len(set(self.one_of)) < len(self.one_of) or len(set(self.known)) < len(self.known):
            raise ValueError("the same value twice")
        if self.known and self.type != "text":
            raise ValueError("only a text has `known` values")

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """Every value, lowest first; what a text or date holds is open, so they have none but the `known` ones."""
        if self.type == "yes_no":
            return (False, True)
        if self.type == "integer":
            return tuple(range(self.from_ or 0, (self.to or 0) + 1))
        return self.one_of or self.known


@form
class EventType:
    """A kind of event, its meaning and the attributes it may carry besides its date."""

    means: str
    attributes: dict[str, Word] = field(default_factory=dict)


@form
class DateRange:
    """The dates that are believed."""

    from_: IsoDate
    to: IsoDate

    def __post_init__(self) -> None:
        if not date(1800, 1, 1) <= self.from_ <= self.to <= date(2199, 12, 31):
            raise ValueError("want `from` no later than `to`, both between 1800-01-01 and 2199-12-31")


@form
class Vocabulary:
    """Every word of a ruleset. Keys of `fields` and `histories` are paths inside the record, ``sentence.kind``."""

    dates: DateRange
    fields: dict[str, Word]
    histories: dict[str, Word]
    flags: dict[str, str]
    events: dict[str, EventType]

    @cached_property
    def attributes(self) -> dict[str, tuple[Value, ...]]:
        """Every attribute of any kind of event with the values it may have, those of all kinds together."""
        found: dict[str, tuple[Value, ...]] = {}
        for kind in self.events.values():
            for name, word in kind.attributes.items():
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), *word.values)))
        return found

    @cached_property
    def attribute_types(self) -> dict[str, str]:
        """The type of every attribute name; the same name has one type wherever it is used."""
        return {name: word.type for kind in self.events.values() for name, word in kind.attributes.items()}
