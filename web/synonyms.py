"""The synonyms of the office: groups of words that search takes for the same."""

import re
from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, Refusal, Stale
from records.finding.synonyms import (
    MOST_GROUPS,
    add_synonyms,
    change_synonyms,
    remove_synonyms,
    synonym_groups,
)
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.filters import Asked
from web.forms import Errors
from web.permissions import SYNONYM_KEEPERS
from web.routes import route
from web.session import actor

synonyms = Blueprint("synonyms", __name__, url_prefix="/synonyms")

_BETWEEN = re.compile(r"[,，、;；|]")
_MOST_TEXT = 200_000


@route(synonyms, "", permission=SYNONYM_KEEPERS)
def index() -> tuple[str, int]:
    """Show the groups; `?change=` and `?remove=` open the dialog of one of them."""
    for dialog in ("change", "remove"):
        if named := request.args.get(dialog, ""):
            return _page(dialog, {"group": named})
    return _page(None, {})


@route(synonyms, "", permission=SYNONYM_KEEPERS, methods=("POST",))
def add() -> Response | tuple[str, int]:
    """Add groups, one a line."""

    def act(uow: UnitOfWork) -> str:
        lines = request.form.get("words", "")[:_MOST_TEXT].splitlines()
        groups = [_words(line) for line in lines if line.strip()]
        made = add_synonyms(uow, actor(), groups)
        return str(ngettext("%(num)s group is added.", "%(num)s groups are added.", len(made)))

    return _do("add", act)


@route(synonyms, "/change", permission=SYNONYM_KEEPERS, methods=("POST",))
def change() -> Response | tuple[str, int]:
    """Change the words of the group that the form names."""

    def act(uow: UnitOfWork) -> str:
        form = request.form
        change_synonyms(
            uow,
            actor(),
            group_id=_group(form),
            version=form.get("version", type=int),
            words=_words(form.get("words", "").replace("\n", ",")),
        )
        return str(gettext("The group is changed. It holds from the next search on."))

    return _do("change", act)


@route(synonyms, "/remove", permission=SYNONYM_KEEPERS, methods=("POST",))
def remove() -> Response | tuple[str, int]:
    """Remove the group that the form names."""

    def act(uow: UnitOfWork) -> str:
        remove_synonyms(uow, actor(), group_id=_group(request.form), version=None)
        return str(gettext("The group is removed. Its words are searched for one by one again."))

    return _do("remove", act)


def _group(form: Mapping[str, str]) -> UUID:
    try:
        return UUID(form.get("group", ""))
    except ValueError:
        raise Invalid("This must not be empty.", field="words") from None


def _words(line: str) -> list[str]:
    return [word for each in _BETWEEN.split(line) if (word := each.strip())]


def _do(dialog: str, act: Callable[[UnitOfWork], str]) -> Response | tuple[str, int]:
    try:
        with writing() as uow:
            said = act(uow)
    except (Invalid, Conflict, Stale) as refusal:
        return _page(dialog, request.form.to_dict(), refusal)
    flash(said, "ok")
    return redirect(url_for("synonyms.index"), code=303)


def _page(
    dialog: str | None, values: dict[str, str], refusal: Refusal | None = None
) -> tuple[str, int]:
    asked = Asked()
    part = asked.text("q")
    errors: Errors = {} if refusal is None else {"words": sentence(refusal)}
    with reading() as uow:
        lines, following = asked.page(
            lambda cursor: synonym_groups(uow, actor(), part=part, cursor=cursor)
        )
    named = next((each for each in lines if str(each.id) == values.get("group")), None)
    if named is not None and "words" not in values:
        values |= {"words": gettext(", ").join(named.words), "version": str(named.version)}
    page = render_template(
        "search/synonyms.html",
        lines=lines,
        next=following,
        part=part,
        most=MOST_GROUPS,
        values=values,
        reopen=dialog if refusal is not None or named is not None else None,
        errors=errors,
        problems=asked.problems,
    )
    return page, status_of(refusal) if refusal is not None else asked.status()


def init_app(app: Flask) -> None:
    """Add the synonyms."""
    app.register_blueprint(synonyms)
