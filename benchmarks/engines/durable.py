"""durable-rules used the plain way: a stock `Host`, one session, one fact a case, retracted when it has been judged.

A fact may have 252 properties and 64 alternatives may wait for one fact, so the rules are spread over one ruleset for
each criterion, and each gets the facts that its rules ask about.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from durable.engine import Host

from benchmarks.decisions import Both, Decision, Is, Test, facts_of
from benchmarks.findings import MISSING

Action = Callable[[Any], None]


def prepare(rules: Sequence[Decision]) -> Callable[[dict[str, str]], bytes]:
    """Judges the facts of a case: a finding for each question, in order."""
    codes = bytearray(len(rules))

    def finding(question: int, code: int) -> Action:
        def act(_: Any) -> None:
            codes[question] = code

        return act

    rulesets: dict[str, dict[str, Any]] = defaultdict(dict)
    wanted: dict[str, set[str]] = defaultdict(set)
    for number, decision in enumerate(rules):
        for place, line in enumerate(decision.lines):
            rule = {"all": [{"m": _test(line.test)}], "run": finding(number, line.code)}
            rulesets[decision.criterion][f"r{number}_{place}"] = rule
            wanted[decision.criterion] |= facts_of(line.test)
    host = Host(dict(rulesets))
    asked = 0

    def judge(facts: dict[str, str]) -> bytes:
        nonlocal asked
        asked += 1
        codes[:] = bytes([MISSING]) * len(codes)
        for name, properties in wanted.items():
            fact = {"id": asked, **{key: facts[key] for key in properties}}
            host.assert_fact(name, fact)
            host.retract_fact(name, {"id": asked})
        for _ in range(1000):  # now and then an action runs in one of the host's own threads
            if MISSING not in codes:
                break
            time.sleep(0.001)
        return bytes(codes)

    return judge


def _test(test: Test) -> dict[str, Any]:
    if isinstance(test, Is):
        tests = [{"$neq": {test.fact: word}} if test.negated else {test.fact: word} for word in test.words]
        return tests[0] if len(tests) == 1 else {"$and" if test.negated else "$or": tests}
    return {"$and" if isinstance(test, Both) else "$or": [_test(part) for part in test.parts]}
