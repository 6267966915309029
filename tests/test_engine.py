"""The engine agrees with the law in every situation, says so when its rules do not hold together, and stays small."""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from situations import SITUATIONS, Facts, Values, every, facts_for, may_be, relevance, relevances, small_values, steady

from omi_rules import engine, meaning
from omi_rules.conditions import AllOf, AnyOf, Condition, In, Not, Recorded, Value
from omi_rules.engine import Engine, Relevance, rete
from omi_rules.engine.reference import Reference
from omi_rules.engine.rete import Rete, Test, fits
from omi_rules.errors import Defect
from omi_rules.facts.derive import decode
from omi_rules.findings import relevance_of
from omi_rules.meaning import Answered, Computed, Truth
from omi_rules.ruleset import Ruleset

LAW = Reference()
VERDICTS = tuple((relevant, *situation) for relevant in Truth for situation in SITUATIONS)


def disagreements(judge: Engine, asked: Relevance, facts: Iterable[Facts]) -> Iterator[str]:
    """Where an engine and the law differ on whether a question is relevant."""
    for one in facts:
        found, right = judge.relevant(asked, one), LAW.relevant(asked, one)
        if found is not right:
            yield f"{asked.when} of {one}: {found}, not {right}"


def verdict_disagreements(judge: Engine) -> Iterator[str]:
    """Where an engine and the law differ on the line of the table that speaks."""
    for situation in VERDICTS:
        found, right = judge.verdict(*situation), LAW.verdict(*situation)
        if found != right:
            yield f"{situation}: {found.name}, not {right.name}"


# Random conditions


@settings(steady, max_examples=250)
@given(relevances(), st.data())
def test_any_condition_is_judged_as_the_law_does(asked: Relevance, data: st.DataObject) -> None:
    judge = Rete()
    facts = data.draw(st.lists(facts_for(asked), min_size=1, max_size=12))
    assert not list(disagreements(judge, asked, facts))


@settings(steady, max_examples=120)
@given(relevances(small_values, names=3))
def test_the_whole_space_of_a_small_condition(asked: Relevance) -> None:
    assert not list(disagreements(Rete(), asked, every(asked)))


def flags(number: int) -> dict[str, Values]:
    return {f"flags.f{i}": (False, True) for i in range(number)}


