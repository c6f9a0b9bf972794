"""The page face of a document: what its first and last page say of it, with the evidence."""

from uuid import UUID

from records.core.idempotency import Answer
from records.documents.faces import document_face
from web.api.declaring import Answered, endpoint
from web.api.schemas import ref
from web.boundary import office, reading
from web.permissions import SIGNED_IN
from web.session import actor
from web.views import record_view


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/face",
    tag="documents",
    permission=SIGNED_IN,
    summary="Give what was read from the page face of a document",
    answers=[Answered(200, "Each field with its confidence and evidence, or null.", ref("Face"))],
    refusals=(404,),
)
def show_face(document_id: UUID) -> Answer:
    """The face of the first file with text.

    All fields are null while there is none: `text` of the document says how far reading has come.
    """
    with reading() as uow:
        face = document_face(uow, actor(), office().vault, document_id)
        record_view(uow, actor(), document_id)
    return Answer(face)
