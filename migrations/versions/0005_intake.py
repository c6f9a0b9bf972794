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
    op.add_column("component", sa.Column("left_out", sa.Text(), nullable=True))


def _related() -> None:
    """Make the tables of what belongs together."""
    op.create_table(
        "borne_number",
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_borne_number_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_borne_number")),
    )
    op.create_index(op.f("ix_borne_number_number"), "borne_number", ["number"], unique=False)
    op.create_table(
        "cited_number",
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('answers','forwards','repeals','amends','cites')",
            name=op.f("ck_cited_number_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_cited_number_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "number", name=op.f("pk_cited_number")),
    )
    op.create_index(
        op.f("ix_cited_number_number_document_id"),
        "cited_number",
        ["number", "document_id"],
        unique=False,
    )
    op.create_table(
        "document_link",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("from_id", types.identifier(), nullable=False),
        sa.Column("to_id", types.identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_at", types.instant(), nullable=False),
        sa.Column("made_by", types.identifier(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('answers','forwards','repeals','amends','cites','belongs')",
            name=op.f("ck_document_link_kind"),
        ),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_document_link_apart")),
        sa.ForeignKeyConstraint(
            ["from_id"], ["document.id"], name=op.f("fk_document_link_from_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["user.id"], name=op.f("fk_document_link_made_by")),
        sa.ForeignKeyConstraint(["to_id"], ["document.id"], name=op.f("fk_document_link_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_link")),
        sa.UniqueConstraint(
            "from_id", "to_id", "kind", name=op.f("uq_document_link_from_id_to_id_kind")
        ),
    )
    op.create_index(op.f("ix_document_link_to_id"), "document_link", ["to_id"], unique=False)
    op.create_table(
        "mail_message",
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("thread_id", types.identifier(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("people", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", types.instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_mail_message_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_mail_message")),
    )
    op.create_index(op.f("ix_mail_message_message"), "mail_message", ["message"], unique=False)
    op.create_index(
        op.f("ix_mail_message_subject_document_id"),
        "mail_message",
        ["subject", "document_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_mail_message_thread_id_document_id"),
        "mail_message",
        ["thread_id", "document_id"],
        unique=False,
    )
    op.create_table(
        "mail_reference",
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_mail_reference_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "message", name=op.f("pk_mail_reference")),
    )
    op.create_index(op.f("ix_mail_reference_message"), "mail_reference", ["message"], unique=False)
    op.create_table(
        "near_twin",
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("other_id", types.identifier(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("settled_at", types.instant(), nullable=True),
        sa.Column("settled_by", types.identifier(), nullable=True),
        sa.CheckConstraint("score > 0 AND score <= 1", name=op.f("ck_near_twin_score")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_near_twin_document_id")
        ),
        sa.ForeignKeyConstraint(["other_id"], ["document.id"], name=op.f("fk_near_twin_other_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["user.id"], name=op.f("fk_near_twin_settled_by")),
        sa.PrimaryKeyConstraint("document_id", "other_id", name=op.f("pk_near_twin")),
    )
    op.create_table(
        "text_band",
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_text_band_component_id")
        ),
        sa.PrimaryKeyConstraint("band", "component_id", name=op.f("pk_text_band")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "text_trace",
        sa.Column("component_id", types.identifier(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("bands", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_text_trace_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_text_trace_document_id")
        ),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_text_trace")),
    )
    op.create_index(op.f("ix_text_trace_document_id"), "text_trace", ["document_id"], unique=False)


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
        sa.Column("rotation", sa.Integer(), nullable=False),
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
    op.create_table(
        "channel_look",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("register_code", sa.Text(), nullable=False),
        sa.Column("looked_at", types.instant(), nullable=False),
        sa.Column("again_at", types.instant(), nullable=False),
        sa.Column("failing_since", types.instant(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_look")),
    )
    op.create_table(
        "arrival",
        sa.Column("id", types.identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("register_id", types.identifier(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("secrecy", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("sent_by", types.identifier(), nullable=True),
        sa.Column("arrived_at", types.instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", types.instant(), nullable=False),
        sa.Column("document_id", types.identifier(), nullable=True),
        sa.Column("ended_at", types.instant(), nullable=True),
        sa.Column("ended_by", types.identifier(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_arrival_ended")
        ),
        sa.CheckConstraint(
            "kind IN ('browser','rest','import','folder','mailbox')", name=op.f("ck_arrival_kind")
        ),
        sa.CheckConstraint(
            "state IN ('waiting','registered','given_up')", name=op.f("ck_arrival_state")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_arrival_document_id")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_arrival_ended_by")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_arrival_register_id")
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["user.id"], name=op.f("fk_arrival_sent_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("channel", "source_id", name=op.f("uq_arrival_channel_source_id")),
    )
    op.create_index(
        op.f("ix_arrival_register_id_source_id"),
        "arrival",
        ["register_id", "source_id"],
        unique=False,
    )
    op.create_index(op.f("ix_arrival_state_id"), "arrival", ["state", "id"], unique=False)
    op.create_table(
        "registered_mail",
        sa.Column("register_id", types.identifier(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("document_id", types.identifier(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_registered_mail_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_registered_mail_register_id")
        ),
        sa.PrimaryKeyConstraint("register_id", "source_id", name=op.f("pk_registered_mail")),
    )
    op.create_table(
        "arrival_file",
        sa.Column("arrival_id", types.identifier(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("mismatch", sa.Boolean(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["arrival_id"], ["arrival.id"], name=op.f("fk_arrival_file_arrival_id")
        ),
        sa.ForeignKeyConstraint(
            ["object_name"], ["stored_object.name"], name=op.f("fk_arrival_file_object_name")
        ),
        sa.PrimaryKeyConstraint("arrival_id", "position", name=op.f("pk_arrival_file")),
        sa.UniqueConstraint("object_name", name=op.f("uq_arrival_file_object_name")),
    )


def downgrade() -> None:
    _drop_channels()
    _drop_scans()
    _drop_filing()
    _drop_related()
    _drop_components()


def _drop_components() -> None:
    op.drop_column("component", "left_out")
    op.drop_column("component", "derived_from")


def _drop_related() -> None:
    """Undo `_related`."""
    op.drop_index(op.f("ix_text_trace_document_id"), table_name="text_trace")
    op.drop_table("text_trace")
    op.drop_table("text_band")
    op.drop_table("near_twin")
    op.drop_index(op.f("ix_mail_reference_message"), table_name="mail_reference")
    op.drop_table("mail_reference")
    op.drop_index(op.f("ix_mail_message_thread_id_document_id"), table_name="mail_message")
    op.drop_index(op.f("ix_mail_message_subject_document_id"), table_name="mail_message")
    op.drop_index(op.f("ix_mail_message_message"), table_name="mail_message")
    op.drop_table("mail_message")
    op.drop_index(op.f("ix_document_link_to_id"), table_name="document_link")
    op.drop_table("document_link")
    op.drop_index(op.f("ix_cited_number_number_document_id"), table_name="cited_number")
    op.drop_table("cited_number")
    op.drop_index(op.f("ix_borne_number_number"), table_name="borne_number")
    op.drop_table("borne_number")


def _drop_filing() -> None:
    """Undo `_filing`."""
    op.drop_table("filing_model")
    op.drop_table("filing_suggestion")
    op.drop_index(op.f("ix_filing_trait_series_document_id"), table_name="filing_trait")
    op.drop_index(op.f("ix_filing_trait_sender_key_document_id"), table_name="filing_trait")
    op.drop_table("filing_trait")
    op.drop_table("filing_rule")


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
    op.drop_table("arrival_file")
    op.drop_table("registered_mail")
    op.drop_index(op.f("ix_arrival_state_id"), table_name="arrival")
    op.drop_index(op.f("ix_arrival_register_id_source_id"), table_name="arrival")
    op.drop_table("arrival")
    op.drop_table("channel_look")
