"""What each command does, free of how it was called."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from omi_rules import shelf
from omi_rules.engine import Engine, EngineName, choose
from omi_rules.errors import SHOWN, Fault, Refused
from omi_rules.records import Record
from omi_rules.ruleset import Ruleset, with_settings
from omi_rules.source import LARGEST, decode, read_text

STANDARD_INPUT = "-"


def say(text: str) -> None:
    """A line for the person at the terminal, beside the report."""
    sys.stderr.write(text + "\n")


def warn(faults: Iterable[Fault], *, quiet: bool, kind: str = "warning") -> None:
    """Warnings on standard error, unless they are not wanted."""
    listed = sorted(faults)
    for fault in () if quiet else listed[:SHOWN]:
        say(f"{kind}: {fault}")
    if len(listed) > SHOWN and not quiet:
        say(f"and {len(listed) - SHOWN} more warnings")


def ruleset_of(name: str, settings: Mapping[str, str]) -> Ruleset:
    """A ruleset by id or folder, with settings. Raises `Refused`."""
    return with_settings(shelf.ruleset(shelf.find(name)), settings)


def engine(name: EngineName) -> Engine:
    """An engine by name; that durable-rules is missing is said once."""
    try:
        chosen = choose(name)
    except ImportError as error:
        hint = "use --engine reference, or install durable-rules as the README says"
        raise Refused([Fault(what=f"durable-rules cannot be imported: {error}", hint=hint)]) from None
    if name == "auto" and chosen.name == "reference":
        say("note: durable-rules cannot be imported; the cases are judged by the reference, with the same findings")
    return chosen


def apart(outputs: Mapping[str, Path | None], inputs: Iterable[str | Path]) -> None:
    """Make sure that no result is written over what it is made from.

    Raises:
        Refused: the file of an option is one of the inputs.
    """
    results = {option: path for option, path in outputs.items() if path is not None and path.is_file()}
    if not results:
        return
    read = {_identity(Path(path)) for path in inputs if Path(path).is_file()}
    hint = "name another file: a result is not written over what it is made from"
    faults = [
        Fault(file=f"{option} {path}", what="an input of this run", hint=hint)
        for option, path in results.items()
        if _identity(path) in read
    ]
    if faults:
        raise Refused(faults)


def _identity(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_dev, about.st_ino


def read_cases(paths: Iterable[str], ruleset: Ruleset) -> tuple[list[Record], list[Fault]]:
    """One record from each file, and warnings.

    Raises:
        Refused: the faults of all files together.
    """
    records: list[Record] = []
    warnings: list[Fault] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            record, odd = ruleset.reader.read(*_text(path))
        except Refused as refused:
            faults += refused.faults
            continue
        records.append(record)
        warnings += odd
    if faults:
        raise Refused(faults)
    return records, warnings


def _text(path: str) -> tuple[str, str]:
    if path == STANDARD_INPUT:
        name = "standard input"
        return decode(sys.stdin.buffer.read(LARGEST + 1), name), name
    return read_text(Path(path)), path


def place(path: str | Path) -> str:
    """A path by which something is known from any folder. A link keeps its name, whatever it leads to."""
    return os.path.abspath(path)  # noqa: PTH100  # `Path.resolve` follows links
