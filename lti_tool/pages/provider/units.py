"""The provider's units: the list with how their learners stand, and each one as it was made."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus import extent as extents
from campus.errors import CampusError, ForbiddenError, InvalidInputError
from campus.models.access import Account, TeachingGrant
from campus.models.catalogue import LearningUnit
from campus.models.people import Person
from lti_tool.launch.store import PlatformStanding, Registration
from lti_tool.pages import drafts, figures, forms, standing
from lti_tool.pages.provider import extents as extent_fields
from lti_tool.pages.provider.desk import Desk, Visit
from lti_tool.wiring import Services


class UnitPages(Desk):
    """The list, and one unit; what can be changed here is what certificates say of its extent."""

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
        """Show a unit's phases with their activities, what certificates say of it, and who may teach it."""
        with self.reading(provider) as visit:
            return _page(visit, visit.unit(unit))

    def describe(self, provider: str, unit: str) -> BaseResponse | tuple[str, int]:
        """Change credit points, level and competencies: the word of who offers the unit."""
        try:
            with self.writing(provider) as visit:
                found = visit.unit(unit)
                if found.provider_id != visit.provider.id:
                    raise ForbiddenError("another provider offers the unit")
                extents.put(extent_fields.read(request.form), found)
                self.note(visit, "unit.described", unit=found.public_id)
        except InvalidInputError as error:
            with self.reading(provider) as visit:
                return _page(visit, visit.unit(unit), error=error), error.status
        return redirect(url_for("provider.unit", provider=provider, unit=unit, _anchor="umfang"), 303)


def _page(visit: Visit, unit: LearningUnit, *, error: CampusError | None = None) -> str:
    given = request.form if error else extent_fields.fields(unit)
    return render_template(
        "provider/unit.html",
        provider=visit.provider,
        unit=unit,
        exam_of=drafts.exam_summary,
        delivers=unit.delivering_provider_id == visit.provider.id,
        offers=unit.provider_id == visit.provider.id,
        given=given,
        rows=extent_fields.rows(given),
        error=forms.shown(error),
        grants=_grants(visit.session, unit),
        platforms=visit.session.scalars(
            select(Registration).where(Registration.standing == PlatformStanding.ACTIVE).order_by(Registration.name)
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
    pages.add_url_rule("/einheiten/<unit>/umfang", "describe_unit", handlers.describe, methods=["POST"])
