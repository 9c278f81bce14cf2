"""What Digital Bazaar's libraries and jose say about our credentials. They look at the clock, so these are new."""

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from joserfc import jws
from joserfc.jwk import ECKey

from certificates import endorsement, status_list
from certificates.credential import build, status_entry
from certificates.errors import UnsafeDocumentError
from certificates.facts import AwardFacts, Provider
from certificates.signatures import did, jwt, multibase, proof
from certificates.signatures.jwt import JwtKey
from certificates.status import StatusPurpose
from tests import examples
from tests.oracles import node
from tests.oracles.standards import standards
from tests.unit.certificates import samples
from tests.unit.certificates.awards import awards

pytestmark = pytest.mark.oracle
TODAY = datetime.now(tz=UTC)
SUSPENSIONS = samples.ADDRESSES.status_list("0b1d2c3e-1111-4222-8333-999999999999")
JWT_KEY = JwtKey(2, ec.derive_private_key(7, ec.SECP256R1()))
DID_DOCUMENT = did.document(
    samples.DID,
    [
        did.PublicKey(1, multibase.multikey(samples.KEY.public_key())),
        did.PublicKey(2, multibase.multikey(JWT_KEY.private.public_key()), jwt.jwk(JWT_KEY.private.public_key())),
    ],
)
BODIES = tuple(
    Provider(f"did:web:{name}.example", {"de": f"Hochschule {name}", "en": name}, f"https://{name}.example/")
    for name in ("b", "c", "d", "e")
)
BODY_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))

Document = dict[str, Any]


REVOCABLE = status_entry(samples.LIST, samples.INDEX)
SUSPENDABLE = {**status_entry(SUSPENSIONS, samples.INDEX), "statusPurpose": "suspension"}
"""Ours name one list only; that foreign code reads our lists of suspensions, it shows with this."""


def unsigned(facts: AwardFacts, status: Any) -> Document:
    """Build a credential, endorsed by the other awarding bodies."""
    document = build(facts, samples.ADDRESSES, status)
    if facts.awarding_bodies:
        document["endorsement"] = [endorsed(document, body) for body in facts.awarding_bodies]
    return document


def endorsed(document: Document, body: Provider) -> Document:
    said = endorsement.build(document, body, now=TODAY)
    return proof.sign(said, BODY_KEY, verification_method=did.key_id(body.did, 1), created=TODAY)


def signed(facts: AwardFacts = samples.ATTENDANCE, status: Any = REVOCABLE) -> Document:
    return samples.sign(unsigned(replace(facts, issued_at=TODAY), status), at=TODAY)


def published_list(address: str, purpose: StatusPurpose, *places: int) -> Document:
    return samples.sign(status_list.build(address, samples.DID, places, now=TODAY, purpose=purpose), at=TODAY)


NOTHING_SET = [
    published_list(samples.LIST, StatusPurpose.REVOCATION),
    published_list(SUSPENSIONS, StatusPurpose.SUSPENSION),
]


def ask(
    credential: Document, *, revoked: tuple[int, ...] = (), suspended: tuple[int, ...] = (), schema: Path | None = None
) -> tuple[int, Document]:
    lists = [
        published_list(samples.LIST, StatusPurpose.REVOCATION, *revoked) if revoked else NOTHING_SET[0],
        published_list(SUSPENSIONS, StatusPurpose.SUSPENSION, *suspended) if suspended else NOTHING_SET[1],
    ]
    return node.verify(credential, did=[DID_DOCUMENT], status=lists, schema=schema)


def official_schema() -> Path:
    return standards("schemas/ob_v3p0_achievementcredential_schema.json")


JOINT = replace(samples.COURSE, awarding_bodies=BODIES)
ALL = pytest.mark.parametrize(
    "facts", [samples.ATTENDANCE, samples.COURSE, JOINT], ids=["attendance", "course", "joint"]
)


