"""The store of cases, the guard and the audit record."""

import csv
import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random

import generate
import numpy as np
import pyarrow.parquet as pq
import pytest
from running import run, shipped

from omi_rules.batches import BatchReader
from omi_rules.facts.cases import Cases
from omi_rules.facts.derive import Facts
from omi_rules.findings import Judge
from omi_rules.pieces import Input, pieces
from omi_rules.records import Record
from omi_rules.store import Store

TESTS = Path(__file__).parent
GM = TESTS.parent / "fixtures" / "greater-manchester-2006" / "cases.ndjson"


def caseload(to: Path, number: int, seed: int = 5, *spoilt: str) -> Path:
    """A file of generated records, with some lines that are no usable records among them."""
    lines = [json.dumps(record, default=str) for record in generate.records(number, seed)]
    rng = Random(seed)
    for line in spoilt:
        lines.insert(rng.randrange(len(lines)), line)
    to.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return to


REST = '"assessed_on": "2006-06-28", "sentence": {"kind": "licence", "sentenced_on": "2006-01-04"}'
SPOILT = (
    '{"case_id": "A"}',
    f'{{"case_id": "B", "case_id": "C", {REST}}}',
    "not JSON",
    f'{{"case_id": "D", {REST.replace("06-28", "02-30")}}}',
    f'{{"case_id": "E", {REST}, "x": 1}}',
    f'{{"case_id": "\\ud800", {REST}}}',
    f'{{"case_id": 7, {REST}}}',
)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_lines_and_store_say_the_same(tmp_path: Path) -> None:
    source, store = caseload(tmp_path / "cases.ndjson", 300, 5, *SPOILT), tmp_path / "store"
    made = run("ingest", source, "--to", store)
    assert made.code == 0
    assert f"{len(SPOILT)} records left out" in made.err
    left_out = [json.loads(line) for line in (store / "left-out.ndjson").read_text("utf-8").splitlines()]
    assert sorted(one["text"] for one in left_out) == sorted(SPOILT)
    assert all(one["faults"] and one["place"].startswith(str(source)) for one in left_out)
    plain, kept = (tmp_path / f"{name}.csv" for name in ("plain", "kept"))
    scores = []
    for path, to in ((source, plain), (store, kept)):
        ran = run("batch", path, "--format", "json", "--quiet", "--findings", to)
        assert ran.code == 0, ran.err
        scores.append({**json.loads(ran.out), "rejected": None})
    assert scores[0] == scores[1]
    assert sorted(plain.read_text("utf-8").splitlines()) == sorted(kept.read_text("utf-8").splitlines())


def test_making_a_store_again_changes_nothing(tmp_path: Path) -> None:
    source, store = caseload(tmp_path / "cases.ndjson", 40, 5, *SPOILT), tmp_path / "store"
    assert run("ingest", source, "--to", store).code == 0
    before = tree(store)
    assert run("ingest", source, "--to", store).code == 0
    assert tree(store) == before
    (table,) = [pq.read_table(file) for file in (store / "cases").iterdir()]
    assert len(table) == 40  # a file as any tool reads it


def test_killed_and_made_again(tmp_path: Path) -> None:
    """At ten moments of the work: what is left is refused, and a second run ends where an undisturbed one does."""
    sources = [caseload(tmp_path / f"{n}.ndjson", 60, n) for n in range(12)]
    for n, source in enumerate(sources):
        renamed(source, str(n))
    whole = tmp_path / "whole"
    assert run("ingest", *sources, "--to", whole).code == 0
    program = [sys.executable, "-m", "omi_rules.cli", "ingest", *map(str, sources)]
    for moment in range(10):
        store = tmp_path / f"killed-{moment}"
        process = subprocess.Popen([*program, "--to", str(store)], stderr=subprocess.DEVNULL)
        while process.poll() is None and len(list((store / "cases").glob("*.parquet"))) <= moment:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (store / "unfinished").exists():
            ran = run("batch", store)
            assert ran.code == 2
            assert "not whole" in ran.err
        assert run("ingest", *sources, "--to", store).code == 0
        assert tree(store) == tree(whole)