def wide(number: int, kind: type[AllOf] | type[AnyOf]) -> Relevance:
    known = flags(number)
    return relevance(kind(tuple(In(name, (True,)) for name in known)), known)


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
@pytest.mark.parametrize("number", [1, 2, 6, 7, 13, 14, 15, 30, 64, 65, 200, 300])
def test_conditions_of_many_facts(number: int, kind: type[AllOf] | type[AnyOf]) -> None:
    """More facts than one antecedent takes: `$and` and `$or` run out at 15, branches at 64, properties at 252."""
    asked = wide(number, kind)
    names = [name for name, _ in asked.values]
    rng = Random(number)
    usual: list[Facts] = [dict.fromkeys(names, value) for value in (None, True, False)]
    mixed: list[Facts] = [{name: rng.choice((None, True, False)) for name in names} for _ in range(10)]
    one_off: list[Facts] = [
        {**whole, name: value}
        for whole in usual
        for name in {names[0], names[number // 2], names[-1]}
        for value in (None, True, False)
    ]
    assert not list(disagreements(Rete(), asked, [*usual, *mixed, *one_off]))


def test_a_condition_in_which_very_many_branches_hold_at_once() -> None:
    """Twelve times any of four: one antecedent would fire 4 ** 12 times."""
    groups = [[f"flags.f{i}{j}" for j in range(4)] for i in range(12)]
    known: dict[str, Values] = {name: (False, True) for group in groups for name in group}
    when = AllOf(tuple(AnyOf(tuple(In(name, (True,)) for name in group)) for group in groups))
    asked = relevance(when, known)
    assert not fits(asked)
    assert not list(disagreements(Rete(), asked, [dict.fromkeys(known, value) for value in (None, True, False)]))


@pytest.mark.parametrize("number", [50, 64, 65, 511, 512, 513, 2000])
def test_facts_of_very_many_values(number: int) -> None:
    """As an integer `from: 0, to: 1000` has: 513 branches, and durable-rules never returns."""
    known: dict[str, Values] = {"months": tuple(range(number)), "days": tuple(range(number))}
    low, odd = In("months", tuple(range(5, number - 3))), In("days", tuple(range(1, number, 2)))
    asked = relevance(AnyOf((low, Not(odd), AllOf((Not(In("months", (number - 1,))), Recorded("days"))))), known)
    values = (None, 0, 1, 4, 5, 6, number - 4, number - 3, number - 2, number - 1)
    assert not list(disagreements(Rete(), asked, ({"months": m, "days": d} for m, d in product(values, values))))


def test_all_the_values_of_a_long_fact_told_apart_one_by_one() -> None:
    number = 600
    known: dict[str, Values] = {"months": tuple(range(number))}
    asked = relevance(AnyOf(tuple(In("months", (i,)) for i in range(0, number, 2))), known)
    assert not list(disagreements(Rete(), asked, ({"months": m} for m in (None, *range(0, number, 23), number - 1))))


# Little rulesets


@settings(steady, max_examples=12)
@given(st.lists(relevances(names=3, depth=2), min_size=2, max_size=90, unique=True), st.randoms(), st.data())
def test_many_conditions_in_one_engine(asked: list[Relevance], random: Random, data: st.DataObject) -> None:
    """Some are expected, some first met when they are judged; more than fit one network, in any order."""
    judge = Rete()
    judge.expect(asked[: data.draw(st.integers(0, len(asked)))])
    again = [*asked, *random.sample(asked, len(asked) // 2)]
    random.shuffle(again)
    for one in again:
        facts = {name: random.choice(may_be(of)) for name, of in one.values}
        assert not list(disagreements(judge, one, [facts]))
    judge.expect(asked)
    assert not list(disagreements(judge, asked[0], [dict.fromkeys(dict(asked[0].values))]))


@pytest.mark.parametrize("number", [12, 13, 64, 65, 150])
def test_more_conditions_than_fit_a_network(number: int) -> None:
    known: dict[str, Values] = {"sentence.tier": tuple(range(1, number + 1)), "flags.ppo": (False, True)}
    asked = [
        relevance(AllOf((In("sentence.tier", tuple(range(1, i + 1))), In("flags.ppo", (True,)))), known)
        for i in range(1, number + 1)
    ]
    judge = Rete()
    judge.expect(asked)
    for i, one in enumerate(asked):
        tiers = (None, 1, i, i + 1, i + 2, number)
        some: list[Facts] = [
            {"sentence.tier": tier, "flags.ppo": ppo}
            for tier in tiers
            for ppo in (None, False, True)
            if tier is None or 1 <= tier <= number
        ]
        assert not list(disagreements(judge, one, some))


# The shipped ruleset


def test_the_whole_verdict_table() -> None:
    assert not list(verdict_disagreements(Rete()))


def test_the_whole_space_of_every_question(ruleset: Ruleset) -> None:
    """Every code of every fact, every status of the clock, every answer: nothing that can reach the engine is left."""
    judge = Rete()
    judge.expect(relevance_of(question, ruleset) for question in ruleset.questions.values())
    tried = set()
    for question in ruleset.questions.values():
        asked, clocked = relevance_of(question, ruleset), ruleset.clock_of(question) is not None
        if (asked, clocked) in tried:
            continue
        tried.add((asked, clocked))
        sizes = [1 + max(len(of), 1) for _, of in asked.values]
        for codes in product(*(range(size) for size in sizes)):
            facts = {name: decode(code, of) for code, (name, of) in zip(codes, asked.values, strict=True)}
            relevant = judge.relevant(asked, facts)
            assert relevant is LAW.relevant(asked, facts), (question.id, facts)
            for computed, answered in SITUATIONS if clocked else ((Computed.NONE, answer) for answer in Answered):
                found = judge.verdict(relevant, computed, answered)
                assert found == LAW.verdict(relevant, computed, answered), (question.id, facts, computed, answered)
    assert len(tried) > 50


# Faults are noticed

KNOWN: dict[str, Values] = {"flags.ppo": (False, True), "sentence.tier": (1, 2, 3, 4), "person.ethnicity": ()}
TYPICAL: tuple[Condition, ...] = (
    In("flags.ppo", (True,)),
    AllOf((In("flags.ppo", (True,)), In("sentence.tier", (2, 3)))),
    AnyOf((Not(In("sentence.tier", (1,))), Recorded("person.ethnicity"))),
)
Rules = dict[str, Test]


def swapped(rules: Rules, one: str, other: str) -> Rules:
    """Two rules that carry each other's names."""
    return {**rules, one: rules[other], other: rules[one]}


def replaced(test: Test, old: str, new: str) -> Test:
    """A test with another constant in one place after the other."""
    if not isinstance(test, dict):
        return test
    return {
        key: [replaced(part, old, new) for part in value] if isinstance(value, list) else new if value == old else value
        for key, value in test.items()
    }


@pytest.fixture
def broken_relevance(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Rules of relevance with a fault of the kind asked for."""
    right = rete.relevance_rules

    def wrong(asked: Relevance, name: str) -> Iterator[tuple[str, Test]]:
        rules = dict(right(asked, name))
        match request.param:
            case "a gap":
                rules[f"{name}/not recorded"] = False
            case "an overlap":
                rules[f"{name}/again"] = rules[f"{name}/false"]
            case "two rules swapped":
                rules = swapped(rules, f"{name}/true", f"{name}/false")
            case "a wrong constant":
                rules = {rule: replaced(test, "1 false", "2 true") for rule, test in rules.items()}
        yield from rules.items()

    monkeypatch.setattr(rete, "relevance_rules", wrong)


@pytest.mark.parametrize("when", TYPICAL)
@pytest.mark.parametrize(
    ("broken_relevance", "message"),
    [("a gap", "no rule answers"), ("an overlap", r"2 rules answer \(.*/again, .*/false\)")],
    indirect=["broken_relevance"],
)
@pytest.mark.usefixtures("broken_relevance")
def test_a_gap_or_an_overlap_of_relevance_is_a_defect(when: Condition, message: str) -> None:
    asked = relevance(when, KNOWN)
    with pytest.raises(Defect, match=message):
        list(disagreements(Rete(), asked, every(asked)))


@pytest.mark.parametrize("when", TYPICAL)
@pytest.mark.parametrize("broken_relevance", ["two rules swapped"], indirect=True)
@pytest.mark.usefixtures("broken_relevance")
def test_wrong_rules_of_relevance_are_seen(when: Condition) -> None:
    asked = relevance(when, KNOWN)
    assert list(disagreements(Rete(), asked, every(asked)))


@pytest.mark.parametrize("broken_relevance", ["a wrong constant"], indirect=True)
@pytest.mark.usefixtures("broken_relevance")
def test_a_wrong_constant_is_seen() -> None:
    asked = relevance(TYPICAL[0], KNOWN)
    with pytest.raises(Defect, match="no rule answers"):
        list(disagreements(Rete(), asked, every(asked)))


def test_a_fact_of_a_value_it_cannot_have_is_a_defect() -> None:
    asked = relevance(TYPICAL[1], KNOWN)
    with pytest.raises(Defect, match="no rule answers"):
        Rete().relevant(asked, {"flags.ppo": True, "sentence.tier": 5})


@pytest.mark.parametrize("line", [line.name for line in meaning.TABLE])
def test_a_fault_of_any_verdict_rule_is_noticed(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = rete.verdict_rules()
    other = next(name for name in right if name != line)
    doubled: Mapping[str, Test] = {**right, f"{line}, again": right[line]}

    monkeypatch.setattr(rete, "verdict_rules", lambda: {n: test for n, test in right.items() if n != line})
    with pytest.raises(Defect, match="no rule answers"):
        list(verdict_disagreements(Rete()))
    monkeypatch.setattr(rete, "verdict_rules", lambda: doubled)
    with pytest.raises(Defect, match="2 rules answer"):
        list(verdict_disagreements(Rete()))
    monkeypatch.setattr(rete, "verdict_rules", lambda: swapped(dict(right), line, other))
    assert list(verdict_disagreements(Rete()))


def test_a_wrong_constant_of_a_verdict_rule_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = rete.verdict_rules()
    wrong = {**right, "clock: late": replaced(right["clock: late"], "late", "met")}
    monkeypatch.setattr(rete, "verdict_rules", lambda: wrong)
    with pytest.raises(Defect, match=r"2 rules answer \(clock: late, clock: met\)"):
        list(verdict_disagreements(Rete()))


@pytest.mark.parametrize("fault", ["unknown is false", "unknown wins", "recorded is unknown", "in is not in"])
def test_a_broken_law_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is no copy of the law: with another meaning the two differ."""
    right = meaning.truth

    def wrong(condition: Condition, facts: Mapping[str, Value | None]) -> Truth:
        found = right(condition, facts)
        match fault, condition:
            case "unknown is false", Not() if found is Truth.UNKNOWN:
                return Truth.TRUE
            case "unknown wins", AllOf(parts) | AnyOf(parts):
                return Truth.UNKNOWN if Truth.UNKNOWN in {wrong(part, facts) for part in parts} else found
            case "recorded is unknown", Recorded() if found is Truth.FALSE:
                return Truth.UNKNOWN
            case "in is not in", In() if found is not Truth.UNKNOWN:
                return Truth.TRUE if found is Truth.FALSE else Truth.FALSE
        return found

    monkeypatch.setattr(meaning, "truth", wrong)
    typical = [relevance(when, KNOWN) for when in TYPICAL]
    assert [text for asked in typical for text in disagreements(Rete(), asked, every(asked))]


def test_a_broken_table_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of the law that takes the place of another."""
    late = next(line for line in meaning.TABLE if line.name == "clock: late")
    met = next(line for line in meaning.TABLE if line.name == "clock: met")
    table = [line for line in meaning.TABLE if line not in (late, met)]
    table += [replace(late, computed=met.computed), replace(met, computed=late.computed)]
    judge = Rete()
    monkeypatch.setattr(meaning, "TABLE", tuple(table))
    assert list(verdict_disagreements(judge))


# Choosing


def test_choosing() -> None:
    assert engine.choose("rete").name == engine.choose("auto").name == "rete"
    assert engine.choose("reference").name == "reference"


# Size

MEASURE = """
import os, resource, sys, threading
from omi_rules.conditions import AllOf, In
from omi_rules.engine import Relevance
from omi_rules.engine.rete import Rete
from omi_rules.meaning import Answered, Computed, Truth

kinds = tuple(f"kind {i}" for i in range(7))
asked = [
    Relevance(AllOf((In("kind", kinds[:n]), In("ppo", (True,)))), (("kind", kinds), ("ppo", (False, True))))
    for n in range(1, 7)
]
rete = Rete()

def judge(times):
    for i in range(times // 2):
        facts = {"kind": (*kinds, None)[i % 8], "ppo": (True, False, None)[i % 3]}
        truth = rete.relevant(asked[i % 6], facts)
        rete.verdict(truth, tuple(Computed)[i % 12], tuple(Answered)[i % 4])

judge(2_000)
threads, before = threading.active_count(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
judge(20_000)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown // (1024 if sys.platform == "darwin" else 1), threads, threading.active_count())
"""


def test_memory_stays_flat_and_no_thread_is_started() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True, timeout=60)
    kilobytes, *threads = (int(number) for number in done.stdout.split())
    assert kilobytes < 2_000  # a fact that is never retracted is 19 of them
    assert threads == [1, 1]
