"""``omi-check batch``: a sample judged and scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np

from omi_rules.commands import apart, engine, ruleset_of, warn
from omi_rules.commands.intake import Intake, Source
from omi_rules.commands.progress import progress
from omi_rules.engine import EngineName
from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.judging import Judged, Wanted, total_gaps
from omi_rules.meaning import TABLE
from omi_rules.output import as_bytes, together, write
from omi_rules.reading import files
from omi_rules.reports import audit_file, findings_file, sample_formats
from omi_rules.reports.sample import Disagreement, Gap, SampleReport
from omi_rules.ruleset import Ruleset
from omi_rules.sampling.design import read_design
from omi_rules.sampling.weighing import Weighing, warnings
from omi_rules.scoring.lift import lifts
from omi_rules.scoring.scores import Scores, score
from omi_rules.scoring.tally import Tally, empty, tally
from omi_rules.words import draft

SMALLEST_SHOWN = 5
"""Bases under this are not shown in a breakdown, unless asked for."""


class Follower(Protocol):
    """Takes note of the cases while they pass."""

    def add(self, judged: Judged) -> None:
        """Some cases have been judged."""

    def close(self) -> None:
        """There are no more."""


class _Weighed:
    """Weighs the findings while they pass."""

    def __init__(self, weighing: Weighing) -> None:
        self._weighing = weighing

    def add(self, judged: Judged) -> None:
        """See `Follower.add`."""
        if judged.codes is not None:
            self._weighing.add(judged.codes)

    def close(self) -> None:
        """See `Follower.close`."""


class _Written:
    """Writes the findings while they pass."""

    def __init__(self, writer: findings_file.Writer) -> None:
        self._writer = writer

    def add(self, judged: Judged) -> None:
        """See `Follower.add`."""
        self._writer.add(judged.written)

    def close(self) -> None:
        """See `Follower.close`."""
        self._writer.close()


class Sample:
    """What is kept of the cases while they pass."""

    def __init__(self, ruleset: Ruleset, by: Sequence[str] = (), *, list_disagreements: bool = False) -> None:
        self.ruleset = ruleset
        self.tally = empty(ruleset)
        self.parts: dict[str, dict[str, Tally]] = {name: {} for name in by}
        self.disagreements: list[Disagreement] = []
        self._list = list_disagreements
        self._gaps: dict[tuple[str, str], int] = {}

    def add(self, judged: Judged) -> None:
        """Count what was found on some cases."""
        self.tally += judged.tally
        for key, number in judged.gaps.items():
            self._gaps[key] = self._gaps.get(key, 0) + number
        if judged.codes is None:
            return
        for name, values in judged.groups.items():
            rows = defaultdict(list)
            for row, value in enumerate(values):
                rows["not recorded" if value is None else value].append(row)
            for value, chosen in rows.items():
                parts = self.parts[name]
                parts[value] = parts.get(value, empty(self.ruleset)) + tally(judged.codes.of(chosen))
        if self._list:
            self.disagreements += self._disagreements(judged)

    def _disagreements(self, judged: Judged) -> Iterator[Disagreement]:
        codes, words = judged.codes, self.ruleset.head.answers.words
        assert codes is not None  # a list was asked for
        for place, row in zip(*np.nonzero(codes.disagreements()), strict=True):
            answer, line = int(codes.answers[place, row]), int(codes.lines[place, row])
            question = codes.questions[place]
            yield Disagreement(codes.case_ids[row], question, words[answer - 1], str(TABLE[line].outcome))

    def close(self) -> None:
        """Nothing is left to do."""

    def found_gaps(self) -> tuple[Gap, ...]:
        """What is not recorded, the costliest first."""
        gaps = [Gap(fact, sum(by.values()), tuple(sorted(by))) for fact, by in total_gaps([self._gaps]).items()]
        return tuple(sorted(gaps, key=lambda gap: (-gap.findings, gap.fact)))


def batch(
    paths: Sequence[str],
    *,
    ruleset: str,
    settings: Mapping[str, str],
    as_of: date | None,
    format_: str,
    to: Path | None,
    engine_name: EngineName,
    fail_on: str,
    quiet: bool,
    width: int,
    colour: bool,
    findings_to: Path | None = None,
    wide: bool = False,
    messages: bool = False,
    audit_to: Path | None = None,
    jobs: int | None = None,
    strict: bool = False,
    keep_last: bool = False,
    caseload: int | None = None,
    by: Sequence[str] = (),
    show_small: bool = False,
    what_would_lift: bool = False,
    list_disagreements: bool = False,
    design: Path | None = None,
    words: bool = False,
) -> int:
    """Judge and score the cases in some files; the exit code.

    Raises:
        Refused: unusable input, rules, settings or output; nothing is written then.
    """
    listing, drafting = ("rich", "json"), ("rich", "json", "md", "html")
    asked = {
        "--by": (bool(by), listing),
        "--what-would-lift": (what_would_lift, listing),
        "--disagreements": (list_disagreements, listing),
        "--design": (design is not None, drafting),
        "--words": (words, drafting),
    }
    faults = [
        Fault(
            file=option,
            what=f"not in the format {format_}",
            hint=f"use --format {', '.join(known[:-1])} or {known[-1]}",
        )
        for option, (given, known) in asked.items()
        if given and format_ not in known
    ]
    if faults:
        raise Refused(faults)
    if messages and wide:
        raise Refused([Fault(file="--wide", what="a row a case has no room for --messages", hint="leave one out")])
    for option, given in (("--messages", messages), ("--wide", wide)):
        if given and findings_to is None:
            raise Refused([Fault(file=option, what="no findings are written", hint="name a file for --findings")])
    loaded = ruleset_of(ruleset, settings)
    _check_breakdowns(loaded, by)
    if words and loaded.head.words is None:
        what = f"the ruleset {loaded.head.id} has no words"
        raise Refused([Fault(file="--words", what=what, hint="ruleset.yaml of omi-2006 shows how they are written")])
    apart(
        {"--output": to, "--findings": findings_to, "--audit": audit_to}, [*files(paths), *([design] if design else [])]
    )
    engine(engine_name)  # that it cannot be had is said before the work
    form = None if findings_to is None else findings_file.form(findings_to.name, wide=wide, messages=messages)
    wanted = Wanted(
        as_of=as_of,
        by=tuple(by),
        codes=design is not None or list_disagreements,
        form=form,
        audit=audit_to is not None,
    )
    source = Source(paths, loaded, engine_name, wanted, keep_last=keep_last, jobs=1 if messages else jobs)
    intake = Intake(strict=strict, quiet=quiet)
    sample = Sample(loaded, by, list_disagreements=list_disagreements)
    with together() as begin:  # the findings take their name right before the scores, at the very end
        followers: list[Follower] = [sample]
        weighing = None if design is None else Weighing(read_design(design), loaded)
        if weighing is not None:
            followers.append(_Weighed(weighing))
        if findings_to is not None and form is not None:
            followers.append(_Written(form.writer(begin(findings_to))))
        if audit_to is not None:
            audit_file.check_ending(audit_to.name)
            followers.append(audit_file.Audit(begin(audit_to), loaded))
        file = None if to is None else begin(to)
        try:
            for judged in progress(
                source.judged(intake), "cases", None, quiet=quiet, size=lambda one: len(one.case_ids)
            ):
                for follower in followers:
                    follower.add(judged)
        finally:
            for follower in followers:
                follower.close()
        if caseload is not None and caseload < sample.tally.cases:
            raise Refused(
                [Fault(file=f"--caseload {caseload}", what=f"fewer than the {sample.tally.cases} cases of the sample")]
            )
        weighted = None if weighing is None else weighing.weighted(sample.tally, caseload)
        if weighted is not None:
            warn(warnings(weighted), quiet=quiet)
        scores = score(sample.tally, loaded, caseload=caseload)
        report = SampleReport(
            scores=scores,
            as_of=as_of,
            rejected=tuple(sorted(intake.rejected)),
            replaced=tuple(sorted(set(intake.replaced))),
            gaps=sample.found_gaps(),
            disagreements=tuple(sorted(sample.disagreements, key=lambda d: (d.question, d.case_id))),
            breakdown={name: _scores(parts, loaded) for name, parts in sample.parts.items()},
            lifts=tuple(lifts(scores)) if what_would_lift else None,
            list_disagreements=list_disagreements,
            weighted=weighted,
            words=draft(scores) if words else None,
            smallest_shown=0 if show_small else SMALLEST_SHOWN,
        )
        made = sample_formats.FORMATS[format_](report, width, colour)
        if file is not None:
            file.write(as_bytes(made))
    if to is None:
        write(made, None)
    return exit_code(report, fail_on)


def _check_breakdowns(ruleset: Ruleset, by: Sequence[str]) -> None:
    known = ruleset.head.breakdowns
    faults = [
        Fault(file=f"--by {show(name)}", what="not a breakdown of this ruleset", hint=nearest(name, known))
        for name in by
        if name not in known
    ]
    if faults:
        raise Refused(faults)


def _scores(parts: Mapping[str, Tally], ruleset: Ruleset) -> dict[str, Scores]:
    return {value: score(part, ruleset) for value, part in sorted(parts.items())}


def exit_code(report: SampleReport, fail_on: str) -> int:
    """1 if the report has what the run is to fail on, else 0."""
    if fail_on == "priority":
        return int(any(found.verdict == "priority" for found in report.scores.criteria.values()))
    contexts = {question.id for question in report.scores.ruleset.questions.values() if question.context}
    return int(
        any(share.counts.get(fail_on, 0) for name, share in report.scores.questions.items() if name not in contexts)
    )
