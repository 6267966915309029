"""rule-engine: one expression a question, compiled once and evaluated by its own interpreter."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import rule_engine

from benchmarks.decisions import Both, Decision, Is, Test, chain


def prepare(rules: Sequence[Decision]) -> Callable[[dict[str, str]], bytes]:
    """Judges the facts of a case: a finding for each question, in order."""
    context = rule_engine.Context(resolver=rule_engine.resolve_item)
    compiled = [rule_engine.Rule(_expression(decision), context=context) for decision in rules]

    def judge(facts: dict[str, str]) -> bytes:
        return bytes([int(rule.evaluate(facts)) for rule in compiled])

    return judge


def _expression(decision: Decision) -> str:
    """Nested choices: the first test that holds gives the finding."""
    *lines, last = chain(decision)
    made = str(last.code)
    for line in reversed(lines):
        made = f"({_test(line.test)}) ? {line.code} : ({made})"
    return made


def _test(test: Test) -> str:
    if isinstance(test, Is):
        if len(test.words) == 1:
            return f"{test.fact} {'!=' if test.negated else '=='} {json.dumps(test.words[0])}"
        found = f"{test.fact} in {json.dumps(list(test.words))}"
        return f"not ({found})" if test.negated else found
    return "(" + (" and " if isinstance(test, Both) else " or ").join(_test(part) for part in test.parts) + ")"
