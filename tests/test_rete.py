"""The traps of durable-rules: each shown in the library as it is, and shown to be out of the way we use it.

A trap that is gone some day fails here: then the subset described in `rete` may grow.
"""

import ast
import copy
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from typing import Any

import durable_rules_engine
import pytest
from durable.engine import MessageNotHandledException, MessageObservedException, Promise, Ruleset
from hypothesis import given, settings
from hypothesis import strategies as st
from running import REPOSITORY, shipped
from situations import Facts, every, facts_for, relevance, relevances, small_values, steady

from omi_rules.conditions import OTHER, AllOf, AnyOf, In, Not, Recorded
from omi_rules.engine import Relevance, rete
from omi_rules.engine.rete import Network, Rete, terms
from omi_rules.errors import Defect
from omi_rules.findings import relevance_of
from omi_rules.meaning import Answered, Computed, Truth

# The library as it is

numbers = count()


def rules(**conditions: dict[str, Any]) -> Any:
    """A rule set of the library's own, with one rule for each condition."""
    definition = {name: {"all": [{"m": test}], "run": lambda _: None} for name, test in conditions.items()}
    return Ruleset(f"trap{next(numbers)}", None, definition)


def fired(network: Any, fact: dict[str, Any], *, retract: bool = True) -> list[str]:
    """The rules a fact fires, in order, with repeats; none where the library raises that there are none."""
    try:
        state = network.assert_fact(fact)
    except MessageNotHandledException:
        return []
    names = list(run(network, state))
    if retract:
        network.retract_fact(fact)
    return names


def run(network: Any, state: Any) -> Iterator[str]:
    """Fire what waits."""
    found = durable_rules_engine.start_action_for_state(network._handle, state)
    message = found[1] if found else None
    while message:
        yield from json.loads(message)
        message = durable_rules_engine.complete_and_start_action(network._handle, state)


def alone(code: str) -> subprocess.Popen[str]:
    """Code in a process of its own, where the library may crash; `r` is a rule set, "ready" is said before."""
    before = (
        "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "import durable_rules_engine\nfrom durable.engine import Ruleset\nrun = lambda _: None\n"
        "r = Ruleset('r', None, {'r': {'all': [{'m': {'x': 1}}], 'run': run}})\nprint('ready', flush=True)\n"
    )
    return subprocess.Popen([sys.executable, "-c", before + code], stdout=subprocess.PIPE, text=True)


# What we tell it


class Watched:
    """What goes between us and the library while a test runs."""

    def __init__(self) -> None:
        self.definitions: list[dict[str, Any]] = []
        self.asked: list[Any] = []
        self.facts: list[dict[str, Any]] = []

    def ruleset(self, name: str, host: object, definition: dict[str, Any]) -> Any:
        """In place of the library's `Ruleset`."""
        self.definitions.append(
            {rule: copy.deepcopy({k: v for k, v in d.items() if k != "run"}) for rule, d in definition.items()}
        )
        assert host is None  # a host starts timer threads
        made = Ruleset(name, host, definition)
        tell = made.assert_fact

        def assert_fact(fact: dict[str, Any]) -> Any:
            self.facts.append(dict(fact))
            self.asked.append(made)
            return tell(fact)

        made.assert_fact = assert_fact
        return made

    def check(self) -> None:
        """All of it lies inside the subset in which the library has shown no fault."""
        for definition in self.definitions:
            conditions = {name.partition("/")[0] for name in definition}
            assert len(conditions) <= 12 or "not relevant" in conditions  # that is the verdict table
            for body in definition.values():
                assert body.keys() == {"all"}
                (antecedent,) = body["all"]
                assert antecedent.keys() == {"m"}
                groups = list(self.groups(antecedent["m"]))
                assert len(groups) <= 15
                assert all(size >= 2 for _, size in groups)  # nor is any empty
                assert sum(size for operator, size in groups if operator == "$or") <= 64
        for fact in self.facts:
            number = fact.pop("id")
            assert isinstance(number, int)
            assert 0 < number < 2**31
            for name, word in fact.items():
                assert isinstance(word, str)  # never null, a number or a truth value; never nested
                assert len(word) < 200
                assert "." not in name
                assert name in ("relevant", "clock", "answer", "condition") or re.match(r"\d+ ", name)
            assert len(fact) < 250
        for network in {id(network): network for network in self.asked}.values():
            assert network.get_facts(None) == []
            assert network.get_pending_events(None) == []

    def groups(self, test: dict[str, Any]) -> Iterator[tuple[str, int]]:
        ((name, value),) = test.items()  # of two keys in one comparison the second is ignored
        if name in ("$and", "$or"):
            yield name, len(value)
            for part in value:
                yield from self.groups(part)
        else:
            assert not name.startswith("$")
            assert isinstance(value, str)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    made = Watched()
    monkeypatch.setattr(rete, "Ruleset", made.ruleset)
    return made


