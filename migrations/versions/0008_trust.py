"""Trust: second factors and attempts at signing in, glass that was broken, the four checks."""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sign_in()
    _break_glass()
    _four_checks()
    _passkeys_that_open()


def _sign_in() -> None:
    """Make the tables of second factors and of attempts."""
    op.create_table(
        "second_factor",
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("confirmed_at", types.instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_second_factor_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("used_at", types.instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"])
    op.create_table(
        "half_sign_in",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_half_sign_in_user_id")),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_half_sign_in")),
    )
    op.create_index(op.f("ix_half_sign_in_user_id"), "half_sign_in", ["user_id"])
    op.create_table(
        "last_sign_in",
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("at", types.instant(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("before_at", types.instant(), nullable=True),
        sa.Column("before_address", sa.Text(), nullable=True),
        sa.Column("before_failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_last_sign_in_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_last_sign_in")),
    )


def _break_glass() -> None:
    """Make the table of access that was taken in an emergency."""
    op.create_table(
        "broken_glass",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=True),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("broken_at", types.instant(), nullable=False),
        sa.Column("until_at", types.instant(), nullable=True),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.Column("ended_by", types.identifier(), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR until_at IS NOT NULL", name=op.f("ck_broken_glass_ended")
        ),
        sa.CheckConstraint(
            "until_at IS NULL OR document_id IS NOT NULL", name=op.f("ck_broken_glass_opened")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_broken_glass_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["user.id"], name=op.f("fk_broken_glass_ended_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_broken_glass_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_glass")),
    )
    op.create_index(op.f("ix_broken_glass_document_id"), "broken_glass", ["document_id"])
    op.create_index(op.f("ix_broken_glass_user_id"), "broken_glass", ["user_id"])


def _four_checks() -> None:
    """Make the table of what the four checks found."""
    op.create_table(
        "assessment",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("made_at", types.instant(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "cause IN ('receipt', 'periodic', 'asked')", name=op.f("ck_assessment_cause")
        ),
        sa.CheckConstraint(
            "outcome IN ('passed', 'warning', 'failed')", name=op.f("ck_assessment_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_assessment_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    for columns in (
        ["document_id", "is_current"],
        ["is_current", "outcome", "id"],
        ["is_current", "made_at"],
    ):
        op.create_index(op.f(f"ix_assessment_{'_'.join(columns)}"), "assessment", columns)


def _passkeys_that_open() -> None:
    """Let a passkey say since when it signs its owner in."""
    op.add_column("signing_key", sa.Column("opens_since", types.instant(), nullable=True))


def downgrade() -> None:
    _drop_passkeys_that_open()
    _drop_four_checks()
    _drop_break_glass()
    _drop_sign_in()


def _drop_passkeys_that_open() -> None:
    """Undo `_passkeys_that_open`."""
    op.drop_column("signing_key", "opens_since")


def _drop_four_checks() -> None:
    """Undo `_four_checks`."""
    op.drop_table("assessment")


def _drop_break_glass() -> None:
    """Undo `_break_glass`."""
    op.drop_table("broken_glass")


def _drop_sign_in() -> None:
    """Undo `_sign_in`."""
    op.drop_table("last_sign_in")
    op.drop_index(op.f("ix_half_sign_in_user_id"), "half_sign_in")
    op.drop_table("half_sign_in")
    op.drop_index(op.f("ix_recovery_code_user_id"), "recovery_code")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
