"""Figures in prose: what is found wrong, what is never accused, and where it stands."""

from __future__ import annotations

import csv
import html
import json
import re
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from running import run

from omi_rules.figures import ProseKind, Statement, Verdict, prose_of, statements
from omi_rules.figures.arithmetic import agrees, bases, counts, percentage
from omi_rules.figures.claim import Doubt
from omi_rules.figures.numbers import Kind, figures, spelt
from omi_rules.figures.shapes import claims

Figures = tuple[int | None, int | None, Decimal | None]


def found(text: str, kind: ProseKind = "txt") -> list[Statement]:
    return list(statements(prose_of(text, "report", kind), "report"))


def wrong(text: str, kind: ProseKind = "txt") -> list[Figures]:
    return [(s.count, s.base, s.percentage) for s in found(text, kind) if s.verdict is Verdict.WRONG]


def holding(text: str, kind: ProseKind = "txt") -> list[Figures]:
    return [(s.count, s.base, s.percentage) for s in found(text, kind) if s.verdict is Verdict.HOLDS]


# The report on Greater Manchester

QUOTED = Path(__file__).parent / "data" / "gm-2006-figures.csv"


def quoted() -> list[dict[str, str]]:
    with QUOTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.mark.parametrize("row", quoted(), ids=lambda row: row["quotation"][:40])
def test_every_figure_of_the_report_is_read_as_it_is_meant(row: dict[str, str]) -> None:
    read = found(row["quotation"])
    if not row["verdict"]:
        assert read == []
        return
    first = read[0]
    said = ["" if value is None else str(value) for value in (first.count, first.base, first.percentage)]
    assert [*said, first.verdict] == [row["count"], row["base"], row["percentage"], row["verdict"]]


def test_of_the_whole_report_only_the_one_misprint_is_accused() -> None:
    together = "\n\n".join(f"- ({chr(97 + i % 26)}) *{row['quotation']}*" for i, row in enumerate(quoted()))
    assert wrong(together) == [(38, 76, Decimal(46))]


# Shapes of statements

