"""A record store to ask: `lrs` on both databases and in both editions, `quick` for what needs no second database.

`lasting` is like `lrs`, but a module shares it: for what is about a thing of the test's own, or only asks.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

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


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lasting_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lrs]:
    """Give a client of a store that the module shares, on both databases."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            template: Path = request.getfixturevalue("sqlite_template")
            url = databases.copy_sqlite(template, tmp_path_factory.mktemp("lasting") / "campus.sqlite")
        else:
            name: str = request.getfixturevalue("postgresql_template")
            server: databases.PostgreSQL = request.getfixturevalue("postgresql")
            url = stack.enter_context(server.database(f"campus_lasting_{uuid4().hex}", template=name))
        database = Database(url)
        yield open_store(database)
        database.dispose()


@pytest.fixture
def lasting(lasting_store: Lrs, edition: Edition) -> Lrs:
    """Return a client of a store that the module shares: on both databases, in both editions."""
    lasting_store.edition = edition
    return lasting_store


@pytest.fixture(scope="module")
def _quick_store(_quick_database: Database) -> Lrs:
    return open_store(_quick_database)


@pytest.fixture
def quick(_quick_store: Lrs, edition: Edition) -> Lrs:
    """Return a client of a store that the module shares, on SQLite: for what is refused or asked by its own id."""
    _quick_store.edition = edition
    return _quick_store
