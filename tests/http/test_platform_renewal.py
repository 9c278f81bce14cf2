"""A platform registers anew, or was shut for a while: whose rows stay, where tokens go, and what is sent late."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from campus import people
from campus.database import Database
from campus.models.people import Identity
from lti_tool.app import create_app
from lti_tool.launch import dynamic, invites, registrations
from lti_tool.launch.store import Context, Deployment, LaunchRow, PlatformStanding, Registration, ResourceLink
from lti_tool.services.ags import SCORE_SCOPE
from lti_tool.services.store import Roster, SentScore
from tests import pages
from tests.conformance.lti.connecting import HTML, code_of
from tests.http.test_platform_pages import LIST
from tests.http.test_platform_removal import hang_things_on, hung, ids_of
from tests.lms import live
from tests.pages import World

A, B = "http://127.0.0.1:1", "https://b.example"


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[live.World]:
    with live.world(database, tmp_path, create_app) as made:
        yield made


def renew(world: World | live.World, issuer: str = B, client_id: str = "neu") -> str:
    """Let the only platform register anew as another one; return its page's address."""
    configuration = dynamic.Configuration(
        issuer=issuer,
        registration_url=f"{issuer}/register",
        auth_login_url=f"{issuer}/login",
        auth_token_url=f"{issuer}/token",
        key_set_url=f"{issuer}/keys",
        token_audience=None,
        scopes=None,
        messages=None,
        placements=frozenset(),
        product=None,
        version=None,
    )
    now = world.services.clock()
    with world.services.database.write() as session:
        row = session.scalars(select(Registration)).one()
        _, token = invites.make(
            session, row.organisation, name="x", token=world.services.token, created_by_id=None, now=now, renews=row
        )
        invites.use(session, token, dynamic.Told(configuration, client_id, "1", {}), now=now)
        return f"{LIST}/{row.public_id}"


def told_addresses(world: World) -> list[str | None]:
    with world.database.read() as session:
        link, context = session.scalars(select(ResourceLink)).one(), session.scalars(select(Context)).one()
        return [
            link.lineitem_url,
            link.lineitems_url,
            context.memberships_url,
            context.groups_url,
            context.group_sets_url,
            session.scalars(select(Roster.differences_url)).one(),
        ]


def tell_addresses(world: World, host: str) -> list[str | None]:
    told = [f"{host}/{name}" for name in ("item", "items", "members", "groups", "sets", "differences")]
    with world.database.write() as session:
        link, context = session.scalars(select(ResourceLink)).one(), session.scalars(select(Context)).one()
        link.lineitem_url, link.lineitems_url, context.memberships_url = told[:3]
        context.groups_url, context.group_sets_url = told[3:5]
        session.scalars(select(Roster)).one().differences_url = told[5]
    return [*told]


def test_another_platform_finds_nothing_of_the_former_ones_courses(world: World) -> None:
    found = hang_things_on(world)
    below = ids_of(world, found) | {"registrations": []}
    page = renew(world)
    assert world.office().post(f"{page}/freigeben").status_code == 303
    assert {where for where, rows in hung(world, below).items() if rows} == set()
    with world.database.read() as session:
        assert session.scalars(select(LaunchRow)).all() == []
        assert [row.enabled for row in session.scalars(select(Deployment))] != []
        assert session.scalars(select(Identity).where(Identity.issuer == B)).all() == []


@pytest.mark.parametrize(
    ("host", "stays"), [(A, False), (f"{B}.evil.example", False), (B, True), ("https://B_example", False)]
)
def test_platform_that_moved_keeps_its_courses_and_only_addresses_on_its_own_host(
    world: World, host: str, *, stays: bool
) -> None:
    hang_things_on(world)
    told = tell_addresses(world, host)
    page = renew(world)
    assert world.office().post(f"{page}/freigeben", data={"keep_people": "yes"}).status_code == 303
    assert told_addresses(world) == (told if stays else [None] * len(told))
    with world.database.read() as session:
        assert session.scalars(select(LaunchRow)).all() == []


def test_same_issuer_and_client_that_registers_anew_keeps_all(world: World) -> None:
    found = hang_things_on(world)
    told = tell_addresses(world, A)
    page = renew(world, found.issuer, found.client_id)
    assert world.office().post(f"{page}/freigeben").status_code == 303
    assert told_addresses(world) == told


def test_platform_that_registers_anew_twice_before_it_is_approved_keeps_its_people(world: World) -> None:
    found = hang_things_on(world)
    renew(world, client_id="first try")
    page = renew(world, client_id="second try")
    assert f"{found.issuer} ({found.client_id})" in world.office().get(page).get_data(as_text=True)
    assert world.office().post(f"{page}/freigeben", data={"keep_people": "yes"}).status_code == 303
    with world.database.read() as session:
        known = session.scalars(select(Identity).where(Identity.subject == "102", Identity.kind == "lti")).one()
    assert (known.issuer, known.client_id) == (B, "second try")


def test_launch_that_the_former_platform_signed_is_not_let_in_at_the_new_one(lti: live.World) -> None:
    browser = lti.tool.test_client()
    lti.launch(browser)
    form = lti.platform.authorise(lti.begin(browser))
    renew(lti)
    with lti.services.database.write() as session:
        registrations.approve(session, session.scalars(select(Registration)).one())
        people.identify(session, kind="lti", issuer=B, client_id="neu", subject="7", now=lti.clock())
    answer = browser.post("/lti/launch", data={"state": form["state"], "id_token": form["id_token"]}, headers=HTML)
    assert (answer.status_code, code_of(answer)) == (403, "launch.registration_disabled")
    with lti.services.database.read() as session:
        assert session.scalars(select(LaunchRow)).all() == []


def test_pending_platform_can_not_be_switched_off_and_on_instead_of_being_approved(world: World) -> None:
    page, office = renew(world), world.office()
    assert office.post(f"{page}/schalten", data={"enabled": "no"}).status_code == 409
    with world.database.read() as session:
        assert session.scalars(select(Registration.standing)).one() == PlatformStanding.PENDING


def shut_platform(row: Registration) -> None:
    row.standing = PlatformStanding.DISABLED


def shut_deployment(row: Registration) -> None:
    row.deployments[0].enabled = False


def wait_for_approval(row: Registration) -> None:
    row.standing = PlatformStanding.PENDING


@pytest.mark.parametrize(
    ("shut", "opened", "form"),
    [
        (shut_platform, "schalten", {"enabled": "yes"}),
        (shut_deployment, "deployments/schalten", {"enabled": "yes"}),
        (wait_for_approval, "freigeben", {}),
    ],
)
def test_score_earned_while_the_place_was_shut_is_sent_when_it_opens(
    world: World, shut: Callable[[Registration], None], opened: str, form: dict[str, str]
) -> None:
    found = hang_things_on(world)
    with world.database.write() as session:
        link = session.scalars(select(ResourceLink)).one()
        link.ags_scopes, link.lineitem_url = [SCORE_SCOPE], f"{A}/item"
        session.execute(delete(SentScore))
        form = {**form, "deployment_id": session.scalars(select(Deployment.deployment_id)).one()}
        shut(session.scalars(select(Registration)).one())
    world.queue.jobs.clear()
    assert world.office().post(f"{LIST}/{found.public_id}/{opened}", data=form).status_code == 303
    assert [follower for follower, _ in world.queue.jobs] == ["score"]
