"""Findings as a file: one row for each case and scored question, or one for each case, written batch by batch."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from omi_rules.calendar import NEVER, Days
from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.evidence import plain
from omi_rules.facts.arrow import arrow
from omi_rules.findings import OUTCOME_OF, Codes, Dates, Findings, looked_up
from omi_rules.meaning import TABLE, Basis, Outcome, Reason
from omi_rules.records import Record
from omi_rules.reports.case import entry, reports
from omi_rules.reports.row_groups import RowGroups
from omi_rules.reports.text import to_csv
from omi_rules.ruleset import Ruleset

_REASONS = [str(reason) for reason in Reason]
_REASON_OF = np.array([_REASONS.index(str(line.reason)) for line in TABLE], dtype=np.int8)
_BASES = [str(basis) for basis in Basis]
_BASIS_OF = np.array([_BASES.index(str(line.basis)) for line in TABLE], dtype=np.int8)
_VERDICTS = list(dict.fromkeys(f"{line.outcome}/{line.reason}/{line.basis}" for line in TABLE))
_WORD_OF = np.array([_VERDICTS.index(f"{line.outcome}/{line.reason}/{line.basis}") for line in TABLE], dtype=np.int8)


def long(codes: Codes, ruleset: Ruleset) -> pa.Table:
    """The findings of a batch, a row each, case by case."""
    scored = _scored(codes, ruleset)
    lines, answers = (np.ascontiguousarray(part[scored].T).ravel() for part in (codes.lines, codes.answers))
    asked = tuple((question.id, ruleset.criterion_of[question.id].criterion) for question in ruleset.scored)
    row, question, criterion = _places(asked, len(codes.case_ids))
    columns = {
        "case_id": pa.DictionaryArray.from_arrays(row, pa.array(codes.case_ids, pa.string())),
        "question": question,
        "criterion": criterion,
        "outcome": _words(looked_up(OUTCOME_OF, lines), [str(outcome) for outcome in Outcome]),
        "reason": _words(looked_up(_REASON_OF, lines), _REASONS),
        "basis": _words(looked_up(_BASIS_OF, lines), _BASES),
        **_dates_of([codes.dates.get(question.id) for question in ruleset.scored], len(codes.case_ids)),
        "answer": _words(answers - np.int8(1), ruleset.head.answers.words, answers != 0),
        "disagrees": arrow(codes.disagreements()[scored].T.ravel(), pa.bool_()),
    }
    fields = [pa.field(name, column.type, nullable=name in _MAY_LACK) for name, column in columns.items()]
    return pa.table(list(columns.values()), schema=pa.schema(fields))


_MAY_LACK = {"due", "done", "days_late", "answer"}


@lru_cache(maxsize=2)
def _places(asked: tuple[tuple[str, str], ...], size: int) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Row, question and criterion of each finding: the same in every batch of a size."""
    row = pa.array(np.repeat(np.arange(size, dtype=np.int32), len(asked)))
    names, criteria = ([*dict.fromkeys(words)] for words in zip(*asked, strict=True))
    places = np.array([criteria.index(criterion) for _, criterion in asked])
    return row, _words(np.tile(np.arange(len(names)), size), names), _words(np.tile(places, size), criteria)


def _scored(codes: Codes, ruleset: Ruleset) -> list[int]:
    wanted = {question.id for question in ruleset.scored}
    return [place for place, question in enumerate(codes.questions) if question in wanted]


def _dates_of(dates: Sequence[Dates | None], size: int) -> dict[str, pa.Array]:
    """Due and done days, and the days late, of some questions, case by case."""

    def together(part: Callable[[Dates], Days]) -> Days:
        made = np.full((size, len(dates)), NEVER, dtype=np.int32)
        for place, one in enumerate(dates):
            if one is not None:
                made[:, place] = part(one)
        return made.ravel()

    due, done = together(lambda one: one.due), together(lambda one: one.done)
    late = together(lambda one: np.where(one.is_late, one.days_late, NEVER))
    return {
        "due": arrow(due, pa.date32(), due != NEVER),
        "done": arrow(done, pa.date32(), done != NEVER),
        "days_late": arrow(late, pa.int32(), late != NEVER),
    }


def in_columns(codes: Codes, ruleset: Ruleset) -> pa.Table:
    """The findings of a batch, a row a case: for each question outcome, reason and basis in one word, then its days."""
    columns: dict[str, pa.Array] = {"case_id": pa.array(codes.case_ids, pa.string())}
    disagree = codes.disagreements()
    for place in _scored(codes, ruleset):
        name = codes.questions[place]
        columns[name] = _words(_WORD_OF[codes.lines[place]], _VERDICTS)
        if name in codes.dates:
            one = codes.dates[name]
            columns |= {f"{name}.{part}": array for part, array in _dates_of([one], len(codes.case_ids)).items()}
            columns[f"{name}.disagrees"] = arrow(disagree[place], pa.bool_())
    return pa.table(columns)


