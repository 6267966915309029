"""An inspection as a whole: the record of Greater Manchester against what the report of 2006 printed, and the rules.

The printed figures stand here a second time, typed from the report and not from the fixture.
"""

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from statistics import median_high, median_low
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from running import REPOSITORY, SHIPPED, run, shipped

from omi_rules import shelf
from omi_rules.commands.inspection import inspection as command
from omi_rules.commands.inspection import judged as judged_folder
from omi_rules.errors import Refused
from omi_rules.exact import percent
from omi_rules.inspection.dates import DueDate, Standing, due_dates
from omi_rules.inspection.decision import Decision, decide
from omi_rules.inspection.grades import aggregate, general_grades
from omi_rules.inspection.judged import Judged, judge
from omi_rules.inspection.reading import read, sample_of
from omi_rules.inspection.record import FieldWork, GeneralEvidence, OwnDecision, Span, SpecificEvidence, day_or_month
from omi_rules.inspection.targets import Attainment, attain, judged_targets
from omi_rules.leadership import Leadership, Precedent
from omi_rules.loading import load
from omi_rules.reports.inspection import FORMATS
from omi_rules.reports.inspection_object import to_object
from omi_rules.ruleset import Ruleset, with_settings
from omi_rules.schemas import inspection_schema

FOLDER = REPOSITORY / "fixtures" / "greater-manchester-2006"
TINY = Path(__file__).parent / "tiny_ruleset"
BAD = sorted((Path(__file__).parent / "bad_inspections").glob("*.yaml"))

MET, NEAR, MISSED = Attainment.MET, Attainment.NEAR_MISS, Attainment.MISSED
PRINTED = [
    # target, Greater Manchester, England and Wales, star; then met or not, and the part reached, by hand
    ("90%", "88%", "91%", False, NEAR, "0.978"),
    ("85%", "81%", "81%", False, NEAR, "0.953"),
    ("90%", "93%", "85%", True, MET, "1.033"),
    ("65%", "72%", "62%", True, MET, "1.108"),
    ("100%", "123%", "114%", True, MET, "1.230"),
    ("100%", "114%", "102%", True, MET, "1.140"),
    ("100%", "118%", "88%", True, MET, "1.180"),
    ("100%", "95%", "99%", True, NEAR, "0.950"),
    ("100%", "99%", "112%", True, NEAR, "0.990"),
    ("100%", "136%", "165%", True, MET, "1.360"),
    ("at most 9 days", "14.7 days", "12.3 days", False, MISSED, "0.612"),
    ("90%", "98%", "97%", True, MET, "1.089"),
    ("95%", "97%", "97%", True, MET, "1.021"),
    ("5.4%", "6.8%", "", True, MET, "1.259"),
    ("85%", "93%", "93%", True, MET, "1.094"),
    ("90%", "78%", "81%", False, MISSED, "0.867"),
    ("90%", "81%", "82%", True, NEAR, "0.900"),
    ("at most 35 working days", "49 working days", "43 working days", None, MISSED, "0.714"),
    ("50%", "35%", "43%", None, MISSED, "0.700"),
]
TABLE_1 = {
    "4.1": "well met",
    "4.2": "well met",
    "4.3": "satisfactorily met",
    "4.4": "partly met",
    "4.5": "satisfactorily met",
    "4.6": "satisfactorily met",
}
ITEMS = {"4.1": (9, 5), "4.2": (4, 3), "4.3": (5, 3), "4.4": (7, 7), "4.5": (5, 1), "4.6": (7, 3)}
"""How many strengths and areas for improvement the report lists under each criterion."""


@cache
def manchester() -> Judged:
    return judged_folder(FOLDER, shipped(), "reference", quiet=True)


@cache
def rules() -> Leadership:
    found = shipped().leadership
    assert found
    return found


def recorded(tmp_path: Path, text: str = "") -> Path:
    """A folder with a record of the least there can be, and more."""
    head = "area: Wessex\ninspected: {from: 2006-06-26, to: 2006-06-30}\n"
    (tmp_path / "inspection.yaml").write_text(head + text, encoding="utf-8")
    return tmp_path