SHAPES = {
    "brackets": "in {n} of {N} relevant cases ({p}%)",
    "out of": "in {n} out of {N} cases ({p}%) there was none",
    "of the": "only {n} of the {N} reports ({p}%) where a proposal had been made",
    "of the relevant": "{n} of the relevant {N} cases ({p}%)",
    "of all": "{n} of all {N} ({p} per cent)",
    "of a total": "{n} of a total of {N} cases ({p} percent)",
    "verb between": "in {n} of {N} cases a review was done in time ({p}%).",
    "weeks between": "In {n} of {N} cases RoH was reviewed within 16 weeks ({p}%).",
    "year between": "{n} of {N} cases in 2005 ({p}%)",
    "level between": "{n} of {N} Level 2 cases ({p}%)",
    "slash": "{n}/{N} ({p}%)",
    "slash with blanks": "{n} / {N} cases ({p} %)",
    "square brackets": "{n} of {N} [{p}%]",
    "interval behind": "{n} of {N} ({p}%, 95% interval 51 to 98)",
    "last year behind": "{n} of {N} ({p}%; 51% in 2005)",
    "footnote behind": "{n} of {N} reports ({p}%*)",
    "or in brackets": "{n} of {N} (or {p}%)",
    "i.e.": "{n} of {N} (i.e. {p}%)",
    "share first": "{p}% ({n} of {N})",
    "share of cases first": "in {p}% of relevant cases ({n} of {N})",
    "share first, slash": "{p}% ({n}/{N})",
    "share first, nouns": "{p}% ({n} of {N} relevant cases)",
    "n and N": "{p}% (n = {n}, N = {N})",
    "n of N with n": "{p}% (n={n} of {N})",
    "share of the base": "{p}% of the {N} cases ({n})",
    "share of the base, noun": "{p}% of the {N} cases ({n} cases)",
    "share inside": "{n} ({p}%) of the {N} reports",
    "share inside, noun": "{n} offenders ({p}%) of {N}",
    "count inside": "{p}% ({n}) of the {N} reports",
    "or": "{n} of {N} cases, or {p}%, were late",
    "that is": "{n} of {N}, that is {p}% of them",
    "comma": "{n} of {N} cases, {p}%, were late",
    "colon": "{n} of {N}: {p}%",
    "dash": "{n} of {N} - {p}%.",
    "equals": "{n}/{N} = {p}%",
    "equals, share first": "{p}% = {n}/{N}",
    "is": "{n} of {N} is {p}%",
    "share, or": "{p}%, or {n} of {N} cases",
    "share, comma": "was {p}%, {n} of {N}, in all",
    "all in brackets": "(in {n} of {N} cases, {p}%)",
    "of the base, the count": "Of the {N} cases, {n} ({p}%) were late",
    "out of the base, the count": "Out of {N} forms issued, {n} were returned ({p}%).",
    "of the base, the share": "Of {N} cases, {p}% ({n}) were late",
    "that of the base": "There was evidence that of the {N} offenders seen, {n} had moved ({p}%).",
    "noun before out of": "{n} questionnaires out of {N} ({p}%)",
    "nouns before out of": "{n} very serious further offence cases out of {N} ({p}%)",
    "of a sample": "{n} of our sample of {N} reports ({p}%)",
    "of these": "There were {N} reports; of these, {n} ({p}%) were late.",
    "of which": "There were {N} reports, of which only {n} ({p}%) were late.",
    "count of which": "We read {N} reports, {n} of which ({p}%) were late.",
    "of these, next sentence": "We read {N} reports. Of these, {n} ({p}%) were late.",
    "among": "Among {N} reports, {n} ({p}%) were late.",
    "which is": "{n} of {N} (which is {p}%)",
    "represents": "{n} of {N} reports, representing {p}%, were late",
    "response rate": "Of {N} forms issued, {n} were returned (a response rate of {p}%).",
    "response rate behind": "Of {N} forms issued, {n} were returned ({p}% response rate).",
    "note between": "{n} of the {N} reports [12] ({p}%)",
    "words in brackets between": "{n} of the {N} reports (see Annex A) ({p}%)",
    "and between": "In {n} of {N} cases there was a plan and a review ({p}%).",
    "ages between": "{n} of {N} people aged 18-25 ({p}%)",
    "capitals": "{n} OUT OF {N} REPORTS ({p} PER CENT)",
    "unspaced dashes": "only {n} of the {N} reports\u2014{p}%\u2014were late",
    "share of the base in brackets": "{n} reports ({p}% of the {N})",
    "count, or share, of the base": "{n}, or {p}%, of the {N} cases were late",
    "share first, relative clause": "{p}% ({n} of the {N} cases that were read)",
    "share, nouns, comma": "just {p}% of cases, {n} of {N}, were late",
    "both in brackets, share first": "({p}%; {n} of {N} cases)",
    "N before n": "(N={N}, n={n}, {p}%)",
    "full stop in brackets": "{n} of {N} ({p} per cent.)",
}
"""A count is n, its base N, the percentage p."""


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_each_shape_is_read(shape: str) -> None:
    assert holding(shape.format(n=26, N=28, p=93)) == [(26, 28, Decimal(93))]
    assert wrong(shape.format(n=26, N=28, p=93)) == []
    assert wrong(shape.format(n=26, N=28, p=83)) == [(26, 28, Decimal(83))]
    assert wrong(shape.format(n="twenty-six", N="Twenty-eight", p="83.0")) == [(26, 28, Decimal("83.0"))]


def rounded(n: int, base: int, places: int, mode: str) -> Decimal:
    exact = Fraction(100 * n * 10**places, base)
    return Decimal((Decimal(exact.numerator) / exact.denominator).quantize(Decimal(1), mode)).scaleb(-places)


@st.composite
def true_figures(draw: st.DrawFn) -> tuple[int, int, Decimal]:
    """A count, its base and the percentage as one may round it; no number that may be a year."""
    base = draw(st.integers(2, 1899) | st.integers(2100, 99_999))
    n = draw(st.integers(0, base).filter(lambda n: not 1900 <= n < 2100))
    places = draw(st.integers(0, 3))
    return n, base, rounded(n, base, places, draw(st.sampled_from([ROUND_HALF_UP, ROUND_HALF_DOWN])))


WORDS = re.split(
    " ",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
)
TENS = re.split(" ", "twenty thirty forty fifty sixty seventy eighty ninety")


