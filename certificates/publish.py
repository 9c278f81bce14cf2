"""What the world may fetch: an issuer's DID document and its status lists, signed when they are asked for."""

import json
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import MultiFernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.models.organisations import Organisation
from certificates import credential, did, keys, proof, status_list
from certificates.errors import AwardNotFoundError
from certificates.store import Award, StatusList

MAX_AGE = timedelta(days=1)
"""A signed list is renewed after this, well before its ``validUntil``."""


def did_document(session: Session, slug: str, *, public_url: str) -> dict[str, Any]:
    """Return the DID document of the issuer ``slug``. Raises AwardNotFoundError if it never had a key."""
    organisation = session.scalar(select(Organisation.id).where(Organisation.slug == slug))
    found = keys.public_keys(session, organisation) if organisation else []
    if not found:
        raise AwardNotFoundError("no such issuer")
    return did.document(did.issuer_did(public_url, slug), found)


def signed_list(session: Session, public_id: str, *, now: datetime) -> str | None:
    """Return the signed status list as JSON text; None when it must be signed anew.

    Raises AwardNotFoundError.
    """
    found = session.scalar(select(StatusList).where(StatusList.public_id == public_id))
    if found is None:
        raise AwardNotFoundError("no such status list")
    return found.signed if _is_fresh(found, now) else None


def sign_list(session: Session, public_id: str, *, now: datetime, fernet: MultiFernet, public_url: str) -> str:
    """Sign the status list as it is now, keep the text and return it. Needs a writing session.

    The row is locked first, so a revocation comes either before (and is in the list) or after (and makes it old).
    """
    found = session.scalar(
        select(StatusList)
        .where(StatusList.public_id == public_id)
        .with_for_update(of=StatusList)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise AwardNotFoundError("no such status list")
    if found.signed and _is_fresh(found, now):
        return found.signed
    revoked = session.scalars(
        select(Award.status_index).where(Award.status_list_id == found.id, Award.revoked_at.is_not(None))
    )
    key = keys.signing_key(session, found.organisation_id, now=now, fernet=fernet)
    issuer = did.issuer_did(public_url, found.organisation.slug)
    address = credential.Addresses(public_url).status_list(public_id)
    document = proof.sign(
        status_list.build(address, issuer, revoked, now=now),
        key.private,
        verification_method=did.key_id(issuer, key.number),
        created=now,
    )
    found.signed, found.signed_revision, found.signed_at = json.dumps(document), found.revision, now
    session.flush()
    return found.signed


def _is_fresh(found: StatusList, now: datetime) -> bool:
    return (
        found.signed_at is not None
        and found.signed_revision == found.revision
        and found.signed_at <= now < found.signed_at + MAX_AGE
    )
