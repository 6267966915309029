"""``omi-check CASE``: one case, judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from omi_rules.commands import apart, engine, read_cases, ruleset_of, warn
from omi_rules.engine import EngineName
from omi_rules.findings import Judge
from omi_rules.output import write
from omi_rules.reports import case, text
from omi_rules.reports.case import CaseReport

FORMATS: Mapping[str, Callable[[Sequence[CaseReport]], str]] = {
    "json": text.case_json,
    "ndjson": text.case_ndjson,
    "csv": text.case_csv,
    "md": text.case_markdown,
}
"""Every format but the terminal's, which also wants to know the terminal."""


def check(
    paths: Sequence[str],
    *,
    ruleset: str,
    settings: Mapping[str, str],
    as_of: date | None,
    format_: str,
    to: Path | None,
    engine_name: EngineName,
    fail_on: str,
    quiet: bool,
    width: int,
    colour: bool,
) -> int:
    """Judge the case in each file and report; the exit code.

    Raises:
        Refused: an unusable case, ruleset, setting or output file; nothing is written then.
    """
    apart({"--output": to}, paths)
    loaded = ruleset_of(ruleset, settings)
    records, warnings = read_cases(paths, loaded)
    warn(warnings, quiet=quiet)
    findings = Judge(loaded, engine(engine_name)).judge(records, as_of)
    reports = case.reports(findings, records)
    if format_ == "rich":
        from omi_rules.reports.terminal import case_rich

        made = case_rich(reports, width=width, colour=colour)
    else:
        made = FORMATS[format_](reports)
    write(made, to)
    return int(any(str(finding.line.outcome) == fail_on for report in reports for finding in report.findings))
