"""Who takes part: providers, municipalities and the office of the cooperative."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from campus.models.base import Base, PublicId, Text


class OrganisationKind(StrEnum):
    """What an organisation is to the campus."""

    PROVIDER = "provider"
    MUNICIPALITY = "municipality"
    OFFICE = "office"


class Organisation(PublicId, Base):
    """A provider (Bildungsanbieter), a municipality (Kommune) or the campus office."""

    __tablename__ = "organisations"

    kind: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    """Stands in the did:web of an issuer, so it never changes."""
    name: Mapped[Text]
    created_at: Mapped[datetime]
