"""``omi-check explain CASE QUESTION``: how a finding came about, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from omi_rules import meaning
from omi_rules.commands import engine, read_cases, ruleset_of, warn
from omi_rules.conditions import words
from omi_rules.engine import EngineName
from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.evidence import Fact, plain
from omi_rules.findings import Finding, Judge, decode
from omi_rules.meaning import Answered, Computed, Truth
from omi_rules.output import write
from omi_rules.reports.case import CaseReport, entry, reports, ruleset_entry
from omi_rules.reports.text import to_json
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
    if judge.ruleset.clock_of(finding.question):
        for computed in Computed:
            other = outcome(values, computed, answered)
            if computed not in (finding.computed, Computed.NONE) and other != now:
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


def to_text(found: Trace) -> str:
    """A trace for people."""
    finding, report = found.finding, found.report
    question, ruleset = finding.question, report.ruleset
    clock = ruleset.clock_of(question)
    lines = [
        f"{question.id}  {question.question}",
        f"Case {show(finding.case_id)}, as of {report.as_of}; {ruleset.head.id} {ruleset.head.version}",
        f"Source: {report.source(finding)}",
        "",
        f"1. Is it asked of this case? Asked of {question.asked_of}.",
        f"   {found.relevance}: {found.relevant}",
    ]
    for name, value, facts in found.facts:
        lines.append(f"     {name} = {'not recorded' if value is None else show(value)}")
        lines += [f"       {fact.text}" for fact in facts if fact.path != name]
    lines += ["", f"2. What do the dates say? {'No clock decides it.' if clock is None else ''}".rstrip()]
    if clock is not None:
        lines.append(f"   {required(clock)} ({ruleset.citation(clock.source)})")
        lines.append(f"   {question.decided_by}: {finding.computed}")
        lines += [f"     {name}: {day}" for name, day in (("due", finding.due), ("done", finding.done)) if day]
        lines += [f"       {fact.text}" for fact in found.clock]
    elif question.decided_by:
        lines.append(f'   {question.decided_by} awaits its number: set it with --set {question.id}.within="..."')
    answer = show(finding.answer) if finding.answer else "none"
    lines += ["", f"3. What does the assessor say? {answer} ({ruleset.head.answers.place(finding.answer)})"]
    lines += [
        "",
        f'So ({found.engine}, rule "{finding.line.name}"): {finding.line.outcome}, {finding.line.reason}',
        f"   {report.message(finding)}",
    ]
    if finding.disagrees:
        lines.append("   The assessor's answer and the record disagree.")
    lines += ["", "What would change it:" if found.changes else "Nothing single would change it."]
    for (what, outcome), some in _grouped(found.changes).items():
        lines.append(f"   {what}: {' or '.join(some)} -> {outcome}")
    return "\n".join(lines) + "\n"


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
) -> int:
    """Trace one finding of one case; the exit code. Raises `Refused`."""
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
    write(to_json(to_object(found)) if format_ == "json" else to_text(found), to)
    return 0
