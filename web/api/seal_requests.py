"""Seal requests: asking, following, taking back, refusing; and deciding what one is asked for."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.core.idempotency import Answer
from records.documents.intake import keep_objects
from records.people.rules import Secrecy
from records.seals.approvals import decide
from records.seals.models import SealRequest
from records.seals.request_views import (
    ApprovalLine,
    RequestLine,
    RequestView,
    StepView,
    approvals_for,
    my_requests,
    request_of_step,
    request_view,
    requests_of,
)
from records.seals.requests import (
    ask_for_seal,
    ask_with_file,
    refuse_request,
    withdraw_request,
)
from records.seals.rules import ApprovalState, Matter, RequestState, SealKind, SealMedium
from web.api.bodies import instant, integer, nullable, obj, one_of, string
from web.api.declaring import (
    CURSOR,
    LIMIT,
    MOST_LINES,
    MULTIPART,
    Answered,
    Parameter,
    body_of_request,
    cursor,
    endpoint,
    number,
    word,
)
from web.api.once import answered_before, once
from web.api.round_answers import moment, person, text
from web.api.schemas import COUNT, ID, LEVELS, SCHEMAS, TEXT, TIME, page_of, ref
from web.boundary import database, office, reading
from web.forms import read_id
from web.permissions import SEAL_APPLICANTS, SEAL_KEEPERS, SIGNED_IN
from web.receiving import ReceivedForm, receiving_form
from web.registration import check_files
from web.session import actor

_TAG = "seals"
_YES_OR_NO = {"type": "boolean"}
_NAMED = obj({"id": ID, "name": TEXT}, "id", "name")
_STATE = Parameter("state", "State of the requests.", one_of(RequestState))
_DOCUMENT = Parameter(
    "document", "Those about a document, whoever asked; not one's own.", {**ID, "format": "uuid"}
)
_REASON = obj({"reason": string("Why; the applicant is told.", minLength=1)}, "reason")

# What is asked for, as bodies say it.
_TERMS: dict[str, Any] = {
    "seal": ID,
    "matter": string("What it is about.", minLength=1),
    "matter_kind": one_of(Matter),
    "amount_cents": nullable(integer("In hundredths.", minimum=1)),
    "recipient": string("Who gets what is sealed.", minLength=1),
    "copies": integer(minimum=1),
    "pages": integer("Of one copy.", minimum=1),
    "medium": one_of(SealMedium),
    "cross_page": _YES_OR_NO,
    "urgent": _YES_OR_NO,
    "outside": {"type": "boolean", "description": "Whether the seal leaves the office."},
    "outside_place": nullable(string("Needed outside.")),
    "escort": nullable(string("Needed outside: who goes with the seal.")),
    "due_back_at": nullable({**TIME, "description": "Needed outside: when it is back."}),
}
_NEEDED = ("seal", "matter", "matter_kind", "recipient", "copies", "pages", "medium")


def _whole(properties: dict[str, Any]) -> dict[str, Any]:
    return obj(properties, *properties)


_LINE: dict[str, Any] = {
    "id": ID,
    "state": one_of(RequestState),
    "seal": _NAMED,
    "applicant": _NAMED,
    "asked_at": TIME,
    "medium": one_of(SealMedium),
    "copies": COUNT,
    "urgent": _YES_OR_NO,
    "outside": _YES_OR_NO,
    "steps": COUNT,
    "agreed": {**COUNT, "description": "How many of the steps are agreed."},
    "waits_for": nullable(string("The unit or post whose turn it is.")),
    "document": nullable({**ID, "description": "Null where it is not for the caller to see."}),
    "number": nullable(TEXT),
    "title": nullable(TEXT),
    "matter": nullable(TEXT),
    "recipient": nullable(TEXT),
    "end_reason": nullable(TEXT),
}
_STEP = {"$ref": "#/components/schemas/SealApprovalStep"}
_STEP_SHOWN = _whole(
    {
        "id": ID,
        "position": integer("From 1.", minimum=1),
        "place": string("The unit or post."),
        "state": one_of(ApprovalState),
        "people": {
            "type": "array",
            "items": TEXT,
            "description": "Who may decide it, where it is not decided.",
        },
        "decided_by": nullable(TEXT),
        "on_behalf_of": nullable(TEXT),
        "decided_at": nullable(TIME),
        "opinion": nullable(string("Null also where it is not for the caller to see.")),
    }
)
SCHEMAS.update(
    {
        "SealRequestLine": _whole(_LINE),
        "SealApprovalStep": _STEP_SHOWN,
        "SealRequest": _whole(
            {
                "id": ID,
                "state": one_of(RequestState),
                "seal": _NAMED,
                "document": ID,
                "number": TEXT,
                "title": TEXT,
                "component": nullable(ID),
                "sha256": nullable(string("Of the file that gets the seal.")),
                "content_sha256": string("Of all that the document held when it was asked for."),
                "unchanged": {
                    "type": "boolean",
                    "description": "Whether the document holds that still.",
                },
                "applicant": _NAMED,
                "unit": TEXT,
                "keeper": nullable(TEXT),
                **{name: schema for name, schema in _TERMS.items() if name != "seal"},
                "asked_at": TIME,
                "approved_at": nullable(TIME),
                "ended_at": nullable(TIME),
                "ended_by": nullable(TEXT),
                "end_reason": nullable(TEXT),
                "usage": nullable({**ID, "description": "Its line in the seal book."}),
                "steps": {"type": "array", "items": _STEP},
                "to_decide": nullable(
                    {**ID, "description": "The step that the caller may decide now."}
                ),
            }
        ),
        "SealApprovalLine": _whole(
            {
                "id": ID,
                "request": ID,
                "document": ID,
                "number": TEXT,
                "title": TEXT,
                "secrecy": one_of(LEVELS),
                "seal": TEXT,
                "seal_kind": one_of(SealKind),
                "applicant": TEXT,
                "unit": TEXT,
                "matter": TEXT,
                "recipient": TEXT,
                "copies": COUNT,
                "medium": one_of(SealMedium),
                "urgent": _YES_OR_NO,
                "outside": _YES_OR_NO,
                "amount_cents": nullable(COUNT),
                "asked_at": TIME,
                "began_at": TIME,
                "position": integer("From 1.", minimum=1),
                "steps": COUNT,
                "on_behalf_of": nullable(string("The person who is away.")),
            }
        ),
    }
)
_SHOWN = Answered(200, "The request as it is now.", ref("SealRequest"))
_ASKED = Answered(201, "It is asked for.", ref("SealRequest"), headers={"Location": "The request."})


# Requests ----------------------------------------------------------------------------------------


@endpoint(
    "GET",
    "/seal-requests",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List seal requests",
    parameters=(_STATE, _DOCUMENT, LIMIT, CURSOR),
    answers=[Answered(200, "Newest first.", page_of("SealRequestLine"))],
    refusals=(422,),
)
def show_seal_requests() -> Answer:
    """One's own, or those about a document that one sees."""
    state, about = word(_STATE), word(_DOCUMENT)
    wanted = RequestState(state) if state else None
    with reading() as uow:
        if about is not None:
            document_id = read_id(about)
            if document_id is None:
                raise Invalid("This is no %(kind)s.", {"kind": "uuid"}, field="document")
            lines = requests_of(uow, actor(), document_id)
            items = [_line(each) for each in lines if wanted is None or each.state == wanted]
            return Answer({"items": items, "next": None})
        lines, following, _ = my_requests(
            uow,
            actor(),
            state=wanted,
            cursor=cursor(),
            limit=min(number(LIMIT), MOST_LINES),
        )
    return Answer({"items": [_line(each) for each in lines], "next": following})


