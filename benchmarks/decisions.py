"""The rules as every rule engine can take them: for each question a list of lines, exactly one of which holds.

A line tests words for equality, under *all* and *any*, and names a finding. "Not recorded" is a word like any other, so
the three-valued logic of the conditions (`omi_rules.meaning`) is written out and no engine needs to know of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from benchmarks.facts import facts
from benchmarks.findings import code
from benchmarks.log import Record
from omi_rules.conditions import AllOf, AnyOf, Condition, In, Not, Recorded
from omi_rules.facts.clocks import possible
from omi_rules.meaning import TABLE, Answered, Computed, Truth
from omi_rules.rules import Question
from omi_rules.ruleset import Ruleset

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Is:
    """The fact is one of some words, or, `negated`, none of them."""

    fact: str
    words: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Both:
    """Every part holds, be they two or more or none."""

    parts: tuple[Test, ...]


@dataclass(frozen=True)
class Either:
    """At least one part holds; of no parts none does."""

    parts: tuple[Test, ...]


Test = Is | Both | Either
HOLDS, FAILS = Both(()), Either(())


@dataclass(frozen=True)
class Line:
    """In which situation a finding is made."""

    test: Test
    code: int
    """See `findings.code`."""


@dataclass(frozen=True)
class Decision:
    """The lines of a question."""

    question: str
    criterion: str
    lines: tuple[Line, ...]


def decisions(ruleset: Ruleset) -> list[Decision]:
    """The lines of every scored question."""
    return [
        Decision(question.id, ruleset.criterion_of[question.id].criterion, tuple(_lines(question, ruleset)))
        for question in ruleset.scored
    ]


def _lines(question: Question, ruleset: Ruleset) -> list[Line]:
    """The verdict table for one question, without what its clock cannot find; lines that say the same become one."""
    clock = ruleset.clock_of(question)
    statuses = frozenset({Computed.NONE}) if clock is None else frozenset(possible(clock))
    merged: dict[tuple[int, frozenset[Answered], frozenset[Computed]], set[Truth]] = {}
    for verdict in TABLE:
        if computed := verdict.computed & statuses:
            key = code(str(verdict.outcome), str(verdict.reason)), verdict.answered, computed
            merged.setdefault(key, set()).update(verdict.relevant)
    made = []
    for (found, answered, computed), relevant in merged.items():
        test = _all(
            [
                _holds(question.when, frozenset(relevant), ruleset),
                _among(_name("clock", question), computed, statuses),
                _among(
                    _name("answer", question), {a.name.lower() for a in answered}, {a.name.lower() for a in Answered}
                ),
            ]
        )
        if test != FAILS:
            made.append(Line(test, found))
    return made


def _name(kind: str, question: Question) -> str:
    return f"{kind}_{question.id.replace('.', '_')}"


def _holds(condition: Condition, wanted: frozenset[Truth], ruleset: Ruleset) -> Test:
    """A test that holds where the truth of a condition is one of those wanted."""
    if len(wanted) in (0, len(Truth)):
        return HOLDS if wanted else FAILS
    match condition:
        case In(fact, values):
            truths = {word(v): Truth.TRUE if v in values else Truth.FALSE for v in ruleset.values[fact]}
            field = ruleset.vocabulary.fields.get(fact)
            if field is None or not field.required:
                truths[UNKNOWN] = Truth.UNKNOWN
            return _among(fact.replace(".", "_"), {name for name, truth in truths.items() if truth in wanted}, truths)
        case Recorded():
            raise NotImplementedError("no question of the benchmark asks whether a fact is recorded")
        case Not(part):
            return _holds(part, frozenset(_NOT[truth] for truth in wanted), ruleset)
        case AllOf(parts):
            return _kleene(parts, wanted, Truth.FALSE, ruleset)
        case AnyOf(parts):
            return _kleene(parts, wanted, Truth.TRUE, ruleset)


_NOT = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


def _kleene(parts: tuple[Condition, ...], wanted: frozenset[Truth], strongest: Truth, ruleset: Ruleset) -> Test:
    """*Both* and *any*: one part with the strongest truth settles it, or else one that is unknown."""

    def each(*truths: Truth) -> list[Test]:
        return [_holds(part, frozenset(truths), ruleset) for part in parts]

    weakest = _NOT[strongest]
    if wanted == {Truth.UNKNOWN}:
        return _all([*each(Truth.UNKNOWN, weakest), _any(each(Truth.UNKNOWN))])
    if wanted == {strongest, weakest}:
        return _any([*each(strongest), _all(each(weakest))])
    return _any(each(*wanted)) if strongest in wanted else _all(each(*wanted))


def _among(fact: str, chosen: Iterable[str], every: Iterable[str]) -> Test:
    """A test for some of the words a fact may have, put by those it is not if these are fewer."""
    words, others = {str(w) for w in chosen}, {str(w) for w in every} - {str(w) for w in chosen}
    if not words or not others:
        return HOLDS if words else FAILS
    negated = len(others) < len(words)
    return Is(fact, tuple(sorted(others if negated else words)), negated)


def _all(tests: Iterable[Test]) -> Test:
    flat = [part for test in tests for part in (test.parts if isinstance(test, Both) else (test,))]
    left = tuple(dict.fromkeys(flat))
    return FAILS if FAILS in left else left[0] if len(left) == 1 else Both(left)


def _any(tests: Iterable[Test]) -> Test:
    flat = [part for test in tests for part in (test.parts if isinstance(test, Either) else (test,))]
    left = tuple(dict.fromkeys(flat))
    return HOLDS if HOLDS in left else left[0] if len(left) == 1 else Either(left)


def chain(decision: Decision) -> list[Line]:
    """The lines for an engine that takes the first that holds: what earlier ones settle is not asked again."""
    settled: set[Test] = set()
    made = []
    for line in decision.lines:
        parts = line.test.parts if isinstance(line.test, Both) else (line.test,)
        made.append(Line(_all(part for part in parts if _opposite(part) not in settled), line.code))
        settled |= {line.test, *(line.test.parts if isinstance(line.test, Either) else ())}
    return [*made[:-1], Line(HOLDS, made[-1].code)]


def _opposite(test: Test) -> Test:
    match test:
        case Is(fact, words, negated):
            return Is(fact, words, not negated)
        case Both(parts):
            return _any(_opposite(part) for part in parts)
        case Either(parts):
            return _all(_opposite(part) for part in parts)


def facts_of(test: Test) -> set[str]:
    """The facts a test asks about."""
    return {test.fact} if isinstance(test, Is) else {fact for part in test.parts for fact in facts_of(part)}


def word(value: object) -> str:
    """The word of a value of a fact.

    >>> word(True), word(None), word(3), word("licence")
    ('yes', 'unknown', 't3', 'licence')
    """
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "yes" if value else "no"
        case int():
            return f"t{value}"
        case _:
            return str(value)


class Told:
    """Turns records into facts in words, those that the rules ask about and no others."""

    def __init__(self, ruleset: Ruleset) -> None:
        asked = {fact for decision in decisions(ruleset) for line in decision.lines for fact in facts_of(line.test)}
        answers = ruleset.head.answers
        self._places = {given: answers.place(given).name.lower() for given in (None, *answers.words)}
        self._answers = {_name("answer", q): q.id for q in ruleset.scored if _name("answer", q) in asked}
        names = {name.replace(".", "_"): name for name in ruleset.facts}
        names |= {_name("clock", q): q.id for q in ruleset.scored}
        self._facts = {name: names[name] for name in sorted(asked - self._answers.keys())}

    def __call__(self, line: bytes) -> tuple[str, dict[str, str]]:
        """The reference of the case in a line of NDJSON, and its facts."""
        record: Record = orjson.loads(line)
        found, answers = facts(record), record.get("answers") or {}
        told = {name: word(found[fact]) for name, fact in self._facts.items()}
        told |= {name: self._places[answers.get(question)] for name, question in self._answers.items()}
        return record["case_id"], told
