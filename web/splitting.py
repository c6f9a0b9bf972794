"""Stacks of scanned pages: sheets that separate them, and the page on which they are split."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.documents.rules import Urgency, choose
from records.exchange.separator_sheets import MOST_SHEETS, SheetInWords, write_separator_sheets
from records.people.organization import unit_by_code
from records.people.rules import Secrecy
from records.registration.registers import register_by_code, registers_of
from records.scans.plans import TURNS, Part, TakenPage
from records.scans.sheets import FIELDS, Sheet, sheet_key, sheet_of, write_sheet
from records.scans.splitting import look_for_sheets, parts_of, split_stack
from records.scans.stacks import StackView, stack_of
from web.boundary import office, reading, writing
from web.errors import sentence, status_of
from web.forms import Errors, errors_of
from web.permissions import REGISTRARS
from web.pictures import THUMBNAIL_PX
from web.routes import route
from web.scan_words import book_reason
from web.session import actor
from web.views import record_view
from web.whereabouts import pdf_answer
from web.words import word

splitting = Blueprint("splitting", __name__)

Answer = AnyResponse | tuple[str, int]


# Separator sheets --------------------------------------------------------------------------------


@route(splitting, "/registration/separators", permission=REGISTRARS)
def sheets() -> str:
    """Show the form that prints separator sheets."""
    return _sheets_form({})


def _sheets_form(errors: Errors) -> str:
    with reading() as uow:
        registers = [(each.code, each.name) for each in registers_of(uow, actor())]
    return render_template(
        "scans/separators.html",
        registers=registers,
        values=request.args,
        errors=errors,
        most=MOST_SHEETS,
    )


@route(splitting, "/registration/separators.pdf", permission=REGISTRARS)
def sheets_pdf() -> Answer:
    """Give separator sheets to print."""
    asked = {name: text for name in FIELDS if (text := request.args.get(name, "").strip())}
    try:
        with reading() as uow:
            words, now = sheet_in_words(uow, sheet_of(asked)), uow.now
        count = request.args.get("count", 1, type=int)
        made = write_separator_sheets(words, count=count, made_at=now)
    except (Invalid, NotFound) as refusal:
        return _sheets_form(errors_of(refusal)), status_of(refusal)
    return pdf_answer(made, gettext("Separator sheets"))


def sheet_in_words(uow: UnitOfWork, sheet: Sheet) -> SheetInWords:
    """Return a sheet in the language of the reader.

    Raises:
        Invalid: It names what there is not.
    """
    return SheetInWords(
        language=str(get_locale()).replace("_", "-"),
        office=unit_by_code(uow, "office").name,
        heading=gettext("A new document begins here"),
        explanation=gettext("Lay this sheet on top of each document and scan the whole stack."),
        facts=_facts(uow, sheet),
        foot=gettext("The sheet itself is left out, and can be used again."),
        code=write_sheet(sheet_key(office().vault.keyring), sheet),
    )


def _facts(uow: UnitOfWork, sheet: Sheet) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    if sheet.register:
        facts.append((gettext("Register"), register_by_code(uow, sheet.register).name))
    if sheet.secrecy:
        level = Secrecy.from_code(sheet.secrecy, field="secrecy")
        facts.append((gettext("Secrecy"), str(word("secrecy", level.code).text)))
    if sheet.urgency:
        code = choose(Urgency, sheet.urgency, field="urgency")
        facts.append((gettext("Urgency"), str(word("urgency", code).text)))
    if sheet.unit:
        facts.append((gettext("Responsible unit"), unit_by_code(uow, sheet.unit).name))
    return facts


# Splitting -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PageCard:
    """One page on the table where a stack is split.

    Attributes:
        begins: The number of the document that begins with it, None inside one.
        said: What the separator sheet of its document says.
    """

    number: int
    picture: str
    large: str
    turn: int = 0
    out: bool = False
    is_sheet: bool = False
    is_blank: bool = False
    begins: int | None = None
    said: Mapping[str, str] = field(default_factory=dict)


@route(splitting, "/documents/<uuid:document_id>/split", permission=REGISTRARS)
def show(document_id: UUID) -> str:
    """Show the pages of a stack, and where it would be split."""
    return _page(document_id)


@route(
    splitting,
    "/documents/<uuid:document_id>/split",
    permission=REGISTRARS,
    methods=("POST",),
    endpoint="split",
)
def split(document_id: UUID) -> Answer:
    """Split the stack as the clerk has laid it out."""
    parts = plan_of(request.form)
    try:
        with writing() as uow:
            split_stack(
                uow,
                actor(),
                document_id=document_id,
                version=request.form.get("version", type=int),
                parts=parts,
                book_reason=book_reason(),
            )
    except (Invalid, Conflict, NotAllowed) as refusal:
        return _page(document_id, error=sentence(refusal), parts=parts), status_of(refusal)
    return redirect(url_for("splitting.show", document_id=document_id), code=303)


@route(
    splitting, "/documents/<uuid:document_id>/split/look", permission=REGISTRARS, methods=("POST",)
)
def look(document_id: UUID) -> AnyResponse:
    """Have the pages looked at for separator sheets."""
    try:
        with writing() as uow:
            look_for_sheets(uow, actor(), document_id=document_id)
    except (Invalid, Conflict) as refusal:
        flash(sentence(refusal), "seal")
    else:
        flash(gettext("The pages are being looked at. Come back in a moment."), "ok")
    return redirect(url_for("splitting.show", document_id=document_id), code=303)


def plan_of(form: MultiDict[str, str]) -> list[Part]:
    """Return the parts that a form describes: `page` in order, each with its marks.

    `out` and `begin` hold numbers of pages, `turn-N` degrees, `said-N` what a sheet said.

    Raises:
        Invalid: It is garbled.
    """
    out, begin = set(form.getlist("out")), set(form.getlist("begin"))
    groups: list[tuple[list[TakenPage], dict[str, Any]]] = []
    for text in form.getlist("page"):
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            raise Invalid("There is no page %(number)s.", {"number": text[:20]}, field="parts")
        if text in out:
            continue
        if text in begin or not groups:
            groups.append(([], {}))
        pages, said = groups[-1]
        pages.append(TakenPage(int(text), form.get(f"turn-{text}", 0, type=int)))
        said.update(_said(form.get(f"said-{text}", "")) if not said else {})
    return [Part(tuple(pages), sheet_of(said)) for pages, said in groups]


def _said(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _page(
    document_id: UUID, *, error: str | None = None, parts: Sequence[Part] | None = None
) -> str:
    with reading() as uow:
        stack = stack_of(uow, actor(), office().vault, document_id)
        if stack is None:
            raise NotFound
        record_view(uow, actor(), document_id)
        made = parts_of(uow, actor(), document_id) if _is(stack, "done") else []
        registers = {each.code: each.name for each in registers_of(uow, actor())}
    planned = stack.parts if parts is None else list(parts)
    waiting = _is(stack, "waiting", "awaited")
    return render_template(
        "scans/split.html",
        document=stack.document,
        stack=stack,
        cards=_cards(stack, planned),
        made=made,
        registers=registers,
        waiting=waiting,
        is_open=not waiting and not _is(stack, "done"),
        error=error,
    )


def _is(stack: StackView, *states: str) -> bool:
    return stack.split is not None and stack.split.state in states


def _cards(stack: StackView, parts: Sequence[Part]) -> list[PageCard]:
    """Return the pages in the order of the plan, those left out where they lie in the stack."""
    seen = {each.number: each for each in stack.pages}
    cards: list[PageCard] = []
    for number, part in enumerate(parts, start=1):
        for place, page in enumerate(part.pages):
            first = place == 0
            cards.append(
                _card(
                    stack,
                    page.number,
                    turn=page.turn if page.turn in TURNS else 0,
                    begins=number if first else None,
                    said=part.sheet.values() if first else {},
                )
            )
    taken = {each.number for each in cards}
    for number in sorted(set(seen) - taken):
        before = next((at for at, each in enumerate(cards) if each.number > number), len(cards))
        cards.insert(before, _card(stack, number, out=True))
    return cards


def _card(stack: StackView, number: int, **more: Any) -> PageCard:
    def picture(width_px: int) -> str:
        return url_for(
            "components.picture", component_id=stack.component.id, number=number, w=width_px
        )

    seen = stack.pages[number - 1] if 1 <= number <= len(stack.pages) else None
    return PageCard(
        number,
        picture(THUMBNAIL_PX),
        picture(960),
        is_sheet=seen is not None and seen.sheet is not None,
        is_blank=seen is not None and seen.is_blank,
        **more,
    )


def init_app(app: Flask) -> None:
    """Add the sheets and the page."""
    app.register_blueprint(splitting)
