"""Seals, requests, the seal book and copies."""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_visit",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("minute", types.instant(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "minute", name=op.f("pk_check_visit")),
    )
    op.create_table(
        "seal_authority",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", types.instant(), nullable=False),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_authority")),
    )
    op.create_table(
        "seal",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("width_mm", sa.Double(), nullable=False),
        sa.Column("height_mm", sa.Double(), nullable=False),
        sa.Column("emblem", sa.Text(), nullable=True),
        sa.Column("material", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("unit_id", types.identifier(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("stop_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("keeper_id", types.identifier(), nullable=True),
        sa.Column("check_every_months", sa.Integer(), nullable=True),
        sa.Column("checked_at", types.instant(), nullable=True),
        sa.Column("check_due_on", sa.Date(), nullable=True),
        sa.Column("check_asked_on", sa.Date(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("created_at", types.instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('unit','contract','finance','legal_person','special')",
            name=op.f("ck_seal_kind"),
        ),
        sa.CheckConstraint(
            "shape IN ('round','oval','square','rectangle')", name=op.f("ck_seal_shape")
        ),
        sa.CheckConstraint(
            "state IN ('in_use','lent','lost','withdrawn','destroyed')", name=op.f("ck_seal_state")
        ),
        sa.CheckConstraint("stop_on IS NULL OR stop_on >= start_on", name=op.f("ck_seal_period")),
        sa.CheckConstraint("width_mm > 0 AND height_mm > 0", name=op.f("ck_seal_size")),
        sa.ForeignKeyConstraint(["keeper_id"], ["user.id"], name=op.f("fk_seal_keeper_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_seal_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
        sa.UniqueConstraint("code", name=op.f("uq_seal_code")),
        sa.UniqueConstraint("name", name=op.f("uq_seal_name")),
    )
    op.create_index(op.f("ix_seal_check_due_on"), "seal", ["check_due_on"], unique=False)
    op.create_index(op.f("ix_seal_keeper_id"), "seal", ["keeper_id"], unique=False)
    op.create_index(op.f("ix_seal_unit_id"), "seal", ["unit_id"], unique=False)
    op.create_table(
        "seal_certificate",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", types.instant(), nullable=False),
        sa.Column("not_after", types.instant(), nullable=False),
        sa.Column("added_at", types.instant(), nullable=False),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(source = 'pkcs11') = (token IS NOT NULL)", name=op.f("ck_seal_certificate_token")
        ),
        sa.CheckConstraint(
            "source IN ('self_issued','pkcs12','pkcs11')", name=op.f("ck_seal_certificate_source")
        ),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_certificate_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_certificate")),
    )
    op.create_index(
        op.f("ix_seal_certificate_seal_id_added_at"),
        "seal_certificate",
        ["seal_id", "added_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_seal_certificate_serial"), "seal_certificate", ["serial"], unique=False
    )
    op.create_table(
        "seal_change",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", types.instant(), nullable=False),
        sa.Column("by_id", types.identifier(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("witness", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state <> 'destroyed' OR witness IS NOT NULL", name=op.f("ck_seal_change_witness")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_seal_change_by_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_change_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_change")),
    )
    op.create_index(
        op.f("ix_seal_change_seal_id_at"), "seal_change", ["seal_id", "at"], unique=False
    )
    op.create_table(
        "seal_check",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("checked_at", types.instant(), nullable=False),
        sa.Column("checked_by", types.identifier(), nullable=False),
        sa.CheckConstraint(
            "result IN ('present','damaged','missing')", name=op.f("ck_seal_check_result")
        ),
        sa.ForeignKeyConstraint(["checked_by"], ["user.id"], name=op.f("fk_seal_check_checked_by")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_check_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_check")),
    )
    op.create_index(
        op.f("ix_seal_check_seal_id_checked_at"),
        "seal_check",
        ["seal_id", "checked_at"],
        unique=False,
    )
    op.create_table(
        "seal_counter",
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_seal_counter_last")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_counter_seal_id")),
        sa.PrimaryKeyConstraint("seal_id", "year", name=op.f("pk_seal_counter")),
    )
    op.create_table(
        "seal_handover",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("giver_id", types.identifier(), nullable=False),
        sa.Column("taker_id", types.identifier(), nullable=False),
        sa.Column("witness_id", types.identifier(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", types.instant(), nullable=False),
        sa.Column("giver_at", types.instant(), nullable=True),
        sa.Column("taker_at", types.instant(), nullable=True),
        sa.Column("witness_at", types.instant(), nullable=True),
        sa.Column("done_at", types.instant(), nullable=True),
        sa.Column("cancelled_at", types.instant(), nullable=True),
        sa.CheckConstraint(
            "done_at IS NULL OR (giver_at IS NOT NULL AND taker_at IS NOT NULL AND witness_at IS NOT NULL)",
            name=op.f("ck_seal_handover_done"),
        ),
        sa.CheckConstraint(
            "giver_id <> taker_id AND giver_id <> witness_id AND taker_id <> witness_id",
            name=op.f("ck_seal_handover_three"),
        ),
        sa.ForeignKeyConstraint(["giver_id"], ["user.id"], name=op.f("fk_seal_handover_giver_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_handover_seal_id")),
        sa.ForeignKeyConstraint(["taker_id"], ["user.id"], name=op.f("fk_seal_handover_taker_id")),
        sa.ForeignKeyConstraint(
            ["witness_id"], ["user.id"], name=op.f("fk_seal_handover_witness_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_handover")),
    )
    op.create_index(op.f("ix_seal_handover_giver_id"), "seal_handover", ["giver_id"], unique=False)
    op.create_index(
        op.f("ix_seal_handover_seal_id_asked_at"),
        "seal_handover",
        ["seal_id", "asked_at"],
        unique=False,
    )
    op.create_index(op.f("ix_seal_handover_taker_id"), "seal_handover", ["taker_id"], unique=False)
    op.create_index(
        op.f("ix_seal_handover_witness_id"), "seal_handover", ["witness_id"], unique=False
    )
    op.create_index(
        "uq_seal_handover_open",
        "seal_handover",
        ["seal_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_table(
        "seal_imprint",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", types.instant(), nullable=False),
        sa.Column("set_by", types.identifier(), nullable=True),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_imprint_seal_id")),
        sa.ForeignKeyConstraint(["set_by"], ["user.id"], name=op.f("fk_seal_imprint_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_imprint")),
    )
    op.create_index(
        op.f("ix_seal_imprint_seal_id_set_at"), "seal_imprint", ["seal_id", "set_at"], unique=False
    )
    op.create_table(
        "seal_rule_step",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("post_id", types.identifier(), nullable=True),
        sa.Column("when_matter", sa.Text(), nullable=True),
        sa.Column("when_amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("when_outside", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(approver = 'post') = (post_id IS NOT NULL)", name=op.f("ck_seal_rule_step_post")
        ),
        sa.CheckConstraint(
            "approver IN ('applicant_leader','seal_leader','post')",
            name=op.f("ck_seal_rule_step_approver"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_seal_rule_step_post_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_rule_step_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_rule_step")),
        sa.UniqueConstraint("seal_id", "position", name=op.f("uq_seal_rule_step_seal_id_position")),
    )
    op.create_table(
        "custody",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("keeper_id", types.identifier(), nullable=False),
        sa.Column("handover_id", types.identifier(), nullable=False),
        sa.Column("from_at", types.instant(), nullable=False),
        sa.Column("until_at", types.instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["seal_handover.id"], name=op.f("fk_custody_handover_id")
        ),
        sa.ForeignKeyConstraint(["keeper_id"], ["user.id"], name=op.f("fk_custody_keeper_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_custody_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody")),
    )
    op.create_index(op.f("ix_custody_keeper_id"), "custody", ["keeper_id"], unique=False)
    op.create_index(
        op.f("ix_custody_seal_id_from_at"), "custody", ["seal_id", "from_at"], unique=False
    )
    op.create_index(
        "uq_custody_running",
        "custody",
        ["seal_id"],
        unique=True,
        sqlite_where=sa.text("until_at IS NULL"),
        postgresql_where=sa.text("until_at IS NULL"),
    )
    op.create_table(
        "document_copy",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("for_whom", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", types.instant(), nullable=False),
        sa.Column("made_by", types.identifier(), nullable=False),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.Column("ended_by", types.identifier(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'out') = (ended_at IS NULL)", name=op.f("ck_document_copy_ended")
        ),
        sa.CheckConstraint(
            "state IN ('out','returned','destroyed')", name=op.f("ck_document_copy_state")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_document_copy_number")),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_document_copy_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_copy_document_id")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_document_copy_ended_by")),
        sa.ForeignKeyConstraint(["made_by"], ["user.id"], name=op.f("fk_document_copy_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_copy")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_copy_document_id_number")
        ),
    )
    op.create_table(
        "seal_request",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("component_id", types.identifier(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("applicant_id", types.identifier(), nullable=False),
        sa.Column("unit_id", types.identifier(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("matter_kind", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("cross_page", sa.Boolean(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("outside_place", sa.Text(), nullable=True),
        sa.Column("escort", sa.Text(), nullable=True),
        sa.Column("due_back_at", types.instant(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", types.instant(), nullable=False),
        sa.Column("approved_at", types.instant(), nullable=True),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.Column("ended_by", types.identifier(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('waiting','approved')) = (ended_at IS NULL)",
            name=op.f("ck_seal_request_ended"),
        ),
        sa.CheckConstraint(
            "medium <> 'electronic' OR (component_id IS NOT NULL AND NOT outside)",
            name=op.f("ck_seal_request_electronic"),
        ),
        sa.CheckConstraint("medium IN ('paper','electronic')", name=op.f("ck_seal_request_medium")),
        sa.CheckConstraint(
            "state IN ('waiting','approved','declined','refused','withdrawn','void','used')",
            name=op.f("ck_seal_request_state"),
        ),
        sa.CheckConstraint(
            "(component_id IS NULL) = (sha256 IS NULL)", name=op.f("ck_seal_request_digest")
        ),
        sa.CheckConstraint("copies > 0 AND pages > 0", name=op.f("ck_seal_request_counts")),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["user.id"], name=op.f("fk_seal_request_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_seal_request_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_seal_request_document_id")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_seal_request_ended_by")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_request_seal_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_seal_request_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_request")),
    )
    op.create_index(
        op.f("ix_seal_request_applicant_id_id"),
        "seal_request",
        ["applicant_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_seal_request_document_id_state"),
        "seal_request",
        ["document_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_seal_request_seal_id_state_id"),
        "seal_request",
        ["seal_id", "state", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_seal_request_state_id"), "seal_request", ["state", "id"], unique=False)
    op.create_table(
        "signature_check",
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("checked_at", types.instant(), nullable=False),
        sa.Column("verdicts", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_signature_check_component_id")
        ),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_signature_check")),
    )
    op.create_table(
        "seal_approval",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("request_id", types.identifier(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit_id", types.identifier(), nullable=True),
        sa.Column("post_id", types.identifier(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("began_at", types.instant(), nullable=True),
        sa.Column("decided_by", types.identifier(), nullable=True),
        sa.Column("on_behalf_of_id", types.identifier(), nullable=True),
        sa.Column("decided_at", types.instant(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('agreed','declined')) = (decided_at IS NOT NULL)",
            name=op.f("ck_seal_approval_decided"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting','current','agreed','declined','skipped')",
            name=op.f("ck_seal_approval_state"),
        ),
        sa.CheckConstraint(
            "(unit_id IS NULL) <> (post_id IS NULL)", name=op.f("ck_seal_approval_whose")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user.id"], name=op.f("fk_seal_approval_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["user.id"], name=op.f("fk_seal_approval_on_behalf_of_id")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_seal_approval_post_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["seal_request.id"], name=op.f("fk_seal_approval_request_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_seal_approval_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_approval")),
        sa.UniqueConstraint(
            "request_id", "position", name=op.f("uq_seal_approval_request_id_position")
        ),
    )
    op.create_index(
        op.f("ix_seal_approval_state_post_id"), "seal_approval", ["state", "post_id"], unique=False
    )
    op.create_index(
        op.f("ix_seal_approval_state_unit_id"), "seal_approval", ["state", "unit_id"], unique=False
    )
    op.create_table(
        "seal_stamping",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("request_id", types.identifier(), nullable=False),
        sa.Column("keeper_id", types.identifier(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_message", sa.Text(), nullable=True),
        sa.Column("asked_at", types.instant(), nullable=False),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting','done','failed')", name=op.f("ck_seal_stamping_state")
        ),
        sa.ForeignKeyConstraint(
            ["keeper_id"], ["user.id"], name=op.f("fk_seal_stamping_keeper_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["seal_request.id"], name=op.f("fk_seal_stamping_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_stamping")),
        sa.UniqueConstraint("code", name=op.f("uq_seal_stamping_code")),
    )
    op.create_index(
        op.f("ix_seal_stamping_request_id_asked_at"),
        "seal_stamping",
        ["request_id", "asked_at"],
        unique=False,
    )
    op.create_index(
        "uq_seal_stamping_waiting",
        "seal_stamping",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "seal_usage",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("seal_id", types.identifier(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("request_id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("component_id", types.identifier(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("result_id", types.identifier(), nullable=True),
        sa.Column("result_sha256", sa.Text(), nullable=True),
        sa.Column("certificate_id", types.identifier(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("placements", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("applicant_id", types.identifier(), nullable=False),
        sa.Column("unit_id", types.identifier(), nullable=False),
        sa.Column("keeper_id", types.identifier(), nullable=False),
        sa.Column("witness_id", types.identifier(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("used_at", types.instant(), nullable=False),
        sa.Column("copies_stamped", sa.Integer(), nullable=True),
        sa.Column("copies_spoilt", sa.Integer(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("escort", sa.Text(), nullable=True),
        sa.Column("due_back_at", types.instant(), nullable=True),
        sa.Column("returned_at", types.instant(), nullable=True),
        sa.Column("urged_at", types.instant(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", types.instant(), nullable=True),
        sa.Column("withdrawn_by", types.identifier(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(medium = 'electronic') = (result_id IS NOT NULL)", name=op.f("ck_seal_usage_result")
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR withdrawn_reason IS NOT NULL",
            name=op.f("ck_seal_usage_withdrawn"),
        ),
        sa.CheckConstraint("state IN ('valid','withdrawn')", name=op.f("ck_seal_usage_state")),
        sa.CheckConstraint("keeper_id <> applicant_id", name=op.f("ck_seal_usage_keeper")),
        sa.CheckConstraint("number > 0", name=op.f("ck_seal_usage_number")),
        sa.CheckConstraint(
            "outside OR copies_stamped IS NOT NULL", name=op.f("ck_seal_usage_copies")
        ),
        sa.CheckConstraint(
            "witness_id IS NULL OR witness_id <> keeper_id", name=op.f("ck_seal_usage_witness")
        ),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["user.id"], name=op.f("fk_seal_usage_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["seal_certificate.id"], name=op.f("fk_seal_usage_certificate_id")
        ),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_seal_usage_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_seal_usage_document_id")
        ),
        sa.ForeignKeyConstraint(["keeper_id"], ["user.id"], name=op.f("fk_seal_usage_keeper_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["seal_request.id"], name=op.f("fk_seal_usage_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["component.id"], name=op.f("fk_seal_usage_result_id")
        ),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_usage_seal_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_seal_usage_unit_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["user.id"], name=op.f("fk_seal_usage_withdrawn_by")
        ),
        sa.ForeignKeyConstraint(["witness_id"], ["user.id"], name=op.f("fk_seal_usage_witness_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_usage")),
        sa.UniqueConstraint("code", name=op.f("uq_seal_usage_code")),
        sa.UniqueConstraint("request_id", name=op.f("uq_seal_usage_request_id")),
        sa.UniqueConstraint("result_id", name=op.f("uq_seal_usage_result_id")),
        sa.UniqueConstraint(
            "seal_id", "year", "number", name=op.f("uq_seal_usage_seal_id_year_number")
        ),
    )
    op.create_index(op.f("ix_seal_usage_document_id"), "seal_usage", ["document_id"], unique=False)
    op.create_index(
        op.f("ix_seal_usage_result_sha256"), "seal_usage", ["result_sha256"], unique=False
    )
    op.create_index(
        op.f("ix_seal_usage_seal_id_used_at"), "seal_usage", ["seal_id", "used_at"], unique=False
    )
    op.create_index(
        "uq_seal_usage_out",
        "seal_usage",
        ["seal_id"],
        unique=True,
        sqlite_where=sa.text("outside AND returned_at IS NULL"),
        postgresql_where=sa.text("outside AND returned_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_seal_usage_out",
        table_name="seal_usage",
        sqlite_where=sa.text("outside AND returned_at IS NULL"),
        postgresql_where=sa.text("outside AND returned_at IS NULL"),
    )
    op.drop_index(op.f("ix_seal_usage_seal_id_used_at"), table_name="seal_usage")
    op.drop_index(op.f("ix_seal_usage_result_sha256"), table_name="seal_usage")
    op.drop_index(op.f("ix_seal_usage_document_id"), table_name="seal_usage")
    op.drop_table("seal_usage")
    op.drop_index(
        "uq_seal_stamping_waiting",
        table_name="seal_stamping",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(op.f("ix_seal_stamping_request_id_asked_at"), table_name="seal_stamping")
    op.drop_table("seal_stamping")
    op.drop_index(op.f("ix_seal_approval_state_unit_id"), table_name="seal_approval")
    op.drop_index(op.f("ix_seal_approval_state_post_id"), table_name="seal_approval")
    op.drop_table("seal_approval")
    op.drop_table("signature_check")
    op.drop_index(op.f("ix_seal_request_state_id"), table_name="seal_request")
    op.drop_index(op.f("ix_seal_request_seal_id_state_id"), table_name="seal_request")
    op.drop_index(op.f("ix_seal_request_document_id_state"), table_name="seal_request")
    op.drop_index(op.f("ix_seal_request_applicant_id_id"), table_name="seal_request")
    op.drop_table("seal_request")
    op.drop_table("document_copy")
    op.drop_index(
        "uq_custody_running",
        table_name="custody",
        sqlite_where=sa.text("until_at IS NULL"),
        postgresql_where=sa.text("until_at IS NULL"),
    )
    op.drop_index(op.f("ix_custody_seal_id_from_at"), table_name="custody")
    op.drop_index(op.f("ix_custody_keeper_id"), table_name="custody")
    op.drop_table("custody")
    op.drop_table("seal_rule_step")
    op.drop_index(op.f("ix_seal_imprint_seal_id_set_at"), table_name="seal_imprint")
    op.drop_table("seal_imprint")
    op.drop_index(
        "uq_seal_handover_open",
        table_name="seal_handover",
        sqlite_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
    )
    op.drop_index(op.f("ix_seal_handover_witness_id"), table_name="seal_handover")
    op.drop_index(op.f("ix_seal_handover_taker_id"), table_name="seal_handover")
    op.drop_index(op.f("ix_seal_handover_seal_id_asked_at"), table_name="seal_handover")
    op.drop_index(op.f("ix_seal_handover_giver_id"), table_name="seal_handover")
    op.drop_table("seal_handover")
    op.drop_table("seal_counter")
    op.drop_index(op.f("ix_seal_check_seal_id_checked_at"), table_name="seal_check")
    op.drop_table("seal_check")
    op.drop_index(op.f("ix_seal_change_seal_id_at"), table_name="seal_change")
    op.drop_table("seal_change")
    op.drop_index(op.f("ix_seal_certificate_serial"), table_name="seal_certificate")
    op.drop_index(op.f("ix_seal_certificate_seal_id_added_at"), table_name="seal_certificate")
    op.drop_table("seal_certificate")
    op.drop_index(op.f("ix_seal_unit_id"), table_name="seal")
    op.drop_index(op.f("ix_seal_keeper_id"), table_name="seal")
    op.drop_index(op.f("ix_seal_check_due_on"), table_name="seal")
    op.drop_table("seal")
    op.drop_table("seal_authority")
    op.drop_table("check_visit")
