"""Scores, recomputed from the findings in exact fractions by the words of the contract (section 3), not by the program.

What a criterion, section and thread consists of is taken from `rules list`, which tests/test_rules.py checks.
"""

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from math import floor, sqrt
from pathlib import Path
from random import Random
from typing import Any

import generate
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from running import REPOSITORY, Ran, run, shipped

from omi_rules.engine import choose
from omi_rules.findings import OUTCOMES, Findings, Judge
from omi_rules.ruleset import Ruleset, with_settings
from omi_rules.scoring.compare import differences
from omi_rules.scoring.intervals import Z, difference, finite, wilson
from omi_rules.scoring.lift import lifts
from omi_rules.scoring.scores import SMALL_BASE, Scores, half_up, resample_blocks, score
from omi_rules.scoring.tally import BLOCKS, Tally, blocks_of, empty, tally, total

GM = REPOSITORY / "fixtures" / "greater-manchester-2006" / "cases.ndjson"
KINDS = (".ndjson", ".csv", ".parquet")
Counts = Mapping[str, Mapping[str, int]]
"""By question: the number of cases by outcome."""

# The contract once more


@dataclass(frozen=True)
class Layout:
    """Which questions a score is made of."""

    individual: dict[str, list[str]]
    summary: dict[str, str | None]
    thread: list[str]

    @property
    def sections(self) -> dict[str, list[str]]:
        """The criteria of each section."""
        return {one: [name for name in self.individual if name.startswith(f"{one}.")] for one in "123"}

    def of(self, criterion: str) -> list[str]:
        """Every scored question of a criterion."""
        summary = self.summary[criterion]
        return [*self.individual[criterion], *([summary] if summary else [])]


@cache
def layout() -> Layout:
    listed = [one for one in json.loads(run("rules", "list", "--format", "json").out) if not one.get("context")]
    individual: dict[str, list[str]] = {one["criterion"]: [] for one in listed}
    summary: dict[str, str | None] = dict.fromkeys(individual)
    for one in listed:
        if one["summary"]:
            summary[one["criterion"]] = one["id"]
        else:
            individual[one["criterion"]].append(one["id"])
    return Layout(individual, summary, [o["id"] for o in listed if "roh" in o["threads"] and o["id"][0] in "12"])


def mean(values: Sequence[Fraction | None]) -> Fraction | None:
    there = [value for value in values if value is not None]
    return sum(there, start=Fraction()) / len(there) if there else None


def share(above: int, base: int) -> Fraction | None:
    return Fraction(above, base) if base else None


def to_whole(value: Fraction | None) -> int | None:
    return None if value is None else floor(value + Fraction(1, 2))


@dataclass(frozen=True)
class Exact:
    """Scores in fractions, in per cent; shares from 0 to 1."""

    shares: dict[str, Fraction | None]
    criteria: dict[str, Fraction | None]
    sections: dict[str, Fraction | None]
    threads: dict[str, Fraction | None]


def criterion_score(name: str, shares: Mapping[str, Fraction | None]) -> Fraction | None:
    plain = mean([shares[question] for question in layout().individual[name]])
    summary = layout().summary[name]
    whole = shares[summary] if summary else None
    if plain is None or whole is None:
        found = whole if plain is None else plain
        return None if found is None else 100 * found
    return 100 * (Fraction(8, 10) * plain + Fraction(2, 10) * whole)


def scores_of(shares: dict[str, Fraction | None]) -> Exact:
    criteria = {name: criterion_score(name, shares) for name in layout().individual}
    sections = {name: mean([criteria[one] for one in inside]) for name, inside in layout().sections.items()}
    thread = mean([shares[question] for question in layout().thread])
    return Exact(shares, criteria, sections, {"roh": None if thread is None else 100 * thread})


def recompute(counts: Counts, untold: str = "") -> Exact:
    """The scores of some counts; `untold` is the outcome that not evidenced findings are counted as, if any."""

    def one(found: Mapping[str, int]) -> Fraction | None:
        base = found["sufficient"] + found["not_sufficient"] + (found["not_evidenced"] if untold else 0)
        return share(found["sufficient"] + (found["not_evidenced"] if untold == "sufficient" else 0), base)

    return scores_of({question: one(found) for question, found in counts.items()})


def close(got: float | None, wanted: Fraction | None) -> bool:
    return (got is None) == (wanted is None) and (got is None or wanted is None or abs(got - wanted) < 1e-9)


