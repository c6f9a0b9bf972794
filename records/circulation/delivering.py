"""Delivering: items reach their readers, who from then on may see the document."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from records.circulation.keeping import record_items
from records.circulation.models import PageReading, ReadingItem, Round, Stage
from records.circulation.parties import covers, deputies_in_force
from records.circulation.rhythm import next_urge, rhythm_of
from records.circulation.rules import HELD, ITEM_EVENTS, ItemState, ItemStep, next_item_state
from records.core import news
from records.core.database import UnitOfWork
from records.core.log import timestamp
from records.documents.models import Document
from records.documents.sharing import Given, grant_all, revoke_for
from records.people.calendar import end_of_working_day
from records.people.models import Delegation
from records.people.rules import SERVICE, Actor


def new_item(
    uow: UnitOfWork,
    round_: Round,
    stage: Stage,
    *,
    reader_id: UUID,
    position: int,
    on_behalf_of_id: UUID | None = None,
    previous_id: UUID | None = None,
) -> ReadingItem:
    """Return a new item that waits; its caller adds it."""
    return ReadingItem(
        id=uow.new_id(),
        round_id=round_.id,
        stage_id=stage.id,
        document_id=round_.document_id,
        position=position,
        reader_id=reader_id,
        on_behalf_of_id=on_behalf_of_id,
        previous_id=previous_id,
        state=ItemState.WAITING.value,
        revision=round_.revision,
        urge_count=0,
    )


def deliver(
    uow: UnitOfWork,
    round_: Round,
    stage: Stage,
    items: Sequence[ReadingItem],
    document: Document,
    *,
    due_at: datetime | None = None,
    kind: str = "item.delivered",
) -> None:
    """Deliver items of one stage: a right to see the document, news, and one entry in the log.

    Args:
        due_at: A deadline of their own; without it that of the stage, or of the round.
        kind: What their readers are told: that it came, or that it is to be read again.
    """
    if not items:
        return
    due = due_at or due_of(uow, round_, stage)
    for item in items:
        item.state = next_item_state(ItemState(item.state), ItemStep.DELIVER).value
        _put_in_hand(uow, round_, item, due)
    uow.session.flush()
    let_see(uow, round_, items, document)
    facts = {"stage": stage.position, "due_at": timestamp(due) if due else None}
    record_items(uow, SERVICE, ITEM_EVENTS[ItemStep.DELIVER], items, round_, document, facts)
    tell_readers(uow, kind, round_, items, document)


def ask_again(
    uow: UnitOfWork, round_: Round, stage: Stage, items: Sequence[ReadingItem], document: Document
) -> None:
    """Deliver items anew that are in hand, because the content has changed."""
    if not items:
        return
    due = due_of(uow, round_, stage)
    for item in items:
        item.state = next_item_state(ItemState(item.state), ItemStep.ASK_AGAIN).value
        item.revision = round_.revision
        item.opened_at = None
        _put_in_hand(uow, round_, item, due)
    uow.session.execute(
        delete(PageReading).where(PageReading.item_id.in_([each.id for each in items]))
    )
    facts = {"stage": stage.position, "due_at": timestamp(due) if due else None}
    record_items(uow, SERVICE, ITEM_EVENTS[ItemStep.ASK_AGAIN], items, round_, document, facts)
    tell_readers(uow, "item.asked_again", round_, items, document)


def due_of(uow: UnitOfWork, round_: Round, stage: Stage) -> datetime | None:
    """Return until when an item that is delivered now has to be read.

    The deadline of a stage is worked out when it begins; whoever comes late gets as many days.
    """
    if stage.due_days is not None and (stage.due_at is None or stage.due_at <= uow.now):
        return end_of_working_day(uow, uow.now, stage.due_days)
    return stage.due_at or round_.due_at


def first_urge(uow: UnitOfWork, round_: Round, due_at: datetime | None) -> datetime | None:
    """Return when the service first looks whether a reader has to be reminded."""
    return next_urge(uow.now, due_at, rhythm_of(round_))


def let_see(
    uow: UnitOfWork, round_: Round, items: Iterable[ReadingItem], document: Document
) -> int:
    """Let the readers of items see the document, and whoever stands in for them, for that time.

    Returns:
        How many rights were given; who has one already keeps it.
    """
    concerned = list(items)
    given = [Given(each.reader_id, each.id) for each in concerned]
    query = select(Delegation).where(
        Delegation.user_id.in_({each.reader_id for each in concerned}),
        Delegation.ended_at.is_(None),
        Delegation.until_at > uow.now,
    )
    given += [
        Given(
            each.deputy_id,
            each.id,
            each.from_at if each.from_at > uow.now else None,
            each.until_at,
        )
        for each in uow.session.scalars(query)
        if covers(each, round_.purpose, document)
    ]
    reason, granted_by = round_.purpose, round_.sender_id
    return grant_all(uow, document=document, given=given, reason=reason, granted_by=granted_by)


def take_back(uow: UnitOfWork, items: Iterable[ReadingItem], document: Document) -> None:
    """Take back the rights that follow from items, and those of deputies for whom none is left."""
    concerned = list(items)
    revoke_for(uow, [each.id for each in concerned], document_id=document.id)
    readers = {each.reader_id for each in concerned}
    still = select(ReadingItem.reader_id).where(
        ReadingItem.document_id == document.id,
        ReadingItem.reader_id.in_(readers),
        ReadingItem.state.in_([each.value for each in HELD]),
    )
    gone = readers - set(uow.session.scalars(still))
    if gone:
        delegations = uow.session.scalars(
            select(Delegation.id).where(Delegation.user_id.in_(gone))
        ).all()
        revoke_for(uow, delegations, document_id=document.id)


def tell_readers(
    uow: UnitOfWork, kind: str, round_: Round, items: Sequence[ReadingItem], document: Document
) -> None:
    """Have the readers of items told, and whoever stands in for them now."""
    deputies = deputies_in_force(uow, round_, document, [each.reader_id for each in items])
    for item in items:
        news.tell(
            uow,
            kind,
            to=[item.reader_id, *deputies.get(item.reader_id, ())],
            cause=f"{kind}:{item.id}:{item.revision}",
            subject_id=item.id,
            document_id=document.id,
            facts={
                "round": str(round_.id),
                "purpose": round_.purpose,
                "due_at": timestamp(item.due_at) if item.due_at else None,
                "sender": str(round_.sender_id),
            },
        )


def tell_managers(
    uow: UnitOfWork,
    kind: str,
    round_: Round,
    document: Document,
    *,
    cause: str,
    subject_id: UUID,
    besides: Actor | None = None,
    **facts: str | None,
) -> None:
    """Have the sender and whoever urges told, except the one who did it."""
    told = {round_.sender_id, round_.urger_id} - ({besides.user_id} if besides else set())
    news.tell(
        uow,
        kind,
        to=sorted(told),
        cause=cause,
        subject_id=subject_id,
        document_id=document.id,
        facts={"round": str(round_.id), "purpose": round_.purpose, **facts},
    )


def _put_in_hand(
    uow: UnitOfWork, round_: Round, item: ReadingItem, due_at: datetime | None
) -> None:
    item.delivered_at = uow.now
    item.due_at = due_at
    item.next_urge_at = first_urge(uow, round_, due_at)
