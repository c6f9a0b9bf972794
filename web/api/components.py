"""Components: the original bytes and the text of each file."""

from uuid import UUID

from werkzeug.wrappers import Response

from records.core.idempotency import Answer
from records.documents.components import get_component
from records.documents.models import ComponentText
from records.documents.texts import open_text
from web.api.bodies import string
from web.api.declaring import Answered, Parameter, endpoint, word
from web.api.schemas import ref
from web.boundary import office, reading
from web.content import content_response
from web.hits import MOST_CHARACTERS, hits_answer, hits_of
from web.permissions import SIGNED_IN
from web.session import actor
from web.views import record_view

_TAG = "components"
_WORDS = Parameter(
    "q",
    f"A question in the query language, {MOST_CHARACTERS} characters of it.",
    string(),
    required=True,
)
_BYTES = {"type": "string", "contentMediaType": "application/octet-stream"}


@endpoint(
    "GET",
    "/components/<uuid:component_id>/content",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give the original bytes of a file",
    parameters=(
        Parameter("Range", "One range of bytes, as in `bytes=0-999`.", where="header"),
        Parameter("If-None-Match", "The ETag that the caller has.", where="header"),
    ),
    answers=[
        Answered(
            200,
            "The file, byte for byte as it came.",
            _BYTES,
            "application/octet-stream",
            {"ETag": "SHA-256 of the original bytes.", "Content-Disposition": "The file name."},
        ),
        Answered(206, "The range.", _BYTES, "application/octet-stream"),
        Answered(304, "The caller has it already."),
    ],
    refusals=(404, 416, 503),
)
def show_content(component_id: UUID) -> Response:
    """The media type is that of the content, unless a browser would run it."""
    with reading() as uow:
        component, stored = get_component(uow, actor(), component_id)
        response = content_response(office().vault, component, stored)
        record_view(uow, actor(), component.document_id, component.id)
    return response


@endpoint(
    "GET",
    "/components/<uuid:component_id>/text",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give the text of a file, page by page",
    answers=[Answered(200, "The pages; empty while there is no text.", ref("ComponentText"))],
    refusals=(404,),
)
def show_text(component_id: UUID) -> Answer:
    """What was read from the file; `text` of the component says how that went."""
    with reading() as uow:
        component, stored = get_component(uow, actor(), component_id)
        kept = uow.session.get(ComponentText, component.id)
        sealed = kept.sealed if kept else None
        record_view(uow, actor(), component.document_id, component.id)
    pages = open_text(office().vault, stored.wrapped_key, sealed) if sealed else []
    return Answer({"pages": pages})


@endpoint(
    "GET",
    "/components/<uuid:component_id>/hits",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Find words inside a file",
    parameters=(_WORDS,),
    answers=[Answered(200, "The pages that have them, with their places.", ref("ComponentHits"))],
    refusals=(404, 422),
)
def show_hits(component_id: UUID) -> Answer:
    """The words match as in search; a page of a scan is the page as it stands upright."""
    question = word(_WORDS) or ""
    with reading() as uow:
        held = get_component(uow, actor(), component_id)
        record_view(uow, actor(), held[0].document_id, component_id)
    return Answer(hits_answer(hits_of(held, question)))
