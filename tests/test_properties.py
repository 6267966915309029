"""What must hold of any record: what may be changed without changing a finding, and what must change with it."""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from itertools import chain
from random import Random
from typing import Any

import generate
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import shipped
from situations import steady

from omi_rules.calendar import NEVER, Duration, as_date
from omi_rules.conditions import ALWAYS, facts_of
from omi_rules.engine.reference import Reference
from omi_rules.examples import merged
from omi_rules.facts.clocks import STATUSES
from omi_rules.findings import Finding, Judge
from omi_rules.meaning import Answered, Basis, Computed, Outcome
from omi_rules.rules import (
    RECORDED,
    Awaits,
    Clock,
    Deadline,
    FieldMoment,
    ForcedMoment,
    Kind,
    LatestMoment,
    OnRecord,
    Question,
    ReachMoment,
    Repeats,
)
from omi_rules.ruleset import Ruleset, with_settings

Raw = dict[str, Any]
Found = dict[str, dict[str, Finding]]
"""Findings by case and question."""

seeds = st.integers(0, 10**9)
SOME = 30


@cache
def judge_of(*given: tuple[str, str]) -> Judge:
    return Judge(with_settings(shipped(), dict(given)), Reference())


def judged(records: Iterable[Raw], as_of: date | None = None, judge: Judge | None = None) -> Found:
    by = judge or judge_of()
    read = [by.ruleset.reader.read(json.dumps(record), "record")[0] for record in records]
    findings = by.judge(read, as_of)
    return {
        str(record["case_id"]): {finding.question.id: finding for finding in findings.of_case(row)}
        for row, record in enumerate(read)
    }


def pairs(one: Found, other: Found) -> Iterator[tuple[Finding, Finding]]:
    """The findings of the same case and question."""
    assert one.keys() == other.keys()
    for case_id, findings in one.items():
        assert findings.keys() == other[case_id].keys()
        for question, finding in findings.items():
            yield finding, other[case_id][question]


CLOCKED = [question for question in shipped().scored if shipped().clock_of(question) is not None]


def moment_of(question: Question) -> str | None:
    return getattr(clock_of(question), "after", None)


def clock_of(question: Question) -> Clock:
    found = shipped().clock_of(question)
    assert found is not None
    return found


def anchors(name: str | None) -> Iterator[str]:
    """A moment, and those it is counted from."""
    if name is None:
        return
    yield name
    moment = shipped().moments[name]
    match moment:
        case ReachMoment():
            yield from anchors(moment.reaches.since)
        case ForcedMoment():
            yield from anchors(moment.forced_by.since)
        case LatestMoment():
            yield from anchors(moment.since)


# Order


def shuffled(record: Raw, rng: Random) -> Raw:
    made = copy.deepcopy(record)
    risk = made.get("risk") or {}
    for items in (made.get("events"), risk.get("roh"), risk.get("mappa"), made["sentence"].get("requirements")):
        rng.shuffle(items or [])
    for part in (made, made["sentence"], made.get("answers") or {}):
        keys = list(part)
        rng.shuffle(keys)
        for key in keys:
            part[key] = part.pop(key)
    return made


@settings(steady, max_examples=10)
@given(seeds)
def test_order_does_not_matter(seed: int) -> None:
    """Of events, of the entries of a history, of the requirements, of keys, of the cases of a batch."""
    rng, records = Random(seed), generate.records(SOME, seed)
    others = [shuffled(record, rng) for record in records]
    rng.shuffle(others)
    assert judged(records) == judged(others)


@settings(steady, max_examples=10)
@given(seeds)
def test_what_else_is_in_the_batch_does_not_matter(seed: int) -> None:
    records = generate.records(SOME, seed)
    alone: Found = {}
    for record in records[:4]:
        alone |= judged([record])
    together = judged(records)
    assert {case_id: together[case_id] for case_id in alone} == alone


# Shifting all dates alike


def shifted(value: Any, days: int) -> Any:
    """A record with every date so many days later."""
    if isinstance(value, dict):
        return {key: shifted(part, days) for key, part in value.items()}
    if isinstance(value, list):
        return [shifted(part, days) for part in value]
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return (date.fromisoformat(value) + timedelta(days=days)).isoformat()
    return value


