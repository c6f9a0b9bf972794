"""Use cases of near duplicates: what a clerk decides about two documents that look the same.

The one that was registered later gives way: its registration is voided, with or without its files
going over to the first; or both stay, and nobody is asked again.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select

from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.components import components_of
from records.documents.models import Component, Document, StoredObject
from records.documents.rules import DERIVED_ROLES, ComponentRole, check_not_voided
from records.documents.service import add_components, record_document
from records.documents.visibility import get_document
from records.people.rules import Act, Actor, check_clerk, check_may
from records.registration.service import void_registration
from records.related.models import NearTwin
from storage import Received, Vault


def keep_both(uow: UnitOfWork, actor: Actor, *, document_id: UUID, other_id: UUID) -> None:
    """Say that two documents that look the same are two.

    Raises:
        NotAllowed: The person does not keep the register of this document.
        NotFound: One of the two is hidden from this person, or nobody took them for the same.
    """
    document, other = _pair(uow, actor, document_id, other_id)
    found = uow.session.scalars(
        select(NearTwin).where(
            or_(
                (NearTwin.document_id == document.id) & (NearTwin.other_id == other.id),
                (NearTwin.document_id == other.id) & (NearTwin.other_id == document.id),
            )
        )
    ).all()
    if not found:
        raise NotFound
    for twin in found:
        twin.settled_at, twin.settled_by = uow.now, actor.user_id
    # Each side tells its own story; neither names the other.
    for each in (document, other):
        record_document(uow, actor, "document.twin_kept", each, {})


def void_twin(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    version: int | None,
    other_id: UUID,
    reason: str,
) -> Document:
    """Void a document because it is another one again.

    Raises:
        NotAllowed: The person does not keep its register.
        Conflict: It is filed or voided, or the other one is voided.
        Invalid: No reason.
    """
    _pair(uow, actor, document_id, other_id)
    return void_registration(uow, actor, document_id=document_id, version=version, reason=reason)


def attach_twin(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    version: int | None,
    other_id: UUID,
    received: Sequence[tuple[Received, str]],
    reason: str,
) -> Document:
    """Void a document and add its files to the one that was there before, in one unit.

    Args:
        received: Its files once more, as objects of their own (`copied_files`).

    Raises:
        NotAllowed: The person does not keep the registers of both.
        Conflict: One of the two is filed or voided.
        Invalid: No reason.
    """
    void_twin(
        uow, actor, document_id=document_id, version=version, other_id=other_id, reason=reason
    )
    add_components(uow, actor, document_id=other_id, received=received)
    return get_document(uow, actor, other_id)


def files_of_twin(
    uow: UnitOfWork, actor: Actor, document_id: UUID
) -> list[tuple[Component, StoredObject]]:
    """Return the files that would go over: those that came in, not those that were made of them.

    Raises:
        NotAllowed: The person does not keep its register.
    """
    check_may(actor, Act.REGISTER)
    document = get_document(uow, actor, document_id)
    check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    return [
        (each, uow.session.get_one(StoredObject, each.object_name))
        for each in components_of(uow, document_id)
        if ComponentRole(each.role) not in DERIVED_ROLES
    ]


def copied_files(
    vault: Vault, files: Sequence[tuple[Component, StoredObject]]
) -> list[tuple[Received, str]]:
    """Return files once more, under keys of their own: an object belongs to one component.

    They still have to be kept (`intake.keep_objects`), outside of any unit.
    """
    return [
        (
            vault.receive(
                vault.read(component.object_name, stored.wrapped_key),
                limit_bytes=component.size_bytes,
                file_name=component.name,
            ),
            component.name,
        )
        for component, stored in files
    ]


def _pair(
    uow: UnitOfWork, actor: Actor, document_id: UUID, other_id: UUID
) -> tuple[Document, Document]:
    check_may(actor, Act.REGISTER)
    document = get_document(uow, actor, document_id, for_update=True)
    check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    other = get_document(uow, actor, other_id)
    if document.id == other.id:
        raise NotFound
    check_not_voided(other.state)
    return document, other
