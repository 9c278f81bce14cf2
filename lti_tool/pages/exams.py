"""The short exam's pages: rules and attempts, the form with the time that is left, the result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from campus import catalogue, learning
from campus.errors import NotFoundError
from campus.models.catalogue import Activity, ActivityKind
from campus.models.learning import ExamAttempt
from campus.rules.exam import (
    ExamDefinition,
    ExamResult,
    Multichoice,
    Question,
    QuestionMark,
    TrueFalse,
    final_percent,
    mark,
)
from campus.rules.exam_questions import Option
from lti_tool.pages.unit_view import UnitView, unit_view
from lti_tool.pages.visit import Visit, enter
from lti_tool.wiring import Services

Page = str | BaseResponse


@dataclass(frozen=True)
class AskedQuestion:
    """A question as the form shows it; ``kind`` chooses the field."""

    number: int
    question: Question
    kind: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class AttemptLine:
    """An attempt in the list; ``percent`` is empty while it runs or when its time ran out."""

    attempt: ExamAttempt
    percent: float | None
    running: bool


@dataclass(frozen=True)
class ResultLine:
    """A question with what was answered and what it gave."""

    asked: AskedQuestion
    given: tuple[str, ...]
    mark: QuestionMark


class ExamPages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def start(self, launch_id: str, activity_id: str) -> Page:
        """Start an attempt, or go on with the one that is running."""
        with self.services.database.write() as session:
            visit = enter(self.services, session, launch_id)
            activity = catalogue.activity_of(visit.unit, activity_id)
            if activity.kind != ActivityKind.QUIZ or not activity.supported:
                raise NotFoundError("this activity is no exam")
            attempt = learning.start_attempt(
                session, visit.person, visit.identity.id, activity, now=self.services.clock()
            )
            attempt_id = attempt.public_id
        return redirect(url_for("learner.attempt", launch_id=launch_id, attempt_id=attempt_id), 303)

    def attempt(self, launch_id: str, attempt_id: str) -> Page:
        """Show the questions while the attempt is running, then its result."""
        now = self.services.clock()
        with self.services.database.read() as session:
            visit = enter(self.services, session, launch_id)
            attempt = learning.attempt_of(session, visit.person, visit.unit, attempt_id)
            definition = ExamDefinition.from_json(attempt.activity.config)
            if not learning.is_running(attempt, now=now):
                return _result(session, visit, attempt, definition, now)
            return render_template(
                "learner/exam.html",
                unit=visit.unit,
                activity=attempt.activity,
                attempt=attempt,
                questions=asked(definition, attempt),
                seconds_left=_seconds_left(attempt, now),
            )

    def submit(self, launch_id: str, attempt_id: str) -> Page:
        """Mark the answers. What no form of ours can have sent is refused, and the attempt goes on."""
        with self.services.database.write() as session:
            visit = enter(self.services, session, launch_id)
            attempt = learning.attempt_of(session, visit.person, visit.unit, attempt_id)
            learning.submit_attempt(
                session,
                visit.identity,
                attempt,
                answers_of(ExamDefinition.from_json(attempt.activity.config), request.form),
                now=self.services.clock(),
                publish=self.services.publish(session),
            )
        return redirect(url_for("learner.attempt", launch_id=launch_id, attempt_id=attempt_id), 303)


def introduction(services: Services, session: Session, visit: Visit, activity: Activity, view: UnitView) -> str:
    """Show the rules, the attempts made so far and, if there is one left, the button."""
    now = services.clock()
    definition = ExamDefinition.from_json(activity.config)
    lines = _lines(learning.attempts(session, visit.person, activity), now)
    return render_template(
        "learner/exam_introduction.html",
        unit=visit.unit,
        activity=activity,
        definition=definition,
        minutes=definition.minutes,
        lines=lines,
        running=next((line for line in lines if line.running), None),
        left=_left(definition, len(lines)),
        state=view.state_of(activity),
    )


def answers_of(definition: ExamDefinition, form: MultiDict[str, str]) -> dict[str, object]:
    """Return what was posted: a list for a question with several choices, else one value; two are given on as they are.

    Nothing is checked here: marking refuses what doesn't fit.
    """
    several = {q.key for q in definition.questions if isinstance(q, Multichoice) and not q.single}
    posted = {key: form.getlist(key) for key in form}
    return {key: values if key in several or len(values) > 1 else values[0] for key, values in posted.items()}


def asked(definition: ExamDefinition, attempt: ExamAttempt) -> list[AskedQuestion]:
    """Give the questions as the form shows them. Options are shuffled, for one attempt always in the same way."""
    found = []
    for number, question in enumerate(definition.questions, 1):
        match question:
            case TrueFalse():
                found.append(AskedQuestion(number, question, "truth"))
            case Multichoice():
                options = list(question.answers)
                if definition.shuffle_answers:
                    # An order, no secret: the same as long as the attempt lasts.
                    Random(f"{attempt.public_id}/{question.key}").shuffle(options)  # noqa: S311
                kind = "one" if question.single else "several"
                found.append(AskedQuestion(number, question, kind, tuple(options)))
            case _:
                found.append(AskedQuestion(number, question, "text"))
    return found


def _result(session: Session, visit: Visit, attempt: ExamAttempt, definition: ExamDefinition, now: datetime) -> str:
    lines = _lines(learning.attempts(session, visit.person, attempt.activity), now)
    view = unit_view(session, visit.person, visit.unit)
    result = mark(definition, attempt.answers) if attempt.submitted_at else None
    percents = [line.percent for line in lines if line.percent is not None]
    return render_template(
        "learner/exam_result.html",
        unit=visit.unit,
        activity=attempt.activity,
        attempt=attempt,
        definition=definition,
        result=result,
        lines=result_lines(definition, attempt, result) if result else [],
        best=final_percent(definition.grading, percents),
        left=_left(definition, len(lines)),
        view=view,
    )


def result_lines(definition: ExamDefinition, attempt: ExamAttempt, result: ExamResult) -> list[ResultLine]:
    """Give each question with what was answered and what it gave, as the learner saw them."""
    questions = sorted(asked(definition, attempt), key=lambda one: one.number)
    return [
        ResultLine(one, _given(one, attempt.answers.get(one.question.key)), marked)
        for one, marked in zip(questions, result.questions, strict=True)
    ]


def _given(one: AskedQuestion, answer: object) -> tuple[str, ...]:
    """Give an answer as it was shown: the options' texts (sanitised HTML), else what was typed."""
    values = answer if isinstance(answer, list | tuple) else [] if answer in (None, "") else [answer]
    texts = {option.key: option.text_html for option in one.options}
    return tuple(texts.get(str(value), str(value)) for value in values)


def _lines(attempts: Sequence[ExamAttempt], now: datetime) -> list[AttemptLine]:
    return [
        AttemptLine(
            attempt=attempt,
            percent=None if attempt.score is None else learning.percent_of(attempt.score, attempt.max_score),
            running=learning.is_running(attempt, now=now),
        )
        for attempt in attempts
    ]


def _left(definition: ExamDefinition, made: int) -> int | None:
    """Return how many attempts are left; None when they are not counted."""
    return None if definition.attempts is None else max(0, definition.attempts - made)


def _seconds_left(attempt: ExamAttempt, now: datetime) -> int | None:
    return max(0, int((attempt.due_at - now).total_seconds())) if attempt.due_at else None
