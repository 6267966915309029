"""The facts of one record in plain Python: dates, events and clocks, by hand, in one pass over the events.

Written from docs/contract.md and docs/readings.md (R1 to R21 below) for the hand-written checker; every engine that
takes facts is given these. Nothing here is shared with `omi_rules`, so that what agrees was worked out twice.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from benchmarks.log import DAY, FOREVER, Log, Record, Truth, a_year_on, both, known, working_days

LEVELS = {"low": 1, "medium": 2, "high": 3, "very_high": 4}
HIGH = 3
CHANGE_OF_2007 = date(2007, 9, 30).toordinal()

_FLAGS = (
    "ppo statutory_victim_contact approved_premises_referred approved_premises_resident approved_premises_enhanced "
    "child_safeguarding domestic_abuse drug_need basic_skills_need literacy_need disability_need self_harm "
    "singleton_placement transferred_in prison_activity other_workers"
)
FLAGS = {f"flags.{name}": name for name in _FLAGS.split()}
_REQUIREMENTS = "unpaid_work accredited_programme drug_rehabilitation curfew exclusion"
REQUIREMENTS = {f"requirement_{name}": name for name in _REQUIREMENTS.split()}


def facts(record: Record) -> dict[str, Any]:
    """The facts of a record: those the questions' relevance rests on, and what each clock found, by its question."""
    log = Log(record)
    made = _plain(record, log) | _from_events(log)
    _court_report(log, made)
    _risk_of_harm(record, log, made)
    _duties(record, log, made)
    _reviews(log, made)
    _breach(log, made)
    _hearings(log, made)
    return made


def _plain(record: Record, log: Log) -> dict[str, Any]:
    sentence, flags = record["sentence"], record.get("flags") or {}
    made: dict[str, Any] = {fact: flags.get(name) for fact, name in FLAGS.items()}
    made["sentence.kind"] = sentence["kind"]
    made["sentence.tier"] = sentence.get("tier")
    managers = record.get("offender_managers")
    made["offender_managers"] = managers and min(managers, 3)
    listed = sentence.get("requirements")
    for fact, name in REQUIREMENTS.items():
        made[fact] = None if listed is None else name in listed
    made["several_requirements"] = None if listed is None else len(set(listed)) > 1
    made["stand_alone_unpaid_work"] = None if listed is None else set(listed) == {"unpaid_work"}  # R17
    mappa = (record.get("risk") or {}).get("mappa")
    days = [entry.get("from") for entry in mappa or ()]
    certain = any(DAY[day] <= log.as_of for day in days if day)
    made["mappa_case"] = None if mappa is None else certain or (None if None in days else False)
    return made


def _community_proposal(event: Record) -> Truth:
    return event.get("community_proposal")


def _not_followed(event: Record) -> Truth:
    return both(event.get("community_proposal"), known(event.get("proposal_followed"), False))


def _full_analysis(event: Record) -> Truth:
    return event.get("full_analysis_indicated")


def _need(event: Record) -> Truth:
    return event.get("need_indicated")


def _on_risk(event: Record) -> Truth:
    return known(event.get("grounds"), "risk_of_harm")


def _absent(event: Record) -> Truth:
    outcome = event.get("outcome")
    return outcome and outcome in ("acceptable_absence", "unacceptable_absence")


def _from_events(log: Log) -> dict[str, Truth]:
    seen, start = log.any, log.start
    return {
        "psr_written": seen("psr_delivered"),
        "community_proposal": seen("psr_delivered", test=_community_proposal),
        "proposal_not_followed": seen("psr_delivered", test=_not_followed),
        "roh_screened": seen("roh_screening"),
        "full_analysis_indicated": seen("roh_screening", test=_full_analysis),
        "full_analysis_done": seen("roh_full_analysis"),
        "plan_made": seen("sentence_plan"),
        "plan_reviewed": seen("sentence_plan_review", start),
        "roh_reviewed": seen("roh_review", start),
        "recalled": seen("recall_requested"),
        "recalled_on_roh": seen("recall_requested", test=_on_risk),
        "absences": seen("appointment", start, _absent),
        "basic_skills_need_indicated": seen("basic_skills_screening", start, _need),
        "drr_hearing_held": seen("drr_review_hearing", start),
        "significant_change": seen("significant_change", start),
        "psr_request": seen("psr_requested"),
    }


