"""Rounds: sending a document to readers, seeing how far it is, managing what is under way."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import url_for

from records.circulation import managing
from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.rules import Purpose, RoundState
from records.circulation.sending import (
    change_draft,
    discard_draft,
    draft_round,
    send_round,
    start_round,
)
from records.circulation.sent import sent_rounds
from records.circulation.telling import round_view, rounds_of
from records.circulation.urging import Urged, urge_items, urge_round
from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from web.api.bodies import integer, obj, one_of, string
from web.api.declaring import (
    CURSOR,
    IF_MATCH,
    LIMIT,
    MOST_LINES,
    Answered,
    Parameter,
    body_of_request,
    cursor,
    endpoint,
    number,
    word,
)
from web.api.named import DEADLINE, PERSON, READERS, STAGES, deadline, person_named, readers
from web.api.once import once
from web.api.round_answers import item_answer, item_now, round_answer, sent_answer
from web.api.round_schemas import YES_OR_NO, page_of, ref
from web.api.schemas import ID
from web.api.versions import seen_version, wanted_version
from web.boundary import reading
from web.permissions import CIRCULATORS, SIGNED_IN
from web.session import actor

TAG = "rounds"
REASON = string("Why; it stays with the round.", minLength=1)
SHOWN = Answered(200, "The round as it is now.", ref("Round"), headers={"ETag": "Version."})
ITEM = Answered(200, "The item as it is now.", ref("Item"))
_URGED = Answered(200, "How many were urged.", ref("Urged"))
_STATE = Parameter("state", "State of the rounds.", one_of(RoundState))
_HOURS = integer("Hours.", minimum=0)
_PLAN: dict[str, Mapping[str, Any]] = {
    "purpose": one_of(Purpose, "Why it is circulated."),
    "stages": STAGES,
    "note": string("What the sender asks or says."),
    **DEADLINE,
    "urger": {**PERSON, "description": "Login or id of who urges; the sender by default."},
    "remind_before_hours": _HOURS,
    "repeat_hours": _HOURS,
    "escalate_after_hours": _HOURS,
    "escalate_to": PERSON,
}


def _plan(uow: UnitOfWork, given: Mapping[str, Any]) -> RoundPlan:
    urger, told = given.get("urger"), given.get("escalate_to")
    rhythm = {
        name: given[name]
        for name in ("remind_before_hours", "repeat_hours", "escalate_after_hours")
        if name in given
    }
    return RoundPlan(
        purpose=Purpose(given["purpose"]),
        stages=tuple(
            StagePlan(tuple(readers(uow, each["readers"])), each.get("due_days"))
            for each in given["stages"]
        ),
        note=given.get("note"),
        due_at=deadline(uow, given),
        urger_id=person_named(uow, urger, "urger") if urger else None,
        escalate_to_id=person_named(uow, told, "escalate_to") if told else None,
        **rhythm,
    )


def shown(uow: UnitOfWork, round_id: UUID, status: int = 200) -> Answer:
    """Return a round as it is now, with its version."""
    uow.session.flush()
    view = round_view(uow, actor(), round_id)
    headers = {"ETag": f'"{view.version}"'}
    if status == 201:
        headers["Location"] = url_for("api.show_round", round_id=round_id)
    return Answer(round_answer(view), status, headers)


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/rounds",
    tag=TAG,
    permission=CIRCULATORS,
    summary="Send a document to readers",
    body=obj({**_PLAN, "draft": YES_OR_NO}, "purpose", "stages"),
    answers=[Answered(201, "The round.", ref("Round"), headers={"Location": "The round."})],
    refusals=(404, 409, 422),
)
def open_round(document_id: UUID) -> Answer:
    """With `draft` it is kept, and sent by `POST /rounds/{round_id}/send`."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        make = draft_round if given.get("draft") else start_round
        made = make(uow, actor(), document_id=document_id, plan=_plan(uow, given))
        return shown(uow, made.id, 201)

    return once(act)


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/rounds",
    tag=TAG,
    permission=SIGNED_IN,
    summary="List the rounds of a document",
    answers=[Answered(200, "Newest first; of drafts only one's own.", page_of("Round"))],
    refusals=(404,),
)
def show_rounds(document_id: UUID) -> Answer:
    """Opinions are there for those who take part, the registry, and leaders of the unit."""
    with reading() as uow:
        items = [round_answer(each) for each in rounds_of(uow, actor(), document_id)]
    return Answer({"items": items, "next": None})


