"""The floor: the same statements straight into the database and out of it, without HTTP, validation or rights.

Written are a table of statements with four indexes beside its key, and side tables of activities and agents. Read
are rows of the store itself by the statements' ids.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Any, NamedTuple, Protocol

import psycopg
from sqlalchemy import make_url

from bench.lrs_statements import Json, compact

BATCH = 100
_STATEMENTS = ("id", "verb", "registration", "object", "actor", "body")
TABLES = {
    "st": _STATEMENTS,
    "st_activity": ("activity", "statement", "direct"),
    "st_agent": ("agent", "statement", "direct"),
}
_INDEXES = """
CREATE INDEX st_verb ON st(verb, seq);
CREATE INDEX st_registration ON st(registration, seq);
CREATE INDEX st_stored ON st(stored);
CREATE INDEX st_activity_statement ON st_activity(activity, statement);
CREATE INDEX st_agent_statement ON st_agent(agent, statement);
"""
ON_POSTGRESQL = (
    """
CREATE TABLE st(seq bigserial, id uuid PRIMARY KEY, stored timestamptz DEFAULT now(), verb text, registration uuid,
    object text, actor text, body jsonb NOT NULL);
CREATE UNIQUE INDEX st_seq ON st(seq);
CREATE TABLE st_activity(activity text, statement uuid, direct boolean);
CREATE TABLE st_agent(agent text, statement uuid, direct boolean);
"""
    + _INDEXES
)
ON_SQLITE = (
    """
CREATE TABLE st(seq integer PRIMARY KEY, id text UNIQUE, stored text DEFAULT CURRENT_TIMESTAMP, verb text,
    registration text, object text, actor text, body text NOT NULL);
CREATE TABLE st_activity(activity text, statement text, direct boolean);
CREATE TABLE st_agent(agent text, statement text, direct boolean);
"""
    + _INDEXES
)


class Rows(NamedTuple):
    """Rows of the three tables, ready to be inserted."""

    st: list[tuple[Any, ...]]
    st_activity: list[tuple[Any, ...]]
    st_agent: list[tuple[Any, ...]]


def rows_of(statements: Iterable[Json]) -> Rows:
    """Make the rows of statements of the generator."""
    rows = Rows([], [], [])
    for one in statements:
        number, context, target = one["id"], one["context"], one["object"]["id"]
        actor = one["actor"]["account"]
        body = compact(one)
        rows.st.append((number, one["verb"]["id"], context["registration"], target, actor["name"], body))
        rows.st_activity.append((target, number, True))
        around = [activity["id"] for some in context["contextActivities"].values() for activity in some]
        rows.st_activity.extend((activity, number, False) for activity in around)
        rows.st_agent.append((compact(actor), number, True))
        rows.st_agent.append((compact(context["instructor"]["account"]), number, False))
    return rows


def batches_of(statements: Sequence[Json]) -> list[Rows]:
    """Make the rows of batches of a hundred."""
    return [rows_of(statements[first : first + BATCH]) for first in range(0, len(statements), BATCH)]


class Floor(Protocol):
    """A database that statements are written to; each method returns seconds."""

    def batches(self, batches: Sequence[Rows]) -> dict[str, float]:
        """Commit each batch, one after the other; by way of inserting, the first being the floor proper."""

    def singles(self, singles: Sequence[Rows], clients: int) -> float:
        """Commit each statement, as ``clients`` at once do where the database lets several write."""

    def fill(self, batches: Sequence[Rows]) -> None:
        """Insert as fast as can be."""


def _insert(table: str, mark: str) -> str:
    names = TABLES[table]
    return f"INSERT INTO {table}({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"  # noqa: S608 - ours


class PostgresqlFloor:
    """The floor on PostgreSQL: ``executemany``, and ``COPY`` beside it."""

    def __init__(self, url: str) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with self._connect() as connection:
            connection.execute(ON_POSTGRESQL)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._dsn, autocommit=True)

    def fill(self, batches: Sequence[Rows]) -> None:
        """Insert in large transactions."""
        with self._connect() as connection, connection.transaction():
            for batch in batches:
                _copy(connection, batch)

    def batches(self, batches: Sequence[Rows]) -> dict[str, float]:
        """Commit each batch; half of them with each way, in turns, so that both meet the same store."""
        ways = {"executemany": _executemany, "COPY": _copy}
        seconds = dict.fromkeys(ways, 0.0)
        with self._connect() as connection:
            for number, batch in enumerate(batches):
                name = list(ways)[number % len(ways)]
                begun = time.perf_counter()
                with connection.transaction():
                    ways[name](connection, batch)
                seconds[name] += time.perf_counter() - begun
        return {name: spent * len(ways) for name, spent in seconds.items()}

    def singles(self, singles: Sequence[Rows], clients: int) -> float:
        """Commit each statement on one of ``clients`` connections, a thread for each."""
        left, begin = iter(singles), threading.Barrier(clients + 1)

        def client() -> None:
            with self._connect() as connection:
                begin.wait()
                for rows in left:
                    with connection.transaction(), connection.pipeline():
                        _executemany(connection, rows)

        threads = [threading.Thread(target=client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        begin.wait()
        begun = time.perf_counter()
        for thread in threads:
            thread.join()
        return time.perf_counter() - begun


def _executemany(connection: psycopg.Connection, rows: Rows) -> None:
    with connection.cursor() as cursor:
        for table, some in rows._asdict().items():
            cursor.executemany(_insert(table, "%s"), some)


def _copy(connection: psycopg.Connection, rows: Rows) -> None:
    with connection.cursor() as cursor:
        for table, some in rows._asdict().items():
            with cursor.copy(f"COPY {table}({', '.join(TABLES[table])}) FROM STDIN") as copy:
                for row in some:
                    copy.write_row(row)


class SqliteFloor:
    """The floor on SQLite, with the store's own durability: a log, synchronised at each commit. One connection."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {ON_SQLITE}")

    def fill(self, batches: Sequence[Rows]) -> None:
        """Insert in one transaction."""
        self._connection.execute("BEGIN")
        for batch in batches:
            self._write(batch)
        self._connection.execute("COMMIT")

    def batches(self, batches: Sequence[Rows]) -> dict[str, float]:
        """Commit each batch."""
        begun = time.perf_counter()
        for batch in batches:
            self._connection.execute("BEGIN")
            self._write(batch)
            self._connection.execute("COMMIT")
        return {"executemany": time.perf_counter() - begun}

    def singles(self, singles: Sequence[Rows], clients: int) -> float:
        """Commit each statement."""
        return self.batches(singles)["executemany"]

    def _write(self, rows: Rows) -> None:
        for table, some in rows._asdict().items():
            self._connection.executemany(_insert(table, "?"), some)


