"""What the forms of awards are signed with, opened when a form needs it: issuers' seals, and their keys for tokens."""

from dataclasses import dataclass

from cryptography.fernet import MultiFernet
from pyhanko.sign.timestamps import TimeStamper

from campus.clock import Clock
from campus.database import Database
from certificates.issuers import keys, seal
from certificates.issuers.seal import Seal
from certificates.signatures.jwt import JwtKey


@dataclass(frozen=True, slots=True)
class Signing:
    """Opens an issuer's keys; the first time it makes them. ``timestamper`` is there if the installation has one."""

    database: Database
    fernet: MultiFernet
    clock: Clock
    timestamper: TimeStamper | None = None

    def seal(self, organisation_id: int) -> Seal:
        """Return the issuer's seal. Not to be called inside a writing session."""
        now = self.clock()
        with self.database.read() as session:
            found = seal.find(session, organisation_id, now=now, fernet=self.fernet)
        if found is not None:
            return found
        with self.database.write() as session:
            return seal.current(session, organisation_id, now=now, fernet=self.fernet)

    def jwt_key(self, organisation_id: int) -> JwtKey:
        """Return the issuer's key for tokens. Not to be called inside a writing session."""
        with self.database.write() as session:
            return keys.jwt_key(session, organisation_id, now=self.clock(), fernet=self.fernet)
