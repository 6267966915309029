"""The case stories: what was worked out by hand beside each, against the program."""

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from oracle import QUESTIONS as DATE_RULES
from running import CASES, shipped

from omi_rules.engine.rete import Rete
from omi_rules.examples import shown
from omi_rules.findings import Judge
from omi_rules.ruleset import Ruleset

STORIES = sorted(CASES.glob("*.json"))
PARTS = ("outcome", "reason", "due", "done")


def expected(story: Path) -> dict[str, Any]:
    text = (CASES.parent / "expected" / story.name).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def findings(story: Path) -> dict[str, dict[str, Any]]:
    """What the program says of a story, by question."""
    record, _ = shipped().reader.read(story.read_text(encoding="utf-8"), story.name)
    judged = Judge(shipped(), Rete()).judge([record])
    return {finding.question.id: shown(finding) for finding in judged.of_case(0)}


def each_story() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)


def test_every_story_has_its_expectation_and_its_line() -> None:
    assert len(STORIES) >= 28
    assert {path.name for path in (CASES.parent / "expected").glob("*.json")} == {s.name for s in STORIES}
    listed = re.findall(r"^- `([\w-]+)` \(([\w-]+)\)", (CASES / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [(s.stem, json.loads(s.read_text(encoding="utf-8"))["case_id"]) for s in STORIES]


@each_story()
def test_findings(story: Path) -> None:
    wanted = expected(story)["findings"]
    assert DATE_RULES.keys() <= wanted.keys()
    got = {question: {part: findings(story)[question][part] for part in PARTS} for question in wanted}
    assert got == {question: {part: one[part] for part in PARTS} for question, one in wanted.items()}
    assert all(one["why"] for one in wanted.values())


@each_story()
def test_disagreements(story: Path) -> None:
    wanted = expected(story)["disagrees"]
    assert wanted == [
        question for question, one in findings(story).items() if question in DATE_RULES and one["disagrees"]
    ]


@each_story()
def test_the_judged_ones_follow_the_answer(story: Path) -> None:
    """`expected` holds a handful of judged questions beside the date rules."""
    judged = expected(story)["findings"].keys() - DATE_RULES.keys()
    assert all(findings(story)[question]["basis"] == "judged" for question in judged)


EVERY = {"sufficient", "not_sufficient", "not_applicable", "not_evidenced", "pending"}
NO_DUE_DAY = EVERY - {"pending"}  # nothing can be not yet due
# Asked of all cases, with no due day: not applicable only where the assessor says so and the log tells nothing.
ASKED_OF_ALL = NO_DUE_DAY - {"not_applicable"}
POSSIBLE = {
    **dict.fromkeys(DATE_RULES, EVERY),
    **dict.fromkeys(("1.2.q16", "1.4.q07", "1.5.q06", "2.2.q03", "2.5.q03", "2.5.q04", "2.6.q08"), NO_DUE_DAY),
    **dict.fromkeys(("1.4.q06", "3.1.q05", "3.1.q06"), ASKED_OF_ALL),
    **{key: {"sufficient", "not_sufficient"} for key in ("1.4.q01", "1.5.q03")},
}


@pytest.mark.parametrize("question", sorted(DATE_RULES))
def test_every_outcome_of_a_date_rule_is_in_some_story(question: str) -> None:
    told = {findings(story)[question]["outcome"] for story in STORIES}
    assert POSSIBLE[question] <= told


def test_every_reason_is_in_some_story(ruleset: Ruleset) -> None:
    told: dict[str, set[str]] = defaultdict(set)
    for story in STORIES:
        for question, one in findings(story).items():
            told[one["reason"]].add(question)
    plain = {key for key in ruleset.head.messages if "." not in key} - {"ended"}  # one kind of `not_due`
    assert told.keys() == plain
