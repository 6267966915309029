"""What a change of rules changes on a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Move:
    """Findings on one question that go from one outcome and reason to another."""

    question: str
    before: str
    after: str
    cases: tuple[str, ...]


@dataclass(frozen=True)
class ScoreChange:
    """A score before and after."""

    name: str
    before: float | None
    after: float | None
    verdict: str
    """What becomes of the verdict, where it turns."""

    @property
    def by(self) -> float | None:
        """Points up or down."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Impact:
    """Two rulesets on one sample."""

    old: str
    new: str
    cases: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    moves: tuple[Move, ...]
    scores: tuple[ScoreChange, ...]

    @property
    def changed(self) -> int:
        """Number of findings that change."""
        return sum(len(move.cases) for move in self.moves)


def to_object(impact: Impact) -> dict[str, Any]:
    """An impact as JSON writes it."""
    return {
        "old": impact.old,
        "new": impact.new,
        "cases": impact.cases,
        "changed": impact.changed,
        "questions_added": list(impact.added),
        "questions_removed": list(impact.removed),
        "findings": [{**vars(move), "cases": list(move.cases)} for move in impact.moves],
        "scores": [{**vars(change), "by": change.by} for change in impact.scores],
    }