def _words(codes: NDArray[Any], words: Sequence[str], there: NDArray[np.bool_] | None = None) -> pa.DictionaryArray:
    narrow = (np.int8, pa.int8()) if len(words) < 127 else (np.int16, pa.int16())
    places = arrow(codes.astype(narrow[0], copy=False), narrow[1], there)
    return pa.DictionaryArray.from_arrays(places, pa.array(words, pa.string()), safe=False)


@dataclass(frozen=True)
class Form:
    """How findings are written. Those of each piece are put into bytes where they are found, whatever the process."""

    ending: str
    wide: bool = False
    """A row a case."""
    messages: bool = False
    """With sentences and evidence."""

    def __call__(self, findings: Findings, records: Callable[[], Sequence[Record]]) -> bytes:
        """The findings of a piece, as a file of their own."""
        codes, ruleset = findings.codes, findings.ruleset
        entries = _entries(findings, records()) if self.messages else []
        if self.ending == ".parquet":
            table = in_columns(codes, ruleset) if self.wide else long(codes, ruleset)
            return _parquet(_with_texts(table, entries) if self.messages else table)
        made = io.BytesIO()
        lines, form = self.writer(made), to_csv if self.ending == ".csv" else _ndjson
        for rows in [entries] if self.messages else _rows(long(codes, ruleset)):
            lines.add(form(rows).encode("utf-8", "backslashreplace"))
        return made.getvalue()

    def writer(self, file: BinaryIO) -> Writer:
        """Who writes a file of these, piece after piece."""
        return RowGroups(file) if self.ending == ".parquet" else Lines(file, heads=self.ending == ".csv")


class Writer(Protocol):
    """Makes one file of several."""

    def add(self, part: bytes) -> None:
        """Write what a file of this form holds."""

    def close(self) -> None:
        """Write what comes last."""


class Lines:
    """Lines, case by case, under one head if each file has one."""

    def __init__(self, file: BinaryIO, *, heads: bool) -> None:
        self._file, self._heads, self._first = file, heads, True

    def add(self, part: bytes) -> None:
        """See `Writer.add`."""
        self._file.write(part if self._first or not self._heads else part.partition(b"\r\n")[2])
        self._first = self._first and not part

    def close(self) -> None:
        """See `Writer.close`."""


def _parquet(table: pa.Table) -> bytes:
    """A table as a Parquet file of one row group."""
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    # without statistics and in large pieces: it takes a third of the time
    with pq.ParquetWriter(sink, table.schema, write_statistics=False, write_batch_size=1 << 16) as writer:
        writer.write_table(table, row_group_size=max(1, table.num_rows))
    return bytes(sink.getvalue())


def _with_texts(table: pa.Table, entries: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Findings with their sentences and evidence."""
    for name in ("message", "evidence"):
        table = table.append_column(name, pa.array([row[name] for row in entries], pa.string()))
    return table


def _rows(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table, some at a time: in Python they take a hundred times the memory."""
    for part in table.to_batches(max_chunksize=_AT_ONCE):
        yield [{key: plain(value) for key, value in row.items()} for row in part.to_pylist()]


_AT_ONCE = 1 << 14


def _entries(findings: Findings, records: Sequence[Record]) -> list[dict[str, Any]]:
    """Every finding with its sentence and evidence, case by case."""
    made = []
    for report in reports(findings, list(records)):
        for finding in report.findings:
            row = entry(report, finding)
            row["evidence"] = json.dumps(row["evidence"], ensure_ascii=False)
            made.append(row)
    return made


def _ndjson(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


ENDINGS = (".parquet", ".ndjson", ".csv")


def form(name: str, *, wide: bool = False, messages: bool = False) -> Form:
    """How findings are written to a file of this name. Raises `Refused` for a kind of file they are not written to."""
    ending = next((ending for ending in ENDINGS if name.endswith(ending)), None)
    if ending is None:
        hint = nearest(name, ENDINGS)
        raise Refused(
            [Fault(file=f"--findings {show(name)}", what="not a kind of file findings are written to", hint=hint)]
        )
    if wide and ending != ".parquet":
        raise Refused([Fault(file="--wide", what="only for Parquet", hint="name a .parquet file for --findings")])
    return Form(ending, wide, messages)
