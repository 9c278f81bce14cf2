"""Courses: what they consist of, who takes them, and when one is complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from campus import extent as extents
from campus.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from campus.events import CourseCompleted, Publish
from campus.extent import Extent
from campus.models.base import Text
from campus.models.catalogue import Course, CourseAwardingBody, CourseUnit, LearningUnit
from campus.models.credits import Credit
from campus.models.learning import CourseParticipant
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Person
from campus.rules.course import CoursePart, is_complete, is_well_formed
from campus.rules.credit import Standing
from campus.upsert import insert_missing

MOST_BODIES = 5
"""With whom a course may be awarded jointly, beside its own provider."""


class CodeTakenError(ConflictError):
    """Another course has the code."""

    code = "course.code_taken"


class CompletedCourseError(ConflictError):
    """Somebody has completed the course, so what it asks for stays as it is."""

    code = "course.completed"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a course asks for: units, in order, each with whether it is compulsory; and how many of the others."""

    units: Sequence[tuple[LearningUnit, bool]]
    electives_needed: int = 0

    def __post_init__(self) -> None:
        """Refuse a course that nobody could take. Raises InvalidInputError."""
        parts = [CoursePart(unit.public_id, compulsory) for unit, compulsory in self.units]
        if not is_well_formed(parts, electives_needed=self.electives_needed):
            raise InvalidInputError("a course has 3 to 6 units, each once, and enough electives", field="units")

    def rows(self) -> list[CourseUnit]:
        """Return it as the rows of a course."""
        return [
            CourseUnit(unit_id=unit.id, compulsory=compulsory, position=place)
            for place, (unit, compulsory) in enumerate(self.units)
        ]


def create(
    session: Session,
    *,
    code: str,
    title: Text,
    summary: Text,
    provider: Organisation,
    units: Sequence[tuple[LearningUnit, bool]],
    now: datetime,
    electives_needed: int = 0,
    extent: Extent | None = None,
    individual_for: Person | None = None,
) -> Course:
    """Make a course of ``units`` (each with whether it is compulsory), in order; perhaps for one person alone.

    Raises InvalidInputError, and CodeTakenError for the code of another course.
    """
    plan = Plan(units, electives_needed)
    _refuse_taken(session, code)
    course = Course(
        code=code,
        title=title,
        summary=summary,
        provider_id=provider.id,
        electives_needed=electives_needed,
        individual_for_id=individual_for.id if individual_for else None,
        created_at=now,
        units=plan.rows(),
    )
    extents.put(extent or Extent(), course)
    session.add(course)
    session.flush()
    return course


def edit(
    session: Session,
    course: Course,
    *,
    code: str,
    title: Text,
    summary: Text,
    extent: Extent,
    plan: Plan | None,
    now: datetime,
    publish: Publish,
) -> None:
    """Change a course; without a plan it asks for what it asked for before.

    A new plan is recorded only while nobody has completed the course: what they have is certified, or is about to be.
    Whom it then gives all they need, completes the course. Raises CompletedCourseError, CodeTakenError.
    """
    session.refresh(course, with_for_update=True)  # who is enrolled now waits: their row names the course
    if code != course.code:
        _refuse_taken(session, code)
    course.code, course.title, course.summary = code, title, summary
    extents.put(extent, course)
    session.flush()
    if plan is not None and not _is_as_planned(course, plan):
        _rearrange(session, course, plan, now=now, publish=publish)


def is_settled(session: Session, course: Course) -> bool:
    """Say whether somebody has completed it, now or once, so that it asks for the same for ever."""
    completed = select(CourseParticipant.id).where(
        CourseParticipant.course_id == course.id, CourseParticipant.completions > 0
    )
    return session.scalars(completed.limit(1)).first() is not None


def _is_as_planned(course: Course, plan: Plan) -> bool:
    listed = [(part.unit_id, part.compulsory) for part in course.units]
    wanted = [(unit.id, compulsory) for unit, compulsory in plan.units]
    return listed == wanted and course.electives_needed == plan.electives_needed


