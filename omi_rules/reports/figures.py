"""What was found of the figures of a text, in words and as Markdown and JSON write it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from omi_rules.figures import Statement, Verdict
from omi_rules.figures.arithmetic import Range, bases, counts, percentage
from omi_rules.figures.claim import Doubt
from omi_rules.reports.text import table

WHY_NOT = {
    Doubt.ALONE: "a percentage with no count and base beside it",
    Doubt.NO_BASE: "a count and a percentage without a base",
    Doubt.NO_COUNT: "a percentage of a base without a count",
    Doubt.HEDGED: "not meant exactly, as with `nearly` or `about`",
    Doubt.ELSEWHERE: "the percentage may be said of something else",
    Doubt.WHICH_BASE: "the count may be of another base",
    Doubt.CELLS: "neighbouring cells that may not belong together",
    Doubt.NO_COUNTS: "may be a year, a level or weights and no count",
    Doubt.RANGE: "a range or a change",
    Doubt.UNREADABLE: "a number that cannot be read",
    Doubt.EMPTY: "a base of 0, of which nothing is a share",
}


@dataclass(frozen=True)
class FiguresReport:
    """The statements of some files: those kept for listing, and how many there were of each."""

    files: tuple[str, ...]
    kept: tuple[Statement, ...]
    holds: int
    wrong: int
    """With a percentage."""
    no_percentage: int
    greater: int
    """Without a percentage, the count greater than its base."""
    not_checked: dict[Doubt, int]
    """By reason, the most frequent first."""

    def of(self, verdict: Verdict) -> list[Statement]:
        """The statements listed under a verdict."""
        return [statement for statement in self.kept if statement.verdict is verdict]


def collected(files: Iterable[str], statements: Iterable[Statement], *, everything: bool) -> FiguresReport:
    """Count statements, and keep those that are wrong or, if `everything` is to be listed, all."""
    kept: list[Statement] = []
    verdicts: Counter[tuple[Verdict, bool]] = Counter()
    reasons: Counter[Doubt] = Counter()
    for statement in statements:
        verdicts[statement.verdict, statement.percentage is not None] += 1
        if statement.why_not is not None:
            reasons[statement.why_not] += 1
        if everything or statement.verdict is Verdict.WRONG:
            kept.append(statement)
    return FiguresReport(
        files=tuple(files),
        kept=tuple(kept),
        holds=verdicts[Verdict.HOLDS, True],
        wrong=verdicts[Verdict.WRONG, True],
        no_percentage=verdicts[Verdict.NO_PERCENTAGE, False],
        greater=verdicts[Verdict.WRONG, False],
        not_checked=dict(reasons.most_common()),
    )


def summary(report: FiguresReport) -> list[str]:
    """What was checked and what was not, a line each."""
    checked, counted = report.holds + report.wrong, report.no_percentage + report.greater
    return [
        f"{_number(checked, 'statement')} of count, base and percentage, {report.wrong or 'none'} of them wrong",
        f"{_number(counted, 'statement')} of count and base, {report.greater or 'none'} of them wrong",
        f"{_number(sum(report.not_checked.values()), 'statement')} that could not be checked",
    ]


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def place(statement: Statement) -> str:
    """Where a statement stands, as a fault says it."""
    return f"{statement.file}:{statement.line}:{statement.column}"


def would_be(statement: Statement) -> str:
    """What a wrong statement would have to say, whichever of its figures is the misprint."""
    count, base, printed = statement.count, statement.base, statement.percentage
    if count is None or base is None:
        return ""
    if count > base:
        said = f"{count:,} is more than {base:,}"
    else:
        said = f"{count:,} of {base:,} is {percentage(count, base, printed or Decimal())}%"
    if printed is None:
        return said
    options = [f"{_range(found)} of {base:,}" for found in [counts(base, printed)] if found]
    options += [f"{count:,} of {_range(found)}" for found in [bases(count, printed)] if found]
    would = f"{printed}% would be {', or '.join(options)}" if options else f"none would be {printed}%"
    return f"{said}; {would}"


def _range(found: Range) -> str:
    low, high = found
    if high is None:
        return f"{low:,} or more"
    return f"{low:,}" if low == high else f"{low:,} {'or' if high == low + 1 else 'to'} {high:,}"


def to_object(report: FiguresReport) -> dict[str, Any]:
    """A report as JSON writes it."""
    return {
        "files": list(report.files),
        "checked": report.holds + report.wrong,
        "holds": report.holds,
        "wrong": report.wrong,
        "counts_without_percentage": report.no_percentage + report.greater,
        "counts_greater_than_base": report.greater,
        "not_checked": {str(why): number for why, number in report.not_checked.items()},
        "statements": [_entry(statement) for statement in report.kept],
    }


def _entry(statement: Statement) -> dict[str, Any]:
    made = {name: getattr(statement, name) for name in ("file", "line", "column", "words", "count", "base")}
    made |= {"percentage": _plain(statement.percentage), "verdict": str(statement.verdict)}
    if statement.why_not is not None:
        made["why_not"] = str(statement.why_not)
    count, base, printed = statement.count, statement.base, statement.percentage
    if statement.verdict is Verdict.WRONG and count is not None and base is not None and printed is not None:
        made["would_be"] = {
            "percentage": _plain(percentage(count, base, printed)) if base else None,
            "count": _ends(counts(base, printed)),
            "base": _ends(bases(count, printed)),
        }
    return made


def _plain(number: Decimal | None) -> int | float | None:
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _ends(found: Range | None) -> list[int | None] | None:
    return None if found is None else list(found)


def markdown(report: FiguresReport) -> str:
    """A report as a Markdown page."""
    lines = [f"# Figures of {', '.join(report.files)}", "", *(f"- {line}" for line in summary(report))]
    if wrong := report.of(Verdict.WRONG):
        lines += ["", "## Wrong", ""]
        lines += table(["place", "as printed", "what it would be"], [[place(s), s.words, would_be(s)] for s in wrong])
    if report.not_checked:
        lines += ["", "## Could not be checked", ""]
        rows = [[f"{number:,}", WHY_NOT[why]] for why, number in report.not_checked.items()]
        lines += table(["statements", "why"], rows)
    for verdict, heading in HEADINGS.items():
        if found := report.of(verdict):
            lines += ["", f"## {heading}", "", *table(["place", "as printed", "why"], [listed(s) for s in found])]
    return "\n".join(lines) + "\n"


HEADINGS = {
    Verdict.NOT_CHECKED: "Not checked",
    Verdict.NO_PERCENTAGE: "Counts without a percentage",
    Verdict.HOLDS: "Holding",
}
"""What is listed on request."""


def listed(statement: Statement) -> Sequence[str]:
    """Place, words and reason of a statement."""
    return place(statement), statement.words, "" if statement.why_not is None else WHY_NOT[statement.why_not]
