"""Writing results: whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from omi_rules.errors import Fault, Refused


def write(data: str | bytes, to: Path | None) -> None:
    """Text or bytes to standard output, or to a file that appears complete or not at all.

    Raises:
        Refused: the file cannot be written.
    """
    raw = as_bytes(data)
    if to is None:
        try:
            sys.stdout.buffer.write(raw)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Refused([Fault(file="standard output", what=f"cannot be written: {_reason(error)}")]) from None
        return
    with whole(to) as file:
        file.write(raw)


def as_bytes(data: str | bytes) -> bytes:
    """Text as UTF-8."""
    return data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data


@contextlib.contextmanager
def whole(to: Path) -> Iterator[BinaryIO]:
    """A file to write to under a temporary name beside `to`; it takes the name at the end, or is removed if that fails.

    Raises:
        Refused: the file cannot be written.
    """
    with together() as begin:
        yield begin(to)


@contextlib.contextmanager
def together() -> Iterator[Callable[[Path], BinaryIO]]:
    """Begin files that belong together; each is written under a temporary name beside its own.

    At the end, when all are safe on the disk, they take their names one right after the other, in the order they were
    begun. If anything fails before that they are removed. A device or pipe is written to straight.

    Raises:
        Refused: a file cannot be written, or two of them are the same.
    """
    begun: list[tuple[BinaryIO, Path | None, Path]] = []

    def begin(to: Path) -> BinaryIO:
        with _refusing(to):
            real = Path(os.path.realpath(to))  # a link stays one: what it points to is written
            if to.exists() and not to.is_file():
                begun.append((io.BufferedWriter(_File(to, to)), None, to))
            elif any(real == other for _, _, other in begun):
                raise FileExistsError(0, "another result goes to the same file")
            else:
                handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name[:100]}.", suffix=".tmp")
                begun.append((io.BufferedWriter(_File(handle, to)), Path(name), real))
        return begun[-1][0]

    try:
        yield begin
        for file, temporary, to in begun:
            with _refusing(to):
                file.flush()
                if temporary is not None:
                    os.fsync(file.fileno())
                    temporary.chmod(to.stat().st_mode & 0o777 if to.exists() else 0o666 & ~_umask())
        for _, temporary, to in begun:
            with _refusing(to):
                if temporary is not None:
                    temporary.replace(to)
    finally:
        for file, temporary, _ in begun:
            with contextlib.suppress(OSError, Refused):
                file.close()
            with contextlib.suppress(OSError):
                if temporary is not None:
                    temporary.unlink(missing_ok=True)


class _File(io.FileIO):
    """A file that is named when it cannot be written."""

    def __init__(self, file: Path | int, to: Path) -> None:
        super().__init__(file, "wb")
        self._to = to

    def write(self, data: Any, /) -> int:
        """See `io.RawIOBase.write`."""
        with _refusing(self._to):
            return super().write(data) or 0


@contextlib.contextmanager
def _refusing(to: Path) -> Iterator[None]:
    """Say of a file that it cannot be written, and why."""
    try:
        yield
    except OSError as error:
        raise _refusal(to, error) from None


def _refusal(to: Path, error: OSError) -> Refused:
    return Refused([Fault(file=str(to), what=f"cannot be written: {_reason(error)}")])


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
