"""Part by part: which answer for which defect."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates import status_list
from certificates.signatures import did, proof
from certificates.verifying import Found, Known, Part, Report, Sources, Verdict, structure, verify
from tests.oracles.standards import read_json, standards
from tests.unit.certificates import samples

Document = dict[str, Any]


def nothing(_address: str) -> None:
    return None


def look(
    credential: Document,
    *,
    issuer: Document | None = None,
    listed: Document | None = None,
    now: datetime = samples.NOW,
) -> Report:
    def resolve(address: str) -> Found | None:
        return Found(issuer or samples.did_document(), Known.OURS) if address == samples.DID else None

    def fetch(address: str) -> str | None:
        return json.dumps(listed or samples.signed_list()) if address == samples.LIST else None

    return verify(credential, Sources(resolve, fetch), now=now)


def verdicts(found: Report) -> dict[str, str]:
    return {finding.part.value: finding.code for finding in found.findings if finding.verdict is not Verdict.OK}


def signed() -> Document:
    return samples.sign(samples.unsigned())


def test_a_good_credential_is_genuine_in_every_part() -> None:
    found = look(signed())
    assert found.genuine
    assert {finding.part for finding in found.findings} == set(Part)


def test_revoked_fails_in_its_status_alone() -> None:
    found = look(signed(), listed=samples.signed_list(samples.INDEX))
    assert verdicts(found) == {"status": "status.revocation"}
    assert not found.genuine


def test_changed_content_fails_in_its_integrity() -> None:
    credential = signed()
    credential["credentialSubject"]["narrative"] = "Alles bestanden"
    assert verdicts(look(credential)) == {"integrity": "integrity.changed"}


def test_an_added_unsigned_term_fails() -> None:
    assert verdicts(look({**signed(), "shoeSize": "44"})) == {"integrity": "integrity.unsafe_document"}


def test_signed_by_a_key_that_the_issuer_never_had() -> None:
    forged = samples.sign(samples.unsigned(), key=Ed25519PrivateKey.generate())
    assert verdicts(look(forged)) == {"integrity": "integrity.changed"}


def test_signed_under_another_issuers_did() -> None:
    forged = proof.sign(
        samples.unsigned(),
        samples.KEY,
        verification_method=did.key_id("did:web:evil.example", 1),
        created=samples.NOW,
    )
    assert verdicts(look(forged)) == {"issuer": "issuer.foreign_key", "integrity": "integrity.no_key"}


def test_an_issuer_that_cannot_be_resolved_is_unknown_not_ok() -> None:
    found = verify(signed(), Sources(nothing, nothing), now=samples.NOW)
    assert found.of(Part.ISSUER).verdict is Verdict.UNKNOWN
    assert found.of(Part.STATUS).verdict is Verdict.UNKNOWN
    assert not found.genuine


def _drop_method(document: Document) -> None:
    document["verificationMethod"] = []


def _drop_assertion(document: Document) -> None:
    document["assertionMethod"] = []


def _other_controller(document: Document) -> None:
    document["verificationMethod"][0]["controller"] = "did:web:evil.example"


def _other_id(document: Document) -> None:
    document["id"] = "did:web:evil.example"


@pytest.mark.parametrize("change", [_drop_method, _drop_assertion, _other_controller, _other_id])
def test_a_key_that_the_did_document_does_not_vouch_for(change: Callable[[Document], None]) -> None:
    document = samples.did_document()
    change(document)
    assert look(signed(), issuer=document).of(Part.ISSUER).verdict is Verdict.FAILED


def test_another_suite_is_not_supported_and_never_valid() -> None:
    credential = signed()
    credential["proof"][0]["type"] = "Ed25519Signature2020"
    found = look(credential)
    assert found.of(Part.ISSUER).code == "issuer.unsupported_form"
    assert found.of(Part.INTEGRITY).verdict is Verdict.UNKNOWN


def _list(change: Callable[[Document], None]) -> Document:
    document = status_list.build(samples.LIST, samples.DID, [], now=samples.NOW)
    change(document)
    return samples.sign(document)


LISTS: dict[str, tuple[Document, str]] = {
    "not signed by the issuer": (
        proof.sign(
            status_list.build(samples.LIST, samples.DID, [], now=samples.NOW),
            Ed25519PrivateKey.generate(),
            verification_method=did.key_id(samples.DID, 1),
            created=samples.NOW,
        ),
        "status.list_not_genuine",
    ),
    "of another issuer": (_list(lambda item: item.update(issuer="did:web:x.example")), "status.foreign_list"),
    "another list's": (_list(lambda item: item.update(id=samples.LIST + "0")), "status.foreign_list"),
    "for another purpose": (
        _list(lambda item: item["credentialSubject"].update(statusPurpose="suspension")),
        "status.other_purpose",
    ),
    "too short": (
        _list(lambda item: item["credentialSubject"].update(encodedList="uH4sIAAAAAAAC_2NgAAAAAAD__w")),
        "status.list_damaged",
    ),
    "old": (samples.signed_list(at=samples.NOW - timedelta(days=3)), "status.list_outdated"),
}


@pytest.mark.parametrize(("listed", "code"), LISTS.values(), ids=LISTS.keys())
def test_a_list_that_cannot_be_trusted_leaves_the_status_unknown(listed: Document, code: str) -> None:
    found = look(signed(), listed=listed).of(Part.STATUS)
    assert (found.verdict, found.code) == (Verdict.UNKNOWN, code)


@pytest.mark.parametrize(
    ("until", "now", "code"),
    [
        ("2026-06-01T00:00:00Z", datetime(2026, 6, 1, tzinfo=UTC), "validity.expired"),
        ("2026-06-01T00:00:00Z", samples.NOW - timedelta(days=1), "validity.not_yet"),
        ("bald", samples.NOW, "validity.unreadable"),
    ],
)
def test_validity(until: str, now: datetime, code: str) -> None:
    credential = samples.sign({**samples.unsigned(), "validUntil": until})
    assert look(credential, now=now).of(Part.VALIDITY).code == code


def _pick(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document[int(step) if step.isdigit() else step]
    return document


DEFECTS = {
    "contexts in another order": ("", "@context", ["https://x.example", "https://www.w3.org/ns/credentials/v2"]),
    "no id": ("", "id", None),
    "not an Open Badge": ("", "type", ["VerifiableCredential"]),
    "no verifiable credential": ("", "type", ["OpenBadgeCredential"]),
    "no issuer": ("", "issuer", None),
    "an issuer of another type": ("issuer", "type", ["Person"]),
    "no start": ("", "validFrom", None),
    "a proof outside a list": ("", "proof", {"type": "DataIntegrityProof"}),
    "a subject of another type": ("credentialSubject", "type", ["Person"]),
    "an identifier of another type": ("credentialSubject.identifier.0", "type", "Name"),
    "a result of another type": ("credentialSubject.result.0", "type", ["Mark"]),
    "a described result without id": ("credentialSubject.achievement.resultDescription.0", "id", None),
    "no achievement": ("credentialSubject", "achievement", None),
    "an achievement without criteria": ("credentialSubject.achievement", "criteria", None),
    "an achievement without a name": ("credentialSubject.achievement", "name", None),
    "evidence of another type": ("evidence.0", "type", ["Proof"]),
    "a teacher of another type": ("credentialSubject.source", "type", ["Person"]),
}


@pytest.mark.parametrize(("path", "name", "value"), DEFECTS.values(), ids=DEFECTS.keys())
def test_our_rules_find_what_the_official_schema_finds(path: str, name: str, value: Any) -> None:
    schema = jsonschema_rs.validator_for(read_json("schemas/ob_v3p0_achievementcredential_schema.json"))
    credential = signed()
    assert structure.problems(credential) == []
    assert schema.is_valid(credential)
    holder = _pick(credential, path) if path else credential
    if value is None:
        del holder[name]
    else:
        holder[name] = value
    assert structure.problems(credential)
    assert not schema.is_valid(credential)


def test_a_start_without_time_is_found_which_the_schema_leaves_to_formats() -> None:
    assert structure.problems({**signed(), "validFrom": "2026-05-14"}) == ["structure.valid_from"]


def test_a_subject_that_nothing_identifies() -> None:
    credential = signed()
    del credential["credentialSubject"]["id"]
    assert structure.problems(credential) == []
    del credential["credentialSubject"]["identifier"]
    assert structure.problems(credential) == ["structure.subject_unidentified"]


def test_no_fixture_of_the_1edtech_validator_makes_it_raise_or_counts_as_genuine() -> None:
    folder = standards("vectors/1edtech")
    names = sorted(path.name for path in folder.glob("*.json"))
    assert len(names) > 20
    for name in names:
        document = read_json(f"vectors/1edtech/{name}")
        found = verify(document, Sources(nothing, nothing), now=samples.NOW)
        assert not found.genuine, name
        expected = Verdict.FAILED if "-err-" in name and name.endswith("type.json") else None
        if expected:
            assert found.of(Part.STRUCTURE).verdict is expected, name
