"""Tables of the certificates: awards, status lists, issuers' keys, seals and profiles; the few ways to find an award.

Names stand in ``facts`` and ``credential`` because they were signed; ``certificates.erasure`` empties both.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from campus.models.base import Base, PublicId
from campus.models.organisations import Organisation
from certificates.errors import AwardErasedError, AwardNotFoundError
from certificates.facts import AwardFacts, AwardKind, from_json
from certificates.status import StatusPurpose


def _one_that_stands(name: str, *columns: str) -> Index:
    """Return the index that allows one award only, of those that were not superseded."""
    where = text(f"{columns[-1]} IS NOT NULL AND superseded_at IS NULL")
    return Index(f"uq_awards_{name}", *columns, unique=True, sqlite_where=where, postgresql_where=where)


class KeyKind(StrEnum):
    """What a key signs: embedded proofs (eddsa-rdfc-2022), or JSON Web Tokens (ES256)."""

    ED25519 = "Ed25519"
    P256 = "P-256"


class AwardState(StrEnum):
    """What has become of an award. One that was superseded is revoked, too; one that is revoked may be suspended."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


TARGETS = {
    AwardKind.ATTENDANCE: "unit_id",
    AwardKind.COURSE: "course_id",
    AwardKind.INDIVIDUAL: "course_id",
    AwardKind.MUNICIPALITY: "assessment_id",
}
"""The column of an award that names what was achieved."""


class IssuerKey(Base):
    """A key of a provider. The private half is encrypted at rest (Fernet over its 32 raw bytes, for P-256 too)."""

    __tablename__ = "issuer_keys"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[int]
    """Counted within the issuer, over both kinds."""
    kind: Mapped[str] = mapped_column(String(20), default=KeyKind.ED25519, server_default=KeyKind.ED25519.value)
    public_multibase: Mapped[str] = mapped_column(String(100))
    private_encrypted: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    """Signs nothing any more; stays in the DID document, for what it signed stays genuine."""
    compromised_at: Mapped[datetime | None]
    """Others may have it: it is in the DID document no more, and what it signed has to be signed anew."""


class IssuerSeal(PublicId, Base):
    """A certificate (X.509) with which a provider's papers and transcripts are sealed, and what opens its key."""

    __tablename__ = "issuer_seals"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[int]
    source: Mapped[str] = mapped_column(String(20))
    """``own`` (made here, signed by itself), ``pkcs12`` (a file of the provider's) or ``pkcs11`` (an HSM)."""
    certificates: Mapped[str] = mapped_column(Text)
    """PEM, the sealing certificate first, then its chain."""
    secret_encrypted: Mapped[str | None] = mapped_column(Text)
    """The private key (PKCS#8, DER), or what finds it in the HSM, as Fernet encrypted it."""
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    """Seals nothing any more; what it has sealed stays known as the provider's."""
    compromised_at: Mapped[datetime | None]
    """Others may have its key: nothing that it sealed is known as the provider's any more."""


class IssuerProfile(PublicId, Base):
    """What stands on a provider's papers beside an award's facts. A version is never changed, a new one follows it."""

    __tablename__ = "issuer_profiles"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[int]
    by_mandate: Mapped[bool]
    """The campus office signs for the provider, and the credential says so."""
    content: Mapped[dict[str, Any]]
    """``certificates.papers.branding.Branding`` as JSON, without the logo."""
    logo: Mapped[bytes | None]
    """PNG."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class StatusList(PublicId, Base):
    """A list of a provider's revocations or suspensions, and the credentials last signed for it.

    ``revision`` counts changes of bits; a signed list of an older revision is out of date. The two lists of a number
    go together: an award has the same place in both.
    """

    __tablename__ = "status_lists"
    __table_args__ = (UniqueConstraint("organisation_id", "number", "purpose"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[int]
    purpose: Mapped[str] = mapped_column(
        String(20), default=StatusPurpose.REVOCATION, server_default=StatusPurpose.REVOCATION.value
    )
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    signed: Mapped[str | None] = mapped_column(Text)
    signed_jwt: Mapped[str | None] = mapped_column(Text)
    signed_revision: Mapped[int | None]
    signed_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()


class Award(PublicId, Base):
    """A certificate that was issued: at most one that stands for a holder and an achievement, however often asked."""

    __tablename__ = "awards"
    __table_args__ = (
        _one_that_stands("person_unit", "person_id", "kind", "unit_id"),
        _one_that_stands("person_course", "person_id", "kind", "course_id"),
        _one_that_stands("assessment", "assessment_id"),
        UniqueConstraint("status_list_id", "status_index"),
        CheckConstraint(
            "(kind = 'attendance' AND unit_id IS NOT NULL AND course_id IS NULL AND assessment_id IS NULL)"
            " OR (kind IN ('course', 'individual') AND unit_id IS NULL AND course_id IS NOT NULL"
            " AND assessment_id IS NULL)"
            " OR (kind = 'municipality' AND unit_id IS NULL AND course_id IS NULL AND assessment_id IS NOT NULL)",
            name="achievement",
        ),
    )

    kind: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Empty once the holder was erased, and for a municipality's certificate."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("learning_units.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("maturity_assessments.id"))
    issuer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Who signed: the provider, or the campus office by mandate."""
    profile_id: Mapped[int | None] = mapped_column(ForeignKey("issuer_profiles.id"))
    """The provider's profile as it was at issue; papers keep that look."""
    facts: Mapped[dict[str, Any] | None]
    credential: Mapped[str | None] = mapped_column(Text)
    """The signed credential as JSON text, byte for byte as it was issued."""
    status_list_id: Mapped[int] = mapped_column(ForeignKey("status_lists.id"))
    """The list of revocations, which the credential names; the one of suspensions has the same number."""
    status_index: Mapped[int]
    """The place in both."""
    issued_at: Mapped[datetime]
    shown: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether whoever knows its number sees what it says; if not, only whether it is genuine. The holder decides."""
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(2000))
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str | None] = mapped_column(String(2000))
    suspended_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("awards.id"), unique=True)
    """The award in whose place this one came: it corrects it."""
    superseded_at: Mapped[datetime | None]

    issuer: Mapped[Organisation] = relationship()
    status_list: Mapped[StatusList] = relationship()
    profile: Mapped[IssuerProfile | None] = relationship()
    supersedes: Mapped["Award | None"] = relationship(remote_side="Award.id", back_populates="superseded_by")
    superseded_by: Mapped["Award | None"] = relationship(back_populates="supersedes")

    @property
    def state(self) -> AwardState:
        """Say what has become of it; whether its time is over, ``facts`` say."""
        if self.superseded_at is not None:
            return AwardState.SUPERSEDED
        if self.revoked_at is not None:
            return AwardState.REVOKED
        return AwardState.VALID if self.suspended_at is None else AwardState.SUSPENDED


class Share(PublicId, Base):
    """A link that a holder made, by which others see and download some of the holder's awards until it ends."""

    __tablename__ = "award_shares"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    note: Mapped[str] = mapped_column(String(200))
    """For whom, in the holder's words; shown to nobody else."""
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    """When it ends, or when the holder ended it."""
    awards: Mapped[list[Award]] = relationship(secondary="award_share_awards", order_by=Award.id.desc())


