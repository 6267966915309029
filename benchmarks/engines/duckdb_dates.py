"""The dates in SQL, by hand from docs/contract.md and docs/readings.md: each function is one part of the query.

A case becomes a row with the facts that the questions ask about, by their names in the rules, and with what the clock
of each question found, under the question's id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from omi_rules.ruleset import Ruleset


@dataclass(frozen=True)
class Duty:
    """What must be done from a day on, by a due day or at all (`due` empty), by events that pass a test."""

    events: tuple[str, ...]
    since: str
    due: str = ""
    test: str = "true"


DUTIES = {
    "1.2.q15": Duty(("risk_management_plan",), "clock", "clock_5"),
    "1.2.q16": Duty(("risk_management_plan",), "start"),
    "1.3.q04": Duty(("oasys",), "start", "start_5"),
    "1.4.q06": Duty(("basic_skills_screening",), "start"),
    "1.4.q07": Duty(("basic_skills_assessment",), "start"),
    "1.5.q06": Duty(("sentence_plan",), "start"),
    "2.2.q01": Duty(("roh_review",), "start", "start_112"),
    "2.2.q17": Duty(("home_visit",), "clock", "clock_10", "e.purpose IS NOT NULL AND e.outcome = 'completed'"),
    "2.3.q05": Duty(("victim_contact_offered",), "sentenced", "sentenced_40", "e.form = 'written' AND e.face_to_face"),
    "2.6.q08": Duty(("licence_condition",), "start", "", "e.about = 'drug_misuse'"),
}

SEEN = {
    "psr_written": ("psr_delivered", "", "true"),
    "psr_request": ("psr_requested", "", "true"),
    "proposal_not_followed": ("psr_delivered", "", "e.community_proposal AND NOT e.proposal_followed"),
    "roh_screened": ("roh_screening", "", "true"),
    "full_analysis_indicated": ("roh_screening", "", "e.full_analysis_indicated"),
    "full_analysis_done": ("roh_full_analysis", "", "true"),
    "plan_made": ("sentence_plan", "", "true"),
    "plan_reviewed": ("sentence_plan_review", "start", "true"),
    "roh_reviewed": ("roh_review", "start", "true"),
    "recalled": ("recall_requested", "", "true"),
    "recalled_on_roh": ("recall_requested", "", "e.grounds = 'risk_of_harm'"),
    "absences": ("appointment", "start", "e.outcome IN ('acceptable_absence', 'unacceptable_absence')"),
    "basic_skills_need_indicated": ("basic_skills_screening", "start", "e.need_indicated"),
    "drr_hearing_held": ("drr_review_hearing", "start", "true"),
    "significant_change": ("significant_change", "start", "true"),
    "convicted": ("conviction", "start", "true"),
    "cautioned": ("caution", "start", "true"),
}
"""Facts that hold if there is such an event: its type, since when, and a test of it."""


def cases(table: str) -> str:
    return f"""
SELECT case_id, assessed_on AS as_of, offender_managers, person.ethnicity AS ethnicity,
       sentence, risk, flags, events, answers,
       sentence.kind = 'licence' AS licence, sentence.sentenced_on AS sentenced, events IS NOT NULL AS logged,
       CASE WHEN licence THEN sentence.released_on ELSE coalesce(sentence.commenced_on, sentenced) END AS start,
       coalesce(sentence.ended_on <= as_of, false) AS ended, least(as_of, sentence.ended_on) AS horizon
FROM {table}"""


def levels() -> str:
    """Risk of Harm since the start: the highest level, and when it was first high (R7, R8)."""
    return """
