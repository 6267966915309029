"""Whether the words of a ruleset fit together: frames, hedges, thresholds, clauses of questions, recommendations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from omi_rules.drafting import Drafting
from omi_rules.errors import Fault, nearest, show
from omi_rules.naming import WITHIN, Names
from omi_rules.rules import Clock, Criterion, Question, awaits, limit_of
from omi_rules.ruleset import Head
from omi_rules.source import KEY, Document, Steps

PUT_IN: Mapping[str, tuple[str, ...]] = {
    "case": ("hedge", "cases", "n", "N", "percent", "clause", "untold"),
    "few": ("cases", "n", "N", "clause", "untold"),
    "one": ("cases", "n", "N", "clause", "untold"),
    "criterion": ("criterion", "title", "percent", "below"),
    "thread": ("title", "percent", "below"),
}
"""What each frame may put in (`sentences.py`)."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "case": ("n", "N", "percent", "clause"),
    "few": ("n", "N", "clause"),
    "one": ("n", "N", "clause"),
    "criterion": ("criterion", "percent"),
    "thread": ("title", "percent"),
}
"""What each frame has to put in: no percentage without the numbers it is made of."""

Files = Mapping[str, tuple[Criterion, Document]]
Clocks = Mapping[str, Clock | None]


def of_drafting(files: Files, names: Names, clocks: Clocks, *, whole: bool) -> list[Fault]:
    """What is wrong with the words of a ruleset.

    `names` is that of its head; `whole` says that no file is left out, so that what is not found does not exist.
    """
    names = replace(names, faults=[])
    head, document = names.head, names.document
    if head.words is None:
        names.faults.extend(_of_no_words(files, head, document))
    else:
        _check_frames(head.words, names)
        names.faults.extend([*_of_thresholds(head.words, document), *_of_hedges(head, document)])
    for i, hedge in enumerate(head.hedges):
        names.source(hedge.source, "hedges", i)
    _check_recommendations(names)
    names.faults.extend(_of_recommended(files, head, document) if whole else ())
    for criterion, file in files.values():
        for i, question in enumerate(criterion.questions):
            _check_question(question, replace(names, document=file, path=("questions", i)), clocks)
    return names.faults


def _of_no_words(files: Files, head: Head, document: Document) -> Iterator[Fault]:
    """Parts that are of no use without `words`: one fault for all questions, as one thing is missing."""
    for part in ("hedges", "recommendations"):
        if getattr(head, part):
            yield document.fault((part,), f"`{part}` without `words`, which has the sentences they are put in")
    worded = [q.id for criterion, _ in files.values() for q in criterion.questions if q.words is not None]
    if worded:
        what = f"`words` is missing: the sentences that the words of {show(worded[0])} and others complete"
        yield document.fault((), what, "write `words`, or take those of the questions away")


def _check_frames(words: Drafting, names: Names) -> None:
    for key in ("strength", "improvement", "few_cases"):
        names.source(getattr(words, key).source, "words", key)
    for key, allowed in PUT_IN.items():
        text, path = getattr(words.frames, key), ("words", "frames", key)
        if key == "one" and not text:
            continue
        names.sentence(text, allowed, *path)
        names.faults.extend(_of_left_out(text, key, names.document, path))
        names.faults.extend(_of_text(text, names.document, path, sentence=True))
    names.faults.extend(_of_text(words.cases, names.document, ("words", "cases")))


def _of_left_out(text: str, key: str, document: Document, path: Steps) -> Iterator[Fault]:
    misspelt = [nearest(word, PUT_IN[key]) for word in re.findall(r"\{(\w+)\}", text) if word not in PUT_IN[key]]
    for word in NEEDED[key]:
        if f"{{{word}}}" not in _always(text) and f"did you mean `{word}`?" not in misspelt:
            yield document.fault(path, f"a sentence without `{{{word}}}`")


def _of_text(text: str, document: Document, path: Steps, *, sentence: bool = False) -> Iterator[Fault]:
    """A clause goes into a sentence, which has the capital and the full stop."""
    if not text.strip():
        yield document.fault(path, "an empty text")
    elif sentence and not text.endswith("."):
        yield document.fault(path, "a sentence without a full stop at its end")
    elif not sentence and text.endswith((".", ",", ";", ":")):
        yield document.fault(path, f"a `{text[-1]}` at the end of a part of a sentence", "take it away")
    if "  " in text or text != text.strip():
        yield document.fault(path, "a blank too many")


