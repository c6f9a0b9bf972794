"""What a document is judged by: what was typed, else what was read from its page face."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from records.core.database import UnitOfWork
from records.documents.faces import Face, open_face
from records.documents.models import Component, ComponentText, Document, PageFace, StoredObject
from records.documents.texts import open_text
from records.filing.rules import TEXT_CHARACTERS, Facts
from storage import Vault

# A value that is less sure than this is not offered to the clerk either.
BELIEVED_FROM = 0.5
# A text of some hundred pages; what is longer is not opened while somebody waits.
MOST_SEALED_BYTES = 256 << 10


@dataclass(frozen=True)
class Seen:
    """A document with its facts, and the component whose text they hold, with its wrapped key."""

    document: Document
    facts: Facts
    component_id: UUID | None
    wrapped_key: bytes | None


def see_document(uow: UnitOfWork, vault: Vault, document_id: UUID) -> Seen | None:
    """Return the facts of a document, for the service itself; None when it is gone."""
    document = uow.session.get(Document, document_id)
    if document is None:
        return None
    row = uow.session.execute(
        select(
            Component.id,
            Component.name,
            StoredObject.wrapped_key,
            ComponentText.sealed,
            PageFace.sealed,
        )
        .select_from(Component)
        .join(StoredObject, StoredObject.name == Component.object_name)
        .join(ComponentText, ComponentText.component_id == Component.id)
        .outerjoin(PageFace, PageFace.component_id == Component.id)
        .where(Component.document_id == document_id)
        .order_by(Component.position)
        .limit(1)
    ).one_or_none()
    if row is None:
        return Seen(document, typed_facts(document), None, None)
    component_id, file_name, wrapped_key, text = row[:4]
    face: bytes | None = row[4]  # an outer join: there may be none
    pages = open_text(vault, wrapped_key, text)
    read = open_face(vault, wrapped_key, face) if face is not None else {}
    facts = _facts(document, file_name, read, beginning(pages))
    return Seen(document, facts, component_id, wrapped_key)


def typed_facts(document: Document) -> Facts:
    """Return what the document itself says, without its files."""
    return Facts(
        register_id=document.register_id,
        title=document.title,
        sender=document.sender,
        number=document.document_number,
        kind=document.kind,
        keywords=tuple(document.keywords),
    )


def beginning(pages: Sequence[str]) -> str:
    """Return the beginning of a text."""
    return "\n".join(_first(pages))[:TEXT_CHARACTERS]


def beginnings(uow: UnitOfWork, vault: Vault, document_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the beginnings of the texts of documents, in one query; very long texts are left out.

    Whoever asks has checked that these documents may be seen.
    """
    rows = uow.session.execute(
        select(Component.document_id, StoredObject.wrapped_key, ComponentText.sealed)
        .join(StoredObject, StoredObject.name == Component.object_name)
        .join(ComponentText, ComponentText.component_id == Component.id)
        .where(
            Component.document_id.in_(document_ids),
            func.length(ComponentText.sealed) <= MOST_SEALED_BYTES,
        )
        .order_by(Component.position.desc())
    )
    # The first file comes last, and stays.
    return {row[0]: beginning(open_text(vault, row[1], row[2])) for row in rows}


def _first(pages: Sequence[str]) -> Iterator[str]:
    left = TEXT_CHARACTERS
    for page in pages:
        if left <= 0:
            return
        yield page[:left]
        left -= len(page)


def _facts(document: Document, file_name: str, face: Face, text: str) -> Facts:
    # The name of the file stands in for a title that nobody has typed.
    named_by_file = document.title in (file_name, PurePosixPath(file_name).stem.strip())
    title = (_read(face, "title") or document.title) if named_by_file else document.title
    return Facts(
        register_id=document.register_id,
        title=title,
        sender=document.sender or _read(face, "issuer") or _read(face, "sender"),
        number=document.document_number
        or _read(face, "document_number")
        or _read(face, "our_reference"),
        kind=document.kind or _read(face, "kind"),
        keywords=tuple(document.keywords),
        text=text,
    )


def _read(face: Face, name: str) -> str | None:
    found: dict[str, Any] | None = face.get(name)
    if found is None or found["confidence"] < BELIEVED_FROM:
        return None
    value = found["value"]
    # Of joint issuers the first one leads.
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) and first else None
