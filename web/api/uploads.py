"""Large files in parts, so that a broken line costs one part and not the whole."""

from uuid import UUID

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from web import parts
from web.api.bodies import integer, obj, string
from web.api.declaring import Answered, body_of_request, endpoint
from web.api.once import once
from web.api.schemas import ref
from web.permissions import REGISTRARS

_TAG = "uploads"


@endpoint(
    "POST",
    "/uploads",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Announce a file that comes in parts",
    body=obj(
        {
            "name": string("Name of the file.", minLength=1),
            "size": integer("Bytes of the whole file.", minimum=0),
        },
        *("name", "size"),
    ),
    answers=[Answered(201, "Cut the file into parts of `part_bytes`.", ref("Upload"))],
    refusals=(409, 422),
)
def open_upload() -> Answer:
    """When all parts are here, `POST /documents` takes `upload` instead of `file`."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        return Answer(parts.begin(uow, name=given["name"], size_bytes=given["size"]), 201)

    return once(act)


@endpoint(
    "GET",
    "/uploads/<uuid:upload_id>",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Tell which parts are here",
    answers=[Answered(200, "The upload.", ref("Upload"))],
    refusals=(404,),
)
def show_upload(upload_id: UUID) -> Answer:
    """Send those that are missing."""
    return Answer(parts.show(upload_id))


@endpoint(
    "PUT",
    "/uploads/<uuid:upload_id>/parts/<int:part>",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Send one part",
    body={"type": "string", "contentMediaType": "application/octet-stream"},
    body_type="application/octet-stream",
    answers=[Answered(204, "It is here.")],
    refusals=(400, 404, 413, 422, 503),
)
def put_part(upload_id: UUID, part: int) -> Answer:
    """The first part is 0. Parts come in any order; the same again replaces it."""
    parts.take_part(upload_id, part)
    return Answer(None, 204)


@endpoint(
    "DELETE",
    "/uploads/<uuid:upload_id>",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Forget an upload",
    answers=[Answered(204, "It is gone.")],
    refusals=(404,),
)
def close_upload(upload_id: UUID) -> Answer:
    """Uploads that are not used go by themselves after a day."""
    parts.drop(upload_id)
    return Answer(None, 204)
