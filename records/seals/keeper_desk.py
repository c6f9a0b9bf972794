"""What waits for a keeper: approved requests, seals that are out, one request with its checks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from records.core.database import UnitOfWork
from records.documents.models import Document
from records.documents.visibility import visible
from records.people.models import Unit, User
from records.people.rules import Act, Actor
from records.seals.holding import Held, get_held
from records.seals.models import Seal, SealApproval, SealRequest, SealStamping, SealUsage
from records.seals.rules import RequestState, StampingState

# A keeper who has more before them than this sees the most pressing ones.
MOST_LINES = 200
RECENT = 8


@dataclass(frozen=True)
class ToUse:
    """One approved request; number and title are None where the keeper may not see the document.

    Attributes:
        stamping: How far its electronic stamping is, None before it was asked for.
    """

    request_id: UUID
    seal: str
    matter: str
    matter_kind: str
    recipient: str
    copies: int
    pages: int
    medium: str
    cross_page: bool
    urgent: bool
    outside: bool
    due_back_at: datetime | None
    approved_at: datetime | None
    applicant: str
    unit: str
    number: str | None
    title: str | None
    stamping: str | None


@dataclass(frozen=True)
class InBook:
    """One line of the book as the keeper's desk shows it."""

    id: UUID
    request_id: UUID
    text: str
    seal: str
    applicant: str
    escort: str | None
    place: str
    used_at: datetime
    due_back_at: datetime | None
    is_late: bool
    medium: str
    copies: int
    number: str | None
    title: str | None


@dataclass(frozen=True)
class KeeperDesk:
    """Everything on a keeper's desk."""

    seals: list[Seal]
    to_use: list[ToUse]
    out: list[InBook]
    recent: list[InBook]


@dataclass(frozen=True)
class Agreed:
    """Who agreed to a request, in whose place, when and in which words."""

    name: str
    on_behalf_of: str | None
    at: datetime | None
    opinion: str | None


@dataclass(frozen=True)
class KeeperPage:
    """One request as its keeper sees it."""

    held: Held
    applicant: str
    unit: str
    agreed: list[Agreed]
    stamping: SealStamping | None
    line: SealUsage | None
    witness: str | None


def keeper_desk(uow: UnitOfWork, actor: Actor) -> KeeperDesk:
    """Return what waits for a keeper, the most pressing first; four queries."""
    kept = select(Seal).where(Seal.keeper_id == actor.user_id).order_by(Seal.code)
    out = _lines(uow, actor, SealUsage.outside.is_(True), SealUsage.returned_at.is_(None))
    recent = _lines(
        uow, actor, or_(SealUsage.returned_at.is_not(None), SealUsage.outside.is_(False))
    )
    return KeeperDesk(list(uow.session.scalars(kept)), _to_use(uow, actor), out, recent)


def count_to_use(uow: UnitOfWork, actor: Actor) -> int:
    """Return how many approved requests wait for a keeper."""
    if not actor.may(Act.USE_SEAL):
        return 0
    waits = SealRequest.state == RequestState.APPROVED.value
    query = (
        select(func.count())
        .select_from(SealRequest)
        .join(Seal, Seal.id == SealRequest.seal_id)
        .where(Seal.keeper_id == actor.user_id, waits, ~_is_stamped())
    )
    return uow.session.scalar(query) or 0


def keeper_page(uow: UnitOfWork, actor: Actor, request_id: UUID) -> KeeperPage:
    """Return one request to the keeper of its seal.

    Raises:
        NotFound: There is none, or this person may not know of it.
        NotAllowed: Somebody else keeps the seal.
    """
    held = get_held(uow, actor, request_id)
    request = held.request
    latest = (
        select(SealStamping)
        .where(SealStamping.request_id == request_id)
        .order_by(SealStamping.asked_at.desc(), SealStamping.id.desc())
        .limit(1)
    )
    line = uow.session.scalar(select(SealUsage).where(SealUsage.request_id == request_id))
    witness = uow.session.get(User, line.witness_id) if line and line.witness_id else None
    return KeeperPage(
        held,
        uow.session.get_one(User, request.applicant_id).name,
        uow.session.get_one(Unit, request.unit_id).name,
        _agreed(uow, request_id),
        uow.session.scalar(latest),
        line,
        witness.name if witness else None,
    )


