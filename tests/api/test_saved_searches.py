"""One's own searches by REST."""

from tests.api.conftest import Place


def test_a_search_lives_from_keeping_to_removing(place: Place) -> None:
    body = {"name": "Bridges", "question": "bridge", "filters": {"kind": ["函"]}, "tells": True}
    made = place.clerk("POST", "/saved-searches", json=body)
    assert made.status_code == 201
    assert {**body, "round": ""}.items() <= made.json.items()
    path = f"/saved-searches/{made.json['id']}"
    assert place.clerk("GET", "/saved-searches").json["items"] == [made.json]
    assert place.clerk("GET", path).json == made.json
    stale = {"If-Match": '"7"'}
    assert place.clerk("PATCH", path, json={"name": "x"}, headers=stale).status_code == 412
    changed = place.clerk("PATCH", path, json={"tells": False}, headers={"If-Match": '"1"'})
    assert (changed.json["name"], changed.json["told_since"]) == ("Bridges", None)
    assert place.clerk("DELETE", path).status_code == 204
    assert place.clerk("GET", path).status_code == 404


def test_what_cannot_be_kept_is_refused_at_its_field(place: Place) -> None:
    place.clerk("POST", "/saved-searches", json={"name": "Mine", "question": "x"})
    for body, status, field in (
        ({"name": "Mine", "question": "x"}, 409, "name"),
        ({"name": " ", "question": "x"}, 422, "name"),
        ({"name": "Empty"}, 422, "question"),
        ({"question": "x"}, 422, "name"),
    ):
        answer = place.clerk("POST", "/saved-searches", json=body)
        assert (answer.status_code, answer.json["field"]) == (status, field), body
    odd = {"name": "Odd", "question": "x", "filters": {"colour": ["red"]}}
    assert place.clerk("POST", "/saved-searches", json=odd).status_code == 422
    lost = {"name": "Lost", "round": "00000000-0000-0000-0000-000000000000"}
    assert place.clerk("POST", "/saved-searches", json=lost).status_code == 404


def test_searches_belong_to_one_person(place: Place) -> None:
    made = place.clerk("POST", "/saved-searches", json={"name": "Mine", "question": "x"}).json
    path = f"/saved-searches/{made['id']}"
    assert place.stranger("GET", "/saved-searches").json["items"] == []
    assert place.stranger("GET", path).status_code == 404
    assert place.stranger("PATCH", path, json={"name": "x"}).status_code == 404
    assert place.stranger("DELETE", path).status_code == 404
    assert place.clerk("GET", path).status_code == 200


def test_questions_of_programs_are_not_remembered(place: Place) -> None:
    place.clerk("GET", "/search?q=bridge").close()
    assert place.clerk("GET", "/recent-searches").json["items"] == []
    assert place.clerk("DELETE", "/recent-searches").status_code == 204
