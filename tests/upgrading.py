"""The filled database of an earlier version (tests/data/upgrade), restored and upgraded, on both kinds of database."""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import MetaData, create_engine, func, inspect, select, text

from lti_tool.migrations.upgrade import alembic_config, migrate
from tests import databases
from tests.data.upgrade import make

DATA = Path(__file__).parent / "data/upgrade"
REVISION = "0004"
PUBLIC_URL = f"http://localhost:{make.PORTS.tool}"


@dataclass(frozen=True)
class Upgraded:
    """The database as it is now, and how many rows its tables held before."""

    url: str
    held: dict[str, int]


def fernet() -> MultiFernet:
    """Return what opens the old database's secrets."""
    return MultiFernet([Fernet((DATA / "key").read_bytes())])


@contextmanager
def upgraded(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Upgraded]:
    """Give the old database, upgraded on SQLite, or copied to PostgreSQL and upgraded there."""
    source = restore(folder / "campus.sqlite")
    if kind == "sqlite":
        held = count(source)
        migrate(source)
        yield Upgraded(source, held)
        return
    server: databases.PostgreSQL = request.getfixturevalue("postgresql")
    with server.database(f"campus_old_{uuid4().hex}") as url:
        command.upgrade(alembic_config(url), REVISION)
        copy_rows(source, url)
        held = count(url)
        migrate(url)
        yield Upgraded(url, held)


def restore(path: Path) -> str:
    """Make the SQLite file anew from its text; return its address."""
    dump = gzip.decompress((DATA / f"{REVISION}.sql.gz").read_bytes()).decode()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump)
    return f"sqlite:///{path}"


def copy_rows(source: str, target: str) -> None:
    """Copy the rows of all our tables into a database of the same revision, and set its counters behind them."""
    old, new = create_engine(source), create_engine(target)
    tables = MetaData()
    tables.reflect(new)
    theirs = MetaData()
    theirs.reflect(old, only=list(tables.tables))
    with old.connect() as reading, new.begin() as writing:
        for table in reversed(tables.sorted_tables):
            writing.execute(table.delete())  # migrations make a few rows themselves, the record store's clock for one
        for table in tables.sorted_tables:
            rows = [_aware(row) for row in reading.execute(select(theirs.tables[table.name])).mappings()]
            if rows:
                writing.execute(table.insert(), rows)
            if rows and "id" in table.c and inspect(new).get_columns(table.name):
                counter = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
                writing.execute(counter, {"name": table.name, "last": max(row["id"] for row in rows)})
    old.dispose()
    new.dispose()


def _aware(row: Any) -> dict[str, Any]:
    """SQLite's instants are in UTC without saying so."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
        for name, value in row.items()
    }


def count(url: str) -> dict[str, int]:
    """Count the rows of the tables that there are."""
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        counted = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.tables.items()
        }
    engine.dispose()
    return counted
