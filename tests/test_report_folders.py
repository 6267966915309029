"""The report of folders of every kind: with little in them, with a design, with names to hide; and the refusals."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from running import REPOSITORY, Ran, run, shipped
from test_report import FOLDER, manchester

from omi_rules.commands.report import gathered
from omi_rules.output import as_bytes
from omi_rules.reports.inspection_report.formats import FORMATS
from omi_rules.reports.inspection_report.report import Report

RECORD = (FOLDER / "inspection.yaml").read_text("utf-8").replace("\nsample: [cases.ndjson]\n", "\n")
CASES: list[dict[str, Any]] = [json.loads(line) for line in (FOLDER / "cases.ndjson").read_text("utf-8").splitlines()]

INSPECTED = {"from": "2006-06-26", "to": "2006-06-30"}
TARGET = {"measure": "m", "target": 90, "actual": 10, "better": "higher"}

ALL_FORMATS = """
import sys
import time_machine
with time_machine.travel(sys.argv[1]):
    from pathlib import Path
    from omi_rules.commands import ruleset_of
    from omi_rules.commands.report import gathered
    from omi_rules.output import as_bytes
    from omi_rules.reports.inspection_report.formats import FORMATS
    report = gathered(Path(sys.argv[2]), ruleset_of("omi-2006", {}), quiet=True)
    for name, form in FORMATS.items():
        Path(sys.argv[3], name).write_bytes(as_bytes(form(report)))
"""


def folder_of(at: Path, record: str = RECORD, **files: str) -> Path:
    """A folder of an inspection."""
    at.mkdir(exist_ok=True)
    (at / "inspection.yaml").write_text(record, "utf-8")
    for name, text in files.items():
        (at / name.replace("_", ".")).write_text(text, "utf-8")
    return at


def text_of(made: str | bytes) -> str:
    """All the text of a report, whatever archive it lies in."""
    if isinstance(made, str):
        return made
    archive = zipfile.ZipFile(io.BytesIO(made))
    return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def reported(folder: Path, format_: str, to: Path, *more: object) -> Ran:
    return run("report", folder, "--format", format_, "--output", to, "--quiet", *more)


def lines(cases: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(case) + "\n" for case in cases)


def test_no_clock_and_no_chance_enters(tmp_path: Path) -> None:
    """Two processes with other hashes, on other days, in other time zones, the records in another order."""
    turned = folder_of(tmp_path / "turned", cases_ndjson=lines(CASES[::-1]))
    ways: Mapping[str, tuple[Path, str, dict[str, str]]] = {
        "one": (FOLDER, "2006-06-30", {"PYTHONHASHSEED": "1", "TZ": "UTC"}),
        "other": (turned, "2031-02-03", {"PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati"}),
    }
    for name, (folder, day, env) in ways.items():
        (tmp_path / name).mkdir()
        command = [sys.executable, "-c", ALL_FORMATS, day, str(folder), str(tmp_path / name)]
        subprocess.run(command, check=True, env={**os.environ, **env}, timeout=120)
    for format_ in FORMATS:
        made = [(tmp_path / name / format_).read_bytes() for name in ways]
        assert made[0] == made[1], format_
        assert made[0] == as_bytes(FORMATS[format_](manchester())), format_


@pytest.mark.parametrize("format_", FORMATS)
def test_a_folder_without_a_sample(tmp_path: Path, format_: str) -> None:
    made = FORMATS[format_](gathered(folder_of(tmp_path), shipped(), quiet=True))
    text = text_of(made)
    assert "partly met" in text
    assert not re.search(r"Chart 1:|Case \d{3}|criterion-1\.1", text)
    if format_ == "json":
        found = json.loads(text)
        assert [found[key] for key in ("sample", "weighted", "words", "adequacy", "below")] == [None] * 4 + [{}]
    else:
        assert "nothing is scored" in text


@pytest.mark.parametrize("format_", FORMATS)
def test_a_folder_with_nothing_but_the_area(tmp_path: Path, format_: str) -> None:
    record = "area: Nowhere\ninspected: {from: 2006-06-26, to: 2006-06-30}\n"
    made = FORMATS[format_](gathered(folder_of(tmp_path, record), shipped(), quiet=True))
    assert "Nowhere" in text_of(made)


def test_a_ruleset_without_words() -> None:
    rules = shipped()
    wordless = replace(rules, head=replace(rules.head, words=None))
    report = gathered(FOLDER, wordless, quiet=True)
    for format_, form in FORMATS.items():
        text = text_of(form(report))
        assert not re.search("Recommendations|In nearly all cases", text), format_
        assert "n of N" in text or format_ == "json"


def test_weighted_scores_stand_beside_the_others_where_the_design_lies_beside_the_sample(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "folder")
    drawn = folder / "cases.ndjson"
    assert not run("sample", "draw", FOLDER / "cases.ndjson", "--size", 40, "--seed", 7, "--to", drawn).code
    said = run("batch", drawn, "--design", folder / "cases.design.json", "--format", "json", "--quiet")
    weighted = json.loads(said.out)["weighted"]
    report = gathered(folder, shipped(), quiet=True)
    found = json.loads(str(FORMATS["json"](report)))["weighted"]
    assert found == {**weighted, "not_read": 0}
    criterion = weighted["criteria"]["3.1"]
    between = " to ".join(str(int(end + 0.5)) for end in criterion["interval"])
    share, asked = weighted["questions"]["1.5.q03"], json.loads(said.out)["questions"]["1.5.q03"]
    page, scores = str(FORMATS["md"](report)), json.loads(said.out)["criteria"]["3.1"]
    title = "3.1 Achievement of Initial Outcomes"
    assert "40 of 150 cases drawn" in page
    assert f"| {title} | {scores['rounded']}% | {criterion['rounded']}% | {between}% |" in page
    assert (
        f"| 1.5.q03 | {asked['sufficient']} | {asked['relevant']} |  | 100% | 100% | {share['effective']:.1f} |" in page
    )
    for format_ in ("html", "xlsx", "docx"):
        assert "weighted by the design of the sample" in text_of(FORMATS[format_](report))
    assert "weighted by the design" not in text_of(FORMATS["html"](manchester()))
    elsewhere = folder_of(tmp_path / "named", f"{RECORD}\ndesign: drawn.json\n", cases_ndjson=drawn.read_text())
    (elsewhere / "drawn.json").write_bytes((folder / "cases.design.json").read_bytes())
    assert FORMATS["md"](gathered(elsewhere, shipped(), quiet=True)) == page


# What is concluded from how many cases


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sample of five cases, and a record among them that is none."""
    text = lines(CASES[:5]) + json.dumps(CASES[5] | {"sentence": "none"}) + "\n"
    return folder_of(tmp_path_factory.mktemp("five"), cases_ndjson=text)


