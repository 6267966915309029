"""The audit record: every situation that came up, the rule that gave the verdict, and a case that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from omi_rules.errors import Fault, Refused, show
from omi_rules.judging import Judged, Situation
from omi_rules.meaning import TABLE
from omi_rules.reports.text import to_csv
from omi_rules.ruleset import Ruleset


class Audit:
    """Gathers the situations of a run."""

    def __init__(self, file: BinaryIO, ruleset: Ruleset) -> None:
        self._file = file
        self._order = {question.id: place for place, question in enumerate(ruleset.scored)}
        self._found: dict[Situation, tuple[str, int]] = {}

    def add(self, judged: Judged) -> None:
        """The situations of a piece."""
        for situation, (witness, rows) in judged.audit.items():
            first, before = self._found.get(situation, (witness, 0))
            self._found[situation] = min(first, witness), before + rows

    def rows(self) -> list[dict[str, Any]]:
        """A row for each situation: by question, the most frequent first."""
        ordered = sorted(
            self._found.items(), key=lambda one: (self._order[one[0].question], -one[1][1], one[0].pattern)
        )
        return [
            {
                "question": situation.question,
                "pattern": situation.pattern,
                "rule": situation.rule,
                "outcome": str(TABLE[situation.line].outcome),
                "reason": str(TABLE[situation.line].reason),
                "basis": str(TABLE[situation.line].basis),
                "witness": witness,
                "rows": rows,
            }
            for situation, (witness, rows) in ordered
        ]

    def close(self) -> None:
        """Write them, as CSV."""
        self._file.write(to_csv(self.rows()).encode("utf-8", "backslashreplace"))


def check_ending(name: str) -> None:
    """Raises `Refused` for a file that is not CSV by name."""
    if Path(name).suffix != ".csv":
        raise Refused([Fault(file=f"--audit {show(name)}", what="the audit record is CSV", hint="name a .csv file")])
