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
    counts what has none. `mail_due_at` is when it may be mailed, and empty once `mail_id` tells in
    which mail it went.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "cause"),
        Index(None, "user_id", "done_at", "id"),
        Index(None, "subject_id"),
        Index(None, "mail_due_at"),
        Index(None, "mail_id"),
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
    mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("mail.id"))


class Mail(Base):
    """One mail to one person, made of the notices that waited for it.

    `tries` counts how often it may have reached the mail server: it is counted before the mail is
    handed over, and counted back when the server surely did not take it. `failed_at` says that it
    is not tried again.
    """

    __tablename__ = "mail"
    __table_args__ = (CheckConstraint("tries BETWEEN 0 AND 2", name="tries"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]


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
