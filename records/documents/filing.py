"""Filing: a document gets its one class, its mandatory metadata is complete, and it is frozen."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from records.classification.plan import check_takes_documents, class_by_code
from records.core.database import UnitOfWork
from records.core.rows import check_version
from records.documents import metadata
from records.documents.components import components_of
from records.documents.models import Document
from records.documents.rules import (
    STEP_EVENTS,
    DocumentState,
    RegisterKind,
    Step,
    check_mandatory,
    next_state,
)
from records.documents.service import apply_values, record_document
from records.documents.visibility import get_document, refresh_access
from records.people.rules import Act, Actor, Role, check_clerk, check_may


def file_document(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    version: int | None,
    class_code: str,
    register_kind: RegisterKind,
    values: Mapping[str, Any] | None = None,
) -> Document:
    """File a document into one class; afterwards its components never change.

    Unit comes from the class where the document has none.

    Args:
        register_kind: Kind of the register, which decides what is mandatory.
        values: Last changes to the metadata, by name.

    Raises:
        NotAllowed: The person is neither archivist nor clerk of the register.
        Invalid: Mandatory metadata is missing, or the class only groups others.
        Conflict: The document is filed or voided already, or the class is closed.
    """
    check_may(actor, Act.FILE)
    document = get_document(uow, actor, document_id, for_update=True)
    if Role.ARCHIVIST not in actor.roles:
        check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    check_version(document, version)
    state = next_state(DocumentState(document.state), Step.FILE)
    chosen = class_by_code(uow, class_code)
    check_takes_documents(chosen)
    changes = apply_values(uow, document, {**(values or {}), "class": class_code})
    if document.unit_id is None:
        document.unit_id = chosen.default_unit_id
    check_mandatory(register_kind, _present(document))
    document.state = state.value
    document.filed_at = uow.now
    refresh_access(uow, document)
    frozen = [
        {"id": str(each.id), "sha256": each.sha256} for each in components_of(uow, document.id)
    ]
    record_document(
        uow,
        actor,
        STEP_EVENTS[Step.FILE],
        document,
        {"changes": changes, "class": chosen.code, "components": frozen},
    )
    return document


def _present(document: Document) -> dict[str, object]:
    present: dict[str, object] = {
        name: getattr(document, field.column)
        for name, field in metadata.FIELDS.items()
        if field.column is not None
    }
    return {**present, "unit": document.unit_id, "class": document.class_id}
