"""What only a real browser can tell: widths, keys, uploads, pickers, paper, and the policy."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from records.office import Office
from records.people.rules import Role
from tests.browser import DESKTOP, PHONE, fits, new_page, press, serve
from tests.web import gallery
from tests.web.conftest import PASSWORD, add_person

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(gallery_app: Flask) -> Iterator[str]:
    with serve(gallery_app) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_page(browser) as opened:
        yield opened


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("width", [360, 768, 1440, 2560])
def test_no_screen_is_wider_than_the_window(
    browser: Browser, address: str, width: int, language: str
) -> None:
    with new_page(browser, size=(width, 900), language=language) as page:
        for path in gallery.PATHS:
            page.goto(address + path)
            fits(page)


def test_nothing_moves_while_a_page_loads(page: Page, address: str) -> None:
    page.goto(address + "/documents/1")
    shift = page.evaluate(
        """() => new Promise((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) sum += entry.value;
            }).observe({ type: "layout-shift", buffered: true });
            setTimeout(() => resolve(sum), 400);
        })"""
    )
    assert shift < 0.02


def test_keys_search_help_go_and_walk_through_a_list(page: Page, address: str) -> None:
    page.goto(address + "/documents")
    press(page, "/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.evaluate("document.activeElement.blur()")
    press(page, "?")
    expect(page.locator("#keys")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#keys")).to_be_hidden()
    press(page, "j")
    press(page, "j")
    press(page, "k")
    picked = page.locator("[data-row].picked")
    expect(picked).to_have_count(1)
    expect(picked.locator(".number")).to_have_text("收〔2026〕0412号")
    press(page, "o")
    page.wait_for_url("**/documents/*-*")
    press(page, "g")
    press(page, "r")
    page.wait_for_url("**/registers")


def test_the_first_stop_of_the_tab_key_leads_to_the_content(page: Page, address: str) -> None:
    page.goto(address + "/documents")
    press(page, "Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("element => element === document.activeElement")
    assert skip.bounding_box() is not None
    press(page, "Enter")
    assert page.url.endswith("#page")


def test_a_picker_suggests_by_keyboard_and_keeps_the_id(page: Page, address: str) -> None:
    page.route(
        "**/pick/classes?q=*",
        lambda route: route.fulfill(
            json=[
                {"id": "c1", "label": "03 业务工作", "detail": "30"},
                {"id": "c2", "label": "03.01 水利"},
            ]
        ),
    )
    page.goto(address + "/documents/1")
    page.locator("[data-open=file]").click()
    page.locator("#file-class_text").fill("yewu")
    page.locator("#file-class_text_list [role=option]").nth(1).wait_for()
    press(page, "ArrowDown")
    press(page, "Enter")
    expect(page.locator("#file input[name=class]")).to_have_value("c2")
    expect(page.locator("#file-class_text")).to_have_value("03.01 水利")
    expect(page.locator("#file")).to_be_visible()


def test_checking_goes_on_by_keyboard_and_shows_where_a_value_was_read(
    page: Page, address: str
) -> None:
    page.goto(address + "/registration/check/1")
    page.locator("#title").focus()
    page.locator(".evidence").wait_for()
    with page.expect_request(lambda sent: sent.method == "POST"):
        press(page, "Control+Enter")


def test_the_text_of_a_page_lies_on_it_and_hits_are_marked(page: Page, address: str) -> None:
    page.goto(address + "/documents/1")
    mark = page.locator("#page-1 .leaf-text mark")
    mark.wait_for()
    leaf, hit = page.locator("#page-1").bounding_box(), mark.bounding_box()
    assert leaf is not None
    assert hit is not None
    assert hit["x"] - leaf["x"] == pytest.approx(leaf["width"] * 390 / 595.3, abs=2)
    assert hit["width"] == pytest.approx(leaf["width"] * 60 / 595.3, abs=3)


def test_on_paper_only_the_book_is_left(page: Page, address: str) -> None:
    page.goto(address + "/registers/incoming")
    page.emulate_media(media="print")
    for gone in (".rail", ".bar", ".pager", ".actions"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator(".table.book")).to_be_visible()
    assert (
        page.locator("thead").evaluate("e => getComputedStyle(e).display") == "table-header-group"
    )
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_phone_has_its_places_at_the_foot_and_the_rest_in_a_drawer(
    browser: Browser, address: str
) -> None:
    with new_page(browser, size=PHONE) as page:
        page.goto(address + "/")
        expect(page.locator(".rail")).to_be_hidden()
        page.locator(".bottom a", has_text="Menu").click()
        page.locator(".rail a", has_text="Log").click()
        page.wait_for_url("**/log")
        expect(page.locator("#filters ~ .filters")).to_be_hidden()
        page.locator("label[for=filters]").click()
        expect(page.locator("#filters ~ .filters")).to_be_visible()


def test_the_rail_narrows_and_stays_narrow(page: Page, address: str) -> None:
    page.goto(address + "/")
    with page.expect_response("**/preferences/rail"):
        page.locator("[data-rail-switch]").click()
    page.reload()
    assert page.locator(".rail").bounding_box()["width"] < 80  # type: ignore[index]


def test_a_foreign_script_does_not_run(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + "/")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'owned'";
            document.body.append(script);
        }"""
    )
    assert page.title() != "owned"
    context.close()


def test_people_sign_in_choose_their_language_and_leave(
    browser: Browser, office: Office, app: Flask
) -> None:
    add_person(office, "wang", Role.CLERK)
    with serve(app) as running, new_page(browser, size=DESKTOP) as page:
        page.goto(running + "/password")
        page.locator("button", has_text="简体中文").click()
        page.locator("#login").fill("wang")
        page.locator("#password").fill(PASSWORD)
        press(page, "Enter")
        page.get_by_role("heading", name="修改口令").wait_for()
