"""Section F of the checklist, 1 to 4: registration. The whole application; the platforms are served and answer."""

import dataclasses
import json
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, redirect
from sqlalchemy import select

from campus.database import Database
from campus.models.access import AuditEntry, TeachingGrant
from campus.models.people import Identity
from campus.outbound import Outbound
from campus.outbound import Response as Answer
from lti_tool.app import create_app
from lti_tool.launch import dynamic
from lti_tool.launch.invites import LASTS
from lti_tool.launch.store import Registration, ResourceLink, Standing
from tests import pages
from tests.conformance.lti import connecting
from tests.conformance.lti.connecting import code_of, desk, invite, is_open, launch, platforms, register, served
from tests.pages import LMS, World

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SOON = 10.0
"""Seconds within which everything hostile is refused."""


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


@pytest.fixture
def world_now(world: World) -> World:
    """Give the world at the real time, which the LMS's library looks at."""
    world.clock.now = datetime.now(tz=UTC)
    return world


def changed(world: World, **other: Any) -> World:
    """Return the world with an application of other services."""
    services = dataclasses.replace(world.services, **other)
    return World(services, create_app(services), world.queue, world.clock)


# F1: the way it goes


def test_F1_moodle_registers_this_tool_and_waits(world: World) -> None:
    token = invite(world)
    with desk() as platform:
        page = register(world, token, platform.invitation())
        sent = platform.received[0]
    text = page.get_data(as_text=True)
    assert page.status_code == 200, text
    assert f"frame-ancestors {platform.url}" in page.headers["Content-Security-Policy"]
    assert "data-close" in text
    row = platforms(world)[0]
    assert (row.standing, row.name, row.issuer, row.product) == ("pending", "Moodle der Stadt", platform.url, "moodle")
    assert row.auth_login_url == f"{platform.url}/lti/auth"
    assert row.auth_token_url == f"{platform.url}/lti/token"
    assert row.key_set_url == f"{platform.url}/lti/keys"
    assert [(d.deployment_id, d.enabled) for d in row.deployments] == [("1", True)]
    assert row.client_id in text
    assert row.asked is not None
    assert row.asked["version"] == "4.5dev+ (Build: 20240903)"
    assert row.asked["messages"] == ["LtiDeepLinkingRequest", "LtiResourceLinkRequest"]
    assert sent["redirect_uris"] == ["http://localhost/lti/launch"]
    assert sent["initiate_login_uri"] == "http://localhost/lti/login"
    assert sent["jwks_uri"] == "http://localhost/lti/keys"
    assert sent["token_endpoint_auth_method"] == "private_key_jwt"
    assert set(sent["grant_types"]) == {"implicit", "client_credentials"}
    assert (sent["application_type"], sent["response_types"]) == ("web", ["id_token"])
    assert sent[TOOL]["domain"] == "localhost"
    assert sent[TOOL]["claims"] == ["iss", "sub", "name", "given_name", "family_name", "email"]
    assert not is_open(world)
    with world.database.read() as session:
        assert (
            session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "platform.registered"
        )


def test_F1_window_is_closed_by_a_message_to_the_platform(world: World) -> None:
    with world.browser().get("/static/copy.js") as answer:
        script = answer.get_data(as_text=True)
    assert '(window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*")' in script
    token = invite(world)
    with desk() as platform:
        page = register(world, token, platform.invitation())
    nonce = page.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert f'<script nonce="{nonce}" src="/static/copy.js">' in page.get_data(as_text=True)


def test_F1_link_alone_says_what_it_is_for_and_uses_nothing_up(world: World) -> None:
    token = invite(world)
    assert "Moodle der Stadt" in world.browser().get(f"/lti/register/{token}").get_data(as_text=True)
    with desk() as platform:
        given = platform.invitation()
        assert world.browser().head(f"/lti/register/{token}", query_string=given).status_code == 200
        assert platform.paths == []
        assert register(world, token, given).status_code == 200


@SQLITE
@pytest.mark.parametrize("status", [200, 201])
def test_F1_answer_may_be_200_or_201(world: World, status: int) -> None:
    token = invite(world)
    with desk(status=status) as platform:
        assert register(world, token, platform.invitation()).status_code == 200
    assert len(platforms(world)) == 1


