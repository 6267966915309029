"""How sure a share or a score is."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054
"""The normal quantile of a two-sided interval of 95%."""

Interval = tuple[float, float]


def wilson(share: float, whole: float) -> Interval:
    """Wilson's 95% interval of a share of so many cases.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.

    >>> [round(end, 4) for end in wilson(78 / 137, 137)]
    [0.4857, 0.6493]
    """
    z2 = Z * Z
    centre = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z / (1 + z2 / whole) * sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole))
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def finite(cases: int, caseload: int | None) -> float:
    """The factor by which intervals narrow when the sample is a good part of the caseload.

    >>> finite(150, None), round(finite(150, 300), 3)
    (1.0, 0.708)
    """
    if caseload is None:
        return 1.0
    return sqrt((caseload - cases) / (caseload - 1)) if cases < caseload else 0.0


def percentiles(resampled: NDArray[np.float64], score: NDArray[np.float64], factor: float) -> list[Interval | None]:
    """The 95% percentile interval of each column of resampled scores, narrowed towards the score by `factor`.

    Smoothing draws the resampled scores towards a half. That is right where a share lies at 0 or 1 by chance and wrong
    elsewhere: half of it is taken back (docs/statistics.md).
    """
    made: list[Interval | None] = []
    for column, value in zip(resampled.T, score, strict=True):
        if np.isnan(value):
            made.append(None)
            continue
        low, high = np.percentile(column, [2.5, 97.5]) + (value - column.mean()) / 2
        low, high = max(0.0, min(low, value)), min(100.0, max(high, value))
        made.append((float(value - (value - low) * factor), float(value + (high - value) * factor)))
    return made


def difference(first: float, of_first: Interval, second: float, of_second: Interval) -> Interval:
    """The 95% interval of `second - first` from the intervals of both (variance estimates recovered from the limits).

    Source: R. G. Newcombe, Stat. Med. 17 (1998) 873, method 10, and its extension to any two intervals.

    >>> [round(end, 3) for end in difference(0.5, (0.4, 0.6), 0.7, (0.6, 0.8))]
    [0.059, 0.341]
    """
    gap = second - first
    low = sqrt((second - of_second[0]) ** 2 + (of_first[1] - first) ** 2)
    high = sqrt((of_second[1] - second) ** 2 + (first - of_first[0]) ** 2)
    return gap - low, gap + high
