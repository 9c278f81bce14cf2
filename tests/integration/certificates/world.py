"""A provider, a unit, a course and people, for certificates to be about."""

from dataclasses import dataclass, replace
from random import Random

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy.orm import Session

from campus.models.base import new_public_id
from campus.models.catalogue import Course, LearningUnit
from campus.models.organisations import Organisation
from campus.models.people import Person
from certificates.facts import AwardFacts, AwardKind, Recipient
from certificates.issue import Issuing, issue
from certificates.store import Award
from tests.unit.certificates import samples
from tests.unit.certificates.samples import NOW, PUBLIC_URL, SLUG

FERNET = MultiFernet([Fernet(b"0123456789abcdef0123456789abcdef0123456789A=")])

RANDOM = Random(1)


@dataclass(frozen=True)
class World:
    """The rows, by database id, and their facts by kind."""

    people: tuple[int, ...]
    names: tuple[Recipient, ...]
    unit_id: int
    course_id: int
    issuer_id: int
    facts: dict[AwardKind, AwardFacts]

    def facts_for(self, person: int = 0, kind: AwardKind = AwardKind.ATTENDANCE) -> AwardFacts:
        """Return fresh facts for one of the people, with a public id that nobody used yet."""
        return replace(self.facts[kind], award_id=new_public_id(), recipient=self.names[person])


def build(session: Session, people: int = 2) -> World:
    """Keep a world with so many people."""
    text = {"de": "Text", "en": "text"}
    issuer = Organisation(kind="provider", slug=SLUG, name=text, created_at=NOW)
    session.add(issuer)
    session.flush()
    unit = LearningUnit(
        code="A1",
        title=text,
        summary=text,
        provider_id=issuer.id,
        delivering_provider_id=issuer.id,
        hours=12,
        created_at=NOW,
    )
    course = Course(code="K1", title=text, summary=text, provider_id=issuer.id, created_at=NOW)
    learners = [Person(name=f"Person {number}", locale="de", created_at=NOW) for number in range(people)]
    session.add_all([unit, course, *learners])
    session.flush()
    body = replace(samples.ATTENDANCE.issuer, organisation_id=issuer.public_id)
    facts = {
        facts.kind: replace(
            facts,
            issuer=body,
            achievement=replace(facts.achievement, public_id=target.public_id),
        )
        for facts, target in ((samples.ATTENDANCE, unit), (samples.COURSE, course))
    }
    return World(
        people=tuple(person.id for person in learners),
        names=tuple(Recipient(person.public_id, person.name or "") for person in learners),
        unit_id=unit.id,
        course_id=course.id,
        issuer_id=issuer.id,
        facts=facts,
    )


def issued(session: Session, facts: AwardFacts, random: Random | None = None) -> Award:
    """Issue with everything the tests have in common."""
    return issue(session, facts, Issuing(NOW, FERNET, PUBLIC_URL, random or RANDOM))
