"""Cases out of flat tables: what a mapping says is what comes of them, whatever the tables were written with."""

import json
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import flat_tables
import pytest
import xlsxwriter
from flat_tables import EXTRACT, MAPPING
from hypothesis import given
from hypothesis import strategies as st
from running import REPOSITORY, run, shipped

from omi_rules.commands import import_
from omi_rules.errors import Refused
from omi_rules.importing.mapping import Column, CsvForm, Head, Table
from omi_rules.importing.ordering import Row, joined, ordered
from omi_rules.importing.records import begin, items
from omi_rules.loading import load
from omi_rules.reading import Item
from omi_rules.ruleset import Ruleset

HERE = Path(__file__).parent
SMALL = HERE / "import_fixture" / "mapping.yaml"


@cache
def tiny() -> Ruleset:
    return load(HERE / "tiny_ruleset")


def read(mapping: str, source: Path, ruleset: Ruleset | None = None) -> list[Item]:
    path = source.parent / "mapping.yaml"
    path.write_text(mapping, encoding="utf-8")
    return list(items(path, str(source), ruleset or tiny()))


def records(found: list[Item]) -> list[dict[str, Any]]:
    assert [fault for item in found if item.record is None for fault in item.faults] == []
    return [flat_tables.normal(item.record) for item in found if item.record is not None]


def tables(folder: Path, **files: str) -> Path:
    made = folder / "extract"
    made.mkdir(exist_ok=True)
    for name, text in files.items():
        (made / f"{name}.csv").write_text(text, encoding="utf-8")
    return made


def test_the_extract_that_is_kept_is_that_of_its_cases(tmp_path: Path) -> None:
    """`python tests/flat_tables.py` writes it anew."""
    made = flat_tables.write_csv(flat_tables.taken_apart(flat_tables.fixtures(flat_tables.SHOWN)), tmp_path / "made")
    assert {path.name: path.read_text() for path in made.iterdir()} == {
        path.name: path.read_text() for path in EXTRACT.iterdir()
    }


def test_the_extract_of_the_documentation_is_judged_as_its_cases_are() -> None:
    found = records(list(items(MAPPING, str(EXTRACT), shipped())))
    assert found == [flat_tables.normal(story) for story in flat_tables.fixtures(flat_tables.SHOWN)]


# What the keys of a mapping do

CASES = "tables:\n  cases:\n    rows: case\n    key: ref\n"
FIXED = "    constants: {assessed_on: 2006-06-28, sentence.kind: order, sentence.sentenced_on: 2006-01-04}\n"


def one(tmp_path: Path, mapping: str, **files: str) -> dict[str, Any]:
    """The record of the one case, without what is the same in all."""
    (record,) = records(read(mapping, tables(tmp_path, **files)))
    assert record.pop("assessed_on") == "2006-06-28"
    assert record["sentence"].pop("sentenced_on") == "2006-01-04"
    return record


def test_a_reference_that_is_not_the_key(tmp_path: Path) -> None:
    mapping = CASES + FIXED + "    columns: {crn: case_id, tier: sentence.tier}\n"
    made = one(tmp_path, mapping, cases="ref,crn,tier\n17,X1,2.0\n")
    assert made == {"case_id": "X1", "sentence": {"kind": "order", "tier": 2}}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("SUP; UPW ;", ["supervision", "unpaid_work"]),
        ("UPW", ["unpaid_work"]),
        ("none", []),
        ("", None),
        ("?", None),
    ],
)
def test_a_list_in_one_cell(cell: str, expected: list[str] | None, tmp_path: Path) -> None:
    column = 'values: {SUP: supervision, UPW: unpaid_work}, separator: ";", no: [none], not_recorded: ["?"]'
    mapping = CASES + FIXED + f"    columns: {{reqs: {{to: sentence.requirements, {column}}}}}\n"
    made = one(tmp_path, mapping, cases=f"ref,reqs\nA1,{cell}\n")
    assert made["sentence"].get("requirements") == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [("Y,N", ["supervision"]), ("N,N", []), ("N,", None), (",", None), (",Y", ["unpaid_work"])],
)
def test_a_list_with_a_column_for_each_value(cells: str, expected: list[str] | None, tmp_path: Path) -> None:
    mapping = "yes: [Y]\nno: [N]\n" + CASES + FIXED + '    columns: {"r_*": sentence.requirements.*}\n'
    made = one(tmp_path, mapping, cases=f"ref,r_supervision,r_unpaid_work\nA1,{cells}\n")
    assert made["sentence"].get("requirements") == expected


