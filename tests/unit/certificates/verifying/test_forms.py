"""Reading what was handed in, keys in documents, and foreign JSON-LD: hostile or merely other people's."""

import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.errors import UnknownContextError, UnsafeDocumentError
from certificates.signatures import did, multibase, proof
from certificates.signatures.canonical import CANONICALIZER
from certificates.verifying import Form, Found, Known, Part, Report, Sources, Verdict, keys, verify
from certificates.verifying.forms import MAX_BYTES, read
from certificates.verifying.graphs import Effort, Graphs, InlineContextError, TooIntricateError, UnsupportedValueError
from tests.unit.certificates import samples

Document = dict[str, Any]
CONTEXTS = samples.unsigned()["@context"]


def canonical_form(document: Document) -> str:
    return Graphs().nquads(document, Effort())


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", "{", "[]", "null", "{}{}", '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": 1e999}', "a.b", "a.b.c.d",
     "é.b.c", '{"a": "\\ud800"}', "<svg/>", "{" * 100_000, '{"a": ' * 9_000, f'{{"a": {"9" * 5000}}}', "\ud800"],
)  # fmt: skip
def test_what_is_no_credential_is_said_to_be_unreadable(data: bytes | str) -> None:
    report = verify(data, Sources(lambda _id: None, lambda _address: None), now=samples.NOW)
    assert report.of(Part.STRUCTURE).code == "structure.unreadable"
    assert not report.genuine
    assert report.content == {}


@pytest.mark.parametrize(
    "data",
    [" " * (MAX_BYTES + 1), '{"a": ' + "[" * 60 + "]" * 60 + "}", json.dumps({"a": list(range(30_000))})],
    ids=["bytes", "depth", "values"],
)
def test_too_much_is_said_to_be_too_large(data: str) -> None:
    report = verify(data, Sources(lambda _id: None, lambda _address: None), now=samples.NOW)
    assert report.of(Part.STRUCTURE).code == "structure.too_large"


def test_a_byte_order_mark_and_white_space_are_passed_over() -> None:
    assert read("\ufeff \n" + json.dumps(samples.unsigned()) + "\n").form is Form.JSON


def self_made(document: Document) -> Report:
    """Sign as a did:key, by which anybody can sign anything."""
    encoded = multibase.multikey(samples.KEY.public_key())
    issuer = f"did:key:{encoded}"
    signed = proof.sign(
        {**document, "issuer": {**document["issuer"], "id": issuer}},
        samples.KEY,
        verification_method=f"{issuer}#{encoded}",
        created=samples.NOW,
    )
    document_of = keys.did_key_document(issuer)
    assert document_of is not None
    found = Found(document_of, Known.KEY_ONLY)
    return verify(signed, Sources(lambda _id: found, lambda _address: None), now=samples.NOW)


def test_a_did_key_proves_integrity_and_nobody() -> None:
    report = self_made({name: value for name, value in samples.unsigned().items() if name != "credentialStatus"})
    assert report.of(Part.INTEGRITY).verdict is Verdict.OK
    assert (report.of(Part.ISSUER).verdict, report.of(Part.ISSUER).code) == (Verdict.UNKNOWN, "issuer.key_only")
    assert (report.known, report.genuine) == (Known.KEY_ONLY, False)


