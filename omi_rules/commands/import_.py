"""``omi-check import``: cases out of flat tables, by a mapping, into a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from omi_rules.commands import place, ruleset_of, say, warn
from omi_rules.commands.progress import progress
from omi_rules.errors import Fault, Refused
from omi_rules.importing.records import begin
from omi_rules.reading import Item
from omi_rules.ruleset import Ruleset

Store = Callable[[Iterable[Item], str, Path, Ruleset], object]
"""Writes cases of a source, and those that were refused with their reasons, to a folder."""

SHOWN = 20
"""How many warnings, and how many faults, are written out: the rest are counted."""


def import_cases(
    map_path: Path,
    source: str,
    *,
    to: Path,
    ruleset: str,
    settings: Mapping[str, str],
    quiet: bool,
    store: Store,
) -> int:
    """Read the cases of a source by a mapping and store them; the exit code.

    Raises:
        Refused: the mapping, the source or the ruleset cannot be used, or there is no usable case; nothing is stored.
    """
    loaded = ruleset_of(ruleset, settings)
    found = begin(map_path, source, loaded)
    told = _Told(quiet)
    for line in found.unused:
        told.note(f"not used: {line}")
    cases = progress(told.counted(found.items(), found.source.name), "cases", None, quiet=quiet)
    named = found.source.name if "://" in source else place(source)  # an address may hold a password
    store(cases, f"{named} by {place(map_path)}", to, loaded)
    for line in found.left_out():
        told.note(line)
    say(f"{told.usable:,} cases read, {told.refused:,} left out")
    return 0


class _Told:
    """What is said while the cases pass."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.usable = self.refused = self._faults = self._warnings = 0

    def note(self, line: str) -> None:
        """Say something that is no fault."""
        if not self.quiet:
            say(f"note: {line}")

    def counted(self, items: Iterable[Item], name: str) -> Iterator[Item]:
        """The same items, of which something is said."""
        for item in items:
            if item.record is None:
                self.refused += 1
                self._faults += self._say(item.faults, self._faults, "left out")
            else:
                self.usable += 1
                self._warnings += self._say(item.faults, self._warnings, "warning")
            yield item
        hidden = max(0, self._faults - SHOWN) + max(0, self._warnings - SHOWN)
        if hidden and not self.quiet:
            say(f"and {hidden:,} more; those of cases that were left out are in the store")
        if not self.usable:
            raise Refused([Fault(file=name, what="no usable case record")])

    def _say(self, faults: tuple[Fault, ...], before: int, kind: str) -> int:
        shown = [replace(fault, excerpt="") for fault in faults[: max(0, SHOWN - before)]]
        warn(shown, quiet=self.quiet, kind=kind)
        return len(faults)
