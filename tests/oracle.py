"""An oracle for the date rules: the contract's table in plain Python, written without looking at the program.

Sources: "contract" = design/contract.md (its sections 1 and 2; "rule n" is a number under "Rules of meaning", "table"
is the table of date rules); "Rn" = the reading of that number in the list of readings chosen for open points.
A record is taken as valid under the vocabulary; nothing is checked here. Bank holidays are right from 1990 on.

Three-valued logic (contract, below the table): True, False, and None for "cannot be told from the record".
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

Record = dict[str, Any]
Tri = bool | None
Test = Callable[[Record], Tri]  # does the event pass the rule's test of its attributes?


@dataclass(frozen=True)
class Expected:
    """What the program must find (contract, section 2). The outcome "unknown" never leaves `judge`."""

    outcome: str
    reason: str
    due: date | None = None
    done: date | None = None


# ---------------------------------------------------------------------------------------------------- counting time


def easter(year: int) -> date:
    """Easter Sunday, Gregorian calendar (Meeus/Jones/Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def first_monday(year: int, month: int) -> date:
    """The first Monday of a month."""
    day = date(year, month, 1)
    while day.weekday() != 0:
        day += timedelta(days=1)
    return day


def last_monday(year: int, month: int) -> date:
    """The last Monday of a month of 31 days (May and August)."""
    day = date(year, month, 31)
    while day.weekday() != 0:
        day -= timedelta(days=1)
    return day


EARLY_MAY = {1995: [date(1995, 5, 8)], 2020: [date(2020, 5, 8)], 2023: [date(2023, 5, 1), date(2023, 5, 8)]}
SPRING = {
    2002: [date(2002, 6, 3), date(2002, 6, 4)],
    2012: [date(2012, 6, 4), date(2012, 6, 5)],
    2022: [date(2022, 6, 2), date(2022, 6, 3)],
}
EXTRA = {1999: [date(1999, 12, 31)], 2011: [date(2011, 4, 29)], 2022: [date(2022, 9, 19)]}


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England and Wales in a year, substitute days in place of those on a weekend (rule 4)."""
    days = [easter(year) - timedelta(days=2), easter(year) + timedelta(days=1)]
    new_year = date(year, 1, 1)
    while new_year.weekday() >= 5:  # on a Saturday or Sunday: the Monday after
        new_year += timedelta(days=1)
    days.append(new_year)
    days += EARLY_MAY.get(year, [first_monday(year, 5)])
    days += SPRING.get(year, [last_monday(year, 5)])
    days.append(last_monday(year, 8))
    for day in (date(year, 12, 25), date(year, 12, 26)):
        # Sat+Sun: 27th and 28th. Sunday+Monday: 27th beside the 26th. Friday+Saturday: 28th beside the 25th.
        days.append(day + timedelta(days=2) if day.weekday() >= 5 else day)
    days += EXTRA.get(year, [])
    return frozenset(days)


def is_working_day(day: date) -> bool:
    """Neither Saturday, Sunday nor a bank holiday (rule 4)."""
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def add_working_days(day: date, n: int) -> date:
    """The n-th working day after a day, which itself may be of any kind (rule 4)."""
    while n > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            n -= 1
    return day


def add_weeks(day: date, n: int) -> date:
    """7n calendar days after a day (rule 4)."""
    return day + timedelta(days=7 * n)


def add_months(day: date, n: int) -> date:
    """The same day number n months on, else that month's last day (rule 4)."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last_day))


# ------------------------------------------------------------------------------------------------ three-valued logic


def both(*parts: Tri) -> Tri:
    """Three-valued "and": one False settles it, whatever the others."""
    if any(part is False for part in parts):
        return False
    return None if any(part is None for part in parts) else True


def negate(part: Tri) -> Tri:
    """Three-valued "not"."""
    return None if part is None else not part


def equals(value: object, wanted: object) -> Tri:
    """Is a recorded value the wanted one? Absent or null is "not recorded", never "no" (contract, section 1)."""
    return None if value is None else value == wanted


# ------------------------------------------------------------------------------------------------- reading the record


def day_of(text: str | None) -> date | None:
    """An ISO date, or None where none is recorded."""
    return None if text is None else date.fromisoformat(text)


class Case:
    """A record as it stood on the as-of date."""

    def __init__(self, record: Record, as_of: date | None) -> None:
        """Read a record; as-of is `assessed_on` unless given (rule 5)."""
        self.as_of: date = as_of or date.fromisoformat(record["assessed_on"])
        self.sentence: Record = record["sentence"]
        self.flags: Record = record.get("flags") or {}
        self.person: Record = record.get("person") or {}
        self.roh: list[Record] = (record.get("risk") or {}).get("roh") or []
        self.events: list[Record] | None = record.get("events")  # None: the log was not recorded (R1)
        self.licence: bool = self.sentence["kind"] == "licence"
        self.sentenced_on: date = date.fromisoformat(self.sentence["sentenced_on"])
        # Start of supervision (contract, section 1; R4).
        if self.licence:
            self.start = day_of(self.sentence.get("released_on"))
        else:
            self.start = day_of(self.sentence.get("commenced_on")) or self.sentenced_on
        # The clock stops at the end of supervision, where that is not after the as-of date (rule 5; R6).
        ended_on = day_of(self.sentence.get("ended_on"))
        self.ended: bool = ended_on is not None and ended_on <= self.as_of
        self.horizon: date = ended_on if ended_on is not None and ended_on <= self.as_of else self.as_of

    def flag(self, name: str) -> Tri:
        """A flag: true, false or not recorded."""
        value: bool | None = self.flags.get(name)
        return value

    def requirement(self, name: str) -> Tri:
        """Is it among the sentence's requirements? Unknown where they are not recorded (R17)."""
        requirements = self.sentence.get("requirements")
        return None if requirements is None else name in requirements

    def standalone_unpaid_work(self) -> Tri:
        """Requirements are exactly unpaid work (contract, section 1; R17)."""
        requirements = self.sentence.get("requirements")
        return None if requirements is None else set(requirements) == {"unpaid_work"}


@dataclass(frozen=True)
class Picked:
    """Events of a type from a first to a last day, parted by the rule's test of their attributes."""

    yes: list[Record]  # dated, certainly qualify; in order of date
    maybe: list[Record]  # dated, an attribute the rule tests is not recorded (R3)
    no: list[Record]  # dated, certainly fail the test
    undated: list[Record]  # no date, and may qualify: may lie between the two days, or not (R2)


def anything(_: Record) -> Tri:
    """The test of a rule which looks at no attribute."""
    return True


def pick(case: Case, kinds: tuple[str, ...], since: date, until: date, test: Test = anything) -> Picked:
    """The events of these types from `since` to `until`, both included; `until` is never after as-of (rule 6; R5)."""
    picked = Picked([], [], [], [])
    for event in case.events or []:
        on = day_of(event.get("on"))
        result = test(event)
        if event["type"] not in kinds:
            continue
        if on is None:
            if since <= until and result is not False:  # in an empty span not even an undated event can lie
                picked.undated.append(event)
        elif since <= on <= until:
            (picked.maybe if result is None else picked.yes if result else picked.no).append(event)
    picked.yes.sort(key=lambda event: str(event["on"]))
    return picked


def first_day(events: list[Record]) -> date | None:
    """The day of the first of dated events in order."""
    return date.fromisoformat(events[0]["on"]) if events else None


# ------------------------------------------------------------------------------------------------------ kinds of rule


def unknown(reason: str, due: date | None = None, done: date | None = None) -> Expected:
    """The computation cannot tell; due and done stay where they are known (R19)."""
    return Expected("unknown", reason, due, done)


def not_due(case: Case, due: date | None, done: date | None = None) -> Expected:
    """Not done and not yet due: pending, or not applicable when supervision has ended (rule 5)."""
    return Expected("not_applicable" if case.ended else "pending", "not_due", due, done)


def within(case: Case, kinds: tuple[str, ...], since: date, due: date, test: Test = anything) -> Expected:
    """A qualifying event from `since` on, by the due day (rules 4 to 6; R2, R3, R6, R11, R12)."""
    if case.events is None:
        return unknown("date_missing", due)
    in_time = pick(case, kinds, since, min(due, case.as_of), test)
    done = first_day(pick(case, kinds, since, case.as_of, test).yes)  # also when late
    if in_time.yes:
        return Expected("sufficient", "met", due, done)
    if in_time.undated:
        return unknown("date_missing", due, done)
    if in_time.maybe:
        return unknown("evidence_ambiguous", due, done)
    if due >= case.horizon:
        return not_due(case, due, done)
    if in_time.no:
        return Expected("not_sufficient", "wrong_attribute", due, done)
    return Expected("not_sufficient", "late" if done else "not_done", due, done)


def exists(case: Case, kind: str, test: Test = anything) -> Expected:
    """A qualifying event on or after the start; no due day (contract, "Exists" rules; rule 6; R4)."""
    if case.start is None or case.events is None:
        return unknown("date_missing")
    picked = pick(case, (kind,), case.start, case.as_of, test)
    if picked.yes:
        return Expected("sufficient", "met", None, first_day(picked.yes))
    if picked.undated:
        return unknown("date_missing")
    if picked.maybe:
        return unknown("evidence_ambiguous")
    return Expected("not_sufficient", "not_done")


def never(case: Case, kind: str) -> Expected:
    """No such event on or after the start (table, 3.1.q05 and 3.1.q06; R2, R4, R18)."""
    if case.start is None or case.events is None:
        return unknown("date_missing")
    picked = pick(case, (kind,), case.start, case.as_of)
    if picked.yes:
        return Expected("not_sufficient", "occurred")
    if picked.undated:
        return unknown("date_missing")
    return Expected("sufficient", "met")


def recorded(value: object) -> Expected:
    """A fact is recorded (table, 1.4.q01 and 1.5.q03; R20)."""
    return Expected("sufficient", "met") if value is not None else Expected("not_sufficient", "not_done")


def any_event(case: Case, kind: str, test: Test = anything) -> Tri:
    """Is there such an event on or after the start? (R1, R4, R16)."""
    if case.start is None or case.events is None:
        return None
    picked = pick(case, (kind,), case.start, case.as_of, test)
    if picked.yes:
        return True
    return None if picked.maybe or picked.undated else False


LEVELS = ["low", "medium", "high", "very_high"]


def roh_since_start(case: Case) -> list[tuple[date, int]] | None:
    """The RoH level in force on the start day (dated so), then every later entry; None: undecidable (R5, R7, R8)."""
    if case.start is None:
        return None
    entries = []
    for entry in case.roh:
        since, level = day_of(entry.get("from")), entry.get("level")
        if since is not None and since > case.as_of:
            continue
        if since is None or level is None:
            return None
        entries.append((since, LEVELS.index(level)))
    if not entries:
        return None
    entries.sort()  # of two on a day the higher comes last, so it is the one in force
    at_start = [level for since, level in entries if since <= case.start]
    later = [(since, level) for since, level in entries if since > case.start]
    return [(case.start, at_start[-1]), *later] if at_start else later


def high_since_start(case: Case) -> tuple[Tri, date | None]:
    """High or very high since the start, and the day its clock starts (contract, above the table)."""
    levels = roh_since_start(case)
    if levels is None:
        return None, None
    for since, level in levels:
        if level >= LEVELS.index("high"):
            return True, since
    return False, None


# ------------------------------------------------------------------------ the questions: (relevance, what is computed)

Answer = tuple[Tri, Expected]
NOTHING = unknown("date_missing")  # stands where relevance is not given, so nothing is computed


def q_1_1_q07(case: Case) -> Answer:
    """Report by the day the court set; the latest request counts; at any time, not from the start (table; R4, R14)."""
    if case.events is None:
        return None, NOTHING
    requests = pick(case, ("psr_requested",), date.min, case.as_of)
    if not requests.yes:
        return (None if requests.undated else False), NOTHING
    if requests.undated:  # an undated one may be the latest
        return True, unknown("date_missing")
    latest = max(event["on"] for event in requests.yes)
    due_days = [event["due_on"] for event in requests.yes if event["on"] == latest and event.get("due_on") is not None]
    if not due_days:
        return True, unknown("date_missing")
    due = date.fromisoformat(min(due_days))
    return True, within(case, ("psr_delivered",), date.fromisoformat(latest), due)


def q_1_2_q15(case: Case) -> Answer:
    """High since the start: a risk management plan within 5 working days of the clock (table)."""
    relevant, clock = high_since_start(case)
    if clock is None:
        return relevant, NOTHING
    return relevant, within(case, ("risk_management_plan",), clock, add_working_days(clock, 5))


def q_1_2_q16(case: Case) -> Answer:
    """Medium since the start and never higher: a risk management plan exists (table; R8)."""
    levels = roh_since_start(case)
    relevant = None if levels is None else max(level for _, level in levels) == LEVELS.index("medium")
    return relevant, exists(case, "risk_management_plan")


def q_1_3_q04(case: Case) -> Answer:
    """PPO: an OASys within 5 working days of the start (table)."""
    if case.start is None:
        return case.flag("ppo"), unknown("date_missing")
    return case.flag("ppo"), within(case, ("oasys",), case.start, add_working_days(case.start, 5))


def q_1_4_q01(case: Case) -> Answer:
    """Ethnicity recorded (table)."""
    return True, recorded(case.person.get("ethnicity"))


def q_1_5_q03(case: Case) -> Answer:
    """Tier recorded (table)."""
    return True, recorded(case.sentence.get("tier"))


def q_1_4_q06(case: Case) -> Answer:
    """A basic skills screening exists (table)."""
    return True, exists(case, "basic_skills_screening")


def q_1_4_q07(case: Case) -> Answer:
    """A screening that points to a need: a basic skills assessment exists (table)."""
    relevant = any_event(case, "basic_skills_screening", lambda event: equals(event.get("need_indicated"), True))
    return relevant, exists(case, "basic_skills_assessment")


def q_1_5_q06(case: Case) -> Answer:
    """All but Tier 1 and stand-alone unpaid work: a sentence plan exists (table, and the paragraph below it)."""
    tier_1 = equals(case.sentence.get("tier"), 1)
    return both(negate(tier_1), negate(case.standalone_unpaid_work())), exists(case, "sentence_plan")


def q_2_2_q01(case: Case) -> Answer:
    """First RoH review within 16 weeks of the start (table)."""
    if case.start is None:
        return True, unknown("date_missing")
    return True, within(case, ("roh_review",), case.start, add_weeks(case.start, 16))


def q_2_2_q02(case: Case) -> Answer:
    """Each next RoH review within 16 weeks of the one before (table; R9; rule 5 on what falls due after the end)."""
    if case.start is None or case.events is None:
        return True, unknown("date_missing")
    if any(event["type"] == "roh_review" and event.get("on") is None for event in case.events):
        return True, unknown("date_missing")  # R2
    picked = pick(case, ("roh_review",), case.start, case.as_of)
    reviews = sorted({date.fromisoformat(event["on"]) for event in picked.yes})
    if not reviews:
        due = add_weeks(case.start, 32)
        if due < case.horizon:
            return True, Expected("not_sufficient", "not_done", due)
        return True, not_due(case, due)
    kept = None
    not_yet_due = None
    following: list[date | None] = [*reviews[1:], None]
    for review, next_review in zip(reviews, following, strict=True):
        due = add_weeks(review, 16)
        if next_review is not None and next_review <= due:
            kept = Expected("sufficient", "met", due, next_review)
        elif due < case.horizon:
            return True, Expected("not_sufficient", "gap_too_long", due, next_review)
        elif not_yet_due is None:
            not_yet_due = not_due(case, due, next_review)
    result = kept or not_yet_due
    assert result is not None  # the last interval is open: kept, failed or not yet due
    return True, result


def q_2_2_q03(case: Case) -> Answer:
    """Every significant change since the start has an RoH review on its date or later (table; R10; undated: R2)."""
    relevant = any_event(case, "significant_change")
    if not relevant or case.start is None:
        return relevant, NOTHING
    changes = pick(case, ("significant_change",), case.start, case.as_of)
    latest = date.fromisoformat(changes.yes[-1]["on"])
    reviews = pick(case, ("roh_review",), latest, case.as_of)
    done = first_day(reviews.yes)
    if reviews.yes:
        last_review = date.fromisoformat(reviews.yes[-1]["on"])
        if changes.undated and last_review < case.as_of:  # that change may have come after the last review
            return True, unknown("date_missing", None, done)
        return True, Expected("sufficient", "met", None, done)
    if reviews.undated:
        return True, unknown("date_missing")
    return True, Expected("not_sufficient", "not_done")


def purposeful(visit: Record) -> Tri:
    """A completed home visit with a purpose (table, 2.2.q17); no purpose recorded is no purpose (R3)."""
    return both(equals(visit.get("outcome"), "completed"), visit.get("purpose") is not None)


def q_2_2_q17(case: Case) -> Answer:
    """High since the start: a purposeful home visit within 10 working days of the clock (table; R11)."""
    relevant, clock = high_since_start(case)
    if clock is None:
        return relevant, NOTHING
    return relevant, within(case, ("home_visit",), clock, add_working_days(clock, 10), purposeful)


def written_face_to_face(offer: Record) -> Tri:
    """A written offer of face-to-face contact (table, 2.3.q05)."""
    return both(equals(offer.get("form"), "written"), equals(offer.get("face_to_face"), True))


def q_2_3_q05(case: Case) -> Answer:
    """Statutory victim contact: the offer within 40 working days of the day of sentence (table; R4, R11)."""
    due = add_working_days(case.sentenced_on, 40)
    relevant = case.flag("statutory_victim_contact")
    return relevant, within(case, ("victim_contact_offered",), case.sentenced_on, due, written_face_to_face)


LICENCE_RULE_CHANGES = date(2007, 9, 30)


def forcing_absence(days: list[date], licence: bool) -> tuple[date, date] | None:
    """The first absence that forces breach, and the one before it; `days` are distinct and in order (table; R13)."""
    needed = 3 if licence else 2
    for position in range(needed - 1, len(days)):
        day, first = days[position], days[position - needed + 1]
        at_any_time = licence and day < LICENCE_RULE_CHANGES
        if at_any_time or day < add_months(first, 12):
            return day, days[position - 1]
    return None


def q_2_4_q11(case: Case) -> Answer:
    """Breach required: action since the absence before the forcing one, by 10 working days after it (table; R13)."""
    if case.start is None or case.events is None:
        return None, NOTHING
    absences = pick(
        case,
        ("appointment",),
        case.start,
        case.as_of,
        lambda event: equals(event.get("outcome"), "unacceptable_absence"),
    )
    certain = sorted({date.fromisoformat(event["on"]) for event in absences.yes})
    forced = forcing_absence(certain, case.licence)
    if forced is None:
        possible = sorted({date.fromisoformat(event["on"]) for event in absences.yes + absences.maybe})
        enough_undated = len(possible) + len(absences.undated) >= (3 if case.licence else 2)
        if forcing_absence(possible, case.licence) or (absences.undated and enough_undated):
            return None, NOTHING
        return False, NOTHING
    forcing, before = forced
    actions: tuple[str, ...] = ("breach_initiated", "information_laid")
    if case.licence:
        actions += ("recall_requested",)
    return True, within(case, actions, before, add_working_days(forcing, 10))


def drr_relevant(case: Case) -> Tri:
    """A drug rehabilitation requirement and at least one review hearing since the start (table; R4)."""
    return both(case.requirement("drug_rehabilitation"), any_event(case, "drr_review_hearing"))


def q_2_5_q03(case: Case) -> Answer:
    """Every hearing has its report on or before it (table; R15)."""
    relevant = drr_relevant(case)
    if not relevant or case.start is None:
        return relevant, NOTHING
    hearings = pick(case, ("drr_review_hearing",), case.start, case.as_of)
    reported = [(event["on"], event["report_on"]) for event in hearings.yes if event.get("report_on") is not None]
    late = [(hearing, report) for hearing, report in reported if report > hearing]
    if late:
        hearing, report = min(late)
        return True, Expected("not_sufficient", "late", date.fromisoformat(hearing), date.fromisoformat(report))
    if hearings.undated:
        return True, unknown("date_missing")
    if len(reported) < len(hearings.yes):
        return True, unknown("evidence_ambiguous")
    hearing, report = max(reported)
    return True, Expected("sufficient", "met", date.fromisoformat(hearing), date.fromisoformat(report))


def q_2_5_q04(case: Case) -> Answer:
    """Every hearing attended (table; R15). An undated one that was attended cannot change that (R2)."""
    relevant = drr_relevant(case)
    if not relevant or case.start is None:
        return relevant, NOTHING
    missed = pick(
        case, ("drr_review_hearing",), case.start, case.as_of, lambda event: equals(event.get("attended"), False)
    )
    if missed.yes:
        return True, Expected("not_sufficient", "wrong_attribute")
    if missed.undated:
        return True, unknown("date_missing")
    if missed.maybe:
        return True, unknown("evidence_ambiguous")
    return True, Expected("sufficient", "met")


def q_2_6_q08(case: Case) -> Answer:
    """Licence, PPO, drug need: a licence condition about drug misuse exists (table; R4)."""
    relevant = both(case.licence, case.flag("ppo"), case.flag("drug_need"))
    return relevant, exists(case, "licence_condition", lambda event: equals(event.get("about"), "drug_misuse"))


def q_3_1_q05(case: Case) -> Answer:
    """No conviction on or after the start (table)."""
    return True, never(case, "conviction")


def q_3_1_q06(case: Case) -> Answer:
    """No caution on or after the start (table)."""
    return True, never(case, "caution")


QUESTIONS: dict[str, Callable[[Case], Answer]] = {
    "1.1.q07": q_1_1_q07,
    "1.2.q15": q_1_2_q15,
    "1.2.q16": q_1_2_q16,
    "1.3.q04": q_1_3_q04,
    "1.4.q01": q_1_4_q01,
    "1.5.q03": q_1_5_q03,
    "1.4.q06": q_1_4_q06,
    "1.4.q07": q_1_4_q07,
    "1.5.q06": q_1_5_q06,
    "2.2.q01": q_2_2_q01,
    "2.2.q02": q_2_2_q02,
    "2.2.q03": q_2_2_q03,
    "2.2.q17": q_2_2_q17,
    "2.3.q05": q_2_3_q05,
    "2.4.q11": q_2_4_q11,
    "2.5.q03": q_2_5_q03,
    "2.5.q04": q_2_5_q04,
    "2.6.q08": q_2_6_q08,
    "3.1.q05": q_3_1_q05,
    "3.1.q06": q_3_1_q06,
}

ANSWER_OUTCOME = {  # rule 3
    "excellent": "sufficient",
    "sufficient": "sufficient",
    "yes": "sufficient",
    "not_sufficient": "not_sufficient",
    "poor": "not_sufficient",
    "no": "not_sufficient",
    "not_clear": "not_sufficient",
    "no_evidence": "not_sufficient",
    "not_applicable": "not_applicable",
}


def judge(record: Record, as_of: date | None = None) -> dict[str, Expected]:
    """Judge a record: relevance first, computed before judged, the answer where these cannot tell (rules 1 to 3)."""
    case = Case(record, as_of)
    answers: Record = record.get("answers") or {}
    findings = {}
    for question, rule in QUESTIONS.items():
        relevant, computed = rule(case)
        answer: str | None = answers.get(question)
        if relevant is False:
            finding = Expected("not_applicable", "not_relevant")
        elif relevant is None and answer is None:
            finding = Expected("not_evidenced", "relevance_unknown")
        elif relevant is None and answer is not None:
            finding = Expected(ANSWER_OUTCOME[answer], "judged")
        elif computed.outcome != "unknown":
            finding = computed
        elif answer is not None:
            finding = Expected(ANSWER_OUTCOME[answer], "judged", computed.due, computed.done)
        else:
            finding = Expected("not_evidenced", computed.reason, computed.due, computed.done)
        findings[question] = finding
    return findings
