"""Deleting a platform: what hangs on it, counted for the warning, and gone with it.

Evidence, credits, certificates and people stay: they belong to the campus. Links, launches and scores say only how the
platform was connected.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, Select, delete, func, select
from sqlalchemy.orm import Session

from campus.models.access import TeachingGrant
from campus.models.base import Base
from campus.models.people import Identity
from lti_tool.launch.store import (
    IDENTITY_KIND,
    Context,
    Deployment,
    LaunchRow,
    LinkLearner,
    Registration,
    RegistrationInvite,
    ResourceLink,
    ToolKey,
)
from lti_tool.services.store import LineItemLease, Member, Roster, SentScore


@dataclass(frozen=True)
class Hanging:
    """How much goes with a platform, and how many ``people`` are known by it, who stay."""

    deployments: int
    courses: int
    links: int
    launches: int
    scores: int
    grants: int
    people: int


def hanging_on(session: Session, registration: Registration) -> Hanging:
    """Count what hangs on a platform."""
    deployments, _, links = rows_of(registration)

    def count(model: type, where: ColumnElement[bool]) -> ScalarSelect[int]:
        return select(func.count()).select_from(model).where(where).scalar_subquery()

    counted = session.execute(
        select(
            count(Deployment, Deployment.registration_id == registration.id),
            count(Context, Context.deployment_id.in_(deployments)),
            count(ResourceLink, ResourceLink.deployment_id.in_(deployments)),
            count(LaunchRow, LaunchRow.registration_id == registration.id),
            count(SentScore, SentScore.resource_link_id.in_(links)),
            count(TeachingGrant, _grants_of(registration)),
            count(
                Identity,
                (Identity.kind == IDENTITY_KIND)
                & (Identity.issuer == registration.issuer)
                & (Identity.client_id == registration.client_id),
            ),
        )
    ).one()
    return Hanging(*counted)


def remove(session: Session, registration: Registration) -> None:
    """Delete a platform with all that `hanging_on` counts but the people."""
    empty(session, registration)
    _delete(
        session,
        (Deployment, Deployment.registration_id == registration.id),
        (ToolKey, ToolKey.registration_id == registration.id),
        (RegistrationInvite, RegistrationInvite.registration_id == registration.id),
        (TeachingGrant, _grants_of(registration)),
        (Registration, Registration.id == registration.id),
    )


def empty(session: Session, registration: Registration) -> None:
    """Delete what hangs below the platform's deployments: courses with their members, links, scores, launches."""
    deployments, contexts, links = rows_of(registration)
    _delete(
        session,
        (LaunchRow, LaunchRow.registration_id == registration.id),
        (LinkLearner, LinkLearner.resource_link_id.in_(links)),
        (SentScore, SentScore.resource_link_id.in_(links)),
        (LineItemLease, LineItemLease.resource_link_id.in_(links)),
        (Member, Member.context_id.in_(contexts)),
        (Roster, Roster.context_id.in_(contexts)),
        (ResourceLink, ResourceLink.deployment_id.in_(deployments)),
        (Context, Context.deployment_id.in_(deployments)),
    )


def _delete(session: Session, *rows: tuple[type[Base], ColumnElement[bool]]) -> None:
    for model, condition in rows:
        session.execute(delete(model).where(condition).execution_options(synchronize_session=False))


def rows_of(registration: Registration) -> tuple[Select[int], Select[int], Select[int]]:
    """Return queries of the ids of its deployments, courses and links."""
    deployments = select(Deployment.id).where(Deployment.registration_id == registration.id)
    return (
        deployments,
        select(Context.id).where(Context.deployment_id.in_(deployments)),
        select(ResourceLink.id).where(ResourceLink.deployment_id.in_(deployments)),
    )


def _grants_of(registration: Registration) -> ColumnElement[bool]:
    return (TeachingGrant.issuer == registration.issuer) & (TeachingGrant.client_id == registration.client_id)
