"""Credentials as tokens."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from certificates.errors import UnsafeDocumentError
from certificates.signatures import jwt, multibase
from certificates.signatures.jwt import JwtKey
from tests.unit.certificates import samples

KEY = JwtKey(2, ec.derive_private_key(7, ec.SECP256R1()))
SIGNED = samples.sign(samples.unsigned())
TOKEN = jwt.encode(SIGNED, KEY, issuer_did=samples.DID)


def parts(token: str) -> list[dict[str, Any]]:
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def test_the_header_says_how_and_where_the_key_is() -> None:
    assert parts(TOKEN)[0] == {"alg": "ES256", "kid": f"{samples.DID}#key-2", "typ": "JWT"}


def test_the_payload_is_the_credential_without_its_proof_and_the_claims_repeat_it() -> None:
    claims = {
        "iss": samples.DID,
        "jti": SIGNED["id"],
        "sub": SIGNED["credentialSubject"]["id"],
        "nbf": int(samples.NOW.timestamp()),
    }
    assert parts(TOKEN)[1] == {**samples.unsigned(), **claims}


def test_what_ends_has_its_end_as_a_claim() -> None:
    end = samples.NOW + timedelta(days=365)
    document = samples.unsigned(replace(samples.ATTENDANCE, valid_until=end))
    assert parts(jwt.encode(document, KEY, issuer_did=samples.DID))[1]["exp"] == int(end.timestamp())


def test_the_published_key_opens_the_token_and_no_other_does() -> None:
    mine = ECKey.import_key({**jwt.jwk(KEY.private.public_key())})
    assert jws.deserialize_compact(TOKEN, mine, algorithms=["ES256"]).payload
    other = ECKey.import_key({**jwt.jwk(ec.derive_private_key(8, ec.SECP256R1()).public_key())})
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(TOKEN, other, algorithms=["ES256"])


def test_what_is_published_of_the_key_has_no_private_part() -> None:
    assert jwt.jwk(KEY.private.public_key()).keys() == {"kty", "crv", "x", "y"}


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(UnsafeDocumentError):
        jwt.encode({**SIGNED, "validFrom": "gestern"}, KEY, issuer_did=samples.DID)


def test_the_multikey_of_a_p256_key() -> None:
    text = multibase.multikey(KEY.private.public_key())
    assert text.startswith("zDn")
    assert multibase.p256_key(text) == KEY.private.public_key()
    assert multibase.p256_key(multibase.multikey(samples.KEY.public_key())) is None


def test_a_p256_multikey_that_is_no_point_is_refused() -> None:
    with pytest.raises(UnsafeDocumentError):
        multibase.p256_key(multibase.encode(b"\x80\x24" + bytes(33)))
