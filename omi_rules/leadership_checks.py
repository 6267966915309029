"""Whether the parts of section 4 fit together: its grades, criteria, decision, dates and sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from omi_rules.errors import Fault, nearest, show
from omi_rules.forms import key_of
from omi_rules.leadership import INSPECTION, Leadership
from omi_rules.naming import Names
from omi_rules.rules import Source
from omi_rules.ruleset import Head
from omi_rules.source import Document, Steps
from omi_rules.vocabulary import Vocabulary

_BY_NUMBER = ("thread", "score", "below")
_BY_PRECEDENT = ("thread", "score", "precedent", "area", "source")
SAID: Mapping[str, tuple[str, ...]] = {
    "under": _BY_NUMBER,
    "not_under": _BY_NUMBER,
    "as_followed_up": _BY_PRECEDENT,
    "as_not_followed_up": _BY_PRECEDENT,
    "open": ("thread", "score"),
    "no_score": ("thread",),
}
"""What each sentence of the decision may put in."""


def of_leadership(made: Leadership, head: Head, words: Vocabulary, document: Document) -> list[Fault]:
    """What is wrong with section 4."""
    faults: list[Fault] = []
    names = Names(words, head, {}, document, (), faults)
    for path, source in _sources(made, ()):
        names.source(source, *path[:-1])
    for key, allowed in SAID.items():
        names.sentence(getattr(made.follow_up.says, key), allowed, "follow_up", "says", key)
    faults += [*_of_grades(made, document), *_of_criteria(made, head, document), *_of_follow_up(made, head, document)]
    return [*faults, *_of_dates(made, document)]


def _sources(value: object, path: Steps) -> Iterator[tuple[Steps, Source]]:
    """Every source in a form, with its path."""
    if isinstance(value, Source):
        yield path, value
    elif isinstance(value, tuple):
        for i, one in enumerate(value):
            yield from _sources(one, (*path, i))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _sources(one, (*path, key))
    elif is_dataclass(value):
        for one in fields(value):
            yield from _sources(getattr(value, one.name), (*path, key_of(one.name)))


def _of_grades(made: Leadership, document: Document) -> Iterator[Fault]:
    grades, cap = made.grades.lowest_first, made.aggregate.cap
    if len(grades) < 2:
        yield document.fault(("grades", "lowest_first"), "at least two grades are wanted")
    for i, grade in enumerate(grades):
        if grade in grades[:i]:
            yield document.fault(("grades", "lowest_first", i), f"the grade `{show(grade)}` stands twice")
    for key, grade in (("if_any", cap.if_any), ("at_most", cap.at_most)) if cap else ():
        if grade not in grades:
            what = f"`{show(grade)}` is not a grade"
            yield document.fault(("aggregate", "cap", key), what, nearest(grade, grades))


def _of_criteria(made: Leadership, head: Head, document: Document) -> Iterator[Fault]:
    if made.section in head.sections:
        yield document.fault(("section",), f"section {show(made.section)} is one of those that are scored from cases")
    seen: set[str] = set()
    for i, general in enumerate(made.general):
        yield from _of_id(general.criterion, made.section, seen, ("general", i, "criterion"), document)
        for j, specific in enumerate(general.specific):
            yield from _of_id(specific.id, general.criterion, seen, ("general", i, "specific", j, "id"), document)


def _of_id(name: str, around: str, seen: set[str], path: Steps, document: Document) -> Iterator[Fault]:
    if name in seen:
        yield document.fault(path, f"`{show(name)}` stands above already")
    elif not re.fullmatch(re.escape(around) + r"\.\w+", name, re.ASCII):
        what = f"`{show(name)}` does not belong to {show(around)}"
        yield document.fault(path, what, f"it begins with {show(around)}, a point, and letters or digits after it")
    seen.add(name)


def _of_follow_up(made: Leadership, head: Head, document: Document) -> Iterator[Fault]:
    rule = made.follow_up
    if rule.thread not in head.threads:
        what = f"`{show(rule.thread)}` is not a thread"
        yield document.fault(("follow_up", "thread"), what, nearest(rule.thread, head.threads))
    spared = min((one.score for one in rule.precedents if not one.follow_up), default=101)
    for i, one in enumerate(rule.precedents):
        if one.follow_up and one.score >= spared:
            what = f"a follow-up at {one.score}, and none at {spared}: such precedents say nothing together"
            yield document.fault(("follow_up", "precedents", i), what)


def _of_dates(made: Leadership, document: Document) -> Iterator[Fault]:
    """A step runs from the inspection or from a step above it, so that none can run from itself."""
    above = [INSPECTION]
    for name, step in made.dates.items():
        if step.after not in above:
            hint = nearest(step.after, above)
            yield document.fault(
                ("dates", name, "after"), f"`{show(step.after)}` is neither `{INSPECTION}` nor a date above", hint
            )
        above.append(name)
    if INSPECTION in made.dates:
        yield document.fault(("dates", INSPECTION), f"`{INSPECTION}` is the day that the others run from")
