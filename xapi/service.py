"""What the record store does: keep statements once and for all, give them back, declare them void."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from xapi import descriptions, references, statements
from xapi.attachments import keep_contents
from xapi.batches import Batch, Prepared, Sender, prepare
from xapi.clock import tick
from xapi.errors import StatementConflictError
from xapi.parts import Json
from xapi.store import StatementRow
from xapi.strict_json import load

_row = StatementRow
_THERE = select(_row.tenant, _row.statement_id, _row.body).where(
    _row.statement_id.in_(bindparam("ids", expanding=True))
)


def keep(session: Session, batches: Sequence[Batch], *, now: datetime) -> list[StatementConflictError | None]:
    """Store batches, each whole or not at all, and say for each what stood against it.

    A statement that is there already in the same words is left as it is; other words under its id are a conflict.
    The store's clock is held until the transaction ends.
    """
    wanted = [one.statement_id for batch in batches for one in batch.prepared]
    first_id, first_time = tick(session, len(wanted), now)
    known = _bodies(session, wanted)
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
        references.insert(session, fresh, first_id, first_time)
        descriptions.learn(session, [(sender.tenant, said) for sender, one in fresh for said in one.said])
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


def _bodies(session: Session, statement_ids: Sequence[str]) -> dict[tuple[int, str], Json]:
    found = session.connection().execute(_THERE, {"ids": statement_ids})
    return {(tenant, statement_id): load(body) for tenant, statement_id, body in found}


def keep_one(session: Session, statement: Json, sender: Sender, *, version: str, now: datetime) -> str:
    """Store one statement of our own and return its id. Raises StatementConflictError."""
    batch = prepare([statement], sender, version=version)
    (refusal,) = keep(session, [batch], now=now)
    if refusal:
        raise refusal
    return batch.ids[0]
