"""Scans: recognition asked for again, separator sheets, and stacks split into documents."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.core.idempotency import Answer
from records.documents.rules import Urgency
from records.exchange.separator_sheets import MOST_SHEETS, write_separator_sheets
from records.scans.plans import TURNS, Part, TakenPage
from records.scans.service import recognise, recognitions_of
from records.scans.sheets import FIELDS, sheet_of
from records.scans.splitting import look_for_sheets, parts_of, split_stack
from records.scans.stacks import stack_of
from web.api.answers import recognition_answer
from web.api.bodies import integer, nullable, obj, one_of, string
from web.api.declaring import Answered, Parameter, body_of_request, endpoint, number, word
from web.api.once import once
from web.api.schemas import COUNT, ID, LEVELS, SCHEMAS, TEXT, ref
from web.boundary import office, reading
from web.permissions import REGISTRARS, SIGNED_IN
from web.scan_words import book_reason
from web.session import actor
from web.splitting import sheet_in_words
from web.views import record_view
from web.whereabouts import pdf_answer

_TAG = "scans"
_SAID = {
    "register": nullable(string("Code of the register; that of the stack without it.")),
    "secrecy": nullable(one_of(LEVELS, "Never below that of the stack.")),
    "urgency": nullable(one_of(Urgency)),
    "unit": nullable(string("Code of the responsible unit.")),
}
_PAGE = obj(
    {
        "number": integer("In the stack, from 1.", minimum=1),
        "turn": {"type": "integer", "enum": list(TURNS), "description": "Degrees, clockwise."},
    },
    "number",
)
_PART = obj({"pages": {"type": "array", "items": _PAGE}, **_SAID}, "pages")
SCHEMAS["Stack"] = obj(
    {
        "state": one_of(("open", "awaited", "waiting", "done", "failed")),
        "reason": nullable(obj({"code": TEXT}, "code")),
        "looked_at": {"type": "boolean", "description": "Separator sheets have been looked for."},
        "pages": {
            "type": "array",
            "items": obj(
                {"number": COUNT, "sheet": nullable(obj(_SAID)), "blank": {"type": "boolean"}},
                *("number", "sheet", "blank"),
            ),
        },
        "parts": {"type": "array", "items": _PART, "description": "What is proposed or asked for."},
        "documents": {
            "type": "array",
            "items": obj(
                {"id": ID, "number": TEXT, "pages": {"type": "array", "items": COUNT}},
                *("id", "number", "pages"),
            ),
            "description": "What was taken out of it, as far as the caller may see it.",
        },
    },
    *("state", "reason", "looked_at", "pages", "parts", "documents"),
)
_STACK = "/documents/<uuid:document_id>/split"
_SHEET = (
    Parameter("register", "Code of the register."),
    Parameter("secrecy", "Level of secrecy.", one_of(LEVELS)),
    Parameter("urgency", "Urgency.", one_of(Urgency)),
    Parameter("unit", "Code of the responsible unit."),
)
_LANGUAGE = Parameter(
    "language",
    "Models of the engine, parted by spaces, such as `chi_tra eng`; each page decides without it.",
)
_COUNT = Parameter(
    "count", "Sheets.", {"type": "integer", "minimum": 1, "maximum": MOST_SHEETS, "default": 1}
)


@endpoint(
    "POST",
    "/components/<uuid:component_id>/recognise",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Recognise the pages of a file again",
    parameters=(_LANGUAGE,),
    answers=[Answered(202, "The worker will.", ref("Recognition"))],
    refusals=(403, 404, 409, 422),
)
def recognise_component(component_id: UUID) -> Answer:
    """The text that the file has stays until all pages are recognised, and is then replaced."""
    languages = (word(_LANGUAGE) or "").split()

    def act(uow: UnitOfWork) -> Answer:
        recognise(uow, actor(), component_id=component_id, languages=languages)
        found = recognitions_of(uow, [component_id])[component_id]
        return Answer(recognition_answer(found), 202)

    return once(act)


@endpoint(
    "GET",
    _STACK,
    tag=_TAG,
    permission=REGISTRARS,
    summary="Give the pages of a stack, and how it would be split",
    answers=[Answered(200, "The stack.", ref("Stack"))],
    refusals=(403, 404),
)
def show_stack(document_id: UUID) -> Answer:
    """Of a document whose first file is a PDF or TIFF with several pages."""
    with reading() as uow:
        found = _stack(uow, document_id)
        record_view(uow, actor(), document_id)
        return Answer(found)


@endpoint(
    "POST",
    _STACK,
    tag=_TAG,
    permission=REGISTRARS,
    summary="Split a stack into documents of their own",
    body=obj(
        {
            "parts": {"type": "array", "items": _PART},
            "version": integer("Version of the document that was seen.", minimum=1),
            "reason": string("What stands in the book behind the number of the stack."),
        },
        "parts",
    ),
    answers=[Answered(202, "The worker will; all parts are registered, or none.", ref("Stack"))],
    refusals=(403, 404, 409, 422),
)
def split_document(document_id: UUID) -> Answer:
    """Each part gets a number of its own; the registration of the stack is voided."""
    body = body_of_request()
    parts = [_part(each) for each in body["parts"]]

    def act(uow: UnitOfWork) -> Answer:
        split_stack(
            uow,
            actor(),
            document_id=document_id,
            version=body.get("version"),
            parts=parts,
            book_reason=body.get("reason") or book_reason(),
        )
        return Answer(_stack(uow, document_id), 202)

    return once(act)


@endpoint(
    "POST",
    f"{_STACK}/look",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Look for separator sheets on the pages of a document",
    answers=[Answered(202, "The worker will.", ref("Stack"))],
    refusals=(403, 404, 409, 422),
)
def look_for_separator_sheets(document_id: UUID) -> Answer:
    """Scans are looked at by themselves; this is for files that have a text already."""

    def act(uow: UnitOfWork) -> Answer:
        look_for_sheets(uow, actor(), document_id=document_id)
        return Answer(_stack(uow, document_id), 202)

    return once(act)


@endpoint(
    "GET",
    "/separator-sheets.pdf",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Print separator sheets",
    parameters=(*_SHEET, _COUNT),
    answers=[
        Answered(200, "A PDF.", {"type": "string"}, "application/pdf"),
    ],
    refusals=(422,),
)
def separator_sheets() -> Response:
    """What is printed on a sheet counts for the documents behind it."""
    asked = {each.name: word(each) for each in _SHEET}
    count = number(_COUNT)
    with reading() as uow:
        words, now = sheet_in_words(uow, sheet_of(asked)), uow.now
    return pdf_answer(write_separator_sheets(words, count=count, made_at=now), "separator sheets")


def _stack(uow: UnitOfWork, document_id: UUID) -> dict[str, Any]:
    found = stack_of(uow, actor(), office().vault, document_id)
    if found is None:
        raise NotFound
    split = found.split
    code = split.reason_code if split is not None else None
    made = parts_of(uow, actor(), found.document.id)
    return {
        "state": split.state if split is not None else "open",
        "reason": {"code": code} if code else None,
        "looked_at": found.was_looked_at,
        "pages": [
            {
                "number": each.number,
                "sheet": None if each.sheet is None else each.sheet.values(),
                "blank": each.is_blank,
            }
            for each in found.pages
        ],
        "parts": [
            {
                "pages": [{"number": page.number, "turn": page.turn} for page in each.pages],
                **each.sheet.values(),
            }
            for each in found.parts
        ],
        "documents": [
            {"id": str(each.id), "number": each.number, "pages": pages} for each, pages in made
        ],
    }


def _part(given: Mapping[str, Any]) -> Part:
    said = {name: given.get(name) for name in FIELDS}
    pages = tuple(TakenPage(each["number"], each.get("turn", 0)) for each in given["pages"])
    if not pages:
        raise Invalid("Each document needs at least one page.", field="parts")
    return Part(pages, sheet_of(said))
