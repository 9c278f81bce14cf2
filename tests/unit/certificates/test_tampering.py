"""Each field of each form of an award, changed after signing: none of it is ever genuine again."""

import base64
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from certificates import endorsement
from certificates.errors import UnreadableFileError
from certificates.facts import Competency, Grade, Provider
from certificates.papers import baking, picture
from certificates.signatures import did, jwt, multibase, proof
from certificates.signatures.jwt import JwtKey
from certificates.verifying import Found, Known, Report, Sources, uploads
from tests.unit.certificates import samples

Json = dict[str, Any]
Path = tuple[str | int, ...]
Pack = Callable[[str], bytes]

BODY = Provider("did:web:body.example", {"de": "Zweite Hochschule", "en": "Second university"}, "https://body.example")
BODY_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
TOKEN_KEY, FOREIGN_KEY = (ec.derive_private_key(number, ec.SECP256R1()) for number in (7, 8))
FACTS = replace(
    samples.COURSE,
    awarding_bodies=(BODY,),
    on_behalf_of=Provider("did:web:m.example", {"de": "Akademie M"}, "https://m.example"),
    grade=Grade("1,7", {"de": "1 bis 5", "en": "1 to 5"}),
    achievement=replace(
        samples.COURSE.achievement,
        eqf_level=6,
        competencies=(Competency({"de": "Prozesse lesen"}, "https://esco.example/1"), Competency({"de": "Planen"})),
    ),
    valid_until=samples.NOW + timedelta(days=365),
    supersedes="9c9e6679-7425-40de-944b-e07fc1f90ae7",
)


def _signed() -> Json:
    unsigned = samples.unsigned(FACTS)
    unsigned["endorsement"] = [
        proof.sign(
            endorsement.build(unsigned, BODY, now=samples.NOW),
            BODY_KEY,
            verification_method=did.key_id(BODY.did, 1),
            created=samples.NOW,
        )
    ]
    return samples.sign(unsigned)


CREDENTIAL = _signed()
TOKEN = jwt.encode(CREDENTIAL, JwtKey(2, TOKEN_KEY), issuer_did=samples.DID)
DOCUMENTS = {
    samples.DID: did.document(
        samples.DID,
        [
            did.PublicKey(1, multibase.multikey(samples.KEY.public_key())),
            did.PublicKey(2, multibase.multikey(TOKEN_KEY.public_key()), jwt.jwk(TOKEN_KEY.public_key())),
        ],
    ),
    BODY.did: did.document(BODY.did, [did.PublicKey(1, multibase.multikey(BODY_KEY.public_key()))]),
}
LIST = json.dumps(samples.signed_list())


def look(content: bytes) -> tuple[Report, ...]:
    """Verify as the public page and the API do; nothing for what can't be read."""

    def resolve(address: str) -> Found | None:
        return Found(DOCUMENTS[address], Known.OURS) if address in DOCUMENTS else None

    def fetch(address: str) -> str | None:
        return LIST if address == samples.LIST else None

    def own(_public_id: str) -> str:
        raise AssertionError("what is stored here is not what was handed in")

    sources = Sources(resolve, fetch)
    try:
        return uploads.check(content, sources, own, public_url=samples.PUBLIC_URL, now=samples.NOW).reports
    except UnreadableFileError:
        return ()


def is_genuine(content: bytes) -> bool:
    return any(report.genuine for report in look(content))


def _png(credential: str) -> bytes:
    return baking.bake_png(PICTURE_PNG, credential)


def _svg(credential: str) -> bytes:
    return baking.bake_svg(PICTURE_SVG, credential)


PICTURE_PNG, PICTURE_SVG = picture.png(FACTS), picture.svg(FACTS)
PICTURES: dict[str, Pack] = {"png": _png, "svg": _svg}
TEXT = json.dumps(CREDENTIAL, ensure_ascii=False)


