"""Killed at any moment, a run leaves each of its files whole or not there at all; and the next run works.

Which moments is drawn from a seed, as parts of the time an uninterrupted run takes: some fall into the judging, some
into the writing at the very end. What is left over under a temporary name (nobody can clear up after `kill -9`) is
hidden, and no file of cases.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import generate
from running import run

from omi_rules.reading import ENDINGS

MOMENTS = 20


def _start(cases: Path, folder: Path, findings: str) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable,
        "-m",
        "omi_rules.cli",
        "batch",
        str(cases),
        "--quiet",
        "--format",
        "json",
        "--engine",
        "reference",
    ]
    command += ["--output", str(folder / "scores.json"), "--findings", str(folder / findings)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "80"})


def _late(rng: Random) -> float:
    """A part of a run; every other one near its end, where the files are written."""
    return rng.uniform(0.02, 1.0) if rng.random() < 0.5 else rng.uniform(0.85, 1.1)


def test_a_killed_run_leaves_whole_files_or_none(tmp_path: Path) -> None:
    cases = tmp_path / "cases.ndjson"
    cases.write_text("".join(json.dumps(record) + "\n" for record in generate.records(100, 9)), encoding="utf-8")
    rng = Random(20061123)
    wanted: dict[str, bytes] = {}
    took = {}
    for kind in (".ndjson", ".parquet"):
        folder = tmp_path / f"whole{kind}"
        folder.mkdir()
        begun = time.monotonic()
        assert _start(cases, folder, f"findings{kind}").wait(60) == 0
        took[kind] = time.monotonic() - begun
        wanted |= {file.name: file.read_bytes() for file in folder.iterdir()}
    left = []
    for moment in range(MOMENTS):
        kind = (".ndjson", ".parquet")[moment % 2]
        folder = tmp_path / str(moment)
        folder.mkdir()
        process = _start(cases, folder, f"findings{kind}")
        try:
            process.wait(took[kind] * _late(rng))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(60)
        named = {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.startswith(".")}
        assert named.items() <= wanted.items(), f"moment {moment}: not whole"
        # The findings take their name right before the scores, so the scores are never without them.
        assert "scores.json" not in named or f"findings{kind}" in named
        others = [file.name for file in folder.iterdir() if file.name not in named]
        assert all(name.endswith(".tmp") and not name.endswith(ENDINGS) for name in others)
        left.append((len(named), len(others)))
        if moment in (3, MOMENTS - 1):  # a rerun works beside what the killed one left
            assert _start(cases, folder, f"findings{kind}").wait(60) == 0
            assert (folder / "scores.json").read_bytes() == wanted["scores.json"]
            assert (folder / f"findings{kind}").read_bytes() == wanted[f"findings{kind}"]
    assert len(set(left)) > 1  # some were killed while they wrote, or before


def test_a_failed_run_leaves_older_files_alone(tmp_path: Path) -> None:
    cases = tmp_path / "cases.ndjson"
    cases.write_text(
        "".join(json.dumps(record) + "\n" for record in generate.records(20, 9)) + "{]\n", encoding="utf-8"
    )
    for name in ("scores.json", "findings.csv"):
        (tmp_path / name).write_text("older", encoding="utf-8")
    options = ("--output", tmp_path / "scores.json", "--findings", tmp_path / "findings.csv")
    assert run("batch", cases, "--strict", *options).code == 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["cases.ndjson", "findings.csv", "scores.json"]
    assert {(tmp_path / name).read_text(encoding="utf-8") for name in ("scores.json", "findings.csv")} == {"older"}
