"""Documents: registering, listing, showing, and adding files."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import g, url_for
from sqlalchemy.exc import OperationalError

from records.channels.keeping import settle_arrival
from records.channels.rules import ChannelKind
from records.channels.service import registered_meanwhile
from records.classification.plan import class_by_code
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, Refusal
from records.core.idempotency import Answer
from records.documents import metadata
from records.documents.components import components_of, same_bytes
from records.documents.intake import keep_objects
from records.documents.listing import Filters, Order, list_documents
from records.documents.models import Document
from records.documents.rules import DocumentState, TextState, Urgency
from records.documents.service import add_components
from records.documents.uploads import drop_upload
from records.documents.visibility import get_document
from records.finding.service import is_searchable
from records.people.organization import unit_by_code
from records.people.rules import Actor, Secrecy
from records.registration.models import Register
from records.registration.registers import register_by_code
from records.registration.service import register_document as register_it
from records.scans.splitting import await_split
from storage import Received
from web import parts
from web.api.answers import component_answer, document_answer, document_answers
from web.api.bodies import obj, one_of, string
from web.api.declaring import (
    CURSOR,
    LIMIT,
    MOST_LINES,
    MULTIPART,
    Answered,
    Parameter,
    cursor,
    endpoint,
    number,
    word,
)
from web.api.once import answered_before, once
from web.api.schemas import DAY, LEVELS, METADATA, ref
from web.api.schemas import page_of as page
from web.boundary import database, office, reading
from web.index import index
from web.keeping import keep_for_later, keep_refused, kept_before, source_of
from web.permissions import REGISTRARS, SIGNED_IN
from web.receiving import ReceivedForm, receiving_form
from web.scan_words import book_reason
from web.session import actor
from web.views import record_view

TAG = "documents"
_REST = ChannelKind.REST.value
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_FILES = {"type": "array", "items": _FILE, "description": "The original, then attachments."}
_TEXT_FIELDS = {name: string(schema.get("description", "")) for name, schema in METADATA.items()}
SHOWN = Answered(200, "The document as it is now.", ref("Document"), headers={"ETag": "Version."})

_FILTERS = (
    Parameter("register", "Code of a register."),
    Parameter("class", "Code of a class."),
    Parameter("unit", "Code of a responsible unit."),
    Parameter("state", "State of the document.", one_of(DocumentState)),
    Parameter("kind", "Kind of document."),
    Parameter("urgency", "Urgency.", one_of(Urgency)),
    Parameter("secrecy", "Level of secrecy.", one_of(LEVELS)),
    Parameter("received_from", "First day of receipt.", DAY),
    Parameter("received_to", "Last day of receipt.", DAY),
)
_SORT = Parameter("sort", "What the list is sorted by.", one_of(Order, default="registered"))
_ORDER = Parameter("order", "Direction.", one_of(("asc", "desc"), default="desc"))


@endpoint(
    "POST",
    "/documents",
    tag=TAG,
    permission=REGISTRARS,
    summary="Register a document",
    body_type=MULTIPART,
    body=obj(
        {
            "register": string("Code of the register."),
            "file": _FILES,
            "upload": string("Id of a finished upload, instead of a file.", format="uuid"),
            "split": string("`1`: a stack of scans, to be split at its separator sheets."),
            **_TEXT_FIELDS,
        },
        "register",
    ),
    answers=[
        Answered(
            201, "It has its number.", ref("Registered"), headers={"Location": "The document."}
        )
    ],
    refusals=(400, 409, 413, 415, 422, 503),
)
def register_document() -> Answer:
    """The first file is the original, further ones are attachments; no file means paper.

    Files with bytes that a visible document has already are registered all the same, and named in
    `warnings` with the code `same_bytes`.

    When the database does not answer, files that came in whole are kept encrypted, and registered
    by themselves once it is back: the answer is 503 with the code `kept`. Sending the same again,
    best with the same `Idempotency-Key`, is safe and answers with the number.
    """
    vault, limit_bytes = office().vault, office().config.upload_limit_bytes
    with receiving_form(vault, limit_bytes=limit_bytes) as form:
        source = _source_of(form.digest())
        try:
            with kept_before(ChannelKind.REST, source):
                return _register_form(form, source)
        except OperationalError as error:
            keep_for_later(
                ChannelKind.REST,
                error,
                register=form.fields.get("register", ""),
                uploads={source: _files(form)},
                cells=_cells(form),
                person=actor(),
                split_reason=book_reason() if form.fields.get("split") == "1" else None,
            )


def _cells(form: ReceivedForm) -> dict[str, str]:
    """Return the metadata in a form."""
    besides = ("register", "upload", "split")
    return {
        name: text for name, text in form.fields.items() if text.strip() and name not in besides
    }


def _register_form(form: ReceivedForm, source: str) -> Answer:
    vault, content = office().vault, form.digest()
    earlier = answered_before(content)
    if earlier is not None:
        return earlier
    code, values = form.fields.get("register", "").strip(), _cells(form)
    upload_id = parts.upload_id_of(form.fields.get("upload", "").strip())
    if not code:
        raise Invalid("This must not be empty.", field="register")
    typed = metadata.read_metadata(values)
    if upload_id is not None:
        parts.take_whole(form, upload_id)
    received = _files(form)
    if received:
        keep_objects(database(), vault, [each for each, _ in received])

    def act(uow: UnitOfWork) -> Answer:
        register = register_by_code(uow, code)
        made = registered_meanwhile(uow, actor(), channel=_REST, source_id=source)
        if made is None:
            made = _register(uow, register, typed, received)
            settle_arrival(
                uow, actor(), vault, channel=_REST, source_id=source, document_id=made.id
            )
        if upload_id is not None:
            drop_upload(uow, actor(), vault, upload_id)
        if form.fields.get("split") == "1":
            await_split(uow, actor(), document_id=made.id, book_reason=book_reason())
        location = url_for("api.show_document", document_id=made.id)
        return Answer(_registered(uow, actor(), made, received), 201, {"Location": location})

    try:
        return once(act, content)
    except _Refused as refused:
        keep_refused(
            ChannelKind.REST,
            register_id=refused.register_id,
            source_id=source,
            files=received,
            cells=values,
            person=actor(),
            refusal=refused.refusal,
        )
        raise refused.refusal from None


class _Refused(Exception):
    """The registration itself was refused, of files that came in whole."""

    def __init__(self, register_id: UUID, refusal: Refusal) -> None:
        self.register_id = register_id
        self.refusal = refusal


def _register(
    uow: UnitOfWork,
    register: Register,
    values: dict[str, Any],
    received: Sequence[tuple[Received, str]],
) -> Document:
    register_id = register.id
    try:
        made = register_it(uow, actor(), register=register, values=values, received=received)
        uow.session.flush()
    except (Invalid, Conflict, NotAllowed) as refusal:
        if not received:
            raise
        raise _Refused(register_id, refusal) from refusal
    return made


def _source_of(content: bytes) -> str:
    """Return what makes a request the same when it comes again: its key, else what it says."""
    return source_of(ChannelKind.REST, actor(), g.get("idempotency_key") or content.hex())


def _files(form: ReceivedForm) -> list[tuple[Received, str]]:
    for name, _, _ in form.files:
        if name != "file":
            raise Invalid("There is no field %(name)s here.", {"name": name}, field=name)
    return [(each, file_name) for _, file_name, each in form.files]


def _registered(
    uow: UnitOfWork, person: Actor, made: Document, received: Sequence[tuple[Received, str]]
) -> dict[str, Any]:
    twins = same_bytes(uow, person, [each.sha256 for each, _ in received], besides=made.id)
    found = {twin.id: twin for twin in twins.values()}
    return {
        "id": str(made.id),
        "number": made.number,
        "warnings": [
            {"code": "same_bytes", "id": str(twin.id), "number": twin.number}
            for twin in found.values()
        ],
    }


@endpoint(
    "GET",
    "/documents",
    tag=TAG,
    permission=SIGNED_IN,
    summary="List documents",
    parameters=(*_FILTERS, _SORT, _ORDER, LIMIT, CURSOR),
    answers=[Answered(200, "A page of what the caller may see.", page("Document"))],
    refusals=(422,),
)
def show_documents() -> Answer:
    """What the caller may not see is not in the list and leaves no trace in it."""
    with reading() as uow:
        found = list_documents(
            uow,
            actor(),
            order=Order(word(_SORT) or Order.REGISTERED),
            descending=word(_ORDER) != "asc",
            filters=_filters(uow),
            cursor=cursor(),
            limit=min(number(LIMIT), MOST_LINES),
        )
        items = _documents(uow, [each.id for each in found.items])
    return Answer({"items": items, "next": found.next})


def _documents(uow: UnitOfWork, document_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return whole documents whose visibility has been checked, in a constant number of queries."""
    found = is_searchable(uow, index().cursor(), document_ids)
    return document_answers(uow, document_ids, searchable=found)


