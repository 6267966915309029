"""Formats other programs read: JSON, NDJSON, CSV, Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from omi_rules.errors import printable
from omi_rules.evidence import say
from omi_rules.findings import Finding
from omi_rules.meaning import Outcome
from omi_rules.reports.case import CaseReport, entry, ruleset_entry


def to_json(value: Any) -> str:
    """JSON as every command writes it."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def case_json(reports: Sequence[CaseReport]) -> str:
    """One object for one case, an array for several."""
    made = [
        {
            "case_id": report.record["case_id"],
            "ruleset": ruleset_entry(report.ruleset),
            "as_of": report.as_of.isoformat(),
            "findings": [entry(report, finding) for finding in report.findings],
            "totals": report.totals,
        }
        for report in reports
    ]
    return to_json(made[0] if len(made) == 1 else made)


def case_ndjson(reports: Sequence[CaseReport]) -> str:
    """One finding a line."""
    return "".join(json.dumps(entry(r, finding), ensure_ascii=False) + "\n" for r in reports for finding in r.findings)


def case_csv(reports: Sequence[CaseReport]) -> str:
    """One finding a row; the evidence as ``path: value`` parts."""
    rows = []
    for report in reports:
        for finding in report.findings:
            row = entry(report, finding)
            row["evidence"] = "; ".join(f"{fact['path']}: {say(fact['value'])}" for fact in row["evidence"])
            rows.append(row)
    return to_csv(rows)


def to_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Rows of the same keys as CSV with a heading.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.

    >>> to_csv([{"a": "=1+1", "b": None, "c": True}])
    "a,b,c\\r\\n'=1+1,,true\\r\\n"
    """
    out = io.StringIO()
    writer = csv.writer(out)
    if rows:
        writer.writerow(rows[0])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        safe = "\n".join(printable(line) for line in value.split("\n"))
        return f"'{safe}" if safe.startswith(("=", "+", "-", "@")) else safe
    return value


def case_markdown(reports: Sequence[CaseReport]) -> str:
    """A page for each case: totals, and a table of findings for each criterion."""
    return "\n".join(_page(report) for report in reports)


def _page(report: CaseReport) -> str:
    about = report.ruleset.head
    lines = [
        f"# Case {cell(report.record['case_id'])}",
        "",
        f"Judged by {about.title} ({about.id} {about.version}), as of {report.as_of}.",
        "",
        *table(["outcome", "questions"], [[outcome, str(number)] for outcome, number in report.totals.items()]),
    ]
    for criterion in report.ruleset.criteria:
        found = [finding for finding in report.findings if finding.criterion == criterion.criterion]
        asked = [finding for finding in found if finding.line.outcome is not Outcome.NOT_APPLICABLE]
        lines += ["", f"## {criterion.criterion} {criterion.title}", ""]
        if asked:
            head = ["question", "outcome", "reason", "due", "done", "days late", "finding"]
            lines += table(head, [_cells(report, finding) for finding in asked])
        rest = [finding.question.id for finding in found if finding.line.outcome is Outcome.NOT_APPLICABLE]
        lines += ["", f"Not applicable: {', '.join(rest)}."] if rest else []
    return "\n".join(lines) + "\n"


def _cells(report: CaseReport, finding: Finding) -> list[str]:
    line, late = finding.line, finding.days_late
    dates = [str(finding.due or ""), str(finding.done or ""), "" if late is None else str(late)]
    return [finding.question.id, str(line.outcome), str(line.reason), *dates, report.message(finding)]


def number_of(number: int, what: str) -> str:
    """A number of things that has a regular plural.

    >>> number_of(1, "case"), number_of(1000, "record")
    ('1 case', '1,000 records')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table, one line an item."""
    lines = [head, ["---"] * len(head), *([cell(text) for text in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def cell(text: str) -> str:
    """Text made safe for a Markdown page: nothing in it is markup."""
    safe = printable(text)
    for mark in "\\`*_{}[]<>|":
        safe = safe.replace(mark, f"\\{mark}")
    return safe
