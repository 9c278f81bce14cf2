"""People and identities: who is meant when a source says an id."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import credits
from campus.errors import ConflictError, NotFoundError
from campus.events import Publish
from campus.models.base import new_public_id
from campus.models.evidence import Evidence, ObjectMapping, SourceObject
from campus.models.people import Identity, IdentityLink, Person
from campus.upsert import insert_missing

OWN_ISSUER = "campus"
FIRST_LAUNCH = "rule: first seen under this identity"


def identity_for(
    session: Session,
    *,
    kind: str,
    issuer: str,
    subject: str,
    now: datetime,
    client_id: str = "",
    name: str | None = None,
    email: str | None = None,
    sourced_id: str | None = None,
) -> Identity:
    """Find or make the identity (issuer, client_id, subject), lock it, and keep what the source now tells of it."""
    insert_missing(
        session,
        Identity,
        [
            {
                "public_id": new_public_id(),
                "kind": kind,
                "issuer": issuer,
                "client_id": client_id,
                "subject": subject,
                "created_at": now,
            }
        ],
    )
    identity = session.scalars(
        select(Identity)
        .where(Identity.issuer == issuer, Identity.client_id == client_id, Identity.subject == subject)
        .with_for_update()
    ).one()
    identity.name, identity.email = name or identity.name, email or identity.email
    identity.sourced_id = sourced_id or identity.sourced_id
    session.flush()
    return identity


def identify(
    session: Session,
    *,
    kind: str,
    issuer: str,
    subject: str,
    now: datetime,
    client_id: str = "",
    name: str | None = None,
    email: str | None = None,
    sourced_id: str | None = None,
    locale: str = "de",
) -> tuple[Identity, Person]:
    """Return the identity and its person; someone seen for the first time becomes a new person.

    Never joins by e-mail or name: that two identities are one person, only a claim or an administrator says.
    """
    identity = identity_for(
        session,
        kind=kind,
        issuer=issuer,
        subject=subject,
        now=now,
        client_id=client_id,
        name=name,
        email=email,
        sourced_id=sourced_id,
    )
    person = person_for(session, identity, reason=FIRST_LAUNCH, locale=locale, now=now)
    if person.name is None and name:
        person.name = name
    return identity, person


def person_for(session: Session, identity: Identity, *, reason: str, now: datetime, locale: str = "de") -> Person:
    """Return the identity's person; an identity that is nobody's yet becomes a new person, for this ``reason``."""
    person = person_of(session, identity)
    if person is None:
        person = Person(name=identity.name, email=identity.email, locale=locale, created_at=now)
        session.add(person)
        session.flush()
        session.add(IdentityLink(identity_id=identity.id, person_id=person.id, linked_at=now, reason=reason))
        session.flush()
    return person


def person_of(session: Session, identity: Identity) -> Person | None:
    """Return the person whom the identity belongs to now."""
    return session.scalars(
        select(Person)
        .join(IdentityLink, IdentityLink.person_id == Person.id)
        .where(IdentityLink.identity_id == identity.id, IdentityLink.current)
    ).first()


def own_identity(session: Session, person: Person, *, now: datetime) -> Identity:
    """Return the person's identity at the campus itself: attendance lists speak of it."""
    identity = identity_for(session, kind="campus", issuer=OWN_ISSUER, subject=person.public_id, now=now)
    if person_of(session, identity) is None:
        session.add(
            IdentityLink(
                identity_id=identity.id,
                person_id=person.id,
                linked_at=now,
                reason="rule: the campus's own identity",
            )
        )
        session.flush()
    return identity


def link(
    session: Session,
    identity: Identity,
    person: Person,
    *,
    reason: str,
    decided_by_id: int | None,
    now: datetime,
    publish: Publish,
) -> None:
    """Record that the identity is the person's; credits on both sides follow from the evidence already there."""
    session.scalars(select(Identity.id).where(Identity.id == identity.id).with_for_update()).one()
    current = session.scalars(
        select(IdentityLink).where(IdentityLink.identity_id == identity.id, IdentityLink.current)
    ).first()
    if current is not None and current.person_id == person.id:
        return
    affected = {person.id}
    if current is not None:
        current.ended_at = now
        affected.add(current.person_id)
        session.flush()
    session.add(
        IdentityLink(
            identity_id=identity.id,
            person_id=person.id,
            linked_at=now,
            decided_by_id=decided_by_id,
            reason=reason,
        )
    )
    session.flush()
    # A mapping that is being changed right now must be seen: its objects are locked, in the order of all writers.
    session.execute(
        select(SourceObject.id)
        .where(SourceObject.id.in_(select(Evidence.object_id).where(Evidence.identity_id == identity.id)))
        .order_by(SourceObject.id)
        .with_for_update(read=True)
    )
    units = session.scalars(
        select(ObjectMapping.unit_id)
        .join(Evidence, Evidence.object_id == ObjectMapping.object_id)
        .where(Evidence.identity_id == identity.id, ObjectMapping.current)
        .distinct()
    ).all()
    pairs = sorted((person_id, unit_id) for person_id in affected for unit_id in units)
    credits.lock(session, pairs, now=now)
    for person_id, unit_id in pairs:
        credits.recompute(session, person_id, unit_id, now=now, publish=publish)


def identities_of(session: Session, person_id: int) -> list[int]:
    """List the (database) ids of the identities that belong to the person now."""
    return list(
        session.scalars(
            select(IdentityLink.identity_id).where(IdentityLink.person_id == person_id, IdentityLink.current)
        )
    )


def known_as(session: Session, person_id: int) -> list[Identity]:
    """List the identities at other places that belong to the person now."""
    return list(
        session.scalars(
            select(Identity)
            .where(Identity.id.in_(identities_of(session, person_id)), Identity.issuer != OWN_ISSUER)
            .order_by(Identity.id)
        )
    )


def by_public_id(session: Session, public_id: str) -> Person:
    """Return the person or raise NotFoundError."""
    person = session.scalars(select(Person).where(Person.public_id == public_id)).first()
    if person is None:
        raise NotFoundError("no such person")
    return person


def suspend(person: Person, *, now: datetime) -> None:
    """Let the person in neither by account nor by launch from now on; what they have earned stays theirs.

    What is open ends at once, for every page asks. Raises ConflictError when they are suspended already.
    """
    if person.suspended_at is not None:
        raise ConflictError("the person is suspended already")
    person.suspended_at = now


def unsuspend(person: Person) -> None:
    """Let the person in again. Raises ConflictError when they aren't suspended."""
    if person.suspended_at is None:
        raise ConflictError("the person is not suspended")
    person.suspended_at = None
