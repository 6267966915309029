"""What a text says with its figures, and what is doubtful about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from omi_rules.figures.arithmetic import agrees


class Doubt(StrEnum):
    """Why figures cannot be checked, or may not belong together."""

    ALONE = "alone"
    NO_BASE = "no_base"
    NO_COUNT = "no_count"
    HEDGED = "hedged"
    ELSEWHERE = "elsewhere"
    WHICH_BASE = "which_base"
    CELLS = "cells"
    NO_COUNTS = "no_counts"
    RANGE = "range"
    UNREADABLE = "unreadable"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Claim:
    """A count of a base is a percentage; or as much of that as is there, from one character of a text to another."""

    start: int
    end: int
    count: int | None
    base: int | None
    share: Decimal | None
    """In per cent, to the last printed digit."""
    doubt: Doubt | None = None

    @property
    def agrees(self) -> bool:
        """Whether all three are there and their arithmetic holds."""
        if self.count is None or not self.base or self.share is None:
            return False
        return self.count <= self.base and agrees(self.count, self.base, self.share)