# Targets


def test_the_target_tables_are_as_printed() -> None:
    shown = [(t.shown_target, t.shown_actual, t.shown_comparator, t.row.star) for t in manchester().targets]
    assert shown == [row[:4] for row in PRINTED]


def test_met_near_miss_and_missed() -> None:
    assert [(t.attained, t.shown_ratio) for t in manchester().targets] == [row[4:] for row in PRINTED]


def test_exactly_two_stars_say_otherwise() -> None:
    assert [one.row.measure for one in manchester().star_disagreements] == [
        "Breach action within ten working days where required",
        "Compliance including orders allowed to continue",
    ]


def test_no_other_part_of_the_target_explains_more_of_the_stars() -> None:
    tables = manchester().inspection.targets
    parts = sorted({one.ratio for one in manchester().targets if one.ratio is not None and one.ratio <= 1})
    tried = [Decimal(number).scaleb(-6) for part in parts for number in (int(part * 10**6), int(part * 10**6) + 1)]
    wrong = [sum(one.disagrees for one in judged_targets(tables, part)) for part in (*tried, Decimal("0.90"))]
    assert (min(wrong), wrong[-1]) == (2, 2)


def test_both_court_board_targets_were_missed_everywhere() -> None:
    assert [(t.attained, t.comparator) for t in manchester().targets[-2:]] == [(MISSED, MISSED)] * 2


@pytest.mark.parametrize(
    ("value", "target", "better", "expected"),
    [
        ("81", "90", "higher", NEAR),
        ("80.999999", "90", "higher", MISSED),
        ("90", "90", "higher", MET),
        ("89.999999", "90", "higher", NEAR),
        ("10", "9", "lower", NEAR),
        ("10.000001", "9", "lower", MISSED),
        ("9", "9", "lower", MET),
        ("9.000001", "9", "lower", NEAR),
        ("1.17", "1.3", "higher", NEAR),  # in binary numbers it falls short
        ("0", "0", "lower", MET),
        ("3", "0", "lower", MISSED),
        ("-1", "0", "higher", MISSED),
        ("-2", "-1", "higher", MISSED),
        ("-5", "9", "lower", MET),
    ],
)
def test_the_edges(value: str, target: str, better: Any, expected: Attainment) -> None:
    assert attain(Decimal(value), Decimal(target), better, Decimal("0.90")) is expected


def test_binary_numbers_would_fail_at_the_edge() -> None:
    assert 0.9 * 1.3 > 1.17
    assert 1.17 / 1.3 < 0.9


def test_there_is_no_part_of_a_target_that_is_not_above_nought() -> None:
    table = manchester().inspection.targets[0]
    numbers = [("0", "3", "lower"), ("0", "-3", "higher"), ("-1", "-2", "higher"), ("9", "0", "lower")]
    rows = [
        replace(table.rows[0], target=Decimal(target), actual=Decimal(actual), better=better)  # type: ignore[arg-type]
        for target, actual, better in numbers
    ]
    found = list(judged_targets([replace(table, rows=tuple(rows))], Decimal("0.90")))
    assert [(one.attained, one.ratio, one.shown_ratio) for one in found] == [
        (MISSED, None, ""),
        (MISSED, None, ""),
        (MISSED, None, ""),
        (MET, None, ""),
    ]


cents = st.integers(1, 10**9)


@given(cents, cents, st.integers(0, 6))
def test_attainment_is_integer_arithmetic(actual: int, target: int, places: int) -> None:
    value, wanted = (Decimal(number).scaleb(-places) for number in (actual, target))
    higher = MET if actual >= target else NEAR if 10 * actual >= 9 * target else MISSED
    lower = MET if actual <= target else NEAR if 10 * target >= 9 * actual else MISSED
    assert attain(value, wanted, "higher", Decimal("0.90")) is higher
    assert attain(value, wanted, "lower", Decimal("0.90")) is lower


