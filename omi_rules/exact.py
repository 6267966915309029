"""Decimal numbers as people write them, kept exactly, and what is made of them: shares and percentages."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Annotated

from pydantic_core import PydanticCustomError

from omi_rules.forms import Made

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_LIKE_ONE = re.compile(r"-?[\d.,\s]*\d", re.ASCII)


def exact(value: object) -> Decimal:
    """A number from a file: whole, or with a point and up to six places.

    >>> exact(90), exact("14.7")
    (Decimal('90'), Decimal('14.7'))
    """
    if isinstance(value, Decimal):
        return value
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not _NUMBER.fullmatch(text):
        raise PydanticCustomError("bad_number", "not a number", {"hint": _hint(text)})
    return Decimal(text)


def _hint(text: str) -> str:
    """What may have been meant by a text that is no number."""
    for mark in ("%", "£"):
        if mark in text:
            return f'write the number alone, and `unit: "{mark}"` beside it'
    found = _LIKE_ONE.fullmatch(text.strip())
    if found and "," in text:
        thousands = re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text.strip(), re.ASCII)
        return f"write {text.strip().replace(',', '') if thousands else text.strip().replace(',', '.')}"
    return "write a number such as 88 or 14.7"


Exact = Annotated[Decimal, Made(exact, "number")]
"""A number with all its places."""


def plain(value: Decimal) -> int | float:
    """A number as JSON writes it.

    >>> plain(Decimal("90")), plain(Decimal("14.7"))
    (90, 14.7)
    """
    return int(value) if value == value.to_integral_value() else float(value)


def measured(value: Decimal, unit: str = "") -> str:
    """A number with its unit, as reports print it.

    >>> measured(Decimal("88"), "%"), measured(Decimal("14.7"), "days"), measured(Decimal("45669000"), "£")
    ('88%', '14.7 days', '£45,669,000')
    """
    number = f"{value:,f}"
    if unit == "£":
        return f"-£{number[1:]}" if value < 0 else f"£{number}"
    return f"{number}{unit if unit in ('', '%') else f' {unit}'}"


def percent(n: int, of: int) -> int | None:
    """A share as a whole percentage, halves up; None of nothing.

    >>> percent(35, 150), percent(28, 30), percent(1, 200), percent(0, 0)
    (23, 93, 1, None)
    """
    return (200 * n + of) // (2 * of) if of else None


def places(value: Fraction, number: int) -> str:
    """A share with so many decimal places, halves up.

    >>> places(Fraction(88, 90), 3), places(Fraction(1, 2000), 3), places(Fraction(-1, 3), 2)
    ('0.978', '0.001', '-0.33')
    """
    scaled = floor(value * 10**number + Fraction(1, 2))
    return f"{Decimal(scaled).scaleb(-number):.{number}f}"
