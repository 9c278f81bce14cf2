"""The door of the provider's pages: who comes in, to which provider, with which kind of session."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campus import access, audit, organisations
from campus.access import Actor
from campus.errors import ForbiddenError, NotFoundError
from campus.models.catalogue import LearningUnit
from campus.models.organisations import Organisation
from lti_tool.web import current_actor, current_person, offer_records
from lti_tool.wiring import Services


@dataclass(frozen=True)
class Visit:
    """An editor at work in a provider's pages."""

    session: Session
    actor: Actor
    provider: Organisation

    def unit(self, public_id: str) -> LearningUnit:
        """Return a unit that the provider offers or delivers; any other is NotFoundError."""
        found = self.session.scalars(
            select(LearningUnit).where(
                LearningUnit.public_id == public_id,
                or_(
                    LearningUnit.provider_id == self.provider.id,
                    LearningUnit.delivering_provider_id == self.provider.id,
                ),
            )
        ).first()
        if found is None:
            raise NotFoundError("the provider has no such unit")
        return found

    def delivered(self, public_id: str) -> LearningUnit:
        """Return a unit that the provider delivers: with code-sharing, who only offers it has no word here."""
        unit = self.unit(public_id)
        if unit.delivering_provider_id != self.provider.id:
            raise ForbiddenError("another provider delivers the unit")
        return unit


class Desk:
    """Opens a transaction for a request only after access was asked: base of all handlers here."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @contextmanager
    def reading(self, provider: str) -> Iterator[Visit]:
        """Give a visit that can't change anything. Raises what ``require_editor`` raises, or NotFoundError."""
        with self.services.database.read() as session:
            yield self._visit(session, provider)

    @contextmanager
    def writing(self, provider: str) -> Iterator[Visit]:
        """Give a visit whose changes are kept at its end."""
        current_person(self.services)  # asked before the write lock is taken
        with self.services.database.write() as session:
            yield self._visit(session, provider)

    def note(self, visit: Visit, action: str, **details: object) -> None:
        """Write into the audit what was done in the provider's name."""
        audit.note(
            visit.session,
            action,
            actor_id=visit.actor.person_id,
            organisation_id=visit.provider.id,
            now=self.services.clock(),
            **details,
        )

    def _visit(self, session: Session, public_id: str) -> Visit:
        someone = access.signed_in(current_actor(self.services, session))
        found = organisations.provider(session, public_id)
        visit = Visit(session, access.require_editor(someone, found.id), found)
        if access.may_administer_provider(visit.actor, found.id):
            offer_records()
        return visit
