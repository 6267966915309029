"""``omi-check inspection``: an inspection judged as a whole, from its record and its case sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from omi_rules.commands import apart, engine, ruleset_of
from omi_rules.commands.intake import Intake, Source
from omi_rules.engine import EngineName
from omi_rules.inspection.judged import Judged, Rejected, judge
from omi_rules.inspection.reading import read, sample_of
from omi_rules.inspection.record import FILE
from omi_rules.judging import Wanted
from omi_rules.output import write
from omi_rules.reading import files
from omi_rules.reports.inspection import FORMATS
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.scores import Scores, score
from omi_rules.scoring.tally import total


def inspection(
    folder: Path,
    *,
    ruleset: str,
    settings: Mapping[str, str],
    format_: str,
    to: Path | None,
    engine_name: EngineName,
    quiet: bool,
    width: int,
    colour: bool,
) -> int:
    """Judge the inspection in a folder and report it; the exit code.

    Raises:
        Refused: an unusable record, sample, ruleset, setting or output; nothing is written then.
    """
    loaded = ruleset_of(ruleset, settings)
    apart({"--output": to}, inputs(folder, loaded))
    found = judged(folder, loaded, engine_name, quiet=quiet)
    write(FORMATS[format_](found, width, colour), to)
    return 0


def inputs(folder: Path, ruleset: Ruleset) -> list[str | Path]:
    """The files that an inspection is judged from. Raises `Refused`."""
    record = read(folder, ruleset)
    sample = sample_of(record, folder)
    designs = [folder / record.design] if record.design else [Path(name).with_suffix(".design.json") for name in sample]
    return [folder / FILE, *files(sample), *designs]


def judged(folder: Path, ruleset: Ruleset, engine_name: EngineName = "auto", *, quiet: bool = False) -> Judged:
    """The inspection in a folder, with the scores of its sample if it has one. Raises `Refused`."""
    record = read(folder, ruleset)
    sample = sample_of(record, folder)
    scores, rejected = scored(sample, ruleset, engine_name, quiet=quiet) if sample else (None, [])
    return judge(record, ruleset, scores, rejected)


def scored(
    paths: Sequence[str], ruleset: Ruleset, engine_name: EngineName, *, quiet: bool
) -> tuple[Scores, list[Rejected]]:
    """The scores of the cases in some files, as `batch` finds them, and what could not be used. Raises `Refused`."""
    engine(engine_name)  # that it cannot be had is said before the work
    intake = Intake(strict=False, quiet=quiet)
    source = Source(paths, ruleset, engine_name, Wanted())
    counted = total((judged.tally for judged in source.judged(intake)), ruleset)
    return score(counted, ruleset), sorted(intake.rejected)
