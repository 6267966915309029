"""Distinct combinations of codes in a batch.

A question depends on a handful of facts with few values each, so that a batch of any size shows only some
hundred different situations. Each is judged once and the verdict spread back over the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

Situation = tuple[int, ...]


def distinct(
    columns: Sequence[NDArray[np.int16]], sizes: Sequence[int], rows: int
) -> tuple[list[Situation], NDArray[np.int64]]:
    """The distinct rows of some columns of codes, and for each row which of them it is.

    `sizes` are the numbers of codes of each column; `rows` is the number of rows, which matters without columns.

    >>> distinct([np.array([1, 0, 1], dtype=np.int16)], [2], 3)
    ([(0,), (1,)], array([1, 0, 1]))
    """
    if rows == 1:
        return [tuple(int(column[0]) for column in columns)], np.zeros(1, dtype=np.int64)
    space = prod(sizes)
    if space > 1 << 62:  # more than a number holds
        found, which = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
        return [tuple(codes) for codes in found.tolist()], which.reshape(-1)
    key = np.zeros(rows, dtype=np.int64)
    for column, size in zip(columns, sizes, strict=True):
        key = key * size + column
    if space <= 1 << 16:  # a small space is counted, a large one sorted
        seen = np.flatnonzero(np.bincount(key, minlength=space))
        place = np.zeros(space, dtype=np.int64)
        place[seen] = np.arange(len(seen))
        inverse = place[key]
    else:
        seen, inverse = np.unique(key, return_inverse=True)
    return [_unpack(int(one), sizes) for one in seen], inverse


def _unpack(key: int, sizes: Sequence[int]) -> Situation:
    codes = []
    for size in reversed(sizes):
        key, code = divmod(key, size)
        codes.append(code)
    return tuple(reversed(codes))
