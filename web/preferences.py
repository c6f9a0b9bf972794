"""Language, theme and width of the rail: kept in cookies, so that the first paint is right."""

from flask import Blueprint, Flask, Response, current_app, redirect, request

from records.core.errors import Invalid
from records.people.service import choose_language
from web.addresses import previous
from web.boundary import writing
from web.i18n import LANGUAGE_COOKIE, LANGUAGES
from web.permissions import PUBLIC
from web.routes import route
from web.session import current_identity

preferences = Blueprint("preferences", __name__, url_prefix="/preferences")

THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")
RAIL_COOKIE = "rail"
_ONE_YEAR_SECONDS = 31_536_000


def theme() -> str:
    """Return the reader's theme: auto, light or dark."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def rail() -> str:
    """Return whether the reader wants the rail wide or narrow."""
    return "narrow" if request.cookies.get(RAIL_COOKIE) == "narrow" else "wide"


def remember(response: Response, cookie: str, value: str) -> Response:
    """Keep a choice of the reader in a cookie."""
    response.set_cookie(
        cookie,
        value,
        max_age=_ONE_YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def _keep(cookie: str, value: str | None, allowed: tuple[str, ...]) -> Response:
    if value not in allowed:
        raise Invalid("There is no such choice.", field=cookie)
    quiet = request.headers.get("X-Requested-With") == "fetch"
    answer = Response(status=204) if quiet else redirect(previous(), code=303)
    return remember(Response(answer.response, answer.status, answer.headers), cookie, value)


@route(preferences, "/language", permission=PUBLIC, methods=("POST",))
def language() -> Response:
    """Keep the language, for this browser and for the person."""
    identity = current_identity()
    chosen = request.form.get("language")
    if identity is not None and chosen in LANGUAGES:
        with writing() as uow:
            choose_language(uow, identity.actor, language=chosen)
    return _keep(LANGUAGE_COOKIE, request.form.get("language"), tuple(LANGUAGES))


@route(preferences, "/theme", permission=PUBLIC, methods=("POST",), endpoint="theme")
def keep_theme() -> Response:
    """Keep the theme."""
    return _keep(THEME_COOKIE, request.form.get("theme"), THEMES)


@route(preferences, "/rail", permission=PUBLIC, methods=("POST",), endpoint="rail")
def keep_rail() -> Response:
    """Keep the width of the rail."""
    return _keep(RAIL_COOKIE, request.form.get("rail"), ("wide", "narrow"))


def init_app(app: Flask) -> None:
    """Offer `theme()` and `rail()` to templates."""
    app.register_blueprint(preferences)
    app.add_template_global(theme)
    app.add_template_global(rail)
