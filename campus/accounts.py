"""Accounts: signing in without an LMS. Invited by a one-time link, or claimed from a launch.

Hashing and checking a password are slow on purpose: neither is ever done while a write lock is held.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from campus import audit
from campus.errors import CampusError, ConflictError, InvalidInputError
from campus.models.access import Account, AccountSession, FailedSignIn, Invitation, Role, RoleGrant
from campus.models.organisations import Organisation
from campus.models.people import Person
from campus.upsert import insert_missing

INVITATION_LASTS = timedelta(days=7)
SESSION_LASTS = timedelta(hours=12)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
MOST_FAILURES = 10
FAILURES_COUNT_FOR = timedelta(minutes=15)

Token = Callable[[], str]
"""Makes an unguessable text, for example ``secrets.token_urlsafe``."""

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")
"""Checked for an unknown login, so that the time it takes doesn't tell which logins exist."""


class InvitationSpentError(CampusError):
    """The link was used, is too old, or never was one."""

    code = "account.invitation_spent"
    status = 410


class SuspendedError(CampusError):
    """An administrator has suspended the person: neither account nor launch lets them in."""

    code = "access.suspended"
    status = 403


class WrongCredentialsError(CampusError):
    """Login or password are wrong; which of the two is not said."""

    code = "account.wrong_credentials"
    status = 403


class TooManySignInsError(CampusError):
    """This login was tried too often with a wrong password; it rests for a while."""

    code = "account.too_many_tries"
    status = 429


class LoginTakenError(ConflictError):
    """Another account has this e-mail address, or the person has an account already."""

    code = "account.login_taken"


@dataclass(frozen=True, slots=True)
class HashedPassword:
    """A password of allowed length as it is kept; only ``hash_password`` makes one."""

    argon2: str = field(repr=False)


def hash_password(password: str) -> HashedPassword:
    """Hash a new password, or raise InvalidInputError for its length. To be called before a write session is opened."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidInputError(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", field="password"
        )
    return HashedPassword(_hasher.hash(password))


def hash_token(token: str) -> str:
    """Return what is kept of a token: it has full entropy, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(session: Session, organisation: Organisation, role: Role, *, token: Token, now: datetime) -> str:
    """Make a one-time link's token for a new account with a role; only its hash is kept."""
    made = token()
    session.add(
        Invitation(
            token_hash=hash_token(made),
            organisation_id=organisation.id,
            role=role,
            created_at=now,
            expires_at=now + INVITATION_LASTS,
        )
    )
    session.flush()
    return made


def find_invitation(session: Session, token: str, *, now: datetime) -> Invitation:
    """Return the invitation while it can be used, or raise InvitationSpentError."""
    found = session.scalars(select(Invitation).where(Invitation.token_hash == hash_token(token))).first()
    if found is None or found.used_at is not None or found.expires_at < now:
        raise InvitationSpentError("the invitation can't be used")
    return found


def accept(session: Session, token: str, *, name: str, login: str, password: HashedPassword, now: datetime) -> Account:
    """Use the invitation up and make the account with its role. One link makes one account, even if raced."""
    invitation = find_invitation(session, token, now=now)
    used = session.scalars(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.id)
    ).first()
    if used is None:
        raise InvitationSpentError("the invitation can't be used")
    if not name.strip():
        raise InvalidInputError("a name is needed", field="name")
    person = Person(name=name.strip()[:200], email=_login(login), created_at=now)
    session.add(person)
    session.flush()
    if invitation.organisation_id and invitation.role:
        session.add(
            RoleGrant(
                person_id=person.id,
                organisation_id=invitation.organisation_id,
                role=invitation.role,
                granted_at=now,
            )
        )
    return claim(session, person, login=login, password=password, now=now)