def _court_report(log: Log, made: dict[str, Any]) -> None:
    """1.1.q07 (R14)."""
    made["1.1.q07"] = "date_missing"
    if made["psr_request"] and "psr_requested" not in log.undated:
        latest = max(day for day, _ in log.dated["psr_requested"])
        dues = [event.get("due_on") for day, event in log.dated["psr_requested"] if day == latest]
        due = min((DAY[day] for day in dues if day), default=None)
        if due is not None:
            made["1.1.q07"] = log.done(("psr_delivered",), latest, due)


def _purposeful(visit: Record) -> Truth:
    return both(visit.get("purpose") is not None, known(visit.get("outcome"), "completed"))


def _risk_of_harm(record: Record, log: Log, made: dict[str, Any]) -> None:
    """1.2.q15, 1.2.q16, 2.2.q17: the levels since the start (R7, R8), and what the clock of high levels found."""
    levels: list[tuple[int, int]] = []
    unclear = log.start is None
    for entry in (record.get("risk") or {}).get("roh") or ():
        since, level = entry.get("from"), entry.get("level")
        if since is None or (DAY[since] <= log.as_of and level is None):
            unclear = True
        elif DAY[since] <= log.as_of:
            levels.append((DAY[since], LEVELS[level]))
    clock = None
    made["roh_since_start"] = made["roh_high_since_start"] = None
    if levels and not unclear and log.start is not None:
        levels.sort()
        before = [level for since, level in levels if since <= log.start]
        counted = [(log.start, before[-1])] if before else []
        counted += [entry for entry in levels if entry[0] > log.start]
        highest = max(level for _, level in counted)
        made["roh_since_start"] = next(name for name, number in LEVELS.items() if number == highest)
        clock = next((since for since, level in counted if level >= HIGH), None)
        made["roh_high_since_start"] = clock is not None
    made["1.2.q15"] = made["2.2.q17"] = "date_missing"
    if clock is not None:
        made["1.2.q15"] = log.done(("risk_management_plan",), clock, working_days(clock, 5))
        made["2.2.q17"] = log.done(("home_visit",), clock, working_days(clock, 10), _purposeful)
    made["1.2.q16"] = log.done(("risk_management_plan",), log.start)


def _offer(event: Record) -> Truth:
    return both(known(event.get("form"), "written"), event.get("face_to_face"))


def _about_drugs(event: Record) -> Truth:
    return known(event.get("about"), "drug_misuse")


def _duties(record: Record, log: Log, made: dict[str, Any]) -> None:
    """What must be there, or be there by a day after the start or the sentence."""
    start = log.start
    made["1.3.q04"] = log.done(("oasys",), start, FOREVER if start is None else working_days(start, 5))
    ethnicity = (record.get("person") or {}).get("ethnicity")
    made["1.4.q01"] = "not_done" if ethnicity is None else "met"  # R20
    made["1.5.q03"] = "not_done" if made["sentence.tier"] is None else "met"
    made["1.4.q06"] = log.done(("basic_skills_screening",), start)
    made["1.4.q07"] = log.done(("basic_skills_assessment",), start)
    made["1.5.q06"] = log.done(("sentence_plan",), start)
    made["2.3.q05"] = log.done(("victim_contact_offered",), log.sentenced, working_days(log.sentenced, 40), _offer)
    made["2.6.q08"] = log.done(("licence_condition",), start, test=_about_drugs)
    made["3.1.q05"] = log.never("conviction")
    made["3.1.q06"] = log.never("caution")


