"""This program, one case at a time: what `omi-check CASE` does, without a process for each case and without words."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.findings import code
from omi_rules.engine import choose
from omi_rules.findings import Judge
from omi_rules.meaning import TABLE
from omi_rules.ruleset import Ruleset

CODES = {line.name: code(str(line.outcome), str(line.reason)) for line in TABLE}


def one_case(ruleset: Ruleset) -> Callable[[bytes], tuple[str, bytes]]:
    """Reads, checks and judges the case in a line."""
    judge = Judge(ruleset, choose("rete"))

    def of_line(line: bytes) -> tuple[str, bytes]:
        record, _ = ruleset.reader.read(line.decode(), "a case")
        found = judge.judge([record]).of_case(0)
        return record["case_id"], bytes([CODES[finding.line.name] for finding in found])

    return of_line
