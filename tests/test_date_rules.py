"""The date rules against an oracle written without the program (`oracle`), on random records (`generate`)."""

import json
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import generate
import oracle
import pytest
from oracle import Expected
from running import SHIPPED, run

from omi_rules.engine import Engine
from omi_rules.engine.reference import Reference
from omi_rules.engine.rete import Rete
from omi_rules.examples import shown
from omi_rules.findings import Findings, Judge
from omi_rules.loading import load
from omi_rules.records import Record
from omi_rules.ruleset import Ruleset, with_settings

MANY = 5000
SEED = 2006


@dataclass(frozen=True)
class Sample:
    """Records as written and as the program reads them."""

    written: list[dict[str, Any]]
    read: list[Record]


@pytest.fixture(scope="module")
def sample(ruleset: Ruleset) -> Sample:
    written = generate.records(MANY, SEED)
    return Sample(written, [ruleset.reader.read(json.dumps(record), "generated")[0] for record in written])


@pytest.fixture(scope="module")
def judged(ruleset: Ruleset, sample: Sample) -> Findings:
    return Judge(ruleset, Rete()).judge(sample.read)


def found(findings: Findings, question: str, row: int) -> Expected:
    finding = findings.one(findings.ruleset.questions[question], row)
    return Expected(str(finding.line.outcome), str(finding.line.reason), finding.due, finding.done)


def differences(written: Sequence[dict[str, Any]], findings: Findings, as_of: date | None = None) -> list[str]:
    """Where program and oracle differ, each with the record that shows it."""
    wrong = []
    for row, record in enumerate(written):
        for question, expected in oracle.judge(record, as_of).items():
            got = found(findings, question, row)
            if got != expected:
                wrong.append(f"{question}: {got}, the oracle: {expected}, as of {as_of}: {json.dumps(record)}")
    return wrong[:3]


def test_the_oracle_knows_every_date_rule(ruleset: Ruleset) -> None:
    assert {q.id for q in ruleset.scored if ruleset.clock_of(q)} == oracle.QUESTIONS.keys()


def test_no_difference(sample: Sample, judged: Findings) -> None:
    assert differences(sample.written, judged) == []


def test_disagreements_and_basis(ruleset: Ruleset, sample: Sample, judged: Findings) -> None:
    """There is an answer, the dates decided all the same, and the answer comes to another outcome (R21)."""
    told = set()
    for row, record in enumerate(sample.written[:1000]):
        answers = record.get("answers") or {}
        for question, expected in oracle.judge(record).items():
            finding, answer = judged.one(ruleset.questions[question], row), answers.get(question)
            meant = oracle.ANSWER_OUTCOME.get(str(answer))
            wanted = answer is not None and expected.reason != "judged" and meant != expected.outcome
            assert finding.disagrees is wanted, (question, record["case_id"])
            assert (str(finding.line.basis) == "judged") is (expected.reason == "judged")
            told.add((meant, expected.outcome, wanted))
    outside = {one for one in told if one[0] == "not_applicable"}
    assert {(one[1], one[2]) for one in outside} >= {("sufficient", True), ("not_applicable", False), ("pending", True)}


def test_days_late(ruleset: Ruleset, sample: Sample, judged: Findings) -> None:
    """To the day it was done, or else to the day the clock stopped (R12)."""
    for row, record in enumerate(sample.written[:1000]):
        horizon = oracle.Case(record, None).horizon
        for question, expected in oracle.judge(record).items():
            late = None
            if expected.outcome == "not_sufficient" and expected.reason != "judged" and expected.due:
                late = ((expected.done or horizon) - expected.due).days
            assert judged.one(ruleset.questions[question], row).days_late == late, (question, record["case_id"])


def test_both_engines_say_the_same(ruleset: Ruleset, sample: Sample, judged: Findings) -> None:
    """On every question, those that the assessor decides among them."""
    by_reference = Judge(ruleset, Reference()).judge(sample.read)
    for question in ruleset.questions.values():
        assert (judged.lines(question) == by_reference.lines(question)).all(), question.id


