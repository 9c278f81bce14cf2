"""A verified launch enters the database: person, link and launch, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus import credits, people
from campus.events import LearnerArrived, Publish
from campus.models.base import new_public_id
from campus.models.catalogue import LearningUnit
from campus.models.people import Person
from campus.upsert import insert_missing
from lti_tool.launch import states
from lti_tool.launch.claims import LaunchClaims
from lti_tool.launch.session import LIFETIME
from lti_tool.launch.store import LaunchRow, LinkLearner, ResourceLink

IDENTITY_KIND = "lti"
UNIT_PARAMETER = "unit"
"""The custom parameter that says by public id which unit a link leads to. It survives a course copy, the link's
own id does not."""


def admit(session: Session, claims: LaunchClaims, *, secret: str, now: datetime, publish: Publish) -> str:
    """Record the launch and return its public id.

    Writes identity and person (by :func:`campus.people.identify`), the resource link as the platform describes it
    now, that this learner came by it, and the launch with the hash of its ``secret``. Launches that are over go.
    """
    session.execute(delete(LaunchRow).where(LaunchRow.expires_at < now))
    identity, person = people.identify(
        session,
        kind=IDENTITY_KIND,
        issuer=claims.platform.issuer,
        client_id=claims.platform.client_id,
        subject=claims.subject,
        name=claims.name,
        email=claims.email,
        locale="en" if (claims.locale or "").startswith("en") else "de",
        now=now,
    )
    link = _link(session, claims, now=now)
    if not claims.is_teacher:
        came = {"resource_link_id": link.id, "identity_id": identity.id, "first_launched_at": now}
        insert_missing(session, LinkLearner, [came])
        _tell_the_gradebook(session, person, link, publish)
    launch = LaunchRow(
        secret_hash=states.digest(secret),
        identity_id=identity.id,
        person_id=person.id,
        registration_id=claims.platform.id,
        resource_link_id=link.id,
        is_teacher=claims.is_teacher,
        locale=claims.locale,
        return_url=claims.return_url,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(launch)
    session.flush()
    return launch.public_id


def _tell_the_gradebook(session: Session, person: Person, link: ResourceLink, publish: Publish) -> None:
    """Let the score of a credit that the person has already reach this link's gradebook too."""
    credit = credits.state(session, person.id, link.unit_id) if link.unit_id is not None else None
    if credit is not None:
        publish(LearnerArrived(credit.public_id, credit.revision, link.public_id))


def _link(session: Session, claims: LaunchClaims, *, now: datetime) -> ResourceLink:
    """Find or make the link, lock it, and bring it up to what the platform says now."""
    key: dict[str, Any] = {"deployment_id": claims.deployment, "resource_link_id": claims.resource_link_id}
    fresh = {**key, "public_id": new_public_id(), "ags_scopes": [], "created_at": now}
    insert_missing(session, ResourceLink, [fresh])
    link = session.scalars(select(ResourceLink).filter_by(**key).with_for_update()).one()
    link.context_id = claims.context_id
    link.title = claims.resource_link_title
    if claims.grades is not None:
        link.lineitem_url, link.lineitems_url = claims.grades.lineitem, claims.grades.lineitems
        link.ags_scopes = list(claims.grades.scopes)
    if UNIT_PARAMETER in claims.custom:
        link.unit_id = _unit(session, claims.custom)
    session.flush()
    return link


def _unit(session: Session, custom: Mapping[str, str]) -> int | None:
    """Return the unit that the link names; None when there is none: better no unit than another's."""
    wanted = custom[UNIT_PARAMETER]
    return session.scalars(select(LearningUnit.id).where(LearningUnit.public_id == wanted)).one_or_none()
