"""Handing a credential from elsewhere in: kept once, with what checking it found."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, null, select, update
from sqlalchemy.orm import Session

from campus.models.base import new_public_id
from campus.upsert import insert_missing
from certificates.errors import (
    DecidedError,
    NothingToCountError,
    OwnCredentialError,
    SeveralCredentialsError,
    TooManyHandedInError,
)
from certificates.foreign import content
from certificates.foreign.store import ForeignCredential, ForeignDecision
from certificates.verifying.issuers import issuer_id
from certificates.verifying.report import Finding, Known, Part, Report, Verdict

MOST = 50
"""Credentials of one person."""

Json = dict[str, Any]


def hand_in(
    session: Session,
    *,
    person_id: int,
    file: bytes,
    form: str,
    reports: tuple[Report, ...],
    is_ours: Callable[[str], bool],
    by_id: int,
    now: datetime,
) -> ForeignCredential:
    """Keep a file with its report (``certificates.verifying.uploads``); the same file again is the one that is there.

    ``form`` is a ``certificates.reading.Container``; ``is_ours`` says of an issuer's id that it is one of ours, also
    when the key that signed is gone. A credential that isn't genuine is kept too: an administrator
    sees why. Raises NothingToCountError when there is nothing in it that could be read, OwnCredentialError for one of
    ours (it would be evidence of itself), SeveralCredentialsError, TooManyHandedInError.
    """
    if len(reports) > 1:
        raise SeveralCredentialsError("several credentials in one file")
    said = content.read(reports[0]) if reports and reports[0].content else None
    if said is None or not said["parts"]:
        raise NothingToCountError("there is no credential in the file")
    named = {said["issuer"]["id"], issuer_id(reports[0].content)}
    if reports[0].known is Known.OURS or any(name and is_ours(name) for name in named):
        raise OwnCredentialError("it was issued here")
    digest = hashlib.sha256(file).hexdigest()
    known = select(ForeignCredential).where(
        ForeignCredential.person_id == person_id, ForeignCredential.digest == digest
    )
    found = session.scalar(known)
    if found is not None:
        return found
    count = select(func.count()).select_from(ForeignCredential).where(ForeignCredential.person_id == person_id)
    if (session.scalar(count) or 0) >= MOST:
        raise TooManyHandedInError("the person has handed in many credentials")
    row = {
        "public_id": new_public_id(),
        "person_id": person_id,
        "uploaded_by_id": by_id,
        "form": form,
        "digest": digest,
        "file": file,
        "content": said,
        "findings": _plain(reports[0]),
        "open_parts": len(said["parts"]),
        "checked_at": now,
        "created_at": now,
    }
    insert_missing(session, ForeignCredential, [row])
    return session.scalars(known).one()


def checked_again(credential: ForeignCredential, report: Report, *, now: datetime) -> None:
    """Note what checking the same file found now: it may have been revoked, or its issuer can be reached again.

    What it says stays as it was read: decisions name its parts by their places.
    """
    credential.findings = _plain(report)
    credential.checked_at = now


def take_back(session: Session, credential: ForeignCredential) -> None:
    """Forget what was handed in. Raises DecidedError once somebody has decided on it."""
    session.refresh(credential, with_for_update=True)
    if credential.decisions:
        raise DecidedError("somebody has decided on it")
    session.delete(credential)
    session.flush()


def erase(session: Session, person_id: int) -> None:
    """Empty what the person (database id) handed in: file, content, findings, reasons. That it counted stays.

    What the person decided on others' credentials stays, unsigned.
    """
    own = select(ForeignCredential.id).where(ForeignCredential.person_id == person_id)
    session.execute(update(ForeignDecision).where(ForeignDecision.credential_id.in_(own)).values(reason=""))
    for found in session.scalars(select(ForeignCredential).where(ForeignCredential.person_id == person_id)):
        found.digest = f"erased:{found.public_id}"
    session.flush()
    session.execute(
        update(ForeignCredential)
        .where(ForeignCredential.person_id == person_id)
        .values(file=None, content=null(), findings=[], open_parts=0)
    )
    for column in (ForeignCredential.uploaded_by_id, ForeignDecision.decided_by_id):
        session.execute(update(column.class_).where(column == person_id).values({column: None}))


def findings_of(credential: ForeignCredential) -> tuple[Finding, ...]:
    """Return what checking found, as values."""
    return tuple(Finding(Part(one["part"]), Verdict(one["verdict"]), str(one["code"])) for one in credential.findings)


def _plain(report: Report) -> list[Json]:
    return [
        {**asdict(finding), "part": finding.part.value, "verdict": finding.verdict.value} for finding in report.findings
    ]