def in_words(number: int) -> str:
    if number < 20:
        return WORDS[number]
    if number < 100:
        return TENS[number // 10 - 2] + (f"-{WORDS[number % 10]}" if number % 10 else "")
    rest = f" and {in_words(number % 100)}" if number % 100 else ""
    return f"{in_words(number // 100)} hundred{rest}" if number < 1000 else f"{number:,}"


@pytest.mark.parametrize("number", [*range(1, 130), 200, 350, 999])
def test_number_words(number: int) -> None:
    said = in_words(number)
    assert spelt(said) == (Decimal(number), len(said))
    assert spelt(said.replace("-", " ").capitalize()) == (Decimal(number), len(said))


writings = st.sampled_from([str, lambda number: f"{number:,}", in_words])


def written(text: str, draw: Callable[[st.SearchStrategy[str]], str]) -> str:
    """A text with its blanks as files have them; a line that begins with a dash would be an entry of a list."""
    return re.sub(
        r" (?!-)", lambda _: draw(st.sampled_from([" ", " ", "\u00a0", "\n", "\r\n", " \u200f", "\u00ad "])), text
    )


@settings(max_examples=1000, deadline=None)
@given(st.data(), true_figures(), st.sampled_from(sorted(SHAPES)), writings)
def test_a_true_statement_is_never_accused_and_a_false_one_always(
    data: st.DataObject, true: tuple[int, int, Decimal], shape: str, write: Callable[[int], str]
) -> None:
    n, base, share = true
    assume(write(n) != "one")  # "one of the three teams (93%)" is said of the team
    off = data.draw(st.decimals(2, 60, places=0)) * data.draw(st.sampled_from([1, -1]))
    before, after = data.draw(st.sampled_from([("", ""), ("In 2005 it was 12%. ", " In 30% it was not.")]))
    text = before + written(SHAPES[shape].format(n=write(n), N=write(base), p=share), data.draw) + after
    assert wrong(text) == []
    assert (n, base, share) in holding(text)
    assume(share + off >= 0)
    text = before + written(SHAPES[shape].format(n=write(n), N=write(base), p=share + off), data.draw) + after
    assert wrong(text) == [(n, base, share + off)]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_each_shape_in_a_page_and_in_markdown(shape: str) -> None:
    """Tags and emphasis inside the numbers, entities for blanks and signs."""
    said = shape.format(n="2<b>6</b>", N='<a href="x">28</a>', p="8<i>3</i>").replace(" %", "&nbsp;%")
    page = f"<html><script>if (1 < 2) x = '1 of 2 (9%)'</script><p>{said.replace('%', '&#37;')}</p></html>"
    assert wrong(page, "html") == [(26, 28, Decimal(83))]
    assert wrong(shape.format(n="**26**", N="_28_", p="__83__"), "md") == [(26, 28, Decimal(83))]


@pytest.mark.parametrize(
    ("text", "misprint"),
    [
        ("in only 38 of the\n\n\n12\n\n76 reports (46%)", (38, 76, 46)),  # over a page, with its number
        ("38 of the 76 reports\f(46%)", (38, 76, 46)),
        ("*in 38 of the 76 re-\nports (46 per\ncent)*", (38, 76, 46)),
        ("thirty-\neight of the 76 reports (46%)", (38, 76, 46)),
        ("thirty\u2011eight of the 76 re\u00ad\nports (46\u202f%)", (38, 76, 46)),
        ("3,399 of 15,264 (32%)", (3399, 15264, 32)),
        ("3\u2009399 of 15\u202f264 (32%)", (3399, 15264, 32)),
        ("\uff13\uff18 of \u0667\u0666 (46\uff05)", (38, 76, 46)),
        ("\u206638\u2069 of \u200f76\u202c (46%)", (38, 76, 46)),
        ("38 of the 76 reports\u00b2 (46%)\u00b3", (38, 76, 46)),
        ("none of the 13 forms (5%)", (0, 13, 5)),
        ("30 of the 28 forms were late", (30, 28, None)),
        ("30 of 28 (107%)", (30, 28, 107)),
        ("1 of 1 (99%)", (1, 1, 99)),
        ("26 of 28 (92.85%)", (26, 28, Decimal("92.85"))),  # cut off, not rounded
        ("38 of the 76 (.5%)", (38, 76, Decimal(".5"))),
        ("1038 of 2076 (46%)", (1038, 2076, 46)),
        ("38 of 76^1 (46%)", (38, 76, 46)),
        ("Half (14 of 28, 46%) of plans", (14, 28, 46)),
        ("2.4 38 of 76 (46%)", (38, 76, 46)),
        ("In 2006, 38 of 76 (46%)", (38, 76, 46)),
        ("> in 38 of\n> the 76 reports\n> (46%)", (38, 76, 46)),
        ("Of the 28 cases, 19 were at Level 1 (88%) and eight at Level 2 (29%).", (19, 28, 88)),
    ],
)
def test_what_lies_between_does_not_hide_a_misprint(text: str, misprint: tuple[int, int, int | Decimal | None]) -> None:
    n, base, share = misprint
    assert wrong(text) == [(n, base, None if share is None else Decimal(share))]


INNOCENT = [
    "the criteria are weighted 80/20 (100% in all)",
    "completions in 2005/2006 (93%) and 2005/06 (88%)",
    "on 28/06/2006 (93%)",
    "in 03/2006 (93%)",
    "section 3 of the 1998 Act (25%)",
    "20 of 11 September 2001",
    "page 14 of 3, Table 2 of 1",
    "three of the Tier 4 cases (43%), 5 of the level 2 cases (90%)",
    "in 24 of the 12-week programmes, nine of the 5 million",
    "We found 12 of A3 and PC73 of 2005, no. 6 of 5",
    "Plans were late in 26 of 28 cases. (10%) of staff",
    "of 26 of 28 cases most (46%) were late",
    "In 26 of 28 cases plans were clear and timely and sentencers said that they were satisfied with them (78%)",
    "between 20 and 26 of 28 cases (71%)",
    "20 and 26 of 28 (71% and 93% respectively)",
    "about 26 of 28 (90%); 26 of 28 (nearly 95%); all but two of the 28 cases (93%)",
    "26 of 28 areas (target 90%)",
    "26 of 28 areas, target 90%, against a target of 90% (26 of 28)",
    "One of three prisons (93%) was better than two of the five areas (88%, 91%)",
    "26 of 28 (80% satisfactory)",
    "26 of 28 (from 60% to 80%), 26 of 28 (60-80%), 26 of 28 (+5%), 26 of 28 (up 5 percentage points)",
    "26 of 28 cases, 80% of which were late",
    "all 89 community cases (59%)",
    "46% of the 76 reports (12 excellent)",
    "of the 150 cases, 89 were community orders (59%) and a report was written in 82 (92%)",
    "of the 150 cases, 89 were community orders and of these 82 (92%) had a report",
    "Out of 28 cases, 150 reviews were due",
    "it rose to 88%, 3 of 14 forms missing",
    "93% (of 28 cases) and 26 (50%) of staff",
    "£3 of £5 (90%), 1.2 of 3.4 million (90%)",
    "78% [9] of 13, 0 of 0 (0%), 12 of 28 (93,5%)",
    "3 399 of 15 264 (32%)",
    "12 staff worked out of 3 offices",
    "Reviews (16 of 28)\n\nPlans\n\n93%",
    "- 26 of 28\n- 50% of staff",
    "| 66 / 209 | 87 % |\n| 25 / 100 | 43 % |\n| 39 / 167 | 43 % |",
    "Appointments\t26 of 28\t72%*\t62%\nCompletions\t14 of 28\t90%\t88%",
    "1 of 3 (33%), 1 of 7 (14.3%), 1 of 8 (12%), 1 of 8 (13%), 1 of 8 (12.5%), 1 of 200 (0%), 199 of 200 (100%)",
    "200% of 38 (76); 3/4 of 20 cases (75%); a 24/7 helpline (46%)",
    "26 of 28 staff (up from 80%), 26 of 28 (80% in 2005), 26 of 28 (2005: 80%), 26 of 28 (England: 80%)",
    "26 of 28 staff scored 80%. 26 of 28 areas met the 90% target. 26 of 28 (95% CI 77 to 98)",
    "38 of 76 (46% male), 38 of 76 cases (46% and 54% respectively), 38 of 76 (a 46% fall)",
    "on 3 of May (46%), by 31 of March 2006 (46%), on the 31st of 76 (46%), section 2.1 of 3 (46%)",
    "Part 2 of 3: 46%; volume 1 of 2 (46%); ranked 15 out of 42 (46%); 1 of 2 (p. 46%)",
    "2 of 10 (c. 25%), 2 of 10 (25%+), 2 of 10 (25% or more), 2 of 10 (25 to 30%), at least 2 of 10 (25%)",
    "nine in ten (88%), one in three (30%), 3 in 12 prisons (46%), 3:2 (60%)",
    "There were 76 reports in 12 areas, of which 38 (50%) were late.",
    "We interviewed 20 staff in two prisons, of whom 8 (40%) were new.",
    "There were 300 offenders. Of these, 38 (46%) of 82 seen were men.",
    "Of the 200 cases, 76 had reports, of which 38 (19%) were late.",
    "88% complied (3 of 48 cases later withdrew); 88% (6 of 48 not returned)",
    "26 of 28 (52% of 50), 26 of 28 (52% of the 50 seen)",
    "| 12 | 24 | 80% |\n| 3 | 9 | 12% |\n| 2005 | 2006 | 80% |",
    "| of | target % | share % |\n|---|---|---|\n| 26/28 | 90 | 93 |\n| 14/28 | 90 | 50 |\n| 7/28 | 90 | 25 |",
]


@pytest.mark.parametrize("text", INNOCENT)
@pytest.mark.parametrize("kind", ["txt", "md"])
def test_what_need_not_be_a_misprint_is_not_accused(text: str, kind: ProseKind) -> None:
    assert wrong(text, kind) == []


def test_a_statement_in_doubt_is_believed_if_it_holds() -> None:
    assert holding("about 26 of 28 (93%)") == [(26, 28, Decimal(93))]
    assert [s.why_not for s in found("about 26 of 28 (90%)")] == [Doubt.HEDGED]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("65% complied", Doubt.ALONE),
        ("32 offenders (21%)", Doubt.NO_BASE),
        ("21% (32)", Doubt.NO_BASE),
        ("46% of the 76 reports", Doubt.NO_COUNT),
        ("26 of 28 (about 90%)", Doubt.HEDGED),
        ("26 of 28 (90% of the rest)", Doubt.ELSEWHERE),
        ("Of 150 cases, 89 (59%) and 82 (92%)", Doubt.WHICH_BASE),
        ("| 26 of 28 | 90% |", Doubt.CELLS),
        ("2005/2006 (90%)", Doubt.NO_COUNTS),
        ("26 of 28 (60% to 90%)", Doubt.ALONE),
        ("26 of 28 (+90%)", Doubt.ALONE),
        ("24-26 of 28 cases (46%)", Doubt.RANGE),
        ("93,5% agreed", Doubt.UNREADABLE),
        ("0 of 0 (0%)", Doubt.EMPTY),
        ("12 of 28 (93,5%)", Doubt.UNREADABLE),
        ("There were 76 reports in 12 areas, of which 38 (50%) were late.", Doubt.WHICH_BASE),
        ("200% of 38 (76)", Doubt.ELSEWHERE),
        ("| 12 | 24 | 80% |", Doubt.CELLS),
    ],
)
def test_why_a_statement_was_not_checked(text: str, why: Doubt) -> None:
    assert [s.why_not for s in found(text) if s.why_not][-1:] == [why]


