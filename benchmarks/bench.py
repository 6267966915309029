"""One run of the benchmark: the cases are made, every way is checked against ours, and only then measured."""

from __future__ import annotations

import json
import shutil
import sys
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks import caseload
from benchmarks.findings import Table, differences, read
from benchmarks.measure import Failed, Ran, run
from benchmarks.one_by_one import shipped
from benchmarks.ways import OURS, OURS_STORE, WAYS, WIDE, WIDE_STORE, Inputs, Way, batch, ingest, report

SEED = 1
REPORTED = (150, 10_000)
"""Cases of a sample that is reported on."""
INSPECTION = Path(__file__).parent.parent / "fixtures" / "greater-manchester-2006" / "inspection.yaml"


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    cases: int
    few: int
    """Cases for the ways that take long."""
    rounds: int
    curve: tuple[int, ...]
    """Sizes of caseload that our own command is measured on; without any there is no profile either."""
    only: tuple[str, ...] = ()
    """Parts of the names of the ways that are measured; none means all."""

    def wanted(self, way: Way) -> bool:
        """Whether a way is measured; ours on NDJSON always is, as all are compared with it."""
        return way.name == OURS or not self.only or any(part in way.name for part in self.only)


Runs = defaultdict[str, defaultdict[int, list[Ran]]]


def _runs() -> Runs:
    return defaultdict(lambda: defaultdict(list))


class Bench:
    """The runs of a plan; what they write lies in a folder."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self.ways: Runs = _runs()
        """By way and number of cores."""
        self.sizes: Runs = _runs()
        """Our command by form of the cases and their number, on two cores; making a store is `ingest`."""
        self.cases: dict[str, int] = {}
        """How many cases each way is measured on."""
        self.untold: dict[str, list[str]] = {}
        """Ways without a time, and why."""
        self.scores: dict[str, bytes] = {}
        self.reports: defaultdict[int, dict[str, tuple[Ran, int]]] = defaultdict(dict)
        """The report of an inspection by number of cases and format, with its size in bytes."""
        self.profiles: dict[str, dict[str, float]] = {}
        self._questions = [question.id for question in shipped().scored]
        self._ours: Table | None = None
        self._largest = max(plan.cases, *plan.curve) if plan.curve else plan.cases

    def go(self) -> None:
        """Make, check, measure."""
        plan = self.plan
        say(f"making {self._largest:,} cases")
        caseload.write(self._largest, SEED, self._head(self._largest))
        few = self._head(min(plan.few, plan.cases))
        ways = [way for way in WAYS if plan.wanted(way)]
        store = self._store(plan.cases) if plan.curve or any(way.needs_store for way in ways) else Path()
        inputs = Inputs(self._head(plan.cases), store, few)
        ways = [way for way in ways if self._agrees(way, inputs)]
        for number in range(plan.rounds):
            for way in ways:
                for cores in way.cores:
                    say(f"round {number + 1} of {plan.rounds}: {way.name}, {cores} of the cores")
                    self.ways[way.name][cores].append(self._time(way, inputs, cores))
        if plan.curve:
            self._curve()
            self._reports()
            self._profile(inputs)

    def _head(self, cases: int) -> Path:
        """The first so many cases, as a file of their own."""
        path = self.folder / f"cases-{cases}.ndjson"
        if not path.exists() and cases < self._largest:
            with self._head(self._largest).open("rb") as file, path.open("wb") as to:
                to.writelines(islice(file, cases))
        return path

    def _store(self, cases: int) -> Path:
        """The first so many cases as a store, which is made when it is first asked for."""
        store = self.folder / f"store-{cases}"
        if not store.exists():
            say(f"making a store of {cases:,} cases")
            self.sizes["ingest"][cases].append(run(ingest(self._head(cases), store), 2, self.folder))
        return store

    def _scratch(self) -> Path:
        """An empty folder to write to."""
        folder = self.folder / "scratch"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def _agrees(self, way: Way, inputs: Inputs) -> bool:
        """Run a way once on each number of cores, which also warms the caches, and compare its findings with ours."""
        for cores in way.cores:
            say(f"checking: {way.name}, {cores} of the cores")
            to = self._scratch()
            try:
                ran = run(way.command(inputs, to, cores), cores, self.folder)
                wrong = self._differs(way, to) if way.findings else []
            except (Failed, ValueError) as failed:
                wrong = [str(failed)]
            if wrong:
                self.untold[way.name] = wrong
                say("  no time for it: " + "; ".join(wrong))
                return False
            self.cases[way.name] = json.loads(ran.output)["cases"] if way.own_time else self.plan.cases
            if (to / "scores.json").exists():
                self.scores[f"{way.name}, {cores}"] = (to / "scores.json").read_bytes()
        return True

    def _differs(self, way: Way, to: Path) -> list[str]:
        """On what a way does not agree with ours."""
        found = read(sorted(to.glob(way.findings)), self._questions)
        expected = min(self.plan.few, self.plan.cases) if way.few else self.plan.cases
        if len(found.cases) != expected:
            return [f"findings on {len(found.cases):,} cases, where there are {expected:,}"]
        self._ours = self._ours or found
        number, first = differences(self._ours, found, self._questions)
        return [f"{number:,} findings differ", *map(str, first)] if number else []

    def _time(self, way: Way, inputs: Inputs, cores: int) -> Ran:
        ran = run(way.command(inputs, self._scratch(), cores), cores, self.folder)
        if not way.own_time:
            return ran
        return Ran(json.loads(ran.output)["seconds"], ran.peak_bytes, "")

    def _curve(self) -> None:
        for number in range(self.plan.rounds):
            for size in self.plan.curve:
                say(f"round {number + 1} of {self.plan.rounds}: {size:,} cases")
                ndjson, store = self._head(size), self._store(size)
                for name, source in ((OURS, ndjson), (OURS_STORE, store), (WIDE, ndjson), (WIDE_STORE, store)):
                    wide = name in (WIDE, WIDE_STORE)
                    self.sizes[name][size].append(run(batch(source, self._scratch(), wide=wide), 2, self.folder))

    def _reports(self) -> None:
        """The report of the Greater Manchester inspection on samples of some sizes, once each."""
        for size in (number for number in REPORTED if number <= self._largest):
            folder = self.folder / f"inspection-{size}"
            folder.mkdir()
            shutil.copy(INSPECTION, folder)
            shutil.copy(self._head(size), folder / "cases.ndjson")
            for form in ("html", "md", "xlsx", "docx", "json"):
                say(f"report of {size:,} cases: {form}")
                to = self._scratch() / f"report.{form}"
                ran = run(report(folder, to), 2, self.folder)
                self.reports[size][form] = ran, to.stat().st_size

    def _profile(self, inputs: Inputs) -> None:
        for name, source in ((OURS, inputs.ndjson), (OURS_STORE, inputs.store)):
            say(f"profile: {name}")
            arguments = batch(source, self._scratch())[1:]
            command = [sys.executable, "-m", "benchmarks.stages", *arguments, "--jobs", "1"]
            self.profiles[name] = json.loads(run(command, 1, self.folder).output)


def say(text: str) -> None:
    """Tell whoever waits what goes on."""
    print(text, file=sys.stderr, flush=True)
