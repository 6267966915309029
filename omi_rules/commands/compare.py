"""``omi-check compare``: two files of scores, two times or two areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omi_rules.commands import apart, say
from omi_rules.output import write
from omi_rules.reports.text import table, to_csv, to_json
from omi_rules.scoring.compare import Difference, differences, read_scores, same_rules


def compare(first: Path, second: Path, format_: str, to: Path | None, *, width: int, colour: bool, quiet: bool) -> int:
    """Compare two files of scores; the exit code. Raises `Refused`."""
    apart({"--output": to}, (first, second))
    before, after = read_scores(first), read_scores(second)
    if not same_rules(before, after) and not quiet:
        say("warning: the two were not judged by the same rules: what differs may be the rules and not the work")
    found = list(differences(before, after))
    if format_ == "json":
        made = to_json(
            {
                "first": _sample(first, before),
                "second": _sample(second, after),
                "differences": [_entry(one) for one in found],
            }
        )
    elif format_ == "csv":
        made = to_csv([_flat(one) for one in found])
    elif format_ == "md":
        made = _markdown(before, after, found)
    else:
        from omi_rules.reports.terminal_compare import compare_rich

        made = compare_rich((str(first), before), (str(second), after), found, width=width, colour=colour)
    write(made, to)
    return 0


def _sample(path: Path, scores: Mapping[str, Any]) -> dict[str, Any]:
    return {"file": path.name, "cases": scores.get("cases"), "ruleset": scores.get("ruleset")}


def _entry(one: Difference) -> dict[str, Any]:
    return {**vars(one), "interval": list(one.interval) if one.interval else None}


def _flat(one: Difference) -> dict[str, Any]:
    low, high = one.interval or (None, None)
    made = vars(one) | {"interval_low": low, "interval_high": high}
    del made["interval"]
    return made


def _markdown(before: Mapping[str, Any], after: Mapping[str, Any], found: Sequence[Difference]) -> str:
    rows = [
        [one.id, one.title, _percent(one.first), _percent(one.second), _signed(one), "yes" if one.beyond_chance else ""]
        for one in found
    ]
    lines = [f"# {before.get('cases')} cases against {after.get('cases')}", ""]
    lines += table(["", "", "first", "second", "change (95% interval)", "more than chance"], rows)
    return "\n".join(lines) + "\n"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _signed(one: Difference) -> str:
    if one.change is None or one.interval is None:
        return ""
    return f"{one.change:+.1f} ({one.interval[0]:+.1f} to {one.interval[1]:+.1f})"
