"""How often the 95% intervals of scores hold the truth: samples drawn again and again from a caseload made up whole.

    python tests/statistics/coverage.py            # 400 samples of 150 cases from 20,000
    python tests/statistics/coverage.py --help

The bases and shares of the questions are those of the Greater Manchester sample. The caseload is made in NumPy: whether
a question is asked and whether the work is sufficient are drawn for each case, not judged from records. Cases differ
(one good or bad at one thing tends to be so at others), which is what the intervals have to cope with: an officer's
case is done well or badly as a whole. The truth is the caseload's own score.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omi_rules.findings import OUTCOMES
from omi_rules.loading import load
from omi_rules.meaning import Outcome
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.scores import Score, Scores, score
from omi_rules.scoring.tally import BLOCKS, NOT_SUFFICIENT, SUFFICIENT, Tally, blocks_of

REPOSITORY = Path(__file__).parent.parent.parent
BY_CASE = 0.8
"""Standard deviation, in logits, of how well a case is done as a whole."""
BY_CRITERION = 0.6
"""And of how well it is done on one criterion."""
LEVELS = ("criteria", "sections", "threads", "questions")

Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Caseload:
    """A caseload whose every outcome is known."""

    ruleset: Ruleset
    relevant: Bits
    """Case x question."""
    above: Bits
    block: NDArray[np.int64]

    def tally(self, cases: NDArray[Any]) -> Tally:
        """The tally of some of the cases."""
        relevant, above = self.relevant[cases], self.above[cases]
        counts = np.zeros((relevant.shape[1], len(OUTCOMES)), dtype=np.int64)
        counts[:, SUFFICIENT] = above.sum(axis=0)
        counts[:, NOT_SUFFICIENT] = relevant.sum(axis=0) - above.sum(axis=0)
        counts[:, OUTCOMES.index(Outcome.NOT_APPLICABLE)] = (~relevant).sum(axis=0)
        blocks = np.zeros((BLOCKS, relevant.shape[1], 2), dtype=np.int32)
        np.add.at(blocks, self.block[cases], np.stack([above, relevant], axis=-1).astype(np.int32))
        return Tally(tuple(self.ruleset.questions), len(cases), counts, blocks, np.zeros_like(counts))


def make(ruleset: Ruleset, margins: dict[str, tuple[int, int]], cases: int, rng: np.random.Generator) -> Caseload:
    """A caseload from the counts (sufficient, relevant) of a sample of 150 cases.

    The questions of one criterion are asked of nested groups: who is asked a rare one is asked the common ones too.
    """
    columns = []
    whole = rng.normal(0, BY_CASE, cases)
    grow = sqrt(1 + 0.346 * (BY_CASE**2 + BY_CRITERION**2))  # the shares of a logistic mixture lie nearer to a half
    for criterion in ruleset.criteria:
        well = whole + rng.normal(0, BY_CRITERION, cases)
        kind = rng.uniform(size=cases)
        for question in criterion.questions:
            sufficient, base = margins.get(question.id, (0, 0))
            share = (sufficient + 0.5) / (base + 1)
            relevant = kind < base / 150
            chance = 1 / (1 + np.exp(-(grow * log(share / (1 - share)) + well)))
            columns.append((relevant, relevant & (rng.uniform(size=cases) < chance)))
    relevant, above = (np.stack([column[part] for column in columns], axis=1) for part in (0, 1))
    block = blocks_of([f"C{number:06d}" for number in range(cases)])
    return Caseload(ruleset, relevant, above, block)


def margins_of(scores: Scores) -> dict[str, tuple[int, int]]:
    """The counts (sufficient, relevant) of each question of a sample."""
    return {name: (found.counts[Outcome.SUFFICIENT], found.relevant) for name, found in scores.questions.items()}


def greater_manchester(ruleset: Ruleset) -> Scores:
    """The scores of the shipped sample."""
    from omi_rules.commands.inspection import scored

    sample = REPOSITORY / "fixtures" / "greater-manchester-2006" / "cases.ndjson"
    return scored([str(sample)], ruleset, "reference", quiet=True)[0]


@dataclass
class Hits:
    """How often one interval held the truth."""

    level: str
    name: str
    truth: float
    base: float
    """Mean number of relevant cases of a question in the samples; 0 for scores."""
    given: int = 0
    held: int = 0
    held_asked: int = 0
    """It held the caseload's score over the questions that were asked of any case of the sample."""
    too_high: int = 0
    """The whole interval lies above the truth."""
    width: float = 0.0

    def add(self, interval: tuple[float, float] | None, asked: float) -> None:
        """Count one sample's interval; `asked` is the truth over the questions that the sample asked."""
        if interval is None:
            return
        self.given += 1
        self.held_asked += interval[0] - 1e-9 <= asked <= interval[1] + 1e-9
        self.held += interval[0] - 1e-9 <= self.truth <= interval[1] + 1e-9
        self.too_high += interval[0] - 1e-9 > self.truth
        self.width += interval[1] - interval[0]

    @property
    def coverage(self) -> float:
        """In per cent."""
        return 100 * self.held / self.given if self.given else float("nan")


