"""The store's clock: in which order statements were stored, whoever stores them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from campus.database import Database
from xapi.store import StoreClock

TICK = timedelta(microseconds=1)
MOST_BEHIND = timedelta(milliseconds=250)
"""So far may "consistent through" lie back while nothing is stored."""
ROW = 1
RULES = "xapi_rules"
"""Under this name ``tick`` leaves in the session's ``info`` what ``StoreClock.rules`` is, for ``xapi.watch``."""
_TAKE = (
    select(StoreClock.last_id, StoreClock.last_stored, StoreClock.rules).where(StoreClock.id == ROW).with_for_update()
)
_SET = update(StoreClock.__table__).where(StoreClock.id == ROW)  # type: ignore[arg-type] # it is a table
_SET = _SET.values(last_id=bindparam("to_id"), last_stored=bindparam("to_time"))
_READ = select(StoreClock.last_stored).where(StoreClock.id == ROW)


def tick(session: Session, count: int, now: datetime) -> tuple[int, datetime]:
    """Take the store until the transaction ends; return number and time of the first of ``count`` statements.

    The row makes writers take turns, so numbers and times both rise in the order of commits: a reader who saw one has
    seen all before it. Each statement has a number and a microsecond of its own. The first time is ``now``, or just
    after the last one if clocks disagree.
    """
    connection = session.connection()
    last_id, last_stored, rules = connection.execute(_TAKE).one()
    session.info[RULES] = rules
    first = max(now, last_stored + TICK)
    last = first + TICK * max(count - 1, 0)
    connection.execute(_SET, {"to_id": last_id + count, "to_time": last})
    return last_id + 1, first


def consistent_through(session: Session) -> datetime:
    """Return a time such that the reading ``session`` sees all that is ever stored up to it."""
    told: datetime = session.connection().execute(_READ).scalar_one()
    return told


def caught_up(session: Session, database: Database, *, now: datetime) -> datetime:
    """Return such a time that is also near ``now``; ask before reading anything else.

    If the clock lies far back, nobody has stored anything since: then it is moved on, so that nobody can store below
    any more, and the session begins anew.
    """
    told = consistent_through(session)
    if now - told <= MOST_BEHIND:
        return told
    session.rollback()
    with database.write() as writing:
        connection = writing.connection()
        last_id, last_stored, _ = connection.execute(_TAKE).one()
        connection.execute(_SET, {"to_id": last_id, "to_time": max(now, last_stored)})
    return consistent_through(session)  # once more: what came just now is seen too, and mustn't be told twice


def iso(time: datetime) -> str:
    """Write a time in UTC with microseconds, as ``stored`` has them: ``since`` then never repeats a statement."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
