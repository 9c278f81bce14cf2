"""Inserting statements, with what they refer to: who declares whom void, and who is found through whom.

Both hold whichever of the two comes first.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from campus.bulk import insert_rows
from campus.upsert import insert_missing
from xapi import terms
from xapi.batches import Prepared, Sender
from xapi.clock import TICK, iso
from xapi.store import StatementRow
from xapi.store import terms as terms_table
from xapi.strict_json import load

DEPTH = 5
"""So many references are followed in a row."""
Name = tuple[int, str]
"""Tenant and id of a statement: references don't leave a tenant."""
_COLUMNS = (
    "id",
    "statement_id",
    "tenant",
    "stored",
    "verb",
    "activity",
    "refers_to",
    "voiding",
    "voided",
    "origin",
    "person_id",
    "body",
)
_row = StatementRow
_REFERRING = select(_row.id, _row.tenant, _row.statement_id, _row.refers_to, _row.voiding).where(
    _row.refers_to.in_(bindparam("ids", expanding=True))
)


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
        earlier += referring_to(session, [link.name for link in earlier])
    void = {link.target for link in (*links, *earlier) if link.voiding}
    rows, found_by = [], []
    for offset, (sender, one) in enumerate(fresh):
        number, stored = first_id + offset, first_time + TICK * offset
        voided = not one.voiding and (sender.tenant, one.statement_id) in void
        rows.append(
            (
                number,
                one.statement_id,
                sender.tenant,
                stored,
                one.verb,
                one.activity,
                one.refers_to,
                one.voiding,
                voided,
                sender.origin.value,
                sender.person_id,
                _closed(one, iso(stored)),
            )
        )
        found_by += [(term, number) for term in one.terms]
    insert_rows(session, cast("Table", StatementRow.__table__), _COLUMNS, rows)
    insert_rows(session, terms_table, ("term", "statement_id"), found_by)
    if links or earlier:
        _void(session, [link.target for link in links if link.voiding])
        find_through(session, [*links, *earlier])


def _closed(one: Prepared, stored: str) -> str:
    """Complete the body: when it was stored, and when it happened if it doesn't say."""
    dated = "" if one.dated else f',"timestamp":"{stored}"'
    return f'{one.opened}{dated},"stored":"{stored}"}}'


def referring_to(session: Session, names: Sequence[Name]) -> list[Link]:
    """Give the statements that speak of these, and those that speak of them in turn."""
    found: dict[int, Link] = {}
    wanted = set(names)
    for _ in range(DEPTH):
        rows = session.connection().execute(_REFERRING, {"ids": [statement_id for _, statement_id in wanted]})
        links = [
            Link(number, (tenant, statement_id), (tenant, str(target)), voiding)
            for number, tenant, statement_id, target, voiding in rows
        ]
        news = [link for link in links if link.target in wanted and link.row_id not in found]
        found |= {link.row_id: link for link in news}
        wanted = {link.name for link in news}
        if not wanted:
            break
    return list(found.values())


def _void(session: Session, names: Sequence[Name]) -> None:
    """Mark statements as void, those that are there and don't declare others void themselves."""
    for tenant in {tenant for tenant, _ in names}:
        ids = [statement_id for owner, statement_id in names if owner == tenant]
        session.execute(
            update(StatementRow)
            .where(StatementRow.tenant == tenant, StatementRow.statement_id.in_(ids), StatementRow.voiding.is_(False))
            .values(voided=True),
            execution_options={"synchronize_session": False},
        )


def find_through(session: Session, links: Sequence[Link]) -> None:
    """Let statements be found by the terms of what they refer to, and of what that refers to."""
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
            if next_id is not None:
                following[row_id] = (name[0], next_id)
        level = following
        if not level:
            break
    insert_missing(session, terms_table, [{"term": term, "statement_id": row_id} for term, row_id in sorted(added)])


def _targets(session: Session, names: set[Name]) -> Iterator[tuple[Name, tuple[set[bytes], str | None]]]:
    row = StatementRow
    rows = session.execute(
        select(row.tenant, row.statement_id, row.refers_to, row.body).where(
            row.statement_id.in_([statement_id for _, statement_id in names])
        )
    )
    for tenant, statement_id, refers_to, body in rows:
        if (tenant, statement_id) in names:
            yield (tenant, statement_id), (terms.of(load(body)), refers_to)
