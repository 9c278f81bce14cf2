"""Contradictions and decisions. Nothing is decided silently: the reason and the evidence that was seen are kept."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as BaseResponse

from campus import catalogue, credits, people
from campus.errors import NotFoundError
from campus.models.credits import Credit
from campus.rules.credit import Outcome
from lti_tool.pages import forms
from lti_tool.pages.office import findings, sources
from lti_tool.pages.office.desk import Desk
from lti_tool.pages.paging import paginate
from lti_tool.wiring import Services

CONTRADICTIONS_A_PAGE = 10
OUTCOMES = frozenset(Outcome) - {Outcome.RETRACTED}


class ReconcilePages(Desk):
    """A person in a unit, and the list of those in which sources contradict each other."""

    def contradictions(self) -> str:
        """List them with both claims and the form to decide, the oldest first."""
        with self.reading() as visit:
            page = paginate(
                visit.session,
                select(Credit)
                .where(Credit.contested)
                .options(selectinload(Credit.person), selectinload(Credit.unit))
                .order_by(Credit.changed_at, Credit.id),
                request.args.get("seite"),
                size=CONTRADICTIONS_A_PAGE,
            )
            found = [findings.reconcile(visit.session, credit.person, credit.unit) for credit in page.rows]
            return render_template(
                "office/contradictions.html", page=page, found=found, names=sources.names(visit.session)
            )

    def reconciliation(self, person: str, unit: str) -> str:
        """Show all that is known of a person in a unit."""
        with self.reading() as visit:
            session = visit.session
            someone, what = people.by_public_id(session, person), catalogue.unit_by_public_id(session, unit)
            found = findings.reconcile(session, someone, what)
            credit = found.credit
            return render_template(
                "office/reconciliation.html",
                found=found,
                revisions=findings.revisions_of(session, credit) if credit else [],
                decisions=credits.decisions_of(session, credit) if credit else [],
                history=findings.history_of(session, someone, what),
                award=findings.award_of(session, someone, what),
                names=sources.names(session),
            )

    def decide(self, person: str, unit: str) -> BaseResponse:
        """Record which claim holds; the credit follows. What arrived meanwhile is not settled by it."""
        form = request.form
        with self.writing() as visit:
            session = visit.session
            someone, what = people.by_public_id(session, person), catalogue.unit_by_public_id(session, unit)
            credit = credits.state(session, someone.id, what.id)
            if credit is None:
                raise NotFoundError("nothing is known of this person in this unit")
            decision = credits.decide(
                session,
                credit,
                requirement=forms.text(form, "requirement", longest=100),
                outcome=Outcome(forms.choice(form, "outcome", OUTCOMES)),
                evidence_ids=form.getlist("evidence"),
                reason=forms.text(form, "reason", longest=forms.LONGEST_REASON),
                decided_by_id=visit.actor.person_id,
                now=self.services.clock(),
                publish=self.services.publish(session),
            )
            self.note(visit, "credit.decided", credit=credit.public_id, decision=decision.public_id)
        return redirect(url_for("office.reconciliation", person=person, unit=unit), 303)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers, one = ReconcilePages(services), "/abgleich/<person>/<unit>"
    pages.add_url_rule("/widersprueche", "contradictions", handlers.contradictions, methods=["GET"])
    pages.add_url_rule(one, "reconciliation", handlers.reconciliation, methods=["GET"])
    pages.add_url_rule(f"{one}/entscheidung", "decide", handlers.decide, methods=["POST"])
