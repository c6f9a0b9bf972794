"""The form of the checking page: what is stored, what is suggested, what was typed and is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from records.core.database import UnitOfWork
from records.documents.checking import Queue, checking_queue
from records.documents.components import components_of, same_bytes
from records.documents.models import Component, Document, StoredObject
from records.documents.rules import DocumentState, TextState
from records.documents.visibility import get_document
from records.people.rules import Secrecy
from records.registration.lookup import Places, places_of
from web.boundary import reading
from web.contents import content_of, stored_of
from web.filing_words import reason_words
from web.forms import Errors
from web.prefill import Picked, Prefill, looks, prefill
from web.related_words import twin_words
from web.session import actor
from web.words import choices


@dataclass(frozen=True)
class _Sight:
    """A document with all that its form shows, as one unit of work saw it."""

    document: Document
    places: Places
    waiting: Queue
    components: Sequence[Component]
    same: Sequence[Document]
    file: Component | None
    stored_file: StoredObject | None
    suggested: Prefill


def form_page(
    document_id: UUID,
    raw: Mapping[str, str] | None = None,
    errors: Errors | None = None,
    *,
    stale: bool = False,
) -> str:
    """Return the checking page of a document.

    Args:
        raw: What was typed, when the form comes back.
        errors: Sentences by field; "" for all of it.
        stale: Whether somebody else has written meanwhile.
    """
    seen = _sight(document_id)
    stored = shown(seen.document, seen.places)
    fields = _fields(seen, stored, raw)
    typed = fields["values"]
    return render_template(
        "registration/check.html",
        content=content_of(seen.document, seen.file, seen.stored_file),
        # What somebody else has written meanwhile, beside what was typed here.
        theirs={name: stored[name] for name in stored if stale and typed[name] != stored[name]},
        errors=errors or {},
        **fields,
        **_steps(seen.document, seen.waiting),
    )


def form_fields(document_id: UUID) -> str | None:
    """Return the fields alone, for a page that waited for the text; None while it is being read."""
    seen = _sight(document_id)
    if seen.document.text_state == TextState.PENDING:
        return None
    stored = shown(seen.document, seen.places)
    return render_template("registration/fields.html", errors={}, **_fields(seen, stored, None))


def done() -> int:
    """Return how many documents were checked in this sitting; the address carries it."""
    return max(0, request.args.get("done", 0, type=int))


def _sight(document_id: UUID) -> _Sight:
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        components = components_of(uow, document.id)
        file = _chosen(components)
        return _Sight(
            document,
            places_of(uow, document),
            checking_queue(uow, actor()),
            components,
            _same(uow, document, components),
            file,
            stored_of(uow, file),
            prefill(uow, actor(), document, components, shown=file),
        )


def _chosen(components: Sequence[Component]) -> Component | None:
    asked = request.args.get("component")
    chosen = next((each for each in components if str(each.id) == asked), None)
    return chosen or next(iter(components), None)


def _same(
    uow: UnitOfWork, document: Document, components: Sequence[Component]
) -> Sequence[Document]:
    twins = same_bytes(uow, actor(), [each.sha256 for each in components], besides=document.id)
    return list({twin.id: twin for twin in twins.values()}.values())


def _alike(seen: _Sight) -> list[dict[str, Any]]:
    """Return the documents that may be the same one, those with the same bytes first."""
    same = {each.id for each in seen.same}
    twins = {each.document.id: each for each in seen.suggested.twins}
    found: list[tuple[UUID, str, str, str | None]]
    found = [(each.id, each.number, each.title, None) for each in seen.same]
    found += [
        (each.document.id, each.document.number, each.document.title, twin_words(each))
        for each in twins.values()
        if each.document.id not in same
    ]
    return [
        {
            "number": number,
            "title": title,
            "reason": reason,
            "same_bytes": document_id in same,
            # The one that came first is checked as usual.
            "stops": document_id < seen.document.id,
            "href": url_for(
                "related.compare",
                document_id=seen.document.id,
                other_id=document_id,
                checking=done(),
            ),
        }
        for document_id, number, title, reason in found
    ]


def _fields(
    seen: _Sight, stored: Mapping[str, str], raw: Mapping[str, str] | None
) -> dict[str, Any]:
    places, suggested = seen.places, seen.suggested
    if raw is None:
        suggestions = dict(suggested.fields)
        values = {name: suggested.value(name) or text for name, text in stored.items()}
    else:
        suggestions = suggested.beside(raw)
        values = {**stored, **raw, "secrecy": request.form.get("secrecy", stored["secrecy"])}
    unit = (places.unit.code, places.unit.name) if places.unit else suggested.picked("unit")
    file_class = class_option(places) or suggested.picked("class")
    kind, route = places.register.kind, suggested.filing.route
    return {
        "document": seen.document,
        "number": seen.document.number,
        "register": places.register,
        "components": seen.components,
        "values": values,
        "twins": _alike(seen),
        "suggestions": suggestions,
        "looks": looks(seen.document, seen.components, suggestions, kind, values),
        "route": route,
        "route_reason": reason_words(route.reason) if route else None,
        "kinds": _kinds(values.get("kind")),
        "unit": _picked("unit", raw, unit),
        "file_class": _picked("class", raw, file_class),
    }


def _steps(document: Document, waiting: Queue) -> dict[str, Any]:
    if document.state != DocumentState.REGISTERED.value:
        return {"position": None, "total": None}
    later, earlier = waiting.after(document.id), waiting.earlier(document.id)
    return {
        "position": done() + waiting.before(document.id) + 1,
        "total": done() + len(waiting),
        "done": done(),
        "skip_href": _step(later) or url_for("registration.new"),
        "earlier_href": _step(earlier),
        "ahead_href": url_for("registration.ahead", document_id=later) if later else None,
    }


def _step(document_id: UUID | None) -> str | None:
    if document_id is None:
        return None
    return url_for("registration.check", document_id=document_id, done=done())


def shown(document: Document, places: Places) -> dict[str, str]:
    """Return the values of a document as its form shows them."""
    texts: dict[str, Any] = {
        "title": document.title,
        "sender": document.sender,
        "addressee": document.addressee,
        "document_number": document.document_number_raw,
        "written_on": document.written_on,
        "printed_on": document.printed_on,
        "received_on": document.received_on,
        "kind": document.kind,
        "urgency": document.urgency,
        "medium": document.medium,
        "secrecy": Secrecy(document.secrecy).code,
        "secrecy_term": document.secrecy_term,
        "copies": document.copies,
        "pages": document.page_count,
        "unit": places.unit.code if places.unit else None,
        "class": places.file_class.code if places.file_class else None,
        "keywords": ", ".join(document.keywords),
        "remarks": document.remarks,
    }
    return {name: "" if value is None else str(value) for name, value in texts.items()}


def class_option(places: Places) -> tuple[str, str] | None:
    """Return the class of a document as its picker shows it."""
    found = places.file_class
    return (found.code, f"{found.code} {found.title}") if found else None


def _picked(name: str, raw: Mapping[str, str] | None, stored: Picked) -> Picked:
    if raw is None:
        return stored
    return request.form.get(name, ""), request.form.get(f"{name}_text", "")


def _kinds(chosen: str | None) -> list[tuple[str, Any]]:
    known = list(choices("kind"))
    # A letter may have a kind of its own; a list must not lose it.
    return [*known, (chosen, chosen)] if chosen and chosen not in dict(known) else known
