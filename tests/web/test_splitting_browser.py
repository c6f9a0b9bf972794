"""A stack is laid out and split in a browser, by keys and by the mouse, in both languages."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from records.documents.models import Document
from records.office import Office
from records.people.rules import Role
from tests import builders
from tests.browser import DESKTOP, PHONE, fits, new_page, serve, sign_in
from tests.builders import work
from tests.records.scans.conftest import no_engine
from tests.records.scans.papers import as_pdf, blank, paper, sheet_page

__all__ = ["no_engine"]
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("no_engine")]


@pytest.fixture
def stack(office: Office) -> Document:
    clerk = builders.add_person(office, "chen", Role.CLERK)
    pages = [
        paper("First letter"),
        sheet_page(office),
        blank(),
        paper("Second letter"),
        paper("goes on"),
        blank(),
        paper("Third letter"),
    ]
    document = builders.register(office, clerk, "Stack", files=[("scan.pdf", as_pdf(pages))])
    work(office)
    return document


@pytest.mark.parametrize(("size", "language"), [(DESKTOP, "en"), (PHONE, "zh_CN")])
def test_a_stack_is_laid_out_and_split(
    browser: Browser,
    app: Flask,
    office: Office,
    stack: Document,
    tmp_path: Path,
    size: tuple[int, int],
    language: str,
) -> None:
    with serve(app) as address, new_page(browser, size=size, language=language) as page:
        sign_in(page, address, "chen")
        page.goto(f"{address}/documents/{stack.id}")
        page.click("#scan a.button")
        page.wait_for_url("**/split")
        headings = page.locator("[data-part]")
        expect(headings).to_have_count(2)
        # By keys: a cut before the seventh page, the fourth turned, the blank sixth left out.
        seventh = page.locator("[data-stack-page='7']")
        seventh.focus()
        seventh.press("Space")
        expect(headings).to_have_count(3)
        page.locator("[data-stack-page='4']").press("r")
        expect(page.locator("[data-stack-page='4'] .turned-90")).to_have_count(1)
        page.click("[data-out-blank]")
        expect(page.locator("[data-stack-page='6']")).to_have_class("stack-page blank out")
        # A page goes to the document before, and back.
        page.locator("[data-stack-page='5']").press("Alt+ArrowLeft")
        order = "els => els.map(each => each.dataset.stackPage).join(' ')"
        pages = page.locator("[data-stack-page]")
        assert pages.evaluate_all(order) == "1 2 3 5 4 6 7"
        page.locator("[data-stack-page='5']").press("Alt+ArrowRight")
        fits(page)
        page.screenshot(path=tmp_path / "split.png", full_page=True)
        page.click("[data-split]")
        expect(page.locator("[data-splitting]")).to_have_count(0)
        work(office)
        # The page waits for the worker by itself.
        expect(page.locator(".files .plate")).to_have_count(3, timeout=15_000)
        fits(page)
