"""The report of an inspection, in every format. tests/browser looks at it in a browser."""

import io
import json
import re
import zipfile
from functools import cache
from pathlib import Path

import pytest
import yaml
from docx import Document
from openpyxl import load_workbook
from running import REPOSITORY, shipped

from omi_rules.commands.report import gathered
from omi_rules.reports.inspection_report.formats import FORMATS
from omi_rules.reports.inspection_report.report import Report

FOLDER = REPOSITORY / "fixtures" / "greater-manchester-2006"

CHART_1 = {"1.1": 74, "1.2": 68, "1.3": 82, "1.4": 75, "1.5": 65, "2.1": 68, "2.2": 69, "2.3": 76, "2.4": 82}
CHART_1 |= {"2.5": 74, "2.6": 88, "2.7": 79, "3.1": 66, "3.2": 70}
LINE = 73
TABLE_1 = {
    "4.1": "well met",
    "4.2": "well met",
    "4.3": "satisfactorily met",
    "4.4": "partly met",
    "4.5": "satisfactorily met",
    "4.6": "satisfactorily met",
}
TABLE_2 = 72

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'
FORMULA = '=HYPERLINK("http://evil.example/","x")'
TURNED = "\u202egnp.exe\u202c"
RIGHT_TO_LEFT = "\u05e9\u05dc\u05d5\u05dd"
LONG = "N" * 10_000


@cache
def manchester() -> Report:
    return gathered(FOLDER, shipped(), quiet=True)


def hostile(folder: Path) -> Report:
    """An inspection whose texts are meant to run, and whose cases are named so too."""
    record = yaml.safe_load((FOLDER / "inspection.yaml").read_text())
    record["area"] = f"{HOSTILE}{RIGHT_TO_LEFT}{LONG}"
    record["leadership"]["4.1"]["reason"] = FORMULA
    record["leadership"]["4.1"]["specific"]["4.1.s1"]["strengths"] = [FORMULA, "+1+1", "@SUM(A1)", HOSTILE, LONG]
    record["questionnaires"][0]["who"] = "</style></title>" + HOSTILE
    (folder / "inspection.yaml").write_text(yaml.safe_dump(record, default_flow_style=False), "utf-8")
    lines = (FOLDER / "cases.ndjson").read_text().splitlines()[:40]
    cases = [json.loads(line) for line in lines]
    for number, case in enumerate(cases):
        case["case_id"] = f"{(HOSTILE, FORMULA, '{{ 7*7 }}', TURNED)[number % 4]}{number}"
    (folder / "cases.ndjson").write_text("".join(json.dumps(case) + "\n" for case in cases))
    return gathered(folder, shipped(), identify=True, quiet=True)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_inputs_give_the_same_bytes(format_: str) -> None:
    again = gathered(FOLDER, shipped(), engine_name="reference", quiet=True)
    assert FORMATS[format_](manchester()) == FORMATS[format_](again)


@pytest.mark.parametrize("format_", ["xlsx", "docx"])
def test_an_archive_bears_no_time_of_the_clock(format_: str) -> None:
    made = FORMATS[format_](manchester())
    assert isinstance(made, bytes)
    archive = zipfile.ZipFile(io.BytesIO(made))
    assert {one.date_time[:3] for one in archive.infolist()} == {(1980, 1, 1)}
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", archive.read("docProps/core.xml").decode())) == {"2006-06-30T"}


@pytest.mark.parametrize("format_", FORMATS)
def test_cases_and_officers_are_shown_only_where_asked_for(format_: str) -> None:
    hidden, shown = manchester(), gathered(FOLDER, shipped(), identify=True, quiet=True)
    assert not re.search(r"GM-\d{3}|OM-\d\d", _texts(FORMATS[format_](hidden), format_))
    assert "GM-001" in _texts(FORMATS[format_](shown), format_)


def _texts(made: str | bytes, format_: str) -> str:
    if isinstance(made, str):
        return made
    archive = zipfile.ZipFile(io.BytesIO(made))
    name = "xl/sharedStrings.xml" if format_ == "xlsx" else "word/document.xml"
    return archive.read(name).decode()


def test_every_question_lists_as_many_cases_as_its_figures_say() -> None:
    report = manchester()
    scores = report.judged.scores
    assert scores is not None
    counted = {name: found.counts["not_sufficient"] for name, found in scores.questions.items()}
    assert {name: len(cases) for name, cases in report.below.items()} == counted
    assert sorted(report.shown.values()) == [f"Case {number:03}" for number in range(1, 151)]


def test_a_hostile_record_is_text_in_every_other_format(tmp_path: Path) -> None:
    report = hostile(tmp_path)
    made = {name: form(report) for name, form in FORMATS.items()}
    assert isinstance(made["xlsx"], bytes)
    assert isinstance(made["docx"], bytes)
    book = load_workbook(io.BytesIO(made["xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert FORMULA in {cell.value for cell in cells}
    assert b"<f>" not in b"".join(
        zipfile.ZipFile(io.BytesIO(made["xlsx"])).read(f"xl/worksheets/sheet{n}.xml")
        for n in range(1, len(book.sheetnames) + 1)
    )
    text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(made["docx"])).paragraphs)
    assert HOSTILE in text
    assert FORMULA in text
    assert not re.search(r"(?<!\\)<(script|img)", str(made["md"]))
    assert json.loads(str(made["json"]))["area"] == f"{HOSTILE}{RIGHT_TO_LEFT}{LONG}"


def test_the_page_names_no_other_place() -> None:
    made = str(FORMATS["html"](manchester()))
    assert not re.search(r"https?://|//[a-z]|url\(|@import|<script|<link|src=", made)
    assert "default-src 'none'" in made
