"""Signing in and out, forgery, throttling, the first administrator, and one's own password."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from records.office import Office
from records.people.actors import actor_by_login
from records.people.rules import SERVICE, Role
from records.people.service import disable_user
from records.people.signing_in import invite_first_administrator
from tests.web.conftest import PASSWORD, add_person, forgery_token, send, sign_in
from web.addresses import inside


def _is_signed_in(client: FlaskClient) -> bool:
    return client.get("/password").status_code == 200


def test_the_right_password_opens_a_session_and_leads_on(
    office: Office, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    answer = sign_in(client, "wang", next="/documents?state=registered")
    assert answer.status_code == 303
    assert answer.location == "/documents?state=registered"
    assert _is_signed_in(client)


def test_a_wrong_password_says_so_and_opens_nothing(office: Office, client: FlaskClient) -> None:
    add_person(office, "wang", Role.CLERK)
    answer = sign_in(client, "wang", "something else")
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert not _is_signed_in(client)


def test_guessing_is_slowed_down_in_plain_words(office: Office, client: FlaskClient) -> None:
    add_person(office, "wang", Role.CLERK)
    for _ in range(5):
        assert sign_in(client, "wang", "wrong").status_code == 401
    answer = sign_in(client, "wang")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many attempts" in answer.text


def test_a_form_without_the_forgery_token_is_refused(office: Office, client: FlaskClient) -> None:
    add_person(office, "wang", Role.CLERK)
    answer = client.post("/sign-in", data={"login": "wang", "password": PASSWORD})
    assert answer.status_code == 400
    assert not _is_signed_in(client)


def test_signing_out_kills_the_session_even_for_a_kept_cookie(
    office: Office, app: Flask, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    kept = client.get_cookie("chancery")
    assert kept is not None
    assert send(client, "/sign-out").status_code == 303
    thief = app.test_client()
    thief.set_cookie("chancery", kept.value)
    assert not _is_signed_in(thief)


def test_a_disabled_user_is_out_at_once(office: Office, client: FlaskClient) -> None:
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    with office.database.writing() as uow:
        user_id = actor_by_login(uow, "wang").user_id
        assert user_id is not None
        disable_user(uow, SERVICE, user_id=user_id)
    assert not _is_signed_in(client)


def test_signing_in_gives_a_new_session_to_the_browser(office: Office, client: FlaskClient) -> None:
    add_person(office, "wang", Role.CLERK)
    before = forgery_token(client.get("/sign-in"))
    sign_in(client, "wang")
    assert client.post("/sign-out", data={"csrf_token": before}).status_code == 400


def test_a_stranger_is_sent_to_sign_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/password?next=/documents")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/password?next%3D/documents"


def test_a_temporary_password_opens_only_the_change_of_the_password(
    office: Office, client: FlaskClient
) -> None:
    first = add_person(office, "wang", Role.CLERK, password=None)
    sign_in(client, "wang", first)
    page = client.get("/password")
    assert "made for the first use only" in page.text
    answer = send(
        client, "/password", old=first, password="my own long words", repeated="my own long words"
    )
    assert answer.status_code == 303
    assert "made for the first use only" not in client.get("/password").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"old": "wrong", "password": "my own long words"}, "Name or password is wrong."),
        ({"old": PASSWORD, "password": "short"}, "A password has at least 12 characters."),
        (
            {"old": PASSWORD, "password": "my own long words", "repeated": "other"},
            "The two passwords differ.",
        ),
    ],
)
def test_a_change_of_password_that_is_refused_says_why(
    office: Office, client: FlaskClient, fields: dict[str, str], sentence: str
) -> None:
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    answer = send(client, "/password", **{"repeated": fields["password"], **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_the_first_administrator_comes_in_by_a_link_that_works_once(
    office: Office, client: FlaskClient
) -> None:
    with office.database.writing() as uow:
        link = f"/welcome/{invite_first_administrator(uow)}"
    assert "first administrator" in client.get(link).text
    wrong = send(client, link, login="zhao", name="赵国栋", password="x", repeated="x")
    assert wrong.status_code == 422
    words = "a new long password"
    answer = send(client, link, login="zhao", name="赵国栋", password=words, repeated=words)
    assert answer.status_code == 303
    assert _is_signed_in(client)
    assert client.get(link).status_code == 404


def test_a_made_up_link_answers_as_what_never_existed(client: FlaskClient) -> None:
    def body(path: str) -> str:
        page = client.get(path)
        assert page.status_code == 404
        return page.text.replace(forgery_token(page), "")

    assert body("/welcome/made-up") == body("/never-was")


@given(st.text())
@example("//evil.example")
@example("/\\evil.example")
@example("https://evil.example/")
@example("/\t/evil.example")
@example("javascript:alert(1)")
def test_the_way_on_after_signing_in_never_leaves_the_site(address: str) -> None:
    kept = inside(address)
    assert kept.startswith("/")
    assert not kept.startswith(("//", "/\\"))
    assert not any(character in kept for character in "\t\r\n\\")
