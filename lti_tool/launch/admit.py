"""A verified launch enters the database: person, course, link and launch, in one transaction."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from campus import credits, people
from campus.accounts import SuspendedError
from campus.events import CourseOpened, LearnerArrived, Publish
from campus.models.base import new_public_id
from campus.models.catalogue import LearningUnit
from campus.models.people import Identity, Person
from campus.upsert import insert_missing
from lti_tool.launch import known, states
from lti_tool.launch.claims import RESOURCE_LINK_REQUEST, LaunchClaims
from lti_tool.launch.errors import NotATeacherError
from lti_tool.launch.known import UNIT_PARAMETER, Known
from lti_tool.launch.session import LIFETIME
from lti_tool.launch.store import IDENTITY_KIND, Context, LaunchRow, LinkLearner, ResourceLink

PURGE_EVERY = 100
"""Launches that are over are deleted by every hundredth new one."""
_INSERT = insert(cast("Table", LaunchRow.__table__)).returning(LaunchRow.id)


def admit(session: Session, claims: LaunchClaims, *, secret: str, now: datetime, publish: Publish) -> str:
    """Record the launch and return its public id.

    Writes identity and person (by :func:`campus.people.identify`), course and resource link as the platform describes
    them now, that this learner came by the link, and the launch with the hash of its ``secret``. Launches that are
    over go. Raises NotATeacherError and SuspendedError.
    """
    if claims.message_type != RESOURCE_LINK_REQUEST and not claims.is_teacher:
        raise NotATeacherError("the platform doesn't say that the person teaches here")
    rows = known.find(session, claims) or _record(session, claims, now=now)
    if rows.credit is not None and rows.revision is not None and rows.link is not None and not claims.is_teacher:
        publish(LearnerArrived(rows.credit, rows.revision, rows.link))
    if rows.context is not None and rows.memberships_url is not None and claims.is_teacher:
        publish(CourseOpened(rows.context, now.strftime("%Y-%m-%dT%H")))
    launch = {
        "public_id": new_public_id(),
        "secret_hash": states.digest(secret),
        "message_type": claims.message_type,
        "identity_id": rows.identity_id,
        "person_id": rows.person_id,
        "registration_id": claims.platform.id,
        "deployment_id": claims.deployment,
        "context_id": rows.context_id,
        "resource_link_id": rows.link_id,
        "reviewed_id": _reviewed(session, claims),
        "deep_linking": asdict(claims.deep_linking) if claims.deep_linking else None,
        "is_teacher": claims.is_teacher,
        "locale": claims.locale,
        "return_url": claims.return_url,
        "created_at": now,
        "expires_at": now + LIFETIME,
    }
    number = session.execute(_INSERT, launch).scalar_one()
    if number % PURGE_EVERY == 0:
        session.execute(delete(LaunchRow).where(LaunchRow.expires_at < now))
    return str(launch["public_id"])


def _record(session: Session, claims: LaunchClaims, *, now: datetime) -> Known:
    """Write what is new or different of person, course and link."""
    identity, person = _who(session, claims, now=now)
    context = _context(session, claims, now=now)
    link = _link(session, claims, context, now=now)
    credit = None
    if link is not None and identity is not None and person is not None and not claims.is_teacher:
        came = {"resource_link_id": link.id, "identity_id": identity.id, "first_launched_at": now}
        insert_missing(session, LinkLearner, [came])
        credit = credits.state(session, person.id, link.unit_id) if link.unit_id is not None else None
    return Known(
        identity_id=identity.id if identity else None,
        person_id=person.id if person else None,
        context_id=context.id if context else None,
        context=context.public_id if context else None,
        memberships_url=context.memberships_url if context else None,
        link_id=link.id if link else None,
        link=link.public_id if link else None,
        credit=credit.public_id if credit else None,
        revision=credit.revision if credit else None,
    )


def _who(session: Session, claims: LaunchClaims, *, now: datetime) -> tuple[Identity | None, Person | None]:
    """Find or make identity and person; nobody for an anonymous launch."""
    if claims.subject is None:
        return None, None
    identity, person = people.identify(
        session,
        kind=IDENTITY_KIND,
        issuer=claims.platform.issuer,
        client_id=claims.platform.client_id,
        subject=claims.subject,
        locale="en" if (claims.locale or "").startswith("en") else "de",
        now=now,
        **known.person_values(claims),
    )
    if person.suspended_at is not None:
        raise SuspendedError("the person is suspended")
    return identity, person


def _context(session: Session, claims: LaunchClaims, *, now: datetime) -> Context | None:
    """Find or make the course, and bring it up to what the platform says now."""
    if claims.context is None:
        return None
    key = {"deployment_id": claims.deployment, "context_id": claims.context.id}
    insert_missing(session, Context, [{**key, "public_id": new_public_id(), "created_at": now}])
    context = session.scalars(select(Context).filter_by(**key)).one()
    _bring_up(context, known.context_values(claims))
    return context


def _link(session: Session, claims: LaunchClaims, context: Context | None, *, now: datetime) -> ResourceLink | None:
    """Find or make the link, lock it, and bring it up to what the platform says now."""
    platform_id = known.link_id(claims)
    if platform_id is None:
        return None
    key: dict[str, Any] = {"deployment_id": claims.deployment, "resource_link_id": platform_id}
    fresh = {**key, "public_id": new_public_id(), "ags_scopes": [], "created_at": now}
    insert_missing(session, ResourceLink, [fresh])
    link = session.scalars(select(ResourceLink).filter_by(**key).with_for_update()).one()
    told = known.link_values(claims) | ({"context_id": context.id} if context else {})
    if UNIT_PARAMETER in claims.custom:
        told["unit_id"] = _unit(session, claims.custom)
    _bring_up(link, told)
    session.flush()
    return link


def _bring_up(row: Context | ResourceLink, told: Mapping[str, Any]) -> None:
    for name, value in told.items():
        setattr(row, name, value)


def _unit(session: Session, custom: Mapping[str, str]) -> int | None:
    """Return the unit that the link names; None when there is none: better no unit than another's."""
    wanted = custom[UNIT_PARAMETER]
    return session.scalars(select(LearningUnit.id).where(LearningUnit.public_id == wanted)).one_or_none()


def _reviewed(session: Session, claims: LaunchClaims) -> int | None:
    """Return the identity whose work is looked at, if it has ever launched."""
    if claims.reviewed is None:
        return None
    return session.scalars(
        select(Identity.id).filter_by(
            issuer=claims.platform.issuer, client_id=claims.platform.client_id, subject=claims.reviewed
        )
    ).one_or_none()
