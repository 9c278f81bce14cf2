"""The keys we sign with: kept encrypted, published as a key set that platforms read, and changed now and then.

A new key is published a day before anything is signed with it, for platforms remember key sets; the one before stays
published for a month after. A platform may have a key of its own: then nothing signed for it holds anywhere else.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

from cryptography.fernet import MultiFernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.clock import Clock
from campus.database import Database
from campus.errors import ConflictError
from campus.upsert import insert_missing
from lti_tool.launch.store import ToolKey

KEY_BITS = 3072
"""What the BSI asks for (TR-02102-1); every platform that takes RS256 takes it."""
AHEAD = timedelta(hours=24)
"""A key is published so long before it signs."""
KEPT = timedelta(days=30)
"""A key stays published so long after its successor began to sign."""
TRIES = 5


@dataclass(frozen=True)
class SigningKey:
    """A private key, ready to sign, and the id under which its public half is published."""

    kid: str
    private: rsa.RSAPrivateKey


class ToolKeys:
    """Our keys; the first is made when it is first asked for.

    Loaded keys are remembered: reading one from its PEM takes 50 ms and more.
    """

    def __init__(self, database: Database, encryption: MultiFernet, clock: Clock) -> None:
        self._database = database
        self._encryption = encryption
        self._clock = clock
        self._loaded: dict[str, SigningKey] = {}
        self._lock = threading.Lock()

    def signer(self, registration_id: int | None = None) -> SigningKey:
        """Return the newest key that signs now: the platform's own if it has one, else the common one."""
        rows = self._rows()
        now = self._clock()  # after the first key was perhaps made
        signing = [row for row in rows if row.signs_from <= now]
        own = [row for row in signing if row.registration_id == registration_id]
        common = [row for row in signing if row.registration_id is None]
        # The first key may come from a machine whose clock is a little ahead of ours: it signs nevertheless.
        return self._load((own or common or [row for row in rows if row.registration_id is None][:1])[-1])

    def public_set(self) -> dict[str, list[dict[str, Any]]]:
        """Return the JSON Web Key Set (RFC 7517) of all keys, also those that don't sign yet; public halves only."""
        return {"keys": [_public(self._load(row)) for row in self._rows()]}

    def rotate(self, registration_id: int | None = None, *, at_once: bool = False) -> ToolKey:
        """Make the next common key, or the next one of a platform; it signs after a day.

        ``at_once``, for a key that has leaked: the new one signs now, and the old ones are published no longer.
        Raises ConflictError when others rotate at the same moment again and again.
        """
        now = self._clock()
        self._rows()  # the first key isn't made by rotating: there must be one that signs meanwhile
        fresh = self._new_row(registration_id, signs_from=now if at_once else now + AHEAD)
        for _ in range(TRIES):
            try:
                with self._database.write() as session:
                    row = ToolKey(**fresh, number=(session.scalar(select(func.max(ToolKey.number))) or 0) + 1)
                    _forget(session, registration_id, None if at_once else now - KEPT)
                    session.add(row)
                    return row
            except IntegrityError:  # another process has just taken the number
                continue
        raise ConflictError("other processes rotate keys now")

    def _rows(self) -> Sequence[ToolKey]:
        """Return all keys in their order; at least a common one."""
        with self._database.read() as session:
            rows = session.scalars(select(ToolKey).order_by(ToolKey.number)).all()
        if any(row.registration_id is None for row in rows):
            return rows
        first = self._new_row(None, signs_from=self._clock())
        with self._database.write() as session:
            # Of two processes that make the first key at once, the second finds the first one's number taken.
            insert_missing(session, ToolKey, [{**first, "number": 1}])
            return session.scalars(select(ToolKey).order_by(ToolKey.number)).all()

    def _new_row(self, registration_id: int | None, *, signs_from: datetime) -> dict[str, Any]:
        private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "kid": str(uuid4()),
            "registration_id": registration_id,
            "private_pem_encrypted": self._encryption.encrypt(pem).decode(),
            "created_at": self._clock(),
            "signs_from": signs_from,
        }

    def _load(self, row: ToolKey) -> SigningKey:
        with self._lock:
            if row.kid not in self._loaded:
                pem = self._encryption.decrypt(row.private_pem_encrypted.encode())
                private = serialization.load_pem_private_key(pem, password=None)
                if not isinstance(private, rsa.RSAPrivateKey):
                    raise TypeError("a tool key is an RSA key")
                self._loaded[row.kid] = SigningKey(row.kid, private)
            return self._loaded[row.kid]


def _forget(session: Session, registration_id: int | None, replaced_before: datetime | None) -> None:
    """Delete the keys whose successor has signed since ``replaced_before``; all of them without it."""
    rows = session.scalars(
        select(ToolKey).where(ToolKey.registration_id.is_not_distinct_from(registration_id)).order_by(ToolKey.number)
    ).all()
    if replaced_before is None:
        old = [row.id for row in rows]
    else:
        old = [row.id for row, next_row in pairwise(rows) if next_row.signs_from < replaced_before]
    session.execute(delete(ToolKey).where(ToolKey.id.in_(old)))


def _public(key: SigningKey) -> dict[str, Any]:
    public: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key.private.public_key()))
    return {"kty": "RSA", "n": public["n"], "e": public["e"], "alg": "RS256", "use": "sig", "kid": key.kid}
