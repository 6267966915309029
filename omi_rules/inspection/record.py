"""The area's record of an inspection, `inspection.yaml`, as plain frozen values: what was recorded, nothing judged.

Whatever may be left out and is left out was not recorded; that is never the same as nought or no.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from pydantic_core import PydanticCustomError

from omi_rules.exact import Exact
from omi_rules.forms import SOME, Before, Bounds, Made, form
from omi_rules.vocabulary import IsoDate, StrictBool, StrictInt, iso_date

FILE = "inspection.yaml"
"""The file that makes a folder an inspection."""

SAMPLE = "cases.ndjson"
"""The file of case records where the record names none."""

Count = Annotated[StrictInt, Bounds(ge=0)]


def _one_line(raw: object) -> object:
    return " ".join(raw.split()) if isinstance(raw, str) else raw


Text = Annotated[str, Before(_one_line)]
"""A text in which it does not matter how its lines are broken."""


@dataclass(frozen=True)
class Span:
    """A day, or a month where no more is known: from its first day to its last."""

    first: date
    last: date

    def __str__(self) -> str:
        return self.first.isoformat() if self.first == self.last else f"{self.first:%Y-%m}"


_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


def day_or_month(value: object) -> Span:
    """A date as ``2006-09-22``, or a month as ``2006-09``.

    >>> str(day_or_month("2006-09")), day_or_month("2006-02").last, str(day_or_month("2006-09-22"))
    ('2006-09', datetime.date(2006, 2, 28), '2006-09-22')
    """
    found = _MONTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        day = iso_date(value)
        return Span(day, day)
    year, month = int(found[1]), int(found[2])
    if not 1 <= month <= 12 or not year:
        raise PydanticCustomError("bad_date", "there is no such month", {"hint": ""})
    return Span(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


DayOrMonth = Annotated[Span, Made(day_or_month)]


@form
class FieldWork:
    """The first and last day of the inspectors' visit."""

    from_: IsoDate
    to: IsoDate


@form
class Figure:
    """A figure about the area."""

    label: Text
    value: Exact
    unit: Text = ""
    note: Text = ""


@form
class Context:
    """Figures about the area that belong together."""

    heading: Text
    figures: Annotated[tuple[Figure, ...], SOME]
    note: Text = ""
    source: Text = ""


def _as_it_is(raw: object) -> object:
    return raw


@form
class SpecificEvidence:
    """What an assessor found of a specific criterion: a grade, and notes on what is good and what falls short."""

    grade: Annotated[int, Made(_as_it_is, "integer")] | None = None
    """The number of one of the ruleset's grades; `reading` refuses anything else."""
    strengths: tuple[Text, ...] = ()
    improvements: tuple[Text, ...] = ()


@form
class GeneralEvidence:
    """A criterion of section 4: its specific criteria by id, and the inspectors' own general grade with its reason."""

    specific: dict[str, SpecificEvidence] = field(default_factory=dict)
    grade: Annotated[str, Made(_as_it_is)] | None = None
    """One of the ruleset's grades in words; `reading` refuses anything else."""
    reason: Text = ""


@form
class Target:
    """A target, and what the area and whoever it is compared with came to."""

    measure: Text
    target: Exact
    actual: Exact | None = None
    comparator: Exact | None = None
    unit: Text = ""
    better: Literal["higher", "lower"]
    period: Text = ""
    """Where it is another than the table's."""
    star: StrictBool | None = None
    """Whether the source prints a star for met or near miss; None where it prints none at all."""
    note: Text = ""


@form
class TargetTable:
    """Targets that are printed together, over one period, against one comparator."""

    title: Text
    period: Text
    comparator: Text = ""
    rows: Annotated[tuple[Target, ...], SOME]
    note: Text = ""
    source: Text = ""


@form
class Reply:
    """What a question of a questionnaire was answered: how often each answer was given, or only what is printed."""

    question: Text
    counts: dict[str, Count] = field(default_factory=dict)
    printed: Text = ""
    note: Text = ""

    def __post_init__(self) -> None:
        if not self.counts and not self.printed:
            raise ValueError("want `counts`, or `printed` where only a percentage is known")


@form
class Questionnaire:
    """A questionnaire: who was asked, how many were sent and came back, and what they said."""

    who: Text
    issued: Count
    returned: Count
    answers: tuple[Reply, ...] = ()
    note: Text = ""


@form
class FocusGroup:
    """Groups that were listened to: how many of which kind, how many people were invited and came, what they said."""

    who: Text
    groups: Count | None = None
    held: dict[str, Count] = field(default_factory=dict)
    """Number of groups by where or with whom they were held."""
    invited: Count | None = None
    attended: Count | None = None
    said: tuple[Text, ...] = ()
    note: Text = ""


@form
class OwnDecision:
    """What the inspectors themselves decided on a follow-up, and why."""

    held: StrictBool
    reason: Text


def _listed(raw: object) -> object:
    return raw if isinstance(raw, list) else [raw]


@form
class Inspection:
    """Everything that is recorded of an inspection besides the cases.

    `dates` are those of the steps that the ruleset names, as far as they have been taken; `leadership` is by general
    criterion; `sample` and `design` name files of the folder.
    """

    area: Text
    inspected: FieldWork
    dates: dict[str, DayOrMonth] = field(default_factory=dict)
    context: tuple[Context, ...] = ()
    leadership: dict[str, GeneralEvidence] = field(default_factory=dict)
    targets: tuple[TargetTable, ...] = ()
    questionnaires: tuple[Questionnaire, ...] = ()
    focus_groups: tuple[FocusGroup, ...] = ()
    follow_up: OwnDecision | None = None
    sample: Annotated[tuple[str, ...], SOME, Before(_listed)] | None = None
    design: str | None = None
    note: Text = ""
