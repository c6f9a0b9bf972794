"""Use cases about documents: changing, checking, correcting, adding files, sharing, reading."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from records.classification.models import FileClass
from records.classification.plan import check_takes_documents, class_by_code
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from records.core.jobs import enqueue
from records.core.rows import filled, get_row
from records.documents import metadata
from records.documents.intake import bind_components
from records.documents.models import (
    Component,
    ComponentText,
    Correction,
    Document,
    Grant,
    StoredObject,
)
from records.documents.rules import (
    STEP_EVENTS,
    DocumentState,
    Step,
    TextState,
    check_kept,
    next_state,
)
from records.documents.visibility import get_document, refresh_access, visible
from records.people.models import Group, Unit, User
from records.people.organization import unit_by_code
from records.people.rules import Act, Actor, PrincipalKind, Role, check_may
from storage import Received, Vault

READ_JOB = "component.read"
ACCESS_TURNS_JOB = "document.access_turns"
TEXT_LABEL = "text"
# Asked for every document that comes in, so it is put together once. Two are enough to know whether
# a document is alone with its bytes.
_HOLDERS = (
    select(Component.document_id)
    .where(Component.sha256.in_(bindparam("digests", expanding=True)))
    .distinct()
    .limit(2)
)
# Secrecy has its own act, because it can move the document; class is set by filing.
OWN_ACTS = ("secrecy",)
# With whom a document can be shared, and where their names stand.
_NAMED: Mapping[PrincipalKind, type[User | Unit | Group]] = {
    PrincipalKind.USER: User,
    PrincipalKind.UNIT: Unit,
    PrincipalKind.GROUP: Group,
}


@dataclass(frozen=True)
class ReadingResult:
    """What reading a component brought, ready to be kept.

    Attributes:
        state: done, none or failed.
        media_type: What the content turned out to be; None leaves what was known.
        sealed_text: Text as made by `seal_text`, None when there is none.
    """

    state: TextState
    reason_code: str | None
    reason_message: str | None
    page_count: int | None
    attributes: Mapping[str, str]
    attachments: Sequence[Any]
    signatures: int
    sealed_text: bytes | None
    media_type: str | None = None


# Changing ----------------------------------------------------------------------------------------


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
    check_keeps(actor, document)
    check_version(document, version)
    if document.state not in (DocumentState.REGISTERED, DocumentState.CHECKED):
        raise Conflict("A document that is %(state)s is corrected.", {"state": document.state})
    changes = apply_values(uow, document, values)
    kind = "document.changed"
    if step is not None:
        document.state = next_state(DocumentState(document.state), step).value
        document.checked_at = uow.now
        kind = STEP_EVENTS[step]
    if changes or step is not None:
        refresh_access(uow, document)
        record_document(uow, actor, kind, document, {"changes": changes})
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
        check_keeps(actor, document)
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
    check_keeps(actor, document)
    if document.state not in (DocumentState.REGISTERED, DocumentState.CHECKED):
        raise Conflict("The files of this document are frozen.")
    present = components_of(uow, document.id)
    components = bind_components(uow, document.id, received, first_position=len(present))
    document.text_state = TextState.PENDING.value
    enqueue_reading(uow, components)
    for component in components:
        record_document(uow, actor, "component.added", document, _facts(component), component.id)
    return components


# Sharing -----------------------------------------------------------------------------------------


def share_document(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    principal_kind: PrincipalKind,
    principal_object_id: UUID,
    reason: str,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> Grant:
    """Let a person, unit or group see a document, within their clearance.

    Raises:
        Invalid: No reason, an empty period, or a kind that cannot be named.
        NotFound: There is no such person, unit or group.
    """
    check_may(actor, Act.SHARE)
    document = get_document(uow, actor, document_id, for_update=True)
    if principal_kind not in _NAMED:
        raise Invalid("A document is shared with a person, a unit or a group.", field="with")
    name = get_row(uow, _NAMED[principal_kind], principal_object_id).name
    if until_at is not None and until_at <= (from_at or uow.now):
        raise Invalid("The period ends before it begins.", field="until")
    grant = Grant(
        id=uow.new_id(),
        document_id=document.id,
        principal_kind=principal_kind.value,
        principal_object_id=principal_object_id,
        reason=filled(reason, "reason"),
        from_at=from_at,
        until_at=until_at,
        granted_at=uow.now,
        granted_by=actor.user_id,
    )
    uow.session.add(grant)
    refresh_access(uow, document)
    record_document(uow, actor, "document.shared", document, _grant_facts(grant, name), grant.id)
    for moment in (from_at, until_at):
        # The index holds the capacities of the moment: look again when the window opens or shuts.
        if moment is not None and moment > uow.now:
            enqueue(uow, ACCESS_TURNS_JOB, subject_id=document.id, run_after=moment)
    return grant


def revoke_grant(uow: UnitOfWork, actor: Actor, *, grant_id: UUID) -> None:
    """Take a right back; it counts no more from this moment."""
    check_may(actor, Act.SHARE)
    grant = uow.session.get(Grant, grant_id)
    if grant is None:
        raise NotFound
    document = get_document(uow, actor, grant.document_id, for_update=True)
    if grant.revoked_at is None:
        grant.revoked_at = uow.now
        refresh_access(uow, document)
        named = get_row(uow, _NAMED[PrincipalKind(grant.principal_kind)], grant.principal_object_id)
        record_document(
            uow, actor, "document.unshared", document, _grant_facts(grant, named.name), grant.id
        )


def grants_of(uow: UnitOfWork, document_id: UUID) -> list[Grant]:
    """Return the rights that were given on a document and not taken back."""
    query = (
        select(Grant)
        .where(Grant.document_id == document_id, Grant.revoked_at.is_(None))
        .order_by(Grant.id)
    )
    return list(uow.session.scalars(query))


# Reading -----------------------------------------------------------------------------------------


def components_of(uow: UnitOfWork, document_id: UUID) -> list[Component]:
    """Return the components of a document in order."""
    query = (
        select(Component).where(Component.document_id == document_id).order_by(Component.position)
    )
    return list(uow.session.scalars(query))


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


def enqueue_reading(uow: UnitOfWork, components: Iterable[Component]) -> None:
    """Ask the worker to read components."""
    for component in components:
        enqueue(uow, READ_JOB, subject_id=component.id)


def keep_reading(uow: UnitOfWork, component: Component, result: ReadingResult) -> None:
    """Keep what reading brought; the document is read when all its components are."""
    component.text_state = result.state.value
    component.reason_code = result.reason_code
    component.reason_message = result.reason_message
    component.page_count = result.page_count
    component.attributes = dict(result.attributes)
    component.attachments = list(result.attachments)
    component.signatures = result.signatures
    component.media_type = result.media_type or component.media_type
    uow.session.flush()
    kept = uow.session.get(ComponentText, component.id)
    if kept is not None:
        uow.session.delete(kept)
        uow.session.flush()
    if result.sealed_text is not None:
        uow.session.add(ComponentText(component_id=component.id, sealed=result.sealed_text))
    _settle_text(uow, component.document_id)
    uow.record(
        "component.read",
        actor_id=None,
        objects=[component.document_id, component.id],
        payload={
            "file": component.name,
            "state": result.state.value,
            "reason": result.reason_code,
        },
    )


def seal_text(vault: Vault, wrapped_key: bytes, pages: Sequence[str]) -> bytes:
    """Return the text of a component, compressed and encrypted under its data key."""
    clear = zlib.compress(json.dumps(list(pages), ensure_ascii=False).encode(), 6)
    return vault.seal(wrapped_key, TEXT_LABEL, clear)


def open_text(vault: Vault, wrapped_key: bytes, sealed: bytes) -> list[str]:
    """Return the pages of text that `seal_text` closed."""
    pages: list[str] = json.loads(zlib.decompress(vault.unseal(wrapped_key, TEXT_LABEL, sealed)))
    return pages


# Small things ------------------------------------------------------------------------------------


def check_keeps(actor: Actor, document: Document) -> None:
    """Refuse a person who is not clerk of the document's register.

    Raises:
        NotAllowed: Another unit keeps the register.
    """
    check_may(actor, Act.REGISTER)
    if not actor.is_service and document.clerk_unit_id not in actor.clerk_units:
        raise NotAllowed("Only the clerks of the unit that keeps this register may do this.")


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
    return changes


def _code(uow: UnitOfWork, column: str, row_id: UUID | None) -> str | None:
    if row_id is None:
        return None
    if column == "unit_id":
        return get_row(uow, Unit, row_id).code
    return get_row(uow, FileClass, row_id).code


def check_version(document: Document, version: int | None) -> None:
    """Refuse a change made from an old sight of the document.

    Raises:
        Stale: Somebody else changed it since.
    """
    if version is not None and document.version != version:
        raise Stale


def _settle_text(uow: UnitOfWork, document_id: UUID) -> None:
    rows = uow.session.execute(
        select(Component.text_state, Component.reason_code)
        .where(Component.document_id == document_id)
        .order_by(Component.position)
    ).all()
    states = [TextState(row[0]) for row in rows]
    # One readable file makes the document findable by text; pending means that more may come.
    for state in (TextState.PENDING, TextState.DONE, TextState.FAILED, TextState.NONE):
        if state in states:
            break
    reason = next((row[1] for row in rows if row[1] and row[0] == state.value), None)
    uow.session.execute(
        update(Document)
        .where(Document.id == document_id)
        .values(text_state=state.value, text_reason=reason)
    )


def record_document(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    document: Document,
    payload: Mapping[str, Any],
    *objects: UUID,
) -> None:
    """Collect a fact about a document, signed with the actor's name and posts."""
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


def _grant_facts(grant: Grant, name: str) -> dict[str, Any]:
    return {
        "with_kind": grant.principal_kind,
        "with": str(grant.principal_object_id),
        "name_of": name,
        "reason": grant.reason,
        "from": grant.from_at.isoformat() if grant.from_at else None,
        "until": grant.until_at.isoformat() if grant.until_at else None,
    }


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
