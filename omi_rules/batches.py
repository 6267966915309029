"""Pieces of input as batches of cases: what is usable as columns, and what is wrong or odd about the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from omi_rules.errors import Fault, Refused
from omi_rules.facts.cases import Cases, batch
from omi_rules.pieces import Input, Piece, pieces
from omi_rules.reading import Item, checked, damage, is_parquet, items, row
from omi_rules.records import Reader, Record
from omi_rules.ruleset import Ruleset
from omi_rules.vocabulary import Word

if TYPE_CHECKING:
    from omi_rules.columns import Columns, Lines

FORMAT = 1
"""Changes when the parts of stores made before would be read wrongly."""

WARNINGS = 20
"""So many warnings of a piece are kept in words; the others are counted."""


@dataclass(frozen=True)
class Batch:
    """The cases of a piece."""

    piece: Piece
    table: pa.RecordBatch
    """The usable records, in order."""
    places: Sequence[int] | Sequence[str]
    """Where each stands: its line within the piece, its row in the file, or its file."""
    left_out: tuple[Item, ...]
    """The records that cannot be used. Lines in their faults and places are counted within the piece."""
    warnings: tuple[Fault, ...]
    """The first warnings, lines counted within the piece."""
    warned: int
    """How many warnings there are."""
    lines: int = 0
    """How many lines the piece has."""
    text: Lines | tuple[bytes, ...] = ()
    """The lines, while they are at hand."""

    @cached_property
    def case_ids(self) -> list[str]:
        """The reference of each case."""
        found: list[str] = self.table.column("case_id").to_pylist()
        return found


class BatchReader:
    """Reads pieces of input against the words of a ruleset."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset

    @cached_property
    def _columns(self) -> Columns:
        try:
            from omi_rules.columns import Columns  # single cases do without
        except ImportError as error:
            hint = "it is compiled when the package is installed: `make demo`, or `pip install .`"
            raise Refused([Fault(what=f"the scanner of lines cannot be loaded: {error}", hint=hint)]) from None
        return Columns(self.ruleset)

    def read(self, piece: Piece) -> Batch:
        """The cases of a piece. Raises `Refused` where a file cannot be read."""
        match piece.kind:
            case "lines":
                return self._lines(piece)
            case "rows":
                return self._rows(piece)
            case "files":
                return self._items(piece, self._files(piece))

    def _files(self, piece: Piece) -> Iterator[Item]:
        for file in piece.inputs:
            yield from items(file.path, file.name, self.ruleset.reader)

    def _items(self, piece: Piece, found: Iterator[Item]) -> Batch:
        usable: list[tuple[str, Record]] = []
        left_out: list[Item] = []
        warnings: list[Fault] = []
        for item in found:
            if item.record is None:
                left_out.append(item)
            else:
                usable.append((item.place, item.record))
                warnings += item.faults
        table = batch([record for _, record in usable], self.ruleset)
        places = [place for place, _ in usable]
        return Batch(piece, table, places, tuple(left_out), tuple(warnings[:WARNINGS]), len(warnings))

    def _lines(self, piece: Piece) -> Batch:
        found = self._columns.read(piece.lines())
        table, lines, sure = found.table, found.lines, found.sure
        odd = warnings_of(Cases(table, self.ruleset))
        alone = {number: self._line(lines[number], piece, number) for number in found.doubtful.tolist()}
        usable = {number: item.record for number, item in alone.items() if item.record is not None}
        warned = int(odd.sum()) + sum(len(alone[number].faults) for number in usable)
        said = {number: alone[number].faults for number in usable}
        for number in sure[np.flatnonzero(odd)[:WARNINGS]].tolist():
            said[number] = self._line(lines[number], piece, number).faults
        warnings = [fault for number in sorted(said) for fault in said[number]]
        places = sure
        if usable:
            table = pa.concat_batches([table, batch(list(usable.values()), self.ruleset)])
            places = np.concatenate([sure, list(usable)])
            order = np.argsort(places, kind="stable")
            table, places = table.take(pa.array(order)), places[order]
        return Batch(
            piece,
            table,
            (places + 1).tolist(),
            tuple(item for item in alone.values() if item.record is None),
            tuple(warnings[:WARNINGS]),
            warned,
            len(lines),
            lines,
        )

    def _line(self, line: bytes, piece: Piece, number: int) -> Item:
        return checked(line, piece.file.name, number + 1, self.ruleset.reader)

    def _rows(self, piece: Piece) -> Batch:
        import pyarrow.parquet as pq

        with damage(piece.file.name):
            file = pq.ParquetFile(piece.file.path)
            if self._is_part(file):
                table = file.read_row_group(piece.start).combine_chunks().to_batches()
                found = table[0] if table else batch([], self.ruleset)
                return Batch(piece, found, range(piece.first + 1, piece.first + 1 + found.num_rows), (), (), 0)
        return self._items(piece, row_items(piece, self.ruleset.reader))

    def records(self, batch: Batch, rows: Sequence[int]) -> list[Record]:
        """Some of the records once more, each read alone."""
        if not rows:
            return []
        if batch.piece.kind == "lines":
            lines = batch.text or batch.piece.lines().split(b"\n")
            places = [int(batch.places[r]) - 1 for r in rows]
            found = [self._line(lines[place], batch.piece, place) for place in places]
        else:
            values = batch.table.take(pa.array(rows)).to_pylist(maps_as_pydicts="lossy")
            found = [
                row(value, str(batch.places[r]), self.ruleset.reader) for value, r in zip(values, rows, strict=True)
            ]
        return [item.record for item in found if item.record is not None]

    def _is_part(self, file: Any) -> bool:
        """Whether a Parquet file is part of a store made for these words: its records have been checked."""
        told = (file.schema_arrow.metadata or {}).get(WORDS, b"")
        return bool(told.decode() == words_digest(self.ruleset))


