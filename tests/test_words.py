"""Sentences drafted from scores: true to the numbers, readable, and nothing that a template does not say.

`worded_ruleset` is laid over the small ruleset and gives it words; each folder of `wrong_words` is laid over both and
holds the message it gets.
"""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from running import REPOSITORY, run, shipped

from omi_rules.engine.reference import Reference
from omi_rules.findings import OUTCOMES, Findings, Judge
from omi_rules.loading import load
from omi_rules.meaning import Outcome
from omi_rules.reading import items
from omi_rules.reports.text import to_json
from omi_rules.reports.words import held_back, words_markdown, words_object, words_rich
from omi_rules.ruleset import Ruleset, with_settings
from omi_rules.scoring.scores import Scores, Share, score
from omi_rules.scoring.tally import empty, tally
from omi_rules.sentences import Kind, Sentence, case_ids, hedge, sentence
from omi_rules.words import Draft, draft

TESTS = Path(__file__).parent
SAMPLE = REPOSITORY / "fixtures" / "greater-manchester-2006" / "cases.ndjson"
WRONG = sorted((TESTS / "wrong_words").iterdir())


@pytest.fixture(scope="module")
def findings() -> Findings:
    """The findings of the Greater Manchester sample, as one batch."""
    ruleset = shipped()
    records = [item.record for item in items(str(SAMPLE), SAMPLE.name, ruleset.reader) if item.record is not None]
    assert len(records) == 150
    return Judge(ruleset, Reference()).judge(records)


@pytest.fixture(scope="module")
def scores(findings: Findings) -> Scores:
    return score(tally(findings), findings.ruleset, resamples=1)


@pytest.fixture(scope="module")
def drafted(scores: Scores) -> Draft:
    made = draft(scores)
    assert made is not None
    return made


def sentences(found: Draft) -> list[Sentence]:
    """Every sentence on a question."""
    listed = [each for one in found.criteria for each in (*one.strengths, *one.improvements, *one.few)]
    reasons = [each for one in found.recommendations for each in one.reasons if isinstance(each, Sentence)]
    return [*listed, *reasons]


def half_up(n: int, of: int) -> int:
    """The whole percentage, worked out another way than the program does."""
    return int((Decimal(100 * n) / Decimal(of)).quantize(Decimal(1), ROUND_HALF_UP))


def counted(ruleset: Ruleset, shares: Mapping[str, tuple[int, int]], untold: int = 0) -> Scores:
    """Scores in which some questions have so many cases above the line, of so many; the others have none."""
    cases = max((of + untold for _, of in shares.values()), default=0)
    nothing = score(replace(empty(ruleset), cases=cases), ruleset, resamples=1)
    made = {}
    for name, found in nothing.questions.items():
        n, of = shares.get(name, (0, 0))
        outcomes = {Outcome.SUFFICIENT: n, Outcome.NOT_SUFFICIENT: of - n, Outcome.NOT_EVIDENCED: untold}
        counts = {**found.counts, **{str(outcome): number for outcome, number in outcomes.items()}}
        made[name] = Share(counts, of, n / of if of else None, None)
    return replace(nothing, questions=made)


def scored_at(scores: Scores, percentage: int) -> Scores:
    """The same, with every criterion and thread at a percentage."""
    at: dict[str, Any] = {"score": float(percentage), "rounded": percentage}
    criteria = {name: replace(one, **at) for name, one in scores.criteria.items()}
    return replace(
        scores, criteria=criteria, threads={name: replace(one, **at) for name, one in scores.threads.items()}
    )


# On the Greater Manchester sample


def test_the_whole_draft_is_read_by_people(drafted: Draft, golden: Callable[[str, str], None]) -> None:
    golden("words-greater-manchester.md", "\n".join(words_markdown(drafted)) + "\n")


