"""Tasks for administrators. A withdrawn credit never revokes an award by itself: it opens one (law 5)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import audit
from campus.errors import ConflictError, NotFoundError
from campus.models.credits import Credit, Task
from campus.rules.credit import Standing

CREDIT_WITHDRAWN = "credit_withdrawn"


def follow_standing(session: Session, credit: Credit, before: str, *, now: datetime) -> None:
    """Open a task when an earned credit falls, and close it when the credit is back."""
    was, is_now = Standing(before), Standing(credit.standing)
    task = session.scalars(
        select(Task).where(Task.credit_id == credit.id, Task.kind == CREDIT_WITHDRAWN, Task.closed_at.is_(None))
    ).first()
    if was.is_earned and is_now.rank < was.rank and task is None:
        session.add(Task(kind=CREDIT_WITHDRAWN, credit_id=credit.id, opened_at=now))
    elif task is not None and is_now.rank > was.rank:
        task.closed_at = now
        task.note = f"credit is {credit.standing} again in revision {credit.revision}"
    session.flush()


def close(session: Session, public_id: str, *, note: str, by: int, now: datetime) -> None:
    """Close a task with a note on what was decided by person ``by``. Closed once, it stays as it is.

    Raises NotFoundError, or ConflictError when it is closed already.
    """
    task = session.scalars(select(Task).where(Task.public_id == public_id).with_for_update()).first()
    if task is None:
        raise NotFoundError("no such task")
    if task.closed_at is not None:
        raise ConflictError("the task is closed already")
    task.closed_at, task.closed_by_id, task.note = now, by, note
    audit.note(session, "task.closed", actor_id=by, now=now, task=public_id)
    session.flush()


def open_tasks(session: Session) -> list[Task]:
    """List the open tasks, oldest first."""
    return list(session.scalars(select(Task).where(Task.closed_at.is_(None)).order_by(Task.opened_at, Task.id)))
