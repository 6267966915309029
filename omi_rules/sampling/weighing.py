"""A judged sample weighed by the design it was drawn by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from omi_rules.errors import Fault
from omi_rules.findings import Codes, Findings
from omi_rules.ruleset import Ruleset
from omi_rules.sampling.design import Design, check_cases, check_rules
from omi_rules.scoring.tally import Tally
from omi_rules.scoring.weighted import WeightedScores, empty, weigh, weighted_scores


@dataclass(frozen=True)
class Weighted:
    """The weighted scores of a sample, beside its plain ones."""

    design: Design
    scores: WeightedScores
    cases: int
    not_read: tuple[str, ...]
    """Cases that were drawn and have no usable record."""
    other_rules: bool
    """Whether the rules have changed since the sample was drawn: the probabilities stand, the groups may not."""


class Weighing:
    """Weighs findings while they pass."""

    def __init__(self, design: Design, ruleset: Ruleset) -> None:
        """Raises `Refused` if the design is another ruleset's."""
        check_rules(design, ruleset)
        self.design, self.ruleset = design, ruleset
        self._weights = design.weights()
        self._tally = empty(ruleset)
        self._seen: set[str] = set()

    def add(self, found: Findings | Codes) -> None:
        """Weigh the findings of some cases."""
        self._seen.update(found.case_ids)
        self._tally += weigh(found, [self._weights.get(case_id, 0.0) for case_id in found.case_ids], self.ruleset)

    def weighted(self, tally: Tally, caseload: int | None = None) -> Weighted:
        """The weighted scores of everything added, whose plain tally is given.

        Raises:
            Refused: a case is not in the design, or the design is of another caseload.
        """
        check_cases(self.design, self._seen, caseload)
        return Weighted(
            design=self.design,
            scores=weighted_scores(self._tally, tally, self.ruleset),
            cases=len(self._seen),
            not_read=tuple(sorted(self.design.probability.keys() - self._seen)),
            other_rules=self.design.digest != self.ruleset.digest,
        )


def warnings(weighted: Weighted) -> Iterator[Fault]:
    """What a reader of the weighted scores should know."""
    file = weighted.design.file
    if weighted.not_read:
        what = (
            f"{len(weighted.not_read)} of the {len(weighted.design.probability)} drawn cases are not in the sample read"
        )
        hint = "the weights stand for the cases that were; if who is missing is no chance, no weight puts that right"
        yield Fault(file=file, what=what, hint=hint)
    if weighted.other_rules:
        what = "the rules have changed since the sample was drawn"
        yield Fault(file=file, what=what, hint="its probabilities stand; the groups are those of then")
