"""The teacher's page of a link's scores: who, what became of it, what the gradebook holds; and trying again."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus import audit
from campus.access import Actor
from campus.errors import InvalidInputError, NotFoundError
from lti_tool.launch.store import ResourceLink
from lti_tool.pages import forms, score_texts, spreadsheet
from lti_tool.pages.teaching import admit
from lti_tool.pages.visit import Visit, enter
from lti_tool.services import errands, scorebook
from lti_tool.services.ags import RESULT_SCOPE
from lti_tool.services.scorebook import AGAIN, Line, Shown
from lti_tool.wiring import Services

Page = str | tuple[str, int] | BaseResponse
ACTIONS = frozenset({"again", "clear", "compare"})


class ScorePages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def scores(self, launch_id: str) -> Page:
        """List the link's learners with what became of their scores."""
        with self.services.database.read() as session:
            visit = enter(self.services, session, launch_id)
            admit(session, visit)
            link = _link(session, visit)
            return render_template(
                "teacher/scores.html",
                unit=visit.unit,
                link=link,
                lines=_lines(session, link),
                texts=score_texts,
                again=AGAIN,
                takes_scores=errands.takes_scores(session, link),
                shows_results=RESULT_SCOPE in link.ags_scopes and link.lineitem_url is not None,
                done=request.args.get("getan"),
            )

    def export(self, launch_id: str) -> BaseResponse:
        """Give the same as a CSV file."""
        with self.services.database.read() as session:
            visit = enter(self.services, session, launch_id)
            admit(session, visit)
            lines = _lines(session, _link(session, visit))
            return spreadsheet.answer(
                f"bewertungen-{visit.unit.code}.csv", score_texts.headings(), score_texts.rows(lines)
            )

    def act(self, launch_id: str) -> BaseResponse:
        """Try again, take out of the gradebook, or compare with it: for one learner, or for all of the link."""
        form = request.form
        with self.services.database.write() as session:
            visit = enter(self.services, session, launch_id)
            actor = admit(session, visit)
            action = forms.choice(form, "action", ACTIONS)
            link = _link(session, visit)
            lines = [line for line in _lines(session, link) if form.get("learner") in {None, line.learner}]
            if not lines and "learner" in form:
                raise NotFoundError("no such learner of this link")
            if action == "clear" and "learner" not in form:
                raise InvalidInputError("scores are taken out one by one", field="learner")
            now, publish = self.services.clock(), self.services.publish(session)
            if action == "again":
                scorebook.try_again(session, lines, now=now, publish=publish)
            elif action == "clear":
                scorebook.clear(session, lines, now=now, publish=publish)
            else:
                scorebook.compare(link.public_id, now=now, publish=publish)
            self._note(session, actor, action, link)
        return redirect(url_for("scores.scores", launch_id=launch_id, getan=action), 303)

    def _note(self, session: Session, actor: Actor, action: str, link: ResourceLink) -> None:
        audit.note(
            session, f"scores.{action}", actor_id=actor.person_id, now=self.services.clock(), link=link.public_id
        )


def _link(session: Session, visit: Visit) -> ResourceLink:
    """Return the link that was launched; there is one, for the unit is its."""
    return session.get_one(ResourceLink, visit.launch.resource_link_id)


def _lines(session: Session, link: ResourceLink) -> list[Line]:
    """List the link's learners: what needs somebody first, then by name."""
    lines = scorebook.read(session, session.scalars(scorebook.lines_of(link_id=link.id)).all())
    urgent = {Shown.REFUSED: 0, Shown.WITHDRAWN: 1, Shown.CONTESTED: 2, Shown.PENDING: 3}
    return sorted(lines, key=lambda line: (urgent.get(line.state, 9), line.name or "", line.id))


def blueprint(services: Services) -> Blueprint:
    """Return the pages below ``/launch/<launch_id>/bewertungen``."""
    pages = Blueprint("scores", __name__, url_prefix="/launch/<launch_id>/bewertungen")
    handlers = ScorePages(services)
    pages.add_url_rule("", "scores", handlers.scores, methods=["GET"])
    pages.add_url_rule("", "act", handlers.act, methods=["POST"])
    pages.add_url_rule("/export", "export", handlers.export, methods=["GET"])
    return pages
