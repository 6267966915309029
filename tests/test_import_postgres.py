"""Cases from a real PostgreSQL server: the same as from CSV and Excel, from one moment, and never a password shown."""

import json
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import flat_tables
import psycopg
import pytest
from flat_tables import MAPPING, Rows, Tables
from postgres_server import PASSWORD, postgres_server
from running import shipped

from omi_rules.errors import Refused
from omi_rules.importing import postgres
from omi_rules.importing.records import begin
from omi_rules.loading import load
from omi_rules.reading import Item
from omi_rules.ruleset import Ruleset

SOURCES = ("postgresql", "csv", "excel")
NUMBERS = count()
SMALL = Path(__file__).parent / "import_fixture" / "mapping.yaml"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server() as address:
        yield address


@pytest.fixture
def database(server: str) -> Iterator[str]:
    """The address of an empty database."""
    name = f"t{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def stored(tables: Tables, address: str) -> str:
    """Put tables into a database: dates, numbers and booleans are such there, and the codes of orders a table."""
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        for name, rows in tables.items():
            header, rows = _with_orders(rows, cursor) if name == "cases" else (rows[0], rows[1:])
            columns = ", ".join(f'"{column}" {_type([row[i] for row in rows])}' for i, column in enumerate(header))
            cursor.execute(f'CREATE TABLE "{name}" ({columns})')
            with cursor.copy(f'COPY "{name}" FROM STDIN') as copy:
                for row in reversed(rows):  # a table has no order
                    copy.write_row(row)
    return address


def _with_orders(rows: Rows, cursor: psycopg.Cursor[Any]) -> tuple[list[str], Rows]:
    at, codes = rows[0].index("order_code"), list(flat_tables.ORDERS.values())
    cursor.execute("CREATE TYPE order_kind AS ENUM ('CO', 'SS', 'LI', 'CR', 'CP', 'CC', 'DT')")
    cursor.execute("CREATE TABLE orders (id integer, code order_kind)")
    cursor.executemany("INSERT INTO orders VALUES (%s, %s)", list(enumerate(codes)))
    header = ["order_id" if name == "order_code" else name for name in rows[0]]
    return header, [[*row[:at], codes.index(row[at]), *row[at + 1 :]] for row in rows[1:]]


def _type(cells: Rows | list[Any]) -> str:
    kinds = {type(cell) for cell in cells if cell is not None}
    return {date: "date", bool: "boolean", int: "integer"}.get(kinds.pop(), "char(80)") if len(kinds) == 1 else "text"


def source(kind: str, tables: Tables, database: str, folder: Path) -> str:
    match kind:
        case "postgresql":
            return stored(tables, database)
        case "csv":
            return str(flat_tables.write_csv(tables, folder / "extract"))
    return str(flat_tables.write_excel(tables, folder / "extract.xlsx"))


def taken(address: str, mapping: Path = MAPPING) -> list[Item]:
    return list(begin(mapping, address, shipped()).items())


@pytest.mark.parametrize("kind", SOURCES)
def test_the_case_stories_come_back_whole(kind: str, database: str, tmp_path: Path) -> None:
    """What the stories say, by way of tables with codes, is what they say."""
    stories = flat_tables.fixtures()
    items = taken(source(kind, flat_tables.taken_apart(stories), database, tmp_path))
    assert [item.record is not None for item in items] == [True] * 28
    made = {item.record["case_id"]: flat_tables.normal(item.record) for item in items if item.record}
    assert made == {story["case_id"]: flat_tables.normal(story) for story in stories}


def test_every_source_gives_the_same_bytes(database: str, tmp_path: Path) -> None:
    tables = flat_tables.taken_apart(flat_tables.fixtures())
    found = [taken(source(kind, tables, database, tmp_path)) for kind in SOURCES]
    first, *others = ["\n".join(json.dumps(item.record, default=str) for item in items) for items in found]
    assert [other == first for other in others] == [True, True]
    assert first.count("\n") == 27


