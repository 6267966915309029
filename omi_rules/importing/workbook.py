"""An Excel workbook with a sheet for each table, read row by row."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from omi_rules.errors import Fault, Refused, show
from omi_rules.importing.listed import Line, Listed
from omi_rules.importing.sources import Missing, near

_DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, ValueError, TypeError, SyntaxError, EOFError)
"""What openpyxl raises on files that are not what they should be; a broken XML file is a `SyntaxError`."""


class Workbook(Listed):
    """A workbook with a sheet `<table>` for each table. Formulas give what was last worked out in them."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        try:
            from openpyxl import load_workbook
        except ImportError:
            hint = "install it: pip install 'omi-rules[excel]'"
            raise Refused([Fault(file=self.name, what="openpyxl, which reads Excel, is missing", hint=hint)]) from None
        try:
            with warnings.catch_warnings(action="ignore"):
                self._book = load_workbook(path, read_only=True, data_only=True)
        except _DAMAGE as error:
            what = f"damaged, or not a workbook: {_brief(error)}"
            hint = "open it in Excel and save it as .xlsx, without a password"
            raise Refused([Fault(file=self.name, what=what, hint=hint)]) from None
        except OSError as error:
            what = f"cannot be read: {(error.strerror or str(error)).lower()}"
            raise Refused([Fault(file=self.name, what=what)]) from None

    def others(self, used: Iterable[str]) -> list[str]:
        """The sheets beside those that are used."""
        return sorted(set(self._book.sheetnames) - set(used))

    def place(self, table: str, number: int = 0) -> str:
        """A sheet, or a row of it."""
        sheet = f"{self.name}: {show(table)}"
        return f"{sheet}: row {number}" if number else sheet

    def ragged(self, cells: int, width: int, *, spare: bool) -> str:
        """A row that is too short has empty cells at its end."""
        return f"a value in column {cells}, where the header has {width}" if spare else ""

    def lines(self, table: str) -> Iterator[Line]:
        """The rows of a sheet from the header on. Raises `Missing`, or `Refused` if it is damaged."""
        names = [sheet.title for sheet in self._book.worksheets]
        if table not in names:
            raise Missing(f"no sheet `{show(table)}` in {self.name}", near(table, names))
        sheet: Any = self._book[table]
        sheet.reset_dimensions()  # what a workbook says of its size is not always true
        rows, number = sheet.iter_rows(values_only=True), 0
        while True:
            try:
                with warnings.catch_warnings(action="ignore"):
                    line = next(rows, None)
            except (*_DAMAGE, OSError) as error:
                hint = "open it in Excel and save it again"
                fault = Fault(file=self.place(table, number + 1), what=f"damaged: {_brief(error)}", hint=hint)
                raise Refused([fault]) from None
            if line is None:
                return
            number += 1
            yield number, line

    def close(self) -> None:
        """Close the file."""
        self._book.close()


def _brief(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    return text[:1].lower() + text[1:]
