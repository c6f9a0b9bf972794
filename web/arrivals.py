"""What came in: how every channel does, and all that came and became no document, with its reason.

Clerks see what was meant for their registers; who runs the service sees channels, states and
reasons, and nothing of what came.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from records.channels.rules import ArrivalState, ChannelKind
from records.channels.service import (
    ArrivalLine,
    arrival_file,
    arrivals_of,
    arrivals_waiting,
    channels_of,
    give_up,
    note_failure,
    try_again,
)
from records.core.errors import Conflict, Invalid, NotAllowed, Refusal
from records.registration.registers import registers_of
from web.boundary import office, reading, writing
from web.content import content_response
from web.errors import sentence, status_of
from web.filters import Asked
from web.formats import size
from web.permissions import ARRIVAL_READERS, REGISTRARS
from web.routes import route
from web.session import actor, current_identity

arrivals = Blueprint("arrivals", __name__, url_prefix="/arrivals")

LINES = 50
ALL = "all"
MOST_AT_ONCE = 50

Answer = Response | tuple[str, int]


def init_app(app: Flask) -> None:
    """Serve the page, and let templates tell why something waits."""
    app.register_blueprint(arrivals)
    app.add_template_global(why)


def why(message: str | None, details: Mapping[str, Any]) -> str:
    """Return the reason of an arrival or a channel in the reader's language."""
    if not message:
        return ""
    shown = dict(details)
    if isinstance(shown.get("size_bytes"), int):
        shown["size"] = size(shown["size_bytes"])
    try:
        return str(gettext(message, **shown))
    except (KeyError, TypeError, ValueError):
        return message


def waiting_now() -> int:
    """Return how many arrivals wait for the reader, for the rail."""
    identity = current_identity()
    if identity is None:
        return 0
    with reading() as uow:
        return arrivals_waiting(uow, identity.actor)


@route(arrivals, "", permission=ARRIVAL_READERS)
def index() -> Answer:
    """Show the channels, and what waits."""
    return _page()


@route(arrivals, "/<uuid:arrival_id>/again", permission=REGISTRARS, methods=("POST",))
def again(arrival_id: UUID) -> Answer:
    """Try to register one again."""
    form = request.form
    try:
        with writing() as uow:
            made = try_again(
                uow,
                actor(),
                office().vault,
                arrival_id=arrival_id,
                version=form.get("version", type=int),
                register_code=form.get("register") or None,
                plain=bool(form.get("plain")),
            )
            title, number = made.title, made.number
    except (Invalid, Conflict, NotAllowed) as refusal:
        _note(arrival_id, refusal)
        return _page({arrival_id: sentence(refusal)}, status_of(refusal))
    flash(gettext("%(title)s is registered as %(number)s.", title=title, number=number), "ok")
    return _back()


@route(arrivals, "/again", permission=REGISTRARS, methods=("POST",))
def again_all() -> Answer:
    """Try again all that wait, each in a transaction of its own."""
    with reading() as uow:
        page = arrivals_of(uow, actor(), limit=MOST_AT_ONCE)
    made, errors = 0, {}
    for line in page.rows:
        if not (line.mine and line.files):
            continue
        try:
            with writing() as uow:
                try_again(uow, actor(), office().vault, arrival_id=line.id)
            made += 1
        except (Invalid, Conflict, NotAllowed) as refusal:
            _note(line.id, refusal)
            errors[line.id] = sentence(refusal)
    told = ngettext("%(num)s document is registered.", "%(num)s documents are registered.", made)
    flash(told, "ok" if made else "warn")
    return _page(errors, 200) if errors else _back()


@route(arrivals, "/<uuid:arrival_id>/give-up", permission=REGISTRARS, methods=("POST",))
def abandon(arrival_id: UUID) -> Answer:
    """Let one be no document."""
    try:
        with writing() as uow:
            give_up(
                uow,
                actor(),
                office().vault,
                arrival_id=arrival_id,
                version=request.form.get("version", type=int),
                reason=request.form.get("reason", ""),
            )
    except (Invalid, Conflict) as refusal:
        return _page({arrival_id: sentence(refusal)}, status_of(refusal), reopen=arrival_id)
    flash(gettext("It is given up. Its bytes are removed within a day."), "ok")
    return _back()


@route(arrivals, "/<uuid:arrival_id>/files/<int:position>", permission=REGISTRARS)
def content(arrival_id: UUID, position: int) -> Response:
    """Give out a kept file as it came."""
    with writing() as uow:
        file, stored = arrival_file(uow, actor(), arrival_id, position)
        uow.session.expunge_all()
    return content_response(office().vault, file, stored)


def _note(arrival_id: UUID, refusal: Refusal) -> None:
    try:
        with writing() as uow:
            note_failure(uow, arrival_id, refusal)
    except (Refusal, OperationalError):
        return  # the reader is told all the same


def _back() -> Response:
    return redirect(url_for("arrivals.index"), code=303)


def _page(
    errors: Mapping[UUID, str] | None = None, status: int = 200, *, reopen: UUID | None = None
) -> Answer:
    asked = Asked()
    state = asked.choice("state", [*(each.value for each in ArrivalState), ALL])
    kind = asked.choice("channel", [each.value for each in ChannelKind])
    shown = state or ArrivalState.WAITING.value
    with reading() as uow:

        def read(cursor: str | None) -> Any:
            return arrivals_of(
                uow,
                actor(),
                state=None if shown == ALL else ArrivalState(shown),
                kind=ChannelKind(kind) if kind else None,
                cursor=cursor,
                limit=LINES,
            )

        page = asked.page(read)
        channels = channels_of(uow, actor(), office().config)
        registers = registers_of(uow, actor())
        now = uow.now
    lines: list[ArrivalLine] = list(page.rows)
    text = render_template(
        "arrivals/index.html",
        lines=lines,
        previous=page.previous,
        next=page.next,
        state=shown,
        kind=kind,
        channels=channels,
        registers=[(each.code, each.name) for each in registers],
        errors=errors or {},
        reopen=reopen,
        typed=request.form,
        now=now,
        problems=asked.problems,
        many=sum(1 for each in lines if each.mine and each.files) > 1,
    )
    return text, asked.status() if status == 200 else status
