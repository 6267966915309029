"""durable-rules as the engine: the only file that touches it.

It is used inside a subset in which it has shown no fault (``tests/test_rete.py`` keeps the traps): JSON definitions,
one antecedent a rule, texts compared for equality with constants, no nulls, no joins, one narrow fact at a time in
one session that is never deleted, retracted after reading; no host, hence no timer threads, and our own short loop
over the agenda. Exactly one rule must answer a fact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import durable_rules_engine
from durable.engine import MessageNotHandledException, Ruleset

from omi_rules.conditions import AllOf, AnyOf, Condition, In, Not, Recorded, Value
from omi_rules.engine import OTHER, Shape
from omi_rules.errors import Defect, show
from omi_rules.meaning import TABLE, Answered, Computed, Truth, Verdict

MISSING = str(Truth.UNKNOWN)
"""What a fact that is not recorded is called; no word of a vocabulary has a space."""

SHAPES_PER_RULESET = 12
"""durable-rules fails when 65 or more branches wait on one fact, and grows slow with many rules in one network."""

Test = dict[str, Any] | bool
"""A condition as durable-rules writes it, or that it always or never holds."""


class Rete:
    """Judges by durable-rules. Rules of a shape are compiled when it is first met."""

    name = "rete"

    def __init__(self) -> None:
        self._shapes: dict[Shape, tuple[str, int]] = {}
        self._networks: list[Ruleset] = []
        self._waiting: list[Shape] = []
        self._facts = 0

    def expect(self, shapes: list[Shape]) -> None:
        """Compile rules for these shapes together, which is faster than one by one."""
        new = [shape for shape in dict.fromkeys(shapes) if shape not in self._shapes]
        for start in range(0, len(new), SHAPES_PER_RULESET):
            group = new[start : start + SHAPES_PER_RULESET]
            rules: dict[str, Any] = {}
            for shape in group:
                name = f"s{len(self._shapes)}"
                self._shapes[shape] = (name, len(self._networks))
                rules |= definition(shape, name)
            self._networks.append(Ruleset(f"omi{id(self)}-{len(self._networks)}", None, rules))

    def judge(self, shape: Shape, facts: Mapping[str, Value | None], computed: Computed, answered: Answered) -> Verdict:
        """See `Engine.judge`."""
        if shape not in self._shapes:
            self.expect([shape])
        name, network = self._shapes[shape]
        self._facts += 1
        fact = {"id": self._facts, "shape": name, "clock": str(computed), "answer": str(answered)}
        fact |= {field(fact_name): word(facts[fact_name]) for fact_name, _ in shape.values}
        fired = _fire(self._networks[network], fact)
        if len(fired) != 1:
            what = "no rule answers" if not fired else f"{len(fired)} rules answer ({', '.join(sorted(fired))})"
            raise Defect(f"{what} the situation {json.dumps(fact)}")
        return TABLE[int(fired.pop().split("/")[1])]


def _fire(network: Ruleset, fact: dict[str, Any]) -> set[str]:
    """The names of the rules that a fact satisfies."""
    try:
        state = network.assert_fact(fact)
    except MessageNotHandledException:
        return set()
    fired = set()
    found = durable_rules_engine.start_action_for_state(network._handle, state)
    message = found[1] if found else None
    while message:
        fired.update(json.loads(message))  # a rule whose `$or` holds in two ways comes twice
        message = durable_rules_engine.complete_and_start_action(network._handle, state)
    network.retract_fact(fact)
    return fired


def field(fact: str) -> str:
    """The name of a fact as a property: a point would make it a nested one."""
    return fact.replace(".", "/")


def word(value: Value | None) -> str:
    """A value as durable-rules is told it: always a text, so that no two kinds are ever compared."""
    return MISSING if value is None else show(value)


def definition(shape: Shape, name: str) -> dict[str, Any]:
    """The rules of a shape: one for each line of the verdict table that can speak, named ``shape/line``."""
    values = dict(shape.values)
    possible = set(Computed) if shape.clocked else {Computed.NONE}
    rules: dict[str, Any] = {}
    for number, line in enumerate(TABLE):
        tests = [
            {"shape": name},
            _holds(shape.when, line.relevant, values),
            _among("clock", {str(c) for c in line.computed & possible}, len(possible)),
            _among("answer", {str(a) for a in line.answered}, len(Answered)),
        ]
        condition = _all(tests)
        if condition is not False:
            rules[f"{name}/{number}"] = {"all": [{"m": condition}], "run": _nothing}
    return rules


def _nothing(_: object) -> None:
    """Rules only have to fire; what follows is in the verdict table."""


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