SELECT *,
       list_filter(risk.roh, lambda x: x."from" IS NULL OR x."from" <= as_of) AS reached,
       list_transform(reached, lambda x:
           {day: x."from", level: list_position(['low', 'medium', 'high', 'very_high'], x.level)}) AS roh,
       start IS NOT NULL AND len(roh) > 0
           AND len(list_filter(roh, lambda x: x.day IS NULL OR coalesce(x.level, 0) = 0)) = 0 AS known,
       list_max(list_transform(list_filter(roh, lambda x: x.day <= start), lambda x: x.day)) AS latest,
       list_max(list_transform(list_filter(roh, lambda x: x.day = latest), lambda x: x.level)) AS in_force,
       list_filter(roh, lambda x: x.day > start) AS later,
       CASE WHEN known THEN greatest(in_force, list_max(list_transform(later, lambda x: x.level))) END AS highest,
       CASE WHEN known AND in_force >= 3 THEN start
            WHEN known THEN list_min(list_transform(list_filter(later, lambda x: x.level >= 3), lambda x: x.day))
       END AS clock
FROM cases"""


def dues() -> str:
    return """
SELECT levels.*, a.d5 AS clock_5, a.d10 AS clock_10, b.d5 AS start_5, c.d40 AS sentenced_40, start + 112 AS start_112
FROM levels LEFT JOIN calendar a ON a.day = clock LEFT JOIN calendar b ON b.day = start
            LEFT JOIN calendar c ON c.day = sentenced"""


def aggregates() -> Iterator[str]:
    """What is to be known of the events of a case."""
    for name, duty in DUTIES.items():
        kinds = ", ".join(f"'{kind}'" for kind in duty.events)
        test, inside = f"({duty.test})", f'e.type IN ({kinds}) AND e."on" >= {duty.since} AND e."on" <= as_of'
        in_time = f'{inside} AND e."on" <= {duty.due}' if duty.due else inside
        yield f'min(e."on") FILTER ({inside} AND {test}) AS "{name} done"'
        yield f'bool_or(e.type IN ({kinds}) AND e."on" IS NULL AND {test} IS NOT FALSE) AS "{name} undated"'
        if duty.test != "true":
            yield f'bool_or({in_time} AND {test} IS NULL) AS "{name} unsure"'
            yield f'bool_or({in_time} AND {test} IS FALSE) AS "{name} wrong"'
    for name, (kind, since, test) in SEEN.items():
        inside = f"e.type = '{kind}' AND e.\"on\" <= as_of" + (f' AND e."on" >= {since}' if since else "")
        undated = f"e.type = '{kind}' AND e.\"on\" IS NULL" + (f" AND {since} <= as_of" if since else "")
        yield f'bool_or({inside} AND ({test})) AS "{name} yes"'
        yield f'bool_or(({inside} AND ({test}) IS NULL) OR ({undated} AND ({test}) IS NOT FALSE)) AS "{name} maybe"'
    since_start = 'e."on" >= start AND e."on" <= as_of'
    missed = "e.type = 'appointment' AND (e.outcome = 'unacceptable_absence' OR e.outcome IS NULL)"
    yield f'list(DISTINCT e."on") FILTER ({missed} AND {since_start} AND e.outcome IS NOT NULL) AS certain_days'
    yield f'list(DISTINCT e."on") FILTER ({missed} AND {since_start}) AS possible_days'
    yield f'count(*) FILTER ({missed} AND e."on" IS NULL AND start <= as_of) AS undated_absences'
    action = "(e.type IN ('breach_initiated', 'information_laid') OR (licence AND e.type = 'recall_requested'))"
    yield f'list(e."on") FILTER ({action} AND e."on" <= as_of) AS actions'
    yield f'bool_or({action} AND e."on" IS NULL) AS undated_action'
    yield f"list(DISTINCT e.\"on\") FILTER (e.type = 'roh_review' AND {since_start}) AS review_days"
    yield "bool_or(e.type = 'roh_review' AND e.\"on\" IS NULL) AS undated_review"
    yield f"max(e.\"on\") FILTER (e.type = 'significant_change' AND {since_start}) AS changed"
    yield "bool_or(e.type = 'significant_change' AND e.\"on\" IS NULL) AS undated_change"
    requested = "e.type = 'psr_requested' AND e.\"on\" <= as_of"
    yield f'list({{day: e."on", due: e.due_on}}) FILTER ({requested}) AS requests'
    yield "bool_or(e.type = 'psr_requested' AND e.\"on\" IS NULL) AS undated_request"
    yield 'list(e."on") FILTER (e.type = \'psr_delivered\' AND e."on" <= as_of) AS deliveries'
    yield "bool_or(e.type = 'psr_delivered' AND e.\"on\" IS NULL) AS undated_delivery"
    hearing = f"e.type = 'drr_review_hearing' AND {since_start}"
    yield f'bool_or({hearing} AND e.report_on > e."on") AS report_late'
    yield f"bool_or({hearing} AND e.report_on IS NULL) AS report_unknown"
    yield f"bool_or({hearing} AND NOT e.attended) AS not_attended"
    yield f"bool_or({hearing} AND e.attended IS NULL) AS attendance_unknown"
    undated = "e.type = 'drr_review_hearing' AND e.\"on\" IS NULL AND start <= as_of"
    yield f"bool_or({undated}) AS undated_hearing"
    yield f"bool_or({undated} AND e.attended IS NOT TRUE) AS undated_unattended"


def facts(ruleset: Ruleset) -> Iterator[str]:
    """The facts that questions ask about, by their names in the rules."""
    for name, (_, since, _) in SEEN.items():
        known = "logged AND start IS NOT NULL" if since else "logged"
        found = f'WHEN "{name} yes" THEN true WHEN "{name} maybe" THEN NULL ELSE false'
        yield f'CASE WHEN NOT ({known}) THEN NULL {found} END AS "{name}"'
    for name in ruleset.vocabulary.flags:
        yield f'flags."{name}" AS "flags.{name}"'
    for name in ("unpaid_work", "accredited_programme", "drug_rehabilitation", "curfew", "exclusion"):
        yield f"list_contains(sentence.requirements, '{name}') AS requirement_{name}"
    yield "len(list_distinct(sentence.requirements)) > 1 AS several_requirements"
    yield "list_distinct(sentence.requirements) = ['unpaid_work'] AS stand_alone_unpaid_work"
    for name in ("certain", "possible", "review"):
        yield f"list_sort({name}_days) AS {name}{'s' if name == 'review' else ''}"
    yield 'sentence.kind AS "sentence.kind"'
    yield 'sentence.tier AS "sentence.tier"'
    yield "['low', 'medium', 'high', 'very_high'][highest] AS roh_since_start"
    yield "CASE WHEN known THEN clock IS NOT NULL END AS roh_high_since_start"
    yield """CASE WHEN risk.mappa IS NULL THEN NULL
                  WHEN len(list_filter(risk.mappa, lambda x: x."from" <= as_of)) > 0 THEN true
                  WHEN len(list_filter(risk.mappa, lambda x: x."from" IS NULL)) > 0 THEN NULL ELSE false
             END AS mappa_case"""


def more() -> str:
    """What several events make together: absences that force action (R13), requests for a report (R14), gaps (R9)."""

    def forced(days: str) -> str:
        return f"""list_min(list_filter(generate_series(back + 1, len({days})), lambda i:
                   (licence AND {days}[i] < DATE '2007-09-30') OR {days}[i] < {days}[i - back] + INTERVAL 12 MONTH))"""

    return f"""