def test_the_shipped_rules_stay_inside_the_subset(watched: Watched) -> None:
    ruleset = shipped()
    judge = Rete()
    judge.expect(relevance_of(question, ruleset) for question in ruleset.questions.values())
    for question in ruleset.questions.values():
        asked = relevance_of(question, ruleset)
        for facts in every(asked):
            judge.relevant(asked, facts)
    for relevant in Truth:
        for computed in Computed:
            for answered in Answered:
                judge.verdict(relevant, computed, answered)
    assert len(watched.definitions) >= 5
    assert len(watched.facts) > 500
    watched.check()


@settings(steady, max_examples=150)
@given(relevances(), st.data())
def test_any_condition_stays_inside_the_subset(asked: Relevance, data: st.DataObject) -> None:
    watched = Watched()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rete, "Ruleset", watched.ruleset)
        judge = Rete()
        for facts in data.draw(st.lists(facts_for(asked), min_size=1, max_size=4)):
            judge.relevant(asked, facts)
    watched.check()


@pytest.mark.parametrize("number", [13, 64, 65, 150])
def test_conditions_beyond_a_limit_stay_inside_the_subset(number: int, watched: Watched) -> None:
    known = {f"flags.f{i}": (False, True) for i in range(number)}
    months = {"months": tuple(range(number * 2))}
    wide = relevance(AllOf(tuple(In(name, (True,)) for name in known)), known)
    deep = relevance(AllOf(tuple(In("months", (i,)) for i in range(number))), months)
    judge = Rete()
    judge.relevant(wide, dict.fromkeys(known))
    judge.relevant(deep, {"months": number})
    watched.check()


def imports(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            yield "__import__"


def test_durable_rules_is_touched_in_one_file_only() -> None:
    package = REPOSITORY / "omi_rules"
    touching = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if any(name.partition(".")[0] in ("durable", "durable_rules_engine") for name in imports(path.read_text()))
    }
    assert touching == {"engine/rete.py"}


def test_it_is_used_by_no_more_calls_than_these() -> None:
    """No joins, batches, sessions, timers or hosts: those crash the process, or lose facts in silence."""
    text = (REPOSITORY / "omi_rules" / "engine" / "rete.py").read_text()
    called = {
        node.attr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, (ast.Attribute, ast.Name))
        and ast.unparse(node.value) in ("self._rules", "durable_rules_engine")
    }
    assert called == {
        "assert_fact",
        "retract_fact",
        "_handle",
        "start_action_for_state",
        "complete_and_start_action",
    }
    assert "durable.lang" not in set(imports(text))


# The traps, by the numbers of the notes on rule engines


def test_a_null_is_neither_equal_nor_different() -> None:
    """Trap 13."""
    both = rules(same={"x": 5}, different={"$neq": {"x": 5}})
    assert fired(both, {"id": 1, "x": 5}) == ["same"]
    assert fired(both, {"id": 2, "x": 4}) == ["different"]
    assert fired(both, {"id": 3, "x": None}) == []
    assert fired(both, {"id": 4, "y": 1}) == []


def test_our_missing_is_a_word_of_its_own(watched: Watched) -> None:
    asked = relevance(In("flags.ppo", (True,)), {"flags.ppo": (False, True)})
    judge = Rete()
    found = [judge.relevant(asked, {"flags.ppo": value}) for value in (True, False, None)]
    assert found == [Truth.TRUE, Truth.FALSE, Truth.UNKNOWN]
    assert len({fact["1 flags/ppo"] for fact in watched.facts}) == 3