@endpoint(
    "GET",
    "/seal-requests/<uuid:request_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Show a seal request",
    answers=[_SHOWN],
    refusals=(404,),
)
def show_seal_request(request_id: UUID) -> Answer:
    """With the steps of its approval, for whoever sees the document."""
    with reading() as uow:
        return Answer(request_answer(request_view(uow, actor(), request_id)))


@endpoint(
    "POST",
    "/seal-requests",
    tag=_TAG,
    permission=SEAL_APPLICANTS,
    summary="Ask for a seal",
    body=obj({"document": ID, "component": nullable(ID), **_TERMS}, "document", *_NEEDED),
    answers=[_ASKED],
    refusals=(404, 409, 422),
)
def ask() -> Answer:
    """On a document as it is now; the first approvers are asked at once."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        component = given.get("component")
        made = ask_for_seal(
            uow,
            actor(),
            seal_id=UUID(given["seal"]),
            document_id=UUID(given["document"]),
            component_id=UUID(component) if component else None,
            **_terms(given),
        )
        return _made(uow, made)

    return once(act)


@endpoint(
    "POST",
    "/seal-requests/file",
    tag=_TAG,
    permission=SEAL_APPLICANTS,
    summary="Ask for a seal on a file",
    body_type=MULTIPART,
    body=obj(
        {
            "file": {"type": "string", "contentMediaType": "application/octet-stream"},
            "title": string("Empty takes the name of the file."),
            "secrecy": one_of(LEVELS),
            **{name: string(f"As in `POST /seal-requests`: {name}.") for name in _TERMS},
        },
        "file",
        *_NEEDED,
    ),
    answers=[_ASKED],
    refusals=(400, 409, 413, 415, 422, 503),
)
def ask_for_file() -> Answer:
    """The file is registered by the same act, as a document of the caller's unit."""
    with receiving_form(office().vault, limit_bytes=office().config.upload_limit_bytes) as form:
        content = form.digest()
        earlier = answered_before(content)
        if earlier is not None:
            return earlier
        received = [(each, name) for at, name, each in form.files if at == "file"]
        check_files(received)
        seal_id = read_id(form.fields.get("seal", ""))
        if seal_id is None:
            raise Invalid("Choose the seal.", field="seal")
        facts = _terms(_read_fields(form))
        keep_objects(database(), office().vault, [each for each, _ in received])

        def act(uow: UnitOfWork) -> Answer:
            made = ask_with_file(
                uow,
                actor(),
                seal_id=seal_id,
                received=received,
                title=form.fields.get("title"),
                secrecy=Secrecy.from_code(form.fields.get("secrecy") or "internal"),
                **facts,
            )
            return _made(uow, made)

        return once(act, content)


