"""The places in a case record that a column may go to, by what the rows of its table are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from omi_rules.records import Reader
from omi_rules.vocabulary import Vocabulary, Word


class Rows(StrEnum):
    """What the rows of a table may be."""

    CASE = "case"
    EVENTS = "events"
    HISTORY = "history"
    LIST = "list"
    FLAGS = "flags"
    ANSWERS = "answers"


NEEDED = {
    Rows.CASE: (),
    Rows.EVENTS: ("type", "on"),
    Rows.HISTORY: ("level", "from"),
    Rows.LIST: ("value",),
    Rows.FLAGS: ("flag", "value"),
    Rows.ANSWERS: ("question", "answer"),
}
"""The parts that a row must say, be it by a column or a constant."""

DATED_BY = {Rows.EVENTS: "on", Rows.HISTORY: "from"}
"""The date by which the entries of a list are put in order."""

YES_NO = Word(type="yes_no")


@dataclass(frozen=True)
class Target:
    """One such place."""

    name: str
    """As a mapping writes it."""
    word: Word
    """What may stand there."""
    steps: tuple[str, ...]
    """The keys that lead to it, from the record or the entry."""
    event: str = ""
    """The type of event of which alone it is an attribute."""
    member: str = ""
    """The value of the list at `steps` that is in it if the column says yes."""


def kind_of(rows: str, vocabulary: Vocabulary) -> Rows | None:
    """What the rows of a table are, by the word the mapping uses."""
    if rows in vocabulary.histories:
        return Rows.HISTORY
    if rows in vocabulary.fields and vocabulary.fields[rows].type == "set":
        return Rows.LIST
    return Rows(rows) if rows in (Rows.CASE, Rows.EVENTS, Rows.FLAGS, Rows.ANSWERS) else None


def kinds(vocabulary: Vocabulary) -> list[str]:
    """Every word for what rows are."""
    lists = [path for path, word in vocabulary.fields.items() if word.type == "set"]
    return ["case", "events", "answers", "flags", *vocabulary.histories, *lists]


def targets(rows: str, reader: Reader) -> Mapping[str, Target]:
    """Every place for the columns of a table, by name."""
    words = reader.vocabulary
    match kind_of(rows, words):
        case Rows.CASE:
            found: Iterable[Target] = _of_case(reader)
        case Rows.EVENTS:
            found = _of_event(words)
        case Rows.HISTORY:
            found = (_plain("level", words.histories[rows]), _plain("from", Word(type="date")))
        case Rows.LIST:
            found = (_plain("value", _choice(words.fields[rows].one_of)),)
        case Rows.FLAGS:
            found = (_plain("flag", _choice(words.flags)), _plain("value", YES_NO))
        case Rows.ANSWERS:
            found = (_plain("question", _choice(reader.questions)), _plain("answer", _choice(reader.answers)))
        case None:
            found = ()
    return {target.name: target for target in found}


def _plain(name: str, word: Word) -> Target:
    return Target(name, word, (name,))


def _choice(values: Iterable[str]) -> Word:
    return Word(type="choice", one_of=tuple(values))


def _of_case(reader: Reader) -> Iterator[Target]:
    words, answers = reader.vocabulary, _choice(reader.answers)
    for path, word in words.fields.items():
        steps = tuple(path.split("."))
        yield Target(path, word, steps)
        for value in word.one_of if word.type == "set" else ():
            yield Target(f"{path}.{value}", YES_NO, steps, member=value)
    for name in words.flags:
        yield Target(f"flags.{name}", YES_NO, ("flags", name))
    for question in reader.questions:
        yield Target(f"answers.{question}", answers, ("answers", question))


def _of_event(words: Vocabulary) -> Iterator[Target]:
    yield _plain("type", _choice(words.events))
    yield _plain("on", Word(type="date"))
    for name in words.attributes:
        kinds = {event: kind.attributes[name] for event, kind in words.events.items() if name in kind.attributes}
        yield _plain(name, _any_of(list(kinds.values())))
        for event, word in kinds.items():
            yield Target(f"{event}.{name}", word, (name,), event=event)


def _any_of(words: list[Word]) -> Word:
    """What fits any of some words of one type. That it fits the event at hand is seen when the record is checked."""
    first = words[0]
    if first.type == "choice":
        return _choice(dict.fromkeys(value for word in words for value in word.one_of))
    if first.type == "integer":
        lowest, highest = min(word.from_ or 0 for word in words), max(word.to or 0 for word in words)
        return Word(type="integer", from_=lowest, to=highest, or_more=any(word.or_more for word in words))
    return first
