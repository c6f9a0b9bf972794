"""The synonyms of the office by REST."""

from tests.api.conftest import Place


def test_a_group_lives_from_adding_to_removing(place: Place) -> None:
    made = place.archivist("POST", "/synonyms", json={"words": ["memo", "memorandum"]})
    assert made.status_code == 201
    path = f"/synonyms/{made.json['id']}"
    place.admin("POST", "/synonyms", json={"words": ["水库", "库区"]})
    listed = place.archivist("GET", "/synonyms").json["items"]
    assert [each["words"] for each in listed] == [["水库", "库区"], ["memo", "memorandum"]]
    first = place.archivist("GET", "/synonyms?limit=1").json
    rest = place.archivist("GET", f"/synonyms?limit=1&cursor={first['next']}").json
    assert (rest["items"][0]["id"], rest["next"]) == (made.json["id"], None)
    assert len(place.archivist("GET", "/synonyms?q=库").json["items"]) == 1
    words = {"words": ["memo", "memorandum", "备忘录"]}
    assert place.archivist("PATCH", path, json=words).status_code == 428
    changed = place.archivist("PATCH", path, json=words, headers={"If-Match": '"1"'})
    assert (changed.json["words"], changed.json["version"]) == (words["words"], 2)
    stale = place.archivist("PATCH", path, json=words, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert place.archivist("DELETE", path).status_code == 204
    assert place.archivist("DELETE", path).status_code == 404


def test_a_group_that_is_none_is_refused_at_its_words(place: Place) -> None:
    place.archivist("POST", "/synonyms", json={"words": ["memo", "memorandum"]})
    for words, status in ((["memo", "note"], 409), (["alone"], 422), (["a b", "…"], 422)):
        answer = place.archivist("POST", "/synonyms", json={"words": words})
        assert (answer.status_code, answer.json["field"]) == (status, "words"), words
    assert place.archivist("GET", "/synonyms?cursor=x").status_code == 422


def test_only_keepers_of_synonyms_see_them(place: Place) -> None:
    for person in (place.clerk, place.stranger):
        assert person("GET", "/synonyms").status_code == 403
        assert person("POST", "/synonyms", json={"words": ["a", "b"]}).status_code == 403
