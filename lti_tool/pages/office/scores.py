"""Scores on their way to all platforms' gradebooks: what waits, what was refused, trying again, and the export."""

from typing import Any, TypedDict

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import InvalidInputError
from lti_tool.launch.store import Registration
from lti_tool.pages import forms, score_texts, spreadsheet
from lti_tool.pages.office.desk import Desk, Visit
from lti_tool.pages.paging import paginate
from lti_tool.services import results, scorebook
from lti_tool.services.scorebook import AGAIN, Line, Shown
from lti_tool.wiring import Services

ACTIONS = frozenset({"again", "clear", "compare", "count"})
LONGEST_REASON = 500
EVERY = "alle"


class Wanted(TypedDict):
    """What the list is filtered by: a platform's public id and a state, or empty."""

    platform: str
    state: str


class ScorePages(Desk):
    """The list, its export, and what can be done with a score, or with all that are shown."""

    def scores(self) -> str:
        """List scores, the newest learners first, by platform and state."""
        with self.reading() as visit:
            wanted = _wanted()
            page = paginate(visit.session, scorebook.lines_of(**wanted), request.args.get("seite"))
            return render_template(
                "office/scores.html",
                page=page,
                lines=scorebook.read(visit.session, page.rows),
                platforms=visit.session.scalars(select(Registration).order_by(Registration.name)).all(),
                wanted=wanted,
                texts=score_texts,
                again=AGAIN,
                done=request.args.get("getan"),
            )

    def export(self) -> BaseResponse:
        """Give all that the filters leave as a CSV file."""
        with self.reading() as visit:
            lines = scorebook.read(visit.session, visit.session.scalars(scorebook.lines_of(**_wanted())).all())
            return spreadsheet.answer("bewertungen.csv", score_texts.headings(), score_texts.rows(lines))

    def act(self) -> BaseResponse:
        """Do something with one score (``learner`` and ``link``) or, for trying again, with all that the filters leave.

        ``count`` lets what stands in a link's gradebook count for its unit's exam; that needs a reason.
        """
        with self.writing() as visit:
            action = forms.choice(request.form, "action", ACTIONS)
            if action in {"compare", "count"}:
                self._to_gradebook(visit, action)
            else:
                lines = _chosen(visit.session, may_be_all=action == "again")
                do = scorebook.try_again if action == "again" else scorebook.clear
                now, publish = self.services.clock(), self.services.publish(visit.session)
                self.note(visit, f"scores.{action}", scores=do(visit.session, lines, now=now, publish=publish))
        return redirect(url_for("office.scores", getan=action, **_filters()), 303)

    def _to_gradebook(self, visit: Visit, action: str) -> None:
        """Compare a link's gradebook with what we sent, or let it count."""
        session, now, publish = visit.session, self.services.clock(), self.services.publish(visit.session)
        link = results.link_by_public_id(session, forms.text(request.form, "link", longest=36))
        if action == "compare":
            scorebook.compare(link.public_id, now=now, publish=publish)
        else:
            results.let_count(
                session,
                results.grade_source_of(session, link),
                reason=forms.text(request.form, "reason", longest=LONGEST_REASON),
                decided_by_id=visit.actor.person_id,
                now=now,
                publish=publish,
            )
        self.note(visit, f"scores.{action}", link=link.public_id)


def _filters() -> dict[str, Any]:
    """Return the filters of the address as they are written there."""
    return {name: value for name in ("plattform", "stand") if (value := request.args.get(name, EVERY)) != EVERY}


def _wanted() -> Wanted:
    """Return the filters; nonsense is none."""
    platform, state = request.args.get("plattform", EVERY), request.args.get("stand", EVERY)
    return {"platform": "" if platform == EVERY else platform[:36], "state": state if state in set(Shown) else ""}


def _chosen(session: Session, *, may_be_all: bool) -> list[Line]:
    """Return the score that the form names, or all that the filters leave, when it says so."""
    form = request.form
    if may_be_all and form.get("all") == "yes":
        return scorebook.read(session, session.scalars(scorebook.lines_of(**_wanted())).all())
    learner, link = forms.text(form, "learner", longest=36), forms.text(form, "link", longest=36)
    ids = session.scalars(scorebook.lines_of(link_id=results.link_by_public_id(session, link).id)).all()
    chosen = [line for line in scorebook.read(session, ids) if line.learner == learner]
    if not chosen:
        raise InvalidInputError("no such learner of this link", field="learner")
    return chosen


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's."""
    handlers = ScorePages(services)
    pages.add_url_rule("/bewertungen", "scores", handlers.scores, methods=["GET"])
    pages.add_url_rule("/bewertungen", "act_on_scores", handlers.act, methods=["POST"])
    pages.add_url_rule("/bewertungen/export", "export_scores", handlers.export, methods=["GET"])
