"""Section F of the checklist, 3 and 4: pending until approved; several clients and deployments; registering anew."""

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from campus.database import Database
from campus.models.access import TeachingGrant
from campus.models.people import Identity
from lti_tool.launch import registrations
from lti_tool.launch.invites import LASTS
from lti_tool.launch.store import PlatformStanding, Registration, ResourceLink
from lti_tool.services.tokens import AccessTokens
from tests import pages
from tests.conformance.lti import connecting
from tests.conformance.lti.connecting import (
    Answering,
    approve_all,
    code_of,
    desk,
    invite,
    is_open,
    launch,
    platforms,
    post_login,
    register,
)
from tests.databases import ON_SQLITE
from tests.pages import LMS, World


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


@pytest.fixture
def world_now(world: World) -> World:
    """Give the world at the real time, which the LMS's library looks at."""
    world.clock.now = datetime.now(tz=UTC)
    return world


def test_F3_pending_platform_launches_only_when_approved(world_now: World, tmp_path: Path) -> None:
    world = world_now
    token, office = invite(world), world.office()
    with connecting.lms(tmp_path, unit=world.unit("A2").public_id) as (platform, front):
        assert register(world, token, front.invitation()).status_code == 200
        page = f"/verwaltung/plattformen/{platforms(world)[0].public_id}"
        refused = launch(world.browser(), platform)
        assert (refused.status_code, code_of(refused)) == (403, "launch.registration_pending")
        assert "wartet auf Freigabe" in refused.get_data(as_text=True)
        early = office.post(f"{page}/schalten", data={"enabled": "yes"})
        assert early.status_code == 409  # switching on is no way round the approval
        assert office.post(f"{page}/freigeben").status_code == 303
        assert launch(world.browser(), platform).status_code == 303
        assert office.post(f"{page}/freigeben").status_code == 409
        assert office.post(f"{page}/schalten", data={"enabled": "no"}).status_code == 303
        assert code_of(launch(world.browser(), platform)) == "launch.registration_disabled"
        assert office.post(f"{page}/schalten", data={"enabled": "yes"}).status_code == 303
        assert launch(world.browser(), platform).status_code == 303


def test_F3_link_works_once(world: World) -> None:
    token = invite(world)
    with desk() as platform:
        assert register(world, token, platform.invitation()).status_code == 200
        page = register(world, token, platform.invitation())
        assert (page.status_code, code_of(page)) == (410, "connect.invite_spent")
        assert len(platform.received) == 1
    assert len(platforms(world)) == 1


def test_F3_two_that_use_the_link_at_once_make_one_registration(world: World) -> None:
    """Both get as far as the platform; what they write is written by one."""
    token, both = invite(world), threading.Barrier(2, timeout=20)

    def meet(answer: Any) -> Any:
        both.wait()
        return answer

    with desk(answers=meet) as platform, ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda given: register(world, token, given), [platform.invitation() for _ in "12"]))
    assert sorted(answer.status_code for answer in answers) == [200, 410]
    assert len(platforms(world)) == 1


@ON_SQLITE
@pytest.mark.parametrize("case", ["unknown", "too old", "taken back"])
def test_F3_link_that_does_not_hold_is_refused_before_anybody_is_asked(world: World, case: str) -> None:
    token = invite(world)
    if case == "unknown":
        token = "never-made"
    elif case == "too old":
        world.clock.now += LASTS
    else:
        office = world.office()
        listed = office.get("/verwaltung/plattformen/links").get_data(as_text=True)
        back = listed.partition('action="/verwaltung/plattformen/links/')[2].partition('"')[0]
        assert office.post(f"/verwaltung/plattformen/links/{back}").status_code == 303
    with desk() as platform:
        page = register(world, token, platform.invitation())
        assert (page.status_code, code_of(page), platform.paths) == (410, "connect.invite_spent", [])


# F4: several clients, several deployments, registering anew


def test_F4_one_issuer_with_two_clients(world_now: World, tmp_path: Path) -> None:
    world = world_now
    unit = world.unit("A2").public_id
    with connecting.lms(tmp_path, unit=unit, client_id="first") as (platform, front):
        assert register(world, invite(world, "Erstes"), front.invitation()).status_code == 200
        front.client_id, front.deployment_id = "second", "5"
        assert register(world, invite(world, "Zweites"), front.invitation()).status_code == 200
        approve_all(world)
        assert [row.client_id for row in platforms(world)] == ["first", "second"]
        assert launch(world.browser(), platform).status_code == 303
        fields = platform.login_fields(platform.config.users[0], platform.config.links[0])
        anonymous = {name: value for name, value in fields.items() if name != "client_id"}
        assert code_of(post_login(world, anonymous)) == "launch.registration_unknown"
        begun = post_login(world, fields | {"client_id": "second"})
        assert "client_id=second" in begun.headers["Location"]
    with world.database.read() as session:
        identities = session.scalars(select(Identity.client_id).where(Identity.issuer == front.url)).all()
    assert identities == [
        "first"
    ]  # who launches by the other client is somebody else until an administrator links them


