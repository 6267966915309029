"""Statements whose figures stand in neighbouring cells of a table, and the columns that are headed as percentages.

Such cells need not belong together: one may be a count, the next a target. But they do if they agree in most rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from omi_rules.figures.claim import Claim, Doubt
from omi_rules.figures.prose import BREAK, CELL

APART = 2000
"""Characters that may lie between two statements of one table."""
ROWS = 2
"""Rows that must agree at least."""

_HEADING = re.compile(r"%|\bper\s?cent", re.IGNORECASE)
_DIGIT = re.compile(r"[0-9]")
_BARE = re.compile(
    r"\s*(?:[0-9]{1,12}\s*(?:(?:/|of)\s*[0-9]{1,12}\s*)?\(\s*)?(100|[0-9]{1,2}(?:\.[0-9]{1,9})?)(?:\s*\))?\s*"
)


def headed(text: str) -> frozenset[int]:
    """Where percentages stand without a sign, as the heading of their column has it: 46, 38 (46), 38/76 (46)."""
    found: set[int] = set()
    columns: set[int] = set()
    at = 0
    for row in text.split(BREAK):
        cells = row.split(CELL)
        if len(cells) == 1 and row.strip():
            columns = set()
        is_head = not _DIGIT.search(row)
        for i, cell in enumerate(cells if len(cells) > 1 else ()):
            if is_head and _HEADING.search(cell):
                columns.add(i)
            elif i in columns and (bare := _BARE.fullmatch(cell)):
                found.add(at + bare.start(1))
            at += len(cell) + 1
        at += len(row) + 1 if len(cells) == 1 else 0
    return frozenset(found)


def settled(text: str, claims: Iterable[Claim]) -> Iterator[Claim]:
    """The statements of a text, without the doubt about cells in tables most rows of which agree."""
    table: list[Claim] = []
    for claim in claims:
        if table and not _in_one_table(text, table[-1].end, claim.start):
            yield from _of_table(table)
            table = []
        if table or claim.doubt is Doubt.CELLS:
            table.append(claim)
        else:
            yield claim
    yield from _of_table(table)


def _in_one_table(text: str, end: int, start: int) -> bool:
    """Whether nothing but rows of cells lies between two places."""
    if start - end > APART:
        return False
    return all(CELL in row or not row.strip() for row in text[end:start].split(BREAK)[1:-1])


def _of_table(found: list[Claim]) -> Iterator[Claim]:
    agreeing = [claim.agrees for claim in found if claim.doubt is Doubt.CELLS]
    belong = sum(agreeing) >= max(ROWS, len(agreeing) // 2 + 1)
    for claim in found:
        yield replace(claim, doubt=None) if belong and claim.doubt is Doubt.CELLS else claim
