"""What is related to a document: links, mails of its thread, near duplicates."""

from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.documents.listing import DocumentLine
from records.finding.similar import similar_documents
from records.related.linking import add_link, remove_link
from records.related.links import Link, links_of
from records.related.models import DocumentLink
from records.related.rules import Direction, LinkKind, TwinReason
from records.related.settling import attach_twin, keep_both, void_twin
from records.related.threads import thread_of
from records.related.twins import twins_of
from web.api.bodies import nullable, obj, one_of, string
from web.api.declaring import IF_MATCH, Answered, body_of_request, endpoint
from web.api.documents import SHOWN, shown
from web.api.once import answered_before, once
from web.api.schemas import DAY, ID, SCHEMAS, TEXT, TIME, page_of, ref
from web.api.versions import seen_version
from web.boundary import office, reading
from web.index import index
from web.permissions import FILERS, REGISTRARS, SIGNED_IN
from web.related import files_once_more
from web.session import actor

_TAG = "documents"
_REASON = string("Why; it stays in the log.", minLength=1)
_OTHER = {
    "id": ID,
    "number": TEXT,
    "title": TEXT,
    "sender": nullable(TEXT),
    "document_number": nullable(TEXT),
    "received_on": DAY,
}


def _whole(properties: dict[str, Any]) -> Any:
    return obj(properties, *properties)


SCHEMAS["RelatedDocument"] = _whole(_OTHER)
SCHEMAS.update(
    {
        "Link": _whole(
            {
                "kind": one_of(LinkKind),
                "direction": one_of(Direction),
                "document": {
                    "anyOf": [ref("RelatedDocument"), {"type": "null"}],
                    "description": "Null for a number that no document bears that is seen.",
                },
                "number": nullable(string("The cited number; null for a link made by hand.")),
                "id": nullable({**ID, "description": "Of a link made by hand."}),
                "reason": nullable(TEXT),
            }
        ),
        "Twin": _whole(
            {
                "document": ref("RelatedDocument"),
                "score": {"type": "number", "description": "0 to 1, how alike the two are."},
                "reasons": {"type": "array", "items": one_of(TwinReason)},
            }
        ),
        "ThreadMail": _whole(
            {
                "document": ref("RelatedDocument"),
                "sent_at": nullable(TIME),
                "excerpt": nullable(string("How it begins, without what it quotes.")),
            }
        ),
    }
)


