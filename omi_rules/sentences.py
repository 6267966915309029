"""One sentence: on a question of a sample, or on a score, put together from the ruleset's templates.

Every number in it is a count of the tally or the whole percentage (halves up) that it makes, and it names its question
and outcome, by which its cases are found (`case_ids`, or the rows of a findings file).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from omi_rules.drafting import Drafting, Hedge
from omi_rules.errors import Defect
from omi_rules.exact import percent
from omi_rules.findings import OUTCOMES, Findings
from omi_rules.meaning import Outcome
from omi_rules.rules import Question, Words
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.scores import Model, Scores
from omi_rules.wording import allowed, fill


class Kind(StrEnum):
    """What a sentence is about: the cases of a question above the line or below it, or a score."""

    STRENGTH = "strength"
    IMPROVEMENT = "improvement"
    SCORE = "score"


COUNTED = {Kind.STRENGTH: Outcome.SUFFICIENT, Kind.IMPROVEMENT: Outcome.NOT_SUFFICIENT}
"""The outcome whose cases a sentence counts."""


@dataclass(frozen=True)
class Sentence:
    """A sentence on a question of a sample."""

    text: str
    kind: Kind
    question: str
    criterion: str
    template: str
    """The clause it was made with, as in ``2.2.q01.improvement``."""
    outcome: Outcome
    """The outcome of the cases it counts."""
    n: int
    of: int
    """Relevant cases."""
    percent: int
    untold: int
    """How many more cases could not be told, and are not in `of`."""
    few: bool
    """Whether the base is too small to conclude anything."""


@dataclass(frozen=True)
class ScoreSentence:
    """A sentence on a criterion or thread whose score is too low."""

    text: str
    level: str
    """``criterion`` or ``thread``."""
    name: str
    percent: int
    below: int
    kind: Kind = Kind.SCORE

    @property
    def template(self) -> str:
        """The frame it was made with, and of what: as in ``criterion.1.2``."""
        return f"{self.level}.{self.name}"


def sentence(scores: Scores, question: Question, kind: Kind) -> Sentence:
    """The sentence on a question that has a relevant case, on the cases above the line or on those below it."""
    rules, words = drafting_of(scores.ruleset), _words(question)
    found = scores.questions[question.id]
    n, of, untold = found.counts[COUNTED[kind]], found.relevant, found.counts[Outcome.NOT_EVIDENCED]
    share = percent(n, of)
    if share is None:
        raise Defect(f"{question.id} has no relevant case to word")
    few = of < rules.few_cases.below
    clock = scores.ruleset.clock_of(question)
    within = {"within": allowed(clock) if clock else ""}
    frames = rules.frames
    only = frames.one if n == of == 1 else ""
    given = {
        "hedge": hedge(scores.ruleset.head.hedges, n, of),
        "cases": fill(words.cases or rules.cases, within),
        "n": str(n),
        "N": str(of),
        "percent": str(share),
        "clause": fill(words.strength if kind is Kind.STRENGTH else words.improvement, within),
        "untold": str(untold) if untold else "",
    }
    return Sentence(
        text=fill((only or frames.few) if few else frames.case, given),
        kind=kind,
        question=question.id,
        criterion=scores.ruleset.criterion_of[question.id].criterion,
        template=f"{question.id}.{kind}",
        outcome=COUNTED[kind],
        n=n,
        of=of,
        percent=share,
        untold=untold,
        few=few,
    )


def hedge(hedges: Sequence[Hedge], n: int, of: int) -> str:
    """The words for a share: by the percentage that is printed, but all and none only where it is all and none.

    >>> table = [Hedge(from_=100, words="all", ours="x"), Hedge(from_=1, words="some", ours="x")]
    >>> hedge([*table, Hedge(from_=0, words="no", ours="x")], 999, 1000)
    'some'
    """
    printed = percent(n, of)
    if printed is None:
        raise Defect("a share of no case has no words")
    share = 100 if n == of else 0 if n == 0 else min(max(printed, 1), 99)
    return next(one.words for one in hedges if share >= one.from_)


def score_sentence(level: str, name: str, rounded: int, below: int, ruleset: Ruleset) -> ScoreSentence:
    """The sentence on a criterion or thread whose rounded score is under a percentage."""
    frame: str = getattr(drafting_of(ruleset).frames, level)
    given = {"criterion": name, "title": title_of(ruleset, level, name), "percent": str(rounded), "below": str(below)}
    return ScoreSentence(fill(frame, given), level, name, rounded, below)


def title_of(ruleset: Ruleset, level: str, name: str) -> str:
    """The title of a criterion or thread."""
    if level == "thread":
        return ruleset.head.threads[name].title
    return next(criterion.title for criterion in ruleset.criteria if criterion.criterion == name)


def case_ids(findings: Findings, sentence: Sentence) -> list[str]:
    """The cases of a batch that a sentence counts, in the order of the batch."""
    outcomes = findings.outcomes(findings.ruleset.questions[sentence.question])
    rows = np.flatnonzero(outcomes == OUTCOMES.index(sentence.outcome))
    return [findings.case_ids[row] for row in rows]


def base_of(scores: Scores, question: Question) -> tuple[int, int]:
    """How many cases are above the line on a question, and of how many."""
    found = scores.questions[question.id]
    return found.counts[Outcome.SUFFICIENT], found.relevant


def score_bases(scores: Scores) -> Mapping[tuple[str, str], int]:
    """On how many cases each criterion and thread rests, at least, by ``criterion`` or ``thread`` and its name.

    Cases are counted by the block of the tally they fall in, and some may share one: never fewer than one of its
    questions was asked of.
    """
    model = Model(scores.ruleset)
    criteria, _, threads = model.bases(scores.tally)
    asked = [scores.questions[name].relevant for name in model.place]
    places = {c: [*model.individual[c], *([] if s is None else [s])] for c, s in model.summary.items()}
    found = {("criterion", name): (places[name], n) for name, n in zip(model.criteria, criteria, strict=True)}
    found |= {("thread", name): (model.threads[name], n) for name, n in zip(model.threads, threads, strict=True)}
    return {key: max([n, *(asked[place] for place in inside)]) for key, (inside, n) in found.items()}


def drafting_of(ruleset: Ruleset) -> Drafting:
    """How sentences are drafted by a ruleset that says so."""
    if ruleset.head.words is None:
        raise Defect(f"{ruleset.head.id} has no words")
    return ruleset.head.words


def _words(question: Question) -> Words:
    if question.words is None:
        raise Defect(f"{question.id} has no words")
    return question.words
