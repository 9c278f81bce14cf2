"""The launch that a page belongs to: its id stands in the address, its secret in a cookie of that path alone.

So two tabs of one browser, launched by two people or in two courses, don't mix. In a browser that keeps no cookie in
a frame the secret stands in the address too, behind the id: ``/launch/<id>~<secret>/``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from flask import Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from campus import people
from campus.accounts import SuspendedError
from campus.models.people import Person
from lti_tool.launch import states
from lti_tool.launch.errors import LaunchEndedError
from lti_tool.launch.sites import frame_sources, framing_places, own_places, same_site
from lti_tool.launch.store import LaunchRow

LIFETIME = timedelta(hours=8)
SEPARATOR = "~"


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A launch that this browser holds the secret of. ``person_id`` is whose identity it is *now*.

    ``is_teacher`` is only what the platform said. ``issuer`` and ``client_id`` name the platform, for its grants.
    """

    public_id: str
    address: str
    """What stands for the launch in its pages' addresses: the public id, with the secret where no cookie is kept."""
    identity_id: int | None
    person_id: int | None
    """Nobody's for an anonymous launch, and nobody teaches."""
    registration_id: int
    issuer: str
    client_id: str
    message_type: str
    deployment_id: str | None
    """The platform's own id of the deployment."""
    context_id: int | None
    resource_link_id: int | None
    deep_linking: Mapping[str, Any] | None
    """What the platform wants to have chosen, as it was kept."""
    reviewed_id: int | None
    """Whose work a submission review looks at: an identity's row."""
    unit_id: int | None
    phase: str | None
    """The kind of the one phase that the link leads to; None for the whole unit."""
    is_teacher: bool
    locale: str | None
    return_url: str | None
    """The way back to the course, if it leads to the platform's own site: else it would be an open redirect."""
    frame_ancestors: tuple[str, ...]
    """The origins of the platform: nobody else may show the launch's pages in a frame."""


def address_of(public_id: str, secret: str) -> str:
    """Return what stands for a launch in addresses when its secret can't be kept in a cookie."""
    return f"{public_id}{SEPARATOR}{secret}"


def current_launch(session: Session, request: Request, address: str, *, now: datetime) -> Launch:
    """Return the launch of the address ``/launch/<address>/…``.

    Raises LaunchEndedError when this browser doesn't hold its secret, or it is over, or its platform was disabled,
    and SuspendedError.
    """
    public_id, _separator, carried = address.partition(SEPARATOR)
    query = select(LaunchRow).where(LaunchRow.public_id == public_id)
    loaded = query.options(
        joinedload(LaunchRow.identity),
        joinedload(LaunchRow.registration),
        joinedload(LaunchRow.deployment),
        joinedload(LaunchRow.resource_link),
    )
    row = session.scalars(loaded).one_or_none()
    secret = carried or request.cookies.get(cookie_name(public_id), "")
    if row is None or not compare_digest(row.secret_hash, states.digest(secret)):
        raise LaunchEndedError("this browser has no such launch")
    person = people.person_of(session, row.identity) if row.identity else None
    if row.expires_at <= now or (row.identity and person is None):
        raise LaunchEndedError("the launch is over")
    if not (row.deployment.is_open if row.deployment is not None else row.registration.is_active):
        raise LaunchEndedError("the platform or its deployment is switched off")
    if person is not None and person.suspended_at is not None:
        raise SuspendedError("the person is suspended")
    return _launch(row, address, person)


def _launch(row: LaunchRow, address: str, person: Person | None) -> Launch:
    link, platform, back = row.resource_link, row.registration, row.return_url
    chooser = (row.deep_linking or {}).get("return_url")
    return Launch(
        public_id=row.public_id,
        address=address,
        identity_id=row.identity_id,
        person_id=person.id if person else None,
        registration_id=row.registration_id,
        issuer=platform.issuer,
        client_id=platform.client_id,
        message_type=row.message_type,
        deployment_id=row.deployment.deployment_id if row.deployment else None,
        context_id=row.context_id,
        resource_link_id=row.resource_link_id,
        deep_linking=row.deep_linking,
        reviewed_id=row.reviewed_id,
        unit_id=link.unit_id if link else None,
        phase=link.phase if link else None,
        is_teacher=row.is_teacher and person is not None,
        locale=row.locale,
        return_url=back if back and same_site(back, *own_places(platform)) else None,
        frame_ancestors=frame_sources(framing_places(platform), (back, chooser)),
    )


def set_cookie(response: Response, public_id: str, secret: str, *, path: str) -> None:
    """Hand the launch's secret to the browser, for the launch's own pages below ``path``."""
    response.set_cookie(
        cookie_name(public_id),
        secret,
        max_age=LIFETIME,
        path=f"{path}/launch/{public_id}/",
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )


def cookie_name(public_id: str) -> str:
    """Return the name of the cookie that holds a launch's secret."""
    return f"kc_launch_{public_id[:8]}"
