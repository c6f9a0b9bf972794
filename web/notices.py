"""One's own notices: the bell in the top bar, the list by days, and where each of them leads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from records.notify.lines import NoticeLine, lines_of, notices_of
from records.notify.service import notice_count, read_notice, read_notices
from records.notify.wording import detail, sentence
from web.addresses import address
from web.boundary import reading, writing
from web.catalogues import catalogue
from web.formats import instant
from web.i18n import current_language, office_time_zone
from web.permissions import PUBLIC, SIGNED_IN
from web.routes import route
from web.session import actor, current_identity

notices = Blueprint("notices", __name__, url_prefix="/notices")

LINES = 50
# htmx takes this for the end of looking again.
STOP_ASKING = 286
# Where a notice leads, by what it is about.
_PLACES = {
    "item": "/reading/{id}",
    "round": "/rounds/{id}",
    "task": "/tasks",
    "document": "/documents/{id}",
    "deputies": "/account/deputies",
    "seal": "/seals/{id}",
    "seal_handover": "/seals/handovers/{id}",
    "seal_approval": "/reading/seals/{id}",
    "seal_request": "/seal-requests/{id}",
    "sealing": "/sealing/{id}",
    "sign_in": "/account/sign-in",
    "search": "/search/saved/{id}",
}


@dataclass(frozen=True)
class Told:
    """One notice in words, as `notices/index.html` takes it."""

    text: str
    about: str | None
    detail: str | None
    at: datetime
    href: str | None
    asks: bool


@route(notices, "", permission=SIGNED_IN)
def index() -> str:
    """Show what waits, then what is done, day by day."""
    person = actor()
    part, _, begins = request.args.get("cursor", "").partition(":")
    with reading() as uow:
        waiting: list[NoticeLine] = []
        done: list[NoticeLine] = []
        following = None
        if part != "done":
            waiting, more = notices_of(
                uow, person, waiting=True, cursor=begins or None, limit=LINES
            )
            following = f"waiting:{more}" if more else None
            begins = ""
        if following is None:
            done, more = notices_of(uow, person, cursor=begins or None, limit=LINES)
            following = f"done:{more}" if more else None
    return render_template(
        "notices/index.html",
        waiting=[_told(each) for each in waiting],
        days=_by_day(done),
        some_read=any(not each.asks for each in waiting),
        next=address(cursor=following) if following else None,
    )


@route(notices, "/<uuid:notice_id>", permission=SIGNED_IN)
def follow(notice_id: UUID) -> Response:
    """Lead to what a notice tells of; what only wants to be read is done with that."""
    with writing() as uow:
        notice = read_notice(uow, actor(), notice_id=notice_id)
        (line,) = lines_of(uow, actor(), [notice])
    if line.target is None:
        return redirect(url_for("notices.index"), code=303)
    kind, target = line.target
    return redirect(_PLACES[kind].format(id=target), code=303)


@route(notices, "/read", permission=SIGNED_IN, methods=("POST",))
def read() -> Response:
    """Mark everything as read that only wants to be read."""
    with writing() as uow:
        count = read_notices(uow, actor())
    flash(ngettext("%(num)s notice is read.", "%(num)s notices are read.", count), "ok")
    return redirect(url_for("notices.index"), code=303)


@route(notices, "/bell", permission=PUBLIC)
def bell() -> tuple[str, int]:
    """Show the bell as it stands now; after signing out nobody asks again."""
    status = 200 if current_identity() else STOP_ASKING
    return render_template("notices/bell.html", count=notices_waiting()), status


def notices_waiting() -> int:
    """Return how many notices of whoever asks are not done; none when the database is away."""
    identity = current_identity()
    if identity is None:
        return 0
    try:
        with reading() as uow:
            return notice_count(uow, identity.actor)
    except SQLAlchemyError:
        # The page says so itself, or is the page that says so.
        return 0


def _by_day(lines: Iterable[NoticeLine]) -> list[tuple[date, list[Told]]]:
    def day_of(line: NoticeLine) -> date:
        return line.at.astimezone(office_time_zone()).date()

    return [(day, [_told(each) for each in some]) for day, some in groupby(lines, day_of)]


def _told(line: NoticeLine) -> Told:
    words = catalogue(current_language())
    return Told(
        sentence(words, line),
        " ".join(each for each in (line.number, line.title) if each) or None,
        detail(words, line, instant),
        line.at,
        url_for("notices.follow", notice_id=line.id) if line.target else None,
        line.asks,
    )


def init_app(app: Flask) -> None:
    """Add the notices, and offer their count to every page."""
    app.register_blueprint(notices)
    app.add_template_global(notices_waiting)
