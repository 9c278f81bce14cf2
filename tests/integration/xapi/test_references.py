"""What references may cost and tell: bounded, and nothing to who may read only what is theirs."""

import threading
from contextlib import suppress

import pytest

from campus.database import BusyError, Database
from tests.record_store import Lrs, open_store, refused
from tests.unit.xapi.samples import OTHER_ID, SOME_ID, agent, as_bytes, statement
from xapi import clock, references
from xapi.batches import MOST_TERMS
from xapi.keys import Scope


@pytest.fixture
def lrs(database: Database) -> Lrs:
    return open_store(database)


def about(target: str, **changes: object) -> dict[str, object]:
    return statement(object={"objectType": "StatementRef", "id": target}, **changes)


def test_a_statement_about_more_things_than_it_can_be_found_by_is_refused(lrs: Lrs) -> None:
    several = [{"id": f"https://lms.example/{number}"} for number in range(MOST_TERMS)]
    refused(lrs.post(statement(context={"contextActivities": {"other": several}})), 400, "xapi.too_many_terms")


def test_references_that_would_hand_on_too_much_are_refused_with_their_batch(
    lrs: Lrs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "MOST_HANDED_ON", 20)
    assert lrs.post(statement(id=SOME_ID)).status_code == 200
    refused(lrs.post([about(SOME_ID) for _ in range(10)]), 413, "xapi.too_many_statements")
    assert lrs.ids() == [SOME_ID]


def test_a_statement_that_many_wait_for_is_told_to_some_and_always_stored(
    lrs: Lrs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "MOST_LINKS", 3)
    waiting = lrs.post([about(SOME_ID, actor=agent("somebody")) for _ in range(5)]).get_json()
    assert lrs.post(statement(id=SOME_ID)).status_code == 200
    found = lrs.ids(agent=as_bytes(agent()).decode())
    assert len(set(found) & set(waiting)) == 3
    assert SOME_ID in found


def test_who_reads_only_their_own_learns_nothing_of_what_they_refer_to(lrs: Lrs) -> None:
    lrs.add_key("own", Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ_MINE)
    lrs.post(statement(id=SOME_ID))
    lrs.post(about(SOME_ID, id=OTHER_ID, actor=agent("curious")), key="own")
    asked = {"agent": as_bytes(agent()).decode()}
    assert lrs.ids(**asked) == [OTHER_ID, SOME_ID]
    assert lrs.ask("GET", query_string=asked, key="own").get_json()["statements"] == []
    assert [one["id"] for one in lrs.ask("GET", key="own").get_json()["statements"]] == [OTHER_ID]


def test_a_reader_does_not_wait_for_who_stores(database: Database, lrs: Lrs) -> None:
    lrs.post(statement(id=SOME_ID))
    lrs.services.now += clock.MOST_BEHIND * 10
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write() as session:
            clock.take(session)
            holding.set()
            done.wait(30)

    writer = threading.Thread(target=hold)
    writer.start()
    holding.wait(30)
    try:
        before = lrs.get().headers["X-Experience-API-Consistent-Through"]
        with pytest.raises(BusyError), database.write(wait=False) as session:
            clock.take(session)
    finally:
        done.set()
        writer.join()
    assert lrs.get().headers["X-Experience-API-Consistent-Through"] > before
    with suppress(BusyError), database.write(wait=False) as session:  # and nobody has been left in the way
        assert clock.take(session).last_id == 1