# Tables

ROWS = [(26, 28, 93), (78, 137, 57), (38, 76, 46), (5, 40, 13)]
TABLES: dict[str, tuple[ProseKind, str, str]] = {
    "tabs": ("txt", "Question\tof\tshare\n", "q\t{} of {}\t{}%\n"),
    "blanks": ("txt", "", "q01    {} of {}   {}%  Was it done?\n"),
    "pipes": ("md", "| | of | |\n|---|---|---|\n", "| 2.2.q01 | {} of {} | {}% | 49 to 64 |\n"),
    "share first": ("md", "| | | of |\n|---|---|---|\n", "| 2.2.q01 | {2}% | {0} of {1} | x |\n"),
    "slash": ("md", "", "| q | **{}/{}** | {}% |\n"),
    "page": ("html", "<table>", "<tr>\n  <td>q</td>\n  <td>{} of {}</td>\n  <td>{}&nbsp;%</td>\n</tr>"),
    "paragraphs in cells": ("html", "<table>", "<tr><td><p class=M>{} of {}</p></td>\n<td><p>{}%</p></td></tr>"),
    "three cells": ("md", "| | yes | all | |\n|---|--:|--:|--:|\n", "| 2.2.q01 | {} | {} | {}% |\n"),
    "base first": ("html", "<table>", "<tr><th>q<td>{1}<td>{0}<td>{2}%"),
    "blanks, three": ("txt", "", "q01    {}   {}   {}%  Was it done?\n"),
    "sign in the heading": ("md", "| | yes | all | % |\n|---|--:|--:|--:|\n", "| 2.2.q01 | {} | {} | {} |\n"),
}


