"""``omi-check explain CASE QUESTION``: how a finding came about, and what would change it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from omi_rules import meaning
from omi_rules.commands import apart, engine, read_cases, ruleset_of, warn
from omi_rules.conditions import words
from omi_rules.engine import EngineName
from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.evidence import Fact, plain, say
from omi_rules.facts.clocks import possible
from omi_rules.facts.derive import decode
from omi_rules.findings import Finding, Judge
from omi_rules.meaning import Answered, Computed, Truth
from omi_rules.output import write
from omi_rules.reports.case import CaseReport, entry, reports, ruleset_entry
from omi_rules.reports.text import to_json
from omi_rules.rules import awaits
from omi_rules.wording import required


@dataclass(frozen=True)
class Change:
    """One thing that, were it otherwise, would give another outcome."""

    what: str
    instead: str
    outcome: str


@dataclass(frozen=True)
class Trace:
    """How one finding came about, step by step."""

    report: CaseReport
    finding: Finding
    relevance: str
    relevant: Truth
    facts: tuple[tuple[str, Any, tuple[Fact, ...]], ...]
    """Each fact the relevance asks about: its name, its value, and what it was read from."""
    clock: tuple[Fact, ...]
    engine: str
    changes: tuple[Change, ...]


def trace(judge: Judge, report: CaseReport, question: str, findings: Any) -> Trace:
    """The trace of one question for a case."""
    ruleset = judge.ruleset
    asked = ruleset.questions[question]
    relevance = judge.relevance[question]
    finding = findings.one(asked, 0)
    values = {name: decode(int(findings.facts.fact(name)[0]), known) for name, known in relevance.values}
    clock = ruleset.clock_of(asked)
    return Trace(
        report=report,
        finding=finding,
        relevance=words(asked.when),
        relevant=meaning.truth(asked.when, values),
        facts=tuple((name, values[name], tuple(report.trail.fact(name))) for name in values),
        clock=tuple(report.trail.clock(clock)) if clock else (),
        engine=judge.engine.name,
        changes=tuple(_changes(judge, finding, values)),
    )


def _changes(judge: Judge, finding: Finding, values: Mapping[str, Any]) -> Iterator[Change]:
    """Every single fact, reading of the clock or answer that would give another outcome."""
    relevance = judge.relevance[finding.question.id]
    answered = judge.ruleset.head.answers.place(finding.answer)

    def outcome(facts: Mapping[str, Any], computed: Computed, answer: Answered) -> str:
        return str(judge.engine.verdict(judge.engine.relevant(relevance, facts), computed, answer).outcome)

    now = str(finding.line.outcome)
    for name, known in relevance.values:
        for value in (*known, None):
            other = outcome({**values, name: value}, finding.computed, answered)
            if value != values[name] and other != now:
                yield Change(name, "not recorded" if value is None else show(value), other)
    clock = judge.ruleset.clock_of(finding.question)
    if clock is not None:
        for computed in sorted(possible(clock), key=list(Computed).index):
            other = outcome(values, computed, answered)
            if computed is not finding.computed and other != now:
                yield Change("clock", str(computed), other)
    for answer in Answered:
        other = outcome(values, finding.computed, answer)
        if answer is not answered and other != now:
            yield Change("answer", str(answer), other)


def to_object(found: Trace) -> dict[str, Any]:
    """A trace as JSON writes it."""
    finding, report = found.finding, found.report

    def listed(facts: tuple[Fact, ...]) -> list[dict[str, Any]]:
        return [{"path": fact.path, "value": plain(fact.value)} for fact in facts]

    return {
        "case_id": finding.case_id,
        "ruleset": ruleset_entry(report.ruleset),
        "as_of": report.as_of.isoformat(),
        "asked": finding.question.question,
        "relevance": {
            "when": found.relevance,
            "holds": str(found.relevant),
            "facts": [{"fact": n, "value": plain(v), "read_from": listed(facts)} for n, v, facts in found.facts],
        },
        "clock": {
            "decided_by": report.ruleset.decider(finding.question),
            "found": str(finding.computed),
            "read_from": listed(found.clock),
        },
        "rule": found.finding.line.name,
        "engine": found.engine,
        "finding": entry(report, finding),
        "would_change": [{"what": c.what, "instead": c.instead, "outcome": c.outcome} for c in found.changes],
    }


def to_text(found: Trace, width: int = 80) -> str:
    """A trace for people, wrapped to a width."""
    lines = [*_asked(found), "", *_dated(found), "", *_said(found), "", *_so(found)]
    return "".join(f"{wrapped}\n" for line in lines for wrapped in _wrapped(line, width))


def _wrapped(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]


def _asked(found: Trace) -> Iterator[str]:
    finding, report = found.finding, found.report
    question, head = finding.question, report.ruleset.head
    yield f"{question.id}  {question.question}"
    yield f"Case {show(finding.case_id)}, as of {report.as_of}; {head.id} {head.version}"
    yield f"Source: {head.sources[question.source.document]}, {report.source(finding)}"
    yield ""
    yield f"1. Is it asked of this case? It is asked of {question.asked_of}."
    if found.facts:
        said = {Truth.TRUE: "yes", Truth.FALSE: "no", Truth.UNKNOWN: "the record does not tell"}[found.relevant]
        yield f"   {found.relevance}: {said}"
    for name, value, facts in found.facts:
        yield f"     {name}: {say(value)} ({report.ruleset.facts[name].means})"
        yield from (f"       {fact.text}" for fact in facts if fact.path != name)


def _dated(found: Trace) -> Iterator[str]:
    finding, ruleset = found.finding, found.report.ruleset
    question, clock = finding.question, ruleset.clock_of(finding.question)
    yield f"2. What do the dates say?{' No clock decides it.' if question.decided_by is None else ''}"
    if clock is not None:
        yield f"   {question.decided_by}: {str(finding.computed).replace('_', ' ')}"
        yield f"     {required(clock)} ({ruleset.citation(clock.source)})"
        yield from (f"     {name}: {day}" for name, day in (("due", finding.due), ("done", finding.done)) if day)
        yield from (f"       {fact.text}" for fact in found.clock)
    elif question.decided_by:
        yield f"   {question.decided_by} awaits its number: {awaits(ruleset.clocks[question.decided_by])}"
        yield f'   it can be set with --set {question.id}.within="..."'


def _said(found: Trace) -> Iterator[str]:
    answer = found.finding.answer
    place = found.report.ruleset.head.answers.place(answer)
    yield f"3. What does the assessor say? {f'{show(answer)} ({place})' if answer else 'There is no answer.'}"


def _so(found: Trace) -> Iterator[str]:
    finding, report = found.finding, found.report
    line = finding.line
    yield f"So: {line.outcome}, {line.reason} (rule `{line.name}`, judged by {found.engine})"
    yield f"   {report.message(finding)}"
    if finding.disagrees:
        yield "   The assessor's answer and the record disagree; the record counts."
    yield ""
    yield "What would change it, one thing at a time:" if found.changes else "Nothing single would change it."
    for (what, outcome), some in _grouped(found.changes).items():
        yield f"   {what}: {' or '.join(some)} -> {outcome}"


def _grouped(changes: tuple[Change, ...]) -> dict[tuple[str, str], list[str]]:
    grouped: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        grouped.setdefault((change.what, change.outcome), []).append(change.instead)
    return grouped


def explain(
    path: str,
    question: str,
    *,
    ruleset: str,
    settings: Mapping[str, str],
    as_of: date | None,
    format_: str,
    to: Path | None,
    engine_name: EngineName,
    quiet: bool,
    width: int = 80,
) -> int:
    """Trace one finding of one case; the exit code. Raises `Refused`."""
    apart({"--output": to}, [path])
    loaded = ruleset_of(ruleset, settings)
    if question not in loaded.questions:
        raise Refused(
            [
                Fault(
                    file=show(question),
                    what="not a question of this ruleset",
                    hint=nearest(question, loaded.questions, "`omi-check rules list` shows them"),
                )
            ]
        )
    records, warnings = read_cases([path], loaded)
    warn(warnings, quiet=quiet)
    judge = Judge(loaded, engine(engine_name))
    findings = judge.judge(records, as_of)
    (report,) = reports(findings, records)
    found = trace(judge, report, question, findings)
    write(to_json(to_object(found)) if format_ == "json" else to_text(found, width), to)
    return 0
