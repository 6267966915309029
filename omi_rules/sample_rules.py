"""What a sample must be like: the forms of a ruleset's `sample.yaml`.

A number that no document gives awaits one; `--set sample.ppo.at_least=10` or the ruleset's `parameters` may give it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from functools import partial
from typing import Annotated

from omi_rules.calendar import Duration, duration
from omi_rules.forms import SOME, Bounds, OneOf, form
from omi_rules.leadership import Rule
from omi_rules.rules import Awaits, Length, When
from omi_rules.vocabulary import StrictInt

SIZE, SUPERVISION = "size", "supervision"
"""The requirements that are not named by the ruleset."""

EVERYONE = "everyone"
"""All cases, where the others are named by their group."""


def _number(raw: object) -> str:
    return "Awaits" if isinstance(raw, (dict, Awaits)) else "int"


def _length(raw: object) -> str:
    return "Awaits" if isinstance(raw, (dict, Awaits)) else "Length"


Minimum = Annotated[Annotated[StrictInt, Bounds(ge=0)] | Awaits, OneOf(_number, ("int", "Awaits"))]
Points = Annotated[Annotated[StrictInt, Bounds(ge=0, le=100)] | Awaits, OneOf(_number, ("int", "Awaits"))]
Margin = Annotated[Length | Awaits, OneOf(_length, ("Length", "Awaits"))]


@form
class Requirement(Rule):
    """Something that is asked of a sample."""

    means: str


@form
class Size(Requirement):
    """How many cases a sample must have."""

    at_least: Minimum


@form
class Supervision(Requirement):
    """How long the cases must have been under supervision: `about` a time since a moment, `within` so much of it."""

    since: str
    about: Length
    within: Margin


@form
class Words:
    """Membership by the words of an open text, in small or capital letters; any other text leaves it open."""

    field: str
    inside: Annotated[tuple[str, ...], SOME]
    outside: Annotated[tuple[str, ...], SOME]

    def holds(self, text: str | None) -> bool | None:
        """Whether a text is of the group; None where that is open."""
        plain = plain_word(text or "")
        if plain in map(plain_word, self.inside):
            return True
        return False if plain in map(plain_word, self.outside) else None


def plain_word(text: str) -> str:
    """A text as words are compared: small letters, single blanks.

    >>> plain_word(" White  BRITISH ")
    'white british'
    """
    return " ".join(text.casefold().split())


@form
class Membership(Requirement):
    """Some cases: by a condition, or by the words of a text."""

    when: When | None = None
    words: Words | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.when is None) == (self.words is None):
            raise ValueError("want `when`, or `words` for an open text, and not both")


@form
class Group(Membership):
    """A type of case of which a sample must have a minimum number."""

    at_least: Minimum


@form
class Portion(Membership):
    """A part of the sample that is to be about one in so many cases, `within` so many percentage points."""

    one_in: Annotated[StrictInt, Bounds(ge=2)]
    within: Points


@form
class Limit(Requirement):
    """How many cases of a sample may have the same value in a field."""

    field: str
    at_most: Annotated[StrictInt, Bounds(ge=1)]


@form
class SampleRules:
    """Everything a ruleset says of samples."""

    size: Size | None = None
    supervision: Supervision | None = None
    groups: dict[str, Group] = field(default_factory=dict)
    portions: dict[str, Portion] = field(default_factory=dict)
    limits: dict[str, Limit] = field(default_factory=dict)

    @property
    def time_is_set(self) -> bool:
        """Whether it is known which cases are long enough, and not too long, under supervision."""
        return self.supervision is not None and not isinstance(self.supervision.within, Awaits)

    @property
    def minimums(self) -> dict[str, int]:
        """The groups of which a number of cases is asked, with it."""
        return {
            name: one.at_least for name, one in self.groups.items() if isinstance(one.at_least, int) and one.at_least
        }


Settable = Mapping[str, Callable[[str], SampleRules]]


def settable(rules: SampleRules | None) -> Settable:
    """Every number that can be set, as ``sample.ppo.at_least``, with what makes the rules that have it.

    Each raises `ValueError` with what is wrong with a value and what to try.
    """
    made: dict[str, Callable[[str], SampleRules]] = {}
    if rules is None:
        return made
    if size := rules.size:
        made[key(SIZE, "at_least")] = lambda text: replace(rules, size=replace(size, at_least=_cases(text)))
    if time := rules.supervision:
        made[key(SUPERVISION, "within")] = lambda text: replace(rules, supervision=replace(time, within=_margin(text)))
    made |= {key(name, "at_least"): partial(_of_group, rules, name) for name in rules.groups}
    made |= {key(name, "within"): partial(_of_portion, rules, name) for name in rules.portions}
    made |= {key(name, "at_most"): partial(_of_limit, rules, name) for name in rules.limits}
    return made


def key(name: str, number: str) -> str:
    """The setting of a number.

    >>> key("ppo", "at_least")
    'sample.ppo.at_least'
    """
    return f"sample.{name}.{number}"


def _of_group(rules: SampleRules, name: str, text: str) -> SampleRules:
    return replace(rules, groups={**rules.groups, name: replace(rules.groups[name], at_least=_cases(text))})


def _of_portion(rules: SampleRules, name: str, text: str) -> SampleRules:
    return replace(rules, portions={**rules.portions, name: replace(rules.portions[name], within=_points(text))})


def _of_limit(rules: SampleRules, name: str, text: str) -> SampleRules:
    return replace(rules, limits={**rules.limits, name: replace(rules.limits[name], at_most=_cases(text, 1))})


def _cases(text: str, least: int = 0) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) < least:
        raise ValueError("is not a number of cases", f"want a whole number from {least} up")
    return int(text)


def _points(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) > 100:
        raise ValueError("is not a number of percentage points", "want a whole number from 0 to 100")
    return int(text)


def _margin(text: str) -> Duration:
    try:
        return duration(text)
    except ValueError as error:
        raise ValueError("is not a length of time", str(error)) from None
