"""What documents are judged by, kept: hashed features under the key of the text they came from."""

import zlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update

from records.core.base import table_of
from records.core.database import UnitOfWork, insert_into
from records.documents.models import Component, Document, StoredObject
from records.documents.rules import DocumentState
from records.filing.facts import Seen, typed_facts
from records.filing.features import Features, features_of
from records.filing.models import FilingTrait
from storage import StorageError, Vault

LABEL = "filing"
OPEN_STATES = (DocumentState.REGISTERED.value, DocumentState.CHECKED.value)
_TRIM = 2_000
# A document, its trait, and the key of the text that the trait came from.
KEYED = (
    select(Document, FilingTrait, StoredObject.wrapped_key)
    .join(FilingTrait, FilingTrait.document_id == Document.id)
    .outerjoin(Component, Component.id == FilingTrait.component_id)
    .outerjoin(StoredObject, StoredObject.name == Component.object_name)
)


def trait_of(vault: Vault, seen: Seen, features: Features, route_id: UUID | None) -> FilingTrait:
    """Return the row that keeps what a document is judged by."""
    sealed = None
    if seen.wrapped_key is not None:
        sealed = vault.seal(seen.wrapped_key, LABEL, zlib.compress(features.packed()))
    return FilingTrait(
        document_id=seen.document.id,
        component_id=seen.component_id,
        sender_key=seen.facts.sender_key,
        series=seen.facts.series,
        route_id=route_id,
        sealed=sealed,
    )


def keep_traits(uow: UnitOfWork, traits: Sequence[FilingTrait]) -> None:
    """Write rows in place of those that were kept before."""
    columns = ("component_id", "sender_key", "series", "route_id", "sealed")
    for each in traits:
        values = {name: getattr(each, name) for name in columns}
        statement = insert_into(uow.session, table_of(FilingTrait))
        uow.session.execute(
            statement.values(document_id=each.document_id, **values).on_conflict_do_update(
                index_elements=["document_id"], set_=values
            )
        )


def open_features(
    vault: Vault, document: Document, wrapped_key: bytes | None, sealed: bytes | None
) -> Features:
    """Return the features of a document: those that were kept, else those of its metadata.

    What cannot be opened any more, because its key was destroyed, is forgotten.
    """
    if wrapped_key is not None and sealed is not None:
        try:
            return Features.unpacked(zlib.decompress(vault.unseal(wrapped_key, LABEL, sealed)))
        except (StorageError, zlib.error, ValueError):
            pass
    return features_of(typed_facts(document))


def trim_traits(uow: UnitOfWork, *, learned: int) -> None:
    """Throw features away that nothing is learned from any more; what reasons count by stays."""
    newest = (
        select(Document.id)
        .where(Document.class_id.is_not(None))
        .order_by(Document.id.desc())
        .offset(learned)
        .limit(1)
    )
    oldest = uow.session.scalar(newest)
    if oldest is None:
        return
    past = uow.session.scalars(
        select(FilingTrait.document_id)
        .join(Document, Document.id == FilingTrait.document_id)
        .where(
            FilingTrait.document_id <= oldest,
            FilingTrait.sealed.is_not(None),
            Document.state.not_in(OPEN_STATES),
        )
        .limit(_TRIM)
    ).all()
    uow.session.execute(
        update(FilingTrait).where(FilingTrait.document_id.in_(past)).values(sealed=None)
    )
