"""What follows when the files of a document change after it was sent.

A round under way, or complete, gets the new content as its next revision and asks for reading
again; old receipts stay true for the old content. A closed round only says that it happened.
"""

from uuid import UUID

from sqlalchemy import select

from records.circulation.advancing import advance, items_of, reopen, stages_of
from records.circulation.contents import freeze, is_present
from records.circulation.delivering import ask_again, deliver, new_item
from records.circulation.keeping import record_round
from records.circulation.models import ReadingItem, Round, Stage
from records.circulation.parties import lock_rounds
from records.circulation.reading import next_position
from records.circulation.rules import HELD, ItemState, RoundState, StageState
from records.core.database import UnitOfWork
from records.core.jobs import Job
from records.core.runner import Apply
from records.documents.models import Document
from records.documents.sharing import lock_document
from records.people.rules import SERVICE

_CONCERNED = (RoundState.RUNNING, RoundState.COMPLETE, RoundState.CLOSED)


def compare_content(job: Job) -> Apply:
    """Return what a job does whose subject is a document with other files than before."""

    def apply(uow: UnitOfWork) -> None:
        if job.subject_id is not None:
            content_changed(uow, job.subject_id)

    return apply


def content_changed(uow: UnitOfWork, document_id: UUID) -> None:
    """Bring every round of a document in step with its content; nothing is done twice."""
    query = select(Round.id).where(
        Round.document_id == document_id,
        Round.state.in_([each.value for each in _CONCERNED]),
    )
    rounds = lock_rounds(uow, uow.session.scalars(query).all())
    document = lock_document(uow, document_id)
    for round_ in rounds.values():
        if round_.state in _CONCERNED and not is_present(uow, round_):
            if round_.state == RoundState.CLOSED:
                _note_closed(uow, round_, document)
            else:
                _send_new(uow, round_, document)


def _note_closed(uow: UnitOfWork, round_: Round, document: Document) -> None:
    # Once is enough: the receipts of a closed round say what they are for.
    if round_.ended_at is None or (
        round_.content_changed_at is not None and round_.content_changed_at > round_.ended_at
    ):
        return
    round_.content_changed_at = uow.now
    facts = {"revision": round_.revision, "closed": True}
    record_round(uow, SERVICE, "round.content_changed", round_, document, facts)


def _send_new(uow: UnitOfWork, round_: Round, document: Document) -> None:
    round_.revision += 1
    round_.content_changed_at = uow.now
    freeze(uow, round_)
    facts = {"revision": round_.revision, "closed": False}
    record_round(uow, SERVICE, "round.content_changed", round_, document, facts)
    items = items_of(uow, round_)
    for item in items:
        if item.state == ItemState.WAITING:
            item.revision = round_.revision
    answered = _answered(items)
    if answered:
        reopen(uow, SERVICE, round_, document)
    for stage in stages_of(uow, round_):
        held = [each for each in items if each.stage_id == stage.id and each.state in HELD]
        ask_again(uow, round_, stage, held, document)
        _ask_anew(uow, round_, stage, [each for each in answered if each.stage_id == stage.id])
    advance(uow, round_, document)


def _answered(items: list[ReadingItem]) -> list[ReadingItem]:
    """Return what was signed for a content before, and has not been asked again since."""
    followed = {each.previous_id for each in items}
    return [each for each in items if each.state == ItemState.SIGNED and each.id not in followed]


def _ask_anew(uow: UnitOfWork, round_: Round, stage: Stage, signed: list[ReadingItem]) -> None:
    """Give those who have signed a new item in the same stage; what they signed stays."""
    if not signed:
        return
    stage.state, stage.ended_at = StageState.RUNNING.value, None
    first = next_position(uow, stage)
    items = [
        new_item(
            uow,
            round_,
            stage,
            reader_id=each.reader_id,
            position=position,
            on_behalf_of_id=each.on_behalf_of_id,
            previous_id=each.id,
        )
        for position, each in enumerate(signed, start=first)
    ]
    uow.session.add_all(items)
    document = uow.session.get_one(Document, round_.document_id)
    deliver(uow, round_, stage, items, document, kind="item.asked_again")
