"""DataIntegrityProof with ``eddsa-rdfc-2022`` (W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.2)."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certificates.errors import UnsafeDocumentError
from certificates.signatures import moved, multibase
from certificates.signatures.canonical import CANONICALIZER, Canonicalizer

CRYPTOSUITE = "eddsa-rdfc-2022"
PURPOSE = "assertionMethod"

Document = dict[str, Any]


def instant(moment: datetime) -> str:
    """Return an aware time as XML Schema's dateTimeStamp in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(
    document: Mapping[str, Any],
    key: Ed25519PrivateKey,
    *,
    verification_method: str,
    created: datetime,
    canonicalizer: Canonicalizer = CANONICALIZER,
) -> Document:
    """Return ``document`` with a ``proof`` (a list of one, as the strict OB3 schema wants).

    Raises UnsafeDocumentError when part of it would stay outside the signature.
    """
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": instant(created),
        "verificationMethod": verification_method,
        "proofPurpose": PURPOSE,
    }
    signature = key.sign(hash_data(document, proof, canonicalizer))
    return {**document, "proof": [{**proof, "proofValue": multibase.encode(signature)}]}


def only_proof(document: Mapping[str, Any]) -> Document | None:
    """Return the document's one ``eddsa-rdfc-2022`` proof; None when it has none, several or another."""
    proofs = document.get("proof")
    if isinstance(proofs, list):
        proofs = proofs[0] if len(proofs) == 1 else None
    if not isinstance(proofs, dict) or proofs.get("type") != "DataIntegrityProof":
        return None
    return proofs if proofs.get("cryptosuite") == CRYPTOSUITE else None


def holds(
    document: Mapping[str, Any],
    key: Ed25519PublicKey,
    *,
    canonicalizer: Canonicalizer = CANONICALIZER,
) -> bool:
    """Say whether the document's one proof is the signature of ``key`` over all of it.

    Raises UnsafeDocumentError when there is no such proof or the document can't be canonicalized safely.
    """
    proof = only_proof(document)
    if proof is None:
        raise UnsafeDocumentError("no single proof of the supported suite")
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    try:
        key.verify(multibase.decode(str(proof.get("proofValue"))), hash_data(unsigned, config, canonicalizer))
    except InvalidSignature:
        return False
    return True


def hash_data(document: Mapping[str, Any], proof: Mapping[str, Any], canonicalizer: Canonicalizer) -> bytes:
    """Return what is signed: SHA-256 of the canonical proof options, then of the document (3.2.4)."""
    contexts = document.get("@context")
    if proof.get("@context", contexts) != contexts:
        raise UnsafeDocumentError("the proof has other contexts than the document")
    moved.check_objects(document)
    options = canonicalizer.nquads({**proof, "@context": contexts})
    content = canonicalizer.nquads(document)
    moved.check_quads(document, content)
    return hashlib.sha256(options.encode()).digest() + hashlib.sha256(content.encode()).digest()
