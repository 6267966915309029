"""Cases in a Spark DataFrame: judged where they lie, and counted where they were judged.

Each worker runs what runs on one machine, on Arrow batches. The package must be installed there, in the same release;
rules travel with the work.
"""

from __future__ import annotations

import pickle
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from omi_rules import __version__, shelf
from omi_rules.batches import Batch
from omi_rules.engine import EngineName
from omi_rules.errors import Fault, Refused, show
from omi_rules.facts.cases import batch
from omi_rules.facts.table_faults import faults_of
from omi_rules.judging import Gaps, Judged, Judging, Wanted
from omi_rules.output import whole
from omi_rules.pieces import Input, Piece
from omi_rules.reading import row
from omi_rules.reports.findings_file import Form, Writer, long
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.tally import Tally, empty

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

FINDINGS = (
    "case_id string, question string, criterion string, outcome string, reason string, basis string, due date, "
    "done date, days_late int, answer string, disagrees boolean"
)
"""The columns of findings, as Spark writes a schema."""

_PLAIN = {"int": pa.int32(), "string": pa.string(), "date": pa.date32(), "boolean": pa.bool_()}
_ARROW = pa.schema([(name, _PLAIN[type_]) for name, type_ in (column.split() for column in FINDINGS.split(", "))])


@dataclass(frozen=True)
class Counted:
    """What is kept of some cases."""

    tally: Tally
    gaps: Gaps

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.tally + other.tally, dict(Counter(self.gaps) + Counter(other.gaps)))


def check(
    dataframe: DataFrame,
    ruleset: Ruleset | str,
    as_of: date | None = None,
    *,
    engine: EngineName = "auto",
    checked: bool = False,
) -> DataFrame:
    """The finding on each scored question for each case, a row each; the columns are `FINDINGS`.

    The columns of `dataframe` are those of a case record; one that it lacks is not recorded. `ruleset` is an id, a
    folder, or the rules themselves. Records of a store have been `checked`; others are when Spark comes to them, and
    one that cannot be used ends the run with the faults of its batch. One case of each batch is judged once more,
    alone; another finding on it ends the run too.

    Raises:
        Refused: columns that a case record has not, of another type, or a required one missing.
    """
    return dataframe.mapInArrow(_Listing(_work(dataframe, ruleset, as_of, engine, checked)), FINDINGS)


def tally(
    dataframe: DataFrame,
    ruleset: Ruleset | str,
    as_of: date | None = None,
    *,
    engine: EngineName = "auto",
    checked: bool = False,
) -> Tally:
    """The tally of the cases, for `omi_rules.scoring.scores.score`; see `check`. Spark adds up, then sends one."""
    return counted(dataframe, ruleset, as_of, engine=engine, checked=checked).tally


def counted(
    dataframe: DataFrame,
    ruleset: Ruleset | str,
    as_of: date | None = None,
    *,
    engine: EngineName = "auto",
    checked: bool = False,
    findings_to: Path | None = None,
    wide: bool = False,
) -> Counted:
    """The tally and what was not recorded; see `tally`.

    The findings can be written in the same go, a file for each partition that has cases, into a folder that every
    worker sees. A partition that is tried again writes the same file again, under a temporary name until it is whole.
    """
    work = _work(dataframe, ruleset, as_of, engine, checked)
    written = (None, None) if findings_to is None else (str(findings_to), Form(".parquet", wide))
    counting = _Counting(work, *written)
    rows = dataframe.mapInArrow(counting, "counted binary").rdd
    found: Counted | None = rows.treeAggregate(None, _add_row, _add)
    return found or Counted(empty(_ruleset(ruleset)), {})


def _ruleset(given: Ruleset | str) -> Ruleset:
    return given if isinstance(given, Ruleset) else shelf.ruleset(shelf.find(given))


