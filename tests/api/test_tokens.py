"""Tokens by REST: a program makes one for another program, and both end together."""

from dataclasses import replace

from tests.api.conftest import Place


def test_a_token_that_a_program_makes_ends_with_its_own(place: Place) -> None:
    made = place.clerk("POST", "/tokens", json={"label": "first", "expires_days": 30}).json["token"]
    first = replace(place.clerk, token=made)
    refused = first("POST", "/tokens", json={"label": "for ever", "expires_days": 31})
    assert refused.status_code == 422
    second = replace(first, token=first("POST", "/tokens", json={"label": "second"}).json["token"])
    newest, older, *_ = second("GET", "/tokens").json["items"]
    assert (newest["label"], newest["made_by"]) == ("second", older["id"])
    assert newest["expires_at"] == older["expires_at"]
    assert place.clerk("DELETE", f"/tokens/{older['id']}").status_code == 204
    for program in (first, second):
        assert program("GET", "/tokens").status_code == 401
    assert place.clerk("GET", "/tokens").status_code == 200
