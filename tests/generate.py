"""Random case records, valid under the vocabulary of the ruleset omi-2006, which reach the corners of the date rules.

Deterministic for a seed. Every record mixes several themes (one for each group of date rules), and places events just
before, on and after the due days. Due days are only guessed here (weekdays, plus or minus some days): the generator
shares nothing with the program, nor with the oracle. "Absent or null" is always drawn as one or the other at random.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

Record = dict[str, Any]

KINDS = [
    "community_order",
    "suspended_sentence_order",
    "licence",
    "community_rehabilitation_order",
    "community_punishment_order",
    "community_punishment_and_rehabilitation_order",
    "dtto",
]
REQUIREMENTS = [
    "supervision",
    "unpaid_work",
    "accredited_programme",
    "drug_rehabilitation",
    "alcohol_treatment",
    "mental_health",
    "residence",
    "curfew",
    "exclusion",
    "prohibited_activity",
    "activity",
    "attendance_centre",
]
LEVELS = ["low", "medium", "high", "very_high"]
OTHER_FLAGS = [
    "approved_premises_referred",
    "approved_premises_resident",
    "approved_premises_enhanced",
    "child_safeguarding",
    "domestic_abuse",
    "basic_skills_need",
    "literacy_need",
    "disability_need",
    "self_harm",
    "singleton_placement",
    "transferred_in",
    "prison_activity",
    "other_workers",
]
# Event types no date rule looks at, with their attributes.
OTHER_EVENTS: dict[str, dict[str, list[Any]]] = {
    "allocation": {},
    "induction": {},
    "first_contact": {},
    "roh_screening": {"full_analysis_indicated": [True, False]},
    "roh_full_analysis": {},
    "sentence_plan_review": {},
    "warning": {},
    "breach_ended": {},
    "recall_explained": {},
    "drug_test": {"result": ["positive", "negative", "refused"]},
    "transfer_in": {},
}
WORDS = [
    "excellent",
    "sufficient",
    "not_sufficient",
    "poor",
    "yes",
    "no",
    "not_clear",
    "no_evidence",
    "not_applicable",
    "not_applicable",
]
DATE_RULES = (
    "1.1.q07 1.2.q15 1.2.q16 1.3.q04 1.4.q01 1.5.q03 1.4.q06 1.4.q07 1.5.q06 2.2.q01 2.2.q02 2.2.q03 2.2.q17 2.3.q05 "
    "2.4.q11 2.5.q03 2.5.q04 2.6.q08 3.1.q05 3.1.q06"
)
OTHER_QUESTIONS = (
    "1.1.q02 1.1.q03 1.1.q13 1.2.q01 1.2.q02 1.2.q06 1.2.q08 1.2.q22 1.2.qS 1.3.q01 1.3.q02 1.3.q05 1.3.qS 1.4.q02 "
    "1.4.q03 1.5.q01 1.5.q02 1.5.q04 1.5.q07 1.5.q10 1.5.q27 1.5.qS 2.1.q03 2.1.q09 2.1.q11 2.1.q16 2.1.qS 2.2.q08 "
    "2.2.q12 2.2.q18 2.2.qS 2.3.q01 2.3.q04 2.3.q06 2.4.q01 2.4.q02 2.4.q10 2.4.q19 2.4.qS 2.5.q01 2.5.q05 2.6.q01 "
    "2.6.q03 2.6.qS 2.7.q03 2.7.qS 3.1.q01 3.1.q08 3.1.q17 3.2.q02 3.2.q04"
)
# First and last day of a start, weight: the seed's time, its bank holidays, the change of 30 September 2007, later.
ERAS = [
    (date(2005, 1, 4), date(2008, 6, 30), 40),
    (date(2005, 11, 20), date(2006, 1, 10), 8),
    (date(2006, 3, 1), date(2006, 6, 10), 16),
    (date(2006, 11, 25), date(2007, 4, 20), 10),
    (date(2007, 1, 2), date(2007, 9, 28), 14),
    (date(2010, 12, 1), date(2012, 6, 10), 6),
    (date(2020, 1, 2), date(2020, 6, 1), 3),
    (date(2022, 1, 3), date(2023, 5, 12), 6),
]
JITTER = [-30, -7, -3, -2, -1, -1, 0, 0, 0, 1, 1, 1, 2, 3, 4, 7, 30]
CHANGE_OF_2007 = date(2007, 9, 30)


def weekdays_after(day: date, n: int) -> date:
    """A guess at the n-th working day after a day: weekends do not count, bank holidays do."""
    while n > 0:
        day += timedelta(days=1)
        n -= day.weekday() < 5
    return day


class Maker:
    """Makes one record; the attributes are the parts the themes write on."""

    def __init__(self, rng: Random, case_id: str) -> None:
        """Choose kind, days and the as-of date; then let each theme add its share."""
        self.rng = rng
        self.events: list[Record] = []
        self.flags: Record = {}
        self.roh: list[Record] = []
        self.licence = rng.random() < 0.32
        self.theme = rng.choice(["breach", "breach", "reviews", "high", "licence_drugs", "drr", "drr", "psr", "any"])
        if self.theme == "licence_drugs":
            self.licence = True
        self.choose_days()
        self.psr()
        self.risk()
        self.start_duties()
        self.reviews_and_changes()
        self.victim()
        self.absences()
        self.hearings()
        self.conditions()
        self.rest()
        self.record = self.assemble(case_id)

    # ---------------------------------------------------------------------------------------------------- small tools

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return self.rng.random() < p

    def near(self, day: date) -> date:
        """A day near another: mostly on it, the day before or the day after."""
        return day + timedelta(days=self.rng.choice(JITTER))

    def days(self, low: int, high: int) -> timedelta:
        """A random number of days."""
        return timedelta(days=self.rng.randint(low, high))

    def put(self, target: Record, key: str, value: Any, missing: float = 0.0) -> None:
        """Record a value; with probability `missing` leave it out or null instead. None is left out or null."""
        if value is None or self.chance(missing):
            if self.chance(0.5):
                target[key] = None
        else:
            target[key] = value.isoformat() if isinstance(value, date) else value

    def event(self, kind: str, on: date, missing: float = 0.07, undated: float = 0.04, /, **attributes: Any) -> None:
        """Add an event; now and then undated, with an attribute missing, or twice on the day."""
        event: Record = {"type": kind}
        self.put(event, "on", on, missing=undated)
        for name, value in attributes.items():
            self.put(event, name, value, missing=missing)
        self.events.append(event)
        if self.chance(0.03):
            self.events.append(dict(event))

    # ---------------------------------------------------------------------------------------------------- the frame

    def choose_days(self) -> None:
        """Sentence, start, as-of and end."""
        rng = self.rng
        first, last, _ = rng.choices(ERAS, weights=[era[2] for era in ERAS])[0]
        self.start = first + self.days(0, (last - first).days)
        self.sentence: Record = {}
        if self.licence:
            self.sentence["kind"] = "licence"
            # Some are released within days of the sentence (time served on remand), so that both clocks overlap.
            self.sentenced_on = self.start - (self.days(0, 60) if self.chance(0.5) else self.days(90, 900))
            self.put(self.sentence, "released_on", self.start, missing=0.09)
            self.put(self.sentence, "commenced_on", None)
        else:
            self.sentence["kind"] = rng.choice(KINDS[:2] * 3 + KINDS[3:])
            self.sentenced_on = self.start
            if self.chance(0.6):
                self.put(self.sentence, "commenced_on", self.start)
            elif self.chance(0.6):
                self.sentenced_on = self.start - self.days(1, 30)
                self.sentence["commenced_on"] = self.start.isoformat()
            self.put(self.sentence, "released_on", None)
        self.sentence["sentenced_on"] = self.sentenced_on.isoformat()
        corners = [
            weekdays_after(self.start, 5),
            weekdays_after(self.start, 10),
            weekdays_after(self.sentenced_on, 40),
            self.start + timedelta(days=112),
            self.start + timedelta(days=224),
        ]
        span = (300, 800) if self.theme == "breach" and self.chance(0.7) else (20, 400)
        self.as_of = self.near(rng.choice(corners)) if self.chance(0.4) else self.start + self.days(*span)
        if self.as_of < self.sentenced_on or (self.as_of < self.start and self.chance(0.7)):
            self.as_of = self.start + self.days(0, 20)
        ended: date | None = None
        if self.chance(0.25):
            ended = rng.choice([self.near(rng.choice(corners)), self.near(self.as_of), self.start + self.days(1, 400)])
            ended = max(ended, self.start)
        self.ended_on = ended
        self.put(self.sentence, "ended_on", ended)
        self.put(self.sentence, "tier", rng.randint(1, 4), missing=0.12)
        self.choose_requirements()

    def choose_requirements(self) -> None:
        """Absent, empty, exactly unpaid work, or several."""
        rng = self.rng
        draw = rng.random()
        requirements: list[str] | None
        if draw < 0.08:
            requirements = None
        elif draw < 0.16:
            requirements = []
        elif draw < 0.3:
            requirements = ["unpaid_work"] * (2 if self.chance(0.1) else 1)
        else:
            requirements = rng.sample(REQUIREMENTS, rng.randint(1, 4))
        if self.theme == "drr" and requirements is not None and "drug_rehabilitation" not in requirements:
            requirements = [*requirements, "drug_rehabilitation"]
        self.put(self.sentence, "requirements", requirements)

    # ------------------------------------------------------------------------------------------- themes: the date rules

    def psr(self) -> None:
        """1.1.q07: requests, the court's day, delivery."""
        if not self.chance(0.9 if self.theme == "psr" else 0.35):
            return
        for _ in range(self.rng.choice([1, 1, 1, 2])):
            requested = self.sentenced_on - self.days(5, 40)
            if self.chance(0.25):  # still open when the case was read, or when supervision ended
                requested = self.near(self.ended_on or self.as_of) - self.days(0, 10)
            due = requested + self.days(3, 25)
            if self.chance(0.1):
                due = self.near(self.as_of)
            self.event("psr_requested", requested, due_on=due)
            if self.chance(0.08):  # another on the same day
                self.event("psr_requested", requested, 0.3, due_on=due + self.days(-5, 5))
            if self.chance(0.7):
                delivered = self.near(due) if self.chance(0.9) else requested + self.days(-2, 1)
                self.event(
                    "psr_delivered",
                    delivered,
                    format=self.rng.choice(["fast", "standard", "oral"]),
                    community_proposal=self.chance(0.5),
                    proposal_followed=self.chance(0.5),
                )

    def risk(self) -> None:
        """1.2.q15, 1.2.q16, 2.2.q17: RoH history, risk management plans and home visits."""
        rng = self.rng
        clock = self.start
        if self.chance(0.9):
            highest = 3 if self.theme == "high" or self.chance(0.35) else 1
            self.roh.append({"level": LEVELS[rng.randint(0, highest)], "from": self.near(self.start).isoformat()})
            for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
                clock = self.start + self.days(-40, 150)
                if self.chance(0.25):
                    clock = min(self.as_of, self.ended_on or self.as_of) - self.days(-2, 14)
                if self.chance(0.2):
                    clock = date.fromisoformat(rng.choice(self.roh)["from"])  # a second entry on a day
                self.roh.append({"level": LEVELS[rng.randint(0, highest)], "from": clock.isoformat()})
            if self.chance(0.05):
                self.put(rng.choice(self.roh), "from", None)
                self.roh = [{k: v for k, v in entry.items() if v is not None or k != "from"} for entry in self.roh]
            if self.chance(0.02):
                rng.choice(self.roh)["level"] = None
            rng.shuffle(self.roh)
        dated = [entry for entry in self.roh if entry.get("from")]
        high = [date.fromisoformat(entry["from"]) for entry in dated if entry["level"] in LEVELS[2:]]
        if high and self.chance(0.9):
            clock = max(self.start, min(high))
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            self.event("risk_management_plan", rng.choice([clock, self.near(weekdays_after(clock, 5))]))
        for _ in range(rng.choice([0, 1, 1, 2, 3])):
            self.event(
                "home_visit",
                self.near(weekdays_after(clock, 10)) if self.chance(0.8) else clock + self.days(-3, 14),
                0.12,
                outcome=rng.choice(["completed", "completed", "attempted"]),
                purpose=rng.choice(["check home circumstances", "see the family", None]),
            )

    def start_duties(self) -> None:
        """1.3.q04, 1.4.q06, 1.4.q07, 1.5.q06: OASys, basic skills, sentence plan."""
        rng = self.rng
        self.put(self.flags, "ppo", self.chance(0.8 if self.theme == "licence_drugs" else 0.4), missing=0.12)
        for _ in range(rng.choice([0, 1, 1, 2])):
            day = self.near(weekdays_after(self.start, 5)) if self.chance(0.8) else self.start + self.days(-3, 3)
            self.event("oasys", day, kind=rng.choice(["initial", "review"]))
        for _ in range(rng.choice([0, 1, 1, 2])):
            self.event("basic_skills_screening", self.start + self.days(-2, 40), 0.2, need_indicated=self.chance(0.5))
        for _ in range(rng.choice([0, 0, 1])):
            self.event("basic_skills_assessment", self.start + self.days(-3, 60), 0.0, 0.1)
        for _ in range(rng.choice([0, 1, 1, 2])):
            self.event("sentence_plan", self.start + self.days(-3, 40))

    def reviews_and_changes(self) -> None:
        """2.2.q01, 2.2.q02, 2.2.q03: RoH reviews about 16 weeks apart, significant changes around them."""
        rng = self.rng
        day = self.start
        if self.theme == "reviews" or self.chance(0.7):
            for _ in range(rng.choice([1, 1, 2, 3, 4])):
                day = self.near(day + timedelta(days=112)) if self.chance(0.8) else day + self.days(-2, 90)
                if day <= self.as_of or self.chance(0.25):
                    self.event("roh_review", day)
        if self.chance(0.4):
            for _ in range(rng.choice([1, 1, 2, 2])):
                around = rng.choice([self.start, day, self.as_of, self.start + self.days(0, 150)])
                self.event("significant_change", self.near(around), 0.0, 0.1)
                if self.chance(0.3):
                    self.event("roh_review", self.near(around))

    def victim(self) -> None:
        """2.3.q05: offers of contact around 40 working days after the sentence."""
        rng = self.rng
        self.put(self.flags, "statutory_victim_contact", self.chance(0.5), missing=0.12)
        for _ in range(rng.choice([0, 1, 1, 2])):
            day = self.near(weekdays_after(self.sentenced_on, 40)) if self.chance(0.8) else self.sentenced_on
            self.event(
                "victim_contact_offered",
                day + self.days(-2, 2),
                form=rng.choice(["written", "written", "other"]),
                face_to_face=self.chance(0.7),
            )

    def absences(self) -> None:
        """2.4.q11: absences close together, about 12 months apart and about 30 September 2007; action near due days."""
        rng = self.rng
        for _ in range(rng.choice([0, 1, 3])):
            self.event(
                "appointment",
                self.start + self.days(-5, 200),
                0.02,
                outcome=rng.choice(["attended", "attended", "acceptable_absence", "pending"]),
            )
        if not self.chance(0.95 if self.theme == "breach" else 0.25):
            return
        day = self.start + self.days(-2, 60)
        if self.chance(0.1):
            day = CHANGE_OF_2007 - self.days(-3, 370)
        if self.chance(0.2):
            day = min(self.as_of, self.ended_on or self.as_of) - self.days(0, 30)  # action not yet due at the end
        absent = [day]
        for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
            step = rng.random()
            if step < 0.15:
                day = date(day.year + 1, day.month, min(day.day, 28)) + self.days(-1, 2)
            elif step < 0.27 and self.start <= CHANGE_OF_2007 <= self.as_of:
                day = CHANGE_OF_2007 + self.days(-2, 2)
            else:
                day += self.days(0, 40)
            absent.append(day)
        for day in absent:
            self.event("appointment", day, 0.05, outcome="unacceptable_absence")
        forcing = sorted(absent)[min(len(absent) - 1, 2 if self.licence else 1)]
        for _ in range(rng.choice([0, 1, 1, 2])):
            action = rng.choice(["breach_initiated", "information_laid", "recall_requested"])
            when = rng.choice([self.near(weekdays_after(forcing, 10)), forcing, self.near(sorted(absent)[-2])])
            if action == "recall_requested":
                grounds = rng.choice(["risk_of_harm", "non_compliance", "further_offence"])
                self.event(action, when, 0.07, 0.12, grounds=grounds)
            else:
                self.event(action, when, 0.07, 0.12)

    def hearings(self) -> None:
        """2.5.q03, 2.5.q04: DRR review hearings, reports on both sides of the hearing, attendance."""
        rng = self.rng
        if not self.chance(0.9 if self.theme == "drr" else 0.1):
            return
        for _ in range(rng.choice([1, 1, 2, 3])):
            day = self.start + self.days(-3, 200)
            if day > self.as_of and self.chance(0.8):
                day = self.as_of - self.days(0, 5)
            report = day + timedelta(days=rng.choice([-5, -2, -1, -1, 0, 0, 0, 1, 3]))
            self.event("drr_review_hearing", day, 0.12, 0.12, report_on=report, attended=self.chance(0.8))

    def conditions(self) -> None:
        """2.6.q08: licence conditions and drug need."""
        self.put(self.flags, "drug_need", self.chance(0.8 if self.theme == "licence_drugs" else 0.4), missing=0.12)
        if not self.chance(0.75 if self.licence else 0.1):
            return
        for _ in range(self.rng.choice([1, 1, 2])):
            about = self.rng.choice(["drug_misuse", "drug_misuse", "residence", "curfew", "travel", "alcohol_misuse"])
            self.event("licence_condition", self.start + self.days(-2, 12), 0.2, about=about)

    def rest(self) -> None:
        """3.1.q05, 3.1.q06, and what no date rule looks at."""
        rng = self.rng
        for kind in ("conviction", "caution"):
            if self.chance(0.25):
                self.event(kind, self.start + self.days(-20, 250) if self.chance(0.7) else self.near(self.start))
        for _ in range(rng.choice([0, 1, 2, 4])):
            kind = rng.choice(list(OTHER_EVENTS))
            attributes = {name: rng.choice(values) for name, values in OTHER_EVENTS[kind].items()}
            self.event(kind, self.start + self.days(-5, 200), **attributes)
        for name in OTHER_FLAGS:
            if self.chance(0.4):
                self.put(self.flags, name, self.chance(0.4), missing=0.1)

    # ------------------------------------------------------------------------------------------------------ the record

    def kept_events(self) -> list[Record]:
        """The events, in any order; most of those after the as-of date left out, now and then one undated more."""
        as_of = self.as_of.isoformat()
        events = [event for event in self.events if (event.get("on") or as_of) <= as_of or self.chance(0.25)]
        if events and self.chance(0.03):
            events = [event for event in events if self.chance(0.2)]
        if self.chance(0.3):
            self.rng.shuffle(events)
        return events

    def mappa(self) -> list[Record]:
        """A MAPPA history, empty at times, sometimes with an undated entry."""
        entries: list[Record] = []
        for _ in range(self.rng.choice([0, 1, 2])):
            entry: Record = {"level": self.rng.randint(1, 3)}
            self.put(entry, "from", self.start + self.days(-10, 150), missing=0.05)
            entries.append(entry)
        return entries

    def answers(self) -> Record:
        """Answers of all words to many questions, the date rules among them."""
        share = self.rng.choice([0.1, 0.4, 0.9])
        answers: Record = {}
        for question in [*DATE_RULES.split(), *OTHER_QUESTIONS.split()]:
            if self.chance(share):
                self.put(answers, question, self.rng.choice(WORDS), missing=0.02)
        return answers

    def assemble(self, case_id: str) -> Record:
        """The whole record."""
        rng = self.rng
        record: Record = {"case_id": case_id, "assessed_on": self.as_of.isoformat(), "sentence": self.sentence}
        self.put(record, "area", "Greater Manchester", missing=0.2)
        self.put(record, "district", rng.choice(["Bolton", "Bury", "Salford"]), missing=0.2)
        self.put(record, "officer", f"OM-{rng.randint(1, 40)}", missing=0.2)
        self.put(record, "offender_managers", rng.randint(1, 3), missing=0.3)
        roles = ["inspector", "area_assessor", "practice_assessor"]
        self.put(record, "assessor", {"id": f"A{rng.randint(1, 9)}", "role": rng.choice(roles)}, missing=0.2)
        person: Record = {}
        self.put(person, "sex", rng.choice(["female", "male"]), missing=0.1)
        self.put(person, "ethnicity", rng.choice(["white", "mixed", "asian", "black", "other"]), missing=0.15)
        self.put(record, "person", person, missing=0.05)
        risk: Record = {}
        self.put(risk, "roh", self.roh, missing=0.03)
        self.put(risk, "mappa", self.mappa(), missing=0.3)
        self.put(record, "risk", risk, missing=0.03)
        self.put(record, "flags", self.flags, missing=0.03)
        draw = rng.random()
        events = None if draw < 0.06 else [] if draw < 0.09 else self.kept_events()
        self.put(record, "events", events)
        self.put(record, "answers", self.answers(), missing=0.15)
        return record


def records(n: int, seed: int) -> list[Record]:
    """n records; the same ones for the same seed, and the first of a longer list are those of a shorter one."""
    rng = Random(seed)
    return [Maker(rng, f"G{seed}-{number:06d}").record for number in range(1, n + 1)]
