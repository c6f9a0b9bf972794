"""The rules of filing by REST: whatever the screens can do."""

from tests.api.conftest import Place

RULE = {"name": "Budget letters", "sender": "Treasury", "words": ["budget"], "class": "4.1"}


def test_a_rule_lives_from_writing_to_removing(place: Place) -> None:
    made = place.archivist("POST", "/filing-rules", json=RULE)
    assert made.status_code == 201
    assert made.json["words"] == ["budget"]
    assert made.json["active"] is True
    path = f"/filing-rules/{made.json['id']}"
    other = place.archivist("POST", "/filing-rules", json={**RULE, "name": "Second"}).json
    place.archivist("POST", f"/filing-rules/{other['id']}/move", json={"to": "up"})
    listed = place.archivist("GET", "/filing-rules").json["items"]
    assert [each["name"] for each in listed] == ["Second", "Budget letters"]
    changed = place.archivist(
        "PATCH", path, json={"active": False, "unit": "finance"}, headers={"If-Match": "*"}
    )
    assert (changed.json["active"], changed.json["unit"]) == (False, "finance")
    assert changed.json["class"] == "4.1"
    stale = place.archivist("PATCH", path, json={"name": "X"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert place.archivist("DELETE", path).status_code == 204
    assert place.archivist("GET", path).status_code == 404


def test_a_rule_is_tried_on_what_the_caller_sees(place: Place) -> None:
    for level in ("public", "public", "secret"):
        place.clerk.register(title="Budget", sender="The Treasury", secrecy=level)
    tried = place.archivist("POST", "/filing-rules/try", json=RULE).json
    assert tried["looked_at"] == 2
    assert [each["title"] for each in tried["met"]] == ["Budget", "Budget"]
    assert place.archivist("GET", "/filing-rules").json["items"] == []


def test_only_keepers_of_rules_see_them(place: Place) -> None:
    for person in (place.clerk, place.stranger, place.admin):
        assert person("GET", "/filing-rules").status_code == 403
        assert person("POST", "/filing-rules", json=RULE).status_code == 403


def test_a_rule_without_condition_or_result_is_refused_at_its_field(place: Place) -> None:
    answer = place.archivist("POST", "/filing-rules", json={"name": "All", "class": "4.1"})
    assert (answer.status_code, answer.json["field"]) == (422, "sender")
    answer = place.archivist("POST", "/filing-rules", json={"name": "None", "sender": "x"})
    assert (answer.status_code, answer.json["field"]) == (422, "class")
