r"""Tables of the record store, and the few ways to reach rows.

A body is kept as text, as JSON with its own order and numbers: PostgreSQL's JSONB knows neither ``\u0000`` nor
``1.0`` beside ``1``, and what was accepted must be returned equal. What is asked by, stands beside the body;
addresses (IRIs) may be longer than an index entry can be, so a digest of theirs is kept and looked for.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, Text, exists, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from campus.models.base import Base, PublicId
from campus.upsert import insert_missing

TICK = timedelta(microseconds=1)
NOTHING_STORED = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK = 1
"""The id of the one row of ``xapi_clock``."""


def digest(text: str) -> str:
    """Shorten a name of any length to one that can be indexed: 32 hexadecimal characters."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class StatementRow(Base):
    """One statement. ``id`` counts in the order of ``stored``, which is the order of commits; see :func:`tick`."""

    __tablename__ = "xapi_statements"
    __table_args__ = (
        Index("ix_xapi_statements_verb_page", "verb_digest", "id"),
        Index("ix_xapi_statements_registration_page", "registration", "id"),
        Index("ix_xapi_statements_organisation_page", "organisation_id", "id"),
    )

    statement_id: Mapped[str] = mapped_column(String(36), unique=True)
    """The statement's own id, in lower case."""
    stored: Mapped[datetime] = mapped_column(index=True)
    timestamp: Mapped[datetime]
    verb_digest: Mapped[str] = mapped_column(String(32))
    registration: Mapped[str | None] = mapped_column(String(36))
    voids: Mapped[str | None] = mapped_column(String(36), index=True)
    """The id of the statement that this one declares void, in lower case."""
    voided: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[str] = mapped_column(String(10))
    """A ``xapi.service.Origin``: what our own recipes say never becomes evidence (law 6)."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    """Whose it is; empty for the whole campus's."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    """Whom our own recipe speaks of, for erasure; foreign statements know no person of ours."""
    body: Mapped[str] = mapped_column(Text)


class StatementAgent(Base):
    """An agent or group that occurs in a statement."""

    __tablename__ = "xapi_statement_agents"
    __table_args__ = (Index("ix_xapi_statement_agents_agent", "agent_digest", "statement_id"),)

    statement_id: Mapped[int] = mapped_column(ForeignKey("xapi_statements.id"), index=True)
    agent_digest: Mapped[str] = mapped_column(String(32))
    direct: Mapped[bool]
    """It is the actor or object itself, or a member of it; else it only has something to do with it."""


class StatementActivity(Base):
    """An activity that occurs in a statement."""

    __tablename__ = "xapi_statement_activities"
    __table_args__ = (Index("ix_xapi_statement_activities_activity", "activity_digest", "statement_id"),)

    statement_id: Mapped[int] = mapped_column(ForeignKey("xapi_statements.id"), index=True)
    activity_digest: Mapped[str] = mapped_column(String(32))
    direct: Mapped[bool]
    """It is the object itself; else part of the context."""


class StoreClock(Base):
    """One row: when something was stored last. Whoever stores holds it until the commit."""

    __tablename__ = "xapi_clock"

    last_stored: Mapped[datetime]


class Key(PublicId, Base):
    """What a client signs in with: Basic authentication by ``name`` and a secret of full entropy."""

    __tablename__ = "xapi_keys"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256: nobody can guess a secret that we drew ourselves, so nothing slower is needed."""
    scopes: Mapped[list[str]]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Whose statements it writes and sees; empty for the whole campus's."""
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def tick(session: Session, now: datetime) -> datetime:
    """Lock the store until the transaction ends and return the ``stored`` time of what it is about to add.

    The row makes writers take turns, so ``id`` and ``stored`` both rise in the order of commits: a reader who saw a
    time has seen all that was stored before it. The time is ``now``, or just after the last one if clocks disagree.
    """
    insert_missing(session, StoreClock, [{"id": CLOCK, "last_stored": NOTHING_STORED}])
    clock = session.scalars(
        select(StoreClock).where(StoreClock.id == CLOCK).with_for_update().execution_options(populate_existing=True)
    ).one()
    clock.last_stored = max(now, clock.last_stored + TICK)
    session.flush()
    return clock.last_stored


def consistent_through(session: Session) -> datetime:
    """Return the time up to which this reader sees everything; ask before reading statements."""
    found = session.scalar(select(StoreClock.last_stored).where(StoreClock.id == CLOCK))
    return found or NOTHING_STORED


def bodies(session: Session, statement_ids: Iterable[str]) -> dict[str, tuple[str, int | None]]:
    """Give body and organisation of those statements that are there, by lower-case id."""
    rows = session.execute(
        select(StatementRow.statement_id, StatementRow.body, StatementRow.organisation_id).where(
            StatementRow.statement_id.in_(list(statement_ids))
        )
    )
    return {statement_id: (body, organisation_id) for statement_id, body, organisation_id in rows}


def add(
    session: Session, row: StatementRow, agents: Sequence[tuple[str, bool]], activities: Sequence[tuple[str, bool]]
) -> None:
    """Insert a statement with the agents and activities in it: pairs of a key and whether it is direct."""
    session.add(row)
    session.flush()
    if agents:
        session.execute(
            insert(StatementAgent),
            [{"statement_id": row.id, "agent_digest": digest(key), "direct": direct} for key, direct in agents],
        )
    if activities:
        session.execute(
            insert(StatementActivity),
            [{"statement_id": row.id, "activity_digest": digest(key), "direct": direct} for key, direct in activities],
        )


def is_voided_by_another(session: Session, statement_id: str, organisation_id: int | None) -> bool:
    """Say whether a voiding statement that may speak of this one came before it."""
    voider = or_(StatementRow.organisation_id.is_(None), StatementRow.organisation_id == organisation_id)
    return bool(session.scalar(select(exists().where(StatementRow.voids == statement_id, voider))))


def void(session: Session, statement_id: str, organisation_id: int | None) -> None:
    """Mark a statement as void, if it is there, is no voiding statement, and is the voiding client's to void."""
    mine = [] if organisation_id is None else [StatementRow.organisation_id == organisation_id]
    session.execute(
        update(StatementRow)
        .where(StatementRow.statement_id == statement_id, StatementRow.voids.is_(None), *mine)
        .values(voided=True)
    )
