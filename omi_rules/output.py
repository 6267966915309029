"""Writing results: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from omi_rules.errors import Fault, Refused


def write(data: str | bytes, to: Path | None) -> None:
    """Text or bytes to standard output, or to a file that appears complete or not at all.

    Raises:
        Refused: the file cannot be written.
    """
    raw = as_bytes(data)
    if to is None:
        sys.stdout.buffer.write(raw)
        sys.stdout.flush()
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
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name[:100]}.", suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(to.stat().st_mode & 0o777 if to.exists() else 0o666 & ~_umask())
        temporary.replace(to)
        temporary = None
    except OSError as error:
        raise Refused(
            [Fault(file=str(to), what=f"cannot be written: {(error.strerror or str(error)).lower()}")]
        ) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
