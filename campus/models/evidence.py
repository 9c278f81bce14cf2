"""Evidence, append-only: who, which object of the source, what, when, from where, raw."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId
from campus.models.people import Identity


class SourceObject(Base):
    """The source's own object (law 1): a course module of a Moodle, an activity here, a session, a resource link."""

    __tablename__ = "source_objects"
    __table_args__ = (UniqueConstraint("source", "reference"),)

    source: Mapped[str] = mapped_column(String(255))
    """``campus``, or the address of the foreign site."""
    reference: Mapped[str] = mapped_column(String(255))
    """The source's id with its kind, for example ``course:2/cm:11`` or ``activity:<public id>``."""


class ObjectMapping(Base):
    """The dated record that an object of a source stands for a requirement of a unit."""

    __tablename__ = "object_mappings"
    __table_args__ = (
        Index(
            "uq_object_mappings_current",
            "object_id",
            "unit_id",
            "requirement",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    object_id: Mapped[int] = mapped_column(ForeignKey("source_objects.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"), index=True)
    requirement: Mapped[str] = mapped_column(String(100))
    """A key of ``campus.rules.credit.Requirement``."""
    mapped_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(String(500))

    object: Mapped[SourceObject] = relationship()

    @hybrid_property
    def current(self) -> bool:
        """Say whether it holds now."""
        return self.ended_at is None

    @current.inplace.expression
    @classmethod
    def _current(cls) -> ColumnElement[bool]:
        return cls.ended_at.is_(None)


class RawAnswer(Base):
    """What the source said word for word; may be erased without touching the evidence."""

    __tablename__ = "raw_answers"

    body: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


class Evidence(PublicId, Base):
    """One fact as a source told it. Never updated, never deleted (law 2)."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_thing", "identity_id", "object_id", "id"),)

    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"))
    object_id: Mapped[int] = mapped_column(ForeignKey("source_objects.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(20))
    """A ``campus.rules.credit.Outcome``."""
    percent: Mapped[float | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who vouches for it, when a person does (an attendance list)."""
    raw_id: Mapped[int | None] = mapped_column(ForeignKey("raw_answers.id", ondelete="SET NULL"), index=True)

    identity: Mapped[Identity] = relationship()
    object: Mapped[SourceObject] = relationship()
    raw: Mapped[RawAnswer | None] = relationship()
