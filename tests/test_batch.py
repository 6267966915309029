"""`omi-check batch`, `compare` and `rules diff` as a user calls them: whatever the sample comes in and goes out as."""

import csv
import gzip
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

import generate
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from running import REPOSITORY, SHIPPED, Ran, run, shipped, spawn

from omi_rules import pieces
from omi_rules.facts.cases import schema
from omi_rules.findings import Judge
from omi_rules.meaning import Outcome

Compare = Callable[[str, str], None]
Record = dict[str, Any]
GM = REPOSITORY / "fixtures" / "greater-manchester-2006" / "cases.ndjson"
LEVELS = {"question": "questions", "criterion": "criteria", "section": "sections", "thread": "threads"}


@cache
def records() -> list[Record]:
    """Forty cases: enough for every way in and out."""
    return [json.loads(line) for line in GM.read_text(encoding="utf-8").splitlines()[:40]]


def lines(cases: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases).encode()


def zst(raw: bytes) -> bytes:
    compressed: bytes = pa.compress(raw, "zstd", asbytes=True)
    return _framed(raw) if not compressed.startswith(b"\x28\xb5\x2f\xfd") else compressed


def _framed(raw: bytes) -> bytes:
    out = io.BytesIO()
    with pa.CompressedOutputStream(pa.PythonFile(out), "zstd") as stream:
        stream.write(raw)
    return out.getvalue()


def parquet(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def inferred(cases: Sequence[Mapping[str, Any]]) -> pa.Table:
    keys = dict.fromkeys(key for case in cases for key in case)
    return pa.Table.from_pylist([{key: case.get(key) for key in keys} for case in cases])


def typed(cases: Sequence[Mapping[str, Any]]) -> pa.Table:
    ruleset = shipped()
    checked = [ruleset.reader.read(json.dumps(case), "sample")[0] for case in cases]
    return pa.Table.from_pylist(checked, schema=schema(ruleset.vocabulary))


def put(path: Path, raw: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def sample(folder: Path) -> Path:
    return put(folder / "cases.ndjson", lines(records()))


def scores(*args: object, stdin: bytes = b"") -> str:
    ran = run("batch", *args, "--format", "json", "--quiet", stdin=stdin)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


@cache
def wanted() -> str:
    """The scores of the forty cases, from standard input."""
    return scores("-", stdin=lines(records()))


# Ways in


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("cases.ndjson", lines),
        ("cases.jsonl", lines),
        ("lines.json", lines),
        ("noending", lines),
        ("blank.ndjson", lambda cases: b"\n \n" + lines(cases).replace(b"\n", b"\r\n\r\n")),
        ("blank", lambda cases: b"\n\r\n" + lines(cases).replace(b"\n", b"\r\n")),
        ("nonewline.ndjson", lambda cases: lines(cases).rstrip(b"\n")),
        ("cases.ndjson.gz", lambda cases: gzip.compress(lines(cases))),
        ("members.ndjson.gz", lambda cases: gzip.compress(lines(cases[:9])) + gzip.compress(lines(cases[9:]))),
        ("cases.ndjson.zst", lambda cases: zst(lines(cases))),
        ("frames.ndjson.zst", lambda cases: zst(lines(cases[:9])) + zst(lines(cases[9:]))),
        ("plain.ndjson.gz", lines),  # what a file holds is seen from its first bytes
        ("array.json", lambda cases: json.dumps(cases).encode()),
        ("pretty.json", lambda cases: json.dumps(cases, indent=2).encode()),
        ("array.json.gz", lambda cases: gzip.compress(b"\n\n" + json.dumps(cases).encode())),
        ("array.json.zst", lambda cases: zst(json.dumps(cases, indent=1).encode())),
        ("inferred.parquet", lambda cases: parquet(inferred(cases))),
        ("typed.parquet", lambda cases: parquet(typed(cases), compression="zstd")),
        ("groups.parquet", lambda cases: parquet(typed(cases), row_group_size=7)),
    ],
)
def test_every_form_gives_the_same_bytes(tmp_path: Path, name: str, make: Callable[[Sequence[Record]], bytes]) -> None:
    raw = make(records())
    assert scores(put(tmp_path / name, raw)) == wanted()
    if not name.startswith("blank."):
        assert scores("-", stdin=raw) == wanted()


def test_a_pipe_is_read_as_standard_input(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(gzip.compress(lines(records())),), daemon=True)
    writer.start()
    assert scores(pipe) == wanted()
    writer.join()


def test_a_folder_of_files(tmp_path: Path) -> None:
    for number, record in enumerate(records()):
        where = tmp_path / "cases" / ("deeper" if number % 3 else "") / f"{number:02}.json"
        put(where, json.dumps(record, indent=2 if number % 2 else None).encode())
    put(tmp_path / "cases" / "README.md", b"not a case")
    assert scores(tmp_path / "cases") == wanted()


def test_a_folder_of_every_form(tmp_path: Path) -> None:
    cases = records()
    put(tmp_path / "a.ndjson", lines(cases[:5]))
    put(tmp_path / "b.ndjson.gz", gzip.compress(lines(cases[5:10])))
    put(tmp_path / "c.NDJSON.zst", zst(lines(cases[10:20])))
    put(tmp_path / "d.parquet", parquet(inferred(cases[20:30])))
    put(tmp_path / "e.json", json.dumps(cases[30:39]).encode())
    put(tmp_path / "f" / "one.json", json.dumps(cases[39], indent=4).encode())
    assert scores(tmp_path) == wanted()
    assert scores(*sorted(path for path in tmp_path.rglob("*") if path.is_file())) == wanted()


