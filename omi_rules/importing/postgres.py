"""Tables and queries of a PostgreSQL database, all read from one and the same moment, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

from omi_rules.errors import Fault, Refused, printable, show
from omi_rules.importing.cells import BLANKS, Cell, clean
from omi_rules.importing.ordering import Row
from omi_rules.importing.sources import Missing, near

if TYPE_CHECKING:
    import psycopg

BATCH = 5000
"""Rows that are fetched at once."""

PATIENCE = 15
"""Seconds to wait for a server that does not answer, unless the address says otherwise."""

_BOOLEAN, _DATE, _MOMENTS = 16, 1082, (1114, 1184)
"""The numbers that PostgreSQL has for these types."""

_ADDRESS = "postgresql://user@host:5432/database; write marks in a password in percent form, or set PGPASSWORD"


class Postgres:
    """A database. Everything is read in one transaction that cannot change it."""

    def __init__(self, address: str) -> None:
        try:
            import psycopg
        except ImportError:
            hint = "install it: pip install 'omi-rules[postgres]'"
            what = "psycopg, which reads PostgreSQL, is missing"
            raise Refused([Fault(file="postgresql://...", what=what, hint=hint)]) from None
        self._psycopg = psycopg
        given = self._parsed(address)
        self._password = str(given.get("password") or "")
        server = ":".join(str(given[part]) for part in ("host", "port") if given.get(part))
        self.name = printable(f"postgresql://{server}/{given.get('dbname') or ''}")
        self._read: dict[str, list[int]] = {}
        self._cursors = 0
        asked = psycopg.conninfo.make_conninfo("", **{"connect_timeout": PATIENCE, **given, "client_encoding": "UTF8"})
        with self._refusing("cannot connect"):
            self._connection = psycopg.connect(asked)
            if not (given.get("host") and given.get("dbname")):  # they came from a service file, or the surroundings
                info = self._connection.info
                server = server or f"{info.host}:{info.port}"
                self.name = printable(f"postgresql://{server}/{given.get('dbname') or info.dbname}")
            self._connection.read_only = True
            self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._connection.execute("SET LOCAL datestyle TO 'ISO, YMD'")

    def _parsed(self, address: str) -> dict[str, str | int | None]:
        """The parts of an address. One that libpq would read in another way than was meant is not tried."""
        before, _, _ = address.partition("://")[2].partition("?")
        if before.count("@") > 1 or "@" in before.partition("/")[2]:
            raise _not_an_address()
        try:
            given = self._psycopg.conninfo.conninfo_to_dict(address)
        except self._psycopg.Error:  # its message repeats parts of the address
            raise _not_an_address() from None
        if not str(given.get("port", "0")).replace(",", "0").isdecimal():
            raise _not_an_address()
        return given

    def others(self, used: Iterable[str]) -> list[str]:  # noqa: ARG002  # a database has tables for many purposes
        """Nothing: what else is in a database is nobody's loss."""
        return []

    def place(self, table: str, number: int = 0) -> str:  # noqa: ARG002  # its rows have no numbers
        """A table."""
        return f"{self.name}: {printable(table)}"

    def columns(self, table: str, query: str | None) -> list[str]:
        """The names of the columns of a table or query. Raises `Missing`."""
        try:
            with self._connection.transaction():  # a savepoint: after an error the rest can still be asked
                asked = f"SELECT * FROM {self._from(table, query)} LIMIT 0"
                found = self._connection.execute(asked, prepare=True).description  # which refuses a second statement
        except self._psycopg.OperationalError as error:
            raise self._refusal("cannot be read", error) from None
        except self._psycopg.Error as error:
            raise self._missing(table, query, error) from None
        described = found or []
        self._read[table] = [column.type_code for column in described]
        return [column.name for column in described]

    def _missing(self, table: str, query: str | None, error: psycopg.Error) -> Missing:
        if query is None and isinstance(error, self._psycopg.errors.UndefinedTable):
            return Missing(f"no table `{show(table)}` in {self.name}", near(table, self._tables()))
        said, hint = error.diag.message_primary or str(error), error.diag.message_hint or ""
        return Missing(f"PostgreSQL says: {printable(said)}", printable(hint), query=query is not None)

    def _tables(self) -> list[str]:
        found = self._connection.execute(
            "SELECT c.relname, n.nspname, pg_table_is_visible(c.oid) FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f')"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1, 2"
        )
        return [name if visible else f"{schema}.{name}" for name, schema, visible in found]

    def rows(self, table: str, query: str | None, key: str, columns: Sequence[str]) -> Iterator[Row]:
        """The rows of a table in the order of their keys, with the cells of some columns."""
        names = self.columns(table, query)
        types = [self._read[table][names.index(column)] for column in columns]
        order = f"coalesce(btrim({_quoted(key)}::text, '{BLANKS}'), '') COLLATE \"C\""
        cells = "".join(f", {_quoted(column)}::text" for column in columns)
        self._cursors += 1
        with self._refusing("cannot be read"), self._connection.cursor(f"omi_{self._cursors}") as cursor:
            cursor.itersize = BATCH
            utf8 = self._connection.info.parameter_status("server_encoding") == "UTF8"
            by = "1" if utf8 else f"convert_to({order}, 'UTF8')"  # in the order of characters, not of their bytes here
            cursor.execute(f"SELECT {order} AS omi_key{cells} FROM {self._from(table, query)} ORDER BY {by}")
            for reference, *texts in cursor:
                yield Row(reference, 0, tuple(_typed(text, kind) for text, kind in zip(texts, types, strict=True)))

    def _from(self, table: str, query: str | None) -> str:
        if query is None:
            return ".".join(_quoted(part) for part in table.split("."))
        return f"({query.strip().removesuffix(';')}\n) AS omi_query"

    def close(self) -> None:
        """Leave the database."""
        self._connection.close()

    @contextmanager
    def _refusing(self, what: str) -> Iterator[None]:
        try:
            yield
        except self._psycopg.Error as error:
            raise self._refusal(what, error) from None

    def _refusal(self, what: str, error: psycopg.Error) -> Refused:
        """What PostgreSQL says, without the password should it be in there."""
        said = (error.diag.message_primary or str(error).strip()).partition("\n")[0].removeprefix("connection failed: ")
        if self._password:
            said = said.replace(self._password, "***")
        return Refused([Fault(file=self.name, what=f"{what}: {said}")])


def _not_an_address() -> Refused:
    return Refused(
        [Fault(file="postgresql://...", what="not an address of a database", hint=f"write it as {_ADDRESS}")]
    )


def _typed(text: str | None, kind: int) -> Cell:
    """A cell from its text: days stay days, for the mapping says how those are written that are none."""
    if text is None:
        return None
    if kind == _BOOLEAN:
        return text == "true"
    try:
        if kind == _DATE:
            return date.fromisoformat(text)
        return clean(datetime.fromisoformat(text) if kind in _MOMENTS else text)
    except ValueError:  # infinity, or before Christ
        return text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
