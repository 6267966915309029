"""What an invented case may be: everything in a record but its reference, and its dates only in relation to each other.

How often something happens is made up and claims nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from random import Random
from typing import Any

from omi_rules.conditions import Condition, Value
from omi_rules.meaning import Truth, truth

LONGEST = 2_000
"""No date of a body lies farther than so many days from the start of supervision."""

KINDS = {
    "community_order": 42,
    "suspended_sentence_order": 18,
    "licence": 24,
    "community_rehabilitation_order": 7,
    "community_punishment_order": 4,
    "community_punishment_and_rehabilitation_order": 3,
    "dtto": 2,
}
REQUIREMENTS = {
    "unpaid_work": 40,
    "accredited_programme": 30,
    "drug_rehabilitation": 15,
    "alcohol_treatment": 5,
    "mental_health": 2,
    "residence": 4,
    "curfew": 12,
    "exclusion": 4,
    "prohibited_activity": 2,
    "activity": 8,
    "attendance_centre": 1,
}
FLAGS = {
    "ppo": 9,
    "statutory_victim_contact": 14,
    "approved_premises_referred": 8,
    "approved_premises_resident": 6,
    "approved_premises_enhanced": 3,
    "child_safeguarding": 22,
    "domestic_abuse": 25,
    "drug_need": 40,
    "basic_skills_need": 30,
    "literacy_need": 18,
    "disability_need": 12,
    "self_harm": 15,
    "singleton_placement": 4,
    "transferred_in": 10,
    "prison_activity": 12,
    "other_workers": 55,
}
ANSWERS = {
    "sufficient": 44,
    "yes": 14,
    "not_sufficient": 16,
    "no": 6,
    "excellent": 5,
    "poor": 2,
    "not_clear": 2,
    "no_evidence": 3,
    "not_applicable": 8,
}
AREAS = {
    "Greater Manchester": ["Bolton", "Bury", "Rochdale", "Salford"],
    "Wales": ["Cardiff", "Gwent"],
    "Kent": ["Thanet"],
}
PURPOSES = [
    "see who lives at the address",
    "check home circumstances",
    "meet the family",
    "follow up a missed appointment",
]
CONDITIONS = ["drug_misuse", "alcohol_misuse", "residence", "exclusion_zone", "no_contact", "programme"]

Questions = Mapping[str, Condition]
"""Every question, and when it is asked."""


def day(offset: int) -> str:
    """How a body writes a day, counted from the start of supervision, until it is known which day that is."""
    return f"@{offset + LONGEST:04}@"


class Body:
    """Everything in a record but its reference, with days counted from the start of supervision.

    What is drawn with `missing` is left out with that probability, in per cent, and then not recorded.
    """

    def __init__(self, rng: Random, questions: Questions) -> None:
        self.rng = rng
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.licence = False
        self.read_on = rng.choice((rng.randint(60, 200), rng.randint(150, 420), rng.randint(300, 900)))
        self.requirements: list[str] = []
        self.sentence = self._sentence()
        self.roh = self._levels()
        self.flags = self._flags()
        self._before_sentence()
        self._start_of_supervision()
        self._reviews()
        self._contact()
        self._enforcement()
        self._rest()
        self.record = self._record(questions)

    def _percent(self, chance: float) -> bool:
        return self.rng.random() * 100 < chance

    def _put(self, into: dict[str, Any], key: str, value: Any, missing: float = 0) -> None:
        if not self._percent(missing):
            into[key] = value

    def _pick(self, weights: dict[str, int]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def _event(self, type_: str, on: int, missing: float = 2, **attributes: Any) -> None:
        """Something that happened, if it did by the day the case was read."""
        event: dict[str, Any] = {"type": type_, "on": day(on)}
        for name, value in attributes.items():
            self._put(event, name, value, missing)
        if on <= self.read_on:
            self.events.append((on, event))

    def _sentence(self) -> dict[str, Any]:
        kind = self._pick(KINDS)
        self.licence = kind == "licence"
        self.sentenced = -self.rng.randint(60, 900) if self.licence else -self.rng.choice((0, 0, 0, 1, 2, 5))
        made: dict[str, Any] = {"kind": kind, "sentenced_on": day(self.sentenced)}
        made["commenced_on"] = None if self.licence or self.sentenced == 0 else day(0)
        made["released_on"] = day(0) if self.licence and not self._percent(2) else None
        made["ended_on"] = day(self.rng.randint(40, self.read_on)) if self._percent(12) else None
        self._put(made, "tier", self.rng.choices((1, 2, 3, 4), (12, 38, 38, 12))[0], missing=3)
        if not self.licence:
            self.requirements = ["unpaid_work"] if self._percent(18) else ["supervision"]
            if self.requirements == ["supervision"]:
                self.requirements += [word for word, chance in REQUIREMENTS.items() if self._percent(chance)]
        self._put(made, "requirements", self.requirements, missing=2)
        return made

    def _levels(self) -> list[dict[str, Any]]:
        first = self.rng.choices(("low", "medium", "high", "very_high"), (30, 48, 19, 3))[0]
        made = [{"level": first, "from": day(self.rng.choice((self.sentenced, 0, 0, 3, 10)))}]
        for _ in range(self.rng.choices((0, 1, 2), (65, 25, 10))[0]):
            level = self.rng.choices(("low", "medium", "high", "very_high"), (20, 45, 30, 5))[0]
            made.append({"level": level, "from": day(self.rng.randint(11, self.read_on))})
        return made

    def _flags(self) -> dict[str, bool]:
        made: dict[str, bool] = {}
        for name, chance in FLAGS.items():
            self._put(made, name, self._percent(chance), missing=6)
        return made

    def _before_sentence(self) -> None:
        if self._percent(70):
            asked = self.sentenced - self.rng.randint(16, 30)
            due = asked + 15
            self._event("psr_requested", asked, due_on=day(due))
            self._event(
                "psr_delivered",
                due + self.rng.choice((-3, -1, 0, 0, 0, 1, 4)),
                format=self.rng.choice(("standard", "standard", "fast", "oral")),
                community_proposal=self._percent(75),
                proposal_followed=self._percent(65),
            )

    def _start_of_supervision(self) -> None:
        rng = self.rng
        self._event("allocation", rng.randint(-10, 3))
        self._event("first_contact", rng.randint(0, 6))
        self._event("induction", rng.randint(1, 12))
        if self._percent(90):
            screened = rng.randint(-5, 10)
            full = self._percent(45)
            self._event("roh_screening", screened, full_analysis_indicated=full)
            if full and self._percent(85):
                self._event("roh_full_analysis", screened + rng.randint(0, 12))
        if self._percent(92):
            self._event("oasys", rng.randint(-8, 14), kind="initial")
        if self._percent(60):
            self._event("risk_management_plan", rng.randint(0, 12))
        if self._percent(88):
            self._event("sentence_plan", rng.randint(1, 30))
        if self._percent(70):
            need = self._percent(35)
            screened = rng.randint(0, 40)
            self._event("basic_skills_screening", screened, missing=6, need_indicated=need)
            if need and self._percent(60):
                self._event("basic_skills_assessment", screened + rng.randint(5, 60))
        if self.flags.get("statutory_victim_contact") or self._percent(3):
            form = rng.choice(("written", "written", "written", "other"))
            on = self.sentenced + rng.choice((20, 30, 45, 55, 58, 70))
            self._event("victim_contact_offered", on, form=form, face_to_face=self._percent(80))
        if self.licence:
            for about in rng.sample(CONDITIONS, rng.randint(0, 3)):
                self._event("licence_condition", rng.choice((-20, -5, 0, 0)), about=about)
        if self.flags.get("transferred_in"):
            self._event("transfer_in", rng.randint(20, 300))

    def _reviews(self) -> None:
        rng, on = self.rng, 0
        while (on := on + rng.choice((84, 98, 105, 110, 112, 112, 113, 120, 150))) <= self.read_on:
            if self._percent(75):
                self._event("roh_review", on)
            if self._percent(60):
                self._event("sentence_plan_review", on + rng.randint(-5, 5))
                self._event("oasys", on, kind="review")
        if self._percent(25):
            changed = rng.randint(5, self.read_on)
            self._event("significant_change", changed)
            if self._percent(65):
                self._event("roh_review", changed + rng.randint(0, 20))
        for _ in range(rng.choices((0, 1, 2), (45, 40, 15))[0]):
            outcome = rng.choice(("completed", "completed", "completed", "attempted"))
            self._event("home_visit", rng.randint(1, 40), missing=4, outcome=outcome, purpose=rng.choice(PURPOSES))

    def _contact(self) -> None:
        """Appointments that somebody recorded: dense in the first weeks, thinner later."""
        rng = self.rng
        outcomes, weights = ("attended", "acceptable_absence", "unacceptable_absence", "pending"), (76, 12, 11, 1)
        on, every = rng.randint(4, 10), rng.choice((7, 7, 14, 21))
        for number in range(rng.randint(3, 17)):
            self._event("appointment", on, missing=1, outcome=rng.choices(outcomes, weights)[0])
            on += every if number < 12 else 28

    def _enforcement(self) -> None:
        missed = [on for on, event in self.events if event.get("outcome") == "unacceptable_absence"]
        for on in missed:
            if self._percent(60):
                self._event("warning", on + self.rng.randint(1, 5))
        forced = missed[2 if self.licence else 1 :]
        if forced and self._percent(75):
            on = forced[0] + self.rng.choice((1, 3, 8, 12, 14, 15, 20))
            if self.licence and self._percent(60):
                self._event("recall_requested", on, grounds=self.rng.choice(("non_compliance", "risk_of_harm")))
                self._event("recall_explained", on + self.rng.randint(1, 9))
            else:
                self._event("breach_initiated", on)
                self._event("information_laid", on + self.rng.randint(0, 6))

    def _rest(self) -> None:
        rng = self.rng
        if "drug_rehabilitation" in self.requirements:
            for on in range(28, min(self.read_on, 200), 28):
                report = day(on - rng.choice((-1, 0, 0, 1, 2, 3)))
                self._event("drr_review_hearing", on, report_on=report, attended=self._percent(85))
                if self._percent(60):
                    self._event("drug_test", on - 3, result=rng.choice(("positive", "negative", "refused")))
        for kind, chance in (("conviction", 14), ("caution", 6)):
            if self._percent(chance):
                self._event(kind, rng.randint(-30, self.read_on))

    def _record(self, questions: Questions) -> dict[str, Any]:
        rng = self.rng
        area = rng.choice(list(AREAS))
        made: dict[str, Any] = {
            "area": area,
            "district": rng.choice(AREAS[area]),
            "officer": f"OM-{rng.randint(1, 400)}",
        }
        made["assessed_on"] = day(self.read_on)
        self._put(made, "offender_managers", rng.choices((1, 2, 3), (60, 28, 12))[0], missing=4)
        made["assessor"] = {"id": f"A{rng.randint(1, 60)}", "role": rng.choice(("inspector", "area_assessor"))}
        made["person"] = {"sex": "female" if self._percent(14) else "male"}
        self._put(made["person"], "ethnicity", rng.choice(("white", "white", "white", "mixed", "asian", "black")), 7)
        made["sentence"] = self.sentence
        made["risk"] = {"roh": self.roh}
        mappa = [{"level": rng.randint(1, 3), "from": day(rng.randint(0, 30))}] if self._percent(15) else []
        self._put(made["risk"], "mappa", mappa, missing=5)
        made["flags"] = self.flags
        made["events"] = [event for _, event in sorted(self.events, key=lambda item: item[0])]
        made["answers"] = self._answers(questions)
        return made

    def _answers(self, questions: Questions) -> dict[str, str]:
        """Answers to most of the questions, and to few of those that the flags and the sentence rule out."""
        facts: dict[str, Value | None] = defaultdict(lambda: None)
        facts |= {f"flags.{name}": value for name, value in self.flags.items()}
        facts |= {"sentence.kind": self.sentence["kind"], "sentence.tier": self.sentence.get("tier")}
        ruled_out = {when for when in set(questions.values()) if truth(when, facts) is Truth.FALSE}
        share = self.rng.choice((35, 60, 70, 80))
        chances = {name: share / 8 if when in ruled_out else share for name, when in questions.items()}
        return {name: self._pick(ANSWERS) for name, chance in chances.items() if self._percent(chance)}
