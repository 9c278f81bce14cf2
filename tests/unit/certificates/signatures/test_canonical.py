"""The fast canonicalization gives what the slow one gives, for anything; and naming nodes can't take for ever."""

import copy
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from certificates.errors import UnsafeDocumentError
from certificates.signatures import canonical, contexts, proof
from certificates.signatures.canonical import CANONICALIZER, Canonicalizer
from tests import examples
from tests.unit.certificates import samples

Path = tuple[str | int, ...]


def nodes(value: Any, path: Path = ()) -> list[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in nodes(item, (*path, key)))]


def put(document: Any, path: Path, value: Any) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value


WHOLE = samples.sign(samples.unsigned(samples.COURSE))
OPTIONS = {**WHOLE["proof"][0], "@context": WHOLE["@context"]}
DOCUMENTS = [WHOLE, samples.sign(samples.unsigned()), samples.signed_list(3), OPTIONS]


HOSTILE = [
    "",
    "name",  # a term
    "assertionMethod",  # a term where proofPurpose stands
    "type",
    "@id",
    "@none",
    "@context",
    "xsd:string",
    "sec:x",
    "cred:x",
    "relative:x",
    "relative://base/x",
    "_:b0",
    "picture.png",
    "//host/x",
    "#x",
    "did:web:a.example%3A8000:b",
    "DID:WEB:x",
    "urn:uuid:1",
    "https://a.example/ö/../b?c=d&e=%20#f",
    "https://a.example/%zz",
    "https://a.example/#a#b",
    "https://a.example/[",
    "https://[::1]/",
    "https://a.example/a b",
    "mailto:a@b.example",
    "https://slot.invalid/0/",
    "https://slot.invalid/1/",
    "%s %d %%",
    "{}",
    '"quoted" \\ back \n line',
    "\u2028\u2029\u00a0",
    "a\u0308 日本 😀",
    "\t",
    "\r",
    "\0",
    "\x7f",
    "\ud800",
    "\ufffe",
    "-0",
    "1e-07",
]
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=20) | st.text("ab:/#%_@.", max_size=8)
SCALARS = TEXTS | st.booleans() | st.integers(-3, 3) | st.sampled_from([None, 0.5, 2**60])
KEYS = st.sampled_from([step for path in nodes(WHOLE) for step in path if isinstance(step, str)]) | st.sampled_from(
    ["@id", "xsd", "jwk", "surprise", "https://a.example/p", "https://slot.invalid/0/", "https://a.example/%zz"]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a document of ours with some of its parts replaced by anything."""
    document: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(nodes(document)[1:]))
        put(document, path, draw(TEXTS | TEXTS | VALUES))
    return document


def answer(ask: Any, document: dict[str, Any]) -> tuple[str, str]:
    try:
        return "ok", ask(document)
    except UnsafeDocumentError as error:
        return error.code, str(error)


@given(documents())
@settings(max_examples=examples.MANY, deadline=None)
def test_the_fast_way_gives_the_same_bytes_and_the_same_refusals(document: dict[str, Any]) -> None:
    one_by_one = answer(CANONICALIZER.nquads_one_by_one, document)
    assert answer(CANONICALIZER.nquads, document) == one_by_one
    assert answer(CANONICALIZER.nquads, document) == one_by_one, "when its template is kept"


@given(st.lists(TEXTS, min_size=6, max_size=6))
@settings(max_examples=examples.MANY, deadline=None)
def test_any_texts_in_one_skeleton_give_the_bytes_of_the_slow_way(texts: list[str]) -> None:
    document = copy.deepcopy(WHOLE)
    places: list[Path] = [
        ("name",),
        ("description",),
        ("credentialSubject", "identifier", 0, "identityHash"),
        ("credentialSubject", "narrative"),
        ("credentialSubject", "result", 0, "value"),
        ("credentialSubject", "result", 1, "value"),
    ]
    for place, text in zip(places, texts, strict=True):
        put(document, place, text)
    assert answer(CANONICALIZER.nquads, document) == answer(CANONICALIZER.nquads_one_by_one, document)


TERMS = "https://a.example/context"
DEFINED: dict[str, Any] = {
    "ex": "https://ex.example/",
    "see": {"@id": "https://a.example/see", "@type": "@vocab"},
    "by": "https://a.example/by",
    "p": "https://a.example/p",
    "q": "https://a.example/q",
    "percent": "https://a.example/%20s",
    **{f"p{number}": f"https://a.example/p{number}" for number in range(9)},
}


def with_terms(url: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
    """Load the pinned contexts and one more, which defines ``DEFINED``."""
    if url != TERMS:
        return contexts.load(url, options)
    return {"contentType": "", "contextUrl": None, "documentUrl": url, "document": {"@context": DEFINED}}


PLAIN = {"@context": [contexts.CREDENTIALS_V2, TERMS], "id": "urn:x:1", "type": ["VerifiableCredential"]}
SAME_SKELETON: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "two texts that become one": ({"p": ["x", "y"]}, {"p": ["x", "x"]}),
    "true and 1": ({"p": True}, {"p": 1}),
    "1 and true": ({"p": 1}, {"p": True}),
    "a text and its number": ({"p": "1"}, {"p": 1}),
    "a list of one and its item": ({"p": ["x"]}, {"p": "x"}),
    "signs of patterns in what is kept": ({"percent": "x"}, {"percent": "%s"}),
    "a type that looks like a slot": (
        {"type": ["https://slot.invalid/0/"]},
        {"type": ["https://slot.invalid/0/"], "id": "urn:x:2"},
    ),
    "nodes that become alike": ({"p": [{"q": "x"}, {"q": "y"}]}, {"p": [{"q": "x"}, {"q": "x"}]}),
}


@pytest.mark.parametrize("case", SAME_SKELETON)
def test_after_one_document_another_that_looks_like_it_gives_the_bytes_of_the_slow_way(case: str) -> None:
    ours = Canonicalizer(with_terms)
    for change in SAME_SKELETON[case]:
        document = {**PLAIN, **change}
        assert ours.nquads(document) == by_pyld_alone(document)


@pytest.mark.parametrize("iri", ["ex:b", "see", "ex"])
def test_an_identifier_that_a_context_could_expand_is_expanded(iri: str) -> None:
    ours = Canonicalizer(with_terms)
    document = {"@context": [TERMS], "see": "https://a.example/b"}
    assert "<https://a.example/b>" in ours.nquads(document)
    assert ours.nquads({**document, "see": iri}) == ours.nquads_one_by_one({**document, "see": iri})


def by_pyld_alone(document: dict[str, Any]) -> Any:
    return jsonld.normalize(
        document, {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": with_terms}
    )


def test_expansion_is_done_once_for_documents_of_one_skeleton(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Canonicalizer()
    expanded: list[Any] = []
    expand = jsonld.expand

    def counted(document: Any, *args: Any, **options: Any) -> Any:
        expanded.append(document)
        return expand(document, *args, **options)

    monkeypatch.setattr(jsonld, "expand", counted)
    for number in range(5):
        ours.nquads({**samples.unsigned(samples.COURSE), "name": f"Nummer {number}"})
    assert len(expanded) == 1


def test_templates_kept_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "MAX_TEMPLATES", 3)
    ours = Canonicalizer(with_terms)
    made = [ours.nquads({"@context": [TERMS], **{f"p{n}": "x" for n in range(count)}}) for count in range(1, 9)]
    assert len(set(made)) == 8
    assert len(ours._templates) == 3


def alike(parents: int, children: int) -> dict[str, Any]:
    one = {"type": ["Profile"], "otherIdentifier": [{"type": "IdentifierEntry"} for _ in range(children)]}
    document = {**samples.unsigned(), "evidence": [{"type": ["Evidence"], "by": one}] * parents}
    return {**document, "@context": [*document["@context"], TERMS]}


WITH_TERMS = Canonicalizer(with_terms)


@pytest.mark.parametrize(("parents", "children"), [(1, 1), (1, 4), (2, 1), (2, 4), (5, 1)])
def test_parts_that_are_alike_are_named_as_the_standard_says(parents: int, children: int) -> None:
    document = alike(parents, children)
    assert WITH_TERMS.nquads(document) == by_pyld_alone(document)


@pytest.mark.parametrize(("parents", "children"), [(2, 9), (2, 12), (40, 8), (3, 200), (300, 1)])
def test_what_would_take_for_ever_to_name_is_refused_at_once(parents: int, children: int) -> None:
    start = time.perf_counter()
    with pytest.raises(UnsafeDocumentError, match="alike"):
        WITH_TERMS.nquads(alike(parents, children))
    assert time.perf_counter() - start < 5


def test_many_alike_below_one_that_is_unlike_are_no_danger() -> None:
    document = {**samples.unsigned(), "evidence": [{"type": ["Evidence"]} for _ in range(100)]}
    assert CANONICALIZER.nquads(document).count("#Evidence>") >= 100


@pytest.mark.parametrize("iri", ["https://a.example/%zz", "https://a.example/#a#b", "https://a.example/[", "a:\ue000"])
def test_what_is_no_iri_is_refused_for_the_rdf_parser_would_leave_it_out(iri: str) -> None:
    status = {**samples.unsigned()["credentialStatus"], "statusListCredential": iri}
    for change in ({"id": iri}, {iri: "x"}, {"type": ["VerifiableCredential", iri]}, {"credentialStatus": status}):
        with pytest.raises(UnsafeDocumentError):
            CANONICALIZER.nquads({**samples.unsigned(), **change})


def embedded(**change: Any) -> dict[str, Any]:
    """Our credential with another one inside, as an endorsement is."""
    inner = {
        "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": "did:web:b.example",
        "validFrom": "2026-05-14T09:30:00Z",
        "credentialSubject": {"id": "urn:uuid:2", "type": ["EndorsementSubject"], "endorsementComment": "Ja"},
    }
    inner = proof.sign(inner, samples.KEY, verification_method="did:web:b.example#key-1", created=samples.NOW)
    return {**samples.unsigned(), "endorsement": [{**inner, **change}]}


def test_an_embedded_credential_may_repeat_the_documents_contexts() -> None:
    document = embedded()
    assert CANONICALIZER.nquads(document) == CANONICALIZER.nquads_one_by_one(document) == by_pyld_alone(document)
    assert "endorsementComment" in CANONICALIZER.nquads(document)


def test_proofs_of_several_embedded_credentials_are_named_as_the_standard_says() -> None:
    one = embedded()["endorsement"][0]
    others = [{**one, "id": f"urn:uuid:{number}"} for number in range(3)]  # with one and the same proof
    document = {**samples.unsigned(), "endorsement": others}
    assert CANONICALIZER.nquads(document) == by_pyld_alone(document)


@pytest.mark.parametrize(
    "contexts_inside",
    [
        [contexts.CREDENTIALS_V2],
        contexts.CREDENTIALS_V2,
        [contexts.OPEN_BADGES, contexts.CREDENTIALS_V2],
        [{"x": "https://x.example/"}],
        None,
    ],
    ids=str,
)
def test_an_embedded_credential_may_not_have_contexts_of_its_own(contexts_inside: Any) -> None:
    with pytest.raises(UnsafeDocumentError):
        CANONICALIZER.nquads(embedded(**{"@context": contexts_inside}))
