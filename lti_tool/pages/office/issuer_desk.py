"""The door of the issuer's pages: a provider's administrators for their own, the office for itself and for all."""

from campus import audit, organisations
from campus.models.organisations import Organisation
from lti_tool.pages.office.shared_desk import Desk, Visit


class IssuerDesk(Desk):
    """Base of the handlers: whose pages they are, and the audit."""

    def organisation(self, visit: Visit) -> Organisation:
        """Return the issuer: the provider, or in the office's pages the campus office."""
        return visit.provider or organisations.office(visit.session, now=self.services.clock())

    def note(self, visit: Visit, action: str, **details: object) -> None:
        """Write into the audit what was done."""
        audit.note(
            visit.session,
            action,
            actor_id=visit.actor.person_id,
            organisation_id=self.organisation(visit).id,
            now=self.services.clock(),
            **details,
        )