@pytest.mark.parametrize(
    ("actual", "shown"),
    [("899.9", "0.8999"), ("899.999", "0.899999"), ("999.9", "0.9999"), ("900", "0.900"), ("900.4", "0.9004")],
)
def test_a_ratio_is_not_rounded_onto_an_edge_it_does_not_reach(actual: str, shown: str) -> None:
    table = manchester().inspection.targets[0]
    row = replace(table.rows[0], actual=Decimal(actual), target=Decimal(1000))
    (found,) = judged_targets([replace(table, rows=(row,))], Decimal("0.90"))
    assert found.shown_ratio == shown


# Section 4


def test_table_1() -> None:
    grades = manchester().grades
    assert {one.criterion.criterion: one.word for one in grades} == TABLE_1
    assert {one.criterion.criterion: one.in_words(one.computed) for one in grades} == TABLE_1
    assert [one.differs for one in grades] == [False] * 6


def test_every_published_strength_and_area_for_improvement_is_noted() -> None:
    """With the letters the report gives them; a note may stand on the other side than the report's list."""
    notes = " ".join(
        note for one in manchester().grades for s in one.specific for note in (*s.strengths, *s.improvements)
    )
    cited = {
        (criterion, side, letter)
        for criterion, sides in re.findall(r"\((4\.\d) ([si]-[a-z](?:, [si]-[a-z])*)\)", notes)
        for side, letter in re.findall(r"([si])-([a-z])", sides)
    }
    wanted = {
        (criterion, side, chr(ord("a") + i))
        for criterion, numbers in ITEMS.items()
        for side, number in zip("si", numbers, strict=True)
        for i in range(number)
    }
    assert cited == wanted


def test_the_fixture_says_what_was_constructed() -> None:
    text = (FOLDER / "inspection.yaml").read_text(encoding="utf-8")
    assert "CONSTRUCTED" in text
    assert "inspection.yaml" in (FOLDER / "README.md").read_text(encoding="utf-8")


grades = st.lists(st.integers(0, 3), min_size=1, max_size=9)


@given(grades)
def test_the_general_grade_is_the_lower_middle_capped(given_: list[int]) -> None:
    plain = median_low(given_)
    expected = min(plain, 1) if 0 in given_ else plain
    assert aggregate(given_, rules()) == (expected, expected != plain)
    assert aggregate(given_[::-1], rules()) == (expected, expected != plain)


@given(grades, st.data())
def test_a_better_specific_grade_never_lowers_the_general_one(given_: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(given_) - 1))
    raised = [*given_[:place], data.draw(st.integers(given_[place], 3)), *given_[place + 1 :]]
    assert aggregate(raised, rules())[0] >= aggregate(given_, rules())[0]


@given(grades)
def test_other_ways_to_take_a_grade(given_: list[int]) -> None:
    for take, expected in (("lowest", min(given_)), ("upper_middle", median_high(given_))):
        other = replace(rules(), aggregate=replace(rules().aggregate, take=take, cap=None))  # type: ignore[arg-type]
        assert aggregate(given_, other) == (expected, False)


def test_bounds_hold_whatever_the_missing_grades_are() -> None:
    ids = [one.id for one in rules().general[0].specific]
    for known in product([None, 0, 1, 2, 3], repeat=len(ids)):
        evidence = {name: SpecificEvidence(grade=grade) for name, grade in zip(ids, known, strict=True)}
        found = general_grades({"4.1": GeneralEvidence(specific=evidence)}, rules())[0]
        there = [grade for grade in known if grade is not None]
        assert found.graded == len(there)
        if there:
            rest = product(range(4), repeat=len(known) - len(there))
            ends = [aggregate([*there, *others], rules())[0] for others in rest]
            assert (found.bounds, found.computed) == ((min(ends), max(ends)), aggregate(there, rules())[0])
        else:
            assert (found.bounds, found.computed, found.word) == (None, None, "")