class Straight(NamedTuple):
    """Seconds that a page takes straight from the database."""

    bare: float
    """Texts put together as they lie there."""
    serialised: float
    """Read as a driver reads JSON, into objects, and written as JSON again."""


def read_rows(url: str, pages: Sequence[Sequence[str]]) -> list[Straight]:
    """Read pages of statements by their ids and put them together: the work of a client process."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(parsed.database))) as file:
            return [_straight(lambda ids=ids: _from_sqlite(file, ids)) for ids in pages]  # type: ignore[misc] # at once
    dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Right after many writes the planner knows too little of the table, and would rather read all of it.
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET enable_bitmapscan = off")
        return [_straight(lambda ids=ids: _from_postgresql(connection, ids)) for ids in pages]  # type: ignore[misc] # same


def _straight(read: Callable[[], Sequence[tuple[str]]]) -> Straight:
    begun = time.perf_counter()
    found = read()
    f'{{"statements":[{",".join(body for (body,) in found)}]}}'.encode()
    bare = time.perf_counter() - begun
    begun = time.perf_counter()
    compact({"statements": [json.loads(body) for (body,) in found]}).encode()
    return Straight(bare, bare + time.perf_counter() - begun)


def _from_sqlite(connection: sqlite3.Connection, ids: Sequence[str]) -> list[tuple[str]]:
    wanted = f"SELECT body FROM xapi_statements WHERE statement_id IN ({', '.join('?' * len(ids))})"  # noqa: S608 - marks
    return connection.execute(wanted, ids).fetchall()


def _from_postgresql(connection: psycopg.Connection, ids: Sequence[str]) -> list[tuple[str]]:
    wanted = "SELECT body FROM xapi_statements WHERE statement_id = ANY(%s)"
    return connection.execute(wanted, [list(ids)], prepare=True).fetchall()
