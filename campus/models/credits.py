"""Credits with their revisions, decisions of administrators, and the tasks that wait for one."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId
from campus.models.catalogue import LearningUnit
from campus.models.people import Person


class Credit(PublicId, Base):
    """What a person has in a unit now: the row that evidence locks (law 3)."""

    __tablename__ = "credits"
    __table_args__ = (UniqueConstraint("person_id", "unit_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"), index=True)
    revision: Mapped[int] = mapped_column(default=0)
    standing: Mapped[str] = mapped_column(String(20), default="none")
    contested: Mapped[bool] = mapped_column(default=False)
    percent: Mapped[float | None]
    changed_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    unit: Mapped[LearningUnit] = relationship()


class CreditRevision(Base):
    """One change of a credit, with the rule, the evidence and the decisions that led to it (law 4)."""

    __tablename__ = "credit_revisions"
    __table_args__ = (UniqueConstraint("credit_id", "revision"),)

    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"))
    revision: Mapped[int]
    standing: Mapped[str] = mapped_column(String(20))
    contested: Mapped[bool]
    percent: Mapped[float | None]
    rule: Mapped[str] = mapped_column(String(100))
    basis: Mapped[dict[str, Any]]
    """Evidence and decisions by requirement, what is missing, what contradicts, what the rule left out."""
    made_at: Mapped[datetime]


class Decision(PublicId, Base):
    """An administrator's word on a contradiction: who, when, why, and which evidence lay before them."""

    __tablename__ = "decisions"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"), index=True)
    requirement: Mapped[str] = mapped_column(String(100))
    outcome: Mapped[str] = mapped_column(String(20))
    evidence_ids: Mapped[list[str]]
    """Public ids of the evidence it weighed; newer evidence is not settled by it."""
    reason: Mapped[str] = mapped_column(String(2000))
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime]

    decided_by: Mapped[Person] = relationship(foreign_keys=[decided_by_id])


class Task(PublicId, Base):
    """Something an administrator must look at: a withdrawn credit (law 5), or one earned after a revocation."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index(
            "uq_tasks_open",
            "kind",
            "credit_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    kind: Mapped[str] = mapped_column(String(40))
    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"))
    fell_from: Mapped[str | None] = mapped_column(String(20))
    """The standing that a withdrawn credit had."""
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str] = mapped_column(String(2000), default="")

    credit: Mapped[Credit] = relationship()
