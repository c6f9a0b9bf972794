"""Using seals, for programs of their keepers: on paper, outside, electronically; and the book.

Lengths are whole hundredths of a millimetre from the top left of the page as it is shown.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.core.idempotency import Answer
from records.seals.base import base_of
from records.seals.book_views import BookFilters, SealBookLine, book_line, book_page, readable_seal
from records.seals.holding import get_held
from records.seals.keeper_desk import ToUse, keeper_desk
from records.seals.models import SealStamping, SealUsage
from records.seals.pages.crosspage import EDGES
from records.seals.pages.placing import StampingPlan
from records.seals.rules import Matter, SealMedium, StampingState, UsageState
from records.seals.stamping import ask_stamping, latest_stamping, told_reason
from records.seals.use import bring_back, take_out, use_on_paper, withdraw_usage
from web.api.bodies import integer, nullable, obj, one_of, string
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
from web.api.schemas import COUNT, ID, SCHEMAS, TEXT, TIME, page_of, ref
from web.boundary import reading
from web.forms import read_id
from web.permissions import SEAL_BOOK_READERS, SEAL_KEEPERS
from web.pictures import pictures
from web.placing_form import in_mm
from web.session import actor

_TAG = "sealing"
_YES_OR_NO = {"type": "boolean"}
_REQUEST = "/seal-requests/<uuid:request_id>"
_USAGE = "/seal-usages/<uuid:usage_id>"
_STAMPED = integer("Copies that were stamped.", minimum=0)
_SPOILT = integer("Copies that were spoilt, and destroyed.", minimum=0)
_WITNESS = nullable({**PERSON, "description": "Login or id of the witness."})
_REMARKS = nullable(TEXT)
_PAGE = integer("Counted from 0.", minimum=0)
_LENGTH = integer("Hundredths of a millimetre.")
_DEGREES = integer("Degrees, clockwise.")
_PLAN = {
    "placements": {
        "type": "array",
        "items": obj(
            {"page": _PAGE, "x": _LENGTH, "y": _LENGTH, "angle": _DEGREES}, "page", "x", "y"
        ),
        "description": "The top left corner of each imprint.",
    },
    "cross_page": nullable(
        obj({"top": _LENGTH, "duplex": _YES_OR_NO, "edge": one_of(EDGES)}, "top")
    ),
    "qr": nullable(
        obj({"page": _PAGE, "x": _LENGTH, "y": _LENGTH, "size": _LENGTH}, "page", "x", "y")
    ),
    "witness": _WITNESS,
    "place": nullable(TEXT),
    "remarks": _REMARKS,
}
_REASON = nullable(obj({"code": TEXT, "message": TEXT}, "code", "message"))
_LINE = {
    "id": ID,
    "seal": ID,
    "number": string("As it is written, such as `HT-2026-0007`."),
    "used_at": TIME,
    "medium": one_of(SealMedium),
    "unit": TEXT,
    "applicant": TEXT,
    "keeper": TEXT,
    "witness": nullable(TEXT),
    "copies_stamped": nullable(COUNT),
    "copies_spoilt": nullable(COUNT),
    "outside": _YES_OR_NO,
    "due_back_at": nullable(TIME),
    "returned_at": nullable(TIME),
    "late": _YES_OR_NO,
    "state": one_of(UsageState),
    "request": nullable(ID),
    "document": nullable({**ID, "description": "Null where the content is hidden."}),
    "document_number": nullable(TEXT),
    "title": nullable(TEXT),
    "matter": nullable(TEXT),
    "recipient": nullable(TEXT),
    "place": nullable(TEXT),
    "remarks": nullable(TEXT),
    "result": nullable({**ID, "description": "The stamped copy, a component."}),
    "code": nullable(string("By which anybody can check the stamped copy.")),
    "withdrawn_reason": nullable(TEXT),
}
_TO_USE = {
    "request": ID,
    "seal": string("Name of the seal."),
    "matter": TEXT,
    "matter_kind": one_of(Matter),
    "recipient": TEXT,
    "copies": COUNT,
    "pages": COUNT,
    "medium": one_of(SealMedium),
    "cross_page": _YES_OR_NO,
    "urgent": _YES_OR_NO,
    "outside": _YES_OR_NO,
    "due_back_at": nullable(TIME),
    "approved_at": nullable(TIME),
    "applicant": TEXT,
    "unit": TEXT,
    "number": nullable(TEXT),
    "title": nullable(TEXT),
    "stamping": nullable(one_of(StampingState)),
}
_STAMPING = {
    "id": ID,
    "request": ID,
    "state": one_of(StampingState),
    "code": TEXT,
    "reason": {**_REASON, "description": "Why it failed; the approval holds, try again."},
    "asked_at": TIME,
    "ended_at": nullable(TIME),
}
SCHEMAS.update(
    {
        "SealUsage": obj(_LINE, *_LINE),
        "SealToUse": obj(_TO_USE, *_TO_USE),
        "SealStamping": obj(_STAMPING, *_STAMPING),
    }
)
_SEAL = Parameter("seal", "Id of the seal; auditors may leave it out.", string(format="uuid"))
_WRITTEN = Answered(201, "The line of the book.", ref("SealUsage"))
_SHOWN = Answered(200, "The line as it is now.", ref("SealUsage"))


@endpoint(
    "GET",
    "/sealing",
    tag=_TAG,
    permission=SEAL_KEEPERS,
    summary="List approved requests",
    answers=[Answered(200, "All that waits for the caller's seals.", page_of("SealToUse"))],
)
def show_sealing() -> Answer:
    """Urgent ones first."""
    with reading() as uow:
        found = keeper_desk(uow, actor()).to_use
    return Answer({"items": [_to_use(each) for each in found], "next": None})


@endpoint(
    "POST",
    f"{_REQUEST}/use",
    tag=_TAG,
    permission=SEAL_KEEPERS,
    summary="Record that paper was stamped",
    body=obj(
        {
            "copies_stamped": _STAMPED,
            "copies_spoilt": _SPOILT,
            "witness": _WITNESS,
            "place": string("Where it was stamped.", minLength=1),
            "remarks": _REMARKS,
        },
        "copies_stamped",
        "place",
    ),
    answers=[_WRITTEN],
    refusals=(404, 409, 422),
)
def use_seal(request_id: UUID) -> Answer:
    """One approval is used once."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        line = use_on_paper(
            uow,
            actor(),
            request_id=request_id,
            copies_stamped=given["copies_stamped"],
            copies_spoilt=given.get("copies_spoilt", 0),
            witness_id=_witness(uow, given),
            place=given["place"],
            remarks=given.get("remarks"),
        )
        return _answer(uow, line, 201)

    return once(act)


