"""Reading the store for people and for files: everything a query finds, what is known by name, how much there is."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, extract, func, literal_column, or_, select
from sqlalchemy.orm import Session

from campus.database import Database
from xapi.clock import consistent_through
from xapi.parts import Json
from xapi.query import Query, Reader, Row, last_id_by, rows
from xapi.store import StatementRow, descriptions
from xapi.strict_json import load

STREAMED = 100
"""Statements read at once: the memory that a stream needs, whatever its length."""
MOST_NAMED = 500
HOUR_SECONDS: ColumnElement[int] = literal_column("3600")
"""Written out: PostgreSQL takes one expression with two parameters for two."""


def stream(database: Database, query: Query, reader: Reader, *, size: int = STREAMED) -> Iterator[list[Row]]:
    """Give all statements that the query finds, the oldest first, in lists of up to ``size``.

    Each list is read in a transaction of its own, so none stays open while a slow client takes the answer; what is
    stored after the first one isn't given, so it ends. The query's limit, order and cursor are not used.
    """
    with database.read() as session:
        through = consistent_through(session)
    until = min(through, query.until) if query.until is not None else through
    query = replace(query, ascending=True, limit=size, cursor=None, until=until)
    while True:
        with database.read() as session:
            found = rows(session, query, reader)
        shown = found[:size]
        if shown:
            yield shown
        if len(found) <= size:
            return
        query = replace(query, cursor=shown[-1].id)


@dataclass(frozen=True)
class Named:
    """A verb, activity or agent of which statements said something. ``body``: see ``xapi.descriptions``."""

    name: str
    """The IRI, or the agent's key."""
    body: Any


def named(
    session: Session, kind: str, tenant: int | None, *, containing: str = "", most: int = MOST_NAMED
) -> list[Named]:
    """Give what is known of a kind (``descriptions.VERB``, …) in one tenant or all, once for each name.

    ``containing``: only where name or description hold this text, in any case of letters.
    """
    table = descriptions
    wanted = select(table.c.name, table.c.body).where(table.c.kind == kind).order_by(table.c.name)
    if tenant is not None:
        wanted = wanted.where(table.c.tenant == tenant)
    if containing:
        # SQLite folds ASCII letters only: the usual spellings are tried.
        spellings = {containing, containing.lower(), containing.title()}
        columns = (table.c.name, table.c.body)
        wanted = wanted.where(
            or_(*(column.icontains(text, autoescape=True) for column in columns for text in sorted(spellings)))
        )
    found: dict[str, Named] = {}
    for row in session.execute(wanted.limit(most)):
        found.setdefault(row.name, Named(row.name, load(row.body)))
    return list(found.values())


@dataclass(frozen=True)
class Counted:
    """How many statements have one verb or activity in one tenant; ``example`` is the number of the newest."""

    tenant: int
    digest: bytes
    """Of its description (``descriptions.description_digest``)."""
    count: int
    example: int


@dataclass(frozen=True)
class Counts:
    """How many statements there are since a time; void ones don't count."""

    hours: list[tuple[datetime, int]]
    """Beginnings of hours in UTC, in order; those without a statement are missing."""
    verbs: list[Counted]
    """The most frequent ones first."""
    activities: list[Counted]
    """Those that are objects."""
    through: datetime
    """Everything that was stored until this time is counted."""


def counts(session: Session, tenant: int | None, *, since: datetime, most: int) -> Counts:
    """Count the statements stored after ``since``; ``most`` limits verbs and activities."""
    row = StatementRow
    limits: list[ColumnElement[bool]] = [row.id > last_id_by(session, since), row.voided.is_(False)]
    if tenant is not None:
        limits.append(row.tenant == tenant)
    epoch = extract("epoch", row.stored)
    hour = epoch - epoch % HOUR_SECONDS
    hours = session.execute(select(hour, func.count()).where(*limits).group_by(hour).order_by(hour))
    return Counts(
        hours=[(datetime.fromtimestamp(int(begins), UTC), count) for begins, count in hours],
        verbs=_counted(session, row.verb, limits, most),
        activities=_counted(session, row.activity, limits, most),
        through=consistent_through(session),
    )


def _counted(session: Session, column: Any, limits: Sequence[ColumnElement[bool]], most: int) -> list[Counted]:
    row = StatementRow
    count = func.count()
    wanted = (
        select(row.tenant, column, count, func.max(row.id))
        .where(column.is_not(None), *limits)
        .group_by(row.tenant, column)
        .order_by(count.desc(), column)
    )
    return [Counted(*found) for found in session.execute(wanted.limit(most))]


def bodies(session: Session, numbers: Collection[int]) -> dict[int, Json]:
    """Give statements by their numbers, to say by an example what nothing describes."""
    row = StatementRow
    found = session.execute(select(row.id, row.body).where(row.id.in_(numbers)))
    return {number: load(body) for number, body in found}
