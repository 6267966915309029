"""What a ruleset says, form by form: moments, facts, clocks, questions.

Each class is one form of the rule files, read by pydantic and used as it is. Conditions are parsed before
(`ruleset.load`), because they need the facts and their place in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic_core import PydanticCustomError

from omi_rules.calendar import Duration, duration
from omi_rules.conditions import ALWAYS, Condition
from omi_rules.forms import SOME, Before, Bounds, Made, OneOf, form
from omi_rules.vocabulary import IsoDate, StrictBool, StrictInt


def _parsed(condition: Any) -> Any:
    return condition


When = Annotated[Condition, Made(_parsed, "object")]
"""A condition, which is parsed before pydantic sees it."""


@form
class Source:
    """Where a rule comes from: a document of the ruleset, and the place in it."""

    document: str
    section: str = ""
    item: str = ""


@form
class Kind:
    """A type of event; `only` says in which cases it counts."""

    type: str
    only: When = ALWAYS


def _kinds(raw: Any) -> Any:
    listed = raw if isinstance(raw, list) else [raw]
    if not all(isinstance(kind, (str, dict)) for kind in listed):
        raise ValueError("want the name of a type of event, or a list of such names")
    return [{"type": kind} if isinstance(kind, str) else kind for kind in listed]


Kinds = Annotated[tuple[Kind, ...], SOME, Before(_kinds)]

RECORDED = "recorded"


def _wanted(raw: Any) -> Any:
    listed = raw if isinstance(raw, list) else [raw]
    if not listed or not all(isinstance(value, (bool, int, str)) for value in listed):
        raise ValueError("want a value, a list of values, or `recorded`")
    return raw if raw == RECORDED else listed


Wanted = Annotated[Literal["recorded"] | tuple[bool | int | str, ...], Before(_wanted)]
"""What an attribute of an event must be: one of some values, or anything so that it is on record."""


@form
class Events:
    """Events of some kinds, `with` attributes of some values."""

    event: Kinds
    with_: dict[str, Wanted] = field(default_factory=dict)


def _events(raw: Any) -> Any:
    return {"event": raw} if isinstance(raw, (str, list)) else raw


EventsOrType = Annotated[Events, Before(_events)]


def _duration(raw: Any) -> Any:
    if isinstance(raw, Duration):
        return raw
    try:
        return duration(raw if isinstance(raw, str) else "")
    except ValueError as error:
        raise PydanticCustomError("bad_length", "not a length of time", {"hint": str(error)}) from None


Length = Annotated[Duration, Made(_duration)]


@form
class DatedLength:
    """A length of time in force from a day on."""

    value: Length
    from_: IsoDate | None = None
    source: Source | None = None


@form
class Awaits:
    """A number that no source gives: the ruleset says why, and `--set` or its `parameters` may give it."""

    awaits: str


def _limit(raw: Any) -> Any:
    return raw if isinstance(raw, (list, dict)) else [{"value": raw}]


def _form(raw: Any) -> str:
    return "Awaits" if isinstance(raw, (dict, Awaits)) else "DatedLength"


Limit = Annotated[
    Annotated[tuple[DatedLength, ...], SOME] | Awaits,
    OneOf(_form, ("DatedLength", "Awaits")),
    Before(_limit),
]


# Moments


@form
class FieldDate:
    """A date field, and in which cases it is the one to take."""

    date: str
    only: When = ALWAYS


@form
class FieldMoment:
    """The first of some date fields that applies and is recorded."""

    means: str
    field: Annotated[tuple[FieldDate, ...], SOME]
    source: Source | None = None


@form
class LatestMoment:
    """The day of the latest event of a type; `due` names the attribute that carries the due day it sets."""

    means: str
    latest: str
    since: str | None = None
    due: str | None = None
    source: Source | None = None


def _level(raw: Any) -> Any:
    if isinstance(raw, bool) or not isinstance(raw, (str, int)):
        raise ValueError("want one level")
    return raw


@form
class Reaches:
    """A level of a history, in force on a moment or reached later."""

    history: str
    at_least: Annotated[str | int, Before(_level)]
    since: str


@form
class ReachMoment:
    """The day from which a level was in force, counted from a moment on: that moment if it was in force then."""

    means: str
    reaches: Reaches
    source: Source | None = None


def _window(raw: Any) -> Any:
    return None if raw == "any time" else _duration(raw)


@form
class DatedWindow:
    """A window in force from a day on; None is without limit."""

    value: Annotated[Duration | None, Made(_window)]
    from_: IsoDate | None = None
    source: Source | None = None


@form
class Count:
    """In some cases, so many events in less than a window."""

    only: When
    nth: Annotated[StrictInt, Bounds(ge=2)]
    in_less_than: Annotated[tuple[DatedWindow, ...], SOME, Before(_limit)]


@form
class ForcedBy(Events):
    """Repeated events that call for action, on distinct days."""

    since: str
    counts: Annotated[tuple[Count, ...], SOME]


@form
class ForcedMoment:
    """The day of the event that completes the count; `previous` days are kept for action taken before it."""

    means: str
    forced_by: ForcedBy
    source: Source | None = None


Moment = FieldMoment | LatestMoment | ReachMoment | ForcedMoment


# Facts


@form
class FieldFact:
    """A field or flag of the record, asked about by its path."""

    means: str
    path: str


@form
class HighestFact:
    """The highest level of a history in force on a moment or later."""

    means: str
    highest: str
    since: str


@form
class AnyOfFact:
    """Whether a history has any entry; an empty list says no."""

    means: str
    any_of: str


@form
class SetFact:
    """Something about a list of words."""

    means: str
    contains: dict[str, str] | None = None
    exactly: dict[str, str] | None = None
    more_than_one: str | None = None

    def __post_init__(self) -> None:
        given = [test for test in (self.contains, self.exactly, self.more_than_one) if test]
        if len(given) != 1 or (isinstance(given[0], dict) and len(given[0]) != 1):
            raise ValueError("want one of `contains: {path: word}`, `exactly: {path: word}`, `more_than_one: path`")

    @property
    def path(self) -> str:
        """The field asked about."""
        return self.more_than_one or next(iter(self.contains or self.exactly or {}))

    @property
    def word(self) -> str | None:
        """The word asked for."""
        return next(iter((self.contains or self.exactly or {}).values()), None)


@form
class AnyFact:
    """Whether any such event happened, at any time or since a moment."""

    means: str
    any: EventsOrType
    since: str | None = None


@form
class MomentFact:
    """Whether a moment came."""

    means: str
    moment: str


Fact = FieldFact | HighestFact | AnyOfFact | SetFact | AnyFact | MomentFact


# Clocks


@form
class Deadline(Events):
    """Something must be done after a moment: by a due day if there is one, else at all.

    The due day comes from `within`, or from the moment itself (`by`). What is done before the moment does not
    count, unless `counts_before`, or `counts_since_previous`: since the event before the one that forced action.
    """

    requires: str
    after: str
    within: Limit | None = None
    by: str | None = None
    counts_before: StrictBool = False
    counts_since_previous: StrictBool = False
    source: Source


@form
class Repeats:
    """Something must be done again and again, each time within a limit of the time before."""

    requires: str
    after: str
    repeats: Kinds
    within: Limit
    first_within: Limit | None = None
    """Allowed after the moment where it was never done; without it, nothing is due before the first time."""
    source: Source


@form
class Answers(Events):
    """Something must be done on or after the day of every event of another type."""

    requires: str
    after: str
    answers: str
    source: Source


@form
class Each:
    """Every event of a type must be as wanted: `with` some attributes, or `dated_by` a day no later than its own."""

    requires: str
    after: str
    each: str
    with_: dict[str, Wanted] = field(default_factory=dict)
    dated_by: str | None = None
    source: Source


@form
class Never:
    """No such event after a moment."""

    requires: str
    after: str
    never: str
    source: Source


@form
class OnRecord:
    """A field must be on record."""

    requires: str
    recorded: str
    source: Source


Clock = Deadline | Repeats | Answers | Each | Never | OnRecord


def limit_of(clock: Clock) -> Limit | None:
    """The time a clock allows, if it is that kind of clock."""
    return clock.within if isinstance(clock, (Deadline, Repeats)) else None


def awaits(clock: Clock) -> str:
    """Why a clock has no number yet; empty if it can run."""
    limit = limit_of(clock)
    return limit.awaits if isinstance(limit, Awaits) else ""


KINDS: Mapping[type, str] = {Repeats: "repeats", Answers: "answers", Each: "each", Never: "never", OnRecord: "recorded"}
"""What kinds of clocks are called where they have sentences of their own; a deadline without a due day is `exists`."""


def kind_of(clock: Clock | None) -> str:
    """The kind of a clock, for its sentences."""
    if isinstance(clock, Deadline):
        return "" if clock.within or clock.by else "exists"
    return KINDS.get(type(clock), "")


# Questions


def _expected(raw: Any) -> Any:
    return {"outcome": raw} if isinstance(raw, str) else raw


@form
class Example:
    """A case and what a question must say of it: tried on every engine by the tests and by `rules lint`."""

    name: str
    case: dict[str, Any]
    expect: Annotated[dict[str, Any], Before(_expected)]


@form
class Words:
    """How a question is worded as a strength and as an area for improvement: clauses for the ruleset's frames.

    The clause of an area for improvement says in what the cases below the line fell short; `cases` names the base.
    """

    strength: str
    improvement: str
    cases: str = ""


@form
class Question:
    """One item of the tool, worded so that yes is always the good side."""

    id: str
    question: str
    asked_of: str = "all cases"
    when: When = ALWAYS
    decided_by: str | None = None
    threads: tuple[str, ...] = ()
    summary: StrictBool = False
    context: StrictBool = False
    """Counted and never scored: it describes the case, not the work."""
    source: Source
    words: Words | None = None
    """Without them it is scored all the same, and given by its figures where others have a sentence."""
    examples: tuple[Example, ...] = ()


@form
class Criterion:
    """A group of questions that is scored."""

    criterion: str
    title: str
    aim: str
    questions: Annotated[tuple[Question, ...], SOME]

    @property
    def section(self) -> str:
        """The section the criterion belongs to: the number before the point."""
        return self.criterion.split(".")[0]
