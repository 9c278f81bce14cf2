r"""Tables of the record store.

A body is kept as text, as JSON with its own order and numbers: PostgreSQL's JSONB knows neither ``\u0000`` nor
``1.0`` beside ``1``, and what was accepted must be returned equal.

Statements are found as words are in an index of texts: what can be asked for (an agent, a verb, …) is a *term*, and
for each term the numbers of the statements that have it stand in order. An answer's first page is then a walk down
the shortest list, whatever the size of the store. Terms may be longer than an index entry can be, so digests stand
for them.
"""

import hashlib
from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from campus.models.base import Base, PublicId

CAMPUS = 0
"""The tenant of what belongs to the whole campus."""
MAX_CONTENT_BYTES = 64 * 1024 * 1024
"""Of one request, and of one document."""
DIGEST_BYTES = 16
BigId = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by INTEGER alone; its integers are as large."""


def digest(*words: str) -> bytes:
    """Shorten words of any length to 16 bytes that can be indexed."""
    return hashlib.blake2b("\n".join(words).encode(), digest_size=DIGEST_BYTES).digest()


class StatementRow(Base):
    """One statement. ``id`` counts in the order of ``stored``, which is the order of commits (``StoreClock``).

    Each tenant has a store of its own inside this one: an organisation's id, or ``CAMPUS``. No foreign key: it would
    be asked for each statement, and organisations are never deleted.
    """

    __tablename__ = "xapi_statements"
    __table_args__ = (
        Index("ix_xapi_statements_statement_id", "statement_id", "tenant", unique=True),
        Index("ix_xapi_statements_page", "tenant", "id"),
        Index(
            "ix_xapi_statements_refers_to",
            "refers_to",
            sqlite_where=text("refers_to IS NOT NULL"),
            postgresql_where=text("refers_to IS NOT NULL"),
        ),
        Index(
            "ix_xapi_statements_person_id",
            "person_id",
            sqlite_where=text("person_id IS NOT NULL"),
            postgresql_where=text("person_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    statement_id: Mapped[str] = mapped_column(String(36))
    """The statement's own id, in lower case; unique for each tenant."""
    tenant: Mapped[int]
    stored: Mapped[datetime] = mapped_column(index=True)
    """Each statement's own microsecond."""
    verb: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES))
    """The digest of its description (:func:`description_digest`), for counting."""
    activity: Mapped[bytes | None] = mapped_column(LargeBinary(DIGEST_BYTES))
    """The same of its object, if that is an activity."""
    refers_to: Mapped[str | None] = mapped_column(String(36))
    """The id of the statement that is its object (a StatementRef), in lower case."""
    voiding: Mapped[bool]
    """It declares void what it refers to."""
    voided: Mapped[bool]
    origin: Mapped[str] = mapped_column(String(10))
    """A ``xapi.batches.Origin``: what our own recipes say never becomes evidence (law 6)."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Whom our own recipe speaks of, for erasure; foreign statements know no person of ours."""
    body: Mapped[str] = mapped_column(Text)


terms = Table(
    "xapi_terms",
    Base.metadata,
    Column("term", LargeBinary(DIGEST_BYTES), primary_key=True),
    Column("statement_id", BigId, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which statements (``StatementRow.id``) have a term: ``xapi.terms`` makes them. No foreign key, as above."""

descriptions = Table(
    "xapi_descriptions",
    Base.metadata,
    Column("digest", LargeBinary(DIGEST_BYTES), primary_key=True),
    Column("tenant", Integer, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("said", LargeBinary(DIGEST_BYTES), nullable=False),
    sqlite_with_rowid=False,
)
"""What statements said about activities, verbs and agents, put together (``xapi.descriptions``).

``name`` is the IRI or the agent's key; ``said`` the digest of what was said last, so that hearing it again is known.
"""

attachments = Table(
    "xapi_attachments",
    Base.metadata,
    Column("digest", LargeBinary(DIGEST_BYTES), primary_key=True),
    Column("tenant", Integer, nullable=False),
    Column("sha2", String(128), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""The content of attachments, once for each tenant and SHA-2; ``digest`` is of both."""


class StoreClock(Base):
    """One row (``id`` 1): the time and the number below which nothing more is stored. Writers hold it to the commit.

    Made by the migration.
    """

    __tablename__ = "xapi_clock"

    last_stored: Mapped[datetime]
    last_id: Mapped[int] = mapped_column(BigId)
    rules: Mapped[int]
    """Counts the changes of ``EvidenceRule``: who remembers the rules sees that there are others by now."""


class EvidenceRule(PublicId, Base):
    """A provider's word that statements about an activity are evidence for a requirement (``xapi.evidence.Reading``).

    Never changed but for its end and for how far it has been followed.
    """

    __tablename__ = "xapi_rules"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    """Whose store is read."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("learning_units.id"), index=True)
    requirement: Mapped[str] = mapped_column(String(100))
    """A key of ``campus.rules.credit.Requirement``."""
    mapping: Mapped[str] = mapped_column(String(30))
    """The ready mapping that it was made from (``xapi.mappings``), for people to see."""
    activity: Mapped[str] = mapped_column(Text)
    places: Mapped[list[str]]
    verbs: Mapped[list[str]]
    undoing: Mapped[list[str]]
    category: Mapped[str | None] = mapped_column(Text)
    scoring: Mapped[str] = mapped_column(String(10))
    condition: Mapped[str] = mapped_column(String(10))
    least_percent: Mapped[float | None]
    outcome: Mapped[str] = mapped_column(String(20))
    exam: Mapped[bool]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    taken_back: Mapped[bool]
    """Ended because it was wrong: what it had said is retracted."""
    read_through: Mapped[int] = mapped_column(BigId)
    """The number of the last statement that was considered."""
    wanted: Mapped[bool]
    """A job that follows it is on its way."""


class Document(Base):
    """A document of the State, Activity Profile or Agent Profile resource."""

    __tablename__ = "xapi_documents"
    __table_args__ = (Index("ix_xapi_documents_place", "place", "updated"),)

    address: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES), unique=True)
    """The digest of all that names it."""
    place: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES))
    """The digest of tenant, resource, activity and agent: what documents are listed by."""
    tenant: Mapped[int]
    resource: Mapped[str] = mapped_column(String(20))
    agent: Mapped[bytes | None] = mapped_column(LargeBinary(DIGEST_BYTES), index=True)
    """The digest of the agent's key, for erasure."""
    registration: Mapped[str | None] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(Text)
    """The stateId or profileId."""
    content_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    etag: Mapped[str] = mapped_column(String(40))
    """The content's SHA-1 (1.0.3, communication, 3.1 wants that one), so that conditions needn't read the content."""
    updated: Mapped[datetime]


class Key(PublicId, Base):
    """What a client signs in with: Basic authentication by ``name`` and a secret of full entropy."""

    __tablename__ = "xapi_keys"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(200))
    """Argon2 of the secret's SHA-256."""
    scopes: Mapped[list[str]]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Whose statements it writes and sees; empty for the whole campus's."""
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """To the hour: not every request writes it."""

    @property
    def tenant(self) -> int:
        """Whose store it writes into."""
        return self.organisation_id or CAMPUS


class ContentOrigin(Base):
    """An origin whose pages may call the store from a browser (CORS), registered by an organisation."""

    __tablename__ = "xapi_origins"
    __table_args__ = (Index("uq_xapi_origins_origin", "origin", "organisation_id", unique=True),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    origin: Mapped[str] = mapped_column(String(255))
    """Scheme, host and port as a browser writes them in ``Origin``."""
    created_at: Mapped[datetime]
