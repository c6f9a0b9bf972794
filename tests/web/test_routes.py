"""Permissions of routes, and the headers of every answer."""

from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from records.core.config import load_config
from records.core.database import UnitOfWork
from records.core.log import LogEntry
from records.office import Office, open_office
from records.people.rules import Role
from tests.web.conftest import add_person, sign_in
from web.app import create_app
from web.permissions import ALL, LOG_READERS, PUBLIC, SIGNED_IN
from web.routes import permissions, route


def test_every_endpoint_declares_its_permission(app: Flask) -> None:
    declared = permissions(app)
    served = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert served == set(declared)
    assert set(declared.values()) <= set(ALL)


@pytest.fixture
def secrets_app(app: Flask) -> Flask:
    rooms = Blueprint("rooms", __name__, url_prefix="/rooms")

    @route(rooms, "/log", permission=LOG_READERS)
    def log() -> str:
        return "the log"

    app.register_blueprint(rooms)
    app.add_url_rule("/rooms/undeclared", "undeclared", log)
    return app


def _kinds(uow: UnitOfWork) -> Iterator[str]:
    return (entry.kind for entry in uow.session.query(LogEntry))


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 200), (Role.CLERK, 403)])
def test_a_role_opens_its_screens_and_no_other(
    office: Office, secrets_app: Flask, role: Role, status: int
) -> None:
    add_person(office, "wang", role)
    client = secrets_app.test_client()
    sign_in(client, "wang")
    assert client.get("/rooms/log").status_code == status
    with office.database.reading() as uow:
        assert ("access.refused" in _kinds(uow)) == (status == 403)


def test_a_route_without_permission_is_closed_to_everybody(
    office: Office, secrets_app: Flask
) -> None:
    add_person(office, "wang", Role.AUDITOR)
    client = secrets_app.test_client()
    assert client.get("/rooms/undeclared").status_code == 303
    sign_in(client, "wang")
    assert client.get("/rooms/undeclared").status_code == 403


def test_one_endpoint_cannot_have_two_permissions(app: Flask) -> None:
    rooms = Blueprint("rooms", __name__)

    def room() -> str:
        return ""

    for permission, rule in ((PUBLIC, "/a"), (SIGNED_IN, "/b")):
        route(rooms, rule, permission=permission)(room)
    with pytest.raises(ValueError, match="two permissions"):
        app.register_blueprint(rooms)


@pytest.mark.parametrize("path", ["/sign-in", "/never-was", "/password", "/api/v1/never-was"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_with_https_cookies_are_secure_and_browsers_are_told_to_stay(office: Office) -> None:
    config = load_config(
        {"CHANCERY_PUBLIC_URL": "https://chancery.example", "CHANCERY_TRUSTED_PROXIES": "1"},
        home=office.config.home,
    )
    opened = open_office(config)
    answer = create_app(opened).test_client().get("/sign-in")
    opened.close()
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-chancery=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(("hops", "address"), [("0", "127.0.0.1"), ("1", "203.0.113.9")])
def test_forwarded_addresses_are_believed_only_from_trusted_proxies(
    office: Office, hops: str, address: str
) -> None:
    opened = open_office(load_config({"CHANCERY_TRUSTED_PROXIES": hops}, home=office.config.home))
    app = create_app(opened)
    seen = []
    app.before_request(lambda: seen.append(__import__("flask").request.remote_addr))
    app.test_client().get("/sign-in", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    opened.close()
    assert seen == [address]


def test_programs_get_problems_in_json(client: FlaskClient) -> None:
    answer = client.get("/api/v1/never-was")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["code"] == "not_found"


def test_static_files_are_kept_for_a_year_under_their_digest_and_never_under_another(
    client: FlaskClient,
) -> None:
    page = client.get("/sign-in").text
    path = page.split('href="')[1].split('"')[0]
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    css = next(part for part in page.split('"') if part.endswith("tokens.css"))
    compressed = client.get(css, headers={"Accept-Encoding": "gzip"})
    assert compressed.headers["Content-Encoding"] == "gzip"
    plain = client.get(css)
    assert "Content-Encoding" not in plain.headers
    assert len(compressed.data) < len(plain.data)
    again = client.get(css, headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304
    old = client.get("/static/000000000000/css/tokens.css")
    assert old.headers["Cache-Control"] == "no-cache"
    assert client.get("/static/000000000000/css/../../app.py").status_code == 404
