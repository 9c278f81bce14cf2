"""What a learner has done in a link's unit, for their teacher: the gradebook leads here (Submission Review 1.0).

The LMS's word opens nothing here either: the delivering provider must have granted the unit. Whom the platform's
grant lets teach sees what was done on that platform; somebody who was granted the unit by name sees all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from campus import access, learning, people
from campus.errors import NotFoundError
from campus.models.catalogue import Activity, ActivityKind
from campus.models.learning import ExamAttempt
from campus.models.people import Identity, Person
from campus.rules.exam import ExamDefinition, ExamResult, mark
from lti_tool.launch.claims import SUBMISSION_REVIEW_REQUEST
from lti_tool.pages.exams import ResultLine, result_lines
from lti_tool.pages.teaching import admit
from lti_tool.pages.unit_view import unit_view
from lti_tool.pages.visit import Visit, actor_of, enter
from lti_tool.wiring import Services

Page = str | tuple[str, int]


@dataclass(frozen=True)
class AttemptView:
    """An attempt with its answers; ``result`` is empty while it runs and when its time ran out."""

    attempt: ExamAttempt
    running: bool
    result: ExamResult | None
    lines: Sequence[ResultLine]


@dataclass(frozen=True)
class ExamView:
    """An exam of the unit, and the attempts that the teacher may see; ``others`` were made on other platforms."""

    activity: Activity
    definition: ExamDefinition
    attempts: Sequence[AttemptView]
    others: int


class ReviewPages:
    """The handler; made once with what it needs."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def work(self, launch_id: str) -> Page:
        """Show the learner's standing, phases, and exam attempts with their answers."""
        with self.services.database.read() as session:
            visit = enter(self.services, session, launch_id)
            if visit.launch.message_type != SUBMISSION_REVIEW_REQUEST:
                raise NotFoundError("this launch looks at nobody's work")
            admit(session, visit)
            reviewed = session.get(Identity, visit.launch.reviewed_id) if visit.launch.reviewed_id else None
            person = people.person_of(session, reviewed) if reviewed else None
            if reviewed is None or person is None:
                return render_template("teacher/review_nobody.html", unit=visit.unit)
            view = unit_view(session, person, visit.unit)
            exams = _exams(session, visit, person, reviewed, now=self.services.clock())
            return render_template("teacher/review.html", unit=visit.unit, person=person, view=view, exams=exams)


def _exams(session: Session, visit: Visit, person: Person, identity: Identity, *, now: datetime) -> list[ExamView]:
    by_name = replace(actor_of(visit.launch), instructorship=None)
    sees_all = access.may_teach(session, by_name, visit.unit)
    found = [
        activity
        for phase in visit.unit.phases
        for activity in phase.activities
        if activity.kind == ActivityKind.QUIZ and activity.supported
    ]
    return [_exam(session, activity, person, None if sees_all else identity.id, now=now) for activity in found]


def _exam(session: Session, activity: Activity, person: Person, only: int | None, *, now: datetime) -> ExamView:
    """Read the attempts at one exam; those under the identity ``only``, if it is given."""
    made = learning.attempts(session, person, activity)
    seen = [attempt for attempt in made if only in {None, attempt.identity_id}]
    definition = ExamDefinition.from_json(activity.config)
    return ExamView(activity, definition, [_attempt(one, definition, now) for one in seen], len(made) - len(seen))


def _attempt(attempt: ExamAttempt, definition: ExamDefinition, now: datetime) -> AttemptView:
    result = mark(definition, attempt.answers) if attempt.submitted_at else None
    lines = result_lines(definition, attempt, result) if result else ()
    return AttemptView(attempt, learning.is_running(attempt, now=now), result, lines)


def blueprint(services: Services) -> Blueprint:
    """Return the page ``/launch/<launch_id>/arbeit/``."""
    pages = Blueprint("review", __name__, url_prefix="/launch/<launch_id>/arbeit")
    pages.add_url_rule("/", "work", ReviewPages(services).work, methods=["GET"])
    return pages
