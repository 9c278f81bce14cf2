"""Whatever is handed in, the answer is a report, and nothing that was not signed is ever called genuine."""

import base64
import json
from copy import deepcopy
from functools import cache
from typing import Any

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.signatures import jwt
from certificates.verifying import Found, Known, Part, Report, Sources, Verdict, structure, verify
from tests import examples
from tests.oracles.standards import read_json
from tests.unit.certificates import samples
from tests.unit.certificates.verifying.test_tokens import EC

Document = dict[str, Any]

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
LIKELY: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, "", [], {}, 0, -1, 1.5, True, "did:key:z6Mk", "did:web:", "did:web:%00", "https://[", "#", "#key-1",
        "\u0000", {"id": []}, {"type": {}}, [[]], [None], ["Profile"], {"@context": None}, {"@id": "x"}, {"": ""},
        "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "9999-12-31T24:00:00Z", "z", "z" + "1" * 150, "u",
        {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}, [{}, {}], "RS256", "none", 10**30,
        {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListCredential": samples.LIST},
        [{"endorsement": [{"endorsement": [{}]}]}], "a.b.c", ["a.b.c"],
    ]
).map(deepcopy)  # fmt: skip
KEYS = st.sampled_from(
    ["id", "type", "@context", "proof", "issuer", "credentialStatus", "endorsement", "endorsementJwt", "validUntil",
     "credentialSubject", "evidence", "name", "@type", "https://example.org/x", "image", "proofValue", "expires"]
)  # fmt: skip
SIGNED = samples.sign(samples.unsigned())
LISTED = samples.signed_list()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, child in inner for found in places(child, (*path, name)))]


@st.composite
def changed(draw: st.DrawFn, original: Document, values: st.SearchStrategy[Any] = LIKELY | VALUES) -> Document:
    """Change one to three places: another value, a member more, or nothing there any more."""
    document: Any = {"root": deepcopy(original)}
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from([path for path in places(document) if path]))
        holder = document
        for step in above:
            holder = holder[step]
        kind = draw(st.sampled_from(["replace", "add", "remove"]))
        if kind == "add" and isinstance(holder[last], dict):
            holder[last][draw(KEYS)] = draw(values)
        elif kind == "remove" and above:
            del holder[last]
        else:
            holder[last] = draw(values)
    found = document.get("root")
    return found if isinstance(found, dict) else {"root": found}


def look(presented: bytes | str | Document, *, issuer: Document | None = None, listed: str | None = None) -> Report:
    document = issuer if issuer is not None else samples.did_document()
    status = json.dumps(LISTED) if listed is None else listed
    return verify(
        presented,
        Sources(lambda wanted: Found(document, Known.OURS) if wanted == samples.DID else None, lambda _address: status),
        now=samples.NOW,
    )


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes(data: bytes | str) -> None:
    assert not look(data).genuine


@given(VALUES)
def test_any_json(value: Any) -> None:
    assert not look(json.dumps(value)).genuine


@settings(deadline=None, max_examples=examples.MANY)
@given(changed(SIGNED))
def test_a_changed_credential_is_genuine_only_if_it_says_the_same(document: Document) -> None:
    """``[]`` and ``null`` say nothing in JSON-LD; a one-element list is the element; order in a set is none."""
    report = look(json.dumps(document))
    if report.of(Part.INTEGRITY).verdict is Verdict.OK:
        without = {name: value for name, value in document.items() if name != "proof"}
        assert _meaning(without) == _meaning(samples.unsigned())


def _meaning(value: Any) -> Any:
    if isinstance(value, dict):
        said = {name: _meaning(child) for name, child in value.items()}
        return {name: child for name, child in said.items() if child not in (None, [], "absent")}
    if isinstance(value, list):
        said_items = [_meaning(child) for child in value if child is not None]
        kept = [item for number, item in enumerate(said_items) if item not in said_items[:number] and item != []]
        return sorted(kept, key=json.dumps) if len(kept) != 1 else kept[0]
    return value


@settings(deadline=None, max_examples=2 * examples.FEW)
@given(changed(samples.did_document()))
def test_a_changed_issuers_document(document: Document) -> None:
    assert look(SIGNED, issuer=document).of(Part.INTEGRITY).code in {
        "integrity.ok",
        "integrity.no_key",
        "integrity.changed",
    }


@settings(deadline=None, max_examples=2 * examples.FEW)
@given(changed(LISTED))
def test_a_changed_status_list_never_frees(document: Document) -> None:
    report = look(SIGNED, listed=json.dumps(document))
    if report.of(Part.STATUS).verdict is Verdict.OK:
        without = [{name: value for name, value in item.items() if name != "proof"} for item in (document, LISTED)]
        assert _meaning(without[0]) == _meaning(without[1])


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


TOKEN = jwt.encode(samples.unsigned(), jwt.JwtKey(2, EC), issuer_did=samples.DID)
HEAD, BODY = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in TOKEN.split(".")[:2])


@settings(deadline=None, max_examples=2 * examples.FEW)
@given(changed(HEAD) | st.just(HEAD), changed(BODY) | st.just(BODY))
def test_a_changed_token(head: Document, body: Document) -> None:
    token = f"{encoded(head)}.{encoded(body)}.{TOKEN.rpartition('.')[2]}"
    report = look(token)
    assert report.of(Part.INTEGRITY).verdict is not Verdict.OK  # the issuer's document has no key 2 here


@cache
def official() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(read_json("schemas/ob_v3p0_achievementcredential_schema.json"))


NO_DATES = (LIKELY | VALUES).filter(lambda value: not (isinstance(value, str) and value[:1].isdigit()))


@settings(deadline=None, max_examples=examples.MANY)
@given(changed(SIGNED, NO_DATES))
def test_our_rules_of_structure_agree_with_the_official_schema(document: Document) -> None:
    """Ours refuse what the schema refuses, and beyond it what formats, contexts and identities want."""
    schema = official()
    found = set(structure.problems(document)) - {"structure.subject_unidentified"}
    formats = {"structure.valid_from", "structure.valid_until", "structure.awarded_date", "structure.created",
               "structure.activity_end_date", "structure.activity_start_date", "structure.criteria"}  # fmt: skip
    if schema.is_valid(document):
        assert found <= formats
    elif not isinstance(document.get("credentialStatus"), list):
        assert found
