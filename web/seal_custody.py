"""Hand-overs of seals: the page on which giver, taker and witness confirm."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, Refusal
from records.people.rules import Act
from records.seals.custody import (
    HandoverLine,
    cancel_handover,
    confirm_handover,
    handover_line,
    part_of,
)
from records.seals.listing import reads_register
from records.seals.models import SealHandover
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.permissions import SIGNED_IN
from web.routes import route
from web.seals import seals
from web.session import actor

Answer = Response | tuple[str, int] | str


@route(seals, "/handovers/<uuid:handover_id>", permission=SIGNED_IN)
def handover(handover_id: UUID) -> str:
    """Show a hand-over to its three people and to readers of the register."""
    return _page(handover_id)


@route(seals, "/handovers/<uuid:handover_id>/confirm", permission=SIGNED_IN, methods=("POST",))
def confirm(handover_id: UUID) -> Answer:
    """Confirm one's own part."""

    def act(uow: UnitOfWork) -> SealHandover:
        return confirm_handover(uow, actor(), handover_id=handover_id)

    return _do(handover_id, act, _said_of_confirming)


@route(seals, "/handovers/<uuid:handover_id>/cancel", permission=SIGNED_IN, methods=("POST",))
def cancel(handover_id: UUID) -> Answer:
    """Give the hand-over up."""

    def act(uow: UnitOfWork) -> SealHandover:
        return cancel_handover(uow, actor(), handover_id=handover_id)

    return _do(handover_id, act, lambda _: gettext("The hand-over is cancelled."))


def _said_of_confirming(done: SealHandover) -> str:
    if done.done_at is not None:
        return str(gettext("The seal is handed over: all three have confirmed."))
    return str(gettext("Confirmed. The hand-over counts when all three have."))


def _do(
    handover_id: UUID,
    act: Callable[[UnitOfWork], SealHandover],
    say: Callable[[SealHandover], str],
) -> Answer:
    try:
        with writing() as uow:
            said = say(act(uow))
    except (Invalid, Conflict) as refusal:
        return _page(handover_id, refusal), status_of(refusal)
    flash(said, "ok")
    return redirect(url_for("seals.handover", handover_id=handover_id), code=303)


def _page(handover_id: UUID, refusal: Refusal | None = None) -> str:
    person = actor()
    with reading() as uow:
        line = handover_line(uow, person, handover_id)
    mine = part_of(line.handover, person.user_id)
    return render_template(
        "seals/handover.html",
        line=line,
        parts=_parts(line),
        mine=mine,
        may_confirm=line.waits_for(person.user_id),
        may_cancel=line.is_open and (mine is not None or person.may(Act.KEEP_SEAL_REGISTER)),
        reads=reads_register(person),
        error=sentence(refusal) if refusal else None,
    )


def _parts(line: HandoverLine) -> list[tuple[str, str, object]]:
    found = line.handover
    return [
        ("giver", line.giver, found.giver_at),
        ("taker", line.taker, found.taker_at),
        ("witness", line.witness, found.witness_at),
    ]
