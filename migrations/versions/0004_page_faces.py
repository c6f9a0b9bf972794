"""Page faces."""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "page_face",
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_page_face_component_id")
        ),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_page_face")),
    )


def downgrade() -> None:
    op.drop_table("page_face")
