"""Search for people: what they asked, what they keep asking, and the words an office equates.

Tokens know the token that made them.
"""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _synonyms()
    _saved_searches()
    _recent_searches()
    op.add_column("api_token", sa.Column("made_by", types.identifier(), nullable=True))
    op.create_index(op.f("ix_api_token_made_by"), "api_token", ["made_by"])


def _synonyms() -> None:
    """Make the table of words that mean the same."""
    op.create_table(
        "synonym_group",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_group")),
    )


def _saved_searches() -> None:
    """Make the tables of searches under a name, and of what they have told of."""
    op.create_table(
        "saved_search",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("told_since", types.instant(), nullable=True),
        sa.Column("looked_until", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_saved_search_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_search_user_id_name")),
    )
    op.create_table(
        "search_hit",
        sa.Column("search_id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_search.id"], name=op.f("fk_search_hit_search_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_search_hit_document_id")
        ),
        sa.PrimaryKeyConstraint("search_id", "document_id", name=op.f("pk_search_hit")),
    )


def _recent_searches() -> None:
    """Make the table of the last questions of each person."""
    op.create_table(
        "recent_search",
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", types.instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recent_search_user_id")),
        sa.PrimaryKeyConstraint("user_id", "question", name=op.f("pk_recent_search")),
    )
    op.create_index(
        op.f("ix_recent_search_user_id_asked_at"), "recent_search", ["user_id", "asked_at"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_api_token_made_by"), "api_token")
    op.drop_column("api_token", "made_by")
    op.drop_table("recent_search")
    op.drop_table("search_hit")
    op.drop_table("saved_search")
    op.drop_table("synonym_group")
