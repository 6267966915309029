"""The command as a user calls it: exit codes, streams, files, formats.

Golden files show whole outputs: `pytest --regenerate` writes them anew, for reading before they are kept.
"""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import CASES, SHIPPED, Ran, run, spawn

from omi_rules import __version__, shelf
from omi_rules.errors import Defect
from omi_rules.findings import Judge
from omi_rules.meaning import Basis, Outcome, Reason
from omi_rules.ruleset import Ruleset

Compare = Callable[[str, str], None]


def case(number: int) -> Path:
    (path,) = (path for path in CASES.glob(f"{number:02}-*.json") if ".expected" not in path.name)
    return path


YOUNG, GAP, DISAGREES, EMPTY = case(9), case(17), case(20), case(14)
EVERY = [path for path in sorted(CASES.glob("*.json")) if ".expected" not in path.name]

# Golden files


def steady(text: str) -> str:
    """A text without the digest of the rules, which any change of a comment changes."""
    return re.sub(r"sha256:[0-9a-f]{64}", "sha256:...", text)


@pytest.mark.parametrize(
    ("name", "args", "columns"),
    [
        ("check-80.txt", [GAP], 80),
        ("check-120.txt", [DISAGREES], 120),
        ("check-young.txt", [YOUNG], 80),
        ("check.json", [YOUNG, "--format", "json"], 80),
        ("check.ndjson", [EMPTY, "--format", "ndjson"], 80),
        ("check.csv", [case(4), "--format", "csv"], 80),
        ("check.md", [case(13), "--format", "md"], 80),
        ("explain-wrong-attribute.txt", ["explain", GAP, "2.2.q17"], 80),
        ("explain-pending.txt", ["explain", case(24), "2.4.q11"], 80),
        ("explain-unknown.txt", ["explain", case(27), "2.2.q17"], 80),
        ("explain-disagrees.json", ["explain", DISAGREES, "2.2.q01", "--format", "json"], 80),
        ("rules-show.txt", ["rules", "show", "2.4.q11"], 80),
        ("rules-show.md", ["rules", "show", "2.4.q11", "--format", "md"], 80),
        ("rules-show-awaiting.txt", ["rules", "show", "1.5.q07"], 80),
        ("rules-list.txt", ["rules", "list"], 80),
    ],
)
def test_golden(golden: Compare, name: str, args: list[object], columns: int) -> None:
    ran = run(*args, "--quiet", columns=columns) if args[0] != "rules" else run(*args, columns=columns)
    assert (ran.code, ran.err) == (0, "")
    golden(name, steady(ran.out))


DAMAGED = """\
{
  "case_id": "GM-0017",
  "assessed_on": "28/06/2006",
  "sentence": {"kind": "comunity_order", "sentenced_on": "2006-02-30", "teir": 3},
  "flags": {"ppo": "yes"},
  "events": [
    {"type": "roh_reveiw", "on": "2006-04-20"},
    {"type": "home_visit", "on": "2006-01-16", "outcom": "completed"}
  ],
  "answers": {"2.2.q1": "yes", "2.2.qS": "sufficent"}
}
"""


