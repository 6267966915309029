"""An invented caseload of any size, the same bytes for the same seed.

    python -m benchmarks.caseload --cases 100000 --seed 1 --to cases.ndjson

Every record is valid under the shipped vocabulary and gives no warning; a smaller caseload is the beginning of a larger
one. Up to `POOL` bodies are distinct; from then on a body comes again with another reference and other dates, all moved
by the same number of days, so that weekends and bank holidays fall otherwise.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

import orjson

from benchmarks.bodies import LONGEST, Body
from omi_rules import shelf

POOL = 20_000
"""How many bodies are made."""

EARLIEST, LATEST = date(2004, 10, 4), date(2007, 12, 31)
"""Between these days supervision starts: on both sides of the changes of 2007-09-30."""

_DAY = re.compile(rb'"@(\d{4})@"')


class Template:
    """A body as bytes, cut at its dates."""

    def __init__(self, body: Body) -> None:
        pieces = _DAY.split(orjson.dumps(body.record))
        self._pieces = [b"," + pieces[0][1:], *pieces[1:]]
        self._days = [int(piece) - LONGEST for piece in pieces[1::2]]

    def line(self, reference: str, start: int) -> bytes:
        """The record of a case that started on a day of the table of dates."""
        dates, made = _dates(), self._pieces
        made[1::2] = [dates[start + offset] for offset in self._days]
        return b'{"case_id":"%s"' % reference.encode() + b"".join(made) + b"\n"


@cache
def _dates() -> list[bytes]:
    """Every day there may be, as JSON writes it; place `LONGEST` is `EARLIEST`."""
    first = EARLIEST - timedelta(days=LONGEST)
    number = (LATEST - EARLIEST).days + 2 * LONGEST + 1
    return [f'"{first + timedelta(days=n)}"'.encode() for n in range(number)]


def lines(cases: int, seed: int) -> Iterator[bytes]:
    """The records, one line each."""
    loaded = shelf.ruleset(shelf.find("omi-2006"))
    questions = {name: question.when for name, question in loaded.questions.items()}
    rng = Random(f"caseload {seed}")
    pool: list[Template] = []
    for number in range(cases):
        start = LONGEST + rng.randint(0, (LATEST - EARLIEST).days)
        chosen = rng.randrange(POOL)
        if number < POOL:
            chosen = number
            pool.append(Template(Body(Random(f"body {seed} {number}"), questions)))
        yield pool[chosen].line(f"C{seed}-{number + 1:07}", start)


def write(cases: int, seed: int, to: Path) -> None:
    """Write a caseload; the file is there whole or not at all."""
    unfinished = to.with_name(to.name + ".part")
    with unfinished.open("wb", buffering=1 << 20) as file:
        file.writelines(lines(cases, seed))
    unfinished.replace(to)


def main() -> None:
    """Write a caseload as asked on the command line."""
    parser = argparse.ArgumentParser(description="Write an invented caseload as NDJSON.")
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=Path, required=True)
    asked = parser.parse_args()
    write(asked.cases, asked.seed, asked.to)


if __name__ == "__main__":
    main()
