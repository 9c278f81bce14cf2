"""Credentials as tokens: whose key counts, and what else is refused."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from certificates.signatures import jwt
from certificates.verifying import Form, Found, Known, Part, Report, Sources, Verdict, verify
from tests.unit.certificates import samples

Document = dict[str, Any]

EC = ec.derive_private_key(7, ec.SECP256R1())
FOREIGN = ec.derive_private_key(8, ec.SECP256R1())
KID = f"{samples.DID}#key-2"
TOKEN = jwt.encode(samples.unsigned(), jwt.JwtKey(2, EC), issuer_did=samples.DID)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED = Ed25519PrivateKey.generate()


def jose(private: Any) -> Key:
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    if isinstance(private, Ed25519PrivateKey):
        return OKPKey.import_key(pem)
    return RSAKey.import_key(pem) if isinstance(private, rsa.RSAPrivateKey) else ECKey.import_key(pem)


def public(private: Any) -> Document:
    return dict(jose(private).as_dict(private=False))


def payload(**changes: Any) -> Document:
    written = TOKEN.split(".")[1]
    found: Document = json.loads(base64.urlsafe_b64decode(written + "=="))
    return {name: value for name, value in {**found, **changes}.items() if value is not None}


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(content: Document, private: Any = EC, algorithm: str = "ES256", **header: Any) -> str:
    """Sign; Ed25519 by hand, for joserfc warns of the algorithm's old name."""
    if isinstance(private, Ed25519PrivateKey):
        head = {"alg": algorithm, "kid": KID}
        signed = ".".join(encoded(json.dumps(item).encode()) for item in (head, content))
        return f"{signed}.{encoded(private.sign(signed.encode()))}"
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    written = {"alg": algorithm, "kid": KID, "typ": "JWT", **header}
    written = {name: value for name, value in written.items() if value is not None}
    key = private if isinstance(private, OctKey) else jose(private)
    return jws.serialize_compact(written, json.dumps(content).encode(), key, registry=registry)


def look(text: str, private: Any = EC, **method: Any) -> Report:
    """Verify; the issuer publishes the public half of ``private`` as its key 2."""
    listed = {"id": KID, "type": "JsonWebKey", "controller": samples.DID, "publicKeyJwk": public(private), **method}
    document = {"id": samples.DID, "verificationMethod": [listed], "assertionMethod": [KID]}
    status = json.dumps(samples.signed_list())
    documents = {samples.DID: Found({**document}, Known.OURS)}
    # The list is signed with key 1, which is published beside it.
    document["verificationMethod"].append(samples.did_document()["verificationMethod"][0])  # type: ignore[attr-defined]
    document["assertionMethod"].append(f"{samples.DID}#key-1")  # type: ignore[attr-defined]
    return verify(text, Sources(documents.get, lambda _address: status), now=samples.NOW)


def test_our_token_is_genuine_in_every_part() -> None:
    report = look(TOKEN)
    assert report.genuine, report.findings
    assert (report.form, report.known) == (Form.JWT, Known.OURS)
    assert report.content == samples.unsigned()


@pytest.mark.parametrize(
    ("private", "algorithm"),
    [(EC, "ES256"), (RSA, "RS256"), (ED, "EdDSA"), (ED, "Ed25519")],
    ids=["ES256", "RS256", "EdDSA", "Ed25519"],
)
def test_algorithms(private: Any, algorithm: str) -> None:
    assert look(token(payload(), private, algorithm), private).genuine


def test_one_changed_byte_is_caught() -> None:
    head, body, signature = TOKEN.split(".")
    changed = payload(name="Zertifikat: anderes")
    other = encoded(json.dumps(changed).encode())
    assert look(f"{head}.{other}.{signature}").of(Part.INTEGRITY).code == "integrity.changed"
    assert look(f"{head}.{body}.{signature[:-4]}AAAA").of(Part.INTEGRITY).code == "integrity.changed"


def test_a_foreign_key_in_the_tokens_own_header_is_refused() -> None:
    """The token is consistent in itself: the header's key opens it. It is not the issuer's."""
    forged = token(payload(), FOREIGN, jwk=public(FOREIGN))
    report = look(forged)
    assert report.of(Part.ISSUER).code == "issuer.foreign_key"
    assert report.of(Part.INTEGRITY).verdict is Verdict.UNKNOWN
    nameless = look(token(payload(), FOREIGN, jwk=public(FOREIGN), kid=None))
    assert nameless.of(Part.ISSUER).code == "issuer.key_not_listed"
    assert not nameless.genuine


