"""A compromised key: what it signed verifies no more, until it is signed anew."""

import json
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, text

from campus.database import Database
from campus.models.catalogue import Course, CourseAwardingBody
from campus.models.organisations import Organisation
from certificates import endorsement, issue, publish, store
from certificates.errors import AwardNotFoundError
from certificates.facts import AwardKind
from certificates.issuers import keys, mandate, resigning
from certificates.issuers.resigning import LostKey
from certificates.signatures import digest, multibase, proof
from certificates.store import Award, IssuerKey
from tests.integration.certificates.world import FERNET, World, build, issued
from tests.unit.certificates.samples import DID, NOW, PUBLIC_URL, SLUG
from tests.waiting import wait_for

LATER = NOW + timedelta(days=3)


@pytest.fixture
def world(database: Database) -> World:
    with database.write() as session:
        return build(session, people=5)


def disown(database: Database, organisation_id: int, number: int = 1) -> LostKey:
    with database.write() as session:
        keys.compromise(session, organisation_id, number, now=LATER)
        organisation = session.get_one(Organisation, organisation_id)
        return resigning.lost_key(organisation, number, public_url=PUBLIC_URL)


def resign(database: Database, lost: LostKey) -> list[resigning.Chunk]:
    chunks: list[resigning.Chunk] = []
    while True:
        with database.write() as session:
            after = chunks[-1].last if chunks else 0
            chunk = resigning.resign(session, lost, after=after, now=LATER, fernet=FERNET, public_url=PUBLIC_URL)
        if chunk is None:
            return chunks
        chunks.append(chunk)


def credential(database: Database, award: Award) -> dict[str, Any]:
    with database.read() as session:
        document: dict[str, Any] = json.loads(store.award(session, award.public_id).credential or "")
        return document


def holds(database: Database, document: dict[str, Any], slug: str = SLUG) -> bool:
    """Say whether the document is signed with a key that its issuer publishes."""
    with database.read() as session:
        published = publish.did_document(session, slug, public_url=PUBLIC_URL)["verificationMethod"]
    key = next((one for one in published if one["id"] == document["proof"][0]["verificationMethod"]), None)
    return key is not None and proof.holds(document, multibase.public_key(key["publicKeyMultibase"]))


def without_proof(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "proof"}


def test_awards_are_signed_again_in_chunks_and_say_the_same(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resigning, "CHUNK", 2)
    with database.write() as session:
        awards = [issued(session, world.facts_for(person)) for person in range(5)]
    before = [credential(database, award) for award in awards]
    lost = disown(database, world.issuer_id)
    assert not any(holds(database, document) for document in before)
    with database.read() as session:
        assert resigning.count(session, lost) == 5
    assert [chunk.signed for chunk in resign(database, lost)] == [2, 2, 1]
    after = [credential(database, award) for award in awards]
    assert all(holds(database, document) for document in after)
    assert [without_proof(document) for document in after] == [without_proof(document) for document in before]
    assert resign(database, lost) == []


def test_it_looks_again_for_what_came_behind_it(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resigning, "CHUNK", 1)
    with database.write() as session:
        first, second = (issued(session, world.facts_for(person)) for person in range(2))
        before = first.credential
    lost = disown(database, world.issuer_id)
    swept = resigning.sweep(database, lost, clock=lambda: LATER, fernet=FERNET, public_url=PUBLIC_URL)
    assert next(swept).last == first.id
    with database.write() as session:  # as if its transaction had ended only now
        store.award(session, first.public_id).credential = before
    assert [chunk.last for chunk in swept] == [second.id, first.id]
    assert holds(database, credential(database, first))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_reports_a_key_waits_for_what_is_being_signed_with_it(database: Database, world: World) -> None:
    with database.write() as session:
        keys.signing_key(session, world.issuer_id, now=NOW, fernet=FERNET)
    lost: list[LostKey] = []
    with database.write() as session:
        award = issued(session, world.facts_for())
        reporting = Thread(target=lambda: lost.append(disown(database, world.issuer_id)))
        reporting.start()
        wait_for(lambda: lost or waiting(database), "the key is reported, or waits")
        assert not lost
    reporting.join()
    assert [chunk.signed for chunk in resign(database, lost[0])] == [1]
    assert holds(database, credential(database, award))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_signs_waits_for_the_report_and_takes_the_next_key(database: Database, world: World) -> None:
    with database.write() as session:
        keys.signing_key(session, world.issuer_id, now=NOW, fernet=FERNET)
    awards: list[Award] = []

    def sign() -> None:
        with database.write() as session:
            awards.append(issued(session, world.facts_for()))

    with database.write() as session:
        keys.compromise(session, world.issuer_id, 1, now=LATER)
        signing = Thread(target=sign)
        signing.start()
        wait_for(lambda: awards or waiting(database), "it is signed, or waits")
    signing.join()
    assert holds(database, credential(database, awards[0]))


def waiting(database: Database) -> bool:
    """Say whether somebody waits for another's lock."""
    with database.read() as session:
        found = session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    return bool(found)


def test_what_another_key_signed_stays_byte_for_byte(database: Database, world: World) -> None:
    with database.write() as session:
        for _ in range(9):
            keys.rotate(session, world.issuer_id, now=NOW, fernet=FERNET)
        tenth = keys.rotate(session, world.issuer_id, now=NOW, fernet=FERNET)
        award = issued(session, world.facts_for())
        before = award.credential
    assert tenth.number == 10
    assert resign(database, disown(database, world.issuer_id, 1)) == []
    with database.read() as session:
        assert store.award(session, award.public_id).credential == before


