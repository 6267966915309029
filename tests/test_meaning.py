"""The law, against the contract written out once more: by hand, in words, sharing nothing with `meaning`."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from situations import Facts, conditions, every, facts_for, relevance, steady

from omi_rules import meaning
from omi_rules.conditions import OTHER, AllOf, AnyOf, Condition, In, Not, Recorded
from omi_rules.meaning import Answered, Basis, Computed, Outcome, Reason, Truth, Verdict, disagrees, truth, verdict

EVERYTHING = tuple(product(Truth, Computed, Answered))

# Truth

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
TOLD = {T: True, F: False, U: None}
A, B = In("a", (True,)), In("b", (True,))

AND = {
    (T, T): T, (T, U): U, (T, F): F,
    (U, T): U, (U, U): U, (U, F): F,
    (F, T): F, (F, U): F, (F, F): F,
}  # fmt: skip
OR = {
    (T, T): T, (T, U): T, (T, F): T,
    (U, T): T, (U, U): U, (U, F): U,
    (F, T): T, (F, U): U, (F, F): F,
}  # fmt: skip


@pytest.mark.parametrize(("a", "b"), AND)
def test_all_and_any_are_kleenes(a: Truth, b: Truth) -> None:
    facts: Facts = {"a": TOLD[a], "b": TOLD[b]}
    assert truth(AllOf((A, B)), facts) is AND[a, b]
    assert truth(AnyOf((A, B)), facts) is OR[a, b]


@pytest.mark.parametrize(("a", "not_a"), [(T, F), (F, T), (U, U)])
def test_not_is_kleenes(a: Truth, not_a: Truth) -> None:
    assert truth(Not(A), {"a": TOLD[a]}) is not_a


def test_all_of_nothing_holds_and_any_of_nothing_does_not() -> None:
    assert truth(AllOf(()), {}) is T
    assert truth(AnyOf(()), {}) is F


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        (In("a", (2, 3)), 3, T),
        (In("a", (2, 3)), 1, F),
        (In("a", (2, 3)), None, U),
        (In("a", ("low",)), "low", T),
        (In("a", (False,)), False, T),
        (In("a", (False,)), None, U),
        (Recorded("a"), 1, T),
        (Recorded("a"), False, T),
        (Recorded("a"), OTHER, T),
        (Recorded("a"), None, F),
    ],
)
def test_a_fact(condition: Condition, value: str | int | bool | None, expected: Truth) -> None:
    assert truth(condition, {"a": value}) is expected


KNOWN = {"a": (False, True), "b": (), "c": (1, 2, 3)}


@settings(steady)
@given(conditions(KNOWN, 3), conditions(KNOWN, 3))
def test_de_morgan_and_double_negation(p: Condition, q: Condition) -> None:
    both = AllOf((p, q))
    for facts in every(relevance(both, KNOWN)):
        found = truth(p, facts), truth(q, facts)
        assert truth(both, facts) is AND[found]
        assert truth(Not(both), facts) is truth(AnyOf((Not(p), Not(q))), facts)
        assert truth(Not(AnyOf((p, q))), facts) is truth(AllOf((Not(p), Not(q))), facts)
        assert truth(Not(Not(p)), facts) is truth(p, facts)


def without_recorded(condition: Condition) -> bool:
    match condition:
        case Recorded():
            return False
        case AllOf(parts) | AnyOf(parts):
            return all(without_recorded(part) for part in parts)
        case Not(part):
            return without_recorded(part)
        case In():
            return True


@settings(steady, max_examples=200)
@given(conditions(KNOWN, 3).filter(without_recorded), st.data())
def test_what_is_settled_stays_settled(condition: Condition, data: st.DataObject) -> None:
    """Recording one more fact never turns true into false, or either into not recorded."""
    asked = relevance(condition, KNOWN)
    facts = data.draw(facts_for(asked))
    before = truth(condition, facts)
    for name, of in asked.values:
        for value in of if facts[name] is None else ():
            assert before in (U, truth(condition, {**facts, name: value}))


# The verdict table

DECIDED = {  # rule 2: where dates decide, they decide; rule 5: not done, and the due day past or not
    "met": ("sufficient", "met"),
    "late": ("not_sufficient", "late"),
    "not_done": ("not_sufficient", "not_done"),
    "wrong_attribute": ("not_sufficient", "wrong_attribute"),
    "gap_too_long": ("not_sufficient", "gap_too_long"),
    "occurred": ("not_sufficient", "occurred"),
    "not_due": ("pending", "not_due"),
    "ended": ("not_applicable", "not_due"),
    "never": ("not_applicable", "not_relevant"),
}
UNDECIDED = {  # rule 3, and the closed list of reasons
    "date_missing": ("not_evidenced", "date_missing", "computed"),
    "evidence_ambiguous": ("not_evidenced", "evidence_ambiguous", "computed"),
    "none": ("not_evidenced", "not_answered", "judged"),
}
JUDGED = {  # rule 3: above the line, below it, outside the base
    "above the line": ("sufficient", "judged", "judged"),
    "below the line": ("not_sufficient", "judged", "judged"),
    "not applicable": ("not_applicable", "judged", "judged"),
}


def contract(relevant: str, computed: str, answered: str) -> tuple[str, str, str]:
    """Outcome, reason and basis by docs/contract.md, section 2, rules 1 to 3 and 5."""
    if relevant == "false":  # rule 1
        return ("not_applicable", "not_relevant", "computed")
    if relevant == "true" and computed in DECIDED:
        return (*DECIDED[computed], "computed")
    if answered in JUDGED:  # rule 2: be it the relevance or the computation that is not evidenced
        return JUDGED[answered]
    if relevant == "not recorded":
        return ("not_evidenced", "relevance_unknown", "computed")
    return UNDECIDED[computed]


def wrong() -> Iterator[str]:
    """Every situation in which the table does not speak with one voice, or says something else than the contract."""
    for situation in EVERYTHING:
        relevant, computed, answered = situation
        lines = [
            line
            for line in meaning.TABLE
            if relevant in line.relevant and computed in line.computed and answered in line.answered
        ]
        if len(lines) != 1:
            yield f"{len(lines)} lines speak of {situation}"
            continue
        said = tuple(str(part) for part in (lines[0].outcome, lines[0].reason, lines[0].basis))
        if said != contract(*(str(part) for part in situation)):
            yield f"of {situation} it says {said}"


def test_every_situation_has_exactly_one_line_and_it_is_the_contracts() -> None:
    assert not list(wrong())
    assert len(EVERYTHING) == 3 * 12 * 4


def test_the_contract_written_out_knows_every_word() -> None:
    assert DECIDED.keys() | UNDECIDED.keys() == {str(c) for c in Computed}
    assert JUDGED.keys() | {"no answer"} == {str(a) for a in Answered}


def test_verdict_reads_the_table() -> None:
    for relevant, computed, answered in EVERYTHING:
        line = verdict(relevant, computed, answered)
        assert relevant in line.relevant
        assert computed in line.computed
        assert answered in line.answered


def test_names_and_places_of_the_lines_are_unambiguous() -> None:
    names = [line.name for line in meaning.TABLE]
    assert len(set(names)) == len(names)
    assert len(set(meaning.TABLE)) == len(names)


def faults() -> Iterator[tuple[str, tuple[Verdict, ...]]]:
    """Tables with one fault each."""
    table = meaning.TABLE
    for i, line in enumerate(table):
        others = (*table[:i], *table[i + 1 :])
        yield f"{line.name}: gone", others
        yield f"{line.name}: twice", (*table, replace(line, name="again"))
        for outcome in set(Outcome) - {line.outcome}:
            yield f"{line.name}: {outcome}", (*others, replace(line, outcome=outcome))
        for reason in set(Reason) - {line.reason}:
            yield f"{line.name}: {reason}", (*others, replace(line, reason=reason))
        for basis in set(Basis) - {line.basis}:
            yield f"{line.name}: {basis}", (*others, replace(line, basis=basis))
        for answered in Answered:
            yield f"{line.name}: {answered}", (*others, replace(line, answered=line.answered ^ {answered}))
        for relevant in Truth:
            yield f"{line.name}: {relevant}", (*others, replace(line, relevant=line.relevant ^ {relevant}))


def test_any_fault_of_the_table_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = list(faults())
    assert len(tried) > 300
    for name, table in tried:
        monkeypatch.setattr(meaning, "TABLE", table)
        assert list(wrong()), name


@pytest.mark.parametrize("situation", EVERYTHING, ids=" / ".join)
def test_disagrees(situation: tuple[Truth, Computed, Answered]) -> None:
    """Rule 2: an answer is kept beside a computed outcome, and `disagrees` set where they differ."""
    outcome, _, basis = contract(*(str(part) for part in situation))
    answer = JUDGED.get(str(situation[2]))
    expected = basis == "computed" and answer is not None and answer[0] != outcome
    assert disagrees(verdict(*situation), situation[2]) is expected
