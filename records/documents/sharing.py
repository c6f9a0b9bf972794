"""Use cases about sharing: giving a right to see a document, taking it back, listing them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.core.jobs import enqueue
from records.core.rows import filled, get_row
from records.documents.models import Grant
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


def _grant_facts(grant: Grant, name: str) -> dict[str, Any]:
    return {
        "with_kind": grant.principal_kind,
        "with": str(grant.principal_object_id),
        "name_of": name,
        "reason": grant.reason,
        "from": grant.from_at.isoformat() if grant.from_at else None,
        "until": grant.until_at.isoformat() if grant.until_at else None,
    }
