"""Many people who have earned a unit, quickly made: for runs over them."""

from sqlalchemy.orm import Session

from campus import people
from campus.models.catalogue import LearningUnit
from campus.models.credits import Credit
from campus.models.people import Person
from tests import factories
from tests.factories import NOW


def earners(session: Session, unit: LearningUnit, number: int) -> list[Person]:
    """Let so many people have achieved the unit, without going through their evidence."""
    made = []
    for which in range(number):
        _, person = people.identify(
            session,
            kind="lti",
            issuer="https://lms.example",
            client_id="client",
            subject=f"crowd-{which}",
            name=f"Lernende {which:03}",
            now=NOW,
        )
        made.append(person)
    earned = [
        Credit(person_id=one.id, unit_id=unit.id, revision=1, standing="achieved", percent=80.0, changed_at=NOW)
        for one in made
    ]
    session.add_all(earned)
    session.flush()
    return made


def unit_with(session: Session, number: int) -> tuple[LearningUnit, list[Person]]:
    """Keep a unit, and so many who have achieved it."""
    unit = factories.unit(session)
    return unit, earners(session, unit, number)
