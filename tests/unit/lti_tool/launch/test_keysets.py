"""The platforms' key sets: when they are fetched, when they are believed, and which keys count."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response
from jwt.algorithms import RSAAlgorithm

from campus.outbound import Outbound
from lti_tool.launch import keysets
from lti_tool.launch.errors import KeysUnavailableError, SignatureError
from lti_tool.launch.keysets import KeySets, read_key_set
from lti_tool.launch.registrations import Platform
from tests.lms.live import serve

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def jwk(kid: str, bits: int = 2048, **changes: Any) -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return {**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "use": "sig", "alg": "RS256", **changes}


ONE, TWO = jwk("one"), jwk("two")


@dataclass
class Site:
    """A platform's key set address: what it serves, and how often it was asked."""

    platform: Platform
    body: bytes = field(default=json.dumps({"keys": [ONE]}).encode())
    status: int = 200
    asked: int = 0

    def serve_keys(self, *keys: dict[str, Any]) -> None:
        self.body = json.dumps({"keys": keys}).encode()


@pytest.fixture
def site() -> Iterator[Site]:
    sites: list[Site] = []

    def make(url: str) -> Flask:
        app = Flask("site")
        site = Site(Platform(1, url, "client", url, url, f"{url}/keys", url, False, {}))
        sites.append(site)

        @app.get("/keys")
        def keys() -> Response:
            site.asked += 1
            return Response(site.body, status=site.status)

        return app

    with serve(make):
        yield sites[0]


@pytest.fixture
def key_sets() -> KeySets:
    return KeySets(Outbound(allow_loopback_http=True))


def test_known_key_is_fetched_once_in_an_hour(site: Site, key_sets: KeySets) -> None:
    for minutes in (0, 30, 59):
        assert key_sets.find(site.platform, "one", now=NOW + timedelta(minutes=minutes))
    assert site.asked == 1
    assert key_sets.find(site.platform, "one", now=NOW + timedelta(minutes=61))
    assert site.asked == 2


def test_new_key_is_found_at_once(site: Site, key_sets: KeySets) -> None:
    key_sets.find(site.platform, "one", now=NOW)
    site.serve_keys(ONE, TWO)
    assert key_sets.find(site.platform, "two", now=NOW + timedelta(seconds=11))


def test_made_up_key_ids_cause_no_storm(site: Site, key_sets: KeySets) -> None:
    for number in range(20):
        with pytest.raises(SignatureError):
            key_sets.find(site.platform, f"made up {number}", now=NOW + timedelta(milliseconds=number))
    assert site.asked == 1


def test_withdrawn_key_is_not_believed_when_the_platform_answers(site: Site, key_sets: KeySets) -> None:
    key_sets.find(site.platform, "one", now=NOW)
    site.serve_keys(TWO)
    with pytest.raises(SignatureError):
        key_sets.find(site.platform, "one", now=NOW + timedelta(minutes=61))


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, b'{"keys": []}'), (200, b"<html>"), (200, b"[" * 100_000), (200, b"{}"), (200, b"x" * 300_000)],
    ids=["down", "no JSON", "nested", "no keys", "too large"],
)
def test_platform_that_fails_is_bridged_for_a_day(site: Site, key_sets: KeySets, status: int, body: bytes) -> None:
    key_sets.find(site.platform, "one", now=NOW)
    site.status, site.body = status, body
    assert key_sets.find(site.platform, "one", now=NOW + timedelta(hours=23))
    with pytest.raises(KeysUnavailableError):
        key_sets.find(site.platform, "one", now=NOW + timedelta(hours=25))


def test_platform_that_was_never_reached(key_sets: KeySets) -> None:
    gone = Platform(1, "i", "c", "l", "t", "http://127.0.0.1:9/keys", "a", False, {})
    with pytest.raises(KeysUnavailableError):
        key_sets.find(gone, "one", now=NOW)


def test_platforms_with_one_address_do_not_share_what_is_remembered(site: Site, key_sets: KeySets) -> None:
    key_sets.find(site.platform, "one", now=NOW)
    key_sets.find(replace(site.platform, id=2), "one", now=NOW)
    assert site.asked == 2


def test_only_rsa_signing_keys_count() -> None:
    others = [
        {"kty": "EC", "kid": "ec", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "oct", "kid": "oct", "k": "AA"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": None},
        "text",
        None,
        {name: value for name, value in ONE.items() if name != "kid"},
        {**ONE, "kid": 7},
        {**ONE, "kid": "encrypts", "use": "enc"},
        {**ONE, "kid": "other", "alg": "RS512"},
        jwk("short", bits=1024),
    ]
    found = read_key_set(json.dumps({"keys": [*others, ONE, {**TWO, "kid": "one"}]}).encode())
    assert found is not None
    assert {kid: len(keys) for kid, keys in found.items()} == {"one": 2}


def test_pause_is_shorter_than_freshness() -> None:
    assert keysets.PAUSE < keysets.FRESH < keysets.STALE