def test_what_a_store_refuses(tmp_path: Path) -> None:
    source, store = caseload(tmp_path / "cases.ndjson", 5), tmp_path / "store"
    again = tmp_path / "again.ndjson"
    again.write_bytes(source.read_bytes())
    ran = run("ingest", source, again, "--to", store)
    assert ran.code == 2
    assert "is also a case of" in ran.err
    assert not store.exists()  # nothing is left of it
    again.unlink()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    assert "no store" in run("ingest", source, "--to", tmp_path / "full").err
    done = tmp_path / "done"
    assert run("ingest", source, "--to", done).code == 0
    ran = run("ingest", source, "--to", done, "--ruleset", TESTS / "tiny_ruleset")
    assert ran.code == 2
    assert "store for the words of" in ran.err


@pytest.mark.parametrize("wrong", ["nothere.ndjson", "again.ndjson", "cut.ndjson.gz", "store"])
def test_what_goes_wrong_leaves_a_store_as_it_was(tmp_path: Path, wrong: str) -> None:
    source, store = caseload(tmp_path / "cases.ndjson", 5), tmp_path / "store"
    assert run("ingest", source, "--to", store).code == 0
    before = tree(store)
    (tmp_path / "again.ndjson").write_bytes(source.read_bytes() + b"\n")
    (tmp_path / "cut.ndjson.gz").write_bytes(gzip.compress(source.read_bytes())[:-20])
    other = renamed(caseload(tmp_path / "other.ndjson", 3), "other")
    ran = run("ingest", other, tmp_path / wrong, "--to", store)
    assert (ran.code, tree(store)) == (2, before)
    assert run("batch", store, "--quiet").code == 0


