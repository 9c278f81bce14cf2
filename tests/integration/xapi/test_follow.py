"""From evidence to statement, and what erasing a person leaves of it, on both databases."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from campus import evidence, people
from campus.database import Database
from campus.errors import NotFoundError
from campus.evidence import OWN_SOURCE, Fact
from campus.models.access import AuditEntry
from campus.models.credits import Credit, CreditRevision
from campus.models.evidence import Evidence
from campus.models.people import Person
from campus.rules.credit import Outcome
from tests.factories import NOW, Heard, all_facts, learner, moodle_exam, tutorial, unit
from tests.integration.xapi.keeping import bodies, found
from tests.unit.xapi.samples import PUBLIC_URL
from xapi import erasure, parts, recipes
from xapi.follow import record_credit_statements, record_evidence_statement
from xapi.store import StatementRow

STEPS = 6
"""Of the unit of the demo world."""


def follow_all(database: Database) -> list[dict[str, Any]]:
    """Do the follower's job for all evidence and give the statements, oldest first."""
    with database.read() as session:
        ids = session.scalars(select(Evidence.public_id).order_by(Evidence.id)).all()
    made = []
    for public_id in ids:
        with database.write() as session:
            made.append(record_evidence_statement(session, public_id, public_url=PUBLIC_URL, now=NOW))
    with database.read() as session:
        return [service_body(session, one) for one in made if one]


