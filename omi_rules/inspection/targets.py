"""Targets: met, nearly met or missed, worked out exactly, beside the stars that a source prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from omi_rules.exact import measured, places
from omi_rules.inspection.record import Target, TargetTable


class Attainment(StrEnum):
    """How a figure stands to its target."""

    MET = "met"
    NEAR_MISS = "near miss"
    MISSED = "missed"


@dataclass(frozen=True)
class JudgedTarget:
    """A row of a table of targets with what is made of it."""

    table: TargetTable
    row: Target
    attained: Attainment | None
    """None where no figure of the area is recorded."""
    comparator: Attainment | None
    """The same of the comparator's figure."""
    ratio: Fraction | None
    """The part of the target that was reached: actual / target, or target / actual where less is better.

    None where there is no figure, the target is not above nought, or there is nothing above nought to divide by.
    """
    near_miss_ratio: Decimal

    @property
    def period(self) -> str:
        """The time the figures are of."""
        return self.row.period or self.table.period

    @property
    def starred(self) -> bool | None:
        """Whether the row earns a star: met, or a near miss."""
        return None if self.attained is None else self.attained is not Attainment.MISSED

    @property
    def disagrees(self) -> bool:
        """Whether the source's star says other than what is worked out."""
        return None not in (self.row.star, self.starred) and self.row.star != self.starred

    @property
    def shown_target(self) -> str:
        """The target with its unit and, where less is better, that it is the most."""
        shown = measured(self.row.target, self.row.unit)
        return f"at most {shown}" if self.row.better == "lower" else shown

    @property
    def shown_actual(self) -> str:
        """The area's figure with its unit; empty if not recorded."""
        return "" if self.row.actual is None else measured(self.row.actual, self.row.unit)

    @property
    def shown_comparator(self) -> str:
        """The comparator's figure with its unit; empty if not recorded."""
        return "" if self.row.comparator is None else measured(self.row.comparator, self.row.unit)

    @property
    def shown_ratio(self) -> str:
        """The part reached with three places, or as many as keep a missed target from looking like a near miss."""
        if self.ratio is None:
            return ""
        edges = [edge for edge in (Fraction(self.near_miss_ratio), Fraction(1)) if edge != self.ratio]
        for number in (3, 4, 5, 6):
            shown = places(self.ratio, number)
            if Fraction(shown) not in edges:
                break
        return shown


def ratio(value: Decimal, target: Decimal, better: Literal["higher", "lower"]) -> Fraction | None:
    """The part of a target that a figure reaches.

    None where the target is not above nought, or where less is better and the figure is not.

    >>> ratio(Decimal(88), Decimal(90), "higher"), ratio(Decimal("14.7"), Decimal(9), "lower")
    (Fraction(44, 45), Fraction(30, 49))
    >>> ratio(Decimal(3), Decimal(0), "lower"), ratio(Decimal(0), Decimal(9), "lower")
    (None, None)
    """
    part, whole = (value, target) if better == "higher" else (target, value)
    return Fraction(part) / Fraction(whole) if target > 0 and whole > 0 else None


def attain(value: Decimal, target: Decimal, better: Literal["higher", "lower"], near_miss_ratio: Decimal) -> Attainment:
    """How a figure stands to a target. Exactly the target is met; exactly the near-miss ratio of it is a near miss.

    A target that is not above nought can be met or missed, but nothing can be said of how near a miss came.
    """
    if value >= target if better == "higher" else value <= target:
        return Attainment.MET
    reached = ratio(value, target, better)
    near = reached is not None and reached >= Fraction(near_miss_ratio)
    return Attainment.NEAR_MISS if near else Attainment.MISSED


def judged_targets(tables: Iterable[TargetTable], near_miss_ratio: Decimal) -> Iterator[JudgedTarget]:
    """Every row of some tables, judged."""
    for table in tables:
        for row in table.rows:
            actual, compared = (
                None if value is None else attain(value, row.target, row.better, near_miss_ratio)
                for value in (row.actual, row.comparator)
            )
            reached = None if row.actual is None else ratio(row.actual, row.target, row.better)
            yield JudgedTarget(table, row, actual, compared, reached, near_miss_ratio)
