"""A passkey at the door in a real browser: added on the page of signing in, then asked for."""

import dataclasses

import pytest
from playwright.sync_api import Browser, expect

from records.office import Office
from records.people.rules import Role
from tests.browser import answer_gate, new_page, serve, sign_in
from tests.builders import add_person
from tests.servers import free_ports
from tests.web.test_reading_browser import authenticator, verified
from web.app import create_app

pytestmark = pytest.mark.browser


def test_a_passkey_is_added_and_signs_in(browser: Browser, office: Office) -> None:
    add_person(office, "zhao", Role.LEADER)
    (port,) = free_ports(1)
    config = dataclasses.replace(office.config, public_url=f"http://localhost:{port}")
    app = create_app(dataclasses.replace(office, config=config))
    with serve(app, port), new_page(browser) as page:
        address = config.public_url
        session, device = authenticator(page)
        sign_in(page, address, "zhao")
        page.goto(f"{address}/account/sign-in")
        page.fill("[name=label]", "My phone")
        page.locator("[data-enrol] button").click()
        expect(page.locator("#toasts")).to_contain_text("the passkey My phone now")
        expect(page.locator(".own-keys")).to_contain_text("signs you in since")

        page.context.clear_cookies()
        page.goto(f"{address}/sign-in?next=/documents")
        answer_gate(page, "zhao")
        expect(page.locator("[data-passkey] button")).to_be_focused()
        verified(session, device, by_person=True)
        page.locator("[data-passkey] button").click()
        page.wait_for_url(f"{address}/documents")
