"""The report in a real browser: `make test-browser` runs these, which need Chromium."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from test_report import CHART_1, FORMATS, HOSTILE, LINE, LONG, TABLE_1, TABLE_2, TURNED, hostile, manchester

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The report of Greater Manchester, opened from disk; anything else that it asks for fails the test."""
    file = tmp_path / "report.html"
    file.write_text(str(FORMATS["html"](manchester())), "utf-8")
    opened, asked = browser.new_page(), list[str]()
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(file.as_uri())
    yield opened
    assert asked == [file.as_uri()]
    opened.close()


def rows(page: Page, caption: str) -> list[list[str]]:
    found = page.locator("table", has=page.locator("caption", has_text=caption)).first.locator("tbody tr")
    return [[text.split("\n")[0] for text in row.locator("th,td").all_inner_texts()] for row in found.all()]


def test_chart_and_tables_are_as_printed_in_2006(page: Page) -> None:
    chart = {row[0][:3]: row for row in rows(page, "Chart 1")}
    assert {name: int(row[1].rstrip("%")) for name, row in chart.items()} == CHART_1
    assert {name for name, row in chart.items() if row[3].startswith("priority for improvement")} == {
        name for name, score in CHART_1.items() if score < LINE
    }
    assert {row[0][:3]: row[1] for row in rows(page, "Table 1")} == TABLE_1
    assert [row[1] for row in rows(page, "Table 2")] == [f"{TABLE_2}%"]


def test_a_hostile_record_is_text_on_the_page(browser: Browser, tmp_path: Path) -> None:
    made = str(FORMATS["html"](hostile(tmp_path)))
    assert TURNED[0] not in made
    file = tmp_path / "hostile.html"
    file.write_text(made, "utf-8")
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


@pytest.mark.parametrize("width", [360, 768, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_checker_finds_a_fault_and_nothing_runs_over(page: Page, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((one, i) => { one.open = i % 9 === 0 })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page)
    assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found["violations"]] == []


def test_printing_cuts_no_table(page: Page) -> None:
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # what A4 leaves between its margins
    wider = "[...document.querySelectorAll('table')].filter(one => one.scrollWidth > 688).length"
    assert page.evaluate(wider) == 0
    assert page.evaluate("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    assert page.evaluate("getComputedStyle(document.querySelector('tbody tr')).breakInside") == "avoid"
