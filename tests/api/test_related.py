"""Links, threads and near duplicates by REST: the acts of the screens, and nothing hidden."""

from records.worker import Worker
from tests.api.conftest import Place
from tests.records.related.papers import FILLER, mail, page

NUMBER = "某政发〔2025〕8号"
NOTICE = page(NUMBER, "某市人民政府关于防汛的通知", FILLER)
CITING = page("某水发〔2025〕3号", "水务局关于防汛的通知", f"按照{NUMBER}文件执行。")


def registered(place: Place, name: str, content: bytes, **fields: str) -> str:
    made = place.clerk.register((name, content), **fields)
    assert made.status_code == 201
    found: str = made.json["id"]
    return found


def work(place: Place) -> None:
    with Worker(place.office) as worker:
        worker.run_until_idle()


def test_links_by_numbers_and_by_hand(place: Place) -> None:
    notice = registered(place, "a.txt", NOTICE)
    citing = registered(place, "b.txt", CITING)
    work(place)
    [cited] = place.clerk("GET", f"/documents/{citing}/links").json["items"]
    assert (cited["kind"], cited["direction"], cited["number"]) == ("cites", "outgoing", NUMBER)
    assert cited["document"]["id"] == notice
    made = place.clerk(
        "POST", f"/documents/{notice}/links", json={"document": citing, "kind": "belongs"}
    )
    assert made.status_code == 201
    assert made.json["document"]["id"] == citing
    path = f"/documents/{notice}/links/{made.json['id']}/removal"
    assert place.clerk("POST", path, json={}).status_code == 422
    assert place.clerk("POST", path, json={"reason": "Mistake"}).status_code == 204
    assert len(place.clerk("GET", f"/documents/{notice}/links").json["items"]) == 1


def test_a_link_names_no_hidden_document(place: Place) -> None:
    hidden = registered(place, "a.txt", NOTICE, secrecy="secret")
    citing = registered(place, "b.txt", CITING, secrecy="public")
    work(place)
    [cited] = place.stranger("GET", f"/documents/{citing}/links").json["items"]
    assert cited["document"] is None
    for path in (f"/documents/{hidden}/links", f"/documents/{hidden}/twins"):
        assert place.stranger("GET", path).status_code == 404
    assert place.stranger("GET", f"/documents/{citing}/timeline").status_code == 200
    linked = place.clerk(
        "POST", f"/documents/{citing}/links", json={"document": hidden, "kind": "belongs"}
    )
    assert linked.status_code == 201
    told = place.stranger("GET", f"/documents/{citing}/timeline").text
    assert "document.linked" in told
    assert hidden not in told


def test_a_twin_is_voided_and_its_files_go_over_once(place: Place) -> None:
    first = registered(place, "a.txt", NOTICE)
    second = registered(place, "b.txt", NOTICE)
    work(place)
    [twin] = place.clerk("GET", f"/documents/{second}/twins").json["items"]
    assert twin["document"]["id"] == first
    assert set(twin["reasons"]) == {"number", "text"}
    path = f"/documents/{second}/twins/{first}/attach"
    key = {"Idempotency-Key": "attach-1"}
    for _ in range(2):
        done = place.clerk("POST", path, json={"reason": "Came twice"}, headers=key)
        assert done.status_code == 200, done.text
        assert [each["name"] for each in done.json["components"]] == ["a.txt", "b.txt"]
    assert place.clerk("GET", f"/documents/{second}").json["state"] == "voided"
    assert place.clerk("GET", f"/documents/{first}/twins").json["items"] == []


def test_both_are_kept_or_the_second_is_voided(place: Place) -> None:
    first = registered(place, "a.txt", NOTICE)
    second = registered(place, "b.txt", NOTICE)
    third = registered(place, "c.txt", NOTICE)
    work(place)
    path = f"/documents/{second}/twins/{first}"
    assert place.stranger("POST", f"{path}/both").status_code in (403, 404)
    assert place.clerk("POST", f"{path}/both").status_code == 204
    twins = place.clerk("GET", f"/documents/{second}/twins").json["items"]
    assert [each["document"]["id"] for each in twins] == [third]
    done = place.clerk("POST", f"/documents/{third}/twins/{first}/void", json={"reason": "Twice"})
    assert (done.status_code, done.json["state"]) == (200, "voided")


def test_mails_of_a_thread_in_their_order(place: Place) -> None:
    one = registered(place, "a.eml", mail("1@x", "Dyke", "a"))
    two = registered(place, "b.eml", mail("2@x", "Re: Dyke", "b", follows="1@x", day=3))
    work(place)
    items = place.clerk("GET", f"/documents/{two}/thread").json["items"]
    assert [each["document"]["id"] for each in items] == [one, two]
    assert all(each["excerpt"] for each in items)