def test_keys_in_did_key() -> None:
    private = ec.derive_private_key(7, ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    assert keys.from_multikey(multibase.encode(multibase.P256_PUBLIC + point)) == private.public_key()
    assert isinstance(keys.from_multikey(multibase.multikey(samples.KEY.public_key())), Ed25519PublicKey)
    for wrong in ("", "z", "z6Mk", "m6Mk", multibase.encode(multibase.P256_PUBLIC + bytes(33)), "z" + "1" * 500):
        assert keys.from_multikey(wrong) is None
        assert keys.did_key_document(f"did:key:{wrong}") is None


def test_a_fraction_null_and_an_empty_list_are_met_in_other_peoples_credentials() -> None:
    """``2.5`` credits are usual, and canonical as a number with an exponent (JSON-LD 1.1 API, 8.6)."""
    written = canonical_form({"@context": CONTEXTS, "type": ["AchievementSubject"], "creditsEarned": 2.5, "result": []})
    assert '"2.5E0"' in written
    assert written == canonical_form(
        {"@context": CONTEXTS, "type": ["AchievementSubject"], "creditsEarned": 2.5, "narrative": None}
    )


def poisoned(number: int) -> Document:
    """Parts that look alike below parts that look alike: the standard tries every order of them."""
    alike = [{"type": ["Alignment"], "targetName": "x"} for _ in range(number)]
    results = [{"type": ["Result"], "alignment": alike} for _ in range(2)]
    subject = {"type": ["AchievementSubject"], "result": results}
    return {"@context": CONTEXTS, "type": ["VerifiableCredential", "OpenBadgeCredential"], "credentialSubject": subject}


def test_a_poisoned_graph_is_refused_before_it_takes_years() -> None:
    begun = time.monotonic()
    with pytest.raises(TooIntricateError):
        canonical_form(poisoned(40))
    assert time.monotonic() - begun < 5
    assert canonical_form(poisoned(3))


REFUSED: dict[str, tuple[Document, type[Exception]]] = {
    "an unknown context": ({"@context": [*CONTEXTS, "https://evil.example/context"]}, UnknownContextError),
    "an unknown context inside": ({"@context": CONTEXTS, "a": {"@context": "https://x.example"}}, UnknownContextError),
    "a context of its own": ({"@context": [*CONTEXTS, {"shoeSize": None}]}, InlineContextError),
    "a context of its own inside": ({"@context": CONTEXTS, "issuer": {"@context": {"name": None}}}, InlineContextError),
    "no context": ({"name": "x"}, UnsafeDocumentError),
    "a keyword": ({"@context": CONTEXTS, "name": {"@value": "x"}}, UnsafeDocumentError),
    "a term that nobody defines": ({"@context": CONTEXTS, "shoeSize": "44"}, UnsafeDocumentError),
    "a control character": ({"@context": CONTEXTS, "name": "\u0000"}, UnsupportedValueError),
    "a huge number": ({"@context": CONTEXTS, "name": 2**60}, UnsupportedValueError),
    "a relative type": ({"@context": CONTEXTS, "type": ["Nonsense"]}, UnsafeDocumentError),
}  # fmt: skip


@pytest.mark.parametrize(("document", "error"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_signed_alike_everywhere_is_refused(document: Document, error: type[Exception]) -> None:
    with pytest.raises(error):
        canonical_form(document)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"@context": [*CONTEXTS, "https://evil.example/c"]}, "integrity.unknown_context"),
        ({"@context": [*CONTEXTS, {"x": "y:z"}]}, "integrity.inline_context"),
        ({"name": "\u0000"}, "integrity.unsupported_value"),
        ({"evidence": poisoned(40)["credentialSubject"]["result"]}, "integrity.too_intricate"),
    ],
)
def test_each_of_them_has_its_code(changes: Document, code: str) -> None:
    signed = {**samples.sign(samples.unsigned()), **changes}
    ours = Found(samples.did_document(), Known.OURS)
    report = verify(json.dumps(signed), Sources(lambda _id: ours, lambda _address: None), now=samples.NOW)
    assert (report.of(Part.INTEGRITY).verdict, report.of(Part.INTEGRITY).code) == (Verdict.UNKNOWN, code)


def proofs(*more: Document) -> Report:
    signed = samples.sign(samples.unsigned())
    signed["proof"] = [*more, *signed["proof"]]
    ours = Found(samples.did_document(), Known.OURS)
    status = json.dumps(samples.signed_list())
    documents = {samples.DID: ours}
    return verify(signed, Sources(documents.get, lambda _address: status), now=samples.NOW)


def another(**changes: Any) -> Document:
    return {**samples.sign(samples.unsigned())["proof"][0], **changes}


def test_every_proof_of_the_issuer_must_hold() -> None:
    assert proofs(another()).genuine
    assert proofs(another(proofValue="z" + "1" * 64)).of(Part.INTEGRITY).code == "integrity.changed"
    assert proofs(another(created="2020-01-01T00:00:00Z")).of(Part.INTEGRITY).code == "integrity.changed"
    assert (
        proofs(another(verificationMethod=did.key_id(samples.DID, 9))).of(Part.ISSUER).code == "issuer.key_not_listed"
    )
    assert not proofs(another(proofPurpose="authentication")).genuine


def test_proofs_by_others_and_of_other_suites_neither_help_nor_harm() -> None:
    for more in (another(verificationMethod="did:web:x.example#key-1"), {"type": "Ed25519Signature2020"}, "nonsense"):
        report = proofs(more)  # type: ignore[arg-type] # as hostile files have it
        assert report.of(Part.INTEGRITY).code == "integrity.ok_beside_others"
    assert proofs(*[another()] * 4).of(Part.INTEGRITY).code == "integrity.too_many_proofs"


def test_a_proof_that_has_expired() -> None:
    signed = samples.unsigned()
    config = {**another(expires="2026-05-01T00:00:00Z")}
    del config["proofValue"]
    data = proof.hash_data(signed, config, CANONICALIZER)
    signed["proof"] = [{**config, "proofValue": multibase.encode(samples.KEY.sign(data))}]
    ours = Found(samples.did_document(), Known.OURS)
    report = verify(signed, Sources(lambda _id: ours, lambda _address: None), now=samples.NOW)
    assert report.of(Part.INTEGRITY).code == "integrity.proof_expired"
