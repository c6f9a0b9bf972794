"""Tables of the audit: the copies of checkpoints that went outside."""

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class CheckpointCopy(Base):
    """One checkpoint on its way to one place outside, or there.

    Attributes:
        place: Name of the place, without secrets.
        size: Entries that the checkpoint covers.
        done_at: When the place took it; None while it did not.
        error: Why it did not, at the last attempt.
        receipt: What the place gave for it: a timestamp, the version in a bucket, an answer.
    """

    __tablename__ = "checkpoint_copy"

    place: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tried_at: Mapped[datetime]
    attempts: Mapped[int]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None]
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)
