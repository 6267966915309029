"""A folder with a CSV file for each table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from omi_rules.errors import Fault, Refused, show
from omi_rules.importing.cells import BLANKS, Cell
from omi_rules.importing.listed import Line, Listed
from omi_rules.importing.mapping import CsvForm
from omi_rules.importing.sources import Missing, near
from omi_rules.source import LARGEST

MARK = "\ufeff"
"""What some programs put at the beginning of a text, to tell its encoding."""

_ENCODING = "say how it is written, as in `csv: {encoding: cp1252}`, or save it as UTF-8"


class CsvFolder(Listed):
    """A folder with a file `<table>.csv` for each table."""

    def __init__(self, folder: Path, form: CsvForm) -> None:
        self.name, self._folder, self._form = str(folder), folder, form

    def others(self, used: Iterable[str]) -> list[str]:
        """The files beside those that are used."""
        return sorted(set(self._files()) - {f"{table}.csv" for table in used})

    def place(self, table: str, number: int = 0) -> str:
        """A file, or a row of it."""
        path = self._folder / f"{table}.csv"
        return f"{path}: row {number}" if number else str(path)

    def ragged(self, cells: int, width: int, *, spare: bool) -> str:
        """A row that is too short has lost something; commas after the last column are common."""
        count = f"{cells} cell{'s' * (cells != 1)}, where the header has {width}"
        return count if cells < width or spare else ""

    def cleaned(self, line: Sequence[str]) -> list[Cell]:
        """The cells of a row, all of them texts: this is `clean` for millions of them."""
        return [cell.strip(BLANKS) or None for cell in line]

    def lines(self, table: str) -> Iterator[Line]:
        """The rows of a file from the header on. Raises `Missing`, or `Refused` if it is damaged."""
        path = self._folder / f"{table}.csv"
        if path.name not in self._files():
            raise Missing(f"no file `{show(path.name)}` in {self.name}", near(path.name, self._files()))
        number = 0
        csv.field_size_limit(LARGEST)
        try:
            with path.open(encoding=self._form.encoding, newline="") as file:
                if file.read(1) != MARK:  # Excel writes it
                    file.seek(0)
                for line in csv.reader(file, delimiter=self._form.character, strict=True):
                    number += 1
                    yield number, line
        except UnicodeDecodeError as error:
            raise Refused([self._undecoded(path, error)]) from None
        except UnicodeError as error:  # no byte order mark where the encoding must have one
            what = f"not {self._form.encoding} text: {error}"
            raise Refused([Fault(file=str(path), what=what, hint=_ENCODING)]) from None
        except csv.Error as error:
            what = f"damaged: the row cannot be read ({error})"
            hint = "is a quotation mark missing, or one too many?"
            raise Refused([Fault(file=f"{path}: row {number + 1}", what=what, hint=hint)]) from None
        except OSError as error:
            raise Refused([_unreadable(path, error)]) from None

    def _undecoded(self, path: Path, error: UnicodeDecodeError) -> Fault:
        what = f"not {self._form.encoding} text: byte 0x{error.object[error.start]:02x}"
        with path.open("rb") as file:  # the file was decoded in blocks: which line is it?
            for line, raw in enumerate(file, start=1):
                try:
                    raw.decode(self._form.encoding)
                except UnicodeDecodeError as found:
                    return Fault(file=str(path), line=line, column=found.start + 1, what=what, hint=_ENCODING)
        return Fault(file=str(path), what=what, hint=_ENCODING)

    def _files(self) -> list[str]:
        try:
            return sorted(path.name for path in self._folder.iterdir() if path.suffix.lower() == ".csv")
        except OSError as error:
            raise Refused([_unreadable(self._folder, error)]) from None


def _unreadable(path: Path, error: OSError) -> Fault:
    return Fault(file=str(path), what=f"cannot be read: {(error.strerror or str(error)).lower()}")