@ALL
def test_a_credential_of_ours_is_valid_for_a_foreign_verifier(facts: AwardFacts) -> None:
    code, answer = ask(signed(facts, [REVOCABLE, SUSPENDABLE]))
    assert code == 0, answer
    assert answer["verified"] is True
    assert {entry["purpose"]: entry["set"] for entry in answer["status"]} == {"revocation": False, "suspension": False}


@ALL
def test_the_official_schema_accepts_our_credentials(facts: AwardFacts) -> None:
    code, answer = ask(signed(facts), schema=official_schema())
    assert (code, answer["schemaValid"]) == (0, True), answer


def test_each_endorsement_taken_out_of_a_joint_credential_is_valid_by_itself() -> None:
    found = signed(JOINT)["endorsement"]
    assert len(found) == len(BODIES)
    for one, body in zip(found, BODIES, strict=True):
        published = did.document(body.did, [did.PublicKey(1, multibase.multikey(BODY_KEY.public_key()))])
        code, answer = node.verify(one, did=[published])
        assert code == 0, answer
        assert one["credentialSubject"]["digestMultibase"].startswith("zQm")
        one["credentialSubject"]["id"] += "x"
        assert node.verify(one, did=[published])[0] == 1


def test_a_changed_endorsement_is_noticed_in_the_credential_that_it_is_in() -> None:
    credential = signed(JOINT)
    credential["endorsement"][2]["credentialSubject"]["endorsementComment"] = "Nein"
    assert ask(credential)[0] == 1


@pytest.mark.parametrize("purpose", ["revoked", "suspended"])
def test_it_says_so_when_exactly_this_bit_is_set(purpose: str) -> None:
    code, answer = ask(signed(status=[REVOCABLE, SUSPENDABLE]), **{purpose: (samples.INDEX,)})  # type: ignore[arg-type] # both take places
    assert (code, answer["revoked"]) == (2, True)


def test_the_neighbours_bits_say_nothing_about_this_credential() -> None:
    around = tuple(samples.INDEX + step for step in (-8, -7, -1, 1, 7, 8))
    code, answer = ask(signed(status=[REVOCABLE, SUSPENDABLE]), revoked=around, suspended=around)
    assert (code, answer["revoked"]) == (0, False)


Path_ = tuple[str | int, ...]


def leaves(value: Any, path: Path_ = ()) -> list[Path_]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    return [path] if items is None else [found for key, item in items for found in leaves(item, (*path, key))]


def changed(document: Document, path: Path_) -> Document:
    document = copy.deepcopy(document)
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    holder[path[-1]] = not old if isinstance(old, bool) else f"{old}x"
    return document


@pytest.mark.parametrize("facts", [samples.COURSE, replace(JOINT, awarding_bodies=BODIES[:1])], ids=["course", "joint"])
def test_each_field_that_is_changed_is_noticed_by_us_and_by_others(facts: AwardFacts) -> None:
    credential = signed(facts)
    paths = leaves(credential)
    assert len(paths) > 70
    for path in paths:
        tampered = changed(credential, path)
        try:
            holds = proof.holds(tampered, samples.KEY.public_key())
        except UnsafeDocumentError:
            holds = False
        assert not holds, path
        code, answer = ask(tampered)
        assert (code, answer["verified"]) == (1, False), path


def test_a_signature_by_another_key_is_invalid() -> None:
    forged = samples.sign(unsigned(samples.ATTENDANCE, REVOCABLE), key=Ed25519PrivateKey.generate(), at=TODAY)
    assert ask(forged)[0] == 1


def test_line_feeds_quotes_and_all_scripts_canonicalize_alike() -> None:
    odd = 'Zeile\nzwei "in Anführung" \\ Ünï çødé 日本 😀 \u00a0 \u2028 a\u0308'
    facts = replace(
        samples.ATTENDANCE, achievement=replace(samples.ATTENDANCE.achievement, criteria={"de": odd, "en": odd})
    )
    code, answer = ask(signed(facts))
    assert code == 0, answer


