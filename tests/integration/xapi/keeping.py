"""Keeping statements and finding them again, as the tests of this folder do it."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campus.database import Database
from tests.factories import NOW
from xapi import query, service
from xapi.batches import Origin, Sender, prepare
from xapi.query import Query, Reader, Row
from xapi.store import CAMPUS, StatementRow

STORE = {"mbox": "mailto:store@example.org"}
SENDER = Sender(Origin.CLIENT, STORE, CAMPUS)
EVERYONES = Reader(None)


def keep(database: Database, *given: dict[str, Any], sender: Sender = SENDER, now: datetime = NOW) -> list[str]:
    """Store a batch; return the statements' ids. Raises StatementConflictError."""
    batch = prepare(given, sender, version="2.0.0")
    with database.write() as session:
        (refusal,) = service.keep(session, [batch], now=now)
        if refusal:
            raise refusal
    return batch.ids


def pages(session: Session, wanted: Query, reader: Reader = EVERYONES) -> Iterator[list[Row]]:
    """Give all pages, as a client does that follows "more"."""
    while True:
        rows = query.rows(session, wanted, reader)
        yield rows[: wanted.limit]
        if len(rows) <= wanted.limit:
            return
        fields = {name: getattr(wanted, name) for name in wanted.__dataclass_fields__}
        wanted = Query(**fields | {"cursor": rows[wanted.limit - 1].id})


def bodies(database: Database, tenant: int | None = None, **fields: Any) -> list[dict[str, Any]]:
    """Search and give the statements, over all pages."""
    with database.read() as session:
        return [json.loads(row.body) for page in pages(session, Query(**fields), Reader(tenant)) for row in page]


def found(database: Database, tenant: int | None = None, **fields: Any) -> list[str]:
    """Search and give the ids, over all pages."""
    return [one["id"] for one in bodies(database, tenant, **fields)]


def one(database: Database, statement_id: str, tenant: int | None = None, *, voided: bool = False) -> StatementRow:
    """Give the statement of this id; there must be one."""
    with database.read() as session:
        row = query.one(session, statement_id, Reader(tenant), voided=voided)
    assert row is not None
    return row
