"""What is hidden answers as what never was: status, headers, body, and the work of the database."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from records.people.rules import Role
from tests.access.addresses import (
    TABLES,
    Place,
    address,
    body_of,
    never,
    personal_values,
    places,
    values_about,
)
from tests.access.sight import DOORS
from tests.access.world import World, login_of
from tests.web.offices import counted
from web.routes import permissions

# Headers that tell the moment, not the object.
_OF_THE_MOMENT = {"Date", "X-Request-Id", "Set-Cookie"}
_TOKENS = re.compile(r'csrf[-_]token" (?:content|value)="[^"]+"')
# A row may be fetched by its id, or held, before the rule hides it with its document: so many short
# statements more than for an id that nothing has. Nobody guesses such an id.
SLACK = 1
OWN = ("token_id", "upload_id", "delegation_id")


def ask(world: World, role: Role, place: Place, path: str) -> tuple[Any, int]:
    """Ask as the person of a role and return the answer with the number of statements."""
    login = login_of(role)
    # Before anything is counted: the first time a page is asked for it.
    data = {"csrf_token": world.token_of(login), "reason": "Because it must be so"}
    with counted(world.office) as statements:
        if place.is_rest:
            more = {} if place.method == "GET" else {"json": body_of(world, place)}
            path = path.removeprefix("/api/v1")
            headers = {"If-Match": "*"} if place.method in ("PATCH", "PUT") else {}
            answer = world.rest(login, place.method, path, headers=headers, **more)
        else:
            client = world.browser(login)
            if place.method == "GET":
                answer = client.get(path)
            else:
                answer = client.open(path, method=place.method, data=data)
    return answer, len(statements)


def seen(answer: Any, values: dict[str, Any]) -> tuple[int, dict[str, str], str]:
    """Return all that an answer tells, without the ids that were asked for."""
    headers = {name: text for name, text in answer.headers.items() if name not in _OF_THE_MOMENT}
    body = _TOKENS.sub("", answer.get_data(as_text=True))
    for value in values.values():
        if isinstance(value, UUID):
            body = body.replace(str(value), "ID")
            headers = {name: text.replace(str(value), "ID") for name, text in headers.items()}
    headers.pop("Content-Length", None)
    return answer.status_code, headers, body


def open_places(world: World, role: Role, names: tuple[str, ...]) -> Iterator[Place]:
    """Yield the routes about some objects whose doors a role may pass."""
    declared = permissions(world.app)
    for place in places(world):
        # The lines of the seal books are open to those who read them, by their numbers.
        if {"usage_id", "line_id"} & place.arguments and role in DOORS["seal book readers"]:
            continue
        if place.arguments & set(names) and declared[place.endpoint].admits(frozenset({role})):
            yield place


def differing(
    world: World, role: Role, names: tuple[str, ...], values: dict[str, Any]
) -> list[str]:
    """Return what tells a hidden object from one that never was."""
    found = []
    strange = {name: never(value) for name, value in values.items()}
    for place in open_places(world, role, names):
        if not place.arguments <= set(values):
            continue
        there, work = ask(world, role, place, address(world, place, values))
        nowhere, less = ask(world, role, place, address(world, place, strange))
        if seen(there, values) != seen(nowhere, strange):
            found.append(f"{place.name}: {there.status_code} is not {nowhere.status_code}")
        elif abs(work - less) > SLACK:
            found.append(f"{place.name}: {work} statements are not {less}")
    return found


@pytest.mark.parametrize("role", [Role.CLERK, Role.LEADER, Role.SEAL_KEEPER, Role.AUDITOR])
def test_what_is_above_the_clearance_answers_as_what_never_was(world: World, role: Role) -> None:
    assert differing(world, role, tuple(TABLES), values_about(world, "secret")) == []


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR])
def test_what_is_another_units_answers_as_what_never_was(world: World, role: Role) -> None:
    assert differing(world, role, tuple(TABLES), values_about(world, "elsewhere")) == []


@pytest.mark.parametrize("role", [Role.CLERK, Role.LEADER])
def test_what_is_somebody_elses_own_answers_as_what_never_was(world: World, role: Role) -> None:
    assert differing(world, role, OWN, personal_values(world)) == []
