"""What Digital Bazaar's libraries say about our credentials. They run at today's time, so these are signed today."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.facts import AwardFacts
from tests.oracles import node
from tests.oracles.standards import standards
from tests.unit.certificates import samples

pytestmark = pytest.mark.oracle
TODAY = datetime.now(tz=UTC)

Document = dict[str, Any]


def signed(facts: AwardFacts = samples.ATTENDANCE) -> Document:
    return samples.sign(samples.unsigned(replace(facts, issued_at=TODAY)), at=TODAY)


def ask(
    folder: Path, credential: Document, *, revoked: tuple[int, ...] = (), schema: Path | None = None
) -> tuple[int, Document]:
    return node.ask(
        "verify.mjs",
        node.write(folder, "credential.json", credential),
        "--did",
        node.write(folder, "did.json", samples.did_document()),
        "--status",
        node.write(folder, "list.json", samples.signed_list(*revoked, at=TODAY)),
        *(("--schema", schema) if schema else ()),
    )


@pytest.mark.parametrize("facts", [samples.ATTENDANCE, samples.COURSE], ids=["attendance", "course"])
def test_a_credential_of_ours_is_valid_for_a_foreign_verifier(tmp_path: Path, facts: AwardFacts) -> None:
    code, answer = ask(tmp_path, signed(facts))
    assert code == 0, answer
    assert answer["verified"] is True
    assert answer["status"] == [{"purpose": "revocation", "set": False}]


@pytest.mark.parametrize("facts", [samples.ATTENDANCE, samples.COURSE], ids=["attendance", "course"])
def test_the_official_schema_accepts_our_credentials(tmp_path: Path, facts: AwardFacts) -> None:
    schema = standards("schemas/ob_v3p0_achievementcredential_schema.json")
    code, answer = ask(tmp_path, signed(facts), schema=schema)
    assert (code, answer["schemaValid"]) == (0, True), answer


def test_it_says_revoked_when_exactly_this_bit_is_set(tmp_path: Path) -> None:
    code, answer = ask(tmp_path, signed(), revoked=(samples.INDEX,))
    assert (code, answer["revoked"]) == (2, True)


def test_the_neighbours_bits_say_nothing_about_this_credential(tmp_path: Path) -> None:
    around = tuple(samples.INDEX + step for step in (-8, -7, -1, 1, 7, 8))
    code, answer = ask(tmp_path, signed(), revoked=around)
    assert (code, answer["revoked"]) == (0, False)


def _rename(credential: Document) -> None:
    credential["credentialSubject"]["identifier"][0]["identityHash"] = "Jemand Anderes"


def _raise_score(credential: Document) -> None:
    credential["credentialSubject"]["result"][0]["value"] = "100"


def _backdate(credential: Document) -> None:
    credential["validFrom"] = "2020-01-01T00:00:00Z"


def _move_place(credential: Document) -> None:
    credential["credentialStatus"]["statusListIndex"] = "1"


def _rewrite_narrative(credential: Document) -> None:
    credential["credentialSubject"]["narrative"] += " "


def _drop_evidence(credential: Document) -> None:
    del credential["evidence"]


@pytest.mark.parametrize("tamper", [_rename, _raise_score, _backdate, _move_place, _rewrite_narrative, _drop_evidence])
def test_a_changed_field_is_invalid(tmp_path: Path, tamper: Callable[[Document], None]) -> None:
    credential = signed()
    tamper(credential)
    code, answer = ask(tmp_path, credential)
    assert (code, answer["verified"]) == (1, False)


def test_a_signature_by_another_key_is_invalid(tmp_path: Path) -> None:
    forged = samples.sign(samples.unsigned(), key=Ed25519PrivateKey.generate(), at=TODAY)
    assert ask(tmp_path, forged)[0] == 1


def test_line_feeds_quotes_and_all_scripts_canonicalize_alike(tmp_path: Path) -> None:
    odd = 'Zeile\nzwei "in Anführung" \\ Ünï çødé 日本 😀 \u00a0 \u2028 a\u0308'
    facts = replace(
        samples.ATTENDANCE, achievement=replace(samples.ATTENDANCE.achievement, criteria={"de": odd, "en": odd})
    )
    code, answer = ask(tmp_path, signed(facts))
    assert code == 0, answer
