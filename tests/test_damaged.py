"""Five hundred damaged records: each is judged or refused; never a traceback, a wrong exit code or half a report."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from generate import records
from running import CASES, run, spawn

SEED = 20060628
WORDS = [b"null", b"NaN", b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"\x00", b"\xff", b"\x1b[2J", b"1e999", b"-"]
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2.5,
    10**30,
    "",
    "x",
    "\x1b[31m",
    "2006-02-30",
    "28/06/2006",
    [],
    [None],
    {},
    {"a": 1},
]


def flipped(raw: bytes, random: Random) -> bytes:
    made = bytearray(raw)
    for _ in range(random.randint(1, 4)):
        made[random.randrange(len(made))] ^= 1 << random.randrange(8)
    return bytes(made)


def cut(raw: bytes, random: Random) -> bytes:
    return raw[: random.randrange(len(raw))]


def inserted(raw: bytes, random: Random) -> bytes:
    at = random.randrange(len(raw))
    return raw[:at] + random.choice(WORDS) + raw[at:]


def key_lost(raw: bytes, random: Random) -> bytes:
    record = json.loads(raw)
    parent, key = random.choice(list(_places(record)))
    del parent[key]
    return json.dumps(record).encode()


def type_swapped(raw: bytes, random: Random) -> bytes:
    record = json.loads(raw)
    parent, key = random.choice(list(_places(record)))
    parent[key] = random.choice(VALUES)
    return json.dumps(record).encode()


def key_doubled(raw: bytes, random: Random) -> bytes:
    text = json.dumps(json.loads(raw))
    starts = [i for i, c in enumerate(text) if c == "{" and text[i + 1] == '"']
    at = random.choice(starts) + 1
    return (text[:at] + text[at : text.index(":", at)] + ": 1, " + text[at:]).encode()


def _places(value: Any) -> Any:
    for key in range(len(value)) if isinstance(value, list) else list(value):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])


HARMS: list[Callable[[bytes, Random], bytes]] = [flipped, cut, inserted, key_lost, type_swapped, key_doubled]


def sound() -> list[bytes]:
    fixtures = [path.read_bytes() for path in sorted(CASES.glob("*.json"))]
    return fixtures + [json.dumps(record).encode() for record in records(60, SEED)]


def damaged() -> list[bytes]:
    random, whole = Random(SEED), sound()
    return [HARMS[i % len(HARMS)](random.choice(whole), random) for i in range(500)]


@pytest.mark.parametrize("tenth", range(10))
def test_five_hundred_damaged_records(tenth: int, tmp_path: Path) -> None:
    case, to = tmp_path / "case.json", tmp_path / "report.json"
    codes = []
    for i, raw in enumerate(damaged()[50 * tenth : 50 * tenth + 50]):
        case.write_bytes(raw)
        to.unlink(missing_ok=True)
        ran = run(case, "--format", "json", "--output", to, "--engine", "reference")
        assert ran.code in (0, 2), (i, ran.err)
        assert ran.out == ""
        assert "Traceback" not in ran.err
        assert "\x1b" not in ran.err
        assert to.exists() == (ran.code == 0)
        if ran.code == 0:
            assert len(json.loads(to.read_bytes())["findings"]) > 100
        else:
            assert ran.err.startswith(f"{case}:"), ran.err
        codes.append(ran.code)
    assert set(codes) == {0, 2}  # neither is everything refused, nor nothing
    assert sorted(path.name for path in tmp_path.iterdir() if path != to) == ["case.json"]


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5])
def test_damaged_records_in_a_process_of_their_own(number: int, tmp_path: Path) -> None:
    case, to = tmp_path / "case.json", tmp_path / "report.json"
    case.write_bytes(damaged()[number])
    ran = spawn(case, "--format", "json", "--output", to)
    assert (ran.code in (0, 2), ran.out, to.exists()) == (True, "", ran.code == 0)
    assert "Traceback" not in ran.err
