"""The keys we sign with: made once, kept encrypted, published as a key set that platforms read."""

import json
import threading
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from cryptography.fernet import MultiFernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.clock import Clock
from campus.database import Database
from lti_tool.launch.store import ToolKey

KEY_BITS = 3072
"""What the BSI asks for (TR-02102-1); every platform that takes RS256 takes it."""

_ACTIVE = select(ToolKey).where(ToolKey.active).order_by(ToolKey.created_at, ToolKey.id)


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

    def signer(self) -> SigningKey:
        """Return the newest active key."""
        return self._active()[-1]

    def public_set(self) -> dict[str, list[dict[str, Any]]]:
        """Return the JSON Web Key Set (RFC 7517) of all active keys, public halves only."""
        return {"keys": [_public(key) for key in self._active()]}

    def _active(self) -> list[SigningKey]:
        """Return all active keys, oldest first; at least one."""
        with self._database.read() as session:
            rows = session.scalars(_ACTIVE).all()
        if not rows:
            with self._database.write() as session:
                rows = session.scalars(_ACTIVE).all() or [self._make(session)]
        return [self._load(row) for row in rows]

    def _make(self, session: Session) -> ToolKey:
        private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        encrypted = self._encryption.encrypt(pem).decode()
        row = ToolKey(kid=str(uuid4()), private_pem_encrypted=encrypted, created_at=self._clock(), active=True)
        session.add(row)
        session.flush()
        return row

    def _load(self, row: ToolKey) -> SigningKey:
        with self._lock:
            if row.kid not in self._loaded:
                pem = self._encryption.decrypt(row.private_pem_encrypted.encode())
                private = serialization.load_pem_private_key(pem, password=None)
                if not isinstance(private, rsa.RSAPrivateKey):
                    raise TypeError("a tool key is an RSA key")
                self._loaded[row.kid] = SigningKey(row.kid, private)
            return self._loaded[row.kid]


def _public(key: SigningKey) -> dict[str, Any]:
    public: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key.private.public_key()))
    return {"kty": "RSA", "n": public["n"], "e": public["e"], "alg": "RS256", "use": "sig", "kid": key.kid}
