"""A seal from the wish to the proof: asked for, approved on a phone, stamped, checked, forged.

The applicant asks for an electronic seal over the edges of all pages; the leader agrees on a phone;
the keeper lays the imprint down and the worker stamps. The file that comes out is valid for pyHanko
and for poppler; the public page knows it, and does not know it any more with one byte flipped.
"""

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pypdf
import pytest
from flask import Flask
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import select

from records.audit.verification import verify
from records.office import Office
from records.seals.keys.authority import authorities
from records.seals.models import SealUsage
from records.worker import Worker
from tests.browser import DESKTOP, PHONE, new_page, serve, sign_in
from tests.letters import letter
from tests.records.seals.approved import contract
from tests.records.seals.electronic import Stamped, equip, stamped
from tests.records.seals.offices import SealOffice, seal_office
from tests.records.seals.signing import pdfsig, verdict

pytestmark = pytest.mark.browser

CLAUSES = ["The supplier delivers within thirty days of the order."] * 20


def agreement(pages: int, turned: int = 0) -> bytes:
    """Return a PDF of so many pages, each shown turned by so many degrees."""
    plain = letter([[f"Agreement, page {page + 1}", "", *CLAUSES] for page in range(pages)])
    if not turned:
        return plain
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(plain))
    for page in writer.pages:
        page.rotate(turned)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@dataclass(frozen=True)
class Chancery:
    """A served office with a seal, and browsers of one language."""

    seals: SealOffice
    browser: Browser
    address: str
    language: str

    @contextmanager
    def at(self, login: str, size: tuple[int, int] = DESKTOP) -> Iterator[Page]:
        """Open a browser in which somebody is signed in."""
        with self.outside(size) as page:
            sign_in(page, self.address, login)
            yield page

    @contextmanager
    def outside(self, size: tuple[int, int] = PHONE) -> Iterator[Page]:
        """Open a browser of a stranger."""
        with new_page(self.browser, size=size, language=self.language) as page:
            yield page


@pytest.fixture(params=["en", "zh_CN"])
def chancery(
    request: pytest.FixtureRequest, office: Office, app: Flask, browser: Browser
) -> Iterator[Chancery]:
    seals = seal_office(office)
    equip(seals)
    stop = threading.Event()
    with Worker(office) as worker, serve(app) as address:
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        yield Chancery(seals, browser, address, request.param)
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    "pdf", [agreement(23), agreement(5, turned=90)], ids=["23-pages", "turned"]
)
def test_a_seal_from_the_wish_to_the_proof(chancery: Chancery, pdf: bytes, tmp_path: Path) -> None:
    document_id = contract(chancery.seals, files=(("agreement.pdf", pdf),))
    with chancery.at("seal-clerk") as page:
        page.goto(f"{chancery.address}/documents/{document_id}")
        ask_for_seal(page)
    with chancery.at("head", PHONE) as page:
        approve(page, chancery.address)
    with chancery.at("keeper") as page:
        stamp(page, chancery.address)
        received = download(page)
    copy = only_copy(chancery.seals.office)
    assert received == copy.pdf
    assert copy.pdf.startswith(pdf), "the original is the beginning of the stamped copy"
    assert_valid(chancery.seals.office, copy.pdf, tmp_path)

    forged = flipped(copy.pdf)
    with chancery.outside() as page:
        page.goto(f"{chancery.address}/c/{copy.line.code}")
        expect(page.locator(".answer.ok")).to_be_visible()
        check_file(page, copy.pdf)
        expect(page.locator(".answer.ok")).to_be_visible()
        check_file(page, forged)
        expect(page.locator(".answer.seal[role=alert]")).to_be_visible()
    assert not is_valid(forged, *roots(chancery.seals.office))
    report = verify(chancery.seals.office)
    assert report.ok, report.as_json()


# What people do -----------------------------------------------------------------------------------


def ask_for_seal(page: Page) -> None:
    page.locator("a[href*='/seal-requests/new']").first.click()
    page.select_option("[name=seal]", index=1)
    page.locator("#chain [data-state]").first.wait_for()
    page.locator("[name=medium][value=electronic]").check(force=True)
    page.check("[name=cross_page]")
    page.fill("[name=matter]", "Agreement with the supplier")
    page.fill("[name=recipient]", "Harbour Ltd")
    page.locator("[data-send]").click()
    page.wait_for_url("**/seal-requests/*-*")


def approve(page: Page, address: str) -> None:
    page.goto(f"{address}/reading")
    page.locator("a[href*='/reading/seals/']").first.click()
    page.locator(".leaf img").first.wait_for()
    page.locator("[name=decision][value=agreed]").click()
    page.wait_for_url("**/reading")


def stamp(page: Page, address: str) -> None:
    page.goto(f"{address}/sealing")
    page.locator("[data-list] a").first.click()
    page.wait_for_selector("[data-placing][data-live]")
    page.locator("[data-add]").click()
    page.locator(".placing-piece.is-chosen").wait_for()
    page.check("[data-qr]")
    page.locator("[data-stamp]").click()
    page.locator(".seal-result").wait_for()


def download(page: Page) -> bytes:
    with page.expect_download() as started:
        page.locator(".seal-result a[download]").click()
    return Path(started.value.path()).read_bytes()


def check_file(page: Page, content: bytes) -> None:
    """Hand a file to the public page, which sends what is chosen at once."""
    file: FilePayload = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": content}
    with page.expect_navigation():
        page.set_input_files("input[type=file]", [file])


# What came of it ----------------------------------------------------------------------------------


def only_copy(office: Office) -> Stamped:
    with office.database.reading() as uow:
        (line,) = uow.session.scalars(select(SealUsage))
    return stamped(office, line.request_id)


def roots(office: Office) -> list[bytes]:
    with office.database.reading() as uow:
        return authorities(uow)


def assert_valid(office: Office, pdf: bytes, folder: Path) -> None:
    (root,) = roots(office)
    assert is_valid(pdf, root)
    told = pdfsig(pdf, folder, trusted=root)
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert "Certificate is Trusted" in told


def is_valid(pdf: bytes, *trusted: bytes) -> bool:
    """Return what pyHanko says, in a thread: it runs a loop of its own, and the browser has one."""
    with ThreadPoolExecutor(1) as pool:
        return bool(pool.submit(verdict, pdf, *trusted).result().bottom_line)


def flipped(pdf: bytes) -> bytes:
    """Return the file with one bit of its first page turned over."""
    place = pdf.index(b"supplier")
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
