"""Whether what a ruleset says of samples fits its words and moments."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from omi_rules.errors import Fault, nearest, show
from omi_rules.leadership import Rule
from omi_rules.naming import Names
from omi_rules.ruleset import Head
from omi_rules.sample_rules import EVERYONE, SIZE, SUPERVISION, Membership, SampleRules, Words, plain_word
from omi_rules.source import KEY, Document, Steps
from omi_rules.vocabulary import Vocabulary


def of_sample(
    rules: SampleRules, head: Head, words: Vocabulary, moments: Collection[str], document: Document
) -> list[Fault]:
    """What is wrong with the rules for samples."""
    faults: list[Fault] = []
    names = Names(words, head, {}, document, (), faults)
    for path, rule in _rules(rules):
        names.source(rule.source, *path)
    time = rules.supervision
    if time and time.since not in moments:
        what = f"`{show(time.since)}` is not a moment"
        faults.append(document.fault((SUPERVISION, "since"), what, nearest(time.since, moments)))
    for path, rule in _rules(rules):
        if isinstance(rule, Membership) and rule.words:
            faults += _of_words(rule.words, words, (*path, "words"), document)
    for name, limit in rules.limits.items():
        faults += _of_field(limit.field, words, ("limits", name, "field"), document)
    return [*faults, *_of_names(rules, document)]


def _rules(rules: SampleRules) -> Iterator[tuple[Steps, Rule]]:
    """Every requirement with its path."""
    for part in (SIZE, SUPERVISION):
        if rule := getattr(rules, part):
            yield (part,), rule
    for part in ("groups", "portions", "limits"):
        for name, rule in getattr(rules, part).items():
            yield (part, name), rule


def _of_words(made: Words, words: Vocabulary, path: Steps, document: Document) -> Iterator[Fault]:
    yield from _of_field(made.field, words, (*path, "field"), document)
    seen: set[str] = set()
    for side in ("inside", "outside"):
        for i, word in enumerate(getattr(made, side)):
            if plain_word(word) in seen:
                yield document.fault((*path, side, i), f"`{show(word)}` stands twice")
            seen.add(plain_word(word))


def _of_field(path: str, words: Vocabulary, at: Steps, document: Document) -> Iterator[Fault]:
    texts = [name for name, word in words.fields.items() if word.type == "text"]
    if path not in texts:
        yield document.fault(at, f"`{show(path)}` is not a text of a record", nearest(path, texts))


def _of_names(rules: SampleRules, document: Document) -> Iterator[Fault]:
    """A name is part of what can be set, so it stands for one thing."""
    seen = [SIZE, SUPERVISION, EVERYONE]
    for path, _ in _rules(rules):
        if len(path) < 2:
            continue
        name = str(path[-1])
        if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            what = f"`{show(name)}` cannot be a name"
            yield document.fault((*path, KEY), what, "letters, digits and _ are wanted, a letter first")
        elif name in seen:
            yield document.fault((*path, KEY), f"`{show(name)}` stands for something else already")
        seen.append(name)