@pytest.fixture
def small(database: str) -> str:
    """A database with the tables of the small extract, all of them texts."""
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        for path in (SMALL.parent / "extract").glob("*.csv"):
            header, _, rows = path.read_text(encoding="utf-8").partition("\n")
            cursor.execute(f"CREATE TABLE {path.stem} ({header.replace(',', ' text, ')} text)")
            with cursor.copy(f"COPY {path.stem} FROM STDIN (FORMAT csv)") as copy:
                copy.write(rows)
    return database


def change(address: str, *statements: str) -> None:
    with psycopg.connect(address) as connection:
        for statement in statements:
            connection.execute(statement)


def said(address: str, mapping: Path = SMALL) -> list[str]:
    """Each case, and what is wrong, with the address as `db` and without the lines that are shown."""
    lines: list[str] = []
    try:
        for item in begin(mapping, address, tiny()).items():
            lines += [item.record["case_id"]] if item.record else []
            lines += [line for fault in item.faults for line in str(fault).splitlines()]
    except Refused as refused:
        lines = str(refused).replace(f"{mapping}", "mapping.yaml").splitlines()
    folder, name = address.rpartition("=")[2].replace("%2F", "/"), address.partition("@/")[2].partition("?")[0]
    lines = [line.replace(f"postgresql://{folder}/{name}", "db") for line in lines if line[:4] != "    "]
    return [line for line in lines if "no `events`" not in line and '"events": []' not in line]


@cache
def tiny() -> Ruleset:
    return load(SMALL.parent.parent / "tiny_ruleset")


def query(sql: str, folder: Path, table: str = "contacts") -> Path:
    """The small mapping with a query for one of its tables."""
    text = SMALL.read_text(encoding="utf-8").replace(f"\n  {table}:\n", f"\n  {table}:\n    query: {json.dumps(sql)}\n")
    (folder / "mapping.yaml").write_text(text, encoding="utf-8")
    return folder / "mapping.yaml"


