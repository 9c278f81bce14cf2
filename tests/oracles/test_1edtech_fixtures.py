"""What we say of each fixture of the 1EdTech validator, part by part, thought through from the standards.

The issuers of the fixtures are examples: what would stand at their addresses is made of the key that the fixture names
(``https://…#z6Mk…``), or of the key that a token brings along. Time is the table's.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from certificates import reading
from certificates.verifying import Form, Found, Known, Part, Report, Sources, verify
from certificates.verifying.forms import read
from tests.oracles.standards import read_json, standards
from tests.unit.certificates import samples

pytestmark = pytest.mark.oracle

NOW = datetime(2026, 5, 14, 9, 30, tzinfo=UTC)
FOLDER = "vectors/1edtech"
PARTS = (Part.STRUCTURE, Part.ISSUER, Part.INTEGRITY, Part.STATUS, Part.VALIDITY)


def line(*codes: str) -> dict[str, str]:
    """Return a row: a code for each part, in the order of ``PARTS``."""
    return {part.value: code for part, code in zip(PARTS, codes, strict=True)}


GOOD = line("ok", "own_host", "ok", "none", "ok")
OLD = line("unsupported_form", "unsupported_form", "unsupported_form", "none", "ok")
"""VCDM 1.1 with Ed25519Signature2020, eddsa-2022 or in a token's ``vc``: not supported here, so never valid."""
UNDEFINED = GOOD | {"integrity": "unsafe_document"}
"""A type that no context defines would stay outside the signature (Data Integrity 1.0, 2.4.1 wants an error)."""

TABLE: dict[str, dict[str, str]] = {
    "simple.json": GOOD,
    # An alias of the context is a matter of validators that fetch; the file itself has the usual contexts.
    "simple-context-alias.json": GOOD,
    # Any 3.0.x context is one of Open Badges 3.0; 3.0.2 is pinned here too.
    "simple-context-version.json": GOOD,
    # Two proofs: one of an unknown type, which proves nothing, and one by the issuer that holds.
    "simple-multiple-proofs.json": GOOD | {"integrity": "ok_beside_others"},
    "endorsement-valid.json": GOOD,
    # Holds, but its one proof is an object: VCDM allows that, the schema of Open Badges wants a list.
    "simple-did-web-method.json": GOOD | {"structure": "proof"},
    # Signed by a did:key while the issuer is a urn:uuid: nothing says that this key is the issuer's.
    "simple-did-key-method.json": line("ok", "foreign_key", "no_key", "none", "ok"),
    # All there is of a credential, with endorsements; its kind of status list is 1EdTech's own, dropped in 2026.
    "complete.json": GOOD | {"status": "unsupported_form"},
    "simple-err-expired.json": GOOD | {"validity": "expired"},
    # From 2040, and a subject that has achieved nothing.
    "simple-err-issued.json": GOOD | {"structure": "credential_subject", "validity": "not_yet"},
    # One character of the signature is another.
    "simple-err-proof-value.json": GOOD | {"integrity": "changed"},
    # No issuer, so nobody's key.
    "simple-err-issuer.json": line("issuer", "missing", "no_key", "none", "ok"),
    # Keys that don't lie in the issuer's document.
    "simple-err-proof-method-no-scheme.json": line("ok", "foreign_key", "no_key", "none", "ok"),
    "simple-err-proof-method-unknown-scheme.json": line("ok", "foreign_key", "no_key", "none", "ok"),
    "simple-err-proof-method-unknown-did-method.json": line("ok", "foreign_key", "no_key", "none", "ok"),
    # The issuer's document has the key under that name, but it is no key: neither right nor wrong.
    "simple-err-proof-method.json": line("proof", "key_unreadable", "no_key", "none", "ok"),
    # The first context is missing, dates are VCDM 1.1's, and the key is another issuer's.
    "simple-err-context.json": line("context", "foreign_key", "no_key", "none", "unreadable"),
    # Types of their own.
    "simple-err-type.json": UNDEFINED | {"structure": "type"},
    "simple-err-issuer-type.json": UNDEFINED | {"structure": "issuer"},
    "simple-err-issuer-parentorg-type.json": UNDEFINED | {"structure": "parent_org"},
    "simple-err-issuer-otheridentifier-type.json": UNDEFINED | {"structure": "other_identifier"},
    "simple-err-credential-subject-type.json": UNDEFINED | {"structure": "credential_subject"},
    "simple-err-credential-subject-identifier-type.json": UNDEFINED | {"structure": "identifier"},
    "simple-err-credential-subject-profile-type.json": UNDEFINED | {"structure": "source"},
    # The first thing wrong is an alignment whose type is no list.
    "simple-err-credential-subject-result-type.json": UNDEFINED | {"structure": "alignment"},
    "simple-err-credential-subject-achievement-result-description-type.json": UNDEFINED
    | {"structure": "result_description"},
    "simple-err-evidence-type.json": UNDEFINED | {"structure": "evidence"},
    # VCDM 1.1.
    "simple_v1.json": OLD,
    "simple-eddsa-2022.json": OLD,
    "complete_v1.json": OLD | {"status": "unsupported_form", "validity": "expired"},
    "credential-status-revoked.json": OLD | {"status": "unsupported_form"},
    "endorsement-err-schema-status-refresh.json": OLD | {"status": "unsupported_form"},
    # … and not signed at all, which is wrong in any form.
    "simple-noproof.json": OLD | {"integrity": "no_proof"},
    "simple.jwt": OLD,
    "velocity.jwt": OLD | {"status": "unsupported_form"},
    # Baked into pictures.
    "simple-json.svg": GOOD,
    # The subject has an id, and the token has no ``sub`` (OB 3.0, 8.2.3 demands it); its key is the issuer's.
    "simple-jwt.svg": GOOD | {"integrity": "claims_differ"},
    "simple-jwt_v1.svg": OLD,
}


