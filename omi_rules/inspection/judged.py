"""An inspection with everything that is judged of it: what reports are made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from omi_rules.inspection.dates import DueDate, due_dates
from omi_rules.inspection.decision import Decision, decide
from omi_rules.inspection.grades import GeneralGrade, general_grades
from omi_rules.inspection.questionnaires import Response, responses
from omi_rules.inspection.reading import section_4
from omi_rules.inspection.record import Inspection
from omi_rules.inspection.targets import JudgedTarget, judged_targets
from omi_rules.leadership import Leadership
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.scores import Scores

Rejected = tuple[str, tuple[str, ...]]
"""A case record that could not be used: the place, and what is wrong with it."""


@dataclass(frozen=True)
class Judged:
    """An inspection judged. Nothing in it depends on the day it was made."""

    inspection: Inspection
    ruleset: Ruleset
    rules: Leadership
    """Section 4 of the ruleset."""
    scores: Scores | None
    """Of the case sample; None if there is none."""
    rejected: tuple[Rejected, ...]
    """Case records that could not be used."""
    grades: tuple[GeneralGrade, ...]
    """Table 1: every general criterion of section 4, in its order."""
    targets: tuple[JudgedTarget, ...]
    """Every row of every table of targets, in their order."""
    responses: tuple[Response, ...]
    decision: Decision
    dates: tuple[DueDate, ...]

    @property
    def star_disagreements(self) -> tuple[JudgedTarget, ...]:
        """The rows whose printed star says other than what is worked out."""
        return tuple(one for one in self.targets if one.disagrees)

    @property
    def not_recorded(self) -> tuple[str, ...]:
        """The parts of the record that are missing, by their path in it."""
        return tuple(_missing(self))


def judge(
    inspection: Inspection, ruleset: Ruleset, scores: Scores | None = None, rejected: Sequence[Rejected] = ()
) -> Judged:
    """Everything that follows from a record and the scores of its sample.

    Raises:
        Refused: the ruleset has no section 4.
    """
    rules = section_4(ruleset)
    decision = decide(rules, ruleset, scores, inspection.follow_up)
    return Judged(
        inspection=inspection,
        ruleset=ruleset,
        rules=rules,
        scores=scores,
        rejected=tuple(rejected),
        grades=general_grades(inspection.leadership, rules),
        targets=tuple(judged_targets(inspection.targets, rules.near_miss_ratio.value)),
        responses=responses(inspection.questionnaires),
        decision=decision,
        dates=due_dates(inspection.inspected, inspection.dates, rules, decision.held),
    )


def _missing(judged: Judged) -> Iterator[str]:
    record = judged.inspection
    if judged.scores is None:
        yield "sample"
    for part in ("context", "leadership", "targets", "questionnaires", "focus_groups", "follow_up"):
        if not getattr(record, part):
            yield part
    for one in judged.dates:
        if one.done is None and one.due is not None:
            yield f"dates.{one.name}"
    for general in judged.grades if record.leadership else ():
        for specific in general.specific:
            if specific.grade is None:
                yield f"leadership.{general.criterion.criterion}.specific.{specific.criterion.id}.grade"
    for target in judged.targets:
        if target.row.actual is None:
            yield f"targets: {target.table.title}: {target.row.measure}"
