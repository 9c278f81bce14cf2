"""What the office does with one certificate: suspend it and let it hold again, revoke it, issue it anew."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import ConflictError
from certificates import correction, issue, store
from certificates.store import Award, AwardState
from lti_tool.pages import forms, standing
from lti_tool.pages.office import award_texts
from lti_tool.pages.office.desk import Desk, Visit
from lti_tool.wiring import Services


class AwardActs(Desk):
    """Each act is written into the audit; each reason is kept with the award."""

    def revoke(self, award: str) -> BaseResponse:
        """Revoke it. The status list that the world reads is signed anew when it is next asked for."""
        with self.writing() as visit:
            found = store.award(visit.session, award)
            if found.revoked_at is not None:
                raise ConflictError("the award is revoked already")  # the first reason stays
            issue.revoke(visit.session, found, reason=_reason(), by=visit.actor.person_id, now=self.services.clock())
            return self._done(visit, "award.revoked", found)

    def suspend(self, award: str) -> BaseResponse:
        """Say that it isn't valid for the time being."""
        with self.writing() as visit:
            found = store.award(visit.session, award)
            if found.state is not AwardState.VALID:
                raise ConflictError("the award is not valid now")
            issue.suspend(visit.session, found, reason=_reason(), by=visit.actor.person_id, now=self.services.clock())
            return self._done(visit, "award.suspended", found)

    def resume(self, award: str) -> BaseResponse:
        """Let it hold again."""
        with self.writing() as visit:
            found = store.award(visit.session, award)
            if found.suspended_at is None:
                raise ConflictError("the award is not suspended")
            issue.resume(visit.session, found)
            return self._done(visit, "award.resumed", found)

    def correction(self, award: str) -> str:
        """Show what it would say today, beside what it says."""
        with self.reading() as visit:
            found = store.award(visit.session, award)
            today = correction.today(visit.session, found, self.services.issuing())
            names = award_texts.names()
            changes = [
                (
                    names[change.field],
                    award_texts.said_of(change.field, change.before),
                    award_texts.said_of(change.field, change.after),
                )
                for change in correction.changes(store.facts_of(found), today)
                if change.field in names
            ]
            line = standing.award_line(found, now=self.services.clock())
            return render_template("office/award_correction.html", award=found, line=line, changes=changes)

    def correct(self, award: str) -> BaseResponse:
        """Issue it anew in its place; one that was revoked is issued again."""
        with self.writing() as visit:
            found, by, how = store.award(visit.session, award), visit.actor.person_id, self.services.issuing()
            if found.state is AwardState.REVOKED:
                made = correction.issue_again(visit.session, found, how, by=by)
            else:
                made = correction.correct(visit.session, found, how, by=by)
            self.note(
                visit, "award.reissued", organisation_id=made.issuer_id, award=found.public_id, new=made.public_id
            )
            return redirect(url_for("office.award", award=made.public_id), 303)

    def _done(self, visit: Visit, action: str, award: Award) -> BaseResponse:
        self.note(visit, action, organisation_id=award.issuer_id, award=award.public_id)
        return redirect(url_for("office.award", award=award.public_id), 303)


def _reason() -> str:
    return forms.text(request.form, "reason", longest=forms.LONGEST_REASON)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers, this = AwardActs(services), "/nachweise/<award>"
    pages.add_url_rule(f"{this}/widerruf", "revoke_award", handlers.revoke, methods=["POST"])
    pages.add_url_rule(f"{this}/aussetzung", "suspend_award", handlers.suspend, methods=["POST"])
    pages.add_url_rule(f"{this}/fortsetzung", "resume_award", handlers.resume, methods=["POST"])
    pages.add_url_rule(f"{this}/neuausstellung", "award_correction", handlers.correction, methods=["GET"])
    pages.add_url_rule(f"{this}/neuausstellung", "correct_award", handlers.correct, methods=["POST"])
