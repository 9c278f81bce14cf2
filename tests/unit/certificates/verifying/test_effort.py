"""However little is handed in, checking it takes seconds at most, not minutes."""

import json
import time
from typing import Any

import pytest

from certificates.signatures import did, multibase, proof
from certificates.signatures.canonical import CANONICALIZER
from certificates.verifying import Found, Known, Part, Sources, verify
from certificates.verifying.check import verify_all
from certificates.verifying.graphs import Effort, Graphs, TooIntricateError
from tests.unit.certificates import samples

Document = dict[str, Any]
SECONDS = 5
"""Of the processor: twice as much as was measured."""


def codes(*credentials: Document) -> list[str]:
    """Verify what was uploaded together; return what was said of each one's integrity."""
    begun = time.process_time()
    documents = {samples.DID: Found(samples.did_document(), Known.OURS)}
    texts = [json.dumps(one) for one in credentials]
    reports = verify_all(texts, Sources(documents.get, lambda _address: None), now=samples.NOW)
    assert time.process_time() - begun < SECONDS
    return [report.of(Part.INTEGRITY).code.removeprefix("integrity.") for report in reports]


def with_alike(groups: int, children: int, **more: Any) -> Document:
    """Return a credential with groups of parts that look alike, each of them cheap."""
    found = {**samples.unsigned(), **more}
    found["credentialSubject"]["achievement"]["related"] = [
        {
            "type": ["Achievement"],
            "name": f"{group}",
            "alignment": [{"type": ["Alignment"], "targetName": f"{group}"} for _ in range(children)],
        }
        for group in range(groups)
        for _twin in range(2)
    ]
    return found


def test_groups_that_are_cheap_alone_are_bounded_together() -> None:
    assert Graphs().nquads(with_alike(4, 5), Effort())
    for fraction in ({}, {"evidence": [{"type": ["Evidence"], "name": None}]}):
        with pytest.raises(TooIntricateError):
            Graphs().nquads(with_alike(5, 5, **fraction), Effort())


def test_many_equal_members_in_the_lenient_way() -> None:
    found = samples.sign(samples.unsigned())
    found["credentialSubject"]["achievement"] |= {"creditsAvailable": 2.5, "tag": [f"{n}" for n in range(3_800)]}
    assert codes(found) == ["too_intricate"]


def test_credentials_of_one_upload_share_what_may_be_computed() -> None:
    costly = samples.sign(with_alike(4, 5))
    found = codes(*[{**costly, "proof": costly["proof"] * 4, "id": costly["id"]}] * 12)
    assert found[0] == "ok"
    assert found[-1] == "too_intricate"
    assert codes(costly) == ["ok"], "the next upload begins anew"


def test_endorsements_in_endorsements_and_lists_of_status_share_it_too() -> None:
    inner = with_alike(4, 5)
    entry = inner["credentialStatus"]
    inner["credentialStatus"] = [{**entry, "id": f"urn:{number}"} for number in range(4)]
    signed = samples.sign(inner)
    nested = {**signed, "id": "urn:a", "endorsement": [{**signed, "id": f"urn:b:{n}"} for n in range(2)]}
    begun = time.process_time()
    text = json.dumps(samples.signed_list())
    documents = {samples.DID: Found(samples.did_document(), Known.OURS)}
    report = verify({**signed, "endorsement": [nested] * 2}, Sources(documents.get, lambda _: text), now=samples.NOW)
    assert time.process_time() - begun < SECONDS
    assert not report.genuine


def test_five_large_credentials_of_ours_are_not_too_much() -> None:
    assert codes(*[samples.sign(samples.unsigned(samples.COURSE))] * 5) == ["ok"] * 5


def test_a_proof_with_other_contexts_than_the_document_is_not_supported() -> None:
    unsigned = samples.unsigned()
    config = {**samples.sign(unsigned)["proof"][0], "verificationMethod": did.key_id(samples.DID, 1)}
    del config["proofValue"]
    signature = samples.KEY.sign(proof.hash_data(unsigned, config, CANONICALIZER))
    written = {**config, "@context": unsigned["@context"][:1], "proofValue": multibase.encode(signature)}
    assert codes({**unsigned, "proof": [written]}) == ["unsupported_value"]
