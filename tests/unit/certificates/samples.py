"""Facts, keys and signed credentials to test with."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates import credential, status_list
from certificates.facts import (
    Achievement,
    AwardFacts,
    AwardKind,
    EvidenceSummary,
    Issuer,
    Part,
    PartResult,
    Provider,
    Recipient,
    Rule,
)
from certificates.signatures import did, multibase, proof

PUBLIC_URL = "http://127.0.0.1:8000"
SLUG = "hochschule-a"
DID = did.issuer_did(PUBLIC_URL, SLUG)
NOW = datetime(2026, 5, 14, 9, 30, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ADDRESSES = credential.Addresses(PUBLIC_URL)
LIST = ADDRESSES.status_list("0b1d2c3e-1111-4222-8333-444455556666")
INDEX = 94_567

ATTENDANCE = AwardFacts(
    award_id="7c9e6679-7425-40de-944b-e07fc1f90ae7",
    kind=AwardKind.ATTENDANCE,
    recipient=Recipient("11111111-2222-4333-8444-555555555555", "Mira Öztürk-Beispiel"),
    achievement=Achievement(
        public_id="c063606c-720c-4837-a8a2-e6c50f6a965d",
        code="A1",
        title={"de": "Das Onlinezugangsgesetz umsetzen", "en": "Putting the Online Access Act into practice"},
        description={"de": "Grundlagen des OZG\nund Beispiele", "en": "Foundations and examples"},
        criteria={"de": "Alle Phasen bearbeitet", "en": "All phases done"},
        hours=12,
    ),
    issuer=Issuer(
        "66666666-7777-4888-8999-000000000000",
        DID,
        {"de": "Hochschule A", "en": "University A"},
        "https://a.example",
    ),
    delivered_by=Provider("did:web:b.example", {"de": "Akademie B", "en": "Academy B"}, "https://b.example"),
    issued_at=NOW,
    achieved_on=date(2026, 5, 12),
    rule=Rule("Lerneinheit mit drei Phasen", "1"),
    score=85.714,
    pass_score=60,
    evidence=(EvidenceSummary("exam", "campus"), EvidenceSummary("tutorial", "https://moodle.example")),
)
COURSE = replace(
    ATTENDANCE,
    kind=AwardKind.COURSE,
    delivered_by=None,
    score=None,
    pass_score=None,
    achievement=replace(ATTENDANCE.achievement, code="OZG", ects=2.5),
    parts=(
        Part("A1", {"de": "OZG", "en": "OZG"}, date(2026, 3, 1), 85.714, PartResult.ACHIEVED),
        Part("A1", {"de": "Auch A1", "en": "Also A1"}, date(2026, 4, 2), 100, PartResult.ACHIEVED),
        Part("B1", {"de": "Beteiligung", "en": "Participation"}, date(2026, 5, 12), None, PartResult.ATTENDED),
    ),
)


def unsigned(facts: AwardFacts = ATTENDANCE) -> dict[str, Any]:
    """Return the credential of ``facts`` before it is signed."""
    return credential.build(facts, ADDRESSES, credential.status_entry(LIST, INDEX))


def sign(document: dict[str, Any], *, key: Ed25519PrivateKey = KEY, at: datetime = NOW) -> dict[str, Any]:
    """Sign as the issuer's key 1."""
    return proof.sign(document, key, verification_method=did.key_id(DID, 1), created=at)


def did_document() -> dict[str, Any]:
    """Return the issuer's DID document."""
    return did.document(DID, [did.PublicKey(1, multibase.multikey(KEY.public_key()))])


def signed_list(*revoked: int, at: datetime = NOW) -> dict[str, Any]:
    """Return the issuer's signed status list."""
    return sign(status_list.build(LIST, DID, revoked, now=at), at=at)
