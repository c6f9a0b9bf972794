"""Fixity: runs of the check, the state of the mirror, objects by time."""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fixity_run",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("started_at", types.instant(), nullable=False),
        sa.Column("ended_at", types.instant(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("mirrored", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("restored", sa.Text(), nullable=False),
        sa.CheckConstraint("objects >= 0", name=op.f("ck_fixity_run_objects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixity_run")),
        sa.UniqueConstraint("day", name=op.f("uq_fixity_run_day")),
    )
    op.create_table(
        "mirror_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("copied_until", types.instant(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mirror_state_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirror_state")),
    )
    op.create_index(op.f("ix_stored_object_created_at"), "stored_object", ["created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_stored_object_created_at"), "stored_object")
    op.drop_table("mirror_state")
    op.drop_table("fixity_run")
