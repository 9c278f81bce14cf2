"""Logins under way: a state that only we can make and read, bound to one browser, and that works once.

The state carries the login itself, encrypted and dated, so beginning one writes nothing: whoever floods the login
address fills no table. What makes it one-time is the launch: it enters the state's hash under a unique key in the
same transaction that lets the launch in, so of two launches with one state the second finds it there.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import cast

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import Table, delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.launch.errors import BrowserError, StateUnknownError
from lti_tool.launch.store import EndedLogin

LIFETIME = timedelta(minutes=10)
MAX_STATE_LENGTH = 1500
PURGE_EVERY = 100
_INSERT = insert(cast("Table", EndedLogin.__table__)).returning(EndedLogin.id)


@dataclass(frozen=True)
class Login:
    """What the login request said, for the launch that ends it. Secrets and addresses are kept as digests."""

    registration_id: int
    target_hash: str
    browser_hash: str
    storage_target: str | None
    """The frame of the platform that stores for us when cookies are blocked (LTI Platform Storage 1.0)."""

    def require_browser(self, secret: str | None) -> None:
        """Raise BrowserError unless ``secret`` is what the browser that began the login was given."""
        if secret is None or not compare_digest(digest(secret), self.browser_hash):
            raise BrowserError("this browser began no such login")


def digest(secret: str) -> str:
    """Return what is stored of a secret: SHA-256 in hex. The secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def nonce_of(state: str) -> str:
    """Return the nonce that belongs to a state, so that no other login's token fits it."""
    return digest(f"nonce:{state}")


def begin(login: Login, encryption: MultiFernet, *, now: datetime) -> str:
    """Return the state of a login that begins now."""
    told = json.dumps(asdict(login), separators=(",", ":")).encode()
    return encryption.encrypt_at_time(told, int(now.timestamp())).decode().rstrip("=")


def read(state: str, encryption: MultiFernet, *, now: datetime) -> Login:
    """Return the login of a state. Raises StateUnknownError when it isn't ours or is older than ten minutes."""
    if not state or len(state) > MAX_STATE_LENGTH:
        raise StateUnknownError("there is no state")
    padded = state + "=" * (-len(state) % 4)
    try:
        told = encryption.decrypt_at_time(padded.encode(), int(LIFETIME.total_seconds()), int(now.timestamp()))
        return Login(**json.loads(told))
    except (InvalidToken, ValueError, TypeError) as error:
        raise StateUnknownError("the state is not ours or too old") from error


def end(session: Session, state: str, *, now: datetime) -> None:
    """Use the state up, in the transaction that lets the launch in; raises StateUnknownError when it is used up.

    Now and then those that are too old to be read again are forgotten, so that few are kept.
    """
    try:
        number = session.execute(_INSERT, {"state_hash": digest(state), "ended_at": now}).scalar_one()
    except IntegrityError as error:
        raise StateUnknownError("a launch has ended this login already") from error
    if number % PURGE_EVERY == 0:
        session.execute(delete(EndedLogin).where(EndedLogin.ended_at < now - 2 * LIFETIME))
