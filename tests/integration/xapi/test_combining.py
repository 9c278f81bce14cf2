"""Requests that share a commit: each has its own answer, and nobody's trouble is another's."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campus.database import Database
from tests.databases import ON_SQLITE
from tests.factories import NOW
from tests.unit.xapi.samples import SOME_ID, agent, statement
from tests.waiting import wait_for
from xapi.batches import Batch, Origin, Sender, prepare
from xapi.clock import Held, take
from xapi.combining import Writer
from xapi.errors import StatementConflictError
from xapi.store import StatementRow

SENDER = Sender(Origin.CLIENT, agent("authority"), 1)


def batch(*statements: dict[str, Any]) -> Batch:
    return prepare(list(statements) or [statement()], SENDER, version="2.0.0")


def stored(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(StatementRow)).scalar_one()


def all_at_once(database: Database, writer: Writer, batches: Sequence[Batch]) -> list[str]:
    """Hand batches in while somebody else has the store, so that they wait for it together; say what came of each."""
    answers = ["nothing"] * len(batches)

    def hand_in(place: int) -> None:
        try:
            writer.keep(batches[place])
        except Exception as error:  # noqa: BLE001 - what it is, is the answer
            answers[place] = type(error).__name__
        else:
            answers[place] = "kept"

    threads = [threading.Thread(target=hand_in, args=(place,)) for place in range(len(batches))]
    with database.write() as session:
        take(session)
        for thread in threads:
            thread.start()
        wait_for(lambda: len(writer._queue) == len(batches), "all stand in the queue")
    for thread in threads:
        thread.join()
    return answers


def test_a_conflict_is_the_answer_of_its_own_request_alone(database: Database) -> None:
    writer = Writer(database, lambda: NOW)
    writer.keep(batch(statement(id=SOME_ID)))
    conflicting = batch(statement(), statement(id=SOME_ID, actor=agent("somebody else")))
    answers = all_at_once(database, writer, [batch(), conflicting, batch(), batch(statement(id=SOME_ID))])
    assert answers == ["kept", StatementConflictError.__name__, "kept", "kept"]
    assert stored(database) == 3


def test_what_breaks_a_transaction_is_tried_alone_and_the_others_are_kept(database: Database) -> None:
    poisoned = batch()

    def refuse(_session: Session, _held: Held, batches: Sequence[Batch]) -> None:
        if poisoned in batches:
            raise ZeroDivisionError

    writer = Writer(database, lambda: NOW, refuse)
    assert all_at_once(database, writer, [batch(), poisoned, batch()]) == ["kept", "ZeroDivisionError", "kept"]
    assert stored(database) == 2
    writer.keep(batch())  # and it goes on


@pytest.mark.parametrize(("failures", "kept"), [(2, 1), (3, 0)])
def test_a_transaction_that_lost_is_tried_again_three_times_in_all(
    database: Database, failures: int, kept: int
) -> None:
    left = iter(range(failures))

    def lose(_session: Session, _held: Held, _batches: Sequence[Batch]) -> None:
        if next(left, None) is not None:
            raise OperationalError("COMMIT", {}, Exception("deadlock"))

    writer = Writer(database, lambda: NOW, lose)
    if kept:
        writer.keep(batch())
    else:
        with pytest.raises(OperationalError):
            writer.keep(batch())
    assert stored(database) == kept


@ON_SQLITE
def test_a_write_inside_a_write_is_refused_and_waits_for_nothing(database: Database) -> None:
    with database.write(), pytest.raises(RuntimeError), database.write():
        pass
    with database.write() as session:
        assert session.execute(select(1)).scalar_one() == 1