def lengths(question: Question) -> Iterator[Duration | None]:
    """The lengths of time that a question depends on; None for a value that is in force from a day on."""
    clock = clock_of(question)
    limits = []
    if isinstance(clock, (Deadline, Repeats)):
        limits += [clock.within, getattr(clock, "first_within", None)]
    for name in {*anchors(moment_of(question)), *chain(*map(anchors, set(facts_of(question.when)) & MOMENTS))}:
        moment = shipped().moments[name]
        if isinstance(moment, ForcedMoment):
            for count in moment.forced_by.counts:
                yield from (None if one.from_ else one.value for one in count.in_less_than)
    for limit in limits:
        for dated in limit if isinstance(limit, tuple) else ():
            yield None if dated.from_ else dated.value


MOMENTS = set(shipped().moments)
SHIFTABLE = [
    question.id
    for question in CLOCKED
    if all(length is not None and length.unit in ("days", "weeks") for length in lengths(question))
]


def test_which_questions_may_be_shifted() -> None:
    """All clocked questions but those of working days, and of breach: its absences are counted within 12 months, and
    differently from 30 September 2007 on."""
    left_out = {question.id for question in CLOCKED} - set(SHIFTABLE)
    assert left_out == {"1.2.q15", "1.3.q04", "2.2.q17", "2.3.q05", "2.4.q11"}


@settings(steady, max_examples=10)
@given(seeds, st.integers(-1_000, 1_000).filter(bool))
def test_shifting_every_date_by_weeks_shifts_the_findings(seed: int, weeks: int) -> None:
    records = generate.records(SOME, seed)
    later = timedelta(weeks=weeks)
    for before, after in pairs(judged(records), judged([shifted(record, 7 * weeks) for record in records])):
        if before.question.id not in SHIFTABLE and before.question in CLOCKED:
            continue
        assert (after.line, after.computed, after.days_late) == (before.line, before.computed, before.days_late)
        assert after.due == (before.due and before.due + later)
        assert after.done == (before.done and before.done + later)


# Events that no rule looks at


