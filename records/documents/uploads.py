"""Large files in parts: each part is encrypted as it comes and waits in the spool.

Any process of this machine can take any part, in any order, and again; whoever has them all names
the upload when registering, and its parts pass through the vault once more as one stream. What is
not used within a day is removed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base
from records.core.database import Database, UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.people.rules import Actor
from storage import Received, Vault

PART_BYTES = 8 * 1024 * 1024
KEPT_FOR = timedelta(hours=24)
MAX_OPEN = 50


class Upload(Base):
    """A file that is on its way in parts."""

    __tablename__ = "upload"
    __table_args__ = (CheckConstraint("size_bytes >= 0", name="size"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    part_bytes: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def expires_at(self) -> datetime:
        """When its parts are removed."""
        return self.created_at + KEPT_FOR

    @property
    def count(self) -> int:
        """How many parts it has; an empty file has none."""
        return -(-self.size_bytes // self.part_bytes)

    def part_size(self, number: int) -> int:
        """Return the bytes of a part: all are alike but the last.

        Raises:
            NotFound: It has no such part.
        """
        if not 0 <= number < self.count:
            raise NotFound
        return min(self.part_bytes, self.size_bytes - number * self.part_bytes)


class UploadPart(Base):
    """One part that is here: its file in the spool and the wrapped key that opens it."""

    __tablename__ = "upload_part"

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file: Mapped[str]
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True)
class Whole:
    """An upload of which all parts are here, in order."""

    name: str
    size_bytes: int
    parts: tuple[tuple[Path, bytes], ...]

    def pieces(self, vault: Vault) -> Iterator[bytes]:
        """Yield the clear bytes of the file."""
        for path, wrapped_key in self.parts:
            yield from vault.read_spooled(path, wrapped_key)


def begin_upload(
    uow: UnitOfWork, actor: Actor, *, name: str, size_bytes: int, limit_bytes: int
) -> Upload:
    """Announce a file; its parts may come from now on.

    Raises:
        Invalid: It is larger than the service takes.
        Conflict: This person has too many uploads open.
    """
    if size_bytes > limit_bytes:
        raise Invalid("This is larger than the service takes.", field="size")
    mine = select(Upload.id).where(
        Upload.user_id == actor.user_id, Upload.created_at > uow.now - KEPT_FOR
    )
    if len(uow.session.scalars(mine.limit(MAX_OPEN)).all()) >= MAX_OPEN:
        raise Conflict("Finish or drop some of your other uploads first.")
    upload = Upload(
        id=uow.new_id(),
        user_id=actor.user_id,
        name=name,
        size_bytes=size_bytes,
        part_bytes=PART_BYTES,
        created_at=uow.now,
    )
    uow.session.add(upload)
    return upload


def get_upload(uow: UnitOfWork, actor: Actor, upload_id: UUID) -> Upload:
    """Return an upload of one's own.

    Raises:
        NotFound: It is none, or has expired.
    """
    found = uow.session.get(Upload, upload_id)
    if found is None or found.user_id != actor.user_id or found.expires_at <= uow.now:
        raise NotFound
    return found


def parts_of(uow: UnitOfWork, upload: Upload) -> list[int]:
    """Return the numbers of the parts that are here."""
    query = select(UploadPart.number).where(UploadPart.upload_id == upload.id)
    return sorted(uow.session.scalars(query))


def keep_part(
    uow: UnitOfWork, actor: Actor, vault: Vault, *, upload_id: UUID, number: int, received: Received
) -> None:
    """Take a part that came in whole; the same part again replaces the one before.

    Raises:
        Invalid: It has another number of bytes than this part must have.
    """
    upload = get_upload(uow, actor, upload_id)
    if received.size_bytes != upload.part_size(number):
        raise Invalid(
            "This part has %(expected)d bytes, not %(found)d.",
            {"expected": upload.part_size(number), "found": received.size_bytes},
        )
    part = uow.session.get(UploadPart, (upload_id, number))
    if part is None:
        part = UploadPart(upload_id=upload_id, number=number)
        uow.session.add(part)
    else:
        old = vault.spool_dir / part.file
        uow.after_commit(lambda: old.unlink(missing_ok=True))
    part.file = received.spool_path.name
    part.wrapped_key = received.wrapped_key


def whole_upload(uow: UnitOfWork, actor: Actor, vault: Vault, upload_id: UUID) -> Whole:
    """Return an upload whose parts are all here.

    Raises:
        Conflict: Some are missing; `details["missing"]` lists the first hundred.
    """
    upload = get_upload(uow, actor, upload_id)
    query = select(UploadPart).where(UploadPart.upload_id == upload_id).order_by(UploadPart.number)
    parts = list(uow.session.scalars(query))
    missing = sorted(set(range(upload.count)) - {each.number for each in parts})
    if missing:
        raise Conflict("Some parts are missing.", {"missing": missing[:100]}, field="upload")
    files = tuple((vault.spool_dir / each.file, each.wrapped_key) for each in parts)
    return Whole(upload.name, upload.size_bytes, files)


def drop_upload(uow: UnitOfWork, actor: Actor, vault: Vault, upload_id: UUID) -> None:
    """Forget an upload; its parts go once that is durable."""
    get_upload(uow, actor, upload_id)
    _drop(uow, vault, [upload_id])


def drop_expired(database: Database, vault: Vault) -> int:
    """Forget uploads that nobody finished within a day; return how many."""
    with database.writing() as uow:
        query = select(Upload.id).where(Upload.created_at <= uow.now - KEPT_FOR)
        expired = list(uow.session.scalars(query))
        _drop(uow, vault, expired)
    return len(expired)


def _drop(uow: UnitOfWork, vault: Vault, upload_ids: list[UUID]) -> None:
    parts = UploadPart.upload_id.in_(upload_ids)
    files = list(uow.session.scalars(select(UploadPart.file).where(parts)))
    uow.session.execute(delete(UploadPart).where(parts))
    uow.session.execute(delete(Upload).where(Upload.id.in_(upload_ids)))

    def unlink() -> None:
        for file in files:
            (vault.spool_dir / file).unlink(missing_ok=True)

    uow.after_commit(unlink)