@pytest.mark.parametrize("name", TABLES)
def test_cells_belong_together_where_most_rows_agree(name: str) -> None:
    kind, head, row = TABLES[name]
    assert wrong(head + "".join(row.format(*figures) for figures in ROWS), kind) == [(38, 76, Decimal(46))]
    unlike = [(n, base, (share + 30) % 100) for n, base, share in ROWS]
    assert wrong(head + "".join(row.format(*figures) for figures in unlike), kind) == []
    apart = "\n\nSomething else was looked at here.\n\n" if kind != "html" else "</table><p>Something else.</p><table>"
    assert wrong(apart.join(head + row.format(*figures) for figures in ROWS), kind) == []


@pytest.mark.parametrize("cell", ["{0}/{1} ({2})", "{0} of {1} ({2})"])
def test_a_heading_gives_the_percent_sign(cell: str) -> None:
    """Such a cell is one statement, so that it needs no other rows."""
    assert wrong(f"| question | n/N (%) |\n|---|---|\n| plans | {cell.format(*ROWS[2])} |", "md") == [
        (38, 76, Decimal(46))
    ]
    assert wrong(f"| question | n/N (page) |\n|---|---|\n| plans | {cell.format(*ROWS[2])} |", "md") == []


def test_paragraphs_of_one_cell_are_read_apart() -> None:
    assert wrong("<table><tr><td><p>12 of 48 plans</p>\n<p>Reviews (46%)</p></table>", "html") == []
    assert wrong("<table><tr><td>38 of 76</table><p>(46%)</p>", "html") == []


