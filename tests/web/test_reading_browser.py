"""A leader at work in a real browser: one tap on a phone, keys at a desk, pen, batch, passkey."""

import dataclasses
import json
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import select

from records.audit.checkpoints import log_key
from records.audit.receipt_file import verify_receipt
from records.circulation.models import Receipt
from records.circulation.rules import Purpose
from records.office import Office
from records.people.rules import Role
from tests.applications import application
from tests.browser import DESKTOP, PHONE, new_page, press, serve, sign_in
from tests.builders import add_person, register
from tests.letters import letter
from tests.records.circulation.desks import Desks
from tests.servers import free_ports

pytestmark = pytest.mark.browser

PAGES = [[f"Page {number} of the letter", "The bridge is to be mended."] for number in (1, 2, 3)]


def send(desks: Desks, title: str, *, purpose: Purpose = Purpose.READ, note: str = "") -> UUID:
    """Send a letter of three pages to Zhao and return the item."""
    made = register(desks.office, desks.clerk, title, files=[(f"{title}.pdf", letter(PAGES))])
    round_id = desks.send(made, ["zhao"], purpose=purpose, note=note or None)
    return desks.item(round_id, "zhao")


def receipts(office: Office) -> list[dict[str, object]]:
    with office.database.reading() as uow:
        query = select(Receipt.body).order_by(Receipt.signed_at, Receipt.id)
        return [json.loads(each) for each in uow.session.scalars(query)]


def test_on_a_phone_one_tap_opens_and_one_more_signs(
    browser: Browser, desks: Desks, app: Flask
) -> None:
    send(desks, "Bridge", note="Please read before Monday")
    send(desks, "Harbour")
    with serve(app) as address, new_page(browser, size=PHONE) as page:
        sign_in(page, address, "zhao")
        expect(page.locator(".bottom .badge")).to_contain_text("2")
        page.locator(".bottom a", has_text="Reading").tap()
        page.locator("[data-row] a", has_text="Bridge").tap()
        first = page.locator(".leaf img").first
        first.wait_for()
        # The page is as wide as the phone, and the answer is in reach of the thumb at once.
        box = first.bounding_box()
        assert box is not None
        assert box["width"] >= PHONE[0] - 1
        button = page.locator("[data-sign]")
        expect(button).to_be_in_viewport()
        expect(page.locator(".bottom")).to_be_hidden()
        kept = page.locator("[data-kept-text]")
        expect(kept).to_contain_text("page 1 shown", timeout=10_000)
        expect(kept).to_contain_text("kept for the receipt")
        button.tap()
        page.wait_for_url("**/reading/*-*")
        expect(page.locator("h1")).to_have_text("Harbour")
        expect(page.locator("#toasts")).to_contain_text("is signed as read.")
        page.locator("[data-sign]").tap()
        page.wait_for_url(f"{address}/reading")
        expect(page.locator(".empty")).to_contain_text("Nothing waits to be read.")
        expect(page.locator(".badge")).to_have_count(0)
    (first_body, _) = receipts(desks.office)
    assert first_body["pages"]
    assert first_body["opinion"] is None


def test_at_a_desk_keys_move_open_sign_and_write(
    browser: Browser, desks: Desks, app: Flask
) -> None:
    for title in ("First", "Second", "Third"):
        send(desks, title)
    with serve(app) as address, new_page(browser, size=DESKTOP) as page:
        sign_in(page, address, "zhao")
        page.goto(f"{address}/reading")
        for key in "jjk":
            press(page, key)
        expect(page.locator(".picked a")).to_have_text("First")
        press(page, "j")
        press(page, "o")
        page.wait_for_url("**/reading/*-*")
        expect(page.locator("h1")).to_have_text("Second")
        press(page, "j")
        expect(page.locator("h1")).to_have_text("Third")
        press(page, "k")
        expect(page.locator("h1")).to_have_text("Second")
        press(page, "w")
        page.keyboard.type("Well written")
        # What is typed is typed: no key of it signs.
        page.keyboard.type("sjk")
        page.locator("[data-phrase]", has_text="Agreed").click()
        expect(page.locator("[data-opinion]")).to_have_value("Well writtensjk\nAgreed")
        page.locator("h1").click()
        press(page, "s")
        expect(page.locator("h1")).to_have_text("Third")
    (body,) = receipts(desks.office)
    assert body["opinion"] == "Well writtensjk\nAgreed"


def test_several_are_chosen_by_keyboard_and_signed_in_a_row(
    browser: Browser, desks: Desks, app: Flask
) -> None:
    for title in ("First", "Second", "Third"):
        send(desks, title)
    send(desks, "Budget", purpose=Purpose.APPROVE)
    with serve(app) as address, new_page(browser, size=DESKTOP) as page:
        sign_in(page, address, "zhao")
        page.goto(f"{address}/reading")
        expect(page.locator(".batch")).to_be_hidden()
        for key in "jxjjx":
            press(page, key)
        expect(page.locator("[data-batch-count]")).to_have_text("2 chosen")
        expect(page.locator(".batch")).to_be_in_viewport()
        press(page, "s")
        expect(page.locator("#toasts")).to_contain_text("2 items are signed.")
        expect(page.locator("[data-row]")).to_have_count(2)
        # Nothing is chosen: the key chooses what is picked, and Enter signs it.
        press(page, "j")
        press(page, "s")
        expect(page.locator("[data-batch-count]")).to_have_text("1 chosen")
        press(page, "Enter")
        expect(page.locator("#toasts")).to_contain_text("1 item is signed.")
    assert len(receipts(desks.office)) == 3


