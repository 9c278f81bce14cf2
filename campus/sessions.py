"""Sessions (Termine) of a tutorial and who attended them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import evidence, people
from campus.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from campus.events import Publish
from campus.evidence import OWN_SOURCE, Fact
from campus.models.base import Text
from campus.models.catalogue import LearningUnit
from campus.models.evidence import Evidence, SourceObject
from campus.models.learning import SessionParticipant, TutorialSession
from campus.models.people import IdentityLink, Person
from campus.rules.credit import Outcome
from campus.upsert import insert_missing

ATTENDANCE = (Outcome.PRESENT, Outcome.ABSENT, Outcome.EXCUSED)


class OwnAttendanceError(ForbiddenError):
    """A teacher marked themself."""

    code = "attendance.own"


class NotYetHeldError(ConflictError):
    """Nobody can have attended, or missed, a session that has not begun."""

    code = "attendance.not_yet_held"


def reference(tutorial: TutorialSession) -> str:
    """Name the session as a source object."""
    return f"session:{tutorial.public_id}"


def create(
    session: Session,
    unit: LearningUnit,
    *,
    title: Text,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    now: datetime,
    zone: str = "Europe/Berlin",
) -> TutorialSession:
    """Announce a session of the unit's tutorial; attending it meets the unit's tutorial requirement."""
    if ends_at <= starts_at:
        raise InvalidInputError("a session ends after it starts", field="ends_at")
    tutorial = TutorialSession(
        unit_id=unit.id, title=title, starts_at=starts_at, ends_at=ends_at, place=place, zone=zone
    )
    session.add(tutorial)
    session.flush()
    evidence.map_object(
        session,
        source=OWN_SOURCE,
        reference=reference(tutorial),
        unit_id=unit.id,
        requirement="tutorial",
        reason="own session",
        decided_by_id=None,
        now=now,
        publish=lambda _event: None,  # nobody can have attended it yet
    )
    return tutorial


def of_unit(session: Session, unit: LearningUnit) -> list[TutorialSession]:
    """List the unit's sessions by date."""
    return list(
        session.scalars(
            select(TutorialSession).where(TutorialSession.unit_id == unit.id).order_by(TutorialSession.starts_at)
        )
    )


def of_unit_or_fail(session: Session, unit: LearningUnit, public_id: str) -> TutorialSession:
    """Return the unit's session or raise NotFoundError: another unit's session is none of its business."""
    for tutorial in of_unit(session, unit):
        if tutorial.public_id == public_id:
            return tutorial
    raise NotFoundError("no such session in this unit")


def expect(session: Session, tutorial: TutorialSession, person: Person, *, now: datetime) -> None:
    """Put a person on the session's list; doing it twice changes nothing."""
    insert_missing(
        session,
        SessionParticipant,
        [{"session_id": tutorial.id, "person_id": person.id, "registered_at": now}],
    )


def participants(session: Session, tutorial: TutorialSession) -> list[Person]:
    """List who is expected, by name."""
    return list(
        session.scalars(
            select(Person)
            .join(SessionParticipant, SessionParticipant.person_id == Person.id)
            .where(SessionParticipant.session_id == tutorial.id)
            .order_by(Person.name, Person.id)
        )
    )


def attendance(session: Session, tutorial: TutorialSession) -> dict[int, Evidence]:
    """Give the latest attendance of each person (by person id), as evidence."""
    rows = session.execute(
        select(IdentityLink.person_id, Evidence)
        .join(Evidence, Evidence.identity_id == IdentityLink.identity_id)
        .join(SourceObject, SourceObject.id == Evidence.object_id)
        .where(
            SourceObject.source == OWN_SOURCE,
            SourceObject.reference == reference(tutorial),
            IdentityLink.current,
        )
        .order_by(Evidence.id)
    )
    latest = {person_id: found for person_id, found in rows}  # noqa: C416 - rows are Row objects, the last one counts
    return {person_id: found for person_id, found in latest.items() if found.outcome != Outcome.RETRACTED}


def mark(
    session: Session,
    tutorial: TutorialSession,
    marks: Mapping[str, Outcome],
    *,
    teacher_id: int,
    now: datetime,
    publish: Publish,
) -> list[Evidence]:
    """Record the attendance list: ``marks`` by person public id; someone not on the list is refused.

    RETRACTED takes a mark back. The facts' time is the session's end, not when the list was typed in.
    """
    expected = {person.public_id: person for person in participants(session, tutorial)}
    if not marks.keys() <= expected.keys():
        raise InvalidInputError("someone marked is not on the list", field="attendance")
    if not set(marks.values()) <= {*ATTENDANCE, Outcome.RETRACTED}:
        raise InvalidInputError("attendance is present, absent or excused", field="attendance")
    if any(expected[public_id].id == teacher_id for public_id in marks):
        raise OwnAttendanceError("nobody vouches for themself")
    if now < tutorial.starts_at and not set(marks.values()) <= {Outcome.EXCUSED, Outcome.RETRACTED}:
        raise NotYetHeldError("the session has not begun")
    facts = [
        Fact(
            identity_id=people.own_identity(session, expected[public_id], now=now).id,
            source=OWN_SOURCE,
            reference=reference(tutorial),
            outcome=outcome,
            occurred_at=min(tutorial.ends_at, now),
            recorded_by_id=teacher_id,
        )
        for public_id, outcome in sorted(marks.items())
    ]
    return evidence.record(session, facts, now=now, publish=publish)
