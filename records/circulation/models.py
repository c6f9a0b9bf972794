"""Tables of circulation: rounds, stages, items, receipts, routes, and where paper is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Round(Base):
    """One circulation of one document.

    `revision` counts the contents that were sent: it goes up when a component of the document
    changes while the round runs.
    """

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("purpose IN ('read','comment','approve')", name="purpose"),
        CheckConstraint(
            "state IN ('draft','running','complete','closed','recalled','discarded')", name="state"
        ),
        CheckConstraint("state IN ('draft','discarded') OR sent_at IS NOT NULL", name="sent"),
        Index(None, "document_id"),
        Index(None, "sender_id", "state", "id"),
        Index(None, "urger_id", "state"),
        Index(None, "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    sender_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    urger_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    purpose: Mapped[str]
    note: Mapped[str | None]
    state: Mapped[str]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    content_changed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    end_reason: Mapped[str | None]
    remind_before_hours: Mapped[int] = mapped_column(default=24)
    repeat_hours: Mapped[int] = mapped_column(default=24)
    escalate_after_hours: Mapped[int | None]
    escalate_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class RoundContent(Base):
    """What was sent: the components in order, with the SHA-256 of their original bytes."""

    __tablename__ = "round_content"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"))
    sha256: Mapped[str]


class Stage(Base):
    """One stage of a round: its readers read in parallel.

    `due_days` are working days from its beginning, from which `due_at` follows; the round's own
    deadline holds where there is none.
    """

    __tablename__ = "stage"
    __table_args__ = (
        UniqueConstraint("round_id", "position"),
        CheckConstraint("state IN ('waiting','running','done')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id"))
    position: Mapped[int]
    state: Mapped[str]
    due_days: Mapped[int | None]
    due_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ReadingItem(Base):
    """What one reader has to read in one stage.

    `on_behalf_of_id` is the reader who delegated it; `previous_id` the item that it follows: one
    that was delegated, or returned and sent again, or signed before the content changed. A
    returned item holds its stage until `settled_at`. `next_urge_at` is when the service looks at
    it again.
    """

    __tablename__ = "reading_item"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting','delivered','opened','signed','returned','delegated','skipped',"
            "'recalled')",
            name="state",
        ),
        CheckConstraint(
            "(state IN ('waiting','delivered','opened')) = (ended_at IS NULL)", name="ended"
        ),
        Index(None, "round_id", "stage_id", "position"),
        Index(None, "stage_id", "state"),
        # The desk: what a reader holds, overdue first.
        Index("ix_reading_item_desk", "reader_id", "state", "due_at", "id"),
        Index(None, "next_urge_at"),
        Index(None, "document_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id"))
    stage_id: Mapped[UUID] = mapped_column(ForeignKey("stage.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    position: Mapped[int]
    reader_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    on_behalf_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    previous_id: Mapped[UUID | None] = mapped_column(ForeignKey("reading_item.id"))
    state: Mapped[str]
    revision: Mapped[int]
    due_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    opinion: Mapped[str | None]
    urged_at: Mapped[datetime | None]
    urge_count: Mapped[int] = mapped_column(default=0)
    next_urge_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class PageReading(Base):
    """Which page of an item's content was shown to its reader, and for how long."""

    __tablename__ = "page_reading"
    __table_args__ = (CheckConstraint("seconds >= 0", name="seconds"),)

    item_id: Mapped[UUID] = mapped_column(ForeignKey("reading_item.id"), primary_key=True)
    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[int]
    first_at: Mapped[datetime]


class Receipt(Base):
    """The signed proof that a reader read this exact content; never changed.

    `body` is the canonical JSON that was signed, `signature` how (see `docs/formats/receipt.md`);
    `handwriting` is a small PNG, sealed under `wrapped_key`.
    """

    __tablename__ = "receipt"
    __table_args__ = (Index(None, "signer_id"), Index(None, "document_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("reading_item.id"), unique=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    signer_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    key_id: Mapped[UUID] = mapped_column(ForeignKey("signing_key.id"))
    body: Mapped[str]
    signature: Mapped[dict[str, Any]]
    handwriting: Mapped[bytes | None] = mapped_column(LargeBinary)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime]


class Reminder(Base):
    """One reminder of one item: by the rule, or by somebody's hand."""

    __tablename__ = "reminder"
    __table_args__ = (
        CheckConstraint("kind IN ('due_soon','due','overdue','escalated','by_hand')", name="kind"),
        UniqueConstraint("item_id", "kind", "count"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("reading_item.id"))
    kind: Mapped[str]
    count: Mapped[int]
    to_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    reminded_at: Mapped[datetime]


class Route(Base):
    """A saved set of stages that a unit uses again.

    `stages` is a list of `{"readers": [{"kind": "user"|"post"|"group", "id": "…"}],
    "due_days": n or null}`.
    """

    __tablename__ = "route"
    __table_args__ = (
        UniqueConstraint("unit_id", "name"),
        CheckConstraint("purpose IN ('read','comment','approve')", name="purpose"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str]
    purpose: Mapped[str]
    stages: Mapped[list[Any]]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class OpinionPhrase(Base):
    """An opinion that a reader uses often."""

    __tablename__ = "opinion_phrase"
    __table_args__ = (UniqueConstraint("user_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    position: Mapped[int]
    text: Mapped[str]


class PaperHolding(Base):
    """Who has, or had, the paper original: from the hand-over on, confirmed by the taker.

    The newest confirmed row of a document tells who holds it; a row without `confirmed_at` is a
    hand-over that the taker has not confirmed yet.
    """

    __tablename__ = "paper_holding"
    __table_args__ = (
        CheckConstraint("confirmed_by_way IN ('taker','label')", name="way"),
        Index(None, "document_id", "id"),
        Index(None, "holder_id", "confirmed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    place: Mapped[str | None]
    note: Mapped[str | None]
    handed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_way: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]


class DocumentLabel(Base):
    """The random code that stands in the QR label on a paper original."""

    __tablename__ = "document_label"

    code: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
    created_at: Mapped[datetime]
