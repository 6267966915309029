"""Findings: one code for every case and question, and the text of those that somebody asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from omi_rules.calendar import NEVER, Days, as_date, never
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

T = TypeVar("T", np.int8, np.bool_)

ANSWERED = tuple(Answered)
TRUTHS = tuple(Truth)
OUTCOMES = tuple(Outcome)
OUTCOME_OF = np.array([OUTCOMES.index(line.outcome) for line in TABLE], dtype=np.int8)
"""The outcome of each line of the verdict table, as a place in `OUTCOMES`."""

NOT_SUFFICIENT = OUTCOMES.index(Outcome.NOT_SUFFICIENT)
_ASKED = np.array([line.relevant == {Truth.TRUE} for line in TABLE])
_LATE = {Computed.LATE, Computed.NOT_DONE, Computed.GAP_TOO_LONG, Computed.WRONG_ATTRIBUTE}
_IS_LATE = np.array([status in _LATE for status in STATUSES])
DISAGREES = np.array([[disagrees(line, answered) for answered in Answered] for line in TABLE])
"""Whether a line of the verdict table and an answer disagree, line x place in `ANSWERED`."""

_TOGETHER = 512
"""Cases whose questions are judged at one time: few enough to stay in the processor's cache."""

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
        self.place = {question.id: place for place, question in enumerate(self.questions)}
        """Where each question stands among all."""
        self.relevance = {question.id: relevance_of(question, ruleset) for question in self.questions}
        answers = ruleset.head.answers
        places = [Answered.NONE, *(answers.place(word) for word in answers.words)]
        self.scale = np.array([ANSWERED.index(place) for place in places], dtype=np.int8)
        """The place in `ANSWERED` of each code of an answer."""
        self._verdicts = np.full((len(TRUTHS) * len(STATUSES), len(places)), -1, dtype=np.int8)
        """The line of the verdict table for a truth and status, and an answer; -1 where it was never asked for."""
        self._alike = [_Alike(relevance) for relevance in dict.fromkeys(self.relevance.values())]
        """Questions asked of the same cases are asked together."""
        self._alike_of = _places_in([one.relevance for one in self._alike], self.relevance.values())
        decided = [question.decided_by if ruleset.clock_of(question) else None for question in self.questions]
        self.decided = tuple(q for q, clock in zip(self.questions, decided, strict=True) if clock and not q.context)
        """The scored questions that a clock decides."""
        self._clocks = list(dict.fromkeys(decided))
        self._clock_of = _places_in(self._clocks, decided)
        expect = getattr(engine, "expect", None)
        if expect:
            expect(self.relevance.values())

    def judge(self, records: Sequence[Record], as_of: date | None = None) -> Findings:
        """The findings of some records."""
        return self.of(Cases(batch(records, self.ruleset), self.ruleset, as_of))

    def of(self, cases: Cases) -> Findings:
        """The findings of a batch of cases."""
        return Findings(self, cases)

    def lines(self, facts: Facts) -> Lines:
        """Which line of the verdict table speaks, question x case."""
        answers = facts.cases.answers
        relevant = np.stack([self._relevant(alike, facts) for alike in self._alike]) * np.int16(len(STATUSES))
        nothing = np.full(facts.cases.size, CODE[Computed.NONE], dtype=np.int16)
        asked = np.any(relevant != TRUTHS.index(Truth.FALSE) * len(STATUSES), axis=1)[self._alike_of]
        needed = set(self._clock_of[asked].tolist())  # a question that is not asked needs no clock
        status = np.stack(
            [
                facts.clock(name).status if name and place in needed else nothing
                for place, name in enumerate(self._clocks)
            ]
        )
        made = np.empty(answers.shape, dtype=np.int8)
        for start in range(0, facts.cases.size, _TOGETHER):
            here = np.s_[:, start : start + _TOGETHER]
            situation = relevant[here][self._alike_of] + status[here][self._clock_of]
            made[here] = self._spread(situation, answers[here])
        return made

    def _spread(self, situation: NDArray[np.int16], answers: NDArray[np.int8]) -> Lines:
        """The verdict on each situation and answer; one that never came before is judged now."""
        key = situation * np.int16(len(self.scale)) + answers
        found: Lines = self._verdicts.ravel()[key]
        if found.size and found.min() < 0:
            for new in np.flatnonzero(np.bincount(key[found < 0])):
                relevant_and_status, answer = divmod(int(new), len(self.scale))
                relevant, status = divmod(relevant_and_status, len(STATUSES))
                answered = ANSWERED[self.scale[answer]]
                line = TABLE.index(self.engine.verdict(TRUTHS[relevant], STATUSES[status], answered))
                alike = self.scale == self.scale[answer]  # the table tells answers apart by their side of the line
                self._verdicts[relevant_and_status, alike] = line
            found = self._verdicts.ravel()[key]
        return found

    def _relevant(self, alike: _Alike, facts: Facts) -> NDArray[np.int16]:
        """Whether some questions are asked in each case, as a place in `TRUTHS`."""
        names = alike.relevance.values
        sizes = [len(values) + 2 for _, values in names]
        situations, which = distinct([facts.fact(name) for name, _ in names], sizes, facts.cases.size)
        for new in [situation for situation in situations if situation not in alike.judged]:
            told = {name: decode(code, values) for code, (name, values) in zip(new, names, strict=True)}
            alike.judged[new] = TRUTHS.index(self.engine.relevant(alike.relevance, told))
        return np.array([alike.judged[situation] for situation in situations], dtype=np.int16)[which]


