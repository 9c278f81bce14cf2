"""Moodle sites that we may ask, and which of their courses is which learning unit."""

from datetime import datetime

from cryptography.fernet import MultiFernet
from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from campus import evidence
from campus.catalogue import TUTORIAL, requirement_key
from campus.errors import ConflictError, InvalidInputError
from campus.events import Publish
from campus.models.base import Base, PublicId
from campus.models.catalogue import LearningUnit
from campus.outbound import Outbound
from moodle_sync.backup.activities import web_address
from moodle_sync.client import MoodleClient


class MoodleSite(PublicId, Base):
    """A Moodle with a token for its web services; ``base_url`` also names it as the source of evidence."""

    __tablename__ = "moodle_sites"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    base_url: Mapped[str] = mapped_column(String(255), unique=True)
    token_encrypted: Mapped[str] = mapped_column(String(1000))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class MoodleCourse(Base):
    """A Moodle course that is a learning unit of ours."""

    __tablename__ = "moodle_courses"
    __table_args__ = (UniqueConstraint("site_id", "moodle_course_id"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("moodle_sites.id"))
    moodle_course_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"), index=True)
    created_at: Mapped[datetime]
    synced_at: Mapped[datetime | None]

    site: Mapped[MoodleSite] = relationship()
    unit: Mapped[LearningUnit] = relationship()


def add_site(
    session: Session,
    *,
    organisation_id: int,
    base_url: str,
    token: str,
    name: str,
    fernet: MultiFernet,
    now: datetime,
) -> MoodleSite:
    """Keep a site with its token encrypted. Raises InvalidInputError, or ConflictError when the site is known."""
    url = (web_address(base_url) or "").rstrip("/")
    if not url or len(url) > 255:  # noqa: PLR2004 - the column's length
        raise InvalidInputError("not a web address", field="base_url")
    if session.scalars(select(MoodleSite.id).where(MoodleSite.base_url == url)).first() is not None:
        raise ConflictError("this Moodle is known already")
    site = MoodleSite(
        organisation_id=organisation_id,
        base_url=url,
        token_encrypted=fernet.encrypt(token.encode()).decode(),
        name=name,
        created_at=now,
    )
    session.add(site)
    session.flush()
    return site


def client_for(site: MoodleSite, *, outbound: Outbound, fernet: MultiFernet) -> MoodleClient:
    """Return a client that speaks to the site with its token."""
    return MoodleClient(outbound, site.base_url, fernet.decrypt(site.token_encrypted).decode())


def module_reference(moodle_course_id: int, cmid: int) -> str:
    """Name a course module as the source's object of evidence."""
    return f"course:{moodle_course_id}/cm:{cmid}"


def link_course(
    session: Session,
    site: MoodleSite,
    moodle_course_id: int,
    unit: LearningUnit,
    *,
    reason: str,
    decided_by_id: int | None,
    now: datetime,
    publish: Publish,
    tutorial_cmid: int | None = None,
) -> MoodleCourse:
    """Record that a Moodle course is the unit that was imported from it, module by module.

    Each activity keeps the ``cm:<id>`` that it had in the backup, which is its id on the site. ``tutorial_cmid``
    names a module whose completion also proves the tutorial, if the administrator decides so: Moodle itself has no
    attendance. Credits follow from evidence that is there already. Raises ConflictError for a course that is linked.
    """
    known = select(MoodleCourse.id).where(
        MoodleCourse.site_id == site.id, MoodleCourse.moodle_course_id == moodle_course_id
    )
    if session.scalars(known).first() is not None:
        raise ConflictError("this Moodle course is linked to a unit already")
    course = MoodleCourse(site_id=site.id, moodle_course_id=moodle_course_id, unit_id=unit.id, created_at=now)
    session.add(course)
    session.flush()
    for reference, requirement in _module_requirements(unit, moodle_course_id, tutorial_cmid):
        evidence.map_object(
            session,
            source=site.base_url,
            reference=reference,
            unit_id=unit.id,
            requirement=requirement,
            reason=reason,
            decided_by_id=decided_by_id,
            now=now,
            publish=publish,
        )
    return course


def _module_requirements(unit: LearningUnit, moodle_course_id: int, tutorial_cmid: int | None) -> list[tuple[str, str]]:
    found = [
        (f"course:{moodle_course_id}/{activity.source_reference}", requirement_key(activity))
        for phase in unit.phases
        for activity in phase.activities
        if activity.is_required and activity.source_reference.startswith("cm:")
    ]
    if tutorial_cmid is not None:
        found.append((module_reference(moodle_course_id, tutorial_cmid), TUTORIAL.key))
    return found
