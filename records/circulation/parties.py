"""Who takes part in a round, in which part, and the locks that order their acts.

Acts on a round take its row first, then what hangs on it, then the document: so the last two
readers who sign at once cannot both miss that the stage has ended.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from records.circulation.models import ReadingItem, Round
from records.circulation.rules import RoundState
from records.core.database import UnitOfWork
from records.core.errors import NotAllowed, NotFound
from records.documents.models import Document
from records.documents.sharing import lock_document
from records.documents.visibility import get_document, visible
from records.people.actors import units_below
from records.people.models import Delegation, Unit
from records.people.rules import Act, Actor, Role


def lock_rounds(uow: UnitOfWork, round_ids: Iterable[UUID]) -> dict[UUID, Round]:
    """Return rounds by id, held until the unit ends, in the one order that knows no deadlock.

    Of several, the documents are held too: their access rows may have to be written.
    """
    query = (
        select(Round)
        .where(Round.id.in_(set(round_ids)))
        .order_by(Round.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {each.id: each for each in uow.session.scalars(query)}
    if len(found) > 1:
        for document_id in sorted({each.document_id for each in found.values()}):
            lock_document(uow, document_id)
    return found


# The manager -------------------------------------------------------------------------------------


def manages(actor: Actor, round_: Round, document: Document) -> bool:
    """Return whether somebody manages a round: sends it, urges in it, or keeps the register."""
    if actor.is_service:
        return True
    if actor.user_id is not None and actor.user_id in (round_.sender_id, round_.urger_id):
        return True
    return actor.may(Act.REGISTER) and document.clerk_unit_id in actor.clerk_units


def managed_round(uow: UnitOfWork, actor: Actor, round_id: UUID) -> tuple[Round, Document]:
    """Return a round that has been sent, held for an act of its manager, and its document.

    Raises:
        NotFound: There is none, or this person may not know of it.
        NotAllowed: The person sees the document and does not manage the round.
    """
    round_ = lock_rounds(uow, [round_id]).get(round_id)
    if round_ is None or round_.state in (RoundState.DRAFT, RoundState.DISCARDED):
        raise NotFound
    document = get_document(uow, actor, round_.document_id)
    if not manages(actor, round_, document):
        raise NotAllowed("Only those who manage this reading round may do this.")
    return round_, document


def managed_item(
    uow: UnitOfWork, actor: Actor, item_id: UUID
) -> tuple[ReadingItem, Round, Document]:
    """Return an item held for an act of the manager of its round.

    Raises:
        NotFound: There is none, or this person may not know of it.
        NotAllowed: The person sees the document and does not manage the round.
    """
    round_id = _round_of(uow, actor, item_id)
    round_, document = managed_round(uow, actor, round_id)
    return _fresh_item(uow, item_id), round_, document


# The reader and the deputy -----------------------------------------------------------------------


def in_force(uow: UnitOfWork) -> ColumnElement[bool]:
    """Return the predicate on delegations that one holds at this moment."""
    return and_(
        Delegation.ended_at.is_(None),
        Delegation.from_at <= uow.now,
        Delegation.until_at > uow.now,
    )


def covers(delegation: Delegation, purpose: str, document: Document) -> bool:
    """Return whether a delegation reaches a round of this purpose on this document."""
    return purpose in delegation.purposes and document.secrecy <= delegation.ceiling


def reads_for(uow: UnitOfWork, actor: Actor, item: ReadingItem, document: Document) -> bool:
    """Return whether an item is somebody's to read: their own, or that of a person who is away."""
    if actor.user_id is None:
        return False
    if item.reader_id == actor.user_id:
        return True
    purpose = uow.session.scalar(select(Round.purpose).where(Round.id == item.round_id))
    found = uow.session.scalars(
        select(Delegation).where(
            Delegation.user_id == item.reader_id,
            Delegation.deputy_id == actor.user_id,
            in_force(uow),
        )
    )
    return purpose is not None and any(covers(each, purpose, document) for each in found)


