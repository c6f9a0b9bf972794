"""A passkey as second factor: questions answered once, from here, by a key that counts."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from records.core.log import LogEntry
from records.office import Office
from records.people.actors import actor_by_login
from records.people.keys import RelyingParty, passkeys_in_use
from records.people.models import SigningKey, SigningRequest, UserSession
from records.people.rules import Role
from tests.authenticator import Authenticator
from tests.web.conftest import PASSWORD, add_person, forgery_token, send, sign_in

MINUTES_11, SECONDS_300 = timedelta(minutes=11), timedelta(seconds=300)
PAGE = "/account/sign-in"
DOOR = "/sign-in/passkey"


def passkey(office: Office) -> Authenticator:
    party = RelyingParty.of(office.config.public_url)
    return Authenticator(party.origin, party.id)


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    headers = {"X-CSRFToken": forgery_token(client.get("/nowhere"))}
    return client.post(path, data=fields, headers=headers)


def enrol(office: Office, client: FlaskClient, path: str = f"{PAGE}/passkeys") -> Authenticator:
    made = passkey(office)
    options = json.dumps(post(client, "/account/keys/question").json["options"])  # type: ignore[index]
    answer = post(client, path, answer=made.create(options), label="Phone")
    assert answer.status_code == 200, answer.text
    return made


def asked(client: FlaskClient) -> dict[str, Any]:
    answer = post(client, f"{DOOR}/ask")
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return dict(answer.json)


def shown(client: FlaskClient, made: Authenticator, **changes: Any) -> TestResponse:
    question = asked(client)
    given = made.get(json.dumps(question["options"]), **changes)
    return post(client, DOOR, request=question["request"], answer=given, next="/documents")


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def kinds(office: Office) -> list[str]:
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(LogEntry.kind).order_by(LogEntry.sequence)))


@pytest.fixture
def made(office: Office, client: FlaskClient) -> Authenticator:
    """Give Wang a passkey that opens."""
    add_person(office, "wang", Role.CLERK)
    sign_in(client, "wang")
    return enrol(office, client)


def test_a_passkey_opens_after_the_password_and_never_instead_of_it(
    office: Office, app: Flask, made: Authenticator
) -> None:
    other = app.test_client()
    assert post(other, f"{DOOR}/ask").status_code == 409
    assert sign_in(other, "wang").location.startswith("/sign-in/code")
    assert "data-passkey" in other.get("/sign-in/code").text
    assert not is_in(other)
    answer = shown(other, made)
    assert answer.json == {"href": "/documents"}
    assert is_in(other)
    assert "person.passkey_opens" in kinds(office)
    assert kinds(office)[-1] == "person.signed_in"


def test_a_question_is_answered_once_even_wrongly_and_within_five_minutes(
    office: Office, app: Flask, made: Authenticator
) -> None:
    other = app.test_client()
    sign_in(other, "wang")
    question = asked(other)
    given = made.get(json.dumps(question["options"]))
    assert post(other, DOOR, request=question["request"], answer="{}").status_code == 422
    assert post(other, DOOR, request=question["request"], answer=given).status_code == 409
    late = asked(other)
    with office.database.writing() as uow:
        earlier = uow.now - SECONDS_300
        uow.session.execute(update(SigningRequest).values(created_at=earlier))
    given = made.get(json.dumps(late["options"]))
    assert post(other, DOOR, request=late["request"], answer=given).status_code == 409
    assert not is_in(other)
    assert shown(other, made).status_code == 200


@pytest.mark.parametrize(
    ("changes", "also"),
    [
        ({"origin": "https://evil.example"}, {}),
        ({"party": "evil.example"}, {}),
        ({"verifies": False}, {}),
        ({"cross_origin": True}, {}),
        ({"sign_count": -1}, {}),
        ({}, {"type": "webauthn.create"}),
    ],
    ids=["origin", "party", "unverified", "framed", "count", "enrolment"],
)
def test_what_is_wrong_with_an_answer_opens_nothing_and_is_logged(
    office: Office,
    app: Flask,
    made: Authenticator,
    changes: dict[str, Any],
    also: dict[str, Any],
) -> None:
    before = app.test_client()
    sign_in(before, "wang")
    assert shown(before, made).status_code == 200
    other = app.test_client()
    sign_in(other, "wang")
    changes = {"sign_count": made.sign_count, **changes}
    if changes["sign_count"] < 0:
        changes["sign_count"] = made.sign_count - 1
    assert shown(other, made.elsewhere(**changes), **also).status_code == 422
    assert not is_in(other)
    assert kinds(office)[-1] == "access.refused"


def test_keys_of_others_and_keys_that_only_sign_open_nothing(
    office: Office, app: Flask, client: FlaskClient, made: Authenticator
) -> None:
    signs = enrol(office, client, "/account/keys")
    add_person(office, "zhao", Role.LEADER)
    foreign = app.test_client()
    sign_in(foreign, "zhao")
    other = app.test_client()
    sign_in(other, "wang")
    for each in (signs, enrol(office, foreign)):
        assert shown(other, each, uninvited=True).status_code == 422
    assert not is_in(other)
    question = asked(other)
    given = made.get(json.dumps(question["options"]))
    half = app.test_client()
    sign_in(half, "zhao")
    assert post(half, DOOR, request=question["request"], answer=given).status_code == 409


def test_wrong_answers_are_slowed_down_like_wrong_codes(app: Flask, made: Authenticator) -> None:
    stranger = app.test_client()
    sign_in(stranger, "wang")
    for _ in range(5):
        question = asked(stranger)
        post(stranger, DOOR, request=question["request"], answer="{}")
    assert shown(stranger, made).status_code == 429
    assert send(stranger, "/sign-in/code", code="000000").status_code == 429


def test_a_recovery_code_stands_in_for_a_passkey(
    app: Flask, client: FlaskClient, made: Authenticator
) -> None:
    assert made.sign_count == 0
    assert "You have no recovery codes." in client.get(PAGE).text
    codes = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", send(client, f"{PAGE}/factor/codes").text)
    assert len(codes) == 10
    other = app.test_client()
    sign_in(other, "wang")
    assert send(other, "/sign-in/code", code=codes[3]).status_code == 303
    assert is_in(other)


def test_taking_and_leaving_a_passkey_needs_somebody_who_has_just_signed_in(
    office: Office, app: Flask, client: FlaskClient, made: Authenticator
) -> None:
    with office.database.writing() as uow:
        user_id = actor_by_login(uow, "wang").user_id
        assert user_id is not None
        (key,) = passkeys_in_use(uow, user_id)
        key_id: UUID = key.id
        uow.session.execute(update(UserSession).values(created_at=uow.now - MINUTES_11))
    again = "/sign-in/again?next="
    assert post(client, f"{PAGE}/passkeys", answer="{}", label="x").status_code == 409
    for path in (f"{PAGE}/passkeys/{key_id}", f"{PAGE}/passkeys/{key_id}/end"):
        assert send(client, path).location.startswith(again), path
    assert send(client, f"/account/keys/{key_id}/end").location.startswith(again)
    # To prove it again takes the password and the passkey.
    answer = send(client, "/sign-in/again", password=PASSWORD, next=PAGE)
    assert answer.location.startswith("/sign-in/code")
    assert not is_in(client)
    assert shown(client, made).status_code == 200
    assert send(client, f"{PAGE}/passkeys/{key_id}/end").location == PAGE
    assert sign_in(app.test_client(), "wang").location == "/"
    assert send(client, f"{PAGE}/passkeys/{key_id}").location == PAGE
    assert sign_in(app.test_client(), "wang").location.startswith("/sign-in/code")


def test_a_reset_takes_passkeys_from_the_door(
    office: Office, app: Flask, made: Authenticator
) -> None:
    add_person(office, "kong", Role.SECURITY_ADMIN)
    with office.database.reading() as uow:
        user_id = actor_by_login(uow, "wang").user_id
    keeper = app.test_client()
    sign_in(keeper, "kong")
    path = f"/users/{user_id}/factor/reset"
    assert send(keeper, path, reason="lost the phone").status_code == 303
    assert sign_in(app.test_client(), "wang").location == "/"
    with office.database.reading() as uow:
        (key,) = uow.session.scalars(select(SigningKey)).all()
        assert (key.opens_since, key.revoked_at) == (None, None)
    assert made.sign_count == 0
