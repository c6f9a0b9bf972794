"""What came in and became no document, and the channels by which it comes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Response

from records.channels.rules import ArrivalState, ChannelKind
from records.channels.service import (
    ArrivalLine,
    ChannelLine,
    arrival_file,
    arrival_line,
    arrivals_of,
    channels_of,
    give_up,
    note_failure,
    try_again,
)
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed
from records.core.idempotency import Answer
from web.api.arrival_schemas import ARRIVAL, CHANNEL
from web.api.bodies import obj, one_of, string
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
from web.api.once import once
from web.api.schemas import ref
from web.api.versions import seen_version
from web.arrivals import why
from web.boundary import office, reading, writing
from web.content import content_response
from web.permissions import ARRIVAL_READERS, REGISTRARS
from web.session import actor

_TAG = "arrivals"
_STATE = Parameter(
    "state", "State of the arrivals.", one_of((*ArrivalState, "any"), default="waiting")
)
_CHANNEL = Parameter("channel", "Kind of the channel.", one_of(ChannelKind))
_SHOWN = Answered(200, "The arrival.", ARRIVAL, headers={"ETag": "Version."})


@endpoint(
    "GET",
    "/arrivals",
    tag=_TAG,
    permission=ARRIVAL_READERS,
    summary="List what came in and became no document",
    parameters=(_STATE, _CHANNEL, LIMIT, CURSOR),
    answers=[
        Answered(
            200,
            "A page, newest first.",
            obj(
                {
                    "items": {"type": "array", "items": ARRIVAL},
                    "next": {"type": ["string", "null"]},
                },
                *("items", "next"),
            ),
        )
    ],
    refusals=(422,),
)
def show_arrivals() -> Answer:
    """Clerks see what was meant for their registers; names and files are for them alone."""
    state, kind = word(_STATE), word(_CHANNEL)
    with reading() as uow:
        page = arrivals_of(
            uow,
            actor(),
            state=None if state == "any" else ArrivalState(state or ArrivalState.WAITING),
            kind=ChannelKind(kind) if kind else None,
            cursor=cursor(),
            limit=min(number(LIMIT), MOST_LINES),
        )
    return Answer({"items": [arrival_answer(each) for each in page.rows], "next": page.next})


@endpoint(
    "GET",
    "/arrivals/<uuid:arrival_id>",
    tag=_TAG,
    permission=ARRIVAL_READERS,
    summary="Show an arrival",
    answers=[_SHOWN],
    refusals=(404,),
)
def show_arrival(arrival_id: UUID) -> Answer:
    """With the reason why it waits, and what became of it."""
    with reading() as uow:
        return _shown(uow, arrival_id)


@endpoint(
    "GET",
    "/arrivals/<uuid:arrival_id>/files/<int:position>",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Download a file of an arrival",
    answers=[Answered(200, "The bytes as they came.")],
    refusals=(404, 416, 503),
)
def show_arrival_file(arrival_id: UUID, position: int) -> Response:
    """The log remembers who asked."""
    with writing() as uow:
        file, stored = arrival_file(uow, actor(), arrival_id, position)
        uow.session.flush()
        uow.session.expunge_all()
    return content_response(office().vault, file, stored)


@endpoint(
    "POST",
    "/arrivals/<uuid:arrival_id>/again",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Try again to register an arrival",
    parameters=(IF_MATCH,),
    body=obj(
        {
            "register": string("Code of another register."),
            "plain": {
                "type": "boolean",
                "description": "Leave out the metadata that came along.",
            },
        }
    ),
    answers=[Answered(201, "It has its number.", ref("Registered"))],
    refusals=(404, 409, 412, 422),
)
def try_arrival_again(arrival_id: UUID) -> Answer:
    """What was registered by another try meanwhile is answered, and registered once."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        made = try_again(
            uow,
            actor(),
            office().vault,
            arrival_id=arrival_id,
            version=seen_version(),
            register_code=given.get("register"),
            plain=bool(given.get("plain")),
        )
        return Answer({"id": str(made.id), "number": made.number, "warnings": []}, 201)

    try:
        return once(act)
    except (Invalid, Conflict, NotAllowed) as refusal:
        with writing() as uow:
            note_failure(uow, arrival_id, refusal)
        raise


@endpoint(
    "POST",
    "/arrivals/<uuid:arrival_id>/give-up",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Give an arrival up",
    parameters=(IF_MATCH,),
    body=obj({"reason": string("Why it shall be no document.", minLength=1)}, "reason"),
    answers=[_SHOWN],
    refusals=(404, 409, 412, 422),
)
def give_arrival_up(arrival_id: UUID) -> Answer:
    """Its bytes here are removed within a day; the log keeps the reason."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        give_up(
            uow,
            actor(),
            office().vault,
            arrival_id=arrival_id,
            version=seen_version(),
            reason=given["reason"],
        )
        uow.session.flush()
        return _shown(uow, arrival_id)

    return once(act)


@endpoint(
    "GET",
    "/channels",
    tag=_TAG,
    permission=ARRIVAL_READERS,
    summary="List watched folders and mailboxes",
    answers=[
        Answered(200, "All of them.", obj({"items": {"type": "array", "items": CHANNEL}}, "items"))
    ],
)
def show_channels() -> Answer:
    """Those that feed the caller's registers; who runs the service sees all."""
    with reading() as uow:
        lines = channels_of(uow, actor(), office().config)
    return Answer({"items": [_channel_answer(each) for each in lines]})


def _shown(uow: UnitOfWork, arrival_id: UUID) -> Answer:
    line = arrival_line(uow, actor(), arrival_id)
    return Answer(arrival_answer(line), 200, {"ETag": f'"{line.version}"'})


def arrival_answer(line: ArrivalLine) -> dict[str, Any]:
    """Return an arrival."""
    return {
        "id": str(line.id),
        "channel": line.kind.value,
        "from": line.channel,
        "register": line.register_code,
        "state": line.state.value,
        "reason": why(line.message, line.details),
        "name": line.name,
        "size": line.size_bytes,
        "files": [
            {
                "position": each.position,
                "name": each.name,
                "size": each.size_bytes,
                "media_type": each.media_type,
            }
            for each in line.files
        ],
        "arrived_at": line.arrived_at.isoformat(),
        "tried_at": line.tried_at.isoformat(),
        "tries": line.tries,
        "document": str(line.document_id) if line.document_id else None,
        "number": line.number,
        "end_reason": line.end_reason,
        "version": line.version,
    }


def _channel_answer(line: ChannelLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "channel": line.kind.value,
        "register": line.register,
        "looked_at": _moment(line.looked_at),
        "again_at": _moment(line.again_at),
        "failing_since": _moment(line.failing_since),
        "reason": why(line.message, line.details) or None,
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
