"""Findings: one code for every case and question, and the text of those that somebody asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from omi_rules.calendar import NEVER, Days, as_date
from omi_rules.conditions import facts_of
from omi_rules.engine import Engine, Relevance
from omi_rules.facts.cases import Cases, batch
from omi_rules.facts.clocks import CODE, STATUSES, Reading
from omi_rules.facts.derive import Facts, decode
from omi_rules.facts.patterns import Situation, distinct
from omi_rules.meaning import TABLE, Answered, Computed, Outcome, Truth, Verdict, disagrees
from omi_rules.records import Record
from omi_rules.rules import Question
from omi_rules.ruleset import Ruleset

ANSWERED = tuple(Answered)
TRUTHS = tuple(Truth)
OUTCOMES = tuple(Outcome)
OUTCOME_OF = np.array([OUTCOMES.index(line.outcome) for line in TABLE], dtype=np.int8)
"""The outcome of each line of the verdict table, as a place in `OUTCOMES`."""

NOT_SUFFICIENT = OUTCOMES.index(Outcome.NOT_SUFFICIENT)
_ASKED = np.array([line.relevant == {Truth.TRUE} for line in TABLE])
_LATE = [CODE[c] for c in (Computed.LATE, Computed.NOT_DONE, Computed.GAP_TOO_LONG, Computed.WRONG_ATTRIBUTE)]
_DISAGREES = np.array([[disagrees(line, answered) for answered in Answered] for line in TABLE])

Lines = NDArray[np.int8]
"""The line of the verdict table that spoke in each case."""


@dataclass(frozen=True)
class Finding:
    """What was found on one question for one case (docs/contract.md, section 2)."""

    case_id: str
    question: Question
    criterion: str
    line: Verdict
    computed: Computed
    answer: str | None
    disagrees: bool
    due: date | None
    done: date | None
    days_late: int | None
    """Calendar days from the due day to the day it was done, or, if it was not, to the day the clock stopped."""
    unasked: bool
    """Whether the question is not asked of the case, or that cannot be told."""


class Judge:
    """Judges batches of cases by one ruleset with one engine, and remembers every situation judged."""

    def __init__(self, ruleset: Ruleset, engine: Engine) -> None:
        self.ruleset = ruleset
        self.engine = engine
        self.questions = tuple(ruleset.questions.values())
        self.relevance = {question.id: relevance_of(question, ruleset) for question in self.questions}
        self._relevant: dict[tuple[Relevance, Situation], Truth] = {}
        self._verdicts: dict[Situation, int] = {}
        answers = ruleset.head.answers
        places = [Answered.NONE, *(answers.place(word) for word in answers.words)]
        self.scale = np.array([ANSWERED.index(place) for place in places], dtype=np.int16)
        expect = getattr(engine, "expect", None)
        if expect:
            expect(self.relevance.values())

    def judge(self, records: Sequence[Record], as_of: date | None = None) -> Findings:
        """The findings of some records."""
        return Findings(self, Cases(batch(records, self.ruleset), self.ruleset, as_of))

    def lines(self, question: Question, facts: Facts) -> Lines:
        """Which line of the verdict table speaks on a question in each case of a batch."""
        relevance = self.relevance[question.id]
        relevant = facts.once("relevance", relevance, lambda: self._relevance(relevance, facts))
        found = facts.clock(str(question.decided_by)).status if self.ruleset.clock_of(question) else None
        clock = np.full(facts.cases.size, CODE[Computed.NONE], dtype=np.int16) if found is None else found
        answer = self.scale[facts.cases.answers(question.id)]
        sizes = (len(TRUTHS), len(STATUSES), len(ANSWERED))
        situations, which = distinct([relevant, clock, answer], sizes, facts.cases.size)
        return np.array([self._verdict(situation) for situation in situations], dtype=np.int8)[which]

    def _relevance(self, relevance: Relevance, facts: Facts) -> NDArray[np.int16]:
        """Whether a question of some relevance is asked in each case, as a place in `TRUTHS`."""
        columns = [facts.fact(name) for name, _ in relevance.values]
        sizes = [len(values) + 2 for _, values in relevance.values]
        situations, which = distinct(columns, sizes, facts.cases.size)
        return np.array([TRUTHS.index(self._truth(relevance, s)) for s in situations], dtype=np.int16)[which]

    def _truth(self, relevance: Relevance, situation: Situation) -> Truth:
        if (relevance, situation) not in self._relevant:
            facts = {name: decode(code, v) for code, (name, v) in zip(situation, relevance.values, strict=True)}
            self._relevant[relevance, situation] = self.engine.relevant(relevance, facts)
        return self._relevant[relevance, situation]

    def _verdict(self, situation: Situation) -> int:
        if situation not in self._verdicts:
            relevant, clock, answer = situation
            line = self.engine.verdict(TRUTHS[relevant], STATUSES[clock], ANSWERED[answer])
            self._verdicts[situation] = TABLE.index(line)
        return self._verdicts[situation]


def relevance_of(question: Question, ruleset: Ruleset) -> Relevance:
    """When a question is asked, with the facts that decides on."""
    names = dict.fromkeys(facts_of(question.when))
    return Relevance(question.when, tuple((name, ruleset.values[name]) for name in names))


class Findings:
    """The findings of a batch: codes by question, worked out when they are asked for."""

    def __init__(self, judge: Judge, cases: Cases) -> None:
        self.ruleset = judge.ruleset
        self.cases = cases
        self.facts = Facts(cases)
        self._judge = judge
        self._lines: dict[str, Lines] = {}
        self._dates: dict[str, Dates] = {}

    def lines(self, question: Question) -> Lines:
        """The line of the verdict table that spoke on a question in each case."""
        if question.id not in self._lines:
            self._lines[question.id] = self._judge.lines(question, self.facts)
        return self._lines[question.id]

    def outcomes(self, question: Question) -> NDArray[np.int8]:
        """The outcome of a question in each case, as a place in `OUTCOMES`."""
        return OUTCOME_OF[self.lines(question)]

    def disagrees(self, question: Question) -> NDArray[np.bool_]:
        """In which cases the assessor's answer and the record disagree on a question."""
        answer = self._judge.scale[self.cases.answers(question.id)]
        return _DISAGREES[self.lines(question), answer]

    @cached_property
    def case_ids(self) -> list[str]:
        """The reference of each case."""
        found: list[str] = self.cases.table.column("case_id").to_pylist()
        return found

    def of_case(self, row: int) -> Iterator[Finding]:
        """Every scored question's finding for one case, in the order of the rules."""
        for question in self.ruleset.scored:
            yield self.one(question, row)

    def one(self, question: Question, row: int) -> Finding:
        """The finding on one question for one case."""
        line = TABLE[int(self.lines(question)[row])]
        code = int(self.cases.answers(question.id)[row])
        answer = self.ruleset.head.answers.words[code - 1] if code else None
        reading, dates = self.reading(question), self.dates(question)
        return Finding(
            case_id=self.case_ids[row],
            question=question,
            criterion=self.ruleset.criterion_of[question.id].criterion,
            line=line,
            computed=Computed.NONE if reading is None else STATUSES[int(reading.status[row])],
            answer=answer,
            disagrees=disagrees(line, self.ruleset.head.answers.place(answer)),
            due=_day(int(dates.due[row])),
            done=_day(int(dates.done[row])),
            days_late=int(dates.days_late[row]) if dates.is_late[row] else None,
            unasked=not _ASKED[int(self.lines(question)[row])],
        )

    def relevance_of(self, question: Question) -> Relevance:
        """When a question is asked, with the facts that decides on."""
        return self._judge.relevance[question.id]

    def reading(self, question: Question) -> Reading | None:
        """What the clock of a question found, if one decides it."""
        return self.facts.clock(str(question.decided_by)) if self.ruleset.clock_of(question) is not None else None

    def dates(self, question: Question) -> Dates:
        """The due and done days of a question in each case, where the question is asked and a clock tells them."""
        if question.id not in self._dates:
            self._dates[question.id] = self._make_dates(question)
        return self._dates[question.id]

    def _make_dates(self, question: Question) -> Dates:
        reading, size = self.reading(question), self.cases.size
        nothing = np.full(size, NEVER, dtype=np.int32)
        if reading is None:
            return Dates(nothing, nothing, np.zeros(size, dtype=bool), nothing)
        lines = self.lines(question)
        asked = _ASKED[lines]
        due, done = np.where(asked, reading.due, NEVER), np.where(asked, reading.done, NEVER)
        is_late = (OUTCOME_OF[lines] == NOT_SUFFICIENT) & np.isin(reading.status, _LATE) & (due < NEVER)
        until = np.where(done < NEVER, done, self.cases.horizon)
        return Dates(due, done, is_late, np.where(is_late, until - np.where(is_late, due, 0), 0))


@dataclass(frozen=True)
class Dates:
    """Days of a question in each case; `NEVER` where there is none."""

    due: Days
    done: Days
    is_late: NDArray[np.bool_]
    days_late: Days
    """Meaningless where it is not late."""


def _day(number: int) -> date | None:
    return None if abs(number) >= NEVER else as_date(number)
