"""The figures of a text in their order: counts and percentages, in digits or in words.

What is a number but hardly a count is told by what stands beside it: a level, a length of time, a date, a range.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from omi_rules.figures.prose import BREAK, CELL


class Kind(Enum):
    """What a figure is."""

    COUNT = "count"
    SHARE = "share"
    OTHER = "other"
    """Neither: an amount, a decimal, part of a word."""


class Aside(Enum):
    """Why a number is hardly a count, or no exact percentage of one."""

    LABEL = "label"
    TIME = "time"
    DATE = "date"
    RANGE = "range"
    GROUP = "group"
    """Part of a number written with blanks between the thousands."""
    TARGET = "target"
    NOTE = "note"
    """The mark of a footnote, [12]."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at a place of the text."""

    kind: Kind
    start: int
    """Where it begins, with what hedges it."""
    at: int
    end: int
    value: Decimal | None = None
    """As printed, to its last digit; nothing where that cannot be read."""
    hedged: bool = False
    """Whether a word before it says that it is not exact, as "nearly" does."""
    aside: Aside | None = None
    in_running_text: bool = False
    """Whether a word stands before it."""

    @property
    def count(self) -> int:
        """The number of a count."""
        return int(self.value or 0)


_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ONES += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ("hundred", "thousand")
_WORTH = {word: i for i, word in enumerate(_ONES)} | {word: 10 * i for i, word in enumerate(_TENS, 2)}

NUMBER_WORD = "|".join(sorted([*_WORTH, *_SCALES], key=len, reverse=True))
DASHES = r"\u2013\u2014-"
"""For a class of characters in a pattern."""

_BETWEEN = r"(?:-|[ \n]{1,40}(?:and[ \n]{1,40})?)"
_NUMBER = re.compile(
    r"(?:(?<![\w.,])\.)?[0-9]+(?:[.,][0-9]+)*"
    rf"|(?<!\w)(?<!\w[-'])(?ai:(?:{NUMBER_WORD})(?:{_BETWEEN}(?:{NUMBER_WORD})){{0,8}})(?!\w)(?!['-]\w)"
)
_PERCENT = re.compile(r"\s{0,9}(?:%|per\s{1,40}cent\b|percent\b)(?!\s{0,40}-?points?\b)", re.IGNORECASE)
_WHOLE = re.compile(r"[1-9][0-9]{0,11}|0|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,3}")
_READABLE = re.compile(r"(?:0|[1-9][0-9]{0,11}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,3}|(?=\.))(?:\.[0-9]{1,9})?")

_HEDGE = re.compile(
    r"(?:\b(?:(?:just|well|slightly)\s+(?:over|under)|(?:no\s+)?(?:more|less|fewer)\s+than|about|around|approximately|"
    r"approx\.?|circa|roughly|nearly|almost|over|under|at\s+(?:least|most)|up\s+to|all\s+(?:but|except))"
    r"|(?<![\w\"'/])[<>~\u2248\u2264\u2265])\s*$",
    re.IGNORECASE,
)
_HEDGING = frozenset(
    ("over", "under", "than", "about", "around", "approximately", "approx", "circa", "roughly", "nearly", "almost")
) | frozenset(("least", "most", "to", "but", "except", "<", ">", "~", "\u2248", "\u2264", "\u2265"))
"""What a hedge ends with; the pattern is tried after these only, as it takes long."""
_LABELS = frozenset(
    re.split(
        " ",
        "level tier section chapter table chart figure appendix page paragraph criterion question stage phase step "
        "category grade band rule act circular number volume part item sheet slide objective standard version note "
        "footnote clause schedule",
    )
)
_LABELS |= {f"{label}s" for label in _LABELS} | {"appendices", "annex", "criteria", "categories", "no"}
_LABELS |= {"ranked", "placed", "aged"}
_NEXT_LABEL = re.compile(rf"\s*(?:,\s*(?:and\s+|or\s+)?|\band\s+|\bor\s+|\bto\s+|&\s*|[{DASHES}]\s*)")
_NO_LABEL = re.compile(r"\s+(?:out\s+)?of\b|\s?/")
_TARGET = re.compile(
    r"\b(?:targets?|goals?|averages?|national|nationally)(?:\s+(?:of|was|is|at))?\s*:?\s*$", re.IGNORECASE
)
_TIME = re.compile(r"\s{1,40}(?:(?:working|calendar)\s{1,40})?(?:days?|weeks?|months?|years?|hours?|minutes?)\b")
_POINTS = re.compile(r"\s{0,9}(?:percentage|per\s{1,9}cent|percent|%)?\s{0,9}-?points?\b")
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_MONTH_AFTER, _MONTH_BEFORE = re.compile(rf"\s{{1,9}}{_MONTH}\b"), re.compile(rf"\b{_MONTH}\s{{1,9}}$")
_AMOUNT = re.compile(r"\s{0,3}(?:million|billion|thousand|bn)\b")
_STUCK_AFTER = re.compile(r"[^\W\d]|[-'][^\W\d]|\+")
_RANGE_BEFORE = re.compile(r"[0-9]\s?[\u2013-]$")
_RANGE_AFTER = re.compile(rf"[\u2013-][0-9]|\s[{DASHES}]\s[0-9][0-9.,]{{0,12}}(?![0-9.,])(?!\s?(?:%|per))")
_SHARES_BEFORE = re.compile(rf"[0-9](?:[\u2013-]|\s?%\s?[{DASHES}]\s?|\s?%?\s+to\s+)$")
_SHARES_AFTER = re.compile(rf"\s?[{DASHES}]\s?[0-9][0-9.]{{0,9}}\s?(?:%|per)")
_GROUP_BEFORE, _GROUP_AFTER = re.compile(r"[0-9] $"), re.compile(r" [0-9]{3}(?![0-9])(?!\s{0,9}(?:%|per))")


