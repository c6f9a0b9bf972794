"""What is related to a document: its section on the page, links, threads, comparing twins."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.documents.components import components_of
from records.documents.intake import keep_objects
from records.documents.models import Component, Document, StoredObject
from records.documents.rules import DocumentState, TextState
from records.documents.visibility import get_document
from records.people.rules import Act, Actor, Secrecy
from records.related.comparison import FieldDifference, compare_metadata, compare_texts
from records.related.linking import add_link, find_by_number, may_link, remove_link
from records.related.links import links_of
from records.related.rules import Direction, LinkKind
from records.related.settling import (
    attach_twin,
    copied_files,
    files_of_twin,
    keep_both,
    void_twin,
)
from records.related.threads import thread_of
from records.related.twins import TwinLine, twins_of
from storage import Received
from web.boundary import database, office, reading, writing
from web.contents import Content, content_of, stored_of
from web.documents import Reopened, document_page
from web.errors import status_of
from web.forms import errors_of, read_id
from web.permissions import FILERS, REGISTRARS, SIGNED_IN
from web.pictures import pictures
from web.related_words import difference_words, grouped, link_choices, twin_words
from web.routes import route
from web.session import actor
from web.timeline import value_text
from web.views import record_view

related = Blueprint("related", __name__, url_prefix="/documents")

_OPEN = (DocumentState.REGISTERED, DocumentState.CHECKED)
Answer = AnyResponse | tuple[str, int]


@dataclass(frozen=True)
class Side:
    """One of two documents that are compared.

    Attributes:
        content: Its first file, as `documents/content.html` takes it.
        pages: Its text.
    """

    document: Document
    secrecy: str
    content: Content
    pages: list[str]


# The section on the page of a document --------------------------------------------------------


def related_section(document: Document) -> dict[str, Any]:
    """Return what `related/of_document.html` shows."""
    with reading() as uow:
        links = links_of(uow, actor(), document.id)
        thread = thread_of(uow, actor(), document.id)
    return {
        "groups": [*grouped(links.outgoing), *grouped(links.incoming)],
        "thread": thread,
        "may_link": may_link(actor(), document) and document.state != DocumentState.VOIDED,
        "choices": link_choices(),
    }


def twins_section(document: Document) -> list[tuple[TwinLine, str]]:
    """Return the near duplicates of a document, each with the reason in words."""
    with reading() as uow:
        return [(twin, twin_words(twin)) for twin in twins_of(uow, actor(), document.id)]


@route(related, "/<uuid:document_id>/links/choices", permission=FILERS)
def link_choices_by_number(document_id: UUID) -> Response:
    """Suggest the documents of a number."""
    with reading() as uow:
        get_document(uow, actor(), document_id)
        found = find_by_number(uow, actor(), request.args.get("q", ""), besides=document_id)
    return jsonify(
        [
            {
                "id": str(each.id),
                "label": f"{each.number} {each.title}",
                "detail": each.sender or "",
            }
            for each in found
        ]
    )


@route(related, "/<uuid:document_id>/links", permission=FILERS, methods=("POST",))
def link(document_id: UUID) -> Answer:
    """Link the document with another."""
    try:
        with writing() as uow:
            kind, direction = _way(request.form.get("way", ""))
            add_link(
                uow,
                actor(),
                document_id=document_id,
                other_id=_other(uow, document_id, request.form),
                kind=kind,
                direction=direction,
                reason=request.form.get("reason"),
            )
    except (Invalid, Conflict) as refusal:
        errors = errors_of(refusal, otherwise="other")
        typed = dict(request.form)
        return document_page(document_id, Reopened("link", errors, typed)), status_of(refusal)
    flash(gettext("The two documents are linked."), "ok")
    return _back(document_id)


@route(
    related,
    "/<uuid:document_id>/links/<uuid:link_id>/end",
    permission=FILERS,
    methods=("POST",),
)
def unlink(document_id: UUID, link_id: UUID) -> Answer:
    """Take a link that was made by hand away."""
    try:
        with writing() as uow:
            remove_link(
                uow,
                actor(),
                document_id=document_id,
                link_id=link_id,
                reason=request.form.get("reason", ""),
            )
    except Invalid as refusal:
        errors = errors_of(refusal, otherwise="reason")
        reopened = Reopened(f"unlink-{link_id}", errors, dict(request.form))
        return document_page(document_id, reopened), status_of(refusal)
    flash(gettext("The link is taken away."), "ok")
    return _back(document_id)


def _way(text: str) -> tuple[LinkKind, Direction]:
    kind, _, direction = text.partition(":")
    try:
        return LinkKind(kind), Direction(direction)
    except ValueError:
        raise Invalid("Choose how the two are linked.", field="way") from None


def _other(uow: UnitOfWork, document_id: UUID, form: Mapping[str, str]) -> UUID:
    """Return the document in the field; without script the typed number itself comes back.

    Raises:
        Invalid: No document that this person may see has that number, or several have.
    """
    chosen = read_id(form.get("other", ""))
    if chosen is not None:
        return chosen
    found = find_by_number(uow, actor(), form.get("other_text", ""), besides=document_id)
    if len(found) != 1:
        raise Invalid("Choose a document from the list.", field="other")
    return found[0].id


# Threads of mail ------------------------------------------------------------------------------


@route(related, "/<uuid:document_id>/thread", permission=SIGNED_IN)
def thread(document_id: UUID) -> str:
    """Show the mails of a thread in their order."""
    person = actor()
    with reading() as uow:
        document = get_document(uow, person, document_id)
        lines = thread_of(uow, person, document_id, vault=office().vault)
    return render_template("related/thread.html", document=document, lines=lines)


# Comparing ------------------------------------------------------------------------------------


@route(related, "/<uuid:document_id>/compare/<uuid:other_id>", permission=SIGNED_IN)
def compare(document_id: UUID, other_id: UUID) -> str:
    """Show two documents side by side, and what differs."""
    return _compare_page(document_id, other_id)


@route(
    related,
    "/<uuid:document_id>/compare/<uuid:other_id>/both",
    permission=REGISTRARS,
    methods=("POST",),
)
def keep_twins(document_id: UUID, other_id: UUID) -> Answer:
    """Say that the two are two."""
    with _refusing(document_id, other_id, "") as refused, writing() as uow:
        keep_both(uow, actor(), document_id=document_id, other_id=other_id)
    if refused:
        return refused[0]
    flash(gettext("Both stay. You are not asked about these two again."), "ok")
    return _back(document_id, checked=document_id)


@route(
    related,
    "/<uuid:document_id>/compare/<uuid:other_id>/voiding",
    permission=REGISTRARS,
    methods=("POST",),
)
def void_as_twin(document_id: UUID, other_id: UUID) -> Answer:
    """Void this one, because it is the other again."""
    with _refusing(document_id, other_id, "void-twin") as refused, writing() as uow:
        voided = void_twin(
            uow,
            actor(),
            document_id=document_id,
            version=request.form.get("version", type=int),
            other_id=other_id,
            reason=request.form.get("reason", ""),
        )
        number = voided.number
    if refused:
        return refused[0]
    flash(gettext("%(number)s is voided. It stays in the book.", number=number), "ok")
    return _back(other_id, checked=document_id)


@route(
    related,
    "/<uuid:document_id>/compare/<uuid:other_id>/attaching",
    permission=REGISTRARS,
    methods=("POST",),
)
def attach_to_twin(document_id: UUID, other_id: UUID) -> Answer:
    """Void this one and add its files to the other."""
    with _refusing(document_id, other_id, "attach-twin") as refused:
        received = files_once_more(document_id)
        with writing() as uow:
            other = attach_twin(
                uow,
                actor(),
                document_id=document_id,
                version=request.form.get("version", type=int),
                other_id=other_id,
                received=received,
                reason=request.form.get("reason", ""),
            )
            number = other.number
    if refused:
        return refused[0]
    flash(gettext("The files are added to %(number)s.", number=number), "ok")
    return _back(other_id, checked=document_id)


def files_once_more(document_id: UUID) -> list[tuple[Received, str]]:
    """Return the files of a document as kept objects that another document can take."""
    with reading() as uow:
        files = files_of_twin(uow, actor(), document_id)
    received = copied_files(office().vault, files)
    if received:
        keep_objects(database(), office().vault, [each for each, _ in received])
    return received


@contextmanager
def _refusing(document_id: UUID, other_id: UUID, dialog: str) -> Iterator[list[Answer]]:
    """Turn a refusal within into the page with its dialog open."""
    answers: list[Answer] = []
    try:
        yield answers
    except (Invalid, Conflict) as refusal:
        errors = errors_of(refusal, otherwise="")
        reopened = Reopened(dialog, errors, dict(request.form))
        answers.append((_compare_page(document_id, other_id, reopened), status_of(refusal)))


def _compare_page(document_id: UUID, other_id: UUID, reopened: Reopened | None = None) -> str:
    """Return the page; the document that was registered first stands on the left."""
    if document_id == other_id:
        raise NotFound
    person = actor()
    first, second = sorted((document_id, other_id))
    with reading() as uow:
        documents = [get_document(uow, person, each) for each in (first, second)]
        for each in documents:
            record_view(uow, person, each.id)
        files = [_first_file(uow, each) for each in documents]
        twin = next((e for e in twins_of(uow, person, second) if e.document.id == first), None)
    left, right = (_side(each, *file) for each, file in zip(documents, files, strict=True))
    compared = compare_texts(left.pages, right.pages) if left.pages and right.pages else None
    return render_template(
        "related/compare.html",
        left=left,
        right=right,
        fields=[_shown(each) for each in compare_metadata(left.document, right.document)],
        texts=compared,
        told=difference_words(compared.differences) if compared else None,
        drawn=None if "prepare" in request.args else _drawn_address(first, second),
        twin=twin,
        reasons=twin_words(twin) if twin else None,
        may=_may(person, left.document, right.document),
        default_reason=_default_reason(left.document, right.document),
        reopen=reopened.dialog if reopened else None,
        errors=reopened.errors if reopened else {},
        typed=reopened.values if reopened else {},
    )


def _drawn_address(first: UUID, second: UUID) -> str:
    """Return where the page is once files of offices are drawn, which takes seconds."""
    return url_for("related.compare", document_id=first, other_id=second, prepare=1)


def _first_file(
    uow: UnitOfWork, document: Document
) -> tuple[Component | None, StoredObject | None]:
    component = next(iter(components_of(uow, document.id)), None)
    return component, stored_of(uow, component)


def _side(document: Document, component: Component | None, stored: StoredObject | None) -> Side:
    pages: list[str] = []
    if component is not None and stored is not None and component.text_state == TextState.DONE:
        pages = pictures().previews.text_pages(component, stored)
    content = content_of(document, component, stored)
    return Side(document, Secrecy(document.secrecy).code, content, pages)


def _shown(field: FieldDifference) -> tuple[str, str, str]:
    return (
        field.name,
        value_text(field.name, _machine(field.left)),
        value_text(field.name, _machine(field.right)),
    )


def _machine(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _may(person: Actor, first: Document, second: Document) -> dict[str, bool]:
    """Return which acts the page offers on the second; the services decide again."""

    def keeps(document: Document) -> bool:
        return person.may(Act.REGISTER) and document.clerk_unit_id in person.clerk_units

    void = keeps(second) and second.state in _OPEN and first.state != DocumentState.VOIDED
    return {
        "keep": keeps(second),
        "void": void,
        "attach": void and keeps(first) and first.state in _OPEN,
    }


def _default_reason(first: Document, second: Document) -> str:
    """Return the reason that stands in the book; it names only a number of the same book."""
    if first.register_id == second.register_id:
        return str(gettext("The same document as %(number)s", number=first.number))
    return str(gettext("The same document was registered before"))


def _back(document_id: UUID, *, checked: UUID | None = None) -> AnyResponse:
    """Return to a document, or to the queue of what is checked, if that led here."""
    done = request.args.get("checking", type=int)
    if done is not None and checked is not None:
        href = url_for("registration.check", document_id=checked, done=max(0, done))
        return redirect(href, code=303)
    return redirect(url_for("documents.show", document_id=document_id), code=303)


def init_app(app: Flask) -> None:
    """Add the pages, and offer the sections to the page of a document."""
    app.register_blueprint(related)
    app.add_template_global(related_section)
    app.add_template_global(twins_section)
