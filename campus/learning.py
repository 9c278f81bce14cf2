"""What learners do in the tool: read, take the exam, hand the evaluation in. Each step becomes evidence."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import evidence, people
from campus.catalogue import requirement_key
from campus.errors import ConflictError, InvalidInputError, NotFoundError
from campus.events import Publish
from campus.evidence import OWN_SOURCE, Fact
from campus.models.catalogue import Activity, ActivityKind, LearningUnit, Phase
from campus.models.evidence import Evidence
from campus.models.learning import EvaluationBox, ExamAttempt
from campus.models.people import Identity, Person
from campus.rules.credit import Outcome
from campus.rules.evaluation import BadEvaluationError, EvaluationForm
from campus.rules.exam import BadAnswerError, ExamDefinition, final_percent, mark
from campus.upsert import insert_missing

GRACE = timedelta(seconds=60)
"""For the way of the last post: a submission up to this late still counts."""


class AttemptsUsedUpError(ConflictError):
    """All attempts at the exam have been made."""

    code = "exam.attempts_used_up"


class AttemptOverError(ConflictError):
    """The attempt was submitted already, or its time is over."""

    code = "exam.attempt_over"


class WrongExamPostError(InvalidInputError):
    """The post holds what the exam's form can't have sent: an unknown question or option, or no text."""

    code = "exam.bad_answer"


class AlreadyHandedInError(ConflictError):
    """An evaluation is handed in once; being anonymous, it can't be found again to change it."""

    code = "evaluation.handed_in"


def complete(
    session: Session, identity: Identity, activity: Activity, *, now: datetime, publish: Publish
) -> list[Evidence]:
    """Record that a page was read or a link was used. Exams and evaluations have ways of their own."""
    if not (activity.is_required) or activity.kind in {
        ActivityKind.QUIZ,
        ActivityKind.FEEDBACK,
    }:
        raise InvalidInputError("this activity is not completed by ticking it off", field="activity")
    fact = Fact(identity.id, OWN_SOURCE, requirement_key(activity), Outcome.DONE, occurred_at=now)
    return evidence.record(session, [fact], now=now, publish=publish)


def attempts(session: Session, person: Person, activity: Activity) -> list[ExamAttempt]:
    """List the person's attempts at the exam, first to last, under whatever identities that are theirs now."""
    return list(
        session.scalars(
            select(ExamAttempt)
            .where(
                ExamAttempt.identity_id.in_(people.identities_of(session, person.id)),
                ExamAttempt.activity_id == activity.id,
            )
            .order_by(ExamAttempt.started_at, ExamAttempt.id)
        )
    )


def attempt_of(session: Session, person: Person, unit: LearningUnit, public_id: str) -> ExamAttempt:
    """Return the person's own attempt at an exam of the unit. Raises NotFoundError: to anyone else there is none."""
    found = session.scalars(
        select(ExamAttempt)
        .join(Activity, Activity.id == ExamAttempt.activity_id)
        .join(Phase, Phase.id == Activity.phase_id)
        .where(
            ExamAttempt.public_id == public_id,
            ExamAttempt.identity_id.in_(people.identities_of(session, person.id)),
            Phase.unit_id == unit.id,
        )
    ).first()
    if found is None:
        raise NotFoundError("no such attempt")
    return found


def start_attempt(
    session: Session, person: Person, identity_id: int, activity: Activity, *, now: datetime
) -> ExamAttempt:
    """Start an attempt, or return the one that is running. Raises AttemptsUsedUpError after the last one."""
    definition = ExamDefinition.from_json(activity.config)
    # One person starts one attempt at a time: the row of the person is the lock.
    session.scalars(select(Person.id).where(Person.id == person.id).with_for_update()).one()
    made = attempts(session, person, activity)
    if made and is_running(made[-1], now=now):
        return made[-1]
    if definition.attempts and len(made) >= definition.attempts:
        raise AttemptsUsedUpError(f"all {definition.attempts} attempts are used up")
    limit = definition.time_limit_seconds
    attempt = ExamAttempt(
        identity_id=identity_id,
        activity_id=activity.id,
        number=len(made) + 1,
        started_at=now,
        due_at=now + timedelta(seconds=limit) if limit else None,
        answers={},
        max_score=definition.max_score,
    )
    session.add(attempt)
    session.flush()
    return attempt


