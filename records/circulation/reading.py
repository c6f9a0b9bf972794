"""Use cases of the reader, and of the deputy: opening, reading pages, giving back, delegating."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, select

from records.circulation.advancing import advance
from records.circulation.contents import component_ids, sent_content
from records.circulation.delivering import deliver, new_item, take_back, tell_managers
from records.circulation.keeping import record_item
from records.circulation.models import PageReading, ReadingItem, Round, Stage
from records.circulation.parties import read_item
from records.circulation.plans import check_can_read
from records.circulation.rules import (
    HELD,
    ITEM_EVENTS,
    Decision,
    ItemState,
    ItemStep,
    next_item_state,
)
from records.core import news
from records.core.database import UnitOfWork, insert_into
from records.core.errors import Invalid
from records.core.rows import clean, filled
from records.documents.models import Component, Document
from records.people.rules import Actor

MAX_PAGES_AT_ONCE = 500
MAX_PAGES = 10_000
MAX_SECONDS = 24 * 3600


@dataclass(frozen=True)
class PageShown:
    """One page that was shown to a reader, and for how long; pages count from 1."""

    component_id: UUID
    page: int
    seconds: int


def get_item(
    uow: UnitOfWork, actor: Actor, item_id: UUID, *, for_update: bool = False
) -> ReadingItem:
    """Return an item as its reader or a deputy has it.

    Args:
        for_update: Whether it is held for an act, with its round.

    Raises:
        NotFound: There is none, or it is not this person's to read.
    """
    return read_item(uow, actor, item_id, for_update=for_update)[0]


def open_item(uow: UnitOfWork, actor: Actor, *, item_id: UUID) -> ReadingItem:
    """Note that a reader has opened an item; opened or ended already, it stays as it is.

    Raises:
        Conflict: It has not been delivered yet.
    """
    item, round_, document = read_item(uow, actor, item_id, for_update=True)
    if item.state not in (ItemState.DELIVERED, ItemState.WAITING):
        return item
    item.state = next_item_state(ItemState(item.state), ItemStep.OPEN).value
    item.opened_at = uow.now
    record_item(uow, actor, ITEM_EVENTS[ItemStep.OPEN], item, round_, document)
    return item


def note_pages(uow: UnitOfWork, actor: Actor, *, item_id: UUID, pages: Sequence[PageShown]) -> None:
    """Add up which pages were shown and for how long; what does not belong to the item is left out.

    Nothing is noted once the item has ended.
    """
    item, round_, _ = read_item(uow, actor, item_id)
    if item.state not in HELD:
        return
    shown = _of_item(uow, item, round_, pages[:MAX_PAGES_AT_ONCE])
    if not shown or _pages_noted(uow, item) + len(shown) > MAX_PAGES:
        return
    rows = [
        {
            "item_id": item.id,
            "component_id": component_id,
            "page": page,
            "seconds": min(seconds, MAX_SECONDS),
            "first_at": uow.now,
        }
        for (component_id, page), seconds in sorted(shown.items())
    ]
    insert = insert_into(uow.session, PageReading).values(rows)
    total = PageReading.seconds + insert.excluded.seconds
    uow.session.execute(
        insert.on_conflict_do_update(
            index_elements=["item_id", "component_id", "page"],
            set_={"seconds": case((total > MAX_SECONDS, MAX_SECONDS), else_=total)},
        )
    )


def pages_shown(uow: UnitOfWork, item_id: UUID) -> list[PageShown]:
    """Return what was noted of an item that somebody has been found to read, in order of files."""
    query = (
        select(PageReading.component_id, PageReading.page, PageReading.seconds)
        .where(PageReading.item_id == item_id)
        .order_by(PageReading.component_id, PageReading.page)
    )
    return [PageShown(*row) for row in uow.session.execute(query)]


def return_item(uow: UnitOfWork, actor: Actor, *, item_id: UUID, reason: str) -> ReadingItem:
    """Give an item back to the sender with a reason; its stage waits until the sender settles it.

    Raises:
        Invalid: No reason.
        Conflict: The item has ended, or was not delivered.
    """
    item, round_, document = read_item(uow, actor, item_id, for_update=True)
    reason = filled(reason, "reason")
    end_item(uow, actor, item, ItemStep.GIVE_BACK, reason=reason)
    tell_managers(
        uow,
        "item.returned",
        round_,
        document,
        cause=f"item.returned:{item.id}",
        subject_id=item.id,
        besides=actor,
        reader=str(item.reader_id),
    )
    return item


def delegate_item(
    uow: UnitOfWork, actor: Actor, *, item_id: UUID, to_id: UUID, reason: str | None = None
) -> ReadingItem:
    """Hand an item on to somebody who reads it on behalf of its reader; return their item.

    Raises:
        Invalid: The person is the reader, has a closed account, or not enough clearance.
        Conflict: The item has ended, or was not delivered.
    """
    item, round_, document = read_item(uow, actor, item_id, for_update=True)
    if to_id == item.reader_id:
        raise Invalid("An item is handed on to somebody else.", field="to")
    people = check_can_read(uow, document, [to_id], field="to")
    stage = uow.session.get_one(Stage, item.stage_id)
    follower = new_item(
        uow,
        round_,
        stage,
        reader_id=to_id,
        position=next_position(uow, stage),
        on_behalf_of_id=item.reader_id,
        previous_id=item.id,
    )
    told = clean(reason or "").strip() or None
    facts = {"to": people[to_id].name}
    _end(uow, actor, item, ItemStep.DELEGATE, round_, document, reason=told, facts=facts)
    uow.session.add(follower)
    deliver(uow, round_, stage, [follower], document, due_at=item.due_at)
    tell_managers(
        uow,
        "item.delegated",
        round_,
        document,
        cause=f"item.delegated:{item.id}",
        subject_id=item.id,
        besides=actor,
        reader=str(item.reader_id),
        to=str(to_id),
    )
    return follower


def end_item(
    uow: UnitOfWork,
    actor: Actor,
    item: ReadingItem,
    step: ItemStep,
    *,
    reason: str | None = None,
    decision: Decision | None = None,
    opinion: str | None = None,
) -> None:
    """End an item by the table, settle what its reader was told, and advance stage and round.

    The item must be held (`get_item(…, for_update=True)`). Every step leaves its entry here but
    signing, which records the receipt itself, before it calls this.

    Raises:
        Conflict: The step is not open from the item's state.
    """
    round_ = uow.session.get_one(Round, item.round_id)
    document = uow.session.get_one(Document, item.document_id)
    item.decision = decision.value if decision else None
    item.opinion = opinion
    _end(uow, actor, item, step, round_, document, reason=reason)
    advance(uow, round_, document)


def drop_item(
    uow: UnitOfWork,
    actor: Actor,
    item: ReadingItem,
    step: ItemStep,
    round_: Round,
    document: Document,
    *,
    reason: str,
) -> None:
    """End an item on the manager's word: its reader was told in vain, and may see it no more."""
    was_open = item.state == ItemState.OPENED
    was_delivered = item.state in HELD
    _end(uow, actor, item, step, round_, document, reason=reason)
    if was_delivered:
        take_back(uow, [item], document)
    if was_open and step == ItemStep.RECALL:
        tell_recalled(uow, item, round_)


