"""What follows when an item has ended: its stage may end, the next begin, the round be complete."""

from collections.abc import Sequence

from sqlalchemy import select

from records.circulation.delivering import deliver, due_of, tell_managers
from records.circulation.keeping import record_round
from records.circulation.models import ReadingItem, Round, Stage
from records.circulation.rules import (
    ENDED,
    ROUND_EVENTS,
    ItemState,
    RoundState,
    RoundStep,
    StageState,
    next_round_state,
)
from records.core import news
from records.core.database import UnitOfWork
from records.core.log import timestamp
from records.documents.models import Document
from records.people.rules import SERVICE, Actor


def take_step(
    uow: UnitOfWork,
    actor: Actor,
    round_: Round,
    step: RoundStep,
    document: Document,
    **facts: object,
) -> None:
    """Take a step of the table of rounds, and record it."""
    round_.state = next_round_state(RoundState(round_.state), step).value
    record_round(uow, actor, ROUND_EVENTS[step], round_, document, facts)


def stages_of(uow: UnitOfWork, round_: Round) -> list[Stage]:
    """Return the stages of a round in order."""
    query = select(Stage).where(Stage.round_id == round_.id).order_by(Stage.position)
    return list(uow.session.scalars(query))


def items_of(uow: UnitOfWork, round_: Round) -> list[ReadingItem]:
    """Return the items of a round in the order of its stages' making and of their places."""
    query = (
        select(ReadingItem)
        .where(ReadingItem.round_id == round_.id)
        .order_by(ReadingItem.stage_id, ReadingItem.position, ReadingItem.id)
    )
    return list(uow.session.scalars(query))


def advance(uow: UnitOfWork, round_: Round, document: Document) -> None:
    """End stages that are done, begin the next, and complete the round when none is left.

    A returned item holds its stage until the sender has settled it.
    """
    if round_.state != RoundState.RUNNING:
        return
    uow.session.flush()
    stages = stages_of(uow, round_)
    open_items = _open_items(uow, round_)
    for stage in stages:
        if stage.state == StageState.RUNNING and not open_items.get(stage.id):
            stage.state, stage.ended_at = StageState.DONE.value, uow.now
    if any(each.state == StageState.RUNNING for each in stages):
        return
    for stage in stages:
        if stage.state == StageState.WAITING:
            waiting = open_items.get(stage.id, [])
            if waiting:
                begin_stage(uow, round_, stage, waiting, document)
                return
            stage.state, stage.ended_at = StageState.DONE.value, uow.now
    _complete(uow, round_, document)


def begin_stage(
    uow: UnitOfWork,
    round_: Round,
    stage: Stage,
    items: Sequence[ReadingItem],
    document: Document,
) -> None:
    """Let a stage begin: its deadline is worked out and its items are delivered."""
    stage.state, stage.began_at = StageState.RUNNING.value, uow.now
    if stage.due_days is not None:
        stage.due_at = due_of(uow, round_, stage)
    deliver(uow, round_, stage, items, document)


def reopen(uow: UnitOfWork, actor: Actor, round_: Round, document: Document) -> None:
    """Let a complete round run again, because there is something to read in it."""
    if round_.state == RoundState.COMPLETE:
        take_step(uow, actor, round_, RoundStep.RESUME, document)
        news.settle(uow, [round_.id])


def _complete(uow: UnitOfWork, round_: Round, document: Document) -> None:
    take_step(uow, SERVICE, round_, RoundStep.COMPLETE, document)
    cause = f"round.completed:{round_.id}:{timestamp(uow.now)}"
    tell_managers(uow, "round.completed", round_, document, cause=cause, subject_id=round_.id)


def _open_items(uow: UnitOfWork, round_: Round) -> dict[object, list[ReadingItem]]:
    """Return by stage what holds it: items that have not ended, and returned ones not settled."""
    found: dict[object, list[ReadingItem]] = {}
    query = (
        select(ReadingItem)
        .where(ReadingItem.round_id == round_.id)
        .order_by(ReadingItem.position, ReadingItem.id)
    )
    for item in uow.session.scalars(query):
        returned = item.state == ItemState.RETURNED and item.settled_at is None
        if item.state not in ENDED or returned:
            found.setdefault(item.stage_id, []).append(item)
    return found
