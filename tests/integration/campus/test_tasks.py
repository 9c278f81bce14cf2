"""Tasks that wait for an administrator."""

from datetime import timedelta
from random import Random

from cryptography.fernet import Fernet, MultiFernet

from campus import credits, evidence, tasks
from campus.database import Database
from campus.evidence import OWN_SOURCE, Fact
from campus.rules.credit import Outcome, Standing
from certificates.award import award_unit
from certificates.issue import Issuing, revoke
from tests.factories import NOW, Heard, all_facts, learner, tutorial, unit


def test_a_task_closes_only_when_the_credit_is_where_it_was(database: Database) -> None:
    with database.write() as session:
        b1 = unit(session)
        identity, person = learner(session)
        facts = all_facts(b1, tutorial(session, b1), identity)
        evidence.record(session, facts, now=NOW, publish=Heard())
        gone = [Fact(identity.id, OWN_SOURCE, fact.reference, Outcome.RETRACTED, occurred_at=NOW) for fact in facts]
        evidence.record(session, gone, now=NOW, publish=Heard())
        evidence.record(session, facts[:1], now=NOW, publish=Heard())
        credit = credits.state(session, person.id, b1.id)
        assert credit is not None
        assert credit.standing == Standing.IN_PROGRESS
        assert [task.fell_from for task in tasks.open_tasks(session)] == [Standing.ACHIEVED]
        evidence.record(session, facts[1:], now=NOW, publish=Heard())
        assert tasks.open_tasks(session) == []


def test_earned_again_after_the_certificate_was_revoked_is_a_task(database: Database) -> None:
    fernet = MultiFernet([Fernet(Fernet.generate_key())])
    with database.write() as session:
        b1 = unit(session)
        identity, person = learner(session)
        facts = all_facts(b1, tutorial(session, b1), identity)
        evidence.record(session, facts, now=NOW, publish=Heard())
        credit = credits.state(session, person.id, b1.id)
        assert credit is not None

        def follow(days: int) -> None:
            award = award_unit(
                session, credit, Issuing(NOW + timedelta(days=days), fernet, "https://campus.example", Random(1))
            )
            assert award is not None
            if days == 0:
                revoke(session, award, reason="wrong person", by=None, now=NOW + timedelta(hours=1))

        follow(0)
        follow(1)
        assert tasks.open_tasks(session) == []
        gone = Fact(identity.id, OWN_SOURCE, facts[0].reference, Outcome.RETRACTED, occurred_at=NOW)
        evidence.record(session, [gone], now=NOW + timedelta(days=2), publish=Heard())
        evidence.record(session, facts[:1], now=NOW + timedelta(days=3), publish=Heard())
        follow(3)
        follow(4)
        assert [task.kind for task in tasks.open_tasks(session)] == ["earned_after_revocation"]
