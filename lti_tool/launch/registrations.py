"""Platforms: registering one, finding it at login, and the frozen picture of it that verification uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from campus.clock import Clock
from campus.database import Database
from campus.errors import ConflictError
from campus.models.organisations import Organisation
from lti_tool.launch import renewal
from lti_tool.launch.errors import RegistrationDisabledError, RegistrationPendingError, RegistrationUnknownError
from lti_tool.launch.store import Deployment, PlatformStanding, Registration

REMEMBERED = timedelta(minutes=1)


@dataclass(frozen=True)
class Platform:
    """A registration as it was when it was read, free of any session.

    ``deployments`` maps the platform's deployment ids to our row ids; those that are switched off aren't there.
    """

    id: int
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    key_set_url: str
    token_audience: str
    allows_anonymous: bool
    deployments: Mapping[str, int]


_REGISTRATIONS, _DEPLOYMENTS = Registration.__table__.c, Deployment.__table__.c
_WITH_DEPLOYMENTS = select(
    Registration.__table__, _DEPLOYMENTS.id.label("deployment"), _DEPLOYMENTS.deployment_id.label("platform_id")
).outerjoin_from(
    Registration.__table__,
    Deployment.__table__,
    (_DEPLOYMENTS.registration_id == _REGISTRATIONS.id) & _DEPLOYMENTS.enabled,
)
"""Read at each login and each launch, so plain rows: objects would take thrice as long (docs/performance.md)."""
_BY_ID = _WITH_DEPLOYMENTS.where(_REGISTRATIONS.id == bindparam("id"))
_BY_ISSUER = _WITH_DEPLOYMENTS.where(_REGISTRATIONS.issuer == bindparam("issuer"))
_BY_CLIENT = _BY_ISSUER.where(_REGISTRATIONS.client_id == bindparam("client_id"))


def register(
    session: Session,
    organisation: Organisation,
    *,
    name: str,
    issuer: str,
    client_id: str,
    auth_login_url: str,
    auth_token_url: str,
    key_set_url: str,
    deployment_ids: list[str],
    now: datetime,
    token_audience: str | None = None,
    product: str | None = None,
) -> Registration:
    """Add a platform that may launch at once, with its deployments, and flush."""
    registration = Registration(
        organisation=organisation,
        name=name,
        issuer=issuer,
        client_id=client_id,
        auth_login_url=auth_login_url,
        auth_token_url=auth_token_url,
        key_set_url=key_set_url,
        token_audience=token_audience,
        standing=PlatformStanding.ACTIVE,
        allows_anonymous=False,
        product=product,
        created_at=now,
        deployments=[Deployment(deployment_id=deployment_id, enabled=True) for deployment_id in deployment_ids],
    )
    session.add(registration)
    session.flush()
    return registration


def for_login(session: Session, issuer: str, client_id: str | None) -> Platform:
    """Return the platform that begins a login.

    The request may leave ``client_id`` out (LTI 1.3, 4.1.1); then the issuer must have one client only.
    Raises RegistrationUnknownError, RegistrationPendingError and RegistrationDisabledError.
    """
    if client_id is None:
        rows = session.execute(_BY_ISSUER, {"issuer": issuer}).all()
    else:
        rows = session.execute(_BY_CLIENT, {"issuer": issuer, "client_id": client_id}).all()
    return _admitted(rows)


def by_id(session: Session, registration_id: int) -> Platform:
    """Return a platform that may launch.

    Raises RegistrationUnknownError, RegistrationPendingError and RegistrationDisabledError.
    """
    return _admitted(session.execute(_BY_ID, {"id": registration_id}).all())


def _admitted(rows: Sequence[Any]) -> Platform:
    """Make the platform of its rows, one for each deployment that is enabled."""
    if len({row.id for row in rows}) != 1:
        raise RegistrationUnknownError("no registration, or no single one, fits")
    first = rows[0]
    require_active(first.standing)
    return _platform(first, {row.platform_id: row.deployment for row in rows if row.deployment is not None})


def require_active(standing: str) -> None:
    """Raise RegistrationPendingError or RegistrationDisabledError unless the platform may launch."""
    if standing == PlatformStanding.PENDING:
        raise RegistrationPendingError("the platform waits for approval")
    if standing != PlatformStanding.ACTIVE:
        raise RegistrationDisabledError("the platform is switched off")


class Platforms:
    """Platforms as logins found them, remembered for the launches that follow seconds later; for all threads.

    What is remembered may be out of date: whether the platform may still launch is asked again in the transaction
    that lets the launch in (:mod:`lti_tool.launch.known`).
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._read: dict[int, tuple[datetime, Platform]] = {}

    def for_login(self, issuer: str, client_id: str | None) -> Platform:
        """See :func:`for_login`."""
        with self._database.read() as session:
            return self._remember(for_login(session, issuer, client_id))

    def of_login(self, registration_id: int) -> Platform:
        """Return the platform whose login a launch ends; see :func:`by_id`."""
        read_at, platform = self._read.get(registration_id, (None, None))
        if platform is not None and read_at is not None and self._clock() - read_at < REMEMBERED:
            return platform
        with self._database.read() as session:
            return self._remember(by_id(session, registration_id))

    def _remember(self, platform: Platform) -> Platform:
        self._read[platform.id] = (self._clock(), platform)
        return platform


def picture(row: Registration) -> Platform:
    """Return the platform whatever its standing: to look at it or to test it, never to launch."""
    return _platform(row, {place.deployment_id: place.id for place in row.deployments if place.enabled})


def _platform(row: Any, deployments: Mapping[str, int]) -> Platform:
    return Platform(
        id=row.id,
        issuer=row.issuer,
        client_id=row.client_id,
        auth_login_url=row.auth_login_url,
        auth_token_url=row.auth_token_url,
        key_set_url=row.key_set_url,
        token_audience=row.token_audience or row.auth_token_url,
        allows_anonymous=row.allows_anonymous,
        deployments=deployments,
    )


def approve(session: Session, row: Registration, *, keep_people: bool = False) -> None:
    """Let a pending platform launch. Raises ConflictError when it isn't pending any more.

    ``keep_people``, for one that has registered anew after it moved: who was known there before is the same person
    when the new platform sends the same ``sub``. Only an administrator can know that it does (LTI 1.3, 5.3.6).
    Without it, what hung on the former platform is deleted (:mod:`lti_tool.launch.renewal`).
    """
    if row.standing != PlatformStanding.PENDING:
        raise ConflictError("the platform doesn't wait for approval")
    row.standing = PlatformStanding.ACTIVE
    renewal.settle(session, row, keep_people=keep_people)


def switch(row: Registration, *, on: bool) -> None:
    """Switch a platform off (its launches end at once) or on again.

    Raises ConflictError for one that waits for approval: off and on again would be a way round it.
    """
    if row.standing == PlatformStanding.PENDING:
        raise ConflictError("the platform waits for approval")
    row.standing = PlatformStanding.ACTIVE if on else PlatformStanding.DISABLED
