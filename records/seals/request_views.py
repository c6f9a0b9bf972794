"""What is told of requests: one with its steps, those of a person or document, what is to decide.

Every question joins the rule of visibility and takes a constant number of queries. What was asked
for a document that the applicant may not see any more is listed without what it says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select

from records.circulation.parties import in_force
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.core.places import cut, no_such_page, read_place
from records.documents.models import Component, Document
from records.documents.visibility import get_document, visible, visible_ids
from records.people.actors import leads_unit
from records.people.directory import names_of_people, names_of_units
from records.people.models import Delegation
from records.people.rules import Actor, Role, Secrecy
from records.seals.digest import content_digest
from records.seals.models import Seal, SealApproval, SealRequest, SealUsage
from records.seals.parties import (
    Chart,
    barred_from,
    load_chart,
    stands_in,
    steps_left,
    whose,
)
from records.seals.request_keeping import approvals_of
from records.seals.rules import RUNNING, ApprovalState, RequestState

MOST_LINES = 500
# Above so many, a badge says only that there are more.
COUNT_LIMIT = 100
_UNDECIDED = (ApprovalState.CURRENT, ApprovalState.WAITING)


@dataclass(frozen=True)
class StepView:
    """One step of an approval.

    Attributes:
        place: The unit or post that it goes to.
        people: Who may decide it, by name, where it is not decided.
        opinion: What was said; None where it is not for this person to see.
    """

    id: UUID
    position: int
    place: str
    state: str
    people: tuple[str, ...] = ()
    decided_by: str | None = None
    on_behalf_of: str | None = None
    decided_at: datetime | None = None
    opinion: str | None = None


@dataclass(frozen=True)
class RequestView:
    """One request, with everything that its page says.

    Attributes:
        is_unchanged: Whether the document still holds what was asked for.
        my_step: The step that this person may decide now.
        on_behalf_of: For whom, where somebody is away.
        usage: Id and number of its line in the seal book, when it was used.
    """

    request: SealRequest
    seal: Seal
    document: Document
    component: Component | None
    applicant: str
    unit: str
    keeper: str | None
    ended_by: str | None
    steps: tuple[StepView, ...]
    is_unchanged: bool
    my_step: UUID | None = None
    on_behalf_of: str | None = None
    usage: tuple[UUID, str] | None = None

    @property
    def secrecy(self) -> Secrecy:
        """The secrecy of the document."""
        return Secrecy(self.document.secrecy)

    @property
    def runs(self) -> bool:
        """Whether it can still be stamped."""
        return self.request.state in RUNNING


@dataclass(frozen=True)
class RequestLine:
    """One request in a list.

    Attributes:
        hidden: Whether the document is none for this person: only seal, state and time are told.
        agreed: How many of the steps are agreed.
        waits_for: The unit or post whose turn it is.
    """

    id: UUID
    state: str
    seal_id: UUID
    seal: str
    asked_at: datetime
    applicant_id: UUID
    applicant: str
    medium: str
    copies: int
    urgent: bool
    outside: bool
    agreed: int
    steps: int
    waits_for: str | None = None
    hidden: bool = False
    document_id: UUID | None = None
    number: str | None = None
    title: str | None = None
    matter: str | None = None
    recipient: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class ApprovalLine:
    """One step that somebody may decide now, as the desk shows it."""

    approval_id: UUID
    request_id: UUID
    document_id: UUID
    number: str
    title: str
    secrecy: Secrecy
    seal: str
    seal_kind: str
    applicant: str
    unit: str
    matter: str
    recipient: str
    copies: int
    medium: str
    urgent: bool
    outside: bool
    amount_cents: int | None
    asked_at: datetime
    began_at: datetime
    position: int
    steps: int
    on_behalf_of: str | None = None


# One request -------------------------------------------------------------------------------------


def request_view(uow: UnitOfWork, actor: Actor, request_id: UUID) -> RequestView:
    """Return one request with its steps.

    Raises:
        NotFound: There is none, or the person does not see its document.
    """
    seen = visible(uow, actor, SealRequest.document_id)
    request = uow.session.scalar(select(SealRequest).where(SealRequest.id == request_id, seen))
    if request is None:
        raise NotFound
    document = get_document(uow, actor, request.document_id)
    seal = uow.session.get_one(Seal, request.seal_id)
    steps = approvals_of(uow, [request.id])
    chart = load_chart(uow, [each.post_id for each in steps if each.post_id])
    part = _part(uow, actor, chart, request, seal, document, steps)
    names = names_of_people(uow, _people(request, seal, steps))
    told = part is not None or _may_read_opinions(uow, actor, request, seal, document, steps)
    component = uow.session.get(Component, request.component_id) if request.component_id else None
    return RequestView(
        request,
        seal,
        document,
        component,
        names[request.applicant_id],
        names_of_units(uow, [request.unit_id])[request.unit_id],
        names.get(seal.keeper_id) if seal.keeper_id else None,
        names.get(request.ended_by) if request.ended_by else None,
        tuple(_step_views(chart, request, seal, document, steps, names, told=told)),
        content_digest(uow, document.id) == request.content_sha256,
        my_step=part[0] if part else None,
        on_behalf_of=part[1] if part else None,
        usage=_usage(uow, request),
    )


def request_of_step(uow: UnitOfWork, actor: Actor, approval_id: UUID) -> RequestView:
    """Return the request that a step belongs to.

    Raises:
        NotFound: There is none, or the person does not see its document.
    """
    request_id = uow.session.scalar(
        select(SealApproval.request_id)
        .join(SealRequest, SealRequest.id == SealApproval.request_id)
        .where(SealApproval.id == approval_id, visible(uow, actor, SealRequest.document_id))
    )
    if request_id is None:
        raise NotFound
    return request_view(uow, actor, request_id)


def _step_views(
    chart: Chart,
    request: SealRequest,
    seal: Seal,
    document: Document,
    steps: Sequence[SealApproval],
    names: Mapping[UUID, str],
    *,
    told: bool,
) -> Iterable[StepView]:
    barred = barred_from(request, seal.keeper_id, steps)
    for place, each in enumerate(steps):
        people: tuple[str, ...] = ()
        if each.state in _UNDECIDED:
            left = [whose(later) for later in steps[place:]]
            people = tuple(who.name for who in chart.candidates(left, barred, document.secrecy))
        yield StepView(
            each.id,
            each.position,
            chart.name_of(whose(each)),
            each.state,
            people,
            names.get(each.decided_by) if each.decided_by else None,
            names.get(each.on_behalf_of_id) if each.on_behalf_of_id else None,
            each.decided_at,
            each.opinion if told else None,
        )


def _part(
    uow: UnitOfWork,
    actor: Actor,
    chart: Chart,
    request: SealRequest,
    seal: Seal,
    document: Document,
    steps: Sequence[SealApproval],
) -> tuple[UUID, str | None] | None:
    """Return the step that somebody may decide now, and for whom where not for themselves."""
    current = _current(steps)
    if request.state != RequestState.WAITING or current is None or actor.user_id is None:
        return None
    delegations = stands_in(uow, actor.user_id)
    on_behalf = _decides(
        actor.user_id, chart, request, seal.keeper_id, document, steps, delegations
    )
    return None if on_behalf is None else (current.id, on_behalf or None)


def _decides(
    user_id: UUID,
    chart: Chart,
    request: SealRequest,
    keeper_id: UUID | None,
    document: Document,
    steps: Sequence[SealApproval],
    delegations: Sequence[Delegation],
) -> str | None:
    """Return for whom somebody may decide: a name, nothing for themselves, None for nobody."""
    barred = barred_from(request, keeper_id, steps)
    if user_id in barred:
        return None
    found = chart.candidates(steps_left(steps), barred, document.secrecy)
    people = {each.user_id: each.name for each in found}
    if user_id in people:
        return ""
    absent = (
        people[each.user_id]
        for each in delegations
        if each.user_id in people and document.secrecy <= each.ceiling
    )
    return next(absent, None)


def _may_read_opinions(
    uow: UnitOfWork,
    actor: Actor,
    request: SealRequest,
    seal: Seal,
    document: Document,
    steps: Sequence[SealApproval],
) -> bool:
    """Return whether opinions are for somebody who sees the document: parties and leaders."""
    people = {request.applicant_id, *(each.decided_by for each in steps)}
    people |= {each.on_behalf_of_id for each in steps}
    if request.state != RequestState.WAITING:
        people.add(seal.keeper_id)
    if actor.user_id is not None and actor.user_id in people:
        return True
    return leads_unit(uow, actor, document.unit_id) or leads_unit(uow, actor, request.unit_id)


def _people(request: SealRequest, seal: Seal, steps: Iterable[SealApproval]) -> list[UUID | None]:
    found = [request.applicant_id, request.ended_by, seal.keeper_id]
    return found + [who for each in steps for who in (each.decided_by, each.on_behalf_of_id)]


def _usage(uow: UnitOfWork, request: SealRequest) -> tuple[UUID, str] | None:
    if request.state != RequestState.USED:
        return None
    query = select(SealUsage.id, SealUsage.text).where(SealUsage.request_id == request.id)
    row = uow.session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def _current(steps: Iterable[SealApproval]) -> SealApproval | None:
    return next((each for each in steps if each.state == ApprovalState.CURRENT), None)


# Lists -------------------------------------------------------------------------------------------


def my_requests(
    uow: UnitOfWork,
    actor: Actor,
    *,
    state: RequestState | None = None,
    seal_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[RequestLine], str | None, str | None]:
    """Return a page of what somebody asked for, newest first, and the cursors around it.

    Raises:
        Invalid: The cursor is not one of this list.
    """
    limit = max(1, min(limit, MOST_LINES))
    place = read_place(cursor)
    query = select(SealRequest).where(SealRequest.applicant_id == actor.user_id)
    if state is not None:
        query = query.where(SealRequest.state == state.value)
    if seal_id is not None:
        query = query.where(SealRequest.seal_id == seal_id)
    backwards = place is not None and place.backwards
    if place is not None:
        there = _id(place.row)
        query = query.where(SealRequest.id > there if backwards else SealRequest.id < there)
    order = SealRequest.id.asc() if backwards else SealRequest.id.desc()
    rows = list(uow.session.scalars(query.order_by(order).limit(limit + 1)))
    page = cut(rows, limit, place, lambda row: row.id.hex)
    return _lines(uow, actor, page.rows), page.next, page.previous


def requests_of(uow: UnitOfWork, actor: Actor, document_id: UUID) -> list[RequestLine]:
    """Return the requests about a document that somebody sees, newest first."""
    query = (
        select(SealRequest)
        .where(SealRequest.document_id == document_id, visible(uow, actor, SealRequest.document_id))
        .order_by(SealRequest.id.desc())
        .limit(COUNT_LIMIT)
    )
    return _lines(uow, actor, list(uow.session.scalars(query)))


def _lines(uow: UnitOfWork, actor: Actor, requests: Sequence[SealRequest]) -> list[RequestLine]:
    if not requests:
        return []
    named = select(Seal.id, Seal.name).where(Seal.id.in_({each.seal_id for each in requests}))
    seals = {row[0]: row[1] for row in uow.session.execute(named)}
    names = names_of_people(uow, {each.applicant_id for each in requests})
    seen = visible_ids(uow, actor, {each.document_id for each in requests})
    documents = {
        each.id: each for each in uow.session.scalars(select(Document).where(Document.id.in_(seen)))
    }
    steps: dict[UUID, list[SealApproval]] = {each.id: [] for each in requests}
    for step in approvals_of(uow, list(steps)):
        steps[step.request_id].append(step)
    places = _places(uow, [found for some in steps.values() if (found := _current(some))])
    lines = []
    for each in requests:
        document = documents.get(each.document_id)
        current = _current(steps[each.id])
        lines.append(
            RequestLine(
                each.id,
                each.state,
                each.seal_id,
                seals[each.seal_id],
                each.asked_at,
                each.applicant_id,
                names[each.applicant_id],
                each.medium,
                each.copies,
                each.urgent,
                each.outside,
                sum(one.state == ApprovalState.AGREED for one in steps[each.id]),
                len(steps[each.id]),
                places.get(current.id) if current else None,
                document is None,
                document.id if document else None,
                document.number if document else None,
                document.title if document else None,
                each.matter if document else None,
                each.recipient if document else None,
                each.end_reason if document else None,
            )
        )
    return lines


def _places(uow: UnitOfWork, steps: Sequence[SealApproval]) -> dict[UUID, str]:
    if not steps:
        return {}
    chart = load_chart(uow, {each.post_id for each in steps if each.post_id})
    return {each.id: chart.name_of(whose(each)) for each in steps}


# What is to decide -------------------------------------------------------------------------------


def approvals_for(uow: UnitOfWork, actor: Actor) -> list[ApprovalLine]:
    """Return what somebody may decide now, urgent ones first, then what has waited longest."""
    found = _to_decide(uow, actor)
    requests = [row[0] for row in found]
    names = names_of_people(uow, {each.applicant_id for each in requests})
    units = names_of_units(uow, {each.unit_id for each in requests})
    lines = [
        ApprovalLine(
            current.id,
            request.id,
            document.id,
            document.number,
            document.title,
            Secrecy(document.secrecy),
            seal.name,
            seal.kind,
            names[request.applicant_id],
            units[request.unit_id],
            request.matter,
            request.recipient,
            request.copies,
            request.medium,
            request.urgent,
            request.outside,
            request.amount_cents,
            request.asked_at,
            current.began_at or request.asked_at,
            current.position,
            total,
            absent or None,
        )
        for request, seal, document, current, total, absent in found
    ]
    return sorted(lines, key=lambda each: (not each.urgent, each.began_at, each.approval_id))


def approval_count(uow: UnitOfWork, actor: Actor) -> int:
    """Return how much somebody may decide now; one query where nothing waits."""
    return len(_to_decide(uow, actor))


def _to_decide(
    uow: UnitOfWork, actor: Actor
) -> list[tuple[SealRequest, Seal, Document, SealApproval, int, str]]:
    if actor.user_id is None:
        return []
    query = (
        select(SealRequest, Seal, Document)
        .join(SealApproval, SealApproval.request_id == SealRequest.id)
        .join(Seal, Seal.id == SealRequest.seal_id)
        .join(Document, Document.id == SealRequest.document_id)
        .where(
            SealApproval.state == ApprovalState.CURRENT.value,
            SealRequest.state == RequestState.WAITING.value,
            _may_be_for(uow, actor),
            visible(uow, actor, SealRequest.document_id),
        )
        .order_by(SealRequest.id)
        .limit(MOST_LINES)
    )
    rows = uow.session.execute(query).all()
    if not rows:
        return []
    steps: dict[UUID, list[SealApproval]] = {row[0].id: [] for row in rows}
    for step in approvals_of(uow, list(steps)):
        steps[step.request_id].append(step)
    chart = load_chart(
        uow, {each.post_id for some in steps.values() for each in some if each.post_id}
    )
    delegations = stands_in(uow, actor.user_id)
    found = []
    for request, seal, document in rows:
        mine = steps[request.id]
        current = _current(mine)
        absent = _decides(
            actor.user_id, chart, request, seal.keeper_id, document, mine, delegations
        )
        if current is not None and absent is not None:
            found.append((request, seal, document, current, len(mine), absent))
    return found


def _may_be_for(uow: UnitOfWork, actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on steps that leaves out what is certainly not for somebody."""
    stands = exists().where(Delegation.deputy_id == actor.user_id, in_force(uow))
    wanted = [SealApproval.post_id.in_([each.id for each in actor.posts]), stands]
    if Role.LEADER in actor.roles:
        wanted.append(SealApproval.unit_id.in_(actor.responsible_units))
    return or_(*wanted)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise no_such_page() from error