def test_golden_refusal(golden: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is wrong at once, each with its place and the nearest word."""
    monkeypatch.chdir(tmp_path)
    Path("case.json").write_text(DAMAGED, encoding="utf-8")
    ran = run("case.json")
    assert (ran.code, ran.out) == (2, "")
    golden("refusal.txt", ran.err)


# Exit codes


def test_exit_0_whatever_is_found() -> None:
    ran = run(GAP)
    assert ran.code == 0
    assert "Not sufficient" in ran.out
    assert ran.err == ""


BARE: dict[str, Any] = {
    "case_id": "GM-1",
    "assessed_on": "2006-06-28",
    "person": {"ethnicity": "white"},
    "sentence": {"kind": "licence", "sentenced_on": "2006-01-04", "tier": 2},
}


def without(level: str) -> bytes:
    """A case of which nothing fell short, or all of which is told by the assessor's answers."""
    report = json.loads(run("-", "--format", "json", "--quiet", stdin=json.dumps(BARE).encode()).out)
    untold = [finding["question"] for finding in report["findings"] if finding["outcome"] == "not_evidenced"]
    answers = dict.fromkeys(untold, "yes") if level == "not_evidenced" else {}
    return json.dumps({**BARE, "answers": answers}).encode()


@pytest.mark.parametrize("level", ["not_sufficient", "not_evidenced"])
def test_exit_1_at_the_level_asked_for(level: str) -> None:
    assert run(GAP, "--fail-on", level).code == 1
    assert run(GAP, YOUNG, "--fail-on", level).code == 1
    ran = run("-", "--fail-on", level, "--quiet", stdin=without(level))
    assert ran.code == 0
    assert ran.out


def test_exit_1_still_reports() -> None:
    assert run(GAP, "--fail-on", "not_sufficient").out == run(GAP).out


def test_fail_on_priority_is_for_batches() -> None:
    ran = run(GAP, "--fail-on", "priority")
    assert (ran.code, ran.out) == (2, "")
    assert "a single case has no criterion scores" in ran.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["no-such.json"], "no-such.json: "),
        ([CASES], "a folder, where one file is wanted"),
        ([YOUNG, "--ruleset", "omi-2007"], "did you mean `omi-2006`?"),
        ([YOUNG, "--ruleset", CASES], "a folder without any rule file"),
        ([YOUNG, "--as-of", "28/06/2006"], "write dates as 2006-06-28"),
        ([YOUNG, "--as-of", "2006-02-30"], "2006-02-30"),
        ([YOUNG, "--format", "xml"], "'xml' is not one of"),
        ([YOUNG, "--engine", "drools"], "'drools' is not one of"),
        ([YOUNG, "--fail-on", "bad"], "'bad' is not one of"),
        ([YOUNG, "--nonsense"], "No such option"),
        (["check"], "Missing argument"),
        (["explain", YOUNG], "Missing argument"),
        (["explain", YOUNG, "2.2.q99"], "not a question of this ruleset"),
        (["explain", YOUNG, "2.2.q01", "--format", "csv"], "rich or json"),
        (["rules", "show", "2.2.q01", "--format", "csv"], "rich or md or json"),
        (["rules", "lint", "nowhere"], "no such ruleset"),
        (["rules", "schema", "cases"], "'cases' is not one of"),
    ],
)
def test_exit_2_for_wrong_use(args: list[object], said: str) -> None:
    ran = run(*args)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the file is empty"),
        (b"   \n", "the file is empty"),
        (b"[]", "a list, where a case record (an object) is wanted"),
        (b"3", "3, where a case record (an object) is wanted"),
        (b"{'case_id': 'A'}", "JSON wants double quotes"),
        (b'{"case_id": "A"', "cut off"),
        (b'{"case_id": "A"}\n{"case_id": "B"}', "omi-check batch"),
        (b'{"case_id": "A", "case_id": "B"}', "the same key twice"),
        (b'{"case_id": NaN}', "NaN is not a JSON value"),
        (b'{"case_id": "\xff"}', "not UTF-8 text"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ('{"case_id": "A"}'.encode("utf-16"), "UTF-16"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"case_id": ' + b"9" * 5000 + b"}", "a number too long to read"),
        (b"{}", "case_id: missing"),
    ],
)
def test_exit_2_for_unusable_input(text: bytes, said: str) -> None:
    ran = run("-", stdin=text)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "standard input" in ran.err
    assert "Traceback" not in ran.err


def test_exit_3_for_a_defect_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise Defect("two lines of the table speak")

    monkeypatch.setattr(Judge, "judge", broken)
    ran = run(YOUNG)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("a defect of omi-check, not of your input: two lines of the table speak")


def test_exit_3_never_shows_a_traceback_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("2.2.q01")

    monkeypatch.setattr(Judge, "judge", broken)
    ran = run(YOUNG)
    assert ran.code == 3
    assert "KeyError: '2.2.q01'" in ran.err
    assert "Traceback" not in ran.err
    with pytest.raises(KeyError):
        run(YOUNG, env={"OMI_CHECK_TRACEBACK": "1"})


# As a process


def test_a_process_of_its_own() -> None:
    ran = spawn(YOUNG, "--format", "json", "--quiet")
    assert ran == run(YOUNG, "--format", "json", "--quiet")
    assert ran.code == 0


def test_a_refusal_in_a_process_of_its_own() -> None:
    ran = spawn("-", stdin=DAMAGED.encode())
    assert (ran.code, ran.out) == (2, "")
    assert re.search("^standard input:3:18: assessed_on: .*28/06/2006.*not a date", ran.err)
    assert "Traceback" not in ran.err


def test_the_installed_command() -> None:
    command = Path(sys.executable).with_name("omi-check")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"omi-check {__version__}\n", "")


