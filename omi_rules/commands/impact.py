"""``omi-check rules diff``: what a change of rules changes on a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from omi_rules.commands import apart, engine, ruleset_of
from omi_rules.commands.intake import Intake, Source
from omi_rules.engine import EngineName
from omi_rules.judging import Wanted
from omi_rules.meaning import TABLE
from omi_rules.output import write
from omi_rules.reading import files
from omi_rules.reports.impact import Impact, Move, ScoreChange, to_object
from omi_rules.reports.text import to_json
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.scores import Scores, score
from omi_rules.scoring.tally import total


def diff(
    old: str,
    new: str,
    paths: Sequence[str],
    format_: str,
    to: Path | None,
    engine_name: EngineName,
    *,
    width: int,
    colour: bool,
    quiet: bool,
) -> int:
    """Judge a sample by two rulesets and say what changes; the exit code.

    Raises:
        Refused: unusable rules or records; a record must be usable under both.
    """
    apart({"--output": to}, files(paths))
    first, second = ruleset_of(old, {}), ruleset_of(new, {})
    engine(engine_name)
    before, after = (_judged(ruleset, paths, engine_name, quiet=quiet) for ruleset in (first, second))
    lines_before, scores_before = before
    lines_after, scores_after = after
    shared = [q.id for q in first.scored if q.id in lines_after]
    impact = Impact(
        old=f"{first.head.id} {first.head.version} ({old})",
        new=f"{second.head.id} {second.head.version} ({new})",
        cases=scores_before.tally.cases,
        added=tuple(q.id for q in second.scored if q.id not in lines_before),
        removed=tuple(q.id for q in first.scored if q.id not in lines_after),
        moves=tuple(
            move for question in shared for move in _moves(question, lines_before[question], lines_after[question])
        ),
        scores=tuple(_score_changes(scores_before, scores_after)),
    )
    if format_ == "json":
        made = to_json(to_object(impact))
    else:
        from omi_rules.reports.terminal_compare import impact_rich

        made = impact_rich(impact, width=width, colour=colour)
    write(made, to)
    return 0


def _judged(
    ruleset: Ruleset, paths: Sequence[str], engine_name: EngineName, *, quiet: bool
) -> tuple[dict[str, dict[str, int]], Scores]:
    """For each question the line that spoke for each case, and the scores."""
    lines: dict[str, dict[str, int]] = {question.id: {} for question in ruleset.scored}
    tallies = []
    source = Source(paths, ruleset, engine_name, Wanted(codes=True))
    for judged in source.judged(Intake(strict=True, quiet=quiet)):
        tallies.append(judged.tally)
        assert judged.codes is not None  # asked for above
        for question, spoke in zip(judged.codes.questions, judged.codes.lines.tolist(), strict=True):
            if question in lines:
                lines[question].update(zip(judged.case_ids, spoke, strict=True))
    return lines, score(total(tallies, ruleset), ruleset)


def _moves(question: str, before: dict[str, int], after: dict[str, int]) -> Iterator[Move]:
    moved: dict[tuple[str, str], list[str]] = {}
    for case in sorted(before):
        was, now = _said(before[case]), _said(after[case])
        if was != now:
            moved.setdefault((was, now), []).append(case)
    for (was, now), cases in sorted(moved.items()):
        yield Move(question, was, now, tuple(cases))


def _said(line: int) -> str:
    return f"{TABLE[line].outcome} ({TABLE[line].reason})"


def _score_changes(before: Scores, after: Scores) -> Iterator[ScoreChange]:
    for name in dict.fromkeys([*before.criteria, *after.criteria]):
        first, second = before.criteria.get(name), after.criteria.get(name)
        values = [None if found is None else found.score for found in (first, second)]
        verdicts = ["none" if found is None or found.verdict is None else found.verdict for found in (first, second)]
        turn = f"{verdicts[0]} -> {verdicts[1]}" if verdicts[0] != verdicts[1] else ""
        if values[0] != values[1] or turn:
            yield ScoreChange(name, values[0], values[1], turn)
    for level in ("sections", "threads"):
        one, other = getattr(before, level), getattr(after, level)
        for name in dict.fromkeys([*one, *other]):
            values = [found[name].score if name in found else None for found in (one, other)]
            if values[0] != values[1]:
                yield ScoreChange(f"{level[:-1]} {name}", values[0], values[1], "")
