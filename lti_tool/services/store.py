"""Tables of what the platforms' services were told and said: scores, and the members of courses."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.models.base import Base
from campus.models.people import Identity
from lti_tool.launch.store import URL_LENGTH, Context, ResourceLink


class ScoreState(StrEnum):
    """How far we are with one learner's cell of a gradebook."""

    UNSENT = "unsent"
    """Nothing was sent; the row keeps what the gradebook holds nevertheless."""
    PENDING = "pending"
    """Will be tried again. The last try may or may not have arrived."""
    SENT = "sent"
    REFUSED = "refused"
    """Final, until the credit changes or somebody asks to try again."""
    CLEARING = "clearing"
    """Somebody asked to take a withdrawn credit's score out of the gradebook."""
    CLEARED = "cleared"


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
    """A :class:`ScoreState`."""
    detail: Mapped[str] = mapped_column(String(60))
    """The code of the last refusal, else empty."""
    sent_at: Mapped[datetime | None]
    """The stamp of the last try."""
    tries: Mapped[int]
    result: Mapped[float | None]
    """What the gradebook held when it was last asked, in percent of its maximum."""
    result_seen_at: Mapped[datetime | None]

    resource_link: Mapped[ResourceLink] = relationship()
    identity: Mapped[Identity] = relationship()


class RosterState(StrEnum):
    """How far we are with a course's members."""

    WANTED = "wanted"
    SYNCED = "synced"
    REFUSED = "refused"
    """The platform forbids it."""


class Roster(Base):
    """How far we know a course's members (NRPS 2.0)."""

    __tablename__ = "rosters"

    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    """A :class:`RosterState`."""
    detail: Mapped[str] = mapped_column(String(60))
    """The code of the last failure, else empty."""
    asked_at: Mapped[datetime]
    synced_at: Mapped[datetime | None]
    differences_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))

    context: Mapped[Context] = relationship()


class Member(Base):
    """Someone in a course, as the roster says. Who is no longer in it stays, as not ``present``."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("context_id", "identity_id"),)

    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"), index=True)
    is_teacher: Mapped[bool]
    present: Mapped[bool]
    groups: Mapped[list[str]]
    """The names of the course's groups that the person is in."""
    seen_at: Mapped[datetime]

    context: Mapped[Context] = relationship()
    identity: Mapped[Identity] = relationship()


class LineItemLease(Base):
    """Who looks for a link's column in the gradebook, or makes it, keeps others from doing so until then."""

    __tablename__ = "line_item_leases"

    resource_link_id: Mapped[int] = mapped_column(ForeignKey("resource_links.id"), unique=True)
    until: Mapped[datetime]