def _of_thresholds(words: Drafting, document: Document) -> Iterator[Fault]:
    strong, weak = words.strength.from_, words.improvement.below
    if strong < weak:
        what = f"a question at {strong}% would be a strength and, under {weak}%, an area for improvement"
        yield document.fault(("words", "strength", "from"), what, f"write {weak} or more")


def _of_hedges(head: Head, document: Document) -> Iterator[Fault]:
    if not head.hedges:
        yield document.fault((), "`hedges` is missing: the words for shares, from 100 down to 0")
        return
    if head.hedges[0].from_ != 100:
        what = f"{head.hedges[0].from_}, where the first hedge is from 100: the word for all"
        yield document.fault(("hedges", 0, "from"), what)
    if head.hedges[-1].from_ != 0:
        what = f"{head.hedges[-1].from_}, where the last hedge is from 0: the word for none"
        yield document.fault(("hedges", len(head.hedges) - 1, "from"), what)
    before = 101
    for i, hedge in enumerate(head.hedges):
        if hedge.from_ >= before:
            yield document.fault(("hedges", i, "from"), f"{hedge.from_} after {before}: hedges go down from 100 to 0")
        before = hedge.from_
        yield from _of_text(hedge.words, document, ("hedges", i, "words"))


def _check_recommendations(names: Names) -> None:
    seen: list[str] = []
    for i, one in enumerate(names.head.recommendations):
        path: Steps = ("recommendations", i)
        names.source(one.source, *path)
        names.sentence(one.text, (), *path, "text")
        names.faults.extend(_of_text(one.text, names.document, (*path, "text"), sentence=True))
        if one.name in seen:
            what = f"`{show(one.name)}` is the name of a recommendation above"
            names.faults.append(names.document.fault((*path, "name"), what))
        seen.append(one.name)


def _of_recommended(files: Files, head: Head, document: Document) -> Iterator[Fault]:
    """Criteria, threads and questions that recommendations name and that do not exist, or have no words for it."""
    questions = {q.id: q for criterion, _ in files.values() for q in criterion.questions if not q.context}
    criteria = [criterion.criterion for criterion, _ in files.values()]
    known = {"criterion": criteria, "thread": list(head.threads), "question": list(questions)}
    for i, one in enumerate(head.recommendations):
        named: list[tuple[Steps, str, str]] = [(("figures", j), "question", name) for j, name in enumerate(one.figures)]
        for part, shortfalls in (("all", one.all), ("any", one.any)):
            named += [((part, j, short.of[0]), *short.of) for j, short in enumerate(shortfalls or ())]
        for at, kind, name in named:
            path = ("recommendations", i, *at)
            if name not in known[kind]:
                what = f"`{show(name)}` is not a {'scored question' if kind == 'question' else kind}"
                yield document.fault(path, what, nearest(name, known[kind]))
            elif kind == "question" and questions[name].words is None:
                hint = "write `words:` with `strength` and `improvement` for it"
                yield document.fault(path, f"`{show(name)}` has no words in which the reason could be given", hint)


def _check_question(question: Question, names: Names, clocks: Clocks) -> None:
    words = question.words
    if words is None or names.head.words is None:
        return
    if question.context:
        what = "a context measure is not scored, so it is never a strength or an area for improvement"
        names.faults.append(names.document.fault((*names.path, "words", KEY), what, "take `words` away"))
        return
    given = {"strength": words.strength, "improvement": words.improvement, "cases": words.cases}
    for key, text in given.items():
        if text or key != "cases":
            _check_clause(text, key, names, clocks.get(str(question.decided_by)))


def _check_clause(text: str, key: str, names: Names, clock: Clock | None) -> None:
    path = (*names.path, "words", key)
    names.sentence(text, WITHIN if clock is not None and limit_of(clock) is not None else (), "words", key)
    names.faults.extend(_of_text(text, names.document, path))
    if clock is not None and awaits(clock) and "{within}" in _always(text):
        what = f"`{{within}}` is empty, as the clock awaits its number: {show(awaits(clock))}"
        hint = "put the part that needs it in [square brackets]"
        names.faults.append(names.document.fault(path, what, hint))


def _always(template: str) -> str:
    """A template without the parts that may be left out."""
    return re.sub(r"\[[^\[\]]*\]", "", template)