@endpoint(
    "POST",
    f"{_REQUEST}/take-out",
    tag=_TAG,
    permission=SEAL_KEEPERS,
    summary="Hand a seal out",
    body=obj({"witness": _WITNESS, "remarks": _REMARKS}),
    answers=[_WRITTEN],
    refusals=(404, 409, 422),
)
def take_seal_out(request_id: UUID) -> Answer:
    """Nobody else gets the seal until it is back."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        line = take_out(
            uow,
            actor(),
            request_id=request_id,
            witness_id=_witness(uow, given),
            remarks=given.get("remarks"),
        )
        return _answer(uow, line, 201)

    return once(act)


@endpoint(
    "POST",
    f"{_REQUEST}/stamp",
    tag=_TAG,
    permission=SEAL_KEEPERS,
    summary="Stamp a PDF electronically",
    body=obj(_PLAN, "placements"),
    answers=[Answered(202, "The worker stamps it.", ref("SealStamping"))],
    refusals=(404, 409, 422),
)
def stamp(request_id: UUID) -> Answer:
    """The line of the book is written with the stamped copy; ask for the stamping until then."""
    given = dict(body_of_request())
    with reading() as uow:
        request = get_held(uow, actor(), request_id).request
        base = base_of(uow, request) if request.component_id else None
    sizes = in_mm(pictures().sizes(base.component, base.stored)) if base else []

    def act(uow: UnitOfWork) -> Answer:
        witness_id = _witness(uow, given)
        given["witness"] = str(witness_id) if witness_id else None
        stamping = ask_stamping(
            uow,
            actor(),
            request_id=request_id,
            plan=StampingPlan.from_json(given),
            page_sizes_mm=sizes,
        )
        return Answer(_stamping(stamping), 202)

    return once(act)


@endpoint(
    "GET",
    f"{_REQUEST}/stamping",
    tag=_TAG,
    permission=SEAL_KEEPERS,
    summary="Show how far a stamping is",
    answers=[Answered(200, "The last attempt.", ref("SealStamping"))],
    refusals=(404,),
)
def show_stamping(request_id: UUID) -> Answer:
    """`failed` says why, and leaves the approval as it is."""
    with reading() as uow:
        get_held(uow, actor(), request_id)
        found = latest_stamping(uow, request_id)
    if found is None:
        raise NotFound
    return Answer(_stamping(found))


@endpoint(
    "GET",
    "/seal-usages",
    tag=_TAG,
    permission=SEAL_BOOK_READERS,
    summary="List the lines of a seal book",
    parameters=(_SEAL, LIMIT, CURSOR),
    answers=[Answered(200, "A page, newest first.", page_of("SealUsage"))],
    refusals=(404, 422),
)
def show_usages() -> Answer:
    """What a line says of its document is null for whoever may not see that."""
    typed = word(_SEAL)
    seal_id, below = read_id(typed or ""), read_id(cursor() or "")
    if typed and seal_id is None:
        raise Invalid("There is no such seal.", field="seal")
    with reading() as uow:
        seal = readable_seal(uow, actor(), seal_id) if seal_id else None
        page = book_page(
            uow,
            actor(),
            seal,
            filters=BookFilters(),
            below=below,
            limit=min(number(LIMIT), MOST_LINES),
        )
        usages = {each.id: uow.session.get_one(SealUsage, each.id) for each in page.lines}
    following = str(page.lines[-1].id) if page.lines and page.has_lower else None
    items = [line_answer(usages[each.id], each) for each in page.lines]
    return Answer({"items": items, "next": following})


@endpoint(
    "GET",
    _USAGE,
    tag=_TAG,
    permission=SEAL_BOOK_READERS,
    summary="Show a line of a seal book",
    answers=[_SHOWN],
    refusals=(404,),
)
def show_usage(usage_id: UUID) -> Answer:
    """For keepers of the seal and auditors."""
    with reading() as uow:
        return Answer(line_answer(*book_line(uow, actor(), usage_id)))


@endpoint(
    "POST",
    f"{_USAGE}/bring-back",
    tag=_TAG,
    permission=SEAL_KEEPERS,
    summary="Take a seal back",
    body=obj(
        {"copies_stamped": _STAMPED, "copies_spoilt": _SPOILT, "remarks": _REMARKS},
        "copies_stamped",
    ),
    answers=[_SHOWN],
    refusals=(404, 409, 422),
)
def bring_seal_back(usage_id: UUID) -> Answer:
    """With what was stamped outside; it may be nothing."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        line = bring_back(
            uow,
            actor(),
            usage_id=usage_id,
            copies_stamped=given["copies_stamped"],
            copies_spoilt=given.get("copies_spoilt", 0),
            remarks=given.get("remarks"),
        )
        return _answer(uow, line, 200)

    return once(act)


