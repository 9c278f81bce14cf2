"""Inserting statements, with what they refer to: who declares whom void, and who is found through whom.

Both hold whichever of the two comes first.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Row, Select, Table, select, update
from sqlalchemy.orm import Session

from campus.bulk import insert_rows
from campus.sets import has_arrays, one_of
from campus.upsert import insert_missing
from xapi import terms
from xapi.batches import Prepared, Sender
from xapi.clock import TICK, iso
from xapi.errors import TooManyStatementsError
from xapi.store import StatementRow
from xapi.store import terms as terms_table
from xapi.strict_json import load

DEPTH = 5
"""So many references are followed in a row."""
Question = Select[*tuple[Any, ...]]
Name = tuple[int, str]
"""Tenant and id of a statement: references don't leave a tenant."""
MOST_LINKS = 1000
"""So many statements learn of one that comes after them."""
MOST_HANDED_ON = 200_000
"""Terms that one transaction hands on from what is referred to."""
MOST_ASKED = 5000
"""So many ids are asked for at once: databases limit a statement's parameters."""


class Link(NamedTuple):
    """A stored statement that refers to another one."""

    row_id: int
    name: Name
    target: Name
    voiding: bool


def insert(
    session: Session,
    fresh: Sequence[tuple[Sender, Prepared]],
    first_id: int,
    first_time: datetime,
    near: Sequence[Link],
) -> None:
    """Insert statements under numbers and times that rise by one each (``clock.tick``).

    ``near`` are links of stored statements, all those to the new ones among them.
    """
    links = [
        Link(number, (sender.tenant, one.statement_id), (sender.tenant, one.refers_to), one.voiding)
        for number, (sender, one) in enumerate(fresh, first_id)
        if one.refers_to is not None
    ]
    names = {(sender.tenant, one.statement_id) for sender, one in fresh}
    earlier = [link for link in near if link.target in names]
    if earlier:
        earlier += referring_to(session, [link.name for link in earlier[:MOST_LINKS]])
    void = {link.target for link in (*links, *earlier) if link.voiding}
    rows, found_by = [], []
    for offset, (sender, one) in enumerate(fresh):
        number = first_id + offset
        voided = not one.voiding and (sender.tenant, one.statement_id) in void
        rows.append(_row(number, first_time + TICK * offset, sender, one, voided=voided))
        found_by += [(term, number) for term in one.terms]
    insert_rows(session, cast("Table", StatementRow.__table__), tuple(rows[0]), [row.values() for row in rows])
    insert_rows(session, terms_table, ("term", "statement_id"), found_by)
    if links or earlier:
        _void(session, [link.target for link in links if link.voiding])
        find_through(session, [*links, *earlier[:MOST_LINKS]])


def _row(number: int, stored: datetime, sender: Sender, one: Prepared, *, voided: bool) -> dict[str, Any]:
    return {
        "id": number,
        "statement_id": one.statement_id,
        "tenant": sender.tenant,
        "stored": stored,
        "verb": one.verb,
        "activity": one.activity,
        "refers_to": one.refers_to,
        "voiding": one.voiding,
        "voided": voided,
        "origin": sender.origin.value,
        "person_id": sender.person_id,
        "body": _closed(one, iso(stored)),
    }


def _closed(one: Prepared, stored: str) -> str:
    """Complete the body: when it was stored, and when it happened if it doesn't say."""
    dated = "" if one.dated else f',"timestamp":"{stored}"'
    return f'{one.opened}{dated},"stored":"{stored}"}}'


def referring_to(session: Session, names: Sequence[Name]) -> list[Link]:
    """Give the statements that speak of these, and those that speak of them in turn."""
    found: dict[int, Link] = {}
    wanted = set(names)
    for _ in range(DEPTH):
        rows = _asked(session, _referring(arrays=has_arrays(session)), wanted)
        links = [
            Link(number, (tenant, statement_id), (tenant, str(target)), voiding)
            for number, tenant, statement_id, target, voiding in rows
        ]
        news = [link for link in links if link.target in wanted and link.row_id not in found]
        news = news[: MOST_LINKS - len(found)]
        found |= {link.row_id: link for link in news}
        wanted = {link.name for link in news}
        if not wanted:
            break
    return list(found.values())


@cache
def _referring(*, arrays: bool) -> Question:
    row = StatementRow
    found = select(row.id, row.tenant, row.statement_id, row.refers_to, row.voiding)
    return found.where(one_of(row.refers_to, "ids", arrays=arrays))


@cache
def _of_ids(*, arrays: bool) -> Question:
    row = StatementRow
    found = select(row.tenant, row.statement_id, row.refers_to, row.body)
    return found.where(one_of(row.statement_id, "ids", arrays=arrays))


def _asked(
    session: Session, question: Select[*tuple[Any, ...]], names: Iterable[Name]
) -> Iterator[Row[*tuple[Any, ...]]]:
    """Ask about statements by their ids, those of other tenants among them."""
    ids = [statement_id for _, statement_id in names]
    for first in range(0, len(ids), MOST_ASKED):
        yield from session.connection().execute(question, {"ids": ids[first : first + MOST_ASKED]})


def _void(session: Session, names: Sequence[Name]) -> None:
    """Mark statements as void, those that are there and don't declare others void themselves."""
    for tenant in {tenant for tenant, _ in names}:
        ids = [statement_id for owner, statement_id in names if owner == tenant]
        theirs = one_of(StatementRow.statement_id, "ids", arrays=has_arrays(session))
        voiding = update(StatementRow.__table__).where(  # type: ignore[arg-type] # it is a table
            StatementRow.tenant == tenant, theirs, StatementRow.voiding.is_(False)
        )
        session.connection().execute(voiding.values(voided=True), {"ids": ids})


def find_through(session: Session, links: Sequence[Link]) -> None:
    """Let statements be found by the terms of what they refer to, and of what that refers to.

    Raises TooManyStatementsError if that were too much for one transaction.
    """
    added: set[tuple[bytes, int]] = set()
    level = {link.row_id: link.target for link in links}
    for _ in range(DEPTH):
        targets = dict(_targets(session, set(level.values())))
        following: dict[int, Name] = {}
        for row_id, name in level.items():
            if name not in targets:
                continue
            target_terms, next_id = targets[name]
            added.update((terms.via(term), row_id) for term in target_terms)
            if len(added) > MOST_HANDED_ON:
                raise TooManyStatementsError("too many statements refer to statements about too many things")
            if next_id is not None:
                following[row_id] = (name[0], next_id)
        level = following
        if not level:
            break
    insert_missing(session, terms_table, [{"term": term, "statement_id": row_id} for term, row_id in sorted(added)])


def _targets(session: Session, names: set[Name]) -> Iterator[tuple[Name, tuple[set[bytes], str | None]]]:
    rows = _asked(session, _of_ids(arrays=has_arrays(session)), names)
    for tenant, statement_id, refers_to, body in rows:
        if (tenant, statement_id) in names:
            yield (tenant, statement_id), (terms.of(load(body)), refers_to)
