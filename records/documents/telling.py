"""What is told of one document beside its own row: corrections, and rights that were given."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from records.core.database import UnitOfWork
from records.documents.models import Correction, Grant
from records.people.models import Group, Unit, User
from records.people.rules import PrincipalKind


@dataclass(frozen=True)
class NamedCorrection:
    """A correction with the name of the person who made it."""

    field: str
    before: str | None
    after: str | None
    reason: str
    at: datetime
    who: str | None


@dataclass(frozen=True)
class NamedGrant:
    """A right that holds or will hold, with the name of whoever has it."""

    id: UUID
    kind: PrincipalKind
    name: str
    reason: str
    from_at: datetime | None
    until_at: datetime | None


def corrections_of(uow: UnitOfWork, document_id: UUID) -> list[NamedCorrection]:
    """Return the corrections of a document, oldest first."""
    query = (
        select(Correction, User.name)
        .outerjoin(User, User.id == Correction.corrected_by)
        .where(Correction.document_id == document_id)
        .order_by(Correction.corrected_at, Correction.id)
    )
    return [
        NamedCorrection(row.field, row.before, row.after, row.reason, row.corrected_at, name)
        for row, name in uow.session.execute(query)
    ]


def named_grants(uow: UnitOfWork, document_id: UUID) -> list[NamedGrant]:
    """Return the rights that people gave on a document, those that hold or will hold; one query."""

    def named(table: type[User | Unit | Group], kind: PrincipalKind) -> object:
        return and_(Grant.principal_kind == kind.value, table.id == Grant.principal_object_id)

    query = (
        select(Grant, User.name, Unit.name, Group.name)
        .outerjoin(User, named(User, PrincipalKind.USER))  # type: ignore[arg-type]
        .outerjoin(Unit, named(Unit, PrincipalKind.UNIT))  # type: ignore[arg-type]
        .outerjoin(Group, named(Group, PrincipalKind.GROUP))  # type: ignore[arg-type]
        .where(
            Grant.document_id == document_id,
            Grant.revoked_at.is_(None),
            Grant.source_id.is_(None),
            or_(Grant.until_at.is_(None), Grant.until_at > uow.now),
        )
        .order_by(Grant.id)
    )
    return [
        NamedGrant(
            grant.id,
            PrincipalKind(grant.principal_kind),
            user or unit or group or "–",
            grant.reason,
            grant.from_at,
            grant.until_at,
        )
        for grant, user, unit, group in uow.session.execute(query)
    ]
