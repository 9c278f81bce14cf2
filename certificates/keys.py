"""Keys of the issuers: made when first needed, encrypted at rest, rotated without losing what they signed."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus.upsert import insert_missing
from certificates import multibase
from certificates.did import PublicKey
from certificates.store import IssuerKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, ready to sign, and its number within the issuer."""

    number: int
    private: Ed25519PrivateKey


def signing_key(session: Session, organisation_id: int, *, now: datetime, fernet: MultiFernet) -> SigningKey:
    """Return the issuer's current key; the first call makes one, and only one when two ask at once."""
    row = _current(session, organisation_id)
    if row is None:
        _add(session, organisation_id, now=now, fernet=fernet)
        row = _current(session, organisation_id)
    if row is None:
        raise LookupError("an issuer's key was made and is not there")
    raw = fernet.decrypt(row.private_encrypted.encode())
    return SigningKey(row.number, Ed25519PrivateKey.from_private_bytes(raw))


def rotate(session: Session, organisation_id: int, *, now: datetime, fernet: MultiFernet) -> SigningKey:
    """Retire the issuer's current key and return a new one. Old credentials stay verifiable."""
    row = _current(session, organisation_id)
    if row is not None:
        row.retired_at = now
        session.flush()
    return signing_key(session, organisation_id, now=now, fernet=fernet)


def public_keys(session: Session, organisation_id: int) -> list[PublicKey]:
    """Return all keys of the issuer, in order, the retired ones too."""
    rows = session.scalars(
        select(IssuerKey).where(IssuerKey.organisation_id == organisation_id).order_by(IssuerKey.number)
    )
    return [PublicKey(row.number, row.public_multibase) for row in rows]


def _current(session: Session, organisation_id: int) -> IssuerKey | None:
    return session.scalar(
        select(IssuerKey)
        .where(IssuerKey.organisation_id == organisation_id, IssuerKey.retired_at.is_(None))
        .order_by(IssuerKey.number.desc())
        .limit(1)
    )


def _add(session: Session, organisation_id: int, *, now: datetime, fernet: MultiFernet) -> None:
    last = session.scalar(select(func.max(IssuerKey.number)).where(IssuerKey.organisation_id == organisation_id))
    private = Ed25519PrivateKey.generate()
    row = {
        "organisation_id": organisation_id,
        "number": (last or 0) + 1,
        "public_multibase": multibase.multikey(private.public_key()),
        "private_encrypted": fernet.encrypt(private.private_bytes_raw()).decode(),
        "created_at": now,
    }
    insert_missing(session, IssuerKey, [row])
