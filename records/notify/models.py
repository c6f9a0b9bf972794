"""Tables of notices, of the mail that carries them, and of what each person wants to be told."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Notice(Base):
    """One thing that one person is told, once: `cause` names it, and is there once per person.

    `done_at` is set when what it asks for is done, or was read where it asks for nothing; a badge
    counts what has none.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "cause"),
        Index(None, "user_id", "done_at", "id"),
        Index(None, "subject_id"),
        Index(None, "mail_due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str]
    cause: Mapped[str]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    subject_id: Mapped[UUID]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    mail_due_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class NoticeSettings(Base):
    """How one person wants to be told; without a row the defaults of `rules` hold."""

    __tablename__ = "notice_settings"
    __table_args__ = (CheckConstraint("mail IN ('at_once','daily','never')", name="mail"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    mail: Mapped[str]
    daily_at: Mapped[time]
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    muted: Mapped[list[str]]
