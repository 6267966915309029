"""Formats of an inspection."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from omi_rules.inspection.judged import Judged
from omi_rules.reports.inspection_object import to_object
from omi_rules.reports.inspection_page import page
from omi_rules.reports.text import to_json

Form = Callable[[Judged, int, bool], str]
"""An inspection, the width of the terminal and whether it has colour, to text."""


def _json(judged: Judged, _: int, __: bool) -> str:
    return to_json(to_object(judged))


def _markdown(judged: Judged, _: int, __: bool) -> str:
    return page(judged)


def _rich(judged: Judged, width: int, colour: bool) -> str:
    from omi_rules.reports.terminal_inspection import inspection_rich

    return inspection_rich(judged, width=width, colour=colour)


FORMATS: Mapping[str, Form] = {"rich": _rich, "json": _json, "md": _markdown}
"""How an inspection is reported."""
