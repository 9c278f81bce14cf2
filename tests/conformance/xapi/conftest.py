"""A record store to ask: `lrs` on both databases and in both editions, `quick` for what needs no second database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from campus.database import Database
from tests import databases
from tests.record_store import Lrs, open_store
from xapi.vocabulary import Edition


@pytest.fixture(params=list(Edition), ids=lambda edition: edition.name)
def edition(request: pytest.FixtureRequest) -> Edition:
    """Give each edition of the standard in turn."""
    found: Edition = request.param
    return found


@pytest.fixture
def lrs(database: Database, edition: Edition) -> Lrs:
    """Return a client of an empty store: on both databases, in both editions."""
    return open_store(database, edition)


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
