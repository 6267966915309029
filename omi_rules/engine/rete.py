"""durable-rules as the engine: the only file that touches it.

It is used inside a subset in which it has shown no fault (``tests/test_rete.py`` keeps the traps): JSON definitions,
one antecedent a rule, texts compared for equality with constants, no nulls, no joins, one narrow fact at a time in
one session that is never deleted, retracted after reading; no host, hence no timer threads, and our own short loop
over the agenda. Exactly one rule must answer a fact.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import durable_rules_engine
from durable.engine import MessageNotHandledException, Promise, Ruleset

from omi_rules.conditions import OTHER, AllOf, AnyOf, Condition, In, Not, Recorded, Value, facts_of, words
from omi_rules.engine import Relevance
from omi_rules.errors import Defect, show
from omi_rules.meaning import TABLE, Answered, Computed, Truth, Verdict

MISSING = str(Truth.UNKNOWN)
"""What a fact that is not recorded is called; the word of a value begins with a number."""

CONDITIONS_PER_NETWORK = 12
"""durable-rules grows slow with many rules in one network."""

GROUPS = 15
"""How many `$and` and `$or` durable-rules takes in one antecedent."""

BRANCHES = 48
"""How many branches all `$or` of an antecedent may have: durable-rules never returns from 513."""

WAYS = 16
"""In how many ways an antecedent may hold at once: it fires in every one, and durable-rules fails when 65 wait."""

Test = dict[str, Any] | bool
"""A condition as durable-rules writes it, or that it always or never holds."""


class Rete:
    """Judges by durable-rules: a network of rules for the verdict table, and some for the conditions of relevance."""

    name = "rete"

    def __init__(self) -> None:
        self._table = Network("verdict", verdict_rules())
        self._relevance: dict[Relevance, tuple[str, Terms, Network]] = {}
        self._large: dict[Relevance, tuple[Relevance, Mapping[str, Relevance]]] = {}

    def expect(self, relevances: Iterable[Relevance]) -> None:
        """Compile the rules of these conditions together, which is faster than one by one."""
        known = self._relevance.keys() | self._large.keys()
        new = [relevance for relevance in dict.fromkeys(relevances) if relevance not in known]
        self._large |= {relevance: pieces(relevance) for relevance in new if not fits(relevance)}
        small = [relevance for relevance in new if relevance not in self._large]
        for start in range(0, len(small), CONDITIONS_PER_NETWORK):
            group = small[start : start + CONDITIONS_PER_NETWORK]
            named = {f"when{len(self._relevance) + i}": relevance for i, relevance in enumerate(group)}
            rules = {rule: test for name, relevance in named.items() for rule, test in relevance_rules(relevance, name)}
            network = Network(f"relevance{len(self._relevance)}", rules)
            self._relevance |= {relevance: (name, terms(relevance), network) for name, relevance in named.items()}

    def relevant(self, relevance: Relevance, facts: Mapping[str, Value | None]) -> Truth:
        """See `Engine.relevant`."""
        if relevance not in self._relevance and relevance not in self._large:
            self.expect([relevance])
        if relevance in self._large:
            whole, parts = self._large[relevance]
            return self.relevant(whole, {name: _TOLD[self.relevant(part, facts)] for name, part in parts.items()})
        name, spoken, network = self._relevance[relevance]
        return Truth(network.answer({"condition": name, **spoken.of(facts)}).partition("/")[2])

    def verdict(self, relevant: Truth, computed: Computed, answered: Answered) -> Verdict:
        """See `Engine.verdict`."""
        fact = {"relevant": str(relevant), "clock": str(computed), "answer": str(answered)}
        return _LINES[self._table.answer(fact)]


_LINES = {line.name: line for line in TABLE}

_TOLD = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}
"""A truth as the value of a fact."""


class Network:
    """A set of rules of which exactly one must answer each fact.

    Calls the C matcher through the library's own `Ruleset`, but reads which rule fired by itself: the library's loop
    swallows what goes wrong in it, and is ten times slower.
    """

    def __init__(self, name: str, rules: Mapping[str, Test]) -> None:
        definition = {rule: {"all": [{"m": test}], "run": _ACTION} for rule, test in rules.items() if test is not False}
        self._rules = Ruleset(f"omi-{name}-{id(self)}", None, definition)
        self._asked = 0

    def answer(self, fact: Mapping[str, str]) -> str:
        """The name of the rule that a fact satisfies.

        Raises:
            Defect: there is none, or more than one.
        """
        self._asked += 1
        fired = self._fire({"id": self._asked, **fact})
        if len(fired) != 1:
            what = "no rule answers" if not fired else f"{len(fired)} rules answer ({', '.join(sorted(fired))})"
            raise Defect(f"{what} the situation {json.dumps(fact)}")
        return fired.pop()

    def _fire(self, fact: Mapping[str, str | int]) -> set[str]:
        try:
            state = self._rules.assert_fact(fact)
        except MessageNotHandledException:
            return set()
        fired: set[str] = set()
        found = durable_rules_engine.start_action_for_state(self._rules._handle, state)
        message = found[1] if found else None
        while message:
            fired.update(json.loads(message))  # a rule whose `$or` holds in two ways comes twice
            message = durable_rules_engine.complete_and_start_action(self._rules._handle, state)
        self._rules.retract_fact(fact)
        return fired


_ACTION = Promise(lambda _: None)
"""Rules only have to fire; what follows is in the verdict table."""


@dataclass(frozen=True)
class Terms:
    """The terms in which a condition is put to durable-rules: texts only, so that no two kinds are ever compared."""

    fields: Mapping[str, str]
    """The property of each fact; it begins with a number, so that it is none of the engine's own."""
    words: Mapping[str, Mapping[Value, str]]
    """The word of each value. Values that the condition does not tell apart share the word of the first of
    them, so that no rule has a branch for each of hundreds of values."""

    def of(self, facts: Mapping[str, Value | None]) -> dict[str, str]:
        """The facts of a case."""
        told = {}
        for fact, name in self.fields.items():
            value = facts[fact]
            told[name] = MISSING if value is None else self.words[fact].get(value, show(value))
        return told