def tell_recalled(uow: UnitOfWork, item: ReadingItem, round_: Round) -> None:
    """Tell a reader who has begun to read that the item is gone."""
    news.tell(
        uow,
        "item.recalled",
        to=[item.reader_id],
        cause=f"item.recalled:{item.id}",
        subject_id=item.id,
        document_id=item.document_id,
        facts={"round": str(round_.id), "purpose": round_.purpose},
    )


def next_position(uow: UnitOfWork, stage: Stage) -> int:
    """Return the place after the last item of a stage."""
    last = select(func.max(ReadingItem.position)).where(ReadingItem.stage_id == stage.id)
    return (uow.session.scalar(last) or 0) + 1


def _end(
    uow: UnitOfWork,
    actor: Actor,
    item: ReadingItem,
    step: ItemStep,
    round_: Round,
    document: Document,
    *,
    reason: str | None = None,
    facts: dict[str, str] | None = None,
) -> None:
    item.state = next_item_state(ItemState(item.state), step).value
    item.ended_at, item.ended_by = uow.now, actor.user_id
    item.reason, item.next_urge_at = reason, None
    news.settle(uow, [item.id])
    if step != ItemStep.SIGN:
        told = {**(facts or {}), "reason": reason}
        record_item(uow, actor, ITEM_EVENTS[step], item, round_, document, told)


def _of_item(
    uow: UnitOfWork, item: ReadingItem, round_: Round, pages: Sequence[PageShown]
) -> dict[tuple[UUID, int], int]:
    """Return the seconds by component and page, of pages that the item has."""
    known = component_ids(sent_content(uow, round_.id, item.revision))
    rows = uow.session.execute(
        select(Component.id, Component.page_count).where(Component.id.in_(known))
    )
    counts = {row[0]: row[1] for row in rows}
    found: dict[tuple[UUID, int], int] = {}
    for each in pages:
        last = counts.get(each.component_id, 0)
        # How many pages a file has is not known before it was read.
        if 1 <= each.page <= (MAX_PAGES if last is None else last) and each.seconds >= 0:
            key = (each.component_id, each.page)
            found[key] = found.get(key, 0) + each.seconds
    return found


def _pages_noted(uow: UnitOfWork, item: ReadingItem) -> int:
    query = select(func.count()).where(PageReading.item_id == item.id)
    return uow.session.scalar(query) or 0