def test_a_reader_that_goes_away() -> None:
    """`omi-check ... | head -1`: no complaint, and no traceback at the end."""
    command = [sys.executable, "-m", "omi_rules.cli", *map(str, EVERY), "--format", "json", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"[\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize("env", [{}, {"FORCE_COLOR": "1"}, {"TERM": "xterm-256color", "CLICOLOR_FORCE": "1"}])
def test_no_colour_where_there_is_no_terminal(env: dict[str, str]) -> None:
    for args in ([GAP], ["rules", "list"], ["explain", GAP, "2.2.q17"]):
        assert "\x1b" not in run(*args, env=env).out


def test_no_colour_in_the_help() -> None:
    assert "\x1b" not in spawn("--help", env={"FORCE_COLOR": "1"}).out


def on_a_terminal(env: dict[str, str]) -> str:
    """What a terminal of 100 columns is shown."""
    ours, theirs = os.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "omi_rules.cli", str(YOUNG), "--quiet"],
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env={key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"COLUMNS": "100"} | env,
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # how the end of a terminal shows on Linux
        pass
    os.close(ours)
    assert done.wait(timeout=60) == 0
    return shown.decode().replace("\r\n", "\n")


def test_colour_on_a_terminal_only_repeats_the_words() -> None:
    shown = on_a_terminal({})
    assert "\x1b[" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert [line.rstrip() for line in plain.split("\n")] == run(YOUNG, "--quiet", columns=100).out.split("\n")
    assert "\x1b" not in on_a_terminal({"NO_COLOR": "1"})


# Files in and out


def test_several_files(tmp_path: Path) -> None:
    reports = json.loads(run(YOUNG, GAP, YOUNG, "--format", "json", "--quiet").out)
    assert [report["case_id"] for report in reports] == ["GM-F09", "GM-F17", "GM-F09"]
    assert reports[1] == json.loads(run(GAP, "--format", "json").out)
    lines = run(YOUNG, GAP, "--format", "ndjson", "--quiet").out.splitlines()
    assert Counter(json.loads(line)["case_id"] for line in lines) == {"GM-F09": 205, "GM-F17": 205}
    texts = run(YOUNG, GAP, "--quiet").out
    assert texts.index("Case GM-F09") < texts.index("Case GM-F17")
    bad = tmp_path / "bad.json"
    bad.write_text("{}", encoding="utf-8")
    ran = run(YOUNG, bad, GAP, "nowhere.json")
    assert (ran.code, ran.out) == (2, "")  # one bad file, and nothing is written
    assert str(bad) in ran.err
    assert "nowhere.json" in ran.err


@pytest.mark.parametrize("format_", ["rich", "json", "ndjson", "csv", "md"])
def test_standard_input_is_as_good_as_a_file(format_: str) -> None:
    from_file = run(GAP, "--format", format_)
    assert run("-", "--format", format_, stdin=GAP.read_bytes()) == from_file
    assert run("check", "-", "--format", format_, stdin=GAP.read_bytes()) == from_file


@pytest.mark.parametrize("format_", ["rich", "json", "ndjson", "csv", "md"])
def test_output_to_a_file_is_what_would_be_shown(tmp_path: Path, format_: str) -> None:
    to = tmp_path / "report"
    assert run(GAP, "--format", format_, "--output", to) == Ran(0, "", "")
    assert to.read_bytes().decode() == run(GAP, "--format", format_).out
    assert list(tmp_path.iterdir()) == [to]


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    to = tmp_path / "report.json"
    to.write_text("old", encoding="utf-8")
    to.chmod(0o640)
    assert run(YOUNG, "--format", "json", "--output", to, "--quiet").code == 0
    assert json.loads(to.read_text(encoding="utf-8"))["case_id"] == "GM-F09"
    assert to.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [to]


