"""Checklist A, bad launches: the token itself, its header, signature, size and shape."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask, jsonify
from jwt.algorithms import RSAAlgorithm

from tests.conformance.lti.browsers import Body, Browser, refused, refused_launch, with_claim
from tests.databases import ON_SQLITE
from tests.lms.live import World, serve
from tests.lms.state import new_private_pem, public_pem

Forge = Callable[[World, Body], str]


def refused_token(lti: World, forge: Forge, code: str, status: int = 400) -> None:
    """End an honest login with a token of the test's own making, and see it refused."""
    browser = Browser(lti)
    asked = browser.begin()
    token = forge(lti, lti.claims(asked))
    refused(lti, lambda language: browser.send(asked["state"], token, language), code, status)


@cache
def attackers_key() -> str:
    return new_private_pem()


def kid(lti: World) -> str:
    found: str = lti.platform.key_set()["keys"][0]["kid"]
    return found


@pytest.mark.parametrize("named", [None, ""], ids=["absent", "empty"])
def test_A1_no_kid(shared: World, named: str | None) -> None:
    """Though the platform has only one key, and it is known."""
    Browser(shared).land()
    refused_launch(shared, dict, "launch.signature", kid=named)


@ON_SQLITE
def test_A2_kid_unknown_leads_to_one_refetch(lti: World) -> None:
    browser = Browser(lti)
    browser.land()
    assert lti.lms_calls.count("/lti/keys") == 1
    lti.clock.ahead = timedelta(seconds=11)  # past the pause between two fetches
    refused_launch(lti, dict, "launch.signature", kid="imstester_66067")  # posts it twice
    assert lti.lms_calls.count("/lti/keys") == 2


def test_A13_other_key_with_the_right_kid(shared: World) -> None:
    refused_launch(shared, dict, "launch.signature", pem=attackers_key())


def test_A13_body_changed_after_signing(shared: World) -> None:
    def forge(lti: World, body: Body) -> str:
        header, _, signature = lti.platform.sign(body).split(".")
        return f"{header}.{_part({**body, 'sub': '1'})}.{signature}"

    refused_token(shared, forge, "launch.signature")


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _unsigned(name: str) -> Forge:
    return lambda lti, body: f"{_part({'alg': name, 'typ': 'JWT', 'kid': kid(lti)})}.{_part(body)}."


def _shared_secret(lti: World, body: Body) -> str:
    """Sign with the platform's *public* key as if it were a secret: who confuses the two kinds believes it."""
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid(lti)})}.{_part(body)}"
    mac = hmac.digest(public_pem(lti.platform.state.private_pem()).encode(), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _with_algorithm(name: str) -> Forge:
    """Sign with the platform's own key, but not as agreed."""
    return lambda lti, body: jwt.encode(
        body, lti.platform.state.private_pem(), algorithm=name, headers={"kid": kid(lti)}
    )


def _elliptic(lti: World, body: Body) -> str:
    return jwt.encode(body, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers={"kid": kid(lti)})


@pytest.mark.parametrize(
    "forge",
    [
        _unsigned("none"),
        _unsigned("None"),
        _shared_secret,
        *(_with_algorithm(name) for name in ("RS384", "RS512", "PS256")),
        _elliptic,
    ],
    ids=["none", "None", "HS256 with the public key", "RS384", "RS512", "PS256", "ES256"],
)
def test_A14_algorithm(shared: World, forge: Forge) -> None:
    refused_token(shared, forge, "launch.signature")


@pytest.mark.parametrize(
    "header",
    [{"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": True}, {"crit": ["unknown"]}, {"crit": []}],
    ids=["exp", "b64", "unknown", "empty"],
)
def test_A14_crit(shared: World, header: Body) -> None:
    """Also one that the library understands; signed by hand, for it would not sign all of these."""

    def forge(lti: World, body: Body) -> str:
        signed = f"{_part({'alg': 'RS256', 'typ': 'JWT', 'kid': kid(lti), **header})}.{_part(body)}"
        key = load_pem_private_key(lti.platform.state.private_pem().encode(), None)
        assert isinstance(key, RSAPrivateKey)
        signature = key.sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    refused_token(shared, forge, "launch.signature")


@pytest.mark.parametrize("named", ["jku", "jwk", "x5u"])
@pytest.mark.parametrize("own_kid", [True, False], ids=["kid of the platform", "kid of the attacker"])
def test_A14_key_in_the_header_is_ignored(shared: World, named: str, *, own_kid: bool) -> None:
    pem = attackers_key()
    attackers = {**RSAAlgorithm.to_jwk(RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(public_pem(pem)), as_dict=True)}
    attackers |= {"kid": "attacker", "alg": "RS256", "use": "sig"}
    calls: list[str] = []

    def attacker(_url: str) -> Flask:
        app = Flask("attacker")

        @app.get("/keys")
        def keys() -> Any:
            calls.append("keys")
            return jsonify({"keys": [attackers]})

        return app

    with serve(attacker) as url:
        header: Body = {"jwk": attackers} if named == "jwk" else {named: f"{url}/keys"}
        header["kid"] = kid(shared) if own_kid else "attacker"
        refused_launch(shared, dict, "launch.signature", pem=pem, **header)
    assert calls == []


@pytest.mark.parametrize(
    "size", [64 * 1024 + 1, 79_000, 200_000], ids=["over 64 KiB", "nearly the form's limit", "over the form's limit"]
)
def test_A29_token_too_large(shared: World, size: int) -> None:
    refused_token(shared, lambda _lti, _body: "x" * size, "launch.too_large", 413)


def test_A29_signed_token_too_large(shared: World) -> None:
    refused_token(
        shared,
        lambda lti, body: lti.platform.sign(with_claim("custom", {"filling": "x" * 50_000})(body)),
        "launch.too_large",
        413,
    )


@pytest.mark.parametrize("depth", [40, 900, 20_000], ids=str)
def test_A29_claims_nested_deeply(shared: World, depth: int) -> None:
    def forge(lti: World, body: Body) -> str:
        nested = json.dumps(body)[:-1] + ', "nested": ' + "[" * depth + "]" * depth + "}"
        pem = lti.platform.state.private_pem()
        return jwt.PyJWS().encode(nested.encode(), pem, algorithm="RS256", headers={"kid": kid(lti)})

    refused_token(shared, forge, "launch.token_format")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "launch.token_format"),
        ("a.b", "launch.token_format"),
        ("a.b.c.d", "launch.token_format"),
        ("W10.W10.x", "launch.token_format"),
        ("e30." + "W1tb" * 4000 + ".x", "launch.token_format"),
        ("e30.e30.x", "launch.signature"),
        ("é.é.é", "launch.token_format"),
    ],
    ids=["none", "two parts", "four parts", "lists", "lists without end", "empty objects", "no ASCII"],
)
def test_A29_no_token_at_all(shared: World, token: str, code: str) -> None:
    refused_token(shared, lambda _lti, _body: token, code)


def test_A29_nul_in_the_form(shared: World) -> None:
    refused_token(shared, lambda _lti, _body: "e30.e30.\0", "input.invalid", 422)
