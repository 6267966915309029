"""Grades of section 4: the general grade that the ruleset's rule makes of the specific ones, beside the inspectors'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omi_rules.inspection.record import GeneralEvidence, SpecificEvidence
from omi_rules.leadership import Aggregate, GeneralCriterion, Leadership, Specific


@dataclass(frozen=True)
class SpecificGrade:
    """A specific criterion with what an assessor found of it."""

    criterion: Specific
    grade: int | None
    """None: not graded."""
    strengths: tuple[str, ...]
    improvements: tuple[str, ...]


@dataclass(frozen=True)
class GeneralGrade:
    """A general criterion. Grades are numbers, 0 the lowest; `word` and its like give the ruleset's words."""

    rules: Leadership
    criterion: GeneralCriterion
    specific: tuple[SpecificGrade, ...]
    computed: int | None
    """By the ruleset's rule, from the specific criteria that are graded; None if none is."""
    bounds: tuple[int, int] | None
    """What the rule would make if those not graded had the lowest grade, and the highest; None if none is graded."""
    capped: bool
    """Whether the rule's cap brought the computed grade down."""
    own: int | None
    """The inspectors' own general grade, if they gave one."""
    reason: str
    """Why they gave it."""

    @property
    def grade(self) -> int | None:
        """The grade that Table 1 shows: the inspectors' own, or else the computed one."""
        return self.computed if self.own is None else self.own

    @property
    def word(self) -> str:
        """That grade in words; empty if there is none."""
        return self.in_words(self.grade)

    @property
    def differs(self) -> bool:
        """Whether the inspectors' own grade and the computed one are two."""
        return self.own is not None and self.computed is not None and self.own != self.computed

    @property
    def graded(self) -> int:
        """How many of the specific criteria are graded."""
        return sum(one.grade is not None for one in self.specific)

    def in_words(self, grade: int | None) -> str:
        """A grade in words; empty for none."""
        return "" if grade is None else self.rules.grade(grade)


def aggregate(grades: Sequence[int], rules: Leadership) -> tuple[int, bool]:
    """The general grade of at least one specific grade, and whether the cap brought it down."""
    taken = _taken(grades, rules.aggregate)
    cap = rules.aggregate.cap
    if cap is None:
        return taken, False
    words = rules.grades.lowest_first
    most = words.index(cap.at_most)
    capped = min(grades) <= words.index(cap.if_any) and taken > most
    return (most if capped else taken), capped


def _taken(grades: Sequence[int], rule: Aggregate) -> int:
    ordered = sorted(grades)
    match rule.take:
        case "lowest":
            return ordered[0]
        case "lower_middle":
            return ordered[(len(ordered) - 1) // 2]
        case "upper_middle":
            return ordered[len(ordered) // 2]


def general_grades(recorded: Mapping[str, GeneralEvidence], rules: Leadership) -> tuple[GeneralGrade, ...]:
    """Every general criterion of the ruleset in its order, whether or not anything is recorded of it."""
    return tuple(_general(one, recorded.get(one.criterion, GeneralEvidence()), rules) for one in rules.general)


def _general(criterion: GeneralCriterion, evidence: GeneralEvidence, rules: Leadership) -> GeneralGrade:
    specific = tuple(_specific(one, evidence.specific.get(one.id, SpecificEvidence())) for one in criterion.specific)
    given = [one.grade for one in specific if one.grade is not None]
    words = rules.grades.lowest_first
    computed, capped = aggregate(given, rules) if given else (None, False)
    bounds = None
    if given:
        missing = len(specific) - len(given)
        low, high = (aggregate([*given, *[end] * missing], rules)[0] for end in (0, len(words) - 1))
        bounds = (low, high)
    return GeneralGrade(
        rules=rules,
        criterion=criterion,
        specific=specific,
        computed=computed,
        bounds=bounds,
        capped=capped,
        own=None if evidence.grade is None else words.index(evidence.grade),
        reason=evidence.reason,
    )


def _specific(criterion: Specific, evidence: SpecificEvidence) -> SpecificGrade:
    return SpecificGrade(criterion, evidence.grade, evidence.strengths, evidence.improvements)
