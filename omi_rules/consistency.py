"""Whether the parts of a ruleset fit together: its words, its head, its moments, its criteria."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from omi_rules.errors import Fault, nearest, show
from omi_rules.meaning import Basis, Computed, Outcome, Reason
from omi_rules.naming import Names
from omi_rules.rules import KINDS, Clock, Criterion, ForcedMoment, LatestMoment, Moment, Question, ReachMoment
from omi_rules.ruleset import Head
from omi_rules.source import KEY, Document, Steps
from omi_rules.vocabulary import Vocabulary

NEEDED = {
    "case_id": "text",
    "assessed_on": "date",
    "sentence.kind": "choice",
    "sentence.sentenced_on": "date",
}
"""The fields that every record has (docs/contract.md, section 1), with their types."""

RESERVED = ("flags", "events", "answers")
"""Parts of every record that are no fields."""

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
_PLAIN = "letters, digits and _ are wanted, a letter first"

SAID = (
    *("requires", "Requires", "question", "asked_of", "answer", "due", "done", "late", "overdue"),
    *("found", "missing", "ended", "facts", "source", "as_of", "asked"),
)
"""What the sentences of a ruleset may put in (`wording.message`)."""

EXPECTED: Mapping[str, tuple[str, ...]] = {
    "outcome": tuple(map(str, Outcome)),
    "reason": tuple(map(str, Reason)),
    "basis": tuple(map(str, Basis)),
    "due": (),
    "done": (),
    "days_late": (),
    "disagrees": (),
}
"""The parts of a finding that an example may expect, with their values where those are few."""


def of_words(words: Vocabulary, document: Document) -> Iterator[Fault]:
    """What is wrong with a vocabulary."""
    for path, type_ in NEEDED.items():
        word = words.fields.get(path)
        if word is None:
            hint = f"write `{path}: {{type: {type_}, required: true, ...}}`"
            yield document.fault(("fields",), f"every record has `{path}`, and it is missing here", hint)
        elif word.type != type_ or not word.required:
            yield document.fault(("fields", path), f"`{path}` wants `type: {type_}` and `required: true`")
    ended = words.fields.get("sentence.ended_on")
    if ended and ended.type != "date":
        yield document.fault(("fields", "sentence.ended_on", "type"), "`sentence.ended_on` wants `type: date`")
    paths = [*(("fields", path) for path in words.fields), *(("histories", path) for path in words.histories)]
    for i, (part, path) in enumerate(paths):
        yield from _of_path((part, path), [other for _, other in paths[:i]], document)
    for path, word in words.histories.items():
        if word.type not in ("choice", "integer"):
            yield document.fault(("histories", path, "type"), "a history is of choices or integers")
    names = [("flags", name) for name in words.flags]
    for name, kind in words.events.items():
        names.append(("events", name))
        for key, word in kind.attributes.items():
            at: Steps = ("events", name, "attributes", key)
            if key in ("type", "on"):
                yield document.fault((*at, KEY), f"every event has `{key}`: an attribute wants another name")
            elif not _NAME.fullmatch(key):
                yield document.fault((*at, KEY), f"`{show(key)}` cannot be a name", _PLAIN)
            elif word.type == "set":
                yield document.fault((*at, "type"), "an attribute cannot be a set")
            elif word.type != words.attribute_types[key]:
                what = f"`{key}` is of type {word.type} here, and of type {words.attribute_types[key]} in another event"
                yield document.fault((*at, "type"), what)
    for name_at in names:
        if not _NAME.fullmatch(name_at[1]):
            yield document.fault((*name_at, KEY), f"`{show(name_at[1])}` cannot be a name", _PLAIN)


def _of_path(at: tuple[str, str], before: Iterable[str], document: Document) -> Iterator[Fault]:
    path = at[1]
    if not all(_NAME.fullmatch(step) for step in path.split(".")):
        yield document.fault((*at, KEY), f"`{show(path)}` cannot be the path of a field", "write `group.name`")
    elif path.split(".")[0] in RESERVED:
        yield document.fault((*at, KEY), f"`{path.split('.')[0]}` is a part of its own in every record")
    for other in before:
        if other == path:
            yield document.fault((*at, KEY), f"`{path}` is also the name of a field")
        elif f"{other}.".startswith(f"{path}.") or f"{path}.".startswith(f"{other}."):
            yield document.fault((*at, KEY), f"`{path}` and `{other}` cannot both be: one stands inside the other")


def of_head(head: Head, words: Vocabulary, document: Document) -> Iterator[Fault]:
    """What is wrong with the head of a ruleset."""
    faults: list[Fault] = []
    names = Names(words, head, {}, document, (), faults)
    wanted = [*map(str, Reason), str(Computed.ENDED)]
    kinds = ("clock", "exists", *KINDS.values())
    for key, text in head.messages.items():
        reason, _, kind = key.partition(".")
        if key in wanted or (reason in wanted and kind in kinds):
            names.sentence(text, SAID, "messages", key)
        else:
            yield document.fault(("messages", key, KEY), f"`{show(key)}` is not a reason", nearest(key, wanted))
    misspelt = [nearest(key, wanted) for key in head.messages if key not in wanted]
    for key in wanted:
        if key not in head.messages and f"did you mean `{key}`?" not in misspelt:
            yield document.fault(("messages",), f"no sentence for the reason `{key}`")
    scale = [(side, i, w) for side in ("above", "below", "outside") for i, w in enumerate(getattr(head.answers, side))]
    for place, (side, i, word) in enumerate(scale):
        if word in [other for *_, other in scale[:place]]:
            yield document.fault(("answers", side, i), f"the answer `{show(word)}` stands twice")
    for name, thread in head.threads.items():
        for i, section in enumerate(thread.sections):
            if section not in head.sections:
                what = f"`{show(section)}` is not a section"
                yield document.fault(("threads", name, "sections", i), what, nearest(section, head.sections))
    if head.scoring.individual + head.scoring.summary != 100:
        yield document.fault(("scoring",), "`individual` and `summary` do not make 100 together")
    if head.in_force.to and head.in_force.to < head.in_force.from_:
        yield document.fault(("in_force", "to"), "the ruleset is out of force before it comes into it")
    for name, path in head.breakdowns.items():
        if path not in words.fields:
            yield document.fault(("breakdowns", name), f"`{show(path)}` is not a field", nearest(path, words.fields))
    names.source(head.scoring.source, "scoring")
    names.source(head.line_of_priority.source, "line_of_priority")
    yield from faults


def of_moments(moments: Mapping[str, Moment | None], document: Document) -> Iterator[Fault]:
    """Moments that are counted from each other, round in a circle."""
    for name in moments:
        met = [name]
        while (since := _since(moments.get(met[-1]))) and since not in met:
            met.append(since)
        if since == name:
            what = f"`{name}` is counted from itself: {' from '.join([*met, name])}"
            yield document.fault(("moments", name, KEY), what, "one of them has to run from a date field")


def _since(moment: Moment | None) -> str | None:
    match moment:
        case LatestMoment():
            return moment.since
        case ReachMoment():
            return moment.reaches.since
        case ForcedMoment():
            return moment.forced_by.since
    return None


def of_criteria(
    files: Mapping[str, tuple[Criterion, Document]], names: Names, clocks: Mapping[str, Clock | None]
) -> Iterator[Fault]:
    """What is wrong between criteria, and in their questions."""
    criteria: dict[str, str] = {}
    questions: dict[str, str] = {}
    for name, (criterion, document) in files.items():
        at: Steps = ("criterion",)
        if criterion.section not in names.head.sections:
            what = (
                f"criterion {show(criterion.criterion)} belongs to no section: there is no section {criterion.section}"
            )
            yield document.fault(at, what, nearest(criterion.section, names.head.sections))
        if criterion.criterion in criteria:
            yield document.fault(at, f"criterion {criterion.criterion} stands in {criteria[criterion.criterion]} too")
        criteria.setdefault(criterion.criterion, name)
        summaries = [question.id for question in criterion.questions if question.summary]
        for i, question in enumerate(criterion.questions):
            path: Steps = ("questions", i)
            if question.id in questions:
                where = "above" if questions[question.id] == name else f"in {questions[question.id]}"
                yield document.fault((*path, "id"), f"`{show(question.id)}` is the id of a question {where} already")
            elif not re.fullmatch(re.escape(criterion.criterion) + r"\.\w+", question.id, re.ASCII):
                what = f"`{show(question.id)}` is not an id of criterion {criterion.criterion}"
                yield document.fault((*path, "id"), what, f"ids look like {criterion.criterion}.q01")
            questions.setdefault(question.id, name)
            if question.summary and question.id != summaries[0]:
                what = f"a second summary question: {summaries[0]} is the summary question of this criterion"
                yield document.fault((*path, "summary"), what)
            yield from _of_question(question, document, path, names, clocks)


def _of_question(
    question: Question, document: Document, path: Steps, names: Names, clocks: Mapping[str, Clock | None]
) -> Iterator[Fault]:
    if question.decided_by and question.decided_by not in clocks:
        what = f"`{show(question.decided_by)}` is not a clock"
        yield document.fault((*path, "decided_by"), what, nearest(question.decided_by, clocks, "see clocks.yaml"))
    if question.context and question.summary:
        yield document.fault((*path, "context"), "a context measure is not scored: it cannot be the summary question")
    for j, thread in enumerate(question.threads):
        if thread not in names.head.threads:
            hint = nearest(thread, names.head.threads)
            yield document.fault((*path, "threads", j), f"`{show(thread)}` is not a thread", hint)
    faults: list[Fault] = []
    Names(names.vocabulary, names.head, {}, document, path, faults).source(question.source)
    yield from faults
    for j, example in enumerate(question.examples):
        at: Steps = (*path, "examples", j, "expect")
        if not example.expect:
            yield document.fault(at, "an example that expects nothing")
        for key, value in example.expect.items():
            if key not in EXPECTED:
                what = f"`{show(key)}` is not a part of a finding that can be expected"
                yield document.fault((*at, key, KEY), what, nearest(key, EXPECTED))
            elif EXPECTED[key] and value not in EXPECTED[key]:
                what = f"{show(value)} is not {'an' if key == 'outcome' else 'a'} {key}"
                yield document.fault((*at, key), what, nearest(value, EXPECTED[key]))
