"""One document from the door to the end of its life, on every combination of parts."""

from typing import Any

import pytest

from tests.api.conftest import Place, served
from tests.applications import put_down
from tests.integration.conftest import Parts, at_work, checked, searchable, soon
from tests.letters import letter

PDF = letter([["The heating of the town hall"], ["shall be renewed before winter"]])
NOTE = "关于市政厅供暖设备更新的通知\n各有关单位：请于冬季之前完成更新工作。\n".encode()


def found(place: Place, person: str, words: str, **more: Any) -> dict[str, Any]:
    answer = getattr(place, person)("GET", "/search", query_string={"q": words, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json
    return body


def ids(place: Place, person: str, words: str) -> list[str]:
    return [hit["id"] for hit in found(place, person, words)["hits"]]


def done(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json
    return body


def low_and_high_registers(place: Place) -> None:
    common = {"kind": "incoming", "unit": "office"}
    for code, ceiling in (("open", "internal"), ("closed", "secret")):
        body = {**common, "code": code, "name": code, "ceiling": ceiling}
        body["pattern"] = code.upper() + "-{year}-{number}"
        done(place.admin("POST", "/registers", json=body), 201)


def test_a_document_lives_its_whole_life(place: Place) -> None:
    low_and_high_registers(place)
    files = (("heating.pdf", PDF), ("通知.txt", NOTE))
    # The title shares no word with the files: what is found by their words is found in them.
    made = done(place.clerk.register(*files, register="open", title="Warm rooms"), 201)
    path = f"/documents/{made['id']}"
    shown = searchable(place, made["id"])
    assert [each["text"] for each in shown["components"]] == ["done", "done"]
    assert shown["components"][0]["pages"] == 2
    for component, (name, content) in zip(shown["components"], files, strict=True):
        assert component["name"] == name
        assert place.clerk("GET", f"/components/{component['id']}/content").data == content

    for words, marked in (("heating winter", "heating"), ("供暖", "供暖"), ("冬", "冬")):
        answer = found(place, "clerk", words)
        assert [hit["id"] for hit in answer["hits"]] == [made["id"]], words
        (facet,) = answer["facets"]["register"]
        assert (facet["value"], facet["count"]) == ("open", 1)
        snippets = answer["hits"][0]["snippets"]
        marks = [each["text"][start:end] for each in snippets for start, end in each["marks"]]
        assert marked in [each.casefold() for each in marks], (words, snippets)
    assert found(place, "clerk", "供暖 NOT 冬季")["total"] == 0
    assert found(place, "clerk", "heating", register="incoming")["total"] == 0
    hidden = found(place, "stranger", "heating")
    assert (hidden["total"], hidden["hits"], hidden["facets"].get("register", [])) == (0, [], [])

    leaf = next(each["code"] for each in place.clerk("GET", "/classes").json["items"] if each["retention"])  # noqa: E501  # fmt: skip
    facts = {"class": leaf, "sender": "City works", "unit": "office"}
    assert done(place.clerk("POST", f"{path}/file", json=facts))["state"] == "filed"
    values = {"title": "Warmer rooms"}
    done(place.clerk("POST", f"{path}/correct", json={"reason": "A slip", "values": values}))
    soon(lambda: ids(place, "clerk", "warmer") == [made["id"]])
    soon(lambda: found(place, "clerk", "heating", **{"class": leaf})["total"] == 1)

    secret = {"secrecy": "confidential", "reason": "It names people"}
    moved = done(place.clerk("POST", f"{path}/secrecy", json=secret))
    assert moved["register"] == "closed"
    assert moved["number"].startswith("CLOSED-")
    (old,) = place.clerk("GET", "/registers/open/book").json["items"]
    assert (old["number"], old["state"], old["title"]) == (made["number"], "moved", None)
    soon(lambda: found(place, "clerk", "heating", register="closed")["total"] == 1)

    assert place.leader("GET", path).status_code == 404
    me = done(place.leader("GET", "/me"))
    shared = {"with_kind": "user", "with": me["id"], "reason": "To advise"}
    grant = done(place.clerk("POST", f"{path}/grants", json=shared), 201)
    assert done(place.leader("GET", path))["title"] == "Warmer rooms"
    soon(lambda: ids(place, "leader", "供暖") == [made["id"]])
    assert place.clerk("DELETE", f"/grants/{grant['id']}").status_code == 204
    assert ids(place, "leader", "供暖") == []
    assert place.leader("GET", path).status_code == 404
    assert soon(lambda: found(place, "leader", "供暖")["total"] == 0, 4)

    other = done(place.clerk.register(("again.txt", b"A slip of the pen"), register="open"), 201)
    searchable(place, other["id"])
    voided = place.clerk("POST", f"/documents/{other['id']}/void", json={"reason": "By mistake"})
    assert done(voided)["number"] == other["number"]
    kinds = [each["kind"] for each in place.clerk("GET", f"{path}/timeline").json["items"]]
    acts = ["registered", "filed", "corrected", "secrecy_changed", "shared", "unshared"]
    assert [kind for kind in kinds if kind.removeprefix("document.") in acts] == [
        f"document.{act}" for act in acts
    ]
    report = checked(place.office)
    assert report.ok, report.as_json()
    assert report.counts["objects"] == 3


@pytest.mark.postgresql
@pytest.mark.s3
def test_two_nodes_share_records_and_store_and_keep_an_index_each(parts: Parts) -> None:
    settings = parts.settings("postgresql", "s3", "tantivy")
    east = parts.open("east", **settings)
    key_file = str(east.config.master_key_file)
    west = parts.open("west", **settings, master_key_file=key_file)
    with served(east) as here, at_work(east):
        there = here.moved_to(west)
        with at_work(west):
            made = [
                (door, done(door.clerk.register((f"{each}.pdf", PDF), title=f"Paper {each}"), 201))
                for each, door in enumerate([here, there] * 3)
            ]
            numbers = [int(each["number"].rpartition("-")[2]) for _, each in made]
            assert numbers == [1, 2, 3, 4, 5, 6]
            for each in (here, there):
                for _, document in made:
                    searchable(each, document["id"])
                assert found(each, "clerk", "heating")["total"] == 6
            component = done(there.clerk("GET", f"/documents/{made[0][1]['id']}"))["components"][0]
            assert there.clerk("GET", f"/components/{component['id']}/content").data == PDF
            for office in (east, west):
                report = checked(office)
                assert report.ok, report.as_json()
        put_down(there.app)
    east.close()
    west.close()
