"""The register of seals: the list, and the page of one seal with what can be done with it.

Every act is a form of the seal's page. A refused one brings the page back with its dialog open and
the reason beside the field.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Refusal
from records.people.directory import holders_of, names_of_people
from records.people.organization import unit_by_code
from records.people.rules import Act, Role
from records.seals.book_views import readable_seal
from records.seals.custody import ask_handover
from records.seals.keys.certificates import certificates_of
from records.seals.listing import (
    SealFilters,
    SealMark,
    SealOrder,
    SealPage,
    list_seals,
    reads_register,
)
from records.seals.rules import SealKind, SealState
from records.seals.states import (
    destroy_seal,
    reinstate_seal,
    report_lost,
    seals_to_report,
    withdraw_seal,
)
from records.seals.views import seal_view
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.filters import Asked
from web.forms import read_id
from web.permissions import SEAL_READERS, SEAL_REGISTER_KEEPERS, SIGNED_IN
from web.pickers import read_person
from web.routes import route
from web.session import actor

seals = Blueprint("seals", __name__, url_prefix="/seals")

LINES = 50
Answer = Response | tuple[str, int] | str
_ORDERS = frozenset(f"{sign}{each.value}" for each in SealOrder for sign in ("", "-"))
MARKS = {
    SealMark.LATE: lazy_gettext("late"),
    SealMark.CHECK_DUE: lazy_gettext("check due"),
    SealMark.UNHELD: lazy_gettext("held by nobody"),
    SealMark.EXPIRED: lazy_gettext("time is over"),
}
_FIELDS = frozenset({"reason", "taker", "witness"})


# The list ----------------------------------------------------------------------------------------


@route(seals, "", permission=SEAL_READERS)
def index() -> tuple[str, int]:
    """List the seals of the office."""
    asked = Asked()
    given = {
        "q": asked.text("q"),
        "state": asked.choice("state", [each.value for each in SealState]),
        "kind": asked.choice("kind", [each.value for each in SealKind]),
        "mark": asked.choice("mark", [each.value for each in SealMark]),
    }
    sort = asked.choice("sort", _ORDERS) or SealOrder.CODE.value
    with reading() as uow:
        unit = _unit(uow, asked)
        filters = SealFilters(
            typed=given["q"] or "",
            state=given["state"],
            kind=given["kind"],
            mark=SealMark(given["mark"]) if given["mark"] else None,
            unit_id=unit[0] if unit else None,
        )
        page = _page_of(uow, asked, filters, sort)
    text = render_template(
        "seals/index.html",
        lines=page.items,
        previous=page.previous,
        next=page.next,
        sort=sort,
        filters={name: value for name, value in given.items() if value},
        unit=unit[1:] if unit else None,
        marks=[(each.value, words) for each, words in MARKS.items()],
        problems=asked.problems,
        may_keep=actor().may(Act.KEEP_SEAL_REGISTER),
        may_check=actor().may(Act.KEEP_SEAL_REGISTER) or actor().may(Act.USE_SEAL),
    )
    return text, asked.status()


def _page_of(uow: UnitOfWork, asked: Asked, filters: SealFilters, sort: str) -> SealPage:
    def read(cursor: str | None) -> SealPage:
        return list_seals(
            uow,
            actor(),
            filters=filters,
            order=SealOrder(sort.removeprefix("-")),
            descending=sort.startswith("-"),
            cursor=cursor,
            limit=LINES,
        )

    return asked.page(read)


def _unit(uow: UnitOfWork, asked: Asked) -> tuple[UUID, str, str] | None:
    typed = asked.text("unit") or asked.text("unit_text")
    if not typed:
        return None
    try:
        found = unit_by_code(uow, typed)
    except Invalid:
        asked.complain("unit", typed)
        return None
    return found.id, found.code, found.name


@route(seals, "/loss", permission=SIGNED_IN)
def to_report() -> str:
    """Show the seals whose loss the reader may report; a loss must not wait for the right page."""
    with reading() as uow:
        found = seals_to_report(uow, actor())
    return render_template("seals/to_report.html", seals=found)


# One seal ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refused:
    """A refused act: its dialog, and why."""

    dialog: str
    refusal: Refusal

    def errors(self) -> dict[str, str]:
        """Return the reason under the field that it belongs to."""
        field = self.refusal.field if self.refusal.field in _FIELDS else ""
        return {field or "": sentence(self.refusal)}


@route(seals, "/<uuid:seal_id>", permission=SIGNED_IN)
def show(seal_id: UUID) -> Answer:
    """Show one seal to readers of the register, and to those who answer for it."""
    return page(seal_id)


@route(seals, "/<uuid:seal_id>/loss", permission=SIGNED_IN, methods=("POST",))
def lose(seal_id: UUID) -> Answer:
    """Report that the seal is lost."""

    def act(uow: UnitOfWork) -> str:
        name = report_lost(uow, actor(), seal_id=seal_id, reason=_reason()).name
        return str(gettext("The seal %(seal)s is reported lost. Nothing is sealed with it any more.", seal=name))  # noqa: E501  # fmt: skip

    return do(seal_id, "loss", act)


@route(seals, "/<uuid:seal_id>/withdrawal", permission=SEAL_REGISTER_KEEPERS, methods=("POST",))
def withdraw(seal_id: UUID) -> Answer:
    """Take the seal out of use."""

    def act(uow: UnitOfWork) -> str:
        name = withdraw_seal(uow, actor(), seal_id=seal_id, reason=_reason()).name
        return str(gettext("The seal %(seal)s is out of use.", seal=name))

    return do(seal_id, "withdraw", act)


@route(seals, "/<uuid:seal_id>/reinstatement", permission=SEAL_REGISTER_KEEPERS, methods=("POST",))
def reinstate(seal_id: UUID) -> Answer:
    """Put the seal into use again."""

    def act(uow: UnitOfWork) -> str:
        name = reinstate_seal(uow, actor(), seal_id=seal_id, reason=_reason()).name
        return str(gettext("The seal %(seal)s is in use again.", seal=name))

    return do(seal_id, "reinstate", act)


@route(seals, "/<uuid:seal_id>/destruction", permission=SEAL_REGISTER_KEEPERS, methods=("POST",))
def destroy(seal_id: UUID) -> Answer:
    """Record that the seal was destroyed."""

    def act(uow: UnitOfWork) -> str:
        witness = request.form.get("witness", "")
        name = destroy_seal(uow, actor(), seal_id=seal_id, reason=_reason(), witness=witness).name
        return str(gettext("The seal %(seal)s is recorded as destroyed.", seal=name))

    return do(seal_id, "destroy", act)


@route(seals, "/<uuid:seal_id>/handovers", permission=SIGNED_IN, methods=("POST",))
def ask(seal_id: UUID) -> Answer:
    """Begin a hand-over, which its three people confirm on a page of its own."""

    def act(uow: UnitOfWork) -> str:
        taker = read_id(request.form.get("taker", ""))
        witness = read_person(uow, request.form, "witness")
        if taker is None:
            raise Invalid("Choose who takes the seal.", field="taker")
        if witness is None:
            raise Invalid("Choose a witness.", field="witness")
        made = ask_handover(
            uow, actor(), seal_id=seal_id, taker_id=taker, witness_id=witness, reason=_reason()
        )
        return url_for("seals.handover", handover_id=made.id)

    return do(seal_id, "handover", act, leads=True)


def do(
    seal_id: UUID, dialog: str, act: Callable[[UnitOfWork], str], *, leads: bool = False
) -> Answer:
    """Do an act and say so, or show the page of the seal with the dialog open again.

    Args:
        leads: Whether the act answers with the address to go to.
    """
    try:
        with writing() as uow:
            said = act(uow)
    except (Invalid, Conflict) as refusal:
        return page(seal_id, Refused(dialog, refusal)), status_of(refusal)
    if leads:
        return redirect(said, code=303)
    flash(said, "ok")
    return redirect(url_for("seals.show", seal_id=seal_id), code=303)


def page(seal_id: UUID, refused: Refused | None = None) -> str:
    """Return the page of a seal."""
    person = actor()
    with reading() as uow:
        found = seal_view(uow, person, seal_id)
        keepers: list[tuple[UUID, str]] = []
        if found.may_hand_over:
            ids = [each for each in holders_of(uow, Role.SEAL_KEEPER) if each != person.user_id]
            keepers = _by_name(names_of_people(uow, ids), but=found.seal.keeper_id)
        gives_self = found.seal.keeper_id is None or found.seal.keeper_id == person.user_id
        context: dict[str, Any] = {
            "view": found,
            "seal": found.seal,
            "keepers": keepers,
            "gives_self": gives_self,
            "reads_book": _reads_book(uow, seal_id),
            "certificate": next(iter(certificates_of(uow, seal_id)), None),
        }
    return render_template(
        "seals/show.html",
        **context,
        keeps_certificates=person.may(Act.KEEP_SEAL_CERTIFICATES),
        lists=reads_register(person),
        reopen=refused.dialog if refused else None,
        values=request.form if refused else {},
        errors=refused.errors() if refused else {},
    )


def _by_name(names: dict[UUID, str], *, but: UUID | None) -> list[tuple[UUID, str]]:
    return sorted(
        ((key, name) for key, name in names.items() if key != but), key=lambda each: each[1]
    )


def _reads_book(uow: UnitOfWork, seal_id: UUID) -> bool:
    try:
        readable_seal(uow, actor(), seal_id)
    except NotFound:
        return False
    return True


def _reason() -> str:
    return request.form.get("reason", "")


def init_app(app: Flask) -> None:
    """Add the register of seals, with whatever else stands on its blueprint."""
    app.register_blueprint(seals)
