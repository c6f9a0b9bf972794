"""Emergency access: a document for some minutes, told to all who answer for it."""

import hashlib
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.core.places import no_such_page
from records.documents.emergency import GlassLine, end_glass, list_glasses
from web.api.bodies import nullable, obj, string
from web.api.declaring import CURSOR, LIMIT, Answered, body_of_request, cursor, endpoint, number
from web.api.once import once
from web.api.schemas import ID, SCHEMAS, TEXT, TIME, page_of
from web.boundary import reading
from web.forms import read_id
from web.glass import check_own_password, nothing_opened, opened
from web.permissions import GLASS_BREAKERS, SIGNED_IN
from web.session import actor

_TAG = "documents"
_LINE = {
    "id": ID,
    "at": TIME,
    "user": ID,
    "name": TEXT,
    "document": nullable({**ID, "description": "Null where nothing opened."}),
    "number": nullable(TEXT),
    "asked": nullable({**TEXT, "description": "What was typed; null above your clearance."}),
    "reason": nullable(TEXT),
    "opened": {"type": "boolean"},
    "holds": {"type": "boolean"},
    "until": nullable(TIME),
    "ended_at": nullable(TIME),
}
SCHEMAS["EmergencyAccess"] = obj(_LINE, *_LINE)


@endpoint(
    "POST",
    "/emergency-access",
    tag=_TAG,
    permission=GLASS_BREAKERS,
    summary="Open a document in an emergency",
    body=obj(
        {
            "document": string(minLength=1, description="Its number or id."),
            "reason": string(minLength=1),
            "password": string(description="Of the person whose token this is."),
        },
        *("document", "reason", "password"),
    ),
    answers=[Answered(201, "It is open for a time.", obj({"document": ID}, "document"))],
    refusals=(404, 409, 422, 429),
)
def open_in_emergency() -> Answer:
    """All who answer for it are told; every attempt is in the log.

    What does not exist and what is above the clearance answer the same.
    """
    given = body_of_request()
    check_own_password(given["password"])

    def act(uow: UnitOfWork) -> Answer:
        document_id = opened(uow, given["document"], given["reason"])
        return Answer({"document": str(document_id) if document_id else None}, 201)

    # The attempt is kept whatever came of it, and no digest of the password with it.
    said = f"{given['document']}\n{given['reason']}"
    answer = once(act, hashlib.sha256(said.encode()).digest())
    if answer.body["document"] is None:
        raise nothing_opened()
    return answer


@endpoint(
    "GET",
    "/emergency-access",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List emergency access, the newest first",
    parameters=(LIMIT, CURSOR),
    answers=[
        Answered(200, "All attempts for auditors, else one's own.", page_of("EmergencyAccess"))
    ],
    refusals=(422,),
)
def show_emergency_access() -> Answer:
    """What is above the clearance of an auditor shows who and when, and nothing else."""
    given, limit = cursor(), number(LIMIT)
    before = read_id(given or "")
    if given is not None and before is None:
        raise no_such_page()
    with reading() as uow:
        lines = list_glasses(uow, actor(), before=before, limit=limit + 1)
    more = str(lines[limit - 1].id) if len(lines) > limit else None
    return Answer({"items": [_shown(each) for each in lines[:limit]], "next": more})


@endpoint(
    "POST",
    "/emergency-access/<uuid:glass_id>/end",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="End an emergency access before its time",
    answers=[Answered(204, "It counts no more.")],
    refusals=(403, 404),
)
def end_emergency_access(glass_id: UUID) -> Answer:
    """For whoever took it, and for whoever sees the document and may share it."""

    def act(uow: UnitOfWork) -> Answer:
        end_glass(uow, actor(), glass_id=glass_id)
        return Answer(None, 204)

    return once(act)


def _shown(line: GlassLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "at": line.at.isoformat(),
        "user": str(line.user_id),
        "name": line.who,
        "document": str(line.document_id) if line.document_id else None,
        "number": line.number,
        "asked": line.asked,
        "reason": line.reason,
        "opened": line.opened,
        "holds": line.holds,
        "until": line.until_at.isoformat() if line.until_at else None,
        "ended_at": line.ended_at.isoformat() if line.ended_at else None,
    }