def test_a_record_whose_first_key_stands_on_the_first_line(tmp_path: Path) -> None:
    """A layout some writers have: not one record a line, though the first line is no lone brace."""
    text = json.dumps(records()[0], indent=2).replace("{\n", "{", 1)
    assert scores(put(tmp_path / "one.json", text.encode())) == scores("-", stdin=lines(records()[:1]))


def test_dates_times_and_numbers_as_other_programs_write_them_to_parquet(tmp_path: Path) -> None:
    """A column of whole numbers with gaps is one of floating-point numbers to pandas."""
    table = inferred(records())
    sentence = table.column("sentence").combine_chunks()
    parts = {field.name: sentence.field(field.name) for field in sentence.type}
    parts["tier"] = parts["tier"].cast(pa.float64())
    parts["sentenced_on"] = parts["sentenced_on"].cast(pa.timestamp("us"))
    made = pa.StructArray.from_arrays(list(parts.values()), names=list(parts))
    table = table.set_column(table.schema.get_field_index("sentence"), "sentence", made)
    assert scores(put(tmp_path / "cases.parquet", parquet(table))) == wanted()


# What cannot be used


def damaged(place: int = 3) -> list[bytes]:
    """The lines of a sample, four of them bad."""
    made = lines(records()[:10]).splitlines()
    made[place] = made[place].replace(b'"community_order"', b'"comunity_order"').replace(b'"licence"', b'"license"')
    made[5] = made[5][:200]
    made[6] = b"[1, 2]"
    made[8] = b'{"case_id": "only"}'
    return made


def test_bad_records_are_named_counted_and_left_out(tmp_path: Path) -> None:
    path = put(tmp_path / "cases.ndjson", b"\r\n".join(damaged()))
    ran = run("batch", path, "--format", "json")
    made = json.loads(ran.out)
    assert (ran.code, made["cases"]) == (0, 6)
    assert [entry["place"] for entry in made["rejected"]] == [f"{path}:{line}" for line in (4, 6, 7, 9)]
    assert all(entry["faults"] for entry in made["rejected"])
    for line in (4, 6, 7, 9):
        assert f"left out: {path}:{line}:" in ran.err
    assert "did you mean" in ran.err
    kept = [record for number, record in enumerate(records()[:10]) if number not in (3, 5, 6, 8)]
    assert made | {"rejected": []} == json.loads(scores("-", stdin=lines(kept)))
    assert "4 records could not be used: left out" in run("batch", path, "--quiet").out
    assert "Records left out: 4" in run("batch", path, "--quiet", "--format", "md").out


def test_strict_stops_at_a_bad_record(tmp_path: Path) -> None:
    path = put(tmp_path / "cases.ndjson", b"\n".join(damaged()))
    to, findings = tmp_path / "scores.json", tmp_path / "findings.parquet"
    ran = run("batch", path, "--strict", "--output", to, "--findings", findings)
    assert (ran.code, ran.out) == (2, "")
    assert f"{path}:4:" in ran.err
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("form", ["array", "folder", "parquet"])
def test_bad_records_in_other_forms(tmp_path: Path, form: str) -> None:
    cases = [dict(record) for record in records()[:4]]
    cases[2]["sentence"] = cases[2]["sentence"] | {"kind": "license"}
    if form == "array":
        path = put(tmp_path / "cases.json", b"[\n" + b",\n".join(lines(cases).splitlines()) + b"]")
        place = f"{path}:4"
    elif form == "folder":
        for number, case in enumerate(cases):
            put(tmp_path / "in" / f"{number}.json", json.dumps(case).encode())
        path, place = tmp_path / "in", str(tmp_path / "in" / "2.json")
    else:
        path = put(tmp_path / "cases.parquet", parquet(inferred(cases)))
        place = f"{path}: row 3"
    ran = run("batch", path, "--format", "json")
    made = json.loads(ran.out)
    assert (ran.code, made["cases"]) == (0, 3)
    ((found, fault),) = ((entry["place"], entry["faults"][0]) for entry in made["rejected"])
    assert found.removesuffix(":1") == place
    assert fault.startswith("sentence.kind: ")
    assert f"left out: {place}" in ran.err
    assert "did you mean `licence`?" in ran.err


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("empty.ndjson", lambda _: b""),
        ("empty.json", lambda _: b""),
        ("blank.ndjson", lambda _: b"\n\r\n \n"),
        ("none.json", lambda _: b"[]"),
        ("null.json", lambda _: b"null"),
        ("text.json", lambda _: b"case"),
        ("bad.ndjson", lambda _: b'{"case_id": 1}\n{]\n\xff\n'),
        ("cut.ndjson.gz", lambda cases: gzip.compress(lines(cases))[:-4000]),
        ("end.ndjson.gz", lambda cases: gzip.compress(lines(cases))[:-5]),
        ("cut.ndjson.zst", lambda cases: zst(lines(cases))[:-3000]),
        ("end.ndjson.zst", lambda cases: zst(lines(cases))[:-5]),
        ("flip.ndjson.gz", lambda cases: _flipped(gzip.compress(lines(cases)))),
        ("cut.parquet", lambda cases: parquet(inferred(cases))[:-2000]),
        ("start.parquet", lambda _: b"PAR1"),
        ("other.parquet", lambda _: parquet(pa.table({"a": [1, 2]}))),
        ("norows.parquet", lambda _: parquet(pa.table({"case_id": pa.array([], pa.string())}))),
        ("start.ndjson.gz", lambda _: b"\x1f\x8b"),
        ("utf16.ndjson", lambda cases: lines(cases[:2]).decode().encode("utf-16")),
    ],
)
def test_what_holds_no_case_or_is_damaged_ends_with_2_and_nothing_written(
    tmp_path: Path, name: str, make: Callable[[Sequence[Record]], bytes]
) -> None:
    path = put(tmp_path / name, make(records()))
    to, findings = tmp_path / "scores.json", tmp_path / "findings.ndjson"
    ran = run("batch", path, "--format", "json", "--output", to, "--findings", findings)
    assert (ran.code, ran.out) == (2, ""), ran.err[-300:]
    assert name in ran.err
    assert "defect" not in ran.err
    assert sorted(tmp_path.iterdir()) == [path]
    ran = run("batch", "-", stdin=path.read_bytes())
    assert (ran.code, ran.out) == (2, "")
    assert "standard input" in ran.err or "-: no usable" in ran.err