@pytest.mark.parametrize("awkward", ["not recorded", "another text", "null", "", "2 not recorded", "1 b"])
def test_no_word_of_a_vocabulary_is_taken_for_another(awkward: str) -> None:
    known = {"kind": ("a", awkward, "b"), "person.ethnicity": ()}
    asked = relevance(AnyOf((In("kind", (awkward,)), Not(Recorded("person.ethnicity")))), known)
    judge = Rete()
    for kind in (*known["kind"], None):
        facts: Facts = {"kind": kind, "person.ethnicity": OTHER}
        assert judge.relevant(asked, facts) is {awkward: Truth.TRUE, None: Truth.UNKNOWN}.get(kind, Truth.FALSE)


def test_comparisons_cross_types() -> None:
    """Trap 12."""
    assert fired(rules(more={"$gt": {"x": 5}}), {"id": 1, "x": "abc"}) == ["more"]
    assert fired(rules(one={"x": 1}), {"id": 1, "x": True}) == ["one"]
    assert fired(rules(five={"x": "5"}), {"id": 1, "x": 5}) == ["five"]
    assert fired(rules(five={"x": 5}), {"id": 1, "x": "5"}) == ["five"]


def test_we_never_compare_two_types(watched: Watched) -> None:
    known = {"flags.one": (False, True), "tier": (0, 1, 2), "kind": ("0", "1", "true")}
    parts = (In("flags.one", (True,)), In("tier", (1,)), In("kind", ("1",)))
    for part in parts:
        asked = relevance(part, known)
        for facts in every(asked):
            expected = {None: Truth.UNKNOWN, part.values[0]: Truth.TRUE}.get(facts[part.fact], Truth.FALSE)
            assert Rete().relevant(asked, facts) is expected
    watched.check()


def test_texts_have_no_order_to_rely_on() -> None:
    """Trap 14: a text is compared with its closing quote."""
    less = rules(less={"$lt": {"x": "ab c"}})
    assert fired(less, {"id": 1, "x": "aa"}) == ["less"]
    assert "ab" < "ab c"
    assert fired(less, {"id": 2, "x": "ab"}) == []


def test_or_fires_once_for_every_branch_that_holds() -> None:
    """Trap 8."""
    either = rules(either={"$or": [{"x": "1"}, {"y": "1"}]})
    assert fired(either, {"id": 1, "x": "1", "y": "1"}) == ["either", "either"]
    every_one = rules(every={"$and": [{"$or": [{f"x{i}": "1"}, {f"y{i}": "1"}]} for i in range(10)]})
    assert len(fired(every_one, {"id": 1, **{f"{x}{i}": "1" for x in "xy" for i in range(10)}})) == 2**10


def test_a_rule_that_fires_twice_has_answered_once() -> None:
    network = Network("twice", {"yes": {"$or": [{"x": "1"}, {"y": "1"}]}, "no": {"x": "2"}})
    assert network.answer({"x": "1", "y": "1"}) == "yes"
    assert network.answer({"x": "2", "y": "0"}) == "no"
    with pytest.raises(Defect, match=r"2 rules answer \(no, yes\) the situation"):
        network.answer({"x": "2", "y": "1"})


def test_a_rule_never_fires_thousands_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times any of three: in one antecedent 6,561 ways to hold."""
    actions = 0

    class Counting:
        """The library's calls, counted."""

        start_action_for_state = durable_rules_engine.start_action_for_state

        @staticmethod
        def complete_and_start_action(handle: Any, state: Any) -> Any:
            nonlocal actions
            actions += 1
            return durable_rules_engine.complete_and_start_action(handle, state)

    monkeypatch.setattr(rete, "durable_rules_engine", Counting)
    names = [[f"flags.f{i}{j}" for j in range(3)] for i in range(8)]
    known = {name: (False, True) for group in names for name in group}
    when = AllOf(tuple(AnyOf(tuple(Recorded(name) for name in group)) for group in names))
    assert Rete().relevant(relevance(when, known), dict.fromkeys(known, True)) is Truth.TRUE
    assert actions < 200


def test_a_fact_that_fits_no_rule_is_an_exception() -> None:
    """Trap 17."""
    network = rules(one={"x": 1})
    with pytest.raises(MessageNotHandledException):
        network.assert_fact({"id": 1, "x": 2})