def check(made: Mapping[str, Any], counts: Counts, line: int = 73) -> None:
    """Scores as JSON writes them, against counts."""
    wanted = recompute(counts)
    against, favour = recompute(counts, "not_sufficient"), recompute(counts, "sufficient")
    assert made["line_of_priority"] == line
    assert made["questions"].keys() == counts.keys()
    for question, found in made["questions"].items():
        assert {key: found[key] for key in map(str, OUTCOMES)} == {key: counts[question][key] for key in OUTCOMES}
        assert found["relevant"] == counts[question]["sufficient"] + counts[question]["not_sufficient"]
        assert close(found["share"], wanted.shares[question])
        assert (found["interval"] is None) == (found["share"] is None)
        assert found["small_base"] == (0 < found["relevant"] < 10)
    for level in ("criteria", "sections", "threads"):
        exact: dict[str, Fraction | None] = getattr(wanted, level)
        assert made[level].keys() == exact.keys()
        for name, found in made[level].items():
            assert close(found["score"], exact[name]), (name, found["score"], exact[name])
            assert found["rounded"] == to_whole(exact[name])
            if found["score"] is None:
                assert found["interval"] is None
                assert found["bounds"] is None
                continue
            low, high = found["bounds"]
            assert close(low, getattr(against, level)[name])
            assert close(high, getattr(favour, level)[name])
            if found["interval"] is not None:
                assert 0 <= found["interval"][0] <= found["score"] <= found["interval"][1] <= 100
    for name, found in made["criteria"].items():
        rounded = to_whole(wanted.criteria[name])
        assert found["verdict"] == (None if rounded is None else "good" if rounded >= line else "priority")
        assert found["summary_question"] == layout().summary[name]


# From the findings files of the command


def outcomes_in(path: Path) -> dict[str, Counter[str]]:
    """How often each outcome was found, by question, from a file of findings; every pair of case and question once."""
    rows: list[dict[str, Any]]
    if path.suffix == ".parquet":
        rows = pq.read_table(path).to_pylist()
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [json.loads(text) for text in file] if path.suffix == ".ndjson" else list(csv.DictReader(file))
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(row["question"], Counter())[row["outcome"]] += 1
    assert len({(row["case_id"], row["question"]) for row in rows}) == len(rows)
    return found


