"""Tables of documents: the document, its components and what hangs on them, grants and access."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Document(Base):
    """What was registered, with its metadata.

    `number`, `register_id` and `clerk_unit_id` repeat the current registration, so that a list
    reads one table; `title_key` orders titles (see `title_key` in `visibility`).
    """

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("secrecy BETWEEN 0 AND 4", name="secrecy"),
        CheckConstraint("state IN ('registered','checked','filed','voided')", name="state"),
        CheckConstraint("urgency IN ('routine','urgent','flash')", name="urgency"),
        CheckConstraint("medium IN ('paper','electronic','both')", name="medium"),
        CheckConstraint("text_state IN ('pending','done','none','failed')", name="text_state"),
        CheckConstraint(
            "state <> 'filed' OR (class_id IS NOT NULL AND filed_at IS NOT NULL)", name="filed"
        ),
        Index(None, "class_id", "id"),
        Index(None, "register_id", "id"),
        Index(None, "unit_id", "id"),
        Index(None, "state", "id"),
        Index(None, "kind", "id"),
        Index(None, "urgency", "id"),
        Index(None, "document_number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    register_id: Mapped[UUID] = mapped_column(ForeignKey("register.id"))
    clerk_unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[str]
    state: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str | None]
    sender: Mapped[str | None]
    addressee: Mapped[str | None]
    document_number_raw: Mapped[str | None]
    document_number: Mapped[str | None]
    written_on: Mapped[date | None]
    printed_on: Mapped[date | None]
    received_on: Mapped[date]
    urgency: Mapped[str]
    secrecy: Mapped[int]
    secrecy_term: Mapped[str | None]
    page_count: Mapped[int | None]
    copies: Mapped[int | None]
    medium: Mapped[str]
    keywords: Mapped[list[str]]
    remarks: Mapped[str | None]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("file_class.id"))
    text_state: Mapped[str]
    text_reason: Mapped[str | None]
    registered_at: Mapped[datetime]
    registered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    checked_at: Mapped[datetime | None]
    filed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class StoredObject(Base):
    """One object in the store and the wrapped key that opens it; without the key it is noise."""

    __tablename__ = "stored_object"

    name: Mapped[str] = mapped_column(primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    stored_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(index=True)


class ObjectIntent(Base):
    """An object that is being put into the store and may turn out an orphan."""

    __tablename__ = "object_intent"

    name: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Component(Base):
    """One stored file of a document.

    `derived_from` is the component of the same document that it was made from or taken out of, for
    the roles in `rules.DERIVED_ROLES`. `left_out` names what stayed inside a container that was
    unpacked, with the reasons; None where nothing was unpacked.
    """

    __tablename__ = "component"
    __table_args__ = (
        UniqueConstraint("document_id", "position"),
        CheckConstraint("text_state IN ('pending','done','none','failed')", name="text_state"),
        CheckConstraint("size_bytes >= 0", name="size"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    position: Mapped[int]
    role: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    mismatch: Mapped[bool]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(index=True)
    object_name: Mapped[str] = mapped_column(ForeignKey("stored_object.name"), unique=True)
    added_at: Mapped[datetime]
    text_state: Mapped[str]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]
    page_count: Mapped[int | None]
    attributes: Mapped[dict[str, str] | None]
    attachments: Mapped[list[Any] | None]
    signatures: Mapped[int | None]
    derived_from: Mapped[UUID | None]
    left_out: Mapped[list[Any] | None]


class ComponentText(Base):
    """What a component says, compressed and encrypted under its own data key."""

    __tablename__ = "component_text"

    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class PageFace(Base):
    """What was read from the page face of a component, encrypted under its own data key."""

    __tablename__ = "page_face"

    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Preview(Base):
    """A cached page picture, encrypted under the component's data key; it may be thrown away."""

    __tablename__ = "preview"

    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    width_px: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class DocumentCopy(Base):
    """A numbered copy (份号) of a component on paper: for whom, and what became of it."""

    __tablename__ = "document_copy"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("state IN ('out','returned','destroyed')", name="state"),
        CheckConstraint("(state = 'out') = (ended_at IS NULL)", name="ended"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"))
    number: Mapped[int]
    for_whom: Mapped[str]
    purpose: Mapped[str | None]
    state: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    end_reason: Mapped[str | None]


class Correction(Base):
    """A change after filing: what it was, what it is, and why."""

    __tablename__ = "correction"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    field: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    reason: Mapped[str]
    corrected_at: Mapped[datetime]
    corrected_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class Grant(Base):
    """A right to see one document, given to a person, a unit or a group, for a reason.

    `source_id` is the reading item, task or the like that the right comes from; None where a person
    shared the document.
    """

    __tablename__ = "grant"
    __table_args__ = (
        CheckConstraint("principal_kind IN ('user','unit','group')", name="principal_kind"),
        CheckConstraint("until_at IS NULL OR from_at IS NULL OR until_at > from_at", name="period"),
        Index(None, "document_id"),
        Index(None, "source_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    principal_kind: Mapped[str]
    principal_object_id: Mapped[UUID]
    reason: Mapped[str]
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    granted_at: Mapped[datetime]
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None]
    source_id: Mapped[UUID | None]


class BrokenGlass(Base):
    """One attempt to see a document in an emergency (`records.documents.emergency`).

    `until_at` is empty where it was in vain: then `document_id` is empty, or the document is above
    the clearance of who asked. `asked` is what was typed.
    """

    __tablename__ = "broken_glass"
    __table_args__ = (
        CheckConstraint("until_at IS NULL OR document_id IS NOT NULL", name="opened"),
        CheckConstraint("ended_at IS NULL OR until_at IS NOT NULL", name="ended"),
        Index(None, "document_id"),
        Index(None, "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    asked: Mapped[str]
    reason: Mapped[str]
    broken_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


_RANGE = ("principal", "secrecy")
_WINDOW = ("from_at", "until_at")


class Access(Base):
    """The visibility rule, worked out: one row per document and capacity that may see it.

    The sort keys stand here too, so that a page of a list is a few short index ranges, whether a
    person sees everything or one document in ten thousand. Written by `visibility.refresh_access`
    alone.
    """

    __tablename__ = "access"
    __table_args__ = (
        # With the window at the end, a page is read from the index alone.
        Index("ix_access_received", *_RANGE, "received_on", "document_id", *_WINDOW),
        Index("ix_access_title", *_RANGE, "title_key", "document_id", *_WINDOW),
        Index("ix_access_document_id", "document_id"),
        {"sqlite_with_rowid": False},
    )

    principal: Mapped[UUID] = mapped_column(primary_key=True)
    secrecy: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    window: Mapped[int] = mapped_column(primary_key=True)
    received_on: Mapped[date]
    title_key: Mapped[bytes] = mapped_column(LargeBinary)
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
