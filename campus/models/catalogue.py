"""What can be learnt: modules, learning units with phases and activities, courses."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId, Text
from campus.models.organisations import Organisation
from campus.models.people import Person


class PhaseKind(StrEnum):
    """Parts of a learning unit in order; the introduction stands outside the three phases."""

    INTRODUCTION = "introduction"
    SELF_STUDY_1 = "self_study_1"
    TUTORIAL = "tutorial"
    SELF_STUDY_2 = "self_study_2"


class ActivityKind(StrEnum):
    """What a learner can do here; other kinds are shown by name and not supported yet."""

    PAGE = "page"
    LABEL = "label"
    URL = "url"
    QUIZ = "quiz"
    FEEDBACK = "feedback"


class Origin(StrEnum):
    """Where an offer comes from (selbstentwickelt, eingeworben, Code-Sharing)."""

    OWN = "own"
    ACQUIRED = "acquired"
    CODE_SHARING = "code_sharing"


class Module(PublicId, Base):
    """A subject area (Modul) that lists units of several providers."""

    __tablename__ = "modules"

    slug: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[Text]
    units: Mapped[list["ModuleUnit"]] = relationship(order_by="ModuleUnit.position")


class LearningUnit(PublicId, Base):
    """A learning unit (Lerneinheit). Offering and delivering provider differ with code-sharing."""

    __tablename__ = "learning_units"
    __table_args__ = (UniqueConstraint("provider_id", "code"),)

    code: Mapped[str] = mapped_column(String(20))
    title: Mapped[Text]
    summary: Mapped[Text]
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    delivering_provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    origin: Mapped[str] = mapped_column(String(20), default=Origin.OWN)
    hours: Mapped[int]
    """Workload in teaching hours of 45 minutes."""
    ects: Mapped[float | None]
    eqf_level: Mapped[int | None]
    """Level of the European Qualifications Framework (in Germany: DQR), 1 to 8."""
    competencies: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """What somebody can do afterwards: ``[{"title": {de, en}, "url": …}]``; the address, of a framework's own entry,
    may be missing."""
    created_at: Mapped[datetime]

    provider: Mapped[Organisation] = relationship(foreign_keys=[provider_id])
    delivering_provider: Mapped[Organisation] = relationship(foreign_keys=[delivering_provider_id])
    phases: Mapped[list["Phase"]] = relationship(order_by="Phase.position")


class ModuleUnit(Base):
    """A unit's place in a module; compulsory (Pflicht) belongs to this pair, not to the unit."""

    __tablename__ = "module_units"
    __table_args__ = (UniqueConstraint("module_id", "unit_id"),)

    module_id: Mapped[int] = mapped_column(ForeignKey("modules.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"), index=True)
    compulsory: Mapped[bool]
    position: Mapped[int]
    unit: Mapped[LearningUnit] = relationship()


class Phase(Base):
    """One part of a unit."""

    __tablename__ = "phases"
    __table_args__ = (UniqueConstraint("unit_id", "kind"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"))
    kind: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    activities: Mapped[list["Activity"]] = relationship(order_by="Activity.position", back_populates="phase")
    unit: Mapped[LearningUnit] = relationship(back_populates="phases")


class Activity(PublicId, Base):
    """One thing to read or do. ``config`` holds the exam's or the evaluation's definition, or a link's address."""

    __tablename__ = "activities"

    phase_id: Mapped[int] = mapped_column(ForeignKey("phases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(500))
    html: Mapped[str]
    """Sanitised when it was imported."""
    config: Mapped[dict[str, Any]]
    position: Mapped[int]
    tracked: Mapped[bool]
    supported: Mapped[bool]
    source_reference: Mapped[str] = mapped_column(String(255))
    """The object it was imported from, for example ``cm:11`` of a Moodle course."""
    phase: Mapped[Phase] = relationship(back_populates="activities")

    @property
    def is_required(self) -> bool:
        """Say whether the rule asks for it: it is tracked, and can be done here."""
        return self.tracked and self.supported


class Course(PublicId, Base):
    """A course (Kurs) of 3 to 6 units that gives a Zertifikat mit Leistungsnachweis."""

    __tablename__ = "courses"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[Text]
    summary: Mapped[Text]
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    ects: Mapped[float | None]
    eqf_level: Mapped[int | None]
    competencies: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    individual_for_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    """Whom an individual course (Lehrplan) was put together for; empty for a course that many take."""
    electives_needed: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    provider: Mapped[Organisation] = relationship()
    individual_for: Mapped[Person | None] = relationship()
    awarding_bodies: Mapped[list["CourseAwardingBody"]] = relationship(order_by="CourseAwardingBody.position")
    units: Mapped[list["CourseUnit"]] = relationship(order_by="CourseUnit.position")


class CourseUnit(Base):
    """A unit in a course."""

    __tablename__ = "course_units"
    __table_args__ = (UniqueConstraint("course_id", "unit_id"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"), index=True)
    compulsory: Mapped[bool]
    position: Mapped[int]
    unit: Mapped[LearningUnit] = relationship()


class CourseAwardingBody(Base):
    """A provider that awards a course's certificate jointly with the course's own provider (an alliance's course)."""

    __tablename__ = "course_awarding_bodies"
    __table_args__ = (UniqueConstraint("course_id", "organisation_id"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    position: Mapped[int]
    organisation: Mapped[Organisation] = relationship()
