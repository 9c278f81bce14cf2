"""Tokens by which content speaks for the learner who launched it (OAuth 2, RFC 6750). Nothing of them is stored.

A token names person, tenant and registration, and the identity under which the person came: it ends when the person
is suspended, when the identity is erased or becomes somebody else's, and in any case after an hour. Statements that
come with it have two who vouch for them: this application and the person (1.0.3, data, 2.4.9).
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.models.people import Identity, IdentityLink, Person
from xapi.errors import BadKeyError
from xapi.store import digest

APPLICATION = "launch"
"""The name of the application's own account in the authority."""
LIFETIME = timedelta(hours=1)
LONGEST = 1000
_PURPOSE = "xapi"
"""The same keys encrypt other things that we give away."""


@dataclass(frozen=True)
class Grant:
    """What a token stands for."""

    person: str
    """Public id: the name of their account as an actor."""
    tenant: int
    registration: str
    """Public id of the credit: the person's way through the unit."""
    identity: int
    """Under which the person came (row)."""
    subject: str
    """The digest of what the identity's source calls it."""
    purpose: str = _PURPOSE


class Token(NamedTuple):
    """A token and for how many seconds it lasts."""

    text: str
    seconds: int


def grant(person: Person, identity: Identity, *, tenant: int, registration: str) -> Grant:
    """Make what content may be given that this person has launched."""
    return Grant(person.public_id, tenant, registration, identity.id, _subject(identity.subject))


def issue(given: Grant, encryption: MultiFernet, *, now: datetime) -> Token:
    """Return the token of a grant, which lasts from now on."""
    told = json.dumps(asdict(given), separators=(",", ":")).encode()
    text = encryption.encrypt_at_time(told, int(now.timestamp())).decode().rstrip("=")
    return Token(text, int(LIFETIME.total_seconds()))


def read(token: str, encryption: MultiFernet, *, now: datetime) -> Grant:
    """Return what a token stands for. Raises BadKeyError when it isn't ours or is too old."""
    padded = token[:LONGEST] + "=" * (-len(token) % 4)
    try:
        told = encryption.decrypt_at_time(padded.encode(), int(LIFETIME.total_seconds()), int(now.timestamp()))
        found = Grant(**json.loads(told))
    except (InvalidToken, ValueError, TypeError):
        raise BadKeyError("the token is not ours or too old") from None
    if found.purpose != _PURPOSE:
        raise BadKeyError("the token is for something else")
    return found


def require_valid(session: Session, given: Grant) -> None:
    """Raise BadKeyError unless the identity is still the one that came, the person's, and the person may come in."""
    query = (
        select(Identity.subject)
        .join(IdentityLink, IdentityLink.identity_id == Identity.id)
        .join(Person, Person.id == IdentityLink.person_id)
        .where(
            Identity.id == given.identity,
            IdentityLink.current,
            Person.public_id == given.person,
            Person.suspended_at.is_(None),
        )
    )
    subject = session.scalar(query)
    if subject is None or _subject(subject) != given.subject:
        raise BadKeyError("the person of the token may not come in any more")


def _subject(subject: str) -> str:
    return digest(subject).hex()
