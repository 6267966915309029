"""``omi-check rules``: what the rules say, whether they hold together, and the schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omi_rules.commands import say
from omi_rules.engine import Engine
from omi_rules.engine.reference import Reference
from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.examples import merged, misses
from omi_rules.loading import load
from omi_rules.output import write
from omi_rules.reports import pages
from omi_rules.reports.text import to_csv, to_json
from omi_rules.rule_text import read_yaml
from omi_rules.rules import Question, awaits
from omi_rules.ruleset import Ruleset, with_settings
from omi_rules.shelf import find
from omi_rules.source import Document, Steps, read_text


def listed(ruleset: Ruleset, question: Question) -> dict[str, Any]:
    """An entry of the list of rules (docs/contract.md, section 4)."""
    made: dict[str, Any] = {
        "id": question.id,
        "question": question.question,
        "criterion": ruleset.criterion_of[question.id].criterion,
        "asked_of": question.asked_of,
        "summary": question.summary,
        "threads": list(question.threads),
        "source": {
            "document": question.source.document,
            "section": question.source.section,
            "item": question.source.item,
        },
        "decided_by": ruleset.decider(question),
    }
    if question.decided_by and awaits(ruleset.clocks[question.decided_by]):
        made["awaits"] = f"{question.id}.within"
    if question.context:
        made["context"] = True
    return made


def _worded(question: Question) -> dict[str, Any]:
    return {"words": vars(question.words)} if question.words else {}


def list_rules(
    name: str, settings: Mapping[str, str], format_: str, to: Path | None, width: int, *, colour: bool
) -> int:
    """Every entry of a ruleset; the exit code. Raises `Refused`."""
    ruleset = with_settings(load(find(name)), settings)
    entries = [listed(ruleset, question) for question in ruleset.questions.values()]
    if format_ == "json":
        made = to_json(entries)
    elif format_ == "csv":
        made = to_csv(
            [
                {
                    **e,
                    "threads": " ".join(e["threads"]),
                    "source": pages.place(e["source"]),
                    "awaits": e.get("awaits"),
                    "context": e.get("context", False),
                }
                for e in entries
            ]
        )
    elif format_ == "md":
        made = pages.index(ruleset)
    else:
        from omi_rules.reports.terminal import rules_rich

        made = rules_rich(ruleset, width=width, colour=colour)
    write(made, to)
    return 0


def show_rule(
    name: str, settings: Mapping[str, str], question: str, format_: str, to: Path | None, width: int, *, colour: bool
) -> int:
    """One question with everything that decides it; the exit code. Raises `Refused`."""
    ruleset = with_settings(load(find(name)), settings)
    if question not in ruleset.questions:
        raise Refused(
            [
                Fault(
                    file=show(question),
                    what="not a question of this ruleset",
                    hint=nearest(question, ruleset.questions, "`omi-check rules list` shows them"),
                )
            ]
        )
    asked = ruleset.questions[question]
    if format_ == "json":
        made = to_json({**listed(ruleset, asked), **_worded(asked)})
    elif format_ == "md":
        made = pages.page(ruleset, asked)
    else:
        from omi_rules.reports.terminal import page_rich

        made = page_rich(pages.page(ruleset, asked), width=width, colour=colour)
    write(made, to)
    return 0


def lint(name: str) -> int:
    """Load a ruleset and try its examples on every engine that can be had; the exit code.

    Raises:
        Refused: the faults of the files, or the examples that come out otherwise.
    """
    folder = find(name)
    ruleset = load(folder)
    engines: list[Engine] = [Reference()]
    try:
        from omi_rules.engine.rete import Rete

        engines.append(Rete())
    except ImportError:
        say("note: durable-rules cannot be imported; the examples are tried on the reference only")
    faults = _missed(folder, ruleset, engines)
    if faults:
        raise Refused(faults)
    unworded = [question.id for question in ruleset.scored if ruleset.head.words and question.words is None]
    if unworded:
        say(f"note: no `words` for {', '.join(unworded)}: reports give figures and no sentence")
    tried = sum(len(question.examples) for question in ruleset.questions.values())
    named = " and ".join(engine.name for engine in engines)
    counted = f"{len(ruleset.questions)} questions, {tried} examples tried on {named}"
    write(f"{ruleset.head.id} {ruleset.head.version}: {counted}: no fault\n", None)
    return 0


def _missed(folder: Path, ruleset: Ruleset, engines: Sequence[Engine]) -> list[Fault]:
    """The examples that are no cases, or come out otherwise, each at its place."""
    documents = [read_yaml(read_text(path), str(path)) for path in sorted(folder.glob("*.yaml"))]
    places: dict[str, tuple[Document, Steps]] = {}
    for document in documents:
        if "example_case" in document.data:
            base = document.part(("example_case",), document.data["example_case"])
        for i, question in enumerate(document.data.get("questions", ())):
            places[question["id"]] = (document, ("questions", i, "examples"))
    faults = _no_case(ruleset, base)
    found: dict[tuple[str, int, str], list[str]] = {}
    for engine in engines:
        for miss in () if faults else misses(ruleset, engine):
            found.setdefault((miss.question.id, miss.position, miss.what), []).append(engine.name)
    for (question, i, what), names in found.items():
        document, path = places[question]
        example = ruleset.questions[question].examples[i]
        part = document.part((*path, i, "case"), merged(ruleset.head.example_case, example.case))
        hint = f"example `{show(example.name)}` of {question}"
        who = "" if len(names) == len(engines) else f"judged by {' and '.join(names)}: "
        faults += _no_case(ruleset, part) or [document.fault((*path, i, "expect"), f"{who}{what}", hint)]
    return faults


def _no_case(ruleset: Ruleset, case: Document) -> list[Fault]:
    try:
        ruleset.reader.check(case)
    except Refused as refused:
        return list(refused.faults)
    return []


def schema(name: str, which: str, to: Path | None) -> int:
    """The JSON Schema of a case record or of the files of a ruleset; the exit code. Raises `Refused`."""
    from omi_rules.schemas import case_schema, inspection_schema, ruleset_schema

    whole = {"ruleset": ruleset_schema, "inspection": inspection_schema}
    made = case_schema(load(find(name))) if which == "case" else whole[which]()
    write(to_json(made), to)
    return 0
