"""Page faces: read with the text, kept sealed beside it, read anew from the text at any time."""

import json
import logging
import zlib
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.classification.face import no_face, read_face
from records.core.database import UnitOfWork
from records.documents.models import Component, ComponentText, PageFace, StoredObject
from records.documents.texts import open_text
from records.documents.visibility import get_document
from records.people.rules import Actor
from search.reading import Reading
from storage import Vault

logger = logging.getLogger(__name__)

FACE_LABEL = "face"
Face = dict[str, Any]


def face_of_reading(reading: Reading) -> Face:
    """Return the fields of the page face of a file that was read."""
    try:
        return read_face(reading.pages, reading.layouts, reading.attributes).shown()
    except Exception:
        # The text is worth more than its face: a defect in the rules must not cost it.
        logger.exception("The page face of a file could not be read")
        return no_face()


def seal_face(vault: Vault, wrapped_key: bytes, face: Face) -> bytes:
    """Return a page face, compressed and encrypted under the data key of its component."""
    clear = zlib.compress(json.dumps(face, ensure_ascii=False).encode(), 6)
    return vault.seal(wrapped_key, FACE_LABEL, clear)


def open_face(vault: Vault, wrapped_key: bytes, sealed: bytes) -> Face:
    """Return the page face that `seal_face` closed."""
    face: Face = json.loads(zlib.decompress(vault.unseal(wrapped_key, FACE_LABEL, sealed)))
    # A field that came with a later version was not looked for.
    return {**no_face(), **face}


def document_face(uow: UnitOfWork, actor: Actor, vault: Vault, document_id: UUID) -> Face:
    """Return the page face of a document: that of its first file with text.

    Raises:
        NotFound: The document does not exist, or this person may not know that it does.
    """
    get_document(uow, actor, document_id)
    return face_with_place(uow, vault, document_id)[1]


def face_with_place(uow: UnitOfWork, vault: Vault, document_id: UUID) -> tuple[UUID | None, Face]:
    """Return the page face of a document that has been found visible, and the file it stands on.

    Files that were read before faces were kept are judged by their text alone, without places.
    """
    row = uow.session.execute(
        select(
            StoredObject.wrapped_key,
            PageFace.sealed,
            ComponentText.sealed,
            Component.attributes,
            Component.id,
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
        return None, no_face()
    wrapped_key, text, attributes, component_id = row[0], row[2], row[3], row[4]
    face: bytes | None = row[1]  # an outer join: there may be none
    if face is not None:
        return component_id, open_face(vault, wrapped_key, face)
    return component_id, read_face(open_text(vault, wrapped_key, text), (), attributes).shown()