def terms(relevance: Relevance) -> Terms:
    """The terms of a condition."""
    tests = list(_tests(relevance.when))
    spoken: dict[str, dict[Value, str]] = {}
    for fact, values in relevance.values:
        alike: dict[tuple[bool, ...], str] = {}
        spoken[fact] = {}
        for value in values or (OTHER,):
            told_apart = tuple(value in test.values for test in tests if test.fact == fact)
            spoken[fact][value] = alike.setdefault(told_apart, f"{len(alike) + 1} {show(value)}")
    # a point in the name of a property would make it a nested one
    return Terms({fact: f"{i} {fact.replace('.', '/')}" for i, fact in enumerate(spoken, start=1)}, spoken)


def _tests(condition: Condition) -> Iterator[In]:
    match condition:
        case In():
            yield condition
        case Recorded():
            pass
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _tests(part)
        case Not(part):
            yield from _tests(part)


def fits(relevance: Relevance) -> bool:
    """Whether durable-rules takes the rules of a condition."""
    for _, test in relevance_rules(relevance, ""):
        groups = list(_groups(test))
        branches = sum(size for operator, size in groups if operator == "$or")
        if len(groups) > GROUPS or branches > BRANCHES or _ways(test) > WAYS:
            return False
    return True


def _groups(test: Test) -> Iterator[tuple[str, int]]:
    for operator, parts in test.items() if isinstance(test, dict) else ():
        if operator in ("$and", "$or"):
            yield operator, len(parts)
            for part in parts:
                yield from _groups(part)


def _ways(test: Test) -> int:
    match test:
        case {"$and": parts}:
            return prod(_ways(part) for part in parts)
        case {"$or": parts}:
            names = {name for part in parts for name in part}
            return sum(_ways(part) for part in parts) if len(names) > 1 or "$and" in names else 1
        case _:
            return 1


def pieces(relevance: Relevance) -> tuple[Relevance, Mapping[str, Relevance]]:
    """A condition as one of its parts: each is judged by itself, and its truth is a fact of the whole."""
    values, whole = dict(relevance.values), relevance.when
    parts: tuple[Condition, ...]
    match whole:
        case Not(part):
            parts, whole = (part,), Not(_stand_in(1))
        case AllOf(parts) | AnyOf(parts):
            kind, middle = type(whole), len(parts) // 2
            parts = parts if len(parts) < 3 else (kind(parts[:middle]), kind(parts[middle:]))
            whole = kind(tuple(_stand_in(i) for i, _ in enumerate(parts, start=1)))
        case _:
            raise Defect(f"durable-rules does not take the condition {words(whole)}")
    named = {
        _stand_in(i).fact: Relevance(part, tuple((fact, values[fact]) for fact in dict.fromkeys(facts_of(part))))
        for i, part in enumerate(parts, start=1)
    }
    return Relevance(whole, tuple((name, (False, True)) for name in named)), named