def is_running(attempt: ExamAttempt, *, now: datetime) -> bool:
    """Say whether the attempt can still be submitted."""
    return attempt.submitted_at is None and (attempt.due_at is None or now <= attempt.due_at + GRACE)


def submit_attempt(
    session: Session,
    identity: Identity,
    attempt: ExamAttempt,
    answers: Mapping[str, Any],
    *,
    now: datetime,
    publish: Publish,
) -> ExamAttempt:
    """Mark the answers on the server and record the exam's result: what counts of the attempts made so far.

    Raises AttemptOverError for a second or late submission, WrongExamPostError for answers that no form of ours can
    have sent; nothing is written then.
    """
    attempt = session.scalars(
        select(ExamAttempt)
        .where(ExamAttempt.id == attempt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if not is_running(attempt, now=now):
        raise AttemptOverError("the attempt is over")
    definition = ExamDefinition.from_json(attempt.activity.config)
    try:
        result = mark(definition, answers)
    except BadAnswerError as error:
        raise WrongExamPostError(str(error), field=error.question) from error
    attempt.answers, attempt.score, attempt.submitted_at = dict(answers), result.score, now
    session.flush()
    _record_result(session, identity, attempt, definition, now=now, publish=publish)
    return attempt


def _record_result(
    session: Session,
    identity: Identity,
    attempt: ExamAttempt,
    definition: ExamDefinition,
    *,
    now: datetime,
    publish: Publish,
) -> None:
    """Tell what counts of the attempts made under this identity; of several identities the rule takes the best."""
    scores = session.scalars(
        select(ExamAttempt.score)
        .where(
            ExamAttempt.identity_id == identity.id,
            ExamAttempt.activity_id == attempt.activity_id,
            ExamAttempt.score.is_not(None),
        )
        .order_by(ExamAttempt.started_at, ExamAttempt.id)
    )
    percents = [percent_of(float(score or 0.0), attempt.max_score) for score in scores]
    percent = final_percent(definition.grading, percents) or 0.0
    outcome = Outcome.PASSED if percent >= definition.pass_percent else Outcome.FAILED
    key = requirement_key(attempt.activity)
    fact = Fact(identity.id, OWN_SOURCE, key, outcome, occurred_at=now, percent=percent)
    evidence.record(session, [fact], now=now, publish=publish)


def percent_of(score: float, max_score: float) -> float:
    """Give a score as a percentage with five digits behind the point, as Moodle keeps grades."""
    return round(100 * score / max_score, 5) if max_score else 0.0


def hand_in_evaluation(
    session: Session,
    identity: Identity,
    activity: Activity,
    answers: Mapping[str, Any],
    *,
    now: datetime,
    random: Random,
    publish: Publish,
) -> None:
    """Keep the answers without any trace of the person, and record that this person has handed in."""
    try:
        checked = EvaluationForm.from_json(activity.config).check(answers)
    except BadEvaluationError as error:
        raise InvalidInputError(str(error), field=error.question) from error
    fact = Fact(identity.id, OWN_SOURCE, requirement_key(activity), Outcome.DONE, occurred_at=now)
    if not evidence.record(session, [fact], now=now, publish=publish):
        raise AlreadyHandedInError("the evaluation was handed in already")
    insert_missing(session, EvaluationBox, [{"activity_id": activity.id, "answers": []}])
    box = session.scalars(select(EvaluationBox).where(EvaluationBox.activity_id == activity.id).with_for_update()).one()
    answered = [*box.answers, checked]
    random.shuffle(answered)
    box.answers = answered
    session.flush()
