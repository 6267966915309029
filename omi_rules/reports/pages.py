"""A page for each question, and their index: what the rule files say, for people to read."""

from __future__ import annotations

from collections.abc import Mapping

from omi_rules.conditions import facts_of, words
from omi_rules.errors import show
from omi_rules.reports.text import table
from omi_rules.reports.words_page import sentences, words_page
from omi_rules.rules import Question, awaits, limit_of
from omi_rules.ruleset import Ruleset
from omi_rules.wording import required


def place(source: Mapping[str, str]) -> str:
    """A source in one line."""
    return " ".join(part for part in (source["document"], source["section"], source["item"]) if part)


def marks(question: Question) -> str:
    """What is special about a question."""
    found = ["summary question"] if question.summary else []
    found += ["counted, not scored"] if question.context else []
    return ", ".join([*found, *(f"thread {thread}" for thread in question.threads)])


def index(ruleset: Ruleset) -> str:
    """Every question, by criterion."""
    lines = [f"# {ruleset.head.title}: the questions", "", "Generated from the rule files; do not edit.", ""]
    lines += ["[How scores are put into words](words.md).", ""] if ruleset.head.words else []
    for criterion in ruleset.criteria:
        lines += [f"## {criterion.criterion} {criterion.title}", "", criterion.aim, ""]
        rows = [[q.id, q.question, q.asked_of, ruleset.decider(q), marks(q)] for q in criterion.questions]
        lines += [*table(["id", "question", "asked of", "decided by", "marks"], rows), ""]
    return "\n".join(lines)


def page(ruleset: Ruleset, question: Question) -> str:
    """One question with everything that decides it."""
    criterion = ruleset.criterion_of[question.id]
    lines = [
        f"# {question.id} {question.question}",
        "",
        f"Criterion {criterion.criterion} {criterion.title}. Ruleset {ruleset.head.id} {ruleset.head.version}.",
        *([f"{marks(question).capitalize()}."] if marks(question) else []),
        "",
        "## Asked of",
        "",
        f"{question.asked_of[:1].upper()}{question.asked_of[1:]}.",
    ]
    if list(facts_of(question.when)):
        lines += ["", f"When `{words(question.when)}`, where", ""]
        lines += [f"- `{name}`: {ruleset.facts[name].means}" for name in dict.fromkeys(facts_of(question.when))]
    lines += ["", "## Decided by", "", *_decision(ruleset, question), "", "## Source", ""]
    source = question.source
    lines += [f"{ruleset.head.sources[source.document]}, {source.section}, {source.item}.".replace(", ,", ","), ""]
    lines += sentences(ruleset, question)
    if question.examples:
        lines += ["## Examples", "", "Each starts from the ruleset's `example_case` and is run as a test.", ""]
        lines += table(
            ["example", "case", "expected"], [[e.name, _flow(e.case), _flow(e.expect)] for e in question.examples]
        )
        lines.append("")
    return "\n".join(lines)


def _decision(ruleset: Ruleset, question: Question) -> list[str]:
    if question.decided_by is None:
        return ["The assessor's answer."]
    clock = ruleset.clocks[question.decided_by]
    if why := awaits(clock):
        return [
            f"The assessor's answer, until a number is set for the clock `{question.decided_by}`: {why}.",
            "",
            f'For instance `--set {question.id}.within="15 working days"`.',
        ]
    text = required(clock)
    lines = [f"The clock `{question.decided_by}`: {text}. The assessor's answer where it cannot tell."]
    limit = limit_of(clock)
    if isinstance(limit, tuple) and len(limit) > 1:
        lines += ["", *(f"- {dated.value}{f' from {dated.from_}' if dated.from_ else ''}" for dated in limit)]
    return lines


def _flow(value: object) -> str:
    """A value in the flow style of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return show(value)


def all_pages(ruleset: Ruleset) -> dict[str, str]:
    """Every page by file name, the index among them."""
    return {
        "index.md": index(ruleset),
        **({"words.md": words_page(ruleset)} if ruleset.head.words else {}),
        **{f"{question.id}.md": page(ruleset, question) for question in ruleset.questions.values()},
    }
