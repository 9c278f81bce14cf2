"""Courses become complete, fall, and become complete again."""

from random import Random

from cryptography.fernet import Fernet, MultiFernet

from campus import courses, credits, evidence
from campus.database import Database
from campus.events import CourseCompleted
from campus.evidence import OWN_SOURCE, Fact
from campus.rules.credit import Outcome
from certificates.award import award_course
from certificates.issue import Issuing
from tests.factories import NOW, Heard, all_facts, learner, organisation, tutorial, unit


def test_a_course_that_falls_gives_no_certificate_and_can_be_completed_again(database: Database) -> None:
    heard, fernet = Heard(), MultiFernet([Fernet(Fernet.generate_key())])
    with database.write() as session:
        provider = organisation(session)
        made = [unit(session, code, provider) for code in ("A2", "B1", "B2")]
        course = courses.create(
            session,
            code="K",
            title={"de": "Kurs"},
            summary={"de": "Kurs"},
            provider=provider,
            units=[(one, True) for one in made],
            now=NOW,
        )
        identity, person = learner(session)
        courses.enrol(session, course, person, now=NOW, publish=heard)
        for one in made:
            evidence.record(session, all_facts(one, tutorial(session, one), identity), now=NOW, publish=heard)
        credit = credits.state(session, person.id, made[0].id)
        assert credit is not None
        courses.follow_credit(session, credit, now=NOW, publish=heard)
        courses.follow_credit(session, credit, now=NOW, publish=heard)

        page = next(a for phase in made[0].phases for a in phase.activities if a.kind == "page")
        thing = f"activity:{page.public_id}"
        evidence.record(
            session, [Fact(identity.id, OWN_SOURCE, thing, Outcome.RETRACTED, occurred_at=NOW)], now=NOW, publish=heard
        )
        late = award_course(session, course, person.public_id, Issuing(NOW, fernet, "https://c.example", Random(1)))
        assert late is None
        courses.follow_credit(session, credit, now=NOW, publish=heard)
        evidence.record(
            session, [Fact(identity.id, OWN_SOURCE, thing, Outcome.DONE, occurred_at=NOW)], now=NOW, publish=heard
        )
        courses.follow_credit(session, credit, now=NOW, publish=heard)
        award = award_course(session, course, person.public_id, Issuing(NOW, fernet, "https://c.example", Random(1)))
        assert award is not None
    completed = [event.completion for event in heard if isinstance(event, CourseCompleted)]
    assert completed == [1, 2]