def write(records: Sequence[Mapping[str, Any]], to: Path) -> Path:
    to.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return to


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def batch(*args: object) -> Ran:
    ran = run("batch", *args, "--quiet", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    return ran


def all_cases(made: Mapping[str, Any], counts: Mapping[str, Counter[str]]) -> None:
    assert {sum(found.values()) for found in counts.values()} == {made["cases"]}


@pytest.mark.parametrize("kind", KINDS)
def test_greater_manchester(tmp_path: Path, kind: str) -> None:
    made = json.loads(batch(GM, "--findings", tmp_path / f"f{kind}").out)
    counts = outcomes_in(tmp_path / f"f{kind}")
    check(made, counts)
    all_cases(made, counts)
    assert made["cases"] == 150


@pytest.mark.parametrize("kind", KINDS)
def test_generated_records(tmp_path: Path, kind: str) -> None:
    sample = write(generate.records(300, 41), tmp_path / "cases.ndjson")
    made = json.loads(batch(sample, "--findings", tmp_path / f"f{kind}", "--set", "line_of_priority=50").out)
    counts = outcomes_in(tmp_path / f"f{kind}")
    check(made, counts, line=50)
    all_cases(made, counts)
    assert sum(found["not_evidenced"] for found in counts.values()) > 1000  # so that the bounds are put to the test


def test_disagreements_and_gaps_are_those_of_the_findings(tmp_path: Path) -> None:
    sample = write(generate.records(300, 41), tmp_path / "cases.ndjson")
    made = json.loads(batch(sample, "--findings", tmp_path / "f.ndjson", "--disagreements").out)
    rows = [json.loads(text) for text in (tmp_path / "f.ndjson").read_text(encoding="utf-8").splitlines()]
    disagree = [row for row in rows if row["disagrees"]]
    counted: dict[str, Counter[str]] = {}
    for row in disagree:
        counted.setdefault(row["question"], Counter())[row["outcome"]] += 1
    assert len(disagree) > 100
    assert made["disagreements"] == counted
    assert made["disagreement_list"] == [
        {key: row[key] for key in ("case_id", "question", "answer", "outcome")}
        for row in sorted(disagree, key=lambda row: (row["question"], row["case_id"]))
    ]
    unanswered = Counter(row["question"] for row in rows if row["reason"] == "not_answered")
    (gap,) = (one for one in made["not_recorded"] if one["fact"] == "the assessor's answer")
    assert (gap["findings"], gap["questions"]) == (unanswered.total(), sorted(unanswered))
    for one in made["not_recorded"]:
        open_ = {row["question"] for row in rows if row["outcome"] == "not_evidenced"}
        assert set(one["questions"]) <= open_


# From counts that hypothesis makes


def made_of(counts: Counts, ruleset: Ruleset, spread: int = 40) -> Tally:
    """A tally of some counts, their cases in so many blocks."""
    made = empty(ruleset)
    for place, question in enumerate(made.questions):
        found = counts.get(question, {})
        for outcome, number in found.items():
            made.counts[place, OUTCOMES.index(outcome)] = number
        above, base = found.get("sufficient", 0), found.get("sufficient", 0) + found.get("not_sufficient", 0)
        for case in range(base):
            made.blocks[case * spread // base, place] += (case < above, 1)
    cases = max((sum(found.values()) for found in counts.values()), default=0)
    return Tally(made.questions, cases, made.counts, made.blocks, made.disagreements)


MODES = ("any", "no base at all", "empty summary", "only summary", "all above", "all below", "one case", "untold")


def counts_for(modes: Sequence[str], largest: int, seed: int) -> dict[str, Counter[str]]:
    rng = Random(seed)
    made: dict[str, Counter[str]] = {}
    for criterion, mode in zip(layout().individual, modes, strict=True):
        for question in layout().of(criterion):
            is_summary = question == layout().summary[criterion]
            found = Counter({str(outcome): rng.randint(0, largest) for outcome in OUTCOMES})
            if mode == "no base at all" or (mode == "empty summary" and is_summary):
                found["sufficient"] = found["not_sufficient"] = 0
            if mode == "only summary" and not is_summary:
                found["sufficient"] = found["not_sufficient"] = 0
            if mode in ("all above", "all below"):
                found["not_sufficient" if mode == "all above" else "sufficient"] = 0
            if mode == "one case":
                found["sufficient"] = rng.randint(0, 1)
                found["not_sufficient"] = 1 - found["sufficient"]
            if mode == "untold":
                found = Counter({**dict.fromkeys(map(str, OUTCOMES), 0), "not_evidenced": largest})
            made[question] = found
    return made


some_counts = st.builds(
    counts_for,
    st.lists(st.sampled_from(MODES), min_size=14, max_size=14),
    st.sampled_from([1, 2, 7, 150]),
    st.integers(0, 2**32),
)


def as_json(scores: Scores) -> dict[str, Any]:
    from omi_rules.reports.sample import scored

    made: dict[str, Any] = json.loads(json.dumps(scored(scores)))
    return made


@example(counts_for(["no base at all"] * 14, 3, 1))
@example(counts_for(["untold"] * 14, 3, 1))
@example(counts_for(["only summary"] * 14, 3, 1))
@settings(deadline=None, max_examples=40)
@given(some_counts)
def test_any_counts(counts: dict[str, Counter[str]]) -> None:
    check(as_json(score(made_of(counts, shipped()), shipped(), resamples=20)), counts)


def test_a_base_of_untold_findings_only_has_no_score_and_no_bounds(ruleset: Ruleset) -> None:
    """Bounds need a score to lie around: nothing told is no score, not one from 0 to 100."""
    found = score(made_of(counts_for(["untold"] * 14, 3, 1), ruleset), ruleset, resamples=2)
    assert {one.bounds for one in found.criteria.values()} == {None}
    assert {one.verdict for one in found.criteria.values()} == {None}


# What must not matter


def judged(records: Sequence[Mapping[str, Any]]) -> Findings:
    ruleset = shipped()
    checked = [ruleset.reader.read(json.dumps(record), "sample")[0] for record in records]
    return Judge(ruleset, choose("reference")).judge(checked)


@cache
def sample() -> list[dict[str, Any]]:
    """The sample with some generated records, which are less regular."""
    return read(GM) + generate.records(60, 43)


@cache
def whole_tally() -> Tally:
    return tally(judged(sample()))


def same(one: Tally, other: Tally) -> bool:
    return one.cases == other.cases and all(
        np.array_equal(getattr(one, part), getattr(other, part)) for part in ("counts", "blocks", "disagreements")
    )


def test_doubling_the_sample_changes_no_score(ruleset: Ruleset) -> None:
    twins = [record | {"case_id": f"{record['case_id']}-twin"} for record in sample()]
    once, twice = (as_json(score(found, ruleset)) for found in (whole_tally(), tally(judged(sample() + twins))))
    for level, keys in {
        "questions": ("share",),
        "criteria": ("score", "rounded", "verdict", "bounds"),
        "sections": ("score", "rounded", "bounds"),
        "threads": ("score", "rounded", "bounds"),
    }.items():
        for name, found in once[level].items():
            for key in keys:
                again = twice[level][name][key]
                assert found[key] == (again if isinstance(again, str) else pytest.approx(again, abs=1e-9))
            if found["interval"] and found["interval"][0] < found["interval"][1]:
                low, high = twice[level][name]["interval"]
                assert high - low < found["interval"][1] - found["interval"][0]
    for name, one in once["criteria"].items():
        assert twice["criteria"][name]["one_case"] == pytest.approx(one["one_case"] / 2)


@pytest.mark.parametrize("seed", range(3))
def test_no_order_matters(tmp_path: Path, seed: int) -> None:
    """Cases, their events, what is inside a record, and the files they come in: not a byte."""
    rng = Random(seed)
    options = ("--by", "district", "--disagreements", "--what-would-lift", "--duplicates", "keep-last")
    straight = batch(write(sample(), tmp_path / "straight.ndjson"), *options).out

    def shuffled(record: dict[str, Any]) -> dict[str, Any]:
        made = dict(rng.sample(sorted(record.items()), len(record)))
        for key, value in made.items():
            if key == "events" and value:
                made[key] = rng.sample(value, len(value))
            if key in ("risk", "answers", "flags") and value:
                made[key] = dict(rng.sample(sorted(value.items()), len(value)))
        return made

    folder = tmp_path / "folder"
    folder.mkdir()
    records = [shuffled(record) for record in rng.sample(sample(), len(sample()))]
    cuts = sorted(rng.sample(range(1, len(records)), 4))
    parts = [records[start:end] for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True)]
    names = rng.sample("abcde", 5)
    for name, part in zip(names, parts, strict=True):
        write(part, folder / f"{name}.ndjson")
    assert batch(folder, *options).out == straight
    given = rng.sample([folder / f"{name}.ndjson" for name in names], 5)
    assert batch(*given, *options).out == straight


@settings(deadline=None, max_examples=12)
@given(st.integers(1, 12), st.randoms(use_true_random=False))
def test_parts_add_up_to_the_whole(parts: int, rng: Random) -> None:
    findings = judged_sample()
    dealt: list[list[int]] = [[] for _ in range(parts)]
    for row in range(findings.cases.size):
        rng.choice(dealt).append(row)
    assert same(total([tally(findings.codes.of(rows)) for rows in dealt], shipped()), whole_tally())


@cache
def judged_sample() -> Findings:
    return judged(sample())


@pytest.mark.parametrize("size", [1, 37, 100, 209])
def test_parts_judged_apart_give_the_same_tally_and_scores(ruleset: Ruleset, size: int) -> None:
    batches = [sample()[start : start + size] for start in range(0, len(sample()), size)]
    batches = batches[: 20 if size == 1 else None]
    wanted = whole_tally() if size > 1 else tally(judged([record for one in batches for record in one]))
    added = total([tally(judged(part)) for part in reversed(batches)], ruleset)
    assert same(added, wanted)
    assert as_json(score(added, ruleset)) == as_json(score(wanted, ruleset))


def test_tallies_of_different_rules_do_not_add_up(ruleset: Ruleset) -> None:
    other = empty(ruleset)
    with pytest.raises(ValueError, match="different rulesets"):
        other + Tally(("1.1.q02",), 0, other.counts[:1], other.blocks[:, :1], other.disagreements[:1])


def test_blocks_are_the_same_everywhere_and_even() -> None:
    assert blocks_of(["GM-001", "ü"]).tolist() == [2090, 1396]  # intervals would move with them
    counted = Counter(blocks_of([f"case {number}" for number in range(40960)]).tolist())
    assert len(counted) > 0.99 * BLOCKS
    assert max(counted.values()) < 35  # ten on average


# Rounding and the line


def on_the_half() -> list[dict[str, Counter[str]]]:
    """Counts for which 1.2 scores a whole per cent and a half, exactly."""
    one, other, *_ = layout().individual["1.2"]
    summary = str(layout().summary["1.2"])
    made = []
    for bases in ((10, 20, 8), (40, 150, 25), (16, 3, 12), (7, 12, 30), (150, 150, 150)):
        for above in product(*(range(base + 1) for base in bases)) if max(bases) < 30 else some(bases):
            shares: dict[str, Fraction | None] = dict.fromkeys(layout().of("1.2"))
            shares |= {q: Fraction(n, N) for q, n, N in zip((one, other, summary), above, bases, strict=True)}
            exact = criterion_score("1.2", shares)
            if exact is not None and (2 * exact).denominator == 1 and exact.denominator == 2:
                zip_ = zip((one, other, summary), above, bases, strict=True)
                made.append({q: Counter({"sufficient": n, "not_sufficient": N - n}) for q, n, N in zip_})
    return made


def some(bases: tuple[int, ...]) -> list[tuple[int, ...]]:
    rng = Random(5)
    return [tuple(rng.randint(0, base) for base in bases) for _ in range(4000)]


def test_halves_go_up_exactly(ruleset: Ruleset) -> None:
    every = on_the_half()
    assert len(every) > 150
    for counts in Random(1).sample(every, 150):
        shares: dict[str, Fraction | None] = dict.fromkeys(layout().of("1.2"))
        shares |= {q: share(found["sufficient"], found.total()) for q, found in counts.items()}
        wanted = to_whole(criterion_score("1.2", shares))
        found = score(made_of(counts, ruleset), ruleset, resamples=2).criteria["1.2"]
        assert found.rounded == wanted, (found.score, counts)


def test_half_up_of_numbers() -> None:
    assert [half_up(value) for value in (0, 0.5, 1.5, 2.5, 72.4999999, 72.5, 99.5, 100)] == [
        0,
        1,
        2,
        3,
        72,
        73,
        100,
        100,
    ]


def test_the_verdict_at_every_line(ruleset: Ruleset) -> None:
    exact = recompute({q: dict(found.counts) for q, found in score(whole_tally(), ruleset).questions.items()})
    for line in (0, 1, *range(60, 95), 99, 100):
        found = score(whole_tally(), with_settings(ruleset, {"line_of_priority": str(line)}), resamples=2)
        assert found.line_of_priority == line
        for name, one in found.criteria.items():
            rounded = to_whole(exact.criteria[name])
            assert rounded is not None
            assert one.verdict == ("good" if rounded >= line else "priority"), (name, line)


def test_the_line_is_set_by_the_command() -> None:
    at = {line: json.loads(batch(GM, "--set", f"line_of_priority={line}").out) for line in (68, 69)}
    assert at[68]["criteria"]["1.2"]["rounded"] == 68
    assert [at[line]["criteria"]["1.2"]["verdict"] for line in (68, 69)] == ["good", "priority"]
    assert at[69]["ruleset"]["settings"] == {"line_of_priority": "69"}
    assert run("batch", GM, "--set", "line_of_priority=101").code == 2


# Stability, and what would lift: against trying everything


def few_counts(criterion: str, rng: Random, questions: int, largest: int) -> dict[str, Counter[str]]:
    """Counts on some questions of a criterion."""
    asked = rng.sample(layout().individual[criterion], questions)
    summary = layout().summary[criterion]
    asked += [summary] if summary and rng.random() < 0.6 else []
    made = {}
    for question in asked:
        base = rng.randint(1, largest)
        above = rng.choice([0, base, rng.randint(0, base), rng.randint(0, base)])
        made[question] = Counter({"sufficient": above, "not_sufficient": base - above})
    return made


def exact_score(criterion: str, counts: Counts) -> Fraction:
    shares: dict[str, Fraction | None] = dict.fromkeys(layout().of(criterion))
    shares |= {q: share(one["sufficient"], one["sufficient"] + one["not_sufficient"]) for q, one in counts.items()}
    found = criterion_score(criterion, shares)
    assert found is not None
    return found


def with_more(counts: Counts, question: str, cases: int) -> dict[str, Mapping[str, int]]:
    """The counts with some cases of a question moved up (or down)."""
    one = counts[question]
    moved = {"sufficient": one["sufficient"] + cases, "not_sufficient": one["not_sufficient"] - cases}
    assert min(moved.values()) >= 0
    return {**counts, question: moved}


def good(criterion: str, counts: Counts, line: int) -> bool:
    rounded = to_whole(exact_score(criterion, counts))
    assert rounded is not None
    return rounded >= line


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(["1.1", "1.2", "2.2", "3.2"]), st.integers(1, 5), st.integers(1, 9), st.randoms())
def test_the_stability_mark(criterion: str, questions: int, largest: int, rng: Random) -> None:
    counts = few_counts(criterion, rng, questions, largest)
    line = max(0, min(100, half_up(float(exact_score(criterion, counts))) + rng.choice([-6, -2, -1, 0, 0, 1, 2, 6])))
    ruleset = with_settings(shipped(), {"line_of_priority": str(line)})
    found = score(made_of(counts, ruleset), ruleset, resamples=2).criteria[criterion]
    verdict = good(criterion, counts, line)
    stands, most = True, Fraction()
    for question, one in counts.items():
        for turn, possible in ((1, one["not_sufficient"]), (-1, one["sufficient"])):
            if possible:
                otherwise = with_more(counts, question, turn)
                stands = stands and good(criterion, otherwise, line) == verdict
                most = max(most, abs(exact_score(criterion, otherwise) - exact_score(criterion, counts)))
    assert found.stable == stands, (counts, line)
    assert found.one_case == pytest.approx(float(most), abs=1e-9)