@endpoint(
    "POST",
    "/seal-requests/<uuid:request_id>/withdraw",
    tag=_TAG,
    permission=SEAL_APPLICANTS,
    summary="Withdraw one's own seal request",
    body=obj({"reason": string("Why, if it matters.")}),
    answers=[_SHOWN],
    refusals=(404, 409),
)
def withdraw(request_id: UUID) -> Answer:
    """As long as it is not stamped."""
    reason = body_of_request().get("reason")

    def act(uow: UnitOfWork) -> Answer:
        withdraw_request(uow, actor(), request_id=request_id, reason=reason)
        return _now(uow, request_id)

    return once(act)


@endpoint(
    "POST",
    "/seal-requests/<uuid:request_id>/refuse",
    tag=_TAG,
    permission=SEAL_KEEPERS,
    summary="Refuse to stamp what is approved",
    body=_REASON,
    answers=[Answered(204, "It is refused.")],
    refusals=(404, 409, 422),
)
def refuse(request_id: UUID) -> Answer:
    """Because it is blank or unfinished; the keeper of the seal does."""
    reason = body_of_request()["reason"]

    def act(uow: UnitOfWork) -> Answer:
        refuse_request(uow, actor(), request_id=request_id, reason=reason)
        return Answer(None, 204)

    return once(act)


# Deciding ----------------------------------------------------------------------------------------


@endpoint(
    "GET",
    "/seal-approvals",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List what the caller may approve",
    answers=[Answered(200, "Urgent ones first, then the oldest.", page_of("SealApprovalLine"))],
)
def show_seal_approvals() -> Answer:
    """Also on behalf of people for whom one stands in."""
    with reading() as uow:
        lines = approvals_for(uow, actor())
    return Answer({"items": [_approval(each) for each in lines], "next": None})


@endpoint(
    "POST",
    "/seal-approvals/<uuid:approval_id>/agree",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Agree to the use of a seal",
    body=obj({"opinion": string()}),
    answers=[_SHOWN],
    refusals=(404, 409, 422),
)
def agree(approval_id: UUID) -> Answer:
    """The last to agree approves it, and the keeper is told."""
    return _decide(approval_id, agree=True)


@endpoint(
    "POST",
    "/seal-approvals/<uuid:approval_id>/decline",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Decline the use of a seal",
    body=obj({"opinion": string("Why; the applicant is told.", minLength=1)}, "opinion"),
    answers=[_SHOWN],
    refusals=(404, 409, 422),
)
def decline(approval_id: UUID) -> Answer:
    """One no ends the request."""
    return _decide(approval_id, agree=False)


def _decide(approval_id: UUID, *, agree: bool) -> Answer:
    opinion = body_of_request().get("opinion")

    def act(uow: UnitOfWork) -> Answer:
        decide(uow, actor(), approval_id=approval_id, agree=agree, opinion=opinion)
        uow.session.flush()
        return Answer(request_answer(request_of_step(uow, actor(), approval_id)))

    return once(act)


# Bodies and answers ------------------------------------------------------------------------------


def _terms(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "matter": given["matter"],
        "matter_kind": given["matter_kind"],
        "amount_cents": given.get("amount_cents"),
        "recipient": given["recipient"],
        "copies": given["copies"],
        "pages": given["pages"],
        "medium": given["medium"],
        "cross_page": given.get("cross_page", False),
        "urgent": given.get("urgent", False),
        "outside": given.get("outside", False),
        "outside_place": given.get("outside_place"),
        "escort": given.get("escort"),
        "due_back_at": instant(given.get("due_back_at")),
    }