def test_answers_with_a_column_for_each_question(tmp_path: Path) -> None:
    mapping = (
        CASES + FIXED + '    columns: {"q_*": {to: answers.*, values: {"1": yes, "2": no}}, extra: answers.2.1.q05}\n'
    )
    made = one(tmp_path, mapping, cases="ref,q_1.1.q01,q_1.1.q02,q_2.1.q08,extra\nA1,1,2,,not_applicable\n")
    assert made["answers"] == {"1.1.q01": "yes", "1.1.q02": "no", "2.1.q05": "not_applicable"}


@pytest.mark.parametrize(
    ("no_rows", "rows", "expected"),
    [
        ("none", "A1,PPO,Y\n", {"ppo": True}),
        ("none", "", {"ppo": False}),
        ("not_recorded", "", None),
        ("none", "A1,PPO,\n", None),  # a row that leaves it open is not no row
        ("none", "A1,PPO,NK\n", None),
        ("not_recorded", "A1,PPO,N\n", {"ppo": False}),
    ],
)
def test_flags_in_a_table_of_their_own(
    no_rows: str, rows: str, expected: dict[str, bool] | None, tmp_path: Path
) -> None:
    mapping = "yes: [Y]\nno: [N]\nnot_recorded: [NK]\n" + CASES + FIXED + "  flags:\n    rows: flags\n    key: ref\n"
    mapping += f"    no_rows: {no_rows}\n    columns: {{flag: {{to: flag, values: {{PPO: ppo}}}}, is: value}}\n"
    assert one(tmp_path, mapping, cases="ref\nA1\n", flags="ref,flag,is\n" + rows).get("flags") == expected


@pytest.mark.parametrize(("first", "second", "expected"), [("none", "none", []), ("none", "not_recorded", None)])
def test_no_event_in_two_tables(first: str, second: str, expected: list[Any] | None, tmp_path: Path) -> None:
    table = "  {0}:\n    rows: events\n    key: ref\n    no_rows: {1}\n"
    table += "    constants: {{type: review}}\n    columns: {{day: on}}\n"
    mapping = CASES + FIXED + table.format("visits", first) + table.format("calls", second)
    made = one(tmp_path, mapping, cases="ref\nA1\n", visits="ref,day\n", calls="ref,day\n")
    assert made.get("events") == expected


def test_the_order_of_one_day(tmp_path: Path) -> None:
    """By date, then by the table's place in the mapping, then by the number; undated events come last."""
    table = "  {0}:\n    rows: events\n    key: ref\n    no_rows: none\n    order_by: n\n"
    table += "    columns: {{kind: type, day: on}}\n"
    mapping = CASES + FIXED + table.format("visits") + table.format("calls")
    visits = (
        "ref,n,kind,day\nA1,10,review,2006-02-01\nA1,9,change,2006-02-01\nA1,1,breach,\nA1,99,conviction,2006-01-31\n"
    )
    calls = "ref,n,kind,day\nA1,1,appointment,2006-02-01\n"
    (item,) = read(mapping, tables(tmp_path, cases="ref\nA1\n", visits=visits, calls=calls))
    assert item.record is not None
    kinds = [event["type"] for event in item.record["events"]]
    assert kinds == ["conviction", "change", "review", "appointment", "breach"]