def test_a_key_in_the_header_counts_when_the_issuer_publishes_it() -> None:
    assert look(token(payload(), jwk=public(EC), kid=None)).genuine
    assert look(token(payload(), jwk=public(EC))).genuine


def test_a_private_key_in_the_header_is_no_key() -> None:
    private = dict(jose(EC).as_dict(private=True))
    assert not look(token(payload(), jwk=private, kid=None)).genuine


def test_a_kid_in_another_issuers_document() -> None:
    assert look(token(payload(), kid="did:web:evil.example#key-2")).of(Part.ISSUER).code == "issuer.foreign_key"


def test_a_kid_that_is_only_a_fragment_lies_in_the_issuers_document() -> None:
    assert look(token(payload(), kid="#key-2")).genuine


def _unsigned(algorithm: str) -> str:
    head = encoded(json.dumps({"alg": algorithm, "kid": KID}).encode())
    return f"{head}.{TOKEN.split('.')[1]}."


@pytest.mark.parametrize(
    "text", [_unsigned("none"), _unsigned("None"), _unsigned("nOnE")], ids=["none", "None", "nOnE"]
)
def test_unsigned_tokens_are_never_valid(text: str) -> None:
    assert look(text).of(Part.INTEGRITY).verdict is not Verdict.OK


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused() -> None:
    secret = OctKey.import_key(json.dumps(public(EC)).encode())
    report = look(token(payload(), secret, "HS256"))
    assert report.of(Part.INTEGRITY).code == "integrity.refused_algorithm"


CLAIMS: dict[str, Document] = {
    "another issuer": {"iss": "did:web:x.example"},
    "no issuer": {"iss": None},
    "another number": {"jti": "urn:uuid:0"},
    "no number": {"jti": None},
    "another subject": {"sub": "urn:uuid:0"},
    "no subject": {"sub": None},
    "another beginning": {"nbf": 1},
    "no beginning": {"nbf": None},
    "a beginning as text": {"nbf": "1778751000"},
    "a beginning as truth": {"nbf": True},
    "an end that the credential has not": {"exp": 4_000_000_000},
    "an end that the token has not": {"validUntil": "2030-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("changes", CLAIMS.values(), ids=CLAIMS)
def test_claims_that_say_something_else_than_the_credential(changes: Document) -> None:
    report = look(token(payload(**changes)))
    assert report.of(Part.INTEGRITY).code == "integrity.claims_differ"


def test_a_token_of_vcdm_1_is_not_supported() -> None:
    report = look(token({"vc": samples.unsigned(), "iss": samples.DID}))
    assert report.of(Part.INTEGRITY).code == "integrity.unsupported_form"
    assert not report.genuine


@pytest.mark.parametrize("header", [{"crit": ["kid"]}, {"typ": "dpop+jwt"}], ids=["crit", "typ"])
def test_headers_that_mean_something_else(header: Document) -> None:
    assert look(token(payload(), **header)).of(Part.INTEGRITY).verdict is not Verdict.OK


KEYS: dict[str, tuple[Callable[[], Document], str]] = {
    "revoked": (lambda: {"revoked": "2026-01-01T00:00:00Z"}, "issuer.key_ended"),
    "expired": (lambda: {"expires": "2026-01-01T00:00:00Z"}, "issuer.key_ended"),
    "expires, unreadably": (lambda: {"expires": "bald"}, "issuer.key_ended"),
    "of another controller": (lambda: {"controller": "did:web:x.example"}, "issuer.key_not_listed"),
    "too short": (
        lambda: {"publicKeyJwk": {**public(RSA), "n": public(RSA)["n"][:171]}},
        "issuer.key_unreadable",
    ),
    "of a curve that isn't used": (
        lambda: {"publicKeyJwk": public(ec.generate_private_key(ec.SECP384R1()))},
        "issuer.key_unreadable",
    ),
    "no key": (lambda: {"publicKeyJwk": {"kty": "EC"}}, "issuer.key_unreadable"),
    "two keys in one": (lambda: {"publicKeyMultibase": "z6Mk"}, "issuer.key_unreadable"),
}


@pytest.mark.parametrize(("method", "code"), KEYS.values(), ids=KEYS)
def test_keys_that_the_issuer_publishes_and_that_do_not_serve(method: Callable[[], Document], code: str) -> None:
    assert look(TOKEN, **method()).of(Part.ISSUER).code == code


def test_a_key_that_will_end_still_serves() -> None:
    assert look(TOKEN, expires="2027-01-01T00:00:00Z").genuine


def test_a_key_of_another_kind_than_the_algorithm() -> None:
    assert look(token(payload()), RSA).of(Part.INTEGRITY).verdict is Verdict.FAILED