# Arithmetic

small = st.integers(1, 120)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 1300), st.integers(0, 1))
def test_the_misprints_named_are_all_there_are(number: int, shown: int, places: int) -> None:
    """Against trying every number."""
    share, unit = Decimal(shown).scaleb(-places), 10**places

    def close(n: int, base: int) -> bool:
        return abs(Fraction(100 * n, base) - Fraction(shown, unit)) <= Fraction(1, 2 * unit)

    assert all(agrees(n, number, share) == close(n, number) for n in range(number + 1))
    fitting = [n for n in range(number + 1) if close(n, number)]
    assert counts(number, share) == ((fitting[0], fitting[-1]) if fitting else None)
    end = bases(number, share)
    fitting = [base for base in range(number, 200 * unit * number + 2) if close(number, base)]
    assert end == ((fitting[0], fitting[-1]) if fitting else None)


@given(small, small, st.integers(0, 3))
def test_what_it_would_be_is_rounded_half_up(n: int, base: int, places: int) -> None:
    like = Decimal(46).quantize(Decimal(1).scaleb(-places))
    assert percentage(n, base, like) == rounded(n, base, places, ROUND_HALF_UP)
    assert percentage(n, base, like).as_tuple().exponent == -places


# Places, and nothing left out

PAGE = """\
<!DOCTYPE html>
<style>p::after { content: "1 of 2 (9%)" }</style>
<!-- 1 of 2 (9%) -->
<p>Fran&ccedil;ois &amp; al.: in only <b>38</b> of the&nbsp;76
   reports<sup>12</sup> (<i>46</i>&#37;)</p><p>(12%)</p>
<script>document.write("<p>1 of 2 (9%)</p>")</script>
<ul><li>1 of 2<li>(9%)</ul>
"""


def test_places_in_a_page() -> None:
    (one,) = [s for s in found(PAGE, "html") if s.verdict is Verdict.WRONG]
    assert (one.line, one.column) == (4, PAGE.split("\n")[3].index("38") + 1)
    assert one.words == "38 of the 76 reports (46%)"
    assert Counter(s.verdict for s in found(PAGE, "html")) == {
        Verdict.WRONG: 1,
        Verdict.NO_PERCENTAGE: 1,
        Verdict.NOT_CHECKED: 2,
    }


@pytest.mark.parametrize(
    ("text", "kind", "place"),
    [
        ("a\r\nb  38 of 76 (46%)", "txt", (2, 4)),
        ("a\u2028b\n\u00ad\u00ad 38 of 76 (46%)", "txt", (2, 4)),
        ("***a*** [b](http://x/46%25) **38** of 76 (46%)", "md", (1, 31)),
        ("| a \\| b | 38 of 76 (46%) |", "md", (1, 12)),
        ("&amp;&amp;38 of 76 (46%)", "md", (1, 11)),
        ("\u00ad\u00ad&shy;thirty-\u00ad\neight of 76 (46%)", "html", (1, 8)),
    ],
)
def test_places(text: str, kind: ProseKind, place: tuple[int, int]) -> None:
    assert [(s.line, s.column) for s in found(text, kind) if s.verdict is Verdict.WRONG] == [place]


