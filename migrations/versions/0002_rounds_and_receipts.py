"""Rounds, receipts, tasks, notices and keys."""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", types.instant(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "log_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_key_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_key")),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_log_node")),
    )
    op.create_table(
        "delegation",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("deputy_id", types.identifier(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("ceiling", sa.Integer(), nullable=False),
        sa.Column("from_at", types.instant(), nullable=False),
        sa.Column("until_at", types.instant(), nullable=False),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.CheckConstraint("ceiling BETWEEN 0 AND 4", name=op.f("ck_delegation_ceiling")),
        sa.CheckConstraint("deputy_id <> user_id", name=op.f("ck_delegation_other")),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_delegation_period")),
        sa.ForeignKeyConstraint(["deputy_id"], ["user.id"], name=op.f("fk_delegation_deputy_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_delegation_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(
        op.f("ix_delegation_deputy_id_until_at"),
        "delegation",
        ["deputy_id", "until_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_delegation_user_id_until_at"), "delegation", ["user_id", "until_at"], unique=False
    )
    op.create_table(
        "mail",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", types.instant(), nullable=True),
        sa.Column("failed_at", types.instant(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("tries BETWEEN 0 AND 2", name=op.f("ck_mail_tries")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mail_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_table(
        "notice_settings",
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("daily_at", sa.Time(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("muted", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "mail IN ('at_once','daily','never')", name=op.f("ck_notice_settings_mail")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_settings_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_settings")),
    )
    op.create_table(
        "opinion_phrase",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_opinion_phrase_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_phrase")),
        sa.UniqueConstraint("user_id", "position", name=op.f("uq_opinion_phrase_user_id_position")),
    )
    op.create_table(
        "route",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("unit_id", types.identifier(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("created_by", types.identifier(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('read','comment','approve')", name=op.f("ck_route_purpose")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_route_created_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_route_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_route_unit_id_name")),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=True),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("enrolled_at", types.instant(), nullable=False),
        sa.Column("revoked_at", types.instant(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'passkey') = (credential_id IS NOT NULL)", name=op.f("ck_signing_key_passkey")
        ),
        sa.CheckConstraint(
            "(kind = 'server') = (sealed IS NOT NULL)", name=op.f("ck_signing_key_server")
        ),
        sa.CheckConstraint("kind IN ('passkey','server')", name=op.f("ck_signing_key_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_signing_key_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_signing_key_credential_id")),
    )
    op.create_index(op.f("ix_signing_key_user_id"), "signing_key", ["user_id"], unique=False)
    op.create_table(
        "signing_request",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("receipts", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("used_at", types.instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_signing_request_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_request")),
        sa.UniqueConstraint("challenge", name=op.f("uq_signing_request_challenge")),
    )
    op.create_index(
        op.f("ix_signing_request_user_id"), "signing_request", ["user_id"], unique=False
    )
    op.create_table(
        "document_label",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_label_document_id")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_document_label")),
        sa.UniqueConstraint("document_id", name=op.f("uq_document_label_document_id")),
    )
    op.create_table(
        "notice",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=True),
        sa.Column("subject_id", types.identifier(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("done_at", types.instant(), nullable=True),
        sa.Column("mail_due_at", types.instant(), nullable=True),
        sa.Column("mail_id", types.identifier(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_notice_document_id")
        ),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_notice_mail_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("user_id", "cause", name=op.f("uq_notice_user_id_cause")),
    )
    op.create_index(op.f("ix_notice_mail_due_at"), "notice", ["mail_due_at"], unique=False)
    op.create_index(op.f("ix_notice_mail_id"), "notice", ["mail_id"], unique=False)
    op.create_index(op.f("ix_notice_subject_id"), "notice", ["subject_id"], unique=False)
    op.create_index(
        op.f("ix_notice_user_id_done_at_id"), "notice", ["user_id", "done_at", "id"], unique=False
    )
    op.create_table(
        "paper_holding",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("holder_id", types.identifier(), nullable=False),
        sa.Column("given_by", types.identifier(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("handed_at", types.instant(), nullable=False),
        sa.Column("confirmed_at", types.instant(), nullable=True),
        sa.Column("confirmed_by_way", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", types.instant(), nullable=True),
        sa.CheckConstraint(
            "confirmed_by_way IN ('taker','label')", name=op.f("ck_paper_holding_way")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_paper_holding_document_id")
        ),
        sa.ForeignKeyConstraint(["given_by"], ["user.id"], name=op.f("fk_paper_holding_given_by")),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["user.id"], name=op.f("fk_paper_holding_holder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_holding")),
    )
    op.create_index(
        op.f("ix_paper_holding_document_id_id"),
        "paper_holding",
        ["document_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_paper_holding_holder_id_confirmed_at"),
        "paper_holding",
        ["holder_id", "confirmed_at"],
        unique=False,
    )
    op.create_table(
        "round",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("sender_id", types.identifier(), nullable=False),
        sa.Column("urger_id", types.identifier(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("sent_at", types.instant(), nullable=True),
        sa.Column("due_at", types.instant(), nullable=True),
        sa.Column("content_changed_at", types.instant(), nullable=True),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.Column("ended_by", types.identifier(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("remind_before_hours", sa.Integer(), nullable=False),
        sa.Column("repeat_hours", sa.Integer(), nullable=False),
        sa.Column("escalate_after_hours", sa.Integer(), nullable=True),
        sa.Column("escalate_to_id", types.identifier(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('read','comment','approve')", name=op.f("ck_round_purpose")
        ),
        sa.CheckConstraint(
            "state IN ('draft','discarded') OR sent_at IS NOT NULL", name=op.f("ck_round_sent")
        ),
        sa.CheckConstraint(
            "state IN ('draft','running','complete','closed','recalled','discarded')",
            name=op.f("ck_round_state"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_round_document_id")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_round_ended_by")),
        sa.ForeignKeyConstraint(
            ["escalate_to_id"], ["user.id"], name=op.f("fk_round_escalate_to_id")
        ),
        sa.ForeignKeyConstraint(["sender_id"], ["user.id"], name=op.f("fk_round_sender_id")),
        sa.ForeignKeyConstraint(["urger_id"], ["user.id"], name=op.f("fk_round_urger_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
    )
    op.create_index(op.f("ix_round_document_id"), "round", ["document_id"], unique=False)
    op.create_index(
        op.f("ix_round_sender_id_state_id"), "round", ["sender_id", "state", "id"], unique=False
    )
    op.create_index(op.f("ix_round_state_id"), "round", ["state", "id"], unique=False)
    op.create_index(op.f("ix_round_urger_id_state"), "round", ["urger_id", "state"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("source_id", types.identifier(), nullable=True),
        sa.Column("author_id", types.identifier(), nullable=False),
        sa.Column("assignee_id", types.identifier(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("done_at", types.instant(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_task_done")),
        sa.CheckConstraint("state IN ('open','done','cancelled')", name=op.f("ck_task_state")),
        sa.ForeignKeyConstraint(["assignee_id"], ["user.id"], name=op.f("fk_task_assignee_id")),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_task_author_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_task_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(
        op.f("ix_task_assignee_id_state_due_on_id"),
        "task",
        ["assignee_id", "state", "due_on", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_task_author_id_state"), "task", ["author_id", "state"], unique=False)
    op.create_index(op.f("ix_task_document_id"), "task", ["document_id"], unique=False)
    op.create_index(op.f("ix_task_source_id"), "task", ["source_id"], unique=False)
    op.create_table(
        "round_content",
        sa.Column("round_id", types.identifier(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_round_content_component_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_content_round_id")),
        sa.PrimaryKeyConstraint("round_id", "revision", "position", name=op.f("pk_round_content")),
    )
    op.create_table(
        "stage",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("round_id", types.identifier(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("due_at", types.instant(), nullable=True),
        sa.Column("began_at", types.instant(), nullable=True),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.CheckConstraint("state IN ('waiting','running','done')", name=op.f("ck_stage_state")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_stage_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
        sa.UniqueConstraint("round_id", "position", name=op.f("uq_stage_round_id_position")),
    )
    op.create_table(
        "reading_item",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("round_id", types.identifier(), nullable=False),
        sa.Column("stage_id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reader_id", types.identifier(), nullable=False),
        sa.Column("on_behalf_of_id", types.identifier(), nullable=True),
        sa.Column("previous_id", types.identifier(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("due_at", types.instant(), nullable=True),
        sa.Column("delivered_at", types.instant(), nullable=True),
        sa.Column("opened_at", types.instant(), nullable=True),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.Column("ended_by", types.identifier(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_at", types.instant(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("urged_at", types.instant(), nullable=True),
        sa.Column("urge_count", sa.Integer(), nullable=False),
        sa.Column("next_urge_at", types.instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('waiting','delivered','opened')) = (ended_at IS NULL)",
            name=op.f("ck_reading_item_ended"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting','delivered','opened','signed','returned','delegated','skipped','recalled')",
            name=op.f("ck_reading_item_state"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_reading_item_document_id")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_reading_item_ended_by")),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["user.id"], name=op.f("fk_reading_item_on_behalf_of_id")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["reading_item.id"], name=op.f("fk_reading_item_previous_id")
        ),
        sa.ForeignKeyConstraint(["reader_id"], ["user.id"], name=op.f("fk_reading_item_reader_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_reading_item_round_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_reading_item_stage_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_item")),
    )
    op.create_index(
        "ix_reading_item_desk", "reading_item", ["reader_id", "state", "due_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_reading_item_document_id_state"),
        "reading_item",
        ["document_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_reading_item_next_urge_at"), "reading_item", ["next_urge_at"], unique=False
    )
    op.create_index(
        op.f("ix_reading_item_round_id_stage_id_position"),
        "reading_item",
        ["round_id", "stage_id", "position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_reading_item_stage_id_state"), "reading_item", ["stage_id", "state"], unique=False
    )
    op.create_table(
        "page_reading",
        sa.Column("item_id", types.identifier(), nullable=False),
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("first_at", types.instant(), nullable=False),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_page_reading_seconds")),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_page_reading_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["reading_item.id"], name=op.f("fk_page_reading_item_id")
        ),
        sa.PrimaryKeyConstraint("item_id", "component_id", "page", name=op.f("pk_page_reading")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("item_id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("signer_id", types.identifier(), nullable=False),
        sa.Column("key_id", types.identifier(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("handwriting", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("signed_at", types.instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_receipt_document_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["reading_item.id"], name=op.f("fk_receipt_item_id")),
        sa.ForeignKeyConstraint(["key_id"], ["signing_key.id"], name=op.f("fk_receipt_key_id")),
        sa.ForeignKeyConstraint(["signer_id"], ["user.id"], name=op.f("fk_receipt_signer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("item_id", name=op.f("uq_receipt_item_id")),
    )
    op.create_index(op.f("ix_receipt_document_id"), "receipt", ["document_id"], unique=False)
    op.create_index(op.f("ix_receipt_signer_id"), "receipt", ["signer_id"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("item_id", types.identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("to_id", types.identifier(), nullable=False),
        sa.Column("by_id", types.identifier(), nullable=True),
        sa.Column("reminded_at", types.instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('due_soon','due','overdue','escalated','by_hand')",
            name=op.f("ck_reminder_kind"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_reminder_by_id")),
        sa.ForeignKeyConstraint(["item_id"], ["reading_item.id"], name=op.f("fk_reminder_item_id")),
        sa.ForeignKeyConstraint(["to_id"], ["user.id"], name=op.f("fk_reminder_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "item_id", "kind", "count", name=op.f("uq_reminder_item_id_kind_count")
        ),
    )
    op.add_column("grant", sa.Column("source_id", types.identifier(), nullable=True))
    op.create_index(op.f("ix_grant_source_id"), "grant", ["source_id"], unique=False)
    op.add_column("post", sa.Column("rank", sa.Integer(), server_default="100", nullable=False))


def downgrade() -> None:
    op.drop_column("post", "rank")
    op.drop_index(op.f("ix_grant_source_id"), table_name="grant")
    op.drop_column("grant", "source_id")
    op.drop_table("reminder")
    op.drop_index(op.f("ix_receipt_signer_id"), table_name="receipt")
    op.drop_index(op.f("ix_receipt_document_id"), table_name="receipt")
    op.drop_table("receipt")
    op.drop_table("page_reading")
    op.drop_index(op.f("ix_reading_item_stage_id_state"), table_name="reading_item")
    op.drop_index(op.f("ix_reading_item_round_id_stage_id_position"), table_name="reading_item")
    op.drop_index(op.f("ix_reading_item_next_urge_at"), table_name="reading_item")
    op.drop_index(op.f("ix_reading_item_document_id_state"), table_name="reading_item")
    op.drop_index("ix_reading_item_desk", table_name="reading_item")
    op.drop_table("reading_item")
    op.drop_table("stage")
    op.drop_table("round_content")
    op.drop_index(op.f("ix_task_source_id"), table_name="task")
    op.drop_index(op.f("ix_task_document_id"), table_name="task")
    op.drop_index(op.f("ix_task_author_id_state"), table_name="task")
    op.drop_index(op.f("ix_task_assignee_id_state_due_on_id"), table_name="task")
    op.drop_table("task")
    op.drop_index(op.f("ix_round_urger_id_state"), table_name="round")
    op.drop_index(op.f("ix_round_state_id"), table_name="round")
    op.drop_index(op.f("ix_round_sender_id_state_id"), table_name="round")
    op.drop_index(op.f("ix_round_document_id"), table_name="round")
    op.drop_table("round")
    op.drop_index(op.f("ix_paper_holding_holder_id_confirmed_at"), table_name="paper_holding")
    op.drop_index(op.f("ix_paper_holding_document_id_id"), table_name="paper_holding")
    op.drop_table("paper_holding")
    op.drop_index(op.f("ix_notice_user_id_done_at_id"), table_name="notice")
    op.drop_index(op.f("ix_notice_subject_id"), table_name="notice")
    op.drop_index(op.f("ix_notice_mail_id"), table_name="notice")
    op.drop_index(op.f("ix_notice_mail_due_at"), table_name="notice")
    op.drop_table("notice")
    op.drop_table("document_label")
    op.drop_index(op.f("ix_signing_request_user_id"), table_name="signing_request")
    op.drop_table("signing_request")
    op.drop_index(op.f("ix_signing_key_user_id"), table_name="signing_key")
    op.drop_table("signing_key")
    op.drop_table("route")
    op.drop_table("opinion_phrase")
    op.drop_table("notice_settings")
    op.drop_table("mail")
    op.drop_index(op.f("ix_delegation_user_id_until_at"), table_name="delegation")
    op.drop_index(op.f("ix_delegation_deputy_id_until_at"), table_name="delegation")
    op.drop_table("delegation")
    op.drop_table("log_node")
    op.drop_table("log_key")
    op.drop_table("checkpoint")
    op.drop_table("calendar_day")
