"""Random conditions of relevance with the facts they ask about, for hypothesis; and whole spaces of facts."""

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import settings
from hypothesis import strategies as st

from omi_rules.conditions import OTHER, AllOf, AnyOf, Condition, In, Not, Recorded, Value, facts_of
from omi_rules.engine import Relevance
from omi_rules.meaning import Answered, Computed

steady = settings(deadline=None, derandomize=True)
"""The same examples in every run, however slow the machine."""

Values = tuple[Value, ...]
Facts = dict[str, Value | None]

NAMES = (
    "flags.ppo",
    "flags/ppo",
    "sentence.kind",
    "roh_since_start",
    "id",  # these four are the matcher's own, or the engine's
    "sid",
    "$s",
    "condition",
    "part 1",
    "$and",
)
"""Names of facts, some of them as awkward as a ruleset may make them."""

_LONG = "a word of more than sixty characters, which a message would cut short: "
TEXTS = (
    "low",
    "high",
    "true",
    "1",
    "not recorded",
    "another text",
    "",
    "é",
    'a "b" \\ c',
    "{x}",
    "\n",
    f"{_LONG}1",
    f"{_LONG}2",
)
"""Words of a choice, some of them as awkward as a ruleset may make them."""

values: st.SearchStrategy[Values] = st.one_of(
    st.just((False, True)),
    st.just(()),  # an open text: it can only be asked whether it is recorded
    st.integers(1, 5).map(lambda n: tuple(range(1, n + 1))),
    st.integers(70, 600).map(lambda n: tuple(range(n))),
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=8, unique=True).map(tuple),
    st.integers(30, 90).map(lambda n: tuple(f"word {i}" for i in range(n))),
)
small_values: st.SearchStrategy[Values] = st.one_of(
    st.just((False, True)), st.just(()), st.just((1, 2, 3)), st.just(("low", "medium", "high"))
)


def relevance(when: Condition, known: Mapping[str, Values]) -> Relevance:
    """A condition with the values of the facts it asks about, as a question brings it to an engine."""
    return Relevance(when, tuple((name, known[name]) for name in dict.fromkeys(facts_of(when))))


@st.composite
def tests_of(draw: st.DrawFn, known: Mapping[str, Values]) -> Condition:
    """A fact against some of its values, or whether it is recorded."""
    name = draw(st.sampled_from(sorted(known)))
    if not known[name] or draw(st.integers(0, 4)) == 0:
        return Recorded(name)
    first = draw(st.integers(0, len(known[name]) - 1))
    last = draw(st.integers(first, len(known[name]) - 1))
    step = draw(st.sampled_from((1, 1, 2, 3)))
    return In(name, known[name][first : last + 1 : step])


def conditions(known: Mapping[str, Values], depth: int) -> st.SearchStrategy[Condition]:
    """A condition of every kind, nested so deep."""
    leaf = tests_of(known)
    if not depth:
        return leaf
    part = conditions(known, depth - 1)
    parts = st.lists(part, max_size=4).map(tuple)
    return st.one_of(leaf, st.builds(Not, part), st.builds(AllOf, parts), st.builds(AnyOf, parts))


@st.composite
def relevances(draw: st.DrawFn, of: st.SearchStrategy[Values] = values, names: int = 5, depth: int = 4) -> Relevance:
    """A random condition of relevance."""
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=names, unique=True))
    known = {name: draw(of) for name in chosen}
    return relevance(draw(conditions(known, draw(st.integers(0, depth)))), known)


def may_be(of: Values) -> tuple[Value | None, ...]:
    """What a fact may be, not recorded first."""
    return (None, *(of or (OTHER,)))


def facts_for(asked: Relevance) -> st.SearchStrategy[Facts]:
    """Random facts of a case, as a condition asks about them."""
    return st.fixed_dictionaries({name: st.sampled_from(may_be(of)) for name, of in asked.values})


def every(asked: Relevance) -> Iterator[Facts]:
    """Every combination of facts a condition can be asked about."""
    names = [name for name, _ in asked.values]
    for chosen in product(*(may_be(of) for _, of in asked.values)):
        yield dict(zip(names, chosen, strict=True))


SITUATIONS = tuple(product(Computed, Answered))
"""Everything a clock may find and an assessor may answer."""
