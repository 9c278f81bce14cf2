"""Keys of clients: who may write and read statements, and whose."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.errors import ConflictError, InvalidInputError, NotFoundError
from campus.models.organisations import Organisation
from xapi.errors import BadKeyError, ScopeError
from xapi.store import Key

NAME = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
"""No colon: Basic authentication ends the name at the first one (RFC 7617, section 2)."""


class Scope(StrEnum):
    """What a key may do."""

    STATEMENTS_READ = "statements/read"
    STATEMENTS_WRITE = "statements/write"


@dataclass(frozen=True)
class Client:
    """Who signed in with a key."""

    public_id: str
    organisation_id: int | None
    """Whose statements it writes and sees; None: the whole campus's."""
    scopes: frozenset[str]

    def require(self, scope: Scope) -> None:
        """Raise ScopeError unless the key has the scope."""
        if scope not in self.scopes:
            raise ScopeError(f"the key lacks the scope {scope}")


def create_key(
    session: Session,
    name: str,
    scopes: Iterable[Scope],
    organisation: Organisation | None,
    *,
    token: Callable[[], str],
    now: datetime,
) -> str:
    """Make a key and return its secret, which is kept nowhere and shown once. No organisation: campus-wide.

    ``token`` makes an unguessable text of 128 bits or more. Raises InvalidInputError or ConflictError for the name.
    """
    if not NAME.fullmatch(name):
        raise InvalidInputError("a key's name has 1 to 60 letters, digits, dots, underlines and hyphens", field="name")
    if session.scalar(select(Key.id).where(Key.name == name)) is not None:
        raise ConflictError("there is a key of this name")
    secret = token()
    session.add(
        Key(
            name=name,
            secret_hash=_hash(secret),
            scopes=sorted({Scope(scope).value for scope in scopes}),
            organisation_id=organisation.id if organisation else None,
            created_at=now,
        )
    )
    session.flush()
    return secret


def authenticate(session: Session, name: str, secret: str) -> Client:
    """Return who has this name and secret. Raises BadKeyError, after the same time for any wrong pair."""
    if not NAME.fullmatch(name):  # PostgreSQL takes no NUL character even to compare with
        raise BadKeyError("name and secret don't belong together")
    key = session.scalars(select(Key).where(Key.name == name, Key.revoked_at.is_(None))).first()
    matches = hmac.compare_digest(_hash(secret), key.secret_hash if key else _hash(""))
    if key is None or not matches:
        raise BadKeyError("name and secret don't belong together")
    return Client(key.public_id, key.organisation_id, frozenset(key.scopes))


def revoke(session: Session, name: str, *, now: datetime) -> None:
    """End a key; what it wrote stays. Doing it again changes nothing. Raises NotFoundError for a name never given."""
    key = session.scalars(select(Key).where(Key.name == name)).first()
    if key is None:
        raise NotFoundError("there is no key of this name")
    key.revoked_at = key.revoked_at or now
    session.flush()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
