"""Asking for a seal at a desk and approving it on a phone, in a real browser, in both languages."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from records.office import Office
from tests.browser import DESKTOP, PHONE, fits, new_page, press, serve, sign_in
from tests.records.seals.asking import ask, now, paper, step_of
from tests.records.seals.offices import SealOffice, seal_office

pytestmark = pytest.mark.browser


@pytest.fixture
def seals(office: Office) -> SealOffice:
    made = seal_office(office)
    made.add_seal("HT", name="Contract seal", kind="contract")
    return made


@pytest.fixture
def address(app: Flask, seals: SealOffice) -> Iterator[str]:  # noqa: ARG001
    with serve(app) as running:
        yield running


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_asked_at_a_desk_and_agreed_with_two_taps_on_a_phone(
    browser: Browser, address: str, seals: SealOffice, language: str
) -> None:
    document = paper(seals)
    with new_page(browser, language=language, size=DESKTOP) as page:
        sign_in(page, address, "applicant")
        page.goto(f"{address}/documents/{document.id}")
        page.locator(f'a[href="/seal-requests/new?document={document.id}"]').click()
        expect(page.locator("#chain .chain")).to_have_count(0)
        page.select_option("#seal", str(seals.seal_id))
        expect(page.locator("#chain .chain")).to_contain_text("Leader")
        expect(page.locator("#outside_place")).to_be_hidden()
        page.locator("#outside").check()
        expect(page.locator("#outside_place")).to_be_visible()
        page.locator("#outside").uncheck()
        page.fill("[name=matter]", "Lease")
        page.fill("[name=recipient]", "Landlord")
        page.fill("[name=pages]", "2")
        page.locator("[data-send]").click()
        page.wait_for_url(re.compile(r"/seal-requests/[0-9a-f-]{36}$"))
        expect(page.locator(".chain")).to_contain_text("Leader")
    with new_page(browser, language=language, size=PHONE) as page:
        sign_in(page, address, "leader")
        page.goto(f"{address}/reading")
        page.locator(".waits-seals .wait a").click()
        fits(page)
        agree = page.locator("button[value=agreed]")
        expect(agree).to_be_in_viewport()
        agree.click()
        page.wait_for_url(f"{address}/reading")
        expect(page.locator(".waits-seals")).to_have_count(0)


def test_keys_go_from_one_to_the_next_and_open_the_opinion(
    browser: Browser, address: str, seals: SealOffice
) -> None:
    first, second = ask(seals), ask(seals, paper(seals, "Second"))
    with new_page(browser, size=PHONE) as page:
        sign_in(page, address, "leader")
        page.goto(f"{address}/reading/seals/{step_of(seals, first.id)}")
        press(page, "j")
        page.wait_for_url(f"{address}/reading/seals/{step_of(seals, second.id)}")
        press(page, "k")
        page.wait_for_url(f"{address}/reading/seals/{step_of(seals, first.id)}")
        press(page, "s")
        expect(page.locator("button[value=agreed]")).to_be_focused()
        press(page, "w")
        expect(page.locator("[data-opinion]")).to_be_focused()
        page.locator("[data-phrase]").first.click()
        page.locator("button[value=declined]").click()
        page.wait_for_url(f"{address}/reading/seals/{step_of(seals, second.id)}")
    assert now(seals, first.id).state == "declined"
