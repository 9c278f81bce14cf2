"""Launches that are refused: each with a 4xx and its code, and nothing written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import Cookie

from campus.database import Database
from campus.models.people import Identity, Person
from lti_tool.launch.store import Deployment, LaunchRow, LinkLearner, PlatformStanding, Registration, ResourceLink
from tests.lms.live import World, world
from tests.lms.platform import CLAIM
from tests.lms.state import new_private_pem

Body = dict[str, Any]


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[World]:
    with world(database, tmp_path) as made:
        yield made


@dataclass(frozen=True)
class Forgery:
    """One change to an honest token, and the code it must meet."""

    name: str
    code: str
    spoil: Callable[[Body], Body] = dict
    header: Mapping[str, Any] = field(default_factory=dict)


def without(*names: str) -> Callable[[Body], Body]:
    return lambda body: {name: value for name, value in body.items() if name not in names}


def with_(**values: Any) -> Callable[[Body], Body]:
    return lambda body: {**body, **values}


def with_claim(name: str, value: Any) -> Callable[[Body], Body]:
    return lambda body: {**body, CLAIM + name: value}


def shifted(iat: int, exp: int) -> Callable[[Body], Body]:
    return lambda body: {**body, "iat": body["iat"] + iat, "exp": body["exp"] + exp}


YEAR = 365 * 86400
FORGERIES = [
    Forgery("no key id", "launch.signature", header={"kid": None}),
    Forgery("unknown key id", "launch.signature", header={"kid": "imstester_66067"}),
    Forgery("critical header", "launch.signature", header={"crit": ["exp"], "exp": 1}),
    Forgery("not LTI", "launch.not_lti", lambda body: {"name": "badltilaunch"}),
    Forgery("no version", "launch.not_lti", without(CLAIM + "version")),
    Forgery("wrong version", "launch.not_lti", with_claim("version", "11.3")),
    Forgery("no message type", "launch.not_lti", without(CLAIM + "message_type")),
    Forgery("other message type", "launch.message_type", with_claim("message_type", "LtiOtherRequest")),
    Forgery("other issuer", "launch.issuer", with_(iss="https://other.example")),
    Forgery("no issuer", "launch.claims", without("iss")),
    Forgery("other audience", "launch.audience", with_(aud="other")),
    Forgery("no audience", "launch.audience", without("aud")),
    Forgery(
        "two audiences and no party",
        "launch.audience",
        lambda body: without("azp")({**body, "aud": ["kc-client", "other"]}),
    ),
    Forgery("other party", "launch.audience", with_(azp="other")),
    Forgery("no exp", "launch.claims", without("exp")),
    Forgery("no iat", "launch.claims", without("iat")),
    Forgery("exp is no number", "launch.claims", with_(exp="soon")),
    Forgery("exp is infinite", "launch.claims", with_(exp=float("inf"))),
    Forgery("exp is huge", "launch.claims", with_(exp=10**400)),
    Forgery("expired", "launch.expired", shifted(-200, -200)),
    Forgery("made a year ago", "launch.expired", shifted(-YEAR, 0)),
    Forgery("bad time stamps", "launch.expired", with_(iat=11111, exp=22222)),
    Forgery("from the future", "launch.not_yet_valid", shifted(3600, 3600)),
    Forgery("not before later", "launch.not_yet_valid", lambda body: {**body, "nbf": body["iat"] + 3600}),
    Forgery("no nonce", "launch.nonce", without("nonce")),
    Forgery("other nonce", "launch.nonce", with_(nonce="other")),
    Forgery("nonce is a list", "launch.nonce", with_(nonce=["other"])),
    Forgery("no target", "launch.target", without(CLAIM + "target_link_uri")),
    Forgery("other target", "launch.target", with_claim("target_link_uri", "https://other.example/")),
    Forgery("no deployment", "launch.claims", without(CLAIM + "deployment_id")),
    Forgery("deployment is a number", "launch.claims", with_claim("deployment_id", 1)),
    Forgery("unknown deployment", "launch.deployment_unknown", with_claim("deployment_id", "2")),
    Forgery("no roles", "launch.claims", without(CLAIM + "roles")),
    Forgery("roles is text", "launch.claims", with_claim("roles", "Instructor")),
    Forgery("roles is null", "launch.claims", with_claim("roles", None)),
    Forgery("roles holds a number", "launch.claims", with_claim("roles", [1])),
    Forgery("no link", "launch.claims", without(CLAIM + "resource_link")),
    Forgery("link without id", "launch.claims", with_claim("resource_link", {"title": "A1"})),
    Forgery("link is text", "launch.claims", with_claim("resource_link", "link-1")),
    Forgery("no sub", "launch.claims", without("sub")),
    Forgery("empty sub", "launch.claims", with_(sub="")),
    Forgery("sub is a number", "launch.claims", with_(sub=7)),
    Forgery("sub with NUL", "launch.claims", with_(sub="7\0")),
    Forgery("sub with half a character", "launch.claims", with_(sub="\ud800")),
    Forgery("sub too long", "launch.claims", with_(sub="7" * 256)),
]


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_spoilt_token_is_refused(lti: World, forgery: Forgery) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    token = lti.platform.sign(forgery.spoil(lti.claims(asked)), **forgery.header)
    refused(lti, client, asked["state"], token, forgery.code)


def test_token_of_another_key_with_the_right_id_is_refused(lti: World) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    token = lti.platform.sign(lti.claims(asked), pem=new_private_pem())
    refused(lti, client, asked["state"], token, "launch.signature")


def test_key_in_the_tokens_own_header_is_not_believed(lti: World) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    token = lti.platform.sign(
        lti.claims(asked), pem=new_private_pem(), jku="https://other.example/keys", jwk={"kty": "RSA"}
    )
    refused(lti, client, asked["state"], token, "launch.signature")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_token_with_no_or_a_shared_key_is_refused(lti: World, algorithm: str) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    kid = lti.platform.key_set()["keys"][0]["kid"]
    key = "" if algorithm == "none" else "k" * 64
    token = jwt.encode(lti.claims(asked), key, algorithm=algorithm, headers={"kid": kid})
    refused(lti, client, asked["state"], token, "launch.signature")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "launch.token_format"),
        ("a.b", "launch.token_format"),
        ("W10.W10.x", "launch.token_format"),
        ("e30." + "W1tb" * 4000 + ".x", "launch.token_format"),
        ("x" * (64 * 1024 + 1), "launch.too_large"),
        ("x" * 200_000, "launch.too_large"),
    ],
    ids=["none", "two parts", "lists", "deep nesting", "over 64 KiB", "over the form's limit"],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_token_is_refused(lti: World, token: str, code: str) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    refused(lti, client, asked["state"], token, code)


def test_same_launch_posted_twice_is_let_in_once(lti: World) -> None:
    client = lti.tool.test_client()
    form = lti.platform.authorise(lti.begin(client))
    cookies = cookies_of(client)  # the answer to the first takes the cookie away
    posted = {"state": form["state"], "id_token": form["id_token"]}
    assert client.post("/lti/launch", data=posted).status_code == 303
    for cookie in cookies:
        client.set_cookie(cookie.key, cookie.value, path=cookie.path)
    answer = client.post("/lti/launch", data=posted)
    assert (answer.status_code, answer.json) == (400, {"code": "launch.state_unknown"})
    assert rows(lti)["launches"] == 1


def test_nonce_of_one_login_with_the_state_of_another_is_refused(lti: World) -> None:
    client = lti.tool.test_client()
    first, second = lti.begin(client), lti.begin(client)
    refused(lti, client, second["state"], lti.platform.sign(lti.claims(first)), "launch.nonce")


def test_launch_from_another_browser_is_refused_and_leaves_the_login_to_its_own(lti: World) -> None:
    own, other = lti.tool.test_client(), lti.tool.test_client()
    asked = lti.begin(own)
    token = lti.platform.sign(lti.claims(asked))
    posted = {"state": asked["state"], "id_token": token}
    assert other.post("/lti/launch", data=posted).json == {"code": "launch.browser"}
    (cookie,) = cookies_of(own)
    other.set_cookie(cookie.key, "guessed", path=cookie.path)
    assert other.post("/lti/launch", data=posted).json == {"code": "launch.browser"}
    assert own.post("/lti/launch", data=posted).status_code == 303


def test_login_runs_out_after_ten_minutes(lti: World) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    lti.clock.ahead = lti.clock.ahead.__class__(minutes=11)
    refused(lti, client, asked["state"], lti.platform.sign(lti.claims(asked)), "launch.state_unknown")


def test_launch_of_a_disabled_platform_is_refused(lti: World) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    with lti.services.database.write() as session:
        session.scalars(select(Registration)).one().standing = PlatformStanding.DISABLED
    refused(lti, client, asked["state"], lti.platform.sign(lti.claims(asked)), "launch.registration_disabled")
    again = client.post("/lti/login", data=lti.platform.login_fields(lti.aylin, lti.link))
    assert (again.status_code, again.json) == (403, {"code": "launch.registration_disabled"})


def test_deployment_that_is_switched_off_between_login_and_launch_reads_as_one_login_later(lti: World) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    with lti.services.database.write() as session:
        session.execute(update(Deployment).values(enabled=False))
    refused(lti, client, asked["state"], lti.platform.sign(lti.claims(asked)), "launch.deployment_unknown")


def test_error_of_the_platform_is_passed_on_with_its_text(lti: World) -> None:
    client = lti.tool.test_client()
    asked = lti.begin(client)
    posted = {"state": asked["state"], "error": "access_denied", "error_description": "<b>nein</b>"}
    answer = client.post("/lti/launch", data=posted)
    assert (answer.status_code, answer.json) == (400, {"code": "launch.platform_error"})
    assert rows(lti) == EMPTY


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"iss": ""}, "launch.login_incomplete"),
        ({"login_hint": ""}, "launch.login_incomplete"),
        ({"target_link_uri": ""}, "launch.login_incomplete"),
        ({"iss": "https://other.example"}, "launch.registration_unknown"),
        ({"client_id": "other"}, "launch.registration_unknown"),
        ({"target_link_uri": "https://other.example/lti/launch"}, "launch.target"),
        ({"target_link_uri": "javascript:alert(1)"}, "launch.target"),
        ({"target_link_uri": "{tool}@other.example/"}, "launch.target"),
        ({"target_link_uri": "http://user@{host}/lti/launch"}, "launch.target"),
        ({"target_link_uri": "http://127.0.0.1:1/lti/launch"}, "launch.target"),
    ],
    ids=str,
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bad_login_is_refused(lti: World, change: dict[str, str], code: str) -> None:
    url = lti.services.settings.public_url
    fields = lti.platform.login_fields(lti.aylin, lti.link)
    changed = {
        name: value.replace("{tool}", url).replace("{host}", url.removeprefix("http://"))
        for name, value in change.items()
    }
    answer = lti.tool.test_client().post("/lti/login", data={**fields, **changed})
    assert answer.json == {"code": code}
    assert 400 <= answer.status_code < 500
    assert rows(lti) == EMPTY


def test_login_that_names_no_client_of_several_is_refused(lti: World) -> None:
    with lti.services.database.write() as session:
        first = session.scalars(select(Registration)).one()
        kept = ("organisation_id", "name", "issuer", "auth_login_url", "auth_token_url", "key_set_url")
        values = {name: getattr(first, name) for name in kept}
        session.add(
            Registration(
                **values, client_id="second", standing="active", allows_anonymous=False, created_at=lti.clock()
            )
        )
    fields = lti.platform.login_fields(lti.aylin, lti.link)
    del fields["client_id"]
    answer = lti.tool.test_client().post("/lti/login", data=fields)
    assert (answer.status_code, answer.json) == (400, {"code": "launch.registration_unknown"})


EMPTY = {"people": 0, "identities": 0, "resource_links": 0, "link_learners": 0, "launches": 0}


def cookies_of(client: FlaskClient) -> list[Cookie]:
    return list((client._cookies or {}).values())


def rows(lti: World) -> dict[str, int]:
    """Count what a launch writes."""
    with lti.services.database.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Person, Identity, ResourceLink, LinkLearner, LaunchRow)
        }


def refused(lti: World, client: FlaskClient, state: str, token: str, code: str) -> None:
    """Post a launch and see it refused with this code, nothing written."""
    answer = client.post("/lti/launch", data={"state": state, "id_token": token})
    assert answer.json == {"code": code}
    assert 400 <= answer.status_code < 500
    assert rows(lti) == EMPTY
