"""The parts of a faulty record that are right by themselves, so that what does not fit in them is told as well."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from omi_rules.errors import Defect, Fault
from omi_rules.inspection.record import Inspection
from omi_rules.loading import build
from omi_rules.source import KEY, Document, Steps

NAMED = ("dates", "leadership", "specific")
"""Keys whose entries have names and stand for themselves."""


@dataclass(frozen=True)
class _Part(Document):
    """What is left of a document. Its faults stand where they do in the whole of it."""

    came_from: Mapping[Steps, Steps] = field(default_factory=dict)
    met: list[Steps] = field(default_factory=list)
    """Where faults were found in the whole."""

    def fault(self, path: Steps, what: str, hint: str = "") -> Fault:
        """As any document does."""
        known = next(size for size in range(len(path), -1, -1) if path[:size] in self.came_from)
        whole = (*self.came_from[path[:known]], *path[known:])
        self.met.append(whole)
        return super().fault(whole, what, hint)


def sound(document: Document, day: date) -> tuple[Inspection, Document]:
    """A record without the entries that cannot be read, and the document to look for its faults in.

    Left out is the smallest entry around a fault: a row, a questionnaire, a criterion, a date. Where area or field work
    are faulty, an area without a name and a field work of one day stand for them.
    """
    instead = {"area": "", "inspected": {"from": day.isoformat(), "to": day.isoformat()}}
    out: set[Steps] = set()
    while True:
        came_from: dict[Steps, Steps] = {}
        left = _left(document.data if isinstance(document.data, dict) else {}, out, (), (), came_from)
        part = _Part(document.name, document.text, left, document.first_line, document.places, came_from=came_from)
        made = build(Inspection, instead | left, part, (), [])
        if made is not None:
            return made, part
        more = {_entry(path) for path in part.met} - out
        if not more:
            raise Defect("a record without what is wrong with it was refused")
        out |= more


def _left(data: Any, out: Set[Steps], path: Steps, whole: Steps, came_from: dict[Steps, Steps]) -> Any:
    """What is left of some data, noting where each part of it stood in the whole."""
    came_from[path] = whole
    if isinstance(data, dict):
        kept = {key: value for key, value in data.items() if (*whole, key) not in out}
        return {key: _left(value, out, (*path, key), (*whole, key), came_from) for key, value in kept.items()}
    if isinstance(data, list):
        places = [i for i in range(len(data)) if (*whole, i) not in out]
        return [_left(data[i], out, (*path, n), (*whole, i), came_from) for n, i in enumerate(places)]
    return data


def _entry(path: Steps) -> Steps:
    """The smallest entry around a place.

    >>> _entry(("targets", 0, "rows", 2, "target")), _entry(("leadership", "4.1", "grade")), _entry(("note",))
    (('targets', 0, 'rows', 2), ('leadership', '4.1'), ('note',))
    """
    steps = [step for step in path if step != KEY]
    ends = [i + 1 for i, step in enumerate(steps) if isinstance(step, int) or (i and steps[i - 1] in NAMED)]
    return tuple(steps[: max(ends, default=1)])