def test_an_existing_file_stays_when_the_run_is_refused(tmp_path: Path) -> None:
    to = tmp_path / "report.json"
    to.write_text("old", encoding="utf-8")
    before = to.stat()
    for args in (["-"], [YOUNG, "nowhere.json"], [YOUNG, "--set", "x=1"], [YOUNG, "--ruleset", "x"]):
        assert run(*args, "--output", to, stdin=DAMAGED.encode()).code == 2
        assert to.read_text(encoding="utf-8") == "old"
    assert (to.stat().st_ino, to.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [to]


@pytest.mark.parametrize("full", ["--findings", "--audit", "--output"])
def test_the_file_that_cannot_be_written_is_the_one_named(tmp_path: Path, full: str) -> None:
    """Of several: the others are on a disk with room, and are not written either."""
    names = {"--findings": "findings.csv", "--audit": "audit.csv", "--output": "scores.json"}
    to = {option: tmp_path / name for option, name in names.items()}
    to[full].symlink_to("/dev/full")
    options = [part for option, path in to.items() for part in (option, path)]
    ran = run("batch", YOUNG, "--quiet", "--format", "json", *options)
    assert (ran.code, ran.err) == (2, f"{to[full]}: cannot be written: no space left on device\n")
    assert list(tmp_path.iterdir()) == [to[full]]


def test_an_existing_file_stays_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    to = tmp_path / "report.json"
    to.write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", full)
    ran = run(YOUNG, "--output", to, "--quiet")
    assert (ran.code, ran.out) == (2, "")
    assert f"{to}: cannot be written: no space left on device" in ran.err
    assert to.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [to]


@pytest.mark.parametrize("where", ["nowhere/report.json", ""])
def test_where_no_file_can_be(tmp_path: Path, where: str) -> None:
    ran = run(YOUNG, "--output", tmp_path / where, "--quiet")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be written" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "args",
    [
        ["explain", GAP, "2.2.q17"],
        ["rules", "list"],
        ["rules", "show", "2.2.q17"],
        ["rules", "schema", "case"],
    ],
)
def test_other_commands_write_to_a_file_as_well(tmp_path: Path, args: list[object]) -> None:
    to = tmp_path / "out"
    assert run(*args, "--output", to) == Ran(0, "", "")
    assert to.read_bytes().decode() == run(*args).out


def test_warnings_go_beside_the_report() -> None:
    loud, quiet = run(case(27)), run(case(27), "--quiet")
    assert loud.out == quiet.out
    assert quiet.err == ""
    assert re.search(rf"^warning: {re.escape(str(case(27)))}:\d+:\d+: ", loud.err, re.MULTILINE)
    assert "an event without a date" in loud.err


def test_an_event_after_the_assessment_is_warned_of_and_not_counted() -> None:
    record = json.loads(YOUNG.read_text(encoding="utf-8"))
    record["events"] = [{"type": "conviction", "on": "2030-01-01"}]
    ran = run("-", "--format", "json", stdin=json.dumps(record).encode())
    assert "2030-01-01 is after the day of assessment" in ran.err
    assert finding_of(json.loads(ran.out), "3.1.q05")["outcome"] == "sufficient"
    ran = run("-", "--format", "json", "--as-of", "2030-01-01", stdin=json.dumps(record).encode())
    assert finding_of(json.loads(ran.out), "3.1.q05")["outcome"] == "not_sufficient"


def test_both_engines_report_the_same() -> None:
    for path in (GAP, DISAGREES):
        by = [run(path, "--engine", name, "--format", "json").out for name in ("rete", "reference", "auto")]
        assert by[0] == by[1] == by[2]


def test_the_same_words_every_time() -> None:
    assert run(GAP, "--format", "json").out == run(GAP, "--format", "json").out
    assert run(*EVERY[:6], "--quiet").out == run(*EVERY[:6], "--quiet").out


# Formats


def finding_of(report: dict[str, Any], question: str) -> dict[str, Any]:
    (found,) = (finding for finding in report["findings"] if finding["question"] == question)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    ran = run(*EVERY, "--quiet", "--engine", "reference", columns=columns)
    assert ran.code == 0
    assert [line for line in ran.out.split("\n") if len(line) > columns] == []
    assert [line for line in ran.out.split("\n") if line != line.rstrip()] == []


def test_a_long_list_of_rules_fits_as_well() -> None:
    assert [line for line in run("rules", "list").out.split("\n") if len(line) > 80] == []


REQUIRED = [
    "case_id",
    "question",
    "criterion",
    "outcome",
    "reason",
    "basis",
    "due",
    "done",
    "days_late",
    "disagrees",
    "message",
    "evidence",
]
ISO = re.compile(r"\d{4}-\d\d-\d\d")


