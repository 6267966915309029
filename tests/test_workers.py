"""Work in other processes: its results in order, and its end with the process that wants it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from omi_rules.errors import Defect
from omi_rules.workers import each

ROOT = Path(__file__).parents[1]


def squaring() -> Callable[[int], tuple[int, int]]:
    return lambda number: (number * number, os.getpid())


def dying() -> Callable[[int], None]:
    return lambda _: os._exit(9)


def telling(fifo: str) -> Callable[[object], None]:
    """Says that it is there, and waits for good."""

    def tell(_: object) -> None:
        os.write(os.open(fifo, os.O_WRONLY), b".")
        threading.Event().wait()

    return tell


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_come_in_order_from_other_processes(jobs: int) -> None:
    found = list(each(range(20), squaring, jobs=jobs))
    assert [square for square, _ in found] == [number * number for number in range(20)]
    assert (os.getpid() in {process for _, process in found}) == (jobs == 1)


def test_a_worker_that_ends_before_its_work_is_a_defect() -> None:
    with pytest.raises(Defect, match="a worker process ended before its work was done"):
        list(each(range(5), dying, jobs=2))


def test_workers_end_with_the_process_that_wants_their_work(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = (
        "from omi_rules.workers import each; from tests.test_workers import telling\n"
        f"if __name__ == '__main__': list(each(range(9), telling, {str(fifo)!r}, jobs=2))\n"
    )
    (tmp_path / "run.py").write_text(script)
    found = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, tmp_path / "run.py"], env=found, cwd=ROOT) as parent:
        reading = os.open(fifo, os.O_RDONLY)  # waits for the first worker
        there = b""
        while len(there) < 2:
            there += os.read(reading, 9)
        parent.kill()
    ready, _, _ = select.select([reading], [], [], 60)
    assert ready, "a worker is still there after a minute"
    assert os.read(reading, 9) == b""  # no one has the other end any more
    os.close(reading)


@pytest.mark.parametrize(
    ("size", "ending", "jobs", "begun"),
    [
        (9, "", 2, False),
        (10, "", 2, True),
        (10, "", 1, False),
        (None, "", 2, False),
        (2, ".parquet", 2, False),  # a piece each
        (3, ".parquet", 2, True),
    ],
)
def test_workers_are_made_ready_only_where_there_is_work_for_them(
    tmp_path: Path, size: int | None, ending: str, jobs: int, begun: bool
) -> None:
    folder = tmp_path / "folder" / "inner"
    folder.mkdir(parents=True)
    for number in range(size or 0):
        (folder / f"{number}{ending}").write_bytes(b".")
    path = tmp_path / ("folder" if size is not None else "nothing")
    script = (
        "from multiprocessing import forkserver\n"
        "from omi_rules import workers\n"
        "workers.LARGE = 10\n"
        f"workers.ahead([{str(path)!r}], ['omi_rules.workers'], {jobs})\n"
        "print(forkserver._forkserver._forkserver_pid is not None)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == f"{begun}\n"
