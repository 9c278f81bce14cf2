"""What LTI Advantage needs: courses, rosters, registrations in several standings, keys that rotate."""

from collections.abc import Sequence
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import campus.models.base

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add what courses, rosters, keys and registrations need, and bring what is there into it."""
    op.create_table(
        "ended_logins",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("ended_at", campus.models.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_logins")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_ended_logins_state_hash")),
    )
    with op.batch_alter_table("ended_logins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ended_logins_ended_at"), ["ended_at"], unique=False)

    op.create_table(
        "registration_invites",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", campus.models.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", campus.models.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("used_at", campus.models.base.UTCDateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["people.id"], name=op.f("fk_registration_invites_created_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_registration_invites_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_registration_invites_registration_id_registrations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_invites")),
        sa.UniqueConstraint("public_id", name=op.f("uq_registration_invites_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_registration_invites_token_hash")),
    )
    with op.batch_alter_table("registration_invites", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_invites_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registration_invites_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "contexts",
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=500), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=True),
        sa.Column("memberships_url", sa.String(length=2000), nullable=True),
        sa.Column("groups_url", sa.String(length=2000), nullable=True),
        sa.Column("group_sets_url", sa.String(length=2000), nullable=True),
        sa.Column("created_at", campus.models.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=op.f("fk_contexts_deployment_id_deployments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contexts")),
        sa.UniqueConstraint("deployment_id", "context_id", name=op.f("uq_contexts_deployment_id_context_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contexts_public_id")),
    )
    op.create_table(
        "members",
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.Integer(), nullable=False),
        sa.Column("is_teacher", sa.Boolean(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("groups", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("seen_at", campus.models.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["context_id"], ["contexts.id"], name=op.f("fk_members_context_id_contexts")),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_members_identity_id_identities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("context_id", "identity_id", name=op.f("uq_members_context_id_identity_id")),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_members_identity_id"), ["identity_id"], unique=False)

    op.create_table(
        "rosters",
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(length=60), nullable=False),
        sa.Column("asked_at", campus.models.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("synced_at", campus.models.base.UTCDateTime(timezone=True), nullable=True),
        sa.Column("differences_url", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["context_id"], ["contexts.id"], name=op.f("fk_rosters_context_id_contexts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rosters")),
        sa.UniqueConstraint("context_id", name=op.f("uq_rosters_context_id")),
    )
    op.drop_table("login_states")
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.alter_column("enabled", server_default=None)

    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sourced_id", sa.String(length=255), nullable=True))
        batch_op.create_index(batch_op.f("ix_identities_sourced_id"), ["sourced_id"], unique=False)

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspended_at", campus.models.base.UTCDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.add_column(sa.Column("result", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("result_seen_at", campus.models.base.UTCDateTime(timezone=True), nullable=True))

    _change_launches()
    _change_registrations()
    _change_resource_links()
    _change_tool_keys()


def _change_launches() -> None:
    """Let launches be of several kinds; those that run were all of one."""
    with op.batch_alter_table("launches", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("message_type", sa.String(length=60), nullable=False, server_default="LtiResourceLinkRequest")
        )
        batch_op.add_column(sa.Column("deployment_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("context_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reviewed_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "deep_linking",
                sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
                nullable=True,
            )
        )
        batch_op.alter_column("identity_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.alter_column("person_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_foreign_key(
            batch_op.f("fk_launches_reviewed_id_identities"), "identities", ["reviewed_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_launches_context_id_contexts"), "contexts", ["context_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_launches_deployment_id_deployments"), "deployments", ["deployment_id"], ["id"]
        )
    with op.batch_alter_table("launches", schema=None) as batch_op:
        batch_op.alter_column("message_type", server_default=None)


def _change_registrations() -> None:
    """Keep who was switched off so; nobody is pending."""
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("standing", sa.String(length=10), nullable=False, server_default="active"))
        batch_op.add_column(sa.Column("allows_anonymous", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("product", sa.String(length=60), nullable=True))
        batch_op.add_column(
            sa.Column(
                "asked", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=True
            )
        )
    op.execute("UPDATE registrations SET standing = 'disabled' WHERE NOT enabled")
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.alter_column("standing", server_default=None)
        batch_op.alter_column("allows_anonymous", server_default=None)
        batch_op.drop_column("enabled")


def _change_resource_links() -> None:
    """Make rows of the courses that links named until now by the platform's id alone."""
    with op.batch_alter_table("resource_links", schema=None) as batch_op:
        batch_op.alter_column("context_id", new_column_name="platform_context_id")
    with op.batch_alter_table("resource_links", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phase", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("context_id", sa.Integer(), nullable=True))
    connection = op.get_bind()
    links = sa.table(
        "resource_links",
        sa.column("deployment_id", sa.Integer),
        sa.column("context_id", sa.Integer),
        sa.column("platform_context_id", sa.String),
        sa.column("created_at", campus.models.base.UTCDateTime),
    )
    contexts = sa.table(
        "contexts",
        sa.column("id", sa.Integer),
        sa.column("public_id", sa.String),
        sa.column("deployment_id", sa.Integer),
        sa.column("context_id", sa.String),
        sa.column("created_at", campus.models.base.UTCDateTime),
    )
    named = connection.execute(
        sa.select(links.c.deployment_id, links.c.platform_context_id, sa.func.min(links.c.created_at))
        .where(links.c.platform_context_id.is_not(None))
        .group_by(links.c.deployment_id, links.c.platform_context_id)
    ).all()
    for deployment, context, created_at in named:
        row = {"deployment_id": deployment, "context_id": context, "created_at": created_at}
        made = sa.insert(contexts).values(public_id=str(uuid4()), **row).returning(contexts.c.id)
        own = (links.c.deployment_id == deployment) & (links.c.platform_context_id == context)
        connection.execute(sa.update(links).where(own).values(context_id=connection.execute(made).scalar_one()))
    with op.batch_alter_table("resource_links", schema=None) as batch_op:
        batch_op.drop_column("platform_context_id")
        batch_op.create_index(batch_op.f("ix_resource_links_context_id"), ["context_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_resource_links_context_id_contexts"), "contexts", ["context_id"], ["id"]
        )


def _change_tool_keys() -> None:
    """Number the keys; those that were retired go, for nothing is signed with them any more."""
    op.execute("DELETE FROM tool_keys WHERE NOT active")
    with op.batch_alter_table("tool_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("registration_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("signs_from", campus.models.base.UTCDateTime(timezone=True), nullable=True))
        batch_op.drop_column("active")
    op.execute("UPDATE tool_keys SET number = id, signs_from = created_at")
    with op.batch_alter_table("tool_keys", schema=None) as batch_op:
        batch_op.alter_column("number", nullable=False)
        batch_op.alter_column("signs_from", nullable=False)
        batch_op.create_index(batch_op.f("ix_tool_keys_registration_id"), ["registration_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_tool_keys_number"), ["number"])
        batch_op.create_foreign_key(
            batch_op.f("fk_tool_keys_registration_id_registrations"), "registrations", ["registration_id"], ["id"]
        )


def downgrade() -> None:
    """Not offered: contexts, keys and standings don't fit the old tables. Restore the copy made before upgrading."""
    raise NotImplementedError("restore the copy of the database that was made before the upgrade")
