"""A policy officer changes a copy of the rules in YAML alone; a slip is refused with its place and the word meant."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from running import SHIPPED, run

CASE: dict[str, Any] = {
    "case_id": "GM-1",
    "assessed_on": "2006-06-28",
    "sentence": {"kind": "community_order", "sentenced_on": "2006-01-04"},
    "flags": {"ppo": True},
    "events": [],
}
PUBLIC, VICTIMS = "2.2-protecting-the-public-by-minimising-risk-of-harm.yaml", "2.3-victims.yaml"

QUESTION = """
- id: 2.3.q07
  question: Was the victim told how to ask for help?
  asked_of: statutory victim contact cases
  when: {flags.statutory_victim_contact: true}
  threads: [roh]
  source: {document: gm-2006, section: "2.3", item: areas for improvement (b)}
  examples:
    - name: told
      case: {flags: {statutory_victim_contact: true}, answers: {2.3.q07: sufficient}}
      expect: {outcome: sufficient, reason: judged}
"""
EVENT = """
  telephone_check:
    means: a call to see that the person keeps to a curfew
    attributes: {found: {type: choice, one_of: [at_home, not_at_home], means: who answered}}
"""
CLOCK = """
  telephone-check:
    requires: a call that finds the person at home within {within} of the start of supervision
    after: start
    event: telephone_check
    with: {found: at_home}
    within: 3 working days
    source: {document: gm-2006, section: "2.4", item: strengths (d)}
"""
CLOCKED = """
- id: 2.3.q08
  question: Was the person called at home soon after the start?
  asked_of: prolific and other priority offenders
  when: {flags.ppo: true}
  decided_by: telephone-check
  source: {document: gm-2006, section: "2.4", item: strengths (d)}
  examples:
    - name: at home on the third day
      case: {flags: {ppo: true}, events: [{type: telephone_check, on: 2006-01-09, found: at_home}]}
      expect: {outcome: sufficient, reason: met, due: 2006-01-09}
    - name: not at home
      case: {flags: {ppo: true}, events: [{type: telephone_check, on: 2006-01-06, found: not_at_home}]}
      expect: {outcome: not_sufficient, reason: wrong_attribute}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A copy of the shipped rules."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "our-rules"))


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + text.lstrip("\n"), encoding="utf-8")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def all_three(rules: Path) -> None:
    """A question that is judged; an event type with an attribute, a clock that uses it, a question it decides."""
    append(rules / VICTIMS, QUESTION)
    append(rules / "vocabulary.yaml", EVENT)
    append(rules / "clocks.yaml", CLOCK)
    append(rules / VICTIMS, CLOCKED)


def line_of(path: Path, part: str) -> int:
    """The line on which the last such part stands."""
    text = path.read_text(encoding="utf-8")
    return text.count("\n", 0, text.rindex(part)) + 1


def finding(rules: Path, case: dict[str, Any], question: str) -> dict[str, Any]:
    ran = run("-", "--ruleset", rules, "--format", "json", "--quiet", stdin=json.dumps(case).encode())
    assert (ran.code, ran.err) == (0, "")
    (found,) = (one for one in json.loads(ran.out)["findings"] if one["question"] == question)
    assert isinstance(found, dict)
    return found


def test_a_new_question(rules: Path) -> None:
    append(rules / VICTIMS, QUESTION)
    linted = run("rules", "lint", rules)
    assert linted.code == 0
    assert "214 questions" in linted.out
    case = {**CASE, "flags": {"statutory_victim_contact": True}, "answers": {"2.3.q07": "poor"}}
    found = finding(rules, case, "2.3.q07")
    assert (found["outcome"], found["reason"]) == ("not_sufficient", "judged")
    assert finding(rules, CASE, "2.3.q07")["reason"] == "relevance_unknown"
    assert (
        "# 2.3.q07 Was the victim told how to ask for help?"
        in run("rules", "show", "2.3.q07", "--format", "md", "--ruleset", rules).out
    )


