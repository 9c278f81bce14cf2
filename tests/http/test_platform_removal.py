"""Deleting a platform: what hangs on it goes, evidence and people stay."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import ForeignKey, Table, func, select

from campus.database import Database
from campus.models.access import TeachingGrant
from campus.models.base import Base
from campus.models.evidence import Evidence
from campus.models.people import Identity, Person
from lti_tool.launch.store import (
    Context,
    Deployment,
    LaunchRow,
    LinkLearner,
    Registration,
    RegistrationInvite,
    ResourceLink,
)
from lti_tool.services.store import LineItemLease, Member, Roster, RosterState, ScoreState, SentScore
from tests import pages
from tests.http.test_learner_pages import text_of
from tests.http.test_platform_pages import LIST, add, audited, demo, row
from tests.pages import World


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


def hang_things_on(world: World) -> Registration:
    """Give the demo platform a course, a link, a launch, a score and a grant; return it."""
    world.earn("102", "B1")
    found = demo(world)
    now = world.clock()
    with world.database.write() as session:
        deployment = session.scalars(select(Deployment).where(Deployment.registration_id == found.id)).one()
        identity = session.scalars(select(Identity).where(Identity.subject == "102")).one()
        context = Context(deployment_id=deployment.id, context_id="k1", created_at=now)
        session.add(context)
        session.flush()
        link = ResourceLink(
            deployment_id=deployment.id,
            resource_link_id="l1",
            context_id=context.id,
            unit_id=world.unit("B1").id,
            ags_scopes=[],
            created_at=now,
        )
        session.add(link)
        session.flush()
        person = world.person("102")
        session.add_all(
            [
                LaunchRow(
                    secret_hash="x" * 64,
                    message_type="LtiResourceLinkRequest",
                    identity_id=identity.id,
                    person_id=person.id,
                    registration_id=found.id,
                    deployment_id=deployment.id,
                    context_id=context.id,
                    resource_link_id=link.id,
                    is_teacher=False,
                    created_at=now,
                    expires_at=now + timedelta(hours=8),
                ),
                LinkLearner(resource_link_id=link.id, identity_id=identity.id, first_launched_at=now),
                SentScore(
                    resource_link_id=link.id,
                    identity_id=identity.id,
                    revision=1,
                    score=85.0,
                    state=ScoreState.SENT,
                    detail="",
                    sent_at=now,
                    tries=1,
                ),
                LineItemLease(resource_link_id=link.id, until=now),
                RegistrationInvite(
                    token_hash="y" * 64,
                    organisation_id=found.organisation_id,
                    name=found.name,
                    registration_id=found.id,
                    created_at=now,
                    expires_at=now,
                ),
                Roster(context_id=context.id, state=RosterState.SYNCED, detail="", asked_at=now),
                Member(
                    context_id=context.id,
                    identity_id=identity.id,
                    is_teacher=False,
                    present=True,
                    groups=[],
                    seen_at=now,
                ),
                TeachingGrant(
                    unit_id=world.unit("B1").id, issuer=found.issuer, client_id=found.client_id, granted_at=now
                ),
            ]
        )
    world.services.tool_keys.rotate(found.id)
    return found


HANGING_ON = ("registrations", "deployments", "contexts", "resource_links")
"""Whose rows are a platform's."""


def hanging() -> list[tuple[Table, str, ForeignKey]]:
    """List every table that hangs on a platform, with the column by which it does."""
    return [
        (table, key.parent.name, key)
        for table in Base.metadata.sorted_tables
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
        if key.column.table.name in HANGING_ON
    ]


def ids_of(world: World, registration: Registration) -> dict[str, list[int]]:
    """Return the ids of a platform's rows in the tables that others hang on."""
    ids = {"registrations": [registration.id]}
    with world.database.read() as session:
        for table, column, key in hanging():
            if table.name in HANGING_ON:
                rows = session.scalars(select(table.c.id).where(table.c[column].in_(ids[key.column.table.name])))
                ids[table.name] = sorted({*ids.get(table.name, []), *rows})
    return ids


def hung(world: World, ids: dict[str, list[int]]) -> dict[str, int]:
    """Count what hangs on these rows, by table and column."""
    with world.database.read() as session:
        return {
            f"{table.name}.{column}": session.scalar(
                select(func.count()).select_from(table).where(table.c[column].in_(ids[key.column.table.name]))
            )
            or 0
            for table, column, key in hanging()
        }


def counts(world: World, *tables: Any) -> list[int]:
    with world.database.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_deleting_says_what_hangs_on_it_and_keeps_evidence_and_people(world: World) -> None:
    found = hang_things_on(world)
    other = add(world)
    office, page = world.office(), f"{LIST}/{found.public_id}/loeschen"
    kept_tables = (Evidence, Identity, Person)
    kept, ids = counts(world, *kept_tables), ids_of(world, found)
    assert all(hung(world, ids).values()), "in every table that can hang on a platform something does"
    shown = text_of(office.get(page))
    for part in ("Deployments 1", "Kurse der Plattform 1", "Links auf Lerneinheiten 1", "Besuche (Aufrufe) 1"):
        assert part in shown
    assert "Freigaben zum Lehren 1" in shown
    for wrong in ("", "Lernportal", "lernportal musterhausen"):
        assert office.post(page, data={"name": wrong}).status_code == 422
    assert office.post(page, data={"name": found.name}).status_code == 303
    assert {where: rows for where, rows in hung(world, ids).items() if rows} == {}
    assert counts(world, TeachingGrant) == [0]
    assert counts(world, *kept_tables) == kept
    assert [d.deployment_id for d in row(world).deployments] == ["1", "2"]
    assert office.get(f"{LIST}/{found.public_id}").status_code == 404
    assert office.get(other).status_code == 200
    assert audited(world)[-1] == "platform.deleted"
