"""Keys of clients: who may write and read statements, and whose."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_bytes

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import Authorization

from campus.database import Database
from campus.errors import ConflictError, InvalidInputError, NotFoundError
from campus.models.organisations import Organisation
from xapi.errors import BadKeyError, ScopeError
from xapi.parts import Json
from xapi.query import Reader
from xapi.store import Key
from xapi.terms import authority_key

NAME = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
"""No colon: Basic authentication ends the name at the first one (RFC 7617, section 2)."""
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this secret")
REMEMBERED = timedelta(seconds=1)
MOST_KNOWN = 10_000
"""Pairs of name and secret that are remembered."""


class Scope(StrEnum):
    """What a key may do (1.0.3, communication, 4.0: OAuth's scopes)."""

    STATEMENTS_WRITE = "statements/write"
    STATEMENTS_READ_MINE = "statements/read/mine"
    STATEMENTS_READ = "statements/read"
    STATE = "state"
    PROFILE = "profile"
    ALL_READ = "all/read"
    ALL = "all"


@dataclass(frozen=True)
class Client:
    """Who signed in, with a key or by a launch."""

    tenant: int
    """Whose store it writes into."""
    sees_all: bool
    """It is the campus's own and reads all tenants' statements."""
    scopes: frozenset[str]
    authority: Json
    """The agent that vouches for what it writes."""

    def may(self, *scopes: Scope) -> bool:
        """Say whether it has one of the scopes, or all."""
        return not self.scopes.isdisjoint({*scopes, Scope.ALL})

    def require(self, *scopes: Scope) -> None:
        """Raise ScopeError unless it has one of the scopes, or all."""
        if not self.may(*scopes):
            raise ScopeError(f"the key lacks the scope {scopes[0]}")

    def reader(self) -> Reader:
        """Return what it may read of statements. Raises ScopeError if it may read none."""
        self.require(Scope.STATEMENTS_READ, Scope.ALL_READ, Scope.STATEMENTS_READ_MINE)
        tenant = None if self.sees_all else self.tenant
        if self.may(Scope.STATEMENTS_READ, Scope.ALL_READ):
            return Reader(tenant)
        return Reader(tenant, authority_key(self.authority))


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
            secret_hash=_hasher.hash(_digest(secret)),
            scopes=sorted({Scope(scope).value for scope in scopes}),
            organisation_id=organisation.id if organisation else None,
            created_at=now,
        )
    )
    session.flush()
    return secret


def revoke(session: Session, name: str, *, now: datetime) -> None:
    """End a key; what it wrote stays. Doing it again changes nothing. Raises NotFoundError for a name never given."""
    key = session.scalars(select(Key).where(Key.name == name)).first()
    if key is None:
        raise NotFoundError("there is no key of this name")
    key.revoked_at = key.revoked_at or now
    session.flush()


@dataclass
class Clients:
    """Knows the clients. A key's secret is verified by Argon2 once; then a keyed digest of it is remembered.

    The key itself is read again after ``REMEMBERED``: so long a revoked one still works.
    """

    database: Database
    public_url: str
    clock: Callable[[], datetime]
    _pepper: bytes = field(default_factory=lambda: token_bytes(32))
    _known: dict[tuple[str, bytes], tuple[datetime, str, Client]] = field(default_factory=dict)

    def admit(self, authorization: str | None) -> Client:
        """Return whose credentials these are (the header's value). Raises BadKeyError."""
        given = Authorization.from_header(authorization)
        if given is None or given.type != "basic" or given.username is None or given.password is None:
            raise BadKeyError("Basic authentication with a key of this store is needed")
        return self._with_key(given.username, given.password)

    def _with_key(self, name: str, secret: str) -> Client:
        now = self.clock()
        proof = name, hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=self._pepper).digest()
        until, verified, client = self._known.get(proof, (now, "", None))
        if client is not None and now < until:
            return client
        if not NAME.fullmatch(name):  # PostgreSQL takes no NUL character even to compare with
            raise BadKeyError("name and secret don't belong together")
        with self.database.read() as session:
            key = session.scalars(select(Key).where(Key.name == name, Key.revoked_at.is_(None))).first()
        if key is None or key.secret_hash != verified:
            _verify(key.secret_hash if key else _NOBODY, secret)
        if key is None:
            raise BadKeyError("name and secret don't belong together")
        client = Client(
            key.tenant, key.organisation_id is None, frozenset(key.scopes), self.authority(f"key:{key.public_id}")
        )
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[proof] = now + REMEMBERED, key.secret_hash, client
        return client

    def authority(self, name: str) -> Json:
        """Return the agent by which the store vouches for what somebody wrote."""
        return {"objectType": "Agent", "account": {"homePage": self.public_url, "name": name}}


def _verify(secret_hash: str, secret: str) -> None:
    """Raise BadKeyError unless the secret fits, after the same time for any wrong pair."""
    try:
        _hasher.verify(secret_hash, _digest(secret))
    except VerifyMismatchError:
        raise BadKeyError("name and secret don't belong together") from None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

