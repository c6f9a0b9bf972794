"""Searching, walking through lists and keeping registers in a real browser, without complaints."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from records.finding.follower import reindex
from records.office import Office
from records.people.rules import Role
from tests import builders
from tests.browser import PHONE, new_page, serve

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


def _sign_in(page: Page, address: str, login: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", builders.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{address}/")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_search_from_anywhere_narrow_down_and_open_by_keyboard(
    browser: Browser, address: str, theme: str
) -> None:
    with new_page(browser, theme=theme, language="zh_CN") as page:
        _sign_in(page, address, "clerk")
        page.keyboard.press("/")
        page.keyboard.type("水利")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=*")
        assert page.locator(".hit").count() == 3
        page.locator(".facets a", has_text="请示").click()
        page.wait_for_url("**kind=*")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
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
            _sign_in(page, address, login)
            for path in places:
                page.goto(address + path)
                assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], path


def test_the_form_of_numbers_shows_an_example_while_it_is_typed(
    browser: Browser, address: str
) -> None:
    with new_page(browser) as page:
        _sign_in(page, address, "sysadmin")
        page.goto(f"{address}/registers/new")
        page.fill("#pattern", "L/{year}/{number}")
        expect(page.locator("#preview")).to_contain_text("L/")
