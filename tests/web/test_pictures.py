"""Makes the pictures of the documentation: `make pictures`.

They show the demo office as its people see it, on the same day every time, in both languages.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from records.core.config import load_config
from records.office import open_office
from records.worker import Worker
from tests.applications import application
from tests.browser import DESKTOP, PHONE, new_page, serve, sign_in
from tests.offices import HeldClock
from web.demo.office import make_office

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
MOST_BYTES = 120_000
# A Thursday, half past ten in Berlin and in the late afternoon in Shanghai.
DAY = datetime(2026, 10, 15, 8, 30, tzinfo=UTC)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.pictures,
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("CHANCERY_TEST_PICTURES") != "1", reason="only when asked: make pictures"
    ),
]

LEADER = "zhangwei"
POST_BAGS = {"en": "Post bag of this morning", "zh_CN": "邮袋扫描件"}
# language → time zone, clerk, question, register of the book
OFFICES = {
    "en": ("Europe/Berlin", "anna", "harbour maps", "incoming"),
    "zh_CN": ("Asia/Shanghai", "wangfang", "档案移交", "shouwen"),
}


@pytest.mark.parametrize("language", OFFICES)
def test_the_pictures_of_the_documentation(browser: Browser, tmp_path: Path, language: str) -> None:
    zone, clerk, question, register = OFFICES[language]
    with demo(tmp_path / "home", zone, language) as (address, passwords):
        shots = {
            "desk": "/",
            "registration": "/registration",
            "documents": f"/documents?register={register}",
            "register": f"/registers/{register}",
            "file-plan": "/file-plan",
            "search": f"/search?q={question}",
        }
        with new_page(browser, size=DESKTOP, language=language) as page:
            sign_in(page, address, clerk, passwords[clerk])
            for name, path in shots.items():
                page.goto(address + path)
                keep(page, name, language, "desktop-light")
            document = page.locator(".hit h2 a").first.get_attribute("href") or ""
            page.goto(address + document)
            keep(page, "document", language, "desktop-light")
            page.goto(f"{address}/documents?register={register}&state=registered&sort=received")
            page.locator("[data-row] .title a").first.click()
            page.locator(".document-head .actions .primary").click()
            page.wait_for_url("**/registration/check/*")
            keep(page, "check", language, "desktop-light")
            intake(page, address, language)
            circulation(page, address, language)
        with new_page(browser, size=DESKTOP, language=language) as page:
            sign_in(page, address, LEADER, passwords[LEADER])
            page.goto(f"{address}/reading")
            keep(page, "reading", language, "desktop-light")
        with new_page(browser, size=PHONE, language=language) as page:
            sign_in(page, address, LEADER, passwords[LEADER])
            page.goto(f"{address}/reading")
            page.locator("[data-row] a").first.click()
            page.locator(".leaf img").first.wait_for(timeout=60_000)
            keep(page, "item", language, "phone-light")
        with new_page(browser, size=DESKTOP, language=language) as page:
            sign_in(page, address, "oliver", passwords["oliver"])
            speak(page, language)
            page.goto(f"{address}/log")
            keep(page, "log", language, "desktop-light")
        for size, theme, name in (
            (PHONE, "light", "phone-light"),
            (DESKTOP, "dark", "desktop-dark"),
        ):
            with new_page(browser, size=size, theme=theme, language=language) as page:
                sign_in(page, address, clerk, passwords[clerk])
                keep(page, "desk", language, name)
                page.goto(address + document)
                keep(page, "document", language, name)


@pytest.mark.parametrize("language", OFFICES)
def test_the_pictures_of_seals(browser: Browser, tmp_path: Path, language: str) -> None:
    zone = OFFICES[language][0]
    with demo(tmp_path / "home", zone, language) as (address, passwords):
        with new_page(browser, size=DESKTOP, language=language) as page:
            sign_in(page, address, "liuyang", passwords["liuyang"])
            speak(page, language)
            page.goto(f"{address}/seals")
            keep(page, "seals", language, "desktop-light")
            page.goto(f"{address}/seals/book")
            keep(page, "seal-book", language, "desktop-light")
            page.locator("[data-row] .number a").first.click()
            page.wait_for_url("**/seals/book/*")
            keep(page, "seal-line", language, "desktop-light")
            page.goto(f"{address}/sealing")
            keep(page, "sealing", language, "desktop-light")
        with new_page(browser, size=DESKTOP, language=language) as page:
            sign_in(page, address, LEADER, passwords[LEADER])
            speak(page, language)
            page.goto(f"{address}/statistics/seals")
            keep(page, "seal-statistics", language, "desktop-light")
        with new_page(browser, size=DESKTOP, language=language) as page:
            sign_in(page, address, "wangfang", passwords["wangfang"])
            speak(page, language)
            page.goto(f"{address}/documents?register=fawen&sort=received")
            page.locator("[data-row] .title a", has_text="复函").first.click()
            page.locator("#copies a").first.click()
            page.wait_for_url("**/copies")
            keep(page, "copies", language, "desktop-light")


def intake(page: Page, address: str, language: str) -> None:
    """Keep what came in and failed, a post bag on the splitting table, a paper that came twice."""
    page.goto(f"{address}/arrivals")
    keep(page, "arrivals", language, "desktop-light")
    for title, link, name in (
        (POST_BAGS[language], "#scan a.button", "split"),
        ("Scan 0041", ".twin-compare", "compare"),
        ("Re: Reading room", "#related a[href$='/thread']", "thread"),
    ):
        page.goto(f"{address}/search?q={title}")
        page.locator(".hit h2 a", has_text=title).first.click()
        page.locator(link).first.click()
        page.wait_for_load_state()
        keep(page, name, language, "desktop-light")


def circulation(page: Page, address: str, language: str) -> None:
    """Keep a round that runs, a round being composed, and a receipt."""
    page.goto(f"{address}/rounds?state=running")
    rounds = page.locator("main a[href*='/rounds/']")
    rounds.first.click()
    page.wait_for_url("**/rounds/*-*")
    keep(page, "round", language, "desktop-light")
    document = page.locator(".document-head .trail a[href*='/documents/']").get_attribute("href")
    page.goto(f"{address}/rounds?state=closed")
    rounds.first.click()
    page.locator("a[href*='/receipts/']").first.click()
    page.wait_for_url("**/receipts/*")
    keep(page, "receipt", language, "desktop-light")
    page.goto(f"{address}/rounds/new?document={str(document).rpartition('/')[2]}")
    page.locator("button[value='template.leaders_by_rank']").click()
    page.locator("[data-reader]").first.wait_for()
    keep(page, "compose", language, "desktop-light")


@contextmanager
def demo(home: Path, zone: str, language: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a demo office whose clock stands still and whose files have all been read."""
    config = load_config({"CHANCERY_TIME_ZONE": zone}, home=home)
    people = make_office(config, language=language, until=DAY)
    office = open_office(config, clock=HeldClock(DAY))
    try:
        with Worker(office) as worker:
            worker.run_until_idle()
        with application(office) as app, serve(app) as address:
            yield address, {each.name: each.password for each in people}
    finally:
        office.close()


def speak(page: Page, language: str) -> None:
    """Choose a language as people do."""
    page.locator(".bar details.menu summary").first.click()
    page.locator(f".bar button[value={language}]").first.click()
    page.wait_for_load_state()


def keep(page: Page, name: str, language: str, how: str) -> None:
    """Keep what the window shows, once every page of a file in it is drawn."""
    page.locator("#content-note[hx-get]").wait_for(state="detached", timeout=60_000)
    page.wait_for_load_state("networkidle")
    picture = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide")))
    path = PICTURES / f"{name}-{language[:2]}-{how}.webp"
    path.parent.mkdir(exist_ok=True)
    picture.convert("RGB").save(path, quality=82, method=6)
    assert path.stat().st_size < MOST_BYTES, path.name
