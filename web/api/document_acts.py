"""What is done to a document: changing, checking, filing, voiding, correcting, secrecy."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.core.rows import check_version
from records.documents import metadata
from records.documents.filing import file_document as file_it
from records.documents.models import Document
from records.documents.rules import RegisterKind, Step
from records.documents.service import change_document, correct_document
from records.documents.visibility import get_document
from records.people.rules import Secrecy
from records.registration.registers import get_register
from records.registration.service import change_secrecy as change_its_secrecy
from records.registration.service import void_registration
from web.api.bodies import nullable, obj, one_of, string
from web.api.declaring import (
    IF_MATCH,
    body_of_request,
    endpoint,
)
from web.api.documents import SHOWN, TAG, shown
from web.api.once import once
from web.api.schemas import LEVELS, METADATA
from web.api.versions import seen_version, wanted_version
from web.permissions import FILERS, REGISTRARS
from web.session import actor

NO_REASON = "no reason given"
_REASON = string("Why; it stays with the document.", minLength=1)
_VALUES = obj(METADATA)


@endpoint(
    "PATCH",
    "/documents/<uuid:document_id>",
    tag=TAG,
    permission=REGISTRARS,
    summary="Change the metadata of a document that is not filed",
    parameters=(replace(IF_MATCH, required=True),),
    body=obj({**METADATA, "reason": string("Why the secrecy changes; it stays in the log.")}),
    answers=[SHOWN],
    refusals=(404, 409, 412, 422, 428),
)
def change_metadata(document_id: UUID) -> Answer:
    """Names that are not given stay as they are; null empties.

    Another `secrecy` is the act of `POST /documents/{document_id}/secrecy`.
    """
    version, given = wanted_version(), body_of_request()
    reason = given.pop("reason", "").strip() or NO_REASON
    values = _values(given)

    def act(uow: UnitOfWork) -> Answer:
        document = get_document(uow, actor(), document_id, for_update=True)
        check_version(document, version)
        secrecy = values.get("secrecy", document.secrecy)
        if secrecy != document.secrecy:
            change_its_secrecy(
                uow,
                actor(),
                document_id=document_id,
                version=None,
                secrecy=Secrecy(secrecy),
                reason=reason,
                term=values.get("secrecy_term", document.secrecy_term),
            )
        if values.keys() - {"secrecy", "secrecy_term"} or secrecy == document.secrecy:
            rest = {name: value for name, value in values.items() if name != "secrecy"}
            change_document(uow, actor(), document_id=document_id, version=None, values=rest)
        return _after(uow, document)

    return once(act)


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    return metadata.read_metadata({name: _text(value) for name, value in given.items()})


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "\n".join(value) if isinstance(value, list) else str(value)


def _after(uow: UnitOfWork, document: Document) -> Answer:
    # The version counts up with the flush, and the answer shows what the commit will hold.
    uow.session.flush()
    return shown(uow, document)


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/check",
    tag=TAG,
    permission=REGISTRARS,
    summary="Confirm the metadata of a document",
    parameters=(IF_MATCH,),
    body=_VALUES,
    answers=[SHOWN],
    refusals=(404, 409, 412, 422),
)
def check_document(document_id: UUID) -> Answer:
    """Last changes may come with it."""
    values = _values(body_of_request())

    def act(uow: UnitOfWork) -> Answer:
        document = change_document(
            uow,
            actor(),
            document_id=document_id,
            version=seen_version(),
            values=values,
            step=Step.CHECK,
        )
        return _after(uow, document)

    return once(act)


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/file",
    tag=TAG,
    permission=FILERS,
    summary="File a document into its class",
    parameters=(IF_MATCH,),
    body=obj({**METADATA, "class": string("Code of the class.", minLength=1)}, "class"),
    answers=[SHOWN],
    refusals=(404, 409, 412, 422),
)
def file_document(document_id: UUID) -> Answer:
    """Afterwards its components never change. What is missing is listed in `missing`."""
    values = _values(body_of_request())
    class_code = values.pop("class")

    def act(uow: UnitOfWork) -> Answer:
        register = get_register(uow, get_document(uow, actor(), document_id).register_id)
        document = file_it(
            uow,
            actor(),
            document_id=document_id,
            version=seen_version(),
            class_code=class_code,
            register_kind=RegisterKind(register.kind),
            values=values,
        )
        return _after(uow, document)

    return once(act)


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/void",
    tag=TAG,
    permission=REGISTRARS,
    summary="Void a registration made by mistake",
    parameters=(IF_MATCH,),
    body=obj({"reason": _REASON}, "reason"),
    answers=[SHOWN],
    refusals=(404, 409, 412, 422),
)
def void_document(document_id: UUID) -> Answer:
    """The number stays in the book, with the reason."""
    reason = body_of_request()["reason"]

    def act(uow: UnitOfWork) -> Answer:
        document = void_registration(
            uow, actor(), document_id=document_id, version=seen_version(), reason=reason
        )
        return _after(uow, document)

    return once(act)


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/correct",
    tag=TAG,
    permission=FILERS,
    summary="Correct the metadata of a filed document",
    parameters=(IF_MATCH,),
    body=obj({"reason": _REASON, "values": _VALUES}, "reason", "values"),
    answers=[SHOWN],
    refusals=(404, 409, 412, 422),
)
def correct_metadata(document_id: UUID) -> Answer:
    """The old value and the reason stay."""
    given = body_of_request()
    values = _values(given["values"])

    def act(uow: UnitOfWork) -> Answer:
        document = correct_document(
            uow,
            actor(),
            document_id=document_id,
            version=seen_version(),
            values=values,
            reason=given["reason"],
        )
        return _after(uow, document)

    return once(act)


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/secrecy",
    tag=TAG,
    permission=REGISTRARS,
    summary="Raise or lower the secrecy of a document",
    parameters=(IF_MATCH,),
    body=obj(
        {"secrecy": one_of(LEVELS), "reason": _REASON, "term": nullable(string())},
        *("secrecy", "reason"),
    ),
    answers=[SHOWN],
    refusals=(404, 409, 412, 422),
)
def change_secrecy(document_id: UUID) -> Answer:
    """Above the ceiling of its register it moves to another one, under a new number."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        document = change_its_secrecy(
            uow,
            actor(),
            document_id=document_id,
            version=seen_version(),
            secrecy=Secrecy.from_code(given["secrecy"]),
            reason=given["reason"],
            term=given.get("term"),
        )
        return _after(uow, document)

    return once(act)