@pytest.mark.parametrize(
    ("few", "many", "line", "stable"),
    [
        ((1, 1), (40, 100), 73, True),  # 70: the one case that weighs much cannot be judged better
        ((0, 1), (40, 100), 73, True),  # 20: it can, and 70 is not enough
        ((0, 1), (60, 100), 73, False),  # 30: it can, and 80 is
        ((0, 1), (190, 200), 47, True),  # 47.5: it cannot be judged worse
        ((1, 1), (190, 200), 73, False),  # 97.5: it can, and 47.5 is under the line
    ],
)
def test_a_case_can_only_turn_where_it_is_not(
    ruleset: Ruleset, few: tuple[int, int], many: tuple[int, int], line: int, stable: bool
) -> None:
    one, other, *_ = layout().individual["1.1"]
    counts = {
        question: {"sufficient": above, "not_sufficient": base - above}
        for question, (above, base) in ((one, few), (other, many))
    }
    rules = with_settings(ruleset, {"line_of_priority": str(line)})
    assert score(made_of(counts, rules), rules, resamples=2).criteria["1.1"].stable == stable


def test_the_stability_mark_of_greater_manchester(ruleset: Ruleset) -> None:
    found = score(tally(judged(read(GM))), ruleset, resamples=2)
    counts = {name: dict(one.counts) for name, one in found.questions.items()}
    for criterion, one in found.criteria.items():
        inside = {question: counts[question] for question in layout().of(criterion)}
        verdict = good(criterion, inside, 73)
        turned = [
            with_more(inside, question, turn)
            for question in inside
            for turn, key in ((1, "not_sufficient"), (-1, "sufficient"))
            if inside[question][key]
        ]
        assert one.stable == all(good(criterion, otherwise, 73) == verdict for otherwise in turned), criterion


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["1.1", "1.2", "2.2", "3.2"]), st.integers(1, 3), st.integers(1, 6), st.randoms())
def test_what_would_lift(criterion: str, questions: int, largest: int, rng: Random) -> None:
    counts = few_counts(criterion, rng, questions, largest)
    line = rng.randint(20, 100)
    ruleset = with_settings(shipped(), {"line_of_priority": str(line)})
    found = [one for one in lifts(score(made_of(counts, ruleset), ruleset, resamples=2)) if one.criterion == criterion]
    assert bool(found) == (not good(criterion, counts, line))
    if not found:
        return
    (lift,) = found
    assert float(exact_score(criterion, counts)) + lift.gap == pytest.approx(line - 0.5)
    below = {question: one["not_sufficient"] for question, one in counts.items() if one["not_sufficient"]}
    assert {step.question: step.available for step in lift.questions} == below
    for step in lift.questions:
        enough = [n for n in range(1, step.available + 1) if good(criterion, with_more(counts, step.question, n), line)]
        assert step.alone == bool(enough)
        assert step.cases == (enough[0] if enough else step.available)
        gained = exact_score(criterion, with_more(counts, step.question, 1)) - exact_score(criterion, counts)
        assert step.points == pytest.approx(float(gained))
    fewest = None
    for moved in product(*(range(number + 1) for number in below.values())):
        if fewest is None or sum(moved) < fewest:
            after: Counts = counts
            for question, cases in zip(below, moved, strict=True):
                after = with_more(after, question, cases)
            fewest = sum(moved) if good(criterion, after, line) else fewest
    assert (sum(step.cases for step in lift.fewest) or None) == fewest
    after = counts
    for step in lift.fewest:
        assert 1 <= step.cases <= step.available
        after = with_more(after, step.question, step.cases)
    assert not lift.fewest or good(criterion, after, line)


