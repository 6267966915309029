"""The simulation of `drawing.py`, on few samples: what holds whatever is drawn. Its findings: docs/sampling.md."""

import numpy as np
from coverage import greater_manchester, make, margins_of
from drawing import LIMITS, MINIMUMS, candidates, report, simulate

from omi_rules.ruleset import Ruleset
from omi_rules.sampling.draw import draw
from omi_rules.sampling.taking import Candidate, Plan


def test_weighted_scores_speak_for_the_caseload_and_plain_ones_do_not(ruleset: Ruleset) -> None:
    rng = np.random.default_rng(1)
    caseload = make(ruleset, margins_of(greater_manchester(ruleset)), 2500, rng)
    seen = simulate(caseload, candidates(caseload, 60, rng), samples=24, size=150, repeats=20, resamples=200)
    criteria = [one for name, one in seen.items() if name.startswith("criteria")]
    plain, weighted = (
        np.mean([np.mean(getattr(one, kind)) - one.truth for one in criteria]) for kind in ("plain", "weighted")
    )
    # the groups hold the worse cases: two points too low without weights, by some five standard errors
    assert plain < -1.2
    assert abs(weighted) < 0.9
    assert 0.86 <= np.mean([one.held_weighted / 24 for one in criteria]) <= 0.99
    assert "weighted: the mean lies" in report(seen)


def test_weights_add_up_to_the_caseload() -> None:
    rng = np.random.default_rng(2)
    group = rng.choice(["a", "b", "c", "d"], p=[0.05, 0.03, 0.1, 0.82], size=800)
    cases = [
        Candidate(f"C{row}", frozenset(name), (("officer", f"O{officer}"),))
        for row, (name, officer) in enumerate(zip(group, rng.integers(0, 30, 800), strict=True))
    ]
    sums = [
        sum(1 / one.probability for one in draw(cases, Plan(120, seed, MINIMUMS, LIMITS), repeats=30).drawn)
        for seed in range(20)
    ]
    # the sum of 1/probability is the number of cases on the mean over samples, and near it in each
    assert abs(np.mean(sums) - 800) < 4 * np.std(sums) / 20**0.5 + 8  # eight: thirty repeats leave a per cent
    assert all(abs(one - 800) < 160 for one in sums)
