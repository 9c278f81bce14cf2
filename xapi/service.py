"""What the record store does: keep statements once and for all, give them back, declare them void."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from xapi import parts, query, statements, store
from xapi.errors import BadRequestError, StatementConflictError, StatementNotFoundError
from xapi.parts import Json
from xapi.query import Query
from xapi.store import StatementRow
from xapi.strict_json import dump_ascii, parse
from xapi.vocabulary import Verb


class Origin(StrEnum):
    """Where a statement comes from."""

    CLIENT = "client"
    RECIPE = "recipe"
    """Our own words about evidence we have: they never become evidence again (law 6)."""


@dataclass(frozen=True)
class Sender:
    """Who hands statements in, and whose they will be."""

    origin: Origin
    authority: Mapping[str, Any]
    """An agent that vouches for them; the store writes it into each."""
    organisation_id: int | None
    person_id: int | None = None
    """Whom they speak of, where our own recipe knows."""


@dataclass(frozen=True)
class Page:
    """Statements as JSON texts, and where the next page begins, if there is one."""

    bodies: tuple[str, ...]
    next_cursor: int | None


def keep(session: Session, given: Sequence[Json], sender: Sender, *, version: str, now: datetime) -> list[str]:
    """Store statements that ``statements.check`` let through, all or none, and return their ids in order.

    One that is there already in the same words is left as it is; other words under its id raise
    StatementConflictError. ``version`` is written into statements that name none.
    """
    named = [statement if "id" in statement else {"id": str(uuid4())} | statement for statement in given]
    ids = [statement["id"].lower() for statement in named]
    if len(set(ids)) != len(ids):
        raise BadRequestError("two statements of the batch have one id")
    stored = store.tick(session, now)
    known = store.bodies(session, ids)
    for statement_id, statement in zip(ids, named, strict=True):
        if statement_id in known:
            _require_same(known[statement_id], statement, sender)
        else:
            _add(session, statement_id, statement, sender, version=version, stored=stored)
    return [statement["id"] for statement in named]


def _require_same(known: tuple[str, int | None], statement: Json, sender: Sender) -> None:
    body, organisation_id = known
    if organisation_id != sender.organisation_id or not statements.same(parse(body), statement):
        raise StatementConflictError("another statement has this id")


def _add(
    session: Session, statement_id: str, statement: Json, sender: Sender, *, version: str, stored: datetime
) -> None:
    body = statement | {"stored": iso(stored), "authority": dict(sender.authority)}
    body.setdefault("timestamp", body["stored"])
    body.setdefault("version", version)
    registration = statement.get("context", {}).get("registration")
    voids = statement["object"]["id"].lower() if statement["verb"]["id"] == Verb.VOIDED else None
    row = StatementRow(
        statement_id=statement_id,
        stored=stored,
        timestamp=statements.instant(body["timestamp"]),
        verb_digest=store.digest(statement["verb"]["id"]),
        registration=registration.lower() if registration else None,
        voids=voids,
        voided=voids is None and store.is_voided_by_another(session, statement_id, sender.organisation_id),
        origin=sender.origin,
        organisation_id=sender.organisation_id,
        person_id=sender.person_id,
        body=dump_ascii(body),
    )
    store.add(session, row, parts.agent_keys(body), parts.activity_keys(body))
    if voids is not None:
        store.void(session, voids, sender.organisation_id)


def get(session: Session, statement_id: str, organisation_id: int | None, *, voided: bool = False) -> StatementRow:
    """Return the statement, or the void one if those are asked for. Raises StatementNotFoundError.

    ``organisation_id`` narrows to what an organisation may see; None sees everything.
    """
    row = session.scalars(select(StatementRow).where(StatementRow.statement_id == statement_id.lower())).first()
    if row is None or row.voided != voided or organisation_id not in {None, row.organisation_id}:
        raise StatementNotFoundError("there is no such statement")
    return row


def search(session: Session, wanted: Query, organisation_id: int | None) -> Page:
    """Return one page of what the query asks for, among what the organisation may see (None: everything)."""
    found = query.rows(session, wanted, organisation_id)
    shown = found[: wanted.limit]
    return Page(tuple(body for _, body in shown), shown[-1][0] if len(found) > len(shown) else None)


def iso(time: datetime) -> str:
    """Write a time in UTC with microseconds, as ``stored`` has them: ``since`` then never repeats a statement."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
