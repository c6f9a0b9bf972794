"""Use cases about sharing: giving a right to see a document, taking it back, listing them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.core.jobs import enqueue
from records.core.rows import filled, get_row, write_new
from records.documents.models import Document, Grant
from records.documents.service import record_document
from records.documents.visibility import get_document, refresh_access
from records.people.models import Group, Unit, User
from records.people.rules import Act, Actor, PrincipalKind, check_may

ACCESS_TURNS_JOB = "document.access_turns"
# With whom a document can be shared, and where their names stand.
_NAMED: Mapping[PrincipalKind, type[User | Unit | Group]] = {
    PrincipalKind.USER: User,
    PrincipalKind.UNIT: Unit,
    PrincipalKind.GROUP: Group,
}


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
    if grant is None or grant.source_id is not None:
        raise NotFound
    document = get_document(uow, actor, grant.document_id, for_update=True)
    if grant.revoked_at is None:
        grant.revoked_at = uow.now
        refresh_access(uow, document)
        named = get_row(uow, _NAMED[PrincipalKind(grant.principal_kind)], grant.principal_object_id)
        record_document(
            uow, actor, "document.unshared", document, _grant_facts(grant, named.name), grant.id
        )


@dataclass(frozen=True)
class Given:
    """A right of one person that follows from something else.

    Attributes:
        source_id: The reading item, delegation, task or the like that it follows from.
    """

    user_id: UUID
    source_id: UUID
    from_at: datetime | None = None
    until_at: datetime | None = None


def grant_for(
    uow: UnitOfWork,
    *,
    document: Document,
    user_id: UUID,
    reason: str,
    source_id: UUID,
    granted_by: UUID | None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> None:
    """Let a person see a document because of something that tells of it in the log itself."""
    given = Given(user_id, source_id, from_at, until_at)
    grant_all(uow, document=document, given=[given], reason=reason, granted_by=granted_by)


def grant_all(
    uow: UnitOfWork,
    *,
    document: Document,
    given: Sequence[Given],
    reason: str,
    granted_by: UUID | None,
) -> int:
    """Let many people see a document at once; what each has already from its source is skipped.

    Returns:
        How many rights were given.
    """
    lock_document(uow, document.id)
    held = _held_by_source(uow, document.id, {each.source_id for each in given})
    wanted = [each for each in dict.fromkeys(given) if (each.source_id, each.user_id) not in held]
    rows = [
        Grant(
            id=uow.new_id(),
            document_id=document.id,
            principal_kind=PrincipalKind.USER.value,
            principal_object_id=each.user_id,
            reason=reason,
            from_at=each.from_at,
            until_at=each.until_at,
            granted_at=uow.now,
            granted_by=granted_by,
            source_id=each.source_id,
        )
        for each in wanted
    ]
    write_new(uow, rows)
    if rows:
        refresh_access(uow, document)
    for moment in {at for each in wanted for at in (each.from_at, each.until_at)}:
        if moment is not None and moment > uow.now:
            enqueue(uow, ACCESS_TURNS_JOB, subject_id=document.id, run_after=moment)
    return len(rows)


def revoke_for(
    uow: UnitOfWork, source_ids: Iterable[UUID], *, document_id: UUID | None = None
) -> list[UUID]:
    """Take back the rights that follow from some sources, on all documents or on one.

    Returns:
        The documents concerned.
    """
    query = select(Grant).where(Grant.source_id.in_(set(source_ids)), Grant.revoked_at.is_(None))
    if document_id is not None:
        query = query.where(Grant.document_id == document_id)
    concerned = sorted({each.document_id for each in uow.session.scalars(query)})
    for each in concerned:
        document = lock_document(uow, each)
        for grant in uow.session.scalars(query.where(Grant.document_id == each)):
            grant.revoked_at = uow.now
        refresh_access(uow, document)
    return concerned


def lock_document(uow: UnitOfWork, document_id: UUID) -> Document:
    """Return a document as it is now, held until the unit ends.

    Its access rows are written by one unit at a time, from what the last one left.
    """
    query = select(Document).where(Document.id == document_id).with_for_update()
    return uow.session.scalars(query.execution_options(populate_existing=True)).one()


def _held_by_source(
    uow: UnitOfWork, document_id: UUID, source_ids: set[UUID]
) -> set[tuple[UUID | None, UUID]]:
    query = select(Grant.source_id, Grant.principal_object_id).where(
        Grant.document_id == document_id,
        Grant.source_id.in_(source_ids),
        Grant.revoked_at.is_(None),
    )
    return {(row[0], row[1]) for row in uow.session.execute(query)}


def grants_of(uow: UnitOfWork, document_id: UUID) -> list[Grant]:
    """Return the rights that people gave on a document and did not take back.

    Those that follow from reading rounds and the like end with what they follow from.
    """
    query = (
        select(Grant)
        .where(
            Grant.document_id == document_id,
            Grant.revoked_at.is_(None),
            Grant.source_id.is_(None),
        )
        .order_by(Grant.id)
    )
    return list(uow.session.scalars(query))


def _grant_facts(grant: Grant, name: str) -> dict[str, Any]:
    return {
        "with_kind": grant.principal_kind,
        "with": str(grant.principal_object_id),
        "name_of": name,
        "reason": grant.reason,
        "from": grant.from_at.isoformat() if grant.from_at else None,
        "until": grant.until_at.isoformat() if grant.until_at else None,
    }
