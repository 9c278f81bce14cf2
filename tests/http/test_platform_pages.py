"""The office's pages about platforms: connecting by hand and by link, approving, switching, testing, deleting."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from sqlalchemy import func, select

from campus.database import Database
from campus.models.access import AuditEntry, TeachingGrant
from campus.models.evidence import Evidence
from campus.models.people import Identity, Person
from lti_tool.launch.invites import LASTS
from lti_tool.launch.store import (
    Context,
    Deployment,
    LaunchRow,
    LinkLearner,
    Registration,
    RegistrationInvite,
    ResourceLink,
    ToolKey,
)
from lti_tool.services.store import Member, Roster, SentScore
from tests import pages
from tests.conformance.lti.connecting import desk, invite, platforms, register
from tests.http.test_learner_pages import text_of
from tests.lms.app import create_lms
from tests.lms.config import Config
from tests.lms.live import AYLIN, serve
from tests.lms.platform import Platform
from tests.lms.state import State
from tests.pages import World

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LIST = "/verwaltung/plattformen"
PLATFORM = {
    "kind": "moodle",
    "name": "Zweites Portal",
    "issuer": "https://lms.example",
    "client_id": "kc-2",
    "auth_login_url": "https://lms.example/auth",
    "auth_token_url": "https://lms.example/token",
    "key_set_url": "https://lms.example/keys",
    "deployment_ids": "1\n2",
}


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


def audited(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def values_of(page: Any) -> dict[str, str]:
    """Read the fields of a page that have a name, and their values."""
    html = page.get_data(as_text=True)
    found = re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', html)
    return dict(found)


def row(world: World, client_id: str = "kc-2") -> Registration:
    with world.database.read() as session:
        found = session.scalars(select(Registration).where(Registration.client_id == client_id)).one()
        assert found.deployments is not None
        return found


def demo(world: World) -> Registration:
    """Return the demo world's own platform."""
    with world.database.read() as session:
        return session.scalars(select(Registration).where(Registration.issuer == pages.LMS)).one()


def add(world: World, **other: str) -> str:
    """Connect a platform by hand; return its page's address."""
    data = PLATFORM | {"organisation": world.provider("A").public_id} | other
    answer = world.office().post(LIST, data=data)
    assert answer.status_code == 303, text_of(answer)
    address: str = answer.headers["Location"]
    return address


# Connecting by hand


@SQLITE
@pytest.mark.parametrize("kind", ["moodle", "ilias", "openolat", "canvas", "openedx", "other"])
def test_form_of_each_kind_has_our_addresses_to_copy(world: World, kind: str) -> None:
    office = world.office()
    assert f'href="{LIST}/neu/{kind}"' in office.get(f"{LIST}/neu").get_data(as_text=True)
    html = office.get(f"{LIST}/neu/{kind}").get_data(as_text=True)
    for ours in ("http://localhost/lti/login", "http://localhost/lti/launch", "http://localhost/lti/keys"):
        assert f'value="{ours}" readonly' in html
    copied = re.findall(r'data-copy="([\w-]+)"', html)
    assert copied
    assert all(f'id="{name}"' in html for name in copied)


@SQLITE
@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (
            "moodle",
            "https://lms.example/moodle/",
            {
                "issuer": "https://lms.example/moodle",
                "auth_login_url": "https://lms.example/moodle/mod/lti/auth.php",
                "auth_token_url": "https://lms.example/moodle/mod/lti/token.php",
                "key_set_url": "https://lms.example/moodle/mod/lti/certs.php",
            },
        ),
        (
            "ilias",
            "https://ilias.example",
            {
                "issuer": "https://ilias.example",
                "auth_login_url": "https://ilias.example/ltiauth.php",
                "auth_token_url": "https://ilias.example/ltitoken.php",
                "key_set_url": "https://ilias.example/lticerts.php",
            },
        ),
        (
            "canvas",
            "",
            {
                "issuer": "https://canvas.instructure.com",
                "auth_login_url": "https://sso.canvaslms.com/api/lti/authorize_redirect",
                "auth_token_url": "https://canvas.instructure.com/login/oauth2/token",
                "key_set_url": "https://sso.canvaslms.com/api/lti/security/jwks",
            },
        ),
        (
            "openedx",
            "https://edx.example",
            {"issuer": "https://edx.example", "auth_login_url": "https://edx.example/api/lti_consumer/v1/launch/"},
        ),
        ("moodle", "", {"issuer": "", "auth_login_url": ""}),
        ("other", "https://lms.example", {"issuer": "", "auth_login_url": ""}),
    ],
)
def test_form_is_filled_with_what_follows_from_the_address(
    world: World, kind: str, given: str, expected: dict[str, str]
) -> None:
    page = world.office().get(f"{LIST}/neu/{kind}", query_string={"adresse": given})
    values = values_of(page)
    assert {name: values[name] for name in expected} == expected