def test_every_scored_question_is_in_one_list_of_its_criterion(drafted: Draft, ruleset: Ruleset) -> None:
    for one, criterion in zip(drafted.criteria, ruleset.criteria, strict=True):
        worded = [each.question for each in (*one.strengths, *one.improvements, *one.few)]
        assert one.unworded == ()
        listed = [*worded, *(figure.question for figure in one.between), *one.unasked]
        assert sorted(listed) == sorted(question.id for question in criterion.questions if not question.context)


def test_numbers_are_those_of_the_scores(drafted: Draft, scores: Scores) -> None:
    assert len(sentences(drafted)) > 200
    for one in sentences(drafted):
        counts = scores.questions[one.question].counts
        above, below = counts[Outcome.SUFFICIENT], counts[Outcome.NOT_SUFFICIENT]
        assert (one.n, one.of) == (above if one.kind is Kind.STRENGTH else below, above + below), one.question
        assert one.percent == half_up(one.n, one.of), one.question
        assert one.untold == counts[Outcome.NOT_EVIDENCED]
    for criterion in drafted.criteria:
        for figure in criterion.between:
            counts = scores.questions[figure.question].counts
            assert (figure.n, figure.of) == (
                counts[Outcome.SUFFICIENT],
                counts[Outcome.SUFFICIENT] + counts[Outcome.NOT_SUFFICIENT],
            )
            assert 73 <= figure.percent == half_up(figure.n, figure.of) < 80


def test_texts_have_these_numbers_and_no_other(drafted: Draft, ruleset: Ruleset) -> None:
    """What stands in a text besides is in the clause itself, or is the time a clock allows."""
    for one in sentences(drafted):
        words, few = ruleset.questions[one.question].words, one.few
        assert words is not None
        given = f"{words.cases} {words.strength if one.kind is Kind.STRENGTH else words.improvement}"
        own = re.findall(r"\d+", given) + re.findall(r"(\d+) (?:working days|weeks)", one.text)
        wanted = [one.n, one.of, *([] if few else [one.percent]), *([one.untold] if one.untold else [])]
        assert sorted(re.findall(r"\d+", one.text)) == sorted([*map(str, wanted), *own]), one.text
        share = f"In {one.n} of {one.of} " if few else f", {one.n} of {one.of} ({one.percent}%), "
        assert share in one.text


def test_a_sentence_leads_to_its_cases(drafted: Draft, findings: Findings) -> None:
    for one in sentences(drafted):
        found = case_ids(findings, one)
        assert len(found) == len(set(found)) == one.n, one.question
    for one in drafted.criteria[1].improvements:
        question = findings.ruleset.questions[one.question]
        short = [row for row in range(150) if findings.one(question, row).line.outcome is Outcome.NOT_SUFFICIENT]
        assert case_ids(findings, one) == [findings.case_ids[row] for row in short]
        assert one.outcome is Outcome.NOT_SUFFICIENT


def test_the_thresholds_cite_what_the_report_lists(scores: Scores, ruleset: Ruleset) -> None:
    """The rules say how many questions on either side the report lists as what: counted here from their sources."""
    where: dict[str, list[bool]] = {"at 80% or more": [], "under it": [], "between": []}
    for question in ruleset.scored:
        found = scores.questions[question.id]
        share = half_up(found.counts[Outcome.SUFFICIENT], found.relevant)
        side = "at 80% or more" if share >= 80 else "under it" if share < 73 else "between"
        where[side].append(question.source.item.startswith("strength"))
    words = ruleset.head.words
    assert words is not None
    high, low, between = where["at 80% or more"], where["under it"], where["between"]
    assert f"{high.count(True)} of {len(high)} are among its strengths" in words.strength.ours
    assert f"{low.count(False)} of {len(low)} are among the report's areas" in words.improvement.ours
    told = f"{len(between)} from 73% to 79% {between.count(True)} among its strengths and {between.count(False)}"
    assert told in words.improvement.ours