def row_items(piece: Piece, reader: Reader) -> Iterator[Item]:
    """The records of a row group one by one. Raises `Refused` where the file cannot be read."""
    import pyarrow.parquet as pq

    name = piece.file.name
    with damage(name):
        try:
            rows = pq.ParquetFile(piece.file.path).read_row_group(piece.start).to_pylist(maps_as_pydicts="strict")
        except KeyError as error:
            raise Refused([Fault(file=name, what=f"a key comes twice in a map: {error}")]) from None
    for number, values in enumerate(rows, start=piece.first + 1):
        yield row(values, f"{name}: row {number}", reader)


def every_item(file: Input, reader: Reader) -> Iterator[Item]:
    """The records of a file of any kind one by one. Raises `Refused` where it cannot be read."""
    with damage(file.name), Path(file.path).open("rb") as stream:
        parquet = is_parquet(stream)
    if parquet:
        for piece in pieces([file]):
            yield from row_items(piece, reader)
    else:
        yield from items(file.path, file.name, reader)


WORDS = b"omi_rules.words"
"""What a part of a store says which words it was made for under."""


def words_digest(ruleset: Ruleset) -> str:
    """SHA-256 of the words that a record may use. What they mean, in texts for people, does not matter."""

    def told(word: Word) -> tuple[Any, ...]:
        return word.type, word.required, word.one_of, word.known, word.from_, word.to, word.or_more

    words = ruleset.vocabulary
    everything = (
        FORMAT,
        (words.dates.from_, words.dates.to),
        [(path, told(word)) for path, word in (*words.fields.items(), *words.histories.items())],
        list(words.flags),
        [(name, [(key, told(word)) for key, word in kind.attributes.items()]) for name, kind in words.events.items()],
        list(ruleset.questions),
        ruleset.head.answers.words,
    )
    return "sha256:" + hashlib.sha256(repr(everything).encode()).hexdigest()


def warnings_of(cases: Cases) -> NDArray[np.int64]:
    """How many warnings `Reader` gives about each case."""
    words = cases.ruleset.vocabulary
    found = (~cases.logged).astype(np.int64)
    assessed, _ = cases.date("assessed_on")

    def count(of_case: NDArray[np.int64], odd: NDArray[np.bool_]) -> None:
        found[:] += np.bincount(of_case[odd], minlength=cases.size)

    for name, kind in words.events.items():
        events = cases.events(name)
        count(events.row, ~events.dated | (events.day > assessed[events.row]))
        for attribute, word in kind.attributes.items():
            if word.known:
                known = words.attributes[attribute]
                own = [code for code, value in enumerate(known, start=1) if value in word.known]
                codes = events.attributes(attribute)
                count(events.row, (codes > 0) & ~np.isin(codes, own))
    for path, word in words.fields.items():
        if word.known:
            found += cases.codes(path) > len(word.known)
    for path in words.histories:
        entries, _ = cases.history(path)
        complete = entries.dated & (entries.level > 0)
        count(entries.row, ~complete | (entries.day > assessed[entries.row]))
    return found
