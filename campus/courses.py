"""Courses: who takes them, and when one is complete."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from campus.errors import InvalidInputError, NotFoundError
from campus.events import CourseCompleted, Publish
from campus.models.base import Text
from campus.models.catalogue import Course, CourseUnit, LearningUnit
from campus.models.credits import Credit
from campus.models.learning import CourseParticipant
from campus.models.organisations import Organisation
from campus.models.people import Person
from campus.rules.course import CoursePart, is_complete, is_well_formed
from campus.rules.credit import Standing
from campus.upsert import insert_missing


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
    ects: float | None = None,
) -> Course:
    """Make a course of ``units`` (each with whether it is compulsory), in order. Raises InvalidInputError."""
    parts = [CoursePart(unit.public_id, compulsory) for unit, compulsory in units]
    if not is_well_formed(parts, electives_needed=electives_needed):
        raise InvalidInputError("a course has 3 to 6 units, each once, and enough electives", field="units")
    course = Course(
        code=code,
        title=title,
        summary=summary,
        provider_id=provider.id,
        electives_needed=electives_needed,
        ects=ects,
        created_at=now,
        units=[
            CourseUnit(unit_id=unit.id, compulsory=compulsory, position=place)
            for place, (unit, compulsory) in enumerate(units)
        ],
    )
    session.add(course)
    session.flush()
    return course


def enrol(session: Session, course: Course, person: Person, *, now: datetime, publish: Publish) -> None:
    """Let a person take a course, for which what they have achieved before counts; doing it twice changes nothing."""
    insert_missing(
        session,
        CourseParticipant,
        [{"course_id": course.id, "person_id": person.id, "enrolled_at": now, "completions": 0}],
    )
    _complete(session, CourseParticipant.course_id == course.id, person.id, now=now, publish=publish)


def follow_credit(session: Session, credit: Credit, *, now: datetime, publish: Publish) -> None:
    """Look whether a changed credit completes a course that its person takes, or undoes one. Safe to run twice.

    What a withdrawn credit means for a certificate that was issued, an administrator decides (law 5).
    """
    holding = select(CourseUnit.course_id).where(CourseUnit.unit_id == credit.unit_id)
    _complete(session, CourseParticipant.course_id.in_(holding), credit.person_id, now=now, publish=publish)


def _complete(session: Session, which: ColumnElement[bool], person_id: int, *, now: datetime, publish: Publish) -> None:
    """Bring the completion of the person's courses up to date; the rows are locked before the credits are read."""
    taken = session.scalars(
        select(CourseParticipant)
        .where(which, CourseParticipant.person_id == person_id)
        .order_by(CourseParticipant.id)
        .with_for_update()
    ).all()
    for participant in taken:
        complete = is_complete_for(session, participant.course, person_id)
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
