"""A record store to ask: `lrs` on both databases and in both editions, `quick` for what needs no second database.

`lasting` is like `lrs`, but a module shares it: for what is about a thing of the test's own, or only asks.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast
from uuid import uuid4

import pytest
from sqlalchemy import Table, select

from campus.database import Database
from campus.models.base import Base
from tests import databases
from tests.record_store import Lrs, open_store
from xapi.store import StoreClock
from xapi.vocabulary import Edition

CLOCK = cast("Table", StoreClock.__table__)


class Emptied(NamedTuple):
    """A database that is emptied for each test, and the one row that migrations put into the store: its clock's."""

    database: Database
    clock: dict[str, Any]


@pytest.fixture(params=list(Edition), ids=lambda edition: edition.name)
def edition(request: pytest.FixtureRequest) -> Edition:
    """Give each edition of the standard in turn."""
    found: Edition = request.param
    return found


@contextmanager
def _database(request: pytest.FixtureRequest, folder: Path) -> Iterator[Database]:
    """Give a migrated database of the kind that the fixture's parameter names."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            template: Path = request.getfixturevalue("sqlite_template")
            url = databases.copy_sqlite(template, folder / "campus.sqlite")
        else:
            name: str = request.getfixturevalue("postgresql_template")
            server: databases.PostgreSQL = request.getfixturevalue("postgresql")
            url = stack.enter_context(server.database(f"campus_xapi_{uuid4().hex}", template=name))
        database = Database(url)
        stack.callback(database.dispose)
        yield database


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def _emptied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emptied]:
    """Give one database of each kind for all of `lrs`: creating PostgreSQL's takes longer than most tests."""
    with _database(request, tmp_path_factory.mktemp("emptied")) as database:
        with database.read() as session:
            clock = dict(session.execute(select(CLOCK)).mappings().one())
        yield Emptied(database, clock)


@pytest.fixture
def lrs(_emptied: Emptied, edition: Edition) -> Lrs:
    """Return a client of an empty store: on both databases, in both editions."""
    database, clock = _emptied
    with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith("xapi_"):
                session.execute(table.delete())
        session.execute(CLOCK.insert().values(clock))
    return open_store(database, edition)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lasting_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lrs]:
    """Give a client of a store that the module shares, on both databases."""
    with _database(request, tmp_path_factory.mktemp("lasting")) as database:
        yield open_store(database)


@pytest.fixture
def lasting(lasting_store: Lrs, edition: Edition) -> Lrs:
    """Return a client of a store that the module shares: on both databases, in both editions."""
    lasting_store.edition = edition
    return lasting_store


@pytest.fixture(scope="module")
def _quick_database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("quick") / "campus.sqlite"
    database = Database(databases.copy_sqlite(sqlite_template, path))
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def _quick_store(_quick_database: Database) -> Lrs:
    return open_store(_quick_database)


@pytest.fixture
def quick(_quick_store: Lrs, edition: Edition) -> Lrs:
    """Return a client of a store that the module shares, on SQLite: for what is refused or asked by its own id."""
    _quick_store.edition = edition
    return _quick_store
