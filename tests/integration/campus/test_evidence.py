"""Evidence and the credit it changes: the laws of the river, on both databases."""

import pytest
from sqlalchemy import func, select

from campus import credits, evidence, people, tasks
from campus.database import Database
from campus.errors import InvalidInputError
from campus.events import CreditChanged, EvidenceRecorded
from campus.evidence import OWN_SOURCE, Fact
from campus.models.credits import Credit, CreditRevision
from campus.models.evidence import Evidence
from campus.rules.credit import Outcome, Standing
from tests.factories import NOW, Heard, all_facts, learner, moodle_exam, organisation, tutorial, unit


def test_the_last_piece_of_evidence_earns_the_credit(database: Database) -> None:
    heard = Heard()
    with database.write() as session:
        b1 = unit(session)
        identity, person = learner(session)
        *first, last = all_facts(b1, tutorial(session, b1), identity)
        evidence.record(session, first, now=NOW, publish=heard)
        before = credits.state(session, person.id, b1.id)
        assert before is not None
        assert before.standing == Standing.IN_PROGRESS
        evidence.record(session, [last], now=NOW, publish=heard)
    with database.read() as session:
        credit = credits.state(session, person.id, b1.id)
        assert credit is not None
        assert (credit.standing, credit.percent, credit.contested) == (Standing.ACHIEVED, 80.0, False)
        revision = credits.latest_revision(session, credit)
        assert revision is not None
        assert revision.rule == "unit-credit/1"
        assert sum(len(ids) for ids in revision.basis["met"].values()) == len(first) + 1
    changes = [event for event in heard if isinstance(event, CreditChanged)]
    assert changes[-1] == CreditChanged(credit.public_id, credit.revision)
    assert len([event for event in heard if isinstance(event, EvidenceRecorded)]) == len(first) + 1


def test_only_a_fact_equal_to_the_latest_is_dropped(database: Database) -> None:
    """80 -> 60 -> 80 are three facts; 80 -> 80 is one."""
    with database.write() as session:
        identity, _ = learner(session)
        for percent in (80.0, 80.0, 65.0, 80.0):
            fact = Fact(identity.id, "https://m", "cm:1", Outcome.PASSED, occurred_at=NOW, percent=percent)
            evidence.record(session, [fact], now=NOW, publish=Heard())
        told = session.scalars(select(Evidence.percent).order_by(Evidence.id)).all()
    assert told == [80.0, 65.0, 80.0]


def test_what_disappears_at_the_source_withdraws_the_credit_and_opens_a_task(database: Database) -> None:
    with database.write() as session:
        b1 = unit(session)
        identity, person = learner(session)
        facts = all_facts(b1, tutorial(session, b1), identity)
        evidence.record(session, facts, now=NOW, publish=Heard())
        gone = Fact(identity.id, OWN_SOURCE, facts[0].reference, Outcome.RETRACTED, occurred_at=NOW)
        evidence.record(session, [gone], now=NOW, publish=Heard())
        credit = credits.state(session, person.id, b1.id)
        assert credit is not None
        assert credit.standing == Standing.IN_PROGRESS
        assert [task.kind for task in tasks.open_tasks(session)] == ["credit_withdrawn"]
        evidence.record(session, [facts[0]], now=NOW, publish=Heard())
        assert credit.standing == Standing.ACHIEVED
        assert tasks.open_tasks(session) == []
        assert session.scalar(select(func.count()).select_from(Evidence)) == len(facts) + 2


def test_evidence_of_an_unknown_identity_counts_once_it_is_linked(database: Database) -> None:
    heard = Heard()
    with database.write() as session:
        b1 = unit(session)
        held = tutorial(session, b1)
        _, person = learner(session)
        stranger = people.identity_for(session, kind="moodle", issuer="https://m", subject="7", now=NOW)
        evidence.record(session, all_facts(b1, held, stranger), now=NOW, publish=heard)
        assert credits.state(session, person.id, b1.id) is None
        people.link(session, stranger, person, reason="checked", decided_by_id=None, now=NOW, publish=heard)
        found = credits.state(session, person.id, b1.id)
        assert found is not None
        assert found.standing == Standing.ACHIEVED
        _, other = learner(session)
        people.link(session, stranger, other, reason="was wrong", decided_by_id=None, now=NOW, publish=heard)
        moved = credits.state(session, other.id, b1.id)
        assert moved is not None
        assert (found.standing, moved.standing) == (Standing.NONE, Standing.ACHIEVED)


