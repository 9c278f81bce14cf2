"""The learner's pages inside a launch: the unit, its activities, the evaluation, the own account. Exams: ``exams``."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from campus import accounts, catalogue, learning
from campus.errors import InvalidInputError, NotFoundError
from campus.models.catalogue import Activity, ActivityKind
from campus.rules.evaluation import EvaluationForm
from lti_tool.pages import exams
from lti_tool.pages.content_launch import ContentLaunches
from lti_tool.pages.unit_view import State, unit_view
from lti_tool.pages.visit import Visit, enter
from lti_tool.wiring import Services

Page = str | tuple[str, int] | BaseResponse
WHOLE = "ganz"
"""In the address of the unit's page: the whole unit, though the link leads to one phase."""


class LearnerPages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.content = ContentLaunches(services)

    def unit(self, launch_id: str) -> Page:
        """Show the unit: its phases, what is next, what is earned; of a link to one phase, that phase."""
        with self.services.database.read() as session:
            visit = enter(self.services, session, launch_id)
            view = unit_view(session, visit.person, visit.unit)
            part = view.part(visit.launch.phase)
            if part is not None and WHOLE not in request.args:
                return render_template("learner/part.html", view=view, phase=part, now=self.services.clock())
            return render_template(
                "learner/unit.html",
                view=view,
                is_part=part is not None,
                has_account=accounts.account_of(session, visit.person.id) is not None,
                now=self.services.clock(),
            )

    def activity(self, launch_id: str, activity_id: str) -> Page:
        """Show one activity; what can't be done here yet has no page."""
        with self.services.database.read() as session:
            visit = enter(self.services, session, launch_id)
            activity = _shown_activity(visit, activity_id)
            view = unit_view(session, visit.person, visit.unit)
            if activity.kind == ActivityKind.QUIZ:
                return exams.introduction(self.services, session, visit, activity, view)
            if activity.kind == ActivityKind.FEEDBACK:
                return _evaluation(activity, view.state_of(activity))
            return render_template(
                "learner/activity.html",
                unit=visit.unit,
                activity=activity,
                state=view.state_of(activity),
                link=self.content.address(session, visit, activity) if activity.kind == ActivityKind.URL else None,
            )

    def complete(self, launch_id: str, activity_id: str) -> Page:
        """Tick a page or a link off, and go on with what is next."""
        with self.services.database.write() as session:
            visit = enter(self.services, session, launch_id)
            learning.complete(
                session,
                visit.identity,
                catalogue.activity_of(visit.unit, activity_id),
                now=self.services.clock(),
                publish=self.services.publish(session),
            )
        return redirect(url_for("learner.unit", launch_id=launch_id, _anchor="next"), 303)

    def hand_in(self, launch_id: str, activity_id: str) -> Page:
        """Take the evaluation. What doesn't fit is shown beside its question, with everything typed kept."""
        answers = {key: value for key, value in request.form.items() if value}
        try:
            with self.services.database.write() as session:
                visit = enter(self.services, session, launch_id)
                activity = _activity_of_kind(visit, activity_id, ActivityKind.FEEDBACK)
                learning.hand_in_evaluation(
                    session,
                    visit.identity,
                    activity,
                    answers,
                    now=self.services.clock(),
                    random=self.services.random,
                    publish=self.services.publish(session),
                )
        except InvalidInputError as error:
            if error.field is None:
                raise
            with self.services.database.read() as session:
                visit = enter(self.services, session, launch_id)
                activity = catalogue.activity_of(visit.unit, activity_id)
                return _evaluation(activity, State.OPEN, answers, error.field), error.status
        return redirect(url_for("learner.activity", launch_id=launch_id, activity_id=activity_id), 303)

    def account_form(self, launch_id: str) -> Page:
        """Offer an account, with which the certificates can be seen without the LMS."""
        with self.services.database.read() as session:
            visit = enter(self.services, session, launch_id)
            account = accounts.account_of(session, visit.person.id)
            return render_template(
                "learner/account.html", unit=visit.unit, account=account, login=visit.person.email, errors={}
            )

    def claim(self, launch_id: str) -> Page:
        """Make the account of who launched."""
        login = request.form.get("login", "")
        with self.services.database.read() as session:
            enter(self.services, session, launch_id)  # no hashing for who comes without a launch
        try:
            password = accounts.hash_password(request.form.get("password", ""))
            with self.services.database.write() as session:
                visit = enter(self.services, session, launch_id)
                accounts.claim(session, visit.person, login=login, password=password, now=self.services.clock())
        except (InvalidInputError, accounts.LoginTakenError) as error:
            with self.services.database.read() as session:
                visit = enter(self.services, session, launch_id)
                errors = _account_errors(error)
                page = render_template(
                    "learner/account.html", unit=visit.unit, account=None, login=login, errors=errors
                )
            return page, error.status
        return redirect(url_for("learner.account_form", launch_id=launch_id), 303)


def _evaluation(
    activity: Activity, state: State, answers: dict[str, str] | None = None, wrong: str | None = None
) -> str:
    return render_template(
        "learner/evaluation.html",
        unit=activity.phase.unit,
        activity=activity,
        form=EvaluationForm.from_json(activity.config),
        state=state,
        answers=answers or {},
        wrong=wrong,
    )


def _shown_activity(visit: Visit, public_id: str) -> Activity:
    activity = catalogue.activity_of(visit.unit, public_id)
    if not activity.supported:
        raise NotFoundError("this activity can't be shown here")
    return activity


def _activity_of_kind(visit: Visit, public_id: str, kind: ActivityKind) -> Activity:
    activity = _shown_activity(visit, public_id)
    if activity.kind != kind:
        raise NotFoundError(f"this activity is no {kind}")
    return activity


def _account_errors(error: InvalidInputError | accounts.LoginTakenError) -> dict[str, str]:
    """Say beside which field what is wrong."""
    if isinstance(error, accounts.LoginTakenError):
        return {"login": _("There is an account with this address already, or you have one already.")}
    if error.field == "login":
        return {"login": _("Enter a complete e-mail address, such as name@example.org.")}
    return {"password": _("A password has 12 to 200 characters.")}


def blueprint(services: Services) -> Blueprint:
    """Return the learner's pages, all below ``/launch/<launch_id>/``."""
    pages = Blueprint("learner", __name__, url_prefix="/launch/<launch_id>")
    handlers, exam = LearnerPages(services), exams.ExamPages(services)
    for rule, endpoint, handler, method in (
        ("/", "unit", handlers.unit, "GET"),
        ("/activities/<activity_id>", "activity", handlers.activity, "GET"),
        ("/activities/<activity_id>/complete", "complete", handlers.complete, "POST"),
        ("/activities/<activity_id>/evaluation", "hand_in", handlers.hand_in, "POST"),
        ("/activities/<activity_id>/attempts", "start_attempt", exam.start, "POST"),
        ("/attempts/<attempt_id>", "attempt", exam.attempt, "GET"),
        ("/attempts/<attempt_id>", "submit_attempt", exam.submit, "POST"),
        ("/xapi/token", "xapi_token", handlers.content.token, "POST"),
        ("/account", "account_form", handlers.account_form, "GET"),
        ("/account", "claim", handlers.claim, "POST"),
    ):
        pages.add_url_rule(rule, endpoint, handler, methods=[method])
    return pages
