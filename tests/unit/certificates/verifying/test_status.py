"""Revocation and suspension, several entries, lists in both forms."""

import base64
import gzip
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.jwk import ECKey

from certificates import status_list
from certificates.signatures import did, multibase
from certificates.signatures.jwt import jwk
from certificates.verifying import Found, Known, Part, Sources, Verdict, verify
from tests.unit.certificates import samples

Document = dict[str, Any]

OTHER = samples.ADDRESSES.status_list("1b1d2c3e-1111-4222-8333-444455556666")
EC = ec.derive_private_key(7, ec.SECP256R1())


def entry(purpose: str, address: str = samples.LIST, **changes: Any) -> Document:
    return {
        "id": f"{address}#{samples.INDEX}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(samples.INDEX),
        "statusListCredential": address,
        **changes,
    }


def unsigned_list(address: str, purpose: Any, *indexes: int) -> Document:
    made = status_list.build(address, samples.DID, indexes, now=samples.NOW)
    made["credentialSubject"]["statusPurpose"] = purpose
    return made


def listed(address: str, purpose: Any, *indexes: int) -> str:
    return json.dumps(samples.sign(unsigned_list(address, purpose, *indexes)))


def as_token(document: Document, private: ec.EllipticCurvePrivateKey = EC) -> str:
    claims = {
        "iss": samples.DID,
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": int(samples.NOW.timestamp()),
        "exp": int((samples.NOW + status_list.LIFETIME).timestamp()),
    }
    header = {"alg": "ES256", "kid": f"{samples.DID}#key-2"}
    return jws.serialize_compact(header, json.dumps({**document, **claims}), ECKey.import_key(_pem(private)))


def _pem(private: ec.EllipticCurvePrivateKey) -> bytes:

    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def look(status: Any, lists: dict[str, str]) -> tuple[Verdict, str]:
    document = did.document(samples.DID, [did.PublicKey(1, multibase.multikey(samples.KEY.public_key()))])
    method = {"id": f"{samples.DID}#key-2", "controller": samples.DID, "publicKeyJwk": jwk(EC.public_key())}
    document["verificationMethod"].append(method)
    document["assertionMethod"].append(method["id"])
    credential = samples.sign({**samples.unsigned(), "credentialStatus": status})
    found = verify(credential, Sources(lambda _id: Found(document, Known.OURS), lists.get), now=samples.NOW)
    assert found.of(Part.INTEGRITY).verdict is Verdict.OK
    answer = found.of(Part.STATUS)
    return answer.verdict, answer.code


BOTH = [entry("revocation"), entry("suspension", OTHER)]
CLEAR = {samples.LIST: listed(samples.LIST, "revocation"), OTHER: listed(OTHER, "suspension")}


def test_neither_revoked_nor_suspended() -> None:
    assert look(BOTH, CLEAR) == (Verdict.OK, "status.ok")


def test_suspended() -> None:
    lists = {**CLEAR, OTHER: listed(OTHER, "suspension", samples.INDEX)}
    assert look(BOTH, lists) == (Verdict.FAILED, "status.suspension")


def test_revoked_is_said_before_suspended_in_whatever_order() -> None:
    lists = {
        samples.LIST: listed(samples.LIST, "revocation", samples.INDEX),
        OTHER: listed(OTHER, "suspension", samples.INDEX),
    }
    assert look(BOTH, lists) == look(BOTH[::-1], lists) == (Verdict.FAILED, "status.revocation")


def test_suspended_is_said_although_the_other_list_is_away() -> None:
    lists = {OTHER: listed(OTHER, "suspension", samples.INDEX)}
    assert look(BOTH, lists) == (Verdict.FAILED, "status.suspension")


def test_one_list_that_is_away_leaves_the_status_unknown() -> None:
    assert look(BOTH, {OTHER: CLEAR[OTHER]}) == (Verdict.UNKNOWN, "status.unresolved")


def test_one_list_for_both_purposes() -> None:
    lists = {samples.LIST: listed(samples.LIST, ["revocation", "suspension"])}
    assert look([entry("revocation"), entry("suspension")], lists) == (Verdict.OK, "status.ok")


@pytest.mark.parametrize(("bits", "expected"), [((), Verdict.OK), ((samples.INDEX,), Verdict.FAILED)])
def test_a_list_as_token(bits: tuple[int, ...], expected: Verdict) -> None:
    token = as_token(unsigned_list(samples.LIST, "revocation", *bits))
    assert look(entry("revocation"), {samples.LIST: token})[0] is expected


def test_a_list_as_token_by_another_key_says_nothing() -> None:
    foreign = ec.derive_private_key(8, ec.SECP256R1())
    token = as_token(unsigned_list(samples.LIST, "revocation", samples.INDEX), foreign)
    assert look(entry("revocation"), {samples.LIST: token}) == (Verdict.UNKNOWN, "status.list_not_genuine")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (entry("message"), "status.unsupported_purpose"),
        (entry("revocation", statusSize=2), "status.unsupported_form"),
        ({**entry("revocation"), "type": "1EdTechRevocationList"}, "status.unsupported_form"),
        ([entry("revocation")] * 5, "status.too_many"),
        (entry("revocation", statusListIndex="131072"), "status.list_damaged"),
        (entry("revocation", statusListIndex="-1"), "status.list_damaged"),
    ],
)
def test_entries_that_are_not_understood_leave_it_unknown(status: Any, code: str) -> None:
    signed = {**samples.unsigned(), "credentialStatus": status}
    found = verify(signed, Sources(lambda _id: Found(samples.did_document(), Known.OURS), CLEAR.get), now=samples.NOW)
    assert (found.of(Part.STATUS).verdict, found.of(Part.STATUS).code) == (Verdict.UNKNOWN, code)


@pytest.mark.parametrize("answer", ["", "<html>", "[]", '{"credentialSubject": []}', "\u0000", "a.b.c"])
def test_what_is_no_list_at_all(answer: str) -> None:
    assert look(entry("revocation"), {samples.LIST: answer}) == (Verdict.UNKNOWN, "status.list_damaged")


def test_a_list_that_unpacks_to_gigabytes_is_damaged() -> None:

    packed = gzip.compress(bytes(50_000_000))
    made = unsigned_list(samples.LIST, "revocation")
    made["credentialSubject"]["encodedList"] = multibase_u(packed)
    assert look(entry("revocation"), {samples.LIST: json.dumps(samples.sign(made))})[1] == "status.list_damaged"


def multibase_u(data: bytes) -> str:

    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()
