"""Credentials from elsewhere: what waits for a decision, what checking found, and what each part counts for."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus import catalogue
from campus.errors import CampusError, InvalidInputError
from campus.flood import Flood
from campus.models.catalogue import LearningUnit
from campus.rules.credit import RequirementKind
from certificates.foreign import deciding, intake, store
from certificates.foreign.deciding import Wish
from certificates.foreign.store import ForeignCredential
from certificates.verify_routes import PER_MINUTE, Verifier
from lti_tool.pages import foreign_lines, forms
from lti_tool.pages.handed_in import look
from lti_tool.pages.office.desk import Desk, Visit
from lti_tool.pages.paging import paginate
from lti_tool.wiring import Services

KINDS = tuple(RequirementKind)


class ForeignPages(Desk):
    """The list, and one."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.verifier = Verifier(services, Flood(PER_MINUTE))

    def listed(self) -> str:
        """List what waits, the oldest first; with ``?stand=alle`` all, the newest first."""
        everything = request.args.get("stand") == "alle"
        with self.reading() as visit:
            page = paginate(visit.session, store.handed_in(only_open=not everything), request.args.get("seite"))
            shown = [foreign_lines.shown(row) for row in page.rows]
            return render_template("office/foreign.html", page=page, everything=everything, all=shown)

    def one(self, credential: str) -> str:
        """Show one, with a form for each part."""
        with self.reading() as visit:
            return _page(visit.session, store.by_public_id(visit.session, credential), None, None)

    def decide(self, credential: str, part: int) -> BaseResponse | tuple[str, int]:
        """Record what a part counts for; the credit follows. A refusal is shown at the part, with what was typed."""
        try:
            with self.writing() as visit:
                found = store.by_public_id(visit.session, credential)
                self._decide(visit, found, part, _wish(visit.session, request.form))
        except InvalidInputError as error:
            with self.reading() as visit:
                found = store.by_public_id(visit.session, credential)
                return _page(visit.session, found, error, part), error.status
        return redirect(url_for("office.foreign_credential", credential=credential, _anchor=f"teil-{part}"), 303)

    def dismiss(self, credential: str) -> BaseResponse:
        """Let all parts on which nobody has decided count for nothing."""
        with self.writing() as visit:
            found = store.by_public_id(visit.session, credential)
            for part in range(len(found.parts)):
                if found.latest(part) is None:
                    self._decide(visit, found, part, Wish())
        return redirect(url_for("office.foreign_credential", credential=credential), 303)

    def check(self, credential: str) -> BaseResponse:
        """Check the same file again: it may have been revoked since, or its issuer can be reached now."""
        with self.reading() as visit:
            file = store.by_public_id(visit.session, credential).file or b""
        _presented, reports = look(self.services, self.verifier, file)
        with self.writing() as visit:
            found = store.by_public_id(visit.session, credential)
            intake.checked_again(found, reports[0], now=self.services.clock())
            self.note(visit, "foreign.checked", credential=credential)
        return redirect(url_for("office.foreign_credential", credential=credential), 303)

    def _decide(self, visit: Visit, found: ForeignCredential, part: int, wish: Wish) -> None:
        deciding.decide(
            visit.session,
            found,
            part,
            wish,
            reason=forms.text(request.form, "reason", longest=forms.LONGEST_REASON),
            decided_by_id=visit.actor.person_id,
            now=self.services.clock(),
            publish=self.services.publish(visit.session),
        )
        unit = wish.unit.public_id if wish.unit else None
        self.note(visit, "foreign.decided", credential=found.public_id, part=part, unit=unit)


def _wish(session: Session, form: Mapping[str, str]) -> Wish:
    """Read the form: a unit and kinds of what it asks for, or no unit."""
    public_id = forms.text(form, "unit", longest=36, required=False)
    if not public_id:
        return Wish()
    unit = catalogue.unit_by_public_id(session, public_id)
    kinds = {kind for kind in KINDS if form.get(f"kind_{kind}")}
    asked = catalogue.requirements(session, unit.id).requirements
    return Wish(unit, [one.key for one in asked if one.kind in kinds], forms.decimal(form, "percent"))


def _page(session: Session, found: ForeignCredential, error: CampusError | None, part: int | None) -> str:
    units = session.scalars(select(LearningUnit).order_by(LearningUnit.code, LearningUnit.id)).all()
    return render_template(
        "office/foreign_one.html",
        shown=foreign_lines.shown(found),
        others=store.others_with(session, found),
        units=units,
        kinds=KINDS,
        error=forms.shown(error),
        wrong_part=part,
        typed=request.form,
        kinds_of=lambda decision: _kinds_of(session, decision.unit_id, decision.requirements),
    )


def _kinds_of(session: Session, unit_id: int, keys: list[str]) -> list[str]:
    """Say what a decision counts for in words of kinds; a requirement that is gone from the unit has none."""
    asked = catalogue.requirements(session, unit_id).requirements
    found = {one.kind for one in asked if one.key in keys}
    return [kind.value for kind in KINDS if kind in found]


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers, this = ForeignPages(services), "/eingereicht/<credential>"
    pages.add_url_rule("/eingereicht", "foreign", handlers.listed, methods=["GET"])
    pages.add_url_rule(this, "foreign_credential", handlers.one, methods=["GET"])
    pages.add_url_rule(f"{this}/teile/<int:part>", "decide_foreign", handlers.decide, methods=["POST"])
    pages.add_url_rule(f"{this}/rest", "dismiss_foreign", handlers.dismiss, methods=["POST"])
    pages.add_url_rule(f"{this}/pruefen", "check_foreign", handlers.check, methods=["POST"])
