"""The four checks: what they found of a document, and which documents need a look."""

from uuid import UUID

from records.assessment.rules import Check, Outcome, Property
from records.assessment.service import (
    ask_assessment,
    assessments_of,
    list_assessments,
    shown,
)
from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.core.places import no_such_page
from web.api.bodies import obj, one_of, string
from web.api.declaring import CURSOR, LIMIT, Answered, Parameter, cursor, endpoint, number, word
from web.api.once import once
from web.api.schemas import ID, SCHEMAS, TEXT, TIME, page_of
from web.boundary import reading
from web.forms import read_id
from web.permissions import FILERS, SIGNED_IN
from web.session import actor

_TAG = "documents"
_FINDING = {
    "property": one_of(Property),
    "check": one_of(Check),
    "outcome": one_of(Outcome),
    "code": string("Why; empty where all is well."),
    "named": {"type": "array", "items": TEXT, "description": "Files or fields it is about."},
}
_ASSESSMENT = {
    "id": ID,
    "document": ID,
    "outcome": one_of([Outcome.PASSED, Outcome.WARNING, Outcome.FAILED]),
    "made_at": TIME,
    "findings": {"type": "array", "items": obj(_FINDING, *_FINDING)},
}
SCHEMAS["Assessment"] = obj(_ASSESSMENT, *_ASSESSMENT)
_OUTCOME = Parameter(
    "outcome",
    "What the last checks said; failed unless given.",
    one_of([Outcome.FAILED, Outcome.WARNING, Outcome.PASSED]),
)


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/assessments",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the four checks of a document, the newest first",
    answers=[Answered(200, "At most twenty.", page_of("Assessment"))],
    refusals=(404,),
)
def list_document_assessments(document_id: UUID) -> Answer:
    """Each says of every check what it found, and by which files."""
    with reading() as uow:
        made = assessments_of(uow, actor(), document_id)
    return Answer({"items": [shown(each) for each in made], "next": None})


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/assessments",
    tag=_TAG,
    permission=FILERS,
    summary="Have a document checked now",
    answers=[Answered(202, "The worker does it.", obj({"document": ID}, "document"))],
    refusals=(403, 404),
)
def assess_document(document_id: UUID) -> Answer:
    """What it finds is listed in a moment."""

    def act(uow: UnitOfWork) -> Answer:
        ask_assessment(uow, actor(), document_id)
        return Answer({"document": str(document_id)}, 202)

    return once(act)


@endpoint(
    "GET",
    "/assessments",
    tag=_TAG,
    permission=FILERS,
    summary="List documents by what their last four checks found",
    parameters=(_OUTCOME, LIMIT, CURSOR),
    answers=[Answered(200, "A page of documents with their checks.", page_of("Assessment"))],
    refusals=(403, 422),
)
def list_current_assessments() -> Answer:
    """Only documents that the caller may see."""
    given, limit = cursor(), number(LIMIT)
    before = read_id(given or "")
    if given is not None and before is None:
        raise no_such_page()
    outcome = Outcome(word(_OUTCOME) or Outcome.FAILED)
    with reading() as uow:
        lines = list_assessments(uow, actor(), outcome=outcome, before=before, limit=limit + 1)
    more = str(lines[limit - 1].id) if len(lines) > limit else None
    return Answer({"items": [shown(each) for each in lines[:limit]], "next": more})
