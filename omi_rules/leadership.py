"""Section 4 of a ruleset: the criteria that are graded and not scored, and the rules for an inspection as a whole.

These are the forms of the ruleset's file of section 4. A number or reading that no document gives has `ours`, which
says why it is as it is; `source` may stand beside it, for what the reading rests on.
"""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import Annotated, Literal

from pydantic_core import PydanticCustomError

from omi_rules.exact import exact
from omi_rules.forms import SOME, Bounds, Made, OneOf, form
from omi_rules.rules import Awaits, Length, Source
from omi_rules.vocabulary import StrictBool, StrictInt

INSPECTION = "inspection"
"""What the first of the inspection's own dates run from: the last day of the field work."""

Percentage = Annotated[StrictInt, Bounds(ge=0, le=100)]


@form
class Rule:
    """What every rule of this file says of where it comes from: a `source`, or that it is `ours` and why, or both."""

    source: Source | None = None
    ours: str = ""

    def __post_init__(self) -> None:
        if self.source is None and not self.ours:
            raise ValueError("neither `source` nor `ours`, which says why it is as it is where no document does")


@form
class Cap(Rule):
    """A specific criterion graded `if_any` or lower keeps the general grade `at_most` so high."""

    if_any: str
    at_most: str


@form
class Aggregate(Rule):
    """How the general grade follows from the grades of the specific criteria.

    `take` is the one in the middle when they are put in order (of two in the middle the lower or the higher), or the
    lowest of them.
    """

    take: Literal["lower_middle", "upper_middle", "lowest"]
    cap: Cap | None = None


@form
class Specific(Rule):
    """A specific criterion: what an assessor grades."""

    id: str
    asks: str


@form
class GeneralCriterion:
    """A criterion of section 4, graded from its specific criteria; `shows` names what its page shows besides."""

    criterion: str
    title: str
    aim: str
    shows: Literal["targets"] | None = None
    specific: Annotated[tuple[Specific, ...], SOME]
    source: Source


def _part(raw: object) -> Decimal:
    hint = "write a part of 1, such as 0.90 for nine tenths"
    try:
        value = exact(raw)
    except PydanticCustomError:
        raise PydanticCustomError("bad_part", "not a part of something", {"hint": hint}) from None
    if not 0 < value <= 1:
        raise PydanticCustomError("bad_part", "not a part of something", {"hint": hint})
    return value


@form
class NearMiss(Rule):
    """The part of a target that is a near miss when it is reached, that part included."""

    value: Annotated[Decimal, Made(_part, "number")]


@form
class Precedent(Rule):
    """An inspection of which both the score of the thread and what was decided on it are known."""

    area: str
    score: Percentage
    follow_up: StrictBool


def _member(raw: object) -> str:
    return "Awaits" if isinstance(raw, (dict, Awaits)) else "int"


@form
class FollowUpWords:
    """A sentence for each way to the decision: the score is under the number set, or not; it is as a precedent.

    `{score}`, `{below}`, `{thread}`, `{precedent}` (its score), `{area}` and `{source}` (of the precedent).
    """

    under: str
    not_under: str
    as_followed_up: str
    as_not_followed_up: str
    open: str
    no_score: str


@form
class FollowUp(Rule):
    """Whether a focused follow-up inspection is held: if the rounded score of `thread` is `below` a number."""

    thread: str
    below: Annotated[Percentage | Awaits, OneOf(_member, ("int", "Awaits"))]
    precedents: tuple[Precedent, ...] = ()
    says: FollowUpWords


@form
class Step(Rule):
    """One of the inspection's own dates: due `within` a time after another, and `no_sooner`; or `about` then."""

    title: str
    after: str
    no_sooner: Length | None = None
    within: Length | None = None
    about: Length | None = None
    if_follow_up: StrictBool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.within is None) == (self.about is None):
            raise ValueError("want `within`, or `about` where the document says so, and not both")
        if self.no_sooner and not self.within:
            raise ValueError("`no_sooner` goes with `within`")


@form
class Grades(Rule):
    """The grades, `lowest_first`; an assessor gives the number of one, counted from 0."""

    lowest_first: Annotated[tuple[str, ...], SOME]


@form
class Leadership:
    """Everything the file of section 4 says."""

    section: str
    title: str
    grades: Grades
    aggregate: Aggregate
    general: Annotated[tuple[GeneralCriterion, ...], SOME]
    near_miss_ratio: NearMiss
    follow_up: FollowUp
    dates: dict[str, Step] = field(default_factory=dict)

    def grade(self, number: int) -> str:
        """A grade in words."""
        return self.grades.lowest_first[number]
