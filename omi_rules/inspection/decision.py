"""The decision on a focused follow-up inspection, as far as a number or a precedent carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from omi_rules.inspection.record import OwnDecision
from omi_rules.leadership import FollowUp, Leadership, Precedent
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.scores import Score, Scores
from omi_rules.wording import fill

Basis = Literal["number", "precedent", "nothing", "no score"]
"""What the decision rests on: a number that was set, another inspection, or nothing that any source gives."""


@dataclass(frozen=True)
class Decision:
    """Whether a follow-up is held by the rules, and by the inspectors; and what falls under the line of priority."""

    thread: str
    title: str
    """Of the thread."""
    score: Score | None
    """The thread's score; None without a sample."""
    follow_up: bool | None
    """None: neither a number nor a precedent tells."""
    basis: Basis
    below: int | None
    """The number that was set: a rounded score under it leads to a follow-up."""
    precedent: Precedent | None
    """The precedent that carries the decision, if one does."""
    sentence: str
    """The decision in the ruleset's words."""
    own: OwnDecision | None
    """What the inspectors decided, if it is recorded."""
    priorities: tuple[str, ...]
    """Criteria whose score is under the line of priority, in their order."""

    @property
    def held(self) -> bool | None:
        """What stands: the inspectors' own decision, or else that of the rules."""
        return self.follow_up if self.own is None else self.own.held

    @property
    def differs(self) -> bool:
        """Whether the inspectors decided other than the rules."""
        return None not in (self.own, self.follow_up) and self.own is not None and self.own.held != self.follow_up


def decide(rules: Leadership, ruleset: Ruleset, scores: Scores | None, own: OwnDecision | None) -> Decision:
    """The decision on some scores, if there are any."""
    rule = rules.follow_up
    score = scores.threads[rule.thread] if scores else None
    rounded = score.rounded if score else None
    below = ruleset.follow_up_below
    follow_up, basis, precedent = _carried(rule, rounded, below)
    found = scores.criteria.items() if scores else ()
    return Decision(
        thread=rule.thread,
        title=ruleset.head.threads[rule.thread].title,
        score=score,
        follow_up=follow_up,
        basis=basis,
        below=below,
        precedent=precedent,
        sentence=_sentence(rule, ruleset, rounded, follow_up, basis, below, precedent),
        own=own,
        priorities=tuple(name for name, one in found if one.verdict == "priority"),
    )


def _carried(rule: FollowUp, rounded: int | None, below: int | None) -> tuple[bool | None, Basis, Precedent | None]:
    """The decision, what it rests on, and the precedent if it is one.

    A precedent speaks for its own score and for those beyond it: none was held at it, so none is at a higher score;
    one was held at it, so one is at a lower.
    """
    if rounded is None:
        return None, "no score", None
    if below is not None:
        return rounded < below, "number", None
    for one in sorted(rule.precedents, key=lambda one: abs(one.score - rounded)):  # the nearest that speaks
        if rounded <= one.score if one.follow_up else rounded >= one.score:
            return one.follow_up, "precedent", one
    return None, "nothing", None


def _sentence(
    rule: FollowUp,
    ruleset: Ruleset,
    rounded: int | None,
    follow_up: bool | None,
    basis: Basis,
    below: int | None,
    precedent: Precedent | None,
) -> str:
    says = rule.says
    template = {
        "number": says.under if follow_up else says.not_under,
        "precedent": says.as_followed_up if follow_up else says.as_not_followed_up,
        "nothing": says.open,
        "no score": says.no_score,
    }[basis]
    source = precedent.source if precedent else None
    words = {
        "thread": ruleset.head.threads[rule.thread].title,
        "score": "" if rounded is None else str(rounded),
        "below": "" if below is None else str(below),
        "precedent": str(precedent.score) if precedent else "",
        "area": precedent.area if precedent else "",
        "source": ruleset.citation(source) if source else precedent.ours if precedent else "",
    }
    return fill(template, words)
