"""The public check in a browser: a file that is dropped, both languages, a phone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests.browser import DESKTOP, PHONE, fits, new_page, serve
from tests.records.seals import signed
from tests.records.seals.offices import seal_office
from tests.records.seals.stamped import Stamped, stamp, trust_our_authority
from web.boundary import office

pytestmark = pytest.mark.browser


@pytest.fixture
def stamped(app: Flask) -> Stamped:
    with app.app_context():
        seals = seal_office(office())
    trust_our_authority(seals)
    # pyHanko signs in an event loop of its own, and the browser's runs in this thread.
    with ThreadPoolExecutor(1) as pool:
        pdf = pool.submit(lambda: signed.sign(signed.plain())).result()
    return stamp(seals, pdf)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_stranger_checks_a_code_and_a_file(
    browser: Browser,
    app: Flask,
    stamped: Stamped,
    tmp_path: Path,
    size: tuple[int, int],
    language: str,
) -> None:
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(stamped.pdf)
    bad.write_bytes(stamped.pdf.replace(b"(Page 1)", b"(Page 9)"))
    with serve(app) as address, new_page(browser, size=size, language=language) as page:
        page.goto(f"{address}/check")
        page.fill("#code", stamped.code)
        page.press("#code", "Enter")
        page.wait_for_url(f"**/c/{stamped.code}")
        expect(page.locator(".answer.ok")).to_be_visible()
        # Choosing a file is enough: the script sends it.
        page.set_input_files("input[type=file]", good)
        expect(page.locator(".signature.ok")).to_be_visible()
        page.set_input_files("input[type=file]", bad)
        expect(page.locator(".answer.seal")).to_be_visible()
        expect(page.locator(".signature.seal")).to_be_visible()
        expect(page.locator(".signature.ok")).to_have_count(0)
        fits(page)
        assert page.context.cookies() == []