def test_a_new_question_whose_example_is_wrong(rules: Path) -> None:
    append(rules / VICTIMS, QUESTION.replace("outcome: sufficient, reason: judged", "outcome: pending"))
    ran = run("rules", "lint", rules)
    assert (ran.code, ran.out) == (2, "")
    assert f"{rules / VICTIMS}:{line_of(rules / VICTIMS, 'outcome: pending')}:" in ran.err
    assert re.search("outcome is sufficient, .*pending", ran.err)
    assert "example `told` of 2.3.q07" in ran.err


def test_a_number_that_changed(rules: Path) -> None:
    """Twelve weeks for sixteen: what was in time is late, and the examples that now say otherwise are named."""
    case = {**CASE, "events": [{"type": "roh_review", "on": "2006-04-26"}]}
    assert finding(rules, case, "2.2.q01")["outcome"] == "sufficient"
    change(rules / "clocks.yaml", "within: 16 weeks\n", "within: 12 weeks\n")
    found = finding(rules, case, "2.2.q01")
    assert (found["outcome"], found["reason"]) == ("not_sufficient", "late")
    assert (found["due"], found["days_late"]) == ("2006-03-29", 28)
    assert "within 12 weeks of the start" in found["message"]
    ran = run("rules", "lint", rules)
    assert ran.code == 2
    assert "example `reviewed on the last day of the sixteen weeks` of 2.2.q01" in ran.err
    assert "of 2.2.q02" not in ran.err  # its clock has a number of its own


def test_a_new_event_type_with_an_attribute_and_a_clock(rules: Path) -> None:
    all_three(rules)
    assert run("rules", "lint", rules).code == 0

    def on(day: str, **attributes: str) -> dict[str, Any]:
        return {**CASE, "events": [{"type": "telephone_check", "on": day, **attributes}]}

    for case, reason in (
        (on("2006-01-09", found="at_home"), "met"),
        (on("2006-01-10", found="at_home"), "late"),
        (on("2006-01-09", found="not_at_home"), "wrong_attribute"),
        (on("2006-01-09"), "evidence_ambiguous"),
        (CASE, "not_done"),
        ({**CASE, "flags": {"ppo": False}}, "not_relevant"),
    ):
        found = finding(rules, case, "2.3.q08")
        assert found["reason"] == reason
        assert reason in ("not_relevant",) or found["due"] == "2006-01-09"
    schema = json.loads(run("rules", "schema", "case", "--ruleset", rules).out)
    assert "telephone_check" in json.dumps(schema)
    misspelt = on("2006-01-09", found="at_hom")
    ran = run("-", "--ruleset", rules, stdin=json.dumps(misspelt).encode())
    assert ran.code == 2
    assert "events[0].found" in ran.err
    assert "did you mean `at_home`?" in ran.err


def test_the_shipped_rules_do_not_know_the_new_words() -> None:
    case = {**CASE, "events": [{"type": "telephone_check", "on": "2006-01-09"}]}
    ran = run("-", stdin=json.dumps(case).encode())
    assert (ran.code, ran.out) == (2, "")
    assert "telephone_check is not a type of event" in ran.err.replace('"', "").replace("`", "")