@endpoint(
    "POST",
    f"{_USAGE}/withdraw",
    tag=_TAG,
    permission=SEAL_KEEPERS,
    summary="Declare that what was stamped no longer stands",
    body=obj({"reason": string("Why; the book keeps it.", minLength=1)}, "reason"),
    answers=[_SHOWN],
    refusals=(404, 409, 422),
)
def withdraw_line(usage_id: UUID) -> Answer:
    """The line stays, and says so; whoever checks the code sees it."""
    reason = body_of_request()["reason"]

    def act(uow: UnitOfWork) -> Answer:
        return _answer(uow, withdraw_usage(uow, actor(), usage_id=usage_id, reason=reason), 200)

    return once(act)


def line_answer(usage: SealUsage, line: SealBookLine) -> dict[str, Any]:
    """Return a line of the book as its reader may know it."""
    content = line.content
    return {
        "id": str(line.id),
        "seal": str(line.seal_id),
        "number": line.text,
        "used_at": line.used_at.isoformat(),
        "medium": line.medium,
        "unit": line.unit,
        "applicant": line.applicant,
        "keeper": line.keeper,
        "witness": line.witness,
        "copies_stamped": line.copies_stamped,
        "copies_spoilt": line.copies_spoilt,
        "outside": line.outside,
        "due_back_at": _moment(line.due_back_at),
        "returned_at": _moment(line.returned_at),
        "late": line.is_late,
        "state": line.state.value,
        "request": str(usage.request_id) if content else None,
        "document": str(content.document_id) if content else None,
        "document_number": content.document_number if content else None,
        "title": content.title if content else None,
        "matter": content.matter if content else None,
        "recipient": content.recipient if content else None,
        "place": content.place if content else None,
        "remarks": content.remarks if content else None,
        "result": str(usage.result_id) if content and usage.result_id else None,
        "code": usage.code if content else None,
        "withdrawn_reason": content.withdrawn_reason if content else None,
    }


def _answer(uow: UnitOfWork, line: SealUsage, status: int) -> Answer:
    uow.session.flush()
    return Answer(line_answer(*book_line(uow, actor(), line.id)), status)


def _witness(uow: UnitOfWork, given: Mapping[str, Any]) -> UUID | None:
    named = given.get("witness")
    return person_named(uow, named, "witness") if named else None


def _stamping(stamping: SealStamping) -> dict[str, Any]:
    return {
        "id": str(stamping.id),
        "request": str(stamping.request_id),
        "state": stamping.state,
        "code": stamping.code,
        "reason": told_reason(stamping),
        "asked_at": stamping.asked_at.isoformat(),
        "ended_at": _moment(stamping.ended_at),
    }


def _to_use(line: ToUse) -> dict[str, Any]:
    return {
        "request": str(line.request_id),
        "seal": line.seal,
        "matter": line.matter,
        "matter_kind": line.matter_kind,
        "recipient": line.recipient,
        "copies": line.copies,
        "pages": line.pages,
        "medium": line.medium,
        "cross_page": line.cross_page,
        "urgent": line.urgent,
        "outside": line.outside,
        "due_back_at": _moment(line.due_back_at),
        "approved_at": _moment(line.approved_at),
        "applicant": line.applicant,
        "unit": line.unit,
        "number": line.number,
        "title": line.title,
        "stamping": line.stamping,
    }


def _moment(value: Any) -> str | None:
    return value.isoformat() if value is not None else None
