"""Fixtures that all tests share. `database` runs a test twice: on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from campus import accounts
from campus.database import Database
from tests import databases
from xapi import keys


def require_or_skip(condition: object, what: str) -> None:
    """Go on if ``condition`` holds; else skip, or fail where REQUIRE_ALL=1 forbids skipping."""
    if condition:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"REQUIRE_ALL=1, but not found: {what}", pytrace=False)
    pytest.skip(f"not found: {what}")


class TemplateCache(BytecodeCache):
    """Keeps compiled templates in memory: each application of a process would compile all anew."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (bucket.key, bucket.checksum) in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key, bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    """Spare what costs seconds in sum: compiling templates per application, and passwords that are hard to guess.

    How hard they really are is tested in ``tests/unit/campus/test_accounts.py``.
    """
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": TemplateCache()})
        patch.setattr(accounts, "_hasher", hasher)
        patch.setattr(accounts, "_NOBODY", hasher.hash("nobody has this password"))
        patch.setattr(keys, "_hasher", hasher)
        patch.setattr(keys, "_NOBODY", hasher.hash("nobody has this secret"))
        yield


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """Take back what a command that a test ran has set up: other tests look at what is logged."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file to copy from."""
    return databases.make_sqlite_template(tmp_path_factory.mktemp("template") / "template.sqlite")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[databases.PostgreSQL]:
    """Give a PostgreSQL server; each xdist worker has its own, or its own databases on TEST_DATABASE_URL."""
    require_or_skip(databases.postgresql_available(), "PostgreSQL (server programs or TEST_DATABASE_URL)")
    with databases.postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_template(postgresql: databases.PostgreSQL) -> Iterator[str]:
    """Give the name of a migrated database to copy from."""
    with postgresql.migrated_template(f"campus_template_{uuid4().hex}") as name:
        yield name


@pytest.fixture(scope="session")
def reused(postgresql: databases.PostgreSQL, postgresql_template: str) -> Iterator[databases.Reused]:
    """Give the database that one test after the other uses."""
    with postgresql.database(f"campus_reused_{uuid4().hex}", template=postgresql_template) as url:
        yield databases.Reused(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a migrated, empty database.

    Runs the test on both databases. One that takes long and asks nothing of the database may say so:
    ``@ON_SQLITE`` of ``tests/databases.py``. On PostgreSQL one test after the other takes the same database, emptied;
    those that start processes get one of their own, and so do those that say ``@OWN_DATABASE``.
    """
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        yield databases.copy_sqlite(template, tmp_path / "campus.sqlite")
        return
    if not any(request.node.get_closest_marker(mark) for mark in ("processes", "own_database")):
        shared: databases.Reused = request.getfixturevalue("reused")
        shared.empty()
        yield shared.url
        return
    name: str = request.getfixturevalue("postgresql_template")
    server: databases.PostgreSQL = request.getfixturevalue("postgresql")
    with server.database(f"campus_test_{uuid4().hex}", template=name) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Give the migrated, empty database with its two kinds of session."""
    database = Database(database_url)
    yield database
    database.dispose()
