"""Keys of clients: who may write and read statements, and whose."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_bytes

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from cryptography.fernet import MultiFernet
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import Authorization

from campus.database import Database
from campus.errors import InvalidInputError, NotFoundError
from campus.flood import Flood, network_of
from campus.models.organisations import Organisation
from xapi import bearer, parts
from xapi.errors import BadKeyError, KeyNameError, ScopeError, TooManyRequestsError, WrongActorError
from xapi.parts import Json, agent_key
from xapi.query import Reader
from xapi.store import Key
from xapi.terms import authority_key
from xapi.vocabulary import Verb

NAME = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
"""No colon: Basic authentication ends the name at the first one (RFC 7617, section 2)."""
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this secret")
REMEMBERED = timedelta(seconds=1)
MOST_KNOWN = 10_000
"""Pairs of name and secret that are remembered."""
USE_NOTED_EVERY = timedelta(hours=1)
TRIES_PER_MINUTE = 60
"""Secrets that one address may have verified: Argon2 is slow on purpose, and a guesser must not have our time."""


class Scope(StrEnum):
    """What a key may do (1.0.3, communication, 4.2: OAuth's scopes)."""

    STATEMENTS_WRITE = "statements/write"
    STATEMENTS_READ_MINE = "statements/read/mine"
    STATEMENTS_READ = "statements/read"
    STATE = "state"
    PROFILE = "profile"
    ALL_READ = "all/read"
    ALL = "all"


IMPLIED: Mapping[str, frozenset[Scope]] = {
    Scope.STATEMENTS_READ: frozenset({Scope.STATEMENTS_READ_MINE}),
    Scope.ALL_READ: frozenset({Scope.STATEMENTS_READ, Scope.STATEMENTS_READ_MINE}),
    Scope.ALL: frozenset(Scope),
}
"""What a scope holds beside itself."""
LAUNCH_SCOPES = (Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ_MINE, Scope.STATE)
"""What content may do that a learner has launched. No profile: an activity's belongs to all learners at once."""


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
    actor: Json | None = None
    """The one person that content of a launch speaks of; a key speaks of anybody."""
    registration: str | None = None
    """That person's way through the unit."""

    def may(self, *scopes: Scope) -> bool:
        """Say whether it has one of the scopes, or one that holds it."""
        return any(not self.scopes.isdisjoint({scope, *_holders(scope)}) for scope in scopes)

    def require(self, *scopes: Scope) -> None:
        """Raise ScopeError unless it has one of the scopes, or one that holds it."""
        if not self.may(*scopes):
            raise ScopeError(f"the key lacks the scope {scopes[0]}")

    def require_own(self, agent: Json, registration: str | None = None) -> None:
        """Raise WrongActorError if it speaks for one person and this is another, or that person's other way."""
        if self.actor is None:
            return
        if agent_key(agent) != agent_key(self.actor):
            raise WrongActorError("content of a launch speaks of the person who launched it, by their account here")
        if registration is not None and registration.lower() != self.registration:
            raise WrongActorError("the registration is not the one of the launch")

    def require_own_statement(self, statement: Json) -> None:
        """Raise WrongActorError if it speaks for one person and the statement is somebody else's, or voids one."""
        if self.actor is None:
            return
        self.require_own(statement["actor"], statement.get("context", {}).get("registration"))
        if statement["verb"]["id"] == Verb.VOIDED:
            raise WrongActorError("content of a launch declares no statement void")

    def reader(self) -> Reader:
        """Return what it may read of statements. Raises ScopeError if it may read none."""
        self.require(Scope.STATEMENTS_READ_MINE)
        tenant = None if self.sees_all else self.tenant
        if self.may(Scope.STATEMENTS_READ):
            return Reader(tenant)
        return Reader(tenant, authority_key(self.authority))


def _holders(scope: Scope) -> list[str]:
    return [holder for holder, held in IMPLIED.items() if scope in held]


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

    ``token`` makes an unguessable text of 128 bits or more. Raises InvalidInputError or KeyNameError for the name.
    """
    if not NAME.fullmatch(name):
        raise InvalidInputError("a key's name has 1 to 60 letters, digits, dots, underlines and hyphens", field="name")
    if session.scalar(select(Key.id).where(Key.name == name)) is not None:
        raise KeyNameError("there is a key of this name")
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


def listed(session: Session, organisation_id: int | None = None) -> list[tuple[Key, Organisation | None]]:
    """List keys and whose they are, those that work first, then the newest; of one organisation or of all."""
    query = select(Key, Organisation).outerjoin(Organisation, Organisation.id == Key.organisation_id)
    if organisation_id is not None:
        query = query.where(Key.organisation_id == organisation_id)
    rows = session.execute(query.order_by(Key.revoked_at.is_not(None), Key.id.desc()))
    return [(key, organisation) for key, organisation in rows]


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

    The key itself is read again after ``REMEMBERED``: so long a revoked one still works. ``limit`` is how many
    requests a key, or a person's content, may send to this process in a minute; 0: any.
    """

    database: Database
    public_url: str
    clock: Callable[[], datetime]
    encryption: MultiFernet
    """Makes and reads the tokens of launches (``xapi.bearer``)."""
    limit: int = 0
    _pepper: bytes = field(default_factory=lambda: token_bytes(32))
    _known: dict[tuple[str, bytes], tuple[datetime, str, Client]] = field(default_factory=dict)
    _verifying: threading.Lock = field(default_factory=threading.Lock)
    _tries: Flood = field(default_factory=lambda: Flood(TRIES_PER_MINUTE))

    def __post_init__(self) -> None:
        """Begin to count requests."""
        self._requests = Flood(self.limit)

    def admit(self, authorization: str | None, address: str | None = None) -> Client:
        """Return whose credentials these are (the header's value), sent from an address.

        Raises BadKeyError, or TooManyRequestsError for too many requests of a client or tries of an address.
        """
        given = Authorization.from_header(authorization)
        if given is not None and given.type == "basic" and given.username and given.password is not None:
            client, source = self._with_key(given.username, given.password, address), given.username
        elif given is not None and given.type == "bearer" and given.token:
            grant = bearer.read(given.token, self.encryption, now=self.clock())
            client, source = self._with_grant(grant), f"launch:{grant.person}"
        else:
            raise BadKeyError("a key of this store is needed (Basic), or a token of a launch (Bearer)")
        self._hold_back(self._requests, source)
        return client

    def _with_key(self, name: str, secret: str, address: str | None) -> Client:
        now = self.clock()
        proof = name, hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=self._pepper).digest()
        known = self._known.get(proof)
        if known is not None and now < known[0]:
            return known[2]
        if not NAME.fullmatch(name):  # PostgreSQL takes no NUL character even to compare with
            raise BadKeyError("name and secret don't belong together")
        with self.database.read() as session:
            key = session.scalars(select(Key).where(Key.name == name, Key.revoked_at.is_(None))).first()
        self._verify(proof, key, secret, address)
        if key is None:
            raise BadKeyError("name and secret don't belong together")
        client = Client(
            key.tenant,
            key.organisation_id is None,
            frozenset(key.scopes),
            parts.account(self.public_url, f"key:{key.public_id}"),
        )
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[proof] = now + REMEMBERED, key.secret_hash, client
        if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
            self._note_use(key, now)
        return client

    def _verify(self, proof: tuple[str, bytes], key: Key | None, secret: str, address: str | None) -> None:
        """Raise BadKeyError unless the secret fits, after the same time for any wrong pair.

        One at a time: of a client's many first requests one pays for all, and a flood gets one thread, not all.
        """
        if self._is_verified(proof, key):
            return
        with self._verifying:
            if self._is_verified(proof, key):
                return
            self._hold_back(self._tries, network_of(address))
            try:
                _hasher.verify(key.secret_hash if key else _NOBODY, _digest(secret))
            except VerifyMismatchError:
                raise BadKeyError("name and secret don't belong together") from None

    def _is_verified(self, proof: tuple[str, bytes], key: Key | None) -> bool:
        known = self._known.get(proof)
        return known is not None and key is not None and known[1] == key.secret_hash

    def _note_use(self, key: Key, now: datetime) -> None:
        with self.database.write() as session:
            session.execute(update(Key).where(Key.id == key.id).values(last_used_at=now))

    def _with_grant(self, grant: bearer.Grant) -> Client:
        """Return the client that a launch's token stands for, if its person may still come in."""
        with self.database.read() as session:
            bearer.require_valid(session, grant)
        person = parts.account(self.public_url, grant.person)
        application = parts.account(self.public_url, bearer.APPLICATION)
        return Client(
            grant.tenant,
            sees_all=False,
            scopes=frozenset(LAUNCH_SCOPES),
            authority={"objectType": "Group", "member": [application, person]},
            actor=person,
            registration=grant.registration,
        )

    def _hold_back(self, flood: Flood, source: str | None) -> None:
        seconds = flood.seconds_to_wait(source, now=self.clock())
        if seconds:
            raise TooManyRequestsError("too many requests in a minute", after=seconds)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