def simulate(caseload: Caseload, samples: int, size: int, rng: np.random.Generator, resamples: int) -> list[Hits]:
    """Draw samples and see which intervals hold the caseload's own scores."""
    cases = len(caseload.relevant)
    whole = caseload.tally(np.arange(cases))
    truth = score(whole, caseload.ruleset, resamples=2)
    base = caseload.relevant.mean(axis=0) * size
    hits = {
        (level, name): Hits(level, name, value, float(base[i]) if level == "questions" else 0.0)
        for level in LEVELS
        for i, (name, value) in enumerate(_values(truth, level))
        if value is not None
    }
    for _ in range(samples):
        drawn = rng.choice(cases, size=size, replace=False)
        found = score(caseload.tally(drawn), caseload.ruleset, resamples=resamples)
        asked = score(
            _of_questions(whole, np.asarray(caseload.relevant[drawn].any(axis=0))), caseload.ruleset, resamples=2
        )
        values = {(level, name): value for level in LEVELS for name, value in _values(asked, level)}
        for (level, name), hit in hits.items():
            hit.add(getattr(found, level)[name].interval, values[level, name] or 0.0)
    return list(hits.values())


def _of_questions(whole: Tally, asked: Bits) -> Tally:
    """A tally with nothing on the questions that were not asked."""
    return replace(whole, counts=whole.counts * asked[:, None], blocks=whole.blocks * asked[:, None].astype(np.int32))


def _values(scores: Scores, level: str) -> Iterator[tuple[str, float | None]]:
    for name, found in getattr(scores, level).items():
        yield name, found.score if isinstance(found, Score) else found.share


def mean_coverage(hits: list[Hits], level: str) -> float:
    """The mean coverage of a level's intervals, in per cent."""
    return float(np.mean([hit.coverage for hit in hits if hit.level == level and hit.given]))


def report(hits: list[Hits]) -> str:
    """What was found, as Markdown."""
    heads = ["", "truth", "samples", "held", "lies above", "lies below", "mean width", "held, questions asked"]
    lines = [f"| {' | '.join(heads)} |".replace("|  |", "| |"), "| --- " + "| ---: " * 7 + "|"]
    for hit in hits:
        if hit.level == "questions" or not hit.given:
            continue
        above, below = 100 * hit.too_high / hit.given, 100 * (hit.given - hit.held - hit.too_high) / hit.given
        lines.append(
            f"| {hit.level} {hit.name} | {hit.truth:.1f} | {hit.given} | {hit.coverage:.1f}% | {above:.1f}% | "
            f"{below:.1f}% | {hit.width / hit.given:.1f} | {100 * hit.held_asked / hit.given:.1f}% |"
        )
    asked = np.mean([100 * hit.held_asked / hit.given for hit in hits if hit.level == "criteria" and hit.given])
    lines += ["", f"Mean over the criteria: {mean_coverage(hits, 'criteria'):.1f}%; over the questions asked: "]
    lines[-1] += f"{asked:.1f}%."
    lines.append("")
    lines += ["| questions (Wilson) | number | mean held | least | most |", "| --- " + "| ---: " * 4 + "|"]
    for heading, chosen in _groups([hit for hit in hits if hit.level == "questions" and hit.given]):
        if chosen:
            held = [hit.coverage for hit in chosen]
            lines.append(f"| {heading} | {len(held)} | {np.mean(held):.1f}% | {min(held):.1f}% | {max(held):.1f}% |")
    return "\n".join(lines) + "\n"


def _groups(hits: list[Hits]) -> Iterator[tuple[str, list[Hits]]]:
    for low, high in ((0, 5), (5, 10), (10, 30), (30, 1000)):
        base = f"mean base {low} to {high}" if high < 1000 else f"mean base {low} and more"
        inside = [hit for hit in hits if low <= hit.base < high]
        yield f"{base}, share 10% to 90%", [hit for hit in inside if 0.1 <= hit.truth <= 0.9]
        yield f"{base}, more extreme share", [hit for hit in inside if not 0.1 <= hit.truth <= 0.9]


def main() -> None:
    """Run the simulation and print the report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=20_000, help="cases of the caseload")
    parser.add_argument("--samples", type=int, default=400, help="samples drawn from it")
    parser.add_argument("--size", type=int, default=150, help="cases in a sample")
    parser.add_argument("--resamples", type=int, default=2000, help="resamples for each interval")
    parser.add_argument("--seed", type=int, default=20061123)
    given = parser.parse_args()
    ruleset = load(REPOSITORY / "rulesets" / "omi-2006")
    rng = np.random.default_rng(given.seed)
    caseload = make(ruleset, margins_of(greater_manchester(ruleset)), given.cases, rng)
    sys.stdout.write(report(simulate(caseload, given.samples, given.size, rng, given.resamples)))


if __name__ == "__main__":
    main()
