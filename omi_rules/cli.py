"""The command line: what may be asked, and how it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from omi_rules import __version__
from omi_rules.commands import say
from omi_rules.errors import Defect, Fault, Refused, show


class _CasesFirst(TyperGroup):
    """``omi-check case.json`` is short for ``omi-check check case.json``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `check` first unless a command, or a question about the program, stands there."""
        own = {"--help", "--version", "--install-completion", "--show-completion"}
        if args and args[0] not in self.commands and args[0] not in own:
            args = ["check", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_CasesFirst,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Check probation case records against inspection questions and national standards. "
    "`omi-check CASE.json` judges one case.",
)
rules_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at the rules, check them, get their schemas."
)
app.add_typer(rules_app, name="rules")
sample_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Check what a sample consists of, or draw one from a caseload."
)
app.add_typer(sample_app, name="sample")


class Format(StrEnum):
    """How a case is reported."""

    rich = "rich"
    json = "json"
    ndjson = "ndjson"
    csv = "csv"
    md = "md"


class BatchFormat(StrEnum):
    """How a sample is reported."""

    rich = "rich"
    json = "json"
    csv = "csv"
    md = "md"
    parquet = "parquet"
    xlsx = "xlsx"
    html = "html"


class Duplicates(StrEnum):
    """What is done when a case comes twice."""

    refuse = "refuse"
    keep_last = "keep-last"


class InspectionFormat(StrEnum):
    """How an inspection is reported."""

    rich = "rich"
    json = "json"
    md = "md"


class ReportFormat(StrEnum):
    """How the report of an inspection is made."""

    html = "html"
    md = "md"
    xlsx = "xlsx"
    docx = "docx"
    json = "json"


class TextKind(StrEnum):
    """How a text is written."""

    txt = "txt"
    md = "md"
    html = "html"


class Wrong(StrEnum):
    """Whether figures that do not hold make the exit code 1."""

    never = "never"
    wrong = "wrong"


class PageFormat(StrEnum):
    """How rules and traces are shown."""

    rich = "rich"
    json = "json"
    csv = "csv"
    md = "md"


class EngineChoice(StrEnum):
    """Who judges."""

    auto = "auto"
    rete = "rete"
    reference = "reference"


class FailOn(StrEnum):
    """Which outcome makes the exit code 1."""

    never = "never"
    not_sufficient = "not_sufficient"
    not_evidenced = "not_evidenced"
    priority = "priority"


class NotMet(StrEnum):
    """Whether a sample that is not as asked makes the exit code 1."""

    never = "never"
    not_met = "not_met"


class SchemaOf(StrEnum):
    """What a schema can be had of."""

    case = "case"
    ruleset = "ruleset"
    inspection = "inspection"


RulesetOption = Annotated[str, typer.Option("--ruleset", metavar="ID|DIR", help="The rules to judge by.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help='Set a number, as 1.5.q07.within="15 working days".'),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Judge as of this day instead of the day of assessment.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Write to a file, whole or not at all.")
]
EngineOption = Annotated[EngineChoice, typer.Option("--engine", help="Who judges; the findings are the same.")]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", min=1, metavar="N", help="Processes for large inputs; else one a core."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No warnings.")]


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    if version:
        sys.stdout.write(f"omi-check {__version__}\n")
        raise typer.Exit


@app.command("check", help="Judge the case in each file (`-`: standard input). The word `check` may be left out.")
def _check(
    cases: Annotated[list[str], typer.Argument(metavar="CASE...", help="Files with one case record each.")],
    ruleset: RulesetOption = "omi-2006",
    as_of: AsOfOption = None,
    format_: Annotated[Format, typer.Option("--format", help="How to report.")] = Format.rich,
    output: OutputOption = None,
    engine: EngineOption = EngineChoice.auto,
    set_: SetOption = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 if there is such a finding.")
    ] = FailOn.never,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.check import check

    if fail_on is FailOn.priority:
        raise Refused(
            [
                Fault(
                    file="--fail-on priority",
                    what="a single case has no criterion scores",
                    hint="`omi-check batch` has",
                )
            ]
        )
    raise typer.Exit(
        check(
            cases,
            ruleset=ruleset,
            settings=_settings(set_),
            as_of=_date(as_of),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            fail_on=fail_on.value,
            quiet=quiet,
            width=_width(),
            colour=_colour(output),
        )
    )


@app.command("batch", help="Judge and score a sample: files, folders, NDJSON (also .gz, .zst), Parquet, or `-`.")
def _batch(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders of case records, or `-`.")],
    ruleset: RulesetOption = "omi-2006",
    as_of: AsOfOption = None,
    format_: Annotated[BatchFormat, typer.Option("--format", help="How to report.")] = BatchFormat.rich,
    output: OutputOption = None,
    findings: Annotated[
        Path | None,
        typer.Option("--findings", metavar="FILE", help="Also write every finding, to .parquet, .ndjson or .csv."),
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="Write them a row a case, a column a question.")] = False,
    messages: Annotated[
        bool, typer.Option("--messages", help="Give each finding in that file its sentence and evidence.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at a bad record instead of leaving it out.")] = False,
    duplicates: Annotated[
        Duplicates, typer.Option("--duplicates", help="When a case comes twice: refuse, or keep the last record.")
    ] = Duplicates.refuse,
    design: Annotated[
        Path | None,
        typer.Option("--design", metavar="FILE.json", help="Also weigh the scores by the design of the sample."),
    ] = None,
    caseload: Annotated[
        int | None, typer.Option("--caseload", min=1, metavar="N", help="Cases the sample was drawn from.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="FIELD", help="Break the scores down, as by district.")
    ] = None,
    show_small: Annotated[bool, typer.Option("--show-small", help="Show small bases in a breakdown too.")] = False,
    what_would_lift: Annotated[
        bool, typer.Option("--what-would-lift", help="Say what would carry criteria over the line.")
    ] = False,
    words: Annotated[
        bool, typer.Option("--words", help="Draft strengths, areas for improvement and recommendations.")
    ] = False,
    disagreements: Annotated[
        bool, typer.Option("--disagreements", help="List where the assessor and the record disagree.")
    ] = False,
    audit: Annotated[
        Path | None,
        typer.Option("--audit", metavar="FILE", help="Write every situation, its rule and a case, to a .csv file."),
    ] = None,
    jobs: JobsOption = None,
    spark: Annotated[
        str | None,
        typer.Option("--spark", metavar="MASTER", help="Judge a store on a Spark cluster (docs/scale.md)."),
    ] = None,
    engine: EngineOption = EngineChoice.auto,
    set_: SetOption = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 if there is such a finding or verdict.")
    ] = FailOn.never,
    quiet: QuietOption = False,
) -> None:
    if spark is not None:
        from omi_rules.commands.spark import batch_spark

        asked = {
            "--messages": messages,
            "--duplicates keep-last": duplicates is Duplicates.keep_last,
            "--design": design is not None,
            "--by": bool(by),
            "--show-small": show_small,
            "--disagreements": disagreements,
            "--audit": audit is not None,
            "--jobs": jobs is not None,
        }
        raise typer.Exit(
            batch_spark(
                spark,
                paths,
                unfit=[option for option, given in asked.items() if given],
                ruleset=ruleset,
                settings=_settings(set_),
                as_of=_date(as_of),
                format_=format_.value,
                to=output,
                engine_name=engine.value,
                fail_on=fail_on.value,
                width=_width(),
                colour=_colour(output),
                findings_to=findings,
                wide=wide,
                caseload=caseload,
                what_would_lift=what_would_lift,
                words=words,
            )
        )
    from omi_rules.workers import ahead

    ahead(paths, ["omi_rules.judging", "omi_rules.reports.findings_file", "pyarrow.parquet"], jobs)
    from omi_rules.commands.batch import batch

    raise typer.Exit(
        batch(
            paths,
            ruleset=ruleset,
            settings=_settings(set_),
            as_of=_date(as_of),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            fail_on=fail_on.value,
            quiet=quiet,
            width=_width(),
            colour=_colour(output),
            findings_to=findings,
            wide=wide,
            messages=messages,
            audit_to=audit,
            jobs=jobs,
            strict=strict,
            keep_last=duplicates is Duplicates.keep_last,
            caseload=caseload,
            design=design,
            by=by or (),
            show_small=show_small,
            what_would_lift=what_would_lift,
            list_disagreements=disagreements,
            words=words,
        )
    )


@app.command("ingest", help="Check cases once and keep them as a store, which is small and read faster.")
def _ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders of case records, or `-`.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder of the store.")],
    ruleset: RulesetOption = "omi-2006",
    jobs: JobsOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.workers import ahead

    ahead(paths, ["omi_rules.store", "pyarrow.parquet"], jobs)
    from omi_rules.commands.ingest import ingest

    raise typer.Exit(ingest(paths, to, ruleset=ruleset, jobs=jobs, quiet=quiet))


@app.command("import", help="Read cases from a database, CSV files or a workbook, by a mapping, into a store.")
def _import(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="postgresql://..., a folder of CSV files, or an .xlsx file.")
    ],
    map_: Annotated[Path, typer.Option("--map", metavar="MAPPING.yaml", help="Which columns go where.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder of the store.")],
    ruleset: RulesetOption = "omi-2006",
    set_: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.import_ import import_cases
    from omi_rules.commands.ingest import keep

    name = f"by {map_}"  # not the address, which may hold a password
    raise typer.Exit(
        import_cases(
            map_,
            source,
            to=to,
            ruleset=ruleset,
            settings=_settings(set_),
            quiet=quiet,
            store=lambda items, folder, rules: keep(items, name, folder, rules, quiet=quiet),
        )
    )


@app.command("explain", help="Show how a finding came about, and what would change it.")
def _explain(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A file with one case record, or `-`.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The id of a question, as 2.2.q01.")],
    ruleset: RulesetOption = "omi-2006",
    as_of: AsOfOption = None,
    format_: Annotated[PageFormat, typer.Option("--format", help="rich or json.")] = PageFormat.rich,
    output: OutputOption = None,
    engine: EngineOption = EngineChoice.auto,
    set_: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.explain import explain

    _only(format_, PageFormat.rich, PageFormat.json)
    raise typer.Exit(
        explain(
            case,
            question,
            ruleset=ruleset,
            settings=_settings(set_),
            as_of=_date(as_of),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            quiet=quiet,
            width=_width(),
        )
    )


@app.command("report", help="The report of an inspection: one page, or a workbook, document, Markdown or JSON.")
def _report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with inspection.yaml.")],
    output: OutputOption = None,
    format_: Annotated[ReportFormat, typer.Option("--format", help="What to make.")] = ReportFormat.html,
    identify: Annotated[bool, typer.Option("--identify", help="Name the cases instead of numbering them.")] = False,
    ruleset: RulesetOption = "omi-2006",
    engine: EngineOption = EngineChoice.auto,
    set_: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.report import report

    raise typer.Exit(
        report(
            folder,
            ruleset=ruleset,
            settings=_settings(set_),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            identify=identify,
            quiet=quiet,
        )
    )


@app.command("verify-figures", help='Check the figures of a text: "38 of 76 (46%)" does not hold.')
def _verify_figures(
    texts: Annotated[list[str], typer.Argument(metavar="TEXT...", help="Files of text, Markdown or HTML, or `-`.")],
    kind: Annotated[TextKind | None, typer.Option("--kind", help="What they are, whatever their names.")] = None,
    format_: Annotated[PageFormat, typer.Option("--format", help="rich, md or json.")] = PageFormat.rich,
    output: OutputOption = None,
    everything: Annotated[bool, typer.Option("--all", help="List what holds and what was not checked too.")] = False,
    fail_on: Annotated[Wrong, typer.Option("--fail-on", help="Exit with 1 if something is wrong.")] = Wrong.never,
) -> None:
    from omi_rules.commands.figures import verify_figures

    _only(format_, PageFormat.rich, PageFormat.md, PageFormat.json)
    raise typer.Exit(
        verify_figures(
            texts,
            kind=None if kind is None else kind.value,
            format_=format_.value,
            to=output,
            everything=everything,
            fail_on=fail_on.value,
            width=_width(),
            colour=_colour(output),
        )
    )


@app.command("inspection", help="Judge an inspection as a whole: the record in a folder, and its case sample.")
def _inspection(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with inspection.yaml.")],
    ruleset: RulesetOption = "omi-2006",
    format_: Annotated[InspectionFormat, typer.Option("--format", help="How to report.")] = InspectionFormat.rich,
    output: OutputOption = None,
    engine: EngineOption = EngineChoice.auto,
    set_: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.inspection import inspection

    raise typer.Exit(
        inspection(
            folder,
            ruleset=ruleset,
            settings=_settings(set_),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            quiet=quiet,
            width=_width(),
            colour=_colour(output),
        )
    )


@app.command("compare", help="Compare two files of scores (`batch --format json`): two times, or two areas.")
def _compare(
    first: Annotated[Path, typer.Argument(metavar="A.json", help="Scores.")],
    second: Annotated[Path, typer.Argument(metavar="B.json", help="Scores to compare with them.")],
    format_: Annotated[PageFormat, typer.Option("--format", help="How to report.")] = PageFormat.rich,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.compare import compare

    raise typer.Exit(compare(first, second, format_.value, output, width=_width(), colour=_colour(output), quiet=quiet))


@rules_app.command("diff", help="What a change of rules changes on a sample.")
def _diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A ruleset.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The ruleset it becomes.")],
    on: Annotated[list[str], typer.Option("--on", metavar="SAMPLE", help="Files and folders of case records.")],
    format_: Annotated[PageFormat, typer.Option("--format", help="rich or json.")] = PageFormat.rich,
    output: OutputOption = None,
    engine: EngineOption = EngineChoice.auto,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.impact import diff

    _only(format_, PageFormat.rich, PageFormat.json)
    raise typer.Exit(
        diff(old, new, on, format_.value, output, engine.value, width=_width(), colour=_colour(output), quiet=quiet)
    )


@rules_app.command("list", help="Every question of a ruleset.")
def _list(
    ruleset: RulesetOption = "omi-2006",
    format_: Annotated[PageFormat, typer.Option("--format", help="How to show them.")] = PageFormat.rich,
    output: OutputOption = None,
    set_: SetOption = None,
) -> None:
    from omi_rules.commands.rules import list_rules

    raise typer.Exit(list_rules(ruleset, _settings(set_), format_.value, output, _width(), colour=_colour(output)))


@rules_app.command("show", help="One question with everything that decides it.")
def _show(
    question: Annotated[str, typer.Argument(metavar="ID", help="The id of a question, as 2.2.q01.")],
    ruleset: RulesetOption = "omi-2006",
    format_: Annotated[PageFormat, typer.Option("--format", help="rich, md or json.")] = PageFormat.rich,
    output: OutputOption = None,
    set_: SetOption = None,
) -> None:
    from omi_rules.commands.rules import show_rule

    _only(format_, PageFormat.rich, PageFormat.md, PageFormat.json)
    raise typer.Exit(
        show_rule(ruleset, _settings(set_), question, format_.value, output, _width(), colour=_colour(output))
    )


@rules_app.command("lint", help="Check a ruleset's files and try their examples on every engine.")
def _lint(ruleset: Annotated[str, typer.Argument(metavar="ID|DIR", help="A ruleset.")] = "omi-2006") -> None:
    from omi_rules.commands.rules import lint

    raise typer.Exit(lint(ruleset))


@rules_app.command("schema", help="The JSON Schema of a case record, or of the files of a ruleset.")
def _schema(
    which: Annotated[SchemaOf, typer.Argument(metavar="case|ruleset|inspection", help="Which schema.")],
    ruleset: RulesetOption = "omi-2006",
    output: OutputOption = None,
) -> None:
    from omi_rules.commands.rules import schema

    raise typer.Exit(schema(ruleset, which.value, output))


@sample_app.command("check", help="Whether a sample is as the ruleset asks: size, time, groups, limits.")
def _sample_check(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders of case records, or `-`.")],
    ruleset: RulesetOption = "omi-2006",
    as_of: AsOfOption = None,
    format_: Annotated[PageFormat, typer.Option("--format", help="rich, md or json.")] = PageFormat.rich,
    output: OutputOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at a bad record instead of leaving it out.")] = False,
    design: Annotated[
        Path | None,
        typer.Option("--design", metavar="FILE.json", help="Hold the sample to the numbers it was drawn by."),
    ] = None,
    set_: SetOption = None,
    fail_on: Annotated[
        NotMet, typer.Option("--fail-on", help="Exit with 1 if something is not as asked.")
    ] = NotMet.never,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.sample import check

    _only(format_, PageFormat.rich, PageFormat.md, PageFormat.json)
    raise typer.Exit(
        check(
            paths,
            ruleset=ruleset,
            settings=_settings(set_),
            as_of=_date(as_of),
            design=design,
            format_=format_.value,
            to=output,
            strict=strict,
            fail_on=fail_on.value,
            quiet=quiet,
            width=_width(),
            colour=_colour(output),
        )
    )


@sample_app.command("draw", help="Draw a random sample from a caseload, with a minimum number of cases of some groups.")
def _sample_draw(
    paths: Annotated[
        list[str], typer.Argument(metavar="CASELOAD...", help="Files and folders of case records, or `-`.")
    ],
    size: Annotated[int, typer.Option("--size", min=1, metavar="N", help="Cases to draw.")],
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="S", help="The same seed draws the same cases.")],
    to: Annotated[Path, typer.Option("--to", metavar="DRAWN.ndjson", help="Where the drawn records go.")],
    design: Annotated[
        Path | None, typer.Option("--design", metavar="FILE.json", help="Where the design goes, if not beside them.")
    ] = None,
    at_least: Annotated[
        list[str] | None, typer.Option("--at-least", metavar="GROUP=N", help="A minimum number, as ppo=10.")
    ] = None,
    ruleset: RulesetOption = "omi-2006",
    as_of: AsOfOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at a bad record instead of leaving it out.")] = False,
    set_: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    from omi_rules.commands.sample import draw

    raise typer.Exit(
        draw(
            paths,
            size=size,
            seed=seed,
            to=to,
            design_to=design,
            ruleset=ruleset,
            settings=_settings(set_),
            at_least=at_least or (),
            as_of=_date(as_of),
            strict=strict,
            quiet=quiet,
            width=_width(),
            colour=_colour(None),
        )
    )


def _only(given: PageFormat, *possible: PageFormat) -> None:
    if given not in possible:
        names = " or ".join(possible)
        raise Refused([Fault(file=f"--format {given}", what="not a format of this command", hint=names)])


def _settings(given: Sequence[str] | None) -> dict[str, str]:
    made: dict[str, str] = {}
    faults = []
    for one in given or ():
        key, equals, value = one.partition("=")
        if not equals:
            faults.append(
                Fault(
                    file=f"--set {show(one)}",
                    what="want KEY=VALUE",
                    hint='for instance 1.5.q07.within="15 working days"',
                )
            )
        made[key.strip()] = value.strip()
    if faults:
        raise Refused(faults)
    return made


def _date(given: str | None) -> date | None:
    from omi_rules.vocabulary import iso_date

    try:
        return None if given is None else iso_date(given)
    except ValueError:
        raise Refused(
            [Fault(file=f"--as-of {show(given)}", what="not a date", hint="write dates as 2006-06-28")]
        ) from None


def _width() -> int:
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 120))


def _colour(output: Path | None) -> bool:
    return output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ


def main() -> None:
    """Run the command line: 0 it worked, 1 something at the `--fail-on` level, 2 unusable input, 3 a defect of ours."""
    try:
        app()
    except Refused as refused:
        say(str(refused))
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Defect as defect:
        say(f"a defect of omi-check, not of your input: {defect}")
        sys.exit(3)
    except Exception as error:  # the one place that catches all: a defect is said, not shown as a traceback
        if os.environ.get("OMI_CHECK_TRACEBACK"):
            raise
        say(f"a defect of omi-check, not of your input: {type(error).__name__}: {error}")
        say("please report it; OMI_CHECK_TRACEBACK=1 shows where it happened")
        sys.exit(3)


def run() -> None:
    """`main` as a process of its own, which leaves without taking the interpreter apart: a quarter of a short run."""
    code: object = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    with contextlib.suppress(OSError):  # nobody reads any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    run()
