"""The opinions that one writes often: changing, ordering, adding and taking them away."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.circulation.phrases import keep_phrases, phrases_of
from records.core.errors import Invalid, Refusal
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.i18n import current_language
from web.own_account import own_account, own_id
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor

# Empty lines at the end of the form, so that phrases can be added without script.
_EMPTY_LINES = 2


@route(own_account, "/phrases", permission=SIGNED_IN)
def phrases() -> str:
    """Show one's phrases."""
    with reading() as uow:
        found = list(phrases_of(uow, own_id(), current_language()))
    return _page(found)


@route(own_account, "/phrases", permission=SIGNED_IN, methods=("POST",), endpoint="keep_phrases")
def keep() -> Response | tuple[str, int]:
    """Keep the phrases of the form, in its order; a button of a line moves it or takes it away."""
    texts = [each.strip() for each in request.form.getlist("text")]
    texts = moved(texts, request.form.get("move", ""))
    try:
        with writing() as uow:
            keep_phrases(uow, actor(), texts=[each for each in texts if each])
    except Invalid as refusal:
        return _page(texts, refusal), status_of(refusal)
    flash(gettext("Your phrases are kept."), "ok")
    return redirect(url_for("own_account.phrases"), code=303)


def moved(texts: list[str], how: str) -> list[str]:
    """Return lines after `up-2` (the third goes up), `down-2` or `drop-2`."""
    direction, _, number = how.partition("-")
    place = int(number) if number.isascii() and number.isdigit() else -1
    if not 0 <= place < len(texts):
        return texts
    rest = texts[:place] + texts[place + 1 :]
    match direction:
        case "drop":
            return rest
        case "up":
            return [*rest[: max(place - 1, 0)], texts[place], *rest[max(place - 1, 0) :]]
        case "down":
            return [*rest[: place + 1], texts[place], *rest[place + 1 :]]
        case _:
            return texts


def _page(texts: list[str], refusal: Refusal | None = None) -> str:
    return render_template(
        "people/phrases.html",
        texts=texts,
        empty_lines=range(len(texts), len(texts) + _EMPTY_LINES),
        error=sentence(refusal) if refusal else None,
    )
