"""Whether every name that a moment, fact or clock uses exists, be it of an event, an attribute or another moment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from omi_rules.conditions import Value
from omi_rules.errors import Fault, nearest, show
from omi_rules.rules import (
    RECORDED,
    Answers,
    AnyFact,
    AnyOfFact,
    Clock,
    Deadline,
    Each,
    Events,
    Fact,
    FieldFact,
    FieldMoment,
    ForcedMoment,
    HighestFact,
    Kind,
    LatestMoment,
    Limit,
    Moment,
    MomentFact,
    Never,
    OnRecord,
    ReachMoment,
    Repeats,
    SetFact,
    Source,
    Wanted,
)
from omi_rules.ruleset import Head
from omi_rules.source import KEY, Document, Steps
from omi_rules.vocabulary import Vocabulary

WITHIN = ("within",)
"""What a clock's `requires` may put in."""


@dataclass(frozen=True)
class Names:
    """Checks one entry of a rule file, at `path` of its document; what is wrong is added to `faults`."""

    vocabulary: Vocabulary
    head: Head
    moments: Mapping[str, Moment | None]
    """None for one whose faults are told already."""
    document: Document
    path: Steps
    faults: list[Fault]

    def check(self, made: Moment | Fact | Clock) -> None:
        """Check every name of a moment, fact or clock."""
        match made:
            case FieldMoment():
                for i, date in enumerate(made.field):
                    self._field(date.date, ("field", i, "date"), ("date",))
            case LatestMoment():
                self._type(made.latest, ("latest",))
                self._moment(made.since, "since")
                if made.due:
                    self._attribute(made.latest, made.due, ("due",), "date")
            case ReachMoment():
                reach = made.reaches
                self._history(reach.history, ("reaches", "history"))
                self._moment(reach.since, "reaches", "since")
                word = self.vocabulary.histories.get(reach.history)
                if word:
                    self._one_of(reach.at_least, word.values, f"a level of `{reach.history}`", ("reaches", "at_least"))
            case ForcedMoment():
                self._events(made.forced_by, ("forced_by",))
                self._moment(made.forced_by.since, "forced_by", "since")
                for i, count in enumerate(made.forced_by.counts):
                    for j, window in enumerate(count.in_less_than):
                        self.source(window.source, "forced_by", "counts", i, "in_less_than", j)
            case FieldFact() | MomentFact():
                return
            case HighestFact():
                self._history(made.highest, ("highest",))
                self._moment(made.since, "since")
            case AnyOfFact():
                self._history(made.any_of, ("any_of",))
            case SetFact():
                key = next(k for k in ("contains", "exactly", "more_than_one") if getattr(made, k))
                where: Steps = (key,) if made.more_than_one else (key, made.path)
                self._field(made.path, where if made.more_than_one else (*where, KEY), ("set",))
                field = self.vocabulary.fields.get(made.path)
                if field and made.word is not None:
                    self._one_of(made.word, field.one_of, f"a value of `{made.path}`", where)
            case AnyFact():
                self._events(made.any, ("any",))
                self._moment(made.since, "since")
            case Deadline():
                self._events(made, ())
                self._due(made)
            case Repeats():
                self._kinds(made.repeats, ("repeats",), {})
            case Answers():
                self._type(made.answers, ("answers",))
                self._events(made, ())
            case Each():
                self._wanted(Kind(type=made.each), made.with_, ("with",))
                self._type(made.each, ("each",))
                if made.dated_by:
                    self._attribute(made.each, made.dated_by, ("dated_by",), "date")
                if bool(made.dated_by) == bool(made.with_):
                    self._add((), "want `with` or `dated_by`, and not both")
            case Never():
                self._type(made.never, ("never",))
            case OnRecord():
                self._field(made.recorded, ("recorded",), ())
        if isinstance(made, (Deadline, Repeats, Answers, Each, Never)):
            self._moment(made.after, "after")
        if isinstance(made, (Deadline, Repeats)):
            self._limit(made.within, "within")
        if isinstance(made, Repeats):
            self._limit(made.first_within, "first_within")
        if not isinstance(made, FieldFact | HighestFact | AnyOfFact | SetFact | AnyFact | MomentFact):
            self.source(made.source)
        if not isinstance(made, Moment | Fact):
            self.sentence(made.requires, WITHIN, "requires")

    def _due(self, made: Deadline) -> None:
        """Where the due day comes from the moment itself, it must have one to give."""
        moment = self.moments.get(made.after)
        if made.by and made.within:
            self._add(("within",), "both `by` and `within`", "a clock has one due day")
        if made.by and made.by != made.after and made.after in self.moments:
            hint = f"write `by: {made.after}`"
            self._add(("by",), f"`{show(made.by)}` is not the moment the clock runs from", hint)
        elif made.by and moment and not (isinstance(moment, LatestMoment) and moment.due):
            self._add(("by",), f"the moment `{show(made.by)}` sets no due day", "give it a `due` attribute")
        if made.counts_since_previous and moment and not isinstance(moment, ForcedMoment):
            self._add(("counts_since_previous",), "only a moment with `forced_by` has an event before it")

    def _limit(self, limit: Limit | None, *steps: str) -> None:
        for i, dated in enumerate(limit if isinstance(limit, tuple) else ()):
            self.source(dated.source, *steps, i)

    def sentence(self, text: str, words: Iterable[str], *steps: str | int) -> None:
        """Refuse a word in braces that stands for nothing, and a bracket that is not closed."""
        for word in re.findall(r"\{(\w+)\}", text):
            if word not in words:
                self._add(steps, f"`{{{word}}}` stands for nothing here", nearest(word, words))
        left = re.search(r"[\[\]{}]", re.sub(r"\{\w+\}", "", re.sub(r"\[([^\[\]]*)\]", r"\1", text)))
        if left:
            self._add(steps, f"a `{left[0]}` without its partner")

    def source(self, source: Source | None, *steps: str | int) -> None:
        """Refuse a source that is not among the ruleset's documents."""
        if source and source.document not in self.head.sources:
            what = f"`{show(source.document)}` is not among the sources of this ruleset"
            self._add((*steps, "source", "document"), what, nearest(source.document, self.head.sources))

    def _add(self, steps: Steps, what: str, hint: str = "") -> None:
        self.faults.append(self.document.fault((*self.path, *steps), what, hint))

    def _one_of(self, name: Value | None, known: Iterable[Value], what: str, steps: Steps, otherwise: str = "") -> None:
        known = list(known)
        if name is not None and not any(name == one and type(name) is type(one) for one in known):
            self._add(steps, f"`{show(name)}` is not {what}", nearest(name, known, otherwise))

    def _moment(self, name: str | None, *steps: str) -> None:
        self._one_of(name, self.moments, "a moment", steps)

    def _history(self, name: str, steps: Steps) -> None:
        self._one_of(name, self.vocabulary.histories, "a history", steps)

    def _type(self, name: str, steps: Steps) -> None:
        self._one_of(
            name, self.vocabulary.events, "a type of event", steps, "vocabulary.yaml lists them, under `events`"
        )

    def _field(self, path: str, steps: Steps, types: tuple[str, ...]) -> None:
        fields = self.vocabulary.fields
        known = [name for name, word in fields.items() if not types or word.type in types]
        self._one_of(path, known, f"a {' or '.join(types)} field".replace("set", "list") if types else "a field", steps)

    def _attribute(self, kind: str, name: str, steps: Steps, type_: str = "") -> None:
        if kind in self.vocabulary.events:
            words = self.vocabulary.events[kind].attributes
            known = [key for key, word in words.items() if not type_ or word.type == type_]
            self._one_of(name, known, f"{'a date' if type_ else 'an'} attribute of `{kind}`", steps)

    def _events(self, events: Events, steps: Steps) -> None:
        short = steps == ("any",)
        self._kinds(events.event, (*steps, "event") if not short else steps, events.with_, (*steps, "with"))

    def _kinds(self, kinds: tuple[Kind, ...], steps: Steps, wanted: Mapping[str, Wanted], with_: Steps = ()) -> None:
        for i, kind in enumerate(kinds):
            listed = (*self.path, *steps, i) in (self.document.places or ())
            self._type(kind.type, (*steps, i) if listed else steps)
            self._wanted(kind, wanted, with_)

    def _wanted(self, kind: Kind, wanted: Mapping[str, Wanted], steps: Steps) -> None:
        if kind.type not in self.vocabulary.events:
            return
        for name, values in wanted.items():
            self._attribute(kind.type, name, (*steps, name, KEY))
            word = self.vocabulary.events[kind.type].attributes.get(name)
            if word is not None and word.type == "date":
                self._add((*steps, name, KEY), f"`{name}` is a date, which `with` cannot ask for")
            elif word is not None and values != RECORDED:
                for value in values:
                    otherwise = f"a text without known values can only be `{RECORDED}`"
                    self._one_of(value, word.values, f"a value of `{name}`", (*steps, name), otherwise)
