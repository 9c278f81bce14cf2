"""A database that the previous issue left, filled, is upgraded, keeps what it held, and carries the journey.

tests/data/upgrade holds it, as SQLite's own text; on PostgreSQL its rows are copied into tables of that time.
"""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from typing import Any
from uuid import uuid4

import jwt
import pytest
from alembic import command
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import MetaData, create_engine, func, inspect, select, text

from campus import credits, people
from campus.database import Database
from campus.models.access import Account, RoleGrant
from campus.models.credits import Credit
from campus.models.evidence import Evidence
from campus.models.people import Identity, Person
from certificates.store import Award, IssuerKey
from lti_tool.launch.keys import ToolKeys
from lti_tool.launch.store import (
    Context,
    Deployment,
    LaunchRow,
    LinkLearner,
    PlatformStanding,
    Registration,
    ResourceLink,
)
from lti_tool.migrations.upgrade import alembic_config, migrate
from tests import databases
from tests.data.upgrade.make import PORTS
from tests.journey.walk import Before, Journey
from tests.stack import Stack, running
from xapi.store import StatementRow

DATA = Path(__file__).parents[1] / "data/upgrade"
JONAS = "105"


@dataclass(frozen=True)
class Upgraded:
    """The database as it is now, and how many rows its tables held before."""

    url: str
    held: dict[str, int]


def restore(path: Path) -> str:
    """Make the SQLite file anew from its text; return its address."""
    dump = gzip.decompress((DATA / "0001.sql.gz").read_bytes()).decode()
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
        writing.execute(text("DELETE FROM alembic_version"))
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


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    """Upgrade the old database, on both kinds; the tests only look at it."""
    source = restore(tmp_path_factory.mktemp("old") / "campus.sqlite")
    if request.param == "sqlite":
        held = count(source)
        migrate(source)
        yield Upgraded(source, held)
        return
    server: databases.PostgreSQL = request.getfixturevalue("postgresql")
    with server.database(f"campus_old_{uuid4().hex}") as url:
        command.upgrade(alembic_config(url), "0001")
        copy_rows(source, url)
        held = count(url)
        migrate(url)
        yield Upgraded(url, held)


@pytest.fixture
def database(upgraded: Upgraded) -> Iterator[Database]:
    """Give the upgraded database."""
    database = Database(upgraded.url)
    yield database
    database.dispose()


def test_upgrade_keeps_what_was_there(upgraded: Upgraded) -> None:
    held = count(upgraded.url)
    gone = {name for name in upgraded.held if name not in held}
    assert gone == {"login_states"}
    kept = {name: rows for name, rows in upgraded.held.items() if name in held and name != "alembic_version"}
    assert {name: held[name] for name in kept if held[name] != kept[name]} == {}
    for model in (Person, Identity, Credit, Award, Evidence, StatementRow, Account, RoleGrant, LinkLearner, LaunchRow):
        assert held[model.__tablename__] > 0, "the old database holds too little to prove anything"
    command.check(alembic_config(upgraded.url))


def test_upgrade_makes_courses_of_what_links_named(database: Database) -> None:
    with database.read() as session:
        (context,) = session.scalars(select(Context)).all()
        links = session.scalars(select(ResourceLink)).all()
        assert len(links) == 2
        assert {link.context_id for link in links} == {context.id}
        assert {link.deployment_id for link in links} == {context.deployment_id}
        registration = session.scalars(select(Registration)).one()
        assert (registration.standing, registration.allows_anonymous) == (PlatformStanding.ACTIVE, False)
        assert session.scalars(select(Deployment)).one().enabled is True


def test_upgrade_leaves_keys_that_sign(database: Database) -> None:
    fernet = MultiFernet([Fernet((DATA / "key").read_bytes())])
    keys = ToolKeys(database, fernet, lambda: datetime.now(tz=UTC))
    with database.read() as session:
        registration = session.scalars(select(Registration)).one()
        issuer = session.scalars(select(IssuerKey)).one()
    (public,) = keys.public_set()["keys"]
    signing = keys.signer(registration.id)
    token = jwt.encode({"sub": "x"}, signing.private, algorithm="RS256", headers={"kid": signing.kid})
    assert jwt.decode(token, jwt.PyJWK(public), algorithms=["RS256"])["sub"] == "x"
    assert fernet.decrypt(issuer.private_encrypted.encode())


def test_upgrade_leaves_what_was_earned(database: Database) -> None:
    with database.read() as session:
        jonas = session.scalars(select(Identity).where(Identity.subject == JONAS, Identity.kind == "lti")).one()
        person = people.person_of(session, jonas)
        assert person is not None
        (credit,) = session.scalars(select(Credit).where(Credit.person_id == person.id))
        assert credits.find(session, person.id, credit.unit_id).assessment.standing.is_earned
        assert session.scalars(select(Award).where(Award.person_id == person.id)).one().revoked_at is None
        assert person.suspended_at is None


@pytest.mark.processes
def test_journey_on_an_upgraded_database(tmp_path: Path) -> None:
    """The addresses are those of then, for they stand in certificates: so this runs on SQLite alone."""
    url = restore(tmp_path / "campus.sqlite")
    held = count(url)
    for name in ("key", "lms.json"):
        copy(DATA / name, tmp_path / name)
    stack = Stack(tmp_path, url, PORTS)
    stack.command("migrate")
    with running(stack):
        Journey(stack, kill=False, before=Before(statements=held["xapi_statements"], awards=held["awards"])).walk()
    assert count(url)["awards"] == held["awards"] + 5
