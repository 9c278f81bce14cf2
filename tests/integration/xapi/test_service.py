"""Statements kept once, found again and declared void, on both databases."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from campus.database import Database
from tests.factories import NOW, organisation
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, full, statement, voiding
from xapi import parts, query, service, store
from xapi.errors import BadRequestError, StatementConflictError, StatementNotFoundError
from xapi.query import Query
from xapi.service import Origin, Sender
from xapi.store import StatementRow

CAMPUS = Sender(Origin.CLIENT, {"mbox": "mailto:store@example.org"}, None)


def keep(database: Database, *given: dict[str, Any], sender: Sender = CAMPUS, now: datetime = NOW) -> list[str]:
    with database.write() as session:
        return service.keep(session, given, sender, version="2.0.0", now=now)


def found(database: Database, organisation_id: int | None = None, **fields: Any) -> list[str]:
    """Search and give the ids, over all pages."""
    ids: list[str] = []
    wanted = Query(**fields)
    with database.read() as session:
        while True:
            page = service.search(session, wanted, organisation_id)
            ids += [json.loads(body)["id"] for body in page.bodies]
            if page.next_cursor is None:
                return ids
            wanted = Query(**fields | {"cursor": page.next_cursor})


def test_what_was_stored_is_read_back_equal(database: Database) -> None:
    keep(database, full())
    with database.read() as session:
        row = service.get(session, SOME_ID.upper(), None)
    body = json.loads(row.body)
    assert body == full() | {"stored": "2026-11-02T09:00:00.000000Z", "authority": CAMPUS.authority}
    assert row.stored == NOW
    assert (row.registration, row.origin) == (OTHER_ID, "client")
    assert '"n":1.0' in row.body, "a number stays as it was written"


def test_the_store_adds_what_a_statement_lacks(database: Database) -> None:
    (made,) = keep(database, statement())
    with database.read() as session:
        body = json.loads(service.get(session, made, None).body)
    assert UUID(made).version == 4
    assert (body["id"], body["version"], body["timestamp"]) == (made, "2.0.0", body["stored"])


def test_the_same_statement_again_changes_nothing_and_another_one_is_a_conflict(database: Database) -> None:
    mine = statement(id=SOME_ID)
    assert keep(database, mine) == keep(database, mine, now=NOW + timedelta(days=1)) == [SOME_ID]
    with pytest.raises(StatementConflictError):
        keep(database, statement(id=OTHER_ID), statement(id=SOME_ID.upper(), actor=agent("b")))
    assert found(database) == [SOME_ID], "a batch is stored whole or not at all"
    with database.write() as session:
        foreign = Sender(Origin.CLIENT, agent("c"), organisation(session).id)
    with pytest.raises(StatementConflictError):
        keep(database, mine, sender=foreign)


def test_one_id_twice_in_a_batch_is_refused(database: Database) -> None:
    with pytest.raises(BadRequestError):
        keep(database, statement(id=SOME_ID), statement(id=SOME_ID.upper()))


def test_filters(database: Database) -> None:
    one = statement(id=str(uuid4()), actor=agent("a"), verb={"id": "x:one"}, object={"id": "x:1"})
    context = {
        "registration": OTHER_ID,
        "instructor": agent("a"),
        "contextActivities": {"parent": [{"id": "x:1"}]},
    }
    two = statement(id=str(uuid4()), actor=agent("b"), verb={"id": "x:two"}, object={"id": "x:2"}, context=context)
    keep(database, one)
    keep(database, two, now=NOW + timedelta(hours=1))
    a, b = one["id"], two["id"]
    anna = parts.agent_key(agent("a"))
    assert found(database) == [b, a]
    assert found(database, ascending=True) == [a, b]
    assert found(database, verb="x:one") == [a]
    assert found(database, agent=anna) == [a]
    assert found(database, agent=anna, related_agents=True) == [b, a]
    assert found(database, activity="x:1") == [a]
    assert found(database, activity="x:1", related_activities=True) == [b, a]
    assert found(database, registration=OTHER_ID) == [b]
    assert found(database, since=NOW) == [b], "since leaves out what was stored just then"
    assert found(database, until=NOW) == [a], "until takes it in"
    assert found(database, agent=anna, verb="x:two") == []


@pytest.mark.parametrize("ascending", [True, False])
def test_pages_stay_right_while_statements_arrive(database: Database, ascending: bool) -> None:
    first = keep(database, *(statement() for _ in range(5)))
    with database.read() as session:
        page = service.search(session, Query(limit=2, ascending=ascending), None)
    seen = [json.loads(body)["id"] for body in page.bodies]
    later = keep(database, statement())
    seen += found(database, limit=2, ascending=ascending, cursor=page.next_cursor)
    assert seen == first + later if ascending else seen == first[::-1]


def test_stored_rises_even_when_a_clock_runs_behind_and_says_how_far_a_reader_sees(database: Database) -> None:
    with database.read() as session:
        assert store.consistent_through(session) == store.NOTHING_STORED
    (early,) = keep(database, statement())
    (late,) = keep(database, statement(), now=NOW - timedelta(hours=1))
    assert found(database, since=NOW) == [late]
    assert found(database, ascending=True) == [early, late]
    with database.read() as session:
        assert store.consistent_through(session) == service.get(session, late, None).stored


def test_an_organisation_sees_only_its_own(database: Database) -> None:
    with database.write() as session:
        one, two = organisation(session).id, organisation(session).id
    (of_one,) = keep(database, statement(), sender=Sender(Origin.CLIENT, agent(), one))
    (of_campus,) = keep(database, statement())
    assert found(database) == [of_campus, of_one]
    assert found(database, one) == [of_one]
    assert found(database, two) == []
    with database.read() as session, pytest.raises(StatementNotFoundError):
        service.get(session, of_one, two)


@pytest.mark.parametrize("order", ["after", "before", "same batch"])
def test_voiding(database: Database, order: str) -> None:
    given = [statement(id=SOME_ID), voiding(SOME_ID.upper(), id=OTHER_ID)]
    if order == "same batch":
        keep(database, *given)
    for one in given if order == "after" else given[::-1]:
        keep(database, one)
    assert found(database) == [OTHER_ID]
    with database.read() as session:
        assert service.get(session, SOME_ID, None, voided=True).voided
        for statement_id, voided in ((SOME_ID, False), (OTHER_ID, True)):
            with pytest.raises(StatementNotFoundError):
                service.get(session, statement_id, None, voided=voided)


def test_a_voiding_statement_cant_be_voided_nor_can_a_stranger_void(database: Database) -> None:
    third = str(uuid4())
    keep(database, statement(id=SOME_ID), voiding(SOME_ID, id=OTHER_ID), voiding(OTHER_ID, id=third))
    assert found(database) == [third, OTHER_ID]
    with database.write() as session:
        stranger = Sender(Origin.CLIENT, agent(), organisation(session).id)
    early, late = str(uuid4()), str(uuid4())
    keep(database, statement(id=early))
    keep(database, voiding(early), voiding(late), sender=stranger)
    keep(database, statement(id=late))
    assert {early, late} <= set(found(database))


def test_addresses_of_any_length_and_every_character_are_kept(database: Database) -> None:
    long = "x:" + "a" * 50_000
    odd = statement(verb={"id": long}, object={"id": long, "definition": {"name": {"de": "\u0000\U0001f600"}}})
    (made,) = keep(database, odd)
    assert found(database, verb=long, activity=long) == [made]
    with database.read() as session:
        assert json.loads(service.get(session, made, None).body)["object"] == odd["object"]


@pytest.mark.processes
def test_two_processes_race_for_the_same_ids(database: Database, database_url: str) -> None:
    """Equal ones are there once; of different ones one wins, batches are stored whole, and stored rises with id."""
    ids = [str(uuid4()) for _ in range(40)]
    equal = [[statement(id=one)] for one in ids[:20]]
    batches = [equal + [[statement(id=one, actor=agent(name)), statement()] for one in ids[20:]] for name in "ab"]
    running = []
    for batch in batches:
        command = [sys.executable, "-m", "tests.integration.xapi.keeping_process", database_url]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(batch) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        running.append(process)
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert [answers[:20] for answers in said] == [["kept"] * 20] * 2
    for pair in zip(said[0][20:], said[1][20:], strict=True):
        assert sorted(pair) == ["kept", "xapi.statement_conflict"]
    with database.read() as session:
        assert session.scalar(select(func.count(StatementRow.id))) == 20 + 20 * 2
        times = session.scalars(select(StatementRow.stored).order_by(StatementRow.id)).all()
    assert list(times) == sorted(times)
    assert times[-1] <= datetime.now(tz=UTC)


def test_a_page_has_at_most_what_a_page_may_have() -> None:
    assert query.read({"limit": "100000"}).limit == query.LARGEST_PAGE
    assert query.read({"limit": "0"}).limit == query.PAGE
