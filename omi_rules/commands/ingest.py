"""``omi-check ingest``: cases checked once and kept as a store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from omi_rules.commands import place, ruleset_of, say
from omi_rules.commands.progress import progress
from omi_rules.pieces import inputs, pieces
from omi_rules.reading import Item, files
from omi_rules.ruleset import Ruleset
from omi_rules.store import Ingest, Part, Store, parts_of_items
from omi_rules.workers import cores, each

PIECE = 64 * 2**20
"""Bytes of a piece: twice those of `batch`, as larger parts are read faster."""


def ingest(paths: Sequence[str], to: Path, *, ruleset: str, jobs: int | None, quiet: bool) -> int:
    """Keep the cases of some files and folders as a store, or add them to one; the exit code.

    Raises:
        Refused: unusable input, a case that comes twice, or a store for other words.
    """
    loaded = ruleset_of(ruleset, {})
    found = {path: files([path]) for path in dict.fromkeys(paths)}
    with Store(to, loaded) as store:
        for path, names in found.items():
            with inputs(names) as given:
                made = each(pieces(given, PIECE), Ingest, replace(loaded), to, jobs=jobs or cores())
                parts = _watched(made, quiet=quiet)
            store.put(_source(path, parts), parts)
        store.finish()
        _say(store, quiet=quiet)
    return 0


def _source(path: str, parts: Sequence[Part]) -> str:
    """What a store calls a source: where it is, or, of what has no place, what came of it."""
    if path == "-" or Path(path).is_fifo():
        digest = hashlib.blake2b("".join(part.name for part in parts).encode(), digest_size=6).hexdigest()
        return f"{'standard input' if path == '-' else 'a pipe'} {digest}"
    return place(path)


def keep(items: Iterable[Item], source: str, to: Path, ruleset: Ruleset, *, quiet: bool) -> int:
    """Keep records that come one by one, of which all warnings have been given; the exit code. Raises `Refused`."""
    with Store(to, ruleset) as store:
        store.put(source, _watched(parts_of_items(items, Ingest(ruleset, to), ruleset), quiet=quiet))
        store.finish()
        _say(store, quiet=quiet, warnings=False)
    return 0


def _watched(parts: Iterable[Part], *, quiet: bool) -> list[Part]:
    return list(progress(parts, "cases", None, quiet=quiet, size=lambda part: len(part.case_ids)))


def _say(store: Store, *, quiet: bool, warnings: bool = True) -> None:
    if quiet:
        return
    told = {key: sum(source[key] for source in store.sources.values()) for key in ("cases", "left_out", "warnings")}
    say(f"{told['cases']:,} cases in {store.folder}, made for the words of {store.ruleset.head.id}")
    if told["left_out"]:
        say(f"{told['left_out']:,} records left out; {store.folder / 'left-out.ndjson'} says why")
    if told["warnings"] and warnings:
        say(f"{told['warnings']:,} warnings; `omi-check batch` on the source shows them")