def _rearrange(session: Session, course: Course, plan: Plan, *, now: datetime, publish: Publish) -> None:
    mine = CourseParticipant.course_id == course.id
    session.scalars(select(CourseParticipant.id).where(mine).order_by(CourseParticipant.id).with_for_update()).all()
    if is_settled(session, course):
        raise CompletedCourseError("somebody has completed the course")
    session.execute(delete(CourseUnit).where(CourseUnit.course_id == course.id))
    course.electives_needed = plan.electives_needed
    session.expire(course, ["units"])
    course.units.extend(plan.rows())
    session.flush()
    _complete(session, mine, now=now, publish=publish)


def _refuse_taken(session: Session, code: str) -> None:
    if session.scalars(select(Course.id).where(Course.code == code)).first() is not None:
        raise CodeTakenError("another course has the code")


def award_with(session: Session, course: Course, bodies: Sequence[Organisation]) -> None:
    """Let these providers award the course's certificates jointly with its own provider, in this order.

    Certificates that are there already stay as they were signed. Raises InvalidInputError.
    """
    ids = [body.id for body in bodies]
    if len(ids) > MOST_BODIES or len(set(ids)) < len(ids) or course.provider_id in ids:
        raise InvalidInputError(f"at most {MOST_BODIES} other providers, each once", field="bodies")
    if any(body.kind != OrganisationKind.PROVIDER for body in bodies):
        raise InvalidInputError("only providers award certificates of courses", field="bodies")
    session.execute(delete(CourseAwardingBody).where(CourseAwardingBody.course_id == course.id))
    session.expire(course, ["awarding_bodies"])
    course.awarding_bodies.extend(
        CourseAwardingBody(organisation_id=body, position=place) for place, body in enumerate(ids)
    )
    session.flush()


def enrol(session: Session, course: Course, person: Person, *, now: datetime, publish: Publish) -> None:
    """Let a person take a course, for which what they have achieved before counts; doing it twice changes nothing.

    Raises ForbiddenError for a course that was put together for somebody else.
    """
    if course.individual_for_id not in {None, person.id}:
        raise ForbiddenError("the course is for somebody else")
    insert_missing(
        session,
        CourseParticipant,
        [{"course_id": course.id, "person_id": person.id, "enrolled_at": now, "completions": 0}],
    )
    session.refresh(course)  # whoever was changing it has finished: the new row waited for them
    mine = (CourseParticipant.course_id == course.id) & (CourseParticipant.person_id == person.id)
    _complete(session, mine, now=now, publish=publish)


def follow_credit(session: Session, credit: Credit, *, now: datetime, publish: Publish) -> None:
    """Look whether a changed credit completes a course that its person takes, or undoes one. Safe to run twice.

    What a withdrawn credit means for a certificate that was issued, an administrator decides (law 5).
    """
    holding = select(CourseUnit.course_id).where(CourseUnit.unit_id == credit.unit_id)
    mine = CourseParticipant.course_id.in_(holding) & (CourseParticipant.person_id == credit.person_id)
    _complete(session, mine, now=now, publish=publish)


def _complete(session: Session, which: ColumnElement[bool], *, now: datetime, publish: Publish) -> None:
    """Bring the completion of these participants up to date; the rows are locked before the credits are read."""
    taken = session.scalars(
        select(CourseParticipant).where(which).order_by(CourseParticipant.id).with_for_update()
    ).all()
    for participant in taken:
        complete = is_complete_for(session, participant.course, participant.person_id)
        if not complete:
            participant.completed_at = None
        elif participant.completed_at is None:
            participant.completed_at = now
            participant.completions += 1
            publish(
                CourseCompleted(participant.course.public_id, participant.person.public_id, participant.completions)
            )
    session.flush()


def is_complete_for(session: Session, course: Course, person_id: int) -> bool:
    """Say whether the person has, at this moment, all that the course asks for."""
    parts = [CoursePart(str(part.unit_id), part.compulsory) for part in course.units]
    return is_complete(parts, achieved_units(session, person_id), electives_needed=course.electives_needed)


def achieved_units(session: Session, person_id: int) -> set[str]:
    """Give the ids of the units that the person has achieved, as texts."""
    return {
        str(unit_id)
        for unit_id in session.scalars(
            select(Credit.unit_id).where(Credit.person_id == person_id, Credit.standing == Standing.ACHIEVED)
        )
    }


def by_public_id(session: Session, public_id: str) -> Course:
    """Return the course or raise NotFoundError."""
    course = session.scalars(select(Course).where(Course.public_id == public_id)).first()
    if course is None:
        raise NotFoundError("no such course")
    return course
