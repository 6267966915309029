"""A caseload as it is read for drawing: what matters of each case, and the text of each record put by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from omi_rules.batches import every_item
from omi_rules.errors import Fault, Refused, show
from omi_rules.pieces import inputs
from omi_rules.reading import Item
from omi_rules.records import Reader, Record
from omi_rules.ruleset import Ruleset
from omi_rules.source import Document


class _Keeping(Reader):
    """A reader that keeps the text of the record it checked last."""

    text = ""

    def check(self, document: Document) -> tuple[Record, list[Fault]]:
        """As any reader does."""
        self.text = document.text
        return super().check(document)


class Texts:
    """The records of some files, each with its text put by in a file of ours, so that any of them can be written out.

    A record that stands on one line is kept byte for byte but for what surrounds it; one that is spread over lines is
    written on one.
    """

    def __init__(self, ruleset: Ruleset, spool: BinaryIO) -> None:
        self._reader = _Keeping(ruleset.vocabulary, ruleset.questions, ruleset.head.answers.words)
        self._spool = spool
        self._end = 0
        self._places: dict[str, tuple[int, int]] = {}
        self._met: dict[str, str] = {}
        self._twice: list[Fault] = []

    def items(self, paths: Sequence[str]) -> Iterator[Item]:
        """Every record of some files, usable or not.

        Raises:
            Refused: a file that cannot be read, or, at the end, references that come twice.
        """
        with inputs(paths) as files:
            for item in chain.from_iterable(every_item(file, self._reader) for file in files):
                if item.record is not None:
                    self._put_by(item.record["case_id"], item.place)
                yield item
        if self._twice:
            raise Refused(self._twice)

    def _put_by(self, case_id: str, place: str) -> None:
        if case_id in self._met:
            what = f"{show(case_id)} is also the case at {self._met[case_id]}"
            self._twice.append(Fault(file=place, path="case_id", what=what, hint="a case can be drawn only once"))
        self._met[case_id] = place
        text = self._reader.text
        line = json.dumps(json.loads(text), ensure_ascii=False) if "\n" in text else text
        raw = line.encode("utf-8", "backslashreplace")
        self._places[case_id] = (self._end, len(raw))
        try:
            self._end += self._spool.write(raw)
        except OSError as error:
            what = f"cannot be written: {(error.strerror or str(error)).lower()}"
            raise Refused([Fault(file="the folder for temporary files", what=what)]) from None

    def text(self, case_id: str) -> bytes:
        """The text of a record, on one line."""
        start, length = self._places[case_id]
        self._spool.seek(start)
        return self._spool.read(length)
