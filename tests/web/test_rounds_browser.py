"""Sending a document round and looking after it in a real browser: keys, dragging, phone, paper."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from records.circulation.rules import Decision
from records.circulation.signing import Opinion
from records.office import Office
from records.people.rules import Role
from tests import builders
from tests.browser import DESKTOP, PHONE, fits, new_page, press, serve, sign_in
from tests.web.rounds import Chancery, chancery_of

pytestmark = pytest.mark.browser


@pytest.fixture
def chancery(office: Office, app: Flask) -> Chancery:
    return chancery_of(office, app)


@pytest.fixture
def address(app: Flask, chancery: Chancery) -> Iterator[str]:  # noqa: ARG001
    with serve(app) as running:
        yield running


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with new_page(browser) as opened:
        sign_in(opened, address, "chen")
        yield opened


def _compose(page: Page, address: str, chancery: Chancery) -> None:
    page.goto(f"{address}/rounds/new?document={chancery.document.id}")
    page.locator("[data-stages][data-live]").wait_for()


def _pick(page: Page, typed: str) -> None:
    """Type into the field that has the focus and take the first suggestion."""
    page.keyboard.type(typed)
    page.locator("[role=option]:visible").first.wait_for()
    press(page, "Enter")


def _plan(page: Page) -> list[list[str]]:
    stages: list[list[str]] = page.locator("[data-stages] > .plan").evaluate(
        """plan => [...plan.querySelectorAll("[data-stage]")].map((stage) =>
            [...stage.querySelectorAll("[data-name]")].map((name) => name.textContent))"""
    )
    return stages


def _drag(page: Page, what: Locator, onto: Locator) -> None:
    start, end = what.bounding_box(), onto.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 6, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 26, start["y"] + start["height"] / 2 + 8, steps=4)
    page.mouse.move(end["x"] + 20, end["y"] + end["height"] / 2, steps=12)
    page.mouse.move(end["x"] + 24, end["y"] + end["height"] / 2, steps=4)
    page.mouse.up()


def test_a_round_is_sent_by_keyboard_alone(page: Page, address: str, chancery: Chancery) -> None:
    page.goto(f"{address}/documents/{chancery.document.id}")
    press(page, "c")
    page.wait_for_url("**/rounds/new?document=*")
    expect(page.locator("[data-stage] [role=combobox]")).to_be_focused()
    _pick(page, "zhao")
    _pick(page, "lijian")
    page.get_by_role("button", name="Then another stage").press("Enter")
    _pick(page, "maria")
    assert _plan(page) == [["Zhao Guodong", "李建国"], ["Maria Rossi"]]
    expect(page.locator("[data-sum]")).to_have_text("3 chosen, 2 stages")
    press(page, "Control+Enter")
    page.wait_for_url(re.compile(r"/rounds/[0-9a-f-]{36}$"))
    expect(page.locator("#toasts")).to_contain_text("The round is on its way.")
    (view,) = chancery.rounds()
    assert [[item.reader_name for item in stage.items] for stage in view.stages] == [
        ["Zhao Guodong", "李建国"],
        ["Maria Rossi"],
    ]


def test_a_reader_walks_through_the_stages_by_arrow_keys(
    page: Page, address: str, chancery: Chancery
) -> None:
    _compose(page, address, chancery)
    for typed in ("zhao", "maria", "lijian"):
        _pick(page, typed)
    grip = page.get_by_role("button", name="Move 李建国")
    grip.focus()
    press(page, "ArrowLeft")
    assert _plan(page) == [["Zhao Guodong", "李建国", "Maria Rossi"]]
    press(page, "ArrowDown")
    assert _plan(page) == [["Zhao Guodong", "Maria Rossi"], ["李建国"]]
    expect(grip).to_be_focused()
    expect(page.locator("[data-told]")).to_have_text("李建国: stage 2, place 1 of 1")
    press(page, "ArrowUp")
    assert _plan(page) == [["Zhao Guodong", "Maria Rossi", "李建国"], []]
    press(page, "Delete")
    assert _plan(page) == [["Zhao Guodong", "Maria Rossi"], []]
    page.locator("[data-stage] [role=combobox]").first.focus()
    press(page, "Backspace")
    assert _plan(page) == [["Zhao Guodong"], []]


def test_readers_and_stages_are_dragged(page: Page, address: str, chancery: Chancery) -> None:
    _compose(page, address, chancery)
    for typed in ("zhao", "maria"):
        _pick(page, typed)
    page.get_by_role("button", name="Then another stage").click()
    _pick(page, "lijian")
    readers = page.locator("[data-reader]")
    _drag(page, readers.first, readers.nth(2))
    plan = _plan(page)
    assert plan[0] == ["Maria Rossi"]
    assert sorted(plan[1]) == ["Zhao Guodong", "李建国"]
    _drag(page, page.locator("[data-stage-grip]").nth(1), page.locator(".plan-head").first)
    assert _plan(page)[1] == ["Maria Rossi"]
    page.locator("[data-send]").dblclick()
    page.wait_for_url(re.compile(r"/rounds/[0-9a-f-]{36}$"))
    (view,) = chancery.rounds()
    assert [item.reader_name for item in view.stages[1].items] == ["Maria Rossi"]


def test_a_template_comes_in_place_and_a_group_is_named_one_by_one(
    page: Page, address: str, chancery: Chancery
) -> None:
    builders.add_group(chancery.office, "Floods", [chancery.leader, chancery.staff])
    _compose(page, address, chancery)
    _pick(page, "floods")
    page.fill("#note", "Kept")
    page.get_by_role("button", name="Department heads").click()
    expect(page.locator("[data-reader]")).to_have_count(2)
    assert _plan(page) == [["Floods"], ["Maria Rossi"]]
    page.get_by_label("Actions for Floods").click()
    page.get_by_role("button", name="Name its people one by one").click()
    expect(page.locator("[data-reader]")).to_have_count(3)
    assert sorted(_plan(page)[0]) == ["Zhao Guodong", "李建国"]
    expect(page.locator("#note")).to_have_value("Kept")
    page.get_by_label("Actions for 李建国").click()
    page.locator("[data-move=next]:visible").click()
    assert _plan(page)[1] == ["Maria Rossi", "李建国"]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE, (360, 740)])
def test_a_clerk_looks_after_a_round(
    browser: Browser,
    address: str,
    chancery: Chancery,
    size: tuple[int, int],
    language: str,
) -> None:
    sent = chancery.send((chancery.leader, chancery.second), (chancery.staff,), (chancery.leader,))
    chancery.give_back(sent, chancery.second, "A page is missing.")
    item = chancery.item(sent, chancery.leader).id
    with new_page(browser, size=size, language=language) as page:
        sign_in(page, address, "chen")
        for path in (f"/rounds/new?document={chancery.document.id}", "/rounds", "/routes/new"):
            page.goto(address + path)
            fits(page)
        page.goto(f"{address}/rounds/{sent}")
        fits(page)
        page.locator(f"#acts-{item}").click()
        page.locator("[data-open=recall-one]:visible").click()
        dialog = page.locator("#recall-one")
        expect(dialog).to_contain_text("Zhao Guodong")
        dialog.locator("textarea").fill("Sent by mistake")
        dialog.locator("footer .danger").click()
        expect(page.locator(f"#item-{item}")).to_have_attribute("data-state", "recalled")
        expect(page.locator(f"#item-{item}")).to_contain_text("Sent by mistake")
        page.locator("[data-state=returned] .menu summary").click()
        page.locator("[formaction$='/again']:visible").click()
        expect(page.locator("[data-state=delivered] .item-who")).to_contain_text("Maria Rossi")
        page.locator("[formaction$='/urge'].primary").click()
        expect(page.locator("#toasts .notice.ok")).to_have_count(1)
        page.locator("[data-open=add-readers]").click()
        page.locator("#add-readers [role=combobox]").fill("chen")
        page.locator("#add-readers [role=option]").first.click()
        page.locator("#add-readers footer .primary").click()
        expect(page.locator(".item-card", has_text="Chen Jing")).to_have_count(1)


def test_the_picture_renews_itself_but_not_under_an_open_menu(
    page: Page, address: str, chancery: Chancery
) -> None:
    sent = chancery.send((chancery.leader, chancery.second))
    page.goto(f"{address}/rounds/{sent}")
    chancery.sign(sent, chancery.leader, Opinion(Decision.READ, "Well done."))
    other = chancery.item(sent, chancery.second).id
    page.locator(f"#acts-{other}").click()
    renew = """() => htmx.ajax("GET", location.pathname + "/picture", {
        source: "#round", target: "#round", swap: "outerHTML" })"""
    with page.expect_response("**/picture"):
        page.evaluate(renew)
    expect(page.locator("[data-state=opened], [data-state=signed].item-card")).to_have_count(0)
    expect(page.locator(f"#item-{other} .menu-sheet")).to_be_visible()
    press(page, "Escape")
    expect(page.locator(f"#acts-{other}")).to_be_focused()
    with page.expect_response("**/picture"):
        page.evaluate(renew)
    expect(page.locator(".item-card[data-state=signed]")).to_contain_text("Well done.")
    expect(page.locator(f"#acts-{other}")).to_be_focused()


def test_ticked_documents_go_round_together(page: Page, address: str, chancery: Chancery) -> None:
    builders.register(chancery.office, chancery.clerk, "Second paper")
    page.goto(f"{address}/documents")
    expect(page.locator(".choice-bar")).to_be_hidden()
    press(page, "j")
    press(page, "x")
    page.locator("[data-tick]").nth(1).check()
    expect(page.locator("[data-ticked]")).to_have_text("2 documents are ticked")
    press(page, "c")
    page.wait_for_url("**/rounds/new?document=*")
    expect(page.locator(".compose-documents li")).to_have_count(2)


def test_on_paper_a_round_has_no_buttons(page: Page, address: str, chancery: Chancery) -> None:
    sent = chancery.send((chancery.leader,), (chancery.staff,))
    page.goto(f"{address}/rounds/{sent}")
    page.emulate_media(media="print")
    for gone in (".rail", ".actions", ".item-card .menu", ".course-acts"):
        for each in page.locator(gone).all():
            expect(each).to_be_hidden()
    expect(page.locator(".item-card").first).to_be_visible()


def test_a_day_of_the_calendar_opens_its_dialog(
    browser: Browser, address: str, chancery: Chancery
) -> None:
    builders.add_person(chancery.office, "admin", Role.SYSTEM_ADMIN)
    with new_page(browser, size=PHONE) as page:
        sign_in(page, address, "admin")
        page.goto(f"{address}/calendar?year=2026")
        fits(page)
        page.locator("a.day", has_text="1").first.click()
        expect(page.locator("#day [value=holiday]")).to_be_checked()
        page.fill("#day-name", "New Year")
        page.locator("#day footer .primary").click()
        expect(page.locator(".set-days")).to_contain_text("New Year")