def test_the_inspectors_grade_stands_and_the_computed_one_is_shown(tmp_path: Path) -> None:
    text = "leadership:\n  4.5: {grade: not met, reason: nothing was reviewed, specific: {4.5.s1: {grade: 3}}}\n"
    found = judge(read(recorded(tmp_path, text), shipped()), shipped())
    one = next(grade for grade in found.grades if grade.criterion.criterion == "4.5")
    assert (one.word, one.in_words(one.computed), one.differs) == ("not met", "well met", True)
    shown = FORMATS["rich"](found, 80, False)
    assert re.search(r"4\.5 Review and Evaluation +not met +well met ! +1 of 2", shown)
    assert "! 4.5 by the inspectors: nothing was reviewed" in shown
    assert "leadership.4.5.specific.4.5.s2.grade" in found.not_recorded


# Questionnaires


def test_response_rates() -> None:
    found = [(one.questionnaire.who, one.rate.n, one.rate.of, one.rate.percent) for one in manchester().responses]
    assert found == [("offenders", 35, 150, 23), ("victims", 0, 13, 0), ("sentencers", 28, 30, 93)]


def test_the_counts_worked_out_come_to_what_is_printed() -> None:
    offenders = manchester().responses[0]
    shares = {
        (one.reply.printed, f"{s.percent}% {s.answer}", s.of) for one in offenders.replies for s in one.shares[:1]
    }
    assert shares == {("94% yes", "94% yes", 35), ("97% yes", "97% yes", 35), ("83% yes", "83% yes", 35)}
    assert [one.unanswered for one in offenders.replies] == [0, 0, 0]
    for figure, fits in ((94, [33]), (97, [34]), (83, [29])):
        assert [n for n in range(36) if percent(n, 35) == figure] == fits


def test_what_is_said_of_the_sentencers_percentages() -> None:
    assert {figure: [n for n in range(29) if percent(n, 28) == figure] for figure in (78, 96, 95, 60)} == {
        78: [],
        96: [27],
        95: [],
        60: [],
    }
    assert [percent(*of) for of in ((21, 27), (18, 23), (14, 18))] == [78, 78, 78]


def test_questionnaires_enter_no_score() -> None:
    found = manchester()
    without = judge(replace(found.inspection, questionnaires=(), focus_groups=()), shipped(), found.scores)
    for part in ("sample", "decision", "leadership", "targets", "dates"):
        assert to_object(found)[part] == to_object(without)[part]


def test_focus_groups() -> None:
    found = [(g.who, g.groups, g.invited, g.attended) for g in manchester().inspection.focus_groups]
    assert found == [("offenders", 8, None, 53), ("victims", 1, 8, 2)]


def test_context_of_appendix_1() -> None:
    figures = {one.label: one.value for part in manchester().inspection.context for one in part.figures}
    assert figures["Total caseload"] == 15264
    assert [figures[f"Level {level}"] for level in (1, 2, 3)] == [3399, 271, 167]
    assert figures["White"] + figures["Minority ethnic"] == 100 == figures["Male"] + figures["Female"]
    assert [figures[year] for year in ("2005-06", "2006-07")] == [45_669_000, 46_887_000]
    assert sum(figures[name] for name in ("Ascot House", "Bradshaw House", "Chorlton", "Hopwood House")) == 89
    assert sum(figures[name] for name in ("St Joseph's", "Wilton Place", "Withington Road")) == 88


# The decision


def decided(rounded: int | None, ruleset: Ruleset, own: OwnDecision | None = None) -> Decision:
    scores = manchester().scores
    assert scores
    score = replace(scores.threads["roh"], rounded=rounded)
    assert ruleset.leadership
    return decide(ruleset.leadership, ruleset, replace(scores, threads={"roh": score}), own)


def test_the_decision_on_greater_manchester() -> None:
    found = manchester().decision
    assert found.score
    assert (found.score.rounded, found.follow_up, found.basis, found.held, found.differs) == (
        72,
        False,
        "precedent",
        False,
        False,
    )
    assert found.priorities == ("1.2", "1.5", "2.1", "2.2", "3.1", "3.2")
    assert "No source gives the number" in found.sentence


