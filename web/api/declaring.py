"""An endpoint and its description are one declaration, so that they cannot drift apart.

    @endpoint("GET", "/documents/<uuid:document_id>", permission=SIGNED_IN,
              summary="Show a document", answers=[Answered(200, "The document.", ref("Document"))])
    def show_document(document_id: UUID) -> Answer: ...

The OpenAPI document is generated from these declarations, and the parameters and bodies that a
declaration names are those that the handler gets, checked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, json, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from records.core.errors import Invalid
from records.core.idempotency import FIELD as IDEMPOTENCY_KEY
from records.core.idempotency import Answer
from web.api.bodies import read_body
from web.api.once import held
from web.permissions import PUBLIC, Permission
from web.routes import route

PREFIX = "/api/v1"
JSON = "application/json"
MULTIPART = "multipart/form-data"
Schema = Mapping[str, Any]
Handler = Callable[..., Answer | AnyResponse]
_EXTENSION = "chancery_operations"

api = Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Parameter:
    """One parameter of the query, or a header."""

    name: str
    description: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    where: str = "query"


@dataclass(frozen=True)
class Answered:
    """One answer that is no refusal; without a schema it has no body."""

    status: int
    description: str
    schema: Schema | None = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """What the OpenAPI document says of one endpoint."""

    method: str
    rule: str
    name: str
    tag: str
    summary: str
    description: str
    permission: Permission
    answers: Sequence[Answered]
    parameters: Sequence[Parameter] = ()
    body: Schema | None = None
    body_type: str = JSON
    refusals: Sequence[int] = ()


IF_MATCH = Parameter(
    "If-Match", "The ETag of the version that was seen.", required=False, where="header"
)
MOST_LINES = 500
LIMIT = Parameter(
    "limit",
    f"Lines of the page, {MOST_LINES} at most.",
    {"type": "integer", "minimum": 1, "default": 50},
)
CURSOR = Parameter("cursor", "`next` of the page before. `next` and `after` are taken as well.")
CURSOR_NAMES = ("cursor", "next", "after")


def operations(app: Flask) -> dict[str, Operation]:
    """Return the declared operations by endpoint."""
    table: dict[str, Operation] = app.extensions.setdefault(_EXTENSION, {})
    return table


def endpoint(
    method: str,
    rule: str,
    *,
    permission: Permission,
    summary: str,
    answers: Sequence[Answered],
    tag: str,
    parameters: Sequence[Parameter] = (),
    body: Schema | None = None,
    body_type: str = JSON,
    refusals: Sequence[int] = (),
) -> Callable[[Handler], Handler]:
    """Declare one endpoint of the interface; the handler's docstring describes it further.

    A JSON body is checked against its schema before the handler runs. Every POST takes an
    `Idempotency-Key`.
    """

    def declare(handler: Handler) -> Handler:
        name = handler.__name__
        operation = Operation(
            method, rule, name, tag, summary, handler.__doc__ or "", permission, answers,
            parameters, body, body_type, refusals,
        )  # fmt: skip

        @wraps(handler)
        def answer(**values: Any) -> AnyResponse:
            _check_query(operation)
            if method != "POST" or permission is PUBLIC:
                return respond(handler(**values))
            with held(request.headers.get(IDEMPOTENCY_KEY)):
                return respond(handler(**values))

        route(api, rule, permission=permission, methods=(method,), endpoint=name)(answer)

        def remember(state: BlueprintSetupState) -> None:
            operations(cast("Flask", state.app))[f"{api.name}.{name}"] = operation

        api.record(remember)
        return handler

    return declare


def respond(answer: Answer | AnyResponse) -> AnyResponse:
    """Turn an answer into a response."""
    if not isinstance(answer, Answer):
        return answer
    content = b"" if answer.status == 204 else json.dumps(answer.body, ensure_ascii=False).encode()
    response = Response(content, status=answer.status, mimetype=JSON)
    response.headers.extend(dict(answer.headers or {}))
    if answer.status == 204:
        del response.headers["Content-Type"]
    return response


def _check_query(operation: Operation) -> None:
    known = {each.name: each for each in operation.parameters if each.where == "query"}
    others = CURSOR_NAMES if CURSOR.name in known else ()
    for name in request.args:
        if name not in known and name not in others:
            raise Invalid("There is no parameter %(name)s.", {"name": name}, field=name)
    for name, parameter in known.items():
        if parameter.required and name not in request.args:
            raise Invalid("This must not be empty.", field=name)


def number(parameter: Parameter) -> int:
    """Return a whole number of the query, within the bounds of its schema; 0 for none.

    Raises:
        Invalid: It is none.
    """
    schema = parameter.schema
    typed = request.args.get(parameter.name, "").strip()
    if not typed:
        return int(schema.get("default", 0))
    low, high = schema.get("minimum", 0), schema.get("maximum", 2**31)
    plain = typed.isascii() and typed.isdigit() and len(typed) <= len(str(high))
    if not plain or not low <= int(typed) <= high:
        raise Invalid(
            "%(name)s is a whole number from %(low)d to %(high)d.",
            {"name": parameter.name, "low": low, "high": high},
            field=parameter.name,
        )
    return int(typed)


def cursor() -> str | None:
    """Return where the page begins, None for the first."""
    given = (request.args.get(name, "").strip() for name in CURSOR_NAMES)
    return next((each for each in given if each), None)


def word(parameter: Parameter) -> str | None:
    """Return a word of the query, one of the list of its schema if that has one.

    Raises:
        Invalid: It is not on the list.
    """
    typed = request.args.get(parameter.name, "").strip()
    if not typed:
        default: str | None = parameter.schema.get("default")
        return default
    choices = parameter.schema.get("enum")
    if choices is not None and typed not in choices:
        raise Invalid(
            "There is no %(field)s %(text)s. Known are %(known)s.",
            {"field": parameter.name, "text": typed, "known": ", ".join(choices)},
            field=parameter.name,
        )
    return typed


def body_of_request() -> dict[str, Any]:
    """Return the JSON body of this request, checked against the declared schema."""
    operation = operations(current_app)[str(request.endpoint)]
    return read_body(operation.body or {"type": "object"})
