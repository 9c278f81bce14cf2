"""The table of the pages alone: imports that wait for a look."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from campus.models.base import Base, PublicId


class ImportDraft(PublicId, Base):
    """What an uploaded backup would become, until an editor keeps or discards it. The upload itself isn't kept."""

    __tablename__ = "import_drafts"

    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    draft: Mapped[dict[str, Any]]
    """A ``campus.units.UnitDraft`` as JSON."""
    notices: Mapped[list[dict[str, Any]]]
    """``{"code", "subject"}``: what the importer wants a person to look at."""
