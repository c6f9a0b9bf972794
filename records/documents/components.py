"""Components of documents: found, opened, and recognised by their bytes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import bindparam, select, union

from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.models import Component, Document, StoredObject
from records.documents.visibility import visible
from records.people.rules import Actor

# Asked for every document that comes in, so it is put together once. Two are enough to know whether
# a document is alone with its bytes.
_HOLDERS = (
    select(Component.document_id)
    .where(Component.sha256.in_(bindparam("digests", expanding=True)))
    .distinct()
    .limit(2)
)


def components_of(uow: UnitOfWork, document_id: UUID) -> list[Component]:
    """Return the components of a document in order."""
    query = (
        select(Component).where(Component.document_id == document_id).order_by(Component.position)
    )
    return list(uow.session.scalars(query))


def existing(uow: UnitOfWork, ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """Return those ids that are of documents, and the documents of those that are of files.

    It asks nobody's rights: it is for the log of refused attempts alone.
    """
    if not ids:
        return ()
    documents = select(Document.id).where(Document.id.in_(ids))
    of_files = select(Component.document_id).where(Component.id.in_(ids))
    return tuple(uow.session.scalars(union(documents, of_files)))


def as_tree(components: Iterable[Component]) -> list[tuple[Component, int]]:
    """Return components with what was made from each behind it, and how deep it stands."""
    inside: dict[UUID | None, list[Component]] = defaultdict(list)
    present = list(components)
    ids = {each.id for each in present}
    for each in present:
        inside[each.derived_from if each.derived_from in ids else None].append(each)
    found: list[tuple[Component, int]] = []
    waiting = [(each, 0) for each in reversed(inside[None])]
    while waiting:
        each, depth = waiting.pop()
        found.append((each, depth))
        waiting += [(inner, depth + 1) for inner in reversed(inside[each.id])]
    return found


def get_component(
    uow: UnitOfWork, actor: Actor, component_id: UUID
) -> tuple[Component, StoredObject]:
    """Return a component of a document that a person may see, with the key to its object.

    Raises:
        NotFound: It does not exist, or this person may not know that it does.
    """
    row = uow.session.execute(
        select(Component, StoredObject)
        .join(StoredObject, StoredObject.name == Component.object_name)
        .where(Component.id == component_id, visible(uow, actor, Component.document_id))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def component_with_key(
    uow: UnitOfWork, component_id: UUID | None
) -> tuple[Component, bytes] | None:
    """Return a component with its wrapped key, for the service itself; None when it is gone."""
    row = uow.session.execute(
        select(Component, StoredObject.wrapped_key)
        .join(StoredObject, StoredObject.name == Component.object_name)
        .where(Component.id == component_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def same_bytes(
    uow: UnitOfWork, actor: Actor, sha256s: Iterable[str], *, besides: UUID | None = None
) -> dict[str, Document]:
    """Return, by digest, the first document with the same bytes that a person may see."""
    digests = list(sha256s)
    # Nearly always nobody has the same bytes, and the question of who sees it is never asked.
    holders = uow.session.scalars(_HOLDERS, {"digests": digests})
    if all(each == besides for each in holders):
        return {}
    query = (
        select(Component.sha256, Document)
        .join(Document, Document.id == Component.document_id)
        .where(Component.sha256.in_(digests), visible(uow, actor))
        .order_by(Document.id.desc())
    )
    if besides is not None:
        query = query.where(Document.id != besides)
    return {row[0]: row[1] for row in uow.session.execute(query)}
