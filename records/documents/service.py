"""Use cases about documents: changing, checking, correcting, adding files."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from records.classification.models import FileClass
from records.classification.plan import check_takes_documents, class_by_code
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.core.jobs import enqueue
from records.core.rows import check_version, filled, get_row
from records.documents import metadata
from records.documents.components import components_of
from records.documents.intake import bind_components
from records.documents.models import Component, Correction, Document
from records.documents.rules import (
    STEP_EVENTS,
    ComponentRole,
    DocumentState,
    Step,
    TextState,
    check_kept,
    next_state,
)
from records.documents.texts import enqueue_reading
from records.documents.visibility import get_document, refresh_access
from records.people.models import Unit
from records.people.organization import unit_by_code
from records.people.rules import Actor, Role, check_clerk
from storage import Received

# Secrecy has its own act, because it can move the document; class is set by filing.
OWN_ACTS = ("secrecy",)
# For circulation: what was sent is no longer what the document holds, not for the same people, or
# should never have been registered.
CONTENT_CHANGED_JOB = "circulation.content_changed"
SECRECY_CHANGED_JOB = "circulation.secrecy_changed"
VOIDED_JOB = "circulation.document_voided"
# For filing, done by `records.filing`: what a document is judged by has changed, or it was judged.
FILING_JOB = "filing.suggest"
_OF_FILING = frozenset(
    {*STEP_EVENTS.values(), "document.changed", "document.corrected", "document.check_undone"}
)
# For what is related: a number or a sender was typed, by which another document may be the same.
NUMBER_CHANGED_JOB = "related.number_changed"
_IDENTIFYING = frozenset({"document_number", "sender"})


def change_document(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    version: int | None,
    values: Mapping[str, Any],
    step: Step | None = None,
) -> Document:
    """Change metadata before filing, and take the step `check` when the clerk confirms.

    Args:
        version: The version that the person saw; None for programs that hold the row.
        values: Typed values by name, as `metadata.read_metadata` gives them.

    Raises:
        NotAllowed: The person is not clerk of the register.
        Conflict: The document is filed or voided.
        Stale: Somebody else changed it since.
    """
    document = get_document(uow, actor, document_id, for_update=True)
    check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    check_version(document, version)
    if document.state not in (DocumentState.REGISTERED, DocumentState.CHECKED):
        raise Conflict("A document that is %(state)s is corrected.", {"state": document.state})
    changes = apply_values(uow, document, values)
    kind = "document.changed"
    facts: dict[str, Any] = {"changes": changes}
    if step is not None:
        kind, facts = STEP_EVENTS[step], {**facts, "from": document.state}
        document.state = next_state(DocumentState(document.state), step).value
        document.checked_at = uow.now
    if changes or step is not None:
        refresh_access(uow, document)
        record_document(uow, actor, kind, document, facts)
    return document


def correct_document(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    version: int | None,
    values: Mapping[str, Any],
    reason: str,
) -> Document:
    """Correct the metadata of a filed document; the old value and the reason stay.

    Raises:
        NotAllowed: The person is neither archivist nor clerk of the register.
        Invalid: No reason, or something mandatory would be emptied.
        Conflict: The document is not filed, nothing would change, or the class takes no documents.
    """
    document = get_document(uow, actor, document_id, for_update=True)
    if Role.ARCHIVIST not in actor.roles:
        check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    check_version(document, version)
    reason = filled(reason, "reason")
    if document.state != DocumentState.FILED:
        raise Conflict("Only a filed document is corrected.")
    check_kept(values)
    if values.get("class"):
        check_takes_documents(class_by_code(uow, values["class"]))
    changes = apply_values(uow, document, values)
    if not changes:
        raise Conflict("Nothing would change.")
    for name, (before, after) in changes.items():
        uow.session.add(
            Correction(
                id=uow.new_id(),
                document_id=document.id,
                field=name,
                before=_text(before),
                after=_text(after),
                reason=reason,
                corrected_at=uow.now,
                corrected_by=actor.user_id,
            )
        )
    refresh_access(uow, document)
    record_document(
        uow, actor, "document.corrected", document, {"changes": changes, "reason": reason}
    )
    return document


def add_components(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    received: Sequence[tuple[Received, str]],
) -> list[Component]:
    """Add kept files to a document that is not filed yet.

    Raises:
        Conflict: A filed document takes no more files.
    """
    document = get_document(uow, actor, document_id, for_update=True)
    check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    if document.state not in (DocumentState.REGISTERED, DocumentState.CHECKED):
        raise Conflict("The files of this document are frozen.")
    present = components_of(uow, document.id)
    components = bind_components(uow, document.id, received, first_position=len(present))
    document.text_state = TextState.PENDING.value
    enqueue_reading(uow, components)
    for component in components:
        record_document(uow, actor, "component.added", document, _facts(component), component.id)
    enqueue(uow, CONTENT_CHANGED_JOB, subject_id=document.id)
    return components


def add_derived(
    uow: UnitOfWork,
    document: Document,
    received: Sequence[tuple[Received, str]],
    *,
    role: ComponentRole,
    derived_from: UUID,
) -> list[Component]:
    """Add kept files that the service made from a component of a document, or took out of it.

    They are no content of their own: the document may be filed, rounds and requests go on.

    Args:
        role: One of `DERIVED_ROLES`.
        derived_from: The component that they come from.
    """
    present = components_of(uow, document.id)
    components = bind_components(
        uow,
        document.id,
        received,
        first_position=len(present),
        role=role,
        derived_from=derived_from,
    )
    enqueue_reading(uow, components)
    for component in components:
        uow.record(
            "component.derived",
            actor_id=None,
            objects=[document.id, component.id, derived_from],
            payload={"number": document.number, "role": role.value, **_facts(component)},
        )
    return components


def resolve_codes(uow: UnitOfWork, values: Mapping[str, Any]) -> dict[str, UUID | None]:
    """Return the ids behind the codes of `unit` and `class`, by column.

    Raises:
        Invalid: There is no such unit or class.
    """
    found: dict[str, UUID | None] = {}
    if "unit" in values:
        found["unit_id"] = unit_by_code(uow, values["unit"]).id if values["unit"] else None
    if "class" in values:
        found["class_id"] = class_by_code(uow, values["class"]).id if values["class"] else None
    return found


def apply_values(
    uow: UnitOfWork, document: Document, values: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Set values on a document and return what changed: name → [before, after]."""
    changes: dict[str, list[Any]] = {}
    for name in OWN_ACTS:
        if name in values and values[name] != getattr(document, name):
            raise Invalid("Secrecy is raised and lowered by an act of its own.", field=name)
    for column, after in resolve_codes(uow, values).items():
        before = getattr(document, column)
        if before != after:
            setattr(document, column, after)
            changes[column.removesuffix("_id")] = [
                _code(uow, column, before),
                _code(uow, column, after),
            ]
    for name, after in values.items():
        field = metadata.FIELDS[name]
        if field.column is None or name in OWN_ACTS:
            continue
        before = getattr(document, field.column)
        if before != after:
            metadata.put(document, name, after)
            changes[name] = [metadata.shown(before), metadata.shown(after)]
    if changes.keys() & _IDENTIFYING:
        enqueue(uow, NUMBER_CHANGED_JOB, subject_id=document.id)
    return changes


def _code(uow: UnitOfWork, column: str, row_id: UUID | None) -> str | None:
    if row_id is None:
        return None
    if column == "unit_id":
        return get_row(uow, Unit, row_id).code
    return get_row(uow, FileClass, row_id).code


def record_document(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    document: Document,
    payload: Mapping[str, Any],
    *objects: UUID,
) -> None:
    """Collect a fact about a document, signed with the actor's name and posts."""
    if kind in _OF_FILING:
        enqueue(uow, FILING_JOB, subject_id=document.id)
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[document.id, *objects],
        payload={**actor.signature(), "number": document.number, **payload},
    )


def _facts(component: Component) -> dict[str, Any]:
    return {
        "file": component.name,
        "media_type": component.media_type,
        "sha256": component.sha256,
        "size_bytes": component.size_bytes,
    }


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
