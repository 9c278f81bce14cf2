"""A database that the previous issue left, filled, is upgraded, keeps what it held, and carries the journey.

tests/data/upgrade holds it, as SQLite's own text; on PostgreSQL its rows are copied into tables of that time.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from typing import Any

import jwt
import pytest
from alembic import command
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import credits, organisations, people
from campus.database import Database
from campus.models.access import Account, RoleGrant
from campus.models.catalogue import LearningUnit
from campus.models.credits import Credit
from campus.models.evidence import Evidence
from campus.models.organisations import Organisation
from campus.models.people import Identity, Person
from certificates.store import Award, AwardState, IssuerKey
from lti_tool.launch.keys import ToolKeys
from lti_tool.launch.store import (
    LaunchRow,
    LinkLearner,
    Registration,
)
from lti_tool.migrations.upgrade import alembic_config
from tests import upgrading
from tests.data.upgrade import make
from tests.integration.xapi.keeping import bodies, found
from tests.journey.walk import EARNED, Before, Journey
from tests.record_store import VERSION_HEADER, StoreServices, store_app
from tests.stack import Stack, running
from tests.upgrading import DATA, PUBLIC_URL, Upgraded, count, restore
from xapi import clock, descriptions, query, statements
from xapi.batches import Origin
from xapi.descriptions import ACTIVITY, AGENT, VERB
from xapi.store import CAMPUS, Key, StatementRow, StoreClock

JONAS = "105"
SAID_OF_B = 2 * (6 + 1)
"""Two units of provider B: what each asks for, and that it was earned."""
VOID, OF_THE_PROVIDER = (4, 7, 10), (9, 10, 11)


def steps_before(path: Path) -> int:
    """Count the statements that aren't void in the SQLite file as it was, without those of credits."""
    steps = "SELECT count(*) FROM xapi_statements WHERE NOT voided AND instr(body, ?) = 0"
    with closing(sqlite3.connect(path)) as connection:
        (number,) = connection.execute(steps, [f'"{EARNED}"']).fetchone()
    return int(number)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    """Upgrade the old database, on both kinds; the tests only look at it."""
    with upgrading.upgraded(request.param, tmp_path_factory.mktemp("old"), request) as made:
        yield made


@pytest.fixture
def database(upgraded: Upgraded) -> Iterator[Database]:
    """Give the upgraded database."""
    database = Database(upgraded.url)
    yield database
    database.dispose()


def test_upgrade_keeps_what_was_there(upgraded: Upgraded) -> None:
    held = count(upgraded.url)
    assert {name: rows for name, rows in upgraded.held.items() if held[name] != rows} == {}
    for model in (Person, Identity, Credit, Award, Evidence, StatementRow, Account, RoleGrant, LinkLearner, LaunchRow):
        assert held[model.__tablename__] > 0, "the old database holds too little to prove anything"
    command.check(alembic_config(upgraded.url))


def test_upgrade_leaves_keys_that_sign(database: Database) -> None:
    fernet = upgrading.fernet()
    keys = ToolKeys(database, fernet, lambda: datetime.now(tz=UTC))
    with database.read() as session:
        registration = session.scalars(select(Registration)).one()
        issuers = session.scalars(select(IssuerKey)).all()
    (public,) = keys.public_set()["keys"]
    signing = keys.signer(registration.id)
    token = jwt.encode({"sub": "x"}, signing.private, algorithm="RS256", headers={"kid": signing.kid})
    assert jwt.decode(token, jwt.PyJWK(public), algorithms=["RS256"])["sub"] == "x"
    assert all(fernet.decrypt(issuer.private_encrypted.encode()) for issuer in issuers)


def test_upgrade_leaves_what_was_earned(database: Database) -> None:
    with database.read() as session:
        person = jonas(session)
        for credit in session.scalars(select(Credit).where(Credit.person_id == person.id)):
            assert credits.find(session, person.id, credit.unit_id).assessment.standing.is_earned
        awards = session.scalars(select(Award).where(Award.person_id == person.id)).all()
        assert sorted(award.kind for award in awards) == ["attendance", "attendance", "attendance", "course"]
        assert {award.state for award in session.scalars(select(Award))} == {AwardState.VALID, AwardState.REVOKED}
        assert person.suspended_at is None


def jonas(session: Session) -> Person:
    identity = session.scalars(select(Identity).where(Identity.subject == JONAS, Identity.kind == "lti")).one()
    person = people.person_of(session, identity)
    assert person is not None
    return person


def test_upgrade_leaves_statements_that_every_filter_finds(database: Database) -> None:
    provider = tenant(database)
    erika, course = "mbox:mailto:erika@example.org", make.COURSE
    lehrerin = "account:https://lms.example|lehrerin"
    everything = [number for number in range(13, 0, -1) if number not in VOID]
    assert of_clients(database) == everything
    assert of_clients(database, CAMPUS) == [number for number in everything if number not in OF_THE_PROVIDER]
    assert of_clients(database, provider) == [11, 9]
    assert of_clients(database, agent=erika) == [13, 12, 11, 8, 6, 5, 3, 2, 1], "through a reference too"
    assert of_clients(database, agent=lehrerin) == [12, 11, 6, 5, 3]
    assert of_clients(database, agent="openid:https://id.example/lehrerin") == []
    assert of_clients(database, agent="openid:https://id.example/lehrerin", related_agents=True) == [2]
    assert of_clients(database, activity=course, verb="https://lms.example/verbs/commented") == [12], "through two"
    assert of_clients(database, activity=course, registration=make.REGISTRATION) == [2]
    assert of_clients(database, activity="https://lms.example/catalogue", related_activities=True) == [2]
    assert of_clients(database, verb=make.VOIDED, ascending=True) == [5, 6, 11]
    with database.read() as session:
        own = f"account:{PUBLIC_URL}|{jonas(session).public_id}"
    said = bodies(database, provider_of_b1(database), agent=own)
    assert len(said) == SAID_OF_B
    with database.read() as session:
        told = select(StatementRow).where(StatementRow.person_id == jonas(session).id)
        everywhere = [
            one for owner in session.scalars(select(Organisation.id)) for one in bodies(database, owner, agent=own)
        ]
        assert all(json.loads(row.body) in everywhere for row in session.scalars(told))


