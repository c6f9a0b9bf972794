"""What REST and the browser refused waits on the page, and the page keeps to its readers."""

from tests.api.conftest import Place


def test_what_was_refused_is_kept_and_becomes_a_document_by_another_try(place: Place) -> None:
    refused = place.clerk.register(("a.txt", b"words"), key="one", unit="nowhere")
    assert refused.status_code == 422
    (line,) = place.clerk("GET", "/arrivals").json["items"]
    assert (line["name"], line["channel"], line["size"]) == ("a.txt", "rest", 5)
    assert place.clerk("GET", f"/arrivals/{line['id']}/files/0").data == b"words"
    made = place.clerk("POST", f"/arrivals/{line['id']}/again", json={"plain": True})
    assert made.status_code == 201, made.text
    # The program sends it again, mended: it is registered already.
    again = place.clerk.register(("a.txt", b"words"), key="one")
    assert again.json["number"] == made.json["number"]
    assert place.clerk("GET", "/arrivals").json["items"] == []


def test_what_was_given_up_is_told_with_its_reason(place: Place) -> None:
    place.clerk.register(("a.txt", b"words"), unit="nowhere")
    (line,) = place.clerk("GET", "/arrivals").json["items"]
    path = f"/arrivals/{line['id']}"
    assert place.clerk("POST", f"{path}/give-up", json={"reason": ""}).status_code == 422
    done = place.clerk("POST", f"{path}/give-up", json={"reason": "Sent by mistake"})
    assert (done.json["state"], done.json["end_reason"]) == ("given_up", "Sent by mistake")
    assert place.clerk("GET", f"{path}/files/0").status_code == 404


def test_who_runs_the_service_sees_reasons_and_nothing_of_what_came(place: Place) -> None:
    place.clerk.register(("a.txt", b"words"), unit="nowhere")
    (line,) = place.admin("GET", "/arrivals").json["items"]
    assert (line["name"], line["size"], line["files"]) == (None, None, [])
    assert place.admin("GET", f"/arrivals/{line['id']}/files/0").status_code in (403, 404)
