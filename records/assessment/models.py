"""The table of what the four checks found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Assessment(Base):
    """The four checks of one document at one time.

    `findings` are `rules.Finding` as JSON: names of files and fields, and nothing of their
    content. The newest of a document is `is_current`.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        CheckConstraint("outcome IN ('passed', 'warning', 'failed')", name="outcome"),
        CheckConstraint("cause IN ('receipt', 'periodic', 'asked')", name="cause"),
        Index(None, "document_id", "is_current"),
        Index(None, "is_current", "outcome", "id"),
        Index(None, "is_current", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    cause: Mapped[str]
    outcome: Mapped[str]
    findings: Mapped[list[Any]]
    made_at: Mapped[datetime]
    is_current: Mapped[bool]
