"""The OpenAPI 3.1 document, generated from the declarations of the endpoints."""

import re
from importlib.metadata import PackageNotFoundError, version
from inspect import cleandoc
from typing import Any

from flask import current_app

from records.core.idempotency import FIELD, KEY_MAX, Answer
from web.api.declaring import PREFIX, Answered, Operation, Parameter, endpoint, operations
from web.api.schemas import SCHEMAS, ref
from web.permissions import PUBLIC

_ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
_ARGUMENT_SCHEMAS = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0},
    "": {"type": "string"},
}
_REFUSALS = {
    400: "The request cannot be understood.",
    401: "No token, or none that is good.",
    403: "None of the caller's posts allows this.",
    404: "There is nothing here, or the caller may not know of it.",
    409: "The state of things does not allow this, or the first request is still running.",
    412: "Somebody else has changed it since.",
    413: "Larger than the service takes.",
    415: "Not the kind of content that is taken here.",
    416: "The range lies outside the file.",
    422: "The input breaks a rule; `field` names it.",
    428: "If-Match is missing.",
    429: "Too many questions; Retry-After says when to ask again.",
    503: "A part of the service is out of order for now.",
}
_KEY = Parameter(
    FIELD,
    "Makes the request safe to repeat: within 24 hours it is done once, and answered the same.",
    {"type": "string", "minLength": 1, "maxLength": KEY_MAX},
    where="header",
)


@endpoint(
    "GET",
    "/openapi.json",
    tag="about",
    permission=PUBLIC,
    summary="Give this document",
    answers=[Answered(200, "OpenAPI 3.1.", {"type": "object"})],
)
def show_openapi() -> Answer:
    """It is made from the same declarations that check the requests."""
    return Answer(document(tuple(operations(current_app).values())))


def document(declared: tuple[Operation, ...]) -> dict[str, Any]:
    """Return the whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for each in sorted(declared, key=lambda operation: operation.rule):
        path = paths.setdefault(PREFIX + _ARGUMENT.sub(r"{\2}", each.rule), {})
        path[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chancery", "version": _version()},
        "paths": paths,
        "components": {
            "schemas": {name: dict(schema) for name, schema in SCHEMAS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(each: Operation) -> dict[str, Any]:
    public = each.permission is PUBLIC
    found: dict[str, Any] = {
        "operationId": each.name,
        "tags": [each.tag],
        "summary": each.summary,
        "description": cleandoc(each.description),
        "responses": _responses(each, public),
    }
    keyed = (_KEY,) if each.method == "POST" else ()
    parameters = [
        *(_argument(kind, name) for kind, name in _ARGUMENT.findall(each.rule)),
        *(_parameter(one) for one in (*each.parameters, *keyed)),
    ]
    if parameters:
        found["parameters"] = parameters
    if each.body is not None:
        found["requestBody"] = {
            "required": bool(each.body.get("required")),
            "content": {each.body_type: {"schema": each.body}},
        }
    if public:
        found["security"] = []
    else:
        found["x-roles"] = sorted(role.value for role in each.permission.roles)
    return found


def _responses(each: Operation, public: bool) -> dict[str, Any]:
    found: dict[str, Any] = {str(one.status): _answered(one) for one in each.answers}
    refusals = set(each.refusals) | (set() if public else {401, 403})
    if each.method == "POST":
        refusals |= {409, 422}
    if any(one.where == "query" for one in each.parameters):
        refusals.add(422)
    for status in sorted(refusals):
        found[str(status)] = {
            "description": _REFUSALS[status],
            "content": {"application/problem+json": {"schema": ref("Problem")}},
        }
    return found


def _answered(one: Answered) -> dict[str, Any]:
    found: dict[str, Any] = {"description": one.description}
    if one.schema is not None:
        found["content"] = {one.media_type: {"schema": one.schema}}
    if one.headers:
        found["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in one.headers.items()
        }
    return found


def _argument(kind: str, name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _ARGUMENT_SCHEMAS[kind]}


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": one.where,
        "description": one.description,
        "required": one.required,
        "schema": one.schema,
    }


def _version() -> str:
    try:
        return version("chancery")
    except PackageNotFoundError:
        return "0"
