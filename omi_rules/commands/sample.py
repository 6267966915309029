"""``omi-check sample``: whether a sample is as its ruleset asks, and a sample drawn from a caseload."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

from omi_rules.commands import apart, ruleset_of, warn
from omi_rules.commands.intake import Intake, one_by_one
from omi_rules.commands.progress import progress
from omi_rules.errors import Fault, Refused, show
from omi_rules.output import as_bytes, together, write
from omi_rules.reading import Item, files
from omi_rules.records import Record
from omi_rules.reports import sampling as reports
from omi_rules.reports.text import to_json
from omi_rules.ruleset import Ruleset, with_settings
from omi_rules.sample_rules import key
from omi_rules.sampling.adequacy import Counted, Standing
from omi_rules.sampling.caseload import Texts
from omi_rules.sampling.design import Frame, digest, read_design, strata, to_object
from omi_rules.sampling.draw import draw as draw_sample
from omi_rules.sampling.members import Members, members, rules_of
from omi_rules.sampling.taking import Candidate, Plan

TOGETHER = 2000
"""Cases looked at together."""

ENDINGS = (".ndjson", ".jsonl")
"""What a drawn sample may be called."""


def check(
    paths: Sequence[str],
    *,
    ruleset: str,
    settings: Mapping[str, str],
    as_of: date | None,
    format_: str,
    to: Path | None,
    strict: bool,
    fail_on: str,
    quiet: bool,
    width: int,
    colour: bool,
    design: Path | None = None,
) -> int:
    """Compare the cases in some files with what is asked of a sample, by its `design` if given; the exit code.

    Raises:
        Refused: unusable input, rules, settings or output.
    """
    apart({"--output": to}, [*files(paths), *([design] if design else [])])
    loaded = ruleset_of(ruleset, settings)
    counted = Counted(loaded, as_of, read_design(design) if design else None)
    intake = Intake(strict=strict, quiet=quiet)
    for records in progress(one_by_one(paths, loaded, intake), "cases", None, quiet=quiet, size=len):
        counted.add(records)
    found, rejected = counted.adequacy(), tuple(sorted(intake.rejected))
    if format_ == "rich":
        from omi_rules.reports.terminal_sampling import adequacy_rich

        made = adequacy_rich(found, as_of, rejected, width=width, colour=colour)
    else:
        form = reports.adequacy_json if format_ == "json" else reports.adequacy_markdown
        made = form(found, as_of, rejected)
    write(made, to)
    fell = any(line.standing in (Standing.SHORT, Standing.OVER) for line in found.lines)
    return int(fail_on == "not_met" and fell)


def _minimums(given: Sequence[str], settings: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """The minimums as settings, and what is wrong with their form or with giving a number that is set already."""
    made: dict[str, str] = {}
    options = {setting: f"--set {setting}={value}" for setting, value in settings.items()}
    faults = []
    for one in given:
        group, equals, number = (part.strip() for part in one.partition("="))
        setting, option = key(group, "at_least"), f"--at-least {show(one)}"
        if not equals:
            hint = "for instance ppo=10; `omi-check sample check` names the groups"
            faults.append(Fault(file=option, what="want GROUP=N", hint=hint))
        elif setting in options:
            what = f"{show(group)} has its number already, by {show(options[setting])}"
            faults.append(Fault(file=option, what=what, hint="give each group one number"))
        else:
            made[setting], options[setting] = number, option
    return made, faults


def _asked(ruleset: str, settings: Mapping[str, str], at_least: Sequence[str]) -> Ruleset:
    """A ruleset with settings and minimums. Raises `Refused` with all that is wrong with them."""
    loaded = ruleset_of(ruleset, {})
    made, faults = _minimums(at_least, settings)
    try:
        loaded = with_settings(loaded, {**settings, **made})
    except Refused as refused:
        faults += refused.faults
    if faults:
        raise Refused(faults)
    return loaded


def draw(
    paths: Sequence[str],
    *,
    size: int,
    seed: int,
    to: Path,
    design_to: Path | None,
    ruleset: str,
    settings: Mapping[str, str],
    as_of: date | None,
    strict: bool,
    quiet: bool,
    width: int,
    colour: bool,
    at_least: Sequence[str] = (),
) -> int:
    """Draw a sample from a caseload and write it, with its design beside it; the exit code.

    `at_least` is a list of ``GROUP=N``.

    Raises:
        Refused: unusable input, rules, settings or output, or too few cases; nothing is written then.
    """
    loaded = _asked(ruleset, settings, at_least)
    rules = rules_of(loaded)
    listed = files(paths)
    design_to = design_to or to.with_suffix(".design.json")
    if not to.name.lower().endswith(ENDINGS):
        hint = f"call it {to.stem or 'sample'}.ndjson"
        raise Refused([Fault(file=f"--to {to}", what="a sample is written as NDJSON", hint=hint)])
    apart({"--to": to, "--design": design_to}, listed)
    limits = {name: limit.at_most for name, limit in rules.limits.items()}
    plan = Plan(size=size, seed=seed, minimums=rules.minimums, limits=limits)
    with tempfile.TemporaryFile() as spool:
        caseload = _Caseload(loaded, as_of, strict=strict, quiet=quiet)
        texts = Texts(loaded, spool)
        records = progress(caseload.records(texts.items(listed)), "cases", None, quiet=quiet)
        while chunk := list(islice(records, TOGETHER)):
            caseload.add(chunk)
        if not caseload.case_ids:
            raise Refused([Fault(file=", ".join(paths[:3]), what="no usable case record")])
        sample = draw_sample(caseload.candidates, plan, not_drawn_from=caseload.not_drawn_from())
        found = strata((c.groups for c in caseload.candidates), (one.candidate.groups for one in sample.drawn))
        day = as_of.isoformat() if as_of else None
        design = to_object(loaded, plan, caseload.frame(), found, sample, day)
        with together() as begin:
            design_file, file = begin(design_to), begin(to)  # the sample takes its name last: it is never without
            design_file.write(as_bytes(to_json(design)))
            for one in sample.drawn:
                file.write(texts.text(one.candidate.case_id) + b"\n")
    from omi_rules.reports.terminal_sampling import drawn_rich

    write(drawn_rich(design, width=width, colour=colour), None)
    return 0


class _Caseload:
    """What is kept of the cases of a caseload while they pass."""

    def __init__(self, ruleset: Ruleset, as_of: date | None, *, strict: bool, quiet: bool) -> None:
        self.ruleset, self.as_of = ruleset, as_of
        self.strict, self.quiet = strict, quiet
        self.timed = ruleset.sample is not None and ruleset.sample.time_is_set
        self.case_ids: list[str] = []
        self.candidates: list[Candidate] = []
        self.left_out: list[str] = []
        self.outside = self.open = 0
        self.not_recorded: Counter[str] = Counter()
        self._warnings = 0

    def records(self, found: Iterator[Item]) -> Iterator[Record]:
        """The usable records; what cannot be used is named and counted."""
        for item in found:
            if item.record is None:
                if self.strict:
                    raise Refused(item.faults)
                warn(item.faults, quiet=self.quiet, kind="left out")
                self.left_out.append(item.place)
                continue
            self._warnings += len(item.faults)
            shown = item.faults[: max(0, 20 - self._warnings)]
            warn([replace(fault, excerpt="") for fault in shown], quiet=self.quiet)
            yield item.record

    def add(self, records: Sequence[Record]) -> None:
        """Note some cases, and which of them may be drawn."""
        found = members(records, self.ruleset, self.as_of)
        for row, case_id in enumerate(found.case_ids):
            self.case_ids.append(case_id)
            if self.timed and not found.in_time[row]:
                self.open += found.in_time[row] is None
                self.outside += found.in_time[row] is False
            else:
                self.candidates.append(self._candidate(found, row))

    def _candidate(self, found: Members, row: int) -> Candidate:
        groups = self.ruleset.sample.groups if self.ruleset.sample else {}
        belongs = {name: found.belongs[name][row] for name in groups}
        held = {name: holders[row] for name, holders in found.holders.items()}
        self.not_recorded.update(name for name, known in {**belongs, **held}.items() if known is None)
        return Candidate(
            case_id=found.case_ids[row],
            groups=frozenset(name for name, belonging in belongs.items() if belonging),
            places=tuple((name, holder) for name, holder in held.items() if holder is not None),
        )

    def not_drawn_from(self) -> str:
        """How many cases there are besides those that may be drawn, and why; empty if there are none."""
        asked = self.ruleset.sample.supervision if self.ruleset.sample else None
        reasons = []
        if asked and self.outside:
            reasons.append(f"{self.outside} not within {asked.within} of {asked.about} under supervision")
        if self.open:
            reasons.append(f"{self.open} of which that time is not recorded")
        if self.left_out:
            reasons.append(f"{len(self.left_out)} whose record cannot be used")
        cases = len(self.case_ids) + len(self.left_out)
        return f"not drawn from, of {cases} cases: {', '.join(reasons)}" if reasons else ""

    def frame(self) -> Frame:
        """What the sample is drawn from."""
        return Frame(
            cases=len(self.candidates),
            left_out=sorted(self.left_out),
            digest=digest(candidate.case_id for candidate in self.candidates),
            outside=self.outside if self.timed else None,
            open=self.open if self.timed else None,
            not_recorded=self.not_recorded,
        )
