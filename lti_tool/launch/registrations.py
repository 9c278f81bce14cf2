"""Platforms: registering one, finding it at login, and the frozen picture of it that verification uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased, selectinload

from campus.errors import ConflictError
from campus.models.organisations import Organisation
from campus.models.people import Identity
from lti_tool.launch.errors import RegistrationDisabledError, RegistrationPendingError, RegistrationUnknownError
from lti_tool.launch.store import Deployment, Registration, Standing


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
        standing=Standing.ACTIVE,
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
    query = select(Registration).where(Registration.issuer == issuer).limit(2)
    if client_id is not None:
        query = query.where(Registration.client_id == client_id)
    found = session.scalars(query.options(selectinload(Registration.deployments))).all()
    if len(found) != 1:
        raise RegistrationUnknownError("no registration, or no single one, fits the login request")
    return _snapshot(found[0])


def by_id(session: Session, registration_id: int) -> Platform:
    """Return a platform that is known to exist; raises RegistrationDisabledError when it is switched off."""
    query = select(Registration).where(Registration.id == registration_id)
    return _snapshot(session.scalars(query.options(selectinload(Registration.deployments))).one())


def _snapshot(row: Registration) -> Platform:
    if row.standing == Standing.PENDING:
        raise RegistrationPendingError(f"registration {row.public_id} waits for approval")
    if not row.is_active:
        raise RegistrationDisabledError(f"registration {row.public_id} is disabled")
    return picture(row)


def picture(row: Registration) -> Platform:
    """Return the platform whatever its standing: to look at it or to test it, never to launch."""
    return Platform(
        id=row.id,
        issuer=row.issuer,
        client_id=row.client_id,
        auth_login_url=row.auth_login_url,
        auth_token_url=row.auth_token_url,
        key_set_url=row.key_set_url,
        token_audience=row.token_audience or row.auth_token_url,
        allows_anonymous=row.allows_anonymous,
        deployments={deployment.deployment_id: deployment.id for deployment in row.deployments if deployment.enabled},
    )


def approve(session: Session, row: Registration, *, keep_people: bool = False) -> None:
    """Let a pending platform launch. Raises ConflictError when it isn't pending any more.

    ``keep_people``, for one that has registered anew after it moved: who was known there before is the same person
    when the new platform sends the same ``sub``. Only an administrator can know that it does (LTI 1.3, 5.3.6).
    """
    if row.standing != Standing.PENDING:
        raise ConflictError("the platform doesn't wait for approval")
    row.standing = Standing.ACTIVE
    old = (row.asked or {}).get("renews")
    if not keep_people or not isinstance(old, dict):
        return
    new = {"issuer": row.issuer, "client_id": row.client_id}
    there = aliased(Identity)
    known = select(there.id).where(
        there.issuer == row.issuer,
        there.client_id == row.client_id,
        there.subject == Identity.subject,
    )
    session.execute(
        update(Identity)
        .where(
            Identity.kind == "lti",
            Identity.issuer == old["issuer"],
            Identity.client_id == old["client_id"],
            ~known.exists(),
        )
        .values(new)
        .execution_options(synchronize_session=False)
    )


def switch(row: Registration, *, on: bool) -> None:
    """Switch a platform off (its launches end at once) or on again. Raises ConflictError for one never approved."""
    if on and row.standing == Standing.PENDING:
        raise ConflictError("the platform waits for approval")
    row.standing = Standing.ACTIVE if on else Standing.DISABLED
