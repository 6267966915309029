"""Nothing is measured here: the cases are valid, all who judge them agree, and who does not is named."""

import json
import sys
from pathlib import Path

import generate
import pytest
from running import CASES, run, shipped

from benchmarks import bench, caseload, measure, one_by_one
from benchmarks.bench import Bench, Plan
from benchmarks.findings import Table, code, differences, read
from benchmarks.report import markdown, results
from benchmarks.ways import HAND, OURS, WAYS, Way

QUESTIONS = [question.id for question in shipped().scored]


# ------------------------------------------------------------------------------------------------------ the caseload


def test_a_caseload_is_the_same_for_the_same_seed_and_a_smaller_one_its_beginning() -> None:
    made = list(caseload.lines(60, seed=3))
    assert list(caseload.lines(60, seed=3)) == made
    assert list(caseload.lines(20, seed=3)) == made[:20]
    assert list(caseload.lines(60, seed=4)) != made


def test_its_records_are_valid_and_give_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caseload, "POOL", 150)  # so that bodies come again on other days
    references = set()
    for line in caseload.lines(400, seed=5):
        record, warnings = shipped().reader.read(line.decode(), "caseload")
        assert not warnings
        assert len(record["events"]) >= 5
        references.add(record["case_id"])
    assert len(references) == 400


def test_a_body_that_comes_again_is_the_same_case_on_other_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caseload, "POOL", 1)
    one, other = (shipped().reader.read(line.decode(), "caseload")[0] for line in caseload.lines(2, seed=6))
    assert one["answers"] == other["answers"]
    moved = other["assessed_on"] - one["assessed_on"]
    assert moved
    days = [(a["on"], b["on"]) for a, b in zip(one["events"], other["events"], strict=True)]
    assert {b - a for a, b in days} == {moved}


# ------------------------------------------------------------------------------------------------ everybody agrees


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random records that reach the corners of the date rules, the worked cases, and some of a caseload."""
    path = tmp_path_factory.mktemp("cases") / "cases.ndjson"
    records = [
        *generate.records(200, 20061123),
        *(json.loads(file.read_bytes()) for file in sorted(CASES.glob("*.json"))),
    ]
    told = "".join(json.dumps(record) + "\n" for record in records)
    path.write_bytes(told.encode() + b"".join(caseload.lines(100, seed=2)))
    return path


@pytest.fixture(scope="module")
def ours(cases: Path) -> Table:
    to = cases.with_name("ours.parquet")
    assert run("batch", cases, "--findings", to, "--quiet").code == 0
    found = read([to], QUESTIONS)
    assert len(found.cases) == len(cases.read_bytes().splitlines())
    return found


def _agrees(ours: Table, found: Table) -> None:
    assert found.cases.keys() == ours.cases.keys()
    assert differences(ours, found, QUESTIONS) == (0, [])


@pytest.mark.parametrize("engine", ["ours", "hand-written", "zen-engine", "rule-engine", "clipspy"])
def test_one_by_one(engine: str, cases: Path, ours: Table, tmp_path: Path) -> None:
    one_by_one.run(engine, cases, tmp_path, 0, 1)
    _agrees(ours, read([tmp_path / "part-0.parquet"], QUESTIONS))


def test_durable_rules_the_plain_way_in_two_processes(cases: Path, ours: Table, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.one_by_one", "durable-rules", str(cases), str(tmp_path / "found")]
    ran = measure.run([*command, "--processes", "2"], 2, tmp_path)
    assert json.loads(ran.output)["cases"] == len(ours.cases)
    _agrees(ours, read(sorted((tmp_path / "found").iterdir()), QUESTIONS))


@pytest.mark.parametrize("form", ["NDJSON", "store"])
def test_duckdb(form: str, cases: Path, ours: Table, tmp_path: Path) -> None:
    from benchmarks.engines import duckdb_sql

    source = cases
    if form == "store":
        source = tmp_path / "store"
        assert run("ingest", cases, "--to", source, "--quiet").code == 0
    duckdb_sql.run(shipped(), source, tmp_path / "found.parquet")
    _agrees(ours, read([tmp_path / "found.parquet"], QUESTIONS))


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_every_line_is_in_one_part(parts: int, cases: Path) -> None:
    found = [line for part in range(parts) for line in one_by_one.part_of(cases, part, parts)]
    assert found == cases.read_bytes().splitlines(keepends=True)


# ---------------------------------------------------------------------------------------- who does not agree is named


def test_a_difference_names_case_and_question(ours: Table) -> None:
    codes = ours.codes.copy()
    place = QUESTIONS.index("2.2.q01")
    codes[3, place] = code("pending", "not_due")
    name = list(ours.cases)[3]
    number, first = differences(ours, Table(ours.cases, codes), QUESTIONS)
    assert number == 1
    assert str(first[0]).startswith(f"{name} 2.2.q01: pending (not_due), where ours says ")
    number, _ = differences(ours, Table({"somebody else": 3}, ours.codes), QUESTIONS)
    assert number == len(QUESTIONS)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bench:
    """A run of ours, the hand-written checker, and one that leaves out half of the cases."""
    by_hand = next(way for way in WAYS if way.name == HAND)
    lazy = Way(
        "lazy", "other", lambda i, to, _: by_hand.command(i.__class__(i.few, i.store, i.few), to, 1), "part-*.parquet"
    )
    monkeypatch.setattr(bench, "WAYS", [way for way in WAYS if way.name in (OURS, HAND)] + [lazy])
    return Bench(Plan(cases=40, few=20, rounds=1, curve=()), tmp_path)


def test_no_time_is_told_for_a_way_that_differs(small: Bench) -> None:
    small.go()
    found = results(small, "a test")
    assert set(found["ways"]) == {OURS, HAND}
    assert found["untold"] == {"lazy": ["findings on 20 cases, where there are 40"]}
    page = markdown(found)
    assert "**lazy**: no time. findings on 20 cases, where there are 40" in page
    met = {claim["what"]: claim["met"] for claim in found["claims"]}
    assert met["findings of all ways"] is False
    assert met["NDJSON, against zen-engine"] is None
    assert isinstance(met["NDJSON, against the hand-written Python checker"], bool)
