"""What a document says, for the worker alone: the texts and the face of its files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from records.classification.face import FILLED_FROM, no_face
from records.core.database import UnitOfWork
from records.documents.faces import Face, open_face
from records.documents.models import Component, ComponentText, PageFace, StoredObject
from records.documents.rules import ComponentRole
from records.documents.texts import open_text
from storage import SealDamaged, Vault

MOST_FILES = 100
# A copy made of another file of the document says the same again.
_SAYS_IT_AGAIN = (ComponentRole.SEARCHABLE.value, ComponentRole.STAMPED.value)


@dataclass(frozen=True)
class FileText:
    """The text of one file.

    Attributes:
        is_main: The first file with text, which is what the document is.
        is_scanned: Its letters were recognised, so some may be wrong.
    """

    component_id: UUID
    pages: list[str]
    attributes: Mapping[str, str]
    face: Face
    is_main: bool
    is_scanned: bool


def file_texts(uow: UnitOfWork, vault: Vault, document_id: UUID) -> list[FileText]:
    """Return the texts of a document's files in order, at most `MOST_FILES`."""
    query = (
        _files()
        .where(Component.document_id == document_id, Component.role.not_in(_SAYS_IT_AGAIN))
        .order_by(Component.position)
        .limit(MOST_FILES)
    )
    found: list[FileText] = []
    for row in uow.session.execute(query):
        text = _opened(vault, row, is_main=not found)
        if text is not None:
            found.append(text)
    return found


def texts_of_files(
    uow: UnitOfWork, vault: Vault, component_ids: Iterable[UUID]
) -> dict[UUID, FileText]:
    """Return the texts of some files, by the id of the component."""
    query = _files().where(Component.id.in_(list(component_ids)))
    texts = (_opened(vault, row, is_main=False) for row in uow.session.execute(query))
    return {text.component_id: text for text in texts if text is not None}


def _files() -> Any:
    made = aliased(Component)
    searchable = exists().where(
        made.document_id == Component.document_id,
        made.derived_from == Component.id,
        made.role == ComponentRole.SEARCHABLE.value,
    )
    return (
        select(
            Component, StoredObject.wrapped_key, ComponentText.sealed, PageFace.sealed, searchable
        )
        .join(StoredObject, StoredObject.name == Component.object_name)
        .join(ComponentText, ComponentText.component_id == Component.id)
        .outerjoin(PageFace, PageFace.component_id == Component.id)
    )


def _opened(vault: Vault, row: Any, *, is_main: bool) -> FileText | None:
    component, wrapped_key, text, face, searchable = row
    try:
        pages = open_text(vault, wrapped_key, text)
        shown = open_face(vault, wrapped_key, face) if face else no_face()
    except SealDamaged:
        return None  # `chancery verify` names it
    attributes = component.attributes or {}
    # Of a scan a searchable copy is made.
    scanned = searchable or component.media_type.startswith("image/")
    return FileText(component.id, pages, attributes, shown, is_main, scanned)


def sure_value(face: Face, name: str) -> str | None:
    """Return a value of a face that is sure enough to be filled in."""
    found = face.get(name)
    if not found or found["confidence"] < FILLED_FROM or not isinstance(found["value"], str):
        return None
    return found["value"]
