"""ELMO documents of real awards, checked by what the database knows: seals and status."""

from dataclasses import replace
from datetime import timedelta

import pytest

from campus.database import Database
from campus.models.organisations import Organisation
from certificates.elmo import document, own, signature
from certificates.facts import AwardKind
from certificates.issuers import seal
from certificates.store import Award, facts_of
from certificates.verifying.report import Known, Part, Report, Verdict
from tests.integration.certificates import world
from tests.integration.certificates.world import FERNET
from tests.unit.certificates import samples
from tests.unit.certificates.samples import NOW, PUBLIC_URL

LATER = NOW + timedelta(days=1)


@pytest.fixture
def award(database: Database) -> Award:
    with database.write() as session:
        made = world.build(session)
        return world.issued(session, made.facts_for(kind=AwardKind.COURSE))


def elmo(database: Database, award: Award) -> bytes:
    with database.write() as session:
        found = session.get_one(Award, award.id)
        by = seal.current(session, found.issuer_id, now=LATER, fernet=FERNET)
        return signature.sign(document.build(facts_of(found), samples.ADDRESSES, generated_at=LATER), by)


def look(database: Database, xml: bytes) -> Report:
    with database.read() as session:
        return own.look(session, xml, public_url=PUBLIC_URL, now=LATER)


def test_our_award_is_genuine_and_ours(database: Database, award: Award) -> None:
    report = look(database, elmo(database, award))
    assert report.genuine, report.findings
    assert report.known is Known.OURS


def test_a_retired_seal_stays_known(database: Database, award: Award) -> None:
    xml = elmo(database, award)
    with database.write() as session:
        for row in seal.listed(session, session.get_one(Award, award.id).issuer_id):
            seal.retire(row, now=LATER)
    assert look(database, xml).known is Known.OURS


@pytest.mark.parametrize(("column", "code"), [("revoked_at", "revocation"), ("suspended_at", "suspension")])
def test_revoked_and_suspended_show(database: Database, award: Award, column: str, code: str) -> None:
    xml = elmo(database, award)
    with database.write() as session:
        setattr(session.get_one(Award, award.id), column, LATER)
    assert look(database, xml).of(Part.STATUS).code == f"status.{code}"


def test_another_provider_s_seal_does_not_speak_for_the_issuer(database: Database, award: Award) -> None:
    with database.write() as session:
        other = Organisation(kind="provider", slug="andere", name={"de": "Andere"}, created_at=NOW)
        session.add(other)
        session.flush()
        by = seal.current(session, other.id, now=LATER, fernet=FERNET)
        facts = facts_of(session.get_one(Award, award.id))
    xml = signature.sign(document.build(facts, samples.ADDRESSES, generated_at=LATER), by)
    assert look(database, xml).of(Part.ISSUER).code == "issuer.foreign_key"


def test_an_award_that_was_never_issued_is_not_found(database: Database, award: Award) -> None:
    with database.write() as session:
        found = session.get_one(Award, award.id)
        by = seal.current(session, found.issuer_id, now=LATER, fernet=FERNET)
        facts = replace(facts_of(found), award_id="00000000-0000-4000-8000-000000000000")
    xml = signature.sign(document.build(facts, samples.ADDRESSES, generated_at=LATER), by)
    assert look(database, xml).of(Part.STATUS).verdict is Verdict.UNKNOWN
