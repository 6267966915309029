"""Drafted strengths, areas for improvement and recommendations: for the terminal, as Markdown and as JSON writes them.

Every sentence stands with the question it is about. Rich is imported only where it is used, as the other formats do
not need it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from omi_rules.reports.text import cell, number_of
from omi_rules.sentences import ScoreSentence, Sentence
from omi_rules.words import CriterionWords, Draft, Figure, Recommended, TooFew

if TYPE_CHECKING:
    from rich.console import RenderableType

TITLE = "Strengths and areas for improvement"
RECOMMENDATIONS = "Recommendations"
NONE = "None."


def lists(found: CriterionWords, few_below: int) -> Iterator[tuple[str, Sequence[Sentence]]]:
    """The lists of a criterion with their headings; the last only where it has something."""
    yield "Strengths", found.strengths
    yield "Areas for improvement", found.improvements
    if found.few:
        yield f"On fewer than {few_below} cases, from which nothing is concluded", found.few


def rest(found: CriterionWords) -> Iterator[str]:
    """What the lists leave out, so that every scored question is somewhere."""
    if found.between:
        yield f"Neither: {', '.join(figure(one) for one in found.between)}."
    if found.unworded:
        yield f"Without words in the rules: {', '.join(figure(one) for one in found.unworded)}."
    if found.unasked:
        yield f"Asked of no case: {', '.join(found.unasked)}."


def held_back(found: Draft) -> Iterator[str]:
    """That a sample, or some of its scores, rests on too few cases for recommendations; nothing where none does."""
    few = f"on fewer than {found.few_below} nothing is concluded"
    if found.cases < found.few_below:
        yield f"The sample is too small for recommendations: {number_of(found.cases, 'case')}, and {few}."
    elif found.too_few:
        shown = "; ".join(f"{_score(one)} {one.percent}% on {number_of(one.cases, 'case')}" for one in found.too_few)
        yield f"Too few cases for a recommendation, as {few}: {shown}."


def _score(found: TooFew) -> str:
    return f"{found.name} {found.title}" if found.level == "criterion" else f"the {found.title} thread"


def figure(found: Figure) -> str:
    """A question by its numbers."""
    return f"{found.question} {found.n} of {found.of} ({found.percent}%)"


def about(found: Sentence | ScoreSentence) -> str:
    """The question of a sentence; empty for a criterion or thread, which the sentence itself names."""
    return found.question if isinstance(found, Sentence) else ""


def rests_on(found: Recommended) -> str:
    """Where a recommendation comes from: a document, the ruleset's own reason, or both."""
    return "; ".join([*([found.source] if found.source else []), *([f"ours: {found.ours}"] if found.ours else [])])


# JSON


def words_object(found: Draft) -> dict[str, Any]:
    """The draft as JSON writes it."""
    return {
        "note": found.note,
        "few_below": found.few_below,
        "criteria": {
            one.criterion: {
                "title": one.title,
                "strengths": [sentence_object(each) for each in one.strengths],
                "improvements": [sentence_object(each) for each in one.improvements],
                "few": [sentence_object(each) for each in one.few],
                "between": [vars(each) for each in one.between],
                "unworded": [vars(each) for each in one.unworded],
                "unasked": list(one.unasked),
            }
            for one in found.criteria
        },
        "recommendations": [
            {
                "name": one.name,
                "text": one.text,
                "reasons": [sentence_object(each) for each in one.reasons],
                "source": one.source or None,
                "ours": one.ours or None,
            }
            for one in found.recommendations
        ],
        "too_few": [vars(one) for one in found.too_few],
        "held_back": list(held_back(found)),
    }


def sentence_object(found: Sentence | ScoreSentence) -> dict[str, Any]:
    """A sentence with everything by which it is traced."""
    made = {key: str(value) if key in ("kind", "outcome") else value for key, value in vars(found).items()}
    return {**made, "template": found.template}


# Markdown


def words_markdown(found: Draft) -> list[str]:
    """The draft as lines of a Markdown page, with headings of the second and third level."""
    lines = [f"## {TITLE}", "", cell(found.note)]
    for one in found.criteria:
        lines += ["", f"### {one.criterion} {cell(one.title)}"]
        for heading, sentences in lists(one, found.few_below):
            shown = [f"- {_line(each)}" for each in sentences]
            lines += ["", f"{heading}:" if shown else f"{heading}: none.", *([""] if shown else []), *shown]
        lines += [line for text in rest(one) for line in ("", cell(text))]
    lines += ["", f"## {RECOMMENDATIONS}", ""]
    lines += [line for text in held_back(found) for line in (cell(text), "")]
    for number, recommended in enumerate(found.recommendations, start=1):
        lines.append(f"{number}. {cell(recommended.text)} ({cell(rests_on(recommended))})")
        lines += [f"    - {_line(each)}" for each in recommended.reasons]
    return lines if found.recommendations or found.cases < found.few_below else [*lines, NONE]


def _line(found: Sentence | ScoreSentence) -> str:
    return cell(found.text) + (f" ({about(found)})" if about(found) else "")


# Rich


def words_rich(found: Draft) -> list[RenderableType]:
    """The draft as parts of a report for the terminal."""
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = [Text(TITLE, style="bold"), Text(found.note, style="dim"), Text("")]
    for one in found.criteria:
        parts.append(Text(f"{one.criterion} {one.title}", style="bold"))
        for heading, sentences in lists(one, found.few_below):
            parts.append(Text(f"{heading}{'' if sentences else ': none'}"))
            parts += [_table(sentences)] if sentences else []
        parts += [Padding(Text(text, style="dim"), (0, 0, 0, 2)) for text in rest(one)]
        parts.append(Text(""))
    parts.append(Text(RECOMMENDATIONS, style="bold"))
    parts += [Text(text) for text in held_back(found)]
    for number, recommended in enumerate(found.recommendations, start=1):
        parts.append(Text(f"{number}. {recommended.text}"))
        parts.append(Padding(Text(rests_on(recommended), style="dim"), (0, 0, 0, 3)))
        parts.append(_table(recommended.reasons))
    none = not found.recommendations and found.cases >= found.few_below
    return [*parts, *([Text(NONE)] if none else []), Text("")]


def _table(sentences: Sequence[Sentence | ScoreSentence]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for one in sentences:
        table.add_row("", Text(about(one), style="dim"), Text(one.text))
    return table
