"""What this installation knows of ELMO documents of its own: its issuers' seals, and its awards' status."""

from datetime import datetime

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.models.organisations import Organisation
from certificates.elmo.check import Sources, check
from certificates.issuers import seal
from certificates.signatures import did
from certificates.store import Award
from certificates.verifying.report import Finding, Part, Report, failed, ok


def look(session: Session, document: bytes, *, public_url: str, now: datetime) -> Report:
    """Check an ELMO document, ours or another's, as it is at ``now``."""
    return check(document, sources(session, public_url=public_url), now=now)


def sources(session: Session, *, public_url: str) -> Sources:
    """Return what ``check`` asks for."""
    own = did.issuer_did(public_url, "")

    def owner(certificate: x509.Certificate) -> str | None:
        row = seal.owner(session, certificate)
        return did.issuer_did(public_url, session.get_one(Organisation, row.organisation_id).slug) if row else None

    return Sources(owner=owner, is_ours=lambda found: found.startswith(own), status=lambda one: _status(session, one))


def _status(session: Session, award_id: str) -> Finding | None:
    """Say whether an award was revoked or suspended, by the codes of the status lists; both stay when it is erased."""
    found = session.scalar(select(Award).where(Award.public_id == award_id))
    if found is None:
        return None
    if found.revoked_at is not None:
        return failed(Part.STATUS, "revocation")
    return failed(Part.STATUS, "suspension") if found.suspended_at is not None else ok(Part.STATUS)
