"""Tables of the LTI side: platforms, our keys, logins under way, launches, and where scores go.

Unique keys here are what makes a second launch of the same link, or a second score of the same learner, find
the first one's row.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId
from campus.models.catalogue import LearningUnit
from campus.models.organisations import Organisation
from campus.models.people import Identity

ID_LENGTH = 255
"""LTI 1.3 lets no id be longer (5.3.2, 5.3.5, 5.3.6)."""
URL_LENGTH = 2000


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
    enabled: Mapped[bool]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    deployments: Mapped[list["Deployment"]] = relationship(back_populates="registration")


class Deployment(Base):
    """One place of the platform where the client is used."""

    __tablename__ = "deployments"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    deployment_id: Mapped[str] = mapped_column(String(ID_LENGTH))

    registration: Mapped[Registration] = relationship(back_populates="deployments")


class ToolKey(Base):
    """A key we sign with. The private half lies here encrypted; active keys are published."""

    __tablename__ = "tool_keys"

    kid: Mapped[str] = mapped_column(String(64), unique=True)
    private_pem_encrypted: Mapped[str]
    created_at: Mapped[datetime]
    active: Mapped[bool]


class LoginState(Base):
    """A login that has begun and not ended. Read once: reading deletes it."""

    __tablename__ = "login_states"

    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    target_link_uri: Mapped[str] = mapped_column(String(URL_LENGTH))
    created_at: Mapped[datetime] = mapped_column(index=True)


class ResourceLink(PublicId, Base):
    """A link that a teacher placed in a course of the LMS, and the unit it leads to."""

    __tablename__ = "resource_links"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"),)

    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id"))
    resource_link_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    context_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    title: Mapped[str | None] = mapped_column(String(500))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("learning_units.id"), index=True)
    lineitem_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    lineitems_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    ags_scopes: Mapped[list[str]]
    created_at: Mapped[datetime]

    deployment: Mapped[Deployment] = relationship()
    unit: Mapped[LearningUnit | None] = relationship()


class LaunchRow(PublicId, Base):
    """A launch that was let in. Its secret lies in the browser; only the hash is here."""

    __tablename__ = "launches"

    secret_hash: Mapped[str] = mapped_column(String(64))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    resource_link_id: Mapped[int | None] = mapped_column(ForeignKey("resource_links.id"), index=True)
    is_teacher: Mapped[bool]
    """What the platform says. It gives no rights by itself: the delivering provider's grant does."""
    locale: Mapped[str | None] = mapped_column(String(35))
    return_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    identity: Mapped[Identity] = relationship()
    registration: Mapped[Registration] = relationship()
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


class SentScore(Base):
    """What we told a platform's gradebook about one learner, or still have to."""

    __tablename__ = "scores"
    __table_args__ = (UniqueConstraint("resource_link_id", "identity_id"),)

    resource_link_id: Mapped[int] = mapped_column(ForeignKey("resource_links.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"), index=True)
    revision: Mapped[int]
    """The revision of the credit that was sent."""
    score: Mapped[float]
    """In percent, 0-100."""
    state: Mapped[str] = mapped_column(String(10))
    """``pending`` (will be tried again), ``sent`` or ``refused`` (final until the credit changes)."""
    detail: Mapped[str] = mapped_column(String(60))
    """The code of the last refusal, else empty."""
    sent_at: Mapped[datetime | None]
    tries: Mapped[int]

    resource_link: Mapped[ResourceLink] = relationship()
    identity: Mapped[Identity] = relationship()