def claim(session: Session, person: Person, *, login: str, password: HashedPassword, now: datetime) -> Account:
    """Make the person's account; who has a verified launch as this person may claim it once."""
    login = _login(login)
    insert_missing(
        session,
        Account,
        [
            {
                "person_id": person.id,
                "login": login,
                "password_hash": password.argon2,
                "created_at": now,
            }
        ],
    )
    account = account_of(session, person.id)
    if account is None or account.login != login or account.created_at != now:
        raise LoginTakenError("the address or the person has an account")
    audit.note(session, "account.claimed", actor_id=person.id, now=now)
    session.flush()
    return account


def account_of(session: Session, person_id: int) -> Account | None:
    """Return the person's account if they have one."""
    return session.scalars(select(Account).where(Account.person_id == person_id)).first()


def by_login(session: Session, login: str) -> Account | None:
    """Return the account with this login, however its letters are written."""
    return session.scalars(select(Account).where(Account.login == login.strip().lower())).first()


def check_password(session: Session, login: str, password: str, *, now: datetime) -> int:
    """Return the id of the account that has this login and password. Slow; a reading session is enough.

    Raises WrongCredentialsError, which the caller counts with ``note_failure``, or TooManySignInsError after ten
    failures in a quarter of an hour, whether or not there is such a login.
    """
    _refuse_guessing(session, login, now=now)
    account = by_login(session, login)
    try:
        _hasher.verify(account.password_hash if account else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        account = None
    if account is None:
        raise WrongCredentialsError("login or password are wrong")
    return account.id


def note_failure(session: Session, login: str, *, now: datetime) -> None:
    """Count a failed sign-in, and forget those that count no more."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.at < now - FAILURES_COUNT_FOR))
    session.add(FailedSignIn(login_hash=_login_hash(login), at=now))
    session.flush()


def open_session(session: Session, account_id: int, *, token: Token, now: datetime) -> str:
    """Return a new session's token for an account whose password was checked.

    Raises WrongCredentialsError if the account was deleted meanwhile, SuspendedError if its person is suspended.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise WrongCredentialsError("the account is gone")
    if session.get_one(Person, account.person_id).suspended_at is not None:
        raise SuspendedError("the person is suspended")
    session.execute(delete(AccountSession).where(AccountSession.expires_at < now))
    made = token()
    session.add(
        AccountSession(
            token_hash=hash_token(made), account_id=account.id, created_at=now, expires_at=now + SESSION_LASTS
        )
    )
    session.flush()
    return made


def person_signed_in(session: Session, token: str, *, now: datetime) -> Person | None:
    """Return whose session this is, while it lasts."""
    return session.scalars(
        select(Person)
        .join(Account, Account.person_id == Person.id)
        .join(AccountSession, AccountSession.account_id == Account.id)
        .where(
            AccountSession.token_hash == hash_token(token),
            AccountSession.expires_at >= now,
            Person.suspended_at.is_(None),
        )
    ).first()


def sign_out(session: Session, token: str) -> None:
    """End the session."""
    session.execute(delete(AccountSession).where(AccountSession.token_hash == hash_token(token)))


def _refuse_guessing(session: Session, login: str, *, now: datetime) -> None:
    failures = session.scalar(
        select(func.count(FailedSignIn.id)).where(
            FailedSignIn.login_hash == _login_hash(login), FailedSignIn.at > now - FAILURES_COUNT_FOR
        )
    )
    if (failures or 0) >= MOST_FAILURES:
        raise TooManySignInsError("too many failed sign-ins with this login")


def _login_hash(login: str) -> str:
    return hashlib.sha256(login.strip().lower().encode()).hexdigest()


def _login(login: str) -> str:
    """Normalise an e-mail address; whether it exists, only a message to it could tell."""
    login = login.strip().lower()
    name, at, host = login.partition("@")
    if not (name and at and "." in host) or len(login) > 320 or any(c.isspace() for c in login):  # noqa: PLR2004 - RFC 3696
        raise InvalidInputError("this is no e-mail address", field="login")
    return login
