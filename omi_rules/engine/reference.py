"""The law itself as an engine: slower to read a condition, but there is nothing in it to go wrong."""

from __future__ import annotations

from collections.abc import Mapping

from omi_rules import meaning
from omi_rules.conditions import Value
from omi_rules.engine import Shape
from omi_rules.meaning import Answered, Computed, Verdict


class Reference:
    """Judges by `meaning`."""

    name = "reference"

    def judge(self, shape: Shape, facts: Mapping[str, Value | None], computed: Computed, answered: Answered) -> Verdict:
        """See `Engine.judge`."""
        return meaning.verdict(meaning.truth(shape.when, facts), computed, answered)
