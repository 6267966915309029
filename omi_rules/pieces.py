"""Input cut into pieces: stretches of files, each small enough to be held in memory and read on its own."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from omi_rules.errors import Fault, Refused
from omi_rules.reading import damage, goes_on, is_parquet, uncompressed
from omi_rules.source import LARGEST

SIZE = 24 * 2**20
"""Bytes of a piece of lines: some thousand records. From 32 MiB on, memory for them comes fresh from the system."""

PACKED = 8
"""Lines of cases have about so many times the bytes that they take when compressed: of 24 MB of generated cases 7.7 by
zstd, and 9.3 by gzip."""

DOCUMENTS = 2000
"""Files of one record each that are read together."""


@dataclass(frozen=True)
class Input:
    """A file of records."""

    name: str
    """As messages name it."""
    path: str


@dataclass(frozen=True)
class Piece:
    """Some lines of a file, a row group of a Parquet file, or some whole files."""

    kind: Literal["lines", "rows", "files"]
    inputs: tuple[Input, ...]
    """The file; of whole files, each."""
    start: int = 0
    """The first byte of the lines, or the number of the row group."""
    size: int = 0
    """How many bytes the lines take."""
    first: int = 0
    """Rows before the first in the same file. Lines are counted as they are read."""
    raw: bytes | None = None
    """The lines themselves, where the file cannot be read from its middle."""

    @property
    def file(self) -> Input:
        """The file; of whole files, the first."""
        return self.inputs[0]

    def lines(self) -> bytes:
        """The bytes of the lines. Raises `Refused` where the file cannot be read any more."""
        if self.raw is not None:
            return self.raw
        with damage(self.file.name), Path(self.file.path).open("rb") as file:
            file.seek(self.start)
            return file.read(self.size)


@contextlib.contextmanager
def inputs(files: Iterable[str]) -> Iterator[list[Input]]:
    """Files by name; what comes by standard input (`-`) or a pipe is kept in a file of its own for the time being."""
    with contextlib.ExitStack() as stack:
        found = []
        for name in files:
            if name == "-":
                found.append(Input("standard input", stack.enter_context(_kept(sys.stdin.buffer))))
            elif Path(name).is_fifo():
                with Path(name).open("rb") as pipe:
                    found.append(Input(name, stack.enter_context(_kept(pipe))))
            else:
                found.append(Input(name, name))
        yield found


@contextlib.contextmanager
def _kept(stream: BinaryIO) -> Iterator[str]:
    with tempfile.NamedTemporaryFile() as file:
        shutil.copyfileobj(stream, file)
        file.flush()
        yield file.name


def bulk(files: Iterable[Input]) -> int:
    """About how many bytes there are to be read. Raises `Refused` where a file cannot be read."""
    size = 0
    for file in files:
        with damage(file.name), Path(file.path).open("rb") as stream:
            held = Path(file.path).stat().st_size
            size += held if uncompressed(stream) is stream else held * PACKED
    return size


def pieces(files: Iterable[Input], size: int | None = None) -> Iterator[Piece]:
    """The pieces of some files, in order; small files that hold a record each come together.

    Raises:
        Refused: a file cannot be read.
    """
    waiting: list[Input] = []
    for file in files:
        found = _pieces(file, size or SIZE)
        if found is None:
            waiting.append(file)
        if waiting and (found is not None or len(waiting) == DOCUMENTS):
            yield Piece("files", tuple(waiting))
            waiting = []
        yield from found or ()
    if waiting:
        yield Piece("files", tuple(waiting))


def _pieces(file: Input, size: int) -> Iterator[Piece] | None:
    """The pieces of a file; None for one that is read whole."""
    with damage(file.name), Path(file.path).open("rb") as stream:
        if is_parquet(stream):
            return _row_groups(file)
        if file.name.endswith(".parquet"):
            raise Refused([Fault(file=file.name, what="damaged, or not Parquet, though its name says so")])
        plain = uncompressed(stream)
        first = plain.readline(LARGEST + 1)
        while first and not first.strip():
            first = plain.readline(LARGEST + 1)
        if goes_on(file.name, first):
            return None
        return _stretches(file, size) if plain is stream else _blocks(file, size)


def _row_groups(file: Input) -> Iterator[Piece]:
    import pyarrow.parquet as pq

    with damage(file.name):
        about = pq.ParquetFile(file.path).metadata
    first = 0
    for group in range(about.num_row_groups):
        yield Piece("rows", (file,), start=group, first=first)
        first += about.row_group(group).num_rows


def _stretches(file: Input, size: int) -> Iterator[Piece]:
    """The lines of a plain file, by where they stand."""
    with damage(file.name), Path(file.path).open("rb") as stream:
        end, start = stream.seek(0, 2), 0
        while start < end:
            stream.seek(min(start + size, end))
            stream.readline(LARGEST + 1)
            stop = stream.tell()
            yield Piece("lines", (file,), start=start, size=stop - start)
            start = stop


def _blocks(file: Input, size: int) -> Iterator[Piece]:
    """The lines of a compressed file."""
    with damage(file.name), Path(file.path).open("rb") as stream:
        plain = uncompressed(stream)
        while raw := plain.read(size):
            yield Piece("lines", (file,), raw=raw + plain.readline(LARGEST + 1))
