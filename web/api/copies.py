"""Numbered copies of a document: listed, made, printed, returned or destroyed."""

from typing import Any
from uuid import UUID

from werkzeug.wrappers import Response as AnyResponse

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.documents.copies import CopyLine, copies_of, make_copies, move_copy
from records.documents.rules import CopyStep
from records.documents.visibility import get_document
from records.exchange.numbered_copies import NumberPlace
from web import copies as screens
from web.api.bodies import integer, obj, one_of, string
from web.api.book_schemas import page_of, ref
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
from web.api.once import once
from web.api.round_answers import moment
from web.api.schemas import ID, TEXT
from web.boundary import reading
from web.permissions import SIGNED_IN
from web.session import actor

_TAG = "copies"
_MOST = 2**31 - 1
_FIRST = Parameter("first", "Lowest number.", integer(minimum=1, maximum=_MOST), required=True)
_LAST = Parameter("last", "Highest number; the lowest by default.", integer(maximum=_MOST))
_PLACE = Parameter("place", "Where the number stands.", one_of(NumberPlace, default="standard"))
_BYTES = {"type": "string", "contentMediaType": "application/pdf"}
_REASON = obj({"reason": string("How, or by whose word.")})


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/copies",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the numbered copies of a document",
    parameters=(LIMIT, CURSOR),
    answers=[Answered(200, "By number.", page_of("Copy"))],
    refusals=(404, 422),
)
def show_copies(document_id: UUID) -> Answer:
    """For whoever sees the document."""
    limit = min(number(LIMIT), MOST_LINES)
    given = cursor() or "0"
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    with reading() as uow:
        get_document(uow, actor(), document_id)
        found = copies_of(uow, actor(), document_id, after=after, limit=limit + 1)
    lines = found[:limit]
    following = str(lines[-1].number) if len(found) > limit else None
    return Answer({"items": [_copy(each) for each in lines], "next": following})


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/copies",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Make numbered copies",
    body=obj(
        {
            "component": ID,
            "for_whom": {"type": "array", "items": TEXT},
            "count": integer("Instead of names, or for one name.", minimum=1),
            "purpose": TEXT,
        },
        "component",
    ),
    answers=[Answered(201, "The copies with their numbers.", page_of("Copy"))],
    refusals=(403, 404, 409, 422),
)
def open_copies(document_id: UUID) -> Answer:
    """Numbers count on from the last one of the document."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        made = make_copies(
            uow,
            actor(),
            document_id=document_id,
            component_id=UUID(given["component"]),
            for_whom=given.get("for_whom", ()),
            count=given.get("count"),
            purpose=given.get("purpose"),
        )
        lines = copies_of(uow, actor(), document_id, after=made[0].number - 1)
        return Answer({"items": [_copy(each) for each in lines], "next": None}, 201)

    return once(act)


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/copies/print",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give numbered copies for printing",
    parameters=(_FIRST, _LAST, _PLACE),
    answers=[Answered(200, "One PDF, a copy behind the other.", _BYTES, "application/pdf")],
    refusals=(403, 404, 409, 422),
)
def print_copies(document_id: UUID) -> AnyResponse:
    """A printed copy carries no signature."""
    first = number(_FIRST)
    return screens.printed(
        document_id, first, number(_LAST) or first, NumberPlace(word(_PLACE) or "standard")
    )


@endpoint(
    "POST",
    "/copies/<uuid:copy_id>/return",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Say that a copy came back",
    body=_REASON,
    answers=[Answered(200, "The copy as it is now.", ref("Copy"))],
    refusals=(403, 404, 409, 422),
)
def return_copy(copy_id: UUID) -> Answer:
    """By the registry, or by the archive once the document is filed."""
    return _move(copy_id, CopyStep.RETURN)


@endpoint(
    "POST",
    "/copies/<uuid:copy_id>/destroy",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Say that a copy was destroyed",
    body=_REASON,
    answers=[Answered(200, "The copy as it is now.", ref("Copy"))],
    refusals=(403, 404, 409, 422),
)
def destroy_copy(copy_id: UUID) -> Answer:
    """Its number is never given again."""
    return _move(copy_id, CopyStep.DESTROY)


@endpoint(
    "POST",
    "/copies/<uuid:copy_id>/reopen",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Take back what was said of a copy by mistake",
    body=obj({"reason": string("Why.", minLength=1)}, "reason"),
    answers=[Answered(200, "The copy as it is now.", ref("Copy"))],
    refusals=(403, 404, 409, 422),
)
def reopen_copy(copy_id: UUID) -> Answer:
    """The log keeps what was said before."""
    return _move(copy_id, CopyStep.REOPEN)


def _move(copy_id: UUID, step: CopyStep) -> Answer:
    reason = body_of_request().get("reason")

    def act(uow: UnitOfWork) -> Answer:
        found = move_copy(uow, actor(), copy_id=copy_id, step=step, reason=reason)
        uow.session.flush()
        after = found.number - 1
        (line,) = copies_of(uow, actor(), found.document_id, after=after, limit=1)
        return Answer(_copy(line))

    return once(act)


def _copy(line: CopyLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "component": str(line.component_id),
        "file": line.file,
        "number": line.text,
        "for_whom": line.for_whom,
        "purpose": line.purpose,
        "state": line.state.value,
        "made_at": line.made_at.isoformat(),
        "made_by": line.made_by,
        "ended_at": moment(line.ended_at),
        "ended_by": line.ended_by,
        "end_reason": line.end_reason,
    }
