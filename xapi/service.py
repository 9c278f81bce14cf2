"""What the record store does: keep statements once and for all, give them back, declare them void."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, select, union_all
from sqlalchemy.orm import Session

from campus.sets import has_arrays, one_of
from xapi import descriptions, references, statements
from xapi.attachments import keep_contents
from xapi.batches import Batch, Origin, Prepared, Sender, prepare
from xapi.clock import Held, take, tick
from xapi.errors import StatementConflictError
from xapi.parts import Json
from xapi.references import Link
from xapi.store import StatementRow
from xapi.strict_json import load


@cache
def _near(*, arrays: bool) -> CompoundSelect[*tuple[Any, ...]]:
    """Ask for the statements of these ids, and for those that refer to them: each by its own index."""
    row = StatementRow
    found = select(row.id, row.tenant, row.statement_id, row.refers_to, row.voiding, row.body)
    return union_all(
        found.where(one_of(row.statement_id, "ids", arrays=arrays)),
        found.where(one_of(row.refers_to, "ids", arrays=arrays)),
    )


def keep(session: Session, batches: Sequence[Batch], *, now: datetime) -> list[StatementConflictError | None]:
    """Store batches, each whole or not at all, and say for each what stood against it.

    A statement that is there already in the same words is left as it is; other words under its id are a conflict.
    The store's clock is held until the transaction ends.
    """
    return keep_held(session, take(session), batches, now=now)


def keep_held(
    session: Session, held: Held, batches: Sequence[Batch], *, now: datetime
) -> list[StatementConflictError | None]:
    """Store batches as :func:`keep` does, with the clock that the caller holds."""
    wanted = [one.statement_id for batch in batches for one in batch.prepared]
    near = session.connection().execute(_near(arrays=has_arrays(session)), {"ids": wanted}).all()
    known = {(row.tenant, row.statement_id): load(row.body) for row in near}
    answers: list[StatementConflictError | None] = []
    fresh: list[tuple[Sender, Prepared]] = []
    for batch in batches:
        try:
            new = _new_of(batch, known)
        except StatementConflictError as error:
            answers.append(error)
            continue
        answers.append(None)
        keep_contents(session, batch.sender.tenant, batch.contents)
        known |= {(batch.sender.tenant, one.statement_id): one.statement for one in new}
        fresh += [(batch.sender, one) for one in new]
    if fresh:
        first_id, first_time = tick(session, held, len(fresh), now)
        links = [
            Link(row.id, (row.tenant, row.statement_id), (row.tenant, row.refers_to), row.voiding)
            for row in near
            if row.refers_to is not None
        ]
        references.insert(session, fresh, first_id, first_time, links)
        believed = [(sender, one) for sender, one in fresh if sender.origin is not Origin.LAUNCH]
        descriptions.learn(session, [(sender.tenant, said) for sender, one in believed for said in one.said])
    return answers


def _new_of(batch: Batch, known: Mapping[tuple[int, str], Json]) -> list[Prepared]:
    """Return what isn't there yet. Raises StatementConflictError if an id is there in other words."""
    new = []
    for one in batch.prepared:
        old = known.get((batch.sender.tenant, one.statement_id))
        if old is None:
            new.append(one)
        elif not statements.same(old, one.statement):
            raise StatementConflictError("another statement has this id")
    return new


def keep_one(session: Session, statement: Json, sender: Sender, *, version: str, now: datetime) -> str:
    """Store one statement of our own and return its id. Raises StatementConflictError."""
    batch = prepare([statement], sender, version=version)
    (refusal,) = keep(session, [batch], now=now)
    if refusal:
        raise refusal
    return batch.ids[0]