# Misspelt: the block it stands in, what is right, what is written, and the word that must be offered.
MISSPELT = [
    ("question", "question: Was", "questoin: Was", "question"),
    ("question", "asked_of:", "askd_of:", "asked_of"),
    (
        "question",
        "flags.statutory_victim_contact: true}\n  threads",
        "flags.statutory_victim: true}\n  threads",
        "flags.",
    ),
    ("question", "contact: true}\n  threads", "contact: yes}\n  threads", "true"),
    ("question", "threads: [roh]", "threads: [rho]", "roh"),
    ("question", "document: gm-2006", "document: gm-2060", "gm-2006"),
    ("question", "id: 2.3.q07", "id: 2.3.q05", "2.3.q05"),
    ("question", "id: 2.3.q07", "id: 2.2.q77", "2.3"),
    ("question", "reason: judged", "reasn: judged", "reason"),
    ("question", "flags: {statutory_victim_contact", "flags: {statutory_victim_contract", "statutory_victim_contact"),
    ("question", "answers: {2.3.q07: sufficient}", "answers: {2.3.q07: suficient}", "sufficient"),
    ("event", "means: a call", "meens: a call", "means"),
    ("event", "attributes:", "atributes:", "attributes"),
    ("event", "type: choice", "type: choise", "choice"),
    ("event", "one_of:", "one_off:", "one_of"),
    ("clock", "after: start", "after: strat", "start"),
    ("clock", "event: telephone_check", "event: telephone_chek", "telephone_check"),
    ("clock", "with: {found:", "with: {fuond:", "found"),
    ("clock", "found: at_home", "found: athome", "at_home"),
    ("clock", "within: 3 working days", "wihtin: 3 working days", "within"),
    ("clock", "within: 3 working days", "within: 3 workin days", "working days"),
    ("clock", "requires: a call", "requirse: a call", "requires"),
    ("clock", "document: gm-2006", "document: gm2006", "gm-2006"),
    ("clocked", "decided_by: telephone-check", "decided_by: telefone-check", "telephone-check"),
    ("clocked", "when: {flags.ppo:", "when: {flags.pop:", "flags.ppo"),
    ("clocked", "type: telephone_check, on: 2006-01-09", "type: telephone_chek, on: 2006-01-09", "telephone_check"),
    ("clocked", "found: at_home", "found: at_hom", "at_home"),
    ("clocked", "found: at_home", "fuond: at_home", "found"),
]


@pytest.mark.parametrize(("block", "right", "wrong", "offered"), MISSPELT, ids=[m[2].strip() for m in MISSPELT])
def test_what_is_misspelt_is_refused(rules: Path, block: str, right: str, wrong: str, offered: str) -> None:
    blocks = {"question": QUESTION, "event": EVENT, "clock": CLOCK, "clocked": CLOCKED}
    assert blocks[block].count(right) >= 1
    blocks[block] = blocks[block].replace(right, wrong, 1)
    for name, file in (
        ("question", VICTIMS),
        ("event", "vocabulary.yaml"),
        ("clock", "clocks.yaml"),
        ("clocked", VICTIMS),
    ):
        append(rules / file, blocks[name])
    file = {"event": "vocabulary.yaml", "clock": "clocks.yaml"}.get(block, VICTIMS)
    text = (rules / file).read_text(encoding="utf-8")
    first = text[: text.rindex(blocks[block].lstrip("\n"))].count("\n") + 1
    line = first + blocks[block].lstrip("\n").split(wrong)[0].count("\n")
    ran = run("rules", "lint", rules)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    assert f"{rules / file}:{line}:" in ran.err, ran.err
    assert offered in ran.err.split(f"{rules / file}:{line}:", 1)[1]


def test_a_clock_whose_form_cannot_be_told(rules: Path) -> None:
    """The key that makes a clock what it is, misspelt: the clock is named, and the key that is near."""
    append(rules / "vocabulary.yaml", EVENT)
    append(rules / "clocks.yaml", CLOCK.replace("event: telephone_check", "evnet: telephone_check"))
    ran = run("rules", "lint", rules)
    assert (ran.code, ran.out) == (2, "")
    assert re.search(r"clocks\.yaml:\d+:\d+: clocks\.telephone-check", ran.err)
    assert "did you mean `event`?" in ran.err


def test_a_faulty_ruleset_judges_nothing(rules: Path, tmp_path: Path) -> None:
    """All faults of all files at once, and nothing written."""
    append(rules / VICTIMS, QUESTION.replace("when: {flags.statutory", "when: {flags.statutry"))
    append(rules / "clocks.yaml", CLOCK.replace("after: start", "after: strat"))
    to = tmp_path / "report.json"
    ran = run("-", "--ruleset", rules, "--output", to, stdin=json.dumps(CASE).encode())
    assert (ran.code, ran.out) == (2, "")
    assert "flags.statutory_victim_contact" in ran.err
    assert "did you mean `start`?" in ran.err
    assert not to.exists()
