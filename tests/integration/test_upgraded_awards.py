"""Certificates of an earlier version, on an upgraded database: they stay what they were, and can be acted on."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.database import Database
from campus.models.people import Person
from certificates import correction, forms, publish, store
from certificates.errors import AwardRevokedError
from certificates.issue import Issuing, resume, revoke, suspend
from certificates.issuers.signing import Signing
from certificates.papers import pdf
from certificates.store import Award, AwardState
from certificates.verifying import Found, Known, Part, Sources, verify
from tests import upgrading
from tests.data.upgrade import make
from tests.upgrading import PUBLIC_URL, Upgraded

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOW = Issuing(NOW, upgrading.fernet(), PUBLIC_URL, Random(1))
SIGNING = Signing(Database("sqlite://"), HOW.fernet, lambda: NOW)
VALID, REVOKED = len(make.EARNED), 1
"""Of units and of the course; one of a unit was revoked."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    with upgrading.upgraded(request.param, tmp_path_factory.mktemp("old"), request) as made:
        yield made


@pytest.fixture
def session(upgraded: Upgraded) -> Iterator[Session]:
    """Give a session whose work is undone at the end: one upgrade serves all tests."""
    database = Database(upgraded.url)
    with closing(Session(database.engine, expire_on_commit=False)) as opened:
        yield opened
    database.dispose()


def in_state(session: Session, state: AwardState) -> list[Award]:
    return list(session.scalars(select(Award).where(store.in_state(state)).order_by(Award.id)))


def codes(session: Session, award: Award) -> dict[str, str]:
    """Verify an award with nothing but what is published about it."""

    def issuer(did: str) -> Found:
        slug = did.rpartition(":")[2]
        return Found(publish.did_document(session, slug, public_url=PUBLIC_URL), Known.OURS)

    def status_list(address: str) -> str:
        public_id = address.rpartition("/")[2]
        return publish.sign_list(session, public_id, now=NOW, fernet=HOW.fernet, public_url=PUBLIC_URL).embedded

    found = verify(award.credential or "", Sources(issuer, status_list), now=NOW)
    return {part.value: found.of(part).code.split(".")[1] for part in Part}


def is_valid(session: Session, award: Award) -> bool:
    return set(codes(session, award).values()) == {"ok"}


def test_each_is_what_it_was_and_its_paper_can_be_made(session: Session) -> None:
    awards = in_state(session, AwardState.VALID)
    assert len(awards) == VALID
    for award in awards:
        assert is_valid(session, award)
        issued = forms.read(award, public_url=PUBLIC_URL, signing=SIGNING)
        assert json.loads(issued.credential)["id"].endswith(award.public_id)
        assert pdf.render(issued.facts, issued.credential, issued.addresses, issued.branding).startswith(b"%PDF-")


def test_one_that_was_revoked_stays_so(session: Session) -> None:
    (award,) = in_state(session, AwardState.REVOKED)
    assert award.revoked_reason == make.REASON
    assert codes(session, award) == dict.fromkeys(codes(session, award), "ok") | {"status": "revocation"}
    with pytest.raises(AwardRevokedError):
        forms.read(award, public_url=PUBLIC_URL, signing=SIGNING)


def test_one_can_be_suspended_and_revoked(session: Session) -> None:
    award = in_state(session, AwardState.VALID)[0]
    suspend(session, award, reason="wird geprüft", by=None, now=NOW)
    assert codes(session, award)["status"] == "revocation", "no verifier accepts it meanwhile"
    resume(session, award)
    assert is_valid(session, award)
    revoke(session, award, reason="Falsche Person", by=None, now=NOW)
    assert codes(session, award)["status"] == "revocation"


@pytest.mark.parametrize("which", range(VALID))
def test_one_can_be_issued_anew_and_is_then_like_any_other(session: Session, which: int) -> None:
    old = in_state(session, AwardState.VALID)[which]
    session.get_one(Person, old.person_id).name = "Jonas Weber-Ünlü"
    made = correction.correct(session, old, HOW, by=None)
    assert (old.state, made.state) == (AwardState.SUPERSEDED, AwardState.VALID)
    assert codes(session, old)["status"] == "revocation"
    assert is_valid(session, made)
    facts = store.facts_of(made)
    assert (facts.recipient.name, facts.supersedes) == ("Jonas Weber-Ünlü", old.public_id)
    suspend(session, made, reason="wird geprüft", by=None, now=NOW)
    assert codes(session, made)["status"] == "revocation"
    resume(session, made)
    assert is_valid(session, made)


def test_one_that_was_revoked_can_be_issued_again(session: Session) -> None:
    (old,) = in_state(session, AwardState.REVOKED)
    made = correction.issue_again(session, old, HOW, by=None)
    assert is_valid(session, made)
    assert (made.supersedes_id, old.state) == (old.id, AwardState.SUPERSEDED)


def test_old_and_new_awards_share_the_list_of_revocations_and_no_place_in_it(session: Session) -> None:
    old = in_state(session, AwardState.VALID)[0]
    made = correction.correct(session, old, HOW, by=None)
    assert made.status_list_id == old.status_list_id
    assert made.status_index != old.status_index