@pytest.mark.parametrize("format_", ["html", "md", "xlsx", "docx"])
def test_few_cases_are_marked_beside_their_numbers(five: Path, format_: str) -> None:
    report = gathered(five, shipped(), quiet=True)
    text = text_of(FORMATS[format_](report))
    assert "Risk of Harm: 74%, on 5 cases: too few for an interval." in text
    assert "The sample is too small for recommendations: 5 cases, and on fewer than 10 nothing is concluded." in text
    assert "70%, too few cases for an interval: priority for improvement" in text
    assert "5 cases; 1 record could not be used: left out" in text
    assert "few cases" in text
    assert not re.search(r"\b1 (cases|records)|In 1 of 1", text)
    assert ("4 of 5, few cases" in text) == (
        format_ != "xlsx"
    )  # a workbook has n, N and the mark in cells of their own
    assert "of 150, few cases" not in text_of(FORMATS[format_](manchester()))


def test_small_bases_are_marked_in_every_table_of_questions() -> None:
    page = str(FORMATS["md"](manchester()))
    scores = manchester().judged.scores
    assert scores is not None
    bases = {name: found.relevant for name, found in scores.questions.items()}
    listed = re.findall(r"^\| (\d\.\d\.\w+) \|.*\| \d+ \| (\d+) \| (few cases)? ?\|", page, re.MULTILINE)
    assert {name: int(base) for name, base, _ in listed} == bases
    assert {name for name, _, mark in listed if mark} == {name for name, base in bases.items() if 0 < base < 10}


def test_the_terminal_says_why_there_is_no_interval_and_that_a_grade_is_capped(five: Path, tmp_path: Path) -> None:
    said = run("inspection", five).out
    assert "Risk of Harm: 74%, on 5 cases: too few for an interval\n" in said
    assert "1.2 (70%, few cases)" in said
    assert "1 record could not be used" in said
    specific = {f"4.1.s{number}": {"grade": grade} for number, grade in enumerate((3, 3, 3, 0), start=1)}
    graded = {"leadership": {"4.1": {"specific": specific}}, "area": "X", "inspected": INSPECTED}
    at_80 = run("inspection", folder_of(tmp_path, json.dumps(graded))).out
    assert re.search(r"4\.1: partly met, from 4 of \d, .*capped", " ".join(at_80.split()))
    assert "…" not in at_80
    assert "Improvement plan received" in at_80