def test_F4_client_that_is_registered_already_is_refused_and_changes_nothing(world: World) -> None:
    with desk(client_id="same") as platform:
        assert register(world, invite(world, "Erstes"), platform.invitation()).status_code == 200
        before = platforms(world)[0]
        token = invite(world, "Zweites")
        page = register(world, token, platform.invitation())
    assert (page.status_code, code_of(page)) == (409, "connect.exists")
    assert [(row.id, row.name) for row in platforms(world)] == [(before.id, "Erstes")]
    assert is_open(world, "Zweites")


def test_F4_one_client_with_two_deployments(world_now: World, tmp_path: Path) -> None:
    world = world_now
    office = world.office()
    with connecting.lms(tmp_path, unit=world.unit("A2").public_id) as (platform, front):
        assert register(world, invite(world), front.invitation()).status_code == 200
        approve_all(world)
        page = f"/verwaltung/plattformen/{platforms(world)[0].public_id}"
        assert launch(world.browser(), platform).status_code == 303
        platform.config = dataclasses.replace(platform.config, deployment_id="9")
        assert code_of(launch(world.browser(), platform)) == "launch.deployment_unknown"
        assert office.post(f"{page}/deployments", data={"deployment_id": "9"}).status_code == 303
        assert launch(world.browser(), platform).status_code == 303
        off = {"deployment_id": "9", "enabled": "no"}
        assert office.post(f"{page}/deployments/schalten", data=off).status_code == 303
        assert code_of(launch(world.browser(), platform)) == "launch.deployment_unknown"
        platform.config = dataclasses.replace(platform.config, deployment_id="4")
        assert launch(world.browser(), platform).status_code == 303


@pytest.mark.parametrize("keep_people", [False, True])
def test_F4_platform_that_moved_registers_anew_and_keeps_what_hangs_on_it(
    world_now: World, tmp_path: Path, *, keep_people: bool
) -> None:
    world = world_now
    unit, office = world.unit("A2"), world.office()
    with world.database.write() as session:
        old = session.scalars(select(Registration)).one()
        assert old.issuer == LMS
        grant = TeachingGrant(unit_id=unit.id, issuer=LMS, client_id=old.client_id, granted_at=world.clock())
        deployment = old.deployments[0]
        link = ResourceLink(
            deployment_id=deployment.id,
            resource_link_id="alt",
            unit_id=unit.id,
            ags_scopes=[],
            created_at=world.clock(),
        )
        session.add_all([grant, link])
        known = session.scalars(select(Identity).where(Identity.issuer == LMS)).all()
        people_before = len(known)
        page = f"/verwaltung/plattformen/{old.public_id}"
    token = connecting.token_in(office.post(f"{page}/erneuern"))
    with connecting.lms(tmp_path, unit=unit.public_id) as (platform, front):
        assert code_of(launch(world.browser(), platform)) == "launch.registration_unknown"
        assert register(world, token, front.invitation()).status_code == 200
        assert code_of(launch(world.browser(), platform)) == "launch.registration_pending"
        shown = office.get(page).get_data(as_text=True)
        assert LMS in shown
        form = {"keep_people": "yes"} if keep_people else {}
        assert office.post(f"{page}/freigeben", data=form).status_code == 303
        assert launch(world.browser(), platform).status_code == 303
    with world.database.read() as session:
        row = session.scalars(select(Registration)).one()
        assert (row.id, row.name, row.organisation_id) == (old.id, old.name, old.organisation_id)
        assert (row.issuer, row.client_id, row.standing) == (front.url, "kc-dynamic", PlatformStanding.ACTIVE)
        assert sorted(d.deployment_id for d in row.deployments) == sorted(["4", deployment.deployment_id])
        grants = session.execute(select(TeachingGrant.issuer, TeachingGrant.client_id)).all()
        assert [tuple(found) for found in grants] == [(front.url, "kc-dynamic")]
        kept = session.scalars(select(ResourceLink.id).where(ResourceLink.resource_link_id == "alt")).all()
        assert kept == ([link.id] if keep_people else [])
        moved = session.scalars(select(Identity).where(Identity.issuer == front.url)).all()
        assert len(moved) == (people_before + 1 if keep_people else 1)


@ON_SQLITE
def test_F4_token_of_the_former_platform_is_not_sent_to_the_new_one(world: World) -> None:
    with world.database.read() as session:
        old = registrations.picture(session.scalars(select(Registration)).one())
    moved = dataclasses.replace(old, auth_token_url="https://new.example/token")
    tokens, scopes = AccessTokens(Answering({}), world.services.tool_keys), frozenset({"scope"})
    for platform, answer in ((old, "for the old"), (moved, "for the new")):
        tokens._outbound = Answering({"access_token": answer, "expires_in": 3600})
        plain = dataclasses.replace(platform, auth_token_url=platform.auth_token_url.replace("http:", "https:"))
        assert tokens.get(plain, scopes, now=world.clock()) == answer