def service_body(session: Any, statement_id: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(
        session.scalars(select(StatementRow.body).where(StatementRow.statement_id == statement_id)).one()
    )
    return body


def learn_everything(database: Database, percent: float = 80.0) -> Person:
    with database.write() as session:
        b1 = unit(session)
        identity, person = learner(session)
        facts = all_facts(b1, tutorial(session, b1), identity, percent=percent)
        evidence.record(session, facts, now=NOW, publish=Heard())
    return person


def test_each_step_of_a_unit_becomes_a_statement(database: Database) -> None:
    person = learn_everything(database)
    said = follow_all(database)
    kinds = [(one["verb"]["id"].rsplit("/", 1)[1], one["object"]["id"].split("/")[5]) for one in said]
    assert kinds == [
        ("completed", "page"),
        ("completed", "page"),
        ("completed", "page"),
        ("passed", "exam"),
        ("submit", "evaluation"),
        ("attended", "tutorial"),
    ]
    with database.read() as session:
        (credit,) = session.scalars(select(Credit)).all()
        rows = session.scalars(select(StatementRow)).all()
        assert {(row.origin, row.tenant, row.person_id) for row in rows} == {
            ("recipe", credit.unit.delivering_provider_id, person.id)
        }
        told = session.scalars(select(Evidence.public_id).order_by(Evidence.id)).all()
    for one, public_id in zip(said, told, strict=True):
        assert one["actor"] == {"objectType": "Agent", "account": {"homePage": PUBLIC_URL, "name": person.public_id}}
        assert one["context"]["registration"] == credit.public_id
        assert one["context"]["extensions"] == {f"{PUBLIC_URL}/xapi/extensions/evidence": public_id}
        assert one["id"] == recipes.statement_id(public_id)
        assert one["timestamp"] == "2026-11-02T09:00:00.000000Z"
        assert str(person.name) not in json.dumps(one)
    assert said[3]["result"] == {"score": {"scaled": 0.8, "raw": 80.0, "min": 0, "max": 100}, "success": True}
    assert "response" not in json.dumps(said[3])


def test_a_job_that_runs_twice_says_it_once(database: Database) -> None:
    learn_everything(database)
    assert follow_all(database) == follow_all(database)
    assert len(found(database)) == STEPS


def test_what_was_said_stays_although_the_object_now_means_something_else(database: Database) -> None:
    with database.write() as session:
        b1 = unit(session)
        identity, _ = learner(session)
        video = Fact(identity.id, "https://m.example", "cm:7", Outcome.DONE, occurred_at=NOW)
        evidence.record(session, [video], now=NOW, publish=Heard())
    (before,) = follow_all(database)
    assert before["context"]["platform"] == "https://m.example"
    assert "registration" not in before["context"]
    with database.write() as session:
        evidence.map_object(
            session,
            source="https://m.example",
            reference="cm:7",
            unit_id=b1.id,
            requirement="tutorial",
            reason="it is the tutorial",
            decided_by_id=None,
            now=NOW,
            publish=Heard(),
        )
    assert follow_all(database) == [before]


def test_two_sources_each_speak_for_themselves(database: Database) -> None:
    person = learn_everything(database)
    with database.write() as session:
        b1 = session.scalars(select(Credit)).one().unit
        moodle_exam(session, b1, "6", 57.14286, person=session.get_one(Person, person.id), hear=Heard())
    said = follow_all(database)
    exams = {one["context"]["platform"]: one for one in said if "/exam/" in one["object"]["id"]}
    assert exams["KommunalCampus"]["result"]["success"] is True
    assert exams["https://moodle.example"]["result"]["success"] is False
    assert len({one["object"]["id"] for one in exams.values()}) == 1


def test_a_retraction_voids_what_it_takes_back(database: Database) -> None:
    with database.write() as session:
        identity, _ = learner(session)
        for outcome in (Outcome.DONE, Outcome.RETRACTED):
            fact = Fact(identity.id, OWN_SOURCE, "activity:x", outcome, occurred_at=NOW)
            evidence.record(session, [fact], now=NOW, publish=Heard())
    done, taken_back = follow_all(database)
    assert taken_back["object"] == {"objectType": "StatementRef", "id": done["id"]}
    assert found(database) == [taken_back["id"]]


def test_evidence_that_belongs_to_nobody_is_not_told(database: Database) -> None:
    with database.write() as session:
        stranger = people.identity_for(session, kind="moodle", issuer="https://m", subject="7", now=NOW)
        fact = Fact(stranger.id, "https://m", "cm:1", Outcome.DONE, occurred_at=NOW)
        evidence.record(session, [fact], now=NOW, publish=Heard())
    assert follow_all(database) == []


def test_evidence_that_is_not_there(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFoundError):
        record_evidence_statement(session, "x", public_url=PUBLIC_URL, now=NOW)


def test_an_erased_person_can_t_be_recognised(database: Database) -> None:
    person, other = learn_everything(database), learn_everything(database)
    before = follow_all(database)
    registration = before[0]["context"]["registration"]
    account = parts.account(PUBLIC_URL, person.public_id)
    with database.write() as session:
        done = erasure.erase(
            session, [account], public_url=PUBLIC_URL, now=NOW + timedelta(days=1), person_id=person.id
        )
    left = [json.dumps(one) for one in bodies(database)]
    assert len(left) == 2 * STEPS, "counts stay right"
    assert not any(person.public_id in body or registration in body for body in left)
    assert sum(other.public_id in body for body in left) == STEPS
    assert found(database, agent=parts.agent_key(account)) == []
    assert found(database, registration=registration) == []
    assert len(found(database, agent=f"account:{PUBLIC_URL}|{done.pseudonym}")) == STEPS
    with database.read() as session:
        (note,) = session.scalars(select(AuditEntry)).all()
        assert (note.action, note.details["statements"]) == ("xapi.erased", STEPS)
        assert note.details["pseudonym"] == done.pseudonym
        assert set(session.scalars(select(StatementRow.person_id))) == {None, other.id}


def tell_credit(database: Database, person: Person, revision: int) -> list[tuple[str, bool]]:
    """Do the credit's job; give all statements about it by verb, and whether they are void."""
    with database.write() as session:
        credit = session.scalars(select(Credit).where(Credit.person_id == person.id)).one()
        record_credit_statements(session, credit.public_id, revision, public_url=PUBLIC_URL, now=NOW)
    with database.read() as session:
        rows = session.execute(select(StatementRow.body, StatementRow.voided).order_by(StatementRow.id))
        return [(json.loads(body)["verb"]["id"].rsplit("/", 1)[1], voided) for body, voided in rows]


def test_a_credit_is_said_to_be_earned_once(database: Database) -> None:
    person = learn_everything(database)
    with database.read() as session:
        last = session.scalars(select(Credit.revision)).one()
    assert tell_credit(database, person, last) == tell_credit(database, person, last) == [("earned", False)]
    with database.read() as session:
        row = session.scalars(select(StatementRow)).one()
    assert (row.origin, row.person_id) == ("recipe", person.id)
    assert json.loads(row.body)["result"]["success"] is True


@pytest.mark.parametrize("late", [False, True])
def test_a_credit_that_is_withdrawn_is_declared_void_whichever_job_comes_first(database: Database, late: bool) -> None:
    person = learn_everything(database)
    with database.write() as session:
        credit = session.scalars(select(Credit)).one()
        last = credit.revision
        gone = CreditRevision(
            credit_id=credit.id,
            revision=last + 1,
            standing="in_progress",
            contested=False,
            percent=None,
            rule="r",
            basis={},
            made_at=NOW,
        )
        session.add(gone)
    order = [last + 1, last] if late else [last, last + 1]
    tell_credit(database, person, order[0])
    assert sorted(tell_credit(database, person, order[1])) == [("earned", True), ("voided", False)]
