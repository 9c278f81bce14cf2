"""What deleting a person means for statements."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campus import audit
from campus.models.base import new_public_id
from xapi import parts
from xapi.store import StatementAgent, StatementRow, digest
from xapi.strict_json import dump_ascii, parse


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
        before = parts.agent_key(body["actor"])
        body["actor"]["account"]["name"] = nobody
        for name in ("registration", "extensions"):
            body["context"].pop(name, None)
        after = parts.agent_key(body["actor"])
        session.execute(
            update(StatementAgent)
            .where(StatementAgent.statement_id == row.id, StatementAgent.agent_digest == digest(str(before)))
            .values(agent_digest=digest(str(after)))
        )
        row.body, row.person_id, row.registration = dump_ascii(body), None, None
    session.flush()
    if rows:
        audit.note(session, "xapi.erased", actor_id=None, now=now, statements=len(rows), pseudonym=nobody)
        session.flush()