def _filters(uow: UnitOfWork) -> Filters:
    given = {each.name: word(each) for each in _FILTERS}
    register, unit, file_class = given["register"], given["unit"], given["class"]
    secrecy = given["secrecy"]
    return Filters(
        register_id=register_by_code(uow, register).id if register else None,
        class_id=class_by_code(uow, file_class).id if file_class else None,
        unit_id=unit_by_code(uow, unit).id if unit else None,
        state=given["state"],
        kind=given["kind"],
        urgency=given["urgency"],
        secrecy=Secrecy.from_code(secrecy) if secrecy else None,
        received_from=_day("received_from", given["received_from"]),
        received_to=_day("received_to", given["received_to"]),
    )


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    day: date = metadata.FIELDS["received_on"].parse(text, name)
    return day


@endpoint(
    "GET",
    "/documents/<uuid:document_id>",
    tag=TAG,
    permission=SIGNED_IN,
    summary="Show a document",
    answers=[SHOWN],
    refusals=(404,),
)
def show_document(document_id: UUID) -> Answer:
    """`status` is `searchable` once the index of this service has followed the last change."""
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        record_view(uow, actor(), document.id)
        return shown(uow, document)


def shown(uow: UnitOfWork, document: Document) -> Answer:
    """Return a document as it is now, with its version."""
    components = components_of(uow, document.id)
    pending = document.text_state == TextState.PENDING
    found = not pending and is_searchable(uow, index().cursor(), [document.id])
    body = document_answer(uow, document, components, searchable=bool(found))
    return Answer(body, 200, {"ETag": f'"{document.version}"'})


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/components",
    tag=TAG,
    permission=REGISTRARS,
    summary="Add files to a document that is not filed",
    body_type=MULTIPART,
    body=obj({"file": _FILES}, "file"),
    answers=[
        Answered(201, "The new components.", obj({"items": {"type": "array", "items": ref("Component")}}, "items"))  # noqa: E501
    ],
    refusals=(400, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
def add_files(document_id: UUID) -> Answer:
    """They are attachments unless the document had no file yet."""
    vault, limit_bytes = office().vault, office().config.upload_limit_bytes
    with reading() as uow:
        get_document(uow, actor(), document_id)
    with receiving_form(vault, limit_bytes=limit_bytes) as form:
        content = form.digest()
        earlier = answered_before(content)
        if earlier is not None:
            return earlier
        received = _files(form)
        if not received:
            raise Invalid("This must not be empty.", field="file")
        keep_objects(database(), vault, [each for each, _ in received])

        def act(uow: UnitOfWork) -> Answer:
            added = add_components(uow, actor(), document_id=document_id, received=received)
            return Answer({"items": [component_answer(each) for each in added]}, 201)

        return once(act, content)
