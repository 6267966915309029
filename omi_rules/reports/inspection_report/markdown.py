"""The report as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from omi_rules.reports.inspection_report.parts import Bars, Block, Heading, Layout, Paragraph, Points, Table
from omi_rules.reports.text import cell, table


def markdown(layout: Layout) -> str:
    """The page; text of the record is escaped, so that it stays text."""
    lines = [f"# {_safe(layout.title)}: {_safe(layout.subtitle)}", ""]
    lines += [f"- {_safe(word)}: {_safe(said)}" for word, said in layout.cover]
    for part in layout.parts:
        lines += ["", f"## {_safe(part.title)}"]
        for block in part.blocks:
            lines += ["", *_lines(block)]
    return "\n".join(lines) + "\n"


def _safe(text: str) -> str:
    return cell(text).replace("&", "&amp;").replace("#", "\\#").replace("~", "\\~")


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * block.level} {_safe(block.text)}"
        case Paragraph():
            yield f"**{_safe(block.text)}**" if block.strong else _safe(block.text)
        case Points():
            for number, (text, under) in enumerate(block.items, start=1):
                yield f"{f'{number}.' if block.numbered else '-'} {_safe(text)}"
                yield from (f"    - {_safe(one)}" for one in under)
        case Table():
            yield from (f"**{_safe(block.caption)}**", "")
            yield from table([str(one) for one in block.head], [[str(one) for one in row] for row in block.rows])
        case Bars():
            yield from (f"**{_safe(block.caption)}**", "", _safe(block.note), "")
            heads = [one for one in block.heads if one]
            yield from table(heads, [[b.label, b.shown, b.basis, b.verdict][: len(heads)] for b in block.bars])
            for bar in block.bars:
                for reason, names in bar.cases:
                    yield from ("", f"{_safe(bar.id)}, below the line, {_safe(reason)}: {_safe(names)}")
