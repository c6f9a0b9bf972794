"""Reading: what waits for the caller, opening it, signing, giving it back, handing it on."""

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from records.circulation import reading as desk
from records.circulation.models import ReadingItem, Round
from records.circulation.opinions import InstructionPlan, Opinion
from records.circulation.reading import PageShown
from records.circulation.rules import Decision, Purpose
from records.circulation.signing import sign_item
from records.circulation.telling import item_page, reading_list
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.core.idempotency import Answer
from web.api.bodies import integer, obj, one_of, string
from web.api.declaring import (
    CURSOR,
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
from web.api.named import PERSON, person_named
from web.api.once import once
from web.api.round_answers import item_now, line_answer, page_answer
from web.api.round_schemas import ORDER, page_of, ref
from web.api.rounds import ITEM
from web.api.schemas import ID
from web.boundary import office, reading
from web.permissions import SIGNED_IN
from web.session import actor
from web.views import record_view

_TAG = "reading"
_PURPOSE = Parameter("purpose", "Why it is circulated.", one_of(Purpose))
_OVERDUE = Parameter("overdue", "Only what is overdue.", one_of(("true", "false")))
_MOST_PAGES = 500


@endpoint(
    "GET",
    "/reading",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List what the caller has to read",
    parameters=(_PURPOSE, _OVERDUE, LIMIT, CURSOR),
    answers=[Answered(200, "Overdue first, then by deadline.", page_of("ReadingLine"))],
    refusals=(422,),
)
def show_reading() -> Answer:
    """One's own items, and those of readers for whom one stands in."""
    purpose = word(_PURPOSE)
    with reading() as uow:
        lines, following = reading_list(
            uow,
            actor(),
            cursor=cursor(),
            limit=min(number(LIMIT), MOST_LINES),
            purpose=Purpose(purpose) if purpose else None,
            overdue_only=word(_OVERDUE) == "true",
        )
    return Answer({"items": [line_answer(each) for each in lines], "next": following})


@endpoint(
    "GET",
    "/items/<uuid:item_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Show an item to its reader",
    answers=[Answered(200, "With the files as they were sent.", ref("ItemPage"))],
    refusals=(404,),
)
def show_item(item_id: UUID) -> Answer:
    """Looking at it opens nothing: `POST /items/{item_id}/open` says that it was opened."""
    with reading() as uow:
        page = item_page(uow, actor(), item_id)
        record_view(uow, actor(), page.line.document_id)
    return Answer(page_answer(page))


@endpoint(
    "POST",
    "/items/<uuid:item_id>/open",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Say that the item was opened",
    body=obj({}),
    answers=[ITEM],
    refusals=(404, 409),
)
def open_it(item_id: UUID) -> Answer:
    """The first time counts."""
    body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        return Answer(item_now(uow, desk.open_item(uow, actor(), item_id=item_id)))

    return once(act)


@endpoint(
    "POST",
    "/items/<uuid:item_id>/pages",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Say which pages were shown, and for how long",
    body=obj(
        {
            "pages": {
                "type": "array",
                "items": obj(
                    {
                        "component": ID,
                        "page": integer("From 1.", minimum=1, maximum=1_000_000),
                        "seconds": integer(minimum=0, maximum=1_000_000),
                    },
                    *("component", "page", "seconds"),
                ),
                "description": f"{_MOST_PAGES} at most.",
            }
        },
        "pages",
    ),
    answers=[Answered(204, "It adds up; the receipt will tell it.")],
    refusals=(404, 422),
)
def note_pages(item_id: UUID) -> Answer:
    """Pages that the item does not have are left out, and so is everything once it has ended."""
    given = body_of_request()["pages"]
    if len(given) > _MOST_PAGES:
        raise Invalid("At most %(most)d pages at once.", {"most": _MOST_PAGES}, field="pages")
    pages = [PageShown(UUID(each["component"]), each["page"], each["seconds"]) for each in given]

    def act(uow: UnitOfWork) -> Answer:
        desk.note_pages(uow, actor(), item_id=item_id, pages=pages)
        return Answer(None, 204)

    return once(act)


@endpoint(
    "POST",
    "/items/<uuid:item_id>/sign",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Sign an item",
    body=obj(
        {
            "decision": one_of(Decision, "Needed where approval is asked for; else `read`."),
            "opinion": string("What the reader says."),
            "handwriting": string("A PNG of at most 64 KiB, in base64."),
            "instruction": ORDER,
        }
    ),
    answers=[Answered(201, "The receipt.", ref("Signed"))],
    refusals=(404, 409, 422),
)
def sign_it(item_id: UUID) -> Answer:
    """By the key that the service holds for the caller; who uses a passkey signs in a browser."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        opinion = _opinion(uow, item_id, given)
        receipt = sign_item(uow, office().vault, actor(), item_id=item_id, opinion=opinion)
        item = uow.session.get_one(ReadingItem, item_id)
        return Answer({"receipt": str(receipt.id), "item": item_now(uow, item)}, 201)

    return once(act)


def _opinion(uow: UnitOfWork, item_id: UUID, given: Mapping[str, Any]) -> Opinion:
    return Opinion(
        _decision(uow, item_id, given.get("decision")),
        given.get("opinion"),
        _handwriting(given.get("handwriting")),
        _instruction(uow, given.get("instruction")),
    )


def _decision(uow: UnitOfWork, item_id: UUID, given: str | None) -> Decision:
    if given is not None:
        return Decision(given)
    item = desk.get_item(uow, actor(), item_id)
    if uow.session.get_one(Round, item.round_id).purpose == Purpose.APPROVE:
        raise Invalid("This must not be empty.", field="decision")
    return Decision.READ


def _handwriting(given: str | None) -> bytes | None:
    if given is None:
        return None
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("This is no %(kind)s.", {"kind": "base64"}, field="handwriting") from None


def _instruction(uow: UnitOfWork, given: Mapping[str, Any] | None) -> InstructionPlan | None:
    if given is None:
        return None
    due_on = given.get("due_on")
    return InstructionPlan(
        given["text"],
        person_named(uow, given["assignee"], "instruction.assignee"),
        date.fromisoformat(due_on) if due_on else None,
    )


@endpoint(
    "POST",
    "/items/<uuid:item_id>/return",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give an item back to the sender",
    body=obj({"reason": string("Why; the sender is told.", minLength=1)}, "reason"),
    answers=[ITEM],
    refusals=(404, 409, 422),
)
def give_back(item_id: UUID) -> Answer:
    """Its stage waits until the sender has settled it, or sent it again."""
    reason = body_of_request()["reason"]

    def act(uow: UnitOfWork) -> Answer:
        item = desk.return_item(uow, actor(), item_id=item_id, reason=reason)
        return Answer(item_now(uow, item))

    return once(act)


@endpoint(
    "POST",
    "/items/<uuid:item_id>/delegate",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Hand an item on to somebody else",
    body=obj({"to": PERSON, "reason": string()}, "to"),
    answers=[Answered(201, "The new item.", ref("Item"))],
    refusals=(404, 409, 422),
)
def hand_on(item_id: UUID) -> Answer:
    """Who gets it reads on behalf of the caller, within their own clearance."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        to_id = person_named(uow, given["to"], "to")
        item = desk.delegate_item(
            uow, actor(), item_id=item_id, to_id=to_id, reason=given.get("reason")
        )
        return Answer(item_now(uow, item), 201)

    return once(act)
