"""Every address of the service with the ids of some objects in it, from the URL map."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from werkzeug.routing import Rule

from tests.access.world import World, delegation_of, own_id
from web.api.declaring import operations

# Which table an id in an address is of; what is not told here is nobody's secret.
TABLES = {
    "document_id": "document",
    "other_id": "document",
    "component_id": "component",
    "copy_id": "document_copy",
    "grant_id": "grant",
    "item_id": "reading_item",
    "holding_id": "paper_holding",
    "receipt_id": "receipt",
    "round_id": "round",
    "approval_id": "seal_approval",
    "line_id": "seal_usage",
    "usage_id": "seal_usage",
    "request_id": "seal_request",
    "task_id": "task",
    "notice_id": "notice",
}
# Values of what is no id.
PLAIN: dict[str, Any] = {
    "number": 1,
    "position": 0,
    "part": 0,
    "year": 2026,
    "format_": "csv",
    "register": "incoming",
    "step": "return",
    "sequence": 0,
    "size": 1,
    "digest": "0",
    "name": "tokens.css",
}
# What a route must be asked besides, by the end of its address.
ASKED = {"/hits": {"q": "budget"}}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_NOWHERE = UUID("0197b2c4-7c3f-7000-8000-00000000abcd")


@dataclass(frozen=True)
class Place:
    """A route with one of its methods."""

    endpoint: str
    method: str
    rule: Rule

    @property
    def arguments(self) -> frozenset[str]:
        """The names in the address."""
        return frozenset(self.rule.arguments)

    @property
    def is_rest(self) -> bool:
        """Whether programs ask there."""
        return self.endpoint.startswith("api.")

    @property
    def name(self) -> str:
        """The method and the address, as people write it."""
        return f"{self.method} {self.rule.rule}"


def places(world: World) -> list[Place]:
    """Return every route of the service with each of its methods, in order of the addresses."""
    found = [
        Place(rule.endpoint, method, rule)
        for rule in world.app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or ())
    ]
    return sorted(found, key=lambda each: (each.rule.rule, each.method))


def address(world: World, place: Place, values: Mapping[str, Any]) -> str:
    """Return the address of a route with the values in it."""
    given = {name: values[name] for name in place.arguments}
    for end, asked in ASKED.items():
        given |= asked if place.rule.rule.endswith(end) else {}
    with world.app.test_request_context():
        return world.app.url_map.bind("localhost").build(place.endpoint, given)


def never(value: Any) -> Any:
    """Return an id of the same kind that was never given; the same one for the same id."""
    return uuid5(_NOWHERE, str(value)) if isinstance(value, UUID) else value


def values_about(world: World, state: str) -> dict[str, Any]:
    """Return the values of addresses that lead to a document and to the newest of what it has."""
    about = world.about(world.documents[state])
    ids = {name: about[table][-1] for name, table in TABLES.items() if about.get(table)}
    return {**PLAIN, **ids}


def personal_values(world: World) -> dict[str, Any]:
    """Return the values of addresses that lead to what is a person's own."""
    with world.office.database.reading() as uow:
        from sqlalchemy import select

        from records.documents.uploads import Upload
        from records.people.models import ApiToken

        maker = own_id(world, "maker")
        token = uow.session.scalars(select(ApiToken.id).where(ApiToken.user_id == maker)).first()
        upload = uow.session.scalars(select(Upload.id)).first()
    return {
        **PLAIN,
        "token_id": token,
        "upload_id": upload,
        "delegation_id": delegation_of(world, "maker"),
    }


def body_of(world: World, place: Place) -> dict[str, Any]:
    """Return a body that a declared operation takes for well-formed."""
    operation = operations(world.app)[place.endpoint]
    if operation.body is None or operation.body_type != "application/json":
        return {}
    return dict(_example(operation.body))


def _example(schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        wanted = schema.get("required", ())
        return {name: _example(schema["properties"][name]) for name in wanted}
    if kind == "array":
        return [_example(schema["items"]) for _ in range(schema.get("minItems", 0))]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    return {"uuid": str(_NOWHERE), "date": "2026-03-30", "date-time": "2026-03-30T00:00:00Z"}.get(
        str(schema.get("format")), "a text that is long enough"
    )
