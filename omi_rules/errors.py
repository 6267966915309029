"""What is wrong with an input, said so that it can be put right.

A `Fault` names what is wrong, where, why and what to try. Faults are gathered and reported together: a reader
who is told of one fault at a time has to run the tool once for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

SHOWN = 100
"""How many faults are written out; the rest are counted."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong with one place of an input.

    Sorted by file and position. `line` and `column` count from 1; 0 means that they are not known.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    """The place inside the record or rule, as in ``events[3].on``."""
    what: str = ""
    hint: str = ""
    """What to try, or why the rule is as it is."""
    excerpt: str = ""
    """The line of the input in which the fault stands."""

    def __str__(self) -> str:
        place = printable(self.file) + "".join(f":{number}" for number in (self.line, self.column) if number)
        lines = [": ".join(part for part in (place, self.path, self.what) if part)]
        if self.column and self.excerpt.strip() not in ("", "{", "{}", "["):  # brackets alone show nothing
            shown, caret = _window(self.excerpt, self.column)
            lines += [f"    {shown}", f"    {' ' * caret}^"]
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class Refused(Exception):
    """An input that cannot be used as it is, with everything found wrong with it (exit code 2)."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__(self.faults)

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults[:SHOWN]]
        if len(self.faults) > SHOWN:
            lines.append(f"and {len(self.faults) - SHOWN} more faults")
        return "\n".join(lines)


class Defect(Exception):
    """Something that cannot be the user's doing: a fault of this program (exit code 3)."""


def nearest(word: object, choices: Iterable[object], otherwise: str = "") -> str:
    """A hint that names the valid word nearest to `word`; where none is near, all of them, or what to do `otherwise`.

    >>> nearest("roh_reveiw", ["roh_review", "conviction"]), nearest("Very High", ["high", "very_high"])
    ('did you mean `roh_review`?', 'did you mean `very_high`?')
    >>> nearest("x", ["low", "high"]), nearest("2", [1, 2])
    ('one of: low, high', 'write 2 without quotation marks')
    """
    names = list(dict.fromkeys(show(choice) for choice in choices))
    given = show(word)
    if given in names:  # the same to the eye, but a text where a number is wanted, or the other way round
        return f"write {given} without quotation marks" if isinstance(word, str) else f'write it as a text: "{given}"'
    if given in ("yes", "no") and set(names) == {"true", "false"}:
        return f"write {'true' if given == 'yes' else 'false'}"
    close = _close(given, tuple(names))
    if close:
        return f"did you mean `{close}`?"
    return f"one of: {', '.join(names)}" if 0 < len(names) <= 20 else otherwise


@lru_cache(maxsize=1024)  # one slip is often made a thousand times
def _close(given: str, names: tuple[str, ...]) -> str:
    folded = {_folded(name): name for name in reversed(names)}
    close = get_close_matches(_folded(given), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def _folded(word: str) -> str:
    """A word without what people mix up: capitals, hyphens, blanks, noughts before a number."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", word.lower().replace("-", "_").replace(" ", "_"))


def show(value: object) -> str:
    """A value as a record or rule writes it, short and safe to print.

    >>> show(True), show(None), show("a\\x1b[31m"), show("x" * 200)[-3:]
    ('true', 'null', 'a\\\\x1b[31m', '...')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = str(value)
    return printable(text if len(text) <= 60 else text[:57] + "...")


def printable(text: str) -> str:
    """Text from a record made safe for a terminal: control and direction marks are written out, not obeyed."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def written(path: Iterable[str | int]) -> str:
    """A path as people write it.

    >>> written(["events", 3, "on"])
    'events[3].on'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{show(part)}" if text else show(part)
    return text


def _window(line: str, column: int, width: int = 110) -> tuple[str, int]:
    """The part of a line around a column (from 1) that fits a screen, and where the caret goes in it."""
    start = max(0, column - 1 - width // 2) if len(line) > width else 0
    shown = line[start : start + width].replace("\t", " ")
    return printable(shown), len(printable(shown[: column - 1 - start]))
