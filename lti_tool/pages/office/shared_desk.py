"""The door of pages that office and providers share: the office sees all, a provider's administrators their own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from campus import access, organisations
from campus.access import Actor
from campus.models.organisations import Organisation
from lti_tool.web import current_actor, current_person, offer_records
from lti_tool.wiring import Services


@dataclass(frozen=True)
class Visit:
    """An administrator at work, in the office's pages or in a provider's."""

    session: Session
    actor: Actor
    provider: Organisation | None

    @property
    def here(self) -> Mapping[str, Any]:
        """What every address of these pages needs."""
        return {"provider": self.provider.public_id} if self.provider else {}


class Desk:
    """Base of all handlers here. Nobody gets a session before access was asked."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @contextmanager
    def reading(self, provider: str | None) -> Iterator[Visit]:
        """Give a visit to a provider's pages (public id), or to the office's.

        Raises SignInRequiredError, ForbiddenError, or NotFoundError for a provider that isn't there.
        """
        with self.services.database.read() as session:
            yield self._visit(session, provider)

    @contextmanager
    def writing(self, provider: str | None) -> Iterator[Visit]:
        """Give a visit whose changes are kept at its end."""
        current_person(self.services)  # asked before the write lock is taken
        with self.services.database.write() as session:
            yield self._visit(session, provider)

    def _visit(self, session: Session, provider: str | None) -> Visit:
        actor = current_actor(self.services, session)
        if provider is None:
            return Visit(session, access.require_office(actor), None)
        someone = access.signed_in(actor)
        found = organisations.provider(session, provider)
        access.require_administrator(someone, found.id)
        offer_records()
        return Visit(session, someone, found)

    def show(self, visit: Visit, template: str, **values: Any) -> str:
        """Return a page within the frame of the visit."""
        frame = "provider/frame.html" if visit.provider else "office/frame.html"
        return render_template(template, frame=frame, provider=visit.provider, here=visit.here, **values)
