"""Embedded proofs: which there are, who made them, and whether they hold (W3C Data Integrity 1.0, 4.4 to 4.6).

The rule for several proofs (a proof set): each ``eddsa-rdfc-2022`` proof under the issuer's name is checked, and each
must hold; at least one must be there. Proofs of other suites, and those of others than the issuer, neither help nor
harm: they are not part of what is signed, and the finding says that there were such.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certificates.errors import UnknownContextError, UnsafeDocumentError
from certificates.signatures import moved, multibase
from certificates.signatures.proof import CRYPTOSUITE, PURPOSE
from certificates.verifying import issuers
from certificates.verifying.graphs import Graphs, InlineContextError, TooIntricateError, UnsupportedValueError
from certificates.verifying.issuers import Resolve, Signer, issuer_id
from certificates.verifying.keys import PublicKey
from certificates.verifying.report import Finding, Json, Known, Part, Verdict, failed, gravity, ok, unknown
from certificates.verifying.structure import parse_instant

MAX_PROOFS = 4
GRAPHS = Graphs()
REFUSALS: tuple[tuple[type[UnsafeDocumentError], Finding], ...] = (
    (UnknownContextError, unknown(Part.INTEGRITY, "unknown_context")),
    (InlineContextError, unknown(Part.INTEGRITY, "inline_context")),
    (UnsupportedValueError, unknown(Part.INTEGRITY, "unsupported_value")),
    (TooIntricateError, unknown(Part.INTEGRITY, "too_intricate")),
    (UnsafeDocumentError, failed(Part.INTEGRITY, "unsafe_document")),
)
"""What can't be canonicalized: it may be sound, but not for us; or a part of it is surely not signed."""


@dataclass(frozen=True, slots=True)
class Secured:
    """Who signed and whether it holds."""

    issuer: Finding
    integrity: Finding
    known: Known = Known.NOT


def check(document: Json, resolve: Resolve, *, now: datetime) -> Secured:
    """Look at every proof of ``document``."""
    written: Any = document.get("proof")
    proofs: list[Any] = written if isinstance(written, list) else [written]
    if written in (None, []):
        return Secured(_who_unsigned(document), failed(Part.INTEGRITY, "no_proof"))
    if len(proofs) > MAX_PROOFS:
        return Secured(unknown(Part.ISSUER, "unsupported_form"), unknown(Part.INTEGRITY, "too_many_proofs"))
    supported = [item for item in proofs if is_supported(item)]
    if not supported:
        return Secured(unknown(Part.ISSUER, "unsupported_form"), unknown(Part.INTEGRITY, "unsupported_form"))
    looked = [(proof, _signer(document, proof, resolve, now)) for proof in supported]
    own = [(proof, found) for proof, found in looked if found.finding.code != "issuer.foreign_key"]
    if not own:
        return Secured(looked[0][1].finding, unknown(Part.INTEGRITY, "no_key"))
    return _all_hold(document, own, others=len(own) < len(proofs), now=now)


def is_supported(proof: Any) -> bool:
    """Say whether this is an ``eddsa-rdfc-2022`` proof that stands on its own."""
    return (
        isinstance(proof, dict)
        and proof.get("type") == "DataIntegrityProof"
        and proof.get("cryptosuite") == CRYPTOSUITE
        and "previousProof" not in proof
    )


def _who_unsigned(document: Json) -> Finding:
    missing = issuer_id(document) is None
    return failed(Part.ISSUER, "missing") if missing else unknown(Part.ISSUER, "not_signed")


def _signer(document: Json, proof: Json, resolve: Resolve, now: datetime) -> Signer:
    if proof.get("proofPurpose") != PURPOSE:
        return issuers.refuse("key_not_for_assertions")
    return issuers.signer(issuer_id(document), proof.get("verificationMethod"), resolve, now=now)


def _all_hold(document: Json, own: list[tuple[Json, Signer]], *, others: bool, now: datetime) -> Secured:
    """Return the worst of all that was found under the issuer's name."""
    worst = min((found for _proof, found in own), key=lambda found: gravity(found.finding))
    if any(found.key is None for _proof, found in own):
        return Secured(worst.finding, unknown(Part.INTEGRITY, "no_key"))
    contents: dict[str, bytes] = {}
    answer = ok(Part.INTEGRITY)
    for proof, found in own:
        answer = _holds(document, proof, found.key, now, contents)
        if answer.verdict is not Verdict.OK:
            break
    if answer.verdict is Verdict.OK and others:
        answer = ok(Part.INTEGRITY, "ok_beside_others")
    return Secured(worst.finding, answer, worst.known)


def _holds(document: Json, proof: Json, key: PublicKey | None, now: datetime, contents: dict[str, bytes]) -> Finding:
    if not isinstance(key, Ed25519PublicKey):
        return failed(Part.INTEGRITY, "other_kind_of_key")
    if "expires" in proof and not ((end := parse_instant(proof["expires"])) and now < end):
        return failed(Part.INTEGRITY, "proof_expired")
    try:
        key.verify(multibase.decode(str(proof.get("proofValue"))), hash_data(document, proof, contents))
    except InvalidSignature:
        return failed(Part.INTEGRITY, "changed")
    except UnsafeDocumentError as error:
        return next(finding for kind, finding in REFUSALS if isinstance(error, kind))
    return ok(Part.INTEGRITY)


def hash_data(document: Mapping[str, Any], proof: Mapping[str, Any], contents: dict[str, bytes]) -> bytes:
    """Return what is signed (Data Integrity EdDSA Cryptosuites 1.0, 3.2.2 to 3.2.5).

    A proof may have contexts of its own; they must be the first of the document's, and then hold for both.
    ``contents`` keeps the document's digest by contexts, for the next proof.
    """
    contexts = document.get("@context")
    if "@context" in proof:
        first = proof["@context"] if isinstance(proof["@context"], list) else [proof["@context"]]
        if not isinstance(contexts, list) or contexts[: len(first)] != first:
            raise UnsafeDocumentError("the proof has other contexts than the document")
        contexts = first
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    key = json.dumps(contexts)
    if key not in contents:
        unsigned = {name: value for name, value in document.items() if name != "proof"}
        contents[key] = _digest({**unsigned, "@context": contexts})
    return _digest({**options, "@context": contexts}) + contents[key]


def _digest(document: Mapping[str, Any]) -> bytes:
    moved.check_objects(document)
    nquads = GRAPHS.nquads(document)
    moved.check_quads(document, nquads)
    return hashlib.sha256(nquads.encode()).digest()
