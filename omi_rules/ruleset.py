"""A ruleset: what its folder says, ready to judge by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Annotated, Any

from omi_rules.calendar import duration
from omi_rules.conditions import Values
from omi_rules.drafting import Drafting, Hedge, Recommendation
from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.forms import SOME, Before, Bounds, form
from omi_rules.leadership import Leadership
from omi_rules.meaning import Answered
from omi_rules.records import Reader
from omi_rules.rules import Awaits, Clock, Criterion, DatedLength, Deadline, Fact, Moment, Question, Repeats, Source
from omi_rules.sample_rules import SampleRules, settable
from omi_rules.vocabulary import IsoDate, StrictInt, Vocabulary

HEAD = "ruleset.yaml"
"""The file that makes a folder a ruleset."""

FOLLOW_UP = "follow_up.below"
"""The setting of the score under which a follow-up inspection is held."""


@form
class InForce:
    """The stretch of time a ruleset is meant for; without `to`, until further notice."""

    from_: IsoDate
    to: IsoDate | None = None


@form
class Scale:
    """The words an assessor may answer with, by the side of the line they lie on."""

    above: Annotated[tuple[str, ...], SOME]
    below: Annotated[tuple[str, ...], SOME]
    outside: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Every word of the scale."""
        return (*self.above, *self.below, *self.outside)

    def place(self, answer: str | None) -> Answered:
        """Where an answer lies."""
        if answer is None:
            return Answered.NONE
        if answer in self.above:
            return Answered.ABOVE
        return Answered.BELOW if answer in self.below else Answered.OUTSIDE


@form
class Thread:
    """A score across criteria, of the questions of some sections that carry its tag."""

    title: str
    sections: tuple[str, ...]


@form
class Scoring:
    """The weights, in per cent, of the mean of the individual questions and of the summary question."""

    individual: Annotated[StrictInt, Bounds(ge=0, le=100)]
    summary: Annotated[StrictInt, Bounds(ge=0, le=100)]
    source: Source


@form
class Parameter:
    """A number with its source."""

    value: Annotated[StrictInt, Bounds(ge=0, le=100)]
    source: Source


def _as_text(raw: object) -> object:
    return {key: str(value) for key, value in raw.items()} if isinstance(raw, dict) else raw


@form
class Head:
    """What `ruleset.yaml` says of the ruleset as a whole."""

    id: str
    version: str
    title: str
    in_force: InForce
    sources: dict[str, str]
    answers: Scale
    sections: dict[str, str]
    threads: dict[str, Thread]
    scoring: Scoring
    line_of_priority: Parameter
    parameters: Annotated[dict[str, str], Before(_as_text)] = field(default_factory=dict)
    breakdowns: dict[str, str] = field(default_factory=dict)
    """What a sample may be broken down by: a name, and the field it stands for."""
    messages: dict[str, str]
    words: Drafting | None = None
    """How sentences are drafted from scores; without them there are none."""
    hedges: tuple[Hedge, ...] = ()
    """The words for shares, from 100 down to 0."""
    recommendations: tuple[Recommendation, ...] = ()
    """In the order in which they are to be given."""
    example_case: dict[str, object]


