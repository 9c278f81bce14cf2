"""Tables of the LTI side: platforms and how they were connected, our keys, and launches.

Unique keys here are what makes a second launch of the same link find the first one's row, and a second launch of the
same login fail. What the platforms' services know lies in :mod:`lti_tool.services.store`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId
from campus.models.catalogue import LearningUnit
from campus.models.organisations import Organisation
from campus.models.people import Identity

ID_LENGTH = 255
"""LTI 1.3 lets no id be longer (5.3.2, 5.3.5, 5.3.6)."""
URL_LENGTH = 2000
TITLE_LENGTH = 500
IDENTITY_KIND = "lti"
"""Of identities that platforms send."""


class PlatformStanding(StrEnum):
    """Whether a platform may launch: not before an administrator approved it, not while it is switched off."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class Registration(PublicId, Base):
    """A client that an LMS has given us (LTI 1.3, 3.1.3). Its scores and people are its organisation's."""

    __tablename__ = "registrations"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(ID_LENGTH))
    client_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    auth_login_url: Mapped[str] = mapped_column(String(URL_LENGTH))
    auth_token_url: Mapped[str] = mapped_column(String(URL_LENGTH))
    key_set_url: Mapped[str] = mapped_column(String(URL_LENGTH))
    token_audience: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    """Empty: the platform expects its token address as audience."""
    standing: Mapped[str] = mapped_column(String(10))
    allows_anonymous: Mapped[bool]
    """Launches without ``sub`` are let in, to read (LTI 1.3, 5.3.6)."""
    product: Mapped[str | None] = mapped_column(String(60))
    """The platform's product family, like ``moodle``, as it was told or chosen."""
    asked: Mapped[dict[str, Any] | None]
    """What came of dynamic registration: scopes, messages, claims and version; empty when entered by hand."""
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    deployments: Mapped[list["Deployment"]] = relationship(back_populates="registration")

    @property
    def is_active(self) -> bool:
        """Say whether it may launch."""
        return self.standing == PlatformStanding.ACTIVE


class RegistrationInvite(PublicId, Base):
    """A one-time link that lets a platform register itself; only its hash is here."""

    __tablename__ = "registration_invites"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"), index=True)
    """Which registration it renews, or, once used, which one came of it."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    registration: Mapped[Registration | None] = relationship()


class Deployment(Base):
    """One place of the platform where the client is used."""

    __tablename__ = "deployments"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    deployment_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    enabled: Mapped[bool]

    registration: Mapped[Registration] = relationship(back_populates="deployments")

    @hybrid_property
    def is_open(self) -> bool:
        """Say whether it may be used: by launches, and by us to ask the platform's services."""
        return self.enabled and self.registration.is_active

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return cls.enabled & cls.registration.has(Registration.standing == PlatformStanding.ACTIVE)


class ToolKey(Base):
    """A key we sign with. The private half lies here encrypted.

    ``number`` counts up over all keys, so that of two processes that make the first key at once one wins.
    """

    __tablename__ = "tool_keys"

    number: Mapped[int] = mapped_column(unique=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"), index=True)
    """The one platform it is for; empty for the key of all others."""
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    private_pem_encrypted: Mapped[str]
    created_at: Mapped[datetime]
    """From then on it is published."""
    signs_from: Mapped[datetime]


class EndedLogin(Base):
    """A login whose launch was let in: a second one with the same state fails here."""

    __tablename__ = "ended_logins"

    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    ended_at: Mapped[datetime] = mapped_column(index=True)


class Context(PublicId, Base):
    """A course of the LMS, as its launches describe it."""

    __tablename__ = "contexts"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id"))
    context_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    label: Mapped[str | None] = mapped_column(String(TITLE_LENGTH))
    title: Mapped[str | None] = mapped_column(String(TITLE_LENGTH))
    memberships_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    groups_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    group_sets_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    created_at: Mapped[datetime]

    deployment: Mapped[Deployment] = relationship()


class ResourceLink(PublicId, Base):
    """A link that a teacher placed in a course of the LMS, and the unit (or one phase of it) it leads to."""

    __tablename__ = "resource_links"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"),)

    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id"))
    resource_link_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    context_id: Mapped[int | None] = mapped_column(ForeignKey("contexts.id"), index=True)
    title: Mapped[str | None] = mapped_column(String(TITLE_LENGTH))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("learning_units.id"), index=True)
    phase: Mapped[str | None] = mapped_column(String(20))
    """The kind of the one phase that it leads to; empty for the whole unit."""
    lineitem_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    lineitems_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    ags_scopes: Mapped[list[str]]
    created_at: Mapped[datetime]

    deployment: Mapped[Deployment] = relationship()
    context: Mapped[Context | None] = relationship()
    unit: Mapped[LearningUnit | None] = relationship()


class LaunchRow(PublicId, Base):
    """A launch that was let in. Its secret lies in the browser; only the hash is here."""

    __tablename__ = "launches"

    secret_hash: Mapped[str] = mapped_column(String(64))
    message_type: Mapped[str] = mapped_column(String(60))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identities.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    """Identity and person are empty for an anonymous launch."""
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    deployment_id: Mapped[int | None] = mapped_column(ForeignKey("deployments.id"))
    context_id: Mapped[int | None] = mapped_column(ForeignKey("contexts.id"))
    resource_link_id: Mapped[int | None] = mapped_column(ForeignKey("resource_links.id"), index=True)
    reviewed_id: Mapped[int | None] = mapped_column(ForeignKey("identities.id"))
    """Whose work a submission review looks at."""
    deep_linking: Mapped[dict[str, Any] | None]
    """What the platform wants to have chosen (Deep Linking 2.0, 4.4.1)."""
    is_teacher: Mapped[bool]
    """What the platform says. It gives no rights by itself: the delivering provider's grant does."""
    locale: Mapped[str | None] = mapped_column(String(35))
    return_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    identity: Mapped[Identity | None] = relationship(foreign_keys=[identity_id])
    reviewed: Mapped[Identity | None] = relationship(foreign_keys=[reviewed_id])
    registration: Mapped[Registration] = relationship()
    deployment: Mapped[Deployment | None] = relationship()
    context: Mapped[Context | None] = relationship()
    resource_link: Mapped[ResourceLink | None] = relationship()


class LinkLearner(Base):
    """Who launched from which link as a learner: there the score goes."""

    __tablename__ = "link_learners"
    __table_args__ = (UniqueConstraint("resource_link_id", "identity_id"),)

    resource_link_id: Mapped[int] = mapped_column(ForeignKey("resource_links.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"), index=True)
    first_launched_at: Mapped[datetime]

    resource_link: Mapped[ResourceLink] = relationship()
    identity: Mapped[Identity] = relationship()
