"""Language, theme and rail: chosen once, kept, and written as the reader's language writes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from records.office import Office
from records.people.rules import Role
from tests.web.conftest import add_person, send, sign_in
from web import formats


@pytest.mark.parametrize(
    ("header", "word"),
    [("zh-CN,zh;q=0.9,en;q=0.5", "登录"), ("fr,en;q=0.5", "Sign in"), ("fr", "Sign in")],
)
def test_without_a_choice_the_browser_decides(client: FlaskClient, header: str, word: str) -> None:
    assert word in client.get("/sign-in", headers={"Accept-Language": header}).text


def test_a_choice_wins_over_the_browser(client: FlaskClient) -> None:
    assert send(client, "/preferences/language", language="zh_CN").status_code == 303
    assert "登录" in client.get("/sign-in", headers={"Accept-Language": "en"}).text


def test_a_person_keeps_the_language_in_every_browser(office: Office, app: Flask) -> None:
    add_person(office, "wang", Role.CLERK)
    first, second = app.test_client(), app.test_client()
    sign_in(first, "wang")
    send(first, "/preferences/language", language="zh_CN")
    sign_in(second, "wang")
    assert "修改口令" in second.get("/password", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize(
    ("theme", "media"),
    [("dark", 'media="all"'), ("auto", 'media="(prefers-color-scheme: dark)"'), ("light", None)],
)
def test_the_theme_is_right_at_the_first_paint(
    client: FlaskClient, theme: str, media: str | None
) -> None:
    send(client, "/preferences/theme", theme=theme)
    page = client.get("/sign-in").text
    assert ("dark.css" in page) == (media is not None)
    assert media is None or media in page


def test_a_choice_that_does_not_exist_is_refused(client: FlaskClient) -> None:
    assert send(client, "/preferences/theme", theme="pink").status_code == 422


def test_the_form_leads_back_to_the_page_it_came_from_and_nowhere_else(client: FlaskClient) -> None:
    token = client.get("/sign-in").text.split('csrf-token" content="')[1].split('"')[0]
    data = {"theme": "dark", "csrf_token": token}
    home = {"Referer": "http://localhost/sign-in?next=/documents"}
    away = {"Referer": "http://evil.example/"}
    assert client.post("/preferences/theme", data=data, headers=home).location == (
        "/sign-in?next=/documents"
    )
    assert client.post("/preferences/theme", data=data, headers=away).location == "/"


@pytest.mark.parametrize(
    ("language", "day", "instant", "size", "ago"),
    [
        ("en", "5 Jan 2026", "6 Jan 2026 00:30", "1.5 MB", "3 hours ago"),
        ("zh_CN", "2026年1月5日", "2026年1月6日 00:30", "1.5 MB", "3小时前"),
    ],
)
def test_formats_follow_the_language_and_the_office_time_zone(
    app: Flask, language: str, day: str, instant: str, size: str, ago: str
) -> None:
    at = datetime(2026, 1, 5, 16, 30, tzinfo=UTC)
    with app.test_request_context(headers={"Cookie": f"language={language}"}):
        assert formats.day(date(2026, 1, 5)) == day
        assert formats.instant(at) == instant
        assert formats.size(1_572_864) == size
        assert formats.ago(at - timedelta(hours=3), at) == ago
        assert formats.at_most(1001) == "1,000+"
        assert formats.at_most(1000) == "1,000"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("王晓敏", "晓敏"), ("Anna Maria Berger", "AB"), ("chancery", "CH"), ("", "")],
)
def test_initials_stand_for_a_person(name: str, shown: str) -> None:
    assert formats.initials(name) == shown
