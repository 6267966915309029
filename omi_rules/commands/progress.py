"""How far a long run has come, for people who watch it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def progress(
    items: Iterable[T], what: str, total: int | None, *, quiet: bool, size: Callable[[T], int] = lambda _: 1
) -> Iterator[T]:
    """The items, with a bar on standard error while they are worked through; silent where nobody watches.

    `size` says for how many an item counts.
    """
    if quiet or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, rate="")
        done = 0
        for item in items:
            yield item
            done += size(item)
            elapsed = bar.tasks[task].elapsed or 0
            bar.update(task, completed=done, rate=f"{done / elapsed:,.0f} a second" if elapsed > 0.5 else "")
