"""Is an ELMO document genuine, and whose is it? Part by part, ours and others' alike.

ELMO says neither how long it is valid nor where it could be revoked. Of our own, which name our award, we know; of
others' there is nothing to look up.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from lxml import etree

from certificates.elmo import content, shape, signature
from certificates.elmo.names import AWARD, DID
from certificates.elmo.signature import Sealed
from certificates.errors import EntitiesFileError, UnreadableFileError
from certificates.reading import markup
from certificates.verifying.check import unreadable
from certificates.verifying.report import Finding, Form, Known, Part, Report, failed, gravity, ok, unknown

MAX_BYTES = 10_000_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 60

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """What only this installation knows.

    ``owner`` gives the DID of our issuer whose seal a certificate is or was; ``is_ours`` says whether a DID is one of
    our issuers'; ``status`` judges one of our awards by its public id (None: there is no such award).
    """

    owner: Callable[[x509.Certificate], str | None]
    is_ours: Callable[[str], bool]
    status: Callable[[str], Finding | None]


def check(document: bytes, sources: Sources, *, now: datetime) -> Report:
    """Look at each part of an ELMO document as it is at ``now``. Never raises for a bad one.

    The content is what was signed, if the seal holds; else what the file says.
    """
    if len(document) > MAX_BYTES:
        return unreadable(Form.ELMO, "too_large")
    try:
        root = markup.parse(document)
    except EntitiesFileError:
        return unreadable(Form.ELMO, "entities")
    except UnreadableFileError:
        return unreadable(Form.ELMO, "unreadable")
    if not _is_within_limits(root):
        return unreadable(Form.ELMO, "too_large")
    sealed = signature.verify(root)
    said = content.read(root if sealed.signed is None else sealed.signed)
    if sealed.certificate is not None:
        said["seal"] = _described(sealed.certificate)
    issuer, known = _issuer(sealed, said, sources)
    return Report(
        (_structure(root), issuer, sealed.finding, _status(said, known, sources), _validity(said, now)),
        Form.ELMO,
        said,
        known,
    )


def _is_within_limits(root: etree._Element) -> bool:
    level, seen = [root], 0
    for _depth in range(MAX_DEPTH):
        seen += len(level)
        if not level or seen > MAX_ELEMENTS:
            return seen <= MAX_ELEMENTS
        level = [child for element in level for child in element]
    return False


def _structure(root: etree._Element) -> Finding:
    found = shape.problem(root)
    return ok(Part.STRUCTURE) if found is None else failed(Part.STRUCTURE, found)


def _issuer(sealed: Sealed, said: Json, sources: Sources) -> tuple[Finding, Known]:
    """Say whose seal it is. Only of our own issuers' we know; another's certificate is shown, not believed."""
    certificate = sealed.certificate
    if certificate is None:
        return unknown(Part.ISSUER, "not_signed"), Known.NOT
    named = [_named(report["issuer"], DID) for report in said["reports"]]
    owner = sources.owner(certificate)
    if not _was_in_time(certificate, said["generated"]):
        return failed(Part.ISSUER, "key_ended"), Known.NOT
    if owner is not None:
        is_named = bool(named) and all(dids == [owner] for dids in named)
        return (ok(Part.ISSUER), Known.OURS) if is_named else (failed(Part.ISSUER, "foreign_key"), Known.NOT)
    if any(sources.is_ours(did) for dids in named for did in dids):
        return failed(Part.ISSUER, "foreign_key"), Known.NOT
    return unknown(Part.ISSUER, "key_only"), Known.KEY_ONLY


def _named(owner: Json, kind: str) -> list[str]:
    return [one["value"] for one in owner["identifiers"] if one["type"] == kind]


def _was_in_time(certificate: x509.Certificate, generated: str) -> bool:
    """Say whether the certificate was valid when, as it says itself, the document was made."""
    made = _moment(generated)
    return made is not None and certificate.not_valid_before_utc <= made <= certificate.not_valid_after_utc


def _moment(text: str) -> datetime | None:
    """Return a time; without a zone, which the schema allows, it is taken as UTC."""
    found = shape.moment(text) if shape.is_value(text, "dateTime") else None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _status(said: Json, known: Known, sources: Sources) -> Finding:
    if known is not Known.OURS:
        return ok(Part.STATUS, "none")
    findings = [sources.status(award) or unknown(Part.STATUS, "not_found") for award in awards(said)]
    if not findings:
        return unknown(Part.STATUS, "not_found")
    return min(findings, key=gravity)


def awards(said: Json) -> Iterator[str]:
    """Give the public ids of our awards that a document of ours names."""
    for report in said["reports"]:
        for item in report["items"]:
            for one in item.get("awards", ()):
                if one["type"] == AWARD:
                    yield one["value"]


def _validity(said: Json, now: datetime) -> Finding:
    written = [_moment(text) for text in (said["generated"], *(report["issued"] for report in said["reports"]))]
    moments = [moment for moment in written if moment is not None]
    if not written or len(moments) < len(written):
        return failed(Part.VALIDITY, "unreadable")
    return failed(Part.VALIDITY, "not_yet") if max(moments) > now else ok(Part.VALIDITY)


def _described(certificate: x509.Certificate) -> Json:
    """Say what a certificate says of itself: nobody here has checked it."""
    return {
        "subject": _name(certificate, of_issuer=False),
        "issuer": _name(certificate, of_issuer=True),
        "serial": f"{certificate.serial_number:x}",
        "from": certificate.not_valid_before_utc.isoformat(),
        "until": certificate.not_valid_after_utc.isoformat(),
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
    }


def _name(certificate: x509.Certificate, *, of_issuer: bool) -> str:
    try:
        return (certificate.issuer if of_issuer else certificate.subject).rfc4514_string()
    except ValueError:
        return ""
