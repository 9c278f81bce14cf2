"""Signing and checking, against W3C's vectors and against what must not be signed."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyld import jsonld

from certificates.errors import UnknownContextError, UnsafeDocumentError
from certificates.signatures import contexts, multibase, proof
from certificates.signatures.canonical import CANONICALIZER, Canonicalizer
from tests.oracles.standards import read_json, standards
from tests.unit.certificates import samples

VECTORS = "vectors/w3c-eddsa-rdfc-2022"
EXAMPLES = {
    "https://www.w3.org/ns/credentials/examples/v2": {
        "@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}
    }
}


def _with_examples(url: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
    if url in EXAMPLES:
        return {"contentType": "", "contextUrl": None, "documentUrl": url, "document": EXAMPLES[url]}
    return contexts.load(url, options)


W3C = Canonicalizer(_with_examples)


def test_w3c_vector_canonical_document_and_proof_options() -> None:
    assert W3C.nquads(read_json(f"{VECTORS}/unsigned.json")) == (
        standards(f"{VECTORS}/canonDocDataInt.txt").read_text()
    )
    assert W3C.nquads(read_json(f"{VECTORS}/proofConfigDataInt.json")) == (
        standards(f"{VECTORS}/proofCanonDataInt.txt").read_text()
    )


def test_w3c_vector_hash_and_signature_come_out_identical() -> None:
    unsigned, config = read_json(f"{VECTORS}/unsigned.json"), read_json(f"{VECTORS}/proofConfigDataInt.json")
    expected = standards(f"{VECTORS}/combinedHashDataInt.txt").read_text().strip()
    assert proof.hash_data(unsigned, config, W3C).hex() == expected
    pair = read_json(f"{VECTORS}/keyPair.json")
    private = Ed25519PrivateKey.from_private_bytes(multibase.decode(pair["privateKeyMultibase"])[2:])
    signature = multibase.encode(private.sign(bytes.fromhex(expected)))
    signed = read_json(f"{VECTORS}/signedDataInt.json")
    assert signature == signed["proof"]["proofValue"]
    assert proof.holds(signed, multibase.public_key(pair["publicKeyMultibase"]), canonicalizer=W3C)


@pytest.mark.parametrize("facts", [samples.ATTENDANCE, samples.COURSE], ids=["attendance", "course"])
def test_canonical_form_is_that_of_pyld_alone(facts: Any) -> None:
    document = samples.unsigned(facts)
    slow = jsonld.normalize(
        document,
        {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": contexts.load},
    )
    assert CANONICALIZER.nquads(document) == slow


def test_signed_holds_and_has_one_proof_in_a_list() -> None:
    signed = samples.sign(samples.unsigned())
    assert [item["cryptosuite"] for item in signed["proof"]] == ["eddsa-rdfc-2022"]
    assert proof.holds(signed, samples.KEY.public_key())


def _texts(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in _texts(item, (*path, key))]
    if isinstance(value, list):
        return [found for number, item in enumerate(value) for found in _texts(item, (*path, number))]
    return [path] if isinstance(value, str) else []


def test_no_text_of_a_credential_can_be_changed_unnoticed() -> None:
    signed = samples.sign(samples.unsigned(samples.COURSE))
    paths = [path for path in _texts(signed) if path[0] != "proof"]
    assert len(paths) > 50
    for path in paths:
        changed = json.loads(json.dumps(signed))
        holder = changed
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] += "x"
        try:
            assert not proof.holds(changed, samples.KEY.public_key()), path
        except UnsafeDocumentError:
            continue


def _nodes(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in _nodes(item, (*path, key)))]


ODD: list[Any] = ["x", "", 5, None, [], [[]], {}, {"@value": "x"}, {"@value": "x", "@language": "!!"}, {"@index": "x"}]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_no_part_of_a_credential_can_be_replaced_or_removed_unnoticed(odd: Any) -> None:
    signed = samples.sign(samples.unsigned(samples.COURSE))
    paths = [path for path in _nodes(signed) if path and path[0] != "proof"]
    for path in paths:
        for remove in (False, True):
            changed = json.loads(json.dumps(signed))
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            if remove:
                del holder[path[-1]]
            else:
                holder[path[-1]] = odd
            try:
                assert not proof.holds(changed, samples.KEY.public_key()), path
            except UnsafeDocumentError:
                continue


@pytest.mark.parametrize("name", ["created", "verificationMethod", "proofPurpose", "type", "cryptosuite"])
def test_the_proofs_own_options_are_signed(name: str) -> None:
    signed = samples.sign(samples.unsigned())
    signed["proof"][0][name] += "x"
    try:
        assert not proof.holds(signed, samples.KEY.public_key())
    except UnsafeDocumentError:
        return


@pytest.mark.parametrize("proofs", [None, [], "x", [{"type": "Ed25519Signature2020"}], "twice"])
def test_no_proof_several_or_another_suite_is_not_valid(proofs: Any) -> None:
    signed = samples.sign(samples.unsigned())
    signed["proof"] = signed["proof"] * 2 if proofs == "twice" else proofs
    with pytest.raises(UnsafeDocumentError):
        proof.holds(signed, samples.KEY.public_key())


UNSAFE: dict[str, dict[str, Any]] = {
    "a term that no context defines": {"shoeSize": "44"},
    "a term that only another type defines": {"targetName": "x"},
    "a type that no context defines": {"type": ["VerifiableCredential", "Surprise"]},
    "a relative id": {"id": "credentials/1"},
    "a relative id with a host": {"id": "//campus.example/1"},
    "an id upwards": {"id": "../1"},
    "a fragment alone": {"id": "#1"},
    "an empty id": {"id": ""},
    "a blank node's name": {"id": "_:b0"},
    "a relative address inside": {"image": {"id": "picture.png", "type": "Image"}},
    "null": {"name": None},
    "a floating-point number": {"name": 0.1},
    "a huge whole number": {"name": 2**53},
    "a tab": {"name": "a\tb"},
    "a carriage return": {"name": "a\rb"},
    "a NUL": {"name": "a\0b"},
    "DEL": {"name": "a\x7fb"},
    "a lone surrogate": {"name": "a\ud800b"},
    "a control character in a key": {"na\tme": "x"},
    "an inner context": {"evidence": [{"@context": {"x": "https://x.example/"}, "type": ["Evidence"]}]},
    "an inline context": {"@context": [contexts.CREDENTIALS_V2, {"x": "https://x.example/"}]},
    "a context alone, not in a list": {"@context": contexts.CREDENTIALS_V2},
    "an index, which is no content": {"evidence": [{"@index": "x", "type": ["Evidence"]}]},
    "a value whose language is none": {"name": {"@value": "x", "@language": "!!"}},
    "an empty list": {"evidence": []},
    "an empty list in a list": {"evidence": [[]]},
    "invalid JSON-LD": {"@graph": "x"},
}


@pytest.mark.parametrize("change", UNSAFE.values(), ids=UNSAFE.keys())
def test_refuses_to_sign(change: dict[str, Any]) -> None:
    with pytest.raises(UnsafeDocumentError):
        samples.sign({**samples.unsigned(), **change})


def test_refuses_nesting_without_end() -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = {"parentOrg": deep}
    with pytest.raises(UnsafeDocumentError):
        samples.sign({**samples.unsigned(), "issuer": deep})


def test_refuses_a_context_that_is_not_pinned() -> None:
    with pytest.raises(UnknownContextError):
        samples.sign({**samples.unsigned(), "@context": [contexts.CREDENTIALS_V2, "https://evil.example/v1"]})


def test_a_context_that_another_loader_knew_stays_unknown() -> None:
    document = {"@context": [contexts.CREDENTIALS_V2, *EXAMPLES], "name": "x"}
    W3C.nquads(document)
    with pytest.raises(UnknownContextError):
        CANONICALIZER.nquads(document)


@pytest.mark.parametrize("url", contexts.PINNED)
def test_every_pinned_context_is_the_one_we_trust(url: str) -> None:
    assert "@context" in contexts.load(url)["document"]


def test_a_changed_context_file_is_refused() -> None:
    name, digest = contexts.PINNED[contexts.OPEN_BADGES]
    with pytest.raises(UnknownContextError):
        contexts.read_pinned(name, digest[:-1] + ("0" if digest[-1] != "0" else "1"))


@pytest.mark.parametrize("text", ["", "x", "zO0Il", "z" * 500, "u7QE"])
def test_multibase_refuses(text: str) -> None:
    with pytest.raises(UnsafeDocumentError):
        multibase.decode(text)


@pytest.mark.parametrize("data", [b"", b"\0\0a", bytes(range(64)), b"\xff" * 64])
def test_multibase_round_trip(data: bytes) -> None:
    assert multibase.decode(multibase.encode(data)) == data


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(UnsafeDocumentError):
        multibase.public_key(multibase.encode(b"\x80\x24" + bytes(33)))
