"""Whoever judges, the findings are the same to the byte; and without durable-rules the program still works."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import generate
import numpy as np
import pytest
from running import CASES, Ran, run, shipped

from omi_rules.conditions import Value
from omi_rules.engine import Engine, Relevance
from omi_rules.engine.reference import Reference
from omi_rules.engine.rete import Rete
from omi_rules.examples import merged
from omi_rules.findings import Judge
from omi_rules.meaning import Truth
from omi_rules.records import Record
from omi_rules.reports import case, text
from omi_rules.ruleset import Ruleset

FIXTURES = sorted(CASES.glob("*.json"))
MANY, RENDERED, CHUNK = 10_000, 500, 100


@pytest.mark.parametrize("form", ["ndjson", "csv", "md", "rich"])
def test_both_engines_say_the_same_of_every_fixture(form: str) -> None:
    ran = {engine: run(*FIXTURES, "--engine", engine, "--format", form) for engine in ("rete", "reference")}
    assert len(FIXTURES) >= 28
    assert ran["rete"].code == 0
    assert ran["rete"].out
    assert ran["rete"] == ran["reference"]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: str(path.stem))
def test_both_engines_say_the_same_of_a_fixture(path: Path) -> None:
    ran = [run(path, "--engine", engine, "--format", "json") for engine in ("rete", "reference", "auto")]
    assert ran[0] == ran[1] == ran[2]
    assert json.loads(ran[0].out)["findings"]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    reader = shipped().reader
    return [reader.read(json.dumps(record), "generated")[0] for record in generate.records(MANY, 2026)]


def differing(ruleset: Ruleset, records: list[Record], one: Engine, other: Engine) -> set[str]:
    """The questions of which two engines take another line of the verdict table in some case."""
    left, right = Judge(ruleset, one).judge(records), Judge(ruleset, other).judge(records)
    return {
        question.id
        for question in ruleset.questions.values()
        if not np.array_equal(left.lines(question), right.lines(question))
    }


def test_both_engines_take_the_same_line_of_ten_thousand_records(ruleset: Ruleset, records: list[Record]) -> None:
    assert len(records) == MANY
    assert not differing(ruleset, records, Rete(), Reference())


def test_ten_thousand_records_reach_most_of_the_table(ruleset: Ruleset, records: list[Record]) -> None:
    """Else the comparison would say little: 18 of 20 lines, and almost every truth of every condition."""
    judge = Judge(ruleset, Reference())
    findings = judge.judge(records)
    reached = {int(line) for question in judge.questions for line in np.unique(findings.lines(question))}
    assert len(reached) >= 18


def digests(judge: Judge, records: list[Record]) -> list[str]:
    """Of each chunk of records, the hash of its findings as they are written out."""
    made = []
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        written = text.case_ndjson(case.reports(judge.judge(chunk), chunk))
        made.append(hashlib.sha256(written.encode()).hexdigest())
    return made


def test_both_engines_write_the_same_bytes_of_generated_records(ruleset: Ruleset, records: list[Record]) -> None:
    chosen = records[:: MANY // RENDERED]
    found = digests(Judge(ruleset, Rete()), chosen)
    assert found == digests(Judge(ruleset, Reference()), chosen)
    assert len(set(found)) == RENDERED // CHUNK


class Mistaken(Reference):
    """The law with one mistake."""

    def relevant(self, relevance: Relevance, facts: Mapping[str, Value | None]) -> Truth:
        """Whoever is not recorded to be a prolific offender is none."""
        found = super().relevant(relevance, facts)
        unknown = found is Truth.UNKNOWN and facts.get("flags.ppo", True) is None
        return Truth.FALSE if unknown else found


def test_one_mistake_is_seen(ruleset: Ruleset, records: list[Record]) -> None:
    assert "1.3.q04" in differing(ruleset, records[:500], Rete(), Mistaken())


# Without durable-rules

ABSENT = "import sys\nsys.modules['durable'] = sys.modules['durable_rules_engine'] = None\n"
UNUSABLE = """
import importlib.abc, sys
class Unusable(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "durable_rules_engine":
            raise ImportError("undefined symbol: PyEval_CallObject")
sys.meta_path.insert(0, Unusable())
"""
MAIN = "from omi_rules.cli import main\nmain()\n"


def without(how: str, *args: object) -> Ran:
    """The command in a process where durable-rules cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-c", how + MAIN, *map(str, args)],
        capture_output=True,
        env={**os.environ, "COLUMNS": "80"},
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("how", [ABSENT, UNUSABLE], ids=["absent", "unusable"])
def test_without_durable_rules_the_findings_are_the_same(how: str) -> None:
    ran = without(how, *FIXTURES, "--format", "ndjson")
    assert ran.code == 0
    assert ran.out == run(*FIXTURES, "--format", "ndjson").out
    (line,) = [line for line in ran.err.splitlines() if "durable" in line]
    assert line.startswith("note: durable-rules cannot be imported")


def test_without_durable_rules_the_reference_needs_no_note() -> None:
    ran = without(ABSENT, FIXTURES[0], "--engine", "reference", "--format", "json")
    assert ran == Ran(0, run(FIXTURES[0], "--format", "json").out, "")


def test_without_durable_rules_an_engine_asked_for_by_name_is_refused() -> None:
    ran = without(UNUSABLE, FIXTURES[0], "--engine", "rete")
    assert ran.code == 2
    assert not ran.out
    assert "durable-rules cannot be imported: undefined symbol" in ran.err
    assert "Traceback" not in ran.err


def test_without_durable_rules_the_examples_are_tried_on_the_reference() -> None:
    ran = without(ABSENT, "rules", "lint")
    assert ran.code == 0
    assert "durable-rules cannot be imported" in ran.err
    assert "tried on reference:" in ran.out


# A ruleset that asks more at once than one rule of durable-rules takes


def test_a_question_about_forty_flags(tmp_path: Path) -> None:
    """Such a condition is judged in parts; and its facts have more combinations than a machine number counts."""
    names = [f"flag_{i}" for i in range(40)]
    folder = tmp_path / "wide"
    folder.mkdir()
    source = Path(__file__).parent.parent / "rulesets" / "omi-2006"
    for path in source.glob("*.yaml"):
        text_ = path.read_text()
        if path.name == "vocabulary.yaml":
            text_ = text_.replace("\nflags:\n", "\nflags:\n" + "".join(f"  {name}: one of forty\n" for name in names))
        if path.name.startswith("2.7"):
            wide = ", ".join(f"flags.{name}: true" for name in names)
            text_ = text_.replace("  asked_of: all cases\n", f"  asked_of: the forty\n  when: {{{wide}}}\n", 1)
        (folder / path.name).write_text(text_)
    flags = dict.fromkeys(names, True)
    ruled = {
        "all": (flags, "sufficient"),
        "one no": ({**flags, "flag_17": False}, "not_applicable"),
        "one not recorded": ({**flags, "flag_39": None}, "sufficient"),
        "a no beside it": ({**flags, "flag_39": None, "flag_0": False}, "not_applicable"),
        "none": ({}, "sufficient"),
    }
    base = {"case_id": "x", "assessed_on": "2006-06-28", "answers": {"2.7.q02": "yes"}}
    base |= {"sentence": {"kind": "licence", "sentenced_on": "2006-01-04"}}
    files = []
    for name, (given, _) in ruled.items():
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(merged(base, {"flags": given})))
    ran = [run(*files, "--ruleset", folder, "--engine", name, "--format", "ndjson") for name in ("rete", "reference")]
    assert ran[0] == ran[1]
    assert ran[0].code == 0, ran[0].err
    findings = [json.loads(line) for line in ran[0].out.splitlines()]
    found = [finding["outcome"] for finding in findings if finding["question"] == "2.7.q02"]
    assert found == [outcome for _, outcome in ruled.values()]
