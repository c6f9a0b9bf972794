"""What the managers of a round do with it: urge, take back, add, put in order, close.

Every act is a form of the round's page. A refused one brings the page back with its dialog open,
the reason beside the field, and what was typed.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Flask, flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from records.circulation.managing import (
    add_readers,
    change_deadline,
    close_round,
    recall_item,
    recall_round,
    reorder_stages,
    send_again,
    settle_item,
    skip_item,
)
from records.circulation.rules import StageState
from records.circulation.telling import RoundView, round_view
from records.circulation.urging import Urged, urge_items, urge_round
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Refusal
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import read_id
from web.permissions import SIGNED_IN
from web.planning import read_due
from web.round_page import Reopened, round_page
from web.rounds import rounds
from web.routes import route
from web.session import actor
from web.stages import StageForm, change, read_stages, take_typed, to_plans
from web.submitting import once

Answer = Response | tuple[str, int] | str

_FIELDS = frozenset({"reason", "readers", "due", "stage"})
_PLACES = {"due_at": "due", "due_on": "due", "due_days": "due", "stage_id": "stage"}


@route(rounds, "/<uuid:round_id>/urge", permission=SIGNED_IN, methods=("POST",))
def urge(round_id: UUID) -> Answer:
    """Remind one reader, or all who hold the document."""
    item_id = _item()

    def act(uow: UnitOfWork) -> str:
        if item_id is None:
            return _urged(urge_round(uow, actor(), round_id=round_id))
        _of_round(uow, round_id, item_id)
        return _urged(urge_items(uow, actor(), item_ids=[item_id]))

    return _do(round_id, "", act)


@route(rounds, "/<uuid:round_id>/recall", permission=SIGNED_IN, methods=("POST",))
def recall(round_id: UUID) -> Answer:
    """Take the document back from one reader, or from all."""
    item_id, reason = _item(), request.form.get("reason", "")

    def act(uow: UnitOfWork) -> str:
        if item_id is None:
            recall_round(uow, actor(), round_id=round_id, reason=reason)
            return str(gettext("The round is recalled."))
        name = _of_round(uow, round_id, item_id)
        recall_item(uow, actor(), item_id=item_id, reason=reason)
        return str(gettext("Taken back from %(name)s.", name=name))

    return _do(round_id, "recall-one" if item_id else "recall-all", act)


@route(rounds, "/<uuid:round_id>/skip", permission=SIGNED_IN, methods=("POST",))
def skip(round_id: UUID) -> Answer:
    """Go on without a reader."""

    def act(uow: UnitOfWork) -> str:
        item_id = _needed_item()
        name = _of_round(uow, round_id, item_id)
        skip_item(uow, actor(), item_id=item_id, reason=request.form.get("reason", ""))
        return str(gettext("%(name)s is skipped.", name=name))

    return _do(round_id, "skip-one", act)


@route(rounds, "/<uuid:round_id>/again", permission=SIGNED_IN, methods=("POST",))
def again(round_id: UUID) -> Answer:
    """Send a returned item to its reader once more."""

    def act(uow: UnitOfWork) -> str:
        item_id = _needed_item()
        name = _of_round(uow, round_id, item_id)
        send_again(uow, actor(), item_id=item_id)
        return str(gettext("Sent to %(name)s again.", name=name))

    return _do(round_id, "", act)


@route(rounds, "/<uuid:round_id>/settle", permission=SIGNED_IN, methods=("POST",))
def settle(round_id: UUID) -> Answer:
    """Go on without the answer of a reader who has returned the item."""

    def act(uow: UnitOfWork) -> str:
        item_id = _needed_item()
        name = _of_round(uow, round_id, item_id)
        settle_item(uow, actor(), item_id=item_id)
        return str(gettext("The round goes on without %(name)s.", name=name))

    return _do(round_id, "", act)


@route(rounds, "/<uuid:round_id>/readers", permission=SIGNED_IN, methods=("POST",))
def readers(round_id: UUID) -> Answer:
    """Add readers to a stage, or as a stage of their own at the end."""
    form = request.form
    stages = read_stages(form)
    with reading() as uow:
        clear = take_typed(uow, stages)
        pressed = form.get("act", "")
        if pressed:
            stages = change(uow, stages, pressed)
    if pressed or not clear:
        page = round_page(round_id, Reopened("add-readers", form, {}, stages))
        return page, 200 if clear else 422

    def make(uow: UnitOfWork) -> list[str]:
        plans = to_plans(uow, stages, is_complete=True)
        people = [each for plan in plans for each in plan.readers]
        stage_id = read_id(form.get("stage", ""))
        days = plans[0].due_days if stage_id is None else None
        added = add_readers(
            uow, actor(), round_id=round_id, stage_id=stage_id, reader_ids=people, due_days=days
        )
        return [str(each.id) for each in added]

    try:
        count = len(once(make))
    except (Invalid, Conflict) as refusal:
        return _refused(round_id, "add-readers", refusal, stages)
    flash(ngettext("%(num)s reader is added.", "%(num)s readers are added.", count), "ok")
    return _back(round_id)


@route(rounds, "/<uuid:round_id>/order", permission=SIGNED_IN, methods=("POST",))
def order(round_id: UUID) -> Answer:
    """Move a stage that has not begun one place up or down."""
    stage_id, _, way = request.form.get("move", "").partition(":")

    def act(uow: UnitOfWork) -> str:
        view = round_view(uow, actor(), round_id)
        waiting = [each.id for each in view.stages if each.state == StageState.WAITING]
        moved = read_id(stage_id)
        if moved not in waiting:
            raise Conflict("This stage has begun. Its place is fixed.")
        at = waiting.index(moved)
        waiting.insert(max(at - 1, 0) if way == "earlier" else at + 1, waiting.pop(at))
        reorder_stages(uow, actor(), round_id=round_id, stage_ids=waiting)
        return str(gettext("The order of the stages is changed."))

    return _do(round_id, "", act)


@route(rounds, "/<uuid:round_id>/deadline", permission=SIGNED_IN, methods=("POST",))
def deadline(round_id: UUID) -> Answer:
    """Change the deadline of the round or of one stage."""

    def act(uow: UnitOfWork) -> str:
        change_deadline(
            uow,
            actor(),
            round_id=round_id,
            stage_id=read_id(request.form.get("stage", "")),
            due_at=read_due(uow, request.form),
        )
        return str(gettext("The deadline is changed."))

    return _do(round_id, "deadline", act)


@route(rounds, "/<uuid:round_id>/close", permission=SIGNED_IN, methods=("POST",))
def close(round_id: UUID) -> Answer:
    """Close the round; before everybody has answered, with a reason."""

    def act(uow: UnitOfWork) -> str:
        reason = request.form.get("reason", "").strip() or None
        close_round(uow, actor(), round_id=round_id, reason=reason)
        return str(gettext("The round is closed."))

    return _do(round_id, "close", act)


def _do(round_id: UUID, dialog: str, act: Callable[[UnitOfWork], str]) -> Answer:
    try:
        with writing() as uow:
            said = act(uow)
    except (Invalid, Conflict) as refusal:
        return _refused(round_id, dialog, refusal)
    flash(said, "ok")
    return _back(round_id)


def _back(round_id: UUID) -> Response:
    return redirect(url_for("rounds.show", round_id=round_id), code=303)


def _refused(
    round_id: UUID, dialog: str, refusal: Refusal, stages: Sequence[StageForm] = ()
) -> Answer:
    if not dialog:
        flash(sentence(refusal), "seal")
        return _back(round_id)
    place = _PLACES.get(refusal.field or "", refusal.field or "")
    errors = {place if place in _FIELDS else "": sentence(refusal)}
    reopened = Reopened(dialog, request.form, errors, stages)
    return round_page(round_id, reopened), status_of(refusal)


def _item() -> UUID | None:
    text = request.form.get("item", "")
    found = read_id(text)
    if text and found is None:
        raise NotFound
    return found


def _needed_item() -> UUID:
    found = _item()
    if found is None:
        raise NotFound
    return found


def _of_round(uow: UnitOfWork, round_id: UUID, item_id: UUID) -> str:
    """Return the name of the reader of an item of this round."""
    view: RoundView = round_view(uow, actor(), round_id)
    for stage in view.stages:
        for item in stage.items:
            if item.id == item_id:
                return item.reader_name
    raise NotFound


def _urged(urged: Urged) -> str:
    if not urged.count:
        return str(gettext("Everybody was reminded within the last hour."))
    return str(
        ngettext("%(num)s reader is reminded.", "%(num)s readers are reminded.", urged.count)
    )


def init_app(app: Flask) -> None:
    """Add everything that stands on the blueprint of rounds."""
    app.register_blueprint(rounds)