def _line(line: DocumentLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "number": line.number,
        "title": line.title,
        "sender": line.sender,
        "document_number": line.document_number,
        "received_on": line.received_on.isoformat(),
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "kind": link.kind.value,
        "direction": link.direction.value,
        "document": _line(link.document) if link.document else None,
        "number": link.number,
        "id": str(link.id) if link.id else None,
        "reason": link.reason,
    }


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/links",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the links of a document",
    answers=[Answered(200, "Links made by hand and by cited numbers.", page_of("Link"))],
    refusals=(404,),
)
def show_links(document_id: UUID) -> Answer:
    """Only documents that the caller sees are named; the strongest links come first."""
    with reading() as uow:
        links = links_of(uow, actor(), document_id)
    items = [_link(each) for each in (*links.outgoing, *links.incoming)]
    return Answer({"items": items, "next": None})


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/similar",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List documents like a document",
    answers=[Answered(200, "The likest first, a handful.", page_of("RelatedDocument"))],
    refusals=(404,),
)
def show_similar(document_id: UUID) -> Answer:
    """By its title and text, within what the caller sees; linked ones and duplicates are not."""
    with reading() as uow:
        lines = similar_documents(uow, actor(), index(), office().vault, document_id)
    return Answer({"items": [_line(each) for each in lines], "next": None})


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/links",
    tag=_TAG,
    permission=FILERS,
    summary="Link a document with another",
    body=obj(
        {
            "document": {**ID, "description": "Id of the other document."},
            "kind": one_of(LinkKind),
            "direction": one_of(Direction, default="outgoing"),
            "reason": string(),
        },
        *("document", "kind"),
    ),
    answers=[Answered(201, "The link.", ref("Link"))],
    refusals=(404, 409, 422),
)
def link_documents(document_id: UUID) -> Answer:
    """Outgoing: this document answers, cites, … the other."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        link = add_link(
            uow,
            actor(),
            document_id=document_id,
            other_id=UUID(given["document"]),
            kind=LinkKind(given["kind"]),
            direction=Direction(given.get("direction", "outgoing")),
            reason=given.get("reason"),
        )
        return Answer(_made(uow, document_id, link), 201)

    return once(act)


def _made(uow: UnitOfWork, document_id: UUID, link: DocumentLink) -> dict[str, Any]:
    links = links_of(uow, actor(), document_id)
    found = (each for each in (*links.outgoing, *links.incoming) if each.id == link.id)
    return _link(next(found))


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/links/<uuid:link_id>/removal",
    tag=_TAG,
    permission=FILERS,
    summary="Take a link away that was made by hand",
    body=obj({"reason": _REASON}, "reason"),
    answers=[Answered(204, "It is gone; the log keeps it.")],
    refusals=(404, 422),
)
def remove_document_link(document_id: UUID, link_id: UUID) -> Answer:
    """Links by cited numbers go with the text."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        remove_link(uow, actor(), document_id=document_id, link_id=link_id, reason=given["reason"])
        return Answer(None, 204)

    return once(act)


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/thread",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the mails of a document's thread",
    answers=[Answered(200, "In the order of sending; empty if alone.", page_of("ThreadMail"))],
    refusals=(404,),
)
def show_thread(document_id: UUID) -> Answer:
    """Only mails that the caller sees."""
    with reading() as uow:
        lines = thread_of(uow, actor(), document_id, vault=office().vault)
    items = [
        {
            "document": _line(each.document),
            "sent_at": each.sent_at.isoformat() if each.sent_at else None,
            "excerpt": each.excerpt,
        }
        for each in lines
    ]
    return Answer({"items": items, "next": None})


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/twins",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List documents that look the same",
    answers=[Answered(200, "Near duplicates, the likeliest first.", page_of("Twin"))],
    refusals=(404,),
)
def show_twins(document_id: UUID) -> Answer:
    """They are found after reading, before the document is checked."""
    with reading() as uow:
        twins = twins_of(uow, actor(), document_id)
    items = [
        {
            "document": _line(each.document),
            "score": each.score,
            "reasons": [reason.value for reason in each.reasons],
        }
        for each in twins
    ]
    return Answer({"items": items, "next": None})


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/twins/<uuid:other_id>/both",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Keep two documents that look the same",
    answers=[Answered(204, "Nobody is asked about these two again.")],
    refusals=(404, 409),
)
def keep_both_documents(document_id: UUID, other_id: UUID) -> Answer:
    """They are two."""

    def act(uow: UnitOfWork) -> Answer:
        keep_both(uow, actor(), document_id=document_id, other_id=other_id)
        return Answer(None, 204)

    return once(act)


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/twins/<uuid:other_id>/void",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Void a document because it is another one again",
    parameters=(IF_MATCH,),
    body=obj({"reason": _REASON}, "reason"),
    answers=[SHOWN],
    refusals=(404, 409, 412, 422),
)
def void_as_twin(document_id: UUID, other_id: UUID) -> Answer:
    """The number stays in the book, with the reason."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        document = void_twin(
            uow,
            actor(),
            document_id=document_id,
            version=seen_version(),
            other_id=other_id,
            reason=given["reason"],
        )
        uow.session.flush()
        return shown(uow, document)

    return once(act)


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/twins/<uuid:other_id>/attach",
    tag=_TAG,
    permission=REGISTRARS,
    summary="Void a document and add its files to the one that was there before",
    parameters=(IF_MATCH,),
    body=obj({"reason": _REASON}, "reason"),
    answers=[Answered(200, "The other document, with the files.", ref("Document"))],
    refusals=(404, 409, 412, 422),
)
def attach_as_twin(document_id: UUID, other_id: UUID) -> Answer:
    """Both documents must be open, and the caller clerk of both registers."""
    given = body_of_request()
    before = answered_before()
    if before is not None:
        return before
    received = files_once_more(document_id)

    def act(uow: UnitOfWork) -> Answer:
        other = attach_twin(
            uow,
            actor(),
            document_id=document_id,
            version=seen_version(),
            other_id=other_id,
            received=received,
            reason=given["reason"],
        )
        uow.session.flush()
        return shown(uow, other)

    return once(act)