def test_what_would_lift_greater_manchester(ruleset: Ruleset) -> None:
    found = score(tally(judged(read(GM))), ruleset, resamples=2)
    made = {one.criterion: one for one in lifts(found)}
    assert made.keys() == {name for name, one in found.criteria.items() if one.verdict == "priority"}
    for criterion, lift in made.items():
        counts: Counts = {question: dict(found.questions[question].counts) for question in layout().of(criterion)}
        for step in (step for step in lift.questions if step.alone):
            assert good(criterion, with_more(counts, step.question, step.cases), 73)
            assert not good(criterion, with_more(counts, step.question, step.cases - 1), 73)
        after = counts
        for step in lift.fewest:
            after = with_more(after, step.question, step.cases)
        assert good(criterion, after, 73)
        least = lift.fewest[-1]  # the last and least of them is needed
        assert not good(criterion, with_more(after, least.question, -1), 73)


# Intervals


@pytest.mark.parametrize(
    ("above", "whole", "low", "high"),
    [  # R. G. Newcombe, Stat. Med. 17 (1998) 857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),  # 0 of 20 seen from the other side
    ],
)
def test_wilson_as_published(above: int, whole: int, low: float, high: float) -> None:
    assert wilson(above / whole, whole) == pytest.approx((low, high), abs=5e-5)


