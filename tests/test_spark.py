"""Spark finds what one process finds, whoever of its workers lives or dies."""

import contextlib
import json
import os
import pickle
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import generate
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.csv import write_csv
from pyspark.sql import SparkSession
from pyspark.sql.classic.dataframe import DataFrame
from running import run, shipped
from spark_cluster import MASTER, PARTS, spark_cluster

from omi_rules.engine import choose
from omi_rules.errors import Defect, Refused
from omi_rules.facts.cases import Cases, batch
from omi_rules.findings import Judge
from omi_rules.reports.findings_file import long
from omi_rules.scoring.tally import tally as tally_of
from omi_rules.spark import FINDINGS, _Counting, _Work, check, tally

CASES = 96
Judges = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with spark_cluster(tmp_path_factory.mktemp("cluster")) as session:
        yield session


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    found = generate.records(CASES, 9)
    return [shipped().reader.read(json.dumps(record, default=str), "case", 1)[0] for record in found]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of as many files as a caseload is to have parts."""
    folder = tmp_path_factory.mktemp("lines")
    texts = [json.dumps(record, default=str) + "\n" for record in generate.records(CASES, 9)]
    for part in range(PARTS):
        (folder / f"{part}.ndjson").write_text("".join(texts[part::PARTS]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def store(lines: Path) -> Path:
    to = lines.parent / "a store [1]"  # Spark takes brackets for a pattern unless told otherwise
    done = run("ingest", *sorted(lines.iterdir()), "--to", to, "--quiet")
    assert done.code == 0, done.err
    assert len(list((to / "cases").iterdir())) == PARTS
    return to


def in_order(table: pa.Table) -> bytes:
    """Every finding as text, sorted."""
    plain = pa.schema([(field.name, getattr(field.type, "value_type", field.type)) for field in table.schema])
    out = pa.BufferOutputStream()
    keys = [(key, "ascending") for key in ("case_id", "question") if key in plain.names]
    write_csv(table.cast(plain).sort_by(keys), out)
    return bytes(out.getvalue())


def at_work(monkeypatch: pytest.MonkeyPatch, act: Callable[[Path, int, int], None], notes: Path) -> None:
    """Have something done in the middle of each part, by the process that judges it.

    It is told the folder for notes, the number of the part, and whose try at it this is. It comes when a batch of the
    part has been judged and there is another.
    """
    plain, told = DataFrame.mapInArrow, str(notes)

    def map_in_arrow(cases: DataFrame, judges: Judges, schema: str) -> Any:
        def watched(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return judges(passing(batches))

        def passing(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            from pyspark import TaskContext

            task: Any = TaskContext.get()
            for number, table in enumerate(batches):
                if number == 1:
                    act(Path(told), task.partitionId(), task.attemptNumber())
                yield table

        return plain(cases, watched, schema)

    monkeypatch.setattr(DataFrame, "mapInArrow", map_in_arrow)


def dying() -> Callable[[Path, int, int], None]:
    """Kill -9 a Java process, and later a Python worker of another, each in the midst of a part and not its first."""
    kill = int(signal.SIGKILL)

    def act(notes: Path, part: int, attempt: int) -> None:
        daemon = os.getppid()  # of the worker, and a child of Java
        java = int(Path(f"/proc/{daemon}/stat").read_text().rpartition(")")[2].split()[1])
        seen = [note.name.split() for note in notes.iterdir()]
        (notes / f"part {part} {attempt} {java}").touch()
        if attempt or not any(note[0] == "part" and note[1] != str(part) and note[3] == str(java) for note in seen):
            return
        for who, victim in (("executor", java), ("worker", os.getpid())):
            with contextlib.suppress(FileExistsError):
                (notes / f"killed {who}").mkdir()
                (notes / f"killed {who}" / f"{part} {victim}").touch()
                os.kill(victim, kill)
                os._exit(1)  # what outlives its Java does nothing more

    return act


def test_the_command_finds_the_same_as_every_other_way_while_workers_are_killed(
    spark: SparkSession,
    records: list[dict[str, Any]],
    lines: Path,
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    at_work(monkeypatch, dying(), notes)
    done = run("batch", "--spark", MASTER, store, "--findings", tmp_path / "f", "--output", tmp_path / "s.json", *JSON)
    assert (done.code, done.out) == (0, ""), done.err
    findings, scores = in_order(pq.read_table(tmp_path / "f")), (tmp_path / "s.json").read_bytes()
    found, to = tmp_path / "other.parquet", tmp_path / "other.json"
    for source, *more in ([lines], [store], [store, "--engine", "reference"]):
        assert run("batch", source, "--findings", found, "--output", to, *JSON, *more).code == 0
        assert in_order(pq.read_table(found)) == findings
        assert to.read_bytes() == scores
    judge = Judge(shipped(), choose("auto"))
    alone = [long(judge.judge([record]).codes, shipped()).cast(pq.read_schema(found)) for record in records]
    assert in_order(pa.concat_tables(alone)) == findings
    monkeypatch.undo()
    wide = ("--wide", "--findings", tmp_path / "wide.parquet", "--output", to, *JSON)
    assert run("batch", "--spark", MASTER, store, *wide).code == 0
    assert to.read_bytes() == scores
    in_rows = in_order(pq.read_table(tmp_path / "wide.parquet"))
    shutil.rmtree(tmp_path / "wide.parquet")
    assert run("batch", store, *wide).code == 0
    assert in_order(pq.read_table(tmp_path / "wide.parquet")) == in_rows

    (tmp_path / "wide.parquet").unlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "notes", "other.json", "other.parquet", "s.json"]
    assert all(file.name.startswith("part-") for file in (tmp_path / "f").iterdir())  # nothing is left of the killed

    tries = [note.name.split()[1:] for note in notes.glob("part *")]
    assert len({java for _, _, java in tries}) >= 2  # both workers had work
    for who in ("executor", "worker"):
        (killed,) = (notes / f"killed {who}").iterdir()
        part, victim = killed.name.split()
        assert not Path(f"/proc/{victim}").exists()
        assert sorted(attempt for of, attempt, _ in tries if of == part) == ["0", "1"]  # Spark tried it once more
    jvm: Any = spark.sparkContext._jsc
    jvm.sc().listenerBus().waitUntilEmpty()
    known = jvm.sc().statusStore().executorList(False)
    lost = [known.apply(place) for place in range(known.size()) if not known.apply(place).isActive()]
    assert [one.removeReason().get() for one in lost] == ["Command exited with code 137"]  # 128 + SIGKILL


JSON = ("--format", "json", "--quiet", "--words")


def test_columns_that_are_missing_are_not_recorded_and_others_checked_on_the_way(
    spark: SparkSession, records: list[dict[str, Any]], tmp_path: Path
) -> None:
    bare = [{key: value for key, value in record.items() if key != "events"} for record in records[:60]]
    pq.write_table(pa.Table.from_batches([batch(records[:60], shipped())]), tmp_path / "cases.parquet")
    cases = spark.read.parquet(str(tmp_path / "cases.parquet")).repartition(2)
    here = Judge(shipped(), choose("auto")).of(Cases(batch(bare, shipped()), shipped()))
    found = check(cases.drop("events"), "omi-2006")
    assert in_order(found.toArrow()) == in_order(long(here.codes, shipped()))
    assert [f"{name} {type_}" for name, type_ in found.dtypes] == FINDINGS.split(", ")
    counted, alone = tally(cases.drop("events"), shipped()), tally_of(here)
    assert counted.cases == alone.cases == 60
    for part in ("counts", "blocks", "disagreements"):
        assert np.array_equal(getattr(counted, part), getattr(alone, part))
    assert tally(cases.limit(0), shipped()).cases == 0


@pytest.mark.usefixtures("spark")
def test_a_run_that_fails_says_why_and_leaves_nothing(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slips = pq.read_table(store / "cases").replace_schema_metadata({})
    area = pa.array(["", *slips.column("area").to_pylist()[1:]])
    pq.write_table(slips.set_column(slips.column_names.index("area"), "area", area), tmp_path / "slips.parquet")
    pq.write_table(pa.concat_tables([slips, slips.slice(7, 2)]), tmp_path / "twice.parquet")
    ids = slips.column("case_id").to_pylist()

    def failed(*args: object) -> tuple[int, str]:
        done = run("batch", "--spark", MASTER, *args, "--findings", tmp_path / "f", "--output", tmp_path / "s", *JSON)
        assert done.out == ""
        assert sorted(path.name for path in tmp_path.iterdir()) == ["slips.parquet", "twice.parquet"]
        return done.code, done.err

    code, told = failed(tmp_path / "slips.parquet")
    assert (code, f"slips.parquet: cannot be used\n  case {ids[0]}:1:" in told, "area: an empty text" in told) == (
        2,
        1,
        1,
    )
    code, told = failed(tmp_path / "twice.parquet")
    assert (code, [f"case_id: {name} comes 2 times" in told for name in ids[7:9]]) == (2, [True, True])
    code, told = failed(store, "--caseload", 7)
    assert (code, told) == (2, "--caseload 7: fewer than the 96 cases of the sample\n")

    def failing(_: Path, part: int, __: int) -> None:
        if part == PARTS - 2:
            raise ZeroDivisionError("in the middle")

    at_work(monkeypatch, failing, tmp_path)  # some of the findings are there by then
    code, told = failed(store)
    assert (code, told.splitlines()[0]) == (
        3,
        "a defect of omi-check, not of your input: on a worker: ZeroDivisionError: in the middle",
    )


def test_what_spark_cannot_be_asked_is_refused_before_it_starts(store: Path, tmp_path: Path) -> None:
    (tmp_path / "cases.ndjson").write_text("{}\n")
    pq.write_table(pa.table({"case_id": [1], "sentense": ["x"]}), tmp_path / "_odd.parquet")

    def told(*args: object) -> str:
        done = run("batch", "--spark", *args)
        assert done.code == 2
        return done.err

    unfit = ["--messages", "--by district", "--show-small", "--disagreements", "--jobs 2", "--audit a.csv"]
    unfit += ["--duplicates keep-last", "--design d.json"]
    asked = [word for option in unfit for word in option.split()]
    said = told("here", store, *asked, "--findings", tmp_path, "--what-would-lift", "--format", "csv")
    for option in unfit:
        assert f"{option if 'keep-last' in option else option.split()[0]}: not with --spark" in said
    assert "--spark here: not the address of a Spark master" in said
    assert f"--findings {tmp_path}: is there already" in said
    assert "--what-would-lift: not in the format csv" in said
    same = tmp_path / "both.csv"
    assert "another result goes to the same place" in (
        said := told("yarn", store, "--output", same, "--findings", same)
    )
    assert "Spark writes a folder of Parquet files" in said
    said = told("yarn", tmp_path, "-")
    assert "-: workers cannot read standard input" in said
    assert "cases.ndjson: not Parquet, which is what --spark reads" in said
    assert "_odd.parquet: Spark passes over names that begin with . or _" in said
    assert "_odd.parquet: case_id: a column of whole numbers, where string is wanted" in said
    assert "_odd.parquet: sentense: not a column of a case record\n  did you mean `sentence`?" in said
    assert "_odd.parquet: assessed_on: no such column, and every case record has it" in said


def test_a_worker_guards_its_batches_and_its_release(
    records: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = batch(records[:30], shipped())
    work = _Work(pickle.dumps(replace(shipped())), "auto", None, checked=True)
    assert len(list(_Counting(work)([table]))) == 1
    with pytest.raises(Refused, match=r"this worker has .*, the driver 0\.0\b"):
        list(_Counting(replace(work, release="0.0"))([table]))
    other = table.slice(29)
    monkeypatch.setattr(Judge, "judge", lambda judge, *_: judge.of(Cases(other, judge.ruleset)))
    with pytest.raises(Defect, match="judged alone"):
        list(_Counting(work)([table.slice(0, 1)]))
