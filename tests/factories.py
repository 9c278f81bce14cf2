"""Small builders for tests: one function a record, with plain defaults."""

from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from campus import evidence, people, sessions, units
from campus.events import Event
from campus.evidence import OWN_SOURCE, Fact
from campus.models.catalogue import LearningUnit
from campus.models.learning import TutorialSession
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Identity, Person
from campus.rules.credit import Outcome
from lti_tool.demo import catalogue

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_numbers = count(1)


class Heard(list[Event]):
    """Takes events the way a publisher does, and keeps them."""

    def __call__(self, event: Event) -> None:
        self.append(event)


def organisation(
    session: Session, kind: OrganisationKind = OrganisationKind.PROVIDER, slug: str | None = None
) -> Organisation:
    """Keep an organisation."""
    slug = slug or f"org-{next(_numbers)}"
    made = Organisation(kind=kind, slug=slug, name={"de": slug.title(), "en": slug.title()}, created_at=NOW)
    session.add(made)
    session.flush()
    return made


def unit(session: Session, code: str = "B1", provider: Organisation | None = None) -> LearningUnit:
    """Keep a unit with two pages, a tutorial, an exam and an evaluation, as the demo world's units are."""
    return units.create_unit(
        session,
        catalogue.draft(code),
        provider=provider or organisation(session),
        title=catalogue.title(code),
        summary=catalogue.summary(code),
        hours=catalogue.HOURS,
        now=NOW,
    )


def tutorial(session: Session, of: LearningUnit) -> TutorialSession:
    """Keep a session of the unit's tutorial that has just ended."""
    return sessions.create(
        session,
        of,
        title={"de": "Tutorium", "en": "Tutorial"},
        starts_at=NOW - timedelta(hours=4),
        ends_at=NOW - timedelta(hours=1),
        place="Innovationslabor",
        now=NOW - timedelta(days=7),
    )


def learner(
    session: Session, subject: str | None = None, issuer: str = "https://lms.example"
) -> tuple[Identity, Person]:
    """Let someone be seen for the first time at an LMS."""
    subject = subject or f"user-{next(_numbers)}"
    return people.identify(
        session, kind="lti", issuer=issuer, client_id="client", subject=subject, name=f"Person {subject}", now=NOW
    )


def all_facts(of: LearningUnit, held: TutorialSession, identity: Identity, *, percent: float = 80.0) -> list[Fact]:
    """Give the facts that together earn the unit; the exam is passed from 60 percent."""
    facts = []
    for phase in of.phases:
        for activity in phase.activities:
            if not activity.is_required:
                continue
            key = f"activity:{activity.public_id}"
            if activity.kind == "quiz":
                outcome = Outcome.PASSED if percent >= 60 else Outcome.FAILED
                facts.append(Fact(identity.id, OWN_SOURCE, key, outcome, occurred_at=NOW, percent=percent))
            else:
                facts.append(Fact(identity.id, OWN_SOURCE, key, Outcome.DONE, occurred_at=NOW))
    facts.append(Fact(identity.id, OWN_SOURCE, sessions.reference(held), Outcome.PRESENT, occurred_at=NOW))
    return facts


def moodle_exam(
    session: Session, of: LearningUnit, identity_subject: str, percent: float, *, person: Person, hear: Heard
) -> Identity:
    """Let a Moodle tell a result of the unit's exam for a linked account; passed from 60 percent."""
    exam = next(a for p in of.phases for a in p.activities if a.kind == "quiz")
    identity = people.identity_for(
        session, kind="moodle", issuer="https://moodle.example", subject=identity_subject, now=NOW
    )
    people.link(session, identity, person, reason="same personnel number", decided_by_id=None, now=NOW, publish=hear)
    evidence.map_object(
        session,
        source="https://moodle.example",
        reference="course:2/cm:11",
        unit_id=of.id,
        requirement=f"activity:{exam.public_id}",
        reason="imported from it",
        decided_by_id=None,
        now=NOW,
        publish=hear,
    )
    outcome = Outcome.PASSED if percent >= 60 else Outcome.FAILED
    fact = Fact(identity.id, "https://moodle.example", "course:2/cm:11", outcome, occurred_at=NOW, percent=percent)
    evidence.record(session, [fact], now=NOW, publish=hear)
    return identity
