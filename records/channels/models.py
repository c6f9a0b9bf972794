"""Tables of arrivals, of the state of channels, and of the mail that was registered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Arrival(Base):
    """Something that came in and did not become a document, and why.

    Attributes:
        kind: The kind of the channel; `channel` is its name where there are several.
        source_id: What makes it the same when it comes again.
        message: Reason as a key of the catalogues, filled by `details`.
        place: Where the channel has laid it aside, below its own folder; None elsewhere.
        cells: Metadata that came along, as text.
        sent_by: Who sent it; None where a channel took it in.
    """

    __tablename__ = "arrival"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('browser','rest','import','folder','mailbox')",
            name="kind",
        ),
        CheckConstraint("state IN ('waiting','registered','given_up')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        UniqueConstraint("channel", "source_id"),
        Index(None, "state", "id"),
        Index(None, "register_id", "source_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    channel: Mapped[str]
    register_id: Mapped[UUID] = mapped_column(ForeignKey("register.id"))
    source_id: Mapped[str]
    secrecy: Mapped[int]
    name: Mapped[str]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    cells: Mapped[dict[str, str]]
    place: Mapped[str | None]
    state: Mapped[str]
    message: Mapped[str]
    details: Mapped[dict[str, Any]]
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    arrived_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=1)
    tried_at: Mapped[datetime]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    end_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ArrivalFile(Base):
    """A file that is kept until its arrival becomes a document or is given up."""

    __tablename__ = "arrival_file"

    arrival_id: Mapped[UUID] = mapped_column(ForeignKey("arrival.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    media_type: Mapped[str]
    mismatch: Mapped[bool]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    object_name: Mapped[str] = mapped_column(ForeignKey("stored_object.name"), unique=True)


class ChannelLook(Base):
    """The last look of a channel: when, what went wrong, and when it looks again.

    `message` and `details` are None while all is well.
    """

    __tablename__ = "channel_look"

    channel: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    register_code: Mapped[str]
    looked_at: Mapped[datetime]
    again_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    message: Mapped[str | None]
    details: Mapped[dict[str, Any] | None]


class RegisteredMail(Base):
    """A message that became a document: by its Message-ID, whatever way it came.

    `digest` is over what the sender wrote, without the marks that servers leave on the way; None
    where it was not taken.
    """

    __tablename__ = "registered_mail"

    register_id: Mapped[UUID] = mapped_column(ForeignKey("register.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
