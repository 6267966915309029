"""The report as one page of HTML, which fetches nothing and runs nothing.

Charts are SVG from a template: bars, a bracket and a line. The chart libraries at hand write scripts or addresses of
other sites into the page (pygal), or letters as paths that follow neither dark mode nor a reader's font (matplotlib).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from omi_rules.errors import printable
from omi_rules.reports.inspection_report.parts import Cell, Layout

SHORT = 12
"""Characters of a text that stays on one line in a cell: a date, a share, a grade."""
LONG_WORD = 18
"""Characters of a word that stays whole in a cell."""


def html(layout: Layout) -> str:
    """The page."""
    return _template().render(report=layout)


@cache
def _template() -> Template:
    """The template; whatever it is given comes out as text, control and direction marks written out."""
    made = Environment(
        loader=PackageLoader("omi_rules.reports.inspection_report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_text,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["block"] = lambda block, kind: type(block).__name__ == kind
    made.filters["at"] = lambda value: f"{min(max(value, 0.0), 100.0):.2f}"
    made.filters["fit"] = _fit
    return made.get_template("report.html")


def _fit(value: Cell) -> Markup:
    """How a cell may be broken: a number or a short text never, a long word anywhere, else between words."""
    if isinstance(value, int):
        return Markup(' class="number"')
    shown = printable(value)
    if len(shown) <= SHORT:
        return Markup(' class="short"')
    return Markup(' class="long"' if max(map(len, shown.split()), default=0) > LONG_WORD else "")


def _text(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
