"""People, and the identities under which sources know them. Names and e-mails stand only here and in raw rows."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base, PublicId
from campus.models.organisations import Organisation


class Person(PublicId, Base):
    """A human being, once, however many platforms know them. A name may be missing: some LMSs send none."""

    __tablename__ = "people"

    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    locale: Mapped[str] = mapped_column(String(10), default="de")
    created_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    """Since then neither account nor launch lets the person in."""

    employer: Mapped[Organisation | None] = relationship()


class Identity(PublicId, Base):
    """An account at a source, by which evidence arrives (law 1).

    ``issuer`` names the source: an LTI platform's issuer, a Moodle site's address, ``campus`` for our own accounts;
    ``client_id`` is the LTI client, else empty; ``subject`` the source's own id of the person.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "client_id", "subject"),)

    kind: Mapped[str] = mapped_column(String(20))
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255), default="")
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    sourced_id: Mapped[str | None] = mapped_column(String(255), index=True)
    """The person's number in the source's own records (LIS ``person_sourcedid``), for example of the staff office."""
    created_at: Mapped[datetime]


class IdentityLink(Base):
    """The dated record that an identity is a person's; never updated but for its end."""

    __tablename__ = "identity_links"
    __table_args__ = (
        Index(
            "uq_identity_links_current",
            "identity_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    linked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Empty when a rule made the link; ``reason`` then names it."""
    reason: Mapped[str] = mapped_column(String(500))

    identity: Mapped[Identity] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    @hybrid_property
    def current(self) -> bool:
        """Say whether it holds now."""
        return self.ended_at is None

    @current.inplace.expression
    @classmethod
    def _current(cls) -> ColumnElement[bool]:
        return cls.ended_at.is_(None)
