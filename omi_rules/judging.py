"""A piece of input read, judged and counted: what one worker does, here or in another process."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from omi_rules.batches import Batch, BatchReader
from omi_rules.engine import EngineName, choose
from omi_rules.errors import Defect, Fault
from omi_rules.facts.cases import Cases
from omi_rules.facts.clocks import STATUSES
from omi_rules.facts.derive import decode
from omi_rules.findings import ANSWERED, Codes, Findings, Judge
from omi_rules.meaning import TABLE, Reason
from omi_rules.pieces import Piece
from omi_rules.reading import Item
from omi_rules.records import Record
from omi_rules.rules import FieldFact
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.tally import Tally, tally

ANSWER = "the assessor's answer"

Gaps = Mapping[tuple[str, str], int]
"""What is not recorded and the question it leaves open: in how many findings."""


class Form(Protocol):
    """Puts the findings of a piece into the bytes of a file; of the records, if it needs them, too."""

    def __call__(self, findings: Findings, records: Callable[[], Sequence[Record]]) -> bytes:
        """The bytes."""


@dataclass(frozen=True)
class Wanted:
    """What is wanted of each piece besides its tally."""

    as_of: date | None = None
    by: tuple[str, ...] = ()
    """Breakdowns: their values are kept for each case."""
    codes: bool = False
    """The findings themselves."""
    form: Form | None = None
    """How findings are written, if they are."""
    audit: bool = False
    guarded: int = 0
    """So many cases of each piece, drawn at random, are judged once more, alone."""


@dataclass(frozen=True)
class Situation:
    """A line of the audit record: what a verdict rested on, and the rule that gave it."""

    question: str
    pattern: str
    rule: str
    line: int


@dataclass(frozen=True)
class Judged:
    """What is kept of a piece."""

    piece: Piece
    case_ids: Sequence[str]
    places: Sequence[int] | Sequence[str]
    left_out: tuple[Item, ...]
    warnings: tuple[Fault, ...]
    warned: int
    lines: int
    tally: Tally
    gaps: Gaps
    groups: Mapping[str, Sequence[str | None]]
    """The value of each breakdown in each case."""
    codes: Codes | None
    written: bytes = b""
    """The findings in the form that was wanted."""
    audit: Mapping[Situation, tuple[str, int]] = field(default_factory=dict)
    """A witness and the number of cases of each situation."""


class Judging:
    """Reads, judges and counts pieces."""

    def __init__(self, ruleset: Ruleset, engine: EngineName, wanted: Wanted) -> None:
        self.ruleset, self.wanted = ruleset, wanted
        self._reader = BatchReader(ruleset)
        chosen = choose(engine)
        self._judge = Judge(ruleset, chosen)
        self._alone = Judge(ruleset, chosen)

    def __call__(self, piece: Piece) -> Judged:
        """What is found on the cases of a piece."""
        return self.batch(self._reader.read(piece))

    def batch(self, batch: Batch) -> Judged:
        """What is found on a batch."""
        wanted = self.wanted
        findings = self._judge.of(Cases(batch.table, self.ruleset, wanted.as_of))
        self._guard(batch, findings)
        paths = self.ruleset.head.breakdowns

        def records() -> Sequence[Record]:
            return self._reader.records(batch, range(len(batch.case_ids)))

        return Judged(
            piece=batch.piece,
            case_ids=batch.case_ids,
            places=batch.places,
            left_out=batch.left_out,
            warnings=batch.warnings,
            warned=batch.warned,
            lines=batch.lines,
            tally=tally(findings),
            gaps=gaps(findings),
            groups={name: findings.cases.texts(paths[name]) for name in wanted.by},
            codes=findings.codes if wanted.codes or wanted.by else None,
            written=wanted.form(findings, records) if wanted.form else b"",
            audit=audit(findings) if wanted.audit else {},
        )

    def _guard(self, batch: Batch, findings: Findings) -> None:
        """Judge some cases once more, each read and judged alone, as `omi-check case.json` would.

        Raises:
            Defect: something else is found.
        """
        size = len(batch.case_ids)
        rows = sorted(random.sample(range(size), min(self.wanted.guarded, size)))
        whole = findings.codes
        for row, record in zip(rows, self._reader.records(batch, rows), strict=True):
            alone = self._alone.judge([record], self.wanted.as_of).codes
            one, other = _column(alone, 0), _column(whole, row)
            for question in whole.questions if one != other else ():
                if one[question] != other[question]:
                    found = f"judged alone {one[question]}, in the batch {other[question]}"
                    raise Defect(f"case {batch.case_ids[row]}, question {question}: {found}")


def _column(codes: Codes, row: int) -> dict[str, tuple[Any, ...]]:
    """What was found on one case, by question."""
    lines, answers = codes.lines[:, row].tolist(), codes.answers[:, row].tolist()
    found: dict[str, tuple[Any, ...]] = {
        q: (TABLE[line].name, answer) for q, line, answer in zip(codes.questions, lines, answers, strict=True)
    }
    for question, dates in codes.dates.items():
        days_late = int(dates.days_late[row]) if dates.is_late[row] else None
        found[question] += (int(dates.due[row]), int(dates.done[row]), days_late)
    return found


def gaps(findings: Findings) -> Gaps:
    """What is not recorded and leaves findings open."""
    found: dict[tuple[str, str], int] = {}

    def note(fact: str, question: str, number: np.integer[Any]) -> None:
        if number:
            found[fact, question] = int(number)

    codes = findings.codes
    for lines, number, question in zip(codes.lines, codes.counts.sum(axis=2), findings.judge.questions, strict=True):
        if question.context:
            continue
        note(ANSWER, question.id, number[_NOT_ANSWERED].sum())
        undecided = _UNDECIDED[lines] if number[_UNDECIDED].any() else None
        for name, _ in findings.relevance_of(question).values if undecided is not None else ():
            missing = undecided & (findings.facts.fact(name) == 0)
            note(_place(name, findings.ruleset), question.id, np.count_nonzero(missing))
        if question.decided_by:
            note(f"what the clock {question.decided_by} needs", question.id, number[_UNTIMED].sum())
    return found


def _lines_with(*reasons: Reason) -> NDArray[np.bool_]:
    return np.array([line.reason in reasons for line in TABLE])


_NOT_ANSWERED, _UNDECIDED = _lines_with(Reason.NOT_ANSWERED), _lines_with(Reason.RELEVANCE_UNKNOWN)
_UNTIMED = _lines_with(Reason.DATE_MISSING, Reason.EVIDENCE_AMBIGUOUS)


def _place(name: str, ruleset: Ruleset) -> str:
    fact = ruleset.facts[name]
    return fact.path if isinstance(fact, FieldFact) else f"{name} ({fact.means})"


def audit(findings: Findings) -> dict[Situation, tuple[str, int]]:
    """Every situation that came up, the rule that spoke, a case that shows it, and how many do."""
    made = {}
    for question in findings.judge.questions:
        if question.context:
            continue
        names = [name for name, _ in findings.relevance_of(question).values]
        situations, which = findings.situations(question)
        first = np.zeros(len(situations), dtype=np.int64)
        first[which[::-1]] = np.arange(len(which))[::-1]
        lines = findings.lines(question)[first]
        rows = np.bincount(which, minlength=len(situations))
        for situation, line, row, number in zip(situations, lines, first, rows, strict=True):
            facts = {
                name: decode(code, findings.ruleset.values[name]) for name, code in zip(names, situation, strict=False)
            }
            told = {**facts, "clock": str(STATUSES[situation[-2]]), "answer": str(ANSWERED[situation[-1]])}
            pattern = "; ".join(f"{name}: {'not recorded' if value is None else value}" for name, value in told.items())
            key = Situation(question.id, pattern, TABLE[line].name, int(line))
            made[key] = findings.case_ids[row], int(number)
    return made


def total_gaps(parts: Sequence[Gaps]) -> dict[str, dict[str, int]]:
    """The gaps of some batches together, by fact and question."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for part in parts:
        for (fact, question), number in part.items():
            found[fact][question] += number
    return found
