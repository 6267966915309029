"""Examples in the rule files: cases with what a question must say of them, tried on an engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from omi_rules.engine import Engine
from omi_rules.errors import Refused, show
from omi_rules.findings import Finding, Judge
from omi_rules.records import Record
from omi_rules.rules import Example, Question
from omi_rules.ruleset import Ruleset


@dataclass(frozen=True)
class Miss:
    """An example that does not come out as it says."""

    question: Question
    position: int
    """Which of the question's examples, from 0."""
    example: Example
    what: str


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping laid over another: mappings deeply, everything else replaced.

    >>> merged({"sentence": {"tier": 2, "kind": "licence"}}, {"sentence": {"tier": 3}, "events": []})
    {'sentence': {'tier': 3, 'kind': 'licence'}, 'events': []}
    """
    made = dict(base)
    for key, value in change.items():
        inner = made.get(key)
        made[key] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return made


def misses(ruleset: Ruleset, engine: Engine) -> Iterator[Miss]:
    """The examples that an engine does not judge as they say."""
    judge = Judge(ruleset, engine)
    tried: list[tuple[Question, int, Example, Record]] = []
    for question in ruleset.questions.values():
        for i, example in enumerate(question.examples):
            case = merged(ruleset.head.example_case, example.case)
            try:
                record, _ = ruleset.reader.read(json.dumps(case), "example")
            except Refused as refused:
                first = refused.faults[0]
                yield Miss(question, i, example, f"not a valid case: {first.path}: {first.what}")
                continue
            tried.append((question, i, example, record))
    findings = judge.judge([record for *_, record in tried])
    for row, (question, i, example, _) in enumerate(tried):
        found = shown(findings.one(question, row))
        wrong = [
            f"{key} is {show(found[key])}, where {show(expected)} is expected"
            for key, expected in example.expect.items()
            if found[key] != expected
        ]
        if wrong:
            yield Miss(question, i, example, "; ".join(wrong))


def shown(finding: Finding) -> dict[str, Any]:
    """The parts of a finding that an example may expect."""
    return {
        "outcome": str(finding.line.outcome),
        "reason": str(finding.line.reason),
        "basis": str(finding.line.basis),
        "due": str(finding.due) if finding.due else None,
        "done": str(finding.done) if finding.done else None,
        "days_late": finding.days_late,
        "disagrees": finding.disagrees,
    }
