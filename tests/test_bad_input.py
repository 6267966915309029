"""Wrong records and wrong rules: every fault named at its place, exit code 2, and nothing written.

Each file of `bad_cases` stands beside the exact message it gets. Each folder of `bad_rulesets` holds the files that are
laid over the small whole ruleset `tiny_ruleset`, and the message.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
from running import REPOSITORY, run, spawn

TESTS = Path(__file__).parent
TINY = TESTS / "tiny_ruleset"
CASES = sorted(path for path in (TESTS / "bad_cases").iterdir() if path.suffix != ".message")
RULESETS = sorted((TESTS / "bad_rulesets").iterdir())
RECORD = {"case_id": "A1", "assessed_on": "2006-06-28", "sentence": {"kind": "order", "sentenced_on": "2006-01-04"}}


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)


def laid_over(folder: Path, to: Path) -> Path:
    made = to / "ruleset"
    shutil.copytree(TINY, made)
    for path in folder.iterdir():
        if path.name != "message":
            shutil.copy(path, made)
    return made


def test_the_small_ruleset_is_whole() -> None:
    assert (
        run("rules", "lint", TINY).out == "tiny 1.0.0: 12 questions, 2 examples tried on reference and rete: no fault\n"
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_bad_case(path: Path, tmp_path: Path) -> None:
    to = tmp_path / "report.json"
    ran = run(path.relative_to(REPOSITORY), "--ruleset", TINY, "--format", "json", "--output", to)
    assert ran.err == path.with_suffix(".message").read_text(encoding="utf-8")
    assert (ran.code, ran.out, list(tmp_path.iterdir())) == (2, "", [])


@pytest.mark.parametrize("folder", RULESETS, ids=lambda path: path.name)
def test_bad_ruleset(folder: Path, tmp_path: Path) -> None:
    made = laid_over(folder, tmp_path)
    ran = run("rules", "lint", made)
    assert ran.err.replace(f"{made}/", "") == (folder / "message").read_text(encoding="utf-8")
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize("name", ["several.json", "terminal-escape.json", "utf-16.bin", "nested-thousand-deep.json"])
def test_bad_case_in_a_process_of_its_own(name: str) -> None:
    path = Path("tests/bad_cases") / name
    ran = spawn(path, "--ruleset", TINY)
    assert (ran.code, ran.out, ran.err) == (2, "", path.with_suffix(".message").read_text(encoding="utf-8"))


def test_bad_ruleset_in_a_process_of_its_own(tmp_path: Path) -> None:
    made = laid_over(TESTS / "bad_rulesets" / "several-files", tmp_path)
    ran = spawn("rules", "lint", made)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.replace(f"{made}/", "") == (TESTS / "bad_rulesets/several-files/message").read_text(encoding="utf-8")


def test_faults_of_all_cases_are_told_together() -> None:
    ran = run("tests/bad_cases/empty.json", "tests/bad_cases/list.json", "--ruleset", TINY)
    assert "empty.json: the file is empty" in ran.err
    assert "list.json:1:1: a list" in ran.err


def test_no_message_speaks_as_python_or_pydantic_does() -> None:
    told = [path.read_text(encoding="utf-8").lower() for path in TESTS.glob("bad_*/**/*message")]
    assert len(told) == len(CASES) + len(RULESETS)
    for text in told:
        for word in (
            "input should",
            "traceback",
            "expecting",
            "pydantic",
            "dictionary",
            "instance of",
            "valueerror",
            "tuple",
        ):
            assert word not in text, text


def test_of_very_many_faults_a_hundred_are_written_out(tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    path.write_text(json.dumps({**RECORD, "events": [{"type": "reveiw"}] * 50_000}), encoding="utf-8")
    ran = run(path, "--ruleset", TINY)
    assert ran.code == 2
    assert ran.err.count("is not a type of event") == 100
    assert ran.err.endswith("and 49900 more faults\n")


def test_200_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    ran = run(path, "--ruleset", TINY)
    assert ran.code == 2
    assert ran.err == (
        f"{path}: too large: 200 MiB or more, where one document may have 16 MiB\n"
        "  a case record has some kilobytes; `omi-check batch` takes many records\n"
    )


def warned(tmp_path: Path, record: object) -> str:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    ran = run(path, "--ruleset", TINY, "--format", "json")
    assert ran.code == 0
    assert json.loads(ran.out)["case_id"] == "A1"
    return "\n".join(line.replace(f"{path}:", "") for line in ran.err.splitlines() if not line.startswith("    "))


def test_an_event_after_the_assessment_is_a_warning(tmp_path: Path) -> None:
    record = {**RECORD, "events": [{"type": "review", "on": "2006-04-01"}, {"type": "review", "on": "2006-07-01"}]}
    column = json.dumps(record).index('"2006-07-01"') + 1
    told = "2006-07-01 is after the day of assessment (2006-06-28): not counted before it"
    assert warned(tmp_path, record) == f"warning: 1:{column}: events[1].on: {told}"


def test_other_oddities_are_warnings(tmp_path: Path) -> None:
    assert "no `events`: what is worked out from events" in warned(tmp_path, RECORD)
    assert "an event without a date" in warned(tmp_path, {**RECORD, "events": [{"type": "review"}]})
    risk = {"roh": [{"level": "high", "from": "2006-07-01"}, {"level": "low"}]}
    told = warned(tmp_path, {**RECORD, "events": [], "risk": risk})
    assert "risk.roh[0].from: 2006-07-01 is after the day of assessment" in told
    assert "risk.roh[1]: an entry without its level or date" in told


CASE = "fixtures/cases/01-contract-example.json"
WRONG_USAGE = {
    "no such case": (["nosuch.json"], "nosuch.json: no such file\n"),
    "nearest case": (
        ["fixtures/cases/01-contract-exmple.json"],
        "fixtures/cases/01-contract-exmple.json: no such file\n  did you mean `01-contract-example.json`?\n",
    ),
    "no such folder": (["nosuch/a.json"], "nosuch/a.json: no such file\n  there is no folder `nosuch` either\n"),
    "a folder": (["fixtures"], "fixtures: a folder, where one file is wanted\n"),
    "no name": ([""], ".: a folder, where one file is wanted\n"),
    "null in the name": (["a\0b"], "a\\x00b: not a file name\n"),
    "escapes in the name": (["\x1b[31m\n.json"], "\\x1b[31m\\n.json: no such file\n"),
    "nothing on standard input": (["-"], "standard input: the file is empty\n"),
    "as of no day": ([CASE, "--as-of", "2006-13-01"], "--as-of 2006-13-01: not a date\n  write dates as 2006-06-28\n"),
    "as of a week": ([CASE, "--as-of", "2006-W01-1"], "--as-of 2006-W01-1: not a date\n  write dates as 2006-06-28\n"),
    "set nonsense": (
        [CASE, "--set", "nonsense"],
        '--set nonsense: want KEY=VALUE\n  for instance 1.5.q07.within="15 working days"\n',
    ),
    "set twice": (
        [
            CASE,
            "--set",
            "1.5.q07.within=15 days",
            "--set",
            "1.5.q07.within = 20 days",
            "--set",
            "1.5.q07.within=15 days",
        ],
        "--set 1.5.q07.within = 20 days: set to 15 days before\n  leave one of the two out\n",
    ),
    "set unknown": (
        [CASE, "--set", "1.5.q7.within=1 day"],
        "1.5.q7.within=1 day: 1.5.q7.within is not a number that can be set\n  did you mean `1.5.q07.within`?\n",
    ),
    "set misspelt": (
        [CASE, "--set", "1.5.q07.within=15 wrking days"],
        "1.5.q07.within=15 wrking days: 15 wrking days is not a length of time\n  did you mean `15 working days`?\n",
    ),
    "no such ruleset": (
        [CASE, "--ruleset", "omi-2007"],
        "omi-2007: no such ruleset, and no such folder\n  did you mean `omi-2006`?\n",
    ),
    "ruleset is a file": (
        [CASE, "--ruleset", "rulesets/omi-2006/clocks.yaml"],
        "rulesets/omi-2006/clocks.yaml: a file, where the folder of a ruleset is wanted\n"
        "  want the folder: rulesets/omi-2006\n",
    ),
    "folder without rules": (
        ["rules", "lint", "fixtures"],
        "fixtures: a folder without any rule file\n"
        "  a ruleset has ruleset.yaml, vocabulary.yaml, clocks.yaml and a file for each criterion\n",
    ),
    "explain an unknown question": (
        ["explain", CASE, "2.2.q1"],
        "2.2.q1: not a question of this ruleset\n  did you mean `2.2.q01`?\n",
    ),
    "show an unknown question": (
        ["rules", "show", "\x1b[31m"],
        "\\x1b[31m: not a question of this ruleset\n  `omi-check rules list` shows them\n",
    ),
}


@pytest.mark.parametrize(("args", "message"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage(args: list[str], message: str) -> None:
    ran = run(*args)
    assert (ran.code, ran.out, ran.err) == (2, "", message)


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for to, why in (
        (tmp_path / "missing" / "x.json", "no such file or directory"),
        (tmp_path / "folder", "is a directory"),
    ):
        ran = run(CASE, "--output", to)
        assert (ran.code, ran.out, ran.err) == (2, "", f"{to}: cannot be written: {why}\n")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_output_to_a_link_leaves_the_link(tmp_path: Path) -> None:
    """A device such as `/dev/stdout` is a link or no file: a file of the same name must not take its place."""
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to("target")
    assert run(CASE, "--format", "json", "--output", tmp_path / "link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "target").read_text(encoding="utf-8"))["case_id"] == "GM-0017"


def test_a_pipe_is_read_and_written(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    raw = Path(CASE).read_bytes()
    held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    os.write(held, raw)
    reader = os.open(pipe, os.O_RDONLY)
    os.close(held)
    try:
        assert os.read(reader, len(raw) + 1) == raw
        keep = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        assert run("rules", "show", "2.2.q01", "--format", "json", "--output", pipe).code == 0
        assert json.loads(os.read(keep, 2**16))["id"] == "2.2.q01"
        os.close(keep)
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_case_with_escapes_never_reaches_the_terminal_raw(tmp_path: Path) -> None:
    path = tmp_path / "a\n\x1b[31m.json"
    record = {**RECORD, "case_id": "A\x1b[2J\u202e1", "events": [{"type": "review"}]}
    path.write_text(json.dumps(record), encoding="utf-8")
    for args in (["--format", "rich"], ["--format", "md"], ["--format", "csv"]):
        ran = run(path, "--ruleset", TINY, *args)
        assert ran.code == 0
        assert "\x1b" not in ran.out + ran.err
        assert "\u202e" not in ran.out + ran.err
    ran = run("explain", path, "2.1.q01", "--ruleset", TINY)
    assert (ran.code, "\x1b" in ran.out + ran.err) == (0, False)
