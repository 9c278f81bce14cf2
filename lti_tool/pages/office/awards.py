"""Certificates: finding one, and revoking it with a reason that its public page will show."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import Select, or_, select
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import ConflictError
from campus.models.catalogue import Course, LearningUnit
from campus.models.people import Person
from certificates import issue, store
from certificates.store import Award
from lti_tool.pages import forms, standing
from lti_tool.pages.office.desk import Desk
from lti_tool.pages.paging import paginate
from lti_tool.pages.search import contains
from lti_tool.wiring import Services

LONGEST_SEARCH = 100


class AwardPages(Desk):
    """The list, one, and revoking."""

    def awards(self) -> str:
        """List certificates, the newest first; search by number, holder's name, or code of unit or course."""
        search = request.args.get("suche", "").strip()[:LONGEST_SEARCH]
        with self.reading() as visit:
            page = paginate(visit.session, _matching(search), request.args.get("seite"))
            lines = [standing.award_line(award) for award in page.rows]
            return render_template("office/awards.html", page=page, lines=lines, search=search)

    def award(self, award: str) -> str:
        """Show one, with the form to revoke it."""
        with self.reading() as visit:
            found = store.award(visit.session, award)
            return render_template(
                "office/award.html",
                award=found,
                line=standing.award_line(found),
                holder=visit.session.get(Person, found.person_id) if found.person_id else None,
                unit=visit.session.get(LearningUnit, found.unit_id) if found.unit_id else None,
                revoker=visit.session.get(Person, found.revoked_by_id) if found.revoked_by_id else None,
            )

    def revoke(self, award: str) -> BaseResponse:
        """Revoke it. The status list that the world reads is signed anew when it is next asked for."""
        with self.writing() as visit:
            reason = forms.text(request.form, "reason", longest=forms.LONGEST_REASON)
            found = store.award(visit.session, award)
            if found.revoked_at is not None:
                raise ConflictError("the award is revoked already")  # the first reason stays
            issue.revoke(visit.session, found, reason=reason, by=visit.actor.person_id, now=self.services.clock())
            self.note(visit, "award.revoked", organisation_id=found.issuer_id, award=found.public_id)
        return redirect(url_for("office.award", award=award), 303)


def _matching(search: str) -> Select[Award]:
    wanted = select(Award).order_by(Award.issued_at.desc(), Award.id.desc())
    if not search:
        return wanted
    return (
        wanted.outerjoin(Person, Person.id == Award.person_id)
        .outerjoin(LearningUnit, LearningUnit.id == Award.unit_id)
        .outerjoin(Course, Course.id == Award.course_id)
        .where(
            or_(
                Award.public_id == search.lower(),
                contains(Person.name, search),
                LearningUnit.code == search.upper(),
                Course.code == search.upper(),
            )
        )
    )


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers, one = AwardPages(services), "/nachweise/<award>"
    pages.add_url_rule("/nachweise", "awards", handlers.awards, methods=["GET"])
    pages.add_url_rule(one, "award", handlers.award, methods=["GET"])
    pages.add_url_rule(f"{one}/widerruf", "revoke_award", handlers.revoke, methods=["POST"])