def test_everything_is_read_from_one_moment(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others write after the mapping was seen to fit is not seen, however long the reading takes."""
    monkeypatch.setattr(postgres, "BATCH", 1)
    found = begin(SMALL, small, tiny())
    change(small, "UPDATE cases SET kind = 'XX' WHERE ref = 'A1'")
    items = found.items()
    made = [next(items)]
    change(small, "UPDATE cases SET kind = 'XX'", "INSERT INTO answers VALUES ('Z9', '1.1.q01', 'yes')")
    made += items
    assert [item.record and item.record["sentence"]["kind"] for item in made] == ["order", "licence", "order"]


def test_cases_are_joined_whatever_the_language_of_the_server(small: str) -> None:
    """Blanks around a reference do not count, capitals do; a server with another order of letters changes nothing."""
    keys = ["b", "B", "a b", "a", "Ä", "z", "\u00a0é\t", "10", "9"]
    rows = ", ".join(f"('{key}', 'CO', '04/01/2006', NULL, '3', 'N', 'Y')" for key in keys)
    answers = ", ".join(f"(' {key}\r\n', '1.1.q01', 'yes')" for key in keys)
    change(small, "TRUNCATE cases, contacts, answers, reqs, levels", f"INSERT INTO cases VALUES {rows}")
    change(small, f"INSERT INTO answers VALUES {answers}", "ALTER TABLE cases ALTER ref TYPE char(12)")
    items = list(begin(SMALL, small, tiny()).items())
    assert [item.record and (item.record["case_id"], item.record["answers"]) for item in items] == [
        (key.strip(), {"1.1.q01": "yes"}) for key in sorted(keys, key=str.strip)
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("date '2006-01-16'", "A1"),
        ("timestamp '2006-01-16 00:00'", "A1"),
        (
            "timestamp '2006-01-16 09:30'",
            "db: contacts: case A1: day (on): a time of day (2006-01-16 09:30:00), where a day is wanted",
        ),
        (
            "timestamptz '2006-01-16 00:00+00'",
            "db: contacts: case A1: day (on): a time of day (2006-01-16 00:00:00+00:00), where a day is wanted",
        ),
        ("date 'infinity'", 'db: contacts: case A1: day (on): "infinity" is not a date'),
        ("date '0044-03-15 BC'", 'db: contacts: case A1: day (on): "0044-03-15 BC" is not a date'),
        ("20060116", 'db: contacts: case A1: day (on): "20060116" is not a date'),
    ],
)
def test_days_of_the_database(day: str, expected: str, small: str, tmp_path: Path) -> None:
    mapping = query(f"SELECT 'A1' AS ref, 'REV' AS code, {day} AS day, '' AS result, NULL AS child;", tmp_path)
    change(small, "ALTER ROLE omi SET timezone TO 'UTC'")
    assert said(small, mapping)[0] == expected


def test_booleans_and_numbers_of_the_database(small: str, tmp_path: Path) -> None:
    sql = "SELECT ref, kind, sentenced, released, 3.00 AS tier, true AS ppo, ref = 'A1' AS log FROM cases -- all"
    items = list(begin(query(sql, tmp_path, "cases"), small, tiny()).items())
    records = [item.record for item in items if item.record]
    assert [(one["sentence"]["tier"], one["flags"], "events" in one) for one in records] == [
        (3, {"ppo": True}, True),
        (3, {"ppo": True}, False),
        (3, {"ppo": True}, False),
    ]


@pytest.mark.parametrize(
    ("change_", "sql", "expected"),
    [
        (
            "ALTER TABLE contacts RENAME TO contact",
            None,
            ["mapping.yaml:27:3: tables.contacts: no table `contacts` in db", "  did you mean `contact`?"],
        ),
        (
            "ALTER TABLE contacts RENAME day TO dya",
            None,
            [
                "mapping.yaml:34:7: tables.contacts.columns.day: `day` is not a column of db: contacts",
                "  did you mean `dya`?",
            ],
        ),
        (
            "",
            "SELECT * FROM contact",
            ['mapping.yaml:28:12: tables.contacts.query: PostgreSQL says: relation "contact" does not exist'],
        ),
        (
            "",
            "SELECT reff FROM contacts",
            [
                'mapping.yaml:28:12: tables.contacts.query: PostgreSQL says: column "reff" does not exist',
                '  Perhaps you meant to reference the column "contacts.ref".',
            ],
        ),
        (
            "",
            "SELECT *, 1 AS day FROM contacts",
            [
                "mapping.yaml:35:7: tables.contacts.columns.day: 2 columns of db: contacts are named `day`",
                "  give each a name of its own",
            ],
        ),
        (
            "",
            "DELETE FROM contacts RETURNING *",
            ['mapping.yaml:28:12: tables.contacts.query: PostgreSQL says: syntax error at or near "FROM"'],
        ),
        (
            "",
            "SELECT * FROM contacts) AS x; COMMIT; DROP TABLE contacts; SELECT * FROM (SELECT 1",
            [
                "mapping.yaml:28:12: tables.contacts.query: PostgreSQL says: "
                "cannot insert multiple commands into a prepared statement"
            ],
        ),
        (
            "CREATE SEQUENCE s",
            "SELECT * FROM contacts WHERE nextval('s') > 0",
            ["db: cannot be read: cannot execute nextval() in a read-only transaction"],
        ),
    ],
    ids=["table", "column", "query-table", "query-column", "twice", "delete", "second", "change"],
)
def test_what_the_database_does_not_have(
    change_: str, sql: str | None, expected: list[str], small: str, tmp_path: Path
) -> None:
    change(small, *change_.split("; "))
    mapping = SMALL if sql is None else query(sql, tmp_path)
    assert said(small, mapping) == expected


def test_a_table_that_may_not_be_read(small: str) -> None:
    change(
        small, "CREATE ROLE reader LOGIN PASSWORD 'reader'", "GRANT SELECT ON cases, answers, reqs, levels TO reader"
    )
    reader = "postgresql://reader:reader@/" + small.partition("@/")[2]
    told = said(reader)
    change(small, "DROP OWNED BY reader", "DROP ROLE reader")
    assert told == ["mapping.yaml:27:3: tables.contacts: PostgreSQL says: permission denied for table contacts"]


def test_what_is_not_read_to_its_end_is_let_go(small: str) -> None:
    found = begin(SMALL, small, tiny())
    items = found.items()
    next(items)
    items.close()
    assert isinstance(found.source, postgres.Postgres)
    assert found.source._connection.closed


def test_a_connection_that_is_lost_is_said(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "BATCH", 1)
    items = begin(SMALL, small, tiny()).items()
    next(items)
    sessions = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    change(small, f"SELECT pg_terminate_backend(pid) FROM {sessions}")
    with pytest.raises(Refused, match="cannot be read: "):
        list(items)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "postgresql://omi:SECRET@127.0.0.1:1/x",
            "postgresql://127.0.0.1:1/x: cannot connect: connection to server at",
        ),
        ("postgresql://omi:SECRET/SECRET@db.example/x", "postgresql://...: not an address of a database"),
        ("postgresql://omi:SECRET@SECRET@db.example/x", "postgresql://...: not an address of a database"),
        ("postgresql://omi:SECRET%zz@db.example/x", "postgresql://...: not an address of a database"),
        ("postgresql://omi@db.example/x?SECRET=1", "postgresql://...: not an address of a database"),
        ("mysql://omi:SECRET@db.example/x", "mysql://...: not a source that can be read"),
        ("postgresql://omi:SECRET@127.0.0.1:SECRET/x", "postgresql://...: not an address of a database"),
    ],
)
def test_no_message_holds_a_password(address: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        begin(SMALL, address, tiny())
    assert str(refused.value).startswith(message)
    assert "SECRET" not in str(refused.value)


def test_a_wrong_password_is_not_repeated(server: str) -> None:
    before, _, after = server.partition("@/")
    wrong = before.rpartition(":")[0] + ":omi@/" + after
    with pytest.raises(Refused) as refused:
        begin(SMALL, wrong, tiny())
    assert 'authentication failed for user "***"' in str(refused.value)  # the password is the user's name
    with pytest.raises(Refused) as refused:
        begin(SMALL, server.replace("/postgres?", "/nowhere?"), tiny())
    assert 'database "nowhere" does not exist' in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_what_reads_databases_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Refused) as refused:
        begin(SMALL, "postgresql://omi:SECRET@db.example/x", tiny())
    assert str(refused.value) == (
        "postgresql://...: psycopg, which reads PostgreSQL, is missing\n  install it: pip install 'omi-rules[postgres]'"
    )


def test_a_database_that_is_not_in_utf8(server: str, tmp_path: Path) -> None:
    """It sorts references by bytes of its own, and the rows of a case are found all the same."""
    name = f"t{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        options = "ENCODING 'WIN1252' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        connection.execute(f"CREATE DATABASE {name} {options}")
    address = server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE cases (ref text)")
        connection.execute("CREATE TABLE ev (ref text, kind text)")
        for ref in ("éB", "€A", "C"):  # in this encoding € comes before é
            connection.execute("INSERT INTO cases VALUES (%s)", [ref])
            connection.execute("INSERT INTO ev VALUES (%s, 'induction')", [ref])
    path = tmp_path / "map.yaml"
    path.write_text(
        "tables:\n"
        "  cases: {rows: case, key: ref, constants: {assessed_on: 2006-06-28, sentence.kind: community_order,"
        " sentence.sentenced_on: 2006-01-04}}\n"
        "  ev: {rows: events, key: ref, no_rows: none, columns: {kind: type}, constants: {on: 2006-01-09}}\n",
        encoding="utf-8",
    )
    found = begin(path, address, shipped())
    items = list(found.items())
    assert [item.record and (item.record["case_id"], len(item.record["events"])) for item in items] == [
        ("C", 1),
        ("éB", 1),
        ("€A", 1),
    ]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_database_is_named_by_what_answers(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by its address, which may leave that to the surroundings: two would be one."""
    given = psycopg.conninfo.conninfo_to_dict(database)
    for key in ("host", "port", "user", "password"):
        if given.get(key):
            monkeypatch.setenv(f"PG{key.upper()}", str(given[key]))
    named = set()
    for name in (str(given["dbname"]), "postgres"):
        monkeypatch.setenv("PGDATABASE", name)
        found = postgres.Postgres("postgresql://")
        named.add(found.name)
        assert found.name.endswith(f"/{name}")
        found.close()
    assert len(named) == 2