def texts(value: Any) -> Iterator[str]:
    """Every text in a tree."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(texts(part) for part in value.values())
    elif isinstance(value, Sequence):
        yield from chain.from_iterable(texts(part) for part in value)


def irrelevant_types(ruleset: Ruleset) -> list[str]:
    """The types of event that no moment, fact or clock names."""
    parts = [*ruleset.moments.values(), *ruleset.facts.values(), *ruleset.clocks.values()]
    named = {text for part in parts for text in texts(asdict(part))}
    return [name for name in ruleset.vocabulary.events if name not in named]


@settings(steady, max_examples=10)
@given(seeds)
def test_an_event_of_an_irrelevant_type_changes_nothing(seed: int) -> None:
    """Where events are recorded: the first event of a record would say that the log was kept."""
    rng, types = Random(seed), irrelevant_types(shipped())
    assert {"warning", "drug_test", "breach_ended"} <= set(types)
    records = [record for record in generate.records(SOME, seed) if record.get("events") is not None]
    more = copy.deepcopy(records)
    for record in more:
        for _ in range(rng.randint(1, 3)):
            day = date.fromisoformat(record["assessed_on"]) - timedelta(days=rng.randint(-20, 400))
            event = {"type": rng.choice(types), "on": rng.choice([day.isoformat(), None])}
            record["events"].insert(rng.randint(0, len(record["events"])), event)
    assert judged(records) == judged(more)


@settings(steady, max_examples=10)
@given(seeds)
def test_an_event_after_the_as_of_date_changes_nothing(seed: int) -> None:
    """It has not happened yet."""
    rng, types = Random(seed), list(shipped().vocabulary.events)
    records = [record for record in generate.records(SOME, seed) if record.get("events") is not None]
    more: list[Raw] = copy.deepcopy(records)
    for record in more:
        day = date.fromisoformat(record["assessed_on"]) + timedelta(days=rng.randint(1, 60))
        record["events"] += [{"type": name, "on": day.isoformat()} for name in rng.sample(types, 8)]
    assert judged(records) == judged(more)


# As time goes on

LASTING = [
    question.id
    for question in CLOCKED
    if isinstance(clock_of(question), (Deadline, OnRecord))
    and not any(isinstance(shipped().moments[name], LatestMoment) for name in anchors(moment_of(question)))
]


def test_which_questions_stay_met() -> None:
    """All deadlines but that of the court report, which a later request starts anew. The others have another duty
    with each further event (a change, a hearing, an interval, a conviction)."""
    left_out = {question.id for question in CLOCKED} - set(LASTING)
    assert left_out == {"1.1.q07", "2.2.q02", "2.2.q03", "2.5.q03", "2.5.q04", "3.1.q05", "3.1.q06"}


@settings(steady, max_examples=10)
@given(seeds, st.integers(1, 900))
def test_what_was_met_stays_met_as_time_goes_on(seed: int, days: int) -> None:
    """Or cannot be told any more, where an entry without a level comes into sight; never `not_done`, nor `late`."""
    records = generate.records(SOME, seed)
    as_of = date.fromisoformat(records[0]["assessed_on"])
    before, after = judged(records, as_of), judged(records, as_of + timedelta(days=days))
    for one, other in pairs(before, after):
        if one.question.id in LASTING and one.computed is Computed.MET:
            assert other.computed in (Computed.MET, Computed.DATE_MISSING, Computed.EVIDENCE_AMBIGUOUS)
            if other.computed is Computed.MET:
                assert (other.due, other.done) == (one.due, one.done)


@settings(steady, max_examples=8)
@given(seeds, st.integers(1, 900))
def test_what_was_late_or_not_done_never_becomes_met(seed: int, days: int) -> None:
    records = generate.records(SOME, seed)
    as_of = date.fromisoformat(records[0]["assessed_on"])
    before, after = judged(records, as_of), judged(records, as_of + timedelta(days=days))
    for one, other in pairs(before, after):
        if one.question.id in LASTING and one.due and one.line.outcome is Outcome.NOT_SUFFICIENT:
            assert other.computed is not Computed.MET


# The due day


SET = {
    "1.2.q01": "6 working days",
    "1.3.q01": "3 weeks",
    "1.5.q01": "2 working days",
    "1.5.q07": "15 working days",
    "2.1.q11": "12 working days",
    "2.1.q12": "9 days",
    "2.1.q13": "1 month",
    "2.1.q16": "10 weeks",
    "2.4.q01": "5 working days",
}
"""A number for every question that awaits one."""


def set_judge() -> Judge:
    return judge_of(*((f"{question}.within", length) for question, length in SET.items()))


def plus(day: date, length: Duration) -> date:
    """The last day within a length of time, by the calendar of the oracle."""
    match length.unit:
        case "days":
            return day + timedelta(days=length.number)
        case "weeks":
            return oracle.add_weeks(day, length.number)
        case "months":
            return oracle.add_months(day, length.number)
        case "working days":
            return oracle.add_working_days(day, length.number)


def in_force(clock: Deadline, day: date) -> Duration:
    assert isinstance(clock.within, tuple)
    return [dated.value for dated in clock.within if dated.from_ is None or dated.from_ <= day][-1]


def starting(name: str, day: date, *, licence: bool) -> Raw:
    """A case in which a moment falls on a day."""
    sentence = {"kind": "licence", "sentenced_on": str(day - timedelta(days=300)), "released_on": str(day)}
    if not licence:
        sentence = {"kind": "community_order", "sentenced_on": str(day)}
    moment = shipped().moments[name]
    match moment:
        case FieldMoment():
            if name == "sentence":
                sentence["sentenced_on"] = str(day)
            return {"sentence": sentence, "events": []}
        case ReachMoment():
            path, level = moment.reaches.history, moment.reaches.at_least
            group, history = path.split(".")
            entry = {"level": level, "from": str(day)}
            return {**starting(moment.reaches.since, day, licence=licence), group: {history: [entry]}}
        case LatestMoment():
            early = day - timedelta(days=3)
            event = {"type": moment.latest, "on": str(day)}
            if moment.due:
                event[moment.due] = str(day + timedelta(days=20))
            return {**starting("start", early, licence=licence), "events": [event]}
        case ForcedMoment():
            force = moment.forced_by
            (holds,) = [c for c in force.counts if (c.only == force.counts[1].only) is licence]
            wanted = {key: values[0] for key, values in force.with_.items()}
            days = [day - timedelta(days=40 * back) for back in range(holds.nth)]
            start = starting(force.since, days[-1] - timedelta(days=9), licence=licence)
            return {**start, "events": [{"type": force.event[0].type, "on": str(d), **wanted} for d in days]}


def done(clock: Deadline, kind: Kind, on: date) -> Raw:
    """An event as a clock wants it."""
    attributes = shipped().vocabulary.events[kind.type].attributes
    wanted = {
        name: (attributes[name].values or ("as it should be",))[0] if values == RECORDED else values[0]
        for name, values in clock.with_.items()
    }
    return {"type": kind.type, "on": str(on), **wanted}


@dataclass(frozen=True)
class Duty:
    """A question whose clock is a deadline, and one of the kinds of event that meet it."""

    question: Question
    clock: Deadline
    kind: Kind

    @property
    def name(self) -> str:
        return f"{self.question.id} {self.kind.type}"


def duties(*, due: bool) -> list[Duty]:
    """Every deadline of the ruleset, with a due day or without."""
    ruleset = set_judge().ruleset
    return [
        Duty(question, clock, kind)
        for question in ruleset.questions.values()
        if isinstance(clock := ruleset.clock_of(question), Deadline)
        for kind in clock.event
        if bool(clock.within or clock.by) is due
    ]


Read = tuple[Computed, date | None, date | None]


def read(duty: Duty, records: Sequence[Raw]) -> list[Read]:
    """What the clock found in each case: status, due and done day."""
    judge = set_judge()
    checked = [judge.ruleset.reader.read(json.dumps(record), "record")[0] for record in records]
    found = judge.judge(checked).reading(duty.question)
    assert found is not None
    days = [[None if day == NEVER else as_date(int(day)) for day in column] for column in (found.due, found.done)]
    return list(zip((STATUSES[code] for code in found.status), *days, strict=True))


def around(duty: Duty, days: Sequence[date], off: int, more: int = 60) -> Iterator[tuple[Read, date]]:
    """What the clock found where it was done so many days off the due day, for moments on these days; the due days.

    The as-of date is so many days after the due day.
    """
    clock, records, dues = duty.clock, [], []
    for day in days:
        due = day + timedelta(days=20) if clock.by else plus(day, in_force(clock, day))
        case = starting(clock.after, day, licence=duty.kind.only != ALWAYS)
        case["events"].append(done(clock, duty.kind, due + timedelta(days=off)))
        records.append(merged({"case_id": "x", "assessed_on": str(due + timedelta(days=more))}, case))
        dues.append(due)
    yield from zip(read(duty, records), dues, strict=True)


DAYS = [date(2005, 12, 1) + timedelta(days=n) for n in range(160)]  # Christmas, New Year and Easter
DAYS += [date(2007, 9, 20) + timedelta(days=n) for n in range(20)]
DAYS += [date(2011, 4, 1) + timedelta(days=n) for n in range(40)]
DAYS += [date(2020, 2, 20) + timedelta(days=n) for n in range(20)]

DUE, ONCE = duties(due=True), duties(due=False)


def test_every_deadline_is_tried() -> None:
    clocks = set_judge().ruleset.clocks
    assert {duty.clock.requires for duty in (*DUE, *ONCE)} == {
        clock.requires for clock in clocks.values() if isinstance(clock, Deadline)
    }
    assert not any(isinstance(getattr(clock, "within", None), Awaits) for clock in clocks.values())
    assert len(DUE) >= 16
    assert len(ONCE) >= 5


@pytest.mark.parametrize("duty", DUE, ids=lambda duty: str(duty.name))
def test_on_the_due_day_is_in_time_and_a_day_later_is_late(duty: Duty) -> None:
    for found, due in around(duty, DAYS, 0):
        assert found == (Computed.MET, due, due)
    for found, due in around(duty, DAYS, 1):
        assert found == (Computed.LATE, due, due + timedelta(days=1))


@pytest.mark.parametrize("duty", DUE, ids=lambda duty: str(duty.name))
def test_until_the_due_day_it_is_not_due_and_a_day_later_not_done(duty: Duty) -> None:
    """What is done 100 days later has not happened yet."""
    for found, due in around(duty, DAYS[::3], 100, more=0):
        assert found == (Computed.NOT_DUE, due, None)
    for found, due in around(duty, DAYS[::3], 100, more=1):
        assert found == (Computed.NOT_DONE, due, None)


@pytest.mark.parametrize("duty", ONCE, ids=lambda duty: str(duty.name))
def test_what_only_has_to_exist(duty: Duty) -> None:
    day = date(2006, 2, 1)
    for off, computed in ((-1, Computed.NOT_DONE), (0, Computed.MET), (90, Computed.MET), (91, Computed.NOT_DONE)):
        case, on = starting(duty.clock.after, day, licence=False), day + timedelta(days=off)
        case["events"].append(done(duty.clock, duty.kind, on))
        record = merged({"case_id": "x", "assessed_on": str(day + timedelta(days=90))}, case)
        assert read(duty, [record]) == [(computed, None, on if computed is Computed.MET else None)]


def test_days_late() -> None:
    """From the due day to the day it was done, or to the day the clock stopped."""
    record = {
        "case_id": "x",
        "assessed_on": "2006-06-28",
        "sentence": {"kind": "community_order", "sentenced_on": "2006-01-04"},
        "events": [{"type": "roh_review", "on": "2006-04-27"}],
    }
    assert judged([record])["x"]["2.2.q01"].days_late == 1
    assert judged([{**record, "events": []}])["x"]["2.2.q01"].days_late == (date(2006, 6, 28) - date(2006, 4, 26)).days


# Answers


@settings(steady, max_examples=10)
@given(seeds)
def test_answers_alone_never_change_what_was_computed(seed: int) -> None:
    """Where the record decides, it decides; where it does not, the answer does, and nothing else tells them apart."""
    rng, records = Random(seed), generate.records(SOME, seed)
    words, questions = shipped().head.answers.words, [question.id for question in shipped().scored]
    others = copy.deepcopy(records)
    for record in others:
        answered = rng.sample(questions, rng.randint(0, len(questions)))
        record["answers"] = {question: rng.choice(words) for question in answered} or None
    place = shipped().head.answers.place
    for one, other in pairs(judged(records), judged(others)):
        assert (one.computed, one.due, one.done) == (other.computed, other.due, other.done) or "relevance" in (
            one.line.name + other.line.name
        )
        decided = one.line.basis is Basis.COMPUTED and one.line.outcome is not Outcome.NOT_EVIDENCED
        if decided:
            assert other.line is one.line
        elif place(other.answer) is Answered.NONE:
            assert other.line.outcome is Outcome.NOT_EVIDENCED
        else:
            assert other.line.basis is Basis.JUDGED
            assert not other.disagrees


# Settings


@settings(steady, max_examples=10)
@given(seeds)
def test_a_number_makes_an_awaiting_clock_computed(seed: int) -> None:
    """And changes nothing else."""
    awaiting = SET.keys()
    assert awaiting == {
        question.id for question in shipped().scored if question.decided_by and shipped().clock_of(question) is None
    }
    records = generate.records(SOME, seed)
    computed: set[str] = set()
    for before, after in pairs(judged(records), judged(records, judge=set_judge())):
        if before.question.id not in awaiting:
            assert after == before
            continue
        assert before.computed is Computed.NONE
        assert after.computed is not Computed.NONE
        if after.line.name not in ("not relevant",) and "relevance" not in after.line.name:
            unknown = after.computed in (Computed.DATE_MISSING, Computed.EVIDENCE_AMBIGUOUS)
            assert (after.line.basis is Basis.COMPUTED) or (unknown and after.answer is not None)
            computed.add(after.question.id)
    assert computed >= {"2.1.q16", "2.4.q01"}  # asked of all


def test_a_number_decides_by_the_due_day(ruleset: Ruleset) -> None:
    """The same plan, on the tenth working day, is in time by one number and late by another."""
    record = {
        "case_id": "x",
        "assessed_on": "2006-06-28",
        "sentence": {
            "kind": "community_order",
            "sentenced_on": "2006-01-04",
            "tier": 2,
            "requirements": ["supervision"],
        },
        "events": [{"type": "sentence_plan", "on": "2006-01-18"}],
        "answers": {"1.5.q07": "not_sufficient"},
    }
    outcomes = {}
    for length in ("9 working days", "10 working days", "13 days", "2 weeks"):
        by = Judge(with_settings(ruleset, {"1.5.q07.within": length}), Reference())
        outcomes[length] = judged([record], judge=by)["x"]["1.5.q07"]
    assert [found.computed for found in outcomes.values()] == [Computed.LATE, Computed.MET, Computed.LATE, Computed.MET]
    assert all(found.line.basis is Basis.COMPUTED for found in outcomes.values())
    assert outcomes["10 working days"].disagrees
    assert judged([record])["x"]["1.5.q07"].line.basis is Basis.JUDGED
