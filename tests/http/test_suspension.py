"""The office suspends a person and lets them in again."""

import pytest
from sqlalchemy import select

from campus.database import Database
from campus.models.access import Account, AuditEntry
from campus.models.people import Person
from tests.databases import ON_SQLITE
from tests.pages import World, world_of

LEARNER = "101"


@pytest.fixture
def world(database: Database) -> World:
    return world_of(database)


def audited(world: World) -> list[str]:
    with world.database.read() as session:
        entries = select(AuditEntry.action).where(AuditEntry.action.like("person.%")).order_by(AuditEntry.id)
        return list(session.scalars(entries))


def test_suspended_person_is_out_at_once_and_in_again_later(world: World) -> None:
    login = world.account_of(LEARNER)
    own, office = world.browser(login), world.office()
    address = f"/verwaltung/personen/{world.person(LEARNER).public_id}"
    assert "Diese Person sperren" in office.get(address).text
    assert office.post(f"{address}/sperre", data={"suspended": "yes"}).status_code == 303
    assert "Gesperrt seit" in office.get(address).text
    assert own.get("/konto").status_code == 401
    assert office.post(f"{address}/sperre", data={"suspended": "yes"}).status_code == 409
    assert office.post(f"{address}/sperre", data={"suspended": "no"}).status_code == 303
    assert own.get("/konto").status_code == 200
    assert office.post(f"{address}/sperre", data={"suspended": "no"}).status_code == 409
    assert audited(world) == ["person.suspended", "person.unsuspended"]
    assert "Person gesperrt" in office.get("/verwaltung/protokoll").text


@ON_SQLITE
def test_administrator_does_not_suspend_themself(world: World) -> None:
    office = world.office()
    with world.database.read() as session:
        me = session.scalars(
            select(Person).join(Account, Account.person_id == Person.id).where(Account.login.like("verwaltung%"))
        ).one()
    address = f"/verwaltung/personen/{me.public_id}"
    assert "Diese Person sperren" not in office.get(address).text
    assert office.post(f"{address}/sperre", data={"suspended": "yes"}).status_code == 403
    assert audited(world) == []
