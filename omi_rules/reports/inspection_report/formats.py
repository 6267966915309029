"""Formats of the report of an inspection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omi_rules.reports.inspection_object import to_object
from omi_rules.reports.inspection_report.below import named
from omi_rules.reports.inspection_report.layout import layout
from omi_rules.reports.inspection_report.report import Report
from omi_rules.reports.inspection_report.sample import remark
from omi_rules.reports.sampling import adequacy_object, weighted_object
from omi_rules.reports.text import to_json
from omi_rules.reports.words import words_object


def _json(report: Report) -> str:
    made = to_object(report.judged)
    if made["sample"] is not None and not report.identify:
        made["sample"]["rejected"] = len(report.judged.rejected)
    made["weighted"] = _weighted(report)
    made["words"] = words_object(report.draft) if report.draft else None
    found = report.adequacy
    made["adequacy"] = adequacy_object(found, None)["requirements"] if found else None
    for one, line in zip(made["adequacy"] or (), found.lines if found else (), strict=True):
        one["detail"] = remark(report, line)
    made["below"] = {
        question: [
            {"case": name, "reason": reason, "days_late": late} for name, reason, late in named(cases, report.shown)
        ]
        for question, cases in report.below_scored.items()
    }
    return to_json(made)


def _weighted(report: Report) -> dict[str, Any] | None:
    if report.weighted is None:
        return None
    made = weighted_object(report.weighted, report.judged.ruleset)
    if not report.identify:
        made["not_read"] = len(report.weighted.not_read)
    return made


def _html(report: Report) -> str:
    from omi_rules.reports.inspection_report.html import html

    return html(layout(report))


def _markdown(report: Report) -> str:
    from omi_rules.reports.inspection_report.markdown import markdown

    return markdown(layout(report))


def _xlsx(report: Report) -> bytes:
    from omi_rules.reports.inspection_report.workbook import xlsx

    return xlsx(report, layout(report))


def _docx(report: Report) -> bytes:
    from omi_rules.reports.inspection_report.word import docx

    return docx(layout(report))


FORMATS: Mapping[str, Callable[[Report], str | bytes]] = {
    "html": _html,
    "md": _markdown,
    "xlsx": _xlsx,
    "docx": _docx,
    "json": _json,
}
"""How the report of an inspection is written. The libraries of a format are imported only where it is asked for."""
