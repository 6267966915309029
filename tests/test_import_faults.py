"""Wrong mappings and wrong tables: every fault named at its place, and never a row lost in silence.

Each mapping of `bad_mappings` stands beside the message it gets; each folder of `bad_data` holds the files that are
laid over the small extract, and what is said of its cases.
"""

import copy
import csv
import io
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flat_tables import write_csv

from omi_rules.errors import Refused
from omi_rules.importing.records import begin
from omi_rules.loading import load
from omi_rules.reading import Item
from omi_rules.rule_text import read_yaml
from omi_rules.ruleset import Ruleset

HERE = Path(__file__).parent / "import_fixture"
SMALL, EXTRACT = HERE / "mapping.yaml", HERE / "extract"
MAPPINGS = sorted((HERE / "bad_mappings").glob("*.yaml"))
DAMAGED = 200
DATA = sorted((HERE / "bad_data").iterdir())


@pytest.fixture(scope="module")
def tiny() -> Ruleset:
    return load(Path(__file__).parent / "tiny_ruleset")


def told(items: Iterator[Item]) -> str:
    """What is said of each case."""
    lines = []
    for item in items:
        lines.append(f"{item.place}: {'left out' if item.record is None else item.record['case_id']}")
        lines += [f"  {line}" for fault in item.faults for line in str(fault).splitlines()]
    return "".join(f"{line}\n" for line in lines)


def laid_over(folder: Path, to: Path) -> Path:
    made = to / "extract"
    shutil.copytree(EXTRACT, made)
    shutil.copytree(folder, made, dirs_exist_ok=True, ignore=shutil.ignore_patterns("message"))
    return made


def outcome(mapping: Path, source: str | Path, ruleset: Ruleset) -> str:
    try:
        found = begin(mapping, str(source), ruleset)
        said = told(found.items())
        return said + "".join(f"note: {note}\n" for note in (*found.unused, *found.left_out()))
    except Refused as refused:
        return f"{refused}\n"


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a file, or write that file."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--regenerate"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_bad_mapping(
    path: Path, tiny: Ruleset, monkeypatch: pytest.MonkeyPatch, kept: Callable[[Path, str], None]
) -> None:
    monkeypatch.chdir(HERE)
    with pytest.raises(Refused) as refused:
        begin(path.relative_to(HERE), "extract", tiny)
    kept(path.with_suffix(".message"), f"{refused.value}\n")


@pytest.mark.parametrize("folder", DATA, ids=lambda path: path.name)
def test_bad_data(folder: Path, tiny: Ruleset, tmp_path: Path, kept: Callable[[Path, str], None]) -> None:
    source = laid_over(folder, tmp_path)
    said = outcome(SMALL, source, tiny).replace(f"{source}/", "").replace(f"{SMALL}", "mapping.yaml")
    kept(folder / "message", said)


JUNK: list[Any] = [None, True, 7, "", "x", "*", "a.*", "events", "case", "%H", [], ["Y"], [{"to": "on"}], {}, [[]]]


def damaged(tree: Any, rng: random.Random) -> Any:
    """The same tree with something else in one place."""
    if not tree or not isinstance(tree, (dict, list)) or rng.random() < 0.15:
        return rng.choice(JUNK)
    made = copy.copy(tree)
    place = rng.choice(list(tree) if isinstance(tree, dict) else range(len(tree)))
    if isinstance(made, dict) and rng.random() < 0.2:
        made[rng.choice(["on", "q_*", "to", "ref", ""])] = made.pop(place)
    elif rng.random() < 0.2:
        del made[place]
    else:
        made[place] = damaged(tree[place], rng)
    return made


def test_no_damage_to_a_mapping_is_a_defect(tiny: Ruleset, tmp_path: Path) -> None:
    whole, refused = read_yaml(SMALL.read_text(encoding="utf-8"), "mapping").data, 0
    path = tmp_path / "mapping.yaml"
    for seed in range(DAMAGED):
        path.write_text(json.dumps(damaged(whole, random.Random(seed))), encoding="utf-8")
        said = outcome(path, EXTRACT, tiny)
        refused += said.startswith(str(path))
        assert said.strip(), path.read_text(encoding="utf-8")
    assert refused > DAMAGED / 2


CELLS = ["", " ", "A1", "Z9", "Y", "X" * 11_000, "31/02/2006", "0000-01-01", "1e9", "99999999999", "\x00", "é", "{}"]


def test_no_damage_to_tables_is_a_defect_or_loses_a_case(tiny: Ruleset, tmp_path: Path) -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in EXTRACT.iterdir()}
    tables = {name: list(csv.reader(io.StringIO(text))) for name, text in texts.items()}
    for seed in range(DAMAGED):
        rng, made = random.Random(seed), copy.deepcopy(tables)
        for _ in range(rng.randint(1, 4)):
            row = rng.choice(rng.choice(list(made.values()))[1:])
            row[rng.randrange(len(row))] = rng.choice(CELLS)
        write_csv(made, tmp_path / "extract", str)
        found = list(begin(SMALL, str(tmp_path / "extract"), tiny).items())
        cases = {row[0].strip() for row in made["cases"][1:]}
        assert sum("cases.csv: row" in item.place for item in found) == len(cases)
        assert all(item.faults for item in found if item.record is None)
