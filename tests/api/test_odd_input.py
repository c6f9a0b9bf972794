"""What no sensible program sends: refused in words, never an error of ours."""

import pytest

from tests.api.conftest import Place

DIGITS = "9" * 5000


@pytest.mark.parametrize("body", ["[" * 100_000, '{"label":' * 50_000, '{"label":' + DIGITS + "}"])
def test_json_without_end_is_a_bad_request(place: Place, body: str) -> None:
    answer = place.clerk("POST", "/tokens", data=body, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [r'{"label": "\ud800"}', r'{"label": "a\u0000b"}'])
def test_what_is_no_text_is_refused_by_its_field(place: Place, body: str) -> None:
    answer = place.clerk("POST", "/tokens", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["field"]) == (422, "label")


def test_a_name_that_is_no_text_is_refused(place: Place) -> None:
    body = r'{"\ud800": 1, "label": "x"}'
    answer = place.clerk("POST", "/tokens", data=body, content_type="application/json")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z"]
)
@pytest.mark.parametrize("end", ["from", "until"])
def test_a_right_does_not_begin_or_end_where_the_calendar_does(
    place: Place, moment: str, end: str
) -> None:
    document = place.clerk.register(("a.txt", b"a")).json["id"]
    me = place.leader("GET", "/me").json["id"]
    body = {"with_kind": "user", "with": me, "reason": "why", end: moment}
    answer = place.clerk("POST", f"/documents/{document}/grants", json=body)
    assert (answer.status_code, answer.json["field"]) == (422, end)


def test_versions_limits_and_parts_of_thousands_of_digits_are_refused(place: Place) -> None:
    document = place.clerk.register(("a.txt", b"a")).json["id"]
    path = f"/documents/{document}"
    seen = place.clerk("PATCH", path, json={"title": "b"}, headers={"If-Match": f'"{DIGITS}"'})
    assert seen.status_code == 412
    assert place.clerk("GET", f"/documents?limit={DIGITS}").status_code == 422
    upload = place.clerk("POST", "/uploads", json={"name": "a", "size": 5}).json["id"]
    part = place.clerk("PUT", f"/uploads/{upload}/parts/{DIGITS}", data=b"abcde")
    assert part.status_code in (400, 404)


def test_a_picker_takes_a_hundred_thousand_characters(place: Place) -> None:
    assert place.clerk("GET", f"/users?q={'x' * 100_000}").json["items"] == []


@pytest.mark.parametrize("field", ["class", "register", "unit"])
def test_every_database_refuses_nul_in_words(any_place: Place, field: str) -> None:
    assert any_place.clerk("GET", "/users?q=%00").status_code in (200, 400)
    assert any_place.clerk("GET", f"/documents?{field}=%00").status_code in (400, 422)
