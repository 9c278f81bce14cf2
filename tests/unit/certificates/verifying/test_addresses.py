"""An address of ours on a stranger's credential: people would take it for one of ours."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.signatures import did, multibase, proof
from certificates.verifying import Finding, Found, Known, Part, Sources, verify
from certificates.verifying.keys import did_key_document
from certificates.verifying.report import Verdict
from certificates.verifying.sources import is_below
from tests.unit.certificates import samples

STRANGER = "did:web:stranger.example"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
DOCUMENT = did.document(STRANGER, [did.PublicKey(1, multibase.multikey(KEY.public_key()))])
SOURCES = Sources(
    {STRANGER: Found(DOCUMENT, Known.OWN_HOST), samples.DID: Found(samples.did_document(), Known.OURS)}.get,
    lambda _address: None,
    lies_with_us=lambda address: address == samples.DID or is_below(address, samples.PUBLIC_URL),
)


def issuer_of(identifier: str, issuer: str = STRANGER, method: str = "", sources: Sources = SOURCES) -> Finding:
    said = samples.unsigned()
    said = {**said, "id": identifier, "issuer": {**said["issuer"], "id": issuer}}
    signed = proof.sign(said, KEY, verification_method=method or did.key_id(issuer, 1), created=samples.NOW)
    return verify(signed, sources, now=samples.NOW).of(Part.ISSUER)


def test_a_strangers_credential_under_an_address_of_ours_is_refused() -> None:
    ours = samples.unsigned()["id"]
    assert issuer_of(ours) == Finding(Part.ISSUER, Verdict.FAILED, "issuer.borrowed_address")
    assert issuer_of("https://stranger.example/1").code == "issuer.own_host"
    assert issuer_of(ours, "did:web:nowhere.example").code == "issuer.borrowed_address"


def test_so_is_one_signed_with_a_mere_key() -> None:
    name = multibase.multikey(KEY.public_key())
    issuer = f"did:key:{name}"
    made = did_key_document(issuer)
    assert made is not None
    sources = replace(SOURCES, issuer=lambda _issuer: Found(made, Known.KEY_ONLY))
    assert issuer_of(samples.unsigned()["id"], issuer, f"{issuer}#{name}", sources).code == "issuer.borrowed_address"


def test_our_own_that_cant_be_looked_up_is_no_strangers() -> None:
    sources = replace(SOURCES, issuer=lambda _issuer: None)
    assert issuer_of(samples.unsigned()["id"], samples.DID, sources=sources).code == "issuer.unresolved"


@pytest.mark.parametrize(
    ("address", "home", "below"),
    [
        ("https://campus.example/credentials/1", "https://campus.example", True),
        ("HTTPS://CAMPUS.example./credentials/1", "https://campus.example/", True),
        ("http://campus.example:443/credentials/1", "https://campus.example", True),
        ("https://x@campus.example/%63redentials/1", "https://campus.example", True),
        ("https://campus.example", "https://campus.example", True),
        ("https://campus.example@evil.example/credentials/1", "https://campus.example", False),
        ("https://campus.example.evil.example/credentials/1", "https://campus.example", False),
        ("http://localhost:8001/1", "http://localhost:8000", False),
        ("https://host.example/%63ampus/1", "https://host.example/campus", True),
        ("https://host.example/campus2/1", "https://host.example/campus", False),
        ("https://host.example/moodle/1", "https://host.example/campus", False),
        ("urn:uuid:1", "https://campus.example", False),
        ("https://[::1", "https://campus.example", False),
        ("https://campus.example:99999/", "https://campus.example", False),
    ],
)
def test_addresses_below_ours_however_they_are_written(address: str, home: str, below: bool) -> None:
    assert is_below(address, home) is below
