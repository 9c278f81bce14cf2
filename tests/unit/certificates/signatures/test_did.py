"""did:web names and documents."""

import pytest

from certificates.signatures import did


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("https://campus.example", "did:web:campus.example:issuers:a"),
        ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000:issuers:a"),
        ("https://campus.example/kc/", "did:web:campus.example:kc:issuers:a"),
    ],
)
def test_did_of_an_issuer(public_url: str, expected: str) -> None:
    assert did.issuer_did(public_url, "a") == expected


def test_lists_every_key_for_assertions_under_its_number() -> None:
    document = did.document("did:web:x:issuers:a", [did.PublicKey(1, "z6Mk1"), did.PublicKey(2, "z6Mk2")])
    assert document["assertionMethod"] == ["did:web:x:issuers:a#key-1", "did:web:x:issuers:a#key-2"]
    assert [item["publicKeyMultibase"] for item in document["verificationMethod"]] == ["z6Mk1", "z6Mk2"]
    assert {item["controller"] for item in document["verificationMethod"]} == {document["id"]}


def test_a_key_for_tokens_is_a_json_web_key_beside_the_multikeys() -> None:
    jwk = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}
    keys = [did.PublicKey(1, "z6Mk1"), did.PublicKey(2, "zDn2", jwk)]
    document = did.document("did:web:x:issuers:a", keys)
    assert document["@context"][-1] == did.JWK_V1
    assert document["assertionMethod"][1] == "did:web:x:issuers:a#key-2"
    assert document["verificationMethod"][1] == {
        "id": "did:web:x:issuers:a#key-2",
        "controller": "did:web:x:issuers:a",
        "type": "JsonWebKey",
        "publicKeyJwk": jwk,
    }
