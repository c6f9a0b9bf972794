"""JSON bodies, checked against the schema that the OpenAPI document publishes.

The schemas use a small part of JSON Schema 2020-12: `type`, `enum`, `required`, `properties`,
`additionalProperties: false`, `items`, `minimum`, `maximum`, `minLength`, and the formats `date`,
`date-time` and `uuid`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from records.core.errors import Invalid

Schema = Mapping[str, Any]


def string(description: str = "", **more: Any) -> dict[str, Any]:
    """Return the schema of a text."""
    return {"type": "string", **({"description": description} if description else {}), **more}


def one_of(words: Any, description: str = "", **more: Any) -> dict[str, Any]:
    """Return the schema of a word from a list."""
    return string(
        description, enum=[each.value if isinstance(each, Enum) else each for each in words], **more
    )


def integer(description: str = "", **more: Any) -> dict[str, Any]:
    """Return the schema of a whole number."""
    return {"type": "integer", **({"description": description} if description else {}), **more}


def nullable(schema: Schema) -> dict[str, Any]:
    """Return the schema that takes null as well."""
    widened = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    return widened


def obj(properties: Mapping[str, Schema], *required: str, closed: bool = True) -> dict[str, Any]:
    """Return the schema of an object."""
    schema: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return schema


def read_body(schema: Schema) -> dict[str, Any]:
    """Return the JSON object of this request.

    Raises:
        UnsupportedMediaType: It is no JSON.
        BadRequest: It cannot be read.
        Invalid: It does not follow the schema; `field` says where.
    """
    if not request.is_json and request.content_length:
        raise UnsupportedMediaType
    try:
        found = request.get_json(silent=True) if request.content_length else {}
    except RecursionError:
        found = None  # nested deeper than anything that is meant
    if found is None:
        raise BadRequest
    check(found, schema, "")
    body: dict[str, Any] = found
    return body


def check(value: Any, schema: Schema, field: str) -> None:
    """Refuse a value that does not follow a schema.

    Raises:
        Invalid: `field` names the first that is wrong.
    """
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if kinds and not any(_TYPES[kind](value) for kind in kinds):
        raise _wrong(field, " or ".join(kinds))
    if isinstance(value, str) and not _is_text(value):
        raise _wrong(field, "text")
    if "enum" in schema and value not in schema["enum"]:
        known = ", ".join(str(each) for each in schema["enum"] if each is not None)
        raise Invalid(
            "There is no %(field)s %(text)s. Known are %(known)s.",
            {"field": field, "text": str(value), "known": known},
            field=field,
        )
    if isinstance(value, dict):
        _check_object(value, schema, field)
    elif isinstance(value, list):
        for each in value:
            check(each, schema.get("items", {}), field)
    elif isinstance(value, str):
        _check_text(value, schema, field)
    elif isinstance(value, int) and not _within(value, schema):
        raise _wrong(field, "number within its bounds")


def _within(value: int, schema: Schema) -> bool:
    return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))


def _check_object(value: dict[str, Any], schema: Schema, field: str) -> None:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            raise Invalid("This must not be empty.", field=_inside(field, name))
    for name, each in value.items():
        if not _is_text(name):
            raise _wrong(field, "text")
        if name in properties:
            check(each, properties[name], _inside(field, name))
        elif schema.get("additionalProperties") is False:
            raise Invalid(
                "There is no field %(name)s here.", {"name": name}, field=_inside(field, name)
            )


def _check_text(value: str, schema: Schema, field: str) -> None:
    if len(value) < schema.get("minLength", 0):
        raise Invalid("This must not be empty.", field=field)
    parse = _FORMATS.get(schema.get("format", ""))
    if parse is None:
        return
    try:
        parse(value)
    except ValueError:
        raise _wrong(field, schema["format"]) from None


def instant(value: str | None) -> datetime | None:
    """Return the aware time of a checked text; without a zone it is UTC."""
    return None if value is None else _instant(value)


def _instant(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    # At the ends of the calendar there are zones in which this instant has no date.
    if not date.min.year < aware.year < date.max.year:
        raise ValueError(value)
    return aware


def _is_text(value: str) -> bool:
    """Tell whether every database can keep it: no NUL, and no half of a surrogate pair."""
    return "\0" not in value and not any("\ud800" <= each <= "\udfff" for each in value)


def _wrong(field: str, kind: str) -> Invalid:
    return Invalid("This is no %(kind)s.", {"kind": kind}, field=field or "body")


def _inside(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_FORMATS: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "date-time": _instant,
    "uuid": UUID,
}