def changes(document: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give each place below ``document`` with what could stand there instead; None takes it away."""
    if isinstance(document, dict | list):
        for key, value in list(document.items() if isinstance(document, dict) else enumerate(document)):
            yield (*path, key), None
            yield from changes(value, (*path, key))
    elif isinstance(document, str):
        yield path, f"{document}0"
    else:
        yield path, document + 1


def changed(document: Json, path: Path, value: Any) -> Json:
    """Return the document with another value at a place."""
    found = copy.deepcopy(document)
    holder: Any = found
    for step in path[:-1]:
        holder = holder[step]
    if value is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return found


def objects(document: Any, path: Path = ()) -> Iterator[Path]:
    """Give the places of all objects in ``document``."""
    if isinstance(document, dict):
        yield path
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from objects(value, (*path, key))


@pytest.mark.parametrize("content", [_png(TEXT), _svg(TEXT), TOKEN.encode(), _png(TOKEN), _svg(TOKEN)])
def test_untouched_each_form_is_genuine_and_so_is_its_endorsement(content: bytes) -> None:
    (report,) = look(content)
    assert report.genuine, report.findings
    assert [one.genuine for one in report.endorsements] == [True]


@pytest.mark.parametrize("pack", PICTURES.values(), ids=PICTURES)
def test_a_field_that_is_changed_or_gone(pack: Pack) -> None:
    tried = [(path, pack(json.dumps(changed(CREDENTIAL, path, value)))) for path, value in changes(CREDENTIAL)]
    assert len(tried) > 250
    assert [path for path, content in tried if is_genuine(content)] == []


@pytest.mark.parametrize("pack", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize("name", ["shoeSize", "https://example.org/shoeSize", "description"])
def test_a_field_that_is_added(pack: Pack, name: str) -> None:
    places = [path for path in objects(CREDENTIAL) if (*path, name) not in dict(changes(CREDENTIAL))]
    tried = [(path, pack(json.dumps(changed(CREDENTIAL, (*path, name), "44")))) for path in places]
    assert len(tried) > 20
    assert [path for path, content in tried if is_genuine(content)] == []


EVERY = 41
"""Bytes from one that is changed to the next: each costs some milliseconds."""


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_bytes_of_the_svg_s_credential() -> None:
    baked = _svg(TEXT)
    start = baked.index(TEXT.encode())
    places = range(start, start + len(TEXT.encode()), EVERY)
    assert [at for at in places if is_genuine(_flipped(baked, at))] == []


def test_bytes_of_the_png_s_chunk_with_a_checksum_made_to_fit() -> None:
    before = baking.PNG_SIGNATURE + next(baking.chunks(PICTURE_PNG)).encoded()
    (chunk,) = (one for one in baking.chunks(_png(TEXT)) if one.kind == b"iTXt")
    after = _png(TEXT)[len(before) + len(chunk.encoded()) :]
    start = chunk.content.index(TEXT.encode())

    def forged(at: int) -> bytes:
        return before + chunk._replace(content=_flipped(chunk.content, at)).encoded() + after

    assert [at for at in range(start, len(chunk.content), EVERY) if is_genuine(forged(at))] == []


def test_bytes_of_the_png_s_chunk_and_not_of_its_checksum() -> None:
    baked = _png(TEXT)
    start = baked.index(b"iTXt") - 4
    assert [at for at in range(start, start + len(TEXT), EVERY) if look(_flipped(baked, at))] == []


def _encoded(value: Json | bytes) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")


HEAD, PAYLOAD, SIGNATURE = (_decoded(part) for part in TOKEN.split("."))
HEADER: Json = json.loads(HEAD)
CLAIMS: Json = json.loads(PAYLOAD)
KID = HEADER["kid"]


def _kept(header: Json | bytes, claims: Json | bytes, signature: bytes = SIGNATURE) -> bytes:
    """Return a token with the old signature, or another."""
    return f"{_encoded(header)}.{_encoded(claims)}.{_encoded(signature)}".encode()


def _again(key: ECKey | OctKey, claims: Json = CLAIMS, **header: Any) -> bytes:
    """Return a token that somebody has signed again."""
    written = {name: value for name, value in {**HEADER, **header}.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[written["alg"]], strict_check_header=False)
    return jws.serialize_compact(written, json.dumps(claims).encode(), key, registry=registry).encode()


def test_a_claim_that_is_changed_or_gone() -> None:
    tried = [(path, _kept(HEAD, changed(CLAIMS, path, value))) for path, value in changes(CLAIMS)]
    assert {("iss",), ("sub",), ("jti",), ("nbf",), ("exp",)} <= {path for path, _ in tried}
    assert [path for path, content in tried if is_genuine(content)] == []


def test_a_byte_of_the_signature_and_its_end() -> None:
    assert [at for at in range(len(SIGNATURE)) if is_genuine(_kept(HEAD, PAYLOAD, _flipped(SIGNATURE, at)))] == []
    assert not any(is_genuine(_kept(HEAD, PAYLOAD, bad)) for bad in (b"", SIGNATURE[:-1], SIGNATURE + b"0", bytes(64)))


MINE, FOREIGN = (ECKey.import_key(key) for key in (TOKEN_KEY, FOREIGN_KEY))
PUBLISHED = TOKEN_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
HEADERS: dict[str, Json] = {
    **{f"{name} changed": changed(HEADER, (name,), f"{value}0") for name, value in HEADER.items()},
    **{f"{name} gone": changed(HEADER, (name,), None) for name in HEADER},
    "nothing to be signed with": {**HEADER, "alg": "none"},
    "a secret": {**HEADER, "alg": "HS256"},
    "another curve": {**HEADER, "alg": "ES384"},
    "a key beside": {**HEADER, "jwk": jwt.jwk(TOKEN_KEY.public_key())},
    "another key of the issuer": {**HEADER, "kid": did.key_id(samples.DID, 1)},
    "another issuer's key": {**HEADER, "kid": did.key_id(BODY.did, 1)},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_header_that_is_changed(header: Json) -> None:
    assert not is_genuine(_kept(header, PAYLOAD))
    assert not is_genuine(_kept(header, PAYLOAD, b""))


FORGED: dict[str, bytes] = {
    "by a foreign key": _again(FOREIGN),
    "by a foreign key in its jwk": _again(FOREIGN, jwk=jwt.jwk(FOREIGN_KEY.public_key())),
    "by a foreign key in its jwk, with no kid": _again(FOREIGN, jwk=jwt.jwk(FOREIGN_KEY.public_key()), kid=None),
    "by a foreign key at an address": _again(FOREIGN, jku="https://evil.example/jwks", x5u="https://evil.example/x"),
    "by another issuer's key": _again(FOREIGN, kid="did:web:evil.example#key-1"),
    "with the public key as a secret": _again(OctKey.import_key(base64.urlsafe_b64encode(PUBLISHED)), alg="HS256"),
    **{
        f"by the issuer, with another {name}": _again(MINE, {**CLAIMS, name: CLAIMS[name] * 2})
        for name in ("iss", "sub", "jti", "nbf", "exp")
    },
}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_a_token_that_is_signed_again(token: bytes) -> None:
    assert is_genuine(_again(MINE))
    assert not is_genuine(token)


def test_a_signature_of_the_picture_s_credential_does_not_serve_a_token() -> None:
    assert not is_genuine(_kept(HEAD, PAYLOAD, multibase.decode(CREDENTIAL["proof"][0]["proofValue"])))
