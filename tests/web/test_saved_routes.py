"""Saved routes of a unit: kept, changed, used and removed."""

import re
from uuid import UUID

import pytest
from flask import Flask

from records.circulation.models import Route
from records.office import Office
from records.people.rules import Role
from tests import builders
from tests.builders import id_of
from tests.web.rounds import Chancery, chancery_of, hidden
from tests.web.visitor import Visitor


@pytest.fixture
def chancery(office: Office, app: Flask) -> Chancery:
    return chancery_of(office, app)


@pytest.fixture
def clerk(chancery: Chancery) -> Visitor:
    return chancery.visitor()


def _save(clerk: Visitor, chancery: Chancery, path: str = "/routes/new", **fields: object) -> int:
    form = {
        "csrf_token": clerk.token,
        "name": "Flood papers",
        "purpose": "read",
        "unit": str(chancery.clerk.posts[0].unit_id),
        "plan": ["stage", f"user:{id_of(chancery.leader)}", "stage"],
        "days": ["2", ""],
        "typed": ["", "Legal Affairs"],
        "act": "save",
        **fields,
    }
    return clerk.client.post(path, data=form).status_code


def _routes(chancery: Chancery) -> list[Route]:
    with chancery.office.database.reading() as uow:
        return list(uow.session.query(Route).order_by(Route.name))


def test_a_route_keeps_posts_and_units_as_such(chancery: Chancery, clerk: Visitor) -> None:
    assert _save(clerk, chancery) == 303
    (made,) = _routes(chancery)
    kinds = [[each["kind"] for each in stage["readers"]] for stage in made.stages]
    assert kinds == [["user"], ["unit"]]
    assert [stage["due_days"] for stage in made.stages] == [2, None]
    listed = clerk.get("/routes").text
    assert "Flood papers" in listed
    assert "Legal Affairs" in listed


def test_a_route_fills_the_form_of_a_round(chancery: Chancery, clerk: Visitor) -> None:
    _save(clerk, chancery)
    (made,) = _routes(chancery)
    path = f"/rounds/new?document={chancery.document.id}"
    assert "Flood papers" in clerk.get(path).text
    form = {
        "csrf_token": clerk.token,
        "document": str(chancery.document.id),
        "act": f"route.{made.id}",
        "plan": "stage",
    }
    page = clerk.client.post("/rounds/new", data=form)
    unit = next(each for each in hidden(page.text, "plan") if each.startswith("unit:"))
    assert hidden(page.text, "plan")[:4] == [
        "stage",
        f"user:{id_of(chancery.leader)}",
        "stage",
        unit,
    ]
    filled = clerk.get(f"{path}&route={made.id}").text
    assert hidden(filled, "plan")[:4] == hidden(page.text, "plan")[:4]
    gone = clerk.get(f"{path}&route={UUID(int=1)}").text
    assert hidden(gone, "plan") == hidden(clerk.get(path).text, "plan")
    part = clerk.client.post("/rounds/new", data=form, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div class="stages-editor"')
    wrong = clerk.client.post("/rounds/new", data={**form, "act": f"route.{UUID(int=1)}"})
    assert wrong.status_code == 404


def test_the_stages_of_a_round_are_saved_as_a_route(chancery: Chancery, clerk: Visitor) -> None:
    form = {
        "csrf_token": clerk.token,
        "document": str(chancery.document.id),
        "purpose": "read",
        "act": "route.keep",
        "name": "As today",
        "unit": str(chancery.clerk.posts[0].unit_id),
        "plan": ["stage", f"user:{id_of(chancery.leader)}"],
    }
    kept = clerk.client.post("/rounds/new", data=form)
    assert kept.status_code == 200
    assert "The route As today is saved." in kept.text
    taken = clerk.client.post("/rounds/new", data=form)
    assert taken.status_code == 409
    assert 'id="name-error"' in taken.text


def test_what_is_wrong_with_a_route_stands_beside_its_field(
    chancery: Chancery, clerk: Visitor
) -> None:
    assert _save(clerk, chancery, name=" ") == 422
    assert _save(clerk, chancery, plan=["stage"], typed=[""]) == 422
    assert _save(clerk, chancery, typed=["", "nobody"]) == 422
    assert _save(clerk, chancery, unit="x") == 422
    assert _save(clerk, chancery, purpose="x") == 422
    assert _routes(chancery) == []


def test_a_route_is_changed_and_removed(chancery: Chancery, clerk: Visitor) -> None:
    _save(clerk, chancery)
    (made,) = _routes(chancery)
    path = f"/routes/{made.id}"
    page = clerk.get(path).text
    version = hidden(page, "version")[0]
    assert _save(clerk, chancery, path, name="Droughts", version=version, typed=["", ""]) == 303
    assert [each.name for each in _routes(chancery)] == ["Droughts"]
    stale = {"name": "Storms", "version": version, "typed": ["", ""]}
    assert _save(clerk, chancery, path, **stale) == 412
    assert "Droughts" in clerk.get(f"/routes?remove={made.id}").text
    gone = clerk.post("/routes/remove", route=str(made.id))
    assert gone.status_code == 303
    assert _routes(chancery) == []
    assert clerk.post("/routes/remove", route=str(made.id)).status_code == 404
    assert clerk.get(path).status_code == 404


def test_routes_belong_to_their_unit(chancery: Chancery, clerk: Visitor) -> None:
    _save(clerk, chancery)
    (made,) = _routes(chancery)
    elsewhere = chancery.visitor("maria")
    assert "Flood papers" not in elsewhere.get("/routes").text
    assert elsewhere.get(f"/routes/{made.id}").status_code == 404
    assert elsewhere.post("/routes/remove", route=str(made.id)).status_code == 404
    assert chancery.visitor("li").get("/routes").status_code == 403


def test_the_order_of_precedence_leads_through_the_leaders(
    chancery: Chancery, clerk: Visitor
) -> None:
    office = chancery.office
    builders.add_person(office, "admin", Role.SYSTEM_ADMIN)
    admin = chancery.visitor("admin")
    made = admin.client.post(
        "/units/posts",
        data={
            "csrf_token": admin.token,
            "post_unit": "office",
            "title": "Director",
            "role": "leader",
            "rank": "1",
        },
    )
    assert made.status_code == 303
    text = admin.get("/units").text
    assert "order 1" in text
    refused = admin.client.post(
        "/units/posts",
        data={
            "csrf_token": admin.token,
            "post_unit": "office",
            "title": "Second",
            "role": "leader",
            "rank": "first",
        },
    )
    assert refused.status_code == 422
    assert "first is not a whole number." in refused.text
    post = re.search(r'href="/units\?post=([^"]+)"[^>]*aria-label="Change Director"', text)
    assert post is not None
    builders.give_post(office, chancery.second, Role.LEADER, unit="office")
    page = clerk.client.post(
        "/rounds/new",
        data={
            "csrf_token": clerk.token,
            "document": str(chancery.document.id),
            "act": "template.leaders_by_rank",
        },
    )
    assert f"user:{id_of(chancery.leader)}" in hidden(page.text, "plan")
