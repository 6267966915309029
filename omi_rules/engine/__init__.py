"""Who judges: durable-rules, or the law of `meaning` read aloud.

An engine is asked about one situation at a time: a condition of relevance, the facts it asks about, what the clock
found, where the answer lies. The same situation is never put to it twice in a run (`findings`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from omi_rules.conditions import Condition, Value
from omi_rules.meaning import Answered, Computed, Verdict

EngineName = Literal["auto", "rete", "reference"]

OTHER = "another text"
"""Stands for an open text that is recorded; no condition can ask what it says."""


@dataclass(frozen=True)
class Shape:
    """What a question's verdict depends on: its relevance, and whether a clock decides it.

    Questions of the same shape share their rules and their verdicts.
    """

    when: Condition
    values: tuple[tuple[str, tuple[Value, ...]], ...]
    """The facts asked about, in order, with the values each can have."""
    clocked: bool


class Engine(Protocol):
    """Judges situations."""

    name: str

    def judge(self, shape: Shape, facts: Mapping[str, Value | None], computed: Computed, answered: Answered) -> Verdict:
        """The one line of the verdict table that speaks for a situation.

        Raises:
            Defect: no line speaks, or more than one.
        """


def rete_can_be_had() -> bool:
    """Whether durable-rules can be imported here."""
    try:
        return importlib.util.find_spec("durable.engine") is not None and _imports()
    except ImportError:
        return False


def _imports() -> bool:
    import durable.engine  # noqa: F401  # an undefined symbol shows only at import

    return True


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
