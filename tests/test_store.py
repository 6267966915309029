"""The store of cases, reading by columns, the guard and the audit record."""

import csv
import json
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from random import Random

import generate
import numpy as np
import pyarrow.parquet as pq
import pytest
from running import run, shipped

from omi_rules.batches import BatchReader, warnings_of
from omi_rules.columns import Columns
from omi_rules.engine import choose
from omi_rules.errors import Refused
from omi_rules.facts.cases import Cases
from omi_rules.findings import Judge
from omi_rules.pieces import Input, pieces

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


def test_columns_take_a_line_exactly_where_the_reader_does() -> None:
    """Every bad case of the tests, plain and damaged: a line read by columns is one that `Reader` takes unwarned."""
    columns, reader = Columns(shipped()), shipped().reader
    texts = [path.read_bytes() for path in sorted((TESTS / "bad_cases").rglob("*.json"))]
    rng = Random(11)
    good = [json.dumps(record, default=str).encode() for record in generate.records(120, 3)]
    for line in good:
        cut = bytearray(line)
        for _ in range(rng.randrange(3)):
            cut[rng.randrange(len(cut))] = rng.randrange(256)
        texts.append(bytes(cut))
    taken = 0
    for text in [b" ".join(text.splitlines()) for text in texts] + [line.encode() for line in SPOILT]:
        table, doubtful = columns.read([text])
        assert table.num_rows + len(doubtful) == 1
        if not doubtful:
            record, warnings = reader.read(text.decode(), "x")  # raises where columns were too lenient
            assert warnings_of(Cases(table, shipped())).tolist() == [len(warnings)]
            alone = Judge(shipped(), choose("reference"))
            one, other = alone.of(Cases(table, shipped())).codes, alone.judge([record]).codes
            assert one.case_ids == other.case_ids
            assert np.array_equal(one.lines, other.lines)
            assert np.array_equal(one.answers, other.answers)
            taken += 1
    assert taken > 20


def test_no_date_is_taken_for_another() -> None:
    """Every text of ten characters that looks like a date, around the ends of months, years and the dates believed."""
    span = shipped().vocabulary.dates
    years = {span.from_.year, span.to.year, span.from_.year - 1, span.to.year + 1, 2004, 2005, 2100, 0, 1, 9999}
    parts = (0, 1, 2, 9, 11, 12, 13, 14, 24, 28, 29, 30, 31, 32, 62, 63, 99)
    texts = [f"{year:04}-{month:02}-{day:02}" for year in sorted(years) for month in parts for day in parts]
    texts += ["2006-06-2:", "2006/06/28", "2006-6-028", " 2006-06-2", "\uff12\uff10\uff10\uff16-06-28"]
    lines = [f'{{"case_id": "{n}", {REST.replace("2006-06-28", text)}}}' for n, text in enumerate(texts)]
    wanted = {}
    for number, text in enumerate(texts):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            continue
        if span.from_ <= day <= span.to:
            wanted[str(number)] = day
    columns = Columns(shipped())
    found: dict[str, date] = {}
    for line in lines:  # each on its own, as one that cannot be a date has its neighbours read another way
        table, _ = columns.read([line.encode()])
        found |= dict(zip(table["case_id"].to_pylist(), table["assessed_on"].to_pylist(), strict=True))
    assert found == wanted
    among = [line.encode() for line in lines if "0000-00-00" not in line]  # which puts all beside it in doubt
    together, doubtful = columns.read(among)
    assert dict(zip(together["case_id"].to_pylist(), together["assessed_on"].to_pylist(), strict=True)) == wanted
    assert together.num_rows + len(doubtful) == len(among)


def test_a_key_that_comes_twice_is_not_overlooked() -> None:
    """msgspec takes the last of them: the keys are counted."""
    good = json.dumps(generate.records(1, 3)[0], default=str)
    twice = good.replace('"flags": {', '"flags": {"ppo": true, "ppo": false, ', 1)
    twice = twice if twice != good else good[:-1] + ', "flags": {"ppo": true, "ppo": false}}'
    _, doubtful = Columns(shipped()).read([good.encode(), twice.encode()])
    assert 1 in doubtful
    with pytest.raises(Refused):
        shipped().reader.read(twice, "x")


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
    for n, source in enumerate(sources):  # other references in each
        source.write_text(source.read_text("utf-8").replace('"case_id": "', f'"case_id": "{n}-'), encoding="utf-8")
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
    assert run("batch", store).code == 2  # it is not whole
    again.unlink()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    assert "no store" in run("ingest", source, "--to", tmp_path / "full").err
    done = tmp_path / "done"
    assert run("ingest", source, "--to", done).code == 0
    ran = run("ingest", source, "--to", done, "--ruleset", TESTS / "tiny_ruleset")
    assert ran.code == 2
    assert "store for the words of" in ran.err


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
