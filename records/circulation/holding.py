"""Taking items in hand to sign them: everything that must be true is looked at here, at once.

Rounds are locked first, in the order of their ids, then the documents of a batch: so two people who
sign at the same time never wait for each other for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from records.circulation.contents import Content, present_content, sent_content
from records.circulation.models import ReadingItem, Round
from records.circulation.opinions import Opinion, check_decision
from records.circulation.parties import lock_rounds, read_item
from records.circulation.rules import ItemState, ItemStep, Purpose, next_item_state
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.documents.models import Document
from records.people.rules import Actor
from records.tasks.service import check_task

BATCH_MAX = 500


@dataclass(frozen=True)
class Held:
    """An item in the hand of whoever signs it, with its round, document, and content as sent."""

    item: ReadingItem
    round: Round
    document: Document
    content: Content


def hold_items(
    uow: UnitOfWork, actor: Actor, item_ids: Sequence[UUID], opinion: Opinion
) -> list[Held]:
    """Take items in hand for one signer and one opinion, in the order given, each once.

    Raises:
        NotFound: One is not this person's to read.
        Conflict: One has not been delivered, or has ended, or its content has changed.
        Invalid: No item or too many, a decision that was not asked for, or an instruction that
            nobody could carry out.
    """
    wanted = list(dict.fromkeys(item_ids))
    if not 1 <= len(wanted) <= BATCH_MAX:
        raise Invalid("Sign 1 to %(count)d items at once.", {"count": BATCH_MAX}, field="items")
    if len(wanted) > 1:
        _lock(uow, wanted)
    return [_held(uow, actor, each, opinion) for each in wanted]


def content_changed() -> Conflict:
    """Return the refusal to sign what is no longer what was sent.

    The round is brought up to date by the job `circulation.content_changed`, which was written
    together with the change; a moment later the item is there to be read anew.
    """
    return Conflict(
        "The content of this document has changed since it was sent. Read it again, then sign."
    )


def _held(uow: UnitOfWork, actor: Actor, item_id: UUID, opinion: Opinion) -> Held:
    item, round_, document = read_item(uow, actor, item_id, for_update=True)
    next_item_state(ItemState(item.state), ItemStep.SIGN)
    check_decision(opinion.decision, Purpose(round_.purpose))
    content = sent_content(uow, round_.id, item.revision)
    if content != present_content(uow, document.id):
        raise content_changed()
    if opinion.instruction is not None:
        asked = opinion.instruction
        check_task(
            uow, document, assignee_id=asked.assignee_id, text=asked.text, due_on=asked.due_on
        )
    return Held(item, round_, document, content)


def _lock(uow: UnitOfWork, item_ids: Sequence[UUID]) -> None:
    rows = uow.session.execute(
        select(ReadingItem.round_id, ReadingItem.document_id).where(ReadingItem.id.in_(item_ids))
    ).all()
    lock_rounds(uow, [row.round_id for row in rows])
    uow.session.execute(
        select(Document.id)
        .where(Document.id.in_({row.document_id for row in rows}))
        .order_by(Document.id)
        .with_for_update()
    ).all()
