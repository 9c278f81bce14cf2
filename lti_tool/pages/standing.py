"""What a person has, and what a unit's learners have: read for the account's and the administrators' pages."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from campus import courses
from campus.models.base import Text
from campus.models.catalogue import Course, CourseUnit, LearningUnit
from campus.models.credits import Credit
from campus.models.learning import CourseParticipant
from campus.rules.credit import Standing
from certificates import store
from certificates.store import Award
from lti_tool.pages.award_state import word_of


@dataclass(frozen=True)
class AwardLine:
    """An award in a list. ``title`` is empty once its holder was erased."""

    public_id: str
    kind: str
    code: str
    title: Text
    holder: str
    issuer: Text
    issued_at: datetime
    word: str
    """How it stands, as ``award_state.word_of`` says."""


@dataclass(frozen=True)
class CoursePartLine:
    """A unit in a course, and whether the person has achieved it."""

    unit: LearningUnit
    compulsory: bool
    achieved: bool


@dataclass(frozen=True)
class CourseLine:
    """A course that a person takes."""

    course: Course
    completed_at: datetime | None
    parts: tuple[CoursePartLine, ...]

    @property
    def achieved(self) -> int:
        """Count the achieved parts."""
        return sum(part.achieved for part in self.parts)


@dataclass(frozen=True)
class UnitCounts:
    """How many people stand where in a unit."""

    unit: LearningUnit
    in_progress: int
    attended: int
    achieved: int
    contested: int

    @property
    def total(self) -> int:
        """Count everyone of whom something is known."""
        return self.in_progress + self.attended + self.achieved


def award_line(award: Award, *, now: datetime) -> AwardLine:
    """Read an award for a list, from the facts that were frozen when it was issued."""
    facts = store.facts_of(award) if award.facts is not None else None
    return AwardLine(
        public_id=award.public_id,
        kind=award.kind,
        code=facts.achievement.code if facts else "",
        title=dict(facts.achievement.title) if facts else {},
        holder=facts.recipient.name if facts else "",
        issuer=award.issuer.name,
        issued_at=award.issued_at,
        word=word_of(award, facts, now=now),
    )


def awards_of(session: Session, person_id: int, *, now: datetime) -> list[AwardLine]:
    """List the person's awards, the newest first."""
    return [award_line(award, now=now) for award in store.awards_of(session, person_id)]


def units_of(session: Session, person_id: int) -> list[Credit]:
    """List the units of which something is known of the person, by code."""
    return list(
        session.scalars(
            select(Credit)
            .join(Credit.unit)
            .where(Credit.person_id == person_id, Credit.revision > 0)
            .options(selectinload(Credit.unit).selectinload(LearningUnit.provider))
            .order_by(LearningUnit.code, LearningUnit.id)
        )
    )


def courses_of(session: Session, person_id: int) -> list[CourseLine]:
    """List the courses that the person takes, with the parts and whether they are achieved."""
    taken = session.scalars(
        select(CourseParticipant)
        .where(CourseParticipant.person_id == person_id)
        .options(
            selectinload(CourseParticipant.course).selectinload(Course.units).selectinload(CourseUnit.unit),
        )
        .order_by(CourseParticipant.id)
    ).all()
    achieved = courses.achieved_units(session, person_id)
    return [
        CourseLine(
            participant.course,
            participant.completed_at,
            tuple(
                CoursePartLine(part.unit, part.compulsory, str(part.unit_id) in achieved)
                for part in participant.course.units
            ),
        )
        for participant in taken
    ]


def counts(session: Session, *conditions: ColumnElement[bool]) -> list[UnitCounts]:
    """Count people by standing for each unit that meets ``conditions``, by code; units with nobody too."""
    units = session.scalars(
        select(LearningUnit)
        .where(*conditions)
        .options(selectinload(LearningUnit.provider), selectinload(LearningUnit.delivering_provider))
        .order_by(LearningUnit.code, LearningUnit.id)
    ).all()
    found = session.execute(
        select(Credit.unit_id, Credit.standing, func.count(), func.count().filter(Credit.contested))
        .where(Credit.unit_id.in_([unit.id for unit in units]), Credit.revision > 0)
        .group_by(Credit.unit_id, Credit.standing)
    ).all()
    by_unit: dict[int, dict[str, tuple[int, int]]] = {}
    for unit_id, standing, people, contested in found:
        by_unit.setdefault(unit_id, {})[standing] = (people, contested)
    return [_unit_counts(unit, by_unit.get(unit.id, {})) for unit in units]


def _unit_counts(unit: LearningUnit, found: dict[str, tuple[int, int]]) -> UnitCounts:
    def people(standing: Standing) -> int:
        return found.get(standing, (0, 0))[0]

    return UnitCounts(
        unit=unit,
        in_progress=people(Standing.IN_PROGRESS),
        attended=people(Standing.ATTENDED),
        achieved=people(Standing.ACHIEVED),
        contested=sum(contested for _, contested in found.values()),
    )
