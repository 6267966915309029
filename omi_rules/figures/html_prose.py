"""What a page says: the text between its tags, joined over inline ones, with its places in the file."""

from __future__ import annotations

import re
from array import array
from html.parser import HTMLParser

from omi_rules.errors import Fault, Refused
from omi_rules.figures.prose import BREAK, CELL, Offsets, Prose, page

_INLINE = frozenset(
    re.split(
        r"\s",
        "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q ruby s samp small "
        "span strike strong sub sup time tspan tt u var wbr",
    )
)
_CELLS = frozenset(("td", "th"))
_ROWS = frozenset(("table", "caption", "thead", "tbody", "tfoot", "tr"))
_SILENT = frozenset(("script", "style"))
_NOTE_MARK = re.compile(r"\s*[\[(]?[0-9a-z*†‡§,]{1,8}[\])]?\s*")

_NO_ENTITY = "\ufffc"


def read(source: str, name: str) -> Prose:
    """A page as prose. Scripts, styles, comments and attributes are not read; a raised number is a footnote's.

    Raises:
        Refused: a tag, comment or script that is never closed, so that it cannot be told what is text.
    """
    reader = _Reader(source)
    what = ""
    try:
        # Entities stay as they are, so that every character keeps its place. Not `close()`: it would read what is
        # left as text, and takes a time that grows with its square.
        reader.feed(source.replace("&", _NO_ENTITY))
    except AssertionError:  # how the parser says that it knows no `<![...`
        what = "a `<![` section that is not one of HTML"
    left = reader.rawdata
    if not what and (len(left) > 1 or reader.cdata_elem):
        what = "a tag, comment or script that is never closed"
    if what:
        line, column = reader.getpos()
        excerpt = source.split("\n", line)[line - 1].rstrip("\r")
        hint = "close it: what follows cannot be told from text"
        raise Refused([Fault(name, line, column + 1, what=what, hint=hint, excerpt=excerpt)])
    return reader.prose()


class _Reader(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self._source = source
        self._starts = array("Q", [0, *(match.end() for match in re.finditer("\n", source))])
        self._pieces: list[str] = []
        self._size = 0
        self._offsets = Offsets()
        self._silent = self._raised = False
        self._in_cell = self._has_words = self._ended = False

    def prose(self) -> Prose:
        """What was read."""
        return page(self._source, "".join(self._pieces), self._offsets)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Note what begins."""
        self._silent = tag in _SILENT
        if tag == "br":
            self._part("\n")
        elif tag in _CELLS:
            self._part(CELL)
            self._in_cell, self._has_words, self._ended = True, False, False
        elif tag not in _INLINE:
            self._end_paragraph(tag)
        self._raised = tag == "sup" or (self._raised and tag in _INLINE)

    def handle_endtag(self, tag: str) -> None:
        """Note what ends."""
        self._silent = False
        self._raised = self._raised and tag in _INLINE and tag != "sup"
        if tag not in _INLINE and tag not in _CELLS and tag != "br":
            self._end_paragraph(tag)

    def handle_data(self, data: str) -> None:
        """Keep a piece of text, unless it is of a script or style or the mark of a footnote."""
        if self._silent:
            return
        at = self._at()
        piece = self._source[at : at + len(data)]
        if self._raised and len(piece) <= 20 and _NOTE_MARK.fullmatch(piece):
            return
        if not piece.isspace():
            if self._ended:
                self._add(BREAK, at)
            self._has_words, self._ended = True, False
        self._add(piece, at)

    def _end_paragraph(self, tag: str) -> None:
        """Break off; in a cell only between paragraphs, as Word puts every cell's text in a paragraph."""
        self._in_cell = self._in_cell and tag not in _ROWS
        if self._in_cell:
            self._ended = self._has_words
        else:
            self._part(BREAK)

    def _part(self, mark: str) -> None:
        self._add(mark, self._at())

    def _add(self, piece: str, at: int) -> None:
        self._offsets.add(self._size, at)
        self._pieces.append(piece)
        self._size += len(piece)

    def _at(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column