BITS = [
    "38",
    "76",
    "46%",
    "(",
    ")",
    "of",
    "out of",
    "the",
    "one",
    "/",
    ",",
    ".",
    "\n",
    "\n\n",
    "\t",
    "|",
    "cases",
    "Of the",
]
BITS += [
    "12%",
    "twenty-six",
    "per cent",
    "Level 2",
    "2005",
    "3.5",
    "[",
    "]",
    "=",
    "or",
    "about",
    "-",
    "%",
    "\u200f",
    "n =",
    "N =",
]
BITS += ["&", "<", ">", "<b>", "</p>", "&nbsp;", "*", "_", "\\", "#", "  ", "\f", "\x02", "\x03"]


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(BITS) | st.text(max_size=3), max_size=40).map(" ".join), st.sampled_from(["txt", "md"]))
def test_every_percentage_is_part_of_one_statement_or_said_to_be_alone(text: str, kind: ProseKind) -> None:
    read = prose_of(text, "report", kind)
    shares = [figure for figure in figures(read.text) if figure.kind is Kind.SHARE]
    made = list(claims(read.text))
    assert sum(claim.share is not None or claim.doubt is Doubt.UNREADABLE for claim in made) == len(shares)
    assert [claim.start for claim in made] == sorted(claim.start for claim in made)
    lines = text.split("\n")
    for one in found(text, kind):
        assert one.column <= len(lines[one.line - 1])
        assert one.words.isprintable()


# Hostile input


@pytest.mark.parametrize("kind", ["txt", "md", "html"])
@pytest.mark.parametrize(
    "bit",
    [
        "38 of ",
        "38 ",
        "1,",
        "1.",
        "46% (",
        "twenty ",
        "one hundred and ",
        "38 of the a a ",
        "((",
        "[](",
        "[^",
        "&#",
        "&amp",
        "\u00ad \n",
        "- \n",
        " ",
        "\n",
        "\t|",
        "*_~`",
        "a" * 50,
        "Of the 28 cases, ",
        "| 1 of 2 | 50% ",
        "| % ",
        "|%\n|1" + " " * 2000,
        "> a\n",
        "28 cases, of which ",
        "\u202e",
        "of all the ",
        "< ",
    ],
)
def test_a_long_line_takes_no_longer_than_its_length(bit: str, kind: ProseKind) -> None:
    """Whatever grew with the square of the length would not come back."""
    text = bit * (150_000 // len(bit)) + " in 38 of 76 (46%)"
    assert len(found(text, kind)) >= 1


@pytest.mark.parametrize("bit", ["<a ", "</", "<!--", "<![", "<?", '<a b="', "<script>", "<sup>", "</a ", "<![CDATA["])
def test_a_page_that_never_closes_a_tag(bit: str) -> None:
    """It is refused where it begins, or read; and in a time that does not grow with its square."""
    ran = run("verify-figures", "-", "--kind", "html", stdin=b"<p>38 of 76 (46%)</p>\n" + bit.encode() * 100_000)
    assert ran.code in (0, 2)
    if ran.code == 2:
        assert ran.out == ""
        assert ran.err.startswith("standard input:2:")
        assert "close it" in ran.err or "`<![` section" in ran.err
    else:
        assert "38 of 76 (46%)" in ran.out


def test_marks_of_direction_are_shown_and_not_obeyed() -> None:
    ran = run("verify-figures", "-", stdin="38 of the \u202e76\u202c re\x1bports (46%)".encode())
    assert "38 of the \\u202e76\\u202c re\\x1bports (46%)" in ran.out
    assert "\u202e" not in ran.out
    assert "\x1b" not in ran.out


# The command

REPORT = """\
# Preparing for sentence

- (a) In 82 out of 89 community cases a report had been written. 90% were of the appropriate type.
- (b) An outline plan was contained in only **38 of the 76 reports (46%)** where a proposal had been made.
- (c) In 17 out of 28 cases (61%) there was none; in 30 of 28 there was one. Most offenders (65%) complied.

| question | of | share |
| --- | --- | --- |
| home visits | 5 of 40 | 13% |
| reviews | 78 of 137 | 57% |
| plans | 27 of 116 | 33% |
"""


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("report.md").write_text(REPORT, encoding="utf-8")
    return "report.md"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("figures.txt", []),
        ("figures-all.txt", ["--all"]),
        ("figures.json", ["--format", "json"]),
        ("figures.md", ["--format", "md", "--all"]),
    ],
)
def test_golden(golden: Callable[[str, str], None], report: str, name: str, args: list[str]) -> None:
    ran = run("verify-figures", report, *args)
    assert (ran.code, ran.err) == (0, "")
    golden(name, ran.out)


def test_exit_1_only_where_it_is_asked_for(report: str) -> None:
    assert run("verify-figures", report).code == 0
    assert run("verify-figures", report, "--fail-on", "wrong").code == 1
    assert run("verify-figures", "-", "--fail-on", "wrong", stdin=b"17 of 28 (61%)").code == 0
    assert run("verify-figures", "-", "--fail-on", "wrong", stdin=b"30 of 28").code == 1


