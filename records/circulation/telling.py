"""What is told of rounds: the picture of one, those of a document, and of one item.

Every question joins the rule of visibility and takes a constant number of queries.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from records.circulation.contents import sent_content
from records.circulation.desk import (
    COUNT_LIMIT,
    is_overdue,
    line_of,
    neighbours,
    reading_count,
    reading_list,
)
from records.circulation.models import ReadingItem, Receipt, Round, Stage
from records.circulation.parties import manages, onlooker
from records.circulation.rules import (
    Decision,
    ItemState,
    Purpose,
    RoundState,
    StageState,
)
from records.circulation.views import (
    ItemPage,
    ItemView,
    ReadingLine,
    RoundView,
    StageView,
)
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.models import Component, Document
from records.documents.visibility import get_document
from records.people.directory import names_of_people
from records.people.rules import Actor, Secrecy

__all__ = [
    "COUNT_LIMIT",
    "ItemPage",
    "ItemView",
    "ReadingLine",
    "RoundView",
    "StageView",
    "item_page",
    "known_round",
    "reading_count",
    "reading_list",
    "round_view",
    "rounds_of",
]


def round_view(uow: UnitOfWork, actor: Actor, round_id: UUID) -> RoundView:
    """Return the picture of a round.

    Raises:
        NotFound: There is none, or this person may not know of it; drafts are their sender's.
    """
    round_, document = known_round(uow, actor, round_id)
    return _views(uow, actor, document, [round_])[0]


def known_round(uow: UnitOfWork, actor: Actor, round_id: UUID) -> tuple[Round, Document]:
    """Return a round and its document.

    Raises:
        NotFound: There is none, or this person may not know of it; drafts are their sender's.
    """
    round_ = uow.session.get(Round, round_id)
    if round_ is None:
        raise NotFound
    document = get_document(uow, actor, round_.document_id)
    if not _known(actor, round_):
        raise NotFound
    return round_, document


def rounds_of(uow: UnitOfWork, actor: Actor, document_id: UUID) -> list[RoundView]:
    """Return the rounds of a document, the newest first; of drafts only one's own.

    Raises:
        NotFound: The person does not see the document.
    """
    document = get_document(uow, actor, document_id)
    query = select(Round).where(Round.document_id == document_id).order_by(Round.id.desc())
    known = [each for each in uow.session.scalars(query) if _known(actor, each)]
    return _views(uow, actor, document, known) if known else []


def item_page(uow: UnitOfWork, actor: Actor, item_id: UUID) -> ItemPage:
    """Return everything that the page of one item shows to its reader or a deputy.

    Raises:
        NotFound: There is none, or it is not this person's to read.
    """
    line = line_of(uow, actor, item_id)
    item = uow.session.get_one(ReadingItem, item_id)
    content = sent_content(uow, item.round_id, item.revision)
    rows = uow.session.scalars(
        select(Component).where(Component.id.in_([component_id for component_id, _ in content]))
    )
    components = {each.id: each for each in rows}
    before, after = neighbours(uow, actor, item)
    return ItemPage(
        line=line,
        round=round_view(uow, actor, item.round_id),
        components=tuple(components[component_id] for component_id, _ in content),
        next_id=after,
        previous_id=before,
    )


def _known(actor: Actor, round_: Round) -> bool:
    if round_.state == RoundState.DISCARDED:
        return False
    return round_.state != RoundState.DRAFT or (
        actor.user_id is not None and round_.sender_id == actor.user_id
    )


def _views(
    uow: UnitOfWork, actor: Actor, document: Document, rounds: Sequence[Round]
) -> list[RoundView]:
    ids = [each.id for each in rounds]
    stages = list(
        uow.session.scalars(
            select(Stage).where(Stage.round_id.in_(ids)).order_by(Stage.round_id, Stage.position)
        )
    )
    items = list(
        uow.session.scalars(
            select(ReadingItem)
            .where(ReadingItem.round_id.in_(ids))
            .order_by(ReadingItem.stage_id, ReadingItem.position, ReadingItem.id)
        )
    )
    receipts = _receipts(uow, ids)
    names = names_of_people(uow, _people_in(rounds, items, receipts))
    looking = onlooker(uow, actor, document)
    told: list[RoundView] = []
    for round_ in rounds:
        readers = {
            each.reader_id
            for each in items
            if each.round_id == round_.id and each.delivered_at is not None
        }
        opinions = looking.sees_opinions(round_, readers)
        views = tuple(
            _stage_view(uow, stage, items, receipts, names, opinions=opinions)
            for stage in stages
            if stage.round_id == round_.id
        )
        told.append(_round_view(actor, round_, document, names, views, opinions=opinions))
    return told


def _receipts(uow: UnitOfWork, round_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, UUID, bool]]:
    """Return, by item: the receipt, who signed it, and whether there is handwriting."""
    query = (
        select(Receipt.item_id, Receipt.id, Receipt.signer_id, Receipt.wrapped_key.is_not(None))
        .join(ReadingItem, ReadingItem.id == Receipt.item_id)
        .where(ReadingItem.round_id.in_(round_ids))
    )
    return {row[0]: (row[1], row[2], bool(row[3])) for row in uow.session.execute(query)}


def _people_in(
    rounds: Sequence[Round],
    items: Sequence[ReadingItem],
    receipts: Mapping[UUID, tuple[UUID, UUID, bool]],
) -> set[UUID | None]:
    found: set[UUID | None] = {signer for _, signer, _ in receipts.values()}
    for round_ in rounds:
        found |= {round_.sender_id, round_.urger_id, round_.ended_by, round_.escalate_to_id}
    for item in items:
        found |= {item.reader_id, item.on_behalf_of_id}
    return found


def _round_view(
    actor: Actor,
    round_: Round,
    document: Document,
    names: Mapping[UUID, str],
    stages: tuple[StageView, ...],
    *,
    opinions: bool,
) -> RoundView:
    return RoundView(
        id=round_.id,
        document_id=document.id,
        number=document.number,
        title=document.title,
        secrecy=Secrecy(document.secrecy),
        purpose=Purpose(round_.purpose),
        note=round_.note,
        state=RoundState(round_.state),
        sender_id=round_.sender_id,
        sender_name=names[round_.sender_id],
        urger_id=round_.urger_id,
        urger_name=names[round_.urger_id],
        created_at=round_.created_at,
        sent_at=round_.sent_at,
        due_at=round_.due_at,
        remind_before_hours=round_.remind_before_hours,
        repeat_hours=round_.repeat_hours,
        escalate_after_hours=round_.escalate_after_hours,
        escalate_to_id=round_.escalate_to_id,
        escalate_to_name=_name(names, round_.escalate_to_id),
        revision=round_.revision,
        content_changed_at=round_.content_changed_at,
        ended_at=round_.ended_at,
        ended_by_name=_name(names, round_.ended_by),
        end_reason=round_.end_reason,
        version=round_.version,
        manages=manages(actor, round_, document),
        sees_opinions=opinions,
        stages=stages,
    )


def _stage_view(
    uow: UnitOfWork,
    stage: Stage,
    items: Sequence[ReadingItem],
    receipts: Mapping[UUID, tuple[UUID, UUID, bool]],
    names: Mapping[UUID, str],
    *,
    opinions: bool,
) -> StageView:
    return StageView(
        id=stage.id,
        position=stage.position,
        state=StageState(stage.state),
        due_days=stage.due_days,
        due_at=stage.due_at,
        began_at=stage.began_at,
        ended_at=stage.ended_at,
        items=tuple(
            _item_view(uow, stage, each, receipts.get(each.id), names, opinions=opinions)
            for each in items
            if each.stage_id == stage.id
        ),
    )


def _item_view(
    uow: UnitOfWork,
    stage: Stage,
    item: ReadingItem,
    receipt: tuple[UUID, UUID, bool] | None,
    names: Mapping[UUID, str],
    *,
    opinions: bool,
) -> ItemView:
    signer = receipt[1] if receipt else None
    shown = receipt if opinions else None
    return ItemView(
        id=item.id,
        reader_id=item.reader_id,
        reader_name=names[item.reader_id],
        on_behalf_of_name=_name(names, item.on_behalf_of_id),
        signed_by_name=None if signer in (None, item.reader_id) else _name(names, signer),
        state=ItemState(item.state),
        due_at=item.due_at,
        delivered_at=item.delivered_at,
        opened_at=item.opened_at,
        ended_at=item.ended_at,
        reason=item.reason if opinions else None,
        decision=Decision(item.decision) if opinions and item.decision else None,
        opinion=item.opinion if opinions else None,
        has_handwriting=shown is not None and shown[2],
        receipt_id=shown[0] if shown else None,
        urged_at=item.urged_at,
        urge_count=item.urge_count,
        overdue=is_overdue(uow, item),
        stage_position=stage.position,
        settled=item.settled_at is not None,
        revision=item.revision,
        previous_id=item.previous_id,
    )


def _name(names: Mapping[UUID, str], user_id: UUID | None) -> str | None:
    return None if user_id is None else names.get(user_id)
