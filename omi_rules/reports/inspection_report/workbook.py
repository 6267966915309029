"""The report as a workbook: a cover, a sheet a part, and one with every case below the line. No cell is a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from omi_rules.errors import Fault, Refused, printable
from omi_rules.reports.inspection_report.below import named
from omi_rules.reports.inspection_report.parts import Bars, Block, Cell, Heading, Layout, Paragraph, Points, Table
from omi_rules.reports.inspection_report.report import Report

MOST_ROWS = 1_048_576
LONGEST = 32_767
"""Characters in a cell; a longer text is cut, and says so."""
_PERCENT = re.compile(r"(-?\d{1,9}(?:\.(\d{1,2}))?)%", re.ASCII)
"""A cell that is a percentage and nothing else: it is written as the number it is."""


def xlsx(report: Report, layout: Layout) -> bytes:
    """The workbook, dated by the record.

    Raises:
        Refused: it has more rows than a sheet can hold.
    """
    rows = list(_below(report))
    if len(rows) > MOST_ROWS:
        what = f"{len(rows) - 1:,} cases below the line are more than a sheet of a workbook holds"
        raise Refused([Fault(file="--format xlsx", what=what, hint="use --format html or json")])
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": datetime.fromisoformat(layout.dated), "author": "omi-check"})
    wrap, bold = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"bold": True})
    percents = [book.add_format({"num_format": one, "valign": "top"}) for one in ("0%", "0.0%", "0.00%")]
    sheet = book.add_worksheet("cover")
    sheet.set_column(0, 1, 60, wrap)
    _fill(sheet, _cover(layout), bold, percents)
    for part in layout.parts:
        sheet = book.add_worksheet(part.id[:31])
        sheet.set_column(0, 0, 60, wrap)
        sheet.set_column(1, 8, 16, wrap)
        _fill(sheet, _rows(part.title, part.blocks), bold, percents)
    sheet = book.add_worksheet("cases below the line")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 3, 18)
    _fill(sheet, ((one, at == 0) for at, one in enumerate(rows)), bold)
    book.close()
    return out.getvalue()


def _cover(layout: Layout) -> Iterator[tuple[Sequence[Cell], bool]]:
    yield from (((layout.title,), True), ((layout.subtitle,), True))
    yield from ((row, False) for row in layout.cover)


def _below(report: Report) -> Iterator[Sequence[Cell]]:
    yield ("question", "case", "reason", "days late")
    for question, cases in sorted(report.below_scored.items()):
        for name, reason, late in named(cases, report.shown):
            yield (question, name, reason, "" if late is None else late)


def _rows(title: str, blocks: Sequence[Block]) -> Iterator[tuple[Sequence[Cell], bool]]:
    """The rows of a sheet, and whether each is a heading."""
    yield (title,), True
    for block in blocks:
        match block:
            case Heading():
                yield from (((), False), ((block.text,), True))
            case Paragraph():
                yield (block.text,), block.strong
            case Points():
                for text, under in block.items:
                    yield (text,), False
                    yield from (((f"    {one}",), False) for one in under)
            case Table():
                yield from (((), False), ((block.caption,), True), (block.head, True))
                yield from ((row, False) for row in block.rows)
            case Bars():
                yield from (((), False), ((block.caption,), True), ((block.note,), False))
                yield from _bars(block)


def _bars(block: Bars) -> Iterator[tuple[Sequence[Cell], bool]]:
    """The rows of a chart, with n and N in cells of their own where it counts them."""
    label, shown, basis, verdicts = block.heads
    if any(bar.counted for bar in block.bars):
        yield (label, shown, "n", "of N", "Base"), True
        yield from (((bar.label, bar.shown, *(bar.counted or ())), False) for bar in block.bars)
    else:
        yield [one for one in (label, shown, basis, verdicts) if one], True
        yield from (((bar.label, bar.shown, bar.basis, bar.verdict), False) for bar in block.bars)


def _fill(sheet: Any, rows: Iterator[tuple[Sequence[Cell], bool]], bold: Any, percents: Sequence[Any] = ()) -> None:
    """Write rows; `percents` are the formats of percentages by their places, none where no text is one."""
    for line, (row, heading) in enumerate(rows):
        for column, value in enumerate(row):
            share = None if heading or not percents or isinstance(value, int) else _PERCENT.fullmatch(value)
            if share:
                places = len(share[2] or "")
                sheet.write_number(line, column, float(Decimal(share[1]).scaleb(-2)), percents[places])
            elif isinstance(value, int):
                sheet.write_number(line, column, value)
            elif value:
                sheet.write_string(line, column, _cut(printable(value)), bold if heading else None)


def _cut(text: str) -> str:
    end = f" ... (cut: {len(text):,} characters)"
    return text if len(text) <= LONGEST else text[: LONGEST - len(end)] + end
