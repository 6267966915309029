"""Statements of figures in prose, and whether their arithmetic holds: "38 of the 76 reports (46%)"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from omi_rules.figures import html_prose, prose
from omi_rules.figures.claim import Claim, Doubt
from omi_rules.figures.prose import Prose
from omi_rules.figures.shapes import claims

__all__ = ["Prose", "ProseKind", "Statement", "Verdict", "prose_of", "statements"]

ProseKind = Literal["txt", "md", "html"]


class Verdict(StrEnum):
    """What became of a statement."""

    HOLDS = "holds"
    WRONG = "wrong"
    NO_PERCENTAGE = "no_percentage"
    """A count that is not greater than its base: there is no more to check."""
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True)
class Statement:
    """A statement of figures, as printed at a place of a file."""

    file: str
    line: int
    column: int
    words: str
    count: int | None
    base: int | None
    percentage: Decimal | None
    """To its last printed digit."""
    verdict: Verdict
    why_not: Doubt | None = None
    """Why it was not checked."""


def prose_of(text: str, file: str, kind: ProseKind) -> Prose:
    """The words of a file, ready to be read.

    Raises:
        Refused: a page whose text cannot be told from its tags.
    """
    if kind == "html":
        return html_prose.read(text, file)
    return prose.markdown(text) if kind == "md" else prose.plain(text)


def statements(read: Prose, file: str) -> Iterator[Statement]:
    """Every statement of figures in a text, in its order."""
    for claim in claims(read.text):
        line, column = read.place(claim.start)
        verdict = _verdict(claim)
        yield Statement(
            file,
            line,
            column,
            read.words(claim.start, claim.end),
            claim.count,
            claim.base,
            claim.share,
            verdict,
            claim.doubt if verdict is Verdict.NOT_CHECKED else None,
        )


def _verdict(claim: Claim) -> Verdict:
    count, base, share = claim.count, claim.base, claim.share
    if claim.agrees:
        return Verdict.HOLDS
    if count is None or base is None or claim.doubt in (Doubt.EMPTY, Doubt.UNREADABLE):
        return Verdict.NOT_CHECKED
    if count <= base and share is None:
        return Verdict.NO_PERCENTAGE
    return Verdict.NOT_CHECKED if claim.doubt else Verdict.WRONG
