"""Lines read by columns: taken exactly where the reader of single records takes them, and as the same records."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import generate
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import CASES, REPOSITORY, run, shipped

from omi_rules.batches import warnings_of
from omi_rules.columns import Columns, Scanned
from omi_rules.engine import choose
from omi_rules.errors import Refused
from omi_rules.facts.cases import Cases, batch, schema
from omi_rules.findings import Judge
from omi_rules.ruleset import Ruleset
from omi_rules.vocabulary import LONGEST, MOST, DateRange, EventType, Word

TESTS = Path(__file__).parent
REST = '"assessed_on": "2006-06-28", "sentence": {"kind": "licence", "sentenced_on": "2006-01-04"}'
GOOD = [json.dumps(record, default=str) for record in generate.records(150, 3)]


@cache
def columns() -> Columns:
    return Columns(shipped())


def read(*lines: str | bytes) -> Scanned:
    return columns().read(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))


def records(table: pa.RecordBatch) -> list[Any]:
    found: list[Any] = table.to_pylist(maps_as_pydicts="strict")
    return found


def alone(line: bytes, ruleset: Ruleset) -> list[Any] | None:
    """The record in a line as the reader of single records takes it, in a list; None where it refuses."""
    try:
        record, _ = ruleset.reader.read(line.decode(), "x")
    except (Refused, UnicodeDecodeError):
        return None
    return records(batch([record], ruleset))


def held_to_the_reader(line: bytes, ruleset: Ruleset | None = None) -> bool:
    """Whether a line is taken; if it is, `Reader` must take it as the same record."""
    found = read(line) if ruleset is None else Columns(ruleset).read(line)
    assert found.table.num_rows + len(found.doubtful) == bool(line.strip())
    found.table.validate(full=True)
    if found.table.num_rows:
        assert records(found.table) == alone(line, ruleset or shipped())
        assert found.table.schema == schema((ruleset or shipped()).vocabulary)
    return bool(found.table.num_rows)


def test_a_line_is_taken_exactly_where_the_reader_takes_it_unwarned() -> None:
    """Every bad case of the tests, plain and damaged."""
    reader = shipped().reader
    texts = [path.read_bytes() for path in sorted((TESTS / "bad_cases").rglob("*.json"))]
    rng = Random(11)
    for line in GOOD:
        cut = bytearray(line.encode())
        for _ in range(rng.randrange(3)):
            cut[rng.randrange(len(cut))] = rng.randrange(256)
        texts.append(bytes(cut))
    taken = 0
    for text in filter(bytes.strip, [b" ".join(text.splitlines()) for text in texts]):
        if held_to_the_reader(text):
            table = read(text).table
            record, warnings = reader.read(text.decode(), "x")
            assert warnings_of(Cases(table, shipped())).tolist() == [len(warnings)]
            judge = Judge(shipped(), choose("reference"))
            one, other = judge.of(Cases(table, shipped())).codes, judge.judge([record]).codes
            assert one.case_ids == other.case_ids
            assert np.array_equal(one.lines, other.lines)
            assert np.array_equal(one.answers, other.answers)
            taken += 1
    assert taken > 20


def spelt(value: Any, rng: Random) -> str:
    """A value as JSON, in one of the ways that it may be written."""

    def blank() -> str:
        return "".join(rng.choice(" \t\r") for _ in range(rng.choice((0, 0, 0, 1, 2))))

    def inside(open_: str, parts: list[str], close: str) -> str:
        return f"{blank()}{open_}{blank()}{','.join(parts) or blank()}{close}{blank()}"

    if isinstance(value, dict):
        keys = rng.sample(list(value), len(value))
        return inside("{", [f'{blank()}"{key}"{blank()}:{spelt(value[key], rng)}' for key in keys], "}")
    if isinstance(value, list):
        return inside("[", [spelt(item, rng) for item in value], "]")
    return f"{blank()}{json.dumps(value, ensure_ascii=rng.random() < 0.5)}{blank()}"


@given(st.sampled_from(GOOD), st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=30), st.randoms())
def test_however_a_record_is_spelt_it_is_taken_as_it_is(line: str, name: str, rng: Random) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        name = "half a pair"
    text = spelt({**json.loads(line), "case_id": name, "area": name[::-1]}, rng)
    assert held_to_the_reader(text.encode())


def damaged(line: bytes, rng: Random) -> bytes:
    """A line with a few bytes changed, doubled, moved or left out."""
    telling = b'"\\{}[]:, \t\r\0\x1f\xc3\xed\xf40-9enut'
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(line) + 1)
        before, after = line[:place], line[place:]
        length = rng.choice((1, 1, 1, 4, 40))
        match rng.randrange(6):
            case 0:
                line = before + after[length:]
            case 1:
                line = before + after[:length] * 2 + after[length:]
            case 2 | 3:
                line = before + bytes([rng.choice(telling)]) + after[rng.randrange(2) :]
            case 4:
                line = before + bytes([rng.randrange(256)]) + after[1:]
            case _ if rng.random() < 0.3:
                line = before
    return line.replace(b"\n", b" ")


def test_a_damaged_line_is_never_taken_for_another_record() -> None:
    rng = Random(7)
    taken = sum(held_to_the_reader(damaged(rng.choice(GOOD).encode(), rng)) for _ in range(2_000))
    assert 20 < taken < 1_000


def test_lines_do_not_touch_each_other() -> None:
    """A line in doubt, wherever it breaks off, leaves nothing behind among those that are taken."""
    rng = Random(8)
    lines = [line.encode() for line in GOOD]
    mixed = [line for good in lines for line in (damaged(good, rng), b" ", good)]
    found = read(*mixed)
    apart = [read(line) for line in mixed]
    assert found.sure.tolist() == [number for number, one in enumerate(apart) if one.table.num_rows]
    assert found.doubtful.tolist() == [number for number, one in enumerate(apart) if len(one.doubtful)]
    assert records(found.table) == [record for one in apart for record in records(one.table)]
    assert [found.lines[number] for number in range(len(mixed))] == mixed


def with_words(events: dict[str, EventType] | None = None, **fields: Word) -> Ruleset:
    """The shipped rules for some other words, and with every date that may be believed."""
    words = shipped().vocabulary
    span = DateRange(from_=date(1800, 1, 1), to=date(2199, 12, 31))
    events = words.events if events is None else events
    other = replace(words, dates=span, fields={**words.fields, **fields}, events=events)
    return replace(shipped(), vocabulary=other)


@pytest.mark.parametrize("widest", [False, True])
def test_no_date_is_taken_for_another(widest: bool) -> None:
    """Every text of ten characters that looks like a date, around the ends of months, years and the dates believed."""
    shipped_span = shipped().vocabulary.dates
    from_, to = (date(1800, 1, 1), date(2199, 12, 31)) if widest else (shipped_span.from_, shipped_span.to)
    years = {from_.year - 1, from_.year, 1900, 2000, 2004, 2005, 2100, to.year, to.year + 1, 0, 1, 9999}
    parts = (0, 1, 2, 3, 9, 11, 12, 13, 14, 24, 28, 29, 30, 31, 32, 62, 63, 99)
    texts = [f"{year:04}-{month:02}-{day:02}" for year in sorted(years) for month in parts for day in parts]
    texts += ["2006-06-2:", "2006/06/28", "2006-6-028", " 2006-06-2", "\uff12\uff10\uff10\uff16-06-28", "2006-06-2", ""]
    lines = [f'{{"case_id": "{n}", {REST.replace("2006-06-28", text)}}}' for n, text in enumerate(texts)]
    wanted = {}
    for number, text in enumerate(texts):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            continue
        if from_ <= day <= to:
            wanted[str(number)] = day
    table = Columns(with_words() if widest else shipped()).read("\n".join(lines).encode()).table
    assert dict(zip(table["case_id"].to_pylist(), table["assessed_on"].to_pylist(), strict=True)) == wanted


def sequences() -> Iterator[bytes]:
    """What may be characters of UTF-8: the first bytes of each length, and around the ends of what may follow."""
    edges = (0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0x41)
    for first in range(0x80, 0x100):
        yield bytes([first])
        for second in edges:
            yield bytes([first, second])
            for third in edges if first >= 0xE0 else ():
                yield bytes([first, second, third])
                yield bytes([first, second, third, 0x80])


def test_a_text_is_taken_exactly_where_it_is_utf_8() -> None:
    lines = {text: b'{"case_id": "' + text + f'", {REST}}}'.encode() for text in sequences()}
    found = read(*lines.values())
    wanted = []
    for text in lines:
        try:
            wanted.append(text.decode())
        except UnicodeDecodeError:
            continue
    assert found.table["case_id"].to_pylist() == wanted
    assert len(wanted) + len(found.doubtful) == len(lines)


@pytest.mark.parametrize(
    ("escape", "meant"),
    [
        (r"\"\\\/\b\f\n\r\t", '"\\/\b\f\n\r\t'),
        (r"\u0041\u007f\u0080\u07FF\u0800\uFFFF", "A\x7f\x80\u07ff\u0800\uffff"),
        (r"\ud800\udc00\uDBFF\uDFFF", "\U00010000\U0010ffff"),
        (r"\ud800", None),
        (r"\ud800A", None),
        (r"\ud800\u0041", None),
        (r"\udc00", None),
        (r"\udc00\ud800", None),
        (r"\u0000", "\0"),
        (r"\x41", None),
        (r"\u004", None),
        (r"\u00g1", None),
        (r"\u-041", None),
        ("\\", None),
        ("\\u", None),
        ("\t", None),
        ("\0", None),
    ],
)
def test_escapes(escape: str, meant: str | None) -> None:
    line = f'{{"case_id": "{escape}", {REST}}}'
    assert read(line).table["case_id"].to_pylist() == ([] if meant is None else [meant])
    held_to_the_reader(line.encode())


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        *((str(number), True) for number in (1, 9, MOST)),
        *((text, False) for text in (str(MOST + 1), "0", "-1", "-0", "01", "+1", "1.0", "1e0", "", "-", "999999999")),
        *((text, False) for text in ("9999999999", "4294967297", "18446744073709551617", '"1"', "true", "NaN", "1 1")),
        ("null", True),
        ("nul", False),
        ("nullx", False),
    ],
)
def test_numbers(written: str, taken: bool) -> None:
    assert held_to_the_reader(f'{{"case_id": "A", "offender_managers": {written}, {REST}}}'.encode()) == taken


@pytest.mark.parametrize("length", range(1, 26))
def test_words_of_every_length(length: int) -> None:
    """A word is taken as itself, and nothing that differs from it in one place, or that ends there, is."""
    rng = Random(length)
    letters = [chr(n) for n in (*range(0x20, 0x7F), 0xE9, 0xFF, 0x20AC) if chr(n) not in '"\\']
    known = list(dict.fromkeys("".join(rng.choices(letters, k=length)) for _ in range(40)))
    raw = [word.encode() for word in known]
    others = [
        word[:place] + bytes([byte]) + word[place + 1 :]
        for word in raw
        for place in range(len(word))
        for byte in (0x01, 0x1F, 0x22, 0x5C, word[place] ^ 1, word[place] ^ 0x80, rng.randrange(0x20, 0x100))
    ]
    lines = [b'{"case_id": "A", "area": "%s", %s}' % (word, REST.encode()) for word in [*raw, *others]]
    found = Columns(with_words(area=Word(type="choice", one_of=tuple(known)))).read(b"\n".join(lines))
    by_chance = [other.decode() for other in others if other in raw]
    assert found.table["area"].to_pylist() == [*known, *by_chance]


@pytest.mark.parametrize(
    "word", ["a \\ among others", "it ends in a \\", "a\ttab in it", "\x1f and some more", 'a " among others']
)
def test_a_word_with_what_json_escapes_is_left_to_the_reader(word: str) -> None:
    found = Columns(with_words(area=Word(type="choice", one_of=(word, "a "))))
    for written in (f'"{word}"', json.dumps(word)):
        assert found.read(f'{{"case_id": "A", "area": {written}, {REST}}}'.encode()).doubtful.tolist() == [0]


@pytest.mark.parametrize("key", ["assessor", "person", "risk", "flags", "events", "answers"])
@pytest.mark.parametrize("nothing", ["null", "{}", "[]"])
def test_nothing_is_as_the_reader_has_it(key: str, nothing: str) -> None:
    record = f'{{"case_id": "A", "{key}": {nothing}, {REST}}}'
    assert held_to_the_reader(record.encode()) == (nothing in ("null", "[]" if key == "events" else "{}"))


@pytest.mark.parametrize(
    "part", ['"risk": {"roh": null, "mappa": []}', '"answers": {"1.1.q05": null}', '"events": [{"type": "oasys"}]']
)
def test_nothing_within_is_as_the_reader_has_it(part: str) -> None:
    assert held_to_the_reader(f'{{"case_id": "A", {part}, {REST}}}'.encode())


def test_numbers_below_nought() -> None:
    managers = Word(type="integer", from_=-5, to=5)
    lines = [
        f'{{"case_id": "{n}", "offender_managers": {n}, {REST}}}' for n in ("-6", "-5", "-1", "-0", "00", "0", "5")
    ]
    table = Columns(with_words(offender_managers=managers)).read("\n".join(lines).encode()).table
    assert table["case_id"].to_pylist() == ["-5", "-1", "0", "5"]
    assert table["offender_managers"].to_pylist() == [-5, -1, 0, 5]


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ("{}", "{,}"),
        ('"ppo": true}', '"ppo": true,}'),
        ('"ppo":', '"ppox:'),
        ('"ppo":', '"ppo" :"'),
        ('"ppo":', '"ppo"'),
        ('"induction"}', '"induction",}'),
        ('"induction"}]', '"induction"},]'),
        ('"sufficient"}', '"sufficient",}'),
        ('"sufficient"}', '"sufficient"; }'),
        ('"sufficient"}', '"sufficient" "1.1.q02": null}'),
        ('"curfew"]', '"curfew",]'),
        ('"curfew"]', '"curfew" "curfew"]'),
        ('"curfew"]', '"curfew"}'),
        ("}}", "}} x"),
        ("}}", "}}}"),
        ("}}", "}"),
        ("}}", "}} {}"),
    ],
)
def test_what_is_nearly_json(whole: str, broken: str) -> None:
    line = (
        f'{{"case_id": "A", {REST[:-1]}, "requirements": ["curfew"]}}, "flags": {{"ppo": true}}, "risk": {{}}, '
        '"events": [{"on": null, "type": "induction"}], "answers": {"1.1.q01": "sufficient"}}'
    )
    assert held_to_the_reader(line.encode())
    assert whole in line
    assert not held_to_the_reader(line.replace(whole, broken).encode())
    assert read(line, line.replace(whole, broken)).doubtful.tolist() == [1]  # when its keys have come before


@pytest.mark.parametrize(("length", "taken"), [(0, False), (1, True), (LONGEST, True), (LONGEST + 1, False)])
@pytest.mark.parametrize("character", ["a", "\xe9", "\U0001f600"])
def test_a_text_is_as_long_as_its_characters_are_many(length: int, taken: bool, character: str) -> None:
    assert held_to_the_reader(f'{{"case_id": "{character * length}", {REST}}}'.encode()) == taken


def test_a_key_that_comes_twice_is_not_overlooked() -> None:
    good = GOOD[0]
    event = '{"type": "induction", "on": "2006-02-01"'
    for one, other in (
        ('"flags": {', '"flags": {"ppo": true, "ppo": false, '),
        ('"events": [', f'"events": [{event}, "on": null}}, '),
        ('"events": [', f'"events": [{event}, "type": "induction"}}, '),
        ('"answers": {', '"answers": {"1.1.q01": "sufficient", "1.1.q01": null, '),
        ('{"case_id"', '{"area": null, "area": null, "case_id"'),
    ):
        twice = good.replace(one, other, 1)
        assert twice != good
        assert read(good, twice).doubtful.tolist() == [1]
        with pytest.raises(Refused):
            shipped().reader.read(twice, "x")


def test_the_type_of_an_event_may_come_last() -> None:
    kind = shipped().vocabulary.events["home_visit"]
    event = json.dumps({**dict.fromkeys(kind.attributes), "on": "2006-02-01", "type": "home_visit"})
    assert held_to_the_reader(f'{{"case_id": "A", {REST}, "events": [{event}, {event}]}}'.encode())
    nested = '{"x": {"type": "induction"}}'
    for bad in ('{"on": "2006-02-01"}', "{}", "[]", "null", '{"type": 1}', '{"type": "x"}', nested, '{"type"'):
        assert not held_to_the_reader(f'{{"case_id": "A", {REST}, "events": [{bad}]}}'.encode())


def test_types_of_event_that_share_the_names_of_attributes() -> None:
    def kind(**attributes: Word) -> EventType:
        return EventType(means="", attributes=attributes)

    ruleset = with_words(
        {
            "seen": kind(
                how=Word(type="choice", one_of=("home", "office")),
                with_=Word(type="set", one_of=("police", "prison")),
                note=Word(type="text", known=("short", "long")),
                number=Word(type="integer", from_=-3, to=3),
            ),
            "written": kind(
                how=Word(type="choice", one_of=("letter", "office")),
                with_=Word(type="set", one_of=("court", "police")),
                note=Word(type="text"),
                number=Word(type="integer", from_=0, to=9, or_more=True),
            ),
            "nothing": kind(),
        }
    )
    good = [
        {"type": "written", "how": "office", "with_": ["police", "court"], "note": "short", "number": 400},
        {"type": "nothing", "on": "2006-01-09"},
        {"type": "seen", "how": "office", "with_": ["police"], "note": "long", "number": -3},
        {"type": "written", "how": "letter", "with_": [], "note": "x", "on": None},
        {"type": "seen", "how": None, "with_": None},
    ]
    rng = Random(3)
    for number in range(len(good) + 1):
        for _ in range(5):
            line = f'{{"case_id": "A", {REST}, "events": {json.dumps(rng.sample(good, number))}}}'
            assert held_to_the_reader(line.encode(), ruleset)
    for bad in (
        {"type": "seen", "how": "letter"},
        {"type": "written", "how": "home"},
        {"type": "seen", "with_": ["court"]},
        {"type": "written", "with_": ["prison"]},
        {"type": "seen", "number": 4},
        {"type": "written", "number": -1},
        {"type": "nothing", "note": "x"},
    ):
        line = f'{{"case_id": "A", {REST}, "events": {json.dumps([*good, bad])}}}'
        assert not held_to_the_reader(line.encode(), ruleset)


def test_words_without_events() -> None:
    line = f'{{"case_id": "A", {REST}, "events": []}}'
    assert held_to_the_reader(line.encode(), with_words({}))


def test_texts_may_be_as_many_as_they_like() -> None:
    """Texts for which there are usual words, each another."""
    events = ({"type": "licence_condition", "about": f"text {number}"} for number in range(40_000))
    line = f'{{"case_id": "A", {REST}, "events": {json.dumps(list(events))}}}'
    assert held_to_the_reader(line.encode())


def test_without_the_scanner_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "omi_rules._scan", None)
    monkeypatch.delitem(sys.modules, "omi_rules.columns")
    ran = run("batch", REPOSITORY / "fixtures" / "greater-manchester-2006" / "cases.ndjson", "--quiet")
    assert ran.code == 2
    assert not ran.out
    assert "the scanner of lines cannot be loaded" in ran.err
    assert "pip install ." in ran.err
    assert run(CASES / "06-high-later-visit-attempted.json").code == 0  # which is read without