def figures(text: str, shares: Container[int] = ()) -> Iterator[Figure]:
    """Every number of a text. Those at `shares` are percentages without a sign, as their column says."""
    label_end = -1  # the end of the last number that named a level, a section, ...
    at = 0
    while found := _NUMBER.search(text, at):
        figure = _figure(text, found, label_end, headed=found.start() in shares)
        at = figure.end
        if figure.aside is Aside.LABEL:
            label_end = figure.end
        yield figure


def _figure(text: str, found: re.Match[str], label_end: int, *, headed: bool) -> Figure:
    at, end = found.span()
    value: Decimal | None
    if in_words := found[0][0].isalpha():
        value, length = spelt(found[0])
        end = at + length
    else:
        value = Decimal(found[0].replace(",", "")) if _READABLE.fullmatch(found[0]) else None
    before = text[max(0, at - 40) : at]
    word = _last_word(before)
    hedge = _HEDGE.search(before) if word in _HEDGING or word[-1:] in _HEDGING else None
    start = at - len(hedge[0]) if hedge else at
    percent = _PERCENT.match(text, end)
    if percent or headed:
        end = percent.end() if percent else end
        aside = _aside_of_share(text, before, end)
        return Figure(Kind.SHARE, start, at, end, value, hedge is not None, aside)
    if value is None or not (in_words or _WHOLE.fullmatch(found[0])) or _part_of_more(text, before, end):
        return Figure(Kind.OTHER, start, at, end)
    goes_on = label_end >= 0 and value < 100 and _goes_on(text, label_end, at, end)
    label = goes_on or (word in _LABELS and before[-1:].isspace())
    aside = Aside.LABEL if label else _aside_of_count(text, before, at, end, int(value))
    return Figure(Kind.COUNT, start, at, end, value, hedge is not None, aside, in_running_text=word.isalpha())


def spelt(phrase: str) -> tuple[Decimal, int]:
    """The number that a phrase of number words begins with, and how many characters say it.

    >>> spelt("twenty-six"), spelt("One hundred and fifty"), spelt("two three"), spelt("forty ten")
    ((Decimal('26'), 10), (Decimal('150'), 21), (Decimal('2'), 3), (Decimal('40'), 5))
    """
    total = current = end = 0
    last = ""
    for word in re.finditer(r"[a-z]+", phrase.lower()):
        said = word[0]
        if said == "and":
            if last in _SCALES:
                continue
            break
        if not _follows(last, said):
            break
        if said == "thousand":
            total, current = total + max(1, current) * 1000, 0
        else:
            current = max(1, current) * 100 if said == "hundred" else current + _WORTH[said]
        last, end = said, word.end()
    return Decimal(total + current), end


def _last_word(before: str) -> str:
    words = before.split()
    return words[-1].lower().lstrip("([*_\"'" + BREAK + CELL).rstrip(".:") if words else ""


def _follows(last: str, said: str) -> bool:
    """Whether a number word may follow another within one number."""
    if not last:
        return True
    if said in _SCALES:
        return last not in _SCALES or (last, said) == ("hundred", "thousand")
    return last in _SCALES or (last in _TENS and 0 < _WORTH[said] < 10)


def _part_of_more(text: str, before: str, end: int) -> bool:
    """Whether a number is part of a word, of an amount of money or of millions."""
    last = before[-1:]
    stuck = last.isalnum() or last in ("_", ".", "£", "$", "€", "#", "^")
    return stuck or bool(_STUCK_AFTER.match(text, end) or _AMOUNT.match(text, end) or _POINTS.match(text, end))


def _aside_of_share(text: str, before: str, end: int) -> Aside | None:
    """Whether a percentage is an end of a range, a change, part of a longer number, or a target."""
    last = before[-1:]
    signed = last in ("-", "+", "\u2013", "\u2212", "\u00b1") and not (last == "\u2013" and before[-2:-1].isalpha())
    stuck = signed or last.isalnum() or last in ("_", ".", ",")
    if stuck or _SHARES_BEFORE.search(before) or _SHARES_AFTER.match(text, end):
        return Aside.RANGE
    return Aside.TARGET if _TARGET.search(before) else None


def _aside_of_count(text: str, before: str, at: int, end: int, value: int) -> Aside | None:
    if before[-1:] == "[" and text[end : end + 1] == "]":
        return Aside.NOTE
    if _RANGE_BEFORE.search(before) or _RANGE_AFTER.match(text, end):
        return Aside.RANGE
    if (end - at == 3 and _GROUP_BEFORE.search(before)) or (end - at <= 3 and _GROUP_AFTER.match(text, end)):
        return Aside.GROUP
    is_year = 1900 <= value < 2100 and end - at == 4
    if is_year or _MONTH_AFTER.match(text, end) or _MONTH_BEFORE.search(before):
        return Aside.DATE
    return Aside.TIME if _TIME.match(text, end) else None


def _goes_on(text: str, label_end: int, at: int, end: int) -> bool:
    """Whether a number goes on a list of levels, as the 3 of "Tiers 2 and 3"."""
    if at - label_end > 12 or not _NEXT_LABEL.fullmatch(text, label_end, at):
        return False
    return not _NO_LABEL.match(text, end)