def _agreed(uow: UnitOfWork, request_id: UUID) -> list[Agreed]:
    decider, absent = aliased(User), aliased(User)
    query = (
        select(decider.name, absent.name, SealApproval.decided_at, SealApproval.opinion)
        .join(decider, decider.id == SealApproval.decided_by)
        .outerjoin(absent, absent.id == SealApproval.on_behalf_of_id)
        .where(SealApproval.request_id == request_id)
        .order_by(SealApproval.position)
    )
    return [Agreed(*row) for row in uow.session.execute(query)]


def _to_use(uow: UnitOfWork, actor: Actor) -> list[ToUse]:
    latest = (
        select(SealStamping.state)
        .where(SealStamping.request_id == SealRequest.id)
        .order_by(SealStamping.asked_at.desc(), SealStamping.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(SealRequest, Seal.name, User.name, Unit.name, Document, latest)
        .join(Seal, Seal.id == SealRequest.seal_id)
        .join(User, User.id == SealRequest.applicant_id)
        .join(Unit, Unit.id == SealRequest.unit_id)
        .outerjoin(
            Document, (Document.id == SealRequest.document_id) & visible(uow, actor, Document.id)
        )
        .where(
            Seal.keeper_id == actor.user_id,
            SealRequest.state == RequestState.APPROVED.value,
        )
        .order_by(
            SealRequest.urgent.desc(),
            SealRequest.due_back_at.is_(None),
            SealRequest.due_back_at,
            SealRequest.approved_at,
            SealRequest.id,
        )
        .limit(MOST_LINES)
    )
    return [
        ToUse(
            request.id,
            seal,
            request.matter if document else "",
            request.matter_kind,
            request.recipient if document else "",
            request.copies,
            request.pages,
            request.medium,
            request.cross_page,
            request.urgent,
            request.outside,
            request.due_back_at,
            request.approved_at,
            applicant,
            unit,
            document.number if document else None,
            document.title if document else None,
            stamping,
        )
        for request, seal, applicant, unit, document, stamping in uow.session.execute(query)
    ]


def _is_stamped() -> ColumnElement[bool]:
    """Return the predicate that the worker has a request already."""
    return (
        select(SealStamping.id)
        .where(
            SealStamping.request_id == SealRequest.id,
            SealStamping.state == StampingState.WAITING.value,
        )
        .exists()
    )


def _lines(uow: UnitOfWork, actor: Actor, *which: ColumnElement[bool]) -> list[InBook]:
    query = (
        select(SealUsage, Seal.name, User.name, Document, SealRequest.copies)
        .join(Seal, Seal.id == SealUsage.seal_id)
        .join(User, User.id == SealUsage.applicant_id)
        .join(SealRequest, SealRequest.id == SealUsage.request_id)
        .outerjoin(
            Document, (Document.id == SealUsage.document_id) & visible(uow, actor, Document.id)
        )
        .where(Seal.keeper_id == actor.user_id, *which)
        .order_by(SealUsage.used_at.desc(), SealUsage.id.desc())
        .limit(RECENT)
    )
    return [
        InBook(
            line.id,
            line.request_id,
            line.text,
            seal,
            applicant,
            line.escort if document else None,
            line.place if document else "",
            line.used_at,
            line.due_back_at,
            line.due_back_at is not None and line.due_back_at <= uow.now,
            line.medium,
            copies,
            document.number if document else None,
            document.title if document else None,
        )
        for line, seal, applicant, document, copies in uow.session.execute(query)
    ]