@SQLITE
def test_F1_issuer_may_have_a_path(world: World) -> None:
    token = invite(world)
    with desk() as platform:
        platform.configuration["issuer"] += "/moodle"
        assert register(world, token, platform.invitation()).status_code == 200
        assert platforms(world)[0].issuer == f"{platform.url}/moodle"


@SQLITE
def test_F1_only_what_the_platform_has_is_asked_for(world: World) -> None:
    token = invite(world)
    with desk(deployment_id=None) as platform:
        platform.configuration["scopes_supported"] = ["openid", f"{dynamic.AGS}score", dynamic.GROUPS_SCOPE]
        platform.configuration[dynamic.PLATFORM]["messages_supported"] = [{"type": "LtiResourceLinkRequest"}]
        assert register(world, token, platform.invitation()).status_code == 200
        sent = platform.received[0]
    assert sent["scope"].split() == [f"{dynamic.AGS}score", dynamic.GROUPS_SCOPE]
    assert [message["type"] for message in sent[TOOL]["messages"]] == ["LtiResourceLinkRequest"]
    assert platforms(world)[0].deployments == []


@SQLITE
def test_F1_platform_that_names_nothing_is_asked_for_the_standard_services(world: World) -> None:
    token = invite(world)
    with desk(answers=lambda _answer: {"client_id": "kurz"}) as platform:
        del platform.configuration["scopes_supported"]
        platform.configuration[dynamic.PLATFORM] = "?"
        assert register(world, token, platform.invitation()).status_code == 200
        assert platform.received[0]["scope"].split() == list(dynamic.SCOPES)
    row = platforms(world)[0]
    assert row.asked is not None
    assert (row.client_id, row.product, len(row.asked["scopes"])) == ("kurz", None, 5)


def test_F1_canvas_has_its_endpoints_on_another_host() -> None:
    told = {
        "issuer": "https://canvas.instructure.com",
        "registration_endpoint": "https://town.instructure.com/api/lti/registrations",
        "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
        "token_endpoint": "https://town.instructure.com/login/oauth2/token",
        "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
    }
    calm = Answering(told)
    found = dynamic.read_configuration(calm, "https://sso.canvaslms.com/api/lti/security/openid-configuration?t=1")
    assert found.issuer == "https://canvas.instructure.com"
    for other in ("https://canvaslms.com.evil.example/c", "https://sso.canvaslms.com.evil.example/c"):
        with pytest.raises(dynamic.ConfigurationError):
            dynamic.read_configuration(calm, other)


# What F1 refuses

ENDPOINTS = ("registration_endpoint", "authorization_endpoint", "token_endpoint", "jwks_uri")
UNUSABLE = {
    "http": ("http://lms.example/x", "connect.address"),
    "missing": (None, "connect.configuration"),
    "script": ("javascript:alert(1)", "connect.address"),
    "with a user": ("https://user@127.0.0.1/x", "connect.address"),
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "issuer on another host": ({"issuer": "https://other.example"}, "connect.configuration"),
    "issuer on another port": ({"issuer": "http://127.0.0.1:1"}, "connect.configuration"),
    "issuer without scheme": ({"issuer": "127.0.0.1"}, "connect.address"),
    "issuer with a query": ({"issuer": "http://127.0.0.1:1?a=b"}, "connect.configuration"),
    "issuer with a fragment": ({"issuer": "http://127.0.0.1:1#a"}, "connect.configuration"),
    "issuer too long": ({"issuer": f"https://lms.example/{'x' * 255}"}, "connect.configuration"),
    "issuer no text": ({"issuer": ["https://lms.example"]}, "connect.configuration"),
    "no issuer": ({"issuer": None}, "connect.configuration"),
    **{f"{field} {what}": ({field: value}, code) for field in ENDPOINTS for what, (value, code) in UNUSABLE.items()},
}


@SQLITE
@pytest.mark.parametrize("case", WRONG)
def test_F1_configuration_that_is_wrong_is_refused(world: World, case: str) -> None:
    spoilt, code = WRONG[case]
    quiet = Outbound(allow_loopback_http=True, resolve=lambda host, port: [to_address(host)])
    world, token = changed(world, outbound=quiet), invite(world)
    with desk() as platform:
        platform.configuration |= spoilt
        page = register(world, token, platform.invitation())
        assert (page.status_code, code_of(page)) == (422, code)
        assert "/lti/registration" not in platform.paths
    assert (platforms(world), is_open(world)) == ([], True)


