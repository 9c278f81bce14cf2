"""What deleting a person means for statements."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus import audit
from campus.models.base import new_public_id
from campus.upsert import insert_missing
from xapi import terms
from xapi.store import StatementRow
from xapi.store import terms as terms_table
from xapi.strict_json import dump, parse


def erase(session: Session, person_id: int, *, now: datetime) -> None:
    """Make the person (database id) unrecognisable in all statements that our recipes made of them.

    Statements are never deleted: others may refer to them, and counts must stay right. The actor becomes an account
    that means nobody; the registration and the evidence's id go, since both lead to the person. How many were
    changed is noted. Statements of foreign clients name actors of their own and are not found here.
    """
    nobody = f"erased:{new_public_id()}"
    rows = session.scalars(select(StatementRow).where(StatementRow.person_id == person_id).with_for_update()).all()
    for row in rows:
        body = parse(row.body)
        before = terms.of(body)
        body["actor"]["account"]["name"] = nobody
        for name in ("registration", "extensions"):
            body["context"].pop(name, None)
        after = terms.of(body)
        session.execute(
            delete(terms_table).where(terms_table.c.statement_id == row.id, terms_table.c.term.in_(before - after))
        )
        insert_missing(
            session, terms_table, [{"term": term, "statement_id": row.id} for term in sorted(after - before)]
        )
        row.body, row.person_id = dump(body), None
    session.flush()
    if rows:
        audit.note(session, "xapi.erased", actor_id=None, now=now, statements=len(rows), pseudonym=nobody)
        session.flush()
