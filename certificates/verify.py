"""Is a credential genuine, current and whole? Part by part, with a reason code for each answer.

Pure but for what the resolvers do: they turn a DID and a status list's address into documents, or None. A part that
could not be looked at is "unknown", never "ok".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from certificates import multibase, proof, status_list, structure
from certificates.errors import UnsafeDocumentError

Json = Mapping[str, Any]
Resolver = Callable[[str], Json | None]


class Part(StrEnum):
    """What is looked at, each on its own."""

    STRUCTURE = "structure"
    ISSUER = "issuer"
    INTEGRITY = "integrity"
    STATUS = "status"
    VALIDITY = "validity"


class Verdict(StrEnum):
    """The answer for a part."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer for one part and why; ``code`` is stable and translated by pages."""

    part: Part
    verdict: Verdict
    code: str


@dataclass(frozen=True, slots=True)
class Verification:
    """All findings, one for each part."""

    findings: tuple[Finding, ...]

    @property
    def genuine(self) -> bool:
        """Whether every part is ok."""
        return all(finding.verdict is Verdict.OK for finding in self.findings)

    def of(self, part: Part) -> Finding:
        """Return the finding for ``part``."""
        return next(finding for finding in self.findings if finding.part is part)


def verify(credential: Json, *, resolve_did: Resolver, resolve_status: Resolver, now: datetime) -> Verification:
    """Look at each part of ``credential`` as it is at ``now``; never raises for a bad one."""
    issuer, key = _issuer(credential, resolve_did)
    return Verification(
        (
            _structure(credential),
            issuer,
            _integrity(credential, key),
            _status(credential, resolve_did, resolve_status, now),
            _validity(credential, now),
        )
    )


def _structure(credential: Json) -> Finding:
    found = structure.problems(credential)
    if found:
        return Finding(Part.STRUCTURE, Verdict.FAILED, found[0])
    return Finding(Part.STRUCTURE, Verdict.OK, "structure.ok")


def issuer_id(document: Json) -> str | None:
    """Return the issuer's id, whether the document gives it alone or in a profile."""
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    return found if isinstance(found, str) else None


def _issuer(document: Json, resolve: Resolver) -> tuple[Finding, str | None]:
    """Find the key that signed, in the issuer's own DID document. Returns its Multikey beside the finding.

    The key must be listed there under exactly the id that the proof names, as an assertionMethod, and be
    controlled by the issuer (Data Integrity 1.0, 4.4; VCDM 2.0, 4.12).
    """
    did, found = issuer_id(document), proof.only_proof(document)
    method = found.get("verificationMethod") if found else None
    if did is None or not isinstance(method, str):
        return Finding(Part.ISSUER, Verdict.UNKNOWN, "issuer.unsupported_form"), None
    if method.split("#")[0] != did or (found or {}).get("proofPurpose") != proof.PURPOSE:
        return Finding(Part.ISSUER, Verdict.FAILED, "issuer.foreign_key"), None
    resolved = resolve(did)
    if resolved is None:
        return Finding(Part.ISSUER, Verdict.UNKNOWN, "issuer.unresolved"), None
    key = next((item for item in _list(resolved, "verificationMethod") if item.get("id") == method), None)
    if resolved.get("id") != did or key is None or key.get("controller") != did:
        return Finding(Part.ISSUER, Verdict.FAILED, "issuer.key_not_listed"), None
    allowed = resolved.get("assertionMethod")
    if not isinstance(allowed, list) or method not in allowed:
        return Finding(Part.ISSUER, Verdict.FAILED, "issuer.key_not_for_assertions"), None
    return Finding(Part.ISSUER, Verdict.OK, "issuer.ok"), str(key.get("publicKeyMultibase"))


def _list(document: Json, name: str) -> list[dict[str, Any]]:
    value = document.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _integrity(document: Json, key: str | None) -> Finding:
    if key is None:
        return Finding(Part.INTEGRITY, Verdict.UNKNOWN, "integrity.no_key")
    try:
        holds = proof.holds(document, multibase.public_key(key))
    except UnsafeDocumentError:
        return Finding(Part.INTEGRITY, Verdict.FAILED, "integrity.unsafe_document")
    if not holds:
        return Finding(Part.INTEGRITY, Verdict.FAILED, "integrity.changed")
    return Finding(Part.INTEGRITY, Verdict.OK, "integrity.ok")


def _status(credential: Json, resolve_did: Resolver, resolve_status: Resolver, now: datetime) -> Finding:
    entry = credential.get("credentialStatus")
    if entry is None:
        return Finding(Part.STATUS, Verdict.OK, "status.none")
    if not isinstance(entry, dict) or entry.get("type") != "BitstringStatusListEntry":
        return Finding(Part.STATUS, Verdict.UNKNOWN, "status.unsupported_form")
    address = entry.get("statusListCredential")
    listed = resolve_status(address) if isinstance(address, str) else None
    if listed is None:
        return Finding(Part.STATUS, Verdict.UNKNOWN, "status.unresolved")
    try:
        return _status_in(entry, credential, listed, resolve_did, now)
    except UnsafeDocumentError:
        return Finding(Part.STATUS, Verdict.UNKNOWN, "status.list_damaged")


def _status_in(entry: Json, credential: Json, listed: Json, resolve_did: Resolver, now: datetime) -> Finding:
    """Read the bit, once the list has proved to be this issuer's, current, and for the same purpose."""
    subject = listed.get("credentialSubject")
    purpose = subject.get("statusPurpose") if isinstance(subject, dict) else None
    if issuer_id(listed) != issuer_id(credential) or listed.get("id") != entry.get("statusListCredential"):
        return Finding(Part.STATUS, Verdict.UNKNOWN, "status.foreign_list")
    if purpose != entry.get("statusPurpose"):
        return Finding(Part.STATUS, Verdict.UNKNOWN, "status.other_purpose")
    _finding, key = _issuer(listed, resolve_did)
    if _integrity(listed, key).verdict is not Verdict.OK:
        return Finding(Part.STATUS, Verdict.UNKNOWN, "status.list_not_genuine")
    if _validity(listed, now).verdict is not Verdict.OK:
        return Finding(Part.STATUS, Verdict.UNKNOWN, "status.list_outdated")
    encoded = subject.get("encodedList") if isinstance(subject, dict) else None
    if status_list.is_set(status_list.decode(str(encoded)), status_list.place(entry)):
        return Finding(Part.STATUS, Verdict.FAILED, f"status.{purpose}")
    return Finding(Part.STATUS, Verdict.OK, "status.ok")


def _validity(document: Json, now: datetime) -> Finding:
    start = structure.parse_instant(document.get("validFrom"))
    end = structure.parse_instant(document.get("validUntil"))
    if start is None or ("validUntil" in document and end is None):
        return Finding(Part.VALIDITY, Verdict.FAILED, "validity.unreadable")
    if now < start:
        return Finding(Part.VALIDITY, Verdict.FAILED, "validity.not_yet")
    if end is not None and now >= end:
        return Finding(Part.VALIDITY, Verdict.FAILED, "validity.expired")
    return Finding(Part.VALIDITY, Verdict.OK, "validity.ok")
