"""The page of one document: what it says, what is known of it, what happened to it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from records.audit.timeline import timeline
from records.documents import metadata
from records.documents.components import as_tree, components_of
from records.documents.emergency import glasses_of
from records.documents.models import Component, Document
from records.documents.previews import PDF
from records.documents.rules import MANDATORY, DocumentState, RegisterKind, TextState
from records.documents.telling import (
    NamedCorrection,
    corrections_of,
    named_grants,
)
from records.documents.unpacking import NEEDLESS
from records.documents.visibility import get_document
from records.people.rules import Act, Actor, Role, Secrecy
from records.registration.lookup import Places, earlier_numbers, places_of
from records.seals.signatures.checks import CheckView, checks_of
from web.boundary import reading
from web.check_form import class_option, shown
from web.circulation import circulation_of
from web.contents import content_of, stored_of
from web.forms import Errors
from web.permissions import SIGNED_IN
from web.reasons import left_out_text, reason_text
from web.routes import route
from web.scans import scan_of
from web.seal_requests import sealing_of
from web.session import actor
from web.signature_words import explain_check
from web.timeline import entries, value_text
from web.views import record_view

documents = Blueprint("documents", __name__, url_prefix="/documents")

_OPEN = (DocumentState.REGISTERED, DocumentState.CHECKED)


@dataclass(frozen=True)
class Reopened:
    """A dialog that comes back because its form was refused: the reasons, and what was typed."""

    dialog: str
    errors: Errors
    values: Mapping[str, str]


@route(documents, "/<uuid:document_id>", permission=SIGNED_IN)
def show(document_id: UUID) -> str:
    """Show a document to a person who may see it."""
    return document_page(document_id)


@route(documents, "/<uuid:document_id>/content", permission=SIGNED_IN)
def content(document_id: UUID) -> str:
    """Give the part of the page that shows the file, for a page that waits for it."""
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        component = _chosen(components_of(uow, document_id))
        stored = stored_of(uow, component)
    found = content_of(document, component, stored)
    return render_template("documents/content.html", document=document, content=found)


def document_page(document_id: UUID, reopened: Reopened | None = None) -> str:
    """Return the page of a document, with a dialog open where one was refused."""
    person = actor()
    with reading() as uow:
        document = get_document(uow, person, document_id)
        record_view(uow, person, document_id)
        components = components_of(uow, document_id)
        component = _chosen(components)
        stored = stored_of(uow, component)
        places = places_of(uow, document)
        checks = checks_of(uow, components)
        facts: dict[str, Any] = {
            "moved": earlier_numbers(uow, document_id),
            "corrections": _corrections(corrections_of(uow, document_id)),
            "sharing": named_grants(uow, document_id),
            "glasses": glasses_of(uow, actor(), document_id),
            "timeline": entries(timeline(uow, person, document_id)),
            "circulation": circulation_of(uow, person, document),
            "sealing": sealing_of(uow, person, document),
            "scan": scan_of(uow, person, document, components),
        }
    values = dict(shown(document, places))
    may = allowed(person, document)
    # Drawing takes long, so no unit is open meanwhile; the panels of the template share the next.
    shown_file = content_of(document, component, stored)
    with reading():
        return render_template(
            "documents/show.html",
            document=document,
            number=document.number,
            secrecy_code=Secrecy(document.secrecy).code,
            register=places.register,
            unit=places.unit,
            file_class=places.file_class,
            class_option=class_option(places),
            components=[
                _file(document, each, component, checks.get(each.id)) | {"depth": depth}
                for each, depth in as_tree(components)
            ],
            content=shown_file,
            values=values,
            typed=reopened.values if reopened else {},
            missing=_missing(document, places) if may["file"] else [],
            may=may,
            reopen=reopened.dialog if reopened else None,
            errors=reopened.errors if reopened else {},
            **facts,
        )


def allowed(person: Actor, document: Document) -> dict[str, bool]:
    """Return which acts the page offers; the services decide again."""
    keeps = person.may(Act.REGISTER) and document.clerk_unit_id in person.clerk_units
    state = DocumentState(document.state)
    is_open, is_filed = state in _OPEN, state is DocumentState.FILED
    return {
        "check": keeps and state is DocumentState.REGISTERED,
        "edit": keeps and state is DocumentState.CHECKED,
        "file": person.may(Act.FILE) and is_open,
        "correct": is_filed and (keeps or Role.ARCHIVIST in person.roles),
        "change_secrecy": keeps and state is not DocumentState.VOIDED,
        "void": keeps and is_open,
        "add": keeps and is_open,
        "share": person.may(Act.SHARE),
    }


def _chosen(components: Sequence[Component]) -> Component | None:
    wanted = request.args.get("component")
    first = next(iter(components), None)
    return next((each for each in components if str(each.id) == wanted), first)


def _file(
    document: Document, component: Component, current: Component | None, check: CheckView | None
) -> dict[str, Any]:
    return {
        "id": component.id,
        "position": component.position + 1,
        "role": component.role,
        "name": component.name,
        "size_bytes": component.size_bytes,
        "sha256": component.sha256,
        "text_state": component.text_state,
        "reason": reason_text(component.reason_code),
        "page_count": component.page_count,
        "mismatch": component.mismatch,
        "signatures": component.signatures,
        "check": explain_check(check) if check else None,
        "is_pdf": component.media_type == PDF and component.text_state != TextState.PENDING,
        # Once taken out, they stand in the list themselves.
        "attachments": (component.attachments or []) if component.left_out is None else [],
        "left_out": _left_out(component),
        "content_href": url_for("components.content", component_id=component.id),
        "current": component is current,
        "href": url_for(
            "documents.show",
            document_id=document.id,
            component=component.id,
            q=request.args.get("q") or None,
        ),
    }


def _left_out(component: Component) -> list[dict[str, str]]:
    """Return what stayed inside a container, each with the reason in words."""
    return [
        {"name": each["name"], "reason": left_out_text(each["reason"])}
        for each in component.left_out or []
        if each["reason"] != NEEDLESS
    ]


def _corrections(
    corrections: Sequence[NamedCorrection],
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in corrections:
        found[each.field].append(
            {
                "before": value_text(each.field, each.before),
                "reason": each.reason,
                "at": each.at,
                "who": each.who,
            }
        )
    return found


def _missing(document: Document, places: Places) -> list[str]:
    """Return what filing will ask for besides the class; the class may bring the unit."""
    present: dict[str, Any] = {"unit": document.unit_id, "class": True}
    for name, field in metadata.FIELDS.items():
        if field.column is not None:
            present[name] = getattr(document, field.column)
    wanted = MANDATORY[RegisterKind(places.register.kind)]
    return [name for name in wanted if present[name] in (None, "", [])]