def _stand_in(number: int) -> In:
    return In(f"part {number}", (True,))


def verdict_rules() -> dict[str, Test]:
    """The verdict table as rules, one a line, named as the lines are."""
    return {
        line.name: _all(
            [
                _among("relevant", {str(t) for t in line.relevant}, len(Truth)),
                _among("clock", {str(c) for c in line.computed}, len(Computed)),
                _among("answer", {str(a) for a in line.answered}, len(Answered)),
            ]
        )
        for line in TABLE
    }


def relevance_rules(relevance: Relevance, name: str) -> Iterator[tuple[str, Test]]:
    """A condition as three rules, ``name/true``, ``name/false`` and ``name/not recorded``, as far as they can fire."""
    spoken = terms(relevance)
    for truth in Truth:
        yield f"{name}/{truth}", _all([{"condition": name}, _holds(relevance.when, frozenset({truth}), spoken)])


def _holds(condition: Condition, wanted: frozenset[Truth], spoken: Terms) -> Test:
    """A test that holds exactly where the condition's truth is one of those wanted."""
    if not wanted or len(wanted) == len(Truth):
        return bool(wanted)
    match condition:
        case In(fact, chosen):
            truths = {word: Truth.TRUE if v in chosen else Truth.FALSE for v, word in spoken.words[fact].items()}
            return _told(fact, {**truths, MISSING: Truth.UNKNOWN}, wanted, spoken)
        case Recorded(fact):
            truths = dict.fromkeys(spoken.words[fact].values(), Truth.TRUE)
            return _told(fact, {**truths, MISSING: Truth.FALSE}, wanted, spoken)
        case Not(part):
            flipped = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}
            return _holds(part, frozenset(flipped[t] for t in wanted), spoken)
        case AllOf(parts):
            return _combined(parts, wanted, spoken, strongest=Truth.FALSE)
        case AnyOf(parts):
            return _combined(parts, wanted, spoken, strongest=Truth.TRUE)


def _told(fact: str, truths: Mapping[str, Truth], wanted: frozenset[Truth], spoken: Terms) -> Test:
    return _among(spoken.fields[fact], {word for word, truth in truths.items() if truth in wanted}, len(truths))


def _combined(parts: tuple[Condition, ...], wanted: frozenset[Truth], spoken: Terms, strongest: Truth) -> Test:
    """*All* and *any*: the strongest truth of a part wins, then UNKNOWN, then the other."""
    weakest = Truth.TRUE if strongest is Truth.FALSE else Truth.FALSE
    if wanted == {Truth.UNKNOWN}:  # none has the strongest, and one is unknown
        none_stronger = _combined(parts, frozenset({Truth.UNKNOWN, weakest}), spoken, strongest)
        return _all([none_stronger, _any([_holds(part, wanted, spoken) for part in parts])])
    if wanted == {strongest, weakest}:
        two_ways = (frozenset({strongest}), frozenset({weakest}))
        return _any([_combined(parts, one, spoken, strongest) for one in two_ways])
    tests = [_holds(part, wanted, spoken) for part in parts]
    return _any(tests) if strongest in wanted else _all(tests)


def _among(name: str, words: set[str], possible: int) -> Test:
    if len(words) == possible:
        return True
    return _any([{name: one} for one in sorted(words)])


def _all(tests: list[Test]) -> Test:
    if any(test is False for test in tests):
        return False
    return _group("$and", [test for test in tests if isinstance(test, dict)], otherwise=True)


def _any(tests: list[Test]) -> Test:
    if any(test is True for test in tests):
        return True
    return _group("$or", [test for test in tests if isinstance(test, dict)], otherwise=False)


def _group(operator: str, tests: list[dict[str, Any]], *, otherwise: bool) -> Test:
    """Tests under one operator; those under the same operator join it."""
    flat = [inner for test in tests for inner in test.get(operator, [test])]
    return otherwise if not flat else flat[0] if len(flat) == 1 else {operator: flat}
