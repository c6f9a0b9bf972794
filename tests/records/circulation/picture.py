"""A round as the tables have it, frozen, and what must hold of it at any moment."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from records.circulation.models import ReadingItem, Round, RoundContent, Stage
from records.circulation.parties import covers
from records.circulation.rules import (
    ENDED,
    HELD,
    ITEM_STEPS,
    ROUND_STEPS,
    ItemState,
    RoundState,
    StageState,
)
from records.core.base import table_of
from records.core.database import UnitOfWork
from records.core.log import LogEntry, LogObject
from records.documents.models import Access, Document, Grant
from records.documents.visibility import access_rows
from records.people.models import Delegation

ITEM_WAYS = {(before.value, after.value) for (before, _), after in ITEM_STEPS.items()}
ROUND_WAYS = {(before.value, after.value) for (before, _), after in ROUND_STEPS.items()}
STAGE_WAYS = {("waiting", "running"), ("waiting", "done"), ("running", "done"), ("done", "running")}


@dataclass(frozen=True)
class Picture:
    """A round with its stages in order, and its items."""

    round: Round
    stages: list[Stage]
    items: list[ReadingItem]

    def items_in(self, stage: Stage) -> list[ReadingItem]:
        return [each for each in self.items if each.stage_id == stage.id]


def picture(uow: UnitOfWork, round_id: UUID) -> Picture:
    """Look at a round anew."""
    round_ = uow.session.get_one(Round, round_id)
    stages = select(Stage).where(Stage.round_id == round_id).order_by(Stage.position)
    items = select(ReadingItem).where(ReadingItem.round_id == round_id).order_by(ReadingItem.id)
    return Picture(round_, list(uow.session.scalars(stages)), list(uow.session.scalars(items)))


def check_way(before: Picture, after: Picture) -> None:
    """Whatever was done in one act, every row took a declared step, or stayed."""
    assert _is_way(before.round.state, after.round.state, ROUND_WAYS)
    stages = {each.id: each.state for each in before.stages}
    for stage in after.stages:
        assert _is_way(stages.get(stage.id, "waiting"), stage.state, STAGE_WAYS)
    items = {each.id: each for each in before.items}
    for item in after.items:
        was = items.get(item.id)
        assert _is_way(was.state if was else "waiting", item.state, ITEM_WAYS)
        if was is not None and was.state in ENDED:
            assert (was.state, was.ended_at, was.ended_by, was.delivered_at) == (
                item.state,
                item.ended_at,
                item.ended_by,
                item.delivered_at,
            )


def _is_way(before: str, after: str, ways: set[tuple[str, str]]) -> bool:
    return before == after or (before, after) in ways


def check_invariants(uow: UnitOfWork, now: Picture) -> None:
    """What holds of any round at any moment."""
    _check_states(now)
    _check_order(now)
    for item in now.items:
        _check_item(now, item)
    _check_content(uow, now)
    _check_signed_once(uow, now)
    _check_rights(uow, now)


def _holds_stage(item: ReadingItem) -> bool:
    returned = item.state == ItemState.RETURNED and item.settled_at is None
    return item.state not in ENDED or returned


def _check_states(now: Picture) -> None:
    """A round is complete if and only if everything in it has ended and is settled."""
    is_open = any(_holds_stage(each) for each in now.items)
    match RoundState(now.round.state):
        case RoundState.DRAFT:
            assert all(each.state == ItemState.WAITING for each in now.items)
            assert now.round.sent_at is None
        case RoundState.DISCARDED:
            assert not now.items
        case RoundState.RUNNING:
            assert is_open
            assert any(each.state == StageState.RUNNING for each in now.stages)
        case RoundState.COMPLETE | RoundState.CLOSED | RoundState.RECALLED:
            assert not is_open
            assert all(each.state == StageState.DONE for each in now.stages)
            ended = now.round.state != RoundState.COMPLETE
            assert (now.round.ended_at is not None) == ended


def _check_order(now: Picture) -> None:
    """A stage begins when no earlier one waits or runs for the first time."""
    states = [each.state for each in now.stages]
    begun = [each != StageState.WAITING for each in states]
    assert begun == sorted(begun, reverse=True)
    for stage in now.stages:
        items = now.items_in(stage)
        if stage.state == StageState.RUNNING:
            assert any(_holds_stage(each) for each in items)
            assert all(each.state != ItemState.WAITING for each in items)
        if stage.state == StageState.WAITING:
            assert all(each.delivered_at is None for each in items)
        if stage.state == StageState.DONE:
            assert not any(_holds_stage(each) for each in items)
    moments = [each.began_at for each in now.stages if each.began_at is not None]
    assert moments == sorted(moments)


def _check_item(now: Picture, item: ReadingItem) -> None:
    assert (item.ended_at is None) == (item.state not in ENDED)
    if item.state in HELD or item.state in (
        ItemState.SIGNED,
        ItemState.RETURNED,
        ItemState.DELEGATED,
    ):
        assert item.delivered_at is not None
    if item.state == ItemState.WAITING:
        assert item.delivered_at is None
        assert item.revision == now.round.revision
    if item.state in HELD:
        assert item.revision == now.round.revision
    if item.state == ItemState.OPENED:
        assert item.opened_at is not None
    if item.opened_at is not None:
        assert item.delivered_at is not None
        assert item.delivered_at <= item.opened_at
    if item.next_urge_at is not None:
        assert item.state in HELD
        assert item.due_at is not None
    if item.settled_at is not None:
        assert item.state == ItemState.RETURNED
    assert (item.decision is not None) == (item.state == ItemState.SIGNED)
    if item.state == ItemState.DELEGATED:
        followers = [each for each in now.items if each.previous_id == item.id]
        assert [each.on_behalf_of_id for each in followers] == [item.reader_id]


def _check_content(uow: UnitOfWork, now: Picture) -> None:
    revisions = set(
        uow.session.scalars(
            select(RoundContent.revision).where(RoundContent.round_id == now.round.id)
        )
    )
    sent = now.round.sent_at is not None
    assert revisions == (set(range(1, now.round.revision + 1)) if sent else set())


def _check_signed_once(uow: UnitOfWork, now: Picture) -> None:
    rows = uow.session.execute(
        select(LogObject.object_id, func.count())
        .join(LogEntry, LogEntry.sequence == LogObject.sequence)
        .where(
            LogObject.object_id.in_([each.id for each in now.items]),
            LogEntry.kind == "receipt.signed",
        )
        .group_by(LogObject.object_id)
    )
    counts = {row[0]: row[1] for row in rows}
    for item in now.items:
        assert counts.get(item.id, 0) == (1 if item.state == ItemState.SIGNED else 0)


def _check_rights(uow: UnitOfWork, now: Picture) -> None:
    """Readers have a right of their item, and deputies one of the delegation; nobody else has."""
    document = uow.session.get_one(Document, now.round.document_id)
    grants = list(
        uow.session.scalars(select(Grant).where(Grant.document_id == now.round.document_id))
    )
    held = sorted(
        (each.source_id, each.principal_object_id)
        for each in grants
        if each.revoked_at is None and each.source_id in {item.id for item in now.items}
    )
    assert held == sorted((each.id, each.reader_id) for each in now.items if keeps_right(now, each))
    _check_deputies(uow, now, document, grants)
    table = table_of(Access)
    kept = uow.session.execute(select(table).where(table.c.document_id == document.id)).mappings()
    assert _rows([dict(each) for each in kept]) == _rows(access_rows(document, grants))


def keeps_right(now: Picture, item: ReadingItem) -> bool:
    """Whether the reader of an item may see the document because of it."""
    if item.delivered_at is None or item.state == ItemState.RECALLED:
        return False
    by_closing = now.round.state == RoundState.CLOSED and item.ended_at == now.round.ended_at
    return item.state != ItemState.SKIPPED or by_closing


def _check_deputies(uow: UnitOfWork, now: Picture, document: Document, grants: list[Grant]) -> None:
    """Whoever stands in for a reader who holds something has the right, for no longer than that."""
    delegations = {each.id: each for each in uow.session.scalars(select(Delegation))}
    by_delegation = {
        each.source_id: each
        for each in grants
        if each.revoked_at is None and each.source_id in delegations
    }
    for delegation in delegations.values():
        grant = by_delegation.get(delegation.id)
        if grant is not None:
            assert delegation.ended_at is None
            assert grant.principal_object_id == delegation.deputy_id
            assert grant.until_at == delegation.until_at
            assert document.secrecy <= delegation.ceiling
        elif delegation.ended_at is None and delegation.until_at > uow.now:
            holds = any(
                each.reader_id == delegation.user_id and each.state in HELD for each in now.items
            )
            assert not (holds and covers(delegation, now.round.purpose, document))


def _rows(rows: list[dict[str, object]]) -> list[tuple[str, ...]]:
    names = ("principal", "secrecy", "title_key", "from_at", "until_at")
    return sorted(tuple(str(each[name]) for name in names) for each in rows)
