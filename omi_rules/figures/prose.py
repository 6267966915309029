"""A text as it reads, every character of which knows its place in the file.

*Raw* is what is read of a file: all of a text file, what stands between the tags of a page. *Text* is the raw text made
plain for reading: one kind of blank, digit and hyphen, no marks that do not print, no emphasis. In it `BREAK` ends what
reads in one go (a paragraph, an entry of a list, a row) and `CELL` parts the cells of a row; a line end inside a
paragraph stays one.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape

from omi_rules.errors import printable

BREAK, CELL = "\x02", "\x03"

SHOWN = 160
"""Characters of a passage that are shown."""


class Offsets:
    """Where the parts of a shortened text came from; within a part, character by character."""

    def __init__(self) -> None:
        self._here, self._there = array("Q", [0]), array("Q", [0])

    def add(self, here: int, there: int) -> None:
        """From `here` on, the text comes from `there` on."""
        self._here.append(here)
        self._there.append(there)

    def back(self, here: int) -> int:
        """Where a character came from."""
        part = bisect_right(self._here, here) - 1
        return self._there[part] + here - self._here[part]


@dataclass(frozen=True)
class Prose:
    """A text to read figures in."""

    source: str
    raw: str
    text: str
    to_raw: Offsets
    to_source: Offsets
    has_entities: bool = False

    @cached_property
    def _lines(self) -> array[int]:
        return array("Q", [0, *(match.end() for match in re.finditer("\n", self.source))])

    def place(self, at: int) -> tuple[int, int]:
        """Line and column in the file, from 1, of a character of the text."""
        offset = self.to_source.back(self.to_raw.back(at))
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def words(self, start: int, end: int) -> str:
        """A passage as it is printed, in one line and safe to show; a long one without its middle."""
        passage = self.raw[self.to_raw.back(start) : self.to_raw.back(end - 1) + 1]
        passage = unescape(passage) if self.has_entities else passage
        shown = printable(" ".join(passage.replace(CELL, " | ").replace(BREAK, " ").split()))
        return shown if len(shown) <= SHOWN else f"{shown[: SHOWN // 2]} ... {shown[-SHOWN // 2 :]}"


def plain(source: str) -> Prose:
    """A text file."""
    lined = _lined(_folded(source), r"\|")
    return _prose(source, source, lined, _UNSEEN, Offsets())


def markdown(source: str) -> Prose:
    """A Markdown file: emphasis, link targets and tags are no part of the words, pipes part cells."""
    lined = _lined(_folded(source), r"(?<!\\)\|")
    return _prose(source, source, lined, _MARKDOWN, Offsets(), has_entities=True)


def page(source: str, raw: str, to_source: Offsets) -> Prose:
    """What was read between the tags of a page, in which `BREAK` and `CELL` are set already."""
    return _prose(source, raw, _folded(raw, keep=BREAK + CELL).replace("\t", " "), _HTML, to_source, has_entities=True)


def _prose(
    source: str, raw: str, text: str, odd: re.Pattern[str], to_source: Offsets, *, has_entities: bool = False
) -> Prose:
    shorter, to_raw = _shortened(text, odd, _instead)
    return Prose(source, raw, shorter.translate(_THIN), to_raw, to_source, has_entities)


# One character for another


def _folded(text: str, keep: str = "") -> str:
    """One kind of blank, line end, digit, hyphen and bracket; as long as before."""
    lines = text.replace("\r\n", " \n")
    return lines.translate({ord(c): _plain_character(c) for c in set(lines) if c not in keep})


@lru_cache(maxsize=4096)
def _plain_character(c: str) -> str:
    if c in _SAME:
        return _SAME[c]
    if c in "\n\f\t" or c.isascii():
        return c if c in "\n\f\t" or c.isprintable() else " "
    if unicodedata.category(c) == "Nd":
        return str(unicodedata.decimal(c))
    return " " if unicodedata.category(c) == "Zs" and c not in "\u2009\u202f" else c


_SAME = {
    **dict.fromkeys("\r\v\x85\u2028\u2029", "\n"),
    **dict.fromkeys("\u2010\u2011\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2044\u2215\uff0f", "/"),
    **dict.fromkeys("\u066a\ufe6a\uff05", "%"),
    **dict.fromkeys("\u2018\u2019\u02bc", "'"),
    "\uff08": "(",
    "\uff09": ")",
    "\uff0e": ".",
    "\uff0c": ",",
    "\uff1d": "=",
}
_THIN = {0x2009: " ", 0x202F: " "}

# What is no part of the words


def _shortened(text: str, odd: re.Pattern[str], instead: Callable[[re.Match[str]], str]) -> tuple[str, Offsets]:
    """A text with something shorter, or nothing, instead of every match."""
    pieces: list[str] = []
    offsets = Offsets()
    done = size = 0
    for match in odd.finditer(text):
        put = instead(match)
        pieces += [text[done : match.start()], put]
        size += match.start() - done + len(put)
        done = match.end()
        offsets.add(size - len(put), match.start())
        offsets.add(size, done)
    pieces.append(text[done:])
    return "".join(pieces), offsets


_UNSEEN_MARKS = (
    r"\u00ad(?:[ \t]*\n[ \t]*)?"  # a soft hyphen, with the line end it stands at
    r"|[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]"  # marks of direction, joiners
    r"|[\u00b2\u00b3\u00b9\u2070-\u2079]"  # raised figures are marks of footnotes
    r"|(?<=\w-)[ \t]*\n[ \t]*(?=[a-z])"  # the line end after a hyphen inside a word
    r"|(?<=[0-9])[\u2009\u202f](?=[0-9]{3}(?![0-9]))"  # a thin blank between thousands
)
_ENTITY = r"|&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?"
_UNSEEN = re.compile(_UNSEEN_MARKS)
_HTML = re.compile(_UNSEEN_MARKS + _ENTITY)
_MARKDOWN = re.compile(
    _UNSEEN_MARKS
    + _ENTITY
    + r"|\\(?=[!-/:-@\[-`{-~])"  # the backslash before a mark that is meant
    + r"|\]\((?!\s*[0-9.]+\s?%)[^()\s]{0,2000}(?:\s\"[^\"\n]{0,200}\")?\)"  # where a link leads
    + r"|\[\^[^\]\s]{1,50}\]"  # a footnote
    + r"|<sup>[^<>]{0,20}</sup>|</?(?P<tag>[A-Za-z][A-Za-z0-9]{0,20})\b[^<>\n]{0,500}>"
    + r"|[*`~]+|_+"  # emphasis
)
_BESIDE = {"br": "\n", "td": CELL, "th": CELL, "tr": BREAK, "p": BREAK, "li": BREAK, "div": BREAK}


def _instead(match: re.Match[str]) -> str:
    """What is read where something stands that is no part of the words."""
    found, text = match[0], match.string
    if found.startswith("&"):
        read = "".join(_plain_character(c) for c in unescape(found))
        return _UNSEEN.sub("", read) if len(read) <= len(found) else found
    if found.startswith("<"):
        return _BESIDE.get((match["tag"] or "").lower(), "")
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if found[0] in "*`~":  # between digits it is arithmetic
        return " " if before.isdigit() and after.isdigit() else ""
    if found[0] == "_":  # inside a name it is a letter
        return found if before.isalnum() and after.isalnum() else ""
    return ""


# Paragraphs, entries and rows of a text file

_ENTRY = re.compile(r"[ ]{0,40}(?:[-+*\u2022\u00b7\u2013\u25aa]\s|\#{1,6}\s|>|\(?(?:[a-z]|[ivx]{1,4})[.)]\s)")
_NUMBERED = re.compile(r"[ ]{0,40}\(?[0-9]{1,3}[.)]\s")
_QUOTATION = re.compile(r"^[ ]{0,3}>[^\n]*\n(?:[ ]{0,3}>[^\n]*(?:\n|\Z))+", re.MULTILINE)
_QUOTED = re.compile(r"(?<=\n)[ ]{0,3}>(?:[ ]?>){0,9}")
_PAGE_NUMBER = re.compile(r"\s*(?:-\s{0,3})?(?:[Pp]age\s{1,3})?[0-9]{1,4}(?:\s{0,3}-)?\s*")
_GOES_ON = re.compile(r"[*_ ]{0,40}(?:[a-z](?![.)]\s)|\(\s?[0-9.,]{1,9}\s?(?:%|per))")
_MORE = re.compile(r"[*_ ]{0,40}[0-9a-z(]")
_ASKS_MORE = re.compile(r"\b(?:of|out|the|in|to|or|and|for|with|by|only|just|than)$")


def _lined(text: str, pipe: str) -> str:
    """The text with `BREAK` for line ends that part what does not read in one go and `CELL` for tabs and pipes."""
    unquoted = _QUOTATION.sub(_without_marks, re.sub(pipe, CELL, text.replace("\t", CELL)))
    return "".join(_lines(unquoted))


def _lines(text: str) -> Iterator[str]:
    """Each line with what ends it. A line end is a break in a table, before an entry of a list, around a heading, and
    at blank lines unless the sentence goes on behind them, as it does over a page; a page number is then blank too."""
    held: list[str] = []  # the last line with words in it, and the blank lines and page numbers since
    for line in _split(text):
        if held and (not line.strip() or (len(held) > 1 and _PAGE_NUMBER.fullmatch(line))):
            held.append(line)
            continue
        if held:
            yield from _ended(held, line)
        held = [line]
    yield from held


def _without_marks(quotation: re.Match[str]) -> str:
    """The lines of a quotation, as long as before, without the marks of all but the first."""
    return _QUOTED.sub(lambda mark: " " * len(mark[0]), quotation[0])


def _split(text: str) -> Iterator[str]:
    start = 0
    for found in re.finditer(r"[\n\f]", text):
        yield text[start : found.end()]
        start = found.end()
    if start < len(text):
        yield text[start:]


def _ended(held: list[str], following: str) -> Iterator[str]:
    """A line and what is blank after it, as long as before."""
    line, between = held[0], "".join(held[1:])
    if _reads_on(line, following, apart=bool(between) or line.endswith("\f")):
        yield line[:-1] + "\n" + " " * len(between)
    else:
        yield (line + between)[:-1] + BREAK


def _reads_on(line: str, following: str, *, apart: bool) -> bool:
    if CELL in line or CELL in following or line.lstrip().startswith("#"):
        return False
    last = line.rstrip(" \n\f*_")[-12:]
    if _ASKS_MORE.search(last) and _MORE.match(following):
        return True
    ended = last[-1:] in ".!?:;"
    if _ENTRY.match(following) or (_NUMBERED.match(following) and (apart or ended or _NUMBERED.match(line))):
        return False
    return not apart or (not ended and bool(_GOES_ON.match(following)))
