"""The store's clock: in which order statements were stored, whoever stores them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from campus.database import BusyError, Database
from xapi.store import StoreClock

TICK = timedelta(microseconds=1)
MOST_BEHIND = timedelta(milliseconds=250)
"""So far may "consistent through" lie back while nothing is stored."""
_ROW = 1
_TAKE = select(StoreClock.last_id, StoreClock.last_stored, StoreClock.rules).where(StoreClock.id == _ROW)
_TAKE = _TAKE.with_for_update()
_SET = update(StoreClock.__table__).where(StoreClock.id == _ROW)  # type: ignore[arg-type] # it is a table
_SET = _SET.values(last_id=bindparam("to_id"), last_stored=bindparam("to_time"))
_READ = select(StoreClock.last_stored).where(StoreClock.id == _ROW)


class Held(NamedTuple):
    """The clock, held until the transaction ends: the number and the time below which nothing is stored any more.

    ``rules`` is ``StoreClock.rules``.
    """

    last_id: int
    last_stored: datetime
    rules: int


def take(session: Session) -> Held:
    """Take the store until the transaction ends, as soon as whoever has it is done.

    The row makes writers take turns, so numbers and times both rise in the order of commits: a reader who saw one has
    seen all before it.
    """
    return Held(*session.connection().execute(_TAKE).one())


def tick(session: Session, held: Held, count: int, now: datetime) -> tuple[int, datetime]:
    """Return number and time of the first of ``count`` statements; each has a number and a microsecond of its own.

    The first time is ``now``, or just after the last one if clocks disagree.
    """
    first = max(now, held.last_stored + TICK)
    last = first + TICK * max(count - 1, 0)
    session.connection().execute(_SET, {"to_id": held.last_id + count, "to_time": last})
    return held.last_id + 1, first


def consistent_through(session: Session) -> datetime:
    """Return a time such that the reading ``session`` sees all that is ever stored up to it."""
    told: datetime = session.connection().execute(_READ).scalar_one()
    return told


def caught_up(session: Session, database: Database, *, now: datetime) -> datetime:
    """Return such a time that is also near ``now``; ask before reading anything else.

    If the clock lies far back, nobody has stored anything since: then it is moved on, so that nobody can store below
    any more, and the session begins anew. Who is storing just now isn't waited for: then it is told as it stands.
    """
    told = consistent_through(session)
    if now - told <= MOST_BEHIND:
        return told
    session.rollback()
    with suppress(BusyError), database.write(wait=False) as writing:
        tick(writing, take(writing), 0, now)
    return consistent_through(session)  # once more: what came just now is seen too, and mustn't be told twice


def last_id(session: Session) -> int:
    """Return the number of the last statement that this session sees."""
    return session.connection().execute(select(StoreClock.last_id).where(StoreClock.id == _ROW)).scalar_one()


def rules_changed(session: Session) -> None:
    """Let whoever stores statements from now on know that the rules (``EvidenceRule``) are others."""
    take(session)
    changing = update(StoreClock.__table__).where(StoreClock.id == _ROW)  # type: ignore[arg-type] # it is a table
    session.connection().execute(changing.values(rules=StoreClock.rules + 1))


def iso(time: datetime) -> str:
    """Write a time in UTC with microseconds, as ``stored`` has them: ``since`` then never repeats a statement."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
