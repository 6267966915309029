"""The report in a real browser, and what that browser prints of it."""

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import chromium
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader
from test_report import CHART_1, HOSTILE, LINE, LONG, TABLE_1, TABLE_2, TURNED, hostile, manchester

from omi_rules.reports.inspection_report.formats import FORMATS

A4_BETWEEN_MARGINS = 688
"""Pixels."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = chromium.executable()
    if found is None:
        pytest.fail(chromium.NONE)
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        opened = playwright.chromium.launch(executable_path=found, args=args, env={**chromium.environment()})
        yield opened
        opened.close()


@cache
def made() -> str:
    return str(FORMATS["html"](manchester()))


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The report of Greater Manchester, opened from disk; whatever it asks for or says besides fails the test."""
    file = tmp_path / "report.html"
    file.write_text(made(), "utf-8")
    opened, asked, said = browser.new_page(), list[str](), list[str]()
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(file.as_uri())
    yield opened
    assert (asked, said) == ([file.as_uri()], [])
    opened.close()


def rows(page: Page, caption: str) -> list[list[str]]:
    """The cells of the table under a caption, by row."""
    name = page.locator("p.caption", has_text=caption).get_attribute("id")
    found = page.locator(f"table[aria-labelledby='{name}'] tbody tr")
    return [[text.split("\n")[0] for text in row.locator("th,td").all_inner_texts()] for row in found.all()]


def printed(page: Page) -> list[str]:
    """The text of every page as it is printed on A4."""
    raw = io.BytesIO(page.pdf(prefer_css_page_size=True))
    return [even(one.extract_text()) for one in PdfReader(raw).pages]


def even(text: str) -> str:
    """Text without what setting it in lines adds: ligatures, line breaks, also after a hyphen."""
    return " ".join(normalize("NFKC", text).split()).replace("- ", "-")


def test_chart_and_tables_are_as_printed_in_2006(page: Page) -> None:
    chart = {row[0][:3]: row for row in rows(page, "Chart 1")}
    assert {name: int(row[1].rstrip("%")) for name, row in chart.items()} == CHART_1
    assert {name for name, row in chart.items() if row[3].startswith("priority for improvement")} == {
        name for name, score in CHART_1.items() if score < LINE
    }
    assert {row[0][:3]: row[1] for row in rows(page, "Table 1")} == TABLE_1
    assert [row[1] for row in rows(page, "Table 2")] == [f"{TABLE_2}%"]


def test_a_hostile_record_is_text_on_the_page_and_on_paper(browser: Browser, tmp_path: Path) -> None:
    text = str(FORMATS["html"](hostile(tmp_path)))
    assert TURNED[0] not in text
    file = tmp_path / "hostile.html"
    file.write_text(text, "utf-8")
    opened, said, asked = browser.new_page(viewport={"width": 360, "height": 800}), list[str](), list[str]()
    opened.on("dialog", lambda dialog: said.append(dialog.message))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(file.as_uri())
    assert opened.locator("script, img, iframe, [onerror]").count() == 0
    heading = opened.locator("h1").inner_text()
    assert HOSTILE in heading
    assert LONG in heading
    assert "{{ 7*7 }}" in (opened.locator("main").text_content() or "")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    paper = "".join("".join(printed(opened)).split())
    assert paper.count("N" * 100) >= 2 * len(LONG) // 100 - 40  # page numbers stand between the pages of it
    assert (said, asked) == ([], [file.as_uri()])
    opened.close()


def test_drilling_down_by_mouse_and_by_keyboard(page: Page) -> None:
    details = page.locator("#criterion-2\\.2 details")
    first, second = details.nth(0), details.nth(1)
    assert not first.locator("p").first.is_visible()
    first.locator("summary").click()
    assert re.search(r"Case \d{3}", first.locator("p").first.inner_text())
    page.keyboard.press("Tab")
    assert second.locator("summary").evaluate("one => one === document.activeElement")
    page.keyboard.press("Enter")
    assert second.locator("p").first.is_visible()
    page.keyboard.press("Space")
    assert not second.locator("p").first.is_visible()


def test_the_reasons_of_a_recommendation_are_folded_away(page: Page) -> None:
    draft = manchester().draft
    assert draft is not None
    found = page.locator("#summary ol > li")
    assert found.count() == len(draft.recommendations)
    for item, recommended in zip(found.all(), draft.recommendations, strict=True):
        reasons = item.locator("details li")
        assert reasons.all_text_contents() == [one.text for one in recommended.reasons]
        assert not reasons.first.is_visible()
        item.locator("summary").press("Enter")
        assert reasons.first.is_visible()


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_accessibility_checker_finds_a_fault(page: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((one, i) => { one.open = i % 9 === 0 })")
    page.evaluate(chromium.axe())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found["violations"]] == []
    assert len(found["passes"]) > 20  # it did look


@pytest.mark.parametrize("width", [320, 360, 768, 1400])
def test_the_page_is_no_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_is_printed_is_whole(page: Page) -> None:
    """Rows stand on one page with all their cells, under their heads; closed lists of cases and reasons are printed."""
    report, pages = manchester(), printed(page)
    scores = report.judged.scores
    assert scores is not None
    assert report.draft is not None
    text = " ".join(pages)
    below = sum(len(report.below[question.id]) for question in scores.ruleset.scored)
    assert len(re.findall(r"Case \d{3}", text)) == below
    for question in scores.ruleset.scored:
        found = scores.questions[question.id]
        row = re.escape(even(f"{question.id} {question.question}")) + r"(?:(?! \d\.\d\.q).)*? (?:\d+%|no case) "
        row += f"{found.counts['sufficient']} of {found.relevant}"
        assert [bool(re.search(row, one)) for one in pages if "Question Share n of N" in one].count(True) == 1, row
    for recommended in report.draft.recommendations:
        assert all(even(reason.text) in text for reason in recommended.reasons)


def test_no_table_is_wider_than_paper_and_no_row_is_broken(page: Page) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_BETWEEN_MARGINS, "height": 1000})
    wider = f"[...document.querySelectorAll('table')].filter(one => one.scrollWidth > {A4_BETWEEN_MARGINS})"
    assert page.evaluate(f"{wider}.map(one => one.getAttribute('aria-labelledby'))") == []
    assert page.evaluate("getComputedStyle(document.querySelector('tbody tr')).breakInside") == "avoid"
