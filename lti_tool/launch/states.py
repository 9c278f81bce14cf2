"""Logins under way: a state and a nonce that fit each other and one browser, and that work once.

Ending a login is one DELETE … RETURNING in a committed transaction of its own, before anything is verified:
were it rolled back with a failed verification, a forged launch would leave the state usable.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool.launch.errors import StateUnknownError
from lti_tool.launch.store import LoginState

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class Login:
    """What the login request said, remembered for the launch that ends it."""

    registration_id: int
    nonce: str
    target_link_uri: str


def digest(secret: str) -> str:
    """Return what is stored of a secret: SHA-256 in hex. The secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(session: Session, login: Login, *, state: str, browser: str, now: datetime) -> None:
    """Remember a login under its ``state`` and the secret in the ``browser``'s cookie.

    Logins that have run out go first, so a flood of them can't fill the table for longer than their lifetime.
    """
    session.execute(delete(LoginState).where(LoginState.created_at < now - LIFETIME))
    session.add(
        LoginState(
            state_hash=digest(state),
            browser_hash=digest(browser),
            nonce=login.nonce,
            registration_id=login.registration_id,
            target_link_uri=login.target_link_uri,
            created_at=now,
        )
    )
    session.flush()


def end(session: Session, *, state: str, browser: str, now: datetime) -> Login:
    """Take the login out, once; the caller commits before it goes on.

    Raises StateUnknownError when it is unknown, used, of another browser or older than ten minutes. Another
    browser's try leaves the login usable for the browser that began it.
    """
    taken = session.execute(
        delete(LoginState)
        .where(LoginState.state_hash == digest(state), LoginState.browser_hash == digest(browser))
        .returning(LoginState.registration_id, LoginState.nonce, LoginState.target_link_uri, LoginState.created_at)
    ).one_or_none()
    if taken is None or taken.created_at < now - LIFETIME:
        raise StateUnknownError("the login is unknown, used or too old")
    return Login(registration_id=taken.registration_id, nonce=taken.nonce, target_link_uri=taken.target_link_uri)
