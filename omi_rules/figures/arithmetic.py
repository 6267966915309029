"""Whether a count, its base and a printed percentage agree, and what would.

A percentage agrees if the share lies within half a unit of its last printed digit, both ends included: so it may have
been rounded half up, half down or half to even, and 46% stands for 45.5% to 46.5%. Cutting digits off is not rounding.
All in whole numbers: nothing is lost to floating point.
"""

from __future__ import annotations

from decimal import Decimal

Range = tuple[int, int | None]
"""Lowest and highest of some whole numbers; no highest where there is none."""


def agrees(count: int, base: int, printed: Decimal) -> bool:
    """Whether `count` of `base`, which is not 0, may be printed as this percentage.

    >>> agrees(38, 76, Decimal("46")), agrees(35, 76, Decimal("46"))
    (False, True)
    >>> agrees(1, 8, Decimal("12")), agrees(1, 8, Decimal("13"))
    (True, True)
    >>> agrees(35, 76, Decimal("46.1")), agrees(35, 76, Decimal("46.0"))
    (True, False)
    """
    unit, shown = _scaled(printed)
    return 2 * abs(100 * unit * count - shown * base) <= base


def percentage(count: int, base: int, like: Decimal) -> Decimal:
    """The share, rounded half up to as many digits as a printed percentage has.

    >>> str(percentage(38, 76, Decimal("46"))), str(percentage(1, 8, Decimal("46.0")))
    ('50', '12.5')
    """
    unit, _ = _scaled(like)
    return Decimal((200 * unit * count + base) // (2 * base)).scaleb(_exponent(like))


def counts(base: int, printed: Decimal) -> Range | None:
    """The counts of a base that a percentage may stand for.

    >>> counts(76, Decimal("46")), counts(10, Decimal("46")), counts(76, Decimal("146"))
    ((35, 35), None, None)
    """
    unit, shown = _scaled(printed)
    low = max(0, _up((2 * shown - 1) * base, 200 * unit))
    high = min(base, (2 * shown + 1) * base // (200 * unit))
    return (low, high) if low <= high else None


def bases(count: int, printed: Decimal) -> Range | None:
    """The bases of which a count would be this percentage.

    >>> bases(38, Decimal("46")), bases(3, Decimal("0")), bases(0, Decimal("7")), bases(3, Decimal("99"))
    ((82, 83), (600, None), None, None)
    """
    unit, shown = _scaled(printed)
    low = max(1, count, _up(200 * unit * count, 2 * shown + 1))
    if shown == 0:
        return low, None
    high = 200 * unit * count // (2 * shown - 1)
    return (low, high) if low <= high else None


def _scaled(printed: Decimal) -> tuple[int, int]:
    """Units of the last printed digit in 1, and in the percentage."""
    unit: int = 10 ** -_exponent(printed)
    return unit, int(printed * unit)


def _exponent(printed: Decimal) -> int:
    return min(0, int(printed.as_tuple().exponent))


def _up(number: int, by: int) -> int:
    """Divided, and rounded up to a whole number."""
    return -(-number // by)
