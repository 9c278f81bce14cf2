"""The record of who did what. Append-only; ids and codes, no names."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campus.models.access import AuditEntry


def note(
    session: Session,
    action: str,
    *,
    actor_id: int | None,
    now: datetime,
    organisation_id: int | None = None,
    **details: Any,
) -> None:
    """Write down that ``actor_id`` did ``action`` (a dotted code such as ``credit.decided``)."""
    session.add(AuditEntry(at=now, actor_id=actor_id, action=action, organisation_id=organisation_id, details=details))
