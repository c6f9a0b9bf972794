"""One item to read: its pages beside the opinions given so far, and the acts of its reader.

Opening is kept, and which pages were shown for how long: both go into the receipt, and the page
says so. Every act leads on to the next item that waits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from records.circulation.phrases import phrases_of
from records.circulation.reading import (
    PageShown,
    delegate_item,
    note_pages,
    open_item,
    pages_shown,
    return_item,
)
from records.circulation.rules import DECISIONS, HELD, Decision, ItemState, Purpose
from records.circulation.signing import sign_item
from records.circulation.telling import ItemPage, ItemView, item_page, reading_list
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.documents.models import Component
from records.documents.visibility import get_document
from records.people.keys import passkeys_in_use
from records.people.rules import Actor, Secrecy
from web.boundary import office, reading, writing
from web.contents import content_of, stored_of
from web.errors import sentence, status_of
from web.formats import length_of_time
from web.forms import read_id
from web.i18n import current_language
from web.opinions import read_opinion, signed_text
from web.permissions import SIGNED_IN
from web.pickers import read_person
from web.reading_list import readings
from web.routes import route
from web.session import actor
from web.views import record_view

Answer = Response | tuple[str, int]

# Where a reason can stand beside its field; else it stands above the page.
_FIELDS = frozenset({"opinion", "handwriting", "instruction", "assignee", "due_on", "reason", "to"})
# What somebody said, or did with a reason that others may want to know.
_ANSWERED = frozenset({ItemState.SIGNED, ItemState.RETURNED, ItemState.DELEGATED})
# More than one page of the browser can gather between two messages makes no sense.
_MOST_PAGES = 2_000
_MOST_SECONDS = 3_600


@dataclass(frozen=True)
class Refused:
    """An act that was refused: from which form, why, and what had been written."""

    form: str
    errors: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)


@route(readings, "/<uuid:item_id>", permission=SIGNED_IN)
def show(item_id: UUID) -> str:
    """Open an item."""
    return _page(item_id)


@route(readings, "/<uuid:item_id>/sign", permission=SIGNED_IN, methods=("POST",))
def sign(item_id: UUID) -> Answer:
    """Sign an item, with or without an opinion."""

    def act(uow: UnitOfWork) -> str | Markup:
        opinion = read_opinion(uow, request.form)
        receipt = sign_item(uow, office().vault, actor(), item_id=item_id, opinion=opinion)
        number = get_document(uow, actor(), receipt.document_id).number
        return told_with_receipt(signed_text(opinion.decision, number), receipt.id)

    return _do(item_id, "sign", act)


@route(readings, "/<uuid:item_id>/return", permission=SIGNED_IN, methods=("POST",))
def give_back(item_id: UUID) -> Answer:
    """Return an item to whoever sent it."""

    def act(uow: UnitOfWork) -> str:
        return_item(uow, actor(), item_id=item_id, reason=request.form.get("reason", ""))
        return str(gettext("The item is returned. Whoever sent it is told why."))

    return _do(item_id, "return", act)


@route(readings, "/<uuid:item_id>/delegate", permission=SIGNED_IN, methods=("POST",))
def delegate(item_id: UUID) -> Answer:
    """Pass an item on to somebody else."""

    def act(uow: UnitOfWork) -> str:
        to_id = read_person(uow, request.form, "to")
        if to_id is None:
            raise Invalid("Choose a person from the list.", field="to")
        reason = request.form.get("reason", "").strip() or None
        delegate_item(uow, actor(), item_id=item_id, to_id=to_id, reason=reason)
        name = request.form.get("to_text", "").strip()
        return str(gettext("The item is passed on to %(name)s.", name=name))

    return _do(item_id, "delegate", act)


@route(readings, "/<uuid:item_id>/pages", permission=SIGNED_IN, methods=("POST",))
def keep_pages(item_id: UUID) -> FlaskResponse:
    """Keep which pages were shown since the last message, and say what is kept by now."""
    shown = _reported(request.get_json(silent=True))
    with writing() as uow:
        note_pages(uow, actor(), item_id=item_id, pages=shown)
    with reading() as uow:
        kept = pages_shown(uow, item_id)
    return jsonify({"told": pages_text(kept)})


def pages_text(kept: Sequence[PageShown]) -> str:
    """Say which pages of an item were shown and for how long, for its reader."""
    if not kept:
        return str(gettext("No page has been shown yet."))
    seconds = sum(each.seconds for each in kept)
    if len({each.component_id for each in kept}) > 1:
        pages = ngettext("%(num)s page shown", "%(num)s pages shown", len(kept))
    elif len(kept) == 1:
        pages = gettext("page %(page)s shown", page=kept[0].page)
    else:
        pages = gettext("pages %(pages)s shown", pages=_spans(each.page for each in kept))
    time = length_of_time(seconds)
    return str(gettext("%(pages)s, %(time)s — kept for the receipt", pages=pages, time=time))


def onward(uow: UnitOfWork, person: Actor, wanted: UUID | None) -> str:
    """Return where a reader goes on: the item that came after, else the most pressing one."""
    if wanted is not None:
        try:
            found = item_page(uow, person, wanted)
            if ItemState(found.line.state) in HELD:
                return url_for("reading.show", item_id=wanted)
        except NotFound:
            pass
    lines, _ = reading_list(uow, person, limit=1)
    if lines:
        return url_for("reading.show", item_id=lines[0].item_id)
    return url_for("reading.index")


def told_with_receipt(said: str, receipt_id: UUID) -> Markup:
    """Return a message with a way to the receipt."""
    href = url_for("receipts.show", receipt_id=receipt_id)
    return Markup('{} <a href="{}">{}</a>').format(said, href, gettext("Show the receipt"))


def _do(item_id: UUID, form: str, act: Callable[[UnitOfWork], str]) -> Answer:
    try:
        with writing() as uow:
            told = act(uow)
    except (Invalid, Conflict) as refusal:
        at_fault = refusal.field if refusal.field in _FIELDS else None
        errors = {at_fault or "": sentence(refusal)}
        return _page(item_id, Refused(form, errors, request.form)), status_of(refusal)
    flash(told, "ok")
    with reading() as uow:
        return redirect(onward(uow, actor(), read_id(request.form.get("next", ""))), code=303)


def _page(item_id: UUID, refused: Refused | None = None) -> str:
    person = actor()
    page = _opened(person, item_id)
    with reading() as uow:
        document = get_document(uow, person, page.line.document_id)
        record_view(uow, person, document.id)
        component = _chosen(page.components)
        stored = stored_of(uow, component)
        facts: dict[str, Any] = {
            "shown": pages_text(pages_shown(uow, item_id)),
            "phrases": _phrases(uow, person),
            "by_passkey": bool(person.user_id and passkeys_in_use(uow, person.user_id)),
        }
    is_held = ItemState(page.line.state) in HELD
    purpose = Purpose(page.line.purpose)
    return render_template(
        "reading/show.html",
        line=page.line,
        item=_item_of(page),
        round=page.round,
        opinions=opinions_so_far(page),
        is_held=is_held,
        decisions=DECISIONS[purpose],
        is_approval=Decision.AGREED in DECISIONS[purpose],
        document=document,
        secrecy_code=Secrecy(document.secrecy).code,
        components=[_file(each, component) for each in page.components],
        following=_following(page.components, component),
        content=content_of(document, component, stored),
        next=page.next_id,
        previous=page.previous_id,
        refused=refused,
        **facts,
    )


def _opened(person: Actor, item_id: UUID) -> ItemPage:
    """Return an item, opened by this look at it unless a machine looks ahead."""
    with reading() as uow:
        page = item_page(uow, person, item_id)
    ahead = request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", "")
    if page.line.state != ItemState.DELIVERED or ahead:
        return page
    with writing() as uow:
        open_item(uow, person, item_id=item_id)
    with reading() as uow:
        return item_page(uow, person, item_id)


def opinions_so_far(page: ItemPage) -> list[tuple[int, list[ItemView]]]:
    """Return what readers have said or done, by stage; by now whoever looks may be among them."""
    found = []
    for stage in page.round.stages:
        items = [each for each in stage.items if each.state in _ANSWERED]
        if items:
            found.append((stage.position, items))
    return found


def _item_of(page: ItemPage) -> ItemView:
    items = (each for stage in page.round.stages for each in stage.items)
    return next(each for each in items if each.id == page.line.item_id)


def _chosen(components: Sequence[Component]) -> Component | None:
    wanted = request.args.get("component")
    first = next(iter(components), None)
    return next((each for each in components if str(each.id) == wanted), first)


def _file(component: Component, current: Component | None) -> dict[str, Any]:
    return {
        "id": component.id,
        "name": component.name,
        "role": component.role,
        "page_count": component.page_count,
        "size_bytes": component.size_bytes,
        "current": component is current,
        "content_href": url_for("components.content", component_id=component.id),
    }


def _following(components: Sequence[Component], current: Component | None) -> Component | None:
    if current is None:
        return None
    place = [each.id for each in components].index(current.id) + 1
    return components[place] if place < len(components) else None


def _phrases(uow: UnitOfWork, person: Actor) -> Sequence[str]:
    return phrases_of(uow, person.user_id, current_language()) if person.user_id else ()


def _reported(body: Any) -> list[PageShown]:
    """Read what the script reports; anything else than a list of pages is left out."""
    found = []
    rows = body.get("pages") if isinstance(body, dict) else None
    for row in rows[:_MOST_PAGES] if isinstance(rows, list) else ():
        match row:
            case {"component": str(component), "page": int(page), "seconds": int(seconds)}:
                component_id = read_id(component)
                if component_id and page >= 1 and 0 < seconds <= _MOST_SECONDS:
                    found.append(PageShown(component_id, page, seconds))
    return found


def _spans(numbers: Any) -> str:
    """Write numbers as spans: `1–3, 7`."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{first}–{last}" if first != last else str(first) for first, last in spans)