def test_cases_that_are_left_out_take_their_rows_with_them(tmp_path: Path) -> None:
    mapping = CASES + FIXED + "    leave_out: {state: [closed]}\n  answers:\n    rows: answers\n    key: ref\n"
    mapping += "    columns: {q: question, a: answer}\n"
    source = tables(tmp_path, cases="ref,state\nA1,closed\nA2,open\n", answers="ref,q,a\nA1,?,?\nA2,1.1.q01,yes\n")
    (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
    found = begin(tmp_path / "mapping.yaml", str(source), tiny())
    assert [one["case_id"] for one in records(list(found.items()))] == ["A2"]
    assert list(found.left_out()) == [f"rows left out, as the mapping says: {source}/cases.csv: state: closed 1"]


def test_other_marks_and_letters(tmp_path: Path) -> None:
    mapping = 'csv: {delimiter: ";", encoding: cp1252}\n' + CASES + FIXED + "    columns: {kind: sentence.tier}\n"
    source = tables(tmp_path)
    (source / "cases.csv").write_bytes('ref;kind;note\n"J\xfcrgen; 1";2;\x93\n\xa0A2 ;1;\n'.encode("latin-1"))
    assert [one["case_id"] for one in records(read(mapping, source))] == ["A2", "Jürgen; 1"]
    (source / "cases.csv").write_bytes("ref;kind\nA1;2\n".encode("utf-8-sig"))
    assert [one["case_id"] for one in records(read(mapping.replace("cp1252", "UTF-8"), source))] == ["A1"]


# Workbooks


def workbook(to: Path, cells: list[list[Any]], sheet: str = "cases") -> Path:
    book = xlsxwriter.Workbook(to)
    made, dated = book.add_worksheet(sheet), book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            if isinstance(cell, (date, time)):
                made.write_datetime(y, x, cell, dated)
            elif isinstance(cell, str) and cell.startswith("="):
                made.write_formula(y, x, cell, None, {"=NA()": "#N/A", "=1+1": 2}[cell])
            elif cell is not None:
                made.write(y, x, cell)
    book.close()
    return to


SHEET = CASES + "    constants: {assessed_on: 2006-06-28, sentence.kind: order}\n"
SHEET += "    columns: {start: sentence.sentenced_on, tier: sentence.tier, ppo: flags.ppo}\n"
HEADER = ["ref", "start", "tier", "ppo"]


def test_cells_of_a_workbook(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [17, date(2006, 1, 4), 3, True],
        [None, None, None, None],
        [" 18 ", "2006-01-04", "=1+1", None],
        [19.0, datetime(2006, 1, 4), "2", "false", " "],
    ]
    (first, second, third) = records(read(SHEET, workbook(tmp_path / "x.xlsx", [HEADER, *rows])))
    assert [one["case_id"] for one in (first, second, third)] == ["17", "18", "19"]
    assert {one["sentence"]["sentenced_on"] for one in (first, second, third)} == {"2006-01-04"}
    assert [one["sentence"]["tier"] for one in (first, second, third)] == [3, 2, 2]
    assert [one.get("flags") for one in (first, second, third)] == [{"ppo": True}, None, {"ppo": False}]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["A1", "2006-01-04", "=NA()"], "tier (sentence.tier): #N/A is an error of a spreadsheet"),
        (["A1", "2006-01-04", date(2006, 4, 3)], 'tier (sentence.tier): "2006-04-03" is not a whole number'),
        (["A1", "2006-01-04", 2.5], 'tier (sentence.tier): "2.5" is not a whole number'),
        (["A1", "2006-01-04", True], 'tier (sentence.tier): "true" is not a whole number'),
        (["A1", 38721], "start (sentence.sentenced_on): 38721, where a date is wanted"),
        (["A1", datetime(2006, 1, 4, 9, 30)], "a time of day (2006-01-04 09:30:00), where a day is wanted"),
        (["A1", "2006-01-04", 2, 1], 'ppo (flags.ppo): "1" is no word for yes or no'),
        (["A1", "2006-01-04", 2, None, "more"], "a value in column 5, where the header has 4"),
    ],
)
def test_cells_of_a_workbook_that_do_not_fit(row: list[Any], expected: str, tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", [HEADER, ["A0", "2006-01-04"], row])
    good, bad = read(SHEET, path)
    assert good.record is not None
    assert bad.record is None
    assert str(bad.faults[0]).startswith(f"{path}: cases: row 3: case A1: ")
    assert expected in str(bad.faults[0])


def test_true_is_not_the_number_one(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["A1", "2006-01-04", 1], ["A2", "2006-01-04", True], ["A3", "2006-01-04", None, "true"]]
    found = read(SHEET, workbook(tmp_path / "x.xlsx", [HEADER, *rows, ["A4", "2006-01-04", None, 1]]))
    assert [item.record is not None for item in found] == [True, False, True, False]


def test_tables_and_columns_that_are_not_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(SHEET + "    ignore: [spare]\n", encoding="utf-8")
    source = tables(tmp_path, cases="ref,start,tier,ppo,spare,team,,note\n", staff="id\n")
    unused = begin(tmp_path / "mapping.yaml", str(source), tiny()).unused
    assert unused == (f"{source}/cases.csv: team, a column without a name, note", "staff.csv")


def test_a_time_of_day_that_does_not_matter(tmp_path: Path) -> None:
    mapping = 'date_format: "%Y-%m-%d %H:%M"\n' + SHEET
    rows: list[list[Any]] = [["A1", datetime(2006, 1, 4, 9, 30)], ["A2", "2006-01-04 09:30"], ["A3", date(2006, 1, 4)]]
    found = records(read(mapping, workbook(tmp_path / "x.xlsx", [HEADER, *rows])))
    assert [one["sentence"]["sentenced_on"] for one in found] == ["2006-01-04"] * 3


def test_a_text_of_which_a_spreadsheet_made_a_date(tmp_path: Path) -> None:
    mapping = CASES + FIXED.replace("order", "community_order") + "    columns: {officer: officer}\n"
    path = workbook(tmp_path / "x.xlsx", [["ref", "officer"], ["A1", date(2006, 4, 3)]])
    (item,) = read(mapping, path, shipped())
    assert "a date (2006-04-03), where a text is wanted" in str(item.faults[0])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"PK junk", "damaged, or not a workbook: "),
        (b"", "damaged, or not a workbook: "),
        (None, "no sheet `cases` in "),
    ],
)
def test_workbooks_that_cannot_be_read(content: bytes | None, expected: str, tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", [HEADER], sheet="case")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        read(SHEET, path)
    assert expected in str(refused.value)


def test_what_reads_workbooks_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "x.xlsx", [HEADER])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(Refused) as refused:
        read(SHEET, path)
    assert str(refused.value) == (
        f"{path}: openpyxl, which reads Excel, is missing\n  install it: pip install 'omi-rules[excel]'"
    )


