"""Which places of a record a finding rests on, and which are missing.

Worked out for one case at a time, when somebody asks; the columns know only what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from omi_rules import meaning
from omi_rules.conditions import ALWAYS, Condition, facts_of
from omi_rules.errors import show
from omi_rules.meaning import Computed, Truth
from omi_rules.records import Record, at
from omi_rules.rules import (
    RECORDED,
    Answers,
    AnyFact,
    AnyOfFact,
    Clock,
    Deadline,
    Each,
    FieldFact,
    FieldMoment,
    ForcedMoment,
    HighestFact,
    Kind,
    LatestMoment,
    MomentFact,
    Never,
    OnRecord,
    ReachMoment,
    Repeats,
    SetFact,
    Wanted,
)
from omi_rules.ruleset import Ruleset


@dataclass(frozen=True)
class Fact:
    """A place of the record and what stands there; None is not recorded."""

    path: str
    value: Any

    @property
    def text(self) -> str:
        """The fact in a few words."""
        return f"{self.path}: {say(self.value)}"


def say(value: Any) -> str:
    """A value of a record in a few words.

    >>> say({"type": "home_visit", "on": date(2006, 1, 16), "outcome": "attempted"})
    'home_visit 2006-01-16, outcome attempted'
    """
    if value is None:
        return "not recorded"
    if value == []:
        return "none"
    if isinstance(value, list):
        return ", ".join(show(item) for item in value)
    if isinstance(value, dict):
        head = [show(value[key]) for key in ("type", "level", "on", "from") if value.get(key) is not None]
        rest = [
            f"{key} {show(item)}"
            for key, item in value.items()
            if key not in ("type", "level", "on", "from") and item is not None
        ]
        return ", ".join([" ".join(head), *rest])
    return show(value)


class Trail:
    """Follows facts, moments and clocks back into one record."""

    def __init__(self, ruleset: Ruleset, record: Record, as_of: date) -> None:
        self.ruleset = ruleset
        self.record = record
        self.as_of = as_of

    def condition(self, condition: Condition) -> list[Fact]:
        """What a condition was read from."""
        found = (fact for name in dict.fromkeys(facts_of(condition)) for fact in self.fact(name))
        return list(_once(found))

    def fact(self, name: str) -> list[Fact]:
        """What a fact was read from."""
        rule = self.ruleset.facts[name]
        match rule:
            case FieldFact():
                return [self._at(rule.path)]
            case MomentFact():
                return self.moment(rule.moment)
            case HighestFact():
                return self._history(rule.highest)
            case AnyOfFact():
                return self._history(rule.any_of)
            case SetFact():
                return [self._at(rule.path)]
            case AnyFact():
                return self._events(rule.any.event, rule.any.with_)

    def moment(self, name: str) -> list[Fact]:
        """What a moment was read from."""
        rule = self.ruleset.moments[name]
        match rule:
            case FieldMoment():
                return self._field(rule)
            case LatestMoment():
                return self._events((Kind(type=rule.latest),))
            case ReachMoment():
                return [*self._history(rule.reaches.history), *self.moment(rule.reaches.since)]
            case ForcedMoment():
                return self._events(rule.forced_by.event, rule.forced_by.with_)

    def clock(self, clock: Clock) -> list[Fact]:
        """What a clock was read from: its moment, and the events it counts or might have counted."""
        match clock:
            case OnRecord():
                return [self._at(clock.recorded)]
            case Deadline():
                found = self._events(clock.event)
            case Answers():
                found = [*self._events((Kind(type=clock.answers),)), *self._events(clock.event)]
            case Repeats():
                found = self._events(clock.repeats)
            case Each():
                found = self._events((Kind(type=clock.each),))
            case Never():
                found = self._events((Kind(type=clock.never),))
        ended = [self._at("sentence.ended_on")] if at(self.record, "sentence.ended_on") else []
        return list(_once([*self.moment(clock.after), *found, *ended]))

    def failing(self, clock: Clock) -> list[Fact]:
        """The events that a clock watches and that are certainly not as it wants them."""
        kinds, wanted = _watched(clock)

        def fails(event: Mapping[str, Any]) -> bool:
            tests = [_test(event.get(name), values) for name, values in wanted.items()]
            return self._counts(event, clock) and (isinstance(clock, Never) or Truth.FALSE in tests)

        lacking = {name: "not recorded" for name, values in wanted.items() if values == RECORDED}
        return [Fact(path, {**lacking, **event}) for path, event in self._of(kinds) if fails(event)]

    def _counts(self, event: Mapping[str, Any], clock: Clock) -> bool:
        """Whether an event lies between the moment a clock runs from, where that is one date, and the as-of date."""
        after = "" if isinstance(clock, OnRecord) else clock.after
        start = [fact.value for fact in self.moment(after) if isinstance(fact.value, date)] if after else []
        day = event.get("on")
        return day is None or ((not start or day >= start[0]) and day <= self.as_of)

    def latest(self, type_: str) -> date | None:
        """The day of the latest event of a type by the as-of date."""
        days = [event["on"] for _, event in self._of((Kind(type=type_),)) if event.get("on")]
        return max((day for day in days if day <= self.as_of), default=None)

    def missing_for(self, condition: Condition) -> list[str]:
        """The places that would have to be recorded for a condition to be decided."""
        found = [path for name in dict.fromkeys(facts_of(condition)) for path in self._missing_fact(name)]
        return list(dict.fromkeys(found))

    def missing(self, clock: Clock, computed: Computed) -> list[str]:
        """The places that would have to be recorded for a clock to be decided."""
        if isinstance(clock, OnRecord):
            return [clock.recorded]
        found = self._missing_moment(clock.after)
        kinds, wanted = _watched(clock)
        undated = computed is Computed.DATE_MISSING
        found += self._missing_events(kinds, {} if undated else wanted, dates=undated)
        if isinstance(clock, Each) and clock.dated_by and not undated:
            found += [f"{p}.{clock.dated_by}" for p, event in self._of(kinds) if event.get(clock.dated_by) is None]
        return list(dict.fromkeys(found))

    def _missing_fact(self, name: str) -> list[str]:
        rule = self.ruleset.facts[name]
        match rule:
            case FieldFact() | SetFact():
                return [] if at(self.record, rule.path) is not None else [rule.path]
            case MomentFact():
                return self._missing_moment(rule.moment)
            case HighestFact():
                return [*self._missing_moment(rule.since), *self._missing_history(rule.highest)]
            case AnyOfFact():
                return self._missing_history(rule.any_of) if at(self.record, rule.any_of) != [] else []
            case AnyFact():
                since = self._missing_moment(rule.since) if rule.since else []
                return [*since, *self._missing_events(rule.any.event, rule.any.with_, dates=True)]

    def _missing_moment(self, name: str) -> list[str]:
        rule = self.ruleset.moments[name]
        match rule:
            case FieldMoment():
                found = self._field(rule)
                return [fact.path for fact in found if fact.value is None]
            case LatestMoment():
                due = (
                    [f"{p}.{rule.due}" for p, e in self._of((Kind(type=rule.latest),)) if e.get(rule.due) is None]
                    if rule.due
                    else []
                )
                since = self._missing_moment(rule.since) if rule.since else []
                return [*since, *self._missing_events((Kind(type=rule.latest),), {}, dates=True), *due]
            case ReachMoment():
                return [*self._missing_moment(rule.reaches.since), *self._missing_history(rule.reaches.history)]
            case ForcedMoment():
                force = rule.forced_by
                return [*self._missing_moment(force.since), *self._missing_events(force.event, force.with_, dates=True)]

    def _missing_history(self, path: str) -> list[str]:
        entries = at(self.record, path)
        if not entries:
            return [path]
        keys = ((i, key) for i, entry in enumerate(entries) for key in ("level", "from") if entry.get(key) is None)
        return [f"{path}[{i}].{key}" for i, key in keys]

    def _missing_events(self, kinds: Iterable[Kind], wanted: Mapping[str, Wanted], *, dates: bool) -> list[str]:
        if self.record.get("events") is None:
            return ["events"]
        found = []
        for path, event in self._of(kinds):
            tests = [_test(event.get(name), values) for name, values in wanted.items()]
            if Truth.FALSE in tests:
                continue
            found += [f"{path}.on"] if dates and event.get("on") is None else []
            found += [f"{path}.{name}" for name, test in zip(wanted, tests, strict=True) if test is Truth.UNKNOWN]
        return found

    def _at(self, path: str) -> Fact:
        return Fact(path, at(self.record, path))

    def _field(self, rule: FieldMoment) -> list[Fact]:
        applying = [self._at(choice.date) for choice in rule.field if self._holds(choice.only) is Truth.TRUE]
        recorded = [fact for fact in applying if fact.value is not None]
        return recorded[:1] or applying[:1]

    def _holds(self, condition: Condition) -> Truth:
        return meaning.truth(condition, {name: at(self.record, name) for name in facts_of(condition)})

    def _history(self, path: str) -> list[Fact]:
        entries = at(self.record, path)
        if not entries:
            return [Fact(path, entries)]
        return [Fact(f"{path}[{i}]", entry) for i, entry in enumerate(entries)]

    def _of(self, kinds: Iterable[Kind]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        types = {kind.type for kind in kinds if kind.only == ALWAYS or self._holds(kind.only) is not Truth.FALSE}
        for i, event in enumerate(self.record.get("events") or ()):
            if event["type"] in types:
                yield f"events[{i}]", event

    def _events(self, kinds: tuple[Kind, ...], wanted: Mapping[str, Wanted] | None = None) -> list[Fact]:
        """The events of some kinds that are, or may be, as wanted; that there is none is a fact as well."""
        if self.record.get("events") is None:
            return [Fact("events", None)]
        found = [
            Fact(path, dict(event))
            for path, event in self._of(kinds)
            if all(_test(event.get(name), values) is not Truth.FALSE for name, values in (wanted or {}).items())
        ]
        counting = [kind.type for kind in kinds if kind.only == ALWAYS or self._holds(kind.only) is not Truth.FALSE]
        return found or [Fact(f"events[type={'|'.join(counting)}]", [])]


def _watched(clock: Clock) -> tuple[tuple[Kind, ...], Mapping[str, Wanted]]:
    """The kinds of events a clock looks at, and what they must be like."""
    match clock:
        case Deadline():
            return clock.event, clock.with_
        case Answers():
            return (*clock.event, Kind(type=clock.answers)), clock.with_
        case Repeats():
            return clock.repeats, {}
        case Each():
            return (Kind(type=clock.each),), clock.with_
        case Never():
            return (Kind(type=clock.never),), {}
        case OnRecord():
            return (), {}


def _test(value: Any, wanted: Wanted) -> Truth:
    if wanted == RECORDED:
        return Truth.FALSE if value is None else Truth.TRUE
    if value is None:
        return Truth.UNKNOWN
    return Truth.TRUE if value in wanted else Truth.FALSE


def _once(facts: Iterable[Fact]) -> Iterator[Fact]:
    seen = set()
    for fact in facts:
        if fact.path not in seen:
            seen.add(fact.path)
            yield fact


def plain(value: Any) -> Any:
    """A value of a record as JSON writes it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