@dataclass(frozen=True)
class Ruleset:
    """Everything a ruleset says. Made by `loading.load`."""

    head: Head
    vocabulary: Vocabulary
    moments: Mapping[str, Moment]
    facts: Mapping[str, Fact]
    """Every fact a condition may ask about: fields and flags by their path, moments, and the facts declared."""
    values: Values
    """The values of every fact."""
    clocks: Mapping[str, Clock]
    criteria: tuple[Criterion, ...]
    digest: str
    """SHA-256 of the folder's files, ``sha256:...``."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What was set beyond the files, as given."""
    leadership: Leadership | None = None
    """Section 4, and the rules for an inspection as a whole, where the ruleset has them."""
    sample: SampleRules | None = None
    """What a sample must be like, where the ruleset says it."""

    def __getstate__(self) -> dict[str, Any]:
        """Sent to another process as it was read: what was worked out from it may not travel."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Every question by id, in the order of the files, context measures included."""
        return {question.id: question for criterion in self.criteria for question in criterion.questions}

    @cached_property
    def scored(self) -> tuple[Question, ...]:
        """The questions that get a finding."""
        return tuple(question for question in self.questions.values() if not question.context)

    @cached_property
    def criterion_of(self) -> Mapping[str, Criterion]:
        """The criterion of each question."""
        return {question.id: criterion for criterion in self.criteria for question in criterion.questions}

    @cached_property
    def reader(self) -> Reader:
        """Checks case records against this ruleset's words."""
        return Reader(self.vocabulary, self.questions, self.head.answers.words)

    def clock_of(self, question: Question) -> Clock | None:
        """The clock that decides a question; None where the assessor does, or the clock awaits its number."""
        clock = self.clocks[question.decided_by] if question.decided_by else None
        return None if clock is None or _awaiting(clock) else clock

    def decider(self, question: Question) -> str:
        """The name of the clock that decides a question, or ``assessor``."""
        return question.decided_by if question.decided_by and self.clock_of(question) else "assessor"

    def citation(self, source: Source) -> str:
        """A source in one line."""
        place = " ".join(part for part in (source.section, source.item) if part)
        return f"{source.document} {place}".rstrip()

    @property
    def line_of_priority(self) -> int:
        """The percentage under which a criterion's rounded score calls for improvement."""
        return int(self.settings.get("line_of_priority", self.head.line_of_priority.value))

    @property
    def follow_up_below(self) -> int | None:
        """The score of its thread under which a follow-up inspection is held; None until a number is given."""
        if FOLLOW_UP in self.settings:
            return int(self.settings[FOLLOW_UP])
        below = self.leadership.follow_up.below if self.leadership else None
        return below if isinstance(below, int) else None


def _awaiting(clock: Clock) -> bool:
    return isinstance(clock, (Deadline, Repeats)) and isinstance(clock.within, Awaits)


def with_settings(ruleset: Ruleset, settings: Mapping[str, str]) -> Ruleset:
    """The ruleset with numbers set.

    Keys are ``<question>.within`` or ``<clock>.within``, set to a length of time, and the percentages
    ``line_of_priority`` and, where there is a section 4, ``follow_up.below``; and the numbers of `sample_rules`.

    Raises:
        Refused: an unknown key, or a value that is not a length of time or percentage.
    """
    faults: list[Fault] = []
    clocks = dict(ruleset.clocks)
    known = dict(_settable(ruleset))
    percentages = ["line_of_priority", *([FOLLOW_UP] if ruleset.leadership else [])]
    sample = ruleset.sample
    of_sample = settable(sample)
    for key, value in settings.items():
        place = f"{key}={value}"
        if key in percentages:
            if not value.isdecimal() or int(value) > 100:
                faults.append(Fault(file=place, what=f"{show(value)} is not a whole percentage"))
        elif key in of_sample:
            try:
                sample = settable(sample)[key](value)
            except ValueError as error:
                what, hint = error.args
                faults.append(Fault(file=place, what=f"{show(value)} {what}", hint=hint))
        elif key not in known:
            hint = nearest(key, [*known, *percentages, *of_sample], "want a question or clock, as in 1.5.q07.within")
            faults.append(Fault(file=place, what=f"{show(key)} is not a number that can be set", hint=hint))
        else:
            name, part = known[key]
            try:
                limit = (DatedLength(value=duration(value)),)
            except ValueError as error:
                faults.append(Fault(file=place, what=f"{show(value)} is not a length of time", hint=str(error)))
                continue
            clocks[name] = _with_limit(clocks[name], part, limit)
    if faults:
        raise Refused(faults)
    return replace(ruleset, clocks=clocks, sample=sample, settings={**ruleset.settings, **settings})


def _with_limit(clock: Clock, part: str, limit: tuple[DatedLength, ...]) -> Clock:
    if isinstance(clock, Repeats) and part == "first_within":
        return replace(clock, first_within=limit)
    return replace(clock, within=limit) if isinstance(clock, (Deadline, Repeats)) else clock


def _settable(ruleset: Ruleset) -> Iterator[tuple[str, tuple[str, str]]]:
    """Every key that can be set, with the clock and the part of it that it sets."""
    users = {question.decided_by: question.id for question in ruleset.questions.values()}
    for name, clock in ruleset.clocks.items():
        parts = ["within"] if isinstance(clock, (Deadline, Repeats)) and clock.within is not None else []
        parts += ["first_within"] if isinstance(clock, Repeats) else []
        for part in parts:
            yield f"{name}.{part}", (name, part)
            if name in users:
                yield f"{users[name]}.{part}", (name, part)
