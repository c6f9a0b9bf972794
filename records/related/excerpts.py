"""How mails begin: a few words of each, so that a thread can be followed without opening them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.documents.models import Component, ComponentText, StoredObject
from records.documents.texts import open_text
from storage import StorageError, Vault

EXCERPT_CHARS = 200
_QUOTES = (">", "|")


def excerpts_of(uow: UnitOfWork, vault: Vault, document_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return how the first files of documents that were found visible begin, in one statement.

    Left out are those whose text is not read yet, or cannot be opened any more.
    """
    query = (
        select(
            Component.document_id, Component.attributes, StoredObject.wrapped_key,
            ComponentText.sealed,
        )
        .join(StoredObject, StoredObject.name == Component.object_name)
        .join(ComponentText, ComponentText.component_id == Component.id)
        .where(Component.document_id.in_(document_ids), Component.position == 0)
    )  # fmt: skip
    found: dict[UUID, str] = {}
    for document_id, attributes, wrapped_key, sealed in uow.session.execute(query):
        try:
            pages = open_text(vault, wrapped_key, sealed)
        except StorageError:
            continue
        if pages:
            found[document_id] = beginning(pages[0], (attributes or {}).get("subject", ""))
    return found


def beginning(text: str, subject: str = "") -> str:
    """Return the first words of a mail, without its subject and without what it quotes."""
    lines = [line.strip() for line in text.splitlines()]
    if lines and lines[0] == subject.strip():
        del lines[0]
    said = " ".join(line for line in lines if line and not line.startswith(_QUOTES))
    if len(said) <= EXCERPT_CHARS:
        return said
    cut = said[:EXCERPT_CHARS]
    # Not in the middle of a word, where there are spaces between words.
    return f"{cut.rpartition(' ')[0] if ' ' in cut[-30:] else cut} …"
