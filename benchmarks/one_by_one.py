"""Judge the cases of an NDJSON file one after another with one engine, in one process or in several on equal parts.

    python -m benchmarks.one_by_one ENGINE CASES.ndjson FOLDER [--processes N]

Writes findings to Parquet files in the folder and prints, as JSON, the seconds from the first line read to the last
finding written. Starting Python, loading the rules and judging a first case do not count.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from benchmarks.findings import Writer

if TYPE_CHECKING:
    from omi_rules.ruleset import Ruleset

RULE_ENGINES = {
    "durable-rules": "durable",
    "zen-engine": "zen_engine",
    "rule-engine": "rule_engine_text",
    "clipspy": "clips_rules",
}
"""Engines that are given rules and facts, and the file of each."""

Judge = Callable[[bytes], tuple[str, bytes]]
"""Takes a line of NDJSON; gives the reference of the case and its findings, one byte each."""


def shipped() -> Ruleset:
    """The rules that everybody judges by."""
    from omi_rules import shelf  # the hand-written checker does without

    return shelf.ruleset(shelf.find("omi-2006"))


def judge_of(name: str) -> tuple[Judge, list[str]]:
    """How an engine judges a line, and the questions in the order of its findings."""
    if name == "hand-written":
        from benchmarks.engines import handwritten

        def by_hand(line: bytes) -> tuple[str, bytes]:
            record = orjson.loads(line)
            return record["case_id"], handwritten.judge(record)

        return by_hand, handwritten.QUESTIONS
    ruleset = shipped()
    if name == "ours":
        from benchmarks.engines.ours import one_case

        return one_case(ruleset), [question.id for question in ruleset.scored]
    from benchmarks.decisions import Told, decisions

    rules, told = decisions(ruleset), Told(ruleset)
    judge = importlib.import_module(f"benchmarks.engines.{RULE_ENGINES[name]}").prepare(rules)

    def by_rules(line: bytes) -> tuple[str, bytes]:
        case_id, facts = told(line)
        return case_id, judge(facts)

    return by_rules, [decision.question for decision in rules]


def part_of(source: Path, part: int, parts: int) -> Iterator[bytes]:
    """The lines that begin in one of several equal parts of a file."""
    size = source.stat().st_size
    first, last = size * part // parts, size * (part + 1) // parts
    with source.open("rb") as file:
        if first:
            file.seek(first - 1)
            file.readline()
        at = file.tell()
        while at < last and (line := file.readline()):
            yield line
            at += len(line)


def run(name: str, source: Path, to: Path, part: int, parts: int) -> dict[str, float]:
    """Judge one part of a file."""
    judge, questions = judge_of(name)
    judge(next(part_of(source, part, parts)))
    cases, began = 0, time.perf_counter()
    with Writer(to / f"part-{part}.parquet", questions) as writer:
        for line in part_of(source, part, parts):
            writer.add(*judge(line))
            cases += 1
    return {"cases": cases, "seconds": time.perf_counter() - began}


def run_all(name: str, source: Path, to: Path, parts: int) -> dict[str, float]:
    """Judge a file by one process for each part."""
    command = [sys.executable, "-m", __spec__.name, name, str(source), str(to), "--processes", str(parts), "--part"]
    children = [subprocess.Popen([*command, str(part)], stdout=subprocess.PIPE) for part in range(parts)]
    told = [json.loads(child.communicate()[0]) for child in children]
    return {"cases": sum(t["cases"] for t in told), "seconds": max(t["seconds"] for t in told)}


def main() -> None:
    """Judge as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=["ours", "hand-written", *RULE_ENGINES])
    parser.add_argument("source", type=Path)
    parser.add_argument("to", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--part", type=int)
    asked = parser.parse_args()
    asked.to.mkdir(exist_ok=True)
    if asked.part is None and asked.processes > 1:
        told = run_all(asked.engine, asked.source, asked.to, asked.processes)
    else:
        told = run(asked.engine, asked.source, asked.to, asked.part or 0, asked.processes)
    print(json.dumps(told), flush=True)
    os._exit(0)  # a host of durable-rules keeps two threads that never end


if __name__ == "__main__":
    main()