def _reviews(log: Log, made: dict[str, Any]) -> None:
    """2.2.q01 to 2.2.q03 (R9, R10)."""
    start = log.start
    made["2.2.q01"] = log.done(("roh_review",), start, FOREVER if start is None else start + 16 * 7)
    made["2.2.q02"] = made["2.2.q03"] = "date_missing"
    if start is None or not log.kept:
        return
    reviews = sorted({day for day, _ in log.since("roh_review", start)})
    if "roh_review" not in log.undated:
        made["2.2.q02"] = _gaps(log, start, reviews)
    changes = [day for day, _ in log.since("significant_change", start)]
    if changes:
        answered = bool(reviews) and reviews[-1] >= max(changes)
        if answered:
            later = log.maybe("significant_change", start) and reviews[-1] < log.as_of
            made["2.2.q03"] = "date_missing" if later else "met"
        else:
            made["2.2.q03"] = "date_missing" if log.maybe("roh_review", start) else "not_done"


def _gaps(log: Log, start: int, reviews: list[int]) -> str:
    not_yet = "ended" if log.ended else "not_due"
    if not reviews:
        return "not_done" if start + 32 * 7 < log.horizon else not_yet
    kept = False
    for review, following in zip(reviews, [*reviews[1:], FOREVER], strict=True):
        due = review + 16 * 7
        if following <= due:
            kept = True
        elif due < log.horizon:
            return "gap_too_long"
    return "met" if kept else not_yet


def _breach(log: Log, made: dict[str, Any]) -> None:
    """2.4.q11 (R13)."""
    made["breach_required"], made["2.4.q11"] = None, "date_missing"
    if log.start is None or not log.kept:
        return
    missed = [(day, event.get("outcome")) for day, event in log.since("appointment", log.start)]
    certain = sorted({day for day, outcome in missed if outcome == "unacceptable_absence"})
    forced = _forced(certain, log.licence)
    if forced is not None:
        before, forcing = forced
        action = ("breach_initiated", "information_laid", "recall_requested")[: 3 if log.licence else 2]
        made["breach_required"] = True
        made["2.4.q11"] = log.done(action, before, working_days(forcing, 10))
        return
    possible = sorted({day for day, outcome in missed if outcome in ("unacceptable_absence", None)})
    undated = 0
    if log.start <= log.as_of and "appointment" in log.undated:
        undated = sum(event.get("outcome") in ("unacceptable_absence", None) for event in log.undated["appointment"])
    enough = undated and len(possible) + undated >= (3 if log.licence else 2)
    made["breach_required"] = None if enough or _forced(possible, log.licence) else False


def _forced(days: list[int], licence: bool) -> tuple[int, int] | None:
    """The first absence that forces action, after the one before it."""
    back = 2 if licence else 1
    for first, before, day in zip(days, days[back - 1 :], days[back:], strict=False):
        if (licence and day < CHANGE_OF_2007) or day < a_year_on(first):
            return before, day
    return None


def _hearings(log: Log, made: dict[str, Any]) -> None:
    """2.5.q03 and 2.5.q04 (R15)."""
    made["2.5.q03"] = made["2.5.q04"] = "date_missing"
    if log.start is None or not log.kept:
        return
    held = log.since("drr_review_hearing", log.start)
    reports = [(day, event.get("report_on")) for day, event in held]
    undated = log.maybe("drr_review_hearing", log.start)
    if any(report and DAY[report] > day for day, report in reports):
        made["2.5.q03"] = "late"
    elif not undated:
        made["2.5.q03"] = "evidence_ambiguous" if any(report is None for _, report in reports) else "met"
    attended = [event.get("attended") for _, event in held]
    if False in attended:
        made["2.5.q04"] = "wrong_attribute"
    elif not log.maybe("drr_review_hearing", log.start, lambda event: known(event.get("attended"), False)):
        made["2.5.q04"] = "evidence_ambiguous" if None in attended else "met"
