"""The attendance list as a teacher sees it, and the form that it comes back as."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import sessions
from campus.errors import InvalidInputError
from campus.models.learning import TutorialSession
from campus.models.people import IdentityLink, Person
from campus.rules.credit import Outcome
from lti_tool.launch.store import Deployment, LinkLearner, ResourceLink

FIELD = "attendance-"
"""Before a person's public id in the form."""
NOT_MARKED = "none"


@dataclass(frozen=True)
class AttendanceLine:
    """Someone on the list; ``outcome`` is ``none`` while nothing is marked."""

    person: Person
    outcome: str


@dataclass(frozen=True)
class AttendanceView:
    """The list, and how many more of other platforms are on it."""

    lines: tuple[AttendanceLine, ...]
    others: int


def attendance_view(session: Session, tutorial: TutorialSession, registration_id: int | None) -> AttendanceView:
    """Return the part of the list that concerns learners of the platform; all of it for None."""
    marked = sessions.attendance(session, tutorial)
    expected = sessions.participants(session, tutorial)
    seen = {person.id for person in _learners(session, tutorial.unit_id, registration_id)}
    shown = [person for person in expected if registration_id is None or person.id in seen]
    lines = (AttendanceLine(p, marked[p.id].outcome if p.id in marked else NOT_MARKED) for p in shown)
    return AttendanceView(tuple(lines), others=len(expected) - len(shown))


def candidates(session: Session, tutorial: TutorialSession, registration_id: int | None) -> list[Person]:
    """List the unit's learners who are not on the list yet, by name."""
    listed = {person.id for person in sessions.participants(session, tutorial)}
    return [p for p in _learners(session, tutorial.unit_id, registration_id) if p.id not in listed]


def marks_of(form: Mapping[str, str], view: AttendanceView) -> dict[str, Outcome]:
    """Read the posted list: what is left unmarked says nothing, what was marked before and is no more is taken back.

    Raises InvalidInputError for someone who is not on the list as it was shown, or an unknown mark.
    """
    posted = {name.removeprefix(FIELD): value for name, value in form.items() if name.startswith(FIELD)}
    before = {line.person.public_id: line.outcome for line in view.lines}
    allowed = {*sessions.ATTENDANCE, NOT_MARKED}
    if not posted.keys() <= before.keys() or not set(posted.values()) <= allowed:
        raise InvalidInputError("the attendance list does not fit", field="attendance")
    return {
        public_id: Outcome.RETRACTED if value == NOT_MARKED else Outcome(value)
        for public_id, value in posted.items()
        if value != before[public_id]
    }


def _learners(session: Session, unit_id: int, registration_id: int | None) -> list[Person]:
    """List the people who came to the unit as learners, from one platform or from all."""
    query = (
        select(Person)
        .join(IdentityLink, IdentityLink.person_id == Person.id)
        .join(LinkLearner, LinkLearner.identity_id == IdentityLink.identity_id)
        .join(ResourceLink, ResourceLink.id == LinkLearner.resource_link_id)
        .where(ResourceLink.unit_id == unit_id, IdentityLink.current)
        .order_by(Person.name, Person.id)
        .distinct()
    )
    if registration_id is not None:
        query = query.join(Deployment, Deployment.id == ResourceLink.deployment_id).where(
            Deployment.registration_id == registration_id
        )
    return list(session.scalars(query))
