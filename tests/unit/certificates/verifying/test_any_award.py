"""Any award that the domain can produce, in both forms of its credential, as our own verifier sees it."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import endorsement, status_list
from certificates.credential import build, status_entry
from certificates.facts import AwardFacts
from certificates.signatures import did, jwt, multibase, proof
from certificates.verifying import Form, Found, Known, Report, Sources, verify
from tests import examples
from tests.unit.certificates import samples
from tests.unit.certificates.awards import awards
from tests.unit.certificates.verifying.test_fuzz import places

JWT_KEY = jwt.JwtKey(2, ec.derive_private_key(7, ec.SECP256R1()))
BODY_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
OURS = Found(
    did.document(
        samples.DID,
        [
            did.PublicKey(1, multibase.multikey(samples.KEY.public_key())),
            did.PublicKey(2, multibase.multikey(JWT_KEY.private.public_key()), jwt.jwk(JWT_KEY.private.public_key())),
        ],
    ),
    Known.OURS,
)


def published(issuer: str) -> Found:
    """Return ours, or an awarding body's, at its own address."""
    if issuer == samples.DID:
        return OURS
    keys = [did.PublicKey(1, multibase.multikey(BODY_KEY.public_key()))]
    return Found(did.document(issuer, keys), Known.OWN_HOST)


def issued(facts: AwardFacts) -> dict[str, object]:
    document = build(facts, samples.ADDRESSES, status_entry(samples.LIST, samples.INDEX))
    if facts.awarding_bodies:
        document["endorsement"] = [
            proof.sign(
                endorsement.build(document, body, now=facts.issued_at),
                BODY_KEY,
                verification_method=did.key_id(body.did, 1),
                created=facts.issued_at,
            )
            for body in facts.awarding_bodies
        ]
    return samples.sign(document, at=facts.issued_at)


def look(presented: str, facts: AwardFacts) -> Report:
    made = status_list.build(samples.LIST, samples.DID, [], now=facts.issued_at)
    lists = {samples.LIST: json.dumps(samples.sign(made, at=facts.issued_at))}

    return verify(presented, Sources(published, lists.get), now=facts.issued_at)


@given(awards())
@settings(max_examples=examples.FEW, deadline=None)
def test_every_form_of_any_award_is_genuine_in_every_part(facts: AwardFacts) -> None:
    document = issued(facts)
    token = jwt.encode(document, JWT_KEY, issuer_did=samples.DID)
    for presented, form in ((json.dumps(document), Form.JSON), (token, Form.JWT)):
        report = look(presented, facts)
        assert report.genuine, report.findings
        assert (report.form, report.known) == (form, Known.OURS)
        assert len(report.endorsements) == len(facts.awarding_bodies)
        for endorsed in report.endorsements:
            assert endorsed.genuine, endorsed.findings
            assert endorsed.known is Known.OWN_HOST
    assert report.content == {name: value for name, value in document.items() if name != "proof"}


@given(awards(), st.data())
@settings(max_examples=examples.FEW, deadline=None)
def test_no_change_of_a_text_goes_unnoticed(facts: AwardFacts, data: st.DataObject) -> None:
    """Of any text of any award, its proofs and its endorsements.

    What is left out is another matter: a provider that stands in two places is one node of the graph, and what is said
    of it twice may be said once.
    """
    document = issued(facts)
    *above, last = data.draw(
        st.sampled_from([path for path in places(document) if isinstance(at(document, path), str)])
    )
    holder = at(document, tuple(above))
    holder[last] = f"urn:{data.draw(st.text('abc', min_size=1, max_size=5))}"
    assert not look(json.dumps(document), facts).genuine


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document
