"""Tables of scans: how far recognition is, the pages it has brought, and how stacks were split."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Recognition(Base):
    """How far the recognition of one component is; begun anew, it gets another `run`."""

    __tablename__ = "recognition"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','running','done','failed','missing')", name="state"),
        CheckConstraint("pages_done >= 0", name="pages_done"),
        Index(None, "document_id"),
        Index(None, "state"),
    )

    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    run: Mapped[UUID]
    state: Mapped[str]
    languages: Mapped[str | None]
    pages_done: Mapped[int]
    pages_total: Mapped[int | None]
    confidence: Mapped[float | None]
    cpu_seconds: Mapped[float]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]


class RecognisedPage(Base):
    """One page as it was recognised, encrypted under its component's own data key.

    `rotation` says by how many degrees clockwise the page is shown turned, to stand upright.
    """

    __tablename__ = "recognised_page"

    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    rotation: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Stack(Base):
    """What was seen on the pages of a component without reading them: separator sheets, blanks.

    What the sheets say is content, so it lies sealed under the component's own data key.
    """

    __tablename__ = "stack"

    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)
    page_count: Mapped[int]
    sheets: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    looked_at: Mapped[datetime]


class Split(Base):
    """A stack that is to become several documents: which pages, under which values.

    `wanted` holds the parts as `plans.Part` writes them: pages, turns and codes, no content. The
    state `awaited` means that it is split by itself as soon as its sheets have been found.
    `book_reason` is what will stand in the book behind the number of the stack.
    """

    __tablename__ = "split"
    __table_args__ = (
        CheckConstraint("state IN ('awaited','waiting','done','failed')", name="state"),
        Index(None, "component_id"),
    )

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"))
    state: Mapped[str]
    wanted: Mapped[list[Any] | None]
    book_reason: Mapped[str]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]


class SplitPart(Base):
    """A document that was taken out of a stack, and which of its pages it has."""

    __tablename__ = "split_part"
    __table_args__ = (Index(None, "stack_id", "position"),)

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    stack_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    position: Mapped[int]
    pages: Mapped[list[Any]]
