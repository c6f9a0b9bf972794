"""Search for people: what they asked, what they keep asking, and the words an office equates."""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _synonyms()


def _synonyms() -> None:
    """Make the table of words that mean the same."""
    op.create_table(
        "synonym_group",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_group")),
    )


def downgrade() -> None:
    op.drop_table("synonym_group")
