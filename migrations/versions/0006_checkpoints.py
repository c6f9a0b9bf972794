"""Checkpoints: their signed time, their copies outside; entries of the log by day."""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("checkpoint", sa.Column("dated", sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_log_entry_occurred_at_sequence"), "log_entry", ["occurred_at", "sequence"]
    )
    op.create_table(
        "checkpoint_copy",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tried_at", types.instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", types.instant(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("place", "size", name=op.f("pk_checkpoint_copy")),
    )


def downgrade() -> None:
    op.drop_table("checkpoint_copy")
    op.drop_index(op.f("ix_log_entry_occurred_at_sequence"), table_name="log_entry")
    op.drop_column("checkpoint", "dated")
