"""The message catalogues, without anything of the web: the worker writes mail with them."""

from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

_FOLDER = Path(__file__).parent / "translations"


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the catalogue of one of our languages, loaded once."""
    return Translations.load(str(_FOLDER), [language])
