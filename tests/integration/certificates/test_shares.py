"""What holders show: awards by their number, and links to some of them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

import certificates.erasure
from campus.database import Database
from campus.errors import InvalidInputError
from certificates import issue, shares, store
from certificates.errors import AwardNotFoundError, ShareEndedError, ShareNotFoundError, TooManySharesError
from certificates.facts import AwardKind
from certificates.issue import Issuing
from certificates.store import Award, Share, ShareAward
from tests.integration.certificates.world import FERNET, RANDOM, World, build, issued
from tests.unit.certificates.samples import NOW, PUBLIC_URL

LATER = NOW + timedelta(days=7)
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def world(database: Database) -> World:
    with database.write() as session:
        made = build(session)
        issued(session, made.facts_for())
        issued(session, made.facts_for(kind=AwardKind.COURSE))
        issued(session, made.facts_for(person=1))
        return made


def awards(database: Database, person_id: int) -> list[str]:
    with database.read() as session:
        return [award.public_id for award in store.awards_of(session, person_id)]


def share(database: Database, world: World, *, ends_at: object = None, count: int = 1) -> str:
    with database.write() as session:
        chosen = [award.public_id for award in store.awards_of(session, world.people[0])][:count]
        assert ends_at is None or ends_at == LATER
        end = LATER if ends_at else None
        return shares.make(session, world.people[0], chosen, note=" Stadt X ", ends_at=end, now=NOW).public_id


def test_link_shows_the_chosen_awards_until_its_end(database: Database, world: World) -> None:
    made = share(database, world, ends_at=LATER)
    with database.read() as session:
        found = shares.opened(session, made, now=LATER - timedelta(seconds=1))
        assert [award.public_id for award in found.awards] == awards(database, world.people[0])[:1]
        assert found.note == "Stadt X"
        with pytest.raises(ShareEndedError):
            shares.opened(session, made, now=LATER)


def test_holder_ends_a_link_once(database: Database, world: World) -> None:
    made = share(database, world, count=2)
    for now in (NOW, LATER):
        with database.write() as session:
            shares.end(session, world.people[0], made, now=now)
    with database.read() as session:
        assert [one.ends_at for one in shares.of_person(session, world.people[0])] == [NOW]
        with pytest.raises(ShareEndedError):
            shares.opened(session, made, now=NOW)


def test_others_can_neither_end_nor_share_nor_hide_what_is_not_theirs(database: Database, world: World) -> None:
    made, (own, *_) = share(database, world), awards(database, world.people[0])
    stranger = world.people[1]
    with database.write() as session:
        with pytest.raises(ShareNotFoundError):
            shares.end(session, stranger, made, now=NOW)
        with pytest.raises(AwardNotFoundError):
            shares.make(session, stranger, [own], note="", ends_at=None, now=NOW)
        with pytest.raises(AwardNotFoundError):
            shares.show(session, stranger, own, shown=False)
        with pytest.raises(ShareNotFoundError):
            shares.opened(session, UNKNOWN, now=NOW)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"awards": []}, "awards"),
        ({"awards": [f"{number:08}{UNKNOWN[8:]}" for number in range(51)]}, "awards"),
        ({"note": "x" * 201}, "note"),
        ({"ends_at": NOW}, "ends_on"),
    ],
)
def test_what_makes_no_link(database: Database, world: World, wrong: dict[str, Any], field: str) -> None:
    given = {"awards": awards(database, world.people[0])[:1], "note": "", "ends_at": None, **wrong}
    with database.write() as session, pytest.raises(InvalidInputError) as refused:
        shares.make(session, world.people[0], given.pop("awards"), **given, now=NOW)
    assert refused.value.field == field


def test_links_that_are_open_have_a_limit(database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MAX_OPEN", 1)
    made = share(database, world)
    with pytest.raises(TooManySharesError):
        share(database, world)
    with database.write() as session:
        shares.end(session, world.people[0], made, now=NOW)
    share(database, world)


def test_what_corrects_a_hidden_award_is_hidden_too(database: Database, world: World) -> None:
    public_id = awards(database, world.people[0])[0]
    with database.write() as session:
        shares.show(session, world.people[0], public_id, shown=False)
    with database.write() as session:
        old = store.award(session, public_id)
        how = Issuing(NOW, FERNET, PUBLIC_URL, RANDOM)
        kind = AwardKind(old.kind)
        new = issue.supersede(session, old, world.facts_for(kind=kind), how, by=None)
        assert (old.shown, new.shown) == (False, False)


def test_erasing_the_holder_deletes_the_links(database: Database, world: World) -> None:
    share(database, world, count=2)
    with database.write() as session:
        issue.suspend(session, store.awards_of(session, world.people[1])[0], reason="x", by=world.people[0], now=NOW)
        certificates.erasure.erase(session, world.people[0])
    with database.read() as session:
        assert session.scalars(select(Share)).all() == []
        assert session.scalars(select(ShareAward)).all() == []
        assert session.scalars(select(Award.suspended_by_id).where(Award.suspended_at.is_not(None))).all() == [None]
