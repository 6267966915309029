"""``omi-check batch``: a sample judged and scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np

from omi_rules.commands import engine, ruleset_of, warn
from omi_rules.commands.progress import progress
from omi_rules.engine import EngineName
from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.findings import Findings, Judge
from omi_rules.meaning import TABLE, Reason
from omi_rules.output import as_bytes, together, write
from omi_rules.reading import files, items
from omi_rules.records import Record, at
from omi_rules.reports import findings_file, sample_formats
from omi_rules.reports.sample import Disagreement, Gap, SampleReport
from omi_rules.rules import FieldFact
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.lift import lifts
from omi_rules.scoring.scores import Scores, score
from omi_rules.scoring.tally import Tally, empty, tally

CHUNK = 2000
"""Cases judged together: enough for columns to pay, few enough to keep memory small."""

SMALLEST_SHOWN = 5
"""Bases under this are not shown in a breakdown, unless asked for."""

ANSWER = "the assessor's answer"


class Sample:
    """What is kept of the cases while they pass."""

    def __init__(self, ruleset: Ruleset, by: Sequence[str]) -> None:
        self.ruleset = ruleset
        self.tally = empty(ruleset)
        self.parts: dict[str, dict[str, Tally]] = {name: {} for name in by}
        self.gaps: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.disagreements: list[Disagreement] = []

    def add(self, findings: Findings, records: Sequence[Record]) -> None:
        """Count the findings of some cases."""
        self.tally += tally(findings)
        for name, parts in self.parts.items():
            rows = defaultdict(list)
            for row, record in enumerate(records):
                value = at(record, self.ruleset.head.breakdowns[name])
                rows["not recorded" if value is None else str(value)].append(row)
            for value, chosen in rows.items():
                parts[value] = parts.get(value, empty(self.ruleset)) + tally(findings, chosen)
        self._count_gaps(findings)
        self._list_disagreements(findings)

    def _count_gaps(self, findings: Findings) -> None:
        """What is not recorded and leaves a finding open, by fact and question."""
        for question in self.ruleset.scored:
            reasons = np.array([line.reason for line in TABLE], dtype=object)[findings.lines(question)]
            self._gap(ANSWER, question.id, int(np.sum(reasons == Reason.NOT_ANSWERED)))
            undecided = reasons == Reason.RELEVANCE_UNKNOWN
            for name, _ in findings.relevance_of(question).values if undecided.any() else ():
                missing = undecided & (findings.facts.fact(name) == 0)
                self._gap(_place(name, self.ruleset), question.id, int(missing.sum()))
            open_clock = int(np.sum((reasons == Reason.DATE_MISSING) | (reasons == Reason.EVIDENCE_AMBIGUOUS)))
            self._gap(f"what the clock {question.decided_by} needs", question.id, open_clock)

    def _gap(self, fact: str, question: str, number: int) -> None:
        if number:
            self.gaps[fact][question] += number

    def _list_disagreements(self, findings: Findings) -> None:
        words = self.ruleset.head.answers.words
        for question in self.ruleset.scored:
            for row in np.flatnonzero(findings.disagrees(question)):
                answer = words[int(findings.cases.answers(question.id)[row]) - 1]
                outcome = str(TABLE[int(findings.lines(question)[row])].outcome)
                self.disagreements.append(Disagreement(findings.case_ids[row], question.id, answer, outcome))

    def found_gaps(self) -> tuple[Gap, ...]:
        """What is not recorded, the costliest first."""
        gaps = [Gap(fact, sum(by.values()), tuple(sorted(by))) for fact, by in self.gaps.items()]
        return tuple(sorted(gaps, key=lambda gap: (-gap.findings, gap.fact)))


def _place(name: str, ruleset: Ruleset) -> str:
    fact = ruleset.facts[name]
    return fact.path if isinstance(fact, FieldFact) else f"{name} ({fact.means})"


class Intake:
    """The usable records of some files, each once; what cannot be used is kept with its faults."""

    def __init__(self, ruleset: Ruleset, *, strict: bool, keep_last: bool, quiet: bool) -> None:
        self.ruleset = ruleset
        self.strict, self.keep_last, self.quiet = strict, keep_last, quiet
        self.rejected: list[tuple[str, tuple[str, ...]]] = []
        self.replaced: list[str] = []
        self._seen: dict[str, str] = {}
        self._twice: list[Fault] = []
        self._warnings = 0

    def records(self, paths: Sequence[str]) -> Iterator[Record]:
        """The records, in the order of the files.

        Raises:
            Refused: a bad record where they are to be strict, a reference that comes twice, or no usable record.
        """
        kept: dict[str, Record] = {}
        for record in self._usable(paths):
            if self.keep_last:
                kept[record["case_id"]] = record
            else:
                yield record
        yield from kept.values()
        if self._twice:
            raise Refused(self._twice)
        if not self._seen:
            raise Refused([Fault(file=", ".join(paths[:3]), what="no usable case record")])

    def _usable(self, paths: Sequence[str]) -> Iterator[Record]:
        for path in paths:
            for item in items(path, self.ruleset.reader):
                if item.record is None:
                    if self.strict:
                        raise Refused(item.faults)
                    warn(item.faults, quiet=self.quiet, kind="left out")
                    self.rejected.append((item.place, tuple(_brief(fault) for fault in item.faults)))
                    continue
                self._warnings += len(item.faults)
                shown = [replace(fault, excerpt="") for fault in item.faults[: max(0, 20 - self._warnings)]]
                warn(shown, quiet=self.quiet)
                if self._known(item.record["case_id"], item.place):
                    yield item.record

    def _known(self, case_id: str, place: str) -> bool:
        """Note a reference; whether its record may be used."""
        before = self._seen.get(case_id)
        self._seen[case_id] = place
        if before is None:
            return True
        if self.keep_last:
            self.replaced.append(case_id)
            return True
        hint = "--duplicates keep-last takes the last of them"
        self._twice.append(
            Fault(file=place, path="case_id", what=f"{show(case_id)} is also the case at {before}", hint=hint)
        )
        return False


def _brief(fault: Fault) -> str:
    return ": ".join(part for part in (fault.path, fault.what) if part)


def chunks(records: Iterable[Record], size: int = CHUNK) -> Iterator[list[Record]]:
    """Records by the chunk."""
    rest = iter(records)
    while chunk := list(islice(rest, size)):
        yield chunk


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
    messages: bool = False,
    strict: bool = False,
    keep_last: bool = False,
    caseload: int | None = None,
    by: Sequence[str] = (),
    show_small: bool = False,
    what_would_lift: bool = False,
    list_disagreements: bool = False,
) -> int:
    """Judge and score the cases in some files; the exit code.

    Raises:
        Refused: unusable input, rules, settings or output; nothing is written then.
    """
    if format_ not in ("rich", "json"):
        asked = {"--by": bool(by), "--what-would-lift": what_would_lift, "--disagreements": list_disagreements}
        what, hint = f"not in the format {format_}", "use --format rich or json"
        faults = [Fault(file=option, what=what, hint=hint) for option, wanted in asked.items() if wanted]
        if faults:
            raise Refused(faults)
    if messages and findings_to is None:
        raise Refused([Fault(file="--messages", what="no findings are written", hint="name a file for --findings")])
    loaded = ruleset_of(ruleset, settings)
    _check_breakdowns(loaded, by)
    judge = Judge(loaded, engine(engine_name))
    intake = Intake(loaded, strict=strict, keep_last=keep_last, quiet=quiet)
    sample = Sample(loaded, by)
    with together() as begin:  # the findings take their name right before the scores, at the very end
        writer = None
        if findings_to is not None:
            ending = findings_file.check_ending(findings_to.name)
            writer = findings_file.WRITERS[ending](begin(findings_to), messages)
        file = None if to is None else begin(to)
        records = progress(intake.records(files(paths)), "cases", None, quiet=quiet)
        for chunk in chunks(records):
            findings = judge.judge(chunk, as_of)
            sample.add(findings, chunk)
            if writer is not None:
                writer.add(findings, chunk)
        if writer is not None:
            writer.close()
        if caseload is not None and caseload < sample.tally.cases:
            raise Refused(
                [Fault(file=f"--caseload {caseload}", what=f"fewer than the {sample.tally.cases} cases of the sample")]
            )
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
            smallest_shown=0 if show_small else SMALLEST_SHOWN,
        )
        made = sample_formats.FORMATS[format_](report, width, colour)
        if file is not None:
            file.write(as_bytes(made))
    if to is None:
        write(made, None)
    return _exit(report, fail_on)


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


def _exit(report: SampleReport, fail_on: str) -> int:
    if fail_on == "priority":
        return int(any(found.verdict == "priority" for found in report.scores.criteria.values()))
    contexts = {question.id for question in report.scores.ruleset.questions.values() if question.context}
    return int(
        any(share.counts.get(fail_on, 0) for name, share in report.scores.questions.items() if name not in contexts)
    )