def test_what_the_report_recommended_is_recommended_first(drafted: Draft) -> None:
    names = [one.name for one in drafted.recommendations]
    assert names[:3] == ["risk-of-harm-assessments", "risk-management-plans", "sentence-plans"]
    assert [one.source for one in drafted.recommendations[:3]] == [f"gm-2006 Recommendations {n}" for n in (1, 2, 3)]
    # only of criteria that the report calls a priority: of 1.1, 1.3, 1.4, 2.3 to 2.7 it recommends nothing
    priorities = {"1.2", "1.5", "2.1", "2.2", "3.1", "3.2"}
    for one in drafted.recommendations[4:]:
        assert {each.name for each in one.reasons if not isinstance(each, Sentence)} <= {*priorities, "roh"}
    assert not {"court-reports", "victims", "compliance", "diversity", "engagement"} & set(names)


def test_every_recommendation_has_its_reasons(drafted: Draft) -> None:
    for one in drafted.recommendations:
        assert one.reasons
        assert len({each.template for each in one.reasons}) == len(one.reasons)
        for each in one.reasons:
            if isinstance(each, Sentence):
                assert each.kind is Kind.IMPROVEMENT
                assert 100 * (each.of - each.n) < 80 * each.of
            else:
                assert each.percent < each.below == 73


# The order of the lists


def test_strongest_first(drafted: Draft) -> None:
    for criterion in drafted.criteria:
        for listed in (criterion.strengths, criterion.improvements):
            for one, other in pairwise(listed):
                first, second = Fraction(one.n, one.of), Fraction(other.n, other.of)
                assert (first, one.of) >= (second, other.of), (one.question, other.question)
                if (first, one.of) == (second, other.of):
                    assert one.question < other.question


# Every clause


