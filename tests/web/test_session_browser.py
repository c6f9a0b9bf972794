"""A session that ends while somebody is at work: warned before, and nothing written is lost."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from records.finding.models import SynonymGroup
from records.office import Office
from records.people.models import UserSession
from records.people.rules import Role
from tests.browser import DESKTOP, PHONE, answer_gate, fits, new_page, serve, sign_in
from tests.builders import add_person

pytestmark = pytest.mark.browser

PLACE = "/synonyms"
WORDS = "水库, reservoir\n堤坝, dyke"


@pytest.fixture
def address(office: Office, app: Flask) -> Iterator[str]:
    add_person(office, "chen", Role.ARCHIVIST, name="Chen Jing")
    add_person(office, "wang", Role.ARCHIVIST, name="Wang Fang")
    with serve(app) as running:
        yield running


def last_seen(office: Office) -> datetime:
    with office.database.reading() as uow:
        return uow.session.scalars(select(UserSession.seen_at)).one()


def leave_alone(office: Office, **length: float) -> None:
    """Let the one session have been used last so long ago."""
    before = last_seen(office) - timedelta(**length)
    with office.database.writing() as uow:
        uow.session.execute(update(UserSession).values(seen_at=before))


def write_and_send(page: Page) -> None:
    """Write a group of synonyms, and send it."""
    page.locator("[data-open=add]").click()
    page.fill("#add [name=words]", WORDS)
    page.locator("#add button.primary").click()
    page.wait_for_load_state()


def enter(page: Page, login: str) -> None:
    """Sign in where the page asks for it."""
    page.wait_for_url(re.compile("/sign-in"))
    answer_gate(page, login)
    page.wait_for_url(re.compile(PLACE))


def groups(office: Office) -> list[tuple[str, ...]]:
    with office.database.reading() as uow:
        return [tuple(each.words) for each in uow.session.scalars(select(SynonymGroup))]


def test_who_does_nothing_is_warned_and_can_stay(browser: Browser, address: str) -> None:
    with new_page(browser, size=PHONE) as page:
        page.clock.install()
        sign_in(page, address, "chen")
        warning = page.locator("#idle")
        stay = warning.locator("[data-idle-stay]")
        expect(warning).to_be_hidden()
        page.clock.fast_forward("57:30")
        expect(stay).to_be_visible()
        fits(page)
        with page.expect_response("**/sign-in/stay") as answer:
            stay.tap()
        assert answer.value.status == 204
        expect(warning).to_be_hidden()
        page.clock.fast_forward("57:30")
        expect(stay).to_be_visible()
        page.clock.fast_forward("02:00")
        expect(stay).to_be_hidden()
        expect(warning.locator("a")).to_have_attribute("target", "_blank")


@pytest.mark.parametrize("does", ["writes", "reads"])
def test_who_writes_or_reads_stays_signed_in_without_being_asked(
    browser: Browser, address: str, does: str
) -> None:
    with new_page(browser, size=DESKTOP) as page:
        page.clock.install()
        sign_in(page, address, "chen")
        page.clock.fast_forward("56:45")
        if does == "writes":
            page.locator("[name=q]").press_sequentially("r")
        else:
            page.mouse.wheel(0, 100)
        with page.expect_response("**/sign-in/stay") as answer:
            page.clock.fast_forward("00:30")
        assert answer.value.status == 204
        expect(page.locator("#idle")).to_be_hidden()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_form_that_came_too_late_is_kept_and_sent_when_its_writer_is_back(
    browser: Browser, address: str, office: Office, size: tuple[int, int]
) -> None:
    with new_page(browser, size=size) as page:
        page.set_default_timeout(9000)
        sign_in(page, address, "chen", to=PLACE)
        leave_alone(office, hours=2)
        write_and_send(page)
        enter(page, "chen")
        offered = page.locator("#unsent")
        expect(offered).to_be_visible()
        fits(page)
        offered.locator("summary").click()
        expect(offered.locator("dd")).to_have_text(WORDS)
        assert groups(office) == []
        offered.locator("[data-unsent-send]").click()
        expect(page.locator("table")).to_contain_text("reservoir")
        assert {frozenset(each) for each in groups(office)} == {
            frozenset({"水库", "reservoir"}),
            frozenset({"堤坝", "dyke"}),
        }
        expect(offered).to_be_hidden()
        page.reload()
        expect(offered).to_be_hidden()


def test_what_somebody_wrote_is_shown_to_nobody_else(
    browser: Browser, address: str, office: Office
) -> None:
    with new_page(browser) as page:
        sign_in(page, address, "chen", to=PLACE)
        leave_alone(office, hours=2)
        write_and_send(page)
        enter(page, "wang")
        page.wait_for_load_state()
        expect(page.locator("#unsent")).to_be_hidden()
        assert page.evaluate("sessionStorage.getItem('chancery-unsent')") is None
    assert groups(office) == []


def test_what_is_discarded_is_gone(browser: Browser, address: str, office: Office) -> None:
    with new_page(browser) as page:
        sign_in(page, address, "chen", to=PLACE)
        leave_alone(office, hours=2)
        write_and_send(page)
        enter(page, "chen")
        page.locator("[data-unsent-drop]").click()
        expect(page.locator("#unsent")).to_be_hidden()
        page.reload()
        expect(page.locator("#unsent")).to_be_hidden()


def test_what_was_sent_is_not_kept(browser: Browser, address: str) -> None:
    with new_page(browser) as page:
        sign_in(page, address, "chen", to=PLACE)
        write_and_send(page)
        expect(page.locator("table")).to_contain_text("reservoir")
        assert page.evaluate("sessionStorage.getItem('chancery-unsent')") is None


def test_what_a_page_renews_by_itself_is_no_use_of_the_session(
    browser: Browser, address: str, office: Office
) -> None:
    with new_page(browser) as page:
        page.clock.install()
        sign_in(page, address, "chen")
        leave_alone(office, minutes=5)
        before = last_seen(office)
        with page.expect_response("**/notices/bell"):
            page.clock.fast_forward("01:01")
        assert last_seen(office) == before
        page.reload()
        assert last_seen(office) > before
