"""Tables of foreign credentials: what was handed in, and what was decided about it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from campus.errors import NotFoundError
from campus.models.base import Base, PublicId, Text
from campus.models.catalogue import LearningUnit
from campus.models.evidence import Evidence
from campus.models.people import Person

SOURCE = "credentials"
"""The source of evidence that rests on a foreign credential; people read the issuer's name instead."""


class ForeignCredential(PublicId, Base):
    """A credential from elsewhere that somebody handed in, and what checking it found then."""

    __tablename__ = "foreign_credentials"
    __table_args__ = (UniqueConstraint("person_id", "digest"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    form: Mapped[str] = mapped_column(String(20))
    """In what it came: a ``certificates.reading.Container``."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the file, hexadecimal: the same file comes in once for a person."""
    file: Mapped[bytes | None]
    """As it was handed in; erased with the person."""
    content: Mapped[dict[str, Any] | None]
    """What it says, as ``certificates.foreign.content`` read it, with its parts."""
    findings: Mapped[list[dict[str, Any]]]
    """``[{"part", "verdict", "code"}]`` when it was checked."""
    open_parts: Mapped[int] = mapped_column(index=True)
    """How many of its parts nobody has decided on yet."""
    checked_at: Mapped[datetime]
    created_at: Mapped[datetime]
    decisions: Mapped[list["ForeignDecision"]] = relationship(order_by="ForeignDecision.id")
    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    @property
    def parts(self) -> list[dict[str, Any]]:
        """What was achieved, one by one; nothing once it is erased."""
        return list((self.content or {}).get("parts", []))

    def latest(self, part: int) -> "ForeignDecision | None":
        """Return what holds of a part, by its place from 0."""
        return next((one for one in reversed(self.decisions) if one.part == part), None)


class ForeignDecision(Base):
    """What an administrator decided on a part of a foreign credential. The latest one holds."""

    __tablename__ = "foreign_decisions"

    credential_id: Mapped[int] = mapped_column(ForeignKey("foreign_credentials.id"), index=True)
    part: Mapped[int]
    """Its place in the credential's content, from 0."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("learning_units.id"))
    """What it counts for; empty when it counts for nothing."""
    requirements: Mapped[list[str]] = mapped_column(default=list)
    percent: Mapped[float | None]
    reason: Mapped[str] = mapped_column(String(2000))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime]
    unit: Mapped[LearningUnit | None] = relationship()
    decided_by: Mapped[Person | None] = relationship()


def by_public_id(session: Session, public_id: str) -> ForeignCredential:
    """Return the credential or raise NotFoundError; an erased one is not there any more."""
    found = session.scalar(select(ForeignCredential).where(ForeignCredential.public_id == public_id))
    if found is None or found.content is None:
        raise NotFoundError("no such credential")
    return found


def of_person(session: Session, person_id: int) -> list[ForeignCredential]:
    """Return what a person (database id) has handed in, the newest first."""
    found = select(ForeignCredential).where(
        ForeignCredential.person_id == person_id, ForeignCredential.content.is_not(None)
    )
    wanted = selectinload(ForeignCredential.decisions).selectinload(ForeignDecision.unit)
    return list(session.scalars(found.options(wanted).order_by(ForeignCredential.id.desc())))


def others_with(session: Session, credential: ForeignCredential) -> list[Person]:
    """Return who else has handed in the same file, by name: it can be only one person's."""
    found = (
        select(Person)
        .join(ForeignCredential, ForeignCredential.person_id == Person.id)
        .where(ForeignCredential.digest == credential.digest, ForeignCredential.person_id != credential.person_id)
    )
    return list(session.scalars(found.order_by(Person.name, Person.id)))


def handed_in(*, only_open: bool) -> Select[ForeignCredential]:
    """Return the query for the administrators' list: the oldest first while open, else the newest."""
    found = select(ForeignCredential).options(selectinload(ForeignCredential.person))
    if only_open:
        return found.where(ForeignCredential.open_parts > 0).order_by(ForeignCredential.id)
    return found.where(ForeignCredential.content.is_not(None)).order_by(ForeignCredential.id.desc())


def reference(credential: ForeignCredential, decision: ForeignDecision) -> str:
    """Return the source's object that stands for a decision. A later decision on the same part is another object."""
    return f"credential:{credential.public_id}/part:{decision.part}/decision:{decision.id}"


def issuer_name(session: Session, evidence: Evidence) -> Text | None:
    """Return by whom the credential is on which a piece of evidence of this source rests, as the credential says."""
    public_id = evidence.object.reference.removeprefix("credential:").partition("/")[0]
    found = session.scalar(select(ForeignCredential).where(ForeignCredential.public_id == public_id))
    name: Text | None = found.content["issuer"]["name"] if found is not None and found.content else None
    return name
