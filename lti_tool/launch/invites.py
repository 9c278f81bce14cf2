"""One-time links by which a platform registers itself: made by an administrator, used up once, at most for a week."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campus.accounts import hash_token
from campus.errors import CampusError, ConflictError
from campus.models.access import TeachingGrant
from campus.models.organisations import Organisation
from campus.upsert import insert_missing
from lti_tool.launch.dynamic import Told
from lti_tool.launch.store import Deployment, PlatformStanding, Registration, RegistrationInvite

LASTS = timedelta(days=7)


class InviteSpentError(CampusError):
    """The link was used, taken back, is too old, or never was one."""

    code = "connect.invite_spent"
    status = 410


class AlreadyRegisteredError(ConflictError):
    """Another registration has this issuer and client."""

    code = "connect.exists"


class InviteState(StrEnum):
    """What has become of a link."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"


def make(
    session: Session,
    organisation: Organisation,
    *,
    name: str,
    token: Callable[[], str],
    created_by_id: int | None,
    now: datetime,
    renews: Registration | None = None,
) -> tuple[RegistrationInvite, str]:
    """Make a link for a new platform of the organisation, or for one that registers anew; return it with its token.

    Only the token's hash is kept, so it can be shown this once.
    """
    made = token()
    invite = RegistrationInvite(
        token_hash=hash_token(made),
        organisation=organisation,
        name=name,
        registration=renews,
        created_by_id=created_by_id,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(invite)
    session.flush()
    return invite, made


def state(invite: RegistrationInvite, *, now: datetime) -> InviteState:
    """Say what has become of the link."""
    if invite.used_at is not None:
        return InviteState.USED
    return InviteState.OPEN if now < invite.expires_at else InviteState.EXPIRED


def find(session: Session, token: str, *, now: datetime) -> RegistrationInvite:
    """Return the invite while it can be used, or raise InviteSpentError."""
    found = session.scalars(select(RegistrationInvite).where(RegistrationInvite.token_hash == hash_token(token)))
    invite = found.first()
    if invite is None or state(invite, now=now) != InviteState.OPEN:
        raise InviteSpentError("the registration link can't be used")
    return invite


def use(session: Session, token: str, told: Told, *, now: datetime) -> Registration:
    """Use the invite up and keep what the platform told, as pending. One link makes one registration, even if raced.

    Raises InviteSpentError and AlreadyRegisteredError; then nothing must be committed.
    """
    invite = find(session, token, now=now)
    unused = (RegistrationInvite.id == invite.id) & RegistrationInvite.used_at.is_(None)
    used = update(RegistrationInvite).where(unused).values(used_at=now).returning(RegistrationInvite.id)
    if session.scalars(used).first() is None:
        raise InviteSpentError("the registration link can't be used")
    known = session.scalars(
        select(Registration).where(
            Registration.issuer == told.configuration.issuer, Registration.client_id == told.client_id
        )
    ).first()
    if known is not None and known.id != invite.registration_id:
        raise AlreadyRegisteredError("issuer and client are registered already")
    if invite.registration is None:
        invite.registration = Registration(
            organisation_id=invite.organisation_id,
            name=invite.name,
            allows_anonymous=False,
            created_at=now,
            asked=told.asked,
            **_values(told),
        )
    else:
        _renew(session, invite.registration, told)
    session.flush()
    if told.deployment_id is not None:
        row = {"registration_id": invite.registration.id, "deployment_id": told.deployment_id, "enabled": True}
        insert_missing(session, Deployment, [row])
    return invite.registration


def _renew(session: Session, registration: Registration, told: Told) -> None:
    """Give the registration its new values. Links and organisation stay, and the grants go along."""
    old = {"issuer": registration.issuer, "client_id": registration.client_id}
    new = {"issuer": told.configuration.issuer, "client_id": told.client_id}
    if old != new:
        session.execute(delete(TeachingGrant).filter_by(**new))  # no registration has these values: they are leftovers
        session.execute(update(TeachingGrant).filter_by(**old).values(new))
    if registration.standing == PlatformStanding.PENDING:  # what people are known by is what was approved last
        old = (registration.asked or {}).get("renews", old)
    registration.asked = told.asked | {"renews": old}
    for name, value in _values(told).items():
        setattr(registration, name, value)


def _values(told: Told) -> dict[str, Any]:
    platform = told.configuration
    return {
        "issuer": platform.issuer,
        "client_id": told.client_id,
        "auth_login_url": platform.auth_login_url,
        "auth_token_url": platform.auth_token_url,
        "key_set_url": platform.key_set_url,
        "token_audience": platform.token_audience,
        "product": platform.product,
        "standing": PlatformStanding.PENDING,
    }
