"""Intake that does the typing: what is related, filing suggested, scans recognised, channels."""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _components()
    _related()
    _filing()
    _scans()
    _channels()


def _components() -> None:
    op.add_column("component", sa.Column("derived_from", types.identifier(), nullable=True))


def _related() -> None:
    """Make the tables of what belongs together."""


def _filing() -> None:
    """Make the tables of filing rules and of what was learned."""
    op.create_table(
        "filing_rule",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("number_prefix", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("register_id", types.identifier(), nullable=True),
        sa.Column("class_id", types.identifier(), nullable=True),
        sa.Column("unit_id", types.identifier(), nullable=True),
        sa.Column("route_id", types.identifier(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "class_id IS NOT NULL OR unit_id IS NOT NULL OR route_id IS NOT NULL",
            name=op.f("ck_filing_rule_result"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["file_class.id"], name=op.f("fk_filing_rule_class_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_filing_rule_register_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_filing_rule_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_rule")),
        sa.UniqueConstraint("name", name=op.f("uq_filing_rule_name")),
    )
    op.create_table(
        "filing_trait",
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("component_id", types.identifier(), nullable=True),
        sa.Column("sender_key", sa.Text(), nullable=True),
        sa.Column("series", sa.Text(), nullable=True),
        sa.Column("route_id", types.identifier(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_filing_trait_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_filing_trait_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_filing_trait")),
    )
    op.create_index(
        op.f("ix_filing_trait_sender_key_document_id"),
        "filing_trait",
        ["sender_key", "document_id"],
    )
    op.create_index(
        op.f("ix_filing_trait_series_document_id"), "filing_trait", ["series", "document_id"]
    )
    op.create_table(
        "filing_suggestion",
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("classes", sa.Text(), nullable=False),
        sa.Column("unit_id", types.identifier(), nullable=True),
        sa.Column("unit_confidence", sa.Double(), nullable=True),
        sa.Column("route_id", types.identifier(), nullable=True),
        sa.Column("route_confidence", sa.Double(), nullable=True),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("made_at", types.instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_filing_suggestion_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_filing_suggestion_unit_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_filing_suggestion")),
    )
    op.create_table(
        "filing_model",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("learned_at", types.instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_filing_model")),
    )


def _scans() -> None:
    """Make the tables of recognised pages."""


def _channels() -> None:
    """Make the tables of what came in."""


def downgrade() -> None:
    _drop_channels()
    _drop_scans()
    _drop_filing()
    _drop_related()
    _drop_components()


def _drop_components() -> None:
    op.drop_column("component", "derived_from")


def _drop_related() -> None:
    """Undo `_related`."""


def _drop_filing() -> None:
    """Undo `_filing`."""
    op.drop_table("filing_model")
    op.drop_table("filing_suggestion")
    op.drop_index(op.f("ix_filing_trait_series_document_id"), table_name="filing_trait")
    op.drop_index(op.f("ix_filing_trait_sender_key_document_id"), table_name="filing_trait")
    op.drop_table("filing_trait")
    op.drop_table("filing_rule")


def _drop_scans() -> None:
    """Undo `_scans`."""


def _drop_channels() -> None:
    """Undo `_channels`."""
