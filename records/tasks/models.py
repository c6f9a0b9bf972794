"""Tables of tasks."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Task(Base):
    """What somebody owes about a document, by when, and what came of it.

    `source_id` is the reading item whose instruction it carries out; None for other tasks.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("state IN ('open','done','cancelled')", name="state"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done"),
        Index(None, "assignee_id", "state", "due_on", "id"),
        Index(None, "author_id", "state"),
        Index(None, "document_id"),
        Index(None, "source_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    source_id: Mapped[UUID | None]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    assignee_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]
    due_on: Mapped[date | None]
    state: Mapped[str]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    result: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
