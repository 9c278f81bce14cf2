"""Accounts, roles, invitations, sessions, sign-ins that went wrong, and the record of who did what."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId
from campus.models.organisations import Organisation
from campus.models.people import Person


class Role(StrEnum):
    """What a person may do for an organisation."""

    ADMINISTRATOR = "administrator"
    """In the office: the whole campus. In a provider or municipality: that organisation."""
    EDITOR = "editor"
    """Makes and imports a provider's units."""
    TEACHER = "teacher"
    """Teaches all units that the provider delivers."""


class Account(Base):
    """A way to sign in without an LMS."""

    __tablename__ = "accounts"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    login: Mapped[str] = mapped_column(String(320), unique=True)
    """The e-mail address, lower-case."""
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    person: Mapped[Person] = relationship()


class RoleGrant(Base):
    """A role is a row: person, organisation, role."""

    __tablename__ = "role_grants"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "role"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    granted_at: Mapped[datetime]
    organisation: Mapped[Organisation] = relationship()


class TeachingGrant(PublicId, Base):
    """The delivering provider's word that a person, or a platform's instructors, may teach one unit."""

    __tablename__ = "teaching_grants"
    __table_args__ = (
        UniqueConstraint("unit_id", "issuer", "client_id"),
        UniqueConstraint("unit_id", "person_id"),
        CheckConstraint("(person_id IS NULL) <> (issuer IS NULL)", name="one_grantee"),
    )

    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    issuer: Mapped[str | None] = mapped_column(String(255))
    client_id: Mapped[str | None] = mapped_column(String(255))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    granted_at: Mapped[datetime]


class Invitation(Base):
    """A one-time link to an account; only the hash of its token is kept."""

    __tablename__ = "invitations"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The person whom the account will belong to; empty for someone new."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    role: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AccountSession(Base):
    """A browser that is signed in; only the hash of its token is kept."""

    __tablename__ = "account_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    account: Mapped[Account] = relationship()


class FailedSignIn(Base):
    """A sign-in that failed: guessing is slowed down by it. Holds a hash of what was typed, never the login."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (Index("ix_failed_sign_ins_login", "login_hash", "at"),)

    login_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class AuditEntry(Base):
    """Who did what, when. Append-only; ``details`` holds public ids and codes, no names."""

    __tablename__ = "audit_entries"

    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    action: Mapped[str] = mapped_column(String(60))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    details: Mapped[dict[str, Any]]
