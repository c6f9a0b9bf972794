"""What the checking page offers a clerk, for programs; and taking a confirmation back."""

from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.documents.components import components_of
from records.documents.faces import face_with_place
from records.documents.offers import Offer, Standing, offers_of
from records.documents.undoing import undo_check
from records.documents.visibility import get_document
from records.filing.suggestions import Choice, ReasonKind, suggestion_of
from records.related.rules import TwinReason
from records.related.twins import TwinLine, twins_of
from web.api.bodies import integer, nullable, obj, one_of, string
from web.api.declaring import IF_MATCH, Answered, endpoint
from web.api.documents import SHOWN, shown
from web.api.once import once
from web.api.schemas import COUNT, ID, SCHEMAS, TEXT, ref
from web.api.versions import seen_version
from web.boundary import office, reading
from web.filing_words import reason_words
from web.permissions import REGISTRARS, SIGNED_IN
from web.session import actor
from web.views import record_view

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_EVIDENCE = obj(
    {
        "page": integer("Counted from 1.", minimum=1),
        "box": nullable(
            {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
        ),
        "text": string("What stands there, as printed."),
    },
    *("page", "box", "text"),
)
_OFFER = obj(
    {
        "value": string("As the metadata of this name take it."),
        "confidence": _SHARE,
        "standing": one_of(
            Standing,
            "`filled`: the checking page fills it in; `offered`: it offers it; `same`: the "
            "document has this value; `other`: it has another one.",
        ),
        "evidence": nullable(_EVIDENCE),
    },
    *("value", "confidence", "standing", "evidence"),
)
_CHOICE = obj(
    {
        "code": string("Of a class or unit; of a saved route its id."),
        "title": TEXT,
        "confidence": _SHARE,
        "reason": one_of(ReasonKind),
        "count": {**COUNT, "description": "Documents of the caller's sight that speak for it."},
        "words": string("The reason as a sentence, in the language of the request."),
    },
    *("code", "title", "confidence", "reason", "count", "words"),
)
SCHEMAS["Suggestions"] = obj(
    {
        "fields": {
            "type": "object",
            "additionalProperties": _OFFER,
            "description": "What was read from the page, by the names of the metadata.",
        },
        "classes": {"type": "array", "items": _CHOICE, "description": "The likeliest first."},
        "unit": nullable(_CHOICE),
        "route": nullable(_CHOICE),
        "retention": nullable(string("Of the first class: `permanent`, or a number of years.")),
        "twins": {
            "type": "array",
            "items": obj(
                {
                    "id": ID,
                    "number": TEXT,
                    "score": _SHARE,
                    "reasons": {"type": "array", "items": one_of(TwinReason)},
                },
                *("id", "number", "score", "reasons"),
            ),
            "description": "Documents that may be the same.",
        },
    },
    *("fields", "classes", "unit", "route", "retention", "twins"),
)


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/suggestions",
    tag="documents",
    permission=SIGNED_IN,
    summary="Give what is suggested for the metadata of a document",
    answers=[Answered(200, "What was read, learned and found alike.", ref("Suggestions"))],
    refusals=(404,),
)
def show_suggestions(document_id: UUID) -> Answer:
    """Nothing of it is kept: a document has what is sent with `check` or `PATCH`."""
    with reading() as uow:
        answer = _suggestions(uow, document_id)
        record_view(uow, actor(), document_id)
    return Answer(answer)


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/check/undo",
    tag="documents",
    permission=REGISTRARS,
    summary="Take the confirmation of a document back",
    parameters=(IF_MATCH,),
    answers=[SHOWN],
    refusals=(404, 409, 412),
)
def undo_check_of_document(document_id: UUID) -> Answer:
    """It is as it was before it was checked, as long as nothing was done to it since."""

    def act(uow: UnitOfWork) -> Answer:
        document = undo_check(uow, actor(), document_id=document_id, version=seen_version())
        uow.session.flush()
        return shown(uow, document)

    return once(act)


def _suggestions(uow: UnitOfWork, document_id: UUID) -> dict[str, Any]:
    document = get_document(uow, actor(), document_id)
    _, face = face_with_place(uow, office().vault, document_id)
    offers = offers_of(document, components_of(uow, document_id), face)
    filing = suggestion_of(uow, actor(), document_id)
    return {
        "fields": {name: _offer(each) for name, each in offers.items()},
        "classes": [_choice(each) for each in filing.classes],
        "unit": _choice(filing.unit) if filing.unit else None,
        "route": _choice(filing.route) if filing.route else None,
        "retention": filing.retention,
        "twins": [_twin(each) for each in twins_of(uow, actor(), document_id)],
    }


def _offer(offer: Offer) -> dict[str, Any]:
    return {
        "value": offer.value,
        "confidence": offer.confidence,
        "standing": offer.standing.value,
        "evidence": offer.evidence,
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "code": choice.code,
        "title": choice.title,
        "confidence": choice.confidence,
        "reason": choice.reason.kind.value,
        "count": choice.reason.count,
        "words": reason_words(choice.reason),
    }


def _twin(twin: TwinLine) -> dict[str, Any]:
    return {
        "id": str(twin.document.id),
        "number": twin.document.number,
        "score": twin.score,
        "reasons": [each.value for each in twin.reasons],
    }