def _flipped(raw: bytes) -> bytes:
    middle = len(raw) // 2
    return raw[:middle] + bytes([raw[middle] ^ 0xFF]) + raw[middle + 1 :]


def test_a_damaged_file_among_good_ones_stops_the_run(tmp_path: Path) -> None:
    """Half a file is no sample: unlike a bad record, nobody knows what is missing."""
    put(tmp_path / "in" / "a.ndjson", lines(records()[:5]))
    put(tmp_path / "in" / "b.ndjson.gz", gzip.compress(lines(records()[5:]))[:-4000])
    ran = run("batch", tmp_path / "in", "--output", tmp_path / "scores.json")
    assert ran.code == 2
    assert "b.ndjson.gz: damaged: " in ran.err
    assert not (tmp_path / "scores.json").exists()


def test_paths_that_lead_to_nothing(tmp_path: Path) -> None:
    put(tmp_path / "in" / "README.md", b"x")
    ran = run("batch", tmp_path / "in")
    assert (ran.code, ran.out) == (2, "")
    assert "a folder without files of cases" in ran.err
    ran = run("batch", tmp_path / "nothing.ndjson")
    assert ran.code == 2
    assert "no such file" in ran.err


def test_a_case_that_comes_twice_is_refused_with_both_places(tmp_path: Path) -> None:
    first = put(tmp_path / "a.ndjson", lines(records()[:5]))
    second = put(tmp_path / "b.ndjson", b"\n" + lines(records()[3:6]))
    to = tmp_path / "scores.json"
    ran = run("batch", first, second, "--output", to, "--findings", tmp_path / "f.parquet")
    assert (ran.code, ran.out) == (2, "")
    for line, other in ((2, 4), (3, 5)):
        case = records()[other - 1]["case_id"]
        assert f"{second}:{line}: case_id: {case} is also the case at {first}:{other}" in ran.err
    assert "--duplicates keep-last" in ran.err
    assert sorted(tmp_path.iterdir()) == [first, second]
    assert run("batch", first, first).code == 2


def test_keep_last(tmp_path: Path) -> None:
    """The last record counts, and the report names the case."""
    cases = [dict(record) for record in records()[:6]]
    old = cases[2] | {"answers": {}, "events": []}
    third = cases[2] | {"answers": {}}
    path = put(tmp_path / "cases.ndjson", lines([old, *cases[:2], third, *cases[2:]]))
    made = json.loads(scores(path, "--duplicates", "keep-last"))
    assert made["replaced"] == [cases[2]["case_id"]]
    assert made | {"replaced": []} == json.loads(scores("-", stdin=lines(cases)))
    assert "1 case came more than once" in run("batch", path, "--duplicates", "keep-last", "--quiet").out


# Findings


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        found = pq.read_table(path).to_pylist()
        return [
            {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}
            for row in found
        ]
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: _uncsv(key, value) for key, value in row.items()} for row in csv.DictReader(file)]


def _uncsv(key: str, value: str) -> Any:
    if key == "disagrees":
        return value == "true"
    return int(value) if key == "days_late" and value else value or None


@pytest.mark.parametrize("messages", [False, True])
def test_findings_are_the_same_in_every_kind_of_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, messages: bool
) -> None:
    monkeypatch.setattr(pieces, "SIZE", 20_000)  # so that there are several, in several processes
    path = put(tmp_path / "cases.ndjson", lines([*records()[:12], *generate.records(12, 4)]))
    found = {}
    for kind in (".ndjson", ".csv", ".parquet"):
        to = tmp_path / f"findings{kind}"
        scores(path, "--findings", to, *(["--messages"] if messages else []))
        found[kind] = rows_of(to)
    assert found[".ndjson"] == found[".csv"]
    place = {(row["case_id"], row["question"]): i for i, row in enumerate(found[".ndjson"])}  # Parquet goes by question
    assert found[".ndjson"] == sorted(found[".parquet"], key=lambda row: place[row["case_id"], row["question"]])
    assert len(found[".ndjson"]) == 24 * len(shipped().scored)
    assert ("message" in found[".ndjson"][0]) == messages
    single = run(put(tmp_path / "one.json", json.dumps(records()[0]).encode()), "--format", "ndjson", "--quiet").out
    for row, alone in zip(found[".ndjson"], map(json.loads, single.splitlines()), strict=False):
        assert row | {"evidence": None} == {key: alone[key] for key in row} | {"evidence": None} or not messages
        assert {key: alone[key] for key in row if key != "evidence"} == {
            key: value for key, value in row.items() if key != "evidence"
        }
        if messages:
            assert json.loads(row["evidence"]) == alone["evidence"]


def test_findings_of_another_kind_are_refused(tmp_path: Path) -> None:
    ran = run("batch", sample(tmp_path), "--findings", tmp_path / "findings.xlsx")
    assert (ran.code, ran.out) == (2, "")
    assert ".parquet" in ran.err


