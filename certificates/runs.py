"""Many awards by one decision: issued, issued anew or revoked, by a durable job that can be taken up again.

A run names its subjects in order and how many were taken. A chunk is one transaction with the number in it, so whoever
takes the run up after a crash goes on behind the last whole chunk, and nothing is done twice.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from campus import catalogue, courses, people
from campus.errors import CampusError, NotFoundError
from campus.events import AwardsWanted, Publish
from campus.models.catalogue import Course, LearningUnit
from campus.models.credits import Credit
from campus.models.learning import CourseParticipant
from campus.models.people import Identity, IdentityLink, Person
from campus.rules.credit import EARNED
from certificates import correction, store
from certificates.award import award_course, award_unit
from certificates.errors import AwardRevokedError, BadFactsError, NobodyChosenError, NotEarnedError
from certificates.facts import AwardKind
from certificates.issue import Issuing, revoke
from certificates.store import Award, Run

CHUNK = 20
"""Subjects of one transaction: SQLite's other writers wait for about so many signatures."""
MOST = 20_000
"""Subjects of one run: what one row may well hold."""

Act = Callable[[str], bool]
"""Takes a subject; says whether it has changed anything."""


class RunKind(StrEnum):
    """What a run does. Its subjects are people when it issues, else awards."""

    ISSUE = "issue"
    REISSUE = "reissue"
    REVOKE = "revoke"


def begin(
    session: Session,
    kind: RunKind,
    organisation_id: int,
    subjects: Iterable[str],
    about: Mapping[str, Any],
    *,
    by: int,
    by_office: bool,
    now: datetime,
    publish: Publish,
) -> Run:
    """Store what is to be done to whom (public ids, in order), and have it done.

    ``about`` is ``{"unit": public id}`` or ``{"course": public id}`` to issue, ``{"only_changed": bool}`` to issue
    anew, ``{"reason": text}`` to revoke. Whether ``by`` may do that, the caller has asked; ``by_office`` says that
    it is the campus office's word, which alone goes over a revocation. Raises NobodyChosenError without subjects or
    with too many, BadFactsError for a revocation without a reason.
    """
    once = list(dict.fromkeys(subjects))
    if not once or len(once) > MOST:
        raise NobodyChosenError(f"a run is about 1 to {MOST} people or awards")
    if kind is RunKind.REVOKE and not str(about.get("reason", "")).strip():
        raise BadFactsError("a revocation needs a reason", field="reason")
    run = Run(
        kind=kind.value,
        organisation_id=organisation_id,
        about=dict(about),
        subjects=once,
        problems=[],
        created_at=now,
        created_by_id=by,
        by_office=by_office,
    )
    session.add(run)
    session.flush()
    publish(AwardsWanted(run.public_id))
    return run


def follow(session: Session, public_id: str, how: Issuing) -> bool:
    """Take the next chunk; say whether there is more. Raises NotFoundError.

    A subject that is refused is written down with the refusal's code, and the others go on.
    """
    run = session.scalar(select(Run).where(Run.public_id == public_id).with_for_update())
    if run is None:
        raise NotFoundError("no such run")
    if run.finished_at is not None:
        return False
    act = _act(session, run, how)
    taken = run.subjects[run.done : run.done + CHUNK]
    problems, changed = [], 0
    for subject in taken:
        try:
            with session.begin_nested():
                changed += act(subject)
        except CampusError as error:
            problems.append({"subject": subject, "code": error.code})
    run.done += len(taken)
    run.changed += changed
    run.problems = [*run.problems, *problems]
    if run.done == len(run.subjects):
        run.finished_at = how.now
    session.flush()
    return run.finished_at is None


def by_public_id(session: Session, public_id: str) -> Run:
    """Return the run or raise NotFoundError."""
    found = session.scalar(select(Run).where(Run.public_id == public_id))
    if found is None:
        raise NotFoundError("no such run")
    return found


