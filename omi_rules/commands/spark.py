"""``omi-check batch --spark``: a caseload judged and scored on a cluster."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from omi_rules.batches import WORDS, words_digest
from omi_rules.commands import apart, engine, ruleset_of
from omi_rules.commands.batch import exit_code
from omi_rules.commands.cluster import session, told
from omi_rules.engine import EngineName
from omi_rules.errors import Defect, Fault, Refused, show
from omi_rules.facts.table_faults import faults_of
from omi_rules.judging import Gaps, total_gaps
from omi_rules.output import as_bytes, together, write
from omi_rules.reading import damage, files, is_parquet
from omi_rules.reports import sample_formats
from omi_rules.reports.sample import Gap, SampleReport
from omi_rules.ruleset import Ruleset
from omi_rules.scoring.lift import lifts
from omi_rules.scoring.scores import score
from omi_rules.words import draft

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from omi_rules.spark import Counted

_STORE = "make a store: omi-check ingest PATH --to DIR"


def batch_spark(
    master: str,
    paths: Sequence[str],
    *,
    unfit: Sequence[str],
    ruleset: str,
    settings: Mapping[str, str],
    as_of: date | None,
    format_: str,
    to: Path | None,
    engine_name: EngineName,
    fail_on: str,
    width: int,
    colour: bool,
    findings_to: Path | None = None,
    wide: bool = False,
    caseload: int | None = None,
    what_would_lift: bool = False,
    words: bool = False,
) -> int:
    """Judge and score the cases of a store, or of Parquet files, by the workers of a Spark master; the exit code.

    The files must be there under the same name for every worker. Findings become a folder of Parquet files. `unfit`
    are the options given that are not for Spark.

    Raises:
        Refused: unusable input, rules, options or output, or no Spark; nothing is written then.
        Defect: a case judged alone is judged differently, or records were lost on the way.
    """
    _check_options(master, unfit, findings_to, to, format_, words=words, what_would_lift=what_would_lift)
    loaded = ruleset_of(ruleset, settings)
    if words and loaded.head.words is None:
        raise Refused([Fault(file="--words", what=f"the ruleset {loaded.head.id} has no words")])
    engine(engine_name)  # that it cannot be had is said before the work
    source = _source(paths, loaded)
    apart({"--output": to}, source.names)
    with together() as begin, _folder(findings_to) as folder:
        file = None if to is None else begin(to)
        with session(master) as spark, told(paths):
            from omi_rules.spark import counted

            total = counted(
                _read(spark, source),
                loaded,
                as_of,
                engine=engine_name,
                checked=source.checked,
                findings_to=folder,
                wide=wide,
            )
        _check_count(total, source, caseload, paths)
        if folder is not None:
            _check_findings(folder, total.tally.cases * (1 if wide else len(loaded.scored)))
        scores = score(total.tally, loaded, caseload=caseload)
        report = SampleReport(
            scores=scores,
            as_of=as_of,
            rejected=(),
            replaced=(),
            gaps=_gaps(total.gaps),
            disagreements=(),
            breakdown={},
            lifts=tuple(lifts(scores)) if what_would_lift else None,
            list_disagreements=False,
            smallest_shown=0,
            words=draft(scores) if words else None,
        )
        made = sample_formats.FORMATS[format_](report, width, colour)
        if file is not None:
            file.write(as_bytes(made))
            file.flush()  # a full disk is told before the folder takes its name
    if to is None:
        write(made, None)
    return exit_code(report, fail_on)


def _check_options(
    master: str,
    unfit: Sequence[str],
    findings_to: Path | None,
    to: Path | None,
    format_: str,
    *,
    words: bool,
    what_would_lift: bool,
) -> None:
    """Raises `Refused` for all options together that do not go with Spark, or with one another."""
    hint = "leave it out; or leave --spark out, as one machine can do it"
    faults = [Fault(file=option, what="not with --spark", hint=hint) for option in unfit]
    if not master.startswith(("spark://", "k8s://", "yarn", "local")):
        hint = "for instance spark://HOST:7077, yarn, or local[2] for two processes here"
        faults.append(Fault(file=f"--spark {show(master)}", what="not the address of a Spark master", hint=hint))
    for option, wanted, formats in (
        ("--words", words, ("rich", "json", "md", "html")),
        ("--what-would-lift", what_would_lift, ("rich", "json")),
    ):
        if wanted and format_ not in formats:
            faults.append(
                Fault(file=option, what=f"not in the format {format_}", hint=f"use --format {' or '.join(formats)}")
            )
    if findings_to is not None:
        named = f"--findings {findings_to}"
        if os.path.lexists(findings_to):
            faults.append(Fault(file=named, what="is there already", hint="name a folder that is not there yet"))
        if findings_to.suffix in (".ndjson", ".csv"):
            faults.append(Fault(file=named, what="Spark writes a folder of Parquet files", hint="call it findings"))
        if to is not None and to.resolve() == findings_to.resolve():
            faults.append(Fault(file=named, what="another result goes to the same place", hint="name another"))
    if faults:
        raise Refused(faults)


@dataclass(frozen=True)
class _Source:
    """The Parquet files of a caseload."""

    names: tuple[str, ...]
    """Whole: a worker has another working folder."""
    cases: int
    checked: bool
    """Whether all are parts of stores made for the words of these rules."""


def _source(paths: Sequence[str], ruleset: Ruleset) -> _Source:
    """What the feet of the files say. Raises `Refused` where one is not what Spark can be given."""
    import pyarrow.parquet as pq

    words, cases, checked = words_digest(ruleset).encode(), 0, True
    faults: list[Fault] = []
    names = tuple(name if name == "-" else str(Path(name).resolve()) for name in files(paths))
    for name in names:
        if name == "-":
            faults.append(Fault(file=name, what="workers cannot read standard input", hint=_STORE))
            continue
        if Path(name).name.startswith((".", "_")):
            hint = "rename it"
            faults.append(Fault(file=name, what="Spark passes over names that begin with . or _", hint=hint))
        with damage(name), Path(name).open("rb") as stream:
            if not is_parquet(stream):
                faults.append(Fault(file=name, what="not Parquet, which is what --spark reads", hint=_STORE))
                continue
            about = pq.ParquetFile(stream)
            cases += about.metadata.num_rows
            if (about.schema_arrow.metadata or {}).get(WORDS) != words:
                checked = False
                faults += faults_of(about.schema_arrow, ruleset, name)
    if faults:
        raise Refused(faults)
    return _Source(names, cases, checked)


def _read(spark: SparkSession, source: _Source) -> DataFrame:
    """The cases. Raises `Refused` where one comes twice."""
    reader = spark.read.option("mergeSchema", str(not source.checked).lower())  # else columns of some files are lost
    cases = reader.parquet(*(re.sub(r"([\\*?\[\]{}])", r"\\\1", _address(Path(name))) for name in source.names))
    twice = cases.groupBy("case_id").count().filter("count > 1").orderBy("case_id").limit(20).collect()
    if twice:
        hint = "keep one record of each case; --duplicates keep-last is not for --spark"
        raise Refused(
            Fault(file="case_id", what=f"{show(row[0])} comes {row[1]} times", hint=hint if row is twice[-1] else "")
            for row in twice
        )
    return cases


def _address(of: Path) -> str:
    """A file or folder as Spark is to look for it: here, not in whatever file system a cluster has as its own."""
    return f"file://{of}"


def _check_count(total: Counted, source: _Source, caseload: int | None, paths: Sequence[str]) -> None:
    cases = total.tally.cases
    if cases != source.cases:
        raise Defect(f"Spark brought {cases:,} cases of the {source.cases:,} in the files")
    if not cases:
        raise Refused([Fault(file=", ".join(paths[:3]), what="no usable case record")])
    if caseload is not None and caseload < cases:
        raise Refused([Fault(file=f"--caseload {caseload}", what=f"fewer than the {cases} cases of the sample")])


def _check_findings(folder: Path, rows: int) -> None:
    """Make sure that the findings of all are there, and nothing that a lost worker has left."""
    import pyarrow.parquet as pq

    for left in folder.glob(".*.tmp"):
        left.unlink()
    there = sum(pq.read_metadata(file).num_rows for file in folder.iterdir())
    if there != rows:
        raise Defect(f"{there:,} findings of {rows:,} are in the folder: do all workers see the same one?")


def _gaps(found: Gaps) -> tuple[Gap, ...]:
    gaps = [Gap(fact, sum(by.values()), tuple(sorted(by))) for fact, by in total_gaps([found]).items()]
    return tuple(sorted(gaps, key=lambda gap: (-gap.findings, gap.fact)))


@contextmanager
def _folder(to: Path | None) -> Iterator[Path | None]:
    """A folder with a temporary name beside `to`; it takes the name at the end, or is removed."""
    if to is None:
        yield None
        return
    real = to.resolve()
    beside = real.with_name(f".{real.name[:100]}.{uuid4().hex[:8]}.tmp")
    try:
        with _refusing(to):
            beside.mkdir()
        yield beside
        with _refusing(to):
            beside.rename(real)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def _refusing(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused([Fault(file=str(to), what=f"cannot be written: {(error.strerror or '').lower()}")]) from None
