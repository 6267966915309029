"""Findings as the competitors write them, and whether two files of findings say the same.

A finding is one byte: its outcome and its reason. All competitors write one row for each case and question, as
dictionary columns: case, question, outcome, reason. Ours writes seven more columns; they are not compared here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from omi_rules.meaning import Outcome, Reason

OUTCOMES = [str(outcome) for outcome in Outcome]
REASONS = [str(reason) for reason in Reason]
ROW_GROUP = 10_000
"""Cases in a row group."""


def code(outcome: str, reason: str) -> int:
    """A finding as one byte."""
    return OUTCOMES.index(outcome) * 16 + REASONS.index(reason)


def said(found: int) -> str:
    """A finding in words.

    >>> said(code("pending", "not_due"))
    'pending (not_due)'
    """
    return f"{OUTCOMES[found // 16]} ({REASONS[found % 16]})" if found < MISSING else "no finding"


MISSING = 255


class Writer:
    """Writes findings to Parquet, and counts them by question."""

    def __init__(self, to: Path, questions: Sequence[str]) -> None:
        self._questions = questions
        self._file: Any = pq.ParquetWriter(to, _SCHEMA)
        self._ids: list[str] = []
        self._codes = bytearray()
        self.counts = np.zeros((len(questions), 256), dtype=np.int64)

    def add(self, case_id: str, codes: bytes) -> None:
        """Write the findings of a case, one byte a question."""
        self._ids.append(case_id)
        self._codes += codes
        if len(self._ids) == ROW_GROUP:
            self._write()

    def _write(self) -> None:
        if not self._ids:
            return
        cases, size = len(self._ids), len(self._questions)
        codes = np.frombuffer(bytes(self._codes), dtype=np.uint8)
        place = codes.reshape(cases, size) + np.arange(size) * 256
        self.counts += np.bincount(place.ravel(), minlength=size * 256).reshape(size, 256)
        columns = [
            _words(np.repeat(np.arange(cases, dtype=np.int32), size), self._ids),
            _words(np.tile(np.arange(size, dtype=np.int16), cases), self._questions),
            _words((codes >> 4).view(np.int8), OUTCOMES),
            _words((codes & 15).view(np.int8), REASONS),
        ]
        self._file.write_table(pa.Table.from_arrays(columns, schema=_SCHEMA))
        self._ids, self._codes = [], bytearray()

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write()
        self._file.close()


def _words(codes: NDArray[Any], words: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(words))


COLUMNS = ("case_id", "question", "outcome", "reason")
_SCHEMA = pa.schema(
    [
        (name, pa.dictionary(kind, pa.string()))
        for name, kind in zip(COLUMNS, (pa.int32(), pa.int16(), pa.int8(), pa.int8()), strict=True)
    ]
)


@dataclass(frozen=True)
class Table:
    """The findings of a file: one row a case, one column a question, in an order of its own."""

    cases: dict[str, int]
    codes: NDArray[np.uint8]


def read(paths: Sequence[Path], questions: Sequence[str]) -> Table:
    """The findings in some Parquet files.

    Raises:
        ValueError: there are two on one question of a case, or a word that is none of ours.
    """
    cases: dict[str, int] = {}
    places = [{word: place for place, word in enumerate(words)} for words in (questions, OUTCOMES, REASONS)]
    parts: list[tuple[Any, Any, Any]] = []
    for path in paths:
        if "question" not in pq.read_schema(path).names:
            parts += _wide(path, questions, cases)
            continue
        for batch in pq.ParquetFile(path, read_dictionary=list(COLUMNS)).iter_batches(1 << 20, columns=list(COLUMNS)):
            references, *columns = [_dictionary(batch.column(name)) for name in COLUMNS]
            rows = {word: cases.setdefault(word, len(cases)) for word in references.dictionary.to_pylist()}
            question, outcome, reason = (_codes(*pair) for pair in zip(columns, places, strict=True))
            parts.append((_codes(references, rows), question, (outcome * 16 + reason).astype(np.uint8)))
    codes = np.full((len(cases), len(questions)), MISSING, dtype=np.uint8)
    for row, column, found in parts:
        codes[row, column] = found
    if sum(len(row) for row, _, _ in parts) != np.count_nonzero(codes != MISSING):
        raise ValueError("two findings on one question of a case")
    return Table(cases, codes)


def _wide(path: Path, questions: Sequence[str], cases: dict[str, int]) -> Iterator[tuple[Any, Any, Any]]:
    """Rows, columns and codes of a file with a row a case, and outcome, reason and basis in one word."""
    file = pq.ParquetFile(path, read_dictionary=list(questions))
    for batch in file.iter_batches(1 << 16, columns=["case_id", *questions]):
        rows = np.array([cases.setdefault(name, len(cases)) for name in batch.column("case_id").to_pylist()])
        for place, name in enumerate(questions):
            words = _dictionary(batch.column(name))
            spelt = np.array([code(*word.split("/")[:2]) for word in words.dictionary.to_pylist()], dtype=np.uint8)
            yield rows, place, spelt[words.indices.to_numpy()]


def _dictionary(array: pa.Array) -> pa.DictionaryArray:
    return array if pa.types.is_dictionary(array.type) else array.dictionary_encode()


def _codes(array: pa.DictionaryArray, places: dict[str, int]) -> NDArray[np.int32]:
    words = array.dictionary.to_pylist()
    of_word = np.array([places.get(word, -1) for word in words], dtype=np.int32)
    found: NDArray[np.int32] = of_word[array.indices.to_numpy()]
    if np.any(found < 0):
        raise ValueError(f"unknown: {sorted(set(words) - places.keys())}")
    return found


@dataclass(frozen=True)
class Difference:
    """A question of a case on which two files do not say the same."""

    case_id: str
    question: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.case_id} {self.question}: {self.found}, where ours says {self.expected}"


def differences(ours: Table, other: Table, questions: Sequence[str], most: int = 3) -> tuple[int, list[Difference]]:
    """On how many questions of cases in `other` it differs from ours, and the first few.

    `other` may hold fewer cases, but none that ours lacks. Questions must be in one order for both.
    """
    names = list(other.cases)
    unknown = [name for name in names if name not in ours.cases]
    expected = ours.codes[[ours.cases.get(name, 0) for name in names]]
    wrong = (expected != other.codes[list(other.cases.values())]) | np.isin(names, unknown)[:, None]
    first = [
        Difference(names[row], questions[column], said(int(expected[row, column])), said(int(other.codes[row, column])))
        for row, column in islice(zip(*np.nonzero(wrong), strict=True), most)
    ]
    return int(np.count_nonzero(wrong)), first