@pytest.mark.parametrize("days", [-60, 45])
def test_no_difference_on_another_day(ruleset: Ruleset, sample: Sample, days: int) -> None:
    """Earlier and later than the assessment. `--as-of` is one day for all cases, so cases are put together by it."""
    judge, cases = Judge(ruleset, Reference()), sample.written[:1000]
    together: dict[date, list[int]] = defaultdict(list)
    for row, record in enumerate(cases):
        assessed = date.fromisoformat(record["assessed_on"]) + timedelta(days=days)
        together[assessed.replace(month=(assessed.month - 1) // 3 * 3 + 1, day=1)].append(row)
    for as_of, rows in together.items():
        findings = judge.judge([sample.read[row] for row in rows], as_of)
        assert differences([cases[row] for row in rows], findings, as_of) == []


# What each date rule can come to, by hand from the contract. All of it must occur in the sample, and nothing else.
# Words are reasons; the outcome follows from the reason but for `not_due` (pending, or not applicable once supervision
# has ended) and `judged` (three sides of the scale).
RELEVANCE = "not_relevant relevance_unknown"
POSSIBLE = {
    "1.1.q07": f"{RELEVANCE} met late not_done not_due date_missing judged",
    "1.2.q15": f"{RELEVANCE} met late not_done not_due date_missing judged",
    "1.2.q16": f"{RELEVANCE} met not_done date_missing judged",
    "1.3.q04": f"{RELEVANCE} met late not_done not_due date_missing judged",
    "1.4.q01": "met not_done",
    "1.4.q06": "met not_done date_missing judged",
    "1.4.q07": f"{RELEVANCE} met not_done date_missing judged",
    "1.5.q03": "met not_done",
    "1.5.q06": f"{RELEVANCE} met not_done date_missing judged",
    "2.2.q01": "met late not_done not_due date_missing judged",
    "2.2.q02": "met gap_too_long not_done not_due date_missing judged",
    "2.2.q03": f"{RELEVANCE} met not_done date_missing judged",
    "2.2.q17": f"{RELEVANCE} met late not_done wrong_attribute not_due date_missing evidence_ambiguous judged",
    "2.3.q05": f"{RELEVANCE} met late not_done wrong_attribute not_due date_missing evidence_ambiguous judged",
    "2.4.q11": f"{RELEVANCE} met late not_done not_due date_missing judged",
    "2.5.q03": f"{RELEVANCE} met late date_missing evidence_ambiguous judged",
    "2.5.q04": f"{RELEVANCE} met wrong_attribute date_missing evidence_ambiguous judged",
    "2.6.q08": f"{RELEVANCE} met not_done date_missing evidence_ambiguous judged",
    "3.1.q05": "met occurred date_missing judged",
    "3.1.q06": "met occurred date_missing judged",
}
OUTCOMES = {
    "met": ("sufficient",),
    "late": ("not_sufficient",),
    "not_done": ("not_sufficient",),
    "wrong_attribute": ("not_sufficient",),
    "gap_too_long": ("not_sufficient",),
    "occurred": ("not_sufficient",),
    "not_due": ("pending", "not_applicable"),
    "not_relevant": ("not_applicable",),
    "relevance_unknown": ("not_evidenced",),
    "date_missing": ("not_evidenced",),
    "evidence_ambiguous": ("not_evidenced",),
    "judged": ("sufficient", "not_sufficient", "not_applicable"),
}


@pytest.mark.parametrize("question", POSSIBLE)
def test_the_sample_has_everything_a_clock_can_give(judged: Findings, question: str) -> None:
    every = (found(judged, question, row) for row in range(MANY))
    possible = {(outcome, reason) for reason in POSSIBLE[question].split() for outcome in OUTCOMES[reason]}
    assert {(one.outcome, one.reason) for one in every} == possible


# Dated values

CASE: dict[str, Any] = {
    "case_id": "GM-1",
    "assessed_on": "2008-06-30",
    "sentence": {"kind": "community_order", "sentenced_on": "2007-09-29"},
    "events": [],
}


def one(ruleset: Ruleset, case: dict[str, Any], question: str, engine: Engine | None = None) -> dict[str, Any]:
    record, _ = ruleset.reader.read(json.dumps(case), "case")
    return shown(Judge(ruleset, engine or Reference()).judge([record]).one(ruleset.questions[question], 0))


def with_dated_weeks(folder: Path) -> Ruleset:
    shutil.copytree(SHIPPED, folder)
    clocks = (folder / "clocks.yaml").read_text(encoding="utf-8")
    name, rest = "  roh-review-first:\n", "    within: 16 weeks\n"
    before, after = clocks.split(name)
    dated = "    within: [{value: 16 weeks}, {from: 2007-09-30, value: 12 weeks}]\n"
    (folder / "clocks.yaml").write_text(before + name + after.replace(rest, dated, 1), encoding="utf-8")
    return load(folder)


def test_dated_values_go_by_the_day_the_clock_starts(tmp_path: Path) -> None:
    ruleset = with_dated_weeks(tmp_path / "dated")
    for sentenced, weeks in (("2007-09-29", 16), ("2007-09-30", 12), ("2007-10-01", 12), ("2005-01-04", 16)):
        case = {**CASE, "sentence": {"kind": "community_order", "sentenced_on": sentenced}}
        due = date.fromisoformat(sentenced) + timedelta(weeks=weeks)
        assert one(ruleset, case, "2.2.q01") == {
            "outcome": "not_sufficient",
            "reason": "not_done",
            "basis": "computed",
            "due": str(due),
            "done": None,
            "days_late": (date(2008, 6, 30) - due).days,
            "disagrees": False,
        }
        in_time = {**case, "events": [{"type": "roh_review", "on": str(due)}]}
        late = {**case, "events": [{"type": "roh_review", "on": str(due + timedelta(days=1))}]}
        assert one(ruleset, in_time, "2.2.q01")["reason"] == "met"
        assert one(ruleset, late, "2.2.q01")["reason"] == "late"


def test_dated_values_do_not_touch_other_clocks(ruleset: Ruleset, tmp_path: Path) -> None:
    changed = with_dated_weeks(tmp_path / "dated")
    case = {**CASE, "sentence": {"kind": "community_order", "sentenced_on": "2007-10-01"}}
    for question in oracle.QUESTIONS.keys() - {"2.2.q01"}:
        assert one(changed, case, question) == one(ruleset, case, question)


# Numbers that no source gives: judged until one is set, then computed

START, DUE, AFTER = "2006-04-12", "2006-05-08", "2006-05-09"  # fifteen working days across Easter and May Day
NUMBER = "15 working days"
TRANSFER = {"flags": {"transferred_in": True}, "events": [{"type": "transfer_in", "on": START}]}
AWAITING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # what makes it asked, and what answers it
    "1.2.q01": ({}, {"type": "roh_screening"}),
    "1.3.q01": ({"sentence": {"tier": 2}}, {"type": "oasys"}),
    "1.5.q01": ({}, {"type": "allocation"}),
    "1.5.q07": ({"sentence": {"tier": 2, "requirements": ["supervision"]}}, {"type": "sentence_plan"}),
    "2.1.q11": (TRANSFER, {"type": "risk_management_plan"}),
    "2.1.q12": (TRANSFER, {"type": "first_contact"}),
    "2.1.q13": (TRANSFER, {"type": "home_visit", "outcome": "completed"}),
    "2.4.q01": ({}, {"type": "induction"}),
}


def awaiting_case(question: str, day: str, answer: str | None = None) -> dict[str, Any]:
    change, event = AWAITING[question]
    made: dict[str, Any] = {
        "case_id": "GM-1",
        "assessed_on": "2006-06-28",
        "sentence": {"kind": "community_order", "sentenced_on": START, **change.get("sentence", {})},
        "flags": change.get("flags", {}),
        "events": [*change.get("events", []), {**event, "on": day}],
    }
    return {**made, "answers": {question: answer}} if answer else made


def test_every_awaiting_clock_is_tried(ruleset: Ruleset) -> None:
    waiting = {q.id for q in ruleset.scored if q.decided_by and not ruleset.clock_of(q)}
    assert waiting == {*AWAITING, "2.1.q16"}


@pytest.mark.parametrize("question", AWAITING)
def test_awaiting_clocks(ruleset: Ruleset, question: str) -> None:
    assert one(ruleset, awaiting_case(question, DUE), question)["reason"] == "not_answered"
    assert one(ruleset, awaiting_case(question, AFTER, "yes"), question)["reason"] == "judged"
    counting = with_settings(ruleset, {f"{question}.within": NUMBER})
    in_time, late = (one(counting, awaiting_case(question, day, "no"), question) for day in (DUE, AFTER))
    assert in_time == {
        "outcome": "sufficient",
        "reason": "met",
        "basis": "computed",
        "due": DUE,
        "done": DUE,
        "days_late": None,
        "disagrees": True,
    }
    assert late == {
        "outcome": "not_sufficient",
        "reason": "late",
        "basis": "computed",
        "due": DUE,
        "done": AFTER,
        "days_late": 1,
        "disagrees": False,
    }
    clock = ruleset.questions[question].decided_by
    by_clock = with_settings(ruleset, {f"{clock}.within": NUMBER})
    assert one(by_clock, awaiting_case(question, DUE, "no"), question) == in_time


def test_awaiting_reviews_of_the_plan(ruleset: Ruleset) -> None:
    """2.1.q16 repeats: from one review to the next; before the first nothing is due unless `first_within` is set."""
    events = [{"type": kind, "on": day} for kind, day in (("sentence_plan", "2006-01-16"), *_REVIEWS)]
    case = {**CASE, "assessed_on": "2006-06-28", "sentence": {**CASE["sentence"], "sentenced_on": "2006-01-04"}}
    counting = with_settings(ruleset, {"2.1.q16.within": "2 months"})
    assert one(ruleset, {**case, "events": events}, "2.1.q16")["reason"] == "not_answered"
    kept = one(counting, {**case, "events": events[:3]}, "2.1.q16", Rete())
    assert (kept["reason"], kept["due"], kept["done"]) == ("gap_too_long", "2006-05-31", None)
    kept = one(counting, {**case, "events": events}, "2.1.q16")
    assert (kept["outcome"], kept["due"], kept["done"]) == ("sufficient", "2006-05-31", "2006-05-31")
    late = one(counting, {**case, "events": [*events[:3], {**events[3], "on": "2006-06-01"}]}, "2.1.q16")
    assert (late["reason"], late["days_late"]) == ("gap_too_long", 1)
    first = with_settings(ruleset, {"2.1.q16.within": "2 months", "2.1.q16.first_within": "4 months"})
    none = one(first, case, "2.1.q16")
    assert (none["reason"], none["due"]) == ("not_done", "2006-05-04")


_REVIEWS = (
    ("sentence_plan_review", "2006-02-28"),
    ("sentence_plan_review", "2006-03-31"),
    ("sentence_plan_review", "2006-05-31"),
)


def test_settings_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(awaiting_case("1.5.q07", AFTER)), encoding="utf-8")
    ran = run(path, "--format", "json", "--set", f"1.5.q07.within={NUMBER}", "--set", "2.4.q01.within=1 day")
    report = json.loads(ran.out)
    finding = next(finding for finding in report["findings"] if finding["question"] == "1.5.q07")
    assert (finding["outcome"], finding["due"], finding["days_late"]) == ("not_sufficient", DUE, 1)
    assert report["ruleset"]["settings"] == {"1.5.q07.within": NUMBER, "2.4.q01.within": "1 day"}


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("1.5.q7.within=15 working days", "did you mean `1.5.q07.within`?"),
        ("1.5.q07.within=15", "want a number of days, working days, weeks or months"),
        ("1.5.q07.within=", "want a number of days"),
        ("1.5.q06.within=5 days", "1.5.q06.within is not a number that can be set"),
        ("line_of_priority=high", "high is not a whole percentage"),
        ("1.5.q07.within", "want KEY=VALUE"),
    ],
)
def test_settings_that_are_refused(tmp_path: Path, setting: str, said: str) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE), encoding="utf-8")
    ran = run(path, "--set", setting)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