def read_item(
    uow: UnitOfWork, actor: Actor, item_id: UUID, *, for_update: bool = False
) -> tuple[ReadingItem, Round, Document]:
    """Return an item with its round and document, as its reader or a deputy has it.

    Raises:
        NotFound: There is none, or it is not this person's to read.
    """
    round_id = _round_of(uow, actor, item_id)
    if for_update:
        round_ = lock_rounds(uow, [round_id])[round_id]
        item = _fresh_item(uow, item_id)
    else:
        round_ = uow.session.get_one(Round, round_id)
        item = uow.session.get_one(ReadingItem, item_id)
    if round_.state in (RoundState.DRAFT, RoundState.DISCARDED):
        raise NotFound
    document = get_document(uow, actor, round_.document_id)
    if not reads_for(uow, actor, item, document):
        raise NotFound
    return item, round_, document


def _round_of(uow: UnitOfWork, actor: Actor, item_id: UUID) -> UUID:
    """Return the round of an item whose document a person may see, before anything is held.

    Raises:
        NotFound: There is none, or this person may not know of it.
    """
    seen = visible(uow, actor, ReadingItem.document_id)
    query = select(ReadingItem.round_id).where(ReadingItem.id == item_id, seen)
    round_id = uow.session.scalar(query)
    if round_id is None:
        raise NotFound
    return round_id


def deputies_in_force(
    uow: UnitOfWork, round_: Round, document: Document, reader_ids: Iterable[UUID]
) -> dict[UUID, list[UUID]]:
    """Return, by reader, who stands in for them now in this round; one query."""
    found: dict[UUID, list[UUID]] = {}
    query = select(Delegation).where(Delegation.user_id.in_(set(reader_ids)), in_force(uow))
    for each in uow.session.scalars(query):
        if covers(each, round_.purpose, document):
            found.setdefault(each.user_id, []).append(each.deputy_id)
    return found


def absent_whose(uow: UnitOfWork, actor: Actor) -> list[Delegation]:
    """Return the delegations in force under which somebody acts for others."""
    if actor.user_id is None:
        return []
    query = select(Delegation).where(Delegation.deputy_id == actor.user_id, in_force(uow))
    return list(uow.session.scalars(query))


# Who sees opinions -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Onlooker:
    """Somebody who sees a document, with what decides whether they see its readers' opinions.

    Those who take part see them, whoever manages the round, and the leaders of the responsible
    unit.
    """

    actor: Actor
    document: Document
    leads: bool
    delegations: tuple[Delegation, ...]

    def sees_opinions(self, round_: Round, reader_ids: Collection[UUID]) -> bool:
        """Return whether what these readers of a round said is for this person to see."""
        if self.leads or manages(self.actor, round_, self.document):
            return True
        return self.actor.user_id in reader_ids or any(
            each.user_id in reader_ids and covers(each, round_.purpose, self.document)
            for each in self.delegations
        )


def onlooker(uow: UnitOfWork, actor: Actor, document: Document) -> Onlooker:
    """Return what decides about opinions on a document; two queries at most."""
    leads = _leads(uow, actor, document.unit_id)
    return Onlooker(actor, document, leads, tuple(absent_whose(uow, actor)))


def sees_opinions(uow: UnitOfWork, actor: Actor, round_: Round, document: Document) -> bool:
    """Return whether somebody who sees the document may see what the readers of a round said."""
    query = select(ReadingItem.reader_id).where(
        ReadingItem.round_id == round_.id, ReadingItem.delivered_at.is_not(None)
    )
    readers = set(uow.session.scalars(query))
    return onlooker(uow, actor, document).sees_opinions(round_, readers)


def _leads(uow: UnitOfWork, actor: Actor, unit_id: UUID | None) -> bool:
    led = {post.unit_id for post in actor.posts if Role.LEADER in post.roles}
    if unit_id is None or unit_id not in actor.responsible_units or not led:
        return False
    if unit_id in led:
        return True
    rows = uow.session.execute(select(Unit.id, Unit.parent_id)).all()
    return unit_id in units_below({row[0]: row[1] for row in rows}, led)


def _fresh_item(uow: UnitOfWork, item_id: UUID) -> ReadingItem:
    query = select(ReadingItem).where(ReadingItem.id == item_id)
    return uow.session.scalars(query.execution_options(populate_existing=True)).one()
