"""One process measured: how long it took, and its greatest memory."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
EVERY = 0.1
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Ran:
    """How a process went."""

    seconds: float
    """From its start to its end."""
    peak_bytes: int
    """The most memory that it and the processes it started held at one time, shared pages counted in each, as far as
    looks every `EVERY` seconds tell. What the system tells of a process counts its parent's memory before it began."""
    output: str


class Failed(Exception):
    """A process that did not end well; the message is the last it said."""


def run(command: Sequence[str], cores: int, directory: Path) -> Ran:
    """Run a command on the first few of the cores that this process may use, with the program that lies beside this.

    Raises:
        Failed: it ended with an error.
    """
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    with (directory / "output").open("w+") as output, (directory / "errors").open("w+") as errors:
        began = time.perf_counter()
        child = subprocess.Popen(
            command,
            stdout=output,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=lambda: os.sched_setaffinity(0, chosen),
        )
        handle, peak = os.pidfd_open(child.pid), 0
        while not select.select([handle], [], [], EVERY)[0]:
            peak = max(peak, sum(_memory(process) for process in _family(child.pid)))
        seconds = time.perf_counter() - began
        _, status = os.waitpid(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        os.close(handle)
        output.seek(0)
        errors.seek(0)
        if child.returncode:
            raise Failed((errors.read().strip().splitlines() or [f"ended with {child.returncode}"])[-1])
        return Ran(seconds, peak, output.read())


def _family(process: int) -> Iterator[int]:
    """A process and those that came of it."""
    yield process
    for told in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = told.read_text().split()
        except OSError:  # it has just ended
            continue
        for child in found:
            yield from _family(int(child))


def _memory(process: int) -> int:
    """The bytes of memory a process holds; none if it has just ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
