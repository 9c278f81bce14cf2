"""The provider's units: the list with how their learners stand, and each one as it was made."""

from flask import Blueprint, render_template
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campus.models.access import Account, TeachingGrant
from campus.models.catalogue import LearningUnit
from campus.models.people import Person
from lti_tool.launch.store import PlatformStanding, Registration
from lti_tool.pages import drafts, figures, standing
from lti_tool.pages.provider.desk import Desk
from lti_tool.wiring import Services


class UnitPages(Desk):
    """Read-only."""

    def units(self, provider: str) -> str:
        """List what the provider offers or delivers, with how many learners stand where."""
        with self.reading(provider) as visit:
            counts = standing.counts(
                visit.session,
                or_(
                    LearningUnit.provider_id == visit.provider.id,
                    LearningUnit.delivering_provider_id == visit.provider.id,
                ),
            )
            return render_template(
                "provider/units.html",
                provider=visit.provider,
                counts=counts,
                figure=figures.stacked_bars(
                    (line.unit.code, (line.in_progress, line.attended, line.achieved)) for line in counts
                ),
            )

    def unit(self, provider: str, unit: str) -> str:
        """Show a unit's phases with their activities, and who may teach it."""
        with self.reading(provider) as visit:
            found = visit.unit(unit)
            return render_template(
                "provider/unit.html",
                provider=visit.provider,
                unit=found,
                exam_of=drafts.exam_summary,
                delivers=found.delivering_provider_id == visit.provider.id,
                grants=_grants(visit.session, found),
                platforms=visit.session.scalars(
                    select(Registration)
                    .where(Registration.standing == PlatformStanding.ACTIVE)
                    .order_by(Registration.name)
                ).all(),
            )


def _grants(session: Session, unit: LearningUnit) -> list[tuple[TeachingGrant, str]]:
    """List the unit's grants, each with the name of the person, or of the platform."""
    rows = session.execute(
        select(TeachingGrant, Person.name, Account.login, Registration.name)
        .outerjoin(Person, Person.id == TeachingGrant.person_id)
        .outerjoin(Account, Account.person_id == TeachingGrant.person_id)
        .outerjoin(
            Registration,
            (Registration.issuer == TeachingGrant.issuer) & (Registration.client_id == TeachingGrant.client_id),
        )
        .where(TeachingGrant.unit_id == unit.id)
        .order_by(TeachingGrant.granted_at, TeachingGrant.id)
    )
    return [(grant, platform or name or login or "") for grant, name, login, platform in rows]


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the provider's."""
    handlers = UnitPages(services)
    pages.add_url_rule("/", "units", handlers.units, methods=["GET"])
    pages.add_url_rule("/einheiten/<unit>", "unit", handlers.unit, methods=["GET"])
