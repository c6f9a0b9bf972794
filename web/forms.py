"""Forms as people send them: typed values, one sentence per field that is wrong, nothing lost."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from records.core.errors import Invalid, Refusal
from records.documents.metadata import FIELDS, read_metadata
from web.errors import sentence

Errors = dict[str, str]
# Fields of our forms that are no metadata.
_OTHERS = frozenset({"reason", "until", "with", "file", "register"})


def read_fields(raw: Mapping[str, str]) -> tuple[dict[str, Any], Errors]:
    """Return the typed values of metadata and, for what makes no sense, a sentence by field."""
    values: dict[str, Any] = {}
    errors: Errors = {}
    for name, text in raw.items():
        try:
            values |= read_metadata({name: text})
        except Invalid as refusal:
            errors[name] = sentence(refusal)
    return values, errors


def given(form: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return those of the named metadata that a form has, as text."""
    return {name: field(form, name) for name in names if name in form or f"{name}_text" in form}


def field(form: Mapping[str, str], name: str) -> str:
    """Return the text of a field; of a picker what was chosen, else what was typed."""
    chosen = form.get(name, "").strip()
    typed = form.get(f"{name}_text", "").strip()
    if chosen or not typed:
        return chosen
    # A class is shown as "02.01 Meetings"; without script that is what comes back.
    return typed.split(maxsplit=1)[0] if name == "class" else typed


def errors_of(refusal: Refusal, *, otherwise: str = "") -> Errors:
    """Return a refusal as sentences by field; what belongs to no field stands under `otherwise`."""
    missing = refusal.details.get("missing")
    if isinstance(missing, list):
        return dict.fromkeys(map(str, missing), needed())
    known = refusal.field if refusal.field in FIELDS or refusal.field in _OTHERS else None
    return {known or otherwise: sentence(refusal)}


def needed() -> str:
    """Return the sentence for a field that was left empty."""
    return sentence(Invalid("This must not be empty."))


def read_id(text: str) -> UUID | None:
    """Return the id that a text is, None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def day_of(form: Mapping[str, str], name: str) -> date | None:
    """Return the day in a field, None when it is empty.

    Raises:
        Invalid: It is no day.
    """
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            "%(text)s is not a date. Write it as 2026-01-31.", {"text": text}, field=name
        ) from None


def check_forgery(token: str | None) -> None:
    """Refuse a streamed form that none of our pages has sent.

    The usual check would read the whole form first, files and all, so these forms are checked here:
    by the header when a script sends them, else by their own field.

    Raises:
        CSRFError: The token is missing or not of this session.
    """
    try:
        validate_csrf(request.headers.get("X-CSRFToken") or token)
    except ValidationError as error:
        raise CSRFError(error.args[0]) from error
