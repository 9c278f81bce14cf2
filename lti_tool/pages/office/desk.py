"""The door of the office's pages: nobody gets a session before ``require_office`` said yes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from campus import access, audit
from campus.access import Actor
from lti_tool.web import current_actor, current_person
from lti_tool.wiring import Services


@dataclass(frozen=True)
class Visit:
    """An administrator at work."""

    session: Session
    actor: Actor


class Desk:
    """Base of all handlers here."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @contextmanager
    def reading(self) -> Iterator[Visit]:
        """Give a visit that can't change anything. Raises SignInRequiredError or ForbiddenError."""
        with self.services.database.read() as session:
            yield Visit(session, access.require_office(current_actor(self.services, session)))

    @contextmanager
    def writing(self) -> Iterator[Visit]:
        """Give a visit whose changes are kept at its end."""
        current_person(self.services)  # asked before the write lock is taken
        with self.services.database.write() as session:
            yield Visit(session, access.require_office(current_actor(self.services, session)))

    def note(self, visit: Visit, action: str, *, organisation_id: int | None = None, **details: Any) -> None:
        """Write into the audit what the administrator did; ids and codes only."""
        audit.note(
            visit.session,
            action,
            actor_id=visit.actor.person_id,
            organisation_id=organisation_id,
            now=self.services.clock(),
            **details,
        )