SELECT *, CASE WHEN licence THEN 2 ELSE 1 END AS back, {forced("certain")} AS forced_at,
       CASE WHEN NOT logged OR start IS NULL THEN NULL WHEN forced_at IS NOT NULL THEN true
            WHEN {forced("possible")} IS NOT NULL THEN NULL
            WHEN undated_absences > 0 AND coalesce(len(possible), 0) + undated_absences > back THEN NULL
            ELSE false END AS breach_required,
       list_max(list_transform(requests, lambda x: x.day)) AS requested,
       list_min(list_transform(list_filter(requests, lambda x: x.day = requested), lambda x: x.due)) AS report_due,
       list_min(list_filter(deliveries, lambda x: x >= requested)) AS delivered,
       len(list_filter(generate_series(1, len(reviews)), lambda i: reviews[i + 1] <= reviews[i] + 112)) > 0 AS kept,
       len(list_filter(generate_series(1, len(reviews)), lambda i:
           reviews[i] + 112 < horizon AND coalesce(reviews[i + 1] > reviews[i] + 112, true))) > 0 AS gap,
       CASE WHEN ended THEN 'ended' ELSE 'not_due' END AS not_yet
FROM facts"""


def clocks() -> Iterator[str]:
    """What the clock of each question found."""
    for name, duty in DUTIES.items():
        done = f'"{name} done"'
        lines = [f"NOT logged OR {duty.since} IS NULL THEN 'date_missing'"]
        lines.append(f"{done} <= {duty.due} THEN 'met'" if duty.due else f"{done} IS NOT NULL THEN 'met'")
        until = f"least(as_of, {duty.due})" if duty.due else "as_of"
        lines.append(f"\"{name} undated\" AND {duty.since} <= {until} THEN 'date_missing'")
        if duty.test != "true":
            lines.append(f"\"{name} unsure\" THEN 'evidence_ambiguous'")
        if duty.due:
            lines.append(f"{duty.due} >= horizon THEN not_yet")
            if duty.test != "true":
                lines.append(f"\"{name} wrong\" THEN 'wrong_attribute'")
            lines.append(f"{done} IS NOT NULL THEN 'late'")
        yield f"CASE WHEN {' WHEN '.join(lines)} ELSE 'not_done' END AS \"{name}\""
    yield from (f'CASE WHEN {sql} END AS "{name}"' for name, sql in CLOCKS.items())


CLOCKS = {
    "1.1.q07": """undated_request OR report_due IS NULL THEN 'date_missing' WHEN delivered <= report_due THEN 'met'
                  WHEN undated_delivery AND requested <= report_due THEN 'date_missing'
                  WHEN report_due >= horizon THEN not_yet WHEN delivered IS NOT NULL THEN 'late' ELSE 'not_done'""",
    "1.4.q01": "ethnicity IS NULL THEN 'not_done' ELSE 'met'",
    "1.5.q03": "sentence.tier IS NULL THEN 'not_done' ELSE 'met'",
    "2.2.q02": """NOT logged OR start IS NULL OR undated_review THEN 'date_missing' WHEN gap THEN 'gap_too_long'
                  WHEN kept THEN 'met' WHEN len(reviews) > 0 THEN not_yet WHEN start + 224 < horizon THEN 'not_done'
                  ELSE not_yet""",
    "2.2.q03": """changed IS NULL THEN 'date_missing'
                  WHEN reviews[-1] >= changed AND undated_change AND reviews[-1] < as_of THEN 'date_missing'
                  WHEN reviews[-1] >= changed THEN 'met' WHEN undated_review THEN 'date_missing' ELSE 'not_done'""",
    "2.4.q11": """action_done <= action_due THEN 'met' WHEN undated_action THEN 'date_missing'
                  WHEN action_due >= horizon THEN not_yet WHEN action_done IS NOT NULL THEN 'late' ELSE 'not_done'""",
    "2.5.q03": """report_late THEN 'late' WHEN undated_hearing THEN 'date_missing'
                  WHEN report_unknown THEN 'evidence_ambiguous' ELSE 'met'""",
    "2.5.q04": """not_attended THEN 'wrong_attribute' WHEN undated_unattended THEN 'date_missing'
                  WHEN attendance_unknown THEN 'evidence_ambiguous' ELSE 'met'""",
    "3.1.q05": "convicted IS NULL THEN 'date_missing' WHEN convicted THEN 'occurred' ELSE 'met'",
    "3.1.q06": "cautioned IS NULL THEN 'date_missing' WHEN cautioned THEN 'occurred' ELSE 'met'",
}
"""The other clocks; what they find counts only where the question is asked."""


def actions() -> str:
    """The absence that forces action, and what was done about it."""
    return """
SELECT more.*, calendar.d10 AS action_due,
       list_min(list_filter(actions, lambda x: x >= certain[forced_at - 1])) AS action_done
FROM more LEFT JOIN calendar ON calendar.day = certain[forced_at]"""