def test_kinds_by_name_and_by_option(report: str) -> None:
    Path("page.HTM").write_text(f"<p>38<b></b> of 76 (46%)</p><pre>{html.escape(REPORT)}</pre>", encoding="utf-8")
    Path("note.eml").write_text("38 of 76 (46%)", encoding="utf-8")
    made = json.loads(run("verify-figures", "page.HTM", report, "note.eml", "--kind", "txt", "--format", "json").out)
    assert made["files"] == ["page.HTM", "report.md", "note.eml"]
    made = json.loads(run("verify-figures", "page.HTM", "--format", "json").out)
    assert made["statements"][0]["words"] == "38 of 76 (46%)"


def test_every_file_that_cannot_be_read_is_named(report: str) -> None:
    Path("a.txt").write_bytes("38 of 76 (46%) \u20ac".encode("utf-16"))
    Path("b.txt").write_bytes(b"line\ncaf\xe9 38 of 76 (46%)")
    Path("c.docx").write_bytes(b"PK\x03\x04")
    Path("d.html").write_text("<p>38 of 76\n<!-- (46%)", encoding="utf-8")
    Path("e.txt").write_bytes(b"\xef\xbb\xbf38 of 76")
    Path("f.txt").write_bytes(b" " * (16 * 2**20 + 1))
    names = ["a.txt", "b.txt", "c.docx", "d.html", "e.txt", "f.txt", "g.txt", "."]
    ran = run("verify-figures", report, *names, "--output", "out.txt")
    assert (ran.code, ran.out, Path("out.txt").exists()) == (2, "", False)
    assert ran.err == (
        ".: a folder, where one file is wanted\n"
        "a.txt: UTF-16 or UTF-32 text, where UTF-8 is wanted\n"
        "  save the file as UTF-8\n"
        "b.txt:2:4: not UTF-8 text: byte 0xe9\n"
        "  save the file as UTF-8\n"
        "c.docx: not a kind of text by its name: .docx\n"
        "  want .txt, .md or .html (save other documents as one of them), or say what it is with --kind\n"
        "d.html:2:1: a tag, comment or script that is never closed\n"
        "    <!-- (46%)\n"
        "    ^\n"
        "  close it: what follows cannot be told from text\n"
        "e.txt:1:1: starts with a byte order mark (BOM)\n"
        "  save the file as UTF-8 without BOM\n"
        "f.txt: too large: 16 MiB or more, where one document may have 16 MiB\n"
        "  check its parts one by one\n"
        "g.txt: no such file\n"
        "  did you mean `f.txt`?\n"
    )


def test_the_report_goes_to_a_file(report: str) -> None:
    ran = run("verify-figures", report, "--format", "json", "--output", "out.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert json.loads(Path("out.json").read_text("utf-8"))["wrong"] == 2


def test_a_text_is_not_written_over_by_what_is_found_in_it(report: str) -> None:
    ran = run("verify-figures", report, "--output", "./report.md")
    assert (ran.code, Path(report).read_text("utf-8")) == (2, REPORT)
    assert "an input of this run" in ran.err


def test_a_terminal_is_told_how_many_more_there_are() -> None:
    ran = run("verify-figures", "-", stdin=b"38 of 76 (46%). " * 1003)
    assert ran.out.count("46% would be") == 1000
    assert "... and 3 more: --format json lists them all" in ran.out


def test_csv_is_not_a_format_of_it(report: str) -> None:
    ran = run("verify-figures", report, "--format", "csv")
    assert (ran.code, ran.out) == (2, "")
    assert "rich or md or json" in ran.err


QUOTED_MISPRINT = (38, 76, Decimal(46))
"""Of the report of 2006, which the pages cite as what the command finds."""


def test_the_projects_own_pages_hold() -> None:
    """What this project publishes must hold too: its README and its method pages."""
    root = Path(__file__).parent.parent
    for page in [*root.glob("*.md"), *(root / "docs").glob("*.md")]:
        assert set(wrong(page.read_text("utf-8"), "md")) <= {QUOTED_MISPRINT}, page.name


def test_the_examples_of_its_page_are_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows a text and what the command says of it."""
    page = (Path(__file__).parent.parent / "docs" / "verify-figures.md").read_text("utf-8")
    text, said = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("draft.txt").write_text(text, encoding="utf-8")
    assert run("verify-figures", "draft.txt").out == said