def test_two_results_in_one_file_are_refused(tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    ran = run("batch", sample(tmp_path), "--format", "csv", "--output", to, "--findings", tmp_path / "." / "out.csv")
    assert ran.code == 2
    assert "another result goes to the same file" in ran.err
    assert not to.exists()


def test_a_place_that_cannot_be_written_to_is_said_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_yet(*_: object) -> None:
        raise AssertionError("cases were judged")

    monkeypatch.setattr(Judge, "judge", not_yet)
    path = sample(tmp_path)
    for to in (tmp_path / "nowhere" / "scores.json", tmp_path):
        for option in ("--output", "--findings"):
            ran = run("batch", path, option, f"{to}.csv" if option == "--findings" and to == tmp_path else to)
            if to != tmp_path or option == "--output":
                assert ran.code == 2, (to, option, ran.err)
    assert sorted(tmp_path.iterdir()) == [path]


def test_both_files_are_complete_before_the_first_takes_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, to, findings = sample(tmp_path), tmp_path / "scores.json", tmp_path / "findings.csv"
    found: list[tuple[str, list[str], int]] = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        others = [file.stat().st_size for file in tmp_path.iterdir() if file.name.endswith(".tmp")]
        found.append(
            (target.name, sorted(file.name for file in tmp_path.iterdir() if file.suffix != ".tmp"), min(others))
        )
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    scores(path, "--output", to, "--findings", findings)
    assert [(name, there) for name, there, _ in found] == [
        ("findings.csv", ["cases.ndjson"]),
        ("scores.json", ["cases.ndjson", "findings.csv"]),
    ]
    assert found[0][2] == to.stat().st_size  # the smaller of the two, as it came to be
    assert to.read_text(encoding="utf-8") == wanted()


def test_messages_want_findings(tmp_path: Path) -> None:
    """Without a file for them there are no findings to give messages to: said, not passed over."""
    ran = run("batch", sample(tmp_path), "--messages")
    assert ran.code == 2
    assert "--findings" in ran.err


# Ways out


def numbers(made: Mapping[str, Any]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Every score of a JSON report: value, interval, rounded, verdict, sufficient and relevant cases."""
    found = {}
    for level, name in LEVELS.items():
        for id_, entry in made[name].items():
            low, high = entry["interval"] or (None, None)
            value = entry["share"] if level == "question" else entry["score"]
            found[level, id_] = (value, low, high, entry.get("rounded"), entry.get("verdict"), entry.get("relevant"))
    return found


def _number(text: Any) -> Any:
    return None if text in ("", None) else float(text)


def table_numbers(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (row["level"], str(row["id"])): (
            _number(row["value"]),
            _number(row["interval_low"]),
            _number(row["interval_high"]),
            _number(row["rounded"]),
            row["verdict"] or None,
            _number(row["N"]),
        )
        for row in rows
    }


def test_every_format_says_the_same(tmp_path: Path) -> None:
    path = put(tmp_path / "cases.ndjson", lines([*records(), *generate.records(20, 4)]))
    made = json.loads(scores(path))
    wanted_numbers = numbers(made)
    text = run("batch", path, "--quiet", "--format", "csv").out
    assert table_numbers(list(csv.DictReader(io.StringIO(text)))) == wanted_numbers
    for format_ in ("parquet", "xlsx"):
        ran = run("batch", path, "--quiet", "--format", format_, "--output", tmp_path / f"scores.{format_}")
        assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert table_numbers(pq.read_table(tmp_path / "scores.parquet").to_pylist()) == wanted_numbers
    shown = table_numbers(workbook(tmp_path / "scores.xlsx"))
    assert shown.keys() == wanted_numbers.keys()
    for key, values in wanted_numbers.items():  # a workbook keeps 16 digits
        assert list(shown[key]) == [pytest.approx(v, rel=1e-12) if isinstance(v, float) else v for v in values]
    page = run("batch", path, "--quiet", "--format", "md").out
    for criterion, one in made["criteria"].items():
        (line,) = (line for line in page.splitlines() if line.startswith(f"| {criterion} "))
        assert f"| {one['rounded']}% |" in line
        assert ("priority" in line) == (one["verdict"] == "priority")
    html = run("batch", path, "--quiet", "--format", "html").out
    for level, found in (("criteria", made["criteria"]), ("questions", made["questions"])):
        for name, one in found.items():
            row = re.search(rf"<tr[^>]*>\s*<th[^>]*>(?:<a[^>]*>)?{re.escape(name)} .*?</tr>", html, re.DOTALL)
            assert row, name
            if level == "criteria":
                assert f">{one['rounded']}%</td>" in row[0]
                assert ("priority for improvement" in row[0]) == (one["verdict"] == "priority")
            else:
                few = ", few cases" if one["small_base"] else ""
                assert f">{one['sufficient']} of {one['relevant']}{few}</td>" in row[0]
    for question, one in made["questions"].items():
        (line,) = (line for line in page.splitlines() if line.startswith(f"| {question} |"))
        assert f"| {one['sufficient']} of {one['relevant']} |" in line
    for name, one in [*made["sections"].items(), ("thread Risk of Harm", made["threads"]["roh"])]:
        assert any(line.startswith(f"| {name}") and f"| {one['rounded']}% |" in line for line in page.splitlines())
    seen = run("batch", path, "--quiet", columns=120).out
    for criterion, one in made["criteria"].items():
        (line,) = (line for line in seen.splitlines() if line.startswith(f"{criterion} "))
        assert f" {one['rounded']}% " in line
        assert ("priority" in line) == (one["verdict"] == "priority")


def workbook(path: Path) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(path)
    rows = []
    for sheet, level in (("Criteria", "criterion"), ("Sections", "section"), ("Threads", "thread")):
        rows += _sheet(book[sheet], level)
    return rows + _sheet(book["Questions"], "question")


def _sheet(sheet: Any, level: str) -> list[dict[str, Any]]:
    heads, *body = ([cell.value for cell in row] for row in sheet.iter_rows())
    keys = [str(head).replace(" ", "_") for head in heads]
    empty = dict.fromkeys(("value", "interval_low", "interval_high", "rounded", "verdict", "N"))
    return [empty | dict(zip(keys, row, strict=True)) | {"level": level} for row in body]


def test_percentages_round_halves_up_everywhere(tmp_path: Path) -> None:
    """5 of 40 is 12.5%, which is 13% and not 12%."""
    cases = [json.loads(json.dumps(record)) for record in records()]
    for number, case in enumerate(cases):
        case["person"] = {"sex": "male", **({"ethnicity": "white"} if number < 5 else {})}
    path = put(tmp_path / "cases.ndjson", lines(cases))
    question = json.loads(scores(path))["questions"]["1.4.q01"]
    assert (question["sufficient"], question["relevant"]) == (5, 40)
    for format_ in ("md", "rich"):
        (line,) = (
            line
            for line in run("batch", path, "--quiet", "--format", format_).out.splitlines()
            if "1.4.q01" in line and "5 of 40" in line
        )
        assert "13%" in line


HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "=cmd|' /C calc'!A0",
    "{=A1}",
    "http://x",
    "[red]x[/red]",
    "\x1b[31mx",
]


INPUTS = {
    "a case": ("check", "case.json", "--output", "case.json"),
    "a trace": ("explain", "case.json", "2.2.q01", "--output", "case.json"),
    "scores": ("batch", "cases.ndjson", "--output", "cases.ndjson"),
    "by a link": ("batch", "cases.ndjson", "--output", "link.ndjson"),
    "findings": ("batch", ".", "--findings", "cases.ndjson"),
    "the audit": ("batch", "cases.ndjson", "audit.csv", "--audit", "audit.csv"),
    "a comparison": ("compare", "scores.json", "scores.json", "--output", "scores.json"),
    "an inspection": ("inspection", "gm", "--output", "gm/inspection.yaml"),
    "adequacy": ("sample", "check", "cases.ndjson", "--output", "cases.ndjson"),
    "a report": ("report", "gm", "--output", "gm/cases.ndjson"),
    "its record": ("report", "gm", "--output", "gm/inspection.yaml"),
    "its design": ("report", "gm", "--output", "gm/cases.design.json"),
}


@pytest.mark.parametrize("arguments", INPUTS.values(), ids=INPUTS)
def test_no_result_is_written_over_what_it_is_made_from(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "cases.ndjson", lines(records()[:3]))
    put(tmp_path / "audit.csv", lines(records()[3:5]))
    put(tmp_path / "case.json", json.dumps(records()[0]).encode())
    put(tmp_path / "scores.json", scores(GM).encode())
    (tmp_path / "link.ndjson").symlink_to("cases.ndjson")
    shutil.copytree(GM.parent, tmp_path / "gm")
    put(tmp_path / "gm" / "cases.design.json", b"{}")
    monkeypatch.chdir(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    ran = run(*arguments, "--quiet")
    assert (ran.code, ran.out) == (2, "")
    assert f"{arguments[-1]}: an input of this run\n" in ran.err
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def hostile_sample(folder: Path) -> Path:
    cases = [dict(record) for record in records()[:20]]
    for case, text in zip(cases, HOSTILE * 2, strict=True):
        case["case_id"] = f"{text}{case['case_id'] if cases.index(case) >= 10 else ''}"
        case["district"] = text
        case["officer"] = "long " * 80
    return put(folder / "cases.ndjson", lines(cases))


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    path = hostile_sample(tmp_path)
    by = ("--by", "district", "--by", "officer", "--disagreements", "--quiet")
    book = tmp_path / "scores.xlsx"
    assert run("batch", path, "--quiet", "--format", "xlsx", "--output", book).code == 0
    for sheet in openpyxl.load_workbook(book):
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
    assert run("batch", path, *by, "--findings", tmp_path / "f.csv").code == 0
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        ids = {row["case_id"] for row in csv.DictReader(file)}
    assert len(ids) == 20
    assert not any(id_.startswith(("=", "+", "-", "@", "\t")) for id_ in ids)
    for format_, columns, options in (("rich", 80, by), ("rich", 120, by), ("md", 80, ("--quiet",))):
        out = run("batch", path, *options, "--format", format_, columns=columns).out
        assert "\x1b" not in out
        assert "\t" not in out
    damaged = put(tmp_path / "<script>alert(1)<&script>.ndjson", path.read_bytes() + b"{}\n")
    html = run("batch", damaged, "--quiet", "--words", "--format", "html").out
    assert "&lt;script&gt;alert(1)&lt;&amp;script&gt;.ndjson:21" in html
    assert not re.search(r"https?://|//[a-z]|url\(|@import|<script|<link|src=", html)
    made = json.loads(run("batch", path, *by, "--format", "json").out)
    assert set(made["by"]["district"]) == set(HOSTILE)
    assert set(made["by"]["officer"]) == {"long " * 80}


@pytest.mark.parametrize("format_", ["csv", "md", "xlsx", "parquet", "html"])
def test_what_a_format_cannot_show_is_refused(format_: str) -> None:
    ran = run("batch", GM, "--format", format_, "--by", "district", "--what-would-lift", "--disagreements")
    assert (ran.code, ran.out) == (2, "")
    for option in ("--by", "--what-would-lift", "--disagreements"):
        assert f"{option}: not in the format {format_}\n  use --format rich or json" in ran.err


@pytest.mark.parametrize("format_", ["json", "csv", "md", "xlsx", "parquet", "rich", "html"])
def test_the_same_run_writes_the_same_bytes(tmp_path: Path, format_: str) -> None:
    path = sample(tmp_path)
    made = []
    for name in ("first", "second"):
        to = tmp_path / name
        by = ("--by", "district") if format_ in ("json", "rich") else ()
        ran = run("batch", path, "--quiet", "--format", format_, "--output", to, *by)
        assert ran.code == 0
        made.append(to.read_bytes())
    assert made[0] == made[1]
    if format_ != "xlsx":
        return
    again = spawn("batch", path, "--quiet", "--format", format_, "--output", tmp_path / "third")
    assert again.code == 0
    run("batch", path, "--quiet", "--format", format_, "--output", tmp_path / "fourth")
    assert (tmp_path / "third").read_bytes() == (tmp_path / "fourth").read_bytes()


# Breaking down, caseload, failing


def test_by_counts_every_case_once(tmp_path: Path) -> None:
    cases = [dict(record) for record in records()]
    for number, case in enumerate(cases):
        case["district"] = ["Big"] * 28 + ["Small"] * 3 + [None] * 9
        case["district"] = case["district"][number]
    path = put(tmp_path / "cases.ndjson", lines(cases))
    made = json.loads(scores(path, "--by", "district", "--by", "kind", "--by", "tier"))["by"]
    assert {name: part["cases"] for name, part in made["district"].items()} == {
        "Big": 28,
        "Small": 3,
        "not recorded": 9,
    }
    for parts in made.values():
        assert sum(part["cases"] for part in parts.values()) == 40
    big = json.loads(scores("-", stdin=lines(cases[:28])))
    shown = made["district"]["Big"]
    assert shown["criteria"] == big["criteria"]
    for question, one in shown["questions"].items():
        if one["relevant"] == 0 or one["relevant"] >= 5:
            assert one == big["questions"][question]
        else:
            assert (one["share"], one["interval"], one["suppressed"]) == (None, None, True)
    small = made["district"]["Small"]
    assert all(one["score"] is None and one["suppressed"] for one in small["criteria"].values())
    assert all(one["share"] is None for one in small["questions"].values())
    every = json.loads(scores(path, "--by", "district", "--show-small"))["by"]["district"]["Small"]
    alone = json.loads(scores("-", stdin=lines(cases[28:31])))
    assert (every["criteria"], every["questions"]) == (alone["criteria"], alone["questions"])


def test_a_value_that_says_not_recorded_is_not_one_that_is_not(tmp_path: Path) -> None:
    cases = [dict(record) for record in records()[:12]]
    for number, case in enumerate(cases):
        case["district"] = None if number < 5 else "x" * 70 + str(number % 2)
    made = json.loads(scores(put(tmp_path / "c.ndjson", lines(cases)), "--by", "district"))["by"]["district"]
    assert sorted(part["cases"] for part in made.values()) == [3, 4, 5]  # long values are told apart


def test_by_something_else_is_refused(tmp_path: Path) -> None:
    ran = run("batch", sample(tmp_path), "--by", "distrikt")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean `district`?" in ran.err


def test_the_breakdown_is_readable_at_80_columns() -> None:
    out = run("batch", GM, "--quiet", "--by", "district").out
    table = out[out.index("By district") :]
    made = json.loads(run("batch", GM, "--quiet", "--by", "district", "--format", "json").out)["by"]["district"]
    for district, part in made.items():
        (line,) = (line for line in table.splitlines() if line.startswith(f"{district} "))
        shown = [one["rounded"] for one in (*part["criteria"].values(), *part["threads"].values())]
        assert line.split()[-len(shown) :] == ["·" if one is None else str(one) for one in shown]


def test_caseload(tmp_path: Path) -> None:
    path = sample(tmp_path)
    made = json.loads(scores(path, "--caseload", "80"))
    plain = json.loads(wanted())
    assert made["caseload"] == 80
    for name, one in made["criteria"].items():
        assert one["score"] == plain["criteria"][name]["score"]
        low, high = plain["criteria"][name]["interval"]
        assert one["interval"][1] - one["interval"][0] == pytest.approx((high - low) * (40 / 79) ** 0.5)
    assert "caseload of 80" in run("batch", path, "--caseload", "80", "--quiet").out
    ran = run("batch", path, "--caseload", "39", "--output", tmp_path / "scores.json")
    assert ran.code == 2
    assert "fewer than the 40 cases" in ran.err
    assert not (tmp_path / "scores.json").exists()
    assert run("batch", path, "--caseload", "0").code == 2


def test_fail_on(tmp_path: Path) -> None:
    met = shipped()
    answers = {question.id: "sufficient" for question in met.scored}
    case: Record = dict(records()[0]) | {"answers": answers, "events": None}
    path = put(tmp_path / "good.ndjson", lines([case | {"case_id": f"C{n}"} for n in range(12)]))
    counts = Counter(
        outcome
        for one in json.loads(scores(path))["questions"].values()
        for outcome in map(str, Outcome)
        if one[outcome]
    )
    assert "not_sufficient" not in counts
    levels = ("never", "not_sufficient", "not_evidenced", "priority")

    def codes(sample: Path, *more: object) -> list[int]:
        return [run("batch", sample, "--quiet", "--fail-on", level, *more).code for level in levels]

    assert codes(path) == [0, 0, int("not_evidenced" in counts), 0]
    small = sample(tmp_path)
    open_ = int(any(one["not_evidenced"] for one in json.loads(wanted())["questions"].values()))
    assert codes(small) == [0, 1, open_, 1]
    assert codes(small, "--set", "line_of_priority=40") == [0, 1, open_, 0]
    below = put(tmp_path / "bad.ndjson", lines([case | {"answers": {**answers, "1.2.q01": "poor"}}]))
    assert codes(below)[:2] == [0, 1]


def test_fail_on_still_writes(tmp_path: Path) -> None:
    to = tmp_path / "scores.json"
    assert run("batch", GM, "--quiet", "--fail-on", "priority", "--format", "json", "--output", to).code == 1
    assert json.loads(to.read_text(encoding="utf-8"))["cases"] == 150


def test_as_of_moves_every_case(tmp_path: Path) -> None:
    early = json.loads(scores(sample(tmp_path), "--as-of", "2006-02-01"))
    assert early["as_of"] == "2006-02-01"
    reviews = early["questions"]["2.2.q01"], json.loads(wanted())["questions"]["2.2.q01"]
    assert reviews[0]["pending"] > reviews[1]["pending"]


def test_disagreements_are_listed(tmp_path: Path) -> None:
    path = put(tmp_path / "cases.ndjson", lines(generate.records(30, 4)))
    made = json.loads(scores(path, "--disagreements"))
    assert len(made["disagreement_list"]) > 10
    seen = " ".join(run("batch", path, "--quiet", "--disagreements").out.split())
    for one in made["disagreement_list"]:
        said = f"{one['case_id']} {one['question']} the assessor: {one['answer']}; the record: {one['outcome']}"
        assert said.replace("_", " ") in seen


# Streams and widths


def test_warnings_go_to_standard_error_and_are_quietened(tmp_path: Path) -> None:
    path = put(tmp_path / "cases.ndjson", lines(generate.records(30, 4)))
    loud, quiet = run("batch", path), run("batch", path, "--quiet")
    assert loud.out == quiet.out
    assert "warning: " in loud.err
    assert quiet.err == ""
    assert not re.search(r"[\x1b\r]", loud.out + loud.err)


def at_a_terminal(*args: object) -> Ran:
    """Run with standard error a terminal and standard output a pipe."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "omi_rules.cli", *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    ) as process:
        os.close(slave)
        said = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            said += part
        os.close(master)
        assert process.stdout
        out = process.stdout.read()
        code = process.wait(60)
    return Ran(code, out.decode(), said.decode())


def test_the_bar_is_for_those_who_watch() -> None:
    watched, plain = at_a_terminal("batch", GM, "--format", "csv"), spawn("batch", GM, "--format", "csv", "--quiet")
    assert (watched.code, plain.code, plain.err) == (0, 0, "")
    assert watched.out == plain.out
    assert "cases" in watched.err
    assert at_a_terminal("batch", GM, "--format", "csv", "--quiet") == Ran(0, plain.out, "")
    assert "\x1b" not in spawn("batch", GM, "--format", "csv").err


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(tmp_path: Path, columns: int) -> None:
    every = ("--by", "district", "--what-would-lift", "--disagreements", "--caseload", "9000")
    generated = put(tmp_path / "g.ndjson", lines(generate.records(30, 4)))
    for path, options in ((GM, ()), (hostile_sample(tmp_path), ("--by", "officer")), (generated, ("--by", "kind"))):
        out = run("batch", path, *every, *options, "--quiet", columns=columns).out
        assert max(map(len, out.splitlines())) <= columns
        assert all(line == line.rstrip() for line in out.splitlines())
        assert path != GM or max(map(len, out.splitlines())) > columns - 15


def test_narrow_terminals_are_bearable() -> None:
    for columns in (40, 60):
        out = run("batch", GM, "--quiet", "--by", "tier", columns=columns).out
        assert max(map(len, out.splitlines())) <= columns
        assert "74%" in out


# Goldens


@pytest.mark.parametrize("columns", [80, 120])
def test_golden_summary(golden: Compare, columns: int) -> None:
    ran = run("batch", GM, "--quiet", columns=columns)
    assert (ran.code, ran.err) == (0, "")
    golden(f"batch-{columns}.txt", ran.out)


def test_golden_everything(golden: Compare) -> None:
    options = ("--by", "district", "--what-would-lift", "--caseload", "5000")
    golden("batch-everything.txt", run("batch", GM, "--quiet", *options).out)


@pytest.fixture
def halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The scores of two halves of the sample, in the folder the command is called from."""
    monkeypatch.chdir(tmp_path)
    every = GM.read_bytes().splitlines(keepends=True)
    for name, half in (("2005", every[::2]), ("2006", every[1::2])):
        scores("-", "--output", f"{name}.json", stdin=b"".join(half))
    return tmp_path


@pytest.mark.usefixtures("halves")
def test_golden_compare(golden: Compare) -> None:
    for columns in (80, 120):
        ran = run("compare", "2005.json", "2006.json", columns=columns)
        assert (ran.code, ran.err) == (0, "")
        assert max(map(len, ran.out.splitlines())) <= columns
        golden(f"compare-{columns}.txt", ran.out)


@pytest.mark.usefixtures("halves")
def test_compare_formats_say_the_same() -> None:
    made = json.loads(run("compare", "2005.json", "2006.json", "--format", "json").out)
    first, second = (json.loads(Path(f"{year}.json").read_text(encoding="utf-8")) for year in (2005, 2006))
    assert [made[side]["cases"] for side in ("first", "second")] == [75, 75]
    rows = list(csv.DictReader(io.StringIO(run("compare", "2005.json", "2006.json", "--format", "csv").out)))
    assert len(rows) == len(made["differences"]) == 205 + 14 + 3 + 1
    page = run("compare", "2005.json", "2006.json", "--format", "md").out
    for row, one in zip(rows, made["differences"], strict=True):
        assert (row["level"], row["id"]) == (one["level"], one["id"])
        key, factor = ("share", 100) if one["level"] == "questions" else ("score", 1)
        for side, there in ((first, "first"), (second, "second")):
            value = side[one["level"]][one["id"]][key]
            assert one[there] == (None if value is None else pytest.approx(factor * value))
        if one["change"] is not None:
            assert one["change"] == pytest.approx(one["second"] - one["first"])
            assert float(row["change"]) == one["change"]
            assert one["beyond_chance"] == (not one["interval"][0] <= 0 <= one["interval"][1])
        assert f"| {one['id']} |" in page
    same = json.loads(run("compare", "2005.json", "2005.json", "--format", "json").out)
    assert {one["change"] for one in same["differences"]} <= {0.0, None}
    assert not any(one["beyond_chance"] for one in same["differences"])


@pytest.mark.usefixtures("halves")
def test_compare_warns_of_other_rules_and_refuses_other_files(tmp_path: Path) -> None:
    scores(GM, "--set", "line_of_priority=60", "--output", "other.json")
    ran = run("compare", "2005.json", "other.json")
    assert ran.code == 0
    assert "not judged by the same rules" in ran.err
    assert run("compare", "2005.json", "other.json", "--quiet").err == ""
    for text in ("{}", "[]", '{"questions": {}}', "nonsense", ""):
        put(tmp_path / "bad.json", text.encode())
        ran = run("compare", "2005.json", "bad.json")
        assert (ran.code, ran.out) == (2, "")
        assert "bad.json" in ran.err
    made = json.loads(Path("2005.json").read_text(encoding="utf-8"))
    made["criteria"]["1.1"]["score"] = "high"
    put(tmp_path / "bad.json", json.dumps(made).encode())
    ran = run("compare", "2005.json", "bad.json")
    assert ran.code == 2
    assert "1.1" in ran.err


@pytest.fixture
def stricter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The shipped rules with reviews every 12 weeks, and the line at 75."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SHIPPED, "stricter")
    for name, old, new in (
        ("clocks.yaml", "16 weeks", "12 weeks"),
        ("ruleset.yaml", "value: 73", "value: 75"),
        ("ruleset.yaml", "version: 1.0.0", "version: 1.1.0"),
    ):
        path = Path("stricter") / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return "stricter"


def test_golden_diff(golden: Compare, stricter: str) -> None:
    for columns in (80, 120):
        ran = run("rules", "diff", "omi-2006", stricter, "--on", GM, "--quiet", columns=columns)
        assert (ran.code, ran.err) == (0, "")
        assert max(map(len, ran.out.splitlines())) <= columns
        golden(f"rules-diff-{columns}.txt", ran.out)


def test_diff_says_what_two_runs_say(tmp_path: Path, stricter: str) -> None:
    ran = run("rules", "diff", "omi-2006", stricter, "--on", GM, "--quiet", "--format", "json")
    made = json.loads(ran.out)
    found = []
    for ruleset in ("omi-2006", stricter):
        to = tmp_path / f"{ruleset}.ndjson"
        found.append(json.loads(scores(GM, "--ruleset", ruleset, "--findings", to)))
        found[-1]["findings"] = {(row["question"], row["case_id"]): row for row in rows_of(to)}
    before, after = found
    changed = {
        key: (was["outcome"], was["reason"], now["outcome"], now["reason"])
        for key, was in before["findings"].items()
        if (now := after["findings"][key]) and (was["outcome"], was["reason"]) != (now["outcome"], now["reason"])
    }
    assert made["changed"] == len(changed) > 20
    listed = {
        (move["question"], case): (*re.findall(r"\w+", move["before"]), *re.findall(r"\w+", move["after"]))
        for move in made["findings"]
        for case in move["cases"]
    }
    assert listed == changed
    moved = {
        name: (one["score"], after["criteria"][name]["score"])
        for name, one in before["criteria"].items()
        if one["score"] != after["criteria"][name]["score"] or one["verdict"] != after["criteria"][name]["verdict"]
    }
    assert {
        change["name"]: (change["before"], change["after"])
        for change in made["scores"]
        if change["name"] in before["criteria"]
    } == moved
    turned = {change["name"] for change in made["scores"] if change["verdict"]}
    assert turned == {
        name for name, one in before["criteria"].items() if one["verdict"] != after["criteria"][name]["verdict"]
    }


def test_diff_of_the_same_rules_is_nothing() -> None:
    made = json.loads(run("rules", "diff", "omi-2006", SHIPPED, "--on", GM, "--quiet", "--format", "json").out)
    assert (made["changed"], made["findings"], made["scores"], made["cases"]) == (0, [], [], 150)


@pytest.mark.parametrize("options", [(), ("--duplicates", "keep-last")])
def test_a_file_named_twice_is_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    path = sample(tmp_path)
    ran = run("batch", path, tmp_path, *options)
    assert (ran.code, ran.out, ran.err) == (2, "", f"{path}: named twice\n  name it once\n")


def test_a_column_in_the_names_of_folders_is_refused(tmp_path: Path) -> None:
    """It would be missing from every record."""
    folder = tmp_path / "all" / "district=North"
    folder.mkdir(parents=True)
    part = put(folder / "part-0.parquet", parquet(typed(records()[:3])))
    ran = run("batch", tmp_path / "all")
    assert (ran.code, f"{part}: Parquet whose folders hold a column" in ran.err) == (2, True)
    assert run("batch", folder, "--quiet").code == 0
    assert run("batch", part, "--quiet").code == 0
