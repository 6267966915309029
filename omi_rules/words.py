"""Strengths, areas for improvement and recommendations of a sample: which sentences are drafted, and in what order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from omi_rules.drafting import Recommendation, Shortfall
from omi_rules.exact import percent
from omi_rules.rules import Criterion, Question
from omi_rules.scoring.scores import Scores
from omi_rules.sentences import (
    Kind,
    ScoreSentence,
    Sentence,
    base_of,
    drafting_of,
    score_bases,
    score_sentence,
    sentence,
    title_of,
)

Bases = Mapping[tuple[str, str], int]
"""Cases on which criteria and threads rest, by level and name."""


@dataclass(frozen=True)
class Figure:
    """A question of which only the figures are given: how many cases are above the line, and of how many."""

    question: str
    n: int
    of: int
    percent: int


@dataclass(frozen=True)
class CriterionWords:
    """What is drafted on a criterion. Every scored question of it is in exactly one of the six."""

    criterion: str
    title: str
    strengths: tuple[Sentence, ...]
    """The highest share first, then the larger base, then the order of the questions."""
    improvements: tuple[Sentence, ...]
    """The lowest share of good cases first, then as strengths."""
    few: tuple[Sentence, ...]
    """On few cases, in the order of the questions."""
    between: tuple[Figure, ...]
    """Neither strengths nor areas for improvement."""
    unworded: tuple[Figure, ...]
    """Questions for which the ruleset has no words."""
    unasked: tuple[str, ...]
    """Questions without a relevant case."""


@dataclass(frozen=True)
class Recommended:
    """A recommendation with the sentences that call for it."""

    name: str
    text: str
    reasons: tuple[Sentence | ScoreSentence, ...]
    source: str
    """What document it rests on; empty where it is the ruleset's own."""
    ours: str


@dataclass(frozen=True)
class TooFew:
    """A score that falls short and calls for nothing, as it rests on few cases."""

    level: str
    """``criterion`` or ``thread``."""
    name: str
    title: str
    percent: int
    cases: int


@dataclass(frozen=True)
class Draft:
    """Everything drafted on a sample."""

    note: str
    few_below: int
    """A base of fewer cases is too small to conclude anything."""
    criteria: tuple[CriterionWords, ...]
    recommendations: tuple[Recommended, ...]
    cases: int
    """Cases in the sample."""
    too_few: tuple[TooFew, ...]
    """What would be a reason for a recommendation on more cases, in the order of the criteria, threads last."""


def draft(scores: Scores) -> Draft | None:
    """Everything that the templates of the ruleset say of a sample; None if it has none."""
    rules = scores.ruleset.head.words
    if rules is None:
        return None
    return Draft(
        note=rules.note,
        few_below=rules.few_cases.below,
        criteria=tuple(criterion_words(scores, criterion) for criterion in scores.ruleset.criteria),
        recommendations=tuple(recommendations(scores)),
        cases=scores.tally.cases,
        too_few=tuple(too_few(scores)),
    )


def criterion_words(scores: Scores, criterion: Criterion) -> CriterionWords:
    """The strengths and areas for improvement of a criterion."""
    rules = drafting_of(scores.ruleset)
    strengths, improvements, few, between, unworded, unasked = [], [], [], [], [], []
    for question in (one for one in criterion.questions if not one.context):
        n, of = base_of(scores, question)
        share = percent(n, of)
        if share is None:
            unasked.append(question.id)
        elif question.words is None:
            unworded.append(Figure(question.id, n, of, share))
        elif of < rules.few_cases.below:
            short = share < rules.improvement.below
            few.append(sentence(scores, question, Kind.IMPROVEMENT if short else Kind.STRENGTH))
        elif share >= rules.strength.from_:
            strengths.append(sentence(scores, question, Kind.STRENGTH))
        elif share < rules.improvement.below:
            improvements.append(sentence(scores, question, Kind.IMPROVEMENT))
        else:
            between.append(Figure(question.id, n, of, share))
    return CriterionWords(
        criterion=criterion.criterion,
        title=criterion.title,
        strengths=_strongest_first(strengths),
        improvements=_strongest_first(improvements),
        few=tuple(few),
        between=tuple(between),
        unworded=tuple(unworded),
        unasked=tuple(unasked),
    )


def _strongest_first(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """By the share each counts, by the base, and else as they stand."""
    return tuple(sorted(sentences, key=lambda one: (-Fraction(one.n, one.of), -one.of)))


def recommendations(scores: Scores) -> Iterator[Recommended]:
    """What the scores call for, in the order of the ruleset."""
    bases = score_bases(scores)
    for one in scores.ruleset.head.recommendations:
        needed = [_found(shortfall, scores, bases) for shortfall in one.all or ()]
        possible = [_found(shortfall, scores, bases) for shortfall in one.any or ()]
        if all(needed) and (any(possible) or not one.any):
            reasons = [reason for reason in (*needed, *possible) if reason is not None]
            source = scores.ruleset.citation(one.source) if one.source else ""
            yield Recommended(one.name, one.text, _once([*reasons, *_figures(one, scores)]), source, one.ours)


def _once(reasons: Sequence[Sentence | ScoreSentence]) -> tuple[Sentence | ScoreSentence, ...]:
    return tuple({reason.template: reason for reason in reasons}.values())


def _figures(one: Recommendation, scores: Scores) -> Iterator[Sentence]:
    """What falls short of the questions given beside, on few cases too."""
    for name in one.figures:
        question = scores.ruleset.questions[name]
        share = percent(*base_of(scores, question))
        if share is not None and share < drafting_of(scores.ruleset).improvement.below:
            yield sentence(scores, question, Kind.IMPROVEMENT)


def too_few(scores: Scores) -> Iterator[TooFew]:
    """The scores that recommendations look at, that fall short, and that rest on few cases."""
    bases, few = score_bases(scores), drafting_of(scores.ruleset).few_cases.below
    looked_at = [each for one in scores.ruleset.head.recommendations for each in (*(one.all or ()), *(one.any or ()))]
    short = {each.of: found for each in looked_at if (found := _short_score(each, scores)) is not None}
    for (level, name), cases in bases.items():
        if (level, name) in short and cases < few:
            found = short[level, name]
            yield TooFew(level, name, title_of(scores.ruleset, level, name), found.percent, cases)


def _found(shortfall: Shortfall, scores: Scores, bases: Bases) -> Sentence | ScoreSentence | None:
    """The sentence of a shortfall, if it is one in this sample and does not rest on few cases."""
    kind, name = shortfall.of
    if kind == "question":
        return _short_question(scores.ruleset.questions[name], shortfall.below, scores)
    few = bases[kind, name] < drafting_of(scores.ruleset).few_cases.below
    return None if few else _short_score(shortfall, scores)


def _short_score(shortfall: Shortfall, scores: Scores) -> ScoreSentence | None:
    """The sentence of a criterion or thread that falls short, on however few cases; None of a question."""
    kind, name = shortfall.of
    if kind == "question":
        return None
    below = scores.line_of_priority if shortfall.below is None else shortfall.below
    found = scores.criteria[name] if kind == "criterion" else scores.threads[name]
    if found.rounded is None or found.rounded >= below:
        return None
    return score_sentence(kind, name, found.rounded, below, scores.ruleset)


def _short_question(question: Question, below: int | None, scores: Scores) -> Sentence | None:
    rules = drafting_of(scores.ruleset)
    n, of = base_of(scores, question)
    share = percent(n, of)
    limit = rules.improvement.below if below is None else below
    if share is None or of < rules.few_cases.below or share >= limit:
        return None
    return sentence(scores, question, Kind.IMPROVEMENT)