def text_of(name: str) -> str:
    path = standards(f"{FOLDER}/{name}")
    if path.suffix == ".svg":
        return reading.read(path.read_bytes(), public_url=samples.PUBLIC_URL).credentials[0]
    return path.read_text()


def document_of(text: str) -> Found | None:
    """Return what the fixture's https issuer would publish: the key that the fixture names."""
    presented = read(text)
    if presented.token and (jwk := presented.token.header.get("jwk")):
        issuer = presented.content["issuer"]["id"]
        return _document(issuer, {"id": f"{issuer}#key-1", "type": "JsonWebKey", "publicKeyJwk": jwk})
    written = presented.content.get("proof", [])
    for proof in written if isinstance(written, list) else [written]:
        issuer, _, key = str(proof.get("verificationMethod", "")).partition("#")
        if issuer.startswith("https://"):
            method = {"id": f"{issuer}#{key}", "type": "Multikey", "publicKeyMultibase": key}
            return _document(issuer, method)
    return None


def _document(issuer: str, method: dict[str, Any]) -> Found:
    listed = {**method, "controller": issuer}
    document = {"id": issuer, "verificationMethod": [listed], "assertionMethod": [listed["id"]]}
    return Found(document, Known.OWN_HOST)


def look(name: str) -> Report:
    text = text_of(name)
    published = document_of(text)

    def resolve(issuer: str) -> Found | None:
        return published if published and published.document["id"] == issuer else None

    return verify(text, Sources(resolve, lambda _address: None), now=NOW)


def codes(report: Report) -> dict[str, str]:
    return {finding.part.value: finding.code.partition(".")[2] for finding in report.findings}


def test_the_table_has_every_fixture() -> None:
    assert {path.name for path in standards(FOLDER).iterdir()} == TABLE.keys()


@pytest.mark.parametrize("name", TABLE)
def test_fixture(name: str) -> None:
    report = look(name)
    assert codes(report) == TABLE[name]
    assert report.form is (Form.JWT if "jwt" in name else Form.JSON)
    assert report.content["id"]


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if name.endswith(".json") and row != OLD])
def test_our_rules_of_structure_agree_with_the_official_schema(name: str) -> None:
    """Endorsements have a schema of their own, inside the one of credentials."""
    document = read_json(f"{FOLDER}/{name}")
    if "EndorsementCredential" in document["type"] or TABLE[name]["structure"] == "unsupported_form":
        return
    schema = jsonschema_rs.validator_for(read_json("schemas/ob_v3p0_achievementcredential_schema.json"))
    assert (TABLE[name]["structure"] == "ok") is schema.is_valid(document)


def test_endorsements_inside_a_credential_have_reports_of_their_own() -> None:
    """Of ``complete.json``: an unknown cryptosuite (``eddsa-rdf-2022``), expired, and an old kind of status."""
    found = look("complete.json").endorsements
    assert len(found) > 3
    for report in found:
        row = line("ok", "unsupported_form", "unsupported_form", "unsupported_form", "expired")
        assert codes(report) == row
        assert report.content["type"][1] == "EndorsementCredential"


def test_one_changed_character_anywhere_is_caught() -> None:
    text = Path(standards(f"{FOLDER}/complete.json")).read_text()
    published = document_of(text)
    for old in ("Example Student", "A-9320041", "Denise", "SDE endorsement", "nationalIdentityNumber"):
        if old not in text:
            continue
        changed = json.dumps(json.loads(text)).replace(old, old[:-1] + "x", 1)
        report = verify(changed, Sources(lambda _id: published, lambda _address: None), now=NOW)
        assert not report.genuine
        assert report.of(Part.INTEGRITY).code == "integrity.changed"
