"""Use cases of the sender: drafting a round, changing and discarding the draft, sending it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import flag_modified

from records.circulation.advancing import advance, take_step
from records.circulation.contents import freeze
from records.circulation.delivering import new_item
from records.circulation.keeping import record_round
from records.circulation.models import ReadingItem, Round, Stage
from records.circulation.parties import lock_rounds
from records.circulation.plans import RoundPlan, check_can_read, check_plan
from records.circulation.rules import RoundState, RoundStep, StageState, next_round_state
from records.core.base import table_of
from records.core.database import UnitOfWork, insert_into
from records.core.errors import Conflict, Invalid, NotFound
from records.core.jobs import enqueue
from records.core.rows import check_version, clean, write_new
from records.documents.models import Document
from records.documents.rules import check_not_voided
from records.documents.service import FILING_JOB
from records.documents.sharing import grant_for, lock_document
from records.documents.visibility import get_document
from records.people.rules import Act, Actor, check_may


def draft_round(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    plan: RoundPlan,
    round_id: UUID | None = None,
) -> Round:
    """Keep what a round shall be, without sending it; only its sender sees the draft.

    Args:
        round_id: The id that the round shall have, so that the same form sent twice makes one; a
            fresh one without it.

    Raises:
        NotAllowed: None of the person's posts circulates documents.
        NotFound: The person does not see the document.
        Invalid: The plan is out of bounds.
        Conflict: The document was voided, or the id is that of another round.
    """
    check_may(actor, Act.CIRCULATE)
    document = get_document(uow, actor, document_id)
    if actor.user_id is None:
        raise NotFound
    check_not_voided(document.state)
    check_plan(uow, plan)
    round_, is_new = _new_round(uow, actor.user_id, document, plan, round_id or uow.new_id())
    if is_new:
        _write_stages(uow, round_, plan)
        record_round(uow, actor, "round.drafted", round_, document)
    return round_


def change_draft(
    uow: UnitOfWork, actor: Actor, *, round_id: UUID, version: int | None, plan: RoundPlan
) -> Round:
    """Put another plan in place of that of a draft.

    Raises:
        NotFound: It is not a draft of this person.
        Conflict: It has been sent or discarded.
        Stale: Somebody else changed it since.
    """
    round_, document = _own_round(uow, actor, round_id)
    check_version(round_, version)
    next_round_state(RoundState(round_.state), RoundStep.SEND)
    check_plan(uow, plan)
    for name, value in _columns(round_.sender_id, plan).items():
        setattr(round_, name, value)
    flag_modified(round_, "note")  # the stages belong to its version
    _drop_stages(uow, round_)
    _write_stages(uow, round_, plan)
    record_round(uow, actor, "round.changed", round_, document)
    return round_


def discard_draft(uow: UnitOfWork, actor: Actor, *, round_id: UUID) -> None:
    """Throw a draft away.

    Raises:
        NotFound: It is not a draft of this person.
        Conflict: It has been sent.
    """
    round_, document = _own_round(uow, actor, round_id)
    if round_.state == RoundState.DISCARDED:
        return
    take_step(uow, actor, round_, RoundStep.DISCARD, document)
    _drop_stages(uow, round_)


def send_round(
    uow: UnitOfWork, actor: Actor, *, round_id: UUID, version: int | None = None
) -> Round:
    """Send a draft: its content is frozen, and its first stage begins.

    A round that has been sent already is returned as it is, so that a double click sends once.

    Raises:
        NotFound: It is not a draft of this person.
        NotAllowed: None of the person's posts circulates documents.
        Invalid: A stage has no readers, somebody cannot read the document, or the deadline is past.
        Conflict: It was discarded, or the document was voided.
        Stale: Somebody else changed it since.
    """
    round_, _ = _own_round(uow, actor, round_id)
    if round_.sent_at is not None:
        return round_
    next_round_state(RoundState(round_.state), RoundStep.SEND)
    check_may(actor, Act.CIRCULATE)
    check_version(round_, version)
    document = lock_document(uow, round_.document_id)
    check_not_voided(document.state)
    _check_ready(uow, round_, document)
    round_.sent_at = uow.now
    freeze(uow, round_)
    take_step(uow, actor, round_, RoundStep.SEND, document, note=round_.note)
    _let_urge(uow, round_, document)
    advance(uow, round_, document)
    # The route that was taken teaches.
    enqueue(uow, FILING_JOB, subject_id=document.id)
    return round_


def start_round(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    plan: RoundPlan,
    round_id: UUID | None = None,
) -> Round:
    """Draft and send a round in one; arguments and refusals as there."""
    round_ = draft_round(uow, actor, document_id=document_id, plan=plan, round_id=round_id)
    return send_round(uow, actor, round_id=round_.id)


def start_rounds(
    uow: UnitOfWork, actor: Actor, *, document_ids: Sequence[UUID], plan: RoundPlan
) -> list[Round]:
    """Send one round for each of some documents, all of them or none."""
    # In one order, so that two who send the same documents do not wait for each other.
    made = {
        each: start_round(uow, actor, document_id=each, plan=plan)
        for each in sorted(set(document_ids))
    }
    return [made[each] for each in dict.fromkeys(document_ids)]


# What a draft is made of -------------------------------------------------------------------------


def _own_round(uow: UnitOfWork, actor: Actor, round_id: UUID) -> tuple[Round, Document]:
    round_ = lock_rounds(uow, [round_id]).get(round_id)
    if round_ is None or actor.user_id is None or round_.sender_id != actor.user_id:
        raise NotFound
    return round_, get_document(uow, actor, round_.document_id)


def _new_round(
    uow: UnitOfWork, sender_id: UUID, document: Document, plan: RoundPlan, round_id: UUID
) -> tuple[Round, bool]:
    """Return the round with an id, and whether it was made here."""
    values = {
        "id": round_id,
        "document_id": document.id,
        "sender_id": sender_id,
        "state": RoundState.DRAFT.value,
        "revision": 1,
        "created_at": uow.now,
        "version": 1,
        **_columns(sender_id, plan),
    }
    insert = insert_into(uow.session, table_of(Round)).values(values)
    made = insert.on_conflict_do_nothing(index_elements=["id"]).returning(table_of(Round).c.id)
    is_new = uow.session.scalar(made) is not None
    round_ = uow.session.get_one(Round, round_id)
    if (round_.sender_id, round_.document_id) != (sender_id, document.id):
        raise Conflict("There is another reading round with this id.")
    return round_, is_new


def _columns(sender_id: UUID, plan: RoundPlan) -> dict[str, object]:
    return {
        "purpose": plan.purpose.value,
        "note": clean(plan.note or "").strip() or None,
        "due_at": plan.due_at,
        "urger_id": plan.urger_id or sender_id,
        "remind_before_hours": plan.remind_before_hours,
        "repeat_hours": plan.repeat_hours,
        "escalate_after_hours": plan.escalate_after_hours,
        "escalate_to_id": plan.escalate_to_id,
    }


def _write_stages(uow: UnitOfWork, round_: Round, plan: RoundPlan) -> None:
    for place, each in enumerate(plan.stages, start=1):
        stage = Stage(
            id=uow.new_id(),
            round_id=round_.id,
            position=place,
            state=StageState.WAITING.value,
            due_days=each.due_days,
        )
        write_new(uow, [stage])
        items = [
            new_item(uow, round_, stage, reader_id=reader_id, position=position)
            for position, reader_id in enumerate(each.readers, start=1)
        ]
        write_new(uow, items)


def _drop_stages(uow: UnitOfWork, round_: Round) -> None:
    # What waits in a draft has reached nobody.
    uow.session.execute(delete(ReadingItem).where(ReadingItem.round_id == round_.id))
    uow.session.execute(delete(Stage).where(Stage.round_id == round_.id))


def _check_ready(uow: UnitOfWork, round_: Round, document: Document) -> None:
    readers = uow.session.execute(
        select(Stage.id, ReadingItem.reader_id)
        .outerjoin(ReadingItem, ReadingItem.stage_id == Stage.id)
        .where(Stage.round_id == round_.id)
    ).all()
    if not readers or any(reader_id is None for _, reader_id in readers):
        raise Invalid("Every stage has at least one reader.", field="readers")
    check_can_read(uow, document, {reader_id for _, reader_id in readers})
    check_can_read(uow, document, [round_.urger_id], field="urger")
    if round_.due_at is not None and round_.due_at <= uow.now:
        raise Invalid("The deadline is past.", field="due_at")


def _let_urge(uow: UnitOfWork, round_: Round, document: Document) -> None:
    """Let whoever urges see the document: nobody can urge in a round that they do not see."""
    if round_.urger_id != round_.sender_id:
        grant_for(
            uow,
            document=document,
            user_id=round_.urger_id,
            reason=round_.purpose,
            source_id=round_.id,
            granted_by=round_.sender_id,
        )
