"""Content: byte for byte, in ranges, and never as a page of ours."""

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.core.log import entries_about
from storage import ObjectMissing
from tests.api.conftest import Place
from tests.builders import work
from web.content import attachment
from web.views import views_of

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def component(place: Place) -> dict[str, Any]:
    made = place.clerk.register(("数据 1.bin", CONTENT))
    shown = place.clerk("GET", f"/documents/{made.json['id']}").json
    found: dict[str, Any] = {**shown["components"][0], "document": made.json["id"]}
    return found


def test_the_bytes_come_back_as_they_came(place: Place, component: dict[str, Any]) -> None:
    answer = place.clerk("GET", f"/components/{component['id']}/content")
    assert answer.status_code == 200
    assert answer.data == CONTENT
    assert component["sha256"] == sha256(CONTENT).hexdigest()
    assert answer.headers["ETag"] == f'"{component["sha256"]}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''%E6%95%B0%E6%8D%AE%201.bin" in disposition
    head = place.clerk("HEAD", f"/components/{component['id']}/content")
    assert (head.data, head.content_length) == (b"", len(CONTENT))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.integers(0, len(CONTENT) - 1), length=st.integers(1, 140_000))
def test_any_range_is_that_part_of_the_file(
    place: Place, component: dict[str, Any], first: int, length: int
) -> None:
    last = first + length - 1
    answer = place.clerk(
        "GET",
        f"/components/{component['id']}/content",
        headers={"Range": f"bytes={first}-{last}"},
    )
    stop = min(last + 1, len(CONTENT))
    assert answer.status_code == 206
    assert answer.data == CONTENT[first:stop]
    assert answer.headers["Content-Range"] == f"bytes {first}-{stop - 1}/{len(CONTENT)}"


@pytest.mark.parametrize(
    ("headers", "status", "length"),
    [
        ({"Range": "bytes=-10"}, 206, 10),
        ({"Range": "bytes=255990-"}, 206, 10),
        ({"Range": "bytes=0-"}, 206, len(CONTENT)),
        ({"Range": "bytes=0-1,5-6"}, 200, len(CONTENT)),
        ({"Range": "lines=1-2"}, 200, len(CONTENT)),
        ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200, len(CONTENT)),
        ({"Range": f"bytes={len(CONTENT)}-"}, 416, None),
    ],
)
def test_odd_ranges_are_answered_by_the_book(
    place: Place,
    component: dict[str, Any],
    headers: dict[str, str],
    status: int,
    length: int | None,
) -> None:
    answer = place.clerk("GET", f"/components/{component['id']}/content", headers=headers)
    assert answer.status_code == status
    if length is not None:
        assert len(answer.data) == length
    else:
        assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


def test_what_the_caller_has_is_not_sent_again(place: Place, component: dict[str, Any]) -> None:
    answer = place.clerk(
        "GET",
        f"/components/{component['id']}/content",
        headers={"If-None-Match": f'"{component["sha256"]}"'},
    )
    assert (answer.status_code, answer.data) == (304, b"")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<!doctype html><html><script>alert(1)</script></html>"),
        ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("data.xml", b'<?xml version="1.0"?><a/>'),
    ],
)
def test_what_a_browser_would_run_goes_out_as_bytes(
    place: Place, name: str, content: bytes
) -> None:
    made = place.clerk.register((name, content)).json["id"]
    component = place.clerk("GET", f"/documents/{made}").json["components"][0]["id"]
    answer = place.clerk("GET", f"/components/{component}/content")
    assert answer.mimetype == "application/octet-stream"
    assert answer.data == content


def test_an_object_that_is_gone_is_an_error_and_no_broken_file(
    place: Place, component: dict[str, Any]
) -> None:
    store = place.office.vault.store
    for each in list(store.names()):
        store.delete(each.name)
    answer = place.clerk("GET", f"/components/{component['id']}/content")
    assert answer.status_code == 500
    assert answer.json["code"] == ObjectMissing.code


def test_text_is_empty_until_it_is_read(place: Place, component: dict[str, Any]) -> None:
    answer = place.clerk("GET", f"/components/{component['id']}/text")
    assert answer.json == {"pages": []}


def test_hits_in_a_text_are_counted_and_a_question_is_needed(place: Place) -> None:
    made = place.clerk.register(("dykes.txt", b"The dyke. Dykes again.")).json["id"]
    work(place.office)
    component = place.clerk("GET", f"/documents/{made}").json["components"][0]["id"]
    path = f"/components/{component}/hits"
    found = place.clerk("GET", f"{path}?q=dykes").json
    assert (found["total"], found["pages"][0]["count"]) == (2, 2)
    assert place.clerk("GET", path).status_code == 422
    assert place.stranger("GET", f"{path}?q=dykes").status_code == 404


def test_views_reach_the_log_in_batches_and_once_a_minute(
    place: Place, component: dict[str, Any]
) -> None:
    from uuid import UUID

    for _ in range(3):
        place.clerk("GET", f"/documents/{component['document']}")
        place.clerk("GET", f"/components/{component['id']}/content")
    views_of(place.app).end()
    with place.office.database.reading() as uow:
        entries = list(entries_about(uow.session, UUID(component["document"])))
    viewed = [entry.objects for entry, _ in entries if entry.kind == "document.viewed"]
    assert sorted(len(each) for each in viewed) == [1, 2]


@given(st.text(min_size=1, max_size=40))
def test_a_file_name_never_leaves_its_header(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
