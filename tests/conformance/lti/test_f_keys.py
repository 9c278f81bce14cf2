"""Checklist F5 and F6: the platform's keys change or can't be read; ours change."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask, Response
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from sqlalchemy import delete, select, update

from lti_tool.launch import registrations
from lti_tool.launch.keys import AHEAD, KEPT, ToolKeys
from lti_tool.launch.store import Registration, ToolKey
from lti_tool.services.tokens import AccessTokens
from tests.conformance.lti.browsers import Browser, refused, refused_launch
from tests.databases import ON_SQLITE
from tests.lms.live import World, serve
from tests.lms.state import new_private_pem

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
Jwk = dict[str, Any]


@dataclass
class KeySite:
    """Serves the LMS's key set in its place: what a test makes of it, and how often it was asked for."""

    keys: list[Jwk]
    status: int = 200
    hangs: bool = False
    asked: int = 0
    done: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def site(lti: World) -> Iterator[KeySite]:
    found, app = KeySite(list(lti.platform.key_set()["keys"])), Flask("keys")

    @app.get("/keys")
    def keys() -> Response:
        found.asked += 1
        if found.hangs:
            found.done.wait(30)
        return Response(json.dumps({"keys": found.keys}), status=found.status, mimetype="application/json")

    with serve(lambda _url: app) as url:
        with lti.services.database.write() as session:
            session.execute(update(Registration).values(key_set_url=f"{url}/keys"))
        yield found
        found.done.set()


def rsa(pem: str, kid: str, **changes: Any) -> Jwk:
    public: Any = load_pem_private_key(pem.encode(), password=None).public_key()
    return {**RSAAlgorithm.to_jwk(public, as_dict=True), "kid": kid, "use": "sig", "alg": "RS256", **changes}


def elliptic(kid: str) -> Jwk:
    return {**ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True), "kid": kid}


def later(lti: World, moment: timedelta) -> None:
    """Move the tool's clock. What the LMS signs is stamped with its own, so it is moved along by :func:`launch`."""
    lti.clock.ahead += moment


def stamped(lti: World) -> Callable[[Any], Any]:
    seconds = int(lti.clock.ahead.total_seconds())
    return lambda body: {**body, "iat": body["iat"] + seconds, "exp": body["exp"] + seconds}


# F5: the platform's keys


@ON_SQLITE
def test_F5_key_rotated_while_the_old_is_remembered(lti: World, site: KeySite) -> None:
    Browser(lti).land()
    fresh = new_private_pem()
    site.keys.append(rsa(fresh, "fresh"))
    later(lti, timedelta(seconds=15))
    Browser(lti).land(stamped(lti), pem=fresh, kid="fresh")
    Browser(lti).land(stamped(lti))
    assert site.asked == 2


@ON_SQLITE
def test_F5_key_that_the_platform_has_withdrawn(lti: World, site: KeySite) -> None:
    Browser(lti).land()
    fresh = new_private_pem()
    site.keys[:] = [rsa(fresh, "fresh")]
    later(lti, timedelta(minutes=61))
    refused_launch(lti, stamped(lti), "launch.signature")


@ON_SQLITE
def test_F5_key_set_down_while_its_keys_are_remembered(lti: World, site: KeySite) -> None:
    Browser(lti).land()
    site.status = 503
    later(lti, timedelta(hours=23))
    Browser(lti).land(stamped(lti))


@ON_SQLITE
@pytest.mark.parametrize("status", [503, 500, 403, 404, 302])
def test_F5_key_set_down_and_nothing_remembered(lti: World, site: KeySite, status: int) -> None:
    site.status = status
    browser = Browser(lti)
    asked = browser.begin()
    token = lti.platform.sign(lti.claims(asked))
    refused(lti, lambda language: browser.send(asked["state"], token, language), "launch.keys_unavailable", 424)
    site.status = 200
    later(lti, timedelta(seconds=15))
    Browser(lti).land(stamped(lti))


@ON_SQLITE
def test_F5_key_set_hangs(lti: World, site: KeySite) -> None:
    """It holds a launch up for seconds, not for ever, and only the first one; the login can be ended afterwards."""
    site.hangs = True
    browser = Browser(lti)
    asked = browser.begin()
    token = lti.platform.sign(lti.claims(asked))
    begun = time.monotonic()
    refused(lti, lambda language: browser.send(asked["state"], token, language), "launch.keys_unavailable", 424)
    assert time.monotonic() - begun < 10
    assert site.asked == 1
    site.hangs = False
    later(lti, timedelta(seconds=15))
    assert browser.send(asked["state"], token).status_code == 303


@ON_SQLITE
def test_F5_key_set_with_other_keys_and_double_ids(lti: World, site: KeySite) -> None:
    (own,) = site.keys
    kid = own["kid"]
    others: list[Any] = [elliptic(kid), {"kty": "oct", "k": "c2VjcmV0", "kid": kid}, "text", None, {"kid": kid}]
    site.keys[:] = [*others, rsa(new_private_pem(), kid), own]
    Browser(lti).land()


