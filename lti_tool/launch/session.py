"""The launch that a page belongs to: its id stands in the address, its secret in a cookie of that path alone.

So two tabs of one browser, launched by two people or in two courses, don't mix.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from flask import Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from campus import people
from lti_tool.launch import states
from lti_tool.launch.claims import origin
from lti_tool.launch.errors import LaunchEndedError
from lti_tool.launch.store import LaunchRow

LIFETIME = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A launch that this browser holds the secret of. ``person_id`` is whose identity it is *now*.

    ``is_teacher`` is only what the platform said. ``issuer`` and ``client_id`` name the platform, for its grants.
    """

    public_id: str
    identity_id: int
    person_id: int
    registration_id: int
    issuer: str
    client_id: str
    unit_id: int | None
    is_teacher: bool
    locale: str | None
    return_url: str | None
    frame_ancestors: tuple[str, ...]
    """The origins of the platform: nobody else may show the launch's pages in a frame."""


def current_launch(session: Session, request: Request, public_id: str, *, now: datetime) -> Launch:
    """Return the launch of the address ``/launch/<public_id>/…``.

    Raises LaunchEndedError when this browser doesn't hold its secret, or it is over, or its platform was disabled.
    """
    query = select(LaunchRow).where(LaunchRow.public_id == public_id)
    loaded = query.options(
        joinedload(LaunchRow.identity), joinedload(LaunchRow.registration), joinedload(LaunchRow.resource_link)
    )
    row = session.scalars(loaded).one_or_none()
    secret = request.cookies.get(cookie_name(public_id), "")
    if row is None or not compare_digest(row.secret_hash, states.digest(secret)):
        raise LaunchEndedError("this browser has no such launch")
    person = people.person_of(session, row.identity)
    if row.expires_at <= now or not row.registration.enabled or person is None:
        raise LaunchEndedError("the launch is over")
    origins = (origin(row.registration.issuer), origin(row.registration.auth_login_url))
    return Launch(
        public_id=row.public_id,
        identity_id=row.identity_id,
        person_id=person.id,
        registration_id=row.registration_id,
        issuer=row.registration.issuer,
        client_id=row.registration.client_id,
        unit_id=row.resource_link.unit_id if row.resource_link else None,
        is_teacher=row.is_teacher,
        locale=row.locale,
        return_url=row.return_url,
        frame_ancestors=tuple(dict.fromkeys(found for found in origins if found)),
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