def test_without_a_number_only_the_precedent_speaks() -> None:
    assert [decided(score, shipped()).follow_up for score in (100, 73, 72, 71, 0)] == [False, False, False, None, None]
    assert decided(71, shipped()).sentence.endswith("Set follow_up.below to the number under which one is.")
    assert (decided(None, shipped()).basis, decided(None, shipped()).follow_up) == ("no score", None)
    assert decide(rules(), shipped(), None, None).basis == "no score"


def test_a_number_that_is_set_decides() -> None:
    made = with_settings(shipped(), {"follow_up.below": "73"})
    assert [(decided(n, made).follow_up, decided(n, made).basis) for n in (72, 73)] == [
        (True, "number"),
        (False, "number"),
    ]
    assert decided(72, made).sentence == (
        "Risk of Harm 72%: under the 73% that was set, so a focused follow-up inspection is held."
    )


def test_a_precedent_with_a_follow_up_speaks_for_lower_scores() -> None:
    below = Precedent(area="Wessex", score=60, follow_up=True, ours="for this test")
    rule = replace(rules().follow_up, precedents=(*rules().follow_up.precedents, below))
    made = replace(shipped(), leadership=replace(rules(), follow_up=rule))
    assert [decided(n, made).follow_up for n in (59, 60, 61, 71, 72)] == [True, True, None, None, False]
    assert decided(60, made).sentence.startswith("Risk of Harm 60%: no higher than Wessex with 60%")


def test_the_inspectors_decision_stands() -> None:
    found = decided(72, shipped(), OwnDecision(held=True, reason="a serious concern"))
    assert (found.follow_up, found.held, found.differs) == (False, True, True)
    assert decided(71, shipped(), OwnDecision(held=True, reason="a serious concern")).differs is False


def test_the_number_is_a_percentage_and_wants_a_section_4() -> None:
    for value in ("-1", "101", "seventy", "72.5"):
        with pytest.raises(Refused, match="not a whole percentage"):
            with_settings(shipped(), {"follow_up.below": value})
    with pytest.raises(Refused, match="not a number that can be set"):
        with_settings(load(TINY), {"follow_up.below": "70"})


# Dates


def dated(done: dict[str, str], *, follow_up: bool | None = False) -> dict[str, DueDate]:
    work = FieldWork(from_=date(2006, 6, 26), to=date(2006, 6, 30))
    spans = {name: day_or_month(text) for name, text in done.items()}
    return {one.name: one for one in due_dates(work, spans, rules(), follow_up)}


def span(first: str, last: str = "") -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last or first))


def test_due_days_of_greater_manchester() -> None:
    found = {one.name: one for one in manchester().dates}
    assert (found["draft"].opens, found["draft"].due) == (span("2006-07-28"), span("2006-08-11"))
    assert (found["publication"].due, found["publication"].about) == (span("2006-09-22"), True)
    assert found["improvement_plan"].due == span("2006-09-29", "2006-10-28")
    assert (found["follow_up"].due, found["follow_up"].standing) == (None, Standing.NOT_ASKED)
    held = replace(manchester().inspection, follow_up=OwnDecision(held=True, reason="a serious concern"))
    assert judge(held, shipped(), manchester().scores).dates[-1].due == span("2007-06-30")
    assert dated({}, follow_up=True)["follow_up"].due == span("2007-06-30")
    assert dated({}, follow_up=None)["follow_up"].due == span("2007-06-30")