def test_platform_is_added_switched_off_and_on(world: World) -> None:
    address, office = add(world), world.office()
    page = text_of(office.get(address))
    assert "Moodle" in page
    assert office.post(f"{address}/schalten", data={"enabled": "no"}).status_code == 303
    assert "Plattform einschalten" in text_of(office.get(address))
    assert office.post(f"{address}/schalten", data={"enabled": "yes"}).status_code == 303
    for _ in range(2):
        assert office.post(f"{address}/deployments", data={"deployment_id": "3"}).status_code == 303
    made = row(world)
    assert (made.is_active, made.product) == (True, "moodle")
    assert [d.deployment_id for d in made.deployments] == ["1", "2", "3"]
    known = office.post(LIST, data=PLATFORM | {"organisation": world.provider("A").public_id})
    assert (known.status_code, 'id="client_id-error"' in known.get_data(as_text=True)) == (422, True)
    assert (
        audited(world)[-5:]
        == ["platform.added", "platform.disabled", "platform.enabled"] + ["platform.deployment_added"] * 2
    )


@SQLITE
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", "lms.example"),
        ("auth_login_url", "http://lms.example/auth"),
        ("key_set_url", "javascript:alert(1)"),
        ("auth_token_url", "https://user@lms.example/token"),
        ("deployment_ids", " \n "),
        ("client_id", "x" * 256),
    ],
)
def test_platform_with_an_unusable_value_is_refused_at_its_field(world: World, field: str, value: str) -> None:
    owner = world.provider("A").public_id
    answer = world.office().post(LIST, data=PLATFORM | {"organisation": owner, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert 'value="moodle"' in answer.get_data(as_text=True)  # still the form of its kind


@SQLITE
def test_one_issuer_may_have_several_clients(world: World) -> None:
    assert add(world) != add(world, client_id="kc-3", name="Drittes Portal")
    assert {row(world).issuer, row(world, "kc-3").issuer} == {"https://lms.example"}


# Links


def test_link_is_shown_once_and_listed_with_its_state(world: World) -> None:
    office, owner = world.office(), world.provider("A").public_id
    shown = office.post(f"{LIST}/links", data={"organisation": owner, "name": "Moodle der Stadt"})
    html = shown.get_data(as_text=True)
    token = re.findall(r'value="http://localhost/lti/register/([\w-]+)"', html)[0]
    listed = office.get(f"{LIST}/links")
    assert "Moodle der Stadt" in text_of(listed)
    assert "offen bis" in text_of(listed)
    assert token not in listed.get_data(as_text=True)
    world.clock.now += LASTS
    assert "abgelaufen" in text_of(world.office().get(f"{LIST}/links"))
    assert audited(world)[-1] == "platform.invited"


@SQLITE
@pytest.mark.parametrize(("field", "value"), [("name", " "), ("name", "x" * 201), ("organisation", "nobody")])
def test_link_without_name_or_organisation_is_refused(world: World, field: str, value: str) -> None:
    form = {"organisation": world.provider("A").public_id, "name": "Moodle"} | {field: value}
    answer = world.office().post(f"{LIST}/links", data=form)
    assert answer.status_code == 422
    assert "Registrierungslinks" in text_of(answer)


@SQLITE
def test_link_that_was_used_can_not_be_taken_back(world: World) -> None:
    token, office = invite(world), world.office()
    with desk() as platform:
        register(world, token, platform.invitation())
    html = office.get(f"{LIST}/links").get_data(as_text=True)
    assert "zuruecknehmen" not in html
    assert "Zur Plattform" in html
    with world.database.read() as session:
        invite_id = session.scalars(select(RegistrationInvite.public_id)).one()
    assert office.post(f"{LIST}/links/{invite_id}/zuruecknehmen").status_code == 409


# One platform


@SQLITE
def test_pending_platform_stands_first_and_says_what_was_agreed(world: World) -> None:
    token, office = invite(world, "Zz Moodle"), world.office()
    with desk() as platform:
        register(world, token, platform.invitation())
    listed = text_of(office.get(LIST))
    assert listed.index("Zz Moodle") < listed.index("Lernportal Musterhausen")
    page = text_of(office.get(f"{LIST}/{platforms(world)[0].public_id}"))
    for part in (
        "wartet auf Ihre Freigabe",
        "Verwaltung Campus",  # who made the link
        "Moodle 4.5dev+ (Build: 20240903)",
        "Ergebnisse an das Notenbuch senden",
        "lesen, wer in einem Kurs ist",
        "Lerneinheiten im Kurs auswählen",
        "E-Mail-Adresse",
    ):
        assert part in page


def test_deployment_and_anonymous_launches_are_switched(world: World) -> None:
    address, office = add(world), world.office()
    assert (
        office.post(f"{address}/deployments/schalten", data={"deployment_id": "2", "enabled": "no"}).status_code == 303
    )
    assert [(d.deployment_id, d.enabled) for d in row(world).deployments] == [("1", True), ("2", False)]
    assert (
        office.post(f"{address}/deployments/schalten", data={"deployment_id": "9", "enabled": "no"}).status_code == 404
    )
    assert (
        office.post(f"{address}/deployments/schalten", data={"deployment_id": "2", "enabled": "yes"}).status_code == 303
    )
    assert all(d.enabled for d in row(world).deployments)
    assert office.post(f"{address}/anonym", data={"allowed": "yes"}).status_code == 303
    assert row(world).allows_anonymous
    assert "Anonyme Aufrufe ablehnen" in text_of(office.get(address))
    assert office.post(f"{address}/anonym", data={"allowed": "no"}).status_code == 303
    assert not row(world).allows_anonymous
    assert audited(world)[-4:] == [
        "platform.deployment_disabled",
        "platform.deployment_enabled",
        "platform.anonymous_allowed",
        "platform.anonymous_refused",
    ]


@SQLITE
def test_platform_gets_a_key_of_its_own_that_signs_a_day_later(world: World) -> None:
    address, office = add(world), world.office()
    assert office.post(f"{address}/schluessel").status_code == 303
    assert "eigenen Schlüssel; der neueste signiert ab" in text_of(office.get(address))
    with world.database.read() as session:
        own = session.scalars(select(ToolKey).where(ToolKey.registration_id == row(world).id)).one()
    keys = world.services.tool_keys
    assert keys.signer(row(world).id).kid != own.kid
    world.clock.now += timedelta(days=1)
    assert keys.signer(row(world).id).kid == own.kid
    assert keys.signer(demo(world).id).kid != own.kid
    assert own.private_pem_encrypted not in world.office().get(address).get_data(as_text=True)


# Deleting


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
                    state="sent",
                    detail="",
                    sent_at=now,
                    tries=1,
                ),
                Roster(context_id=context.id, state="synced", detail="", asked_at=now),
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


def counts(world: World, *tables: Any) -> list[int]:
    with world.database.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_deleting_says_what_hangs_on_it_and_keeps_evidence_and_people(world: World) -> None:
    found = hang_things_on(world)
    other = add(world)
    office, page = world.office(), f"{LIST}/{found.public_id}/loeschen"
    kept_tables = (Evidence, Identity, Person)
    kept = counts(world, *kept_tables)
    shown = text_of(office.get(page))
    for part in ("Deployments 1", "Kurse der Plattform 1", "Links auf Lerneinheiten 1", "Besuche (Aufrufe) 1"):
        assert part in shown
    assert "Freigaben zum Lehren 1" in shown
    for wrong in ("", "Lernportal", "lernportal musterhausen"):
        assert office.post(page, data={"name": wrong}).status_code == 422
    assert office.post(page, data={"name": found.name}).status_code == 303
    gone = (Context, ResourceLink, LaunchRow, LinkLearner, SentScore, Roster, Member, TeachingGrant)
    assert counts(world, *gone) == [0] * len(gone)
    assert counts(world, *kept_tables) == kept
    assert [d.deployment_id for d in row(world).deployments] == ["1", "2"]
    with world.database.read() as session:
        assert session.scalars(select(ToolKey).where(ToolKey.registration_id == found.id)).all() == []
    assert office.get(f"{LIST}/{found.public_id}").status_code == 404
    assert office.get(other).status_code == 200
    assert audited(world)[-1] == "platform.deleted"


# The connection test


@pytest.fixture
def connected(database: Database, tmp_path: Path) -> Iterator[tuple[World, Platform]]:
    """Give the tool and the demo LMS, both served, at the real time: the LMS reads our key set."""
    worlds: list[World] = []
    portals: list[Platform] = []

    def make_tool(url: str) -> Flask:
        worlds.append(pages.world_of(database, public_url=url))
        worlds[0].clock.now = datetime.now(tz=UTC)
        return worlds[0].app

    def make_lms(url: str) -> Flask:
        values = {
            "client_id": "kc-2",
            "deployment_id": "1",
            "course": {"id": "kurs-1", "title": "Digitale Verwaltung"},
            "users": [AYLIN],
            "links": [],
        }
        config = Config.of(values, url=url, tool_url=worlds[0].services.settings.public_url)
        portals.append(Platform(config, State(tmp_path / "lms.sqlite")))
        return create_lms(portals[0])

    with serve(make_tool), serve(make_lms):
        yield worlds[0], portals[0]


def addresses(platform: Platform) -> dict[str, str]:
    config = platform.config
    return {
        "issuer": config.url,
        "auth_login_url": config.auth_url,
        "auth_token_url": config.token_url,
        "key_set_url": config.key_set_url,
    }


@SQLITE
def test_connection_test_says_that_everything_works(connected: tuple[World, Platform]) -> None:
    world, platform = connected
    address = add(world, **addresses(platform))
    page = text_of(world.office().post(f"{address}/pruefen"))
    assert "Alles funktioniert" in page
    assert "1 davon sind brauchbar" in page
    assert "Ihr LMS kennt uns und gibt ein Zugriffstoken" in page


@SQLITE
def test_connection_test_says_that_the_client_is_unknown(connected: tuple[World, Platform]) -> None:
    world, platform = connected
    address = add(world, **addresses(platform), client_id="somebody-else")
    page = text_of(world.office().post(f"{address}/pruefen"))
    assert "1 von 3 Schritten sind gescheitert" in page
    assert "„invalid_client“" in page
    assert "Ist unsere Schlüsseladresse dort eingetragen" in page


def answering(status: int = 200, body: Any = b"", **json: Any) -> Any:
    """Give an application that says the same at every address."""

    def make(_url: str) -> Flask:
        app = Flask("odd")

        @app.route("/<path:_path>", methods=["GET", "POST"])
        def say(_path: str) -> Response:
            answer = jsonify(json) if json else Response(body)
            answer.status_code = status
            return answer

        return app

    return make


@SQLITE
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            answering(403),
            ["Ihr LMS antwortet an der Adresse seiner Schlüssel mit 403", "an seiner Tokenadresse mit 403"],
        ),
        (answering(500), ["Schlüssel mit 500", "an seiner Anmeldeadresse mit 500", "an seiner Tokenadresse mit 500"]),
        (answering(200, b"<html>"), ["kein JSON mit Schlüsseln", "kein Zugriffstoken, vielleicht eine Webseite"]),
        (answering(200, keys=[]), ["kein brauchbarer: RSA", "kein Zugriffstoken"]),
        (answering(200, b"x" * 400_000), ["viel zu groß dafür", "Anmeldeadresse antwortet, ist viel zu groß"]),
        (answering(400, error="invalid_scope"), ["„invalid_scope“: Ihr LMS kennt uns"]),
        (answering(400, error="unauthorized_client"), ["„unauthorized_client“. Prüfen Sie die Client-ID"]),
        (answering(400, error="<b>Max Muster</b>"), ["an seiner Tokenadresse mit 400"]),
    ],
)
def test_connection_test_says_in_words_what_is_wrong(world: World, make: Any, said: list[str]) -> None:
    with serve(make) as url:
        address = add(world, issuer=url, auth_login_url=f"{url}/a", auth_token_url=f"{url}/t", key_set_url=f"{url}/k")
        page = text_of(world.office().post(f"{address}/pruefen"))
    for part in said:
        assert part in page
    assert "Max Muster" not in page


@SQLITE
def test_connection_test_of_a_platform_that_is_away_or_inside(world: World) -> None:
    down = {"auth_login_url": "http://127.0.0.1:9/a", "auth_token_url": "http://127.0.0.1:9/t"}
    address = add(world, **down, key_set_url="https://10.0.0.1/k")
    page = text_of(world.office().post(f"{address}/pruefen"))
    assert "3 von 3 Schritten" in page
    assert "Die Adresse der Schlüssel wird von hier nicht aufgerufen" in page
    assert "Ihr LMS war an seiner Tokenadresse nicht zu erreichen" in page