def test_mapping_an_object_counts_the_evidence_that_was_there_before(database: Database) -> None:
    heard = Heard()
    with database.write() as session:
        b1 = unit(session)
        identity, person = learner(session)
        video = Fact(identity.id, "https://m", "cm:7", Outcome.DONE, occurred_at=NOW)
        evidence.record(session, [video], now=NOW, publish=heard)
        assert credits.state(session, person.id, b1.id) is None
        evidence.map_object(
            session,
            source="https://m",
            reference="cm:7",
            unit_id=b1.id,
            requirement="tutorial",
            reason="the video conference is the tutorial",
            decided_by_id=None,
            now=NOW,
            publish=heard,
        )
        found = credits.state(session, person.id, b1.id)
        assert found is not None
        assert found.standing == Standing.IN_PROGRESS


def test_a_contradiction_waits_for_a_decision_and_the_credit_follows_it(database: Database) -> None:
    heard = Heard()
    with database.write() as session:
        b1 = unit(session, provider=organisation(session))
        identity, person = learner(session)
        _, administrator = learner(session)
        evidence.record(session, all_facts(b1, tutorial(session, b1), identity), now=NOW, publish=heard)
        moodle_exam(session, b1, "6", 57.14286, person=person, hear=heard)
        (credit,) = credits.contested(session)
        assert credit.standing == Standing.ATTENDED
        revision = credits.latest_revision(session, credit)
        assert revision is not None
        ((requirement, seen),) = revision.basis["contradictions"].items()
        credits.decide(
            session,
            credit,
            requirement=requirement,
            outcome=Outcome.PASSED,
            evidence_ids=seen,
            reason="the later attempt counts",
            decided_by_id=administrator.id,
            now=NOW,
            publish=heard,
        )
        assert credits.contested(session) == []
        assert (credit.standing, credit.percent) == (Standing.ACHIEVED, 80.0)
        numbers = session.scalars(
            select(CreditRevision.revision).where(CreditRevision.credit_id == credit.id).order_by(CreditRevision.id)
        ).all()
        assert numbers == list(range(1, credit.revision + 1))


def test_what_a_source_only_calls_done_is_decided_by_the_units_pass_mark(database: Database) -> None:
    heard = Heard()
    with database.write() as session:
        b1 = unit(session)
        identity, person = learner(session)
        evidence.record(session, all_facts(b1, tutorial(session, b1), identity, percent=20.0), now=NOW, publish=heard)
        elsewhere = moodle_exam(session, b1, "6", 90.0, person=person, hear=heard)
        done = Fact(
            elsewhere.id, "https://moodle.example", "course:2/cm:11", Outcome.DONE, occurred_at=NOW, percent=90.0
        )
        evidence.record(session, [done], now=NOW, publish=heard)
        (credit,) = session.scalars(select(Credit).where(Credit.contested))
        finding = credits.find(session, credit.person_id, credit.unit_id)
        ((requirement, seen),) = finding.assessment.contradictions.items()
        credits.decide(
            session,
            credit,
            requirement=requirement,
            outcome=Outcome.PASSED,
            evidence_ids=seen,
            reason="the Moodle exam was supervised",
            decided_by_id=person.id,
            now=NOW,
            publish=heard,
        )
        assert (credit.standing, credit.percent) == (Standing.ACHIEVED, 90.0)


def test_an_administrator_can_t_decide_what_no_source_says(database: Database) -> None:
    heard = Heard()
    with database.write() as session:
        b1 = unit(session)
        identity, person = learner(session)
        evidence.record(session, all_facts(b1, tutorial(session, b1), identity), now=NOW, publish=heard)
        moodle_exam(session, b1, "6", 57.14286, person=person, hear=heard)
        (credit,) = credits.contested(session)
        with pytest.raises(InvalidInputError):
            credits.decide(
                session,
                credit,
                requirement="tutorial",
                outcome=Outcome.PASSED,
                evidence_ids=[],
                reason="because",
                decided_by_id=person.id,
                now=NOW,
                publish=heard,
            )


@pytest.mark.parametrize("percent", [-14.5, 110.0])
def test_a_result_that_is_no_percentage_is_refused(database: Database, percent: float) -> None:
    with database.write() as session:
        identity, _ = learner(session)
        fact = Fact(identity.id, "https://m", "cm:1", Outcome.PASSED, occurred_at=NOW, percent=percent)
        with pytest.raises(InvalidInputError):
            evidence.record(session, [fact], now=NOW, publish=Heard())
