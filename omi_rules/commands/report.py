"""``omi-check report``: the report of an inspection, from its record and its case sample."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from omi_rules.commands import apart, engine, ruleset_of, warn
from omi_rules.commands.inspection import inputs
from omi_rules.commands.intake import Intake, Source, one_by_one
from omi_rules.engine import EngineName
from omi_rules.inspection.judged import judge
from omi_rules.inspection.reading import read, sample_of
from omi_rules.inspection.record import Inspection
from omi_rules.judging import Wanted
from omi_rules.output import as_bytes, whole, write
from omi_rules.reports.inspection_report.below import Gathered, names
from omi_rules.reports.inspection_report.formats import FORMATS
from omi_rules.reports.inspection_report.report import Report
from omi_rules.ruleset import Ruleset
from omi_rules.sampling.adequacy import Adequacy, Counted
from omi_rules.sampling.design import Design, read_design
from omi_rules.sampling.weighing import Weighing, warnings
from omi_rules.scoring.scores import score
from omi_rules.scoring.tally import Tally, total
from omi_rules.words import draft


def report(
    folder: Path,
    *,
    ruleset: str,
    settings: Mapping[str, str],
    format_: str,
    to: Path | None,
    engine_name: EngineName,
    identify: bool,
    quiet: bool,
) -> int:
    """Write the report of the inspection in a folder; the exit code.

    Raises:
        Refused: an unusable record, sample, ruleset, setting or output; nothing is written then.
    """
    loaded = ruleset_of(ruleset, settings)
    apart({"--output": to}, inputs(folder, loaded))
    with contextlib.ExitStack() as open_:
        file = open_.enter_context(whole(to)) if to else None  # that it cannot be written is said before the work
        made = FORMATS[format_](gathered(folder, loaded, engine_name, identify=identify, quiet=quiet))
        if file is not None:
            file.write(as_bytes(made))
    if to is None:
        write(made, None)
    return 0


def gathered(
    folder: Path, ruleset: Ruleset, engine_name: EngineName = "auto", *, identify: bool = False, quiet: bool = False
) -> Report:
    """Everything that the report of an inspection is made from. Raises `Refused`."""
    engine(engine_name)  # that it cannot be had is said before the work
    record = read(folder, ruleset)
    sample, kept = sample_of(record, folder), Gathered()
    design = design_of(record, folder, sample)
    drawn_by = read_design(design) if design else None
    weighing = Weighing(drawn_by, ruleset) if drawn_by else None
    scores, weighted, intake = None, None, Intake(strict=False, quiet=quiet)
    if sample:
        source = Source(sample, ruleset, engine_name, Wanted(codes=True))
        counted = total(_followed(source, intake, kept, weighing), ruleset)
        scores = score(counted, ruleset)
        weighted = weighing.weighted(counted) if weighing else None
    if weighted is not None:
        warn(warnings(weighted), quiet=quiet)
    return Report(
        judged=judge(record, ruleset, scores, sorted(intake.rejected)),
        draft=draft(scores) if scores else None,
        adequacy=_adequacy(sample, ruleset, drawn_by) if sample and ruleset.sample else None,
        weighted=weighted,
        below=kept.below,
        shown=names(kept.case_ids, identify=identify),
        identify=identify,
    )


def design_of(record: Inspection, folder: Path, sample: Sequence[str]) -> Path | None:
    """The design that a sample was drawn by: the one the record names, or the one beside the sample, as it is drawn.

    None without a sample, or without either.
    """
    if not sample:
        return None
    if record.design is not None:
        return folder / record.design
    beside = Path(sample[0]).with_suffix(".design.json")
    return beside if len(sample) == 1 and beside.is_file() else None


def _followed(source: Source, intake: Intake, kept: Gathered, weighing: Weighing | None) -> Iterator[Tally]:
    for one in source.judged(intake):
        if one.codes is not None:
            kept.add(one.codes)
            if weighing is not None:
                weighing.add(one.codes)
        yield one.tally


def _adequacy(sample: Sequence[str], ruleset: Ruleset, design: Design | None) -> Adequacy:
    counted = Counted(ruleset, design=design)
    for records in one_by_one(sample, ruleset, Intake(strict=False, quiet=True)):  # warned of already
        counted.add(records)
    return counted.adequacy()
