"""The cases below the line on each question, and the names under which a report shows cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from omi_rules.findings import NOT_SUFFICIENT, OUTCOME_OF, Codes
from omi_rules.meaning import TABLE

SAID = {"judged": "judged so by the assessor"}
"""Reasons that do not speak for themselves."""


@dataclass(frozen=True)
class Below:
    """A case that is below the line on a question."""

    case_id: str
    reason: str
    days_late: int | None
    """Calendar days after the due day, where a clock tells them."""


@dataclass
class Gathered:
    """What a report keeps of the cases while they pass."""

    case_ids: list[str] = field(default_factory=list)
    below: dict[str, list[Below]] = field(default_factory=dict)
    """By question, context measures included."""

    def add(self, codes: Codes) -> None:
        """Note some cases."""
        self.case_ids += codes.case_ids
        short = OUTCOME_OF[codes.lines] == NOT_SUFFICIENT
        for place, question in enumerate(codes.questions):
            rows = np.flatnonzero(short[place])
            self.below.setdefault(question, []).extend(_below(codes, question, place, int(row)) for row in rows)


def _below(codes: Codes, question: str, place: int, row: int) -> Below:
    dates = codes.dates.get(question)
    late = int(dates.days_late[row]) if dates is not None and dates.is_late[row] else None
    reason = str(TABLE[int(codes.lines[place, row])].reason).replace("_", " ")
    return Below(codes.case_ids[row], reason, late)


def names(case_ids: Iterable[str], *, identify: bool) -> Mapping[str, str]:
    """The name of each case in a report: its reference, or a number in the order of the references' digests.

    The numbers follow from the references alone, so that the same sample always gets the same.

    >>> names(["GM-2", "GM-1"], identify=False)
    {'GM-1': 'Case 001', 'GM-2': 'Case 002'}
    """
    if identify:
        return {case_id: case_id for case_id in sorted(case_ids)}
    ordered = sorted(case_ids, key=lambda case_id: (sha256(case_id.encode("utf-8", "surrogatepass")).digest(), case_id))
    width = max(3, len(str(len(ordered))))
    return {case_id: f"Case {number:0{width}}" for number, case_id in enumerate(ordered, start=1)}


def named(found: Sequence[Below], shown: Mapping[str, str]) -> list[tuple[str, str, int | None]]:
    """Name, reason and days late of some cases, by name."""
    return sorted(((shown[one.case_id], one.reason, one.days_late) for one in found), key=lambda one: one[:2])


def reasons(found: Sequence[Below], shown: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """The cases below the line on a question by reason, most first."""
    by: dict[str, list[str]] = defaultdict(list)
    for name, reason, late in named(found, shown):
        said = SAID.get(reason, reason)
        by[said].append(name if late is None else f"{name} ({late} day{'' if late == 1 else 's'} over)")
    return sorted(by.items(), key=lambda one: (-len(one[1]), one[0]))