@given(awards())
@settings(max_examples=examples.FEW, deadline=None)
def test_any_award_that_can_be_gives_a_credential_and_a_token_that_others_accept(facts: AwardFacts) -> None:
    bodies = tuple({body.did: body for body in facts.awarding_bodies}.values())
    end = TODAY + timedelta(days=365) if facts.valid_until else None
    credential = signed(replace(facts, issued_at=TODAY, valid_until=end, awarding_bodies=bodies))
    assert proof.holds(credential, samples.KEY.public_key())
    code, answer = ask(credential, schema=official_schema())
    assert (code, answer.get("schemaValid")) == (0, True), answer
    code, answer = node.verify_jwt(token_of(credential), did=DID_DOCUMENT)
    assert code == 0, answer


def token_of(credential: Document) -> str:
    return jwt.encode(credential, JWT_KEY, issuer_did=samples.DID)


@ALL
def test_a_token_of_ours_is_valid_for_jose(facts: AwardFacts) -> None:
    code, answer = node.verify_jwt(token_of(signed(facts)), did=DID_DOCUMENT)
    assert code == 0, answer
    assert (answer["alg"], answer["verified"]) == ("ES256", True)


def forged(header: Document, key: ec.EllipticCurvePrivateKey = JWT_KEY.private, **claims: Any) -> str:
    """Make a token by hand: with another header, key or claims than we make."""
    token = token_of(signed())
    payload = json.loads(jws.extract_compact(token.encode()).payload)
    content = json.dumps({**payload, **claims}).encode()
    registry = jws.JWSRegistry(algorithms=["ES256"])
    return jws.serialize_compact({"alg": "ES256", **header}, content, ECKey.import_key(key), registry=registry)


KID = did.key_id(samples.DID, 2)
FOREIGN = ec.derive_private_key(9, ec.SECP256R1())
FORGED = {
    "by a foreign key that it brings itself": lambda: forged(
        {"kid": KID, "jwk": jwt.jwk(FOREIGN.public_key())}, FOREIGN
    ),
    "by a foreign key that it brings itself, under no name": lambda: forged(
        {"jwk": jwt.jwk(FOREIGN.public_key())}, FOREIGN
    ),
    "by a foreign key": lambda: forged({"kid": KID}, FOREIGN),
    "by a key that is not published": lambda: forged({"kid": did.key_id(samples.DID, 3)}, FOREIGN),
    "in another's name": lambda: forged({"kid": KID}, issuer={"id": "did:web:evil.example"}),
    "with another's number": lambda: forged({"kid": KID}, jti="urn:uuid:1"),
    "from another day": lambda: forged({"kid": KID}, nbf=1),
    "for another holder": lambda: forged({"kid": KID}, sub="urn:uuid:2"),
    "changed afterwards": lambda: token_of(signed())[:-8] + "AAAAAAAA",
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_token_is_refused(how: str) -> None:
    code, answer = node.verify_jwt(FORGED[how](), did=DID_DOCUMENT)
    assert (code, answer["verified"]) == (1, False)


def test_by_hand_it_would_be_valid() -> None:
    assert node.verify_jwt(forged({"kid": KID}), did=DID_DOCUMENT)[0] == 0


@pytest.mark.parametrize(
    ("script", "code"), [("verify.mjs", 0), ("verify.mjs", 1), ("verify-jwt.mjs", 0), ("verify-jwt.mjs", 1)]
)
def test_the_verifiers_are_programs_too(tmp_path: Path, script: str, code: int) -> None:
    credential = signed()
    tampered = credential | {"name": "x"}
    files = {
        "verify.mjs": json.dumps([credential, tampered][code]),
        "verify-jwt.mjs": [token_of(credential), FORGED["by a foreign key"]()][code],
    }
    (tmp_path / "given").write_text(files[script])
    arguments: list[str | Path] = [tmp_path / "given", "--did", node.write(tmp_path, "did.json", DID_DOCUMENT)]
    for number, one in enumerate(NOTHING_SET if script == "verify.mjs" else []):
        arguments += ["--status", node.write(tmp_path, f"list{number}.json", one)]
    assert node.run(script, *arguments) == code
    assert node.ask(script, *arguments)[0] == code
