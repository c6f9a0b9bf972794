"""One's own searches: kept under a name from the page of hits, and the last questions asked."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Refusal, Stale
from records.finding.models import SavedSearch
from records.finding.saved import (
    MOST_QUESTION,
    MOST_RECENT_CHARACTERS,
    Asked,
    change_saved,
    forget_searches,
    get_saved,
    recent_searches,
    remember_search,
    remove_saved,
    save_search,
    saved_searches,
)
from records.finding.service import FACETS, Sort
from web.boundary import database, reading, writing
from web.errors import sentence, status_of
from web.forms import Errors, read_id
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor
from web.within import ROUND

saved = Blueprint("saved_searches", __name__, url_prefix="/search")

logger = logging.getLogger(__name__)

# As much of an address as a search can be.
_MOST_ASKED = 20_000


@route(saved, "/saved", permission=SIGNED_IN)
def index() -> tuple[str, int]:
    """Show one's searches; `?change=` and `?remove=` open the dialog of one of them."""
    for dialog in ("change", "remove"):
        if named := request.args.get(dialog, ""):
            return _page(dialog, {"search": named})
    return _page(None, {})


@route(saved, "/saved", permission=SIGNED_IN, methods=("POST",))
def save() -> AnyResponse | tuple[str, int]:
    """Keep the search that a page of hits shows."""

    def act(uow: UnitOfWork) -> tuple[str, str]:
        asked = read_asked(request.form.get("asked", ""))
        kept = save_search(
            uow,
            actor(),
            name=request.form.get("name", ""),
            asked=asked,
            tells=request.form.get("tells") == "1",
        )
        return address_of(kept), gettext("The search “%(name)s” is saved.", name=kept.name)

    return _do("save", act)


@route(saved, "/saved/<uuid:search_id>", permission=SIGNED_IN, endpoint="open")
def open_(search_id: UUID) -> AnyResponse:
    """Lead to what one of one's searches finds, the newest first."""
    with reading() as uow:
        return redirect(address_of(get_saved(uow, actor(), search_id), Sort.DATE), code=303)


@route(saved, "/saved/change", permission=SIGNED_IN, methods=("POST",))
def change() -> AnyResponse | tuple[str, int]:
    """Rename a search, or change whether one hears of new hits."""

    def act(uow: UnitOfWork) -> tuple[str, str]:
        change_saved(
            uow,
            actor(),
            search_id=_named(),
            version=request.form.get("version", type=int),
            name=request.form.get("name", ""),
            tells=request.form.get("tells") == "1",
        )
        return url_for("saved_searches.index"), gettext("Kept.")

    return _do("change", act)


@route(saved, "/saved/remove", permission=SIGNED_IN, methods=("POST",))
def remove() -> AnyResponse | tuple[str, int]:
    """Remove a search."""

    def act(uow: UnitOfWork) -> tuple[str, str]:
        name = remove_saved(uow, actor(), search_id=_named())
        return url_for("saved_searches.index"), gettext(
            "The search “%(name)s” is removed.", name=name
        )

    return _do("remove", act)


@route(saved, "/recent/forget", permission=SIGNED_IN, methods=("POST",))
def forget() -> AnyResponse:
    """Forget one's last questions."""
    with writing() as uow:
        forget_searches(uow, actor())
    flash(gettext("Your last searches are forgotten."), "ok")
    return redirect(url_for("search.results"), code=303)


# For the search page ----------------------------------------------------------------------------


def own_searches(uow: UnitOfWork) -> dict[str, Any]:
    """Return what the empty search page shows of its reader, in two queries."""
    person = actor()
    return {
        "saved": [(each, address_of(each)) for each in saved_searches(uow, person)],
        "recent": recent_searches(uow, person),
    }


def remember_after(response: Response, question: str) -> Response:
    """Remember a question once its answer has gone out.

    It is noted at leisure: nobody waits for the disk, and where the database is busy or takes
    nothing, the question is not remembered and nothing else is lost.
    """
    user_id, kept = actor().user_id, database()
    is_new = request.method == "GET" and "cursor" not in request.args
    if user_id is None or not is_new or not 0 < len(question) <= MOST_RECENT_CHARACTERS:
        return response

    def remember() -> None:
        try:
            with kept.noting() as uow:
                if uow is not None:
                    remember_search(uow, user_id, question, uow.now)
        except (Refusal, SQLAlchemyError, OSError):
            logger.info("A search could not be remembered", exc_info=True)

    response.call_on_close(remember)
    return response


def address_of(search: SavedSearch, sort: Sort | None = None) -> str:
    """Return the address of what a saved search finds."""
    pairs = [("q", search.question)] if search.question else []
    pairs += [(name, each) for name, values in search.filters.items() for each in values]
    pairs += [(ROUND, search.place)] if search.place else []
    pairs += [("sort", sort.value)] if sort is Sort.DATE else []
    return f"{url_for('search.results')}?{urlencode(pairs)}"


def read_asked(text: str) -> Asked:
    """Return the question that the end of an address asks."""
    found = parse_qs(text[:_MOST_ASKED].removeprefix("?"))
    return Asked(
        found.get("q", [""])[0][:MOST_QUESTION],
        {name: found[name] for name in FACETS if name in found},
        found.get(ROUND, [""])[0],
    )


# The page ---------------------------------------------------------------------------------------


def _named() -> UUID:
    found = read_id(request.form.get("search", ""))
    if found is None:
        raise NotFound
    return found


def _do(dialog: str, act: Callable[[UnitOfWork], tuple[str, str]]) -> AnyResponse | tuple[str, int]:
    try:
        with writing() as uow:
            target, said = act(uow)
    except (Invalid, Conflict, Stale) as refusal:
        return _page(dialog, request.form.to_dict(), refusal)
    flash(said, "ok")
    return redirect(target, code=303)


def _page(
    dialog: str | None, values: dict[str, str], refusal: Refusal | None = None
) -> tuple[str, int]:
    with reading() as uow:
        kept = saved_searches(uow, actor())
    named = next((each for each in kept if str(each.id) == values.get("search")), None)
    if named is not None and refusal is None:
        values |= facts_of(named)
    errors: Errors = {} if refusal is None else {"name": sentence(refusal)}
    page = render_template(
        "search/saved.html",
        lines=[(each, address_of(each), facts_of(each)) for each in kept],
        values=values,
        asked=values.get("asked", "") if dialog == "save" else "",
        reopen=dialog if refusal is not None or named is not None else None,
        errors=errors,
    )
    return page, 200 if refusal is None else status_of(refusal)


def facts_of(search: SavedSearch) -> dict[str, str]:
    """Return what the dialogs of a search are filled with."""
    return {
        "search": str(search.id),
        "name": search.name,
        "tells": "1" if search.told_since else "",
        "version": str(search.version),
    }


def init_app(app: Flask) -> None:
    """Add one's own searches."""
    app.register_blueprint(saved)
