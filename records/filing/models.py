"""Tables of rules of filing, what was learned, what is suggested."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class FilingRule(Base):
    """A rule that the office wrote: documents like this go there.

    All conditions that are set must hold; `words` must all occur. The first active rule by
    position that has something to say about a field says it.
    """

    __tablename__ = "filing_rule"
    __table_args__ = (
        CheckConstraint(
            "class_id IS NOT NULL OR unit_id IS NOT NULL OR route_id IS NOT NULL", name="result"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    sender: Mapped[str | None]
    words: Mapped[list[str]]
    number_prefix: Mapped[str | None]
    kind: Mapped[str | None]
    register_id: Mapped[UUID | None] = mapped_column(ForeignKey("register.id"))
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("file_class.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    # No foreign key: a unit may remove its route, and the rule then says nothing about routes.
    route_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class FilingTrait(Base):
    """What filing is judged by, of one document; its label stands in the document itself.

    `sender_key` and `series` (the number without year and count) are what reasons count by.
    `sealed` holds hashed features under the data key of `component_id`, so that they are gone when
    the component is; a document without files has none. `route_id` is the saved route that its
    last round followed.
    """

    __tablename__ = "filing_trait"
    __table_args__ = (
        Index(None, "sender_key", "document_id"),
        Index(None, "series", "document_id"),
    )

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    # No foreign key: a component can be destroyed, and its features are noise from then on.
    component_id: Mapped[UUID | None]
    sender_key: Mapped[str | None]
    series: Mapped[str | None]
    route_id: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class FilingSuggestionRow(Base):
    """What was worked out for one document.

    `classes` is a list of `[class id, confidence]`, the likeliest first; `rules` the ids of the
    rules that apply, in order.
    """

    __tablename__ = "filing_suggestion"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    classes: Mapped[list[Any]]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    unit_confidence: Mapped[float | None]
    route_id: Mapped[UUID | None]
    route_confidence: Mapped[float | None]
    rules: Mapped[list[str]]
    made_at: Mapped[datetime]


class FilingModel(Base):
    """What was learned of all filings: arrays of numbers, sealed under a key of their own."""

    __tablename__ = "filing_model"

    name: Mapped[str] = mapped_column(primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    examples: Mapped[int]
    learned_at: Mapped[datetime]