BAD_ANSWERS: dict[str, dict[str, Any]] = {
    "refuses": {"status": 400},
    "fails": {"status": 500},
    "redirects": {"status": 302},
    "not JSON": {"answers": lambda _answer: "<html>"},
    "a list": {"answers": lambda answer: [answer]},
    "no client id": {"answers": lambda answer: {k: v for k, v in answer.items() if k != "client_id"}},
    "client id too long": {"answers": lambda answer: answer | {"client_id": "x" * 256}},
}


@SQLITE
@pytest.mark.parametrize("body", ["[]", "{", "null", "[" * 100_000])
def test_F1_configuration_that_is_no_json_object_is_refused(world: World, body: str) -> None:
    def make(app: Flask, _url: str) -> None:
        app.add_url_rule("/c", "c", lambda: Response(body))

    token = invite(world)
    with served(make) as url:
        page = register(world, token, {"openid_configuration": f"{url}/c"})
    assert (page.status_code, code_of(page)) == (422, "connect.configuration")


@SQLITE
@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_F1_failed_answer_leaves_nothing_and_the_link_usable(world: World, case: str) -> None:
    token = invite(world)
    with desk(**BAD_ANSWERS[case]) as platform:
        page = register(world, token, platform.invitation())
        assert (page.status_code, code_of(page)) == (424, "connect.platform_refused")
        assert (platforms(world), is_open(world)) == ([], True)
        platform.status, platform.answers = 200, lambda answer: answer
        assert register(world, token, platform.invitation()).status_code == 200
    assert len(platforms(world)) == 1


@SQLITE
def test_F1_token_of_the_platform_that_was_used_is_its_refusal(world: World) -> None:
    token = invite(world)
    with desk() as platform:
        spent = platform.invitation() | {"registration_token": "used"}
        assert code_of(register(world, token, spent)) == "connect.platform_refused"
    assert is_open(world)


# F2: addresses that must not be called, and answers that nobody waits for


class Answering(Outbound):
    """A client that says the same at every public address."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(allow_loopback_http=False, resolve=lambda _host, _port: ["93.184.216.34"])
        self._told = told

    def request(self, method: str, url: str, **options: Any) -> Any:
        self.check(url)
        return Answer(200, {}, json.dumps(self._told).encode())


def to_address(host: str) -> str:
    """Resolve as the tests' names say."""
    names = {"localhost": "127.0.0.1", "intern.example": "10.1.2.3", "meta.example": "169.254.169.254"}
    return names.get(host, host if host[0].isdigit() or ":" in host else "93.184.216.34")


@SQLITE
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/c",
        "http://127.0.0.1/c",
        "https://localhost/c",
        "https://[::1]/c",
        "https://[::ffff:127.0.0.1]/c",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3/c",
        "https://192.168.0.1/c",
        "https://0.0.0.0/c",
        "https://intern.example/c",
        "https://meta.example/c",
        "http://lms.example/c",
        "file:///etc/passwd",
        "gopher://lms.example/c",
        "//lms.example/c",
        "https://lms.example:99999/c",
        "https://user:password@lms.example/c",
    ],
)
def test_F2_address_that_must_not_be_called_is_refused(world: World, url: str) -> None:
    token = invite(world)
    closed = changed(
        world, outbound=Outbound(allow_loopback_http=False, resolve=lambda host, _port: [to_address(host)])
    )
    begun = time.monotonic()
    page = register(closed, token, {"openid_configuration": url, "registration_token": "t"})
    assert time.monotonic() - begun < SOON
    assert (page.status_code, code_of(page)) == (422, "connect.address")
    assert (platforms(world), is_open(world)) == ([], True)


@SQLITE
@pytest.mark.parametrize("looks", range(7))
def test_F2_name_that_points_inside_at_a_later_look_is_refused(world: World, looks: int) -> None:
    """DNS rebinding: each request goes to the address that was checked for it, and each is checked."""
    seen: list[str] = []

    def rebinding(_host: str, _port: int) -> list[str]:
        seen.append("10.0.0.7" if len(seen) >= looks else "127.0.0.1")
        return [seen[-1]]

    token = invite(world)
    hostile = changed(world, outbound=Outbound(allow_loopback_http=True, resolve=rebinding))
    with desk() as platform:
        page = register(hostile, token, platform.invitation())
        assert (page.status_code, code_of(page)) == (422, "connect.address")
        assert platform.received == []
    assert seen[-1] == "10.0.0.7"
    assert (platforms(world), is_open(world)) == ([], True)


