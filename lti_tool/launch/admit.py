"""A verified launch enters the database: person, course, link and launch, in one transaction.

Most launches are of people, courses and links that are known and unchanged, so each is looked up first, and written
only when it is new or different.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus import credits, people
from campus.accounts import SuspendedError
from campus.events import CourseOpened, LearnerArrived, Publish
from campus.models.base import new_public_id
from campus.models.catalogue import LearningUnit, PhaseKind
from campus.models.people import Identity, Person
from campus.upsert import insert_missing
from lti_tool.launch import states
from lti_tool.launch.claims import DEEP_LINKING_REQUEST, RESOURCE_LINK_REQUEST, LaunchClaims
from lti_tool.launch.errors import NotATeacherError
from lti_tool.launch.session import LIFETIME
from lti_tool.launch.store import Context, LaunchRow, LinkLearner, ResourceLink

IDENTITY_KIND = "lti"
UNIT_PARAMETER = "unit"
"""The custom parameter that says by public id which unit a link leads to. It survives a course copy, the link's
own id does not."""
PHASE_PARAMETER = "phase"
"""… and this one the kind of its phase, for a link to one phase alone."""


def admit(session: Session, claims: LaunchClaims, *, secret: str, now: datetime, publish: Publish) -> str:
    """Record the launch and return its public id.

    Writes identity and person (by :func:`campus.people.identify`), course and resource link as the platform describes
    them now, that this learner came by the link, and the launch with the hash of its ``secret``. Launches that are
    over go. Raises NotATeacherError and SuspendedError.
    """
    if claims.message_type != RESOURCE_LINK_REQUEST and not claims.is_teacher:
        raise NotATeacherError("the platform doesn't say that the person teaches here")
    session.execute(delete(LaunchRow).where(LaunchRow.expires_at < now))
    identity, person = _who(session, claims, now=now)
    context = _context(session, claims, now=now)
    link = _link(session, claims, context, now=now)
    if link is not None and identity is not None and person is not None and not claims.is_teacher:
        _arrive(session, link, identity, person, now=now, publish=publish)
    if context is not None and context.memberships_url is not None and claims.is_teacher:
        publish(CourseOpened(context.public_id, now.strftime("%Y-%m-%dT%H")))
    launch = LaunchRow(
        public_id=new_public_id(),
        secret_hash=states.digest(secret),
        message_type=claims.message_type,
        identity_id=identity.id if identity else None,
        person_id=person.id if person else None,
        registration_id=claims.platform.id,
        deployment_id=claims.deployment,
        context_id=context.id if context else None,
        resource_link_id=link.id if link else None,
        reviewed_id=_reviewed(session, claims),
        deep_linking=asdict(claims.deep_linking) if claims.deep_linking else None,
        is_teacher=claims.is_teacher,
        locale=claims.locale,
        return_url=claims.return_url,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(launch)
    session.flush()
    return launch.public_id


def _who(session: Session, claims: LaunchClaims, *, now: datetime) -> tuple[Identity | None, Person | None]:
    """Find or make identity and person; nobody for an anonymous launch."""
    if claims.subject is None:
        return None, None
    platform = claims.platform
    told = {"name": claims.name, "email": claims.email, "sourced_id": claims.sourced_id}
    known = people.known(session, platform.issuer, platform.client_id, claims.subject)
    if known is not None and all(value is None or getattr(known[0], key) == value for key, value in told.items()):
        identity, person = known
    else:
        identity, person = people.identify(
            session,
            kind=IDENTITY_KIND,
            issuer=platform.issuer,
            client_id=platform.client_id,
            subject=claims.subject,
            locale="en" if (claims.locale or "").startswith("en") else "de",
            now=now,
            **told,
        )
    if person.suspended_at is not None:
        raise SuspendedError("the person is suspended")
    return identity, person


def _arrive(
    session: Session, link: ResourceLink, identity: Identity, person: Person, *, now: datetime, publish: Publish
) -> None:
    """Note that the learner came by the link, and let a score that they have already reach its gradebook too."""
    came = {"resource_link_id": link.id, "identity_id": identity.id, "first_launched_at": now}
    insert_missing(session, LinkLearner, [came])
    credit = credits.state(session, person.id, link.unit_id) if link.unit_id is not None else None
    if credit is not None:
        publish(LearnerArrived(credit.public_id, credit.revision, link.public_id))


def _context(session: Session, claims: LaunchClaims, *, now: datetime) -> Context | None:
    """Find or make the course, and bring it up to what the platform says now; an address that it leaves out stays."""
    told = claims.context
    if told is None:
        return None
    key = {"deployment_id": claims.deployment, "context_id": told.id}
    context = session.scalars(select(Context).filter_by(**key)).one_or_none()
    if context is None:
        insert_missing(session, Context, [{**key, "public_id": new_public_id(), "created_at": now}])
        context = session.scalars(select(Context).filter_by(**key)).one()
    _bring_up(context, {name: value for name, value in asdict(told).items() if name != "id" and value is not None})
    return context


def _link(session: Session, claims: LaunchClaims, context: Context | None, *, now: datetime) -> ResourceLink | None:
    """Find or make the link, and bring it up to what the platform says now."""
    if claims.resource_link_id is None or claims.message_type == DEEP_LINKING_REQUEST:
        return None
    key: dict[str, Any] = {"deployment_id": claims.deployment, "resource_link_id": claims.resource_link_id}
    link = session.scalars(select(ResourceLink).filter_by(**key)).one_or_none()
    if link is None:
        fresh = {**key, "public_id": new_public_id(), "ags_scopes": [], "created_at": now}
        insert_missing(session, ResourceLink, [fresh])
        link = session.scalars(select(ResourceLink).filter_by(**key)).one()
    told: dict[str, Any] = {"context_id": context.id if context else None, "title": claims.resource_link_title}
    if claims.grades is not None:
        told["lineitems_url"], told["ags_scopes"] = claims.grades.lineitems, list(claims.grades.scopes)
        if claims.grades.lineitem is not None:
            told["lineitem_url"] = claims.grades.lineitem
    if UNIT_PARAMETER in claims.custom:
        told["unit_id"] = _unit(session, claims.custom)
        phase = claims.custom.get(PHASE_PARAMETER)
        told["phase"] = phase if phase in set(PhaseKind) else None
    _bring_up(link, told)
    session.flush()
    return link


def _bring_up(row: Context | ResourceLink, told: Mapping[str, Any]) -> None:
    """Change what is different, so that an unchanged row costs no write."""
    for name, value in told.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _unit(session: Session, custom: Mapping[str, str]) -> int | None:
    """Return the unit that the link names; None when there is none: better no unit than another's."""
    wanted = custom[UNIT_PARAMETER]
    return session.scalars(select(LearningUnit.id).where(LearningUnit.public_id == wanted)).one_or_none()


def _reviewed(session: Session, claims: LaunchClaims) -> int | None:
    """Return the identity whose work is looked at, if it has ever launched."""
    if claims.reviewed is None:
        return None
    found = people.known(session, claims.platform.issuer, claims.platform.client_id, claims.reviewed)
    return found[0].id if found else None
