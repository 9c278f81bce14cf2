"""Issuing and revoking on both databases."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import IO, Any

import pytest
from cryptography.fernet import InvalidToken
from sqlalchemy import func, select

import certificates.erasure
from campus.database import Database
from certificates import issue as journey
from certificates import publish, status_list, store
from certificates.errors import AwardErasedError, AwardNotFoundError, BadFactsError, NoFreeIndexError
from certificates.facts import AwardKind, Recipient, to_json
from certificates.issuers import keys
from certificates.status import StatusPurpose
from certificates.store import Award, IssuerKey, StatusList
from certificates.verifying import Found, Known, Part, Sources, verify
from tests.integration.certificates.world import FERNET, World, build, issued
from tests.unit.certificates.samples import DID, NOW, PUBLIC_URL, SLUG


@pytest.fixture
def world(database: Database) -> World:
    with database.write() as session:
        return build(session)


def _revoke(database: Database, public_id: str, by: int | None = None) -> None:
    with database.write() as session:
        award = store.award(session, public_id)
        journey.revoke(session, award, reason="Prüfung war nicht die eigene", by=by, now=NOW)


def _list(database: Database, public_id: str, *, after: timedelta = timedelta()) -> dict[str, Any]:
    with database.write() as session:
        signed = publish.sign_list(session, public_id, now=NOW + after, fernet=FERNET, public_url=PUBLIC_URL)
    document: dict[str, Any] = json.loads(signed.embedded)
    return document


def _codes(database: Database, public_id: str) -> dict[str, str]:
    """Verify an award with nothing but what is published about it."""
    with database.read() as session:
        award = store.award(session, public_id)
        ours = Found(publish.did_document(session, SLUG, public_url=PUBLIC_URL), Known.OURS)
        credential = award.credential or "{}"

    def fetch(address: str) -> str:
        return json.dumps(_list(database, address.rpartition("/")[2]))

    found = verify(credential, Sources(lambda _did: ours, fetch), now=NOW)
    return {part.value: found.of(part).code.split(".")[1] for part in Part}


@pytest.mark.parametrize("kind", [AwardKind.ATTENDANCE, AwardKind.COURSE])
def test_what_is_issued_verifies_with_what_is_published(database: Database, world: World, kind: AwardKind) -> None:
    with database.write() as session:
        award = issued(session, world.facts_for(kind=kind))
        assert store.facts_of(award).recipient == world.names[0]
    assert set(_codes(database, award.public_id).values()) == {"ok"}


def test_asked_twice_gives_the_same_award_with_the_first_facts(database: Database, world: World) -> None:
    first_facts = world.facts_for()
    with database.write() as session:
        first = issued(session, first_facts)
    with database.write() as session:
        second = issued(session, replace(world.facts_for(), score=12.0))
        assert second.id == first.id
        assert store.facts_of(second) == first_facts


def test_kinds_and_people_have_awards_of_their_own(database: Database, world: World) -> None:
    with database.write() as session:
        made = [
            issued(session, world.facts_for(0)),
            issued(session, world.facts_for(0, AwardKind.COURSE)),
            issued(session, world.facts_for(1)),
        ]
        assert len({award.id for award in made}) == 3
        assert [award.id for award in store.awards_of(session, world.people[0])] == [made[1].id, made[0].id]
        assert session.scalar(select(func.count(IssuerKey.id))) == 1


@pytest.mark.parametrize("wrong", ["person", "achievement", "issuer", "did"])
def test_facts_about_rows_that_are_not_there_are_refused(database: Database, world: World, wrong: str) -> None:
    facts = world.facts_for()
    changed = {
        "person": replace(facts, recipient=Recipient("nobody", "x")),
        "achievement": replace(facts, achievement=replace(facts.achievement, public_id="nothing")),
        "issuer": replace(facts, issuer=replace(facts.issuer, organisation_id="nobody")),
        "did": replace(facts, issuer=replace(facts.issuer, did="did:web:evil.example")),
    }[wrong]
    with pytest.raises(BadFactsError), database.write() as session:
        issued(session, changed)


class _Draws(Random):
    """Draws the given numbers, again and again."""

    def __init__(self, *numbers: int) -> None:
        super().__init__()
        self._numbers = numbers
        self._drawn = 0

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        self._drawn += 1
        return self._numbers[(self._drawn - 1) % len(self._numbers)]


def _issue(database: Database, world: World, person: int, random: Random) -> Award:
    with database.write() as session:
        facts = world.facts_for(person)
        return journey.issue(session, facts, journey.Issuing(NOW, FERNET, PUBLIC_URL, random))


def test_a_place_that_is_taken_is_not_given_twice(database: Database, world: World) -> None:
    assert _issue(database, world, 0, _Draws(7)).status_index == 7
    assert _issue(database, world, 1, _Draws(7, 7, 8)).status_index == 8


def test_when_all_draws_are_taken_a_new_list_is_opened(database: Database, world: World) -> None:
    first = _issue(database, world, 0, _Draws(7))
    second = _issue(database, world, 1, _Draws(7))
    assert second.status_index == 7
    assert second.status_list_id != first.status_list_id


def test_a_public_id_that_another_award_has_is_refused(database: Database, world: World) -> None:
    with database.write() as session:
        award = issued(session, world.facts_for(0))
    with pytest.raises(NoFreeIndexError), database.write() as session:
        issued(session, replace(world.facts_for(1), award_id=award.public_id))


def test_revoked_is_published_at_once_and_only_for_this_award(database: Database, world: World) -> None:
    with database.write() as session:
        one, other = issued(session, world.facts_for(0)), issued(session, world.facts_for(1))
    assert _codes(database, one.public_id)["status"] == "ok"
    _revoke(database, one.public_id)
    assert _codes(database, one.public_id) | {"status": "ok"} == _codes(database, other.public_id)
    assert _codes(database, one.public_id)["status"] == "revocation"


def test_the_first_revocation_stays(database: Database, world: World) -> None:
    with database.write() as session:
        award = issued(session, world.facts_for())
        journey.revoke(session, award, reason="Erstens", by=world.people[1], now=NOW)
        journey.revoke(session, award, reason="Zweitens", by=None, now=NOW + timedelta(days=1))
        assert (award.revoked_reason, award.revoked_at, award.revoked_by_id) == ("Erstens", NOW, world.people[1])
        assert award.status_list.revision == 1


def test_a_revocation_needs_a_reason(database: Database, world: World) -> None:
    with database.write() as session:
        award = issued(session, world.facts_for())
        with pytest.raises(BadFactsError):
            journey.revoke(session, award, reason="  ", by=None, now=NOW)
        assert award.revoked_at is None


def test_asked_again_after_a_revocation_nothing_new_is_issued(database: Database, world: World) -> None:
    with database.write() as session:
        award = issued(session, world.facts_for())
    _revoke(database, award.public_id)
    with database.write() as session:
        again = issued(session, world.facts_for())
        assert (again.id, again.revoked_at) == (award.id, NOW)


def test_the_list_is_signed_again_after_a_change_or_a_day_and_not_before(database: Database, world: World) -> None:
    with database.write() as session:
        award = issued(session, world.facts_for())
        place = award.status_list.public_id
    first = _list(database, place)
    assert _list(database, place, after=timedelta(hours=23)) == first
    with database.read() as session:
        kept = publish.signed_list(session, place, now=NOW)
        assert kept
        assert json.loads(kept.embedded) == first
        assert publish.signed_list(session, place, now=NOW + timedelta(days=1)) is None
    renewed = _list(database, place, after=timedelta(days=1))
    assert renewed["validUntil"] > first["validUntil"]
    _revoke(database, award.public_id)
    with database.read() as session:
        assert publish.signed_list(session, place, now=NOW + timedelta(days=1)) is None
    changed = _list(database, place, after=timedelta(days=1))["credentialSubject"]["encodedList"]
    assert status_list.is_set(status_list.decode(changed), award.status_index)


def test_private_keys_are_encrypted_at_rest(database: Database, world: World) -> None:
    with database.write() as session:
        key = keys.signing_key(session, world.issuer_id, now=NOW, fernet=FERNET)
        stored = session.scalars(select(IssuerKey)).one().private_encrypted.encode()
    raw = key.private.private_bytes_raw()
    assert raw not in stored
    assert FERNET.decrypt(stored) == raw
    with pytest.raises(InvalidToken):
        FERNET.decrypt(stored[:-4] + b"AAA=")


def test_after_a_change_of_keys_old_and_new_credentials_verify(database: Database, world: World) -> None:
    with database.write() as session:
        old = issued(session, world.facts_for(0))
        keys.rotate(session, world.issuer_id, now=NOW, fernet=FERNET)
        new = issued(session, world.facts_for(1))
        methods = [json.loads(award.credential or "")["proof"][0]["verificationMethod"] for award in (old, new)]
    assert methods == [f"{DID}#key-1", f"{DID}#key-2"]
    assert set(_codes(database, old.public_id).values()) == set(_codes(database, new.public_id).values()) == {"ok"}


def test_erasing_a_person_leaves_no_name_and_keeps_the_bit(database: Database, world: World) -> None:
    with database.write() as session:
        award, other = issued(session, world.facts_for(0)), issued(session, world.facts_for(1))
        place = award.status_list.public_id
    _revoke(database, award.public_id, by=world.people[1])
    _revoke(database, other.public_id, by=world.people[0])
    with database.write() as session:
        certificates.erasure.erase(session, world.people[0])
    with database.read() as session:
        erased, kept = store.award(session, award.public_id), store.award(session, other.public_id)
        assert (erased.person_id, erased.credential, erased.revoked_reason) == (None, None, None)
        assert erased.revoked_at == NOW
        assert session.scalar(select(func.count()).where(Award.facts.is_(None), Award.id == erased.id)) == 1
        with pytest.raises(AwardErasedError):
            store.facts_of(erased)
        assert (kept.person_id, kept.revoked_by_id) == (world.people[1], None)
        assert kept.credential
    encoded = _list(database, place)["credentialSubject"]["encodedList"]
    assert status_list.is_set(status_list.decode(encoded), award.status_index)


def test_what_is_not_there_is_not_found(database: Database, world: World) -> None:
    with database.write() as session:
        with pytest.raises(AwardNotFoundError):
            store.award(session, "x")
        with pytest.raises(AwardNotFoundError):
            publish.did_document(session, SLUG, public_url=PUBLIC_URL)
        with pytest.raises(AwardNotFoundError):
            publish.signed_list(session, "x", now=NOW)
        with pytest.raises(AwardNotFoundError):
            publish.sign_list(session, "x", now=NOW, fernet=FERNET, public_url=PUBLIC_URL)


@pytest.fixture
def crowd(database: Database) -> World:
    with database.write() as session:
        return build(session, people=60)


def _start(url: str, seed: int) -> tuple[subprocess.Popen[str], IO[str], IO[str]]:
    command = [sys.executable, "-m", "tests.integration.certificates.issuing_process", url, str(seed)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    return process, process.stdin, process.stdout


def _at_once(url: str, crowd: World) -> list[list[str]]:
    """Let two processes issue for everybody at once; return the ids that each printed."""
    running = [_start(url, seed) for seed in (1, 2)]
    for _process, inbox, outbox in running:
        facts = [to_json(crowd.facts_for(person)) for person in range(len(crowd.people))]
        inbox.write(json.dumps(facts) + "\n")
        inbox.flush()
        assert outbox.readline() == "ready\n"
    for _process, inbox, _outbox in running:
        inbox.write("go\n")
        inbox.flush()
    printed = [process.communicate(timeout=60)[0].split() for process, _inbox, _outbox in running]
    assert [process.returncode for process, _inbox, _outbox in running] == [0, 0]
    return printed


@pytest.mark.processes
def test_two_processes_at_once_issue_exactly_one_award_each(
    database: Database, database_url: str, crowd: World
) -> None:
    first, second = _at_once(database_url, crowd)
    assert first == second
    assert len(set(first)) == 60
    with database.read() as session:
        assert session.scalar(select(func.count(Award.id))) == 60
        assert session.scalar(select(func.count(IssuerKey.id))) == 1
        assert session.scalar(select(func.count(StatusList.id))) == len(StatusPurpose)
    assert set(_codes(database, first[-1]).values()) == {"ok"}
