"""The second factor at the door, one's own sessions, and attempts at getting around them."""

import base64
import dataclasses
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from records.office import Office
from records.people.models import UserSession
from records.people.rules import Role
from records.people.second_factor import code_at, step_of
from tests.web.conftest import PASSWORD, add_person, forgery_token, send, sign_in
from web.app import create_app
from web.routes import permissions

PAGE = "/account/sign-in"
OPEN = {
    *("signin.password", "signin.change_password", "signin.sign_out", "signin.again"),
    *("signin.sign_in_again", "second_factor.show", "second_factor.begin", "second_factor.confirm"),
    *("second_factor.enrol_passkey", "second_factor.take_passkey", "own_account.ask_for_passkey"),
}


def code(office: Office, secret: bytes, *, ahead: int = 0) -> str:
    with office.database.reading() as uow:
        return code_at(secret, step_of(uow.now) + ahead)


def set_up(office: Office, client: FlaskClient) -> tuple[bytes, list[str]]:
    """Set the factor up by the page; return its secret and the recovery codes."""
    assert send(client, f"{PAGE}/factor").status_code == 303
    page = client.get(PAGE).text
    assert "<svg" in page
    shown = re.search(r'class="secret">([A-Z2-7]{32})<', page)
    assert shown is not None
    secret = base64.b32decode(shown.group(1))
    assert send(client, f"{PAGE}/factor/confirm", code="12").status_code == 422
    answer = send(client, f"{PAGE}/factor/confirm", code=code(office, secret))
    return secret, re.findall(r'class="secret">([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})<', answer.text)


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_a_right_password_alone_opens_nothing_where_a_code_is_asked_for(
    office: Office, app: Flask, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    secret, codes = set_up(office, client)
    assert len(codes) == 10
    other = app.test_client()
    answer = sign_in(other, "wang", next="/documents")
    assert answer.location == "/sign-in/code?next=/documents"
    assert 'autocomplete="one-time-code"' in other.get(answer.location).text
    for path in ("/", "/documents", "/account", "/uploads", "/password"):
        assert other.get(path).status_code != 200, path
        assert other.get(path, headers={"HX-Request": "true"}).status_code != 200, path
    assert send(other, "/sign-in/code", code="000000").status_code == 422
    assert not is_in(other)
    answer = send(other, "/sign-in/code", code=code(office, secret, ahead=1), next="//evil.example")
    assert answer.location == "/"
    assert is_in(other)
    third = app.test_client()
    sign_in(third, "wang")
    assert send(third, "/sign-in/code", code=codes[0].lower()).status_code == 303
    assert is_in(third)
    fourth = app.test_client()
    sign_in(fourth, "wang")
    assert send(fourth, "/sign-in/code", code=codes[0]).status_code == 422


def test_the_page_of_the_code_is_closed_to_whoever_showed_no_password(client: FlaskClient) -> None:
    assert client.get("/sign-in/code").location == "/sign-in"
    assert send(client, "/sign-in/code", code="000000").location == "/sign-in"


def test_a_role_that_needs_a_factor_reaches_nothing_without_one(office: Office) -> None:
    asked = dataclasses.replace(
        office, config=dataclasses.replace(office.config, second_factor_roles=frozenset({"clerk"}))
    )
    app = create_app(asked)
    add_person(office, "wang", Role.CLERK)
    add_person(office, "zhao", Role.LEADER)
    client, free = app.test_client(), app.test_client()
    sign_in(client, "wang")
    sign_in(free, "zhao")
    assert is_in(free)
    table, tried = permissions(app), 0
    for rule in app.url_map.iter_rules():
        demanded = table.get(rule.endpoint)
        path = re.sub("<[^>]+>", "00000000-0000-0000-0000-000000000000", str(rule))
        if demanded is None or not demanded.signed_in or path.startswith("/api"):
            continue
        if rule.endpoint in OPEN:
            continue
        for method in {"GET", "POST"} & set(rule.methods or ()):
            headers = {"HX-Request": "true", "X-CSRFToken": forgery_token(client.get(PAGE))}
            answer = client.open(path, method=method, headers=headers)
            assert answer.status_code in (303, 403, 404), (method, path)
            assert answer.status_code != 303 or answer.location == PAGE, (method, path)
            tried += 1
    assert tried > 100
    assert send(client, "/account/tokens", label="x", days="30").location == PAGE
    assert "Your role asks for a second factor" in client.get(PAGE).text
    set_up(office, client)
    assert is_in(client)


def test_a_token_and_a_factor_need_somebody_who_has_just_signed_in(
    office: Office, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    with office.database.writing() as uow:
        uow.session.execute(update(UserSession).values(created_at=uow.now - timedelta(minutes=11)))
    again = "/sign-in/again?next="
    assert send(client, "/account/tokens", label="x", days="30").location.startswith(again)
    assert send(client, f"{PAGE}/factor").location.startswith(again)
    kept = client.get_cookie("chancery")
    assert kept is not None
    assert send(client, "/sign-in/again", password="wrong").status_code == 422
    assert send(client, "/sign-in/again", password=PASSWORD, next="/account").location == "/account"
    assert send(client, "/account/tokens", label="x", days="30").status_code == 200
    thief = client.application.test_client()
    thief.set_cookie("chancery", kept.value)
    assert not is_in(thief)


def test_one_ends_one_session_or_all_others(
    office: Office, app: Flask, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    others = [app.test_client() for _ in range(3)]
    for each in others:
        sign_in(each, "wang")
    page = client.get(PAGE).text
    assert "this one" in page
    ends = re.findall(r'action="(/account/sign-in/sessions/[0-9a-f]{64}/end)"', page)
    assert len(ends) == 3
    assert send(client, ends[0]).status_code == 303
    assert sum(is_in(each) for each in others) == 2
    assert send(client, f"{PAGE}/sessions/end").status_code == 303
    assert not any(is_in(each) for each in others)
    assert is_in(client)


def test_nobody_ends_a_session_of_somebody_else(
    office: Office, app: Flask, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    add_person(office, "zhao", Role.LEADER)
    sign_in(client, "wang")
    sign_in(client, "wang")
    ends = re.findall(r'action="([^"]+/sessions/[0-9a-f]{64}/end)"', client.get(PAGE).text)
    zhao = app.test_client()
    sign_in(zhao, "zhao")
    assert send(zhao, ends[0]).status_code == 404
    assert send(zhao, f"{PAGE}/sessions/nothing/end").status_code == 404


def test_an_idle_session_ends_in_plain_words(office: Office, client: FlaskClient) -> None:
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    with office.database.writing() as uow:
        uow.session.execute(update(UserSession).values(seen_at=uow.now - timedelta(minutes=61)))
    answer = client.get("/account")
    assert answer.location == "/sign-in?next=/account"
    assert "Your session has ended." in client.get(answer.location).text
    assert "Your session has ended." not in client.application.test_client().get("/sign-in").text


def test_cookies_are_kept_from_scripts_and_from_other_sites(
    office: Office, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    answer = sign_in(client, "wang")
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for each in cookies:
        assert "HttpOnly" in each
        assert "SameSite=Lax" in each


def test_a_session_that_somebody_planted_is_not_the_one_that_opens(
    office: Office, app: Flask, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    client.get("/sign-in")
    planted = client.get_cookie("chancery")
    assert planted is not None
    sign_in(client, "wang")
    thief = app.test_client()
    thief.set_cookie("chancery", planted.value)
    assert is_in(client)
    assert not is_in(thief)


def test_unknown_wrong_and_closed_answer_with_one_body(office: Office, app: Flask) -> None:
    from records.people.actors import actor_by_login
    from records.people.rules import SERVICE
    from records.people.service import disable_user

    add_person(office, "wang", Role.CLERK)
    add_person(office, "gone", Role.CLERK)
    with office.database.writing() as uow:
        user_id = actor_by_login(uow, "gone").user_id
        assert user_id is not None
        disable_user(uow, SERVICE, user_id=user_id)
    bodies = set()
    for login, password in (("wang", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)):
        answer = sign_in(app.test_client(), login, password)
        assert answer.status_code == 401
        body = answer.text.replace(forgery_token(answer), "").replace(f'value="{login}"', "")
        bodies.add(body)
    assert len(bodies) == 1


def test_a_known_device_gets_in_while_a_stranger_guesses_beside_it(
    office: Office, app: Flask, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    send(client, "/sign-out")
    stranger = app.test_client()
    for _ in range(6):
        sign_in(stranger, "wang", "wrong")
    assert sign_in(stranger, "wang").status_code == 429
    assert sign_in(client, "wang").status_code == 303


def test_the_account_says_what_failed_since_the_last_time(
    office: Office, app: Flask, client: FlaskClient
) -> None:
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    for _ in range(2):
        sign_in(app.test_client(), "wang", "wrong")
    sign_in(client, "wang")
    assert "2 failed attempts since then." in client.get(PAGE).text
    sign_in(client, "wang")
    assert "Nobody failed since then." in client.get(PAGE).text


@pytest.mark.parametrize("path", ["/sessions/end", "/factor/reset"])
def test_only_the_security_administration_ends_and_resets(
    office: Office, client: FlaskClient, path: str
) -> None:
    from records.people.actors import actor_by_login

    add_person(office, "wang", Role.CLERK)
    add_person(office, "kong", Role.SECURITY_ADMIN)
    add_person(office, "sun", Role.SYSTEM_ADMIN)
    with office.database.reading() as uow:
        user_id = actor_by_login(uow, "wang").user_id
    sign_in(client, "sun")
    assert send(client, f"/users/{user_id}{path}", reason="lost").status_code == 403
    send(client, "/sign-out")
    sign_in(client, "kong")
    wanted = 303 if path == "/sessions/end" else 409
    assert send(client, f"/users/{user_id}{path}", reason="lost").status_code == wanted
