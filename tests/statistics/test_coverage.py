"""The simulation of `coverage.py`, on few samples: what holds whatever is drawn. Its findings: docs/statistics.md."""

import numpy as np
from coverage import LEVELS, greater_manchester, make, margins_of, mean_coverage, report, simulate

from omi_rules.ruleset import Ruleset


def test_intervals_hold_the_truth_about_as_often_as_they_say(ruleset: Ruleset) -> None:
    rng = np.random.default_rng(1)
    caseload = make(ruleset, margins_of(greater_manchester(ruleset)), 5000, rng)
    hits = simulate(caseload, 16, 150, rng, 200)
    # 16 samples of 14 criteria: three standard errors, the criteria taken as half dependent, are some 6 points
    assert 88 <= mean_coverage(hits, "criteria") <= 99
    assert 92 <= mean_coverage(hits, "questions") <= 98
    assert {hit.level for hit in hits} == set(LEVELS)
    assert "Mean over the criteria" in report(hits)


def test_intervals_narrow_with_the_root_of_the_sample(ruleset: Ruleset) -> None:
    rng = np.random.default_rng(2)
    caseload = make(ruleset, margins_of(greater_manchester(ruleset)), 8000, rng)

    def width(size: int) -> float:
        hits = simulate(caseload, 2, size, rng, 200)
        return float(np.mean([hit.width / hit.given for hit in hits if hit.level == "criteria" and hit.given]))

    assert 1.7 < width(250) / width(1000) < 2.3
