"""Use cases of absence: a reader names a deputy for a time, for some purposes, up to a secrecy.

Nothing moves: the items stay the reader's, and while the delegation holds both can act on them. It
holds at an instant or it does not, so it begins and ends by itself; so does the deputy's right to
see the documents, which is a grant with the same window. The deputy of a deputy does not act, and
nobody sees through a delegation what their own clearance does not reach.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from records.circulation.models import ReadingItem, Round
from records.circulation.parties import absent_whose, in_force
from records.circulation.rules import HELD, Purpose
from records.core import news
from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.core.log import timestamp
from records.core.rows import get_row
from records.documents.models import Document
from records.documents.sharing import Given, grant_all, revoke_for
from records.people.models import Delegation, User
from records.people.rules import Actor, Secrecy


class DelegationState(StrEnum):
    """Whether a delegation holds at the moment."""

    COMING = "coming"
    IN_FORCE = "in_force"
    OVER = "over"


@dataclass(frozen=True)
class DelegationLine:
    """One delegation in the list of whoever made it.

    Attributes:
        falls_short: The deputy's own clearance is lower than the ceiling: above it, the deputy
            sees nothing. No reason to refuse the delegation, but one to say so.
    """

    id: UUID
    deputy_id: UUID
    deputy_name: str
    purposes: tuple[Purpose, ...]
    ceiling: Secrecy
    from_at: datetime
    until_at: datetime
    ended_at: datetime | None
    state: DelegationState
    falls_short: bool


def name_deputy(
    uow: UnitOfWork,
    actor: Actor,
    *,
    deputy_id: UUID,
    from_at: datetime | None,
    until_at: datetime,
    purposes: Collection[Purpose],
    ceiling: Secrecy,
) -> Delegation:
    """Name a deputy who reads and signs on one's behalf, from now or later until an instant.

    A deputy whose clearance is lower than the ceiling is named all the same; `delegations_of`
    (`falls_short`) says so, and whoever shows the result should.

    Args:
        from_at: None, or a time that is past, is now.

    Raises:
        Invalid: An unknown deputy, oneself, an empty or past period, no purpose, or a ceiling above
            one's own clearance.
    """
    if actor.user_id is None:
        raise NotFound
    deputy = _deputy(uow, actor, deputy_id)
    begins = max(from_at or uow.now, uow.now)
    if until_at <= begins:
        raise Invalid("The period ends before it begins.", field="until")
    if not purposes:
        raise Invalid("Say in what the deputy acts.", field="purposes")
    if ceiling > actor.clearance:
        raise Invalid("This is more than your own clearance.", field="ceiling")
    delegation = Delegation(
        id=uow.new_id(),
        user_id=actor.user_id,
        deputy_id=deputy.id,
        purposes=[each.value for each in Purpose if each in purposes],
        ceiling=int(ceiling),
        from_at=begins,
        until_at=until_at,
        created_at=uow.now,
    )
    uow.session.add(delegation)
    uow.session.flush()
    documents = _let_see(uow, delegation)
    _record(uow, actor, "delegation.made", delegation, deputy, documents)
    news.tell(
        uow,
        "deputy.named",
        to=[deputy.id],
        cause=f"deputy.named:{delegation.id}",
        subject_id=delegation.id,
        facts={
            "reader": str(actor.user_id),
            "from": timestamp(begins),
            "until": timestamp(until_at),
            "purposes": delegation.purposes,
        },
    )
    return delegation


def end_deputy(uow: UnitOfWork, actor: Actor, *, delegation_id: UUID) -> None:
    """End a delegation before its time; one that is over stays as it is.

    Raises:
        NotFound: There is none, or somebody else made it.
    """
    delegation = uow.session.scalar(
        select(Delegation).where(Delegation.id == delegation_id).with_for_update()
    )
    if delegation is None or delegation.user_id != actor.user_id:
        raise NotFound
    if delegation.ended_at is not None or delegation.until_at <= uow.now:
        return
    delegation.ended_at = uow.now
    documents = revoke_for(uow, [delegation.id])
    news.settle(uow, [delegation.id])
    deputy = get_row(uow, User, delegation.deputy_id)
    _record(uow, actor, "delegation.ended", delegation, deputy, documents)


def delegations_of(uow: UnitOfWork, actor: Actor) -> list[DelegationLine]:
    """Return the delegations that somebody made, newest first."""
    query = (
        select(Delegation, User)
        .join(User, User.id == Delegation.deputy_id)
        .where(Delegation.user_id == actor.user_id)
        .order_by(Delegation.id.desc())
    )
    return [_line(uow, delegation, deputy) for delegation, deputy in uow.session.execute(query)]


def deputies_of(uow: UnitOfWork, user_ids: Iterable[UUID]) -> dict[UUID, list[Delegation]]:
    """Return the delegations in force by the person who is away, in one query."""
    found: dict[UUID, list[Delegation]] = {}
    query = (
        select(Delegation)
        .where(Delegation.user_id.in_(set(user_ids)), in_force(uow))
        .order_by(Delegation.id)
    )
    for each in uow.session.scalars(query):
        found.setdefault(each.user_id, []).append(each)
    return found


def stands_in_for(uow: UnitOfWork, actor: Actor) -> list[Delegation]:
    """Return the delegations in force under which somebody acts for others."""
    return absent_whose(uow, actor)


def _deputy(uow: UnitOfWork, actor: Actor, deputy_id: UUID) -> User:
    if deputy_id == actor.user_id:
        raise Invalid("Nobody is their own deputy.", field="deputy")
    deputy = uow.session.get(User, deputy_id)
    if deputy is None or deputy.disabled_at is not None:
        raise Invalid("There is nobody with an open account here.", field="deputy")
    return deputy


def _let_see(uow: UnitOfWork, delegation: Delegation) -> list[UUID]:
    """Let the deputy see the documents of what the reader holds; what comes later, delivery does.

    The documents are returned, because the index has to look at them again.

    Documents are taken in the order of their ids, so that two who do this do not wait for each
    other for ever.
    """
    query = (
        select(Document, Round.purpose)
        .join(ReadingItem, ReadingItem.document_id == Document.id)
        .join(Round, Round.id == ReadingItem.round_id)
        .where(
            ReadingItem.reader_id == delegation.user_id,
            ReadingItem.state.in_([each.value for each in HELD]),
            Round.purpose.in_(delegation.purposes),
            Document.secrecy <= delegation.ceiling,
        )
        .order_by(Document.id)
        .distinct()
    )
    begins = delegation.from_at if delegation.from_at > uow.now else None
    given = Given(delegation.deputy_id, delegation.id, begins, delegation.until_at)
    found = uow.session.execute(query).all()
    for document, purpose in found:
        grant_all(
            uow,
            document=document,
            given=[given],
            reason=purpose,
            granted_by=delegation.user_id,
        )
    return list(dict.fromkeys(document.id for document, _ in found))


def _record(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    delegation: Delegation,
    deputy: User,
    document_ids: Iterable[UUID],
) -> None:
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[delegation.id, delegation.user_id, delegation.deputy_id, *document_ids],
        payload={
            **actor.signature(),
            "deputy": deputy.name,
            "purposes": delegation.purposes,
            "ceiling": Secrecy(delegation.ceiling).code,
            "from": timestamp(delegation.from_at),
            "until": timestamp(delegation.until_at),
        },
    )


def _line(uow: UnitOfWork, delegation: Delegation, deputy: User) -> DelegationLine:
    if delegation.ended_at is not None or delegation.until_at <= uow.now:
        state = DelegationState.OVER
    else:
        begun = delegation.from_at <= uow.now
        state = DelegationState.IN_FORCE if begun else DelegationState.COMING
    return DelegationLine(
        id=delegation.id,
        deputy_id=deputy.id,
        deputy_name=deputy.name,
        purposes=tuple(Purpose(each) for each in delegation.purposes),
        ceiling=Secrecy(delegation.ceiling),
        from_at=delegation.from_at,
        until_at=delegation.until_at,
        ended_at=delegation.ended_at,
        state=state,
        falls_short=deputy.clearance < delegation.ceiling,
    )
