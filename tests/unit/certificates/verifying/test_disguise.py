"""What is signed stays signed under another name or in another place, but the reader of the JSON would miss it."""

from typing import Any

import pytest

from certificates.errors import UnsafeDocumentError
from certificates.signatures import canonical, contexts
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