@ON_SQLITE
@pytest.mark.parametrize("kind", ["EC", "oct", "encrypts", "no keys"])
def test_F5_key_set_without_a_key_that_may_sign(lti: World, site: KeySite, kind: str) -> None:
    (own,) = site.keys
    site.keys[:] = {
        "EC": [elliptic(own["kid"])],
        "oct": [{"kty": "oct", "k": "c2VjcmV0", "kid": own["kid"]}],
        "encrypts": [{**own, "use": "enc"}],
        "no keys": [],
    }[kind]
    refused_launch(lti, dict, "launch.signature")


# F6: our keys


def published(lti: World) -> list[str]:
    answer = Browser(lti).get(f"{lti.services.settings.public_url}/lti/keys")
    assert all(set(key) == {"kty", "n", "e", "alg", "use", "kid"} for key in answer.json()["keys"]), "public halves"
    return [key["kid"] for key in answer.json()["keys"]]


def signed_by(lti: World) -> str:
    """Ask the LMS for a token, which checks the signature against what is published; return the key's id."""
    with lti.services.database.read() as session:
        platform = registrations.by_id(session, lti.registration_id)
    tokens = AccessTokens(lti.services.outbound, lti.services.tool_keys)
    tokens.get(platform, frozenset({SCOPE}), now=datetime.now(tz=UTC))  # the LMS's clock stays
    kid: str = jwt.get_unverified_header(lti.platform.token_requests[-1]["client_assertion"])["kid"]
    return kid


def test_F6_new_key_is_published_a_day_before_it_signs_and_the_old_is_kept_after(lti: World) -> None:
    keys = lti.services.tool_keys
    old = keys.signer().kid
    new = keys.rotate().kid
    assert published(lti) == [old, new]
    later(lti, timedelta(hours=23, minutes=59))
    assert signed_by(lti) == keys.signer().kid == old
    later(lti, timedelta(minutes=2))
    assert signed_by(lti) == keys.signer().kid == new
    assert published(lti) == [old, new]
    assert timedelta(hours=24) <= AHEAD < KEPT
    later(lti, KEPT - timedelta(hours=1))
    third = keys.rotate().kid
    assert published(lti) == [old, new, third], "kept for a month after it signed last"
    later(lti, timedelta(hours=2))
    fourth = keys.rotate().kid
    assert published(lti) == [new, third, fourth]


@ON_SQLITE
def test_F6_key_that_has_leaked_goes_at_once(lti: World) -> None:
    old = lti.services.tool_keys.signer().kid
    lti.services.tool_keys.rotate()
    new = lti.services.tool_keys.rotate(at_once=True).kid
    assert lti.services.tool_keys.signer().kid == new != old
    assert published(lti) == [new]


@ON_SQLITE
def test_F6_platform_with_a_key_of_its_own(lti: World) -> None:
    keys = lti.services.tool_keys
    common = keys.signer().kid
    own = keys.rotate(lti.registration_id).kid
    assert keys.signer(lti.registration_id).kid == common, "until its day has passed"
    later(lti, AHEAD)
    assert signed_by(lti) == own
    assert (keys.signer(lti.registration_id).kid, keys.signer().kid, keys.signer(999).kid) == (own, common, common)
    assert published(lti) == [common, own]
    at_once = keys.rotate(lti.registration_id, at_once=True).kid
    assert published(lti) == [common, at_once], "a platform's leaked key takes no other's with it"


def test_F6_private_halves_lie_encrypted_and_outlive_a_change_of_the_encryption_key(lti: World) -> None:
    database, old = lti.services.database, Fernet.generate_key()
    with database.write() as session:
        session.execute(delete(ToolKey))
    first = ToolKeys(database, MultiFernet([Fernet(old)]), lti.clock).signer()
    both = MultiFernet([Fernet(Fernet.generate_key()), Fernet(old)])
    assert ToolKeys(database, both, lti.clock).signer().kid == first.kid
    with database.read() as session:
        stored = session.scalars(select(ToolKey.private_pem_encrypted)).one()
    assert "PRIVATE" not in stored
    assert b"PRIVATE" in Fernet(old).decrypt(stored.encode())


def at_once(count: int, work: Callable[[int], str]) -> list[str]:
    """Do the same in as many threads, each with its own connections, as processes do."""
    start = threading.Barrier(count)

    def begin(number: int) -> str:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_F6_two_processes_that_make_the_first_key_at_once_make_one(lti: World) -> None:
    with lti.services.database.write() as session:
        session.execute(delete(ToolKey))
    processes = [replace(lti.services) for _ in range(3)]
    assert len(set(at_once(3, lambda number: processes[number].tool_keys.signer().kid))) == 1
    assert len(published(lti)) == 1


def test_F6_processes_that_rotate_at_once_make_a_key_each(lti: World) -> None:
    processes = [replace(lti.services) for _ in range(3)]
    made = at_once(3, lambda number: processes[number].tool_keys.rotate().kid)
    assert set(published(lti)) >= set(made)
    assert len(set(made)) == 3
