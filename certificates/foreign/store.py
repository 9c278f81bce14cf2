"""Tables of foreign credentials: what was handed in, and what was decided about it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId
from campus.models.catalogue import LearningUnit


class ForeignCredential(PublicId, Base):
    """A credential from elsewhere that somebody handed in, and what checking it found then."""

    __tablename__ = "foreign_credentials"
    __table_args__ = (UniqueConstraint("person_id", "digest"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    form: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the file, hexadecimal: the same file comes in once for a person."""
    file: Mapped[bytes | None]
    """As it was handed in; erased with the person."""
    content: Mapped[dict[str, Any] | None]
    """What it says, as ``certificates.foreign`` read it, with its parts."""
    findings: Mapped[list[dict[str, Any]]]
    """``[{"part", "verdict", "code"}]`` when it was checked."""
    checked_at: Mapped[datetime]
    created_at: Mapped[datetime]
    decisions: Mapped[list["ForeignDecision"]] = relationship(order_by="ForeignDecision.id")


class ForeignDecision(Base):
    """What an administrator decided on a part of a foreign credential. The latest one holds."""

    __tablename__ = "foreign_decisions"

    credential_id: Mapped[int] = mapped_column(ForeignKey("foreign_credentials.id"), index=True)
    part: Mapped[int]
    """Its place in the credential's content, from 0."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("learning_units.id"))
    """What it counts for; empty when it counts for nothing."""
    requirements: Mapped[list[str]] = mapped_column(default=list)
    percent: Mapped[float | None]
    reason: Mapped[str] = mapped_column(String(2000))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime]
    unit: Mapped[LearningUnit | None] = relationship()
