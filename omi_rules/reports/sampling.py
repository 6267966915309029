"""Reports on samples: whether one is as asked, and its weighted scores, for other programs and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from omi_rules.exact import percent
from omi_rules.reports.case import ruleset_entry
from omi_rules.reports.text import number_of, table, to_json
from omi_rules.ruleset import Ruleset
from omi_rules.sampling.adequacy import Adequacy, Line
from omi_rules.sampling.weighing import Weighted
from omi_rules.scoring.scores import Scores, half_up
from omi_rules.scoring.weighted import WeightedScore, WeightedShare

Rejected = Sequence[tuple[str, tuple[str, ...]]]
"""Records that could not be used: the place, and what is wrong."""


def adequacy_object(found: Adequacy, as_of: date | None, rejected: Rejected = ()) -> dict[str, Any]:
    """A sample against what is asked of it, as JSON writes it."""
    return {
        "ruleset": ruleset_entry(found.ruleset),
        "as_of": as_of.isoformat() if as_of else None,
        "cases": found.cases,
        "rejected": [{"place": place, "faults": list(faults)} for place, faults in rejected],
        "requirements": [vars(line) | {"standing": str(line.standing)} for line in found.lines],
    }


def adequacy_json(found: Adequacy, as_of: date | None, rejected: Rejected = ()) -> str:
    """The same as text."""
    return to_json(adequacy_object(found, as_of, rejected))


def adequacy_markdown(found: Adequacy, as_of: date | None, rejected: Rejected = ()) -> str:
    """The table as a page."""
    head = found.ruleset.head
    lines = [
        f"# Sample of {number_of(found.cases, 'case')}",
        "",
        f"Against {head.title} ({head.id} {head.version}){f', as of {as_of}' if as_of else ''}.",
        f"Records left out: {len(rejected)}.",
        "",
        *adequacy_table(found),
    ]
    return "\n".join(lines) + "\n"


def adequacy_table(found: Adequacy) -> list[str]:
    """The table as Markdown lines."""
    heads = ["requirement", "in the sample", "not recorded", "asked", "standing", "remark", "source"]
    return table(heads, [_cells(line) for line in found.lines])


def _cells(line: Line) -> list[str]:
    what, unknown = f"{line.id}: {line.means}", str(line.not_recorded)
    return [what, has(line), unknown, line.asked, standing(line), line.detail, line.source]


def has(line: Line) -> str:
    """What the sample has of something.

    >>> from omi_rules.sampling.adequacy import Standing
    >>> has(Line("ppo", "group", "", 13, 150, 0, "", Standing.MET, "", ""))
    '13 of 150 (9%)'
    """
    if line.n is None:
        return "not counted"
    if line.kind in ("size", "limit"):
        return str(line.n)
    return f"{line.n} of {line.of} ({percent(line.n, line.of)}%)"


def standing(line: Line) -> str:
    """How it compares, in words."""
    return str(line.standing).replace("_", " ")


def weighted_object(found: Weighted, ruleset: Ruleset) -> dict[str, Any]:
    """Weighted scores as JSON writes them, beside the plain ones of the contract."""
    design, scores = found.design, found.scores
    scored = {question.id for question in ruleset.scored}
    return {
        "design": {"seed": design.seed, "caseload": design.caseload, "drawn": len(design.probability)},
        "cases": found.cases,
        "not_read": list(found.not_read),
        "rules_changed_since": found.other_rules,
        "caseload_by_weights": design.total,
        "questions": {name: _share(one) for name, one in scores.questions.items() if name in scored},
        "criteria": {name: _score(one) for name, one in scores.criteria.items()},
        "sections": {name: _score(one) for name, one in scores.sections.items()},
        "threads": {name: _score(one) for name, one in scores.threads.items()},
    }


def _share(found: WeightedShare) -> dict[str, Any]:
    interval = list(found.interval) if found.interval else None
    return {"share": found.share, "interval": interval, "effective": found.effective}


def _score(found: WeightedScore) -> dict[str, Any]:
    interval = list(found.interval) if found.interval else None
    return {"score": found.score, "rounded": found.rounded, "interval": interval}


def weighted_heading(found: Weighted) -> str:
    """What the weighted scores rest on, in a sentence."""
    design = found.design
    read = "" if not found.not_read else f", {len(found.not_read)} of them not read"
    return (
        f"Weighted by the design of the sample: {len(design.probability):,} of {design.caseload:,} cases drawn{read}. "
        "Verdicts go by the scores without weights"
    )


def weighted_rows(found: Weighted, plain: Scores, between: str = "-") -> list[list[str]]:
    """For each criterion, section and thread: name, weighted score, its interval, score without weights."""
    head = plain.ruleset.head
    titles = {criterion.criterion: f"{criterion.criterion} {criterion.title}" for criterion in plain.ruleset.criteria}
    titles |= {name: f"Section {name} {title}" for name, title in head.sections.items()}
    threads = {name: f"Thread {thread.title}" for name, thread in head.threads.items()}
    scores = found.scores
    rows = [(titles[n], one, plain.criteria[n].rounded) for n, one in scores.criteria.items()]
    rows += [(titles[n], one, plain.sections[n].rounded) for n, one in scores.sections.items()]
    rows += [(threads[n], one, plain.threads[n].rounded) for n, one in scores.threads.items()]
    return [[title, _percent(one.rounded), _ends(one, between), _percent(rounded)] for title, one, rounded in rows]


def _ends(found: WeightedScore, between: str) -> str:
    return between.join(str(half_up(end)) for end in found.interval or ())


def _percent(rounded: int | None) -> str:
    return "" if rounded is None else f"{rounded}%"


def weighted_markdown(found: Weighted, plain: Scores) -> list[str]:
    """Weighted scores beside plain ones, as Markdown lines."""
    heads = ["", "weighted", "95% interval", "without weights"]
    return [
        "",
        "## Weighted",
        "",
        f"{weighted_heading(found)}.",
        "",
        *table(heads, weighted_rows(found, plain, " to ")),
    ]
