"""Large files in parts, for browsers and programs alike: one set of acts behind two doors.

The door decides how the caller is known: under `/api/v1/uploads` by a token, under `/uploads` by
the session's cookie and its forgery token.
"""

from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.documents.uploads import (
    Upload,
    begin_upload,
    drop_upload,
    get_upload,
    keep_part,
    parts_of,
    whole_upload,
)
from web.boundary import office, reading, writing
from web.receiving import ReceivedForm, body_stream, pieces
from web.session import actor


def begin(uow: UnitOfWork, *, name: str, size_bytes: int) -> dict[str, Any]:
    """Announce a file."""
    limit_bytes = office().config.upload_limit_bytes
    upload = begin_upload(uow, actor(), name=name, size_bytes=size_bytes, limit_bytes=limit_bytes)
    return _shown(upload, [])


def show(upload_id: UUID) -> dict[str, Any]:
    """Tell which parts are here."""
    with reading() as uow:
        upload = get_upload(uow, actor(), upload_id)
        return _shown(upload, parts_of(uow, upload))


def take_part(upload_id: UUID, number: int) -> None:
    """Take the body of this request as one part, encrypted as it comes.

    Raises:
        TooLarge: It is larger than this part.
    """
    with reading() as uow:
        expected = get_upload(uow, actor(), upload_id).part_size(number)
    vault = office().vault
    stream = body_stream(expected)
    received = vault.receive(pieces(stream), limit_bytes=expected, file_name=None)
    try:
        with writing() as uow:
            keep_part(uow, actor(), vault, upload_id=upload_id, number=number, received=received)
    except BaseException:
        vault.discard(received)
        raise


def drop(upload_id: UUID) -> None:
    """Forget an upload."""
    with writing() as uow:
        drop_upload(uow, actor(), office().vault, upload_id)


def upload_id_of(text: str | None) -> UUID | None:
    """Return the id of an upload that a form names instead of a file.

    Raises:
        Invalid: It is none.
    """
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("There is no such upload.", field="upload") from None


def take_whole(form: ReceivedForm, upload_id: UUID) -> None:
    """Pass the parts of an upload through the vault, as the original of a form.

    Raises:
        Invalid: There is none for this caller, or parts are missing.
    """
    vault = office().vault
    with reading() as uow:
        try:
            whole = whole_upload(uow, actor(), vault, upload_id)
        except NotFound:
            raise Invalid("There is no such upload.", field="upload") from None
    limit_bytes = whole.size_bytes
    received = vault.receive(whole.pieces(vault), limit_bytes=limit_bytes, file_name=whole.name)
    form.files.insert(0, ("file", whole.name, received))


def _shown(upload: Upload, parts: list[int]) -> dict[str, Any]:
    return {
        "id": str(upload.id),
        "name": upload.name,
        "size": upload.size_bytes,
        "part_bytes": upload.part_bytes,
        "parts": parts,
        "expires_at": upload.expires_at.isoformat(),
    }