@pytest.mark.parametrize(
    ("done", "step", "expected"),
    [
        ({"draft": "2006-08-11"}, "draft", Standing.IN_TIME),
        ({"draft": "2006-08-12"}, "draft", Standing.LATE),
        ({"draft": "2006-07-27"}, "draft", Standing.EARLY),
        ({"draft": "2006-07-28"}, "draft", Standing.IN_TIME),
        ({"draft": "2006-06"}, "draft", Standing.EARLY),
        ({"draft": "2006-07"}, "draft", Standing.UNTOLD),  # before it is looked for, or on its first days
        ({"draft": "2006-08"}, "draft", Standing.UNTOLD),
        ({"draft": "2006-09"}, "draft", Standing.LATE),
        ({}, "draft", Standing.NOT_RECORDED),
        ({"publication": "2007-01-01"}, "publication", Standing.UNTOLD),  # the source says about when
        ({"publication": "2006-09-20", "improvement_plan": "2006-10-18"}, "improvement_plan", Standing.IN_TIME),
        ({"publication": "2006-09-20", "improvement_plan": "2006-10-19"}, "improvement_plan", Standing.LATE),
        ({"publication": "2006-09", "improvement_plan": "2006-10-01"}, "improvement_plan", Standing.UNTOLD),
        ({"publication": "2006-09", "improvement_plan": "2006-09-29"}, "improvement_plan", Standing.IN_TIME),
        ({"publication": "2006-09", "improvement_plan": "2006-10-28"}, "improvement_plan", Standing.UNTOLD),
        ({"publication": "2006-09", "improvement_plan": "2006-10-29"}, "improvement_plan", Standing.LATE),
        ({"improvement_plan": "2006-10-01"}, "improvement_plan", Standing.UNTOLD),  # no publication to run from
        ({"follow_up": "2007-06-11"}, "follow_up", Standing.UNTOLD),
    ],
)
def test_standings(done: dict[str, str], step: str, expected: Standing) -> None:
    assert dated(done)[step].standing is expected


def test_how_many_days_a_step_came_early() -> None:
    found = [dated({"draft": day})["draft"].days_early for day in ("2006-07-27", "2006-06", "2006-07-28", "2006-08-12")]
    assert found == [(1, 1), (28, 57), None, None]


def test_a_step_may_be_in_the_month_of_the_one_before_it(tmp_path: Path) -> None:
    text = "dates: {draft: 2006-09, publication: 2006-09-01, improvement_plan: 2006-09-01, follow_up: 2006-09}\n"
    assert len(read(recorded(tmp_path, text), shipped()).dates) == 4


def test_a_step_runs_from_the_due_day_of_one_that_is_not_recorded() -> None:
    plan = dated({})["improvement_plan"]
    assert (plan.due, plan.about, plan.projected) == (span("2006-10-20"), True, True)


# The record


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_inspection(path: Path, tmp_path: Path) -> None:
    (tmp_path / "inspection.yaml").write_bytes(path.read_bytes())
    with pytest.raises(Refused) as told:
        read(tmp_path, shipped())
    message = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert str(told.value).replace(f"{tmp_path}/", "") + "\n" == message
    assert not re.search("input should|traceback|pydantic|dictionary|valueerror|tuple", message, re.IGNORECASE)


def test_folders_that_are_no_inspection(tmp_path: Path) -> None:
    for folder, what in (
        (tmp_path / "none", "no such folder"),
        (TINY / "clocks.yaml", "a file, where the folder of an inspection is wanted"),
        (tmp_path, "no such file"),
    ):
        with pytest.raises(Refused, match=what):
            read(folder, shipped())


def test_a_ruleset_without_section_4_judges_cases_and_no_inspection() -> None:
    tiny = load(TINY)
    assert tiny.leadership is None
    with pytest.raises(Refused, match="no file of section 4"):
        read(FOLDER, tiny)


def test_section_4_is_part_of_the_digest(tmp_path: Path) -> None:
    for path in TINY.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = (SHIPPED / "4-leadership.yaml").read_text(encoding="utf-8")
    text = re.sub(r"document: [\w-]+", "document: notes", text)
    (tmp_path / "4-leadership.yaml").write_text(text, encoding="utf-8")
    made = load(tmp_path)
    assert made.leadership
    assert made.digest != load(TINY).digest
    assert [one.id for one in made.scored] == [one.id for one in load(TINY).scored]


def test_the_least_record_there_can_be(tmp_path: Path) -> None:
    found = judge(read(recorded(tmp_path), shipped()), shipped())
    assert found.not_recorded == (
        *("sample", "context", "leadership", "targets", "questionnaires", "focus_groups", "follow_up"),
        *("dates.draft", "dates.publication", "dates.improvement_plan", "dates.follow_up"),
    )
    for format_ in FORMATS.values():
        assert "not recorded" in format_(found, 80, False).lower().replace("_", " ")


