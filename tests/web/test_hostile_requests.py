"""Requests that no browser sends: each test bears the name of the attack that it stands against."""

import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from records.office import Office
from records.people.rules import Role
from tests import builders
from tests.web.offices import client_of, post, upload
from web.content import attachment

ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%5cevil.example",
    "///evil.example",
    "/\t/evil.example",
    "\x01//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https:evil.example",
    "/x\r\nSet-Cookie: a=b",
    "//evil.example/..",
    "http://localhost@evil.example",
)


@pytest.fixture
def clerk(office: Office, app: Flask) -> FlaskClient:
    builders.add_person(office, "wang", Role.CLERK)
    return client_of(app, "wang")


def stays(location: str) -> bool:
    """Whether a browser that follows a redirect stays with us."""
    return re.match(r"/(?![/\\])[^\\\x00-\x20]*$", location) is not None


@pytest.mark.parametrize("target", ELSEWHERE)
def test_open_redirect_by_next_leads_nowhere_else(clerk: FlaskClient, target: str) -> None:
    for answer in (
        clerk.get("/sign-in", query_string={"next": target}),
        post(clerk, "/preferences/language", language="en", next=target),
        post(clerk, "/preferences/theme", theme="dark", next=target),
        post(clerk, "/sign-in", login="wang", password=builders.PASSWORD, next=target),
    ):
        assert answer.status_code < 500
        assert "Set-Cookie: a=b" not in str(answer.headers)
        if answer.status_code in (302, 303, 307, 308):
            assert stays(answer.headers["Location"]), answer.headers["Location"]


@pytest.mark.parametrize("header", ["Referer", "Host", "X-Forwarded-Host", "X-Original-URL"])
def test_open_redirect_by_a_header_leads_nowhere_else(clerk: FlaskClient, header: str) -> None:
    for path in ("/sign-in", "/welcome/none", "/never-was", "/account"):
        answer = clerk.get(path, headers={header: "evil.example"})
        location = answer.headers.get("Location", "/")
        assert stays(location), location


def test_web_cache_deception_every_page_of_the_address_map_forbids_caches(
    clerk: FlaskClient, app: Flask
) -> None:
    kept = []
    sample = {"format_": "csv", "step": "return", "register": "incoming", "digest": "0" * 8}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "assets.file":
            continue
        values: dict[str, object] = {}
        for name in rule.arguments:
            kind = type(rule._converters[name]).__name__
            nothing = {"UUIDConverter": "0" * 8 + "-0000-7000-8000-" + "0" * 12}.get(kind, "1")
            values[name] = sample.get(name, nothing)
        with app.test_request_context():
            path = str(rule.build(values, append_unknown=False)[1])  # type: ignore[index]
        for address in (path, f"{path}/x.css", f"{path}?x.js"):
            answer = clerk.get(address)
            control = answer.headers.get("Cache-Control", "")
            private = "no-store" in control or "private" in control
            if not private or "Cookie" not in answer.headers.get("Vary", ""):
                kept.append((address, answer.status_code, control))
    assert kept == []


def parts(count: int, *, header: bytes = b"") -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="a"' + header + b"\r\n\r\nb\r\n"
    return head * count + b"--x--\r\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (parts(10_000), "multipart/form-data; boundary=x"),
        (parts(1, header=b"; filename=" + b"f" * 500_000), "multipart/form-data; boundary=x"),
        (parts(1, header=b"\r\nX-Y: z" * 20_000), "multipart/form-data; boundary=x"),
        (parts(2), "multipart/form-data"),
        (parts(2), "multipart/form-data; boundary="),
        (parts(2), "multipart/form-data; boundary=" + "y" * 10_000),
        (parts(2)[:-9], "multipart/form-data; boundary=x"),
        (b"--x\r\n" * 100_000, "multipart/form-data; boundary=x"),
        (b"a=" + b"b" * 2_000_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=b" % each for each in range(20_000)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe%%%=%zz&=&&=", "application/x-www-form-urlencoded"),
    ],
    ids=[
        "ten thousand parts", "huge header", "many headers", "no boundary", "empty boundary",
        "long boundary", "no end", "only boundaries", "huge field", "many fields", "no text",
    ],
)  # fmt: skip
def test_multipart_bomb_is_refused_or_taken_never_an_error_of_ours(
    clerk: FlaskClient, body: bytes, kind: str
) -> None:
    token = re.search(r'csrf-token" content="([^"]+)"', clerk.get("/account").text)
    assert token is not None
    for path in ("/registration/files", "/sign-in", "/check", "/seals/new"):
        answer = clerk.post(path, data=body, content_type=kind, headers={"X-CSRFToken": token[1]})
        assert answer.status_code < 500, path


@pytest.mark.parametrize(
    "question",
    [
        "(" * 10_000,
        "(" * 2_000 + "a" + ")" * 2_000,
        "a* " * 10_000,
        "*" * 10_000,
        "?" * 5_000 + "*",
        "a~9 " * 2_000,
        "NOT " * 5_000 + "a",
        '"' * 9_999,
        "a OR " * 5_000 + "a",
        "title:" * 3_000,
        "[a TO " * 2_000,
        "^" * 5_000 + "9" * 5_000,
        "/(a+)+$/" + "a" * 5_000,
        "d:" + "9" * 5_000,
    ],
)
def test_redos_and_queries_that_explode_are_answered(clerk: FlaskClient, question: str) -> None:
    for path in ("/search", "/pick/units", "/pick/people", "/documents"):
        answer = clerk.get(path, query_string={"q": question})
        assert answer.status_code in (200, 400, 403, 404, 414, 422), path


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nSet-Cookie: x=y.txt",
        '"; filename="evil.exe',
        "../../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "a\x00.pdf",
        "annex\u202efdp.exe",
        "\u2066hidden\u2069.txt",
        "." * 300,
        "C:\\boot.ini",
        "-rf",
        "con.txt",
    ],
)
def test_header_and_path_injection_by_a_file_name(name: str) -> None:
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert not re.search(r"%0[0-9a-fA-F]|%2F|%5C|%E2%80%AE|%E2%81%A6", header)


