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


@pytest.mark.parametrize("format_", ["html", "md", "xlsx", "docx"])
def test_scores_of_sections_and_threads_and_every_parameter(format_: str) -> None:
    text = _rows(format_)
    for section, score in {"1": 73, "2": 77, "3": 68}.items():
        assert re.search(rf"Section {section}: .*\| ({score}%|0\.{score}) \| \d\d to \d\d%", text), section
    assert re.search(r"Thread: Risk of Harm \| (72%|0\.72) \| 70 to 74%", text)
    for row in (
        r"individual questions \| (80%|0\.8) \| gm-2006 Appendix 3",
        r"summary question \| (20%|0\.2) \| gm-2006 Appendix 3",
        r"Line of priority \| (73%|0\.73) \| gm-2006 Chart 1",
        r"Few cases \| fewer than 10: .* \| ours",
        r"strength, from \| (80%|0\.8) \| ours: the report names no number",
        r"improvement, under \| (73%|0\.73) \| ours: the number of the line",
        r"on fewer cases than \| 10 \| gm-2006 2\.6",
        r"Near miss.* \| 0\.90 \| performance-report-20",
        r"(55%|0\.55) \| over half of \| gm-2006 Summary",
    ):
        assert re.search(row, text), row
    assert "in 2 of 17 rows: " in text


def _rows(format_: str) -> str:
    """The report as lines, with bars between the cells of a table."""
    made = FORMATS[format_](manchester())
    if isinstance(made, str):
        text = re.sub(r"<style>.*?</style>", "", made, flags=re.DOTALL) if format_ == "html" else made
        return re.sub(r"</t[hd]><t[hd][^>]*>", " | ", text)
    if format_ == "xlsx":
        rows = [row for sheet in load_workbook(io.BytesIO(made)) for row in sheet.iter_rows(values_only=True)]
        return "\n".join(" | ".join(str(cell) for cell in row if cell is not None) for row in rows)
    document = Document(io.BytesIO(made))
    tables = [" | ".join(cell.text for cell in row.cells) for table in document.tables for row in table.rows]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *tables])


def test_a_workbook_has_numbers_where_there_are_numbers() -> None:
    made = FORMATS["xlsx"](manchester())
    assert isinstance(made, bytes)
    book = load_workbook(io.BytesIO(made))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    heads = {"of N", "n"}
    assert not [cell.value for cell in cells if isinstance(cell.value, str) and re.fullmatch(r"-?\d+%", cell.value)]
    assert heads <= {cell.value for cell in cells}
    chart = {row[0].value: row[1] for row in book["scores"].iter_rows() if row[0].value}
    score = chart["1.1 Preparing for Sentence"]
    assert (score.value, score.number_format) == (CHART_1["1.1"] / 100, "0%")
    scores = manchester().judged.scores
    assert scores is not None
    found = scores.questions["1.2.q02"]
    at = next(row for row in book["criterion-1.2"].iter_rows() if str(row[0].value).startswith("1.2.q02 "))
    assert [cell.value for cell in at[2:4]] == [found.counts["sufficient"], found.relevant]
    assert at[1].number_format == "0%"
    target = next(row for row in book["targets"].iter_rows() if row[4].value == "near miss")
    assert {one.number_format for one in target[1:4]} == {"0%"}


def test_a_context_measure_has_no_cases_below_the_line() -> None:
    report = manchester()
    questions = report.judged.ruleset.questions
    scored = {name: len(cases) for name, cases in report.below.items() if not questions[name].context}
    assert sum(scored.values()) < sum(map(len, report.below.values()))
    made = FORMATS["xlsx"](report)
    assert isinstance(made, bytes)
    sheet = load_workbook(io.BytesIO(made))["cases below the line"]
    page = re.findall(r"<summary>(\d+) below the line", str(FORMATS["html"](report)))
    listed = json.loads(str(FORMATS["json"](report)))["below"]
    assert {name: len(cases) for name, cases in listed.items()} == scored
    assert sheet.max_row - 1 == sum(map(int, page)) == sum(scored.values())


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