@dataclass(frozen=True)
class _Alike:
    """Questions asked of the same cases."""

    relevance: Relevance
    judged: dict[Situation, int] = field(default_factory=dict)
    """Whether they are asked in each situation that came up, as a place in `TRUTHS`."""


def _places_in(known: Sequence[Any], things: Iterable[Any]) -> NDArray[np.int64]:
    """Where each thing stands among those known."""
    place = {thing: number for number, thing in enumerate(known)}
    return np.array([place[thing] for thing in things])


def relevance_of(question: Question, ruleset: Ruleset) -> Relevance:
    """When a question is asked, with the facts that decides on."""
    names = dict.fromkeys(facts_of(question.when))
    return Relevance(question.when, tuple((name, ruleset.values[name]) for name in names))


@dataclass(frozen=True)
class Codes:
    """The findings of a batch and nothing else: to be counted, written, or sent from one process to another."""

    questions: tuple[str, ...]
    """The questions of the rows below, context measures included."""
    case_ids: list[str]
    lines: Lines
    """The line of the verdict table that spoke, question x case."""
    answers: NDArray[np.int8]
    """The assessor's answers, question x case, as codes of the answer scale."""
    scale: NDArray[np.int8]
    """The place in `ANSWERED` of each code of an answer."""
    dates: Mapping[str, Dates]
    """Due and done days of the questions that a clock decides."""

    def of(self, rows: Sequence[int]) -> Codes:
        """What was found on some of the cases."""
        chosen = np.array(rows, dtype=np.int64)
        return replace(
            self,
            case_ids=[self.case_ids[row] for row in rows],
            lines=self.lines[:, chosen],
            answers=self.answers[:, chosen],
            dates={question: Dates(*(part[chosen] for part in vars(d).values())) for question, d in self.dates.items()},
        )

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How often each line of the verdict table spoke on each answer, question x line x place in `ANSWERED`."""
        size = len(TABLE) * len(ANSWERED)
        found = np.array([np.bincount(pairs, minlength=size) for pairs in self._pairs()])
        return found.reshape(-1, len(TABLE), len(ANSWERED))

    def disagreements(self) -> NDArray[np.bool_]:
        """Where the assessor's answer and the record disagree, question x case."""
        return looked_up(DISAGREES.ravel(), self._pairs())

    def _pairs(self) -> NDArray[np.int8]:
        """A line of the verdict table and an answer in one number, question x case."""
        return self.lines * np.int8(len(ANSWERED)) + looked_up(self.scale, self.answers)


