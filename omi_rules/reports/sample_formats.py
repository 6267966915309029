"""Formats of a scored sample."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from omi_rules.meaning import Outcome
from omi_rules.reports.sample import SampleReport, to_object
from omi_rules.reports.sampling import weighted_markdown
from omi_rules.reports.text import cell, number_of, table, to_csv, to_json
from omi_rules.reports.words import words_markdown
from omi_rules.scoring.scores import CriterionScore, Score, Scores, half_up

Form = Callable[[SampleReport, int, bool], str | bytes]
"""A report, the width of the terminal and whether it has colour, to text or bytes."""


def rows(scores: Scores) -> Iterator[dict[str, Any]]:
    """Everything that is scored, one row each, under the same keys."""
    scored = {question.id: question for question in scores.ruleset.scored}
    for name, question in scored.items():
        found = scores.questions[name]
        low, high = found.interval or (None, None)
        yield _row("question", name, question.question, found.share, low, high) | {
            "criterion": scores.ruleset.criterion_of[name].criterion,
            "n": found.counts[Outcome.SUFFICIENT],
            "N": found.relevant,
            **{str(outcome): found.counts[outcome] for outcome in Outcome},
        }
    titles = {criterion.criterion: criterion.title for criterion in scores.ruleset.criteria}
    for name, score in scores.criteria.items():
        yield _scored("criterion", name, titles[name], score)
    for name, section in scores.sections.items():
        yield _scored("section", name, scores.ruleset.head.sections[name], section)
    for name, thread in scores.threads.items():
        yield _scored("thread", name, scores.ruleset.head.threads[name].title, thread)


def _row(
    level: str, name: str, title: str, value: float | None, low: float | None, high: float | None
) -> dict[str, Any]:
    """An empty row but for its head; `value` is a share for a question, else a score in per cent."""
    return {
        "level": level,
        "id": name,
        "title": title,
        "criterion": None,
        "value": value,
        "interval_low": low,
        "interval_high": high,
        "rounded": None,
        "verdict": None,
        "bound_low": None,
        "bound_high": None,
        "stable": None,
        "n": None,
        "N": None,
        **dict.fromkeys(map(str, Outcome)),
    }


def _scored(level: str, name: str, title: str, found: Score) -> dict[str, Any]:
    low, high = found.interval or (None, None)
    bound_low, bound_high = found.bounds or (None, None)
    made = _row(level, name, title, found.score, low, high)
    made |= {"rounded": found.rounded, "bound_low": bound_low, "bound_high": bound_high}
    if isinstance(found, CriterionScore):
        made |= {"verdict": found.verdict, "stable": found.stable}
    return made


def _json(report: SampleReport, _: int, __: bool) -> str:
    return to_json(to_object(report))


def _csv(report: SampleReport, _: int, __: bool) -> str:
    return to_csv(list(rows(report.scores)))


def _parquet(report: SampleReport, _: int, __: bool) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows(report.scores))), out, compression="zstd")
    return out.getvalue()


def _markdown(report: SampleReport, _: int, __: bool) -> str:
    scores = report.scores
    head = scores.ruleset.head
    lines = [
        f"# {head.title}: {number_of(scores.tally.cases, 'case')}",
        "",
        f"Judged by {head.id} {head.version}. The line of priority is {scores.line_of_priority}: "
        "a criterion under it calls for improvement.",
        f"Records left out: {len(report.rejected)}.",
        "",
        "## Criteria",
        "",
        *table(
            ["criterion", "score", "95% interval", "bounds", "verdict"],
            [
                [
                    f"{name} {title_of(scores, name)}",
                    percent(found),
                    ends(found.interval),
                    ends(found.bounds),
                    verdict(found),
                ]
                for name, found in scores.criteria.items()
            ],
        ),
        "",
        "## Sections and threads",
        "",
        *table(
            ["", "score", "95% interval"],
            [
                [f"{name} {head.sections[name]}", percent(found), ends(found.interval)]
                for name, found in scores.sections.items()
            ]
            + [
                [f"thread {head.threads[name].title}", percent(found), ends(found.interval)]
                for name, found in scores.threads.items()
            ],
        ),
    ]
    if report.weighted is not None:
        lines += weighted_markdown(report.weighted, scores)
    for criterion in scores.ruleset.criteria:
        lines += ["", f"## {criterion.criterion} {cell(criterion.title)}", ""]
        body = []
        for question in criterion.questions:
            found = scores.questions[question.id]
            share = "" if found.share is None else f"{half_up(100 * found.share)}%"
            counts = found.counts
            body.append(
                [
                    question.id,
                    question.question,
                    f"{counts[Outcome.SUFFICIENT]} of {found.relevant}",
                    share,
                    str(counts[Outcome.NOT_EVIDENCED]),
                    str(counts[Outcome.PENDING]),
                    str(counts[Outcome.NOT_APPLICABLE]),
                ]
            )
        lines += table(["question", "", "sufficient", "share", "not evidenced", "pending", "not applicable"], body)
    lines += ["", *words_markdown(report.words)] if report.words is not None else []
    return "\n".join(lines) + "\n"


def title_of(scores: Scores, name: str) -> str:
    """The title of a criterion."""
    return next(criterion.title for criterion in scores.ruleset.criteria if criterion.criterion == name)


def percent(found: Score) -> str:
    """A score as a whole percentage, as reports print it."""
    return "none" if found.rounded is None else f"{found.rounded}%"


def ends(interval: tuple[float, float] | None) -> str:
    """The ends of an interval in whole per cent."""
    return "" if interval is None else f"{half_up(interval[0])} to {half_up(interval[1])}"


def verdict(found: CriterionScore) -> str:
    """The verdict in words."""
    if found.verdict is None:
        return "no score"
    words = "priority for improvement" if found.verdict == "priority" else "good"
    return words if found.stable else f"{words} (one case could turn it)"


def _xlsx(report: SampleReport, _: int, __: bool) -> bytes:
    """A workbook: a sheet for each level. Texts are written as texts, never as formulas."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": datetime(2006, 1, 1)})  # the same inputs give the same bytes
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    found = list(rows(report.scores))
    for level, heading in (
        ("criterion", "Criteria"),
        ("section", "Sections"),
        ("thread", "Threads"),
        ("question", "Questions"),
    ):
        sheet = book.add_worksheet(heading)
        level_rows = [row for row in found if row["level"] == level]
        keys = [key for key in found[0] if key != "level" and any(row[key] is not None for row in level_rows)]
        for column, key in enumerate(keys):
            sheet.write_string(0, column, key.replace("_", " "), bold)
            for line, row in enumerate(level_rows, start=1):
                _write(sheet, line, column, row[key])
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 10)
        sheet.set_column(1, 1, 60 if level == "question" else 45)
    book.close()
    return out.getvalue()


def _write(sheet: Any, line: int, column: int, value: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(line, column, value)
    elif value is not None:
        sheet.write_string(line, column, str(value))


def _html(report: SampleReport, _: int, __: bool) -> str:
    from omi_rules.reports.inspection_report.html import html
    from omi_rules.reports.sample_page import page

    return html(page(report))


def _rich(report: SampleReport, width: int, colour: bool) -> str:
    from omi_rules.reports.terminal_sample import sample_rich

    return sample_rich(report, width=width, colour=colour)


FORMATS: Mapping[str, Form] = {
    "rich": _rich,
    "json": _json,
    "csv": _csv,
    "md": _markdown,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "html": _html,
}
"""How a sample is reported."""
