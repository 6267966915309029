"""Clocks: what each found, one column of statuses with the due and done days beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omi_rules.calendar import NEVER, Days, add, day_number, never
from omi_rules.facts.arrow import Codes, Flags, always
from omi_rules.facts.moments import When, days_apart
from omi_rules.meaning import Computed
from omi_rules.rules import Answers, Awaits, Clock, Deadline, Each, Kind, Limit, Never, OnRecord, Repeats

if TYPE_CHECKING:
    from omi_rules.facts import derive
    from omi_rules.facts.cases import Events

STATUSES = tuple(Computed)
CODE = {status: code for code, status in enumerate(STATUSES)}


@dataclass(frozen=True)
class Reading:
    """What a clock found in each case of a batch."""

    status: Codes
    """Place in `STATUSES`."""
    due: Days
    """`NEVER` where there is no due day, or it cannot be told."""
    done: Days
    """The day it was done, in time or not; `NEVER` where it was not."""


def possible(clock: Clock) -> set[Computed]:
    """What a clock of some form can find."""
    unclear = {Computed.DATE_MISSING, Computed.EVIDENCE_AMBIGUOUS}
    dated = {Computed.NOT_DUE, Computed.ENDED}
    match clock:
        case Deadline():
            wrong = {Computed.WRONG_ATTRIBUTE} if clock.with_ else set()
            late = {Computed.LATE, *dated, *wrong} if clock.within or clock.by else set()
            return {Computed.MET, Computed.NOT_DONE, *late, *unclear}
        case Repeats():
            return {Computed.MET, Computed.GAP_TOO_LONG, Computed.NOT_DONE, *dated, Computed.DATE_MISSING}
        case Answers():
            return {Computed.MET, Computed.NOT_DONE, *unclear}
        case Each():
            return {Computed.MET, Computed.LATE if clock.dated_by else Computed.WRONG_ATTRIBUTE, *unclear}
        case Never():
            return {Computed.MET, Computed.OCCURRED, Computed.DATE_MISSING}
        case OnRecord():
            return {Computed.MET, Computed.NOT_DONE}


def read(clock: Clock, facts: derive.Facts) -> Reading:
    """The column of a clock."""
    match clock:
        case Deadline():
            return _deadline(clock, facts)
        case Repeats():
            return _repeats(clock, facts)
        case Answers():
            return _answers(clock, facts)
        case Each():
            return _each(clock, facts)
        case Never():
            return _never(clock, facts)
        case OnRecord():
            recorded = facts.cases.recorded(clock.recorded)
            return _reading(facts, [(recorded, Computed.MET)], Computed.NOT_DONE)


def _reading(
    facts: derive.Facts,
    lines: list[tuple[Flags, Computed]],
    otherwise: Computed,
    due: Days | None = None,
    done: Days | None = None,
) -> Reading:
    """A reading from a table of conditions: the first that holds gives the status."""
    size = facts.cases.size
    status = np.full(size, CODE[otherwise], dtype=np.int16)
    for holds, found in reversed(lines):
        status[holds] = CODE[found]
    nothing = never(size)
    return Reading(status, nothing if due is None else due, nothing if done is None else done)


def _limits(limit: Limit | None, start: Days, known: Flags) -> Days:
    """The last day allowed, by the value in force on the start day; `NEVER` where the start is not known."""
    due = never(len(start))
    if limit is None or isinstance(limit, Awaits):
        return due
    day = start[known]
    found = never(len(day))
    for dated in limit:
        applies = always(len(day)) if dated.from_ is None else day >= day_number(dated.from_)
        found = np.where(applies, add(day, dated.value), found)
    due[known] = found
    return due


def _first(facts: derive.Facts, events: derive.Match, chosen: Flags) -> Days:
    """The day of the first chosen event of each case."""
    day = never(facts.cases.size)
    np.minimum.at(day, events.row[chosen], events.day[chosen])
    return day


def _unknown(facts: derive.Facts, start: When) -> list[tuple[Flags, Computed]]:
    """What comes before all else: a moment that never came, or cannot be told, or a log that is not there."""
    return [
        (start.never, Computed.NEVER),
        (~start.known | ~facts.cases.logged, Computed.DATE_MISSING),
    ]


def _deadline(clock: Deadline, facts: derive.Facts) -> Reading:
    cases, events = facts.cases, facts.matching(clock.event, clock.with_)
    start = facts.moment(clock.after)
    first = start.previous if clock.counts_since_previous else start.day
    if clock.counts_before:
        first = np.full(cases.size, -NEVER, dtype=np.int32)
    due = np.where(start.known, start.due, NEVER) if clock.by else _limits(clock.within, start.day, start.known)
    window = facts.window_of(start.known, first, events)
    done = _first(facts, events, events.yes & window.holds)
    in_time = window.holds & (events.day <= due[events.row])
    undated = (events.yes | events.maybe) & window.may_hold & (first[events.row] <= due[events.row])
    has_due = due < NEVER
    if clock.by:  # without the day that was set, nothing is in time or late
        done = np.where(has_due, done, NEVER).astype(np.int32)
    wrong = has_due & facts.any(events, events.no & in_time)
    past = due < cases.horizon
    lines = [
        *_unknown(facts, start),
        (np.full(cases.size, clock.by is not None) & ~has_due, Computed.DATE_MISSING),
        ((done <= due) & (done < NEVER), Computed.MET),
        (facts.any(events, undated), Computed.DATE_MISSING),
        (facts.any(events, events.maybe & in_time), Computed.EVIDENCE_AMBIGUOUS),
        (~has_due, Computed.NOT_DONE),
        (past & wrong, Computed.WRONG_ATTRIBUTE),
        (past & (done < NEVER), Computed.LATE),
        (past, Computed.NOT_DONE),
        (cases.ended, Computed.ENDED),
    ]
    return _reading(facts, lines, Computed.NOT_DUE, due, done)


def _repeats(clock: Repeats, facts: derive.Facts) -> Reading:
    """Each time is followed by the next within the limit; the first gap that is too long decides."""
    cases, events = facts.cases, facts.matching(clock.repeats)
    start = facts.moment(clock.after)
    window = facts.window(clock.after, events)
    row, day = days_apart(events.row, events.day, events.yes & window.holds)
    due = _limits(clock.within, day, always(len(day)))
    following = never(len(day))
    same = row[1:] == row[:-1]
    following[:-1][same] = day[1:][same]
    kept = (following <= due) & (following < NEVER)
    failed = ~kept & (due < cases.horizon[row])
    any_time = np.zeros(cases.size, dtype=bool)
    any_time[row] = True
    has_kept, has_failed = any_time & False, any_time & False
    has_kept[row[kept]] = True
    has_failed[row[failed]] = True

    def pick(chosen: Flags, *, last: bool) -> tuple[Days, Days]:
        """Due and done day of the first or last chosen interval of each case."""
        at = np.flatnonzero(chosen)
        at = at if last else at[::-1]  # of several the one written last stays
        due_day, done_day = (never(cases.size) for _ in range(2))
        due_day[row[at]], done_day[row[at]] = due[at], following[at]
        return due_day, done_day

    everything = always(len(day))
    first_due, first_done = pick(everything, last=False)
    kept_due, kept_done = pick(kept, last=True)
    failed_due, failed_done = pick(failed, last=False)
    never_due = _limits(clock.first_within, start.day, start.known)
    found_due = np.select([has_failed, has_kept, any_time], [failed_due, kept_due, first_due], never_due)
    found_done = np.select([has_failed, has_kept, any_time], [failed_done, kept_done, first_done], NEVER)
    undated = facts.any(events, (events.yes | events.maybe) & ~events.dated)
    unknown = [*_unknown(facts, start), (undated, Computed.DATE_MISSING)]
    unclear = np.any([holds for holds, _ in unknown], axis=0)
    lines = [
        *unknown,
        (has_failed, Computed.GAP_TOO_LONG),
        (has_kept, Computed.MET),
        (~any_time & (never_due < cases.horizon), Computed.NOT_DONE),
        (cases.ended, Computed.ENDED),
    ]
    due_day = np.where(unclear, NEVER, found_due).astype(np.int32)
    return _reading(facts, lines, Computed.NOT_DUE, due_day, np.where(unclear, NEVER, found_done).astype(np.int32))


def _answers(clock: Answers, facts: derive.Facts) -> Reading:
    """The answer to the latest event answers all before it."""
    cases, events, asking = facts.cases, facts.matching(clock.event, clock.with_), facts.cases.events(clock.answers)
    start = facts.moment(clock.after)
    window, asked = facts.window(clock.after, events), facts.window(clock.after, asking)
    latest = np.full(cases.size, -NEVER, dtype=np.int32)
    np.maximum.at(latest, asking.row[asked.holds], asking.day[asked.holds])
    has_asked = facts.any(asking, asked.holds)
    since = window.holds & (events.day >= latest[events.row])
    answering = events.yes & since
    done = np.where(has_asked, _first(facts, events, answering), NEVER).astype(np.int32)
    last = np.full(cases.size, -NEVER, dtype=np.int32)
    np.maximum.at(last, events.row[answering], events.day[answering])
    answered = done < NEVER
    undated_question = facts.any(asking, asked.may_hold) & (last < cases.as_of)
    undated_answer = facts.any(events, (events.yes | events.maybe) & window.may_hold)
    unclear_answer = facts.any(events, events.maybe & since)
    lines = [
        *_unknown(facts, start),
        (~has_asked & ~undated_question, Computed.NEVER),
        (~answered & (undated_answer | ~has_asked), Computed.DATE_MISSING),
        (~answered & unclear_answer, Computed.EVIDENCE_AMBIGUOUS),
        (~answered, Computed.NOT_DONE),
        (undated_question, Computed.DATE_MISSING),
    ]
    return _reading(facts, lines, Computed.MET, done=done)


def _each(clock: Each, facts: derive.Facts) -> Reading:
    """One event that is not as wanted is enough; the earliest such event is the one named."""
    size = facts.cases.size
    start = facts.moment(clock.after)
    events = facts.cases.events(clock.each)
    window = facts.window(clock.after, events)
    due = done = never(size)
    if clock.dated_by:
        days, recorded = events.dates(clock.dated_by)
        fails, unsure = recorded & (days > events.day), ~recorded
        failing = Computed.LATE
        due, done = _named_dates(facts, events, window.holds, fails, unsure, days)
        undated = window.may_hold
    else:
        match = facts.matching((Kind(type=clock.each),), clock.with_)
        fails, unsure = match.no, match.maybe
        failing = Computed.WRONG_ATTRIBUTE
        undated = window.may_hold & (match.no | match.maybe)
    has_failed, has_undated = facts.any(events, window.holds & fails), facts.any(events, undated)
    lines = [
        *_unknown(facts, start),
        (has_failed, failing),
        (has_undated, Computed.DATE_MISSING),
        (facts.any(events, window.holds & unsure), Computed.EVIDENCE_AMBIGUOUS),
        (facts.any(events, window.holds), Computed.MET),
    ]
    unclear = has_undated & ~has_failed
    due, done = (np.where(unclear, NEVER, day).astype(np.int32) for day in (due, done))
    return _reading(facts, lines, Computed.NEVER, due, done)


def _named_dates(
    facts: derive.Facts, events: Events, inside: Flags, fails: Flags, unsure: Flags, days: Days
) -> tuple[Days, Days]:
    """Own day and attached day of the earliest event that fails, or of the last if all are as wanted."""
    due, done = (never(facts.cases.size) for _ in range(2))
    order = np.lexsort((days, events.day))
    fine = ~facts.any(events, inside & (fails | unsure))
    good = order[inside[order] & fine[events.row[order]]]
    due[events.row[good]], done[events.row[good]] = events.day[good], days[good]
    bad = order[inside[order] & fails[order]][::-1]  # the earliest is written last
    due[events.row[bad]], done[events.row[bad]] = events.day[bad], days[bad]
    return due, done


def _never(clock: Never, facts: derive.Facts) -> Reading:
    start = facts.moment(clock.after)
    events = facts.cases.events(clock.never)
    window = facts.window(clock.after, events)
    lines = [
        *_unknown(facts, start),
        (facts.any(events, window.holds), Computed.OCCURRED),
        (facts.any(events, window.may_hold), Computed.DATE_MISSING),
    ]
    return _reading(facts, lines, Computed.MET)
