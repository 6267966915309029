"""Two samples side by side: what differs, and what differs by more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omi_rules.errors import Refused, show
from omi_rules.scoring.intervals import Interval, difference
from omi_rules.source import read_json, read_text

LEVELS = ("criteria", "sections", "threads", "questions")


@dataclass(frozen=True)
class Difference:
    """One score in two samples, in per cent."""

    level: str
    id: str
    title: str
    first: float | None
    second: float | None
    change: float | None
    interval: Interval | None
    """Of the change, 95%."""
    beyond_chance: bool | None
    """Whether the interval leaves out zero; of twenty scores that do not differ, one does so by chance."""


def read_scores(path: Path) -> Mapping[str, Any]:
    """A file of scores, as ``batch --format json`` writes it.

    Raises:
        Refused: it is not one.
    """
    document = read_json(read_text(path), str(path))
    data = document.data
    entries = [data.get(level) for level in LEVELS] if isinstance(data, dict) else []
    whole = [isinstance(level, dict) and all(isinstance(one, dict) for one in level.values()) for level in entries]
    if not whole or not all(whole):
        hint = "write one with `omi-check batch ... --format json --output FILE`"
        raise Refused([document.fault((), "not a file of scores", hint)])
    faults = []
    for level in LEVELS:
        for name, entry in data[level].items():
            value, ends = entry.get(_key(level)), entry.get("interval")
            pair = ends is None or (isinstance(ends, list) and len(ends) == 2 and all(map(_number, ends)))
            right = value is None or (_number(value) and pair)
            if not right:
                faults.append(document.fault((level, name), f"{show(name)} has no score with its interval"))
    if faults:
        raise Refused(faults)
    scores: Mapping[str, Any] = data
    return scores


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _key(level: str) -> str:
    return "share" if level == "questions" else "score"


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Difference]:
    """What both samples score, in the order of the first; then what only the second scores."""
    for level in LEVELS:
        names = dict.fromkeys([*first[level], *second[level]])
        for name in names:
            yield _difference(level, name, first[level].get(name, {}), second[level].get(name, {}))


def _difference(level: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    factor = 100 if level == "questions" else 1
    values = [None if entry.get(_key(level)) is None else factor * entry[_key(level)] for entry in (before, after)]
    title = str(before.get("title") or after.get("title") or "")
    if values[0] is None or values[1] is None:
        return Difference(level, name, title, values[0], values[1], None, None, None)
    change = values[1] - values[0]
    if before["interval"] is None or after["interval"] is None:
        return Difference(level, name, title, values[0], values[1], change, None, None)
    (low, high), (other_low, other_high) = ([factor * end for end in entry["interval"]] for entry in (before, after))
    interval = difference(values[0], (low, high), values[1], (other_low, other_high))
    return Difference(level, name, title, values[0], values[1], change, interval, not interval[0] <= 0 <= interval[1])


def same_rules(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether both were judged by the same rules and settings."""
    return bool(
        first.get("ruleset") == second.get("ruleset")
        and first.get("line_of_priority") == second.get("line_of_priority")
    )
