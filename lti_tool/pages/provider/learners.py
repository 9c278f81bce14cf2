"""Whom a provider may name: people who have learnt with it. The office may name anybody."""

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from campus.errors import NotFoundError
from campus.models.catalogue import Course, LearningUnit
from campus.models.credits import Credit
from campus.models.learning import CourseParticipant, SessionParticipant, TutorialSession
from campus.models.people import Person
from lti_tool.pages.provider.desk import Visit
from lti_tool.pages.search import contains

MOST = 25
LONGEST_SEARCH = 100


def found(visit: Visit, search: str) -> list[Person]:
    """Find people by name, e-mail address or number, by name; nobody for an empty search."""
    if not search:
        return []
    fits = or_(contains(Person.name, search), contains(Person.email, search), Person.public_id == search.lower())
    return list(visit.session.scalars(_nameable(visit).where(fits).order_by(Person.name, Person.id).limit(MOST)))


def one(visit: Visit, public_id: str) -> Person:
    """Return somebody whom the visitor may name. Raises NotFoundError for others as for nobody."""
    person = visit.session.scalars(_nameable(visit).where(Person.public_id == public_id)).first()
    if person is None:
        raise NotFoundError("nobody who has learnt with the provider")
    return person


def _nameable(visit: Visit) -> Select[Person]:
    everybody = select(Person)
    return everybody if visit.actor.is_office else everybody.where(_has_learnt_with(visit.provider.id))


def _has_learnt_with(provider_id: int) -> ColumnElement[bool]:
    units = select(LearningUnit.id).where(
        or_(LearningUnit.provider_id == provider_id, LearningUnit.delivering_provider_id == provider_id)
    )
    courses = select(Course.id).where(Course.provider_id == provider_id)
    sessions = select(TutorialSession.id).where(TutorialSession.unit_id.in_(units))
    return or_(
        _among(Credit.person_id, Credit.unit_id.in_(units) & (Credit.revision > 0)),
        _among(SessionParticipant.person_id, SessionParticipant.session_id.in_(sessions)),
        _among(CourseParticipant.person_id, CourseParticipant.course_id.in_(courses)),
    )


def _among(column: InstrumentedAttribute[int], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Person.id.in_(select(column).where(condition))