def test_a_situation_that_fits_no_rule_is_a_defect_and_leaves_nothing_behind(watched: Watched) -> None:
    network = Network("gap", {"yes": {"answer": "1"}})
    for _ in range(2):
        with pytest.raises(Defect, match=r'no rule answers the situation \{"answer": "2"\}'):
            network.answer({"answer": "2"})
        assert network.answer({"answer": "1"}) == "yes"
    watched.check()


def test_the_same_fact_twice_is_an_exception() -> None:
    """Trap 18, with the same id and with the same content."""
    network = rules(one={"x": "1"})
    assert fired(network, {"id": 1, "x": "1"}, retract=False) == ["one"]
    with pytest.raises(MessageObservedException):
        network.assert_fact({"id": 1, "x": "1"})
    assert fired(network, {"x": "1"}, retract=False) == ["one"]
    with pytest.raises(MessageObservedException):
        network.assert_fact({"x": "1"})


def test_different_facts_may_be_taken_for_the_same() -> None:
    """Traps 19 and 20: an identity has 32 bits, and of long texts only the beginning and the length count."""
    network = rules(one={"x": "1"})
    assert fired(network, {"id": "cf894c5d", "x": "1"}, retract=False) == ["one"]
    with pytest.raises(MessageObservedException):
        network.assert_fact({"id": "52c2eda8", "x": "1"})
    assert fired(network, {"x": "1", "t": "a" * 65_536}, retract=False) == ["one"]
    with pytest.raises(MessageObservedException):
        network.assert_fact({"x": "1", "t": "b" * 65_536})


def test_the_same_situation_may_be_asked_again_and_again(watched: Watched) -> None:
    asked = relevance(In("kind", ("a" * 70_000,)), {"kind": ("a" * 70_000, "b" * 70_000)})
    judge = Rete()
    for _ in range(3):
        for word, expected in (("a", Truth.TRUE), ("b", Truth.FALSE)):
            assert judge.relevant(asked, {"kind": word * 70_000}) is expected
        assert judge.verdict(Truth.TRUE, Computed.MET, Answered.NONE).name == "clock: met"
    watched.check()


def test_a_fact_that_is_not_retracted_stays() -> None:
    network = rules(one={"x": "1"})
    assert fired(network, {"id": 1, "x": "1"}, retract=False) == ["one"]
    assert network.get_facts(None) == [{"id": 1, "x": "1"}]
    network.retract_fact({"id": 1, "x": "1"})
    assert network.get_facts(None) == []


def test_retracting_a_fact_may_lose_what_waits_for_another() -> None:
    """Trap 30. We assert one fact at a time, fire what waits, and retract it."""
    network = rules(one={"x": "1"})
    assert fired(network, {"id": 1, "x": "1"}, retract=False) == ["one"]
    state = network.assert_fact({"id": 2, "x": "1"})
    network.retract_fact({"id": 1, "x": "1"})
    assert list(run(network, state)) == []


def test_sixty_five_branches_that_hold_are_an_error() -> None:
    """Section 3.5: error 303."""
    fact = {"id": 1, **{f"a{i}": "1" for i in range(65)}}
    wide = {"$or": [{f"a{i}": "1"} for i in range(65)]}
    assert len(fired(rules(wide={"$or": wide["$or"][:64]}), fact)) == 64
    with pytest.raises(durable_rules_engine.error, match="303"):
        fired(rules(wide=wide), fact)
    with pytest.raises(durable_rules_engine.error, match="303"):
        fired(rules(**{f"r{i}": {f"a{i}": "1"} for i in range(65)}), fact)


def test_sixteen_groups_in_one_antecedent_are_an_error() -> None:
    """Not in the notes: every `$and` and `$or` takes two of 31 places; error 113 when the rules are loaded."""

    def grouped(number: int) -> Any:
        return rules(r={"$and": [{"s": "1"}, *({"$or": [{"x": str(i)}, {"y": "1"}]} for i in range(number - 1))]})

    grouped(15)
    with pytest.raises(durable_rules_engine.error, match="113"):
        grouped(16)


