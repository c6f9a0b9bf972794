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


def _scans() -> None:
    op.create_table(
        "recognition",
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("run", types.identifier(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=True),
        sa.Column("pages_done", sa.Integer(), nullable=False),
        sa.Column("pages_total", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("cpu_seconds", sa.Double(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_message", sa.Text(), nullable=True),
        sa.Column("asked_at", types.instant(), nullable=False),
        sa.Column("asked_by", types.identifier(), nullable=True),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting','running','done','failed','missing')",
            name=op.f("ck_recognition_state"),
        ),
        sa.CheckConstraint("pages_done >= 0", name=op.f("ck_recognition_pages_done")),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name=op.f("fk_recognition_asked_by")),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_recognition_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_recognition_document_id")
        ),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_recognition")),
    )
    op.create_index(op.f("ix_recognition_document_id"), "recognition", ["document_id"])
    op.create_index(op.f("ix_recognition_state"), "recognition", ["state"])
    op.create_table(
        "recognised_page",
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_recognised_page_component_id")
        ),
        sa.PrimaryKeyConstraint("component_id", "page", name=op.f("pk_recognised_page")),
    )
    op.create_table(
        "stack",
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("looked_at", types.instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_stack_component_id")
        ),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_stack")),
    )
    _splits()


def _splits() -> None:
    op.create_table(
        "split",
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=True),
        sa.Column("book_reason", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_message", sa.Text(), nullable=True),
        sa.Column("asked_at", types.instant(), nullable=False),
        sa.Column("asked_by", types.identifier(), nullable=False),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('awaited','waiting','done','failed')", name=op.f("ck_split_state")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name=op.f("fk_split_asked_by")),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_split_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_split_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_split")),
    )
    op.create_index(op.f("ix_split_component_id"), "split", ["component_id"])
    op.create_table(
        "split_part",
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("stack_id", types.identifier(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_split_part_document_id")
        ),
        sa.ForeignKeyConstraint(["stack_id"], ["document.id"], name=op.f("fk_split_part_stack_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_split_part")),
    )
    op.create_index(op.f("ix_split_part_stack_id_position"), "split_part", ["stack_id", "position"])


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


def _drop_scans() -> None:
    op.drop_index(op.f("ix_split_part_stack_id_position"), table_name="split_part")
    op.drop_table("split_part")
    op.drop_index(op.f("ix_split_component_id"), table_name="split")
    op.drop_table("split")
    op.drop_table("stack")
    op.drop_table("recognised_page")
    op.drop_index(op.f("ix_recognition_state"), table_name="recognition")
    op.drop_index(op.f("ix_recognition_document_id"), table_name="recognition")
    op.drop_table("recognition")


def _drop_channels() -> None:
    """Undo `_channels`."""