@dataclass(frozen=True)
class _Work:
    """What a worker needs to judge batches."""

    packed: bytes
    """The rules, as they travel."""
    engine: EngineName
    as_of: date | None
    checked: bool
    release: str = __version__

    def judging(self, *, codes: bool = False, form: Form | None = None) -> Judging:
        """Who judges. Raises `Refused` where this worker has another release than the driver."""
        if self.release != __version__:
            what = f"this worker has {__version__}, the driver {self.release}"
            raise Refused([Fault(file="omi-rules", what=what, hint="install the same release on every machine")])
        return _judging(self.packed, self.engine, Wanted(self.as_of, codes=codes, form=form, guarded=1))

    def judged(self, batches: Iterable[pa.RecordBatch], judging: Judging) -> Iterator[Judged]:
        """What is found on each batch.

        Raises:
            Refused: a record cannot be used.
            Defect: a case judged alone is judged differently.
        """
        for table in batches:
            if table.num_rows:
                usable = table if self.checked else _usable(table, judging.ruleset)
                yield judging.batch(Batch(_PIECE, usable, range(1, usable.num_rows + 1), (), (), 0))


_PIECE = Piece("rows", (Input("the DataFrame", ""),))


@dataclass(frozen=True)
class _Listing:
    work: _Work

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        judging = self.work.judging(codes=True)
        for judged in self.work.judged(batches, judging):
            assert judged.codes is not None  # they were asked for
            yield from long(judged.codes, judging.ruleset).cast(_ARROW).combine_chunks().to_batches()


@dataclass(frozen=True)
class _Counting:
    work: _Work
    folder: str | None = None
    """Where the findings are written."""
    form: Form | None = None

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        judging = self.work.judging(form=self.form)
        every = self.work.judged(batches, judging)
        first = next(every, None)
        if first is None:
            return
        total: Counted | None = None
        with self._part() as findings:
            for judged in chain([first], every):
                total = _add(total, Counted(judged.tally, judged.gaps))
                if findings is not None:
                    findings.add(judged.written)
        packed = zlib.compress(pickle.dumps(total, protocol=5), level=1)  # most blocks of a partition are alike
        yield pa.RecordBatch.from_pydict({"counted": pa.array([packed], pa.binary())})

    @contextmanager
    def _part(self) -> Iterator[Writer | None]:
        """The file of this partition's findings, which is there at the end, if findings are written."""
        if self.folder is None or self.form is None:
            yield None
            return
        from pyspark import TaskContext

        task: Any = TaskContext.get()
        part = Path(self.folder) / f"part-{task.partitionId():05d}.parquet"
        with whole(part) as file:
            made = self.form.writer(file)
            yield made
            made.close()


def _add_row(total: Counted | None, row: Any) -> Counted | None:
    return _add(total, pickle.loads(zlib.decompress(row.counted)))


def _add(one: Counted | None, other: Counted | None) -> Counted | None:
    return one + other if one and other else one or other


@lru_cache(maxsize=4)  # a process judges many partitions, and the same situations come up in all
def _judging(packed: bytes, engine: EngineName, wanted: Wanted) -> Judging:
    return Judging(pickle.loads(packed), engine, wanted)


def _usable(table: pa.RecordBatch, ruleset: Ruleset) -> pa.RecordBatch:
    """The same records, each checked as one read alone would be."""
    try:
        rows = table.to_pylist(maps_as_pydicts="strict")
    except KeyError as error:
        raise Refused([Fault(file="the DataFrame", what=f"a key comes twice in a map: {error}")]) from None
    items = [row(values, f"case {show(values.get('case_id'))}", ruleset.reader) for values in rows]
    faults = [fault for item in items if item.record is None for fault in item.faults]
    if faults:
        raise Refused(faults)
    return batch([item.record for item in items if item.record is not None], ruleset)


def _work(dataframe: DataFrame, given: Ruleset | str, as_of: date | None, engine: EngineName, checked: bool) -> _Work:
    from pyspark.sql.pandas.types import to_arrow_schema

    ruleset = _ruleset(given)
    faults = list(faults_of(to_arrow_schema(dataframe.schema), ruleset))
    if faults:
        raise Refused(faults)
    packed = pickle.dumps(ruleset, protocol=5)
    return _Work(packed, engine, as_of, checked)
