"""Documents like one: asked of the index with its telling words, within what the reader may see."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.documents.listing import DocumentLine, lines_of
from records.documents.models import Component, ComponentText, Document, StoredObject
from records.documents.rules import DocumentState
from records.documents.texts import open_text
from records.documents.visibility import get_document, visible_ids
from records.finding.reader import IndexReader
from records.people.rules import Actor
from records.related.links import links_of
from records.related.twins import twins_of
from search import query as q
from search.engine import SearchRequest, VisibilityFilter
from search.likeness import likeness
from storage import StorageError, Vault

MOST_SIMILAR = 5
# Hits that may be left out because the page names them already.
_MOST_KNOWN = 40


def similar_documents(
    uow: UnitOfWork, actor: Actor, reader: IndexReader, vault: Vault, document_id: UUID
) -> list[DocumentLine]:
    """Return documents like one, the likest first, at most `MOST_SIMILAR`.

    Those that are linked with it or may be the same are told elsewhere, and left out as voided ones
    are. Without an index there is none.

    Raises:
        NotFound: The document does not exist, or this person may not know that it does.
    """
    document = get_document(uow, actor, document_id)
    # What is too secret for the index is no question to it either.
    is_open = document.secrecy <= reader.state().text_up_to
    question = likeness(document.title, _text(uow, vault, document_id) if is_open else "")
    if question is None:
        return []
    voided = q.Not(q.Term(DocumentState.VOIDED.value, "state"))
    known = _known(uow, actor, document)
    result = reader.ask(
        SearchRequest(
            query=replace(question, root=q.And((question.root, voided))),
            visibility=VisibilityFilter(
                frozenset(each.hex for each in actor.principals), int(actor.clearance)
            ),
            limit=MOST_SIMILAR + min(len(known), _MOST_KNOWN),
        )
    )
    found = [UUID(hit.id) for hit in result.hits] if result else []
    # The index is as old as its last commit; what is shown is what may be seen now.
    seen = visible_ids(uow, actor, found)
    lines = lines_of(uow, [each for each in found if each in seen and each not in known])
    shown = [lines[each] for each in found if each in lines]
    return [each for each in shown if each.state != DocumentState.VOIDED][:MOST_SIMILAR]


def _known(uow: UnitOfWork, actor: Actor, document: Document) -> set[UUID]:
    links = links_of(uow, actor, document.id)
    linked = {
        each.document.id for each in (*links.outgoing, *links.incoming) if each.document is not None
    }
    return {document.id, *linked, *(each.document.id for each in twins_of(uow, actor, document.id))}


def _text(uow: UnitOfWork, vault: Vault, document_id: UUID) -> str:
    """Return what the first file with text says."""
    row = uow.session.execute(
        select(StoredObject.wrapped_key, ComponentText.sealed)
        .join(Component, Component.object_name == StoredObject.name)
        .join(ComponentText, ComponentText.component_id == Component.id)
        .where(Component.document_id == document_id)
        .order_by(Component.position)
        .limit(1)
    ).first()
    if row is None:
        return ""
    try:
        return "\n".join(open_text(vault, row[0], row[1]))
    except StorageError:
        return ""  # the key was destroyed or lost
