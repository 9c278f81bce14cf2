"""The whole application, served, and an LMS that signs with real keys: what every line of the checklist starts from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from campus.database import Database
from lti_tool.app import create_app
from tests import databases
from tests.conformance.lti.rostering import Moody, moody_behind
from tests.lms.live import World, world


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[World]:
    """Give a world of this test's own, on both databases."""
    with world(database, tmp_path, create_app) as made:
        yield made


@pytest.fixture
def moody(lti: World) -> Iterator[Moody]:
    """Give the services of a platform that says what a test wants, behind a course that the teacher opened."""
    with moody_behind(lti) as made:
        yield made


@pytest.fixture(scope="module")
def shared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give a world on SQLite that the module's tests share: for what leaves no trace, or one of its own."""
    folder = tmp_path_factory.mktemp("shared")
    url = databases.copy_sqlite(sqlite_template, folder / "campus.sqlite")
    database = Database(url)
    with world(database, folder, create_app) as made:
        yield made
    database.dispose()