@pytest.mark.parametrize("name", ["extract.xls", "extract.csv", "nothing"])
def test_what_is_not_a_source(name: str, tmp_path: Path) -> None:
    if name != "nothing":
        (tmp_path / name).touch()
    with pytest.raises(Refused, match=r"neither a folder of CSV files|no such file or folder"):
        read(SHEET, tmp_path / name)


# Order, and what does not fit memory


@given(st.lists(st.text("ab", max_size=2)), st.integers(1, 9))
def test_rows_are_put_in_order(keys: list[str], part: int) -> None:
    """In parts of any size, those of one case as they came."""
    rows = [Row(key, number, (key, number)) for number, key in enumerate(keys)]
    assert list(ordered(iter(rows), part)) == sorted(rows, key=lambda row: row.key)


@given(st.lists(st.lists(st.text("abc", max_size=1)), min_size=1, max_size=4))
def test_tables_are_joined(keys: list[list[str]]) -> None:
    found = [[Row(key, number, ()) for number, key in enumerate(one)] for one in keys]
    made = dict(joined(ordered(rows) for rows in found))
    assert list(made) == sorted({key for one in keys for key in one})
    assert made == {key: [[row for row in rows if row.key == key] for rows in found] for key in made}


def test_rows_beyond_the_first_part_are_not_in_memory() -> None:
    def rows() -> Iterator[Row]:
        for number in range(100_000):
            yield Row(f"{number * 7919 % 100_000:06}", number, (f"{number:0100}",))

    def peak(of: Callable[[], Iterable[Row]]) -> int:
        tracemalloc.start()
        assert sum(1 for _ in of()) == 100_000
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(lambda: ordered(rows(), 5_000)) < 0.5 * peak(lambda: list(rows()))


# The command