@endpoint(
    "GET",
    "/rounds",
    tag=TAG,
    permission=SIGNED_IN,
    summary="List the rounds that the caller sends or urges in",
    parameters=(_STATE, LIMIT, CURSOR),
    answers=[Answered(200, "Newest first, with their counts.", page_of("SentRound"))],
    refusals=(422,),
)
def show_sent_rounds() -> Answer:
    """One's own drafts are among them."""
    state = word(_STATE)
    with reading() as uow:
        lines, following = sent_rounds(
            uow,
            actor(),
            state=RoundState(state) if state else None,
            cursor=cursor(),
            limit=min(number(LIMIT), MOST_LINES),
        )
    return Answer({"items": [sent_answer(each) for each in lines], "next": following})


@endpoint(
    "GET",
    "/rounds/<uuid:round_id>",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Show a round",
    answers=[SHOWN],
    refusals=(404,),
)
def show_round(round_id: UUID) -> Answer:
    """With its stages, and each reader's state and times."""
    with reading() as uow:
        return shown(uow, round_id)


@endpoint(
    "PUT",
    "/rounds/<uuid:round_id>",
    tag=TAG,
    permission=CIRCULATORS,
    summary="Change a draft",
    parameters=(replace(IF_MATCH, required=True),),
    body=obj(_PLAN, "purpose", "stages"),
    answers=[SHOWN],
    refusals=(404, 409, 412, 422, 428),
)
def replace_draft(round_id: UUID) -> Answer:
    """The whole plan is replaced; what is not given gets its default."""
    version, given = wanted_version(), body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        change_draft(uow, actor(), round_id=round_id, version=version, plan=_plan(uow, given))
        return shown(uow, round_id)

    return once(act)


@endpoint(
    "DELETE",
    "/rounds/<uuid:round_id>",
    tag=TAG,
    permission=CIRCULATORS,
    summary="Discard a draft",
    answers=[Answered(204, "It is gone.")],
    refusals=(404, 409),
)
def drop_draft(round_id: UUID) -> Answer:
    """A round that was sent is recalled or closed instead."""

    def act(uow: UnitOfWork) -> Answer:
        discard_draft(uow, actor(), round_id=round_id)
        return Answer(None, 204)

    return once(act)


@endpoint(
    "POST",
    "/rounds/<uuid:round_id>/send",
    tag=TAG,
    permission=CIRCULATORS,
    summary="Send a draft",
    parameters=(IF_MATCH,),
    body=obj({}),
    answers=[SHOWN],
    refusals=(404, 409, 412, 422),
)
def send_draft(round_id: UUID) -> Answer:
    """What was sent already stays as it is."""
    body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        send_round(uow, actor(), round_id=round_id, version=seen_version())
        return shown(uow, round_id)

    return once(act)


@endpoint(
    "POST",
    "/rounds/<uuid:round_id>/recall",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Recall a round",
    body=obj({"reason": REASON}, "reason"),
    answers=[SHOWN],
    refusals=(404, 409, 422),
)
def recall_it(round_id: UUID) -> Answer:
    """What was not answered is taken back from its readers; what was signed stays."""
    reason = body_of_request()["reason"]

    def act(uow: UnitOfWork) -> Answer:
        managing.recall_round(uow, actor(), round_id=round_id, reason=reason)
        return shown(uow, round_id)

    return once(act)


@endpoint(
    "POST",
    "/rounds/<uuid:round_id>/close",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Close a round",
    body=obj({"reason": string("Needed while readers still owe an answer.")}),
    answers=[SHOWN],
    refusals=(404, 409, 422),
)
def close_it(round_id: UUID) -> Answer:
    """What is open is skipped; what was delivered stays readable."""
    reason = body_of_request().get("reason")

    def act(uow: UnitOfWork) -> Answer:
        managing.close_round(uow, actor(), round_id=round_id, reason=reason)
        return shown(uow, round_id)

    return once(act)


