"""The report as a document for a word processor."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

from docx import Document
from docx.document import Document as Made

from omi_rules.errors import printable
from omi_rules.reports.inspection_report.parts import Bars, Block, Heading, Layout, Paragraph, Points, Table

_STAMP = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip archive can bear: the same inputs give the same bytes."""


def docx(layout: Layout) -> bytes:
    """The document, dated by the record."""
    made = Document()
    day = datetime.fromisoformat(layout.dated)
    about = made.core_properties
    about.created = about.modified = day
    about.author = about.last_modified_by = "omi-check"
    about.title, about.comments = printable(layout.title)[:255], ""
    made.add_heading(printable(f"{layout.title}: {layout.subtitle}"), 0)
    for word, said in layout.cover:
        made.add_paragraph(printable(f"{word}: {said}"))
    for part in layout.parts:
        made.add_heading(printable(part.title), 1)
        for block in part.blocks:
            _add(made, block)
    out = io.BytesIO()
    made.save(out)
    return _restamped(out.getvalue())


def _add(made: Made, block: Block) -> None:
    match block:
        case Heading():
            made.add_heading(printable(block.text), block.level - 1)
        case Paragraph():
            made.add_paragraph().add_run(printable(block.text)).bold = block.strong
        case Points():
            for text, under in block.items:
                made.add_paragraph(printable(text), style="List Number" if block.numbered else "List Bullet")
                for one in under:
                    made.add_paragraph(printable(one), style="List Bullet 2")
        case Table():
            _table(made, block.caption, [*block.head], [[str(one) for one in row] for row in block.rows])
        case Bars():
            heads = [one for one in block.heads if one]
            rows = [[b.label, b.shown, b.basis, b.verdict][: len(heads)] for b in block.bars]
            _table(made, block.caption, heads, rows)
            made.add_paragraph(printable(block.note))
            for bar in block.bars:
                for reason, names in bar.cases:
                    made.add_paragraph(printable(f"{bar.id}, below the line, {reason}: {names}"))


def _table(made: Made, caption: str, head: list[str], rows: list[list[str]]) -> None:
    from docx.oxml import OxmlElement

    made.add_paragraph().add_run(printable(caption)).bold = True
    table = made.add_table(rows=len(rows) + 1, cols=len(head), style="Light Grid Accent 1")
    for row, texts in zip(table.rows, [head, *rows], strict=True):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        for at, text in zip(row.cells, texts, strict=True):
            at.text = printable(text)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _restamped(raw: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            new.writestr(zipfile.ZipInfo(one.filename, _STAMP), old.read(one), zipfile.ZIP_DEFLATED)
    return out.getvalue()
