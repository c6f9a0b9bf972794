"""Use cases of whoever manages a round under way: readers, order, deadline, recall, the end."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from records.circulation.advancing import advance, items_of, reopen, stages_of, take_step
from records.circulation.delivering import (
    deliver,
    first_urge,
    new_item,
    take_back,
)
from records.circulation.keeping import record_item, record_items, record_round
from records.circulation.models import ReadingItem, Round, Stage
from records.circulation.parties import managed_item, managed_round
from records.circulation.plans import MAX_STAGES, check_can_read, check_due_days, check_known
from records.circulation.reading import drop_item, next_position, tell_recalled
from records.circulation.rules import (
    ENDED,
    HELD,
    ITEM_EVENTS,
    ItemState,
    ItemStep,
    RoundState,
    RoundStep,
    StageState,
    next_item_state,
)
from records.core import news
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.core.log import timestamp
from records.core.rows import clean, filled
from records.documents.models import Document
from records.documents.sharing import revoke_for
from records.people.rules import Actor


def add_readers(
    uow: UnitOfWork,
    actor: Actor,
    *,
    round_id: UUID,
    stage_id: UUID | None,
    reader_ids: Sequence[UUID],
    due_days: int | None = None,
) -> list[ReadingItem]:
    """Add readers to a stage that has not ended, or as a new stage at the end.

    A stage under way delivers to them at once; a complete round runs again.

    Raises:
        Invalid: Nobody is named, or somebody cannot read the document.
        Conflict: The round or the stage has ended.
    """
    round_, document = managed_round(uow, actor, round_id)
    _check_open(round_)
    check_due_days(due_days)
    if not reader_ids:
        raise Invalid("Say who is to read.", field="readers")
    check_known(uow, reader_ids)
    check_can_read(uow, document, reader_ids)
    stage = _stage_for(uow, round_, stage_id, due_days)
    first = next_position(uow, stage)
    items = [
        new_item(uow, round_, stage, reader_id=each, position=position)
        for position, each in enumerate(reader_ids, start=first)
    ]
    uow.session.add_all(items)
    facts = {"stage": stage.position}
    record_items(uow, actor, "round.readers_added", items, round_, document, facts)
    reopen(uow, actor, round_, document)
    if stage.state == StageState.RUNNING:
        deliver(uow, round_, stage, items, document)
    else:
        advance(uow, round_, document)
    return items


def skip_item(uow: UnitOfWork, actor: Actor, *, item_id: UUID, reason: str) -> ReadingItem:
    """Go on without a reader.

    Raises:
        Invalid: No reason.
        Conflict: The item has ended.
    """
    return _drop(uow, actor, item_id, ItemStep.SKIP, reason)


def recall_item(uow: UnitOfWork, actor: Actor, *, item_id: UUID, reason: str) -> ReadingItem:
    """Take an item back from its reader.

    Raises:
        Invalid: No reason.
        Conflict: The item has ended.
    """
    return _drop(uow, actor, item_id, ItemStep.RECALL, reason)


def recall_round(uow: UnitOfWork, actor: Actor, *, round_id: UUID, reason: str) -> Round:
    """Take back everything that has not been answered, and end the round.

    Raises:
        Invalid: No reason.
        Conflict: The round has ended.
    """
    round_, document = managed_round(uow, actor, round_id)
    reason = filled(reason, "reason")
    take_step(uow, actor, round_, RoundStep.RECALL, document, reason=reason)
    opened = [each for each in items_of(uow, round_) if each.state == ItemState.OPENED]
    taken = _end_all(uow, actor, round_, document, ItemStep.RECALL, reason)
    _end_round(uow, actor, round_, reason)
    take_back(uow, taken, document)
    revoke_for(uow, [round_.id], document_id=document.id)
    for item in opened:
        tell_recalled(uow, item, round_)
    return round_


def close_round(uow: UnitOfWork, actor: Actor, *, round_id: UUID, reason: str | None) -> Round:
    """Close a complete round, or one under way with a reason: what is open is skipped.

    What was delivered stays readable.

    Raises:
        Invalid: A round under way is closed without a reason.
        Conflict: The round has ended.
    """
    round_, document = managed_round(uow, actor, round_id)
    told = clean(reason or "").strip() or None
    if round_.state == RoundState.RUNNING:
        told = filled(told or "", "reason")
    take_step(uow, actor, round_, RoundStep.CLOSE, document, reason=told)
    _end_all(uow, actor, round_, document, ItemStep.SKIP, told)
    _end_round(uow, actor, round_, told)
    return round_


def reorder_stages(
    uow: UnitOfWork, actor: Actor, *, round_id: UUID, stage_ids: Sequence[UUID]
) -> None:
    """Put the stages that have not begun into another order.

    Raises:
        Invalid: The ids are not those of the stages not begun, each once.
        Conflict: The round has ended.
    """
    round_, document = managed_round(uow, actor, round_id)
    _check_open(round_)
    waiting = [each for each in stages_of(uow, round_) if each.state == StageState.WAITING]
    if sorted(stage_ids) != sorted(each.id for each in waiting):
        raise Invalid("Name every stage that has not begun once.", field="stages")
    places = [each.position for each in waiting]
    by_id = {each.id: each for each in waiting}
    # A place is free before another stage takes it.
    for stage in waiting:
        stage.position = -stage.position
    uow.session.flush()
    for place, stage_id in zip(places, stage_ids, strict=True):
        by_id[stage_id].position = place
    uow.session.flush()
    facts = {"stages": [str(each) for each in stage_ids]}
    record_round(uow, actor, "round.reordered", round_, document, facts)


def send_again(uow: UnitOfWork, actor: Actor, *, item_id: UUID) -> ReadingItem:
    """Send an item that was returned to its reader once more; return the new item.

    Raises:
        Conflict: It was not returned, or is settled already.
    """
    item, round_, document = _returned(uow, actor, item_id)
    check_can_read(uow, document, [item.reader_id])
    stage = uow.session.get_one(Stage, item.stage_id)
    follower = new_item(
        uow,
        round_,
        stage,
        reader_id=item.reader_id,
        position=next_position(uow, stage),
        on_behalf_of_id=item.on_behalf_of_id,
        previous_id=item.id,
    )
    _settle(uow, actor, item, round_, document, again=True)
    uow.session.add(follower)
    deliver(uow, round_, stage, [follower], document)
    return follower


def settle_item(uow: UnitOfWork, actor: Actor, *, item_id: UUID) -> None:
    """Go on after an item was returned, without sending it again.

    Raises:
        Conflict: It was not returned, or is settled already.
    """
    item, round_, document = _returned(uow, actor, item_id)
    _settle(uow, actor, item, round_, document, again=False)
    advance(uow, round_, document)


def change_deadline(
    uow: UnitOfWork,
    actor: Actor,
    *,
    round_id: UUID,
    stage_id: UUID | None,
    due_at: datetime | None,
) -> None:
    """Change until when a round, or one stage of it, has to be read; None takes the deadline away.

    Raises:
        Invalid: The deadline is past.
        Conflict: The round or the stage has ended.
    """
    round_, document = managed_round(uow, actor, round_id)
    _check_open(round_)
    if due_at is not None and due_at <= uow.now:
        raise Invalid("The deadline is past.", field="due_at")
    stages = stages_of(uow, round_)
    if stage_id is None:
        round_.due_at = due_at
        changed = [each for each in stages if each.due_at is None and each.due_days is None]
    else:
        stage = _open_stage(stages, stage_id)
        stage.due_at, stage.due_days = due_at, None
        changed = [stage]
    _set_due(uow, round_, changed)
    facts = {
        "due_at": timestamp(due_at) if due_at else None,
        "stage": None if stage_id is None else changed[0].position,
    }
    record_round(uow, actor, "round.deadline_changed", round_, document, facts)


# What they have in common ------------------------------------------------------------------------


def _check_open(round_: Round) -> None:
    if round_.state not in (RoundState.RUNNING, RoundState.COMPLETE):
        raise Conflict("This reading round is %(state)s.", {"state": round_.state})


def _open_stage(stages: Iterable[Stage], stage_id: UUID) -> Stage:
    for stage in stages:
        if stage.id == stage_id:
            if stage.state == StageState.DONE:
                raise Conflict("This stage has ended.")
            return stage
    raise NotFound


def _stage_for(
    uow: UnitOfWork, round_: Round, stage_id: UUID | None, due_days: int | None
) -> Stage:
    stages = stages_of(uow, round_)
    if stage_id is not None:
        return _open_stage(stages, stage_id)
    if len(stages) >= MAX_STAGES:
        raise Invalid("A round has at most %(most)d stages.", {"most": MAX_STAGES}, field="stages")
    stage = Stage(
        id=uow.new_id(),
        round_id=round_.id,
        position=max((each.position for each in stages), default=0) + 1,
        state=StageState.WAITING.value,
        due_days=due_days,
    )
    uow.session.add(stage)
    uow.session.flush()
    return stage


def _drop(uow: UnitOfWork, actor: Actor, item_id: UUID, step: ItemStep, reason: str) -> ReadingItem:
    item, round_, document = managed_item(uow, actor, item_id)
    drop_item(uow, actor, item, step, round_, document, reason=filled(reason, "reason"))
    advance(uow, round_, document)
    return item


def _end_all(
    uow: UnitOfWork,
    actor: Actor,
    round_: Round,
    document: Document,
    step: ItemStep,
    reason: str | None,
) -> list[ReadingItem]:
    """End every item that is open, with one entry in the log; return them."""
    ended = [each for each in items_of(uow, round_) if each.state not in ENDED]
    for item in ended:
        item.state = next_item_state(ItemState(item.state), step).value
        item.ended_at, item.ended_by = uow.now, actor.user_id
        item.reason, item.next_urge_at = reason, None
    news.settle(uow, [each.id for each in ended])
    if ended:
        record_items(uow, actor, ITEM_EVENTS[step], ended, round_, document, {"reason": reason})
    return ended


def _end_round(uow: UnitOfWork, actor: Actor, round_: Round, reason: str | None) -> None:
    round_.ended_at, round_.ended_by, round_.end_reason = uow.now, actor.user_id, reason
    returned: list[UUID] = []
    for item in items_of(uow, round_):
        if item.state == ItemState.RETURNED and item.settled_at is None:
            item.settled_at = uow.now
            returned.append(item.id)
    for stage in stages_of(uow, round_):
        if stage.state != StageState.DONE:
            stage.state, stage.ended_at = StageState.DONE.value, uow.now
    news.settle(uow, [round_.id, *returned])


def _returned(uow: UnitOfWork, actor: Actor, item_id: UUID) -> tuple[ReadingItem, Round, Document]:
    item, round_, document = managed_item(uow, actor, item_id)
    if item.state != ItemState.RETURNED:
        raise Conflict("This reading item is %(state)s.", {"state": item.state})
    if item.settled_at is not None:
        raise Conflict("This is settled already.")
    return item, round_, document


def _settle(
    uow: UnitOfWork,
    actor: Actor,
    item: ReadingItem,
    round_: Round,
    document: Document,
    *,
    again: bool,
) -> None:
    item.settled_at = uow.now
    news.settle(uow, [item.id])
    record_item(uow, actor, "item.settled", item, round_, document, {"again": again})


def _set_due(uow: UnitOfWork, round_: Round, stages: Iterable[Stage]) -> None:
    """Give what is in hand in some stages their deadline, and look anew when to remind."""
    for stage in stages:
        due_at = stage.due_at or round_.due_at
        held = select(ReadingItem).where(
            ReadingItem.stage_id == stage.id,
            ReadingItem.state.in_([each.value for each in HELD]),
        )
        for item in uow.session.scalars(held):
            item.due_at = due_at
            item.next_urge_at = first_urge(uow, round_, due_at)
