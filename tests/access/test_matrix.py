"""Every route x role x state of what it is about, asked for, and compared with what is declared."""

import pytest

from records.people.rules import Role
from tests.access.addresses import PLAIN, Place, address, body_of, places, values_about
from tests.access.sight import DOORS, SEES, doors
from tests.access.world import STATES, World, login_of

# Routes that show a document or its file to whoever sees it, with nothing further to it.
_OF_DOCUMENT = frozenset({"document_id", "component_id", "number"})
# Who sees the document finds nothing there yet: no stack, no scan, no second file, no picture.
_NOTHING_THERE = frozenset(
    {
        "GET /api/v1/documents/<uuid:document_id>/split",
        "GET /documents/<uuid:document_id>/split",
        "GET /components/<uuid:component_id>/pages/<int:number>.webp",
        "GET /components/<uuid:component_id>/pages/<int:number>/text",
        "GET /api/v1/documents/<uuid:document_id>/copies/print",
        "GET /documents/<uuid:document_id>/copies.pdf",
        "GET /documents/<uuid:document_id>/assessment.pdf",
    }
)
# What typesets a sheet takes long and asks for the same rule first; the sweep of what is hidden
# asks there as well.
_SLOW = ("slip", "label", "copies.pdf", "copies/print")


def status(world: World, who: str | None, place: Place, path: str) -> int:
    """Ask and return the status of the answer."""
    if place.is_rest and who is not None:
        more = {} if place.method in ("GET", "DELETE") else {"json": body_of(world, place)}
        answer = world.rest(who, place.method, path.removeprefix("/api/v1"), **more)
        return int(answer.status_code)
    client = world.app.test_client() if who is None else world.browser(who)
    data = {} if place.method == "GET" else {"csrf_token": world.token_of(who)}
    return int(client.open(path, method=place.method, data=data).status_code)


@pytest.mark.parametrize("role", list(Role))
def test_a_closed_door_is_closed_whatever_is_asked_for(world: World, role: Role) -> None:
    values = {**_strange(world), **values_about(world, "registered")}
    found = [
        place.name
        for place in places(world)
        if role not in DOORS[doors()[place.name]]
        and status(world, login_of(role), place, address(world, place, values)) != 403
    ]
    assert found == []


@pytest.mark.parametrize("role", list(Role))
def test_a_document_is_open_or_hidden_in_each_state_as_declared(world: World, role: Role) -> None:
    found = []
    about = [
        place
        for place in places(world)
        if place.method == "GET"
        and {"document_id", "component_id"} & place.arguments <= _OF_DOCUMENT
        and {"document_id", "component_id"} & place.arguments
        and place.arguments <= _OF_DOCUMENT
        and not place.rule.rule.partition(">")[2].endswith(_SLOW)
        and "label" not in place.rule.rule
        and "slip" not in place.rule.rule
        and role in DOORS[doors()[place.name]]
    ]
    for state in STATES:
        values = values_about(world, state)
        for place in about:
            verdict = status(world, login_of(role), place, address(world, place, values))
            sees = role in SEES[state]
            if sees and place.name in _NOTHING_THERE:
                continue
            if (verdict == 404) == sees or verdict >= 500:
                found.append(f"{state}: {place.name} answers {verdict}")
    assert found == []


def test_a_stranger_passes_public_doors_alone(world: World) -> None:
    values = {**_strange(world), **values_about(world, "registered")}
    found = [
        f"{place.name} answers {verdict}"
        for place in places(world)
        if doors()[place.name] != "public"
        and (verdict := status(world, None, place, address(world, place, values))) not in (303, 401)
    ]
    assert found == []


def _strange(world: World) -> dict[str, object]:
    """Return ids that nothing has, for what the sweep of documents does not name."""
    from uuid import UUID

    nothing = UUID("0197b2c4-7c3f-7000-8000-0000000000ff")
    names = {name for place in places(world) for name in place.arguments}
    return {**{name: nothing for name in names if name.endswith("_id")}, "code": "never", **PLAIN}
