"""Embedded proofs: which there are, who made them, and whether they hold (W3C Data Integrity 1.0, 4.4 to 4.6).

The rule for several proofs (a proof set): each ``eddsa-rdfc-2022`` proof under the issuer's name is checked, and each
must hold; at least one must be there. Proofs of other suites, and those of others than the issuer, neither help nor
harm: they are not part of what is signed, and the finding says that there were such.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certificates.errors import UnknownContextError, UnsafeDocumentError
from certificates.signatures import moved, multibase
from certificates.signatures.proof import CRYPTOSUITE, PURPOSE
from certificates.verifying import issuers
from certificates.verifying.graphs import Effort, Graphs, InlineContextError, TooIntricateError, UnsupportedValueError
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


def check(document: Json, resolve: Resolve, effort: Effort, *, now: datetime) -> Secured:
    """Look at every proof of ``document``, as far as ``effort`` goes."""
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
    return _all_hold(_Content(document, effort), own, others=len(own) < len(proofs), now=now)


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


class _Content:
    """What the proofs of a document sign beside their own options: canonicalized once, when needed."""

    def __init__(self, document: Json, effort: Effort) -> None:
        self._document = document
        self._effort = effort

    def hash_data(self, proof: Json) -> bytes:
        """Return what is signed (Data Integrity EdDSA Cryptosuites 1.0, 3.2.2 to 3.2.5).

        A proof may name its contexts, but no others than the document's: each set would be one more document.
        """
        contexts = self._document.get("@context")
        if proof.get("@context", contexts) != contexts:
            raise UnsupportedValueError("the proof has other contexts than the document")
        options = {name: value for name, value in proof.items() if name != "proofValue"}
        return _digest({**options, "@context": contexts}, self._effort) + self._digest

    @cached_property
    def _digest(self) -> bytes:
        unsigned = {name: value for name, value in self._document.items() if name != "proof"}
        return _digest(unsigned, self._effort)


def _all_hold(content: _Content, own: list[tuple[Json, Signer]], *, others: bool, now: datetime) -> Secured:
    """Return the worst of all that was found under the issuer's name."""
    worst = min((found for _proof, found in own), key=lambda found: gravity(found.finding))
    if any(found.key is None for _proof, found in own):
        return Secured(worst.finding, unknown(Part.INTEGRITY, "no_key"))
    answer = ok(Part.INTEGRITY)
    for proof, found in own:
        answer = _holds(content, proof, found.key, now)
        if answer.verdict is not Verdict.OK:
            break
    if answer.verdict is Verdict.OK and others:
        answer = ok(Part.INTEGRITY, "ok_beside_others")
    return Secured(worst.finding, answer, worst.known)


def _holds(content: _Content, proof: Json, key: PublicKey | None, now: datetime) -> Finding:
    if not isinstance(key, Ed25519PublicKey):
        return failed(Part.INTEGRITY, "other_kind_of_key")
    if "expires" in proof and not ((end := parse_instant(proof["expires"])) and now < end):
        return failed(Part.INTEGRITY, "proof_expired")
    try:
        key.verify(multibase.decode(str(proof.get("proofValue"))), content.hash_data(proof))
    except InvalidSignature:
        return failed(Part.INTEGRITY, "changed")
    except UnsafeDocumentError as error:
        return next(finding for kind, finding in REFUSALS if isinstance(error, kind))
    return ok(Part.INTEGRITY)


def _digest(document: Mapping[str, Any], effort: Effort) -> bytes:
    moved.check_objects(document)
    nquads = GRAPHS.nquads(document, effort)
    moved.check_quads(document, nquads)
    return hashlib.sha256(nquads.encode()).digest()
