"""What a code on a stamped document stands for: public, as the page `/c/<code>` is."""

from records.core.errors import TooMany
from records.core.idempotency import Answer
from records.seals.checking import CopyState, stamped_by_code
from web.api.bodies import nullable, obj, one_of, string
from web.api.declaring import Answered, endpoint
from web.api.schemas import TEXT, TIME
from web.boundary import reading
from web.check import copy_answer, visit
from web.permissions import PUBLIC

_COPY = obj(
    {
        "code": TEXT,
        "number": string("Number of the document."),
        "title": nullable(string("Only of a public document.")),
        "line": string("Number in the seal book."),
        "seal": string("Name of the seal."),
        "unit": string("The unit whose seal it is."),
        "sealed_at": TIME,
        "sha256": string("Of the stamped file."),
        "state": one_of(CopyState),
        "withdrawn_at": nullable(TIME),
    },
    *("code", "number", "title", "line", "seal", "unit", "sealed_at", "sha256", "state"),
    "withdrawn_at",
)


@endpoint(
    "GET",
    "/checks/<code>",
    tag="seals",
    permission=PUBLIC,
    summary="Say what a code on a stamped document stands for",
    answers=[Answered(200, "What strangers may know.", _COPY)],
    refusals=(404, 429),
)
def show_stamped_copy(code: str) -> Answer:
    """A code that never was and one that is mistyped are one answer."""
    if seconds := visit():
        raise TooMany("Too many questions. Ask again in %(seconds)s seconds.", {"seconds": seconds})
    with reading() as uow:
        return Answer(copy_answer(stamped_by_code(uow, code)))
