"""What a report is laid out of: parts with blocks in them, which every format writes in its own way.

All texts are plain: nothing in them is markup, and each format makes them safe in its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = str | int
"""What stands in a table: a text, or a number that a workbook can reckon with."""


@dataclass(frozen=True)
class Heading:
    """A heading inside a part."""

    text: str
    level: int = 3


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; the main statement of its part if `strong`."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Points:
    """A list of points; numbered if their order matters. Each may have points of its own."""

    items: Sequence[tuple[str, Sequence[str]]]
    numbered: bool = False
    fold: str = ""
    """What a point's own points are, in the singular: a page folds them away under their number."""


@dataclass(frozen=True)
class Table:
    """A table under a caption; the first cell of each row is its heading."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Bar:
    """A bar of a chart, in per cent, with the figures it stands for."""

    label: str
    value: float | None
    """Not rounded; None where there is nothing to show."""
    shown: str
    """The value as it is printed: ``69%``."""
    basis: str
    """``n of N``, or the interval of a score."""
    counted: tuple[int, int, str] | None = None
    """The numbers n and N apart, and the mark of a small base: what a workbook can reckon with."""
    low: float | None = None
    high: float | None = None
    verdict: str = ""
    priority: bool = False
    """Whether it is under the line of priority."""
    id: str = ""
    link: str = ""
    """The part it leads to."""
    cases: Sequence[tuple[str, str]] = ()
    """The cases below the line: a reason, and the names of its cases."""
    below: int = 0
    """How many they are."""


@dataclass(frozen=True)
class Bars:
    """A chart of bars with its figures beside them; it is itself a table."""

    caption: str
    note: str
    bars: Sequence[Bar]
    heads: tuple[str, str, str, str]
    """What stands over labels, values, bases and verdicts; nothing over verdicts where there are none."""
    line: int | None = None
    """The line of priority, where one is drawn."""


Block = Heading | Paragraph | Points | Table | Bars


@dataclass(frozen=True)
class Part:
    """A part of a report, which begins a page of its own in print where it is long."""

    id: str
    title: str
    blocks: Sequence[Block]
    new_page: bool = False


@dataclass(frozen=True)
class Layout:
    """A whole report, laid out."""

    title: str
    subtitle: str
    cover: Sequence[tuple[str, str]]
    """What the cover says: a word and what it stands for."""
    parts: Sequence[Part]
    dated: str = field(default="")
    """The day the report bears, as a year, month and day: the last of the field work."""