@pytest.mark.parametrize("settings", ["as shipped", "every time set"])
def test_every_clause_completes_every_sentence(ruleset: Ruleset, settings: str) -> None:
    if settings == "every time set":
        awaited = {question.id: "20 working days" for question in ruleset.scored if question.decided_by}
        ruleset = with_settings(
            ruleset, {f"{name}.within": time for name, time in awaited.items() if _awaits(ruleset, name)}
        )
    for base, untold in ((20, 0), (20, 3), (4, 0)):
        for n in (0, 1, base // 2, base - 1, base):
            sample = counted(ruleset, {question.id: (n, base) for question in ruleset.scored}, untold)
            for question in ruleset.scored:
                for kind in (Kind.STRENGTH, Kind.IMPROVEMENT):
                    text = sentence(sample, question, kind).text
                    assert re.fullmatch(r"In [^{}\[\]]+[^.,;: ]\.", text), text
                    assert not re.search(r"  | [,.;)]|\( |,,|\.\.|,\.", text), text


def _awaits(ruleset: Ruleset, question: str) -> bool:
    return ruleset.clock_of(ruleset.questions[question]) is None


NEGATIVE = re.compile(r"\b(not|no|neither|lacked|fell short)\b")
WITHOUT_A_NEGATION = {
    "2.2.q02": "a review was missing",
    "3.1.q05": "the person had been convicted",
    "3.1.q06": "the person had been cautioned",
}


def test_an_area_for_improvement_says_in_what_cases_fell_short(ruleset: Ruleset) -> None:
    """A clause on the wrong side would turn the meaning of a finding round."""
    for question in ruleset.scored:
        words = question.words
        assert words is not None
        assert not NEGATIVE.search(re.sub("no more than|is not tolerated", "", words.strength)), question.id
        if question.id in WITHOUT_A_NEGATION:
            assert words.improvement.startswith(WITHOUT_A_NEGATION[question.id])
        else:
            assert NEGATIVE.search(words.improvement), question.id
        assert re.match(r"[a-z]|Risk of Harm |OASys ", words.strength), question.id
        assert re.search(r"\bcases\b", words.cases) or not words.cases, question.id


def test_a_base_is_named_as_the_question_asks_it(ruleset: Ruleset) -> None:
    """Of all cases where it is asked of all; of some otherwise, so that a share of few is not read as one of all."""
    narrowed = {"2.2.q01", "2.2.q02"}  # asked of all, and due in those whose time has come
    for question in ruleset.scored:
        assert question.words is not None
        of_all = question.asked_of == "all cases" and question.id not in narrowed
        assert (question.words.cases == "cases") is of_all, question.id


def test_the_time_in_a_sentence_is_the_one_in_force(ruleset: Ruleset) -> None:
    def text(rules: Ruleset, name: str) -> str:
        return sentence(counted(rules, {name: (5, 20)}), rules.questions[name], Kind.IMPROVEMENT).text

    changed = with_settings(ruleset, {"2.2.q01.within": "12 weeks", "1.5.q07.within": "15 working days"})
    assert "the review was not done within 16 weeks of the start of supervision" in text(ruleset, "2.2.q01")
    assert "the review was not done within 12 weeks of the start of supervision" in text(changed, "2.2.q01")
    assert text(ruleset, "1.5.q07").endswith("the initial sentence plan was not completed in time.")
    assert text(changed, "1.5.q07").endswith("was not completed in time (within 15 working days of the start).")


# Hedges

BOUNDARIES = {
    100: "all",
    90: "nearly all",
    78: "most",
    76: "just over three-quarters of",
    75: "three-quarters of",
    73: "nearly three-quarters of",
    68: "over two-thirds of",
    67: "two-thirds of",
    65: "nearly two-thirds of",
    55: "over half of",
    51: "just over half of",
    50: "half of",
    46: "just under half of",
    41: "over four in ten",
    34: "over a third of",
    33: "a third of",
    31: "nearly a third of",
    28: "over a quarter of",
    26: "just over a quarter of",
    25: "a quarter of",
    23: "nearly a quarter of",
    21: "just over a fifth of",
    20: "a fifth of",
    18: "nearly a fifth of",
    10: "a minority of",
    1: "few",
    0: "no",
}


def test_every_percentage_has_its_hedge(ruleset: Ruleset) -> None:
    for percentage in range(101):
        start = max(start for start in BOUNDARIES if start <= percentage)
        assert hedge(ruleset.head.hedges, percentage, 100) == BOUNDARIES[start], percentage


# as printed: the figure, and the word the report uses for it elsewhere
USED = [
    (11, 11, "all"),
    (90, 100, "nearly all"),
    (97, 100, "nearly all"),
    (83, 100, "most"),
    (84, 100, "most"),
    (76, 100, "just over three-quarters of"),
    (59, 100, "over half of"),
    (24, 48, "half of"),
]


@pytest.mark.parametrize(("n", "of", "words"), USED)
def test_hedges_as_the_report_uses_them(ruleset: Ruleset, n: int, of: int, words: str) -> None:
    assert hedge(ruleset.head.hedges, n, of) == words


PLAIN = {"half": Fraction(1, 2), "a third": Fraction(1, 3), "two-thirds": Fraction(2, 3), "a quarter": Fraction(1, 4)}
PLAIN |= {"three-quarters": Fraction(3, 4), "a fifth": Fraction(1, 5), "four in ten": Fraction(4, 10)}


def true(words: str, share: Fraction) -> bool:
    """Whether a hedge, taken at its word, is true of a share."""
    if words in ("all", "no", "nearly all", "most", "a minority of", "few"):
        bounds = {"all": (1, 1), "no": (0, 0), "nearly all": (0.85, 1), "most": (0.7, 0.95)}
        low, high = {**bounds, "a minority of": (0, 0.25), "few": (0, 0.1)}[words]
        return low <= share <= high and (words in ("all", "no") or share not in (0, 1))
    named = re.fullmatch(r"(just over|just under|nearly|over|)\s?(.*?)(?: of)?", words)
    assert named
    side, number = named[1], PLAIN[named[2]]
    if not side:
        return abs(share - number) <= Fraction(1, 100)
    near = abs(share - number) <= Fraction(5, 100) if side != "over" else share - number < Fraction(15, 100)
    return near and (share > number if "over" in side else share < number)


def test_hedges_are_true_of_every_share(ruleset: Ruleset) -> None:
    for of in [*range(1, 161), 999, 1000]:
        for n in range(of + 1):
            words = hedge(ruleset.head.hedges, n, of)
            assert true(words, Fraction(n, of)), (n, of, words)


def test_all_and_none_are_said_of_all_and_none_only(ruleset: Ruleset) -> None:
    said = [hedge(ruleset.head.hedges, n, 300) for n in (0, 1, 299, 300)]
    assert said == ["no", "few", "nearly all", "all"]


# Recommendations


def test_every_criterion_has_a_recommendation(ruleset: Ruleset) -> None:
    named = {short.criterion for one in ruleset.head.recommendations for short in (*(one.all or ()), *(one.any or ()))}
    assert {criterion.criterion for criterion in ruleset.criteria} <= named
    low = scored_at(counted(ruleset, {question.id: (10, 20) for question in ruleset.scored}), 50)
    recommended = draft(low)
    assert recommended is not None
    under = {each.name for one in recommended.recommendations for each in one.reasons if not isinstance(each, Sentence)}
    assert under == {*(criterion.criterion for criterion in ruleset.criteria), "roh"}
    assert len(recommended.recommendations) == len(ruleset.head.recommendations)


def test_nothing_is_recommended_where_all_is_well(ruleset: Ruleset) -> None:
    well = draft(scored_at(counted(ruleset, {question.id: (16, 20) for question in ruleset.scored}), 80))
    assert well is not None
    assert well.recommendations == ()
    assert [len(one.improvements) for one in well.criteria] == [0] * len(well.criteria)


def test_few_cases_call_for_nothing(ruleset: Ruleset) -> None:
    few = draft(scored_at(counted(ruleset, {question.id: (0, 9) for question in ruleset.scored}), 80))
    assert few is not None
    assert few.recommendations == ()
    assert sum(len(one.few) for one in few.criteria) == 205


def test_a_score_on_few_cases_calls_for_nothing_and_it_is_said(ruleset: Ruleset) -> None:
    def drafted_on(base: int, cases: int) -> Draft:
        asked = {question.id: (base // 2, base) for question in ruleset.scored if question.id.startswith("2.3")}
        sample = scored_at(counted(ruleset, {**asked, "1.1.q01": (cases, cases)}), 50)
        only = {name: one if name == "2.3" else replace(one, rounded=None) for name, one in sample.criteria.items()}
        without = {name: replace(one, rounded=None) for name, one in sample.threads.items()}
        made = draft(replace(sample, criteria=only, threads=without))
        assert made is not None
        return made

    small, some, firm = drafted_on(1, 1), drafted_on(9, 30), drafted_on(10, 30)
    assert [[one.name for one in made.recommendations] for made in (small, some)] == [[], []]
    assert "victims" in [one.name for one in firm.recommendations]
    assert list(held_back(firm)) == []
    assert list(held_back(small)) == [
        "The sample is too small for recommendations: 1 case, and on fewer than 10 nothing is concluded."
    ]
    said = "Too few cases for a recommendation, as on fewer than 10 nothing is concluded: 2.3 Victims 50% on 9 cases."
    assert list(held_back(some)) == words_object(some)["held_back"] == [said]
    assert said in "\n".join(words_markdown(some))


def test_one_case_recommends_nothing_in_any_format(tmp_path: Path) -> None:
    path = tmp_path / "one.ndjson"
    path.write_text(SAMPLE.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    for format_ in ("rich", "md", "html", "json"):
        out = " ".join(run("batch", path, "--words", "--format", format_).out.split())
        assert "too small for recommendations: 1 case," in out, format_
        assert "full Risk of Harm assessment in every case" not in out, format_
        assert "In 1 of 1" not in out, format_
        assert "1 cases" not in out, format_
        assert "In the only one (1 of 1) among cases with a report, " in out, format_


def test_the_line_of_priority_is_the_one_in_force(ruleset: Ruleset) -> None:
    at_75 = scored_at(counted(ruleset, {question.id: (18, 20) for question in ruleset.scored}), 75)
    raised = replace(at_75, ruleset=with_settings(ruleset, {"line_of_priority": "76"}))
    before, after = draft(at_75), draft(raised)
    assert before is not None
    assert after is not None
    assert before.recommendations == ()
    texts = [each.text for one in after.recommendations for each in one.reasons]
    assert "Criterion 1.1, Preparing for Sentence, scored 75%, under 76%." in texts


# On the small ruleset


@pytest.fixture
def worded(tmp_path: Path) -> Path:
    made = tmp_path / "ruleset"
    shutil.copytree(TESTS / "tiny_ruleset", made)
    shutil.copytree(TESTS / "worded_ruleset", made, dirs_exist_ok=True)
    return made


def test_lists_of_a_small_sample(worded: Path) -> None:
    shares = {"1.1.q01": (12, 12), "1.1.q02": (16, 20), "1.1.q03": (20, 25), "1.1.qS": (14, 20)}
    shares |= {"2.1.q01": (5, 20), "2.1.q02": (3, 12), "2.1.q03": (9, 9), "2.1.q05": (5, 9), "2.1.q06": (69, 100)}
    found = draft(counted(load(worded), shares, untold=2))
    assert found is not None
    planning, work = found.criteria
    assert [one.text for one in planning.strengths] == [
        "In all cases with a report requested, 12 of 12 (100%), the report was delivered on time; "
        "in 2 more this could not be told.",
        "In most cases, 20 of 25 (80%), the person was visited in good time; in 2 more this could not be told.",
        "In most cases, 16 of 20 (80%), the tier was recorded; in 2 more this could not be told.",
    ]
    assert [(one.question, one.n, one.of, one.percent) for one in planning.between] == [("1.1.qS", 14, 20, 70)]
    assert [one.question for one in work.improvements] == ["2.1.q01", "2.1.q02", "2.1.q06"]
    assert work.improvements[0].text.startswith("In most cases, 15 of 20 (75%), Risk of Harm was not first reviewed")
    assert [(one.text, one.kind) for one in work.few] == [
        ("In 9 of 9 relevant cases, Risk of Harm was reviewed after every change (few cases).", Kind.STRENGTH),
        ("In 4 of 9 relevant cases, breach action was not taken within 10 working days (few cases).", Kind.IMPROVEMENT),
    ]
    assert work.unasked == ("2.1.q04", "2.1.q07")


def test_a_recommendation_needs_all_of_all_and_one_of_any(worded: Path) -> None:
    rules = load(worded)

    def recommended(percentage: int, **shares: tuple[int, int]) -> list[list[str]]:
        named = {name.replace("_", "."): share for name, share in shares.items()}
        found = draft(scored_at(counted(rules, {f"1.1.{name}": share for name, share in named.items()}), percentage))
        assert found is not None
        return [[each.template for each in one.reasons] for one in found.recommendations if one.name == "planning"]

    assert recommended(72, q02=(20, 20), q03=(20, 20)) == []
    assert recommended(73, q02=(0, 20)) == []
    assert recommended(72, q02=(14, 20)) == []
    assert recommended(72, q02=(13, 20)) == [["criterion.1.1", "1.1.q02.improvement"]]
    assert recommended(72, q03=(17, 20)) == [["criterion.1.1", "1.1.q03.improvement"]]
    assert recommended(72, q02=(0, 9)) == []
    both = recommended(72, q02=(0, 20), q03=(0, 20), q01=(0, 3))
    assert both == [["criterion.1.1", "1.1.q02.improvement", "1.1.q03.improvement", "1.1.q01.improvement"]]


def test_a_question_without_words_is_given_by_its_figures(worded: Path) -> None:
    """It is judged and scored as ever: somebody who adds a question need not write its sentences first."""
    path = worded / "1.1-planning.yaml"
    text = path.read_text(encoding="utf-8")
    written = re.search(r"  words:\n    strength: planning .*\n.*\n", text)
    assert written
    path.write_text(text.replace(written[0], ""), encoding="utf-8")
    linted = run("rules", "lint", worded)
    assert linted.code == 0
    assert linted.err == "note: no `words` for 1.1.qS: reports give figures and no sentence\n"
    found = draft(counted(load(worded), {"1.1.qS": (3, 20)}))
    assert found is not None
    assert [(one.question, one.n, one.of) for one in found.criteria[0].unworded] == [("1.1.qS", 3, 20)]
    assert "Without words in the rules: 1.1.qS 3 of 20 (15%)." in "\n".join(words_markdown(found))


def test_without_words_nothing_is_drafted() -> None:
    plain = load(TESTS / "tiny_ruleset")
    assert plain.head.words is None
    assert draft(counted(plain, {})) is None


@pytest.mark.parametrize("folder", WRONG, ids=lambda path: path.name)
def test_wrong_words(folder: Path, worded: Path) -> None:
    for path in folder.iterdir():
        if path.name != "message":
            shutil.copy(path, worded)
    ran = run("rules", "lint", worded)
    assert ran.err.replace(f"{worded}/", "") == (folder / "message").read_text(encoding="utf-8")
    assert (ran.code, ran.out) == (2, "")


def test_the_worded_ruleset_is_whole(worded: Path) -> None:
    assert run("rules", "lint", worded).code == 0


# Shown


def test_as_json(drafted: Draft, scores: Scores) -> None:
    made = json.loads(to_json(words_object(drafted)))
    assert list(made["criteria"]) == list(scores.criteria)
    first = made["criteria"]["1.2"]["improvements"][0]
    assert first == {
        "text": "In three-quarters of community cases that had or needed a risk management plan, 21 of 28 (75%), "
        "there was no comprehensive plan.",
        "kind": "improvement",
        "question": "1.2.q17",
        "criterion": "1.2",
        "template": "1.2.q17.improvement",
        "outcome": "not_sufficient",
        "n": 21,
        "of": 28,
        "percent": 75,
        "untold": 0,
        "few": False,
    }
    reason = made["recommendations"][0]["reasons"][0]
    assert reason == {
        "text": "Criterion 1.2, Assessment of Risk of Harm, scored 68%, under 73%.",
        "level": "criterion",
        "name": "1.2",
        "percent": 68,
        "below": 73,
        "kind": "score",
        "template": "criterion.1.2",
    }
    assert first["outcome"] in map(str, OUTCOMES)


def test_in_the_terminal(worded: Path, golden: Callable[[str, str], None]) -> None:
    from omi_rules.reports.terminal import render

    shares = {"1.1.q01": (12, 12), "1.1.q02": (13, 20), "1.1.qS": (14, 20), "2.1.q03": (9, 9), "2.1.q06": (69, 100)}
    found = draft(scored_at(counted(load(worded), shares), 72))
    assert found is not None
    golden("words-80.txt", render(words_rich(found), width=80, colour=False))


def test_markup_in_words_is_text(drafted: Draft) -> None:
    one = replace(drafted.criteria[0], title="<script>*x*</script>", strengths=(), few=())
    page = "\n".join(words_markdown(replace(drafted, criteria=(one,), recommendations=())))
    assert "### 1.1 \\<script\\>\\*x\\*\\</script\\>" in page
    assert "Strengths: none." in page
    assert page.endswith("## Recommendations\n\nNone.")


def test_rules_show_has_the_words() -> None:
    page = run("rules", "show", "2.2.q01", "--format", "md").out
    assert "## Words" in page
    assert "the review was not done within {within} of the start of supervision" in page
    made = json.loads(run("rules", "show", "2.2.q01", "--format", "json").out)
    assert made["words"]["cases"] == "cases due a first review of Risk of Harm"
