"""The whole record store: statements found by terms, tenants, attachments, documents, descriptions; argon2 for keys.

Statements are read and written once more: their ids become unique for each tenant, and their terms are worked out
from their bodies.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

import campus.models.base
from xapi import descriptions, references, terms
from xapi.store import terms as terms_table
from xapi.strict_json import dump, parse

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHUNK = 500
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Digest = sa.LargeBinary(length=16)
Instant = campus.models.base.UTCDateTime(timezone=True)
WHERE_REFERS = sa.text("refers_to IS NOT NULL")
WHERE_PERSON = sa.text("person_id IS NOT NULL")
BEFORE = sa.table(
    "xapi_statements_before",
    sa.column("id", BigId),
    sa.column("statement_id", sa.String),
    sa.column("stored", Instant),
    sa.column("voids", sa.String),
    sa.column("voided", sa.Boolean),
    sa.column("origin", sa.String),
    sa.column("organisation_id", sa.Integer),
    sa.column("person_id", sa.Integer),
    sa.column("body", sa.Text),
)
"""Typed here: a copy of a table has lost its types on SQLite."""
AFTER = sa.table(
    "xapi_statements",
    sa.column("id", BigId),
    sa.column("statement_id", sa.String),
    sa.column("tenant", sa.Integer),
    sa.column("stored", Instant),
    sa.column("verb", Digest),
    sa.column("activity", Digest),
    sa.column("refers_to", sa.String),
    sa.column("voiding", sa.Boolean),
    sa.column("voided", sa.Boolean),
    sa.column("origin", sa.String),
    sa.column("person_id", sa.Integer),
    sa.column("body", sa.Text),
)
CLOCK = sa.table(
    "xapi_clock",
    sa.column("id"),
    sa.column("last_stored", Instant),
    sa.column("last_id", BigId),
    sa.column("rules"),
)


def upgrade() -> None:
    """Make the new tables and bring over what is there."""
    op.execute("CREATE TABLE xapi_statements_before AS SELECT * FROM xapi_statements")
    for table in ("xapi_statement_agents", "xapi_statement_activities", "xapi_statements"):
        op.drop_table(table)
    _create()
    _bring_over()
    op.drop_table("xapi_statements_before")
    _harden_keys()


def _create() -> None:
    op.create_table(
        "xapi_statements",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.String(length=36), nullable=False),
        sa.Column("tenant", sa.Integer(), nullable=False),
        sa.Column("stored", Instant, nullable=False),
        sa.Column("verb", Digest, nullable=False),
        sa.Column("activity", Digest, nullable=True),
        sa.Column("refers_to", sa.String(length=36), nullable=True),
        sa.Column("voiding", sa.Boolean(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_xapi_statements_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_statements")),
    )
    op.create_index("ix_xapi_statements_statement_id", "xapi_statements", ["statement_id", "tenant"], unique=True)
    op.create_index("ix_xapi_statements_page", "xapi_statements", ["tenant", "id"])
    op.create_index(op.f("ix_xapi_statements_stored"), "xapi_statements", ["stored"])
    op.create_index(
        "ix_xapi_statements_refers_to",
        "xapi_statements",
        ["refers_to"],
        sqlite_where=WHERE_REFERS,
        postgresql_where=WHERE_REFERS,
    )
    op.create_index(
        "ix_xapi_statements_person_id",
        "xapi_statements",
        ["person_id"],
        sqlite_where=WHERE_PERSON,
        postgresql_where=WHERE_PERSON,
    )
    op.create_table(
        "xapi_terms",
        sa.Column("term", Digest, nullable=False),
        sa.Column("statement_id", BigId, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("term", "statement_id", name=op.f("pk_xapi_terms")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "xapi_descriptions",
        sa.Column("digest", Digest, nullable=False),
        sa.Column("tenant", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("said", Digest, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_xapi_descriptions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "xapi_attachments",
        sa.Column("digest", Digest, nullable=False),
        sa.Column("tenant", sa.Integer(), nullable=False),
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_xapi_attachments")),
    )
    _create_documents()
    op.create_table(
        "xapi_origins",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_xapi_origins_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_origins")),
    )
    op.create_index(op.f("ix_xapi_origins_organisation_id"), "xapi_origins", ["organisation_id"])
    op.create_index("uq_xapi_origins_origin", "xapi_origins", ["origin", "organisation_id"], unique=True)
    _create_rules()
    with op.batch_alter_table("xapi_clock") as clock:
        clock.add_column(sa.Column("last_id", BigId, nullable=False, server_default="0"))
        clock.add_column(sa.Column("rules", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("xapi_clock") as clock:
        clock.alter_column("last_id", server_default=None)
        clock.alter_column("rules", server_default=None)


def _create_rules() -> None:
    op.create_table(
        "xapi_rules",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("requirement", sa.String(length=100), nullable=False),
        sa.Column("mapping", sa.String(length=30), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("places", campus.models.base.Json, nullable=False),
        sa.Column("verbs", campus.models.base.Json, nullable=False),
        sa.Column("undoing", campus.models.base.Json, nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("scoring", sa.String(length=10), nullable=False),
        sa.Column("condition", sa.String(length=10), nullable=False),
        sa.Column("least_percent", sa.Double(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("exam", sa.Boolean(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.Column("read_through", BigId, nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["people.id"], name=op.f("fk_xapi_rules_made_by_id_people")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_xapi_rules_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["learning_units.id"], name=op.f("fk_xapi_rules_unit_id_learning_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_rules")),
        sa.UniqueConstraint("public_id", name=op.f("uq_xapi_rules_public_id")),
    )
    op.create_index(op.f("ix_xapi_rules_unit_id"), "xapi_rules", ["unit_id"])
    op.create_index(op.f("ix_xapi_rules_ended_at"), "xapi_rules", ["ended_at"])


def _create_documents() -> None:
    op.create_table(
        "xapi_documents",
        sa.Column("address", Digest, nullable=False),
        sa.Column("place", Digest, nullable=False),
        sa.Column("tenant", sa.Integer(), nullable=False),
        sa.Column("resource", sa.String(length=20), nullable=False),
        sa.Column("agent", Digest, nullable=True),
        sa.Column("registration", sa.String(length=36), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(length=40), nullable=False),
        sa.Column("updated", Instant, nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_documents")),
        sa.UniqueConstraint("address", name=op.f("uq_xapi_documents_address")),
    )
    op.create_index("ix_xapi_documents_place", "xapi_documents", ["place", "updated"])
    op.create_index(op.f("ix_xapi_documents_agent"), "xapi_documents", ["agent"])


def _bring_over() -> None:
    """Write the statements into the new tables under their numbers, then what they say of things and of each other."""
    session = Session(op.get_bind())
    last_id = 0
    while rows := session.execute(
        sa.select(BEFORE).where(BEFORE.c.id > last_id).order_by(BEFORE.c.id).limit(CHUNK)
    ).all():
        read = [(row, parse(row.body)) for row in rows]
        session.execute(sa.insert(AFTER), [_statement(row, body) for row, body in read])
        found_by = [{"term": term, "statement_id": row.id} for row, body in read for term in sorted(terms.of(body))]
        session.execute(sa.insert(terms_table), found_by)
        descriptions.learn(
            session, [(row.organisation_id or 0, said) for row, body in read for said in descriptions.said_by(body)]
        )
        last_id = rows[-1].id
    if session.scalar(sa.select(sa.func.count()).select_from(CLOCK)):
        session.execute(sa.update(CLOCK).values(last_id=last_id))
    else:
        start = datetime(1970, 1, 1, tzinfo=UTC)
        session.execute(sa.insert(CLOCK).values(id=1, last_stored=start, last_id=last_id, rules=0))
    _link(session)
    session.commit()  # ends the session alone: the migration's transaction goes on


def _link(session: Session) -> None:
    """Let statements about statements be found through them."""
    columns = (AFTER.c.id, AFTER.c.tenant, AFTER.c.statement_id, AFTER.c.refers_to, AFTER.c.voiding)
    query = sa.select(*columns).where(AFTER.c.refers_to.is_not(None)).order_by(AFTER.c.id)
    links = [
        references.Link(row.id, (row.tenant, row.statement_id), (row.tenant, row.refers_to), row.voiding)
        for row in session.execute(query).all()
    ]
    for first in range(0, len(links), CHUNK):
        references.find_through(session, links[first : first + CHUNK])


def _statement(row: Any, body: dict[str, Any]) -> dict[str, Any]:
    """Give a row of the new table for one of the old. ``stored`` may repeat: a batch shared it."""
    target = body["object"]
    tenant = row.organisation_id or 0
    is_activity = target.get("objectType", "Activity") == "Activity"
    return {
        "id": row.id,
        "statement_id": row.statement_id,
        "tenant": tenant,
        "stored": row.stored,
        "verb": descriptions.description_digest(tenant, descriptions.VERB, body["verb"]["id"]),
        "activity": (
            descriptions.description_digest(tenant, descriptions.ACTIVITY, target["id"]) if is_activity else None
        ),
        "refers_to": target["id"].lower() if target.get("objectType") == "StatementRef" else None,
        "voiding": row.voids is not None,
        "voided": row.voided,
        "origin": row.origin,
        "person_id": row.person_id,
        "body": dump(body),
    }


def _harden_keys() -> None:
    """Wrap the keys' SHA-256 in Argon2: secrets stay what they are."""
    with op.batch_alter_table("xapi_keys") as altered:
        altered.alter_column("secret_hash", type_=sa.String(length=200), existing_type=sa.String(length=64))
        altered.add_column(sa.Column("last_used_at", campus.models.base.UTCDateTime(timezone=True), nullable=True))
    connection = op.get_bind()
    keys = sa.table("xapi_keys", sa.column("id"), sa.column("secret_hash"))
    hasher = PasswordHasher()
    for row in connection.execute(sa.select(keys)).all():
        connection.execute(sa.update(keys).where(keys.c.id == row.id).values(secret_hash=hasher.hash(row.secret_hash)))