def test_what_never_returns() -> None:
    """Section 3.5: 513 branches under one condition."""
    process = alone(
        "either = [{'x': str(i)} for i in range(513)]\n"
        "Ruleset('s', None, {'r': {'all': [{'m': {'$or': either}}], 'run': run}})"
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "code",
    [
        "r.assert_facts([{}])",
        "r.assert_fact({'x': 1, 'sid': 's' * 9_000_000})",
        """durable_rules_engine.assert_fact(r._handle, '{"x": ' + '[' * 200_000 + ']' * 200_000 + '}')""",
    ],
    ids=["an empty fact in a batch", "a very long session", "a very deep array"],
)
def test_what_crashes_the_process(code: str) -> None:
    """Traps 1 and 31. We use no batches, no sessions, and flat facts."""
    process = alone(code)
    out, _ = process.communicate(timeout=60)
    assert out == "ready\n"
    assert process.returncode < 0


def test_a_batch_drops_facts_in_silence() -> None:
    """Trap 2: the number is not read, nor is anything after it, and nothing is said."""
    network = rules(one={"x": 1})
    with pytest.raises(durable_rules_engine.error, match="204"):
        network.assert_fact({"id": 9, "x": 1e16})
    network.assert_facts([{"id": 1, "x": 1}, {"id": 2, "x": 1e16}, {"id": 3, "x": 1}])
    assert [fact["id"] for fact in network.get_facts(None)] == [1]


def test_a_second_key_and_an_unknown_operator_are_ignored() -> None:
    """Traps 15 and 16. `Watched.groups` wants one key, and no operator but `$and` and `$or`."""
    assert fired(rules(r={"x": "1", "y": "1"}), {"id": 1, "x": "1", "y": "2"}) == ["r"]
    assert fired(rules(r={"$in": {"x": "q"}}), {"id": 1, "x": "q"}) == []


def test_a_dotted_name_is_a_nested_one() -> None:
    """Trap 33."""
    assert fired(rules(r={"flags.ppo": "1"}), {"id": 1, "flags": {"ppo": "1"}}) == ["r"]


def test_our_names_are_apart() -> None:
    names = ("flags.ppo", "flags/ppo", "flags", "id", "sid", "$s", "condition", "relevant", "$and")
    known = dict.fromkeys(names, (False, True))
    asked = relevance(AllOf(tuple(In(name, (True,)) for name in names)), known)
    fields = terms(asked).fields
    assert len({*fields.values(), "id", "sid", "$s", "condition"}) == len(names) + 4
    judge = Rete()
    for name in names:
        facts: Facts = {**dict.fromkeys(names, True), name: False}
        assert judge.relevant(asked, facts) is Truth.FALSE
    assert judge.relevant(asked, dict.fromkeys(names, True)) is Truth.TRUE


def test_a_callback_with_a_default_is_taken_for_an_asynchronous_one() -> None:
    """Trap 23; and 24: what a callback raises is swallowed. Ours has one argument, does nothing, is never called."""
    assert rete._ACTION._sync
    assert not Promise(lambda _, k=1: k)._sync


def test_the_hosts_threads_are_not_ours() -> None:
    """The library's own host starts two threads that fire rules as well."""
    process = alone(
        "import threading\nfrom durable.engine import Host\nbefore = threading.active_count()\n"
        "Host({'s': {'r': {'all': [{'m': {'x': 1}}], 'run': run}}})\nprint(threading.active_count() - before)\n"
    )
    out, _ = process.communicate(timeout=60)
    assert out == "ready\n2\n"
    before = threading.active_count()
    Rete().verdict(Truth.TRUE, Computed.MET, Answered.NONE)
    assert threading.active_count() == before


@settings(steady, max_examples=40)
@given(relevances(small_values, names=3))
def test_words_that_the_condition_tells_apart_stay_apart(asked: Relevance) -> None:
    """Values may share a word only where no part of the condition cares."""
    spoken = terms(asked)
    for name, values in asked.values:
        for one in values:
            for other in values:
                if spoken.words[name][one] == spoken.words[name][other]:
                    assert all(
                        (one in test.values) == (other in test.values) for test in ins(asked) if test.fact == name
                    )


def ins(asked: Relevance) -> list[In]:
    found: list[In] = []
    waiting = [asked.when]
    while waiting:
        match waiting.pop():
            case In() as test:
                found.append(test)
            case Not(part):
                waiting.append(part)
            case AllOf(parts) | AnyOf(parts):
                waiting += parts
            case Recorded():
                pass
    return found
