"""Commands on cases: one, a sample, a caseload."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omi_rules.cli.app import app
from omi_rules.cli.options import (
    AsOfOption,
    BatchFormat,
    Duplicates,
    EngineChoice,
    EngineOption,
    FailOn,
    Format,
    JobsOption,
    OutputOption,
    PageFormat,
    QuietOption,
    RulesetOption,
    SetOption,
    colour,
    day,
    only,
    settings,
    width,
)
from omi_rules.errors import Fault, Refused


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
            settings=settings(set_),
            as_of=day(as_of),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            fail_on=fail_on.value,
            quiet=quiet,
            width=width(),
            colour=colour(output),
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
                settings=settings(set_),
                as_of=day(as_of),
                format_=format_.value,
                to=output,
                engine_name=engine.value,
                fail_on=fail_on.value,
                width=width(),
                colour=colour(output),
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
            settings=settings(set_),
            as_of=day(as_of),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            fail_on=fail_on.value,
            quiet=quiet,
            width=width(),
            colour=colour(output),
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

    raise typer.Exit(
        import_cases(
            map_,
            source,
            to=to,
            ruleset=ruleset,
            settings=settings(set_),
            quiet=quiet,
            store=lambda items, name, folder, rules: keep(items, name, folder, rules, quiet=quiet),
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

    only(format_, PageFormat.rich, PageFormat.json)
    raise typer.Exit(
        explain(
            case,
            question,
            ruleset=ruleset,
            settings=settings(set_),
            as_of=day(as_of),
            format_=format_.value,
            to=output,
            engine_name=engine.value,
            quiet=quiet,
            width=width(),
        )
    )
