"""The law itself as an engine: slower, but there is nothing in it to go wrong."""

from __future__ import annotations

from collections.abc import Mapping

from omi_rules import meaning
from omi_rules.conditions import Value
from omi_rules.engine import Relevance
from omi_rules.meaning import Answered, Computed, Truth, Verdict


class Reference:
    """Judges by `meaning`."""

    name = "reference"

    def relevant(self, relevance: Relevance, facts: Mapping[str, Value | None]) -> Truth:
        """See `Engine.relevant`."""
        return meaning.truth(relevance.when, facts)

    def verdict(self, relevant: Truth, computed: Computed, answered: Answered) -> Verdict:
        """See `Engine.verdict`."""
        return meaning.verdict(relevant, computed, answered)
