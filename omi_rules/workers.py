"""Work spread over processes, with its results in order.

Most of the work holds Python's lock, so that it takes processes, not threads, to use a second core. Small inputs are
worked through here: to start a process takes longer than to judge some thousand cases.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import accumulate, chain, islice
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, TypeVar

from omi_rules.errors import Defect

T = TypeVar("T")
R = TypeVar("R")

FEW = 2
"""So many things are worked through without other processes."""

LARGE = 64 * 2**20
"""Bytes of input that come in more than `FEW` pieces, however they are cut."""

_work: Callable[[Any], Any]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ahead(paths: Iterable[str], modules: Iterable[str], jobs: int | None) -> None:
    """Begin the process that workers are forked from, if these files will need some.

    It takes as long to load these modules, which they need, as this process takes, and does so meanwhile.
    """
    if (jobs or cores()) < 2 or "forkserver" not in multiprocessing.get_all_start_methods():
        return
    with contextlib.suppress(OSError):  # whoever reads the files says what is wrong with them
        if any(size >= LARGE for size in accumulate(_sizes(paths))):
            _context(*modules)
            forkserver.ensure_running()


def _sizes(paths: Iterable[str]) -> Iterator[int]:
    """The bytes of each file; a file of Parquet is a piece or more, and counts as one."""
    for path in map(Path, paths):
        for file in path.rglob("*") if path.is_dir() else [path]:
            if not file.is_dir():
                yield max(file.stat().st_size, -(LARGE // -(FEW + 1)) if file.suffix == ".parquet" else 0)


def each(things: Iterable[T], make: Callable[..., Callable[[T], R]], *args: Any, jobs: int) -> Iterator[R]:
    """What the worker that `make(*args)` gives makes of each thing, in order, by so many processes.

    `make`, its arguments, the things and the results cross from one process to another, so they must be picklable.

    Raises:
        Defect: a process ended before its work was done.
    """
    rest = iter(things)
    first = list(islice(rest, FEW + 1))
    if jobs < 2 or len(first) <= FEW:
        work = make(*args)
        for thing in chain(first, rest):
            yield work(thing)
        return
    with ProcessPoolExecutor(jobs, _context(make.__module__), _prepare, (make, args)) as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for thing in chain(first, rest):
                waiting.append(pool.submit(_do, thing))
                if len(waiting) > 2 * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise Defect("a worker process ended before its work was done, perhaps for want of memory") from None
        finally:
            for future in waiting:
                future.cancel()


def _context(*modules: str) -> Any:
    """How processes begin: from one that has loaded what they need and does nothing itself.

    A fork of this one would copy the locks of its threads, and not the threads.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", *modules])
    return context


def _prepare(make: Callable[..., Callable[[Any], Any]], args: tuple[Any, ...]) -> None:
    global _work
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work = make(*args)


def _end_with_parent() -> None:
    """Stop when the process that wants the work was killed; its end closes no queue that is waited on here."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # this is a worker
    parent.join()
    os._exit(1)


def _do(thing: Any) -> Any:
    return _work(thing)