def test_a_source_is_known_by_its_place_and_a_pipe_by_what_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files of one name are two sources; one file under several names is one."""
    store = tmp_path / "store"
    for number, name in enumerate(("north", "south")):
        (tmp_path / name).mkdir()
        renamed(caseload(tmp_path / name / "cases.ndjson", 5), str(number))
        monkeypatch.chdir(tmp_path / name)
        assert run("ingest", "cases.ndjson", "--to", store).code == 0
    assert stored(store) == 10
    for path in (".", "../south", "../south/", tmp_path / "south"):
        assert run("ingest", path, "--to", tmp_path / "one").code == 0
        assert stored(tmp_path / "one") == 5
    for number in (2, 3, 2):
        raw = renamed(caseload(tmp_path / "piped", 5), str(number)).read_bytes()
        assert run("ingest", "-", "--to", store, stdin=raw).code == 0
    assert stored(store) == 20


def renamed(path: Path, prefix: str) -> Path:
    """The same cases under other references."""
    path.write_text(path.read_text("utf-8").replace('"case_id": "', f'"case_id": "{prefix}-'), encoding="utf-8")
    return path


def stored(store: Path) -> int:
    found: int = json.loads((store / "store.json").read_text("utf-8"))["cases"]
    return found


def test_one_process_at_a_time_writes_to_a_store(tmp_path: Path) -> None:
    source, store = caseload(tmp_path / "cases.ndjson", 5), tmp_path / "store"
    with Store(store, shipped()):
        ran = run("ingest", source, "--to", store)
    assert (ran.code, "another ingest or import is writing to it" in ran.err) == (2, True)
    assert run("ingest", source, "--to", store).code == 0


@pytest.mark.parametrize(
    "damage", ["", "[]", "{}", '{"words": ""}', '{"words": "", "ruleset": {}, "sources": {"a": {"parts": 5}}}']
)
@pytest.mark.parametrize("command", ["batch", "ingest"])
def test_a_damaged_store_is_no_defect_of_the_program(tmp_path: Path, command: str, damage: str) -> None:
    source, store = caseload(tmp_path / "cases.ndjson", 5), tmp_path / "store"
    assert run("ingest", source, "--to", store).code == 0
    (store / "store.json").write_text(damage, encoding="utf-8")
    ran = run(command, store) if command == "batch" else run(command, source, "--to", store)
    assert (ran.code, ran.err.count("store.json: damaged")) == (2, 1)


@pytest.mark.parametrize("damage", [None, "{", "[]"])
def test_a_log_that_is_lost(tmp_path: Path, damage: str | None) -> None:
    """The part is made again with its source; without it, what is missing is said."""
    source, store = caseload(tmp_path / "cases.ndjson", 5), tmp_path / "store"
    assert run("ingest", source, "--to", store).code == 0
    whole = tree(store)
    (log,) = (store / "log").iterdir()
    log.unlink() if damage is None else log.write_text(damage, encoding="utf-8")
    ran = run("ingest", renamed(caseload(tmp_path / "other.ndjson", 3), "other"), "--to", store)
    assert (ran.code, "missing or damaged" in ran.err, f"ingest {source} again" in ran.err) == (2, True, True)
    assert run("ingest", source, "--to", store).code == 0
    assert tree(store) == whole


def test_the_guard_notices_a_batch_that_is_judged_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = caseload(tmp_path / "cases.ndjson", 10)
    honest = Judge.of

    def twisted(self: Judge, cases: Cases) -> object:
        found = honest(self, cases)
        if cases.size > 1:
            found.codes.lines[:] = np.roll(found.codes.lines, 1, axis=0)
        return found

    monkeypatch.setattr(Judge, "of", twisted)
    ran = run("batch", source, "--quiet", "--output", tmp_path / "scores.json", "--format", "json")
    assert ran.code == 3
    assert "judged alone" in ran.err
    assert not (tmp_path / "scores.json").exists()


@pytest.mark.parametrize("row", [0, 149])
def test_the_guard_judges_every_case_of_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: int) -> None:
    honest = Judge.lines

    def twisted(self: Judge, facts: Facts) -> object:
        found = honest(self, facts)
        if facts.cases.size == 150:
            found[100, row] += 1
        return found

    monkeypatch.setattr(Judge, "lines", twisted)
    assert run("batch", caseload(tmp_path / "cases.ndjson", 150), "--quiet").code == 3


@pytest.mark.parametrize("packed", [False, True])
def test_the_guard_judges_some_200_cases_of_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    source = caseload(tmp_path / "cases.ndjson", 1000)
    if packed:
        source.write_bytes(gzip.compress(source.read_bytes()))
    monkeypatch.setattr("omi_rules.pieces.SIZE", 1 << 20)
    monkeypatch.setattr("omi_rules.commands.intake.SIZE", 1 << 20)
    alone, honest = [], Judge.judge

    def counted(self: Judge, records: Sequence[Record], as_of: date | None) -> object:
        alone.append(len(records))
        return honest(self, records, as_of)

    monkeypatch.setattr(Judge, "judge", counted)
    assert run("batch", source, "--quiet", "--jobs", "1").code == 0
    assert set(alone) == {1}
    assert 100 < len(alone) < 400


def test_the_audit_record_accounts_for_every_finding(tmp_path: Path) -> None:
    to, findings = tmp_path / "audit.csv", tmp_path / "findings.csv"
    assert run("batch", GM, "--quiet", "--audit", to, "--findings", findings).code == 0
    with to.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with findings.open(encoding="utf-8-sig", newline="") as file:
        found = {(row["case_id"], row["question"]): row for row in csv.DictReader(file)}
    for question in shipped().scored:
        assert sum(int(row["rows"]) for row in rows if row["question"] == question.id) == 150
    for row in rows:
        witness = found[row["witness"], row["question"]]
        assert (witness["outcome"], witness["reason"], witness["basis"]) == (
            row["outcome"],
            row["reason"],
            row["basis"],
        )


def test_the_warnings_of_lines_are_counted_as_the_reader_gives_them(tmp_path: Path) -> None:
    source = caseload(tmp_path / "cases.ndjson", 300, 9)
    (piece,) = pieces([Input(str(source), str(source))])
    batch = BatchReader(shipped()).read(piece)
    lines = source.read_text("utf-8").splitlines()
    assert batch.warned == sum(len(shipped().reader.read(line, "x")[1]) for line in lines)


def test_a_part_that_is_empty_stops_the_run(tmp_path: Path) -> None:
    """Its cases would be missing from the scores."""
    source, store = caseload(tmp_path / "cases.ndjson", 5), tmp_path / "store"
    assert run("ingest", source, "--to", store).code == 0
    (part,) = (store / "cases").iterdir()
    part.write_bytes(b"")
    ran = run("batch", store)
    assert (ran.code, ran.out) == (2, "")
    assert f"{part}: damaged, or not Parquet" in ran.err


def test_a_store_without_its_list_of_parts(tmp_path: Path) -> None:
    source, store = caseload(tmp_path / "cases.ndjson", 5), tmp_path / "store"
    assert run("ingest", source, "--to", store).code == 0
    (store / "store.json").unlink()
    ran = run("batch", store)
    assert (ran.code, "without its store.json" in ran.err) == (2, True)
    assert run("batch", store / "cases", "--quiet").code == 0
