"""Organisations: finding them, and the one that is always there."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.errors import ConflictError, InvalidInputError, NotFoundError
from campus.models.base import Text
from campus.models.organisations import Organisation, OrganisationKind

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,58}[a-z0-9]", re.ASCII)
OFFICE_SLUG = "campus"
OFFICE_NAME = {"de": "Geschäftsstelle KommunalCampus", "en": "KommunalCampus office"}


def add(session: Session, *, kind: OrganisationKind, slug: str, name: Text, now: datetime) -> Organisation:
    """Add a provider or a municipality. The slug stands in a provider's did:web, so it never changes.

    Raises InvalidInputError for a slug that can't stand there, ConflictError for one that is taken.
    """
    if not SLUG.fullmatch(slug):
        raise InvalidInputError("a slug has 2 to 60 small letters, digits and hyphens", field="slug")
    if session.scalars(select(Organisation.id).where(Organisation.slug == slug)).first() is not None:
        raise ConflictError(f"there is an organisation {slug}")
    made = Organisation(kind=kind, slug=slug, name=name, created_at=now)
    session.add(made)
    session.flush()
    return made


def office(session: Session, *, now: datetime) -> Organisation:
    """Return the campus office; the first call makes it."""
    found = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.OFFICE)).first()
    if found is None:
        found = Organisation(kind=OrganisationKind.OFFICE, slug=OFFICE_SLUG, name=OFFICE_NAME, created_at=now)
        session.add(found)
        session.flush()
    return found


def provider(session: Session, public_id: str) -> Organisation:
    """Return a provider by its public id. Raises NotFoundError, also for an organisation that is none."""
    found = session.scalars(
        select(Organisation).where(Organisation.public_id == public_id, Organisation.kind == OrganisationKind.PROVIDER)
    ).first()
    if found is None:
        raise NotFoundError("no such provider")
    return found


def by_public_id(session: Session, public_id: str) -> Organisation:
    """Return the organisation, whatever its kind. Raises NotFoundError."""
    found = session.scalars(select(Organisation).where(Organisation.public_id == public_id)).first()
    if found is None:
        raise NotFoundError("no such organisation")
    return found


def by_slug(session: Session, slug: str) -> Organisation:
    """Return the organisation or raise NotFoundError."""
    found = session.scalars(select(Organisation).where(Organisation.slug == slug)).first()
    if found is None:
        raise NotFoundError("no such organisation")
    return found