def candidates(target: LearningUnit | Course) -> Select[Person, Award]:
    """Ask for those who have earned a unit or completed a course and have no certificate, each once.

    Beside somebody whose certificate was revoked stands that one. Who was erased is nobody's candidate.
    """
    if isinstance(target, LearningUnit):
        earned = and_(Credit.person_id == Person.id, Credit.unit_id == target.id, Credit.standing.in_(EARNED))
        found = select(Person, Award).join(Credit, earned)
        of_target = Award.unit_id == target.id
    else:
        completed = and_(
            CourseParticipant.person_id == Person.id,
            CourseParticipant.course_id == target.id,
            CourseParticipant.completed_at.is_not(None),
        )
        found = select(Person, Award).join(CourseParticipant, completed)
        of_target = Award.course_id == target.id
    stands = and_(Award.person_id == Person.id, of_target, Award.superseded_at.is_(None))
    known = (
        select(IdentityLink.id)
        .join(Identity, Identity.id == IdentityLink.identity_id)
        .where(IdentityLink.person_id == Person.id, IdentityLink.current, Identity.subject.not_like("erased:%"))
    )
    return (
        found.outerjoin(Award, stands)
        .where(or_(Award.id.is_(None), Award.revoked_at.is_not(None)), known.exists())
        .order_by(Person.name, Person.id)
    )


def never_had(found: Select[Person, Award]) -> Select[Person, Award]:
    """Leave out of ``candidates`` those whose certificate was revoked."""
    return found.where(Award.id.is_(None))


def _act(session: Session, run: Run, how: Issuing) -> Act:
    match RunKind(run.kind):
        case RunKind.ISSUE if "unit" in run.about:
            unit = catalogue.unit_by_public_id(session, run.about["unit"])
            return partial(_issue_unit, session, unit, run, how)
        case RunKind.ISSUE:
            course = courses.by_public_id(session, run.about["course"])
            return partial(_issue_course, session, course, run, how)
        case RunKind.REISSUE:
            return partial(_correct, session, run, how)
        case RunKind.REVOKE:
            return partial(_revoke, session, run, how)


def _issue_unit(session: Session, unit: LearningUnit, run: Run, how: Issuing, subject: str) -> bool:
    credit = session.scalar(
        select(Credit)
        .join(Person, Person.id == Credit.person_id)
        .where(Person.public_id == subject, Credit.unit_id == unit.id, Credit.standing.in_(EARNED))
    )
    if credit is None:
        raise NotEarnedError("the unit is not earned")
    before = store.award_of(session, AwardKind.ATTENDANCE, credit.person_id, unit.id)
    if before is None:
        return award_unit(session, credit, how) is not None
    return _again(session, before, run, how)


def _issue_course(session: Session, course: Course, run: Run, how: Issuing, subject: str) -> bool:
    kind = AwardKind.COURSE if course.individual_for_id is None else AwardKind.INDIVIDUAL
    person = people.by_public_id(session, subject)
    before = store.award_of(session, kind, person.id, course.id)
    if before is not None:
        return _again(session, before, run, how)
    if award_course(session, course, subject, how) is None:
        raise NotEarnedError("the course is not complete")
    return True


def _again(session: Session, before: Award, run: Run, how: Issuing) -> bool:
    """Issue it in the place of a revoked one; one that isn't revoked stays. The office revokes, so it alone may."""
    if before.revoked_at is None:
        return False
    if not run.by_office:
        raise AwardRevokedError("only the campus office issues again what was revoked")
    correction.issue_again(session, before, how, by=run.created_by_id)
    return True


def _correct(session: Session, run: Run, how: Issuing, subject: str) -> bool:
    before = store.award(session, subject)
    only_changed = bool(run.about.get("only_changed"))
    return correction.correct(session, before, how, by=run.created_by_id, only_changed=only_changed).id != before.id


def _revoke(session: Session, run: Run, how: Issuing, subject: str) -> bool:
    award = store.award(session, subject)
    if award.revoked_at is not None:
        return False
    revoke(session, award, reason=run.about["reason"], by=run.created_by_id, now=how.now)
    return True