@pytest.fixture(scope="module")
def reports() -> dict[str, Any]:
    """The JSON report of every story, by the name of its file."""
    made = json.loads(run(*EVERY, "--format", "json", "--quiet").out)
    return dict(zip((path.name for path in EVERY), made, strict=True))


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_json_is_as_the_contract_says(ruleset: Ruleset, reports: dict[str, Any], path: Path) -> None:
    report = reports[path.name]
    record = json.loads(path.read_text(encoding="utf-8"))
    assert list(report) == ["case_id", "ruleset", "as_of", "findings", "totals"]
    assert report["case_id"] == record["case_id"]
    assert report["as_of"] == record["assessed_on"]
    assert {"id", "version", "digest"} <= report["ruleset"].keys()
    assert re.fullmatch("sha256:[0-9a-f]{64}", report["ruleset"]["digest"])
    # One finding for every scored question, none missing, none twice.
    assert [finding["question"] for finding in report["findings"]] == [question.id for question in ruleset.scored]
    assert list(report["totals"]) == [str(outcome) for outcome in Outcome]
    counted = Counter(finding["outcome"] for finding in report["findings"])
    assert report["totals"] == {str(outcome): counted[str(outcome)] for outcome in Outcome}
    assert sum(report["totals"].values()) == 205
    for finding in report["findings"]:
        sound(finding, record)


def sound(finding: dict[str, Any], record: dict[str, Any]) -> None:
    """The keys and values of one finding."""
    assert set(REQUIRED) <= finding.keys()
    assert finding["case_id"] == record["case_id"]
    assert finding["question"].startswith(f"{finding['criterion']}.q")
    assert finding["outcome"] in {str(outcome) for outcome in Outcome}
    assert finding["reason"] in {str(reason) for reason in Reason}
    assert finding["basis"] in {str(basis) for basis in Basis}
    assert type(finding["disagrees"]) is bool
    assert all(finding[key] is None or ISO.fullmatch(finding[key]) for key in ("due", "done"))
    late = finding["days_late"]
    assert late is None or (type(late) is int and late > 0 and finding["due"])
    if late is not None and finding["done"]:
        assert finding["done"] > finding["due"]
    if finding["reason"] in ("late", "gap_too_long") or (finding["reason"] == "not_done" and finding["due"]):
        assert late is not None, finding
    if finding["reason"] == "met" and finding["due"]:
        assert finding["done"] <= finding["due"]
    assert finding["answer"] == (record.get("answers") or {}).get(finding["question"])
    message = finding["message"]
    assert message.endswith((".", ").")), message
    assert "{" not in message
    assert "[" not in re.sub(r"\[(\d+|type=[\w|]+)\]", "", message), message
    assert "  " not in message
    for fact in finding["evidence"]:
        assert fact.keys() == {"path", "value"}
        if "[type=" not in fact["path"]:
            assert fact["value"] == at(record, fact["path"]), fact


def at(record: Any, path: str) -> Any:
    """What stands at a path of evidence, as in `events[3]`; ids of questions hold points themselves."""
    if path.startswith("answers."):
        return (record.get("answers") or {}).get(path.removeprefix("answers."))
    for step in re.findall(r"\w+", path):
        record = record[int(step)] if isinstance(record, list) else (record or {}).get(step)
    return record


def test_values_of_the_contract() -> None:
    """Its closed lists; `count_short` is not needed, `occurred` and `relevance_unknown` proved needed."""
    assert [str(one) for one in Outcome] == [
        "sufficient",
        "not_sufficient",
        "not_applicable",
        "not_evidenced",
        "pending",
    ]
    assert [str(one) for one in Basis] == ["computed", "judged"]
    contract = (
        "met late not_done wrong_attribute count_short gap_too_long judged not_relevant not_due date_missing "
        "not_answered evidence_ambiguous"
    )
    assert {str(one) for one in Reason} == set(contract.split()) - {"count_short"} | {"occurred", "relevance_unknown"}


def test_ndjson_is_the_findings_one_a_line() -> None:
    lines = run(GAP, "--format", "ndjson").out.splitlines()
    assert [json.loads(line) for line in lines] == json.loads(run(GAP, "--format", "json").out)["findings"]


def test_csv_is_a_table_of_the_findings() -> None:
    text = run(GAP, "--format", "csv").out
    assert text.count("\r\n") == 206
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    findings = json.loads(run(GAP, "--format", "json").out)["findings"]
    assert list(found[0]) == list(findings[0])
    for row, finding in zip(found, findings, strict=True):
        for key in finding.keys() - {"evidence", "message"}:
            value = finding[key]
            text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            assert row[key] == text, key
        assert row["message"] == finding["message"]


def test_csv_of_a_record_with_formulas_in_it() -> None:
    record = {**json.loads(YOUNG.read_text(encoding="utf-8")), "case_id": "=cmd|' /C calc'!A0"}
    text = run("-", "--format", "csv", "--quiet", stdin=json.dumps(record).encode()).out
    assert all(row["case_id"].startswith("'=") for row in csv.DictReader(io.StringIO(text)))


