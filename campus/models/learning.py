"""What learners do in the tool itself: sessions of a tutorial, exam attempts, evaluations, courses taken."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId, Text
from campus.models.catalogue import Activity, Course, LearningUnit
from campus.models.people import Person


class TutorialSession(PublicId, Base):
    """A date (Termin) of a unit's tutorial. Attendance is evidence whose object is this session."""

    __tablename__ = "tutorial_sessions"

    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"), index=True)
    title: Mapped[Text]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(60), default="Europe/Berlin")
    """IANA name: what the wall clock said where it took place."""
    place: Mapped[str] = mapped_column(String(500))
    unit: Mapped[LearningUnit] = relationship()
    participants: Mapped[list["SessionParticipant"]] = relationship()


class SessionParticipant(Base):
    """Someone who is expected at a session."""

    __tablename__ = "session_participants"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("tutorial_sessions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    registered_at: Mapped[datetime]
    person: Mapped[Person] = relationship()


class ExamAttempt(PublicId, Base):
    """One go at a short exam, under one identity; ``number`` counts from 1 over all that the person then had."""

    __tablename__ = "exam_attempts"
    __table_args__ = (UniqueConstraint("identity_id", "activity_id", "number"),)

    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"))
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"), index=True)
    number: Mapped[int]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]]
    score: Mapped[float | None]
    max_score: Mapped[float]
    activity: Mapped[Activity] = relationship()


class EvaluationBox(Base):
    """All anonymous answers to one evaluation, shuffled: one row, so that no row's place or age tells whose it is."""

    __tablename__ = "evaluation_boxes"

    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"), unique=True)
    answers: Mapped[list[dict[str, Any]]]


class CourseParticipant(Base):
    """Someone who takes a course; completion is looked for only here."""

    __tablename__ = "course_participants"
    __table_args__ = (UniqueConstraint("course_id", "person_id"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    enrolled_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    """Empty while it isn't complete, or is no more."""
    completions: Mapped[int] = mapped_column(default=0)
    """How often it became complete: a completion after a withdrawal is a new one."""
    course: Mapped[Course] = relationship()
    person: Mapped[Person] = relationship()
