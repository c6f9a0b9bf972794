"""Two documents compared, and a mail thread followed, in a browser, in both languages."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role
from tests import builders
from tests.browser import DESKTOP, PHONE, fits, new_page, serve, sign_in
from tests.builders import work
from tests.letters import letter
from tests.records.related.papers import mail

pytestmark = pytest.mark.browser

LINES = [f"Line {each} of the letter about the dykes of the lower river" for each in range(28)]


@pytest.fixture
def clerk(office: Office) -> Actor:
    return builders.add_person(office, "chen", Role.CLERK)


@pytest.fixture
def pair(office: Office, clerk: Actor) -> tuple[Document, Document]:
    """Two documents that are the same but for a line, of two pages each."""
    last = [*LINES[:-1], "Another end of it"]
    first, second = (
        builders.register(office, clerk, name, files=[(f"{name}.pdf", letter([LINES, lines]))])
        for name, lines in (("One", LINES), ("Two", last))
    )
    work(office)
    return first, second


def test_pages_scroll_together_and_differences_are_marked(
    browser: Browser, app: Flask, pair: tuple[Document, Document]
) -> None:
    first, second = pair
    with serve(app) as address, new_page(browser, size=DESKTOP) as page:
        sign_in(page, address, "chen")
        page.goto(f"{address}/documents/{second.id}")
        page.click(".twin-compare")
        page.wait_for_url(f"**/compare/{first.id}")
        left, right = page.locator("[data-twin=left]"), page.locator("[data-twin=right]")
        expect(left.locator("img")).to_have_count(2)
        left.hover()
        left.evaluate("pane => { pane.scrollTop = pane.scrollHeight }")
        page.wait_for_function(
            "() => { const pane = document.querySelector('[data-twin=right]');"
            " return pane.scrollTop > 0"
            " && Math.abs(pane.scrollHeight - pane.clientHeight - pane.scrollTop) < 3 }"
        )
        right.hover()
        right.evaluate("pane => { pane.scrollTop = 0 }")
        page.wait_for_function("() => document.querySelector('[data-twin=left]').scrollTop < 3")
        expect(page.locator(".twin-left mark").first).to_be_visible()
        expect(page.locator(".twin-right mark").first).to_be_visible()


@pytest.mark.parametrize(
    ("size", "language", "dialog"), [(DESKTOP, "en", "attach-twin"), (PHONE, "zh_CN", "void-twin")]
)
def test_one_of_two_goes_after_a_confirmation(
    browser: Browser,
    app: Flask,
    office: Office,
    pair: tuple[Document, Document],
    size: tuple[int, int],
    language: str,
    dialog: str,
) -> None:
    first, second = pair
    with serve(app) as address, new_page(browser, size=size, language=language) as page:
        sign_in(page, address, "chen")
        page.goto(f"{address}/documents/{second.id}/compare/{first.id}")
        page.click(f"[data-open='{dialog}']")
        asked = page.locator(f"#{dialog}")
        expect(asked).to_be_visible()
        asked.press("Escape")
        expect(asked).to_be_hidden()
        assert state(office, second) == "registered"
        page.click(f"[data-open='{dialog}']")
        asked.locator("button.danger, button.primary").last.click()
        page.wait_for_url(f"**/documents/{first.id}")
        assert state(office, second) == "voided"


def test_both_are_kept_and_nobody_is_asked_again(
    browser: Browser, app: Flask, pair: tuple[Document, Document]
) -> None:
    first, second = pair
    with serve(app) as address, new_page(browser, size=DESKTOP) as page:
        sign_in(page, address, "chen")
        page.goto(f"{address}/documents/{second.id}/compare/{first.id}")
        page.click("form[action$='/both'] button, form[action*='/both?'] button")
        page.wait_for_url(f"**/documents/{second.id}")
        expect(page.locator(".twin-compare")).to_have_count(0)


@pytest.mark.parametrize(("size", "language"), [(DESKTOP, "en"), (PHONE, "zh_CN")])
def test_a_thread_is_followed_from_mail_to_mail(
    browser: Browser,
    app: Flask,
    office: Office,
    clerk: Actor,
    size: tuple[int, int],
    language: str,
) -> None:
    question, answer = mail("1@x", "Dyke", "a"), mail("2@x", "Re: Dyke", "b", follows="1@x", day=3)
    one = builders.register(office, clerk, "Question", files=[("a.eml", question)])
    two = builders.register(office, clerk, "Answer", files=[("b.eml", answer)])
    work(office)
    with serve(app) as address, new_page(browser, size=size, language=language) as page:
        sign_in(page, address, "chen")
        page.goto(f"{address}/documents/{one.id}")
        page.click("#related a[href$='/thread']")
        mails = page.locator(".mail-thread > li")
        expect(mails).to_have_count(2)
        expect(mails.first).to_have_attribute("aria-current", "true")
        expect(mails.last.locator(".mail-begin")).not_to_be_empty()
        fits(page)
        mails.last.locator("h2 a").click()
        page.wait_for_url(f"**/documents/{two.id}")


def state(office: Office, document: Document) -> str:
    with office.database.reading() as uow:
        return uow.session.get_one(Document, document.id).state
