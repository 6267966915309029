"""Row groups written apart are the file that one writer makes of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omi_rules.reports.findings_file import Lines
from omi_rules.reports.row_groups import RowGroups, _Compact, _moved, _taken_apart

WORDS = pa.dictionary(pa.int8(), pa.string())
SCHEMA = pa.schema(
    [
        pa.field("case_id", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("outcome", WORDS),
        pa.field("due", pa.date32()),
        pa.field("share", pa.float64()),
        pa.field("late", pa.bool_(), nullable=False),
        pa.field("messages", pa.list_(pa.string())),
    ]
)

ROW = st.fixed_dictionaries(
    {
        "case_id": st.text(st.characters(codec="utf-8"), max_size=40),
        "outcome": st.sampled_from(["sufficient", "not sufficient", None]),
        "due": st.none() | st.dates(),
        "share": st.none() | st.floats(allow_nan=False),
        "late": st.booleans(),
        "messages": st.none() | st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=9), max_size=3),
    }
)


def table(rows: Sequence[object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def written(parts: Sequence[pa.Table], **options: object) -> bytes:
    """What one writer makes of the parts, a row group each."""
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, parts[0].schema, **options) as writer:
        for part in parts:
            writer.write_table(part, row_group_size=max(1, part.num_rows))
    return sink.getvalue()


def joined(parts: Sequence[pa.Table], **options: object) -> bytes:
    sink = io.BytesIO()
    writer = RowGroups(sink)
    for part in parts:
        writer.add(written([part], **options))
    writer.close()
    return sink.getvalue()


@settings(deadline=None)
@given(st.lists(st.lists(ROW, max_size=8), min_size=1, max_size=5), st.booleans())
def test_they_are_byte_for_byte_what_one_writer_makes(parts: list[list[object]], statistics: bool) -> None:
    tables = [table(rows) for rows in parts]
    assert joined(tables, write_statistics=statistics) == written(tables, write_statistics=statistics)


@pytest.mark.parametrize("columns", [1, 15, 300])
def test_any_number_of_columns_and_row_groups(columns: int) -> None:
    """Lists of 15 and more, and numbers and offsets of several bytes, are written in another way."""
    numbers = pa.array(range(3000), pa.int64())
    parts = [
        pa.table({f"column {n}": numbers for n in range(columns)}).slice(0, 2990 + part % 10) for part in range(200)
    ]
    parts = parts[: 20 if columns == 300 else 200]
    made = joined(parts, use_dictionary=False)
    assert made == written(parts, use_dictionary=False)
    assert pq.read_table(io.BytesIO(made)).equals(pa.concat_tables(parts))


def test_every_offset_leads_to_the_same_bytes_as_before() -> None:
    """Those of page indexes and Bloom filters too, which findings have not."""
    words = pa.table({"word": [f"word {n}" for n in range(500)], "number": list(range(500))})
    options = {"write_page_index": True, "bloom_filter_options": {"word": True}}
    first, part = written([words.slice(7)], **options), written([words], **options)
    sink = io.BytesIO()
    writer = RowGroups(sink)
    writer.add(first)
    by = sink.tell() - 4
    writer.add(part)
    moved = [_offsets(raw) for raw in (part, _moved(_taken_apart(part)[1], by))]
    assert len(moved[0]) == 2 * 4 + 1 + 1  # two columns: data, dictionary and two indexes; a filter; the row group
    for before, after in zip(*moved, strict=True):
        assert after == before + by
        assert sink.getvalue()[after:][:8] == part[before:][:8]


def _offsets(raw: bytes) -> list[int]:
    """Every offset of a footer, or of a file's."""
    footer = _taken_apart(raw)[1] if raw.endswith(b"PAR1") else raw
    found: list[int] = []

    def note(value: int) -> int:
        found.append(value)
        return value

    column = dict.fromkeys((9, 10, 11, 14), note)
    list(_Compact(footer).edits({4: {1: {2: note, 3: column, 4: note, 6: note}, 5: note}}))
    return [offset for offset in found if offset]


def test_another_program_reads_them(tmp_path: Path) -> None:
    rows = [{"case_id": f"GM-{n}", "outcome": "sufficient", "late": n % 3 == 0} for n in range(1000)]
    (tmp_path / "one.parquet").write_bytes(joined([table(rows[:1]), table([]), table(rows[1:700]), table(rows[700:])]))
    found = duckdb.connect().execute(f"select case_id, outcome, late from '{tmp_path}/one.parquet'").fetchall()
    assert found == [tuple(row.values()) for row in rows]


def test_nothing_is_written_of_nothing() -> None:
    sink = io.BytesIO()
    RowGroups(sink).close()
    assert sink.getvalue() == b""


def test_the_head_comes_once_and_first() -> None:
    """A part without findings, as of a piece whose records were all left out, has no head."""
    sink = io.BytesIO()
    writer = Lines(sink, heads=True)
    for part in (b"", b"case_id,question\r\nA,1.1.q01\r\n", b"", b"case_id,question\r\nB,1.1.q01\r\n"):
        writer.add(part)
    writer.close()
    assert sink.getvalue() == b"case_id,question\r\nA,1.1.q01\r\nB,1.1.q01\r\n"
