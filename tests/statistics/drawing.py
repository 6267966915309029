"""Whether a sample that tops up groups, and takes few cases of any officer, speaks for its caseload when weighted.

    python tests/statistics/drawing.py            # 300 samples of 150 cases from 5,000
    python tests/statistics/drawing.py --help

The caseload is that of `coverage.py`. Three groups are made among its cases, of which two hold mostly cases that were
done badly; officers differ in how many cases they have and how well they work. Samples are drawn with a minimum number
of each group and a limit for each officer, and their scores, plain and weighted, compared with the caseload's own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from coverage import Caseload, greater_manchester, make, margins_of
from numpy.typing import NDArray

from omi_rules.loading import load
from omi_rules.sampling.draw import draw
from omi_rules.sampling.taking import Candidate, Plan
from omi_rules.scoring.scores import score
from omi_rules.scoring.tally import BLOCKS
from omi_rules.scoring.weighted import UNIT, WeightedTally, weighted_scores

REPOSITORY = Path(__file__).parent.parent.parent
MINIMUMS = {"a": 25, "b": 20, "c": 20}
LIMITS = {"officer": 6}


def candidates(caseload: Caseload, officers: int, rng: np.random.Generator) -> list[Candidate]:
    """The cases of a caseload with groups and officers; the worse a case, the likelier it is of the groups a and b."""
    cases = len(caseload.relevant)
    done_well = caseload.above.sum(axis=1) / np.maximum(1, caseload.relevant.sum(axis=1))
    bad = np.argsort(np.argsort(done_well)) < cases // 4
    chances = {"a": np.where(bad, 0.2, 0.02), "b": np.where(bad, 0.08, 0.01), "c": np.full(cases, 0.04)}
    inside = {name: rng.uniform(size=cases) < chance for name, chance in chances.items()}
    order = np.argsort(done_well + rng.normal(0, 0.3, cases))  # who works well has more of the cases done well
    loads = rng.gamma(3, size=officers)
    officer = np.empty(cases, dtype=np.int64)
    officer[order] = np.searchsorted(np.cumsum(loads) / loads.sum(), np.arange(cases) / cases, side="right")
    return [
        Candidate(
            case_id=f"C{row:06d}",
            groups=frozenset(name for name in chances if inside[name][row]),
            places=(("officer", f"O{officer[row]}"),),
        )
        for row in range(cases)
    ]


def weigh(caseload: Caseload, cases: NDArray[np.int64], probability: Sequence[float]) -> WeightedTally:
    """The weighted tally of some of the cases of a caseload."""
    chance = np.asarray(probability)
    weights = chance.min() / chance
    relevant, above = caseload.relevant[cases], caseload.above[cases]
    blocks = np.zeros((BLOCKS, relevant.shape[1], 2), dtype=np.int64)
    whole = np.rint(weights * UNIT).astype(np.int64)
    np.add.at(blocks, caseload.block[cases], np.stack([above, relevant], axis=-1) * whole[:, None, None])
    squares = (relevant * np.rint(weights**2 * UNIT).astype(np.int64)[:, None]).sum(axis=0)
    return WeightedTally(squares, blocks)


@dataclass
class Seen:
    """What the samples said of one score."""

    truth: float
    plain: list[float]
    weighted: list[float]
    held_plain: int = 0
    held_weighted: int = 0


def simulate(
    caseload: Caseload, drawn_from: list[Candidate], samples: int, size: int, repeats: int, resamples: int
) -> dict[str, Seen]:
    """Draw samples with their own seeds and see what they say of the caseload, by criterion, section and thread."""
    truth = score(caseload.tally(np.arange(len(caseload.relevant))), caseload.ruleset, resamples=2)
    seen = {
        f"{level} {name}": Seen(one.score or 0.0, [], [])
        for level in ("criteria", "sections", "threads")
        for name, one in getattr(truth, level).items()
    }
    place = {one.case_id: row for row, one in enumerate(drawn_from)}
    for seed in range(samples):
        sample = draw(drawn_from, Plan(size, seed, MINIMUMS, LIMITS), repeats)
        rows = np.array([place[one.candidate.case_id] for one in sample.drawn])
        tally = caseload.tally(rows)
        plain = score(tally, caseload.ruleset, resamples=resamples)
        weights = weigh(caseload, rows, [one.probability for one in sample.drawn])
        weighted = weighted_scores(weights, tally, caseload.ruleset, resamples=resamples)
        for key, one in seen.items():
            level, name = key.split()
            for found, values in ((plain, one.plain), (weighted, one.weighted)):
                values.append(getattr(found, level)[name].score)
            one.held_plain += _holds(getattr(plain, level)[name].interval, one.truth)
            one.held_weighted += _holds(getattr(weighted, level)[name].interval, one.truth)
    return seen


def _holds(interval: tuple[float, float] | None, truth: float) -> bool:
    return interval is not None and interval[0] - 1e-9 <= truth <= interval[1] + 1e-9


def report(seen: dict[str, Seen]) -> str:
    """What was found, as Markdown."""
    heads = ["", "caseload", "plain, mean", "weighted, mean", "plain, spread", "weighted, spread"]
    heads += ["plain, held", "weighted, held"]
    lines = [f"| {' | '.join(heads)} |".replace("|  |", "| |"), "| --- " + "| ---: " * 7 + "|"]
    names = {"criteria": "criterion", "sections": "section", "threads": "thread"}
    for key, one in seen.items():
        level, name = key.split()
        number = len(one.plain)
        means = f"{one.truth:.1f} | {np.mean(one.plain):.1f} | {np.mean(one.weighted):.1f}"
        spread = f"{np.std(one.plain):.1f} | {np.std(one.weighted):.1f}"
        held = f"{100 * one.held_plain / number:.1f}% | {100 * one.held_weighted / number:.1f}%"
        lines.append(f"| {names[level]} {name} | {means} | {spread} | {held} |")
    criteria = [one for key, one in seen.items() if key.startswith("criteria")]
    lines += ["", "Over the criteria, for plain and for weighted scores:"]
    for kind in ("plain", "weighted"):
        off = np.mean([abs(np.mean(getattr(one, kind)) - one.truth) for one in criteria])
        held = 100 * np.mean([getattr(one, f"held_{kind}") / len(one.plain) for one in criteria])
        lines.append(
            f"- {kind}: the mean lies {off:.1f} points from the caseload's; {held:.1f}% of the intervals hold it."
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the simulation and print the report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=5000, help="cases of the caseload")
    parser.add_argument("--officers", type=int, default=120)
    parser.add_argument("--samples", type=int, default=300, help="samples drawn from it")
    parser.add_argument("--size", type=int, default=150, help="cases in a sample")
    parser.add_argument("--repeats", type=int, default=100, help="draws that probabilities are found from")
    parser.add_argument("--resamples", type=int, default=1000, help="resamples for each interval")
    parser.add_argument("--seed", type=int, default=20061123)
    given = parser.parse_args()
    ruleset = load(REPOSITORY / "rulesets" / "omi-2006")
    rng = np.random.default_rng(given.seed)
    caseload = make(ruleset, margins_of(greater_manchester(ruleset)), given.cases, rng)
    drawn_from = candidates(caseload, given.officers, rng)
    seen = simulate(caseload, drawn_from, given.samples, given.size, given.repeats, given.resamples)
    sys.stdout.write(report(seen))


if __name__ == "__main__":
    main()
