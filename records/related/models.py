"""Tables of cited numbers, links, threads of mail, signatures of texts, near duplicates.

What says something of a document's content lies here by the id of the document or component, so
that it goes when they do; what only has to be compared is kept as a keyed digest (`tokens`).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class BorneNumber(Base):
    """The number that a document bears by its page face, known before a clerk confirms it."""

    __tablename__ = "borne_number"
    __table_args__ = (Index(None, "number"),)

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    number: Mapped[str]


class CitedNumber(Base):
    """A number that the text of a document mentions, once, in the strongest of its relations."""

    __tablename__ = "cited_number"
    __table_args__ = (
        CheckConstraint("kind IN ('answers','forwards','repeals','amends','cites')", name="kind"),
        Index(None, "number", "document_id"),
    )

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    position: Mapped[int]


class DocumentLink(Base):
    """A link that a person made between two documents."""

    __tablename__ = "document_link"
    __table_args__ = (
        UniqueConstraint("from_id", "to_id", "kind"),
        CheckConstraint("from_id <> to_id", name="apart"),
        CheckConstraint(
            "kind IN ('answers','forwards','repeals','amends','cites','belongs')", name="kind"
        ),
        Index(None, "to_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    from_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    kind: Mapped[str]
    reason: Mapped[str | None]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))


class MailMessage(Base):
    """A document that is a mail; `thread_id` is shared by those of one conversation.

    `message`, `subject` and `people` are tokens; `people` one after the other.
    """

    __tablename__ = "mail_message"
    __table_args__ = (
        Index(None, "message"),
        Index(None, "thread_id", "document_id"),
        Index(None, "subject", "document_id"),
    )

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    thread_id: Mapped[UUID]
    message: Mapped[bytes | None] = mapped_column(LargeBinary)
    subject: Mapped[bytes | None] = mapped_column(LargeBinary)
    people: Mapped[bytes] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime | None]


class MailReference(Base):
    """A mail that another one names as what it follows, as a token; it may never come in."""

    __tablename__ = "mail_reference"
    __table_args__ = (Index(None, "message"),)

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    message: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class TextTrace(Base):
    """The keyed signature of a component's text, of which no word can be told.

    `is_main` marks the first file with text of its document.
    """

    __tablename__ = "text_trace"
    __table_args__ = (Index(None, "document_id"),)

    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    is_main: Mapped[bool]
    bands: Mapped[bytes] = mapped_column(LargeBinary)


class TextBand(Base):
    """One band of a signature, by which texts that may be alike are found at once."""

    __tablename__ = "text_band"
    __table_args__ = ({"sqlite_with_rowid": False},)

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)


class NearTwin(Base):
    """Two documents that may be the same, in both directions; settled once somebody kept both."""

    __tablename__ = "near_twin"
    __table_args__ = (CheckConstraint("score > 0 AND score <= 1", name="score"),)

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    score: Mapped[float]
    reasons: Mapped[list[str]]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
