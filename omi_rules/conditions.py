"""The language of `when`: what a question may ask about the facts of a case.

Five forms are left once the loader has taken the sugar away: a fact that has one of some values, a fact that is
recorded, and *all*, *any*, *not*. There is no arithmetic and no comparison of facts with each other; whatever
needs those is a fact or a clock with a name. What a condition means is said in `meaning`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from omi_rules.errors import Fault, nearest, show
from omi_rules.source import KEY, Document, Steps

Value = str | int | bool


@dataclass(frozen=True)
class In:
    """The fact has one of the values; not recorded if the fact is not."""

    fact: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Recorded:
    """The fact is on record, whatever it is. Never undecided."""

    fact: str


@dataclass(frozen=True)
class AllOf:
    """Every part holds; with no parts it holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = In | Recorded | AllOf | AnyOf | Not

ALWAYS = AllOf(())

OTHER = "another text"
"""Stands for an open text that is recorded; no condition can ask what it says."""


Values = Mapping[str, tuple[Value, ...]]
"""Every fact with the values it can have, lowest first; a text has none and can only be recorded or not."""


BROKEN: tuple[Value, ...] = ("its own faults are told",)
"""Stands for the values of a fact that could not be read: whatever is asked of it is passed over."""


def facts_of(condition: Condition) -> Iterator[str]:
    """The facts a condition asks about, in order, with repeats."""
    match condition:
        case In(fact) | Recorded(fact):
            yield fact
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from facts_of(part)
        case Not(part):
            yield from facts_of(part)


def parse(raw: Any, facts: Values, document: Document, path: Steps, faults: list[Fault]) -> Condition:
    """A condition from its YAML form; what is wrong with it is added to `faults`.

    `path` is where `raw` stands in `document`.
    """
    if not isinstance(raw, dict) or not raw:
        what = f"{show(raw)} is not a condition" if raw else "a condition is wanted here"
        faults.append(document.fault(path, what, "write `{fact: value}`"))
        return ALWAYS
    parts = [_entry(key, value, facts, document, (*path, key), faults) for key, value in raw.items()]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _entry(key: str, raw: Any, facts: Values, document: Document, path: Steps, faults: list[Fault]) -> Condition:
    if key in ("all", "any"):
        if not isinstance(raw, list) or not raw:
            faults.append(document.fault(path, f"`{key}` wants a list of conditions"))
            return ALWAYS
        parts = tuple(parse(part, facts, document, (*path, i), faults) for i, part in enumerate(raw))
        return AllOf(parts) if key == "all" else AnyOf(parts)
    if key == "not":
        return Not(parse(raw, facts, document, path, faults))
    if key not in facts:
        hint = nearest(key, [*facts, "all", "any", "not"])
        faults.append(document.fault((*path, KEY), f"`{show(key)}` is not a fact", hint))
        return ALWAYS
    return ALWAYS if facts[key] is BROKEN else _leaf(key, raw, facts[key], document, path, faults)


def _leaf(
    fact: str, raw: Any, values: tuple[Value, ...], document: Document, path: Steps, faults: list[Fault]
) -> Condition:
    if isinstance(raw, list) or (isinstance(raw, dict) and len(raw) != 1):
        hint = "write `{fact: {one_of: [...]}}`" if isinstance(raw, list) else "join two with `all`"
        faults.append(document.fault(path, f"one value or one test of `{fact}` is wanted here", hint))
        return ALWAYS
    test, wanted = next(iter(raw.items())) if isinstance(raw, dict) else ("is", raw)
    where = (*path, test) if isinstance(raw, dict) else path

    def known(value: Any, at: Steps) -> bool:
        if any(value == v and type(value) is type(v) for v in values):
            return True
        hint = nearest(value, values) if values else "a text can only be asked whether it is `{recorded: true}`"
        faults.append(document.fault(at, f"{show(value)} is not a value of `{fact}`", hint))
        return False

    match test:
        case "is" if known(wanted, where):
            return In(fact, (wanted,))
        case "one_of" if isinstance(wanted, list) and wanted:
            right = [known(value, (*where, i)) for i, value in enumerate(wanted)]  # every wrong one is reported
            if all(right):
                return In(fact, tuple(v for v in values if v in wanted))
        case "at_least" if known(wanted, where):
            return In(fact, values[values.index(wanted) :])
        case "at_most" if known(wanted, where):
            return In(fact, values[: values.index(wanted) + 1])
        case "recorded" if isinstance(wanted, bool):
            return Recorded(fact) if wanted else Not(Recorded(fact))
        case "is" | "at_least" | "at_most":
            pass
        case "one_of":
            if not isinstance(wanted, list) or not wanted:
                faults.append(document.fault(where, "a list of values is wanted here", "write `{one_of: [...]}`"))
        case "recorded":
            faults.append(document.fault(where, f"{show(wanted)}, where true or false is wanted"))
        case _:
            tests = ("is", "one_of", "at_least", "at_most", "recorded")
            faults.append(
                document.fault((*where, KEY), f"`{show(test)}` is not a test of a fact", nearest(test, tests))
            )
    return ALWAYS


def words(condition: Condition) -> str:
    """A condition as a reader would say it.

    >>> words(AllOf((In("flags.ppo", (True,)), Not(In("sentence.kind", ("licence",))))))
    'flags.ppo is true and not (sentence.kind is licence)'
    """
    match condition:
        case In(fact, values):
            return f"{fact} is {' or '.join(show(v) for v in values)}"
        case Recorded(fact):
            return f"{fact} is recorded"
        case AllOf(()):
            return "always"
        case AllOf(parts):
            return " and ".join(_grouped(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_grouped(part) for part in parts)
        case Not(part):
            return f"not ({words(part)})"


def _grouped(condition: Condition) -> str:
    return f"({words(condition)})" if isinstance(condition, (AllOf, AnyOf)) else words(condition)