def bisected(inside: float, outside: float, above: int, whole: int) -> float:
    """Where the score test of a share rejects first, between a share it keeps and one beyond."""
    observed = above / whole

    def kept(share: float) -> bool:
        return abs(observed - share) <= Z * sqrt(max(0.0, share * (1 - share)) / whole) + 1e-15

    if kept(outside):
        return outside
    for _ in range(100):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if kept(middle) else (inside, middle)
    return inside


@settings(deadline=None)
@given(st.integers(1, 400).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_wilson_inverts_the_score_test(counts: tuple[int, int]) -> None:
    above, whole = counts
    low, high = wilson(above / whole, whole)
    assert low == pytest.approx(bisected(above / whole, 0.0, above, whole), abs=1e-7)
    assert high == pytest.approx(bisected(above / whole, 1.0, above, whole), abs=1e-7)
    assert 0 <= low <= above / whole <= high <= 1


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # R. G. Newcombe, Stat. Med. 17 (1998) 873, table II, method 10: the first share less the second
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_as_published(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    (a, m), (b, n) = first, second
    found = difference(b / n, wilson(b / n, n), a / m, wilson(a / m, m))
    assert found == pytest.approx((low, high), abs=5e-5)


def test_compare_of_two_samples_uses_it() -> None:
    """56 of 70 against 48 of 80, through `compare`, in per cent."""

    def of(above: int, whole: int) -> dict[str, Any]:
        questions = {"x": {"share": above / whole, "interval": list(wilson(above / whole, whole))}}
        return {"criteria": {}, "sections": {}, "threads": {}, "questions": questions}

    (found,) = differences(of(48, 80), of(56, 70))
    assert found.interval == pytest.approx((5.24, 33.39), abs=5e-3)
    assert found.beyond_chance
    assert found.change == pytest.approx(20)


def intervals(scores: Scores) -> list[tuple[float, float]]:
    made = as_json(scores)
    levels = ("questions", "criteria", "sections", "threads")
    return [tuple(one["interval"]) for level in levels for one in made[level].values() if one["interval"]]


def test_the_caseload_narrows_intervals(ruleset: Ruleset) -> None:
    cases = whole_tally().cases
    plain, huge = (intervals(score(whole_tally(), ruleset, caseload=n)) for n in (None, 10**12))
    assert np.array(plain) == pytest.approx(np.array(huge), abs=1e-6)
    all_read = intervals(score(whole_tally(), ruleset, caseload=cases))
    assert {high - low for low, high in all_read} == {0.0}
    widths = [
        np.mean([high - low for low, high in intervals(score(whole_tally(), ruleset, caseload=n))])
        for n in (cases, cases + 1, 2 * cases, 5 * cases, 10**9)
    ]
    assert widths == sorted(widths)
    assert widths[2] / widths[-1] == pytest.approx(sqrt(1 / 2), abs=0.02)


def test_finite_population_correction() -> None:
    assert finite(150, 600) == pytest.approx(sqrt((600 - 150) / (600 - 1)))
    assert (finite(1, 1), finite(150, 150), finite(150, None)) == (0.0, 0.0, 1.0)
    assert finite(1, 10**15) == pytest.approx(1)


def test_no_interval_of_a_score_on_few_cases(ruleset: Ruleset) -> None:
    for cases in (SMALL_BASE - 1, SMALL_BASE):
        counts = {question: {"sufficient": cases - 2, "not_sufficient": 2} for question in layout().of("1.2")}
        found = score(made_of(counts, ruleset), ruleset)
        assert (found.criteria["1.2"].interval is None) == (cases < SMALL_BASE)


def test_intervals_are_seeded_and_of_full_size(ruleset: Ruleset) -> None:
    first, again = (as_json(score(whole_tally(), ruleset)) for _ in range(2))
    assert first == again
    for one in first["criteria"].values():
        low, high = one["interval"]
        assert 1 < high - low < 30


def test_an_interval_is_about_that_of_a_single_question(ruleset: Ruleset) -> None:
    """With one question a criterion's interval is that of a share: it must lie near Wilson's."""
    for above, whole in ((0, 30), (3, 30), (60, 90), (140, 150), (150, 150)):
        counts = {"1.2.q01": {"sufficient": above, "not_sufficient": whole - above}}
        found = score(made_of(counts, ruleset, spread=BLOCKS), ruleset).criteria["1.2"].interval
        assert found is not None
        low, high = (100 * end for end in wilson(above / whole, whole))
        assert abs(found[0] - low) + abs(found[1] - high) < 0.4 * (high - low), (above, whole, found, (low, high))


def test_blocks_are_drawn_whole(ruleset: Ruleset) -> None:
    counts = {"1.2.q01": {"sufficient": 40, "not_sufficient": 20}}
    apart, paired = (score(made_of(counts, ruleset, spread=n), ruleset).criteria["1.2"] for n in (60, 30))
    assert apart.score == paired.score
    assert apart.interval
    assert paired.interval
    widths = [one.interval[1] - one.interval[0] for one in (apart, paired) if one.interval]
    assert widths[1] > 1.2 * widths[0]  # thirty pairs that say the same are about thirty cases


@pytest.mark.parametrize("unit", [1, 1 / 3, 2**40 / 7])
def test_no_processor_adds_otherwise(unit: float) -> None:
    """Every sum over the blocks is exact: the digits follow neither from the order of adding nor from the cores."""
    rng = np.random.default_rng(4)
    relevant = rng.integers(0, 40, size=(BLOCKS, 2))
    counted = np.stack([rng.integers(0, relevant + 1), relevant], axis=-1) * unit
    sums: list[Any] = []

    class Mixed(np.ndarray[Any, Any]):
        """Multiplies matrices a piece at a time, in a random order."""

        def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **kwargs: Any) -> Any:
            plain = [np.asarray(one) for one in given]
            if ufunc is np.matmul and method == "__call__":
                first, second = plain
                parts = np.array_split(rng.permutation(len(second)), 97)
                sums.append(sum(first[:, part] @ second[part] for part in parts))
                return sums[-1]
            kwargs = {key: value for key, value in kwargs.items() if key != "out"}
            return np.asarray(getattr(ufunc, method)(*plain, **kwargs)).view(Mixed)

    plain = resample_blocks(counted, 50)
    mixed = resample_blocks(counted.view(Mixed), 50)
    assert len(sums) == 2
    assert np.array_equal(plain, np.asarray(mixed))