NASTY = "GM|`*_<b>[x](y)\x1b[31m\u202e\n# 1"


@pytest.mark.parametrize("format_", ["rich", "json", "ndjson", "csv", "md"])
def test_text_of_a_record_is_shown_and_never_obeyed(format_: str) -> None:
    record = json.loads(YOUNG.read_text(encoding="utf-8"))
    record |= {"case_id": NASTY, "officer": NASTY, "district": NASTY}
    record["events"].append({"type": "home_visit", "on": "2006-06-15", "outcome": "attempted", "purpose": NASTY})
    ran = run("-", "--format", format_, "--quiet", stdin=json.dumps(record).encode())
    assert ran.code == 0
    if format_ in ("json", "ndjson"):
        first = json.loads(ran.out if format_ == "json" else ran.out.splitlines()[0])
        assert first["case_id"] == NASTY
    else:
        assert "\x1b" not in ran.out
        assert "\u202e" not in ran.out
    if format_ == "md":
        assert len({line.count("|") - line.count("\\|") for line in ran.out.splitlines() if line.startswith("|")}) <= 2
        assert "<b>" not in ran.out.replace("\\<", "").replace("\\>", "")
        assert not [line for line in ran.out.splitlines() if line.startswith("# 1")]


def test_markdown_has_every_finding_in_its_table() -> None:
    text = run(GAP, "--format", "md").out
    for finding in json.loads(run(GAP, "--format", "json").out)["findings"]:
        if finding["outcome"] == "not_applicable":
            assert re.search(rf"^Not applicable: .*\b{re.escape(finding['question'])}[,.]", text, re.MULTILINE)
        else:
            assert f"| {finding['question']} | {finding['outcome']} ".replace("_", "\\_") in text


def test_explain_says_what_the_report_says() -> None:
    report = json.loads(run(DISAGREES, "--format", "json").out)
    for question in ("1.1.q07", "1.2.q15", "2.2.q01", "2.2.q02", "2.4.q11", "1.5.q07", "2.7.qS"):
        trace = json.loads(run("explain", DISAGREES, question, "--format", "json").out)
        assert trace["finding"] == finding_of(report, question)
        assert trace["engine"] == "rete"
        assert all(change["outcome"] != trace["finding"]["outcome"] for change in trace["would_change"])
        text = run("explain", DISAGREES, question).out
        assert trace["finding"]["outcome"] in text
        assert " ".join(text.split()).startswith(f"{question} {trace['asked']}")


@pytest.mark.parametrize("question", ["2.2.q17", "2.4.q11", "1.2.q16", "3.1.q05", "2.1.q16"])
def test_explain_any_case(question: str) -> None:
    for path in EVERY[::7]:
        ran = run("explain", path, question, "--quiet", "--engine", "reference")
        assert (ran.code, ran.err) == (0, "")


def test_as_of_changes_the_day_and_nothing_else() -> None:
    report = json.loads(run(YOUNG, "--as-of", "2006-12-31", "--format", "json", "--quiet").out)
    assert report["as_of"] == "2006-12-31"
    assert finding_of(report, "2.2.q01")["reason"] in ("not_done", "late")
    assert finding_of(json.loads(run(YOUNG, "--format", "json", "--quiet").out), "2.2.q01")["reason"] == "not_due"


def test_a_ruleset_by_id_or_by_folder() -> None:
    assert run(YOUNG, "--ruleset", "omi-2006", "--quiet") == run(YOUNG, "--ruleset", SHIPPED, "--quiet")


def test_help_names_every_option_of_the_contract() -> None:
    text = run("check", "--help").out
    assert all(
        f"--{name}" in text for name in ["ruleset", "as-of", "format", "output", "engine", "set", "fail-on", "quiet"]
    )
    top = run("--help").out
    assert all(f"\n  {name} " in top for name in ("check", "batch", "explain", "rules"))
    assert all(f"\n  {name} " in run("rules", "--help").out for name in ("list", "show", "lint", "schema"))


def test_a_damaged_compiled_ruleset_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = shelf.find("omi-2006")
    first = shelf.ruleset(folder)
    (kept,) = (tmp_path / "omi-rules").iterdir()
    for damage in (b"", b"\x80\x05nonsense", b"garbage", kept.read_bytes()[:1000]):
        kept.write_bytes(damage)
        assert shelf.ruleset(folder).digest == first.digest
        assert kept.stat().st_size > 10_000
