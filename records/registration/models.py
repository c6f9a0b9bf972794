"""Tables of registration: the books, their counters, their lines, and declared gaps."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Register(Base):
    """A book with its own number series, kept by the clerks of one unit."""

    __tablename__ = "register"
    __table_args__ = (
        CheckConstraint("kind IN ('incoming','outgoing','internal')", name="kind"),
        CheckConstraint("ceiling BETWEEN 0 AND 4", name="ceiling"),
        CheckConstraint("padding BETWEEN 1 AND 9", name="padding"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    clerk_unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    pattern: Mapped[str]
    padding: Mapped[int]
    ceiling: Mapped[int]
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class RegisterCounter(Base):
    """The last number that a register has given in a year."""

    __tablename__ = "register_counter"
    __table_args__ = (CheckConstraint("last >= 0", name="last"),)

    register_id: Mapped[UUID] = mapped_column(ForeignKey("register.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Registration(Base):
    """One line of a book. The database itself refuses the same number twice."""

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("register_id", "year", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("state IN ('current','moved','voided')", name="state"),
        CheckConstraint("state <> 'voided' OR reason IS NOT NULL", name="reason"),
        Index(None, "document_id"),
        Index(None, "text"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    register_id: Mapped[UUID] = mapped_column(ForeignKey("register.id"))
    year: Mapped[int]
    number: Mapped[int]
    text: Mapped[str]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    state: Mapped[str]
    reason: Mapped[str | None]
    registered_at: Mapped[datetime]
    registered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]


class NumberGap(Base):
    """Numbers that an old book never gave, declared when it was brought in."""

    __tablename__ = "number_gap"
    __table_args__ = (
        CheckConstraint("first > 0 AND last >= first", name="range"),
        Index(None, "register_id", "year"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    register_id: Mapped[UUID] = mapped_column(ForeignKey("register.id"))
    year: Mapped[int]
    first: Mapped[int]
    last: Mapped[int]
    declared_at: Mapped[datetime]


class SourceKey(Base):
    """The file of a source that became a document, so that repeated intake registers it once."""

    __tablename__ = "source_key"

    register_id: Mapped[UUID] = mapped_column(ForeignKey("register.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