class Kept:
    """A store that only remembers."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def __call__(self, items: Any, _source: str, _to: Path, _ruleset: Ruleset) -> None:
        self.items = list(items)


def test_the_command_says_what_was_not_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    kept, extract = Kept(), "fixtures/import/extract"
    options: dict[str, Any] = {"to": Path("store"), "ruleset": "omi-2006", "settings": {}, "store": kept}
    mapping = MAPPING.relative_to(REPOSITORY)
    assert import_.import_cases(mapping, extract, quiet=False, **options) == 0
    said = capsys.readouterr().err.splitlines()
    assert len(kept.items) == 6
    assert [line for line in said if line.startswith(("note", "6 cases"))] == [
        f"note: not used: {extract}/cases.csv: team",
        f"note: rows left out, as the mapping says: {extract}/contacts.csv: contact: TEL 4",
        "6 cases read, 0 left out",
    ]
    assert sum(line.startswith("warning: ") for line in said) == 10


def test_the_command_wants_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = Kept()
    source = tables(tmp_path, cases="ref,start,tier,ppo\nA1,,,\n")
    (tmp_path / "mapping.yaml").write_text(SHEET, encoding="utf-8")
    with pytest.raises(Refused, match="no usable case record"):
        import_.import_cases(
            tmp_path / "mapping.yaml",
            str(source),
            to=tmp_path / "store",
            ruleset=str(HERE / "tiny_ruleset"),
            settings={},
            quiet=False,
            store=kept,
        )
    assert kept.items == []
    assert "left out: " in capsys.readouterr().err


def test_the_documentation_names_every_key() -> None:
    text = (REPOSITORY / "docs" / "importing.md").read_text(encoding="utf-8")
    keys = {key for form in (Head, Table, Column, CsvForm) for key in form.__annotations__}
    assert {key for key in keys if f"`{key}`" not in text and f"{key}: " not in text} == set()


def test_the_example_of_the_documentation_is_a_mapping(tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "importing.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    source = tables(
        tmp_path,
        cases="case_ref,order_code,sentenced,tier,is_ppo\nA1,CO,04/01/2006,NK,Y\n",
        contacts="case_ref,contact,day,result\nA1,HOM,16/01/2006,A\nA1,TEL,16/01/2006,A\nA1,APP,11/01/2006,A\n",
    )
    assert records(read(example, source, shipped())) == [
        {
            "case_id": "A1",
            "assessed_on": "2006-06-28",
            "sentence": {"kind": "community_order", "sentenced_on": "2006-01-04"},
            "flags": {"ppo": True},
            "events": [
                {"type": "appointment", "on": "2006-01-11", "outcome": "attended"},
                {"type": "home_visit", "on": "2006-01-16", "outcome": "attempted"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("columns", "row", "more", "expected"),
    [
        ("", "", "A1,supervision\n", ["supervision"]),
        ("", "", "A1,NK\n", None),  # there was one, and it is not known which
        ("", "", "A1,\n", None),
        ("", "", "A1,NK\nA1,supervision\n", ["supervision"]),
        ("", "", "", []),
        ("sup: sentence.requirements.supervision", ",NK", "A1,supervision\n", ["supervision"]),
        ("sup: sentence.requirements.supervision", ",Y", "A1,supervision\n", ["supervision"]),
        ("sup: sentence.requirements.supervision", ",N", "A1,supervision\n", "which of them holds?"),
        ("sup: {to: sentence.requirements, separator: ;}", ",;", "", []),
        ("sup: {to: sentence.requirements, separator: ;}", ",unpaid_work", "A1,supervision\n", "which of them holds?"),
        ("sup: {to: sentence.requirements, separator: ;}", ",supervision", "A1,supervision\n", ["supervision"]),
    ],
)
def test_what_is_said_of_a_list_in_two_places(
    tmp_path: Path, columns: str, row: str, more: str, expected: list[str] | str | None
) -> None:
    ruleset = shipped()
    mapping = "yes: [Y]\nno: [N]\nnot_recorded: [NK]\n" + CASES + FIXED.replace("order,", "community_order,")
    mapping += f"    columns: {{{columns}}}\n" if columns else ""
    mapping += "  needs: {rows: sentence.requirements, key: ref, no_rows: none, columns: {need: value}}\n"
    path = tmp_path / "map.yaml"
    path.write_text(mapping, encoding="utf-8")
    folder = tables(tmp_path, cases=f"ref{',sup' if columns else ''}\nA1{row}\n", needs="ref,need\n" + more)
    (item,) = begin(path, str(folder), ruleset).items()
    if isinstance(expected, str):
        assert item.record is None
        assert expected in str(item.faults[0])
    else:
        assert item.record is not None
        assert item.record["sentence"].get("requirements") == expected


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d%m%Y", "01112006", "2006-11-01"),
        ("%d%m%Y", "1112006", None),  # a nought was lost: the 1st of November, or the 11th of January?
        ("%Y%m%d", "2006111", None),
        ("%d%b%Y", "01NOV2006", "2006-11-01"),
        ("%d%b%Y", "1NOV2006", "2006-11-01"),
        ("%d/%m/%Y", "1/11/2006", "2006-11-01"),
        ("%b %d %Y %I:%M%p", "Nov  1 2006 12:00AM", "2006-11-01"),
        ("%d/%m/%Y %I:%M%p", "1/11/2006 9:30AM", "2006-11-01"),
        ("%Y-%m-%dT%H:%M:%S%z", "2006-11-01T09:00:00Z", "2006-11-01"),
        ("%d/%m/%Y %X", "01/11/2006 09:30:00", "2006-11-01"),
        ("%Y%m%d%H%M%S", "20061101093000", "2006-11-01"),
        ("%Y%m%d%H%M%S", "2006110193000", None),
        ("%Y-%m-%d %H:%M:%S%z", "2006-11-01 10:00:00+0100", "2006-11-01"),
    ],
)
def test_a_date_is_never_guessed(tmp_path: Path, form: str, text: str, expected: str | None) -> None:
    mapping = f'date_format: "{form}"\n' + CASES + "    columns: {day: assessed_on}\n"
    mapping += "    constants: {sentence.kind: order, sentence.sentenced_on: 2006-01-04}\n"
    (item,) = read(mapping, tables(tmp_path, cases=f"ref,day\nA1,{text}\n"))
    found = (item.record or {}).get("assessed_on")
    assert (found and str(found)) == expected
    assert item.record is not None or "is not a date" in str(item.faults[0])


@pytest.mark.parametrize(
    ("csv", "raw"),
    [
        ("{delimiter: tab}", b"ref\tcrn\nA1\tX1\n"),
        ("{encoding: utf_8}", "\ufeffref,crn\nA1,X1\n".encode()),
        ("{encoding: utf-16-le}", "\ufeffref,crn\nA1,X1\n".encode("utf-16-le")),
        ("{encoding: utf-16}", "ref,crn\nA1,X1\n".encode("utf-16")),
        ("{encoding: cp1252}", b"ref,crn,\xe9\nA1,X1," + b"x" * 200_000 + b"\n"),
    ],
)
def test_csv_as_other_programs_write_it(tmp_path: Path, csv: str, raw: bytes) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "cases.csv").write_bytes(raw)
    mapping = f"csv: {csv}\n" + CASES + FIXED + "    columns: {crn: case_id}\n"
    (record,) = records(read(mapping, folder))
    assert record["case_id"] == "X1"


def test_sources_of_one_mapping_and_a_reference_that_comes_twice(tmp_path: Path) -> None:
    """Imports of several sources add up; the same source again takes the place of what it was."""
    path, store = tmp_path / "map.yaml", tmp_path / "store"
    constants = FIXED.replace("order,", "community_order,")
    path.write_text(CASES + constants + "    columns: {crn: case_id}\n", encoding="utf-8")
    for name, ref in (("north", 1), ("south", 2), ("north", 3)):
        (tmp_path / name).mkdir(exist_ok=True)
        folder = tables(tmp_path / name, cases=f"ref,crn\n{ref},{name}\n")
        ran = run("import", "--map", path, folder, "--to", store)
        assert ran.code == 0
        assert "warnings" not in ran.err
    assert json.loads((store / "store.json").read_text("utf-8"))["cases"] == 2
    ran = run("import", "--map", path, tables(tmp_path, cases="ref,crn\n1,X\n2,X\n"), "--to", store)
    assert (ran.code, "X is twice a case of it" in ran.err) == (2, True)
    assert run("batch", store, "--quiet").code == 0


@pytest.mark.parametrize(("known", "expected"), [("Y", []), ("N", None), ("", None)])
def test_a_list_that_was_not_kept_is_not_none_for_one_no(
    tmp_path: Path, known: str, expected: list[str] | None
) -> None:
    mapping = "yes: [Y]\nno: [N]\n" + CASES + FIXED.replace("order,", "community_order,")
    mapping += "    columns: {cur: sentence.requirements.curfew}\n"
    mapping += "  needs: {rows: sentence.requirements, key: ref, kept_if: known, columns: {need: value}}\n"
    folder = tables(tmp_path, cases=f"ref,cur,known\nA1,N,{known}\n", needs="ref,need\n")
    (record,) = records(read(mapping, folder, shipped()))
    assert record["sentence"].get("requirements") == expected


def test_a_reference_that_is_empty_is_not_made_up(tmp_path: Path) -> None:
    mapping = CASES + FIXED + "    columns: {crn: case_id}\n"
    found = read(mapping, tables(tmp_path, cases="ref,crn\n1,X\n2,\n"))
    assert [item.record and item.record["case_id"] for item in found] == ["X", None]
    assert "crn (case_id): empty, where the reference of the case is wanted" in str(found[1].faults[0])


def test_flags_whose_rows_are_left_out_are_not_no(tmp_path: Path) -> None:
    mapping = "yes: [Y]\nno: [N]\n" + CASES + FIXED.replace("order,", "community_order,") + "  flags:\n"
    mapping += "    {rows: flags, key: ref, no_rows: none, leave_out: {f: [drug_need]}, columns: {f: flag, v: value}}\n"
    folder = tables(tmp_path, cases="ref\nA1\n", flags="ref,f,v\nA1,drug_need,Y\nA1,ppo,Y\n")
    (record,) = records(read(mapping, folder, shipped()))
    assert record["flags"]["ppo"] is True
    assert "drug_need" not in record["flags"]
    assert False in record["flags"].values()


def test_a_constant_of_one_type_of_event_goes_to_no_other(tmp_path: Path) -> None:
    mapping = CASES + FIXED.replace("order,", "community_order,") + "  ev:\n    {rows: events, key: ref, no_rows: none,"
    mapping += " columns: {t: type, d: on}, constants: {appointment.outcome: attended}}\n"
    folder = tables(tmp_path, cases="ref\nA1\n", ev="ref,t,d\nA1,appointment,2006-02-01\nA1,warning,2006-02-02\n")
    (record,) = records(read(mapping, folder, shipped()))
    assert [event.get("outcome") for event in record["events"]] == ["attended", None]


@pytest.mark.parametrize(
    ("more", "header"),
    [
        ('    columns: {"is_*": flags.*}\n', "ref,is_ppo,is_ppo"),
        (
            "  ev: {rows: events, key: ref, kept_if: is_ppo, columns: {t: type}, constants: {on: 2006-02-01}}\n",
            "ref,is_ppo,is_ppo",
        ),
    ],
)
def test_two_columns_of_one_name_are_refused(tmp_path: Path, more: str, header: str) -> None:
    mapping = "yes: [Y]\nno: [N]\n" + CASES + FIXED.replace("order,", "community_order,") + more
    with pytest.raises(Refused, match=r"2 columns of .* are named `is_ppo`"):
        read(mapping, tables(tmp_path, cases=f"{header}\nA1,N,Y\n", ev="ref,t\n"), shipped())


def test_text_without_the_mark_its_encoding_wants(tmp_path: Path) -> None:
    mapping = "csv: {encoding: utf-16}\n" + CASES + FIXED
    with pytest.raises(Refused, match="not utf-16 text"):
        read(mapping, tables(tmp_path, cases="ref\nA1\n"))


def test_a_number_that_a_spreadsheet_made_of_a_date(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet("cases")
        for row, cells in enumerate((["ref", "day"], ["A1", 20060628], ["A2", 2006628])):
            sheet.write_row(row, 0, cells)
    mapping = 'date_format: "%Y%m%d"\n' + CASES + "    columns: {day: assessed_on}\n"
    mapping += "    constants: {sentence.kind: order, sentence.sentenced_on: 2006-01-04}\n"
    found = read(mapping, book)
    assert [item.record and str(item.record["assessed_on"]) for item in found] == ["2006-06-28", None]
