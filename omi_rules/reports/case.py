"""What is reported of a single case, whatever the format."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from omi_rules.calendar import as_date
from omi_rules.evidence import Fact, Trail, plain
from omi_rules.findings import Finding, Findings
from omi_rules.meaning import Basis, Outcome
from omi_rules.records import Record
from omi_rules.ruleset import Ruleset
from omi_rules.wording import failing, message, missing


@dataclass(frozen=True)
class CaseReport:
    """A case with its findings; texts are made when they are read."""

    ruleset: Ruleset
    record: Record
    findings: tuple[Finding, ...]
    as_of: date

    @cached_property
    def trail(self) -> Trail:
        """The way back into the record."""
        return Trail(self.ruleset, self.record, self.as_of)

    @property
    def totals(self) -> dict[str, int]:
        """Number of findings by outcome, every outcome named."""
        counted = Counter(finding.line.outcome for finding in self.findings)
        return {str(outcome): counted[outcome] for outcome in Outcome}

    def message(self, finding: Finding) -> str:
        """The sentence of a finding."""
        return message(finding, self.trail)

    def missing(self, finding: Finding) -> list[str]:
        """The places of the record that would settle a finding that could not be told."""
        return missing(finding, self.trail)

    def failing(self, finding: Finding) -> list[str]:
        """The events that are not as the clock of a finding wants them, where that is what fell short."""
        return failing(finding, self.trail)

    def evidence(self, finding: Finding) -> list[Fact]:
        """The facts a finding rests on."""
        facts = self.trail.condition(finding.question.when)
        clock = self.ruleset.clock_of(finding.question)
        if clock is not None and finding.line.name != "not relevant":
            facts += [fact for fact in self.trail.clock(clock) if fact not in facts]
        if finding.answer is not None or finding.line.basis is Basis.JUDGED:
            facts.append(Fact(f"answers.{finding.question.id}", finding.answer))
        return facts

    def source(self, finding: Finding) -> str:
        """Where the question, or the standard behind it, stands."""
        return self.ruleset.citation(finding.question.source)


def reports(findings: Findings, records: list[Record]) -> list[CaseReport]:
    """One report for each case."""
    return [
        CaseReport(findings.ruleset, record, tuple(findings.of_case(row)), as_date(int(findings.cases.as_of[row])))
        for row, record in enumerate(records)
    ]


def ruleset_entry(ruleset: Ruleset) -> dict[str, Any]:
    """How every output names the rules it was judged by."""
    return {
        "id": ruleset.head.id,
        "version": ruleset.head.version,
        "digest": ruleset.digest,
        "settings": dict(ruleset.settings),
    }


def entry(report: CaseReport, finding: Finding) -> dict[str, Any]:
    """A finding under the keys of docs/contract.md, section 2."""
    line = finding.line
    return {
        "case_id": finding.case_id,
        "question": finding.question.id,
        "criterion": finding.criterion,
        "outcome": str(line.outcome),
        "reason": str(line.reason),
        "basis": str(line.basis),
        "due": plain(finding.due),
        "done": plain(finding.done),
        "days_late": finding.days_late,
        "answer": finding.answer,
        "disagrees": finding.disagrees,
        "message": report.message(finding),
        "evidence": [{"path": fact.path, "value": plain(fact.value)} for fact in report.evidence(finding)],
    }
