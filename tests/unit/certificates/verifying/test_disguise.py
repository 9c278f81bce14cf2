"""What is signed stays signed under another name or in another place, but the reader of the JSON would miss it."""

from typing import Any

import pytest

from certificates.errors import UnsafeDocumentError
from certificates.signatures import canonical, contexts, moved
from certificates.verifying import Found, Known, Part, Report, Sources, verify
from certificates.verifying.graphs import check_values
from tests.unit.certificates import samples

Document = dict[str, Any]
STATUS = "https://www.w3.org/2018/credentials#credentialStatus"
IDENTIFIER = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#identifier"


def look(document: Document) -> Report:
    ours = Found(samples.did_document(), Known.OURS)
    return verify(document, Sources(lambda _id: ours, lambda _address: None), now=samples.NOW)


def integrity(document: Document) -> str:
    return look(document).of(Part.INTEGRITY).code


def test_a_status_under_its_full_iri_is_not_hidden() -> None:
    found = samples.sign(samples.unsigned())
    assert integrity(found) == "integrity.ok"
    found[STATUS] = found.pop("credentialStatus")
    assert integrity(found) == "integrity.unsafe_document"


def test_neither_is_who_achieved_it() -> None:
    found = samples.sign(samples.unsigned())
    found["credentialSubject"][IDENTIFIER] = found["credentialSubject"].pop("identifier")
    assert integrity(found) == "integrity.unsafe_document"


def test_nor_criteria_under_the_name_of_their_class() -> None:
    found = samples.sign(samples.unsigned())
    achievement = found["credentialSubject"]["achievement"]
    achievement["Criteria"] = achievement.pop("criteria")
    assert integrity(found) == "integrity.unsafe_document"


REFRESH = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#1EdTechCredentialRefresh"


def _refreshed() -> Document:
    """Return a credential that names itself once more, as a place to come back to."""
    unsigned = samples.unsigned()
    return {**unsigned, "validUntil": "2026-05-01T00:00:00Z", "refreshService": {"id": unsigned["id"], "type": REFRESH}}


def _moved(document: Document) -> Document:
    """Return the same quads, with the status and the end in the inner object of the same id."""
    inner = {"id": document["id"], "type": "VerifiableCredential"}
    inner.update({name: document[name] for name in moved.JUDGED})
    left = {name: value for name, value in document.items() if name not in moved.JUDGED}
    return {**left, "type": [*left["type"], REFRESH], "refreshService": inner}


def test_a_status_moved_into_an_inner_object_with_the_documents_id_is_not_hidden() -> None:
    found = samples.sign(_refreshed())
    assert integrity(found) == "integrity.ok"
    assert canonical.CANONICALIZER.nquads(_moved(found)) == canonical.CANONICALIZER.nquads(found)
    assert integrity(_moved(found)) == "integrity.unsafe_document"


def test_the_quads_alone_tell_that_it_was_moved() -> None:
    found = _refreshed()
    nquads = canonical.CANONICALIZER.nquads(found)
    moved.check_quads(found, nquads)
    with pytest.raises(UnsafeDocumentError):
        moved.check_quads(_moved(found), nquads)


def test_nothing_is_signed_that_says_something_in_two_places() -> None:
    unsigned = samples.unsigned()
    with pytest.raises(UnsafeDocumentError):
        samples.sign({**unsigned, "evidence": [{"id": unsigned["id"], "type": ["Evidence"], "name": "x"}]})


def test_an_endorsements_subject_is_no_place_for_a_status() -> None:
    unsigned = samples.unsigned()
    comment = {"id": unsigned["id"], "type": ["EndorsementSubject"], "endorsementComment": "Ja"}
    moved.check_objects({**unsigned, "endorsement": [{"credentialSubject": comment}]})
    for subject in ({**comment, "credentialStatus": {}}, {**comment, "related": [{**comment, "id": unsigned["id"]}]}):
        with pytest.raises(UnsafeDocumentError):
            moved.check_objects({**unsigned, "endorsement": [{"credentialSubject": subject}]})


def test_two_entries_of_a_status_are_two_quads_and_the_same_one_twice_is_one() -> None:
    unsigned = samples.unsigned()
    entry = unsigned["credentialStatus"]
    more = [{**entry, "id": f"{entry['id']}x"}, {key: entry[key] for key in entry if key != "id"}]
    assert integrity(samples.sign({**unsigned, "credentialStatus": [entry, *more]})) == "integrity.ok"
    assert integrity(samples.sign({**unsigned, "credentialStatus": [entry, entry]})) == "integrity.ok"


def _terms(context: Any) -> list[tuple[str, str]]:
    if isinstance(context, list):
        return [pair for item in context for pair in _terms(item)]
    pairs = []
    for name, meaning in context.items() if isinstance(context, dict) else ():
        definition = meaning if isinstance(meaning, dict) else {"@id": meaning}
        if not name.startswith("@"):
            pairs += [(name, str(definition.get("@id"))), *_terms(definition.get("@context"))]
    return pairs


def test_no_two_names_that_are_let_through_mean_the_same() -> None:
    """Were there a new alias in a context that is pinned some day, it would be found here."""
    named = [pair for url in contexts.PINNED for pair in _terms(contexts.load(url)["document"]["@context"])]
    assert len(named) > 300
    by_iri: dict[str, set[str]] = {}
    for name, iri in named:
        if not canonical.is_disguised(name):
            by_iri.setdefault(iri, set()).add(name)
    assert [names for names in by_iri.values() if len(names) > 1] == []


@pytest.mark.parametrize("name", [STATUS, "cred:credentialStatus", ":", "Criteria", "GeoCoordinates"])
def test_before_signing_and_in_what_is_somebody_elses(name: str) -> None:
    document = {**samples.unsigned(), "evidence": [{"type": ["Evidence"], name: "x"}]}
    for check in (canonical.check_values, check_values):
        with pytest.raises(UnsafeDocumentError):
            check(document)