def test_uploaded_names_with_folders_and_line_breaks_do_no_harm(
    office: Office, clerk: FlaskClient
) -> None:
    for name in ("../../up.txt", "a\nb.txt", "..", "x" * 1_000 + ".txt"):
        answer = upload(clerk, "/registration/files", name, b"content of " + name.encode())
        assert answer.status_code < 500
    home = office.config.home
    assert not (home.parent / "up.txt").exists()
    assert not (home.parent.parent / "up.txt").exists()


def test_trace_is_no_method_of_ours(clerk: FlaskClient) -> None:
    for path in ("/", "/sign-in", "/api/v1/me", "/never-was"):
        assert clerk.open(path, method="TRACE").status_code in (404, 405)


def test_parameter_pollution_takes_one_value_and_no_error(clerk: FlaskClient) -> None:
    for path in ("/documents", "/search", "/registers/incoming", "/reading", "/tasks"):
        for name in ("q", "sort", "order", "state", "after", "limit", "due"):
            answer = clerk.get(f"{path}?{name}=a&{name}=%27&{name}[]=b&{name}[x]=c")
            assert answer.status_code < 500, (path, name)


# What others were told: each bears the name of what was published about a system like this one.


def _registered(office: Office, name: str, content: bytes) -> str:
    clerk = builders.actor(office, "wang")
    made = builders.register(office, clerk, "Paper", files=[(name, content)])
    from tests.web.visitor import components_of

    return str(components_of(office, made)[0])


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(document.cookie)</script>"


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.svg", SVG), ("a.html", HTML), ("a.xml", b"<?xml version='1.0'?>" + SVG), ("a.txt", HTML)],
)
def test_as_in_paperless_and_mayan_a_stored_svg_or_page_never_runs_in_our_origin(
    office: Office, clerk: FlaskClient, name: str, content: bytes
) -> None:
    component = _registered(office, name, content)
    answer = clerk.get(f"/components/{component}/content")
    assert answer.data == content
    assert answer.mimetype in ("application/octet-stream", "text/plain")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src" not in answer.headers["Content-Security-Policy"].replace(
        "script-src 'self'", ""
    )


def test_as_in_teedy_and_paperless_previews_and_texts_need_the_right_to_the_document(
    office: Office,
    app: Flask,
    clerk: FlaskClient,  # noqa: ARG001 - she is registering
) -> None:
    component = _registered(office, "a.txt", b"secret words")
    builders.add_unit(office, "apart")
    builders.add_person(office, "stranger", Role.STAFF, unit="apart")
    stranger = client_of(app, "stranger")
    for end in ("content", "pages/1.webp", "pages/1/text", "hits?q=secret"):
        hidden = stranger.get(f"/components/{component}/{end}")
        nothing = stranger.get(f"/components/{component[:-4]}ffff/{end}")
        assert (hidden.status_code, nothing.status_code) == (404, 404)


def test_as_in_mayan_autocomplete_needs_a_session_and_a_right(app: Flask) -> None:
    nobody = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/pick/"):
            answer = nobody.get(rule.rule, query_string={"q": "a"})
            assert answer.status_code in (303, 401), rule.rule
            assert "wang" not in answer.text


def test_as_in_paperless_a_secret_that_everybody_knows_is_refused(office: Office) -> None:
    from records.core.config import load_config
    from records.core.errors import Refusal

    for secret in ("change-me", "secret", "a" * 64, "paperless"):
        with pytest.raises((Refusal, ValueError)):
            load_config({"CHANCERY_SECRET_KEY": secret}, home=office.config.home)


def test_as_with_pickled_tasks_a_job_is_text_and_no_source_unpickles() -> None:
    from pathlib import Path

    root = Path(__file__).parents[2]
    guilty = [
        str(path.relative_to(root))
        for package in ("records", "search", "storage", "web")
        for path in (root / package).rglob("*.py")
        if re.search(
            r"^\s*(?:import|from) (?:pickle|marshal|shelve|dill)|allow_pickle=True|yaml\.load\(",
            path.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]
    assert guilty == []


def test_as_in_teedy_a_comment_or_name_with_markup_is_shown_as_it_was_written(
    clerk: FlaskClient,
) -> None:
    markup = "<img src=x onerror=alert(1)>"
    answer = clerk.post(
        "/sign-in", data={"login": markup, "password": markup}, follow_redirects=True
    )
    assert markup not in answer.text
    files = [FileStorage(BytesIO(b"x"), f"{markup}.txt")]
    token = re.search(r'csrf-token" content="([^"]+)"', clerk.get("/account").text)
    assert token is not None
    sent = clerk.post(
        "/registration/files",
        data={"csrf_token": token[1], "register": "incoming", "file": files},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert markup not in sent.text
    assert markup not in clerk.get("/documents").text