def looked_up(table: NDArray[T], places: NDArray[np.int8]) -> NDArray[T]:
    """What a table of bytes says at each place; plain NumPy would make eight bytes of each place first."""
    found = places.tobytes().translate(table.tobytes().ljust(256))
    return np.frombuffer(found, dtype=table.dtype).reshape(places.shape)


class Findings:
    """The findings of a batch: codes by question, worked out when they are asked for."""

    def __init__(self, judge: Judge, cases: Cases) -> None:
        self.ruleset = judge.ruleset
        self.cases = cases
        self.facts = Facts(cases)
        self.judge = judge
        self._dates: dict[str, Dates] = {}

    @cached_property
    def all_lines(self) -> Lines:
        """The line of the verdict table that spoke, question x case."""
        return self.judge.lines(self.facts)

    @cached_property
    def codes(self) -> Codes:
        """Everything found, as codes."""
        return Codes(
            questions=tuple(self.judge.place),
            case_ids=self.case_ids,
            lines=self.all_lines,
            answers=self.cases.answers,
            scale=self.judge.scale,
            dates={question.id: self.dates(question) for question in self.judge.decided},
        )

    def situations(self, question: Question) -> tuple[list[Situation], NDArray[np.int64]]:
        """What a question's verdict rests on, one after the other: its facts' codes, the clock's, the answer's."""
        relevance, reading = self.relevance_of(question), self.reading(question)
        nothing = np.full(self.cases.size, CODE[Computed.NONE], dtype=np.int16)
        answered = self.judge.scale[self.answers(question)].astype(np.int16)
        columns = [*(self.facts.fact(name) for name, _ in relevance.values)]
        columns += [nothing if reading is None else reading.status, answered]
        sizes = [*(len(values) + 2 for _, values in relevance.values), len(STATUSES), len(ANSWERED)]
        return distinct(columns, sizes, self.cases.size)

    def lines(self, question: Question) -> Lines:
        """The line of the verdict table that spoke on a question in each case."""
        found: Lines = self.all_lines[self.judge.place[question.id]]
        return found

    def outcomes(self, question: Question) -> NDArray[np.int8]:
        """The outcome of a question in each case, as a place in `OUTCOMES`."""
        return OUTCOME_OF[self.lines(question)]

    def answers(self, question: Question) -> NDArray[np.int8]:
        """The assessor's answers to a question, as codes of the answer scale."""
        found: NDArray[np.int8] = self.cases.answers[self.judge.place[question.id]]
        return found

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
        code = int(self.answers(question)[row])
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
        return self.judge.relevance[question.id]

    def reading(self, question: Question) -> Reading | None:
        """What the clock of a question found, if one decides it."""
        return self.facts.clock(str(question.decided_by)) if self.ruleset.clock_of(question) is not None else None

    def dates(self, question: Question) -> Dates:
        """The due and done days of a question in each case, where the question is asked and a clock tells them."""
        if question.id not in self._dates:
            self._dates[question.id] = self._make_dates(question)
        return self._dates[question.id]

    def _make_dates(self, question: Question) -> Dates:
        size, lines = self.cases.size, self.lines(question)
        asked = _ASKED[lines]
        reading = self.reading(question) if asked.any() else None
        if reading is None:
            nothing = never(size)
            return Dates(nothing, nothing, np.zeros(size, dtype=bool), nothing)
        due, done = np.where(asked, reading.due, NEVER), np.where(asked, reading.done, NEVER)
        is_late = (OUTCOME_OF[lines] == NOT_SUFFICIENT) & _IS_LATE[reading.status] & (due < NEVER)
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
