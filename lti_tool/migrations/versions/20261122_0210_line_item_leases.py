"""Leases on a link's column in the gradebook, so that two workers don't make two."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import campus.models.base

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the leases."""
    op.create_table(
        "line_item_leases",
        sa.Column("resource_link_id", sa.Integer(), nullable=False),
        sa.Column("until", campus.models.base.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_link_id"],
            ["resource_links.id"],
            name=op.f("fk_line_item_leases_resource_link_id_resource_links"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_item_leases")),
        sa.UniqueConstraint("resource_link_id", name=op.f("uq_line_item_leases_resource_link_id")),
    )


def downgrade() -> None:
    """Take them away; what is under way looks again."""
    op.drop_table("line_item_leases")
