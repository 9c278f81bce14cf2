"""Certificates: finding them, looking at one, its files. The office sees all of them, a provider its own."""

from flask import Blueprint, Response, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campus.models.access import AuditEntry
from campus.models.catalogue import LearningUnit
from campus.models.people import Person
from certificates import store
from certificates.errors import AwardNotFoundError
from certificates.facts import AwardKind
from certificates.store import Award, AwardState
from lti_tool.pages import award_files, award_state, standing
from lti_tool.pages.office import award_filter, award_texts
from lti_tool.pages.office.shared_desk import Desk, Visit
from lti_tool.pages.paging import paginate
from lti_tool.wiring import Services

SUSPENDING = ("award.suspended", "award.resumed")


class AwardPages(Desk):
    """The list and one."""

    def awards(self, provider: str | None = None) -> str:
        """List certificates, the newest first; the office can tick some of them, or all that were found."""
        with self.reading(provider) as visit:
            now = self.services.clock()
            wanted = award_filter.read(visit, request.args)
            page = paginate(visit.session, award_filter.awards(visit, wanted), request.args.get("seite"))
            return self.show(
                visit,
                "office/awards.html",
                page=page,
                lines=[standing.award_line(award, now=now) for award in page.rows],
                given=wanted.given,
                kinds=list(AwardKind),
                states=list(AwardState),
                providers=award_filter.providers(visit),
            )

    def award(self, award: str, provider: str | None = None) -> str:
        """Show one: what it says, its files, what was done with it; to the office with what can be done."""
        with self.reading(provider) as visit:
            found, now = one(visit, award), self.services.clock()
            facts = store.facts_of(found) if found.facts is not None else None
            unit = visit.session.get(LearningUnit, found.unit_id) if found.unit_id else None
            return self.show(
                visit,
                "office/award.html",
                award=found,
                line=standing.award_line(found, now=now),
                now=award_state.standing_of(found, facts, now=now),
                facts=award_texts.lines_of(facts) if facts else [],
                files=award_files.offered(found.kind) if facts and found.revoked_at is None else [],
                holder=visit.session.get(Person, found.person_id) if found.person_id else None,
                unit=unit,
                people=_people(visit.session, found),
                suspensions=visit.session.scalars(_suspensions(found)).all(),
            )

    def file(self, award: str, form: str, provider: str | None = None) -> Response:
        """Make one of its files. Raises NotFoundError for a form that there is not, and what ``forms.read`` raises."""
        with self.reading(provider) as visit:
            wanted, issued = award_files.form_of(form), award_files.issued(self.services, one(visit, award))
        return award_files.file(wanted, issued)


def one(visit: Visit, public_id: str) -> Award:
    """Return an award that may be seen here. Raises AwardNotFoundError, also for another provider's."""
    found = visit.session.scalar(award_filter.awards(visit).where(Award.public_id == public_id))
    if found is None:
        raise AwardNotFoundError("no such award")
    return found


def _suspensions(award: Award) -> Select[AuditEntry]:
    """Ask for when the award was suspended and let hold again: the award itself knows the last time only."""
    return (
        select(AuditEntry)
        .where(AuditEntry.action.in_(SUSPENDING), AuditEntry.details["award"].as_string() == award.public_id)
        .order_by(AuditEntry.id)
    )


def _people(session: Session, award: Award) -> dict[int, Person]:
    """Return by database id those who have done something with the award."""
    done = [
        award.revoked_by_id,
        award.suspended_by_id,
        *session.scalars(_suspensions(award).with_only_columns(AuditEntry.actor_id).order_by(None)),
    ]
    found = session.scalars(select(Person).where(Person.id.in_([who for who in done if who is not None])))
    return {person.id: person for person in found}


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's, or to a provider's."""
    handlers, this = AwardPages(services), "/nachweise/<award>"
    pages.add_url_rule("/nachweise", "awards", handlers.awards, methods=["GET"])
    pages.add_url_rule(this, "award", handlers.award, methods=["GET"])
    pages.add_url_rule(f"{this}/datei.<form>", "award_file", handlers.file, methods=["GET"])
