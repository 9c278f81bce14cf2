"""Tables of the certificates: awards, status lists and issuers' keys; and the few ways to find a row.

Names stand in ``facts`` and ``credential`` because they were signed; ``certificates.erase`` empties both.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from campus.models.base import Base, PublicId
from campus.models.organisations import Organisation
from certificates.errors import AwardErasedError, AwardNotFoundError
from certificates.facts import AwardFacts, AwardKind, from_json


class IssuerKey(Base):
    """An Ed25519 key of a provider. The private half is encrypted at rest (Fernet over its 32 raw bytes)."""

    __tablename__ = "issuer_keys"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[int]
    public_multibase: Mapped[str] = mapped_column(String(100))
    private_encrypted: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    """Signs nothing any more; stays in the DID document, for what it signed stays genuine."""


class StatusList(PublicId, Base):
    """A list of a provider's revocations, and the credential last signed for it.

    ``revision`` counts changes of bits; a signed list of an older revision is out of date.
    """

    __tablename__ = "status_lists"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[int]
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    signed: Mapped[str | None] = mapped_column(Text)
    signed_revision: Mapped[int | None]
    signed_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()


class Award(PublicId, Base):
    """A certificate that was issued: at most one for a person and a unit or course, however often asked."""

    __tablename__ = "awards"
    __table_args__ = (
        Index(
            "uq_awards_person_unit",
            "person_id",
            "kind",
            "unit_id",
            unique=True,
            sqlite_where=text("unit_id IS NOT NULL"),
            postgresql_where=text("unit_id IS NOT NULL"),
        ),
        Index(
            "uq_awards_person_course",
            "person_id",
            "kind",
            "course_id",
            unique=True,
            sqlite_where=text("course_id IS NOT NULL"),
            postgresql_where=text("course_id IS NOT NULL"),
        ),
        UniqueConstraint("status_list_id", "status_index"),
        CheckConstraint(
            "(kind = 'attendance' AND unit_id IS NOT NULL AND course_id IS NULL)"
            " OR (kind = 'course' AND unit_id IS NULL AND course_id IS NOT NULL)",
            name="achievement",
        ),
    )

    kind: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Empty once the holder was erased."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("learning_units.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    facts: Mapped[dict[str, Any] | None]
    credential: Mapped[str | None] = mapped_column(Text)
    """The signed credential as JSON text, byte for byte as it was issued."""
    status_list_id: Mapped[int] = mapped_column(ForeignKey("status_lists.id"))
    status_index: Mapped[int]
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(2000))
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    issuer: Mapped[Organisation] = relationship()
    status_list: Mapped[StatusList] = relationship()


def award(session: Session, public_id: str) -> Award:
    """Return the award with this public id, erased or not. Raises AwardNotFoundError."""
    found = session.scalar(select(Award).where(Award.public_id == public_id))
    if found is None:
        raise AwardNotFoundError("no such award")
    return found


def award_of(session: Session, person_id: int, kind: AwardKind, target_id: int) -> Award | None:
    """Return a person's award for a unit (kind attendance) or a course, if there is one. Database ids."""
    target = Award.unit_id if kind is AwardKind.ATTENDANCE else Award.course_id
    return session.scalar(
        select(Award).where(Award.person_id == person_id, Award.kind == kind.value, target == target_id)
    )


def awards_of(session: Session, person_id: int) -> list[Award]:
    """Return all awards of a person, the newest first."""
    found = select(Award).where(Award.person_id == person_id).order_by(Award.issued_at.desc(), Award.id.desc())
    return list(session.scalars(found))


def facts_of(found: Award) -> AwardFacts:
    """Return what the award says. Raises AwardErasedError when its holder was erased."""
    if found.facts is None:
        raise AwardErasedError("the holder's data were erased")
    return from_json(found.facts)
