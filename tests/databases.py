"""Databases for tests: migrated once, copied for each test, on SQLite and PostgreSQL.

The PostgreSQL server is the one that TEST_DATABASE_URL names, or one of our own in a temporary folder.
PostgreSQL refuses to run as root; then its programs run as Debian's user ``postgres``.
"""

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_postgresql.janitor import DatabaseJanitor
from sqlalchemy import URL, NullPool, create_engine, make_url, text

from lti_tool.migrations.upgrade import migrate
from tests.killing import children, kill

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests that ask nothing of the database: no SQL, lock, JSON or unique name of their own."""
OWN_DATABASE = pytest.mark.own_database
"""For tests that do more to a database than fill its tables and ask them."""
SUPERUSER = "postgres"
OUR_OWN = {"listen_addresses": "", "max_connections": "200"}
FAST_AND_LOOSE = {  # nothing a test writes has to survive a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
_TABLES = text(
    "SELECT name, (SELECT pg_get_serial_sequence(name, attname) FROM pg_attribute"
    "  WHERE attrelid = name::regclass AND attname = 'id')"
    " FROM (SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()) found"
)
"""Each table, with its counter if it has one."""
_END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def make_sqlite_template(path: Path) -> Path:
    """Migrate a new SQLite file at ``path`` and fold its log in, so that the one file can be copied."""
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def copy_sqlite(template: Path, path: Path) -> str:
    """Copy the migrated file to ``path`` and return the address of the copy."""
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


@dataclass(frozen=True)
class PostgreSQL:
    """A running server on which we may create databases."""

    url: URL
    folder: Path | None = None
    """Where one of our own lies."""
    options: str = ""
    """How that one is started."""

    def database_url(self, name: str) -> str:
        """Return the address of the database ``name``, password included."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def database(self, name: str, *, template: str | None = None, as_template: bool = False) -> Iterator[str]:
        """Create a database, give its address, and drop it at the end together with all its connections."""
        janitor = DatabaseJanitor(
            user=self.url.username or SUPERUSER,
            password=self.url.password,
            host=str(self.url.host or self.url.query["host"]),
            port=self.url.port or 5432,
            dbname=name,
            template_dbname=template,
            maintenance_dbname=self.url.database or "postgres",
            as_template=as_template,
        )
        with janitor:
            yield self.database_url(name)

    @contextmanager
    def migrated_template(self, name: str) -> Iterator[str]:
        """Create and migrate a database to copy from; give its name."""
        with self.database(name, as_template=True) as url:
            migrate(url)
            yield name

    def start(self) -> None:
        """Start a server of our own."""
        assert self.folder is not None
        log = self.folder / "log"
        _run("pg_ctl", "-D", self.folder / "data", "-w", "-l", log, "-o", self.options, "start")

    def kill(self) -> None:
        """SIGKILL a server of our own with all its processes, as if the machine's power had failed."""
        assert self.folder is not None
        lock = self.folder / "data/postmaster.pid"
        first = int(lock.read_text(encoding="ascii").split()[0])
        kill(first, *children(first))
        # A dead process that nobody has buried yet still has its number: the next server would take it for alive.
        for left in (lock, *self.folder.glob(".s.PGSQL.*")):
            left.unlink()


class Reused:
    """A database of PostgreSQL for one test after the other: creating one takes longer than most tests.

    Only rows are taken out of it and counters set back: what else a test makes, a table for one, would stay.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with self._engine.connect() as connection:
            tables = connection.execute(_TABLES).all()
            rows = {name: connection.scalar(text(f"SELECT json_agg(t)::text FROM {name} t")) for name, _ in tables}  # noqa: S608 - names of ours
        self._first = {name: made for name, made in rows.items() if made}
        used = (
            f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})"  # noqa: S608 - same
            + (f" OR (SELECT is_called FROM {counter})" if counter else "")  # noqa: S608 - same
            for name, counter in tables
        )
        self._used = text(" UNION ALL ".join(used))

    def empty(self) -> None:
        """Leave what the migrations made, and nobody's connection."""
        with self._engine.connect() as connection:
            connection.execute(_END_OTHERS)
            connection.execute(text(f"TRUNCATE {', '.join(connection.scalars(self._used))} RESTART IDENTITY CASCADE"))
            for name, rows in self._first.items():
                insert = f"INSERT INTO {name} SELECT * FROM json_populate_recordset(NULL::{name}, (:rows)::json)"  # noqa: S608 - same
                connection.execute(text(insert), {"rows": rows})


def postgresql_available(*, own: bool = False) -> bool:
    """Say whether :func:`postgresql_server` will find a server."""
    return bool(not own and os.environ.get("TEST_DATABASE_URL")) or _can_start()


@contextmanager
def postgresql_server(*, durable: bool = False, own: bool = False) -> Iterator[PostgreSQL]:
    """Give the server of TEST_DATABASE_URL, or start one of our own and stop it at the end.

    ``durable``: with PostgreSQL's own settings, so that a commit waits for the disk. ``own``: one that can be killed.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given and not own:
        yield PostgreSQL(make_url(given).set(drivername="postgresql+psycopg"))
        return
    # Not pytest's folder: that one is closed to other users, and its path is too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="campus-pg-"))
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, SUPERUSER)
    try:
        _run(
            "initdb",
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "-U",
            SUPERUSER,
            "-D",
            data,
        )
        settings = OUR_OWN if durable else OUR_OWN | FAST_AND_LOOSE
        options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        url = URL.create("postgresql+psycopg", username=SUPERUSER, database="postgres", query={"host": str(folder)})
        server = PostgreSQL(url, folder, f"{options} -c unix_socket_directories='{folder}'")
        server.start()
        yield server
    finally:
        if (data / "postmaster.pid").exists():
            _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def _binaries() -> Path | None:
    """Find the newest server's programs: Debian keeps them away from the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    found = debian[-1] if debian else Path(on_path) if on_path else None
    return found.parent if found else None


def _can_start() -> bool:
    if _binaries() is None:
        return False
    if os.geteuid() != 0:
        return True
    return any(entry.pw_name == SUPERUSER for entry in pwd.getpwall())


def _run(program: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's programs, as ``postgres`` when we are root; failing, show what it said."""
    binaries = _binaries()
    if binaries is None:
        message = "no PostgreSQL server programs found"
        raise RuntimeError(message)
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        entry = pwd.getpwnam(SUPERUSER)
        identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    # Output goes to a file: the server inherits it, and a pipe would stay open as long as it runs.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [binaries / program, *arguments], stdout=output, stderr=output, cwd="/", check=False, **identity
        )
        if done.returncode != 0:
            output.seek(0)
            message = f"{program} failed:\n{output.read().decode(errors='replace')}"
            raise RuntimeError(message)
