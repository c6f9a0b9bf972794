"""Laying imprints on pages in a real browser: mouse, touch and keys, and what is stamped of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from records.office import Office
from records.seals.caged import seal_cage
from records.seals.pages.placing import Placement, StampingPlan
from tests.browser import DESKTOP, PHONE, fits, new_page, press, serve, sign_in
from tests.letters import letter
from tests.records.seals.approved import contract
from tests.records.seals.electronic import ask, equip, latest, press_all, stamped, to_stamp
from tests.records.seals.offices import SealOffice, seal_office

pytestmark = pytest.mark.browser

ENDING = ["", "", " " * 55 + "Example Organization", "", " " * 55 + "5 January 2024"]


def agreement(pages: int) -> bytes:
    """A PDF whose last page ends with issuer and date."""
    clause = ["The supplier delivers in time."] * 12
    return letter(
        [
            [f"Agreement, page {page + 1}", *clause, *(ENDING if page == pages - 1 else [])]
            for page in range(pages)
        ]
    )


@pytest.fixture
def seals(office: Office) -> SealOffice:
    made = seal_office(office)
    equip(made)
    return made


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serve(app) as served:
        yield served


@contextmanager
def editor(
    browser: Browser,
    address: str,
    request_id: UUID,
    *,
    size: tuple[int, int] = DESKTOP,
    language: str = "en",
) -> Iterator[Page]:
    """Open the placement editor of a request as its keeper."""
    with new_page(browser, size=size, language=language) as page:
        sign_in(page, address, "keeper", to=f"/sealing/{request_id}")
        page.wait_for_selector("[data-placing][data-live]")
        yield page


def chosen(page: Page) -> Locator:
    return page.locator(".placing-piece.is-chosen")


def place(page: Page) -> tuple[float, float]:
    """Return where the chosen imprint says that it stands, in millimetres."""
    words = chosen(page).get_attribute("aria-label") or ""
    found = re.search(r"([\d.]+) mm from the left, ([\d.]+) mm", words)
    assert found is not None, words
    return float(found[1]), float(found[2])


def drag(page: Page, to: tuple[float, float]) -> None:
    """Drag the chosen imprint by so many pixels, with the mouse."""
    box = chosen(page).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + to[0] / 2, y + to[1] / 2)
    page.mouse.move(x + to[0], y + to[1], steps=4)
    page.mouse.up()


def swipe(page: Page, to: tuple[float, float]) -> None:
    """Drag the chosen imprint by so many pixels, with a finger."""
    box = chosen(page).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    under = page.evaluate("([x, y]) => document.elementFromPoint(x, y).className", [x, y])
    assert "placing-piece" in under, "something covers the imprint"
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        given = [{"x": left, "y": top} for left, top in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": given})

    touch("touchStart", (x, y))
    for part in (0.3, 0.6, 1.0):
        touch("touchMove", (x + to[0] * part, y + to[1] * part))
    touch("touchEnd")


def test_an_imprint_snaps_is_moved_and_undone_and_stamped_where_it_was_laid(
    browser: Browser, address: str, seals: SealOffice
) -> None:
    document_id = contract(seals, files=(("agreement.pdf", agreement(3)),))
    request_id = to_stamp(seals, document_id, cross_page=True)
    with editor(browser, address, request_id) as page:
        expect(page.locator("[data-stamp]")).to_be_enabled()
        expect(page.locator(".placing-strip")).to_have_count(3)
        page.locator('[data-thumb="3"]').click()
        page.locator("[data-add]").click()
        chosen(page).wait_for()
        # The imprint stands on the date by itself, in real size.
        snapped = place(page)
        box, sheet = chosen(page).bounding_box(), page.locator("#sheet-3 .placing-page")
        width = sheet.evaluate("each => each.clientWidth")
        assert box is not None
        assert box["width"] == pytest.approx(42 / 209.9 * width, rel=0.01)

        for _ in range(3):
            press(page, "ArrowRight")
        press(page, "Shift+ArrowUp")
        assert place(page) == pytest.approx((snapped[0] + 1.5, snapped[1] - 5))
        press(page, "Control+z")
        press(page, "Control+z")
        page.locator("#sheet-3 .placing-piece:not(.placing-strip)").focus()
        assert place(page) in (snapped, pytest.approx((snapped[0] + 1.5, snapped[1])))
        drag(page, (120, 60))
        moved = place(page)
        assert moved[0] > snapped[0] + 20
        page.locator("[data-undo]").click()
        page.locator("[data-redo]").click()
        page.locator("#sheet-3 .placing-piece:not(.placing-strip)").focus()
        assert place(page) == moved

        page.locator("[data-qr]").check()
        expect(page.locator(".placing-piece.is-qr")).to_have_count(1)
        said = page.locator("[data-sum]").inner_text()
        assert "1 imprint on page 3" in said
        assert "cross-page seal over 3 pages" in said
        page.locator("[data-stamp]").click()
        page.wait_for_selector(".seal-progress")
        with seal_cage() as cage:
            press_all(seals.office, cage)
        page.wait_for_selector(".seal-result", timeout=20_000)
        expect(page.locator(".seal-result")).to_contain_text("S-2026-0001")
    covered = stamped(seals.office, request_id).line.placements
    assert [covered[0]["page"], covered[0]["x"], covered[0]["y"]] == [
        2,
        round(moved[0] * 100),
        round(moved[1] * 100),
    ]
    assert [each["page"] for each in covered] == [2, 0, 1, 2, 0]


def test_on_a_phone_an_imprint_follows_the_finger(
    browser: Browser, address: str, seals: SealOffice
) -> None:
    request_id = to_stamp(seals, contract(seals, files=(("letter.pdf", agreement(1)),)))
    with editor(browser, address, request_id, size=PHONE) as page:
        fits(page)
        page.locator("[data-add]").tap()
        chosen(page).wait_for()
        before = place(page)
        swipe(page, (-60, -40))
        after = place(page)
        assert after[0] < before[0] - 10
        assert after[1] < before[1] - 5


def test_imprints_that_touch_are_told_of_before_anything_is_sent(
    browser: Browser, address: str, seals: SealOffice
) -> None:
    request_id = to_stamp(seals, contract(seals, files=(("letter.pdf", agreement(1)),)))
    with editor(browser, address, request_id) as page:
        page.locator("#sheet-1 .placing-page").dblclick(position={"x": 200, "y": 200})
        page.locator("#sheet-1 .placing-page").dblclick(position={"x": 330, "y": 200})
        expect(page.locator("[data-touch]")).to_contain_text("leave at least 1 mm")
        press(page, "Delete")
        expect(page.locator("[data-touch]")).to_be_hidden()
        expect(page.locator(".placing-piece")).to_have_count(1)


def test_on_a_signed_pdf_one_imprint_is_added_and_the_rest_says_why_not(
    browser: Browser, address: str, seals: SealOffice
) -> None:
    second = seals.add_seal("T", name="Contract Seal")
    equip(seals, second)
    document_id = contract(seals, files=(("agreement.pdf", agreement(2)),))
    first = to_stamp(seals, document_id)
    ask(seals, first, StampingPlan((Placement(1, 20.0, 20.0),)), pages=2)
    with seal_cage() as cage:
        press_all(seals.office, cage)
    assert latest(seals.office, first).state == "done"
    request_id = to_stamp(seals, document_id, seal_id=second, cross_page=True)
    with editor(browser, address, request_id) as page:
        page.locator('[data-thumb="2"]').click()
        expect(page.locator("#sheet-2 .placing-earlier")).to_be_visible()
        expect(page.locator(".placing-options")).to_contain_text("would break its signatures")
        expect(page.locator("[data-qr]")).to_have_count(0)
        page.locator("[data-add]").click()
        chosen(page).wait_for()
        expect(page.locator("[data-add]")).to_be_disabled()
