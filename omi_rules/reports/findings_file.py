"""Findings of a batch as a file: one row for each case and scored question, written batch by batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa

from omi_rules.calendar import NEVER
from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.evidence import plain
from omi_rules.findings import OUTCOME_OF, Findings
from omi_rules.meaning import TABLE, Basis, Outcome, Reason
from omi_rules.records import Record
from omi_rules.reports.case import entry, reports
from omi_rules.reports.text import to_csv
from omi_rules.ruleset import Ruleset

_REASONS = [str(reason) for reason in Reason]
_REASON_OF = np.array([_REASONS.index(str(line.reason)) for line in TABLE], dtype=np.int8)
_BASES = [str(basis) for basis in Basis]
_BASIS_OF = np.array([_BASES.index(str(line.basis)) for line in TABLE], dtype=np.int8)


def table(findings: Findings) -> pa.Table:
    """The findings of a batch as columns, case by case."""
    ruleset, size = findings.ruleset, findings.cases.size
    scored = ruleset.scored
    lines = np.stack([findings.lines(question) for question in scored], axis=1).ravel()
    dates = [findings.dates(question) for question in scored]
    due, done = (np.stack([getattr(d, part) for d in dates], axis=1).ravel() for part in ("due", "done"))
    is_late = np.stack([d.is_late for d in dates], axis=1).ravel()
    days_late = np.stack([d.days_late for d in dates], axis=1).ravel()
    answers = np.stack([findings.cases.answers(question.id) for question in scored], axis=1).ravel()
    disagrees = np.stack([findings.disagrees(question) for question in scored], axis=1).ravel()
    ids = pa.DictionaryArray.from_arrays(
        pa.array(np.repeat(np.arange(size, dtype=np.int32), len(scored))), findings.case_ids
    )
    return pa.table(
        {
            "case_id": ids.cast(pa.string()),
            "question": _words(np.tile(np.arange(len(scored)), size), [question.id for question in scored]),
            "criterion": _criteria(ruleset, size),
            "outcome": _words(OUTCOME_OF[lines], [str(outcome) for outcome in Outcome]),
            "reason": _words(_REASON_OF[lines], _REASONS),
            "basis": _words(_BASIS_OF[lines], _BASES),
            "due": pa.array(due.astype(np.int32), mask=np.abs(due) >= NEVER).cast(pa.date32()),
            "done": pa.array(done.astype(np.int32), mask=np.abs(done) >= NEVER).cast(pa.date32()),
            "days_late": pa.array(days_late.astype(np.int32), mask=~is_late),
            "answer": _words(answers.astype(np.int64) - 1, list(ruleset.head.answers.words), answers == 0),
            "disagrees": pa.array(disagrees),
        }
    )


def _criteria(ruleset: Ruleset, size: int) -> pa.DictionaryArray:
    names = [criterion.criterion for criterion in ruleset.criteria]
    places = [names.index(ruleset.criterion_of[question.id].criterion) for question in ruleset.scored]
    return _words(np.tile(np.array(places), size), names)


def _words(codes: Any, words: Sequence[str], missing: Any = None) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16), mask=missing), pa.array(words))


class Writer(Protocol):
    """Writes the findings of one batch after another."""

    def add(self, findings: Findings, records: Sequence[Record]) -> None:
        """Write the findings of a batch."""

    def close(self) -> None:
        """Write what comes last."""


class Parquet:
    """One row group a batch."""

    def __init__(self, file: BinaryIO, *, texts: bool) -> None:
        self._file, self._texts = file, texts
        self._writer: Any = None

    def add(self, findings: Findings, records: Sequence[Record]) -> None:
        """See `Writer.add`."""
        import pyarrow.parquet as pq

        made = table(findings)
        if self._texts:
            rows = _entries(findings, records)
            made = made.append_column("message", pa.array([row["message"] for row in rows]))
            made = made.append_column("evidence", pa.array([row["evidence"] for row in rows]))
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, made.schema, compression="zstd")
        self._writer.write_table(made)

    def close(self) -> None:
        """See `Writer.close`."""
        if self._writer is not None:
            self._writer.close()


class Lines:
    """NDJSON or CSV."""

    def __init__(self, file: BinaryIO, *, texts: bool, form: Callable[[list[dict[str, Any]], bool], str]) -> None:
        self._file, self._texts, self._form, self._first = file, texts, form, True

    def add(self, findings: Findings, records: Sequence[Record]) -> None:
        """See `Writer.add`."""
        rows = (
            _entries(findings, records)
            if self._texts
            else [{key: plain(value) for key, value in row.items()} for row in table(findings).to_pylist()]
        )
        self._file.write(self._form(rows, self._first).encode("utf-8", "backslashreplace"))
        self._first = False

    def close(self) -> None:
        """See `Writer.close`."""


def _entries(findings: Findings, records: Sequence[Record]) -> list[dict[str, Any]]:
    """Every finding with its sentence and evidence."""
    made = []
    for report in reports(findings, list(records)):
        for finding in report.findings:
            row = entry(report, finding)
            row["evidence"] = json.dumps(row["evidence"], ensure_ascii=False)
            made.append(row)
    return made


def _ndjson(rows: list[dict[str, Any]], _: bool) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _csv(rows: list[dict[str, Any]], first: bool) -> str:
    text = to_csv(rows)
    return text if first else text.partition("\r\n")[2]


WRITERS: Mapping[str, Callable[..., Writer]] = {
    ".parquet": lambda file, texts: Parquet(file, texts=texts),
    ".ndjson": lambda file, texts: Lines(file, texts=texts, form=_ndjson),
    ".csv": lambda file, texts: Lines(file, texts=texts, form=_csv),
}
"""How findings are written, by the ending of the file."""


def check_ending(name: str) -> str:
    """The ending of a file of findings. Raises `Refused` for one that is not written."""
    ending = next((ending for ending in WRITERS if name.endswith(ending)), None)
    if ending is None:
        raise Refused(
            [
                Fault(
                    file=f"--findings {show(name)}",
                    what="not a kind of file findings are written to",
                    hint=nearest(name, WRITERS),
                )
            ]
        )
    return ending
