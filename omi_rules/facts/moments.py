"""Moments: the dates from which clocks run, one column each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omi_rules.calendar import NEVER, Days, add, day_number, never
from omi_rules.facts.arrow import Flags, Rows, always
from omi_rules.meaning import Truth
from omi_rules.rules import Count, FieldMoment, ForcedMoment, LatestMoment, Moment, ReachMoment

if TYPE_CHECKING:
    from omi_rules.facts import derive


@dataclass(frozen=True)
class When:
    """A moment in each case of a batch.

    It came (`came`), never came (`never`), or cannot be told (neither). Where it came the day is known, but for
    `dayless` cases: it came, and something undated may have come later.
    """

    came: Flags
    never: Flags
    dayless: Flags
    day: Days
    """Meaningless where the day is not known."""
    previous: Days
    """The day from which action counts: that of the event before, for a moment forced by repeated events."""
    due: Days
    """The due day the moment itself carries; `NEVER` if none is on record."""

    @property
    def known(self) -> Flags:
        """Where the day is known."""
        return self.came & ~self.dayless


def _when(
    came: Flags,
    never_came: Flags,
    day: Days,
    dayless: Flags | None = None,
    previous: Days | None = None,
    due: Days | None = None,
) -> When:
    nothing = never(len(day))
    return When(
        came=came,
        never=never_came,
        dayless=np.zeros(len(day), dtype=bool) if dayless is None else dayless,
        day=day,
        previous=day if previous is None else previous,
        due=nothing if due is None else due,
    )


def moment(rule: Moment, facts: derive.Facts) -> When:
    """The column of a moment."""
    match rule:
        case FieldMoment():
            return _field(rule, facts)
        case LatestMoment():
            return _latest(rule, facts)
        case ReachMoment():
            return _reach(rule, facts)
        case ForcedMoment():
            return _forced(rule, facts)


def _field(rule: FieldMoment, facts: derive.Facts) -> When:
    size = facts.cases.size
    day, came = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=bool)
    for choice in rule.field:
        found, recorded = facts.cases.date(choice.date)
        take = ~came & recorded & (facts.truth(choice.only) == Truth.TRUE)
        day, came = np.where(take, found, day), came | take
    return _when(came, np.zeros(size, dtype=bool), day)


def _latest(rule: LatestMoment, facts: derive.Facts) -> When:
    events, cases = facts.cases.events(rule.latest), facts.cases
    window = facts.window(rule.since, events)
    dated = window.holds
    day = np.full(cases.size, -NEVER, dtype=np.int32)
    np.maximum.at(day, events.row[dated], events.day[dated])
    has = facts.any(events, dated)
    undated = facts.any(events, window.may_hold)
    due = None
    if rule.due:
        days, recorded = events.dates(rule.due)
        latest = dated & (events.day == day[events.row]) & recorded
        due = never(cases.size)
        np.minimum.at(due, events.row[latest], days[latest])
    never_came = cases.logged & window.known & ~has & ~undated
    return _when(has, never_came, np.where(has, day, 0), dayless=has & undated, due=due)


def _reach(rule: ReachMoment, facts: derive.Facts) -> When:
    reach = rule.reaches
    start = facts.moment(reach.since)
    levels = facts.levels(reach.history, reach.since)
    threshold = 1 + facts.cases.ruleset.vocabulary.histories[reach.history].values.index(reach.at_least)
    entries = levels.entries
    later = levels.counted & (entries.day > start.day[entries.row]) & (entries.level >= threshold)
    first = never(facts.cases.size)
    np.minimum.at(first, entries.row[later], entries.day[later])
    at_start = levels.in_force >= threshold
    came = levels.known & (at_start | (first < NEVER))
    return _when(came, levels.known & ~came, np.where(at_start, start.day, first))


def _forced(rule: ForcedMoment, facts: derive.Facts) -> When:
    """The day that completes a count of distinct days, and the day before it in the count."""
    force = rule.forced_by
    cases, events = facts.cases, facts.matching(force.event, force.with_)
    window = facts.window(force.since, events)
    certain = days_apart(events.row, events.day, events.yes & window.holds)
    possible = days_apart(events.row, events.day, (events.yes | events.maybe) & window.holds)
    undated = np.bincount(events.row[(events.yes | events.maybe) & window.may_hold], minlength=cases.size)
    dated = np.bincount(possible[0], minlength=cases.size)
    size = cases.size
    day, previous = never(size), never(size)
    may = np.zeros(size, dtype=bool)
    for count in force.counts:
        applies = facts.truth(count.only) == Truth.TRUE
        found, before = _completed(*certain, count, size)
        day, previous = np.where(applies, found, day), np.where(applies, before, previous)
        more, _ = _completed(*possible, count, size)
        may |= applies & ((more < NEVER) | ((undated > 0) & (dated + undated >= count.nth)))
    can_tell = cases.logged & window.known
    came = can_tell & (day < NEVER)
    return _when(came, can_tell & ~came & ~may, day, previous=previous)


def days_apart(row: Rows, day: Days, chosen: Flags) -> tuple[Rows, Days]:
    """Case and day of the chosen events, each day of a case once, in order."""
    key = np.sort((row[chosen] << 32) + day[chosen].astype(np.int64) + (1 << 31))
    key = key[np.diff(key, prepend=-1) > 0]  # `np.unique` imports masked arrays, a twentieth of a cold start
    return key >> 32, ((key & ((1 << 32) - 1)) - (1 << 31)).astype(np.int32)


def _completed(row: Rows, day: Days, count: Count, size: int) -> tuple[Days, Days]:
    """For each case the first day that completes the count, and the day before it; `NEVER` if none does."""
    back = count.nth - 1
    first, previous = never(size), never(size)
    if len(day) <= back:
        return first, previous
    last, opening = day[back:], day[:-back]
    enough = row[back:] == row[:-back]
    inside = always(len(last))
    for window in count.in_less_than:
        applies = always(len(last)) if window.from_ is None else last >= np.int32(day_number(window.from_))
        holds = always(len(last)) if window.value is None else last < add(opening, window.value)
        inside = np.where(applies, holds, inside)
    complete = np.flatnonzero(enough & inside)[::-1]  # the earliest is written last
    first[row[back:][complete]] = last[complete]
    previous[row[back:][complete]] = day[back - 1 : -1][complete]
    return first, previous
