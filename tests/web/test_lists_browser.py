"""Searching, walking through lists and keeping registers in a real browser, without complaints."""

import itertools
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from records.finding.rebuilding import reindex
from records.office import Office
from records.people.rules import Role
from tests import builders
from tests.browser import PHONE, fits, new_page, press, serve, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def address(office: Office, app: Flask) -> Iterator[str]:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.add_person(office, "sysadmin", Role.SYSTEM_ADMIN)
    for number in range(3):
        builders.register(office, clerk, f"关于第{number}号水利工程的请示", kind="请示")
    reindex(office)
    with serve(app) as running:
        yield running


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_search_from_anywhere_narrow_down_and_open_by_keyboard(
    browser: Browser, address: str, theme: str
) -> None:
    with new_page(browser, theme=theme, language="zh_CN") as page:
        sign_in(page, address, "clerk")
        press(page, "/")
        page.keyboard.type("水利")
        press(page, "Enter")
        page.wait_for_url("**/search?q=*")
        expect(page.locator(".hit")).to_have_count(3)
        page.locator(".facets a", has_text="请示").click()
        page.wait_for_url("**kind=*")
        press(page, "j")
        press(page, "Enter")
        page.wait_for_url("**/documents/*?q=*")


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_no_page_of_a_phone_is_wider_than_its_screen(
    browser: Browser, address: str, language: str
) -> None:
    paths = {
        "clerk": ("/", "/documents", "/search?q=水利", "/registers", "/registers/incoming"),
        "sysadmin": ("/users", "/units", "/groups", "/account", "/registers/new", "/file-plan"),
    }
    for login, places in paths.items():
        with new_page(browser, size=PHONE, language=language) as page:
            sign_in(page, address, login)
            for path in places:
                page.goto(address + path)
                fits(page)


def test_the_form_of_numbers_shows_an_example_while_it_is_typed(
    browser: Browser, address: str
) -> None:
    with new_page(browser) as page:
        sign_in(page, address, "sysadmin")
        page.goto(f"{address}/registers/new")
        page.fill("#pattern", "L/{year}/{number}")
        expect(page.locator("#preview")).to_contain_text("L/")


def test_chips_stand_apart_and_the_tab_key_stops_at_nothing_unseen(
    browser: Browser, office: Office, address: str
) -> None:
    clerk = builders.actor(office, "clerk")
    builders.register(office, clerk, "Flood", urgency="flash", secrecy="confidential")
    with new_page(browser) as page:
        sign_in(page, address, "clerk")
        page.goto(f"{address}/documents")
        chips = page.locator("tr", has_text="Flood").locator(".chip")
        boxes = [chips.nth(place).bounding_box() for place in range(chips.count())]
        assert len(boxes) == 3
        for left, right in itertools.pairwise(boxes):
            assert left is not None
            assert right is not None
            apart = right["x"] - left["x"] - left["width"] >= 2
            assert apart or right["y"] > left["y"]
        expect(page.locator("#filters")).to_be_hidden()


def test_paper_says_how_much_of_a_long_list_it_leaves_out(
    browser: Browser, office: Office, address: str
) -> None:
    clerk = builders.actor(office, "clerk")
    with office.database.writing() as uow:
        for number in range(60):
            builders.register_in(uow, clerk, f"Letter {number}")
    with new_page(browser) as page:
        sign_in(page, address, "clerk")
        page.goto(f"{address}/documents")
        left_out = page.get_by_text("50 of 63 are on this paper")
        expect(left_out).to_be_hidden()
        page.emulate_media(media="print")
        expect(left_out).to_be_visible()


def test_the_box_offers_documents_while_somebody_types(browser: Browser, address: str) -> None:
    with new_page(browser, language="zh_CN") as page:
        sign_in(page, address, "clerk")
        press(page, "/")
        page.keyboard.type("第2号水", delay=20)
        offers = page.locator("#ahead [role=option]")
        expect(offers).to_have_count(2)
        expect(offers.first.locator("mark")).to_have_text("第2号水")
        press(page, "Escape")
        expect(page.locator("#ahead")).to_be_hidden()
        page.keyboard.type("利")
        expect(page.locator("#ahead")).to_be_visible()
        expect(offers.first.locator("mark")).to_have_text("第2号水利")
        press(page, "ArrowDown")
        expect(page.locator("[data-search]")).to_have_attribute("aria-activedescendant", "ahead_0")
        press(page, "Enter")
        page.wait_for_url("**/documents/*")
        expect(page.locator("h1")).to_contain_text("第2号水利")


def test_enter_without_a_choice_searches_and_nothing_left_offers_the_texts(
    browser: Browser, address: str
) -> None:
    with new_page(browser) as page:
        sign_in(page, address, "clerk")
        press(page, "/")
        page.keyboard.type("quokka")
        expect(page.locator("#ahead [role=option]")).to_have_count(1)
        expect(page.locator("#ahead_all")).to_contain_text("in the texts too")
        press(page, "Enter")
        page.wait_for_url("**/search?q=quokka")
