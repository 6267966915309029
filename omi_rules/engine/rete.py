"""durable-rules as the engine: the only file that touches it.

It is used inside a subset in which it has shown no fault (``tests/test_rete.py`` keeps the traps): JSON definitions,
one antecedent a rule, texts compared for equality with constants, no nulls, no joins, one narrow fact at a time in
one session that is never deleted, retracted after reading; no host, hence no timer threads, and our own short loop
over the agenda. Exactly one rule must answer a fact.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import durable_rules_engine
from durable.engine import MessageNotHandledException, Promise, Ruleset

from omi_rules.conditions import AllOf, AnyOf, Condition, In, Not, Recorded, Value
from omi_rules.engine import OTHER, Relevance
from omi_rules.errors import Defect, show
from omi_rules.meaning import TABLE, Answered, Computed, Truth, Verdict

MISSING = str(Truth.UNKNOWN)
"""What a fact that is not recorded is called; no word of a vocabulary has a space."""

CONDITIONS_PER_NETWORK = 12
"""durable-rules fails when 65 or more branches wait on one fact, and grows slow with many rules in one network."""

Test = dict[str, Any] | bool
"""A condition as durable-rules writes it, or that it always or never holds."""


class Rete:
    """Judges by durable-rules: a network of rules for the verdict table, and some for the conditions of relevance."""

    name = "rete"

    def __init__(self) -> None:
        self._table = Network("verdict", verdict_rules())
        self._relevance: dict[Relevance, tuple[str, Network]] = {}

    def expect(self, relevances: Iterable[Relevance]) -> None:
        """Compile the rules of these conditions together, which is faster than one by one."""
        new = [relevance for relevance in dict.fromkeys(relevances) if relevance not in self._relevance]
        for start in range(0, len(new), CONDITIONS_PER_NETWORK):
            named = {
                f"when{len(self._relevance) + i}": r for i, r in enumerate(new[start : start + CONDITIONS_PER_NETWORK])
            }
            rules = {rule: test for name, relevance in named.items() for rule, test in relevance_rules(relevance, name)}
            network = Network(f"relevance{len(self._relevance)}", rules)
            self._relevance |= {relevance: (name, network) for name, relevance in named.items()}

    def relevant(self, relevance: Relevance, facts: Mapping[str, Value | None]) -> Truth:
        """See `Engine.relevant`."""
        if relevance not in self._relevance:
            self.expect([relevance])
        name, network = self._relevance[relevance]
        fact = {field(fact_name): word(facts[fact_name]) for fact_name, _ in relevance.values}
        return Truth(network.answer({"condition": name, **fact}).partition("/")[2])

    def verdict(self, relevant: Truth, computed: Computed, answered: Answered) -> Verdict:
        """See `Engine.verdict`."""
        fact = {"relevant": str(relevant), "clock": str(computed), "answer": str(answered)}
        return _LINES[self._table.answer(fact)]


_LINES = {line.name: line for line in TABLE}


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


def field(fact: str) -> str:
    """The name of a fact as a property: a point would make it a nested one."""
    return fact.replace(".", "/")


def word(value: Value | None) -> str:
    """A value as durable-rules is told it: always a text, so that no two kinds are ever compared."""
    return MISSING if value is None else show(value)


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
    for truth in Truth:
        test = _holds(relevance.when, frozenset({truth}), dict(relevance.values))
        yield f"{name}/{truth}", _all([{"condition": name}, test])


def _holds(condition: Condition, wanted: frozenset[Truth], values: Mapping[str, tuple[Value, ...]]) -> Test:
    """A test that holds exactly where the condition's truth is one of those wanted."""
    if not wanted or len(wanted) == len(Truth):
        return bool(wanted)
    match condition:
        case In(fact, chosen):
            words = {word(v) for v in values[fact] if (Truth.TRUE if v in chosen else Truth.FALSE) in wanted}
            words |= {OTHER} if not values[fact] and Truth.FALSE in wanted else set()
            words |= {MISSING} if Truth.UNKNOWN in wanted else set()
            return _among(field(fact), words, len(values[fact]) + 1)
        case Recorded(fact):
            recorded = [word(v) for v in values[fact]] or [OTHER]
            words = set(recorded) if Truth.TRUE in wanted else set()
            words |= {MISSING} if Truth.FALSE in wanted else set()
            return _among(field(fact), words, len(recorded) + 1)
        case Not(part):
            flipped = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}
            return _holds(part, frozenset(flipped[t] for t in wanted), values)
        case AllOf(parts):
            return _combined(parts, wanted, values, strongest=Truth.FALSE)
        case AnyOf(parts):
            return _combined(parts, wanted, values, strongest=Truth.TRUE)


def _combined(
    parts: tuple[Condition, ...], wanted: frozenset[Truth], values: Mapping[str, tuple[Value, ...]], strongest: Truth
) -> Test:
    """*All* and *any*: the strongest truth of a part wins, then UNKNOWN, then the other."""
    weakest = Truth.TRUE if strongest is Truth.FALSE else Truth.FALSE
    if wanted == {Truth.UNKNOWN}:  # not the strongest, and not the weakest
        neither = ({Truth.UNKNOWN, weakest}, {Truth.UNKNOWN, strongest})
        return _all([_combined(parts, frozenset(two), values, strongest) for two in neither])
    if wanted == {strongest, weakest}:
        two_ways = (frozenset({strongest}), frozenset({weakest}))
        return _any([_combined(parts, one, values, strongest) for one in two_ways])
    tests = [_holds(part, wanted, values) for part in parts]
    return _any(tests) if strongest in wanted else _all(tests)


def _among(name: str, words: set[str], possible: int) -> Test:
    if len(words) == possible:
        return True
    return _any([{name: one} for one in sorted(words)])


def _all(tests: list[Test]) -> Test:
    if any(test is False for test in tests):
        return False
    left = [test for test in tests if test is not True]
    return True if not left else left[0] if len(left) == 1 else {"$and": left}


def _any(tests: list[Test]) -> Test:
    if any(test is True for test in tests):
        return True
    left = [test for test in tests if test is not False]
    return False if not left else left[0] if len(left) == 1 else {"$or": left}
