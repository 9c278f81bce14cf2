"""Deleting a person: nothing in any table leads to them any more, and what must stay stays."""

import hashlib
import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus import accounts, catalogue, credits, evidence, people
from campus.database import Database
from campus.evidence import Fact
from campus.models.catalogue import LearningUnit
from campus.models.credits import Credit
from campus.models.evidence import Evidence
from campus.models.people import Identity, Person
from campus.rules.credit import Outcome, Standing
from certificates.award import award_unit
from certificates.foreign import deciding, intake
from certificates.foreign.deciding import Wish
from certificates.issue import Issuing
from certificates.store import Award
from certificates.verifying import Form, Report
from lti_tool import erasure
from lti_tool.launch import registrations
from lti_tool.launch.store import Context
from lti_tool.migrations.tables import metadata
from lti_tool.services.store import Member
from tests.factories import NOW, Heard, all_facts, learner, organisation, tutorial, unit
from tests.integration.xapi.keeping import bodies, keep
from tests.integration.xapi.test_erasure import counted
from tests.unit.xapi.samples import agent, statement
from xapi.follow import record_evidence_statement
from xapi.gather import IDENTITY_KIND

PUBLIC_URL = "https://campus.example"
NAME, EMAIL, SUBJECT = "Margarete Unverwechselbar", "unverwechselbar@privat.example", "konto-4711"
NUMBER = "personal-0815"


def everything(database: Database) -> str:
    """Give the content of all our tables as one text."""
    with database.read() as session:
        rows = [session.execute(table.select()).mappings().all() for table in metadata().sorted_tables]
    return json.dumps([[dict(row) for row in table] for table in rows], default=str, ensure_ascii=False)


def live_a_little(database: Database) -> str:
    """Let someone learn, be certified, be told of, and have an account; return their public id."""
    fernet = MultiFernet([Fernet(Fernet.generate_key())])
    heard = Heard()
    with database.write() as session:
        b1 = unit(session)
        identity, person = learner(session, SUBJECT)
        person.name = identity.name = NAME
        person.email = identity.email = EMAIL
        identity.sourced_id = NUMBER
        evidence.record(session, all_facts(b1, tutorial(session, b1), identity), now=NOW, publish=heard)
        raw = Fact(
            identity.id, "https://m", "cm:1", Outcome.DONE, occurred_at=NOW, raw={"fullname": NAME, "userid": SUBJECT}
        )
        evidence.record(session, [raw], now=NOW, publish=heard)
        accounts.claim(
            session, person, login=EMAIL, password=accounts.hash_password("drei zufaellige woerter"), now=NOW
        )
        credit = credits.state(session, person.id, b1.id)
        assert credit is not None
        award_unit(session, credit, Issuing(NOW, fernet, PUBLIC_URL, Random(1)))
        for found in session.scalars(select(Evidence)):
            record_evidence_statement(session, found.public_id, public_url=PUBLIC_URL, now=NOW)
        platform = registrations.register(
            session,
            organisation(session),
            name="Lernportal",
            issuer=identity.issuer,
            client_id=identity.client_id,
            deployment_ids=["1"],
            auth_login_url="https://lms.example/auth",
            auth_token_url="https://lms.example/token",
            key_set_url="https://lms.example/keys",
            now=NOW,
        )
        hand_in(session, person, b1, heard)
        course = Context(deployment_id=platform.deployments[0].id, context_id="1", created_at=NOW)
        session.add(course)
        session.flush()
        enrolled = {"is_teacher": False, "present": True, "groups": [NAME], "seen_at": NOW}
        session.add(Member(context_id=course.id, identity_id=identity.id, **enrolled))
        return person.public_id


def hand_in(session: Session, person: Person, of: LearningUnit, heard: Heard) -> None:
    """Let them hand in a credential from elsewhere, of which somebody decides that it counts."""
    holder = {"identityType": "name", "hashed": False, "identityHash": NAME}
    subject = {"achievement": {"name": "Kurs"}, "identifier": [holder]}
    report = Report((), Form.JSON, {"credentialSubject": subject})
    kept = intake.hand_in(
        session,
        person_id=person.id,
        file=NAME.encode(),
        form="json",
        reports=(report,),
        is_ours=lambda _issuer: False,
        by_id=person.id,
        now=NOW,
    )
    exam = [one.key for one in catalogue.requirements(session, of.id).requirements if one.kind == "exam"]
    deciding.decide(
        session, kept, 0, Wish(of, exam), reason=f"Ist {NAME}", decided_by_id=person.id, now=NOW, publish=heard
    )


