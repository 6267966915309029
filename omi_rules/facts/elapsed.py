"""How long ago a moment was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omi_rules.calendar import Days, Duration, add

if TYPE_CHECKING:
    from omi_rules.facts import derive
    from omi_rules.facts.arrow import Flags


@dataclass(frozen=True)
class Elapsed:
    """From a moment to the as-of date, in each case of a batch."""

    known: Flags
    """Cases where the day of the moment is known."""
    start: Days
    as_of: Days

    @property
    def days(self) -> Days:
        """Calendar days; meaningless where the day is not known."""
        found: Days = self.as_of - self.start
        return found

    def about(self, length: Duration, within: Duration) -> Flags:
        """Where it is `length`, give or take `within`; meaningless where the day is not known."""
        due = add(self.start, length)
        near: Flags = (due <= add(self.as_of, within)) & (self.as_of <= add(due, within))
        return near


def elapsed(moment: str, facts: derive.Facts) -> Elapsed:
    """How long ago a moment was."""
    when, as_of = facts.moment(moment), facts.cases.as_of
    return Elapsed(when.known, np.where(when.known, when.day, as_of).astype(np.int32), as_of)
