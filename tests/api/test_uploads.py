"""Large files in parts, by token and by cookie."""

import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from records.documents import uploads
from records.documents.uploads import drop_expired
from tests.api.conftest import LIMIT, Place
from tests.offices import HeldClock

PART = 100_000
CONTENT = bytes(range(251)) * 1000


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PART_BYTES", PART)


def begun(place: Place, size: int = len(CONTENT)) -> dict[str, Any]:
    answer = place.clerk("POST", "/uploads", json={"name": "big.bin", "size": size})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json
    return body


def put(place: Place, upload: dict[str, Any], number: int, content: bytes | None = None) -> Any:
    part = CONTENT[number * PART : (number + 1) * PART] if content is None else content
    return place.clerk("PUT", f"/uploads/{upload['id']}/parts/{number}", data=part)


def test_parts_in_any_order_become_the_document(place: Place) -> None:
    upload = begun(place)
    assert upload["part_bytes"] == PART
    for number in (2, 0, 0, 1):
        assert put(place, upload, number).status_code == 204
    assert place.clerk("GET", f"/uploads/{upload['id']}").json["parts"] == [0, 1, 2]
    spool = place.office.config.spool
    assert len(list(spool.iterdir())) == 3
    for path in spool.iterdir():
        assert CONTENT[:64] not in path.read_bytes()
    made = place.clerk.register(upload=upload["id"], title="Big", key="k")
    assert made.status_code == 201, made.text
    component = place.clerk("GET", f"/documents/{made.json['id']}").json["components"][0]
    assert component["name"] == "big.bin"
    assert component["sha256"] == sha256(CONTENT).hexdigest()
    assert place.clerk("GET", f"/components/{component['id']}/content").data == CONTENT
    assert list(spool.iterdir()) == []
    assert place.clerk("GET", f"/uploads/{upload['id']}").status_code == 404
    again = place.clerk.register(upload=upload["id"], title="Big", key="k")
    assert again.json == made.json


def test_an_upload_that_lacks_parts_is_not_registered(place: Place) -> None:
    upload = begun(place)
    put(place, upload, 1)
    refused = place.clerk.register(upload=upload["id"])
    assert refused.status_code == 409
    assert refused.json["missing"] == [0, 2]
    assert place.clerk.register(upload="nonsense").json["field"] == "upload"


def test_a_part_of_another_size_is_refused_and_leaves_nothing(place: Place) -> None:
    upload = begun(place)
    assert put(place, upload, 0, b"short").status_code == 422
    assert put(place, upload, 0, b"x" * (PART + 1)).status_code == 413
    assert put(place, upload, 3, b"x").status_code == 404
    assert list(place.office.config.spool.iterdir()) == []


def test_an_upload_is_its_owners_alone(place: Place) -> None:
    upload = begun(place)
    assert place.stranger("GET", f"/uploads/{upload['id']}").status_code == 403
    assert place.clerk("DELETE", f"/uploads/{upload['id']}").status_code == 204
    assert place.clerk("DELETE", f"/uploads/{upload['id']}").status_code == 404


def test_what_is_too_large_is_refused_before_the_first_part(place: Place) -> None:
    refused = place.clerk("POST", "/uploads", json={"name": "big.bin", "size": LIMIT + 1})
    assert refused.status_code == 422
    assert refused.json["field"] == "size"


def test_after_a_day_an_unfinished_upload_is_gone(place: Place, clock: HeldClock) -> None:
    upload = begun(place)
    put(place, upload, 0)
    clock.instant += timedelta(hours=24)
    assert place.clerk("GET", f"/uploads/{upload['id']}").status_code == 404
    assert drop_expired(place.office.database, place.office.vault) == 1
    assert list(place.office.config.spool.iterdir()) == []


def test_a_browser_sends_parts_with_its_cookie_and_forgery_token(place: Place) -> None:
    from records.people.models import User
    from records.people.signing_in import open_session

    with place.office.database.writing() as uow:
        clerk = uow.session.query(User).filter_by(login="clerk").one()
        clerk.password_is_temporary = False
        secret = open_session(uow, clerk, address="127.0.0.1", agent="test")
    client = place.app.test_client()
    with client.session_transaction() as cookie:
        cookie["secret"] = secret
    page = client.get("/password").text
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    headers = {"X-CSRFToken": found[1]}
    form = {"name": "big.bin", "size": str(len(CONTENT))}
    assert client.post("/uploads", data=form).status_code == 400
    upload = client.post("/uploads", data=form, headers=headers).json
    assert upload is not None
    path = f"/uploads/{upload['id']}"
    assert client.put(f"{path}/parts/0", data=CONTENT[:PART]).status_code == 400
    taken = client.put(f"{path}/parts/0", data=CONTENT[:PART], headers=headers)
    assert taken.status_code == 204, taken.text
    shown = client.get(path).json
    assert shown is not None
    assert shown["parts"] == [0]
    assert client.delete(path, headers=headers).status_code == 204
    assert client.get("/api/v1/me").status_code == 401
