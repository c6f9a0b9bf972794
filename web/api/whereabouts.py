"""Where documents are: the electronic item and the paper original, and handing the paper over."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Response as AnyResponse

from records.circulation.models import PaperHolding
from records.circulation.paper import confirm_paper, hand_paper, take_paper, withdraw_paper
from records.circulation.whereabouts import Leg, whereabouts_of
from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.exchange.label import Form
from web import whereabouts as screens
from web.api.bodies import integer, obj, one_of, string
from web.api.declaring import Answered, Parameter, body_of_request, endpoint
from web.api.named import PERSON, person_named
from web.api.once import once
from web.api.round_answers import moment, text
from web.api.round_schemas import ref
from web.boundary import reading
from web.permissions import SIGNED_IN
from web.session import actor

_TAG = "whereabouts"
_BYTES = {"type": "string", "contentMediaType": screens.PDF}
_HOLDING = Answered(200, "The hand-over as it is now.", ref("PaperHolding"))


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/whereabouts",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Tell where a document is and was",
    answers=[Answered(200, "Its holders, and its whole way.", ref("Whereabouts"))],
    refusals=(404,),
)
def show_whereabouts(document_id: UUID) -> Answer:
    """The way by time: readers, and whoever had the paper, with from, until and length."""
    with reading() as uow:
        found = whereabouts_of(uow, actor(), document_id)
        now = uow.now
    pending = found.pending
    return Answer(
        {
            "electronic": [_leg(each, now) for each in found.electronic],
            "paper": _leg(found.paper, now) if found.paper else None,
            "pending": {
                "id": str(pending.id),
                "to": pending.leg.name,
                "since": pending.leg.from_at.isoformat(),
            }
            if pending
            else None,
            "way": [_leg(each, now) for each in found.way],
        }
    )


def _leg(leg: Leg, now: datetime) -> dict[str, Any]:
    return {
        "kept": leg.kept.value,
        "keeper": leg.keeper.value,
        "name": leg.name,
        "user": text(leg.user_id),
        "on_behalf_of": leg.on_behalf_of,
        "acted": leg.acted,
        "from": leg.from_at.isoformat(),
        "until": moment(leg.until_at),
        "seconds": max(int(leg.length(now).total_seconds()), 0),
        "end": leg.end.value if leg.end else None,
        "opened_at": moment(leg.opened_at),
        "due_at": moment(leg.due_at),
        "purpose": leg.purpose,
        "place": leg.place,
        "note": leg.note,
        "given_by": leg.given_by,
        "expected": leg.is_expected,
    }


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/paper",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Hand the paper original over",
    body=obj(
        {"to": PERSON, "place": string("Where it is kept there."), "note": string()},
        "to",
    ),
    answers=[Answered(201, "The hand-over.", ref("PaperHolding"))],
    refusals=(404, 409, 422),
)
def hand_over(document_id: UUID) -> Answer:
    """It counts once the taker has confirmed it; to oneself it counts at once."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        holding = hand_paper(
            uow,
            actor(),
            document_id=document_id,
            to_id=person_named(uow, given["to"], "to"),
            place=given.get("place"),
            note=given.get("note"),
        )
        return Answer(_holding(holding), 201)

    return once(act)


@endpoint(
    "POST",
    "/paper/<uuid:holding_id>/confirm",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Confirm to have the paper",
    body=obj({}),
    answers=[_HOLDING],
    refusals=(404, 409),
)
def confirm_it(holding_id: UUID) -> Answer:
    """By the person to whom it was handed; once more changes nothing."""
    return _change(holding_id, confirm_paper)


@endpoint(
    "POST",
    "/paper/<uuid:holding_id>/withdraw",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Withdraw a hand-over that nobody has confirmed",
    body=obj({}),
    answers=[_HOLDING],
    refusals=(404, 409),
)
def withdraw_it(holding_id: UUID) -> Answer:
    """By who gave it, the registry, or the taker who does not have it."""
    return _change(holding_id, withdraw_paper)


@endpoint(
    "POST",
    "/labels/<code>/take",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Say with the label in hand that one has the paper",
    body=obj({}),
    answers=[_HOLDING],
    refusals=(404,),
)
def take_by_label(code: str) -> Answer:
    """What was on its way to somebody else is withdrawn: the paper is here."""
    body_of_request()
    return once(lambda uow: Answer(_holding(take_paper(uow, actor(), code=code))))


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/slip",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give the circulation slip of a round",
    parameters=(Parameter("round", "Id of the round; the newest by default."),),
    answers=[Answered(200, "PDF, in the language of the caller.", _BYTES, screens.PDF)],
    refusals=(404, 422),
)
def show_slip(document_id: UUID) -> AnyResponse:
    """Opinions stand on it as far as the caller may see them."""
    return screens.slip_pdf(document_id)


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/label",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give the QR label of the paper original",
    parameters=(
        Parameter("form", "One label, or a sheet of 24.", one_of(Form)),
        Parameter("first", "Place of the label on its sheet.", integer(minimum=1)),
    ),
    answers=[Answered(200, "PDF.", _BYTES, screens.PDF)],
    refusals=(404, 422),
)
def show_label(document_id: UUID) -> AnyResponse:
    """The first time its code is made; it leads to a page that a phone opens."""
    return screens.label_pdf(document_id)


def _change(holding_id: UUID, change: Callable[..., PaperHolding]) -> Answer:
    body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        return Answer(_holding(change(uow, actor(), holding_id=holding_id)))

    return once(act)


def _holding(holding: PaperHolding) -> dict[str, Any]:
    return {
        "id": str(holding.id),
        "document": str(holding.document_id),
        "holder": str(holding.holder_id),
        "given_by": text(holding.given_by),
        "place": holding.place,
        "note": holding.note,
        "handed_at": holding.handed_at.isoformat(),
        "confirmed_at": moment(holding.confirmed_at),
        "withdrawn_at": moment(holding.withdrawn_at),
    }