def test_upgrade_leaves_void_what_was_void(database: Database) -> None:
    with database.read() as session:
        for which in VOID:
            assert query.one(session, make.number(which), query.Reader(None)) is None
            assert query.one(session, make.number(which), query.Reader(None), voided=True) is not None


def test_upgrade_leaves_statements_in_their_order(database: Database) -> None:
    with database.read() as session:
        rows = session.scalars(select(StatementRow).order_by(StatementRow.id)).all()
        last = session.scalars(select(StoreClock)).one()
        through = clock.consistent_through(session)
    assert [row.statement_id for row in rows if row.origin == Origin.CLIENT] == [make.number(n) for n in range(1, 14)]
    assert [row.stored for row in rows] == sorted(row.stored for row in rows)
    assert (last.last_id, through) == (rows[-1].id, rows[-1].stored)
    for row in rows:
        assert json.loads(row.body)["stored"] == clock.iso(row.stored)
        assert found(database, since=row.stored)[::-1] == visible(rows, lambda one, at=row.stored: one.stored > at)  # type: ignore[misc]
        assert found(database, until=row.stored)[::-1] == visible(rows, lambda one, at=row.stored: one.stored <= at)  # type: ignore[misc]
    walked = found(database, limit=3)
    assert walked == visible(rows, lambda _: True)[::-1]


def visible(rows: Sequence[StatementRow], which: Callable[[StatementRow], bool]) -> list[str]:
    return [row.statement_id for row in rows if not row.voided and which(row)]


def test_upgrade_leaves_words_as_they_were_said(database: Database) -> None:
    told = {one["id"]: one for _, batch in make.told() for one in batch}
    for said in bodies(database):
        if said["id"] in told:
            assert {name: said[name] for name in told[said["id"]]} == told[said["id"]]
    with database.read() as session:
        row = session.scalars(select(StatementRow).where(StatementRow.statement_id == make.number(13))).one()
        assert '"raw":1.0' in row.body
        assert statements.same(json.loads(row.body), told[make.number(13)])


def test_upgrade_knows_what_statements_had_said(database: Database) -> None:
    for owner, edition in ((CAMPUS, 13), (tenant(database), 10)):
        names = [
            (ACTIVITY, make.COURSE),
            (VERB, "https://lms.example/verbs/read"),
            (AGENT, "mbox:mailto:erika@example.org"),
        ]
        with database.read() as session:
            keys = [descriptions.description_digest(owner, kind, name) for kind, name in names]
            known = descriptions.known(session, keys)
        assert [known[key] for key in keys] == [{"name": {"de": f"Kurs, {edition}. Auflage"}}, {"de": "las"}, ["Erika"]]


def test_upgrade_leaves_keys_of_the_record_store(database: Database) -> None:
    client = store_app(StoreServices(database)).test_client()
    tries = {**make.SECRETS, "provider-key ": make.SECRETS["campus-key"]}
    answers = {
        name: client.get("/xapi/statements", auth=(name.strip(), secret), headers={VERSION_HEADER: "2.0.0"})
        for name, secret in tries.items()
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "campus-key": 200,
        "provider-key": 200,
        "old-key": 401,
        "provider-key ": 401,
    }
    assert [len(answers[name].get_json()["statements"]) for name in ("campus-key", "provider-key")] == [
        len(found(database)),
        len(found(database, tenant(database))),
    ]
    with database.read() as session:
        assert all(key.secret_hash.startswith("$argon2id$") for key in session.scalars(select(Key)))


def tenant(database: Database) -> int:
    with database.read() as session:
        return organisations.by_slug(session, make.PROVIDER).id


def provider_of_b1(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(LearningUnit.provider_id).where(LearningUnit.code == "B1")).one()


def of_clients(database: Database, owner: int | None = None, **fields: Any) -> list[int]:
    """Search, and give the numbers of what clients told."""
    known = {make.number(which): which for which in range(1, 14)}
    return [known[one] for one in found(database, owner, **fields) if one in known]


@pytest.mark.processes
def test_journey_on_an_upgraded_database(tmp_path: Path) -> None:
    """The addresses are those of then, for they stand in certificates: so this runs on SQLite alone."""
    url = restore(tmp_path / "campus.sqlite")
    held = count(url) | {"xapi_statements": steps_before(tmp_path / "campus.sqlite")}
    for name in ("key", "lms.json"):
        copy(DATA / name, tmp_path / name)
    stack = Stack(tmp_path, url, make.PORTS)
    stack.command("migrate")
    with running(stack):
        Journey(stack, kill=False, before=Before(statements=held["xapi_statements"], awards=held["awards"])).walk()
    assert count(url)["awards"] == held["awards"] + 5