def test_the_month_of_the_field_work_is_not_before_it(tmp_path: Path) -> None:
    assert read(recorded(tmp_path, "dates: {draft: 2006-06}\n"), shipped()).dates["draft"].last == date(2006, 6, 30)


def test_where_the_sample_is(tmp_path: Path) -> None:
    assert sample_of(read(recorded(tmp_path), shipped()), tmp_path) == []
    (tmp_path / "cases.ndjson").touch()
    assert sample_of(read(recorded(tmp_path), shipped()), tmp_path) == [str(tmp_path / "cases.ndjson")]
    named = read(recorded(tmp_path, "sample: [north.parquet, south.ndjson.gz]\n"), shipped())
    assert sample_of(named, tmp_path) == [str(tmp_path / "north.parquet"), str(tmp_path / "south.ndjson.gz")]
    with pytest.raises(Refused, match="no such file"):
        judged_folder(tmp_path, shipped(), "reference", quiet=True)


def test_the_record_fits_its_schema() -> None:
    data = json.loads(json.dumps(yaml.safe_load((FOLDER / "inspection.yaml").read_text("utf-8")), default=str))
    schema = inspection_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(data)] == []
    assert list(validator.iter_errors({**data, "questionaires": []}))


def test_the_page_says_which_keys_an_entry_must_have() -> None:
    page = (REPOSITORY / "docs" / "inspection.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\**`.*)$", page, re.MULTILINE)
    told = {key for row in rows for key in re.findall(r"\*\*`(\w+)`\*\*", row)}
    schema = inspection_schema()
    assert told == {key for part in (schema, *schema["$defs"].values()) for key in part.get("required", ())}


# The reports


@pytest.mark.parametrize(
    ("name", "format_", "width"),
    [
        ("inspection-80.txt", "rich", 80),
        ("inspection-120.txt", "rich", 120),
        ("inspection.md", "md", 80),
    ],
)
def test_report(name: str, format_: str, width: int, golden: Any) -> None:
    golden(name, FORMATS[format_](manchester(), width, False))


def test_json_has_what_the_sample_scores_and_what_was_judged() -> None:
    found = json.loads(FORMATS["json"](manchester(), 80, False))
    batch = json.loads(run("batch", FOLDER / "cases.ndjson", "--format", "json", "--engine", "reference").out)
    for part in ("questions", "criteria", "sections", "threads", "line_of_priority", "cases"):
        assert found["sample"][part] == batch[part]
    assert {one["criterion"]: one["grade"] for one in found["leadership"]} == TABLE_1
    assert len(found["targets"]) == 19
    assert len(found["star_disagreements"]) == 2
    assert found["decision"]["follow_up"] is found["decision"]["held"] is False
    assert [one["standing"] for one in found["dates"]] == [
        "not recorded",
        "cannot be told",
        "not recorded",
        "does not arise",
    ]


def test_texts_of_a_record_are_texts_on_the_page(tmp_path: Path) -> None:
    text = 'note: x\nfocus_groups:\n- {who: "<script>|=1+1", said: ["[a](b) * c"]}\n'
    found = judge(read(recorded(tmp_path, text), shipped()), shipped())
    page = FORMATS["md"](found, 80, False)
    assert "\\<script\\>\\|=1+1" in page
    assert "\\[a\\](b) \\* c" in page


def test_the_command_writes_a_whole_file_or_none(tmp_path: Path) -> None:
    def go(folder: Path, to: Path) -> int:
        with patch.object(shelf, "ruleset", lambda _: shipped()):
            return command(
                folder,
                ruleset=str(SHIPPED),
                settings={},
                format_="md",
                to=to,
                engine_name="reference",
                quiet=True,
                width=80,
                colour=False,
            )

    assert go(FOLDER, tmp_path / "report.md") == 0
    assert (tmp_path / "report.md").read_text("utf-8") == FORMATS["md"](manchester(), 80, False)
    with pytest.raises(Refused):
        go(recorded(tmp_path, "sample: gone.ndjson\n"), tmp_path / "other.md")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inspection.yaml", "report.md"]
