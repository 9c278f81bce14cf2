"""How far a municipality is on its digital way: what an assessor found (Digitalzertifikat für Kommunen)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId, Text
from campus.models.organisations import Organisation


class MaturityAssessment(PublicId, Base):
    """One assessment, as it was finished: it isn't changed any more, a new one follows it.

    It rests on what the municipality said of itself and on an assessor's look at its online presence.
    """

    __tablename__ = "maturity_assessments"

    municipality_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Who awards the certificate."""
    assessor: Mapped[str] = mapped_column(String(200))
    self_reported_on: Mapped[date]
    assessed_on: Mapped[date]
    valid_until: Mapped[date]
    ratings: Mapped[dict[str, Any]]
    """A level from 1 to 5 for each ``campus.rules.maturity.Field``."""
    summary: Mapped[Text]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    municipality: Mapped[Organisation] = relationship(foreign_keys=[municipality_id])
    provider: Mapped[Organisation] = relationship(foreign_keys=[provider_id])
