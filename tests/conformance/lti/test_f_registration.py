"""Section F of the checklist, 1: a platform registers itself. The whole application; the platforms are served."""

from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy import select

from campus.database import Database
from campus.models.access import AuditEntry
from campus.outbound import Outbound
from lti_tool.launch import dynamic
from lti_tool.services import groups
from lti_tool.services.ags import SCORE_SCOPE
from tests import pages
from tests.conformance.lti.connecting import (
    Answering,
    changed,
    code_of,
    desk,
    invite,
    is_open,
    platforms,
    register,
    served,
    to_address,
)
from tests.databases import ON_SQLITE
from tests.pages import World

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


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


@ON_SQLITE
@pytest.mark.parametrize("status", [200, 201])
def test_F1_answer_may_be_200_or_201(world: World, status: int) -> None:
    token = invite(world)
    with desk(status=status) as platform:
        assert register(world, token, platform.invitation()).status_code == 200
    assert len(platforms(world)) == 1


@ON_SQLITE
def test_F1_issuer_may_have_a_path(world: World) -> None:
    token = invite(world)
    with desk() as platform:
        platform.configuration["issuer"] += "/moodle"
        assert register(world, token, platform.invitation()).status_code == 200
        assert platforms(world)[0].issuer == f"{platform.url}/moodle"


@ON_SQLITE
def test_F1_only_what_the_platform_has_is_asked_for(world: World) -> None:
    token = invite(world)
    with desk(deployment_id=None) as platform:
        platform.configuration["scopes_supported"] = ["openid", SCORE_SCOPE, groups.SCOPE]
        platform.configuration[dynamic.PLATFORM]["messages_supported"] = [{"type": "LtiResourceLinkRequest"}]
        assert register(world, token, platform.invitation()).status_code == 200
        sent = platform.received[0]
    assert sent["scope"].split() == [SCORE_SCOPE, groups.SCOPE]
    assert [message["type"] for message in sent[TOOL]["messages"]] == ["LtiResourceLinkRequest"]
    assert platforms(world)[0].deployments == []


@ON_SQLITE
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


@ON_SQLITE
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


@ON_SQLITE
@pytest.mark.parametrize("body", ["[]", "{", "null", "[" * 100_000])
def test_F1_configuration_that_is_no_json_object_is_refused(world: World, body: str) -> None:
    def make(app: Flask, _url: str) -> None:
        app.add_url_rule("/c", "c", lambda: Response(body))

    token = invite(world)
    with served(make) as url:
        page = register(world, token, {"openid_configuration": f"{url}/c"})
    assert (page.status_code, code_of(page)) == (422, "connect.configuration")


@ON_SQLITE
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


@ON_SQLITE
def test_F1_token_of_the_platform_that_was_used_is_its_refusal(world: World) -> None:
    token = invite(world)
    with desk() as platform:
        spent = platform.invitation() | {"registration_token": "used"}
        assert code_of(register(world, token, spent)) == "connect.platform_refused"
    assert is_open(world)
