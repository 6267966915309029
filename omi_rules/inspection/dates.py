"""The inspection's own dates as clocks: when each step is due, and whether it was taken in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from omi_rules import calendar
from omi_rules.calendar import Duration
from omi_rules.inspection.record import FieldWork, Span
from omi_rules.leadership import INSPECTION, Leadership, Step


class Standing(StrEnum):
    """How a step stands to its due day."""

    EARLY = "early"
    """Before the first day on which it is looked for; not late."""
    IN_TIME = "in time"
    LATE = "late"
    UNTOLD = "cannot be told"
    """It was taken, and the due day or the day it was taken is not known well enough."""
    NOT_RECORDED = "not recorded"
    NOT_ASKED = "does not arise"
    """Only a follow-up has it, and none is held."""


@dataclass(frozen=True)
class DueDate:
    """One step of the inspection."""

    name: str
    step: Step
    due: Span | None
    """The last day on which it is due, or a span of days where what it runs from is known by its month only.

    None where the step does not arise.
    """
    opens: Span | None
    """The first day on which it is looked for, where the ruleset has one."""
    about: bool
    """Whether the source only says about when: then nothing can be late."""
    projected: bool
    """Whether it runs from the due day of a step whose own day is not recorded."""
    done: Span | None
    standing: Standing

    @property
    def days_early(self) -> tuple[int, int] | None:
        """The least and the most days by which it came before its first day; None where it is not early."""
        if self.standing is not Standing.EARLY or self.opens is None or self.done is None:
            return None
        return (self.opens.first - self.done.last).days, (self.opens.last - self.done.first).days


class _Start(NamedTuple):
    """What a step runs from: a span of days, whether only about then, and whether it is itself only due then."""

    span: Span
    about: bool = False
    projected: bool = False


def due_dates(
    field_work: FieldWork, done: Mapping[str, Span], rules: Leadership, follow_up: bool | None
) -> tuple[DueDate, ...]:
    """Every step, in the ruleset's order. `follow_up`: whether one is held, None if that is not decided."""
    starts = {INSPECTION: _Start(Span(field_work.to, field_work.to))}
    made = []
    for name, step in rules.dates.items():
        start, taken = starts[step.after], done.get(name)
        due = _later(start.span, step.about or step.within)
        opens = _later(start.span, step.no_sooner) if step.no_sooner else None
        about = step.about is not None or start.about
        starts[name] = _Start(taken) if taken else _Start(due, about, projected=True)
        asked = taken or not step.if_follow_up or follow_up is not False
        made.append(
            DueDate(
                name=name,
                step=step,
                due=due if asked else None,
                opens=opens if asked else None,
                about=about,
                projected=start.projected,
                done=taken,
                standing=_standing(opens, due, taken, vague=about or start.projected) if asked else Standing.NOT_ASKED,
            )
        )
    return tuple(made)


def _standing(opens: Span | None, due: Span, done: Span | None, *, vague: bool) -> Standing:
    if done is None:
        return Standing.NOT_RECORDED
    if vague:
        return Standing.UNTOLD
    if opens and done.last < opens.first:
        return Standing.EARLY
    if done.last <= due.first and (opens is None or done.first >= opens.last):
        return Standing.IN_TIME
    return Standing.LATE if done.first > due.last else Standing.UNTOLD


def earlier(name: str, rules: Leadership) -> tuple[str, ...]:
    """The steps that go before one, the nearest first: those above it that run from the same, and what it runs from."""
    after, names = rules.dates[name].after, list(rules.dates)
    beside = [other for other in names[: names.index(name)] if rules.dates[other].after == after]
    return (*reversed(beside), *(() if after == INSPECTION else (after, *earlier(after, rules))))


def _later(start: Span, length: Duration | None) -> Span:
    """A span moved by a length of time, counted as the clocks of cases count it."""
    return Span(*(_add(day, length) for day in (start.first, start.last)))


def _add(day: date, length: Duration | None) -> date:
    if length is None:
        return day
    days = np.array([calendar.day_number(day)], dtype=np.int32)
    return calendar.as_date(int(calendar.add(days, length)[0]))
