"""Who may do what. Roles are rows (person, organisation, role); pages, APIs and protocols all ask here.

An LMS's "Instructor" is a word of that LMS: it counts for a unit only by the delivering provider's grant to that
platform or person, so no foreign LMS can mint a provider's certificates. For the same reason a launch carries no
roles: who administers an LMS can launch as any of its users, and could so take over the roles of one of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campus.errors import ForbiddenError, NotFoundError, SignInRequiredError
from campus.models.access import Role, RoleGrant, TeachingGrant
from campus.models.base import new_public_id
from campus.models.catalogue import LearningUnit
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Person
from campus.upsert import insert_missing

EDITING = (Role.ADMINISTRATOR, Role.EDITOR)
"""The roles that may change a provider's units."""


@dataclass(frozen=True)
class Instructorship:
    """A platform said at launch that the person instructs there."""

    issuer: str
    client_id: str


@dataclass(frozen=True)
class Actor:
    """Who asks: a person with role rows, and what the LMS they came from says of them."""

    person_id: int
    roles: frozenset[tuple[int, str]] = frozenset()
    """(organisation id, role) pairs."""
    is_office: bool = False
    """Administrator of the campus office: may do all that administrators may, everywhere."""
    instructorship: Instructorship | None = None

    def has(self, organisation_id: int, *roles: Role) -> bool:
        """Say whether the actor has one of the roles in this organisation."""
        return any((organisation_id, role) in self.roles for role in roles)


def actor_for(session: Session, person_id: int) -> Actor:
    """Read the roles of a person who is signed in with an account; a launch gets :func:`launched`."""
    rows = session.execute(
        select(RoleGrant.organisation_id, RoleGrant.role, Organisation.kind)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(RoleGrant.person_id == person_id)
    ).all()
    return Actor(
        person_id=person_id,
        roles=frozenset((organisation_id, role) for organisation_id, role, _ in rows),
        is_office=any(kind == OrganisationKind.OFFICE and role == Role.ADMINISTRATOR for _, role, kind in rows),
    )


def launched(person_id: int, instructorship: Instructorship | None = None) -> Actor:
    """Return who came by a launch: without roles, whatever they have with an account; grants of teaching count."""
    return Actor(person_id, instructorship=instructorship)


def may_administer_campus(actor: Actor) -> bool:
    """Reconcile credits, revoke awards, connect platforms."""
    return actor.is_office


def may_edit_provider(actor: Actor, provider_id: int) -> bool:
    """Import and change a provider's units, and grant teaching of those it delivers."""
    return actor.is_office or actor.has(provider_id, *EDITING)


def may_administer_provider(actor: Actor, provider_id: int) -> bool:
    """See and manage what belongs to the whole provider: its record store, whose statements name people."""
    return actor.is_office or actor.has(provider_id, Role.ADMINISTRATOR)


def may_teach(session: Session, actor: Actor, unit: LearningUnit) -> bool:
    """Keep the unit's attendance lists: the delivering provider's staff, or someone it granted the unit."""
    if actor.has(unit.delivering_provider_id, Role.ADMINISTRATOR, Role.TEACHER):
        return True
    granted = [TeachingGrant.person_id == actor.person_id]
    if actor.instructorship:
        granted.append(
            (TeachingGrant.issuer == actor.instructorship.issuer)
            & (TeachingGrant.client_id == actor.instructorship.client_id)
        )
    found = select(TeachingGrant.id).where(TeachingGrant.unit_id == unit.id, or_(*granted))
    return session.scalars(found).first() is not None


def workplaces(session: Session, person_id: int) -> list[Organisation]:
    """List the providers whose units the person may edit by a role there."""
    return list(
        session.scalars(
            select(Organisation)
            .join(RoleGrant, RoleGrant.organisation_id == Organisation.id)
            .where(
                RoleGrant.person_id == person_id,
                RoleGrant.role.in_(EDITING),
                Organisation.kind == OrganisationKind.PROVIDER,
            )
            .order_by(Organisation.id)
            .distinct()
        )
    )


def grant_teaching(
    session: Session, unit: LearningUnit, grantee: Instructorship | Person, *, by: int, now: datetime
) -> None:
    """Let a platform's instructors, or one person, teach the unit; a grant that is there already stays as it is."""
    person = grantee if isinstance(grantee, Person) else None
    platform = grantee if isinstance(grantee, Instructorship) else None
    row = {
        "public_id": new_public_id(),
        "unit_id": unit.id,
        "person_id": person.id if person else None,
        "issuer": platform.issuer if platform else None,
        "client_id": platform.client_id if platform else None,
        "granted_by_id": by,
        "granted_at": now,
    }
    insert_missing(session, TeachingGrant, [row])


def revoke_teaching(session: Session, unit: LearningUnit, public_id: str) -> None:
    """Take a grant of the unit back. Raises NotFoundError, also for another unit's grant."""
    given = session.scalars(
        select(TeachingGrant).where(TeachingGrant.public_id == public_id, TeachingGrant.unit_id == unit.id)
    ).first()
    if given is None:
        raise NotFoundError("no such grant")
    session.delete(given)
    session.flush()


def signed_in(actor: Actor | None) -> Actor:
    """Return the actor, or raise SignInRequiredError for nobody."""
    if actor is None:
        raise SignInRequiredError("nobody is signed in")
    return actor


def require_office(actor: Actor | None) -> Actor:
    """Return the actor if they may administer the campus."""
    return _allowed(actor, may_administer_campus)


def require_editor(actor: Actor | None, provider_id: int) -> Actor:
    """Return the actor if they may edit this provider's units."""
    return _allowed(actor, lambda someone: may_edit_provider(someone, provider_id))


def require_administrator(actor: Actor | None, provider_id: int) -> Actor:
    """Return the actor if they may administer this provider."""
    return _allowed(actor, lambda someone: may_administer_provider(someone, provider_id))


def _allowed(actor: Actor | None, question: Callable[[Actor], bool]) -> Actor:
    """Raise SignInRequiredError for nobody, ForbiddenError for somebody who may not."""
    someone = signed_in(actor)
    if not question(someone):
        raise ForbiddenError("the person may not do this")
    return someone
