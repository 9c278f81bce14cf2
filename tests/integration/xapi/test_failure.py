"""What was acknowledged is there, and batches are whole, whatever is killed while they are stored."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from campus.database import Database
from lti_tool.migrations.upgrade import migrate
from tests import databases
from tests.conftest import require_or_skip
from tests.integration.xapi.keeping import bodies
from tests.integration.xapi.serving import BATCH, Load, serving
from tests.killing import kill
from xapi import terms
from xapi.store import StatementRow
from xapi.store import terms as terms_table

pytestmark = pytest.mark.processes

CLIENTS = 4
SOME = 5
"""Batches that are acknowledged before something is killed."""


@pytest.fixture(scope="module")
def durable() -> Iterator[databases.PostgreSQL]:
    """Give a PostgreSQL server whose commits wait for the disk, and that may be killed."""
    require_or_skip(databases.postgresql_available(own=True), "PostgreSQL (server programs)")
    with databases.postgresql_server(durable=True, own=True) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database that commits as in earnest."""
    if request.param == "sqlite":
        yield databases.copy_sqlite(request.getfixturevalue("sqlite_template"), tmp_path / "campus.sqlite")
        return
    server: databases.PostgreSQL = request.getfixturevalue("durable")
    with server.database(f"campus_failing_{uuid4().hex}") as url:
        migrate(url)
        yield url


def check(url: str, load: Load) -> None:
    """Check that each acknowledged batch is there, each of the others whole or not at all, and all can be found."""
    database = Database(url)
    found = bodies(database, limit=500)
    with database.read() as session:
        numbers = {
            row.statement_id: row.id for row in session.execute(select(StatementRow.statement_id, StatementRow.id))
        }
        listed = {(row.term, row.statement_id) for row in session.execute(select(terms_table))}
    database.dispose()
    ids = [one["id"] for one in found]
    assert len(ids) == len(set(ids)) == len(numbers)
    there = {name: len(set(ids).intersection(batch)) for name, batch in load.sent.items()}
    assert {there[name] for name in load.kept} == {BATCH}
    assert set(there.values()) <= {0, BATCH}
    assert sum(there.values()) == len(ids)
    for one in found:
        assert {(term, numbers[one["id"]]) for term in terms.of(one)} <= listed


def test_a_worker_of_the_server_is_killed(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path) as server:
        with Load(server.address).by(CLIENTS) as load:
            load.wait_for_more(SOME)
            kill(server.workers()[0])
        server.kill()
        check(url, load)
        server.start()
        with Load(server.address, load.sent, load.kept).by(CLIENTS) as again:
            again.wait_for_more(SOME)
            server.kill()
        check(url, again)
    assert again.failed


def test_the_database_is_killed(durable: databases.PostgreSQL, tmp_path: Path) -> None:
    """The server goes on as soon as the database is there again."""
    with durable.database(f"campus_killed_{uuid4().hex}") as url:
        migrate(url)
        with serving(url, tmp_path) as server, Load(server.address).by(CLIENTS) as load:
            for _ in range(2):
                load.wait_for_more(SOME)
                durable.kill()
                durable.start()
            load.wait_for_more(SOME)
        check(url, load)
    assert load.failed