@SQLITE
@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "http://10.0.0.1/", "file:///etc/passwd", ""])
def test_F2_redirect_is_not_followed(world: World, target: str) -> None:
    hits: list[str] = []

    def elsewhere(app: Flask, _url: str) -> None:
        @app.get("/secret")
        def secret() -> str:
            hits.append("read")
            return "{}"

    def redirecting(app: Flask, _url: str) -> None:
        @app.get("/c")
        def configuration() -> Any:
            return redirect(target or f"{other}/secret")

    token = invite(world)
    with served(elsewhere) as other, served(redirecting) as url:
        page = register(world, token, {"openid_configuration": f"{url}/c"})
    assert (page.status_code, code_of(page), hits) == (424, "connect.unreachable", [])


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Give what ends a server that would go on answering for ever."""
    event = threading.Event()
    yield event
    event.set()


@SQLITE
@pytest.mark.parametrize("case", ["5 MB", "5 MB unannounced", "slow body", "hang"])
def test_F2_answer_that_is_too_large_or_too_slow_is_refused_soon(
    world: World, case: str, over: threading.Event
) -> None:
    def trickle() -> Iterator[bytes]:
        while not over.wait(0.2):
            yield b" "

    def flood() -> Iterator[bytes]:
        for _ in range(5 * 1024):
            yield b" " * 1024

    def make(app: Flask, _url: str) -> None:
        @app.get("/c")
        def configuration() -> Response:
            if case == "hang":
                over.wait(30)
            bodies: dict[str, Iterable[bytes]] = {
                "5 MB": [b" " * 5 * 1024 * 1024],
                "5 MB unannounced": flood(),
                "slow body": trickle(),
            }
            return Response(bodies.get(case, ()), mimetype="application/json")

    token = invite(world)
    with served(make) as url:
        begun = time.monotonic()
        page = register(world, token, {"openid_configuration": f"{url}/c"})
        assert time.monotonic() - begun < SOON
        over.set()
    assert (page.status_code, code_of(page)) == (424, "connect.unreachable")
    assert (platforms(world), is_open(world)) == ([], True)


@SQLITE
def test_F2_registration_endpoint_that_hangs_is_given_up_soon(world: World, over: threading.Event) -> None:
    token = invite(world)

    def wait(answer: Any) -> Any:
        over.wait(30)
        return answer

    with desk(answers=wait) as platform:
        begun = time.monotonic()
        page = register(world, token, platform.invitation())
        assert time.monotonic() - begun < SOON
        over.set()
    assert (page.status_code, code_of(page)) == (424, "connect.unreachable")
    assert (platforms(world), is_open(world)) == ([], True)


@SQLITE
def test_F2_own_network_is_not_asked_when_loopback_is_not_allowed(world: World) -> None:
    token = invite(world)
    with desk() as platform:
        closed = changed(world, outbound=Outbound(allow_loopback_http=False))
        assert code_of(register(closed, token, platform.invitation())) == "connect.address"
        assert platform.paths == []


# F3: pending until approved; the link works once


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


@SQLITE
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
        assert (row.issuer, row.client_id, row.standing) == (front.url, "kc-dynamic", Standing.ACTIVE)
        assert sorted(d.deployment_id for d in row.deployments) == sorted(["4", deployment.deployment_id])
        grants = session.execute(select(TeachingGrant.issuer, TeachingGrant.client_id)).all()
        assert [tuple(found) for found in grants] == [(front.url, "kc-dynamic")]
        assert session.scalars(select(ResourceLink.id).where(ResourceLink.resource_link_id == "alt")).one() == link.id
        moved = session.scalars(select(Identity).where(Identity.issuer == front.url)).all()
        assert len(moved) == (people_before + 1 if keep_people else 1)


def approve_all(world: World) -> None:
    """Approve what waits."""
    office = world.office()
    for row in platforms(world, standing=Standing.PENDING):
        assert office.post(f"/verwaltung/plattformen/{row.public_id}/freigeben").status_code == 303


def post_login(world: World, fields: dict[str, str]) -> Any:
    """Begin a login in a new browser."""
    return world.browser().post("/lti/login", data=fields, headers=connecting.HTML)
