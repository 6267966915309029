"""Writing results: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

from omi_rules.errors import Fault, Refused


def write(text: str, to: Path | None) -> None:
    """Text to standard output, or to a file that appears complete or not at all.

    Raises:
        Refused: the file cannot be written.
    """
    if to is None:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.flush()
    else:
        write_bytes(text.encode("utf-8"), to)


def write_bytes(data: bytes, to: Path) -> None:
    """Bytes to a file: under a temporary name beside it, then renamed. Raises `Refused`."""
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.", suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mode = to.stat().st_mode & 0o777 if to.exists() else 0o666 & ~_umask()
        Path(temporary).chmod(mode)
        Path(temporary).replace(to)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise Refused(
            [Fault(file=str(to), what=f"cannot be written: {(error.strerror or str(error)).lower()}")]
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
