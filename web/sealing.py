"""The keeper's desk: what waits to be sealed, one request with its checks, and the acts on it.

Paper is recorded in a form; an electronic seal is laid on the pages (`placing.js` over plain number
fields), pressed by the worker, and shown when it is there.
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, flash, jsonify, redirect, render_template, url_for
from flask import request as asked
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from records.documents.components import components_of
from records.documents.models import Component, StoredObject
from records.documents.visibility import visible_ids
from records.people.rules import Act, Secrecy
from records.seals.base import Base, base_of
from records.seals.book_views import BOOK_OVERSIGHT
from records.seals.imprints.keeping import imprint_of
from records.seals.keeper_desk import KeeperPage, count_to_use, keeper_desk, keeper_page
from records.seals.models import SealUsage
from records.seals.pages.placing import StampingPlan
from records.seals.pages.snapping import lines_in_mm, snap_points
from records.seals.register import get_seal
from records.seals.requests import refuse_request
from records.seals.rules import RequestState, SealMedium, StampingState
from records.seals.stamping import ask_stamping, failure_of, has_imprint
from records.seals.use import bring_back, get_line, take_out, use_on_paper, withdraw_usage
from storage import StorageError
from web.boundary import office, reading, writing
from web.contents import content_of, stored_of
from web.errors import sentence, status_of
from web.permissions import SEAL_KEEPERS
from web.pickers import read_person
from web.pictures import WIDTHS_PX, pictures
from web.placing_form import in_mm, plain, read_plan, rows_of, typed_rows, values_of
from web.routes import route
from web.session import actor, current_identity

sealing = Blueprint("sealing", __name__, url_prefix="/sealing")

Answer = AnyResponse | tuple[str, int]
# Where the lines of a page come from for snapping; the smallest picture has the same ones.
_LINES_WIDTH_PX = WIDTHS_PX[0]


@dataclass(frozen=True)
class Refused:
    """An act that was refused: of which form, why by field, and what had been typed."""

    form: str
    errors: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)


@route(sealing, "", permission=SEAL_KEEPERS)
def index() -> str:
    """Show what waits for the keeper."""
    with reading() as uow:
        desk = keeper_desk(uow, actor())
    return render_template("sealing/index.html", desk=desk)


@route(sealing, "/<uuid:request_id>", permission=SEAL_KEEPERS)
def show(request_id: UUID) -> str:
    """Show one request with what is to be checked before the seal is used."""
    return _page(request_id)


@route(sealing, "/<uuid:request_id>/digest", permission=SEAL_KEEPERS)
def digest(request_id: UUID) -> str:
    """Read the file again and say whether it is what was approved."""
    with reading() as uow:
        page = keeper_page(uow, actor(), request_id)
        component = _asked_component(uow, page)
        stored = stored_of(uow, component)
    says, is_same = _compared(page, component, stored)
    return render_template("sealing/digest.html", says=says, is_same=is_same)


@route(sealing, "/<uuid:request_id>/state", permission=SEAL_KEEPERS)
def state(request_id: UUID) -> Response:
    """Say whether the worker still stamps; the page comes anew when it does not."""
    with reading() as uow:
        page = keeper_page(uow, actor(), request_id)
    response = Response(render_template("sealing/state.html", page=page, turn=_turn() + 1))
    if page.stamping is None or page.stamping.state != StampingState.WAITING:
        response.headers["HX-Refresh"] = "true"
    return response


@route(sealing, "/<uuid:request_id>/imprint.png", permission=SEAL_KEEPERS)
def imprint(request_id: UUID) -> Response:
    """Give the imprint of the seal to its keeper, to lay it on the pages."""
    with reading() as uow:
        seal = keeper_page(uow, actor(), request_id).held.seal
        found = imprint_of(uow, office().vault, seal.id)
    return Response(found.png, mimetype="image/png")


@route(sealing, "/<uuid:request_id>/pages/<int:number>/snaps", permission=SEAL_KEEPERS)
def snaps(request_id: UUID, number: int) -> Response:
    """Give where the middle of an imprint may snap to on a page, in hundredths of a millimetre."""
    with reading() as uow:
        base = _electronic_base(uow, keeper_page(uow, actor(), request_id))
    sizes = in_mm(pictures().sizes(base.component, base.stored)) if base else []
    if base is None or not 1 <= number <= len(sizes):
        raise NotFound
    drawn = pictures().previews.page_image(
        base.component, base.stored, page=number - 1, width_px=_LINES_WIDTH_PX
    )
    lines = lines_in_mm(number - 1, sizes[number - 1], [astuple(each) for each in drawn.lines])
    points = [
        {"x": round(each.x_mm * 100), "y": round(each.y_mm * 100), "kind": each.kind}
        for each in snap_points(lines)
    ]
    return jsonify(points)


@route(sealing, "/<uuid:request_id>/refuse", permission=SEAL_KEEPERS, methods=("POST",))
def refuse(request_id: UUID) -> Answer:
    """Refuse to use the seal, with a reason."""

    def act(uow: UnitOfWork) -> str:
        reason = asked.form.get("reason", "")
        refuse_request(uow, actor(), request_id=request_id, reason=reason)
        return str(gettext("The request is refused. Whoever asked is told why."))

    return _do(request_id, "refuse", act, to_desk=True)


@route(sealing, "/<uuid:request_id>/use", permission=SEAL_KEEPERS, methods=("POST",))
def use(request_id: UUID) -> Answer:
    """Record what was stamped on paper."""

    def act(uow: UnitOfWork) -> str:
        line = use_on_paper(
            uow,
            actor(),
            request_id=request_id,
            copies_stamped=_count("copies_stamped"),
            copies_spoilt=_count("copies_spoilt"),
            witness_id=read_person(uow, asked.form, "witness"),
            place=asked.form.get("place", ""),
            remarks=asked.form.get("remarks"),
        )
        return str(gettext("It is in the book as %(number)s.", number=line.text))

    return _do(request_id, "use", act)


@route(sealing, "/<uuid:request_id>/take-out", permission=SEAL_KEEPERS, methods=("POST",))
def hand_out(request_id: UUID) -> Answer:
    """Hand the seal out."""

    def act(uow: UnitOfWork) -> str:
        line = take_out(
            uow,
            actor(),
            request_id=request_id,
            witness_id=read_person(uow, asked.form, "witness"),
            remarks=asked.form.get("remarks"),
        )
        return str(gettext("The seal is out, in the book as %(number)s.", number=line.text))

    return _do(request_id, "take-out", act)


@route(sealing, "/lines/<uuid:usage_id>/bring-back", permission=SEAL_KEEPERS, methods=("POST",))
def take_back(usage_id: UUID) -> Answer:
    """Take a seal back, with what was stamped outside."""

    def act(uow: UnitOfWork) -> str:
        bring_back(
            uow,
            actor(),
            usage_id=usage_id,
            copies_stamped=_count("copies_stamped"),
            copies_spoilt=_count("copies_spoilt"),
            remarks=asked.form.get("remarks"),
        )
        return str(gettext("The seal is back."))

    return _do(_request_of(usage_id), "bring-back", act)


@route(sealing, "/lines/<uuid:usage_id>/withdraw", permission=SEAL_KEEPERS, methods=("POST",))
def withdraw(usage_id: UUID) -> Answer:
    """Declare that what was stamped no longer stands."""

    def act(uow: UnitOfWork) -> str:
        withdraw_usage(uow, actor(), usage_id=usage_id, reason=asked.form.get("reason", ""))
        return str(gettext("It is declared withdrawn. The line stays in the book and says so."))

    return _do(_request_of(usage_id), "withdraw", act)


@route(sealing, "/<uuid:request_id>/stamp", permission=SEAL_KEEPERS, methods=("POST",))
def stamp(request_id: UUID) -> Answer:
    """Have the worker stamp what was laid down."""
    with reading() as uow:
        base = _electronic_base(uow, keeper_page(uow, actor(), request_id))
    sizes = _sizes(base)

    def act(uow: UnitOfWork) -> str:
        plan = read_plan(asked.form, witness_id=read_person(uow, asked.form, "witness"))
        ask_stamping(
            uow,
            actor(),
            request_id=request_id,
            plan=plan,
            page_sizes_mm=sizes,
        )
        return ""

    return _do(request_id, "stamp", act)


def sealing_waiting() -> int:
    """Return how many approved requests wait for whoever looks."""
    identity = current_identity()
    if identity is None or not identity.actor.may(Act.USE_SEAL):
        return 0
    with reading() as uow:
        return count_to_use(uow, identity.actor)


def stamped_copies(document_id: UUID) -> dict[UUID, SealUsage]:
    """Return the line of the book behind each stamped copy of a document that one may see."""
    with reading() as uow:
        if not visible_ids(uow, actor(), [document_id]):
            return {}
        query = select(SealUsage).where(
            SealUsage.document_id == document_id, SealUsage.result_id.is_not(None)
        )
        return {each.result_id: each for each in uow.session.scalars(query) if each.result_id}


def may_open_line(line: SealUsage) -> bool:
    """Return whether whoever looks may open the book at a line; the page of it decides again."""
    person = actor()
    return person.may(Act.READ_SEAL_BOOKS) and (
        bool(person.roles & BOOK_OVERSIGHT) or person.user_id == line.keeper_id
    )


# The page ----------------------------------------------------------------------------------------


def _do(
    request_id: UUID, form: str, act: Callable[[UnitOfWork], str], *, to_desk: bool = False
) -> Answer:
    try:
        with writing() as uow:
            told = act(uow)
    except (Invalid, Conflict) as refusal:
        errors = {refusal.field or "": sentence(refusal)}
        return _page(request_id, Refused(form, errors, asked.form)), status_of(refusal)
    except NotAllowed as refusal:
        # Who keeps the seal and may not use it on this request learns why where they are.
        refused = Refused(form, {"": sentence(refusal)}, asked.form)
        return _page(request_id, refused), status_of(refusal)
    if told:
        flash(told, "ok")
    href = url_for(".index") if to_desk else url_for(".show", request_id=request_id)
    return redirect(href, code=303)


def _page(request_id: UUID, refused: Refused | None = None) -> str:
    with reading() as uow:
        page = keeper_page(uow, actor(), request_id)
        held = page.held
        component = _asked_component(uow, page)
        stored = stored_of(uow, component)
        base = _electronic_base(uow, page)
        result = _result(uow, page)
        is_ready = has_imprint(uow, held.seal.id)
    editor = _editor(page, base, refused) if base and is_ready else None
    shown = (result[0], result[1]) if result else (component, stored)
    return render_template(
        "sealing/show.html",
        page=page,
        request_row=held.request,
        seal=held.seal,
        document=held.document,
        secrecy_code=Secrecy(held.document.secrecy).code,
        component=component,
        result=result[0] if result else None,
        content=None if editor else content_of(held.document, *shown),
        editor=editor,
        has_imprint=is_ready,
        failure=_failure(page),
        is_open=held.request.state == RequestState.APPROVED,
        refused=refused,
        turn=_turn(),
    )


def _editor(page: KeeperPage, base: Base, refused: Refused | None) -> dict[str, Any] | None:
    """Return what the placement editor shows; None where nothing is to be laid down now."""
    stamping = page.stamping
    if stamping is not None and stamping.state == StampingState.WAITING:
        return None
    sizes = _sizes(base)
    plan = StampingPlan.from_json(stamping.plan) if stamping else StampingPlan()
    typed = refused is not None and refused.form == "stamp"
    rows = typed_rows(asked.form) if typed else rows_of(plan)
    return {
        "rows": rows,
        "values": asked.form if typed else values_of(plan),
        "pages": [
            {
                "number": number,
                "width": plain(width),
                "height": plain(height),
                "image": url_for(
                    "components.picture",
                    component_id=base.component.id,
                    number=number,
                    w=WIDTHS_PX[0],
                ),
                "image_large": url_for(
                    "components.picture",
                    component_id=base.component.id,
                    number=number,
                    w=WIDTHS_PX[1],
                ),
                "earlier": [each.to_json() for each in base.boxes if each.page == number - 1],
            }
            for number, (width, height) in enumerate(sizes, start=1)
        ],
        "is_signed": base.is_signed,
        "earlier": base.lines,
        "no_cross": _no_cross_page(page, base, len(sizes)),
        "name": base.component.name,
    }


def _no_cross_page(page: KeeperPage, base: Base, pages: int) -> str | None:
    """Return why no cross-page seal can be laid down, None where one can."""
    if not page.held.request.cross_page:
        return str(gettext("No cross-page seal was asked for."))
    if base.is_signed:
        return str(
            gettext("This PDF is signed already: a cross-page seal would break its signatures.")
        )
    if pages < 2:
        return str(
            gettext("A cross-page seal holds several sheets together; this document has only one.")
        )
    return None


def _electronic_base(uow: UnitOfWork, page: KeeperPage) -> Base | None:
    request = page.held.request
    if request.medium != SealMedium.ELECTRONIC or request.state != RequestState.APPROVED:
        return None
    return base_of(uow, request)


def _sizes(base: Base | None) -> list[tuple[float, float]]:
    return in_mm(pictures().sizes(base.component, base.stored)) if base else []


def _asked_component(uow: UnitOfWork, page: KeeperPage) -> Component | None:
    request = page.held.request
    if request.component_id is not None:
        return uow.session.get(Component, request.component_id)
    return next(iter(components_of(uow, request.document_id)), None)


def _result(uow: UnitOfWork, page: KeeperPage) -> tuple[Component, StoredObject] | None:
    if page.line is None or page.line.result_id is None:
        return None
    component = uow.session.get_one(Component, page.line.result_id)
    return component, uow.session.get_one(StoredObject, component.object_name)


def _compared(
    page: KeeperPage, component: Component | None, stored: StoredObject | None
) -> tuple[str, bool]:
    """Say whether a file is what was approved, byte for byte."""
    request = page.held.request
    if component is None or stored is None:
        return str(gettext("There is no file to compare: compare the paper itself.")), True
    wanted = request.sha256 or component.sha256
    try:
        office().vault.check(stored.name, stored.wrapped_key, wanted)
    except StorageError:
        return str(gettext("The file is damaged or not the one that was approved.")), False
    return str(gettext("The file is byte for byte the one that was approved.")), True


def _failure(page: KeeperPage) -> str | None:
    stamping = page.stamping
    if stamping is None or stamping.state != StampingState.FAILED:
        return None
    failure = failure_of(stamping)
    return _failed_because(failure) if failure else None


def _failed_because(failure: Refusal) -> str:
    known = {
        "encrypted": gettext("The PDF is encrypted: remove its password first."),
        "form": gettext("The PDF is a dynamic form (XFA): print it to a plain PDF first."),
        "damaged": gettext("The PDF is damaged and cannot be stamped."),
        "certified": gettext("This PDF is certified, and its certificate forbids every change."),
        "signed": gettext("The signatures in this PDF do not allow what was laid down."),
        "broken_signature": gettext("A signature in this PDF is broken: nothing is added to it."),
        "page": gettext("The file has not the pages that imprints were laid on."),
        "object_damaged": gettext("The stored file is damaged or not the one that was approved."),
        "object_missing": gettext("The stored file is missing."),
        "timeout": gettext("Stamping took too long."),
        "out_of_memory": gettext("Stamping needed too much memory."),
        "crashed": gettext("Stamping broke off."),
        "too_large": gettext("The file is too large to be stamped."),
        "imprint": gettext("The imprint of the seal cannot be drawn."),
        "moved": gettext("Other seals were stamped on this file at the same time."),
    }
    return str(known.get(failure.code) or sentence(failure))


def _request_of(usage_id: UUID) -> UUID:
    with reading() as uow:
        line, _ = get_line(uow, actor(), usage_id)
        get_seal(uow, line.seal_id)
        return line.request_id


def _count(name: str) -> int:
    text = asked.form.get(name, "").strip()
    try:
        return int(text or 0)
    except ValueError:
        raise Invalid("Give a whole number.", field=name) from None


def _turn() -> int:
    return max(0, asked.args.get("turn", 0, type=int))


def init_app(app: Flask) -> None:
    """Add the keeper's desk."""
    app.register_blueprint(sealing)
    app.add_template_global(stamped_copies)
    app.add_template_global(may_open_line)
