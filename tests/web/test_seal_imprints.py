"""The imprint of a seal in the browser: looked at before it is set, and seen by few."""

import base64
import re
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image, ImageDraw
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from records.office import Office
from tests.records.seals.offices import SealOffice, seal_office
from tests.web.visitor import Visitor


@pytest.fixture
def seals(office: Office) -> SealOffice:
    return seal_office(office)


@pytest.fixture
def admin(app: Flask, seals: SealOffice) -> Visitor:
    assert seals.admin.name == "Admin"
    return Visitor(app, "seal-admin")


def scan() -> bytes:
    """Return what a scanner makes of a round red imprint on white paper."""
    picture = Image.new("RGB", (600, 600), "white")
    ImageDraw.Draw(picture).ellipse((10, 10, 590, 590), outline=(200, 30, 30), width=14)
    kept = BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


def look(admin: Visitor, seals: SealOffice, content: bytes, name: str = "scan.png") -> TestResponse:
    return admin.client.post(
        f"/seals/{seals.seal_id}/imprint/preview",
        data={"csrf_token": admin.token, "imprint": FileStorage(BytesIO(content), name)},
        content_type="multipart/form-data",
    )


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.get_data(as_text=True))
    assert found is not None
    return found.group(1)


def test_a_scan_is_cleaned_looked_at_and_set(admin: Visitor, seals: SealOffice) -> None:
    path = f"/seals/{seals.seal_id}"
    assert admin.get(f"{path}/imprint.png").status_code == 404
    page = look(admin, seals, scan())
    assert page.status_code == 200, page.text
    cleaned = Image.open(BytesIO(base64.b64decode(hidden(page, "picture")))).convert("RGBA")
    middle = cleaned.getpixel((cleaned.width // 2, cleaned.height // 2))
    assert isinstance(middle, tuple)
    assert middle[3] == 0
    assert admin.get(f"{path}/imprint.png").status_code == 404
    fields = {name: hidden(page, name) for name in ("picture", "proof")}
    assert admin.post(f"{path}/imprint", **fields).status_code == 303
    assert f"{path}/imprint.png" in admin.get(path).text


def test_only_a_picture_that_was_looked_at_for_this_seal_is_set(
    admin: Visitor, seals: SealOffice
) -> None:
    other = seals.add_seal("T")
    page = look(admin, seals, scan())
    fields = {name: hidden(page, name) for name in ("picture", "proof")}
    for path, given in (
        (f"/seals/{other}/imprint", fields),
        (f"/seals/{seals.seal_id}/imprint", {**fields, "proof": "0" * 64}),
        (f"/seals/{seals.seal_id}/imprint", {**fields, "picture": "AAAA"}),
        (f"/seals/{seals.seal_id}/imprint", {}),
    ):
        refused = admin.post(path, **given)
        assert refused.status_code == 422
        assert "Choose a file first." in refused.text


@pytest.mark.parametrize("content", [b"", b"no picture", b"%PDF-1.7"])
def test_what_is_no_imprint_is_refused_at_its_field(
    admin: Visitor, seals: SealOffice, content: bytes
) -> None:
    refused = look(admin, seals, content)
    assert refused.status_code == 422
    assert 'id="imprint-error"' in refused.text


def test_one_is_drawn_for_a_start_and_says_so(admin: Visitor, seals: SealOffice) -> None:
    page = admin.post(f"/seals/{seals.seal_id}/imprint/preview", act="draw")
    assert "This is a drawing" in page.text
    fields = {name: hidden(page, name) for name in ("picture", "proof")}
    assert admin.post(f"/seals/{seals.seal_id}/imprint", **fields).status_code == 303


def test_keeper_and_administrators_get_the_picture_and_no_cache_keeps_it(
    app: Flask, admin: Visitor, seals: SealOffice
) -> None:
    path = f"/seals/{seals.seal_id}"
    page = admin.post(f"{path}/imprint/preview", act="draw")
    fields = {name: hidden(page, name) for name in ("picture", "proof")}
    assert admin.post(f"{path}/imprint", **fields).status_code == 303
    for login, status in (
        ("seal-admin", 200),
        ("seal-security", 200),
        ("keeper", 200),
        ("keeper2", 403),
        ("seal-auditor", 403),
        ("leader", 403),
        ("applicant", 404),
    ):
        visitor = Visitor(app, login)
        picture = visitor.get(f"{path}/imprint.png")
        assert picture.status_code == status, login
        if status == 200:
            assert picture.headers["Cache-Control"] == "private, no-store"
        else:
            assert "imprint.png" not in visitor.get(path).text
        if login != "seal-admin":
            assert visitor.get(f"{path}/imprint").status_code == 403
