"""What others say about a credential inside it: each with a report of its own."""

import json
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates import endorsement
from certificates.facts import Provider
from certificates.signatures import did, digest, jwt, multibase, proof
from certificates.verifying import Found, Known, Part, Report, Sources, Verdict, verify
from certificates.verifying.endorsements import MAX_ENDORSEMENTS
from certificates.verifying.graphs import Effort
from certificates.verifying.proofs import GRAPHS
from tests.unit.certificates import samples
from tests.unit.certificates.verifying.test_any_award import JWT_KEY
from tests.unit.certificates.verifying.test_any_award import OURS as OURS_WITH_TOKENS

Document = dict[str, Any]

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
BODY = Provider("did:web:b.example", {"de": "Hochschule B", "en": "University B"}, "https://b.example/")
DOCUMENTS = {
    samples.DID: OURS_WITH_TOKENS,
    BODY.did: Found(did.document(BODY.did, [did.PublicKey(1, multibase.multikey(KEY.public_key()))]), Known.OWN_HOST),
}


def endorsed(document: Document | None = None, **changes: Any) -> Document:
    """Return B's endorsement of ``document``, by default of the sample's credential."""
    said = {**endorsement.build(document or samples.unsigned(), BODY, now=samples.NOW), **changes}
    return proof.sign(said, KEY, verification_method=did.key_id(BODY.did, 1), created=samples.NOW)


def look(*found: Any, name: str = "endorsement") -> Report:
    credential = samples.sign({**samples.unsigned(), name: list(found)})
    status = json.dumps(samples.signed_list())
    return verify(json.dumps(credential), Sources(DOCUMENTS.get, lambda _address: status), now=samples.NOW)


def test_a_genuine_endorsement() -> None:
    report = look(endorsed())
    assert report.genuine, report.findings
    (said,) = report.endorsements
    assert said.genuine, said.findings
    assert said.content["issuer"]["id"] == BODY.did


def test_an_endorsement_of_something_else_says_nothing_here() -> None:
    (said,) = look(endorsed({**samples.unsigned(), "id": "https://x.example/other"})).endorsements
    assert said.of(Part.STRUCTURE).code == "structure.endorses_other"
    assert said.of(Part.INTEGRITY).verdict is Verdict.OK


def pasted(said: Document, *, known: Known = Known.OWN_HOST, **changes: Any) -> Report:
    """Return the report on ``said`` in a credential that bears the sample's id and says something else."""
    forged = samples.sign({**samples.unsigned(), **changes, "endorsement": [said]})
    published = replace(DOCUMENTS[BODY.did], known=known)
    found = Sources({**DOCUMENTS, BODY.did: published}.get, lambda _address: None)
    return verify(forged, found, now=samples.NOW).endorsements[0]


def test_an_endorsement_pasted_into_another_credential_of_the_same_id_says_nothing_there() -> None:
    said = pasted(endorsed(), name="Master of Science")
    assert said.of(Part.STRUCTURE).code == "structure.endorses_other_content"
    assert said.of(Part.INTEGRITY).verdict is Verdict.OK
    assert pasted(endorsed()).genuine


def test_an_endorsement_by_an_issuer_of_ours_names_what_it_endorses_by_its_digest() -> None:
    said = endorsed()
    about = {name: value for name, value in said["credentialSubject"].items() if name != "digestMultibase"}
    bare = endorsed(credentialSubject=about)
    assert pasted(bare).genuine, "others need not"
    assert pasted(bare, known=Known.OURS).of(Part.STRUCTURE).code == "structure.endorses_other_content"
    assert pasted(said, known=Known.OURS).genuine


def leniently(credential: dict[str, Any]) -> str:
    return digest.of_content(credential, lambda content: GRAPHS.nquads(content, Effort()))


def test_the_digest_is_the_same_whoever_signs_and_endorses_it() -> None:
    unsigned = samples.unsigned()
    whole = samples.sign({**unsigned, "endorsement": [endorsed()]})
    assert digest.of_content(whole) == digest.of_content(unsigned) == leniently(unsigned)
    assert digest.of_content(unsigned).startswith("zQm")


def test_a_changed_endorsement_is_caught_twice() -> None:
    other = endorsed()
    signed = samples.sign({**samples.unsigned(), "endorsement": [endorsed()]})
    other["credentialSubject"]["endorsementComment"] = "Sehr gut"
    signed["endorsement"] = [other]
    report = verify(signed, Sources(DOCUMENTS.get, lambda _address: None), now=samples.NOW)
    assert report.of(Part.INTEGRITY).code == "integrity.changed"
    assert report.endorsements[0].of(Part.INTEGRITY).code == "integrity.changed"


def test_a_bad_endorsement_leaves_what_the_issuer_said_as_it_is() -> None:
    """Whoever signs the credential signs what is in it; whether the endorser said it is the endorsement's report."""
    forged = endorsed()
    forged["name"] = "Gefälscht"
    report = look(forged)
    assert report.genuine
    assert report.endorsements[0].of(Part.INTEGRITY).code == "integrity.changed"


def test_a_credential_is_no_endorsement() -> None:
    (said,) = look(samples.sign({**samples.unsigned(), "id": "urn:uuid:1"})).endorsements
    assert said.of(Part.STRUCTURE).code == "structure.no_endorsement"


def test_an_endorsement_as_a_token_is_looked_at_like_one() -> None:
    said = {**endorsement.build(samples.unsigned(), BODY, now=samples.NOW), "issuer": samples.unsigned()["issuer"]}
    token = jwt.encode(said, JWT_KEY, issuer_did=samples.DID)
    (found,) = look(token, name="endorsementJwt").endorsements
    assert found.genuine, found.findings


def test_nonsense_and_far_too_many_are_reported_and_bounded() -> None:
    report = look(*[endorsed()] * (MAX_ENDORSEMENTS + 5))
    assert len(report.endorsements) == MAX_ENDORSEMENTS
    credential = {**samples.unsigned(), "endorsement": [None, 1, "x", {}, []], "proof": []}
    found = verify(credential, Sources(DOCUMENTS.get, lambda _address: None), now=samples.NOW)
    assert len(found.endorsements) == 5
    assert not any(said.genuine for said in found.endorsements)
