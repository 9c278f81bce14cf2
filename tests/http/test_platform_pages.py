"""The office's pages about platforms: connecting by hand and by link, approving, switching, testing, deleting."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from campus.database import Database
from campus.models.access import AuditEntry
from lti_tool.launch.invites import LASTS
from lti_tool.launch.store import (
    Registration,
    RegistrationInvite,
    ToolKey,
)
from tests import pages
from tests.conformance.lti.connecting import desk, invite, platforms, register
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.pages import World

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


@ON_SQLITE
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


@ON_SQLITE
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


@ON_SQLITE
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


@ON_SQLITE
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


@ON_SQLITE
@pytest.mark.parametrize(("field", "value"), [("name", " "), ("name", "x" * 201), ("organisation", "nobody")])
def test_link_without_name_or_organisation_is_refused(world: World, field: str, value: str) -> None:
    form = {"organisation": world.provider("A").public_id, "name": "Moodle"} | {field: value}
    answer = world.office().post(f"{LIST}/links", data=form)
    assert answer.status_code == 422
    assert "Registrierungslinks" in text_of(answer)


@ON_SQLITE
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


@ON_SQLITE
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
        "Ergebnisse an das Bewertungsbuch senden",
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


@ON_SQLITE
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