@endpoint(
    "POST",
    "/rounds/<uuid:round_id>/readers",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Add readers to a round under way",
    body=obj(
        {
            "readers": READERS,
            "stage": {**ID, "description": "A new stage at the end by default."},
            "due_days": integer("Working days, for a new stage.", minimum=0),
        },
        "readers",
    ),
    answers=[Answered(201, "Their items.", page_of("Item"))],
    refusals=(404, 409, 422),
)
def add_readers(round_id: UUID) -> Answer:
    """A stage under way delivers to them at once."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        added = managing.add_readers(
            uow,
            actor(),
            round_id=round_id,
            stage_id=UUID(given["stage"]) if "stage" in given else None,
            reader_ids=readers(uow, given["readers"]),
            due_days=given.get("due_days"),
        )
        uow.session.flush()
        ids = {each.id for each in added}
        found = round_view(uow, actor(), round_id).items
        items = [item_answer(each) for each in found if each.id in ids]
        return Answer({"items": items, "next": None}, 201)

    return once(act)


@endpoint(
    "POST",
    "/rounds/<uuid:round_id>/order",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Put stages that have not begun into another order",
    body=obj({"stages": {"type": "array", "items": ID}}, "stages"),
    answers=[SHOWN],
    refusals=(404, 409, 422),
)
def order_stages(round_id: UUID) -> Answer:
    """Each of them is named once."""
    ids = [UUID(each) for each in body_of_request()["stages"]]

    def act(uow: UnitOfWork) -> Answer:
        managing.reorder_stages(uow, actor(), round_id=round_id, stage_ids=ids)
        return shown(uow, round_id)

    return once(act)


@endpoint(
    "POST",
    "/rounds/<uuid:round_id>/deadline",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Change the deadline of a round or of one stage",
    body=obj({**DEADLINE, "stage": {**ID, "description": "The whole round by default."}}),
    answers=[SHOWN],
    refusals=(404, 409, 422),
)
def move_deadline(round_id: UUID) -> Answer:
    """Without `due_at` and `due_on` the deadline is taken away."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        managing.change_deadline(
            uow,
            actor(),
            round_id=round_id,
            stage_id=UUID(given["stage"]) if "stage" in given else None,
            due_at=deadline(uow, given),
        )
        return shown(uow, round_id)

    return once(act)


@endpoint(
    "POST",
    "/rounds/<uuid:round_id>/urge",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Urge everybody who owes an answer",
    body=obj({}),
    answers=[_URGED],
    refusals=(404, 409),
)
def urge_all(round_id: UUID) -> Answer:
    """Who was urged within the hour is left alone."""
    body_of_request()
    return once(lambda uow: _urged(urge_round(uow, actor(), round_id=round_id)))


# One item, by whoever manages the round ----------------------------------------------------------


@endpoint(
    "POST",
    "/items/<uuid:item_id>/urge",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Urge one reader",
    body=obj({}),
    answers=[_URGED],
    refusals=(404, 409),
)
def urge_reader(item_id: UUID) -> Answer:
    """Not twice within the hour."""
    body_of_request()
    return once(lambda uow: _urged(urge_items(uow, actor(), item_ids=[item_id])))


def _urged(done: Urged) -> Answer:
    return Answer({"count": done.count, "too_soon": done.too_soon})


@endpoint(
    "POST",
    "/items/<uuid:item_id>/skip",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Go on without a reader",
    body=obj({"reason": REASON}, "reason"),
    answers=[ITEM],
    refusals=(404, 409, 422),
)
def skip_reader(item_id: UUID) -> Answer:
    """The round goes on as if it had been answered."""
    reason = body_of_request()["reason"]

    def act(uow: UnitOfWork) -> Answer:
        item = managing.skip_item(uow, actor(), item_id=item_id, reason=reason)
        return Answer(item_now(uow, item))

    return once(act)


@endpoint(
    "POST",
    "/items/<uuid:item_id>/recall",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Take an item back from its reader",
    body=obj({"reason": REASON}, "reason"),
    answers=[ITEM],
    refusals=(404, 409, 422),
)
def recall_from_reader(item_id: UUID) -> Answer:
    """The reader loses the right that came with it."""
    reason = body_of_request()["reason"]

    def act(uow: UnitOfWork) -> Answer:
        item = managing.recall_item(uow, actor(), item_id=item_id, reason=reason)
        return Answer(item_now(uow, item))

    return once(act)


@endpoint(
    "POST",
    "/items/<uuid:item_id>/send-again",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Send a returned item to its reader once more",
    body=obj({}),
    answers=[Answered(201, "The new item.", ref("Item"))],
    refusals=(404, 409, 422),
)
def send_item_again(item_id: UUID) -> Answer:
    """The returned one is settled by it."""
    body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        item = managing.send_again(uow, actor(), item_id=item_id)
        return Answer(item_now(uow, item), 201)

    return once(act)


@endpoint(
    "POST",
    "/items/<uuid:item_id>/settle",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Go on after an item was returned",
    body=obj({}),
    answers=[Answered(204, "It holds its stage no more.")],
    refusals=(404, 409),
)
def settle_returned(item_id: UUID) -> Answer:
    """Without sending it again."""
    body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        managing.settle_item(uow, actor(), item_id=item_id)
        return Answer(None, 204)

    return once(act)
