"""What a ruleset says of its words, for people to read: sentences of a question, hedges, what is recommended when."""

from __future__ import annotations

from omi_rules.drafting import Drafting, Recommendation, Shortfall
from omi_rules.leadership import Rule
from omi_rules.reports.text import table
from omi_rules.rules import Question
from omi_rules.ruleset import Ruleset


def sentences(ruleset: Ruleset, question: Question) -> list[str]:
    """The part of a question's page on its words; nothing where it has none."""
    rules, words = ruleset.head.words, question.words
    if rules is None or words is None:
        return []
    named = rules.frames.case.replace("{cases}", words.cases or rules.cases)
    strength, improvement = named.replace("{clause}", words.strength), named.replace("{clause}", words.improvement)
    return [
        "## Words",
        "",
        f"- As a strength, from {rules.strength.from_}%: {strength}",
        f"- As an area for improvement, under {rules.improvement.below}%: {improvement}",
        "",
    ]


def words_page(ruleset: Ruleset) -> str:
    """The frames, thresholds, hedges and recommendations of a ruleset that has words."""
    head = ruleset.head
    if head.words is None:
        return ""
    lines = ["# Words: how scores are put into sentences", "", "Generated from the rule files; do not edit.", ""]
    lines += [head.words.note, "", "## What is listed as what", "", *_listed(ruleset, head.words), ""]
    lines += ["## Sentences", "", *_sentences(head.words), "", "## Hedges", ""]
    lines += ["The words for a share, by the percentage that is printed: from the one given up to the one before.", ""]
    lines += ["The first is used only where it is every case, the last only where it is none.", ""]
    lines += table(["from", "words", "source"], [[f"{h.from_}%", h.words, source_of(ruleset, h)] for h in head.hedges])
    lines += ["", "## Recommendations", "", "In this order, each with the sentences on what was found.", ""]
    rows = [[one.text, _when(one), ", ".join(one.figures), source_of(ruleset, one)] for one in head.recommendations]
    lines += table(["recommended", "where these fall short", "with, where they do", "source"], rows)
    return "\n".join(lines) + "\n"


def _listed(ruleset: Ruleset, words: Drafting) -> list[str]:
    strong, weak, few = words.strength, words.improvement, words.few_cases
    rows = [
        ["a strength", f"{strong.from_}% or more of its cases above the line", source_of(ruleset, strong)],
        ["an area for improvement", f"fewer than {weak.below}% of its cases above the line", source_of(ruleset, weak)],
        ["few cases", f"fewer than {few.below} relevant cases", source_of(ruleset, few)],
    ]
    return table(["", "a question with", "source"], rows)


def _sentences(words: Drafting) -> list[str]:
    frames = words.frames
    rows = [["a question", frames.case], ["a question on few cases", frames.few]]
    rows += [["a question on a single case, which is counted", frames.one]] if frames.one else []
    rows += [["a criterion that falls short", frames.criterion], ["a thread that falls short", frames.thread]]
    return table(["on", "sentence"], rows)


def _when(one: Recommendation) -> str:
    every = " and ".join(_shortfall(each) for each in one.all or ())
    some = ", ".join(_shortfall(each) for each in one.any or ())
    any_ = f"any of {some}" if len(one.any or ()) > 1 else some
    return f"{every}; {any_}" if every and any_ else every or any_


def _shortfall(found: Shortfall) -> str:
    kind, name = found.of
    limit = "" if found.below is None else f" under {found.below}%"
    return f"{'' if kind == 'question' else f'{kind} '}{name}{limit}"


def source_of(ruleset: Ruleset, rule: Rule) -> str:
    """Where a rule comes from: a document, the ruleset's own reason, or both."""
    parts = [ruleset.citation(rule.source)] if rule.source else []
    return "; ".join([*parts, *([f"ours: {rule.ours}"] if rule.ours else [])])
