"""Keys of the issuers: made when first needed, encrypted at rest, rotated without losing what they signed.

There are two kinds, for embedded proofs and for tokens. A key that others may have is taken out of the DID document.

Who signs holds the key's row (FOR SHARE) until what was signed is stored, so whoever reports the key waits for that
and sees it. Where status lists are locked too they come first, and Ed25519 before P-256: no two wait for each other.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import MultiFernet
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from campus.upsert import insert_missing
from certificates.errors import AwardNotFoundError
from certificates.signatures import jwt, multibase
from certificates.signatures.did import PublicKey
from certificates.signatures.jwt import JwtKey
from certificates.store import IssuerKey, KeyKind, StatusList

ATTEMPTS = 8
SCALAR_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, ready to sign, and its number within the issuer."""

    number: int
    private: Ed25519PrivateKey


def signing_key(session: Session, organisation_id: int, *, now: datetime, fernet: MultiFernet) -> SigningKey:
    """Return the issuer's current key for proofs; the first call makes one, and only one when two ask at once."""
    row = _current(session, organisation_id, KeyKind.ED25519, now=now, fernet=fernet)
    return SigningKey(row.number, Ed25519PrivateKey.from_private_bytes(_opened(row, fernet)))


def jwt_key(session: Session, organisation_id: int, *, now: datetime, fernet: MultiFernet) -> JwtKey:
    """Return the issuer's current key for tokens; the first call makes one, and only one when two ask at once."""
    row = _current(session, organisation_id, KeyKind.P256, now=now, fernet=fernet)
    return JwtKey(row.number, ec.derive_private_key(int.from_bytes(_opened(row, fernet)), ec.SECP256R1()))


def rotate(session: Session, organisation_id: int, *, now: datetime, fernet: MultiFernet) -> SigningKey:
    """Retire the issuer's current keys and return a new one for proofs. Old credentials and tokens stay verifiable."""
    for kind in (KeyKind.ED25519, KeyKind.P256):
        session.execute(
            update(IssuerKey)
            .where(
                IssuerKey.organisation_id == organisation_id,
                IssuerKey.kind == kind.value,
                IssuerKey.retired_at.is_(None),
            )
            .values(retired_at=now)
        )
    return signing_key(session, organisation_id, now=now, fernet=fernet)


def compromise(session: Session, organisation_id: int, number: int, *, now: datetime) -> IssuerKey:
    """Disown a key that others may have: it leaves the DID document, and what it signed verifies no more.

    What it signed has to be signed anew (``resigning``); status lists are when they are next asked for. Doing it
    twice changes nothing. Raises AwardNotFoundError.
    """
    lists = update(StatusList).where(StatusList.organisation_id == organisation_id).values(signed_at=None)
    session.execute(lists)
    row = find(session, organisation_id, number)
    session.refresh(row, with_for_update=True)
    row.retired_at = row.retired_at or now
    row.compromised_at = row.compromised_at or now
    session.execute(lists.where(StatusList.signed_at.is_not(None)))  # opened and signed while we waited for the key
    session.flush()
    return row


def find(session: Session, organisation_id: int, number: int) -> IssuerKey:
    """Return the issuer's key of this number, whatever became of it. Raises AwardNotFoundError."""
    row = session.scalar(
        select(IssuerKey).where(IssuerKey.organisation_id == organisation_id, IssuerKey.number == number)
    )
    if row is None:
        raise AwardNotFoundError("the issuer has no such key")
    return row


def public_keys(session: Session, organisation_id: int) -> list[PublicKey]:
    """Return the issuer's keys, in order, the retired ones too, but none that others may have."""
    rows = session.scalars(
        select(IssuerKey)
        .where(IssuerKey.organisation_id == organisation_id, IssuerKey.compromised_at.is_(None))
        .order_by(IssuerKey.number)
    )
    return [PublicKey(row.number, row.public_multibase, _jwk(row)) for row in rows]


def _jwk(row: IssuerKey) -> dict[str, str] | None:
    key = multibase.p256_key(row.public_multibase)
    return jwt.jwk(key) if key else None


def _opened(row: IssuerKey, fernet: MultiFernet) -> bytes:
    return fernet.decrypt(row.private_encrypted.encode())


def _current(session: Session, organisation_id: int, kind: KeyKind, *, now: datetime, fernet: MultiFernet) -> IssuerKey:
    current = (
        select(IssuerKey)
        .where(
            IssuerKey.organisation_id == organisation_id,
            IssuerKey.kind == kind.value,
            IssuerKey.retired_at.is_(None),
        )
        .order_by(IssuerKey.number.desc())
        .limit(1)
        .with_for_update(read=True)
    )
    for _ in range(ATTEMPTS):
        if row := session.scalar(current):
            return row
        # Another process may have taken the number meanwhile, for a key of either kind: the next turn sees it.
        _add(session, organisation_id, kind, now=now, fernet=fernet)
    raise LookupError("an issuer's key was made and is not there")


def _add(session: Session, organisation_id: int, kind: KeyKind, *, now: datetime, fernet: MultiFernet) -> None:
    last = session.scalar(select(func.max(IssuerKey.number)).where(IssuerKey.organisation_id == organisation_id))
    public, raw = _made(kind)
    row = {
        "organisation_id": organisation_id,
        "number": (last or 0) + 1,
        "kind": kind.value,
        "public_multibase": public,
        "private_encrypted": fernet.encrypt(raw).decode(),
        "created_at": now,
    }
    insert_missing(session, IssuerKey, [row])


def _made(kind: KeyKind) -> tuple[str, bytes]:
    """Make a key; return its Multikey and its 32 private bytes."""
    if kind is KeyKind.ED25519:
        ed25519 = Ed25519PrivateKey.generate()
        return multibase.multikey(ed25519.public_key()), ed25519.private_bytes_raw()
    p256 = ec.generate_private_key(ec.SECP256R1())
    return multibase.multikey(p256.public_key()), p256.private_numbers().private_value.to_bytes(SCALAR_BYTES)
