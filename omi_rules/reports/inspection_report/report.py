"""Everything that a report of an inspection is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omi_rules.inspection.judged import Judged
from omi_rules.reports.inspection_report.below import Below
from omi_rules.sampling.adequacy import Adequacy
from omi_rules.sampling.weighing import Weighted
from omi_rules.words import Draft


@dataclass(frozen=True)
class Report:
    """An inspection judged, with what is drafted of it and the cases behind its figures."""

    judged: Judged
    draft: Draft | None
    """None without a sample, or where the ruleset has no words."""
    adequacy: Adequacy | None
    """None without a sample, or where the ruleset asks nothing of samples."""
    weighted: Weighted | None
    """The scores weighted by the sample's design; None where there is none."""
    below: Mapping[str, Sequence[Below]]
    """The cases below the line, by question."""
    shown: Mapping[str, str]
    """The name of each case in the report."""
    identify: bool
    """Whether cases and officers are named as the records name them."""

    @property
    def below_scored(self) -> Mapping[str, Sequence[Below]]:
        """The cases below the line by scored question: a context measure has no line, its cases are only counted."""
        questions = self.judged.ruleset.questions
        return {name: cases for name, cases in self.below.items() if not questions[name].context}
