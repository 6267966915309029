"""zen-engine: one expression node with an expression a question, kept compiled by the engine's loader cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import zen

from benchmarks.decisions import Both, Decision, Is, Test, chain


def prepare(rules: Sequence[Decision]) -> Callable[[dict[str, str]], bytes]:
    """Judges the facts of a case: a finding for each question, in order."""
    expressions = [
        {"id": f"e{number}", "key": f"q{number}", "value": _expression(decision)}
        for number, decision in enumerate(rules)
    ]
    nodes = [
        {"id": "in", "type": "inputNode", "name": "case"},
        {
            "id": "rules",
            "type": "expressionNode",
            "name": "rules",
            "content": {"expressions": expressions, "passThrough": False},
        },
        {"id": "out", "type": "outputNode", "name": "findings"},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "rules"},
        {"id": "2", "type": "edge", "sourceId": "rules", "targetId": "out"},
    ]
    content = zen.ZenDecisionContent(json.dumps({"nodes": nodes, "edges": edges}))
    engine = zen.ZenEngine({"loader": lambda _: content})
    keys = [f"q{number}" for number in range(len(rules))]

    def judge(facts: dict[str, str]) -> bytes:
        found = engine.evaluate("omi", facts)["result"]
        return bytes([found[key] for key in keys])

    return judge


def _expression(decision: Decision) -> str:
    """Nested choices: the first test that holds gives the finding."""
    *lines, last = chain(decision)
    made = str(last.code)
    for line in reversed(lines):
        made = f"{_test(line.test)} ? {line.code} : ({made})"
    return made


def _test(test: Test) -> str:
    if isinstance(test, Is):
        if len(test.words) == 1:
            return f"{test.fact} {'!=' if test.negated else '=='} '{test.words[0]}'"
        return f"{test.fact} {'not in' if test.negated else 'in'} {json.dumps(list(test.words))}"
    return "(" + (" and " if isinstance(test, Both) else " or ").join(_test(part) for part in test.parts) + ")"
