"""Who judges: durable-rules, or the law of `meaning` read aloud.

An engine is asked about one situation at a time, never about the same one twice in a run (`findings`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from omi_rules.conditions import Condition, Value
from omi_rules.meaning import Answered, Computed, Truth, Verdict

EngineName = Literal["auto", "rete", "reference"]


@dataclass(frozen=True)
class Relevance:
    """When a question is asked. Questions of the same relevance share their rules and what was judged of them."""

    when: Condition
    values: tuple[tuple[str, tuple[Value, ...]], ...]
    """The facts asked about, in order, with the values each can have."""


class Engine(Protocol):
    """Judges in two steps, as the law does: is the question relevant, and what follows."""

    name: str

    def relevant(self, relevance: Relevance, facts: Mapping[str, Value | None]) -> Truth:
        """Whether a condition of relevance holds of the facts of a case; None is *not recorded*.

        Raises:
            Defect: the rules give no answer, or more than one.
        """

    def verdict(self, relevant: Truth, computed: Computed, answered: Answered) -> Verdict:
        """The one line of the verdict table that speaks.

        Raises:
            Defect: no line speaks, or more than one.
        """


def choose(name: EngineName) -> Engine:
    """The engine of a name; `auto` takes durable-rules where it can be had."""
    if name != "reference":
        try:
            from omi_rules.engine.rete import Rete

            return Rete()
        except ImportError:
            if name == "rete":
                raise
    from omi_rules.engine.reference import Reference

    return Reference()
