"""The store's clock: in which order statements were stored, whoever stores them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from xapi.store import StoreClock

TICK = timedelta(microseconds=1)
NOTHING_STORED = datetime(1970, 1, 1, tzinfo=UTC)
ROW = 1


def tick(session: Session, count: int, now: datetime) -> tuple[int, datetime]:
    """Take the store until the transaction ends; return number and time of the first of ``count`` statements.

    The row makes writers take turns, so numbers and times both rise in the order of commits: a reader who saw one has
    seen all before it. Each statement has a number and a microsecond of its own. The first time is ``now``, or just
    after the last one if clocks disagree.
    """
    clock = session.execute(
        select(StoreClock.last_id, StoreClock.last_stored).where(StoreClock.id == ROW).with_for_update()
    ).one()
    first = max(now, clock.last_stored + TICK)
    last = first + TICK * max(count - 1, 0)
    changing = update(StoreClock).where(StoreClock.id == ROW)
    session.execute(
        changing.values(last_id=clock.last_id + count, last_stored=last),
        execution_options={"synchronize_session": False},
    )
    return clock.last_id + 1, first


def consistent_through(session: Session) -> datetime:
    """Return the time up to which this reader sees everything that will ever have been stored by then."""
    found = session.scalar(select(StoreClock.last_stored).where(StoreClock.id == ROW))
    return found or NOTHING_STORED


def iso(time: datetime) -> str:
    """Write a time in UTC with microseconds, as ``stored`` has them: ``since`` then never repeats a statement."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
