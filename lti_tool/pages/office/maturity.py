"""Digital maturity of municipalities: what was found over time, and recording an assessment, which is certified."""

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from campus import maturity
from campus.errors import CampusError, InvalidInputError
from campus.models.maturity import MaturityAssessment
from campus.models.organisations import Organisation
from campus.rules.maturity import HIGHEST, LOWEST, Field, overall
from certificates.award import FIELDS, award_municipality
from certificates.store import Award
from lti_tool.pages import figures, forms
from lti_tool.pages.office.desk import Desk, Visit
from lti_tool.pages.standing import AwardLine, award_line
from lti_tool.wiring import Services


class MaturityPages(Desk):
    """The municipalities, one of them, and the form."""

    def municipalities(self) -> str:
        """List the municipalities with what was found last."""
        with self.reading() as visit:
            return render_template("office/municipalities.html", towns=maturity.latest(visit.session), overall=overall)

    def municipality(self, municipality: str) -> str:
        """Show what was found over time, as a figure and as a table, with the certificates."""
        with self.reading() as visit:
            town = maturity.municipality(visit.session, municipality)
            found = maturity.of_municipality(visit.session, town.id)
            return render_template(
                "office/municipality.html",
                town=town,
                assessments=found,
                awards=_awards(visit, found, now=self.services.clock()),
                fields=FIELDS,
                overall=overall,
                figure=_figure(found) if found else None,
            )

    def form(self, municipality: str) -> str:
        """Ask for an assessment."""
        with self.reading() as visit:
            return self._page(visit, municipality, {})

    def record(self, municipality: str) -> BaseResponse | tuple[str, int]:
        """Keep it, and issue the certificate."""
        try:
            with self.writing() as visit:
                town, now = maturity.municipality(visit.session, municipality), self.services.clock()
                made = maturity.record(
                    visit.session,
                    town,
                    _provider(visit),
                    assessor=forms.text(request.form, "assessor", longest=maturity.LONGEST_ASSESSOR),
                    self_reported_on=forms.day(request.form, "self_reported_on"),
                    assessed_on=forms.day(request.form, "assessed_on"),
                    valid_until=forms.day(request.form, "valid_until"),
                    ratings={
                        field.value: forms.whole_number(request.form, field.value, least=LOWEST, most=HIGHEST)
                        for field in Field
                    },
                    summary=forms.both_languages(request.form, "summary", longest=maturity.LONGEST_SUMMARY),
                    by=visit.actor.person_id,
                    now=now,
                )
                award = award_municipality(visit.session, made, self.services.issuing())
                self.note(
                    visit,
                    "maturity.assessed",
                    organisation_id=town.id,
                    assessment=made.public_id,
                    award=award.public_id,
                )
            return redirect(url_for("office.municipality", municipality=municipality), 303)
        except InvalidInputError as error:
            with self.reading() as visit:
                return self._page(visit, municipality, request.form, error), error.status

    def _page(self, visit: Visit, municipality: str, given: Mapping[str, str], error: CampusError | None = None) -> str:
        return render_template(
            "office/municipality_form.html",
            town=maturity.municipality(visit.session, municipality),
            providers=maturity.organisations_that_award(visit.session),
            fields=FIELDS,
            levels=range(LOWEST, HIGHEST + 1),
            longest=maturity.LONGEST_SUMMARY,
            given=given,
            error=forms.shown(error),
        )


def _awards(visit: Visit, found: list[MaturityAssessment], *, now: datetime) -> dict[int, AwardLine]:
    """Return the certificates that stand, by assessment."""
    awards = visit.session.scalars(
        select(Award).where(Award.assessment_id.in_([one.id for one in found]), Award.superseded_at.is_(None))
    )
    return {award.assessment_id: award_line(award, now=now) for award in awards if award.assessment_id}


def _figure(found: list[MaturityAssessment]) -> figures.LineFigure:
    moments = [(one.assessed_on, [one.ratings[field] for field in Field]) for one in found]
    return figures.levels(moments, lowest=LOWEST, highest=HIGHEST)


def _provider(visit: Visit) -> Organisation:
    found = {one.public_id: one for one in maturity.organisations_that_award(visit.session)}
    return found[forms.choice(request.form, "provider", found)]


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers, this = MaturityPages(services), "/kommunen/<municipality>"
    pages.add_url_rule("/kommunen", "municipalities", handlers.municipalities, methods=["GET"])
    pages.add_url_rule(this, "municipality", handlers.municipality, methods=["GET"])
    pages.add_url_rule(f"{this}/begutachtung", "assessment_form", handlers.form, methods=["GET"])
    pages.add_url_rule(f"{this}/begutachtung", "record_assessment", handlers.record, methods=["POST"])
