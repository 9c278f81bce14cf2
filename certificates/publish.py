"""What the world may fetch: an issuer's DID document and its status lists, signed when they are asked for."""

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cryptography.fernet import MultiFernet
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from campus.models.organisations import Organisation
from certificates import credential, status_list
from certificates.errors import AwardNotFoundError
from certificates.issuers import keys
from certificates.signatures import did, jwt, proof
from certificates.status import StatusPurpose
from certificates.store import Award, IssuerKey, StatusList

MAX_AGE = timedelta(days=1)
"""A signed list is renewed after this, well before its ``validUntil``."""


def did_document(session: Session, slug: str, *, public_url: str) -> dict[str, Any]:
    """Return the DID document of the issuer ``slug``. Raises AwardNotFoundError if it never had a key.

    One whose keys were all compromised has a document without any: what they signed is not genuine, not unknown.
    """
    organisation = session.scalar(
        select(IssuerKey.organisation_id).join(Organisation).where(Organisation.slug == slug).limit(1)
    )
    if organisation is None:
        raise AwardNotFoundError("no such issuer")
    return did.document(did.issuer_did(public_url, slug), keys.public_keys(session, organisation))


class SignedList(NamedTuple):
    """A status list as it is published: as a credential with an embedded proof (JSON text), and as a token."""

    embedded: str
    token: str


def signed_list(session: Session, public_id: str, *, now: datetime) -> SignedList | None:
    """Return the signed status list; None when it must be signed anew. Raises AwardNotFoundError."""
    found = session.scalar(select(StatusList).where(StatusList.public_id == public_id))
    if found is None:
        raise AwardNotFoundError("no such status list")
    return _fresh(found, now)


def sign_list(session: Session, public_id: str, *, now: datetime, fernet: MultiFernet, public_url: str) -> SignedList:
    """Sign the status list as it is now, keep it and return it. Needs a writing session.

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
    if fresh := _fresh(found, now):
        return fresh
    issuer = did.issuer_did(public_url, found.organisation.slug)
    unsigned = status_list.build(
        credential.Addresses(public_url).status_list(public_id),
        issuer,
        session.scalars(_set_places(found)),
        now=now,
        purpose=StatusPurpose(found.purpose),
    )
    key = keys.signing_key(session, found.organisation_id, now=now, fernet=fernet)
    token_key = keys.jwt_key(session, found.organisation_id, now=now, fernet=fernet)
    method = did.key_id(issuer, key.number)
    document = proof.sign(unsigned, key.private, verification_method=method, created=now)
    signed = SignedList(json.dumps(document), jwt.encode(unsigned, token_key, issuer_did=issuer))
    found.signed, found.signed_jwt = signed
    found.signed_revision, found.signed_at = found.revision, now
    session.flush()
    return signed


def _set_places(found: StatusList) -> Select[int]:
    """Ask for the places that are set.

    A suspended award is in the list of revocations too, while it lasts: a credential can name one list only, and
    no verifier may accept it meanwhile. Who wants to know which of the two it is finds it in the other list.
    """
    awards = (
        select(Award.status_index)
        .join(Award.status_list)
        .where(StatusList.organisation_id == found.organisation_id, StatusList.number == found.number)
    )
    if found.purpose == StatusPurpose.SUSPENSION:
        return awards.where(Award.suspended_at.is_not(None))
    return awards.where(or_(Award.revoked_at.is_not(None), Award.suspended_at.is_not(None)))


def _fresh(found: StatusList, now: datetime) -> SignedList | None:
    """Return what was signed, if that is less than a day ago and no bit has changed since."""
    if (
        found.signed is None
        or found.signed_jwt is None
        or found.signed_at is None
        or found.signed_revision != found.revision
        or not found.signed_at <= now < found.signed_at + MAX_AGE
    ):
        return None
    return SignedList(found.signed, found.signed_jwt)