def test_a_finger_writes_and_the_receipt_shows_it(
    browser: Browser, desks: Desks, app: Flask
) -> None:
    add_person(desks.office, "lina", Role.STAFF, name="Li Na")
    send(desks, "Bridge")
    with serve(app) as address, new_page(browser, size=PHONE) as page:
        sign_in(page, address, "zhao")
        page.goto(f"{address}/reading")
        page.locator("[data-row] a").tap()
        page.locator(".sign-open").tap()
        page.locator("[data-pen] summary").tap()
        write(page)
        expect(page.locator(".pen-done")).to_be_visible()
        page.locator("[data-pen-undo]").tap()
        expect(page.locator("[name=handwriting]")).to_have_value("")
        write(page)
        page.locator(".sign-part", has_text="Give an instruction").locator("summary").tap()
        page.fill("[name=instruction]", "Ask for a new tender")
        page.fill("[name=assignee_text]", "li")
        page.locator("[role=option]", has_text="Li Na").tap()
        page.fill("[name=due_on]", "2999-01-31")
        page.locator("[data-sign]").tap()
        page.locator("#toasts a").tap()
        page.wait_for_url("**/receipts/*")
        drawn = page.locator(".receipt-hand")
        expect(drawn).to_have_js_property("complete", True)
        assert drawn.evaluate("image => image.naturalWidth") > 100
        expect(page.locator(".receipt")).to_contain_text("Ask for a new tender")
        expect(page.locator(".receipt")).to_contain_text("Li Na")
        page.emulate_media(media="print")
        expect(page.locator(".actions")).to_be_hidden()
        expect(page.locator(".qr")).to_be_visible()
    with serve(app) as address, new_page(browser, size=PHONE) as page:
        sign_in(page, address, "lina")
        expect(page.locator(".card", has_text="Tasks")).to_contain_text("Ask for a new tender")
        page.goto(f"{address}/tasks")
        page.locator(".finish summary").tap()
        page.fill("[name=result]", "Asked")
        page.locator(".finish button").tap()
        expect(page.locator(".empty")).to_contain_text("No task waits for you.")


def write(page: Page) -> None:
    box = page.locator("[data-pen] canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 30 + 18 * step, box["y"] + 30 + 40 * (step % 2))
    page.mouse.up()


def test_a_passkey_is_enrolled_and_signs_one_and_many(browser: Browser, office: Office) -> None:
    (port,) = free_ports(1)
    address = f"http://localhost:{port}"
    named = dataclasses.replace(
        office, config=dataclasses.replace(office.config, public_url=address)
    )
    desks = Desks(named, add_person(named, "clerk", Role.CLERK))
    desks.readers["zhao"] = add_person(named, "zhao", Role.LEADER, name="Zhao Guodong")
    for title in ("First", "Second", "Third", "Fourth"):
        send(desks, title)
    with application(named) as app, serve(app, port), new_page(browser) as page:
        session, device = authenticator(page)
        sign_in(page, address, "zhao")
        page.goto(f"{address}/account/keys")
        page.fill("[name=label]", "My phone")
        page.locator("[data-enrol] button").click()
        expect(page.locator("#toasts")).to_contain_text("My phone is enrolled")
        expect(page.locator("table")).to_contain_text("My phone")

        page.goto(f"{address}/reading")
        page.locator("[data-row] a").first.click()
        # The person shakes their head: nothing is signed, and the page says so.
        verified(session, device, by_person=False)
        page.locator("[data-sign]").click()
        expect(page.locator("#toasts .seal")).to_contain_text("not used", timeout=70_000)
        assert receipts(named) == []
        verified(session, device, by_person=True)
        page.locator("[data-sign]").click()
        expect(page.locator("h1")).to_have_text("Second")
        expect(page.locator("#toasts")).to_contain_text("is signed as read.")

        page.goto(f"{address}/reading")
        for key in "jxjx":
            press(page, key)
        press(page, "s")
        expect(page.locator("#toasts")).to_contain_text("2 items are signed.")
        page.locator("[data-row] a").first.click()
        expect(page.locator("h1")).to_have_text("Fourth")
        page.locator("[data-sign]").click()
        page.locator("#toasts a").click()
        expect(page.locator(".receipt")).to_contain_text("With the reader's own passkey")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the receipt").click()
        file = download.value.path().read_bytes()
    assert [body["key"]["kind"] for body in receipts(named)] == ["passkey"] * 4  # type: ignore[index]
    with named.database.reading() as uow:
        log = log_key(uow)
    assert log is not None
    assert verify_receipt(file, log.text()).ok


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """Give a page a phone with a finger on it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    found = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, found["authenticatorId"]


def verified(session: CDPSession, device: str, *, by_person: bool) -> None:
    session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": by_person}
    )


def test_without_script_everything_can_be_signed(
    browser: Browser, desks: Desks, app: Flask
) -> None:
    send(desks, "Bridge")
    with serve(app) as address:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        sign_in(page, address, "zhao")
        page.goto(f"{address}/reading")
        page.locator("[data-row] a").click()
        page.fill("[name=opinion]", "By hand")
        page.locator("[data-sign]").click()
        assert "Nothing waits to be read." in page.content()
        context.close()
    assert receipts(desks.office)[0]["opinion"] == "By hand"
