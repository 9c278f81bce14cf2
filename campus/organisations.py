"""Organisations: finding them, and the one that is always there."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.errors import NotFoundError
from campus.models.organisations import Organisation, OrganisationKind

OFFICE_SLUG = "campus"
OFFICE_NAME = {"de": "Geschäftsstelle KommunalCampus", "en": "KommunalCampus office"}


def office(session: Session, *, now: datetime) -> Organisation:
    """Return the campus office; the first call makes it."""
    found = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.OFFICE)).first()
    if found is None:
        found = Organisation(kind=OrganisationKind.OFFICE, slug=OFFICE_SLUG, name=OFFICE_NAME, created_at=now)
        session.add(found)
        session.flush()
    return found


def by_slug(session: Session, slug: str) -> Organisation:
    """Return the organisation or raise NotFoundError."""
    found = session.scalars(select(Organisation).where(Organisation.slug == slug)).first()
    if found is None:
        raise NotFoundError("no such organisation")
    return found