class ShareAward(Base):
    """An award that a link shows."""

    __tablename__ = "award_share_awards"
    __table_args__ = (UniqueConstraint("share_id", "award_id"),)

    share_id: Mapped[int] = mapped_column(ForeignKey("award_shares.id", ondelete="CASCADE"))
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), index=True)


class Run(PublicId, Base):
    """Many awards at once: issued, issued anew or revoked by one decision, by a job that can be taken up again."""

    __tablename__ = "award_runs"

    kind: Mapped[str] = mapped_column(String(20))
    """A ``certificates.runs.RunKind``."""
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Whose awards."""
    about: Mapped[dict[str, Any]]
    """What the kind needs: the unit or course, a reason."""
    subjects: Mapped[list[str]]
    """Public ids of people or awards, in the order in which they are taken."""
    done: Mapped[int] = mapped_column(default=0)
    """How many were taken, well or not."""
    changed: Mapped[int] = mapped_column(default=0)
    """How many of them this run has issued or revoked."""
    problems: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    """Who could not be done and why: ``[{"subject": public id, "code": …}]``."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    by_office: Mapped[bool]
    """Whether the campus office began it, not a provider for itself: it alone issues again what was revoked."""
    finished_at: Mapped[datetime | None]


def award(session: Session, public_id: str) -> Award:
    """Return the award with this public id, erased or not. Raises AwardNotFoundError."""
    found = session.scalar(select(Award).where(Award.public_id == public_id))
    if found is None:
        raise AwardNotFoundError("no such award")
    return found


def award_of(session: Session, kind: AwardKind, person_id: int | None, target_id: int) -> Award | None:
    """Return the award that stands (was not superseded) for a unit, a course or an assessment. Database ids.

    ``person_id`` is None for a municipality's.
    """
    return session.scalar(
        select(Award).where(
            Award.person_id.is_(None) if person_id is None else Award.person_id == person_id,
            Award.kind == kind.value,
            getattr(Award, TARGETS[kind]) == target_id,
            Award.superseded_at.is_(None),
        )
    )


def in_state(state: AwardState) -> ColumnElement[bool]:
    """Return the condition that an award's ``state`` is this one."""
    stands, holds = Award.superseded_at.is_(None), Award.revoked_at.is_(None)
    return {
        AwardState.VALID: stands & holds & Award.suspended_at.is_(None),
        AwardState.SUSPENDED: stands & holds & Award.suspended_at.is_not(None),
        AwardState.REVOKED: stands & Award.revoked_at.is_not(None),
        AwardState.SUPERSEDED: Award.superseded_at.is_not(None),
    }[state]


def awards_of(session: Session, person_id: int) -> list[Award]:
    """Return all awards of a person, the newest first."""
    found = select(Award).where(Award.person_id == person_id).order_by(Award.issued_at.desc(), Award.id.desc())
    return list(session.scalars(found))


def facts_of(found: Award) -> AwardFacts:
    """Return what the award says. Raises AwardErasedError when its holder was erased."""
    if found.facts is None:
        raise AwardErasedError("the holder's data were erased")
    return from_json(found.facts)