def test_nothing_leads_to_an_erased_person(database: Database) -> None:
    public_id = live_a_little(database)
    before = everything(database)
    assert all(trace in before for trace in (NAME, EMAIL, SUBJECT, NUMBER))
    with database.write() as session:
        erasure.erase(
            session, people.by_public_id(session, public_id), public_url=PUBLIC_URL, now=NOW + timedelta(days=1)
        )
    after = everything(database)
    assert [trace for trace in (NAME, EMAIL, SUBJECT, NUMBER) if trace in after] == []
    with database.read() as session:
        assert session.scalars(select(Credit.standing)).all() == [Standing.ACHIEVED]
        assert session.scalar(select(func.count()).select_from(Award)) == 1
        assert session.scalar(select(func.count()).select_from(Evidence)) == 8
        assert session.scalar(select(func.count()).select_from(Member)) == 0


def test_what_others_told_the_record_store_of_an_erased_person_leads_nowhere(database: Database) -> None:
    public_id = live_a_little(database)
    sha1 = hashlib.sha1(f"mailto:{EMAIL}".encode(), usedforsecurity=False).hexdigest()
    actors: list[dict[str, Any]] = [
        {"mbox": f"mailto:{EMAIL}", "name": NAME},
        {"mbox_sha1sum": sha1},
        {"account": {"homePage": "https://lms.example", "name": SUBJECT}},
        {"account": {"homePage": "https://lms.example/", "name": SUBJECT}},
        {"account": {"homePage": PUBLIC_URL, "name": public_id}},
    ]
    kept = keep(database, *(statement(actor=actor) for actor in actors), statement(actor=agent("somebody else")))
    with database.write() as session:
        erasure.erase(session, people.by_public_id(session, public_id), public_url=PUBLIC_URL, now=NOW)
    after = everything(database)
    assert [trace for trace in (NAME, EMAIL, SUBJECT, sha1) if trace in after] == []
    told = [one for one in bodies(database) if one["id"] in kept]
    assert len(told) == len(kept)
    assert len({str(one["actor"]) for one in told}) == 2, "one pseudonym, and somebody else"


def test_the_same_account_is_somebody_new_afterwards(database: Database) -> None:
    public_id = live_a_little(database)
    with database.write() as session:
        erasure.erase(session, people.by_public_id(session, public_id), public_url=PUBLIC_URL, now=NOW)
    with database.write() as session:
        _, again = learner(session, SUBJECT)
        assert again.public_id != public_id
        assert session.scalar(select(func.count()).select_from(Person)) == 2


def test_erasing_somebody_leaves_an_account_alone_that_is_now_somebody_elses(database: Database) -> None:
    with database.write() as session:
        identity, person = learner(session, SUBJECT)
        _, other = learner(session)
        people.link(session, identity, other, reason="was wrong", decided_by_id=None, now=NOW, publish=Heard())
        erasure.erase(session, person, public_url=PUBLIC_URL, now=NOW)
        session.refresh(identity)
        assert identity.subject == SUBJECT


@pytest.mark.parametrize(
    ("actor", "trace"),
    [
        ({"account": {"homePage": "https://lernen.example", "name": SUBJECT}}, SUBJECT),
        ({"account": {"homePage": "https://lernen.example", "name": "a|b|" + SUBJECT}}, SUBJECT),
        ({"account": {"homePage": "https://lernen.example", "name": SUBJECT * 30}}, SUBJECT),
        ({"account": {"homePage": "https://lernen.example", "name": SUBJECT + "\x00"}}, SUBJECT),
        ({"openid": "https://id.example/konto-4711"}, SUBJECT),
        ({"mbox_sha1sum": "4711" * 10}, "4711" * 10),
        ({"mbox": f"mailto:{EMAIL.title()}"}, EMAIL),
    ],
    ids=["account", "account with bars", "long account", "account with NUL", "OpenID", "SHA-1", "address"],
)
def test_nothing_leads_to_an_erased_person_whose_statements_a_rule_had_counted(
    database: Database, actor: dict[str, Any], trace: str
) -> None:
    house = counted(database, actor | {"name": NAME}, agent("somebody else"))
    house.store(statement(actor=agent("teacher"), context={"instructor": actor}), tenant=0)
    with database.write() as session:
        mine = select(Identity).where(Identity.kind == IDENTITY_KIND, Identity.name == NAME)
        person = session.get_one(Person, house.person.id)
        identity = session.scalars(mine).one()
        people.link(session, identity, person, reason="claimed", decided_by_id=None, now=NOW, publish=Heard())
    assert all(one.lower() in everything(database).lower() for one in (NAME, trace))
    with database.write() as session:
        erasure.erase(session, session.get_one(Person, house.person.id), public_url=PUBLIC_URL, now=NOW)
    after = everything(database).lower()
    assert [one for one in (NAME, trace) if one.lower() in after] == []
    assert "somebody else" in after