def test_revoked_awards_are_signed_too_and_erased_ones_are_not(database: Database, world: World) -> None:
    with database.write() as session:
        revoked, erased = issued(session, world.facts_for(0)), issued(session, world.facts_for(1))
        issue.revoke(session, revoked, reason="Irrtum", by=None, now=NOW)
        erased.credential = erased.facts = erased.person_id = None
    assert [chunk.signed for chunk in resign(database, disown(database, world.issuer_id))] == [1]
    assert holds(database, credential(database, revoked))


def test_what_is_not_what_was_signed_is_not_signed_again(database: Database, world: World) -> None:
    with database.write() as session:
        forged, good = issued(session, world.facts_for(0)), issued(session, world.facts_for(1))
        forged.credential = (forged.credential or "").replace("Person 0", "Bernd Fälscher")
    [chunk] = resign(database, disown(database, world.issuer_id))
    assert (chunk.signed, chunk.refused) == (1, (forged.public_id,))
    assert holds(database, credential(database, good))


@pytest.mark.parametrize("whose", ["issuer", "endorser"])
def test_joint_certificates_are_endorsed_again_by_whoever_lost_the_key(
    database: Database, world: World, whose: str
) -> None:
    with database.write() as session:
        other = Organisation(kind="provider", slug="hochschule-b", name={"de": "B"}, created_at=NOW)
        session.add(other)
        session.flush()
        course = session.get_one(Course, world.course_id)
        course.awarding_bodies = [CourseAwardingBody(organisation_id=other.id, position=0)]
        facts = replace(world.facts_for(0, AwardKind.COURSE), awarding_bodies=(mandate.body(other, PUBLIC_URL),))
        award = issued(session, facts)
        other_id = other.id
    before = credential(database, award)
    assert before["endorsement"][0]["credentialSubject"]["digestMultibase"] == digest.of_content(before)
    lost = disown(database, world.issuer_id if whose == "issuer" else other_id)
    assert holds(database, before) == (whose == "endorser")
    assert holds(database, before["endorsement"][0], "hochschule-b") == (whose == "issuer")
    assert [chunk.signed for chunk in resign(database, lost)] == [1]
    after = credential(database, award)
    assert holds(database, after)
    assert holds(database, after["endorsement"][0], "hochschule-b")
    assert (after["endorsement"] == before["endorsement"]) == (whose == "issuer")
    assert without_proof(after["endorsement"][0]) == without_proof(before["endorsement"][0])


def test_an_endorsement_signed_again_is_about_the_award_that_it_stands_in(database: Database, world: World) -> None:
    with database.write() as session:
        award = issued(session, world.facts_for())
        document = json.loads(award.credential or "")
        body = mandate.body(session.get_one(Organisation, world.issuer_id), PUBLIC_URL)
        key = keys.signing_key(session, world.issuer_id, now=NOW, fernet=FERNET)
        pasted = endorsement.build({**document, "name": "Master of Science"}, body, now=NOW)
        signed = proof.sign(pasted, key.private, verification_method=f"{DID}#key-{key.number}", created=NOW)
        award.credential = json.dumps({**document, "endorsement": [signed]})
    assert [chunk.signed for chunk in resign(database, disown(database, world.issuer_id))] == [1]
    after = credential(database, award)
    (again,) = after["endorsement"]
    assert holds(database, again)
    assert again["credentialSubject"] == endorsement.subject(after)


def test_a_disowned_key_is_published_and_used_no_more(database: Database, world: World) -> None:
    with database.write() as session:
        token = keys.jwt_key(session, world.issuer_id, now=NOW, fernet=FERNET)
        first = keys.signing_key(session, world.issuer_id, now=NOW, fernet=FERNET)
    assert (token.number, first.number) == (1, 2)
    disown(database, world.issuer_id, 2)
    with database.write() as session:
        assert keys.signing_key(session, world.issuer_id, now=LATER, fernet=FERNET).number == 3
        assert keys.jwt_key(session, world.issuer_id, now=LATER, fernet=FERNET).number == 1
    disown(database, world.issuer_id, 1)
    with database.write() as session:
        assert keys.jwt_key(session, world.issuer_id, now=LATER, fernet=FERNET).number == 4
        published = publish.did_document(session, SLUG, public_url=PUBLIC_URL)
    assert published["assertionMethod"] == [f"{DID}#key-3", f"{DID}#key-4"]
    assert [one["type"] for one in published["verificationMethod"]] == ["Multikey", "JsonWebKey"]


def test_status_lists_are_signed_anew(database: Database, world: World) -> None:
    with database.write() as session:
        place = issued(session, world.facts_for()).status_list.public_id
        publish.sign_list(session, place, now=NOW, fernet=FERNET, public_url=PUBLIC_URL)
    disown(database, world.issuer_id)
    with database.write() as session:
        assert publish.signed_list(session, place, now=NOW) is None
        signed = publish.sign_list(session, place, now=NOW, fernet=FERNET, public_url=PUBLIC_URL)
    assert holds(database, json.loads(signed.embedded))


def test_said_twice_the_first_time_stays(database: Database, world: World) -> None:
    with database.write() as session:
        keys.signing_key(session, world.issuer_id, now=NOW, fernet=FERNET)
        keys.compromise(session, world.issuer_id, 1, now=NOW)
        keys.compromise(session, world.issuer_id, 1, now=LATER)
        row = session.scalars(select(IssuerKey)).one()
        assert (row.retired_at, row.compromised_at) == (NOW, NOW)


def test_a_key_that_the_issuer_never_had(database: Database, world: World) -> None:
    with pytest.raises(AwardNotFoundError), database.write() as session:
        keys.compromise(session, world.issuer_id, 7, now=NOW)
