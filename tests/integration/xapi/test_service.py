"""Statements kept once, found again and declared void, on both databases."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from campus.database import Database
from tests.factories import NOW, organisation
from tests.integration.xapi.keeping import STORE, found, keep, one
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, full, statement, voiding
from xapi import clock, descriptions, parts, query, service, terms
from xapi.batches import Origin, Sender, prepare
from xapi.errors import BadRequestError, StatementConflictError
from xapi.query import Query
from xapi.store import StatementRow


def of(database: Database) -> Sender:
    """Give a client of a new organisation."""
    with database.write() as session:
        return Sender(Origin.CLIENT, agent("client"), organisation(session).id)


def test_what_was_stored_is_read_back_equal(database: Database) -> None:
    keep(database, full())
    row = one(database, SOME_ID.upper())
    assert json.loads(row.body) == full() | {"stored": "2026-11-02T09:00:00.000000Z", "authority": STORE}
    assert (row.stored, row.origin) == (NOW, "client")
    assert '"n":1.0' in row.body, "a number stays as it was written"


def test_the_store_adds_what_a_statement_lacks(database: Database) -> None:
    (made,) = keep(database, statement())
    body = json.loads(one(database, made).body)
    assert UUID(made).version == 4
    assert (body["id"], body["version"], body["timestamp"]) == (made, "2.0.0", body["stored"])


def test_the_same_statement_again_changes_nothing_and_another_one_is_a_conflict(database: Database) -> None:
    mine = statement(id=SOME_ID)
    assert keep(database, mine) == keep(database, mine, now=NOW + timedelta(days=1)) == [SOME_ID]
    with pytest.raises(StatementConflictError):
        keep(database, statement(id=OTHER_ID), statement(id=SOME_ID.upper(), actor=agent("b")))
    assert found(database) == [SOME_ID], "a batch is stored whole or not at all"


def test_of_batches_in_one_transaction_each_is_stored_whole_or_not_at_all(database: Database) -> None:
    sender = of(database)
    mine, again, others = statement(id=SOME_ID), statement(id=SOME_ID), statement(id=SOME_ID, actor=agent("b"))
    given = [[mine], [statement(id=OTHER_ID), others], [again, statement(id=str(uuid4()))]]
    with database.write() as session:
        answers = service.keep(session, [prepare(one, sender, version="2.0.0") for one in given], now=NOW)
    assert [type(answer) for answer in answers] == [type(None), StatementConflictError, type(None)]
    assert found(database, ascending=True) == [SOME_ID, given[2][1]["id"]]


def test_each_tenant_has_ids_of_its_own(database: Database) -> None:
    stranger = of(database)
    keep(database, statement(id=SOME_ID))
    keep(database, statement(id=SOME_ID, actor=agent("b")), sender=stranger)
    assert found(database, stranger.tenant, agent=parts.agent_key(agent("b"))) == [SOME_ID]
    assert json.loads(one(database, SOME_ID).body)["actor"] == agent(), "who sees all sees the campus's first"


def test_one_id_twice_in_a_batch_is_refused(database: Database) -> None:
    with pytest.raises(BadRequestError):
        keep(database, statement(id=SOME_ID), statement(id=SOME_ID.upper()))


def test_stored_rises_even_when_a_clock_runs_behind_and_says_how_far_a_reader_sees(database: Database) -> None:
    with database.read() as session:
        assert clock.consistent_through(session) == datetime(1970, 1, 1, tzinfo=UTC)
    (early,) = keep(database, statement())
    (late,) = keep(database, statement(), now=NOW - timedelta(hours=1))
    assert found(database, since=NOW) == [late]
    assert found(database, ascending=True) == [early, late]
    with database.read() as session:
        assert clock.consistent_through(session) == one(database, late).stored


def test_an_organisation_sees_only_its_own(database: Database) -> None:
    mine, theirs = of(database), of(database)
    (of_one,) = keep(database, statement(), sender=mine)
    (of_campus,) = keep(database, statement())
    assert found(database) == [of_campus, of_one]
    assert found(database, mine.tenant) == [of_one]
    assert found(database, theirs.tenant) == []
    with database.read() as session:
        assert query.one(session, of_one, query.Reader(theirs.tenant)) is None


def test_a_client_may_see_what_it_wrote_alone(database: Database) -> None:
    sender = of(database)
    (mine,) = keep(database, statement(id=SOME_ID), sender=sender)
    other = Sender(Origin.CLIENT, agent("other"), sender.tenant)
    keep(database, statement(object={"objectType": "StatementRef", "id": mine}), sender=other)
    limited = query.Reader(sender.tenant, terms.authority_key(agent("client")))
    with database.read() as session:
        rows = query.rows(session, Query(verb=statement()["verb"]["id"]), limited)
        assert [json.loads(row.body)["id"] for row in rows] == [mine], "nor through a reference"


def test_a_voiding_statement_cant_be_voided_nor_can_a_stranger_void(database: Database) -> None:
    third = str(uuid4())
    keep(database, statement(id=SOME_ID), voiding(SOME_ID, id=OTHER_ID), voiding(OTHER_ID, id=third))
    assert found(database) == [third, OTHER_ID]
    stranger = of(database)
    early, late = str(uuid4()), str(uuid4())
    keep(database, statement(id=early))
    keep(database, voiding(early), voiding(late), sender=stranger)
    keep(database, statement(id=late))
    assert {early, late} <= set(found(database))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
def test_a_statement_about_a_statement_is_found_by_what_that_one_has(
    database: Database, order: tuple[int, ...]
) -> None:
    ids = [str(uuid4()) for _ in range(3)]
    given = [
        statement(id=ids[0], actor=agent("a")),
        *(
            statement(
                id=ids[at], actor=agent("b"), verb={"id": "x:said"}, object={"objectType": "StatementRef", "id": target}
            )
            for at, target in ((1, ids[0].upper()), (2, ids[1]))
        ),
    ]
    for index in order:
        keep(database, given[index])
    anna = parts.agent_key(agent("a"))
    assert set(found(database, agent=anna)) == set(ids)
    assert set(found(database, agent=anna, activity="https://lms.example/course/1")) == set(ids)
    assert len(found(database, agent=anna)) == 3, "each once"
    assert set(found(database, verb="x:said")) == {ids[1], ids[2]}


def test_what_is_void_is_still_what_others_speak_of(database: Database) -> None:
    about = statement(actor=agent("b"), object={"objectType": "StatementRef", "id": SOME_ID})
    keep(database, statement(id=SOME_ID, actor=agent("a")), voiding(SOME_ID, id=OTHER_ID, actor=agent("c")))
    (comment,) = keep(database, about)
    assert found(database, agent=parts.agent_key(agent("a"))) == [comment, OTHER_ID]


def test_references_and_words_stay_within_a_tenant(database: Database) -> None:
    stranger = of(database)
    keep(database, statement(id=SOME_ID, actor=agent("a")))
    keep(database, statement(object={"objectType": "StatementRef", "id": SOME_ID}), sender=stranger)
    assert found(database, stranger.tenant, agent=parts.agent_key(agent("a"))) == []


def test_addresses_of_any_length_and_every_character_are_kept(database: Database) -> None:
    long = "x:" + "a" * 50_000
    name = {"name": {"de": "\u0000\U0001f600"}}
    odd: dict[str, Any] = statement(verb={"id": long}, object={"id": long, "definition": name})
    (made,) = keep(database, odd)
    assert found(database, verb=long, activity=long) == [made]
    assert json.loads(one(database, made).body)["object"] == odd["object"]
    with database.read() as session:
        key = descriptions.description_digest(0, descriptions.ACTIVITY, long)
        assert descriptions.known(session, [key]) == {key: name}


def test_numbers_are_never_used_twice_and_rise_in_the_order_of_a_batch(database: Database) -> None:
    ids = keep(database, *(statement() for _ in range(250)))
    keep(database, statement(id=ids[0]), statement())
    with database.read() as session:
        rows = session.execute(select(StatementRow.statement_id, StatementRow.stored).order_by(StatementRow.id)).all()
        assert session.scalar(select(func.count(StatementRow.stored.distinct()))) == len(rows) == 251
    assert [row.statement_id for row in rows[:250]] == ids
    assert [row.stored for row in rows] == sorted(row.stored for row in rows)


def test_a_page_has_at_most_what_a_page_may_have() -> None:
    assert query.read({"limit": "100000"}).limit == query.LARGEST_PAGE
    assert query.read({"limit": "0"}).limit == query.PAGE
