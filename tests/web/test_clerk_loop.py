"""The clerk's day in a real browser: drop, check, confirm, next, by keyboard; then read."""

import io
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from records.documents.components import components_of
from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role
from records.worker import Worker
from tests import builders
from tests.browser import PHONE, fits, new_page, press, serve, sign_in
from tests.letters import letter
from tests.web.visitor import document

pytestmark = pytest.mark.browser

LETTERS: list[FilePayload] = [
    {
        "name": f"letter {number}.pdf",
        "mimeType": "application/pdf",
        "buffer": letter([[f"Letter number {number}", "Repair of the dykes"]]),
    }
    for number in range(1, 6)
]


@pytest.fixture
def holder(office: Office) -> Actor:
    return builders.add_person(office, "chen", Role.CLERK, name="Chen Jing")


@pytest.fixture
def address(office: Office, app: Flask, holder: Actor) -> Iterator[str]:  # noqa: ARG001
    stop = threading.Event()
    with Worker(office) as worker, serve(app) as running:
        reader = threading.Thread(target=worker.run, args=(stop,))
        reader.start()
        yield running
        stop.set()
        reader.join()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with new_page(browser) as opened:
        _sign_in(opened, address)
        yield opened


@pytest.fixture
def tolerant_page(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose console may tell of answers that refuse."""
    context = browser.new_context()
    opened = context.new_page()
    _sign_in(opened, address)
    yield opened
    context.close()


def _sign_in(page: Page, address: str) -> None:
    sign_in(page, address, "chen", to="/registration")
    page.locator("[data-drop].live").wait_for()


def _documents(office: Office) -> list[Document]:
    with office.database.reading() as uow:
        return list(uow.session.query(Document).order_by(Document.id))


def test_five_documents_go_through_the_clerks_hands_without_a_mouse(
    office: Office, page: Page
) -> None:
    page.set_input_files("#files", LETTERS)
    expect(page.locator("[data-arrivals] .plate:visible")).to_have_count(5)
    expect(page.locator("[data-count]")).to_have_text("5")
    press(page, "g")
    press(page, "c")
    page.wait_for_url("**/registration/check/*")
    for number in range(1, 6):
        expect(page.locator(".check-position")).to_have_text(f"{number} of 5")
        expect(page.locator(".leaf img").first).to_be_visible()
        press(page, "ControlOrMeta+a")
        page.keyboard.type(f"Checked {number}")
        press(page, "Tab")
        page.keyboard.type("The mill")
        press(page, "Control+Enter")
        page.wait_for_load_state()
    page.wait_for_url("**/registration")
    expect(page.locator("#toasts")).to_contain_text("Everything is checked.")
    made = _documents(office)
    assert [each.title for each in made] == [f"Checked {number}" for number in range(1, 6)]
    assert {(each.state, each.sender) for each in made} == {("checked", "The mill")}


def test_enter_walks_through_the_fields_and_confirms_in_the_last(
    office: Office, page: Page, holder: Actor, address: str
) -> None:
    made = builders.register(office, holder, "A parcel")
    page.goto(f"{address}/registration/check/{made.id}")
    page.locator("#sender").focus()
    for _ in range(30):
        press(page, "Enter")
        if "/check/" not in page.url:
            break
        page.wait_for_timeout(20)
    page.wait_for_url("**/registration")
    assert document(office, made.id).state == "checked"


def test_skipping_leaves_a_document_for_later(
    office: Office, page: Page, holder: Actor, address: str
) -> None:
    first, second = (builders.register(office, holder, title) for title in ("One", "Two"))
    page.goto(f"{address}/registration/check/{first.id}")
    press(page, "Alt+s")
    page.wait_for_url(f"**/{second.id}?done=0")
    expect(page.locator(".check-position")).to_have_text("2 of 2")
    assert document(office, first.id).state == "registered"


def test_a_wrong_file_says_why_in_its_line_and_the_others_go_on(page: Page) -> None:
    empty: FilePayload = {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""}
    page.set_input_files("#files", [LETTERS[0], empty, LETTERS[1]])
    expect(page.locator("[data-arrivals] .plate:visible")).to_have_count(2)
    line = page.locator(".arrival.refused")
    expect(line).to_contain_text("empty.txt")
    expect(line).to_contain_text("The file is empty.")


def test_files_dropped_together_become_one_document(office: Office, page: Page) -> None:
    page.locator(".drop-more summary").click()
    page.locator("[name=together]").check()
    page.set_input_files("#files", LETTERS[:3])
    expect(page.locator("[data-arrivals] .plate:visible")).to_have_count(1)
    expect(page.locator("[data-arrivals] .state").first).to_contain_text("3 files")
    assert len(_documents(office)) == 1


def test_photos_taken_on_a_phone_become_one_document_in_the_order_of_the_tray(
    browser: Browser, office: Office, address: str
) -> None:
    with new_page(browser, size=PHONE) as page:
        _sign_in(page, address)
        for name in ("first", "second", "blurred"):
            page.set_input_files("#camera", [_photo(name)])
        photos = page.locator("[data-photos] li")
        expect(photos).to_have_count(3)
        photos.nth(2).get_by_role("button", name="Remove").click()
        photos.nth(0).get_by_role("button", name="Move back").click()
        expect(photos).to_have_count(2)
        page.get_by_role("button", name="Register as one document").click()
        expect(page.locator("[data-arrivals] .plate:visible")).to_have_count(1)
        expect(page.locator("[data-tray]")).to_be_hidden()
    (made,) = _documents(office)
    with office.database.reading() as uow:
        kept = [
            each for each in components_of(uow, made.id) if each.role in ("original", "attachment")
        ]
    assert [each.name for each in kept] == ["second.png", "first.png"]


def _photo(name: str) -> FilePayload:
    taken = io.BytesIO()
    Image.new("L", (40 + len(name), 40), 250).save(taken, "PNG")
    return {"name": f"{name}.png", "mimeType": "image/png", "buffer": taken.getvalue()}


def test_a_large_file_goes_in_parts_and_survives_a_broken_line(
    office: Office, tolerant_page: Page
) -> None:
    page = tolerant_page
    broken: list[str] = []

    def break_once(route: Route) -> None:
        if broken:
            route.continue_()
        else:
            broken.append(route.request.url)
            route.fulfill(status=502)

    page.route("**/uploads/*/parts/1", break_once)
    page.evaluate(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(65 * 1024 * 1024).fill(7)], "scan.bin"));
            const input = document.getElementById("files");
            input.files = files.files;
            input.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    expect(page.locator("[data-arrivals] .plate:visible")).to_have_count(1, timeout=60_000)
    assert len(broken) == 1
    (made,) = _documents(office)
    with office.database.reading() as uow:
        from records.documents.components import components_of

        (component,) = components_of(uow, made.id)
    assert component.size_bytes == 65 * 1024 * 1024


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_a_page_marks_what_was_asked_for_and_its_text_can_be_taken(
    browser: Browser,
    office: Office,
    holder: Actor,
    address: str,
    language: str,
    size: tuple[int, int],
) -> None:
    content = letter([["Repair of the dykes", "before the flood"]])
    made = builders.register(office, holder, "Dykes", files=[("dykes.pdf", content)])
    with new_page(browser, language=language, size=size) as page:
        _sign_in(page, address)
        page.goto(f"{address}/documents/{made.id}?q=repairs")
        mark = page.locator(".leaf-text mark")
        expect(mark).to_have_text("Repair")
        box, leaf = mark.bounding_box(), page.locator(".leaf img").bounding_box()
        assert box is not None
        assert leaf is not None
        # About six of the letters of a line, well inside the page.
        assert 0.03 < box["width"] / leaf["width"] < 0.2
        assert leaf["x"] < box["x"] < leaf["x"] + leaf["width"]
        page.locator(".leaf-text").first.evaluate(
            "layer => getSelection().selectAllChildren(layer)"
        )
        assert "Repair of the dykes" in page.evaluate("getSelection().toString()")
        fits(page)


def test_a_page_shows_the_text_by_itself_once_it_is_read(
    office: Office, page: Page, holder: Actor, address: str
) -> None:
    made = builders.register(office, holder, "Note", files=[("note.txt", b"dry land ahead")])
    page.goto(f"{address}/documents/{made.id}")
    expect(page.locator(".plain-text")).to_have_text("dry land ahead", timeout=15_000)
    expect(page.locator("#text-state .chip")).to_have_count(0)


def test_a_document_is_shared_with_somebody_found_by_name(
    office: Office, page: Page, holder: Actor, address: str
) -> None:
    builders.add_person(office, "li", Role.STAFF, name="李建国")
    made = builders.register(office, holder, "Dykes")
    page.goto(f"{address}/documents/{made.id}")
    page.locator("[data-open=share]").click()
    page.locator("#share-with_text").press_sequentially("lijian")
    page.locator("#share-with_text_list [role=option]").first.wait_for()
    press(page, "Enter")
    page.fill("#share-reason", "to read")
    press(page, "Enter")
    expect(page.locator("#toasts")).to_contain_text("李建国")
    expect(page.locator(".reading-facts")).to_contain_text("to read")


def test_a_refused_dialog_comes_back_open_with_what_was_typed(
    office: Office, tolerant_page: Page, holder: Actor, address: str
) -> None:
    page = tolerant_page
    made = builders.register(office, holder, "Dykes")
    page.goto(f"{address}/documents/{made.id}")
    page.locator("[data-open=file]").click()
    page.fill("#file-class_text", "nowhere")
    page.fill("#file-sender", "The mill")
    with page.expect_response(lambda answer: answer.status == 422):
        page.locator("#file footer .primary").click()
    expect(page.locator("#file")).to_be_visible()
    expect(page.locator("#file-class_text-error")).to_contain_text("There is no class nowhere.")
    expect(page.locator("#file-sender")).to_have_value("The mill")