def test_a_report_with_a_single_case_or_star_is_in_the_singular(tmp_path: Path) -> None:
    table = {"title": "T", "period": "P", "rows": [TARGET | {"star": True}, TARGET | {"measure": "other"}]}
    record = {"area": "X", "inspected": INSPECTED, "targets": [table]}
    folder = folder_of(tmp_path, json.dumps(record), cases_ndjson=lines(CASES[:1]))
    page = str(FORMATS["md"](gathered(folder, shipped(), quiet=True)))
    assert "in 1 of 1 row: m." in page
    assert "on 1 case: too few for an interval" in page
    assert "1 of them says other than the outcome" in run("inspection", folder).out


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Report]:
    """The report of a sample with much to hide, as it is made and with names: files called by their cases, two of them
    useless, an officer with too many cases, and a design with cases that are not there."""
    folder = folder_of(tmp_path_factory.mktemp("named"))
    drawn = folder / "x.ndjson"
    assert not run("sample", "draw", FOLDER / "cases.ndjson", "--size", 40, "--seed", 1, "--to", drawn).code
    names = []
    for number, line in enumerate(drawn.read_text().splitlines()[:20]):
        case = json.loads(line)
        case |= {"officer": "OM-77", "assessor": {"id": "ASSESSOR-5", "role": "inspector"}}
        case |= {"sentence": f"unknown to {case['case_id']}"} if number >= 18 else {}
        names.append(f"{case['case_id']}.json")
        (folder / names[-1]).write_text(json.dumps(case))
    (folder / "inspection.yaml").write_text(f"{RECORD}\nsample: {json.dumps(names)}\ndesign: x.design.json\n")
    hidden, shown = (gathered(folder, shipped(), identify=identify, quiet=True) for identify in (False, True))
    return hidden, shown


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_says_whose_a_case_is_unless_asked_for(named: tuple[Report, Report], format_: str) -> None:
    """Neither references, nor officers and assessors, nor files that are named for them."""
    hidden, shown = named
    assert len(hidden.judged.rejected) == 2
    assert hidden.weighted is not None
    assert len(hidden.weighted.not_read) == 22
    secret = re.compile(r"GM-\d|\bOM-\d|ASSESSOR-\d|\.ndjson|\.json\b|unknown to")
    text = text_of(FORMATS[format_](hidden)).replace("x.design.json", "")  # the record's own word
    assert secret.findall(text) == []
    assert {"GM-0", "OM-7", ".json", "unknown to"} <= {
        one if one[0] in ".u" else one[:4] for one in secret.findall(text_of(FORMATS[format_](shown)))
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], r"nowhere.*no such folder.*a folder with inspection\.yaml"),
        (["cases.ndjson"], r"a file, where the folder of an inspection is wanted"),
        (["empty"], r"inspection\.yaml.*(no such file|cannot be read|not found)"),
        (["good", "--format", "pdf"], r"'pdf' is not one of 'html', 'md', 'xlsx', 'docx', 'json'"),
        (["good", "--output", "empty"], r"empty.*cannot be written: is a directory"),
        (["good", "--output", "nowhere/report.html"], r"cannot be written: no such file or directory"),
        (["good", "--set", "no.such=1"], r"no\.such"),
        (["good", "--ruleset", "tiny"], r"no file of section 4"),
        (["other-design"], r"cases\.design\.json.*not in this design, and so without a weight"),
        (["no-design"], r"gone\.json"),
    ],
)
def test_what_cannot_be_reported_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    few = lines(CASES[:12])
    folder_of(tmp_path / "good", cases_ndjson=few)
    folder_of(tmp_path / "no-design", f"{RECORD}\ndesign: gone.json\n", cases_ndjson=few)
    other = folder_of(tmp_path / "other-design", cases_ndjson=lines(CASES))
    (tmp_path / "cases.ndjson").write_text(lines(CASES[20:]))
    assert not run("sample", "draw", "cases.ndjson", "--size", 30, "--seed", 1, "--to", other / "x.ndjson").code
    (other / "x.design.json").rename(other / "cases.design.json")
    (tmp_path / "empty").mkdir()
    (tmp_path / "tiny").symlink_to(REPOSITORY / "tests" / "tiny_ruleset")
    before = sorted(tmp_path.rglob("*"))
    asked = arguments if "--output" in arguments else [*arguments, "--output", "made"]
    ran = run("report", *asked, "--quiet")
    assert (ran.code, ran.out) == (2, "")
    assert re.search(said, " ".join(re.sub("[│╭╮╰╯─]", " ", ran.err).split())), ran.err
    assert sorted(tmp_path.rglob("*")) == before