def _read_fields(form: ReceivedForm) -> dict[str, Any]:
    """Return the fields of a multipart form as a JSON body would have them."""
    found: dict[str, Any] = {name: form.fields.get(name, "") for name in _TERMS}
    for name in ("copies", "pages", "amount_cents"):
        typed = found[name].strip()
        if not typed and name == "amount_cents":
            found[name] = None
        elif not typed.isascii() or not typed.isdigit() or len(typed) > 15:
            raise Invalid("This must be a whole number.", field=name)
        else:
            found[name] = int(typed)
    for name in ("cross_page", "urgent", "outside"):
        found[name] = found[name].strip().casefold() in ("1", "true")
    found["due_back_at"] = found["due_back_at"] or None
    return found


def _made(uow: UnitOfWork, made: SealRequest) -> Answer:
    answer = _now(uow, made.id)
    return Answer(answer.body, 201, {"Location": f"/api/v1/seal-requests/{made.id}"})


def _now(uow: UnitOfWork, request_id: UUID) -> Answer:
    uow.session.flush()
    return Answer(request_answer(request_view(uow, actor(), request_id)))


def request_answer(view: RequestView) -> dict[str, Any]:
    """Return one request with its steps."""
    asked = view.request
    return {
        "id": str(asked.id),
        "state": asked.state,
        "seal": person(asked.seal_id, view.seal.name),
        "document": str(asked.document_id),
        "number": view.document.number,
        "title": view.document.title,
        "component": text(asked.component_id),
        "sha256": asked.sha256,
        "content_sha256": asked.content_sha256,
        "unchanged": view.is_unchanged,
        "applicant": person(asked.applicant_id, view.applicant),
        "unit": view.unit,
        "keeper": view.keeper,
        "matter": asked.matter,
        "matter_kind": asked.matter_kind,
        "amount_cents": asked.amount_cents,
        "recipient": asked.recipient,
        "copies": asked.copies,
        "pages": asked.pages,
        "medium": asked.medium,
        "cross_page": asked.cross_page,
        "urgent": asked.urgent,
        "outside": asked.outside,
        "outside_place": asked.outside_place,
        "escort": asked.escort,
        "due_back_at": moment(asked.due_back_at),
        "asked_at": asked.asked_at.isoformat(),
        "approved_at": moment(asked.approved_at),
        "ended_at": moment(asked.ended_at),
        "ended_by": view.ended_by,
        "end_reason": asked.end_reason,
        "usage": str(view.usage[0]) if view.usage else None,
        "steps": [_step(each) for each in view.steps],
        "to_decide": text(view.my_step),
    }


def _step(step: StepView) -> dict[str, Any]:
    return {
        "id": str(step.id),
        "position": step.position + 1,
        "place": step.place,
        "state": step.state,
        "people": list(step.people),
        "decided_by": step.decided_by,
        "on_behalf_of": step.on_behalf_of,
        "decided_at": moment(step.decided_at),
        "opinion": step.opinion,
    }


def _line(line: RequestLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "state": line.state,
        "seal": person(line.seal_id, line.seal),
        "applicant": person(line.applicant_id, line.applicant),
        "asked_at": line.asked_at.isoformat(),
        "medium": line.medium,
        "copies": line.copies,
        "urgent": line.urgent,
        "outside": line.outside,
        "steps": line.steps,
        "agreed": line.agreed,
        "waits_for": line.waits_for,
        "document": text(line.document_id),
        "number": line.number,
        "title": line.title,
        "matter": line.matter,
        "recipient": line.recipient,
        "end_reason": line.reason,
    }


def _approval(line: ApprovalLine) -> dict[str, Any]:
    return {
        "id": str(line.approval_id),
        "request": str(line.request_id),
        "document": str(line.document_id),
        "number": line.number,
        "title": line.title,
        "secrecy": line.secrecy.code,
        "seal": line.seal,
        "seal_kind": line.seal_kind,
        "applicant": line.applicant,
        "unit": line.unit,
        "matter": line.matter,
        "recipient": line.recipient,
        "copies": line.copies,
        "medium": line.medium,
        "urgent": line.urgent,
        "outside": line.outside,
        "amount_cents": line.amount_cents,
        "asked_at": line.asked_at.isoformat(),
        "began_at": line.began_at.isoformat(),
        "position": line.position + 1,
        "steps": line.steps,
        "on_behalf_of": line.on_behalf_of,
    }
