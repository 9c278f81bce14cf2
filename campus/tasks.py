"""Tasks for administrators. A withdrawn credit never revokes an award by itself: it opens one (law 5)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import audit
from campus.errors import ConflictError, NotFoundError
from campus.models.credits import Credit, Task
from campus.rules.credit import Standing

CREDIT_WITHDRAWN = "credit_withdrawn"
EARNED_AFTER_REVOCATION = "earned_after_revocation"


def follow_standing(session: Session, credit: Credit, before: str, *, now: datetime) -> None:
    """Open a task when an earned credit falls, and close it when the credit is where it was."""
    was, is_now = Standing(before), Standing(credit.standing)
    task = _open_one(session, CREDIT_WITHDRAWN, credit)
    if task is None and was.is_earned and is_now.rank < was.rank:
        session.add(Task(kind=CREDIT_WITHDRAWN, credit_id=credit.id, fell_from=was, opened_at=now))
    elif task is not None and task.fell_from and is_now.rank >= Standing(task.fell_from).rank:
        task.closed_at = now
        task.note = f"credit is {credit.standing} again in revision {credit.revision}"
    session.flush()


def follow_award(session: Session, credit: Credit, revoked_at: datetime | None, *, now: datetime) -> None:
    """Open a task when a credit was earned again after its certificate was revoked: nobody re-issues it unasked."""
    if revoked_at is None or credit.changed_at <= revoked_at:
        return
    if _open_one(session, EARNED_AFTER_REVOCATION, credit) is None:
        session.add(Task(kind=EARNED_AFTER_REVOCATION, credit_id=credit.id, opened_at=now))
        session.flush()


def settle_award(session: Session, credit: Credit, *, by: int | None, now: datetime) -> None:
    """Close the task to look whether the certificate is issued again, for person ``by`` has had it issued."""
    task = _open_one(session, EARNED_AFTER_REVOCATION, credit)
    if task is not None:
        task.closed_at, task.closed_by_id, task.note = now, by, "the certificate was issued again"
        session.flush()


def _open_one(session: Session, kind: str, credit: Credit) -> Task | None:
    return session.scalars(
        select(Task).where(Task.credit_id == credit.id, Task.kind == kind, Task.closed_at.is_(None))
    ).first()


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
