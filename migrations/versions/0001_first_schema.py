"""The first schema."""

import sqlalchemy as sa
from alembic import op

from migrations import log_guard, types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anonymous_refusal",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("minute", types.instant(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address", "minute", "code", name=op.f("pk_anonymous_refusal")),
    )
    op.create_table(
        "group",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group")),
        sa.UniqueConstraint("name", name=op.f("uq_group_name")),
    )
    op.create_table(
        "invitation",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("expires_at", types.instant(), nullable=False),
        sa.Column("used_at", types.instant(), nullable=True),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_invitation")),
    )
    op.create_table(
        "job",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", types.identifier(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("run_after", types.instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("failed_at", types.instant(), nullable=True),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        op.f("ix_job_failed_at_run_after"), "job", ["failed_at", "run_after"], unique=False
    )
    op.create_index(op.f("ix_job_subject_id"), "job", ["subject_id"], unique=False)
    op.create_table(
        "kept_answer",
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_kept_answer")),
    )
    op.create_index(op.f("ix_kept_answer_created_at"), "kept_answer", ["created_at"], unique=False)
    op.create_table(
        "log_entry",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("occurred_at", types.instant(), nullable=False),
        sa.Column("actor_id", types.identifier(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("objects", sa.Text(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_log_entry")),
    )
    op.create_index(
        op.f("ix_log_entry_actor_id_sequence"), "log_entry", ["actor_id", "sequence"], unique=False
    )
    op.create_index(
        op.f("ix_log_entry_kind_sequence"), "log_entry", ["kind", "sequence"], unique=False
    )
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "object_intent",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_object_intent")),
    )
    op.create_index(
        op.f("ix_object_intent_created_at"), "object_intent", ["created_at"], unique=False
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", types.instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_attempt")),
    )
    op.create_table(
        "stored_object",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stored_object")),
    )
    op.create_table(
        "unit",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("parent_id", types.identifier(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
    )
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False)
    op.create_table(
        "user",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_is_temporary", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("disabled_at", types.instant(), nullable=True),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("clearance BETWEEN 0 AND 4", name=op.f("ck_user_clearance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("login", name=op.f("uq_user_login")),
    )
    op.create_index(op.f("ix_user_search_key"), "user", ["search_key"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("expires_at", types.instant(), nullable=True),
        sa.Column("revoked_at", types.instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_token_secret_hash")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "file_class",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("parent_id", types.identifier(), nullable=True),
        sa.Column("retention", sa.Text(), nullable=True),
        sa.Column("default_secrecy", sa.Integer(), nullable=True),
        sa.Column("default_unit_id", types.identifier(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "default_secrecy IS NULL OR default_secrecy BETWEEN 0 AND 4",
            name=op.f("ck_file_class_default_secrecy"),
        ),
        sa.ForeignKeyConstraint(
            ["default_unit_id"], ["unit.id"], name=op.f("fk_file_class_default_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["file_class.id"], name=op.f("fk_file_class_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_class")),
        sa.UniqueConstraint("code", name=op.f("uq_file_class_code")),
    )
    op.create_index(op.f("ix_file_class_parent_id"), "file_class", ["parent_id"], unique=False)
    op.create_table(
        "group_member",
        sa.Column("group_id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_group_member_group_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_group_member_user_id")),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_user_id"), "group_member", ["user_id"], unique=False)
    op.create_table(
        "identity",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_identity_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("provider", "subject", name=op.f("uq_identity_provider_subject")),
    )
    op.create_index(op.f("ix_identity_user_id"), "identity", ["user_id"], unique=False)
    op.create_table(
        "log_object",
        sa.Column("object_id", types.identifier(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"], ["log_entry.sequence"], name=op.f("fk_log_object_sequence")
        ),
        sa.PrimaryKeyConstraint("object_id", "sequence", name=op.f("pk_log_object")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_log_object_sequence"), "log_object", ["sequence"], unique=False)
    op.create_table(
        "log_payload",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"], ["log_entry.sequence"], name=op.f("fk_log_payload_sequence")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_log_payload")),
    )
    op.create_table(
        "post",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("unit_id", types.identifier(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    op.create_index(op.f("ix_post_unit_id"), "post", ["unit_id"], unique=False)
    op.create_table(
        "register",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("clerk_unit_id", types.identifier(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("padding", sa.Integer(), nullable=False),
        sa.Column("ceiling", sa.Integer(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('incoming','outgoing','internal')", name=op.f("ck_register_kind")
        ),
        sa.CheckConstraint("ceiling BETWEEN 0 AND 4", name=op.f("ck_register_ceiling")),
        sa.CheckConstraint("padding BETWEEN 1 AND 9", name=op.f("ck_register_padding")),
        sa.ForeignKeyConstraint(
            ["clerk_unit_id"], ["unit.id"], name=op.f("fk_register_clerk_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register")),
        sa.UniqueConstraint("code", name=op.f("uq_register_code")),
    )
    op.create_table(
        "upload",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("part_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_upload_size")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_upload_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_created_at"), "upload", ["created_at"], unique=False)
    op.create_table(
        "upload_part",
        sa.Column("upload_id", types.identifier(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_upload_part_upload_id")
        ),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_upload_part")),
    )
    op.create_table(
        "user_session",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("seen_at", types.instant(), nullable=False),
        sa.Column("expires_at", types.instant(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_user_session")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("user_id", types.identifier(), nullable=False),
        sa.Column("post_id", types.identifier(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.CheckConstraint(
            "until_on IS NULL OR until_on >= from_on", name=op.f("ck_assignment_period")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_assignment_post_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_assignment_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_post_id"), "assignment", ["post_id"], unique=False)
    op.create_index(op.f("ix_assignment_user_id"), "assignment", ["user_id"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("register_id", types.identifier(), nullable=False),
        sa.Column("clerk_unit_id", types.identifier(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("addressee", sa.Text(), nullable=True),
        sa.Column("document_number_raw", sa.Text(), nullable=True),
        sa.Column("document_number", sa.Text(), nullable=True),
        sa.Column("written_on", sa.Date(), nullable=True),
        sa.Column("printed_on", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("secrecy", sa.Integer(), nullable=False),
        sa.Column("secrecy_term", sa.Text(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=True),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("unit_id", types.identifier(), nullable=True),
        sa.Column("class_id", types.identifier(), nullable=True),
        sa.Column("text_state", sa.Text(), nullable=False),
        sa.Column("text_reason", sa.Text(), nullable=True),
        sa.Column("registered_at", types.instant(), nullable=False),
        sa.Column("registered_by", types.identifier(), nullable=True),
        sa.Column("checked_at", types.instant(), nullable=True),
        sa.Column("filed_at", types.instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "medium IN ('paper','electronic','both')", name=op.f("ck_document_medium")
        ),
        sa.CheckConstraint(
            "state <> 'filed' OR (class_id IS NOT NULL AND filed_at IS NOT NULL)",
            name=op.f("ck_document_filed"),
        ),
        sa.CheckConstraint(
            "state IN ('registered','checked','filed','voided')", name=op.f("ck_document_state")
        ),
        sa.CheckConstraint(
            "text_state IN ('pending','done','none','failed')", name=op.f("ck_document_text_state")
        ),
        sa.CheckConstraint(
            "urgency IN ('routine','urgent','flash')", name=op.f("ck_document_urgency")
        ),
        sa.CheckConstraint("secrecy BETWEEN 0 AND 4", name=op.f("ck_document_secrecy")),
        sa.ForeignKeyConstraint(["class_id"], ["file_class.id"], name=op.f("fk_document_class_id")),
        sa.ForeignKeyConstraint(
            ["clerk_unit_id"], ["unit.id"], name=op.f("fk_document_clerk_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_document_register_id")
        ),
        sa.ForeignKeyConstraint(
            ["registered_by"], ["user.id"], name=op.f("fk_document_registered_by")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_document_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_class_id_id"), "document", ["class_id", "id"], unique=False)
    op.create_index(
        op.f("ix_document_document_number"), "document", ["document_number"], unique=False
    )
    op.create_index(
        op.f("ix_document_register_id_id"), "document", ["register_id", "id"], unique=False
    )
    op.create_index(op.f("ix_document_state_id"), "document", ["state", "id"], unique=False)
    op.create_index(op.f("ix_document_kind_id"), "document", ["kind", "id"], unique=False)
    op.create_index(op.f("ix_document_urgency_id"), "document", ["urgency", "id"], unique=False)
    op.create_index(op.f("ix_document_unit_id_id"), "document", ["unit_id", "id"], unique=False)
    op.create_table(
        "number_gap",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("register_id", types.identifier(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("declared_at", types.instant(), nullable=False),
        sa.CheckConstraint("first > 0 AND last >= first", name=op.f("ck_number_gap_range")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_number_gap_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_gap")),
    )
    op.create_index(
        op.f("ix_number_gap_register_id_year"), "number_gap", ["register_id", "year"], unique=False
    )
    op.create_table(
        "post_role",
        sa.Column("post_id", types.identifier(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_role_post_id")),
        sa.PrimaryKeyConstraint("post_id", "role", name=op.f("pk_post_role")),
    )
    op.create_table(
        "register_counter",
        sa.Column("register_id", types.identifier(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_register_counter_last")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_register_counter_register_id")
        ),
        sa.PrimaryKeyConstraint("register_id", "year", name=op.f("pk_register_counter")),
    )
    op.create_table(
        "access",
        sa.Column("principal", types.identifier(), nullable=False),
        sa.Column("secrecy", sa.Integer(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("title_key", sa.LargeBinary(), nullable=False),
        sa.Column("from_at", types.instant(), nullable=True),
        sa.Column("until_at", types.instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_access_document_id")
        ),
        sa.PrimaryKeyConstraint(
            "principal", "secrecy", "document_id", "window", name=op.f("pk_access")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_access_document_id", "access", ["document_id"], unique=False)
    op.create_index(
        "ix_access_received",
        "access",
        ["principal", "secrecy", "received_on", "document_id", "from_at", "until_at"],
        unique=False,
    )
    op.create_index(
        "ix_access_title",
        "access",
        ["principal", "secrecy", "title_key", "document_id", "from_at", "until_at"],
        unique=False,
    )
    op.create_table(
        "component",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("mismatch", sa.Boolean(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("added_at", types.instant(), nullable=False),
        sa.Column("text_state", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_message", sa.Text(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("attributes", sa.Text(), nullable=True),
        sa.Column("attachments", sa.Text(), nullable=True),
        sa.Column("signatures", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "text_state IN ('pending','done','none','failed')", name=op.f("ck_component_text_state")
        ),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_component_size")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_component_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["object_name"], ["stored_object.name"], name=op.f("fk_component_object_name")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint(
            "document_id", "position", name=op.f("uq_component_document_id_position")
        ),
        sa.UniqueConstraint("object_name", name=op.f("uq_component_object_name")),
    )
    op.create_index(op.f("ix_component_sha256"), "component", ["sha256"], unique=False)
    op.create_table(
        "correction",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrected_at", types.instant(), nullable=False),
        sa.Column("corrected_by", types.identifier(), nullable=True),
        sa.ForeignKeyConstraint(
            ["corrected_by"], ["user.id"], name=op.f("fk_correction_corrected_by")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_correction_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_document_id"), "correction", ["document_id"], unique=False)
    op.create_table(
        "grant",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("principal_kind", sa.Text(), nullable=False),
        sa.Column("principal_object_id", types.identifier(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_at", types.instant(), nullable=True),
        sa.Column("until_at", types.instant(), nullable=True),
        sa.Column("granted_at", types.instant(), nullable=False),
        sa.Column("granted_by", types.identifier(), nullable=True),
        sa.Column("revoked_at", types.instant(), nullable=True),
        sa.CheckConstraint(
            "principal_kind IN ('user','unit','group')", name=op.f("ck_grant_principal_kind")
        ),
        sa.CheckConstraint(
            "until_at IS NULL OR from_at IS NULL OR until_at > from_at",
            name=op.f("ck_grant_period"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_grant_document_id")
        ),
        sa.ForeignKeyConstraint(["granted_by"], ["user.id"], name=op.f("fk_grant_granted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant")),
    )
    op.create_index(op.f("ix_grant_document_id"), "grant", ["document_id"], unique=False)
    op.create_table(
        "registration",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("register_id", types.identifier(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("registered_at", types.instant(), nullable=False),
        sa.Column("registered_by", types.identifier(), nullable=True),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.CheckConstraint(
            "state <> 'voided' OR reason IS NOT NULL", name=op.f("ck_registration_reason")
        ),
        sa.CheckConstraint(
            "state IN ('current','moved','voided')", name=op.f("ck_registration_state")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_registration_number")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_registration_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_registration_register_id")
        ),
        sa.ForeignKeyConstraint(
            ["registered_by"], ["user.id"], name=op.f("fk_registration_registered_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint(
            "register_id", "year", "number", name=op.f("uq_registration_register_id_year_number")
        ),
    )
    op.create_index(
        op.f("ix_registration_document_id"), "registration", ["document_id"], unique=False
    )
    op.create_index(op.f("ix_registration_text"), "registration", ["text"], unique=False)
    op.create_table(
        "source_key",
        sa.Column("register_id", types.identifier(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_source_key_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_source_key_register_id")
        ),
        sa.PrimaryKeyConstraint("register_id", "sha256", "source_id", name=op.f("pk_source_key")),
    )
    op.create_table(
        "component_text",
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_component_text_component_id")
        ),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_component_text")),
    )
    op.create_table(
        "preview",
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_preview_component_id")
        ),
        sa.PrimaryKeyConstraint("component_id", "page", "width_px", name=op.f("pk_preview")),
    )
    op.execute("INSERT INTO log_head (id, size) VALUES (1, 0)")
    log_guard.guard(op.get_bind())


def downgrade() -> None:
    op.drop_table("upload_part")
    op.drop_index(op.f("ix_upload_created_at"), table_name="upload")
    op.drop_table("upload")
    log_guard.unguard(op.get_bind())
    op.drop_table("preview")
    op.drop_table("component_text")
    op.drop_table("source_key")
    op.drop_index(op.f("ix_registration_text"), table_name="registration")
    op.drop_index(op.f("ix_registration_document_id"), table_name="registration")
    op.drop_table("registration")
    op.drop_index(op.f("ix_grant_document_id"), table_name="grant")
    op.drop_table("grant")
    op.drop_index(op.f("ix_correction_document_id"), table_name="correction")
    op.drop_table("correction")
    op.drop_index(op.f("ix_component_sha256"), table_name="component")
    op.drop_table("component")
    op.drop_index("ix_access_title", table_name="access")
    op.drop_index("ix_access_received", table_name="access")
    op.drop_index("ix_access_document_id", table_name="access")
    op.drop_table("access")
    op.drop_table("register_counter")
    op.drop_table("post_role")
    op.drop_index(op.f("ix_number_gap_register_id_year"), table_name="number_gap")
    op.drop_table("number_gap")
    op.drop_index(op.f("ix_document_unit_id_id"), table_name="document")
    op.drop_index(op.f("ix_document_state_id"), table_name="document")
    op.drop_index(op.f("ix_document_kind_id"), table_name="document")
    op.drop_index(op.f("ix_document_urgency_id"), table_name="document")
    op.drop_index(op.f("ix_document_register_id_id"), table_name="document")
    op.drop_index(op.f("ix_document_document_number"), table_name="document")
    op.drop_index(op.f("ix_document_class_id_id"), table_name="document")
    op.drop_table("document")
    op.drop_index(op.f("ix_assignment_user_id"), table_name="assignment")
    op.drop_index(op.f("ix_assignment_post_id"), table_name="assignment")
    op.drop_table("assignment")
    op.drop_index(op.f("ix_user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_table("register")
    op.drop_index(op.f("ix_post_unit_id"), table_name="post")
    op.drop_table("post")
    op.drop_table("log_payload")
    op.drop_index(op.f("ix_log_object_sequence"), table_name="log_object")
    op.drop_table("log_object")
    op.drop_index(op.f("ix_identity_user_id"), table_name="identity")
    op.drop_table("identity")
    op.drop_index(op.f("ix_group_member_user_id"), table_name="group_member")
    op.drop_table("group_member")
    op.drop_index(op.f("ix_file_class_parent_id"), table_name="file_class")
    op.drop_table("file_class")
    op.drop_index(op.f("ix_api_token_user_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_index(op.f("ix_user_search_key"), table_name="user")
    op.drop_table("user")
    op.drop_index(op.f("ix_unit_parent_id"), table_name="unit")
    op.drop_table("unit")
    op.drop_table("stored_object")
    op.drop_table("sign_in_attempt")
    op.drop_index(op.f("ix_object_intent_created_at"), table_name="object_intent")
    op.drop_table("object_intent")
    op.drop_table("log_head")
    op.drop_table("log_entry")
    op.drop_index(op.f("ix_kept_answer_created_at"), table_name="kept_answer")
    op.drop_table("kept_answer")
    op.drop_index(op.f("ix_job_subject_id"), table_name="job")
    op.drop_index(op.f("ix_job_failed_at_run_after"), table_name="job")
    op.drop_table("job")
    op.drop_table("invitation")
    op.drop_table("group")
    op.drop_table("anonymous_refusal")
