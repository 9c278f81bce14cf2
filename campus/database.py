"""Engines and the two kinds of session. SQLite and PostgreSQL differ only here.

SQLite's default settings lose updates: two deferred transactions read, then both write. Writers therefore begin
with BEGIN IMMEDIATE; readers must not, or a page waits for every writer. Which of the two a transaction is, an
execution option of its connection says.

Values of statements are personal data, so errors of either engine don't show them (``hide_parameters``).
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_SECONDS = 30
READ_ONLY = "campus_read_only"
BY_INDEX = "campus_by_index"
NO_WAIT = "campus_no_wait"
_WALK = "; ".join(f"SET LOCAL enable_{way} = off" for way in ("sort", "bitmapscan", "seqscan", "mergejoin", "hashjoin"))
"""Leaves PostgreSQL's planner the indexes, walked in their order."""


def create_engine_for(url: str) -> Engine:
    """Return an engine for ``url`` (``sqlite:///file`` or ``postgresql+psycopg://…``) with our settings."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Set the connection up: the driver leaves transactions alone, we begin them ourselves."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = bool(connection.get_execution_options().get(READ_ONLY))
    if connection.info.get(READ_ONLY) != read_only:  # as the last transaction on it left it
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        connection.info[READ_ONLY] = read_only
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    wanted = ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"] if options.get(READ_ONLY) else []
    wanted += [_WALK] if options.get(BY_INDEX) else []
    wanted += ["SET LOCAL lock_timeout = 1"] if options.get(NO_WAIT) else []  # milliseconds; 0 would be for ever
    if wanted:
        connection.exec_driver_sql("; ".join(wanted))


class BusyError(Exception):
    """Another writer is in the way of one that doesn't wait."""


def _turn_file(engine: Engine) -> Path | None:
    """Return the file beside a SQLite database at which its writers queue up."""
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        return None
    return Path(f"{engine.url.database}-turn")


class Database:
    """One database and its two kinds of session."""

    def __init__(self, url: str) -> None:
        """Connect lazily: nothing is opened until the first session is used."""
        self.url = url
        self.engine = create_engine_for(url)
        self._turn = _turn_file(self.engine)
        self._mine = threading.local()

    @contextmanager
    def read(self, *, by_index: bool = False) -> Iterator[Session]:
        """Give a session that sees one state of the database and can't write.

        ``by_index`` is for questions that have an index made for them: PostgreSQL then walks it in its order, also
        where its statistics, which lag behind, suggest to read and sort everything.
        """
        engine = self.engine.execution_options(**{READ_ONLY: True, BY_INDEX: by_index})
        with Session(engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, *, by_index: bool = False, wait: bool = True) -> Iterator[Session]:
        """Give a session whose work is committed at the end, all of it or, on an error, nothing.

        ``by_index`` as in :meth:`read`. Not to ``wait`` raises BusyError if another writer is in the way.
        """
        engine = self.engine.execution_options(**{BY_INDEX: by_index, NO_WAIT: not wait})
        try:
            with self._in_turn(wait=wait), Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except OperationalError as error:
            if not wait and isinstance(error.orig, LockNotAvailable):
                raise BusyError from None
            raise

    @contextmanager
    def _in_turn(self, *, wait: bool) -> Iterator[None]:
        """Queue up with SQLite's other writers: left alone, they sleep and try again, up to a tenth of a second.

        The lock falls with the process that holds it. Who writes without it (the job engine) is still waited for.
        """
        if self._turn is None:
            yield
            return
        if getattr(self._mine, "writing", False):
            raise RuntimeError("a write inside a write would wait for itself")
        with self._turn.open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError from None
            self._mine.writing = True
            try:
                yield
            finally:
                self._mine.writing = False

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()
