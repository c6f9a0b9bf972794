"""Two complete languages: whose turn it is, and the words of the glossary in both."""

from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup

from web.catalogues import catalogue
from web.session import current_identity

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
LANGUAGE_COOKIE = "language"
_LANGUAGE = "chancery_language"
_MOST_SENTENCES = 8192


class Catalogues(Domain):  # type: ignore[misc]
    """Finds a catalogue by our name of the language.

    Babel calls Chinese of the mainland `zh_Hans_CN`, which no folder of ours is called.
    """

    def get_translations(self) -> Any:
        """Return the catalogue of this request."""
        return catalogue(current_language())


def choose_language() -> str:
    """Choose by the reader's setting, else the cookie, else what the browser asks for.

    Public pages, which keep no cookie, have the choice in their address.
    """
    asked = request.args.get("lang") if request.blueprint == "check" else None
    if asked in LANGUAGES:
        return asked
    identity = current_identity()
    chosen = (identity.language if identity else None) or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    for tag, _quality in request.accept_languages:
        language = tag.replace("_", "-").split("-")[0].lower()
        if language in ("en", "zh"):
            return "zh_CN" if language == "zh" else "en"
    return "en"


def current_locale() -> Locale:
    """Return the locale of this request; English outside of one."""
    return get_locale() or Locale("en")


def current_language() -> str:
    """Return the language of this request as one of `LANGUAGES`.

    Every sentence of a page asks, so a request finds it out once.
    """
    if not has_request_context():
        return "zh_CN" if current_locale().language == "zh" else "en"
    found: str | None = g.get(_LANGUAGE)
    if found is None:
        found = "zh_CN" if current_locale().language == "zh" else "en"
        setattr(g, _LANGUAGE, found)
    return found


def language_tag() -> str:
    """Return the language of this page for `<html lang>` (BCP 47)."""
    return current_language().replace("_", "-")


def office_time_zone() -> ZoneInfo:
    """Return the time zone in which the office shows its times."""
    zone: ZoneInfo = current_app.config["TIME_ZONE"]
    return zone


@lru_cache(_MOST_SENTENCES)
def _sentence(language: str, message: str) -> Markup:
    # The sentences of the catalogues are ours; what is put into them is escaped.
    return Markup(catalogue(language).gettext(message))  # noqa: S704


@lru_cache(_MOST_SENTENCES)
def _plain_sentence(language: str, message: str) -> Markup:
    return _sentence(language, message) % {}


def sentence(message: str, /, **values: object) -> Markup:
    """Say a message of a template in the language of this request, its values escaped.

    A page says more than a hundred: what Jinja offers asks through five calls for each.
    """
    if values:
        return _sentence(current_language(), message) % values
    return _plain_sentence(current_language(), message)


def init_app(app: Flask) -> None:
    """Load the catalogues and choose a language for each request."""
    babel = Babel(app, locale_selector=choose_language, default_locale="en")
    babel.domain_instance = Catalogues()
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = sentence
    app.add_template_global(language_tag)
    app.jinja_env.globals["LANGUAGES"] = LANGUAGES
