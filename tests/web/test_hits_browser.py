"""From hit to hit in a real browser: outlined on the pages, by keys and buttons, in new words."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role
from tests import builders
from tests.browser import DESKTOP, PHONE, fits, new_page, press, serve, sign_in
from tests.letters import letter

pytestmark = pytest.mark.browser

LINES = [f"Line {number} of the report on the harbour" for number in range(40)]
PAGES = [
    ["Repair of the dykes", *LINES],
    LINES,
    [*LINES, "The dykes were repaired before the flood."],
]


@pytest.fixture
def holder(office: Office) -> Actor:
    return builders.add_person(office, "chen", Role.CLERK, name="Chen Jing")


@pytest.fixture
def made(office: Office, holder: Actor) -> Document:
    files = [("dykes.pdf", letter(PAGES)), ("note.txt", b"A dyke.\n\nAnother dyke.\n")]
    document = builders.register(office, holder, "Dykes", files=files)
    builders.work(office)
    return document


@pytest.fixture
def page(browser: Browser, app: Flask, made: Document) -> Iterator[Page]:
    with serve(app) as address, new_page(browser, size=DESKTOP) as opened:
        sign_in(opened, address, "chen")
        opened.goto(f"{address}/documents/{made.id}?q=repairing")
        yield opened


def test_hits_are_outlined_and_keys_go_from_one_to_the_next(page: Page) -> None:
    said = page.locator("[data-hits-said]")
    expect(said).to_have_text("1 of 2 · page 1")
    expect(page.locator(".hit-frame")).to_have_count(2)
    current = page.locator(".current-hit")
    expect(current).to_be_in_viewport()
    press(page, "n")
    expect(said).to_have_text("2 of 2 · page 3")
    expect(page.locator("#page-3 .current-hit")).to_be_in_viewport()
    expect(current).to_have_count(1)
    press(page, "n")
    expect(said).to_have_text("1 of 2 · page 1")
    press(page, "p")
    expect(said).to_have_text("2 of 2 · page 3")


def test_the_outline_lies_on_the_word(page: Page) -> None:
    frame, word = page.locator("#page-1 .hit-frame"), page.locator("#page-1 .leaf-text mark")
    expect(word).to_have_text("Repair")
    outlined, marked = frame.bounding_box(), word.bounding_box()
    assert outlined
    assert marked
    assert abs(outlined["x"] + outlined["width"] / 2 - marked["x"] - marked["width"] / 2) < 6
    assert outlined["y"] <= marked["y"] + marked["height"] / 2 <= outlined["y"] + outlined["height"]


def test_other_words_are_found_without_leaving_the_page(page: Page) -> None:
    box = page.locator("[data-find-inside] input[type=search]")
    said = page.locator("[data-hits-said]")
    expect(said).to_have_text("1 of 2 · page 1")
    box.fill("flood")
    box.press("Enter")
    expect(said).to_have_text("1 of 1 · page 3")
    assert "q=flood" in page.url
    # Keys typed into the box are words.
    box.fill("np")
    box.press("Enter")
    expect(said).to_have_text("Not in this file")
    expect(page.locator(".hit-frame")).to_have_count(0)
    expect(page.locator("[data-hit-step='1']")).to_be_disabled()
    box.fill("harbour")
    box.press("Enter")
    expect(said).to_contain_text("1 of 120")
    box.press("Enter")
    expect(said).to_contain_text("2 of 120")
    box.press("Shift+Enter")
    expect(said).to_contain_text("1 of 120")


def test_a_text_is_walked_through_at_its_marks(page: Page) -> None:
    page.locator("[data-find-inside] input[type=search]").fill("dykes")
    page.locator("[data-find-inside] input[type=search]").press("Enter")
    expect(page.locator("[data-hits-said]")).to_contain_text("of 2")
    page.locator(".tabs a", has_text="note.txt").click()
    page.wait_for_url("**component=*")
    page.locator("[data-find-inside] input[type=search]").fill("dykes")
    page.locator("[data-find-inside] input[type=search]").press("Enter")
    expect(page.locator("[data-hits-said]")).to_have_text("2 hits")
    page.locator("[data-hit-step='1']").click()
    expect(page.locator(".plain-text mark.current-hit")).to_have_text("dyke")
    expect(page.locator("[data-hits-said]")).to_have_text("1 of 2")


def test_on_a_phone_buttons_go_from_hit_to_hit(
    browser: Browser, app: Flask, made: Document
) -> None:
    with serve(app) as address, new_page(browser, size=PHONE) as page:
        sign_in(page, address, "chen")
        page.goto(f"{address}/documents/{made.id}?q=repairing")
        expect(page.locator("[data-hits-said]")).to_have_text("2 hits on pages 1, 3")
        page.locator("[data-hit-step='1']").tap()
        page.locator("[data-hit-step='1']").tap()
        expect(page.locator("#page-3 .current-hit")).to_be_in_viewport()
        fits(page)
