"""The rules a report was made by: every number that shapes it, with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from omi_rules.drafting import Drafting
from omi_rules.leadership import Leadership
from omi_rules.reports.inspection_report.parts import Block, Table
from omi_rules.reports.words_page import source_of
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.scores import RESAMPLES, SEED, SMALL_BASE

Row = tuple[str, str, str]
"""What, its value, and where it comes from."""

OURS = "ours"


def parameters(ruleset: Ruleset, section_4: Leadership | None = None) -> Iterator[Block]:
    """The rules of a report, and the words for shares where it has any; `section_4` where it is of an inspection."""
    head = ruleset.head
    rows = [*_scoring(ruleset), *(_inspection(ruleset, section_4) if section_4 else ())]
    rows += _words(ruleset, head.words) if head.words else []
    rows += [(f"Set for this ruleset: {key}", value, "") for key, value in head.parameters.items()]
    rows += [(f"Set for this run: {key}", value, "") for key, value in ruleset.settings.items()]
    yield Table("Rules and parameters", ("What", "Value", "Source"), rows)
    if head.words:
        hedges = [(f"{one.from_}%", one.words, source_of(ruleset, one)) for one in head.hedges]
        yield Table("Words for shares", ("From", "Words", "Source"), hedges)


def _scoring(ruleset: Ruleset) -> Iterator[Row]:
    head = ruleset.head
    weights, line = ruleset.citation(head.scoring.source), ruleset.citation(head.line_of_priority.source)
    yield "Ruleset", f"{head.id} {head.version}", ""
    yield "Digest", ruleset.digest, ""
    yield "Weight of the mean of a criterion's individual questions", f"{head.scoring.individual}%", weights
    yield "Weight of a criterion's summary question", f"{head.scoring.summary}%", weights
    yield "Line of priority", f"{ruleset.line_of_priority}%", _unless_set(ruleset, "line_of_priority", line)
    few = "a share is marked, and a score has no interval"
    yield "Few cases", f"fewer than {SMALL_BASE}: {few}", OURS
    yield "Intervals of scores", f"{RESAMPLES:,} resamples, seed {SEED}", OURS


def _inspection(ruleset: Ruleset, rules: Leadership) -> Iterator[Row]:
    below = ruleset.follow_up_below
    follow_up = _unless_set(ruleset, "follow_up.below", source_of(ruleset, rules.follow_up))
    yield "Follow-up under", "no number set" if below is None else f"{below}%", follow_up
    for one in rules.follow_up.precedents:
        held = "a follow-up" if one.follow_up else "no follow-up"
        yield f"Precedent: {one.area}", f"{one.score}%: {held}", source_of(ruleset, one)
    yield (
        "Near miss, from this part of a target",
        str(rules.near_miss_ratio.value),
        source_of(ruleset, rules.near_miss_ratio),
    )
    taken = f"{rules.aggregate.take.replace('_', ' ')} of the specific grades"
    yield "General grade", taken, source_of(ruleset, rules.aggregate)
    cap = rules.aggregate.cap
    if cap:
        yield "General grade at most", f"{cap.at_most}, if any is {cap.if_any} or lower", source_of(ruleset, cap)


def _words(ruleset: Ruleset, words: Drafting) -> Iterator[Row]:
    strong, weak, few = words.strength, words.improvement, words.few_cases
    yield "A strength, from", f"{strong.from_}%", source_of(ruleset, strong)
    yield "An area for improvement, under", f"{weak.below}%", source_of(ruleset, weak)
    yield "Nothing is concluded on fewer cases than", str(few.below), source_of(ruleset, few)


def _unless_set(ruleset: Ruleset, key: str, source: str) -> str:
    """The source of a number, unless it is set for this run."""
    return "set for this run" if key in ruleset.settings else source
