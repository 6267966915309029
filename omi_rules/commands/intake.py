"""What came in: the cases, each once, what was left out and why, and what is odd."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Thread
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from omi_rules.batches import WARNINGS, Batch, BatchReader
from omi_rules.commands import say, warn
from omi_rules.engine import EngineName
from omi_rules.errors import Fault, Refused, show
from omi_rules.judging import Judged, Judging, Wanted
from omi_rules.pieces import SIZE, Piece, bulk, inputs, pieces
from omi_rules.reading import files
from omi_rules.records import Record
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.scores import draw_weights
from omi_rules.workers import FEW, cores, each

Places = Sequence[int] | Sequence[str]

GUARDED = 200
"""About so many cases of a run, drawn at random, are judged once more, alone: all, if there are no more."""


class Intake:
    """Follows the pieces of an input, in their order. A line's number is known here only, piece after piece."""

    def __init__(self, *, strict: bool, quiet: bool) -> None:
        self.strict, self.quiet = strict, quiet
        self.rejected: list[tuple[str, tuple[str, ...]]] = []
        """Records that could not be used: the place, and what is wrong."""
        self.replaced: list[str] = []
        """References that came more than once, where the last record of each is taken."""
        self.cases = 0
        self._lines: dict[str, int] = defaultdict(int)
        """Lines of each file before the piece at hand."""
        self._warned = 0
        self._ids: list[pa.Array] = []
        self._hashes: list[NDArray[np.int64]] = []
        self._pieces: list[tuple[Piece, int, Places]] = []

    def take(self, part: Judged | Batch) -> None:
        """Note what came with a piece.

        Raises:
            Refused: a record cannot be used, where all must be.
        """
        before = self._lines[part.piece.file.path]
        for item in part.left_out:
            faults = [_moved(fault, before) for fault in item.faults]
            if self.strict:
                raise Refused(faults)
            warn(faults, quiet=self.quiet, kind="left out")
            place = item.place if not part.lines else f"{part.piece.file.name}:{before + _line(item.place)}"
            self.rejected.append((place, tuple(_brief(fault) for fault in faults)))
        shown = part.warnings[: max(0, WARNINGS - self._warned)]
        warn([replace(_moved(fault, before), excerpt="") for fault in shown], quiet=self.quiet)
        self._warned += part.warned
        self._pieces.append((part.piece, before, part.places))
        self._ids.append(pa.array(part.case_ids, pa.string()))
        self._hashes.append(np.fromiter(map(hash, part.case_ids), dtype=np.int64, count=len(part.case_ids)))
        self._lines[part.piece.file.path] += part.lines
        self.cases += len(part.case_ids)

    def finish(self, paths: Sequence[str], *, once: bool) -> None:
        """Say what was not shown, and make sure that there are cases, and each came once if it must.

        Raises:
            Refused: no usable record, or references that come twice.
        """
        if self._warned > WARNINGS and not self.quiet:
            say(f"and {self._warned - WARNINGS:,} more warnings")
        if not self.cases:
            raise Refused([Fault(file=", ".join(paths[:3]), what="no usable case record")])
        twice = list(self._twice()) if once else []
        if twice:
            raise Refused(twice)

    def _twice(self) -> Iterator[Fault]:
        before: dict[str, str] = {}
        for case_id, part, row in self.repeated():
            place = self._place(part, row)
            if case_id in before:
                what = f"{show(case_id)} is also the case at {before[case_id]}"
                hint = "keep one of them; `omi-check batch --duplicates keep-last` takes the last"
                yield Fault(file=place, path="case_id", what=what, hint=hint)
            before[case_id] = place

    def repeated(self) -> Iterator[tuple[str, int, int]]:
        """Every occurrence of a reference that may come more than once, in order: it, its piece and row."""
        hashes = np.concatenate(self._hashes) if self._hashes else np.zeros(0, dtype=np.int64)
        ordered = np.sort(hashes)
        suspects = ordered[1:][ordered[1:] == ordered[:-1]]
        if not len(suspects):
            return
        for part, of_part in enumerate(self._hashes):
            for row in np.flatnonzero(np.isin(of_part, suspects)):
                yield self._ids[part][int(row)].as_py(), part, int(row)

    def _place(self, part: int, row: int) -> str:
        piece, before, places = self._pieces[part]
        found = places[row]
        if isinstance(found, str):
            return found
        return f"{piece.file.name}:{before + found}" if piece.kind == "lines" else f"{piece.file.name}: row {found}"


@dataclass(frozen=True)
class Source:
    """Where a sample comes from, and how it is read and judged."""

    paths: Sequence[str]
    ruleset: Ruleset
    engine: EngineName
    wanted: Wanted
    strict: bool = False
    keep_last: bool = False
    quiet: bool = False
    jobs: int | None = None
    """How many processes; as many as there are cores, if None."""

    def judged(self, intake: Intake) -> Iterator[Judged]:
        """The cases, judged, piece by piece; `intake` follows.

        Raises:
            Refused: unusable input.
            Defect: a case judged alone is judged differently.
        """
        with inputs(files(self.paths)) as found:
            stored = sum(file.name.endswith(".parquet") for file in found)  # small files, each a piece or more
            parts = max(1 + bulk(found) // SIZE, stored)
            make = Judging, self.ruleset, self.engine, replace(self.wanted, guarded=max(1, GUARDED // parts))
            if parts > FEW:  # while the first are judged elsewhere
                Thread(target=draw_weights, args=(len(self.ruleset.questions),), daemon=True).start()
            if self.keep_last:  # the last of each is known only at the end
                reader = BatchReader(self.ruleset)
                batches = [replace(reader.read(piece), text=()) for piece in pieces(found)]
                for batch in batches:
                    intake.take(batch)
                yield from map(Judging(*make[1:]).batch, last_of_each(batches, intake))
            else:
                for judged in each(pieces(found), *make, jobs=self.jobs or cores()):
                    intake.take(judged)
                    yield judged
        intake.finish(self.paths, once=not self.keep_last)


def one_by_one(paths: Sequence[str], ruleset: Ruleset, intake: Intake) -> Iterator[list[Record]]:
    """The records of some files, piece by piece, each read alone.

    Raises:
        Refused: unusable input.
    """
    reader = BatchReader(ruleset)
    with inputs(files(paths)) as found:
        for piece in pieces(found):
            batch = reader.read(piece)
            intake.take(batch)
            yield reader.records(batch, range(len(batch.case_ids)))
    intake.finish(paths, once=True)


def last_of_each(batches: Sequence[Batch], intake: Intake) -> list[Batch]:
    """The batches with the last record of each case only; `intake` notes the references of the others."""
    last: dict[str, tuple[int, int]] = {}
    out: dict[int, list[int]] = defaultdict(list)
    for case_id, part, row in intake.repeated():
        if case_id in last:
            out[last[case_id][0]].append(last[case_id][1])
            intake.replaced.append(case_id)
        last[case_id] = part, row
    return [_without(batch, out[part]) for part, batch in enumerate(batches)]


def _without(batch: Batch, rows: Sequence[int]) -> Batch:
    if not rows:
        return batch
    kept = [row for row in range(len(batch.case_ids)) if row not in set(rows)]
    places: Any = [batch.places[row] for row in kept]
    return replace(batch, table=batch.table.take(pa.array(kept, pa.int64())), places=places)


def _line(place: str) -> int:
    return int(place.rpartition(":")[2])


def _moved(fault: Fault, lines: int) -> Fault:
    return replace(fault, line=fault.line + lines) if lines and fault.line else fault


def _brief(fault: Fault) -> str:
    return ": ".join(part for part in (fault.path, fault.what) if part)
