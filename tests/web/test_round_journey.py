"""A round from the first page to the last proof: clerk, six readers, a slip, receipts verified.

The clerk registers a letter and sends it to two, three and one readers in three stages; each
reads and signs, one returns it, one passes it on, one writes an instruction; the clerk closes, the
slip is printed, and a program that knows only the public key of the log verifies every receipt.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import select

from records.audit.checkpoints import log_key
from records.audit.verification import verify
from records.circulation.models import Receipt, Round
from records.office import Office
from records.people.rules import Role
from records.tasks.models import Task
from records.worker import Worker
from tests import builders
from tests.browser import DESKTOP, PHONE, new_page, serve, sign_in
from tests.letters import letter

pytestmark = pytest.mark.browser

VERIFIER = Path(__file__).resolve().parents[2] / "docs" / "formats" / "verify_receipt.py"
STAGES = (("zhao", "li"), ("qian", "sun", "zhou"), ("wu",))
NAMES = {
    "zhao": "Zhao Guodong",
    "li": "李建国",
    "qian": "Qian Yiming",
    "sun": "孙伟",
    "zhou": "Zhou Min",
    "wu": "吴秀英",
    "zheng": "Zheng Hao",
}
FILE: FilePayload = {
    "name": "harbour.pdf",
    "mimeType": "application/pdf",
    "buffer": letter([["Dues of the harbour", "for the year 2027"], ["The second page"]]),
}


@dataclass(frozen=True)
class Chancery:
    """A served office with its people, and browsers of one size and language."""

    office: Office
    browser: Browser
    address: str
    size: tuple[int, int]
    language: str

    @contextmanager
    def at(self, login: str) -> Iterator[Page]:
        """Open a browser in which somebody is signed in."""
        with new_page(self.browser, size=self.size, language=self.language) as page:
            sign_in(page, self.address, login)
            yield page


@pytest.fixture(
    params=[(DESKTOP, "en"), (PHONE, "en"), (DESKTOP, "zh_CN"), (PHONE, "zh_CN")],
    ids=["desktop-en", "phone-en", "desktop-zh", "phone-zh"],
)
def chancery(
    request: pytest.FixtureRequest, office: Office, app: Flask, browser: Browser
) -> Iterator[Chancery]:
    builders.add_person(office, "wang", Role.CLERK, name="Wang Fang")
    builders.add_person(office, "xu", Role.STAFF, name="Xu Jing")
    for login, name in NAMES.items():
        builders.add_person(office, login, Role.LEADER, name=name)
    stop = threading.Event()
    with Worker(office) as worker, serve(app) as address:
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        yield Chancery(office, browser, address, *request.param)
        stop.set()
        thread.join()


def test_a_round_from_registration_to_verified_receipts(chancery: Chancery, tmp_path: Path) -> None:
    with chancery.at("wang") as page:
        register(page)
        compose(page)
    for login in ("zhao", "li"):
        with chancery.at(login) as page:
            open_first(page)
            if login == "zhao":
                instruct(page, to="xu")
            sign(page)
    with chancery.at("zhou") as page:
        open_first(page)
        give_back(page, "The second annex is missing")
    with chancery.at("qian") as page:
        open_first(page)
        pass_on(page, "zheng")
    for login in ("sun", "zheng"):
        with chancery.at(login) as page:
            open_first(page)
            sign(page, opinion="已阅，请按期办理。")
    with chancery.at("wang") as page:
        open_round(page, chancery)
        expect(page.locator('.course-stage[data-state="running"]')).to_have_count(1)
        act(page, "again")
    for login in ("zhou", "wu"):
        with chancery.at(login) as page:
            open_first(page)
            sign(page)
    with chancery.at("wang") as page:
        open_round(page, chancery)
        page.locator("[data-open=close]").click()
        page.locator("#close button.primary, #close button.danger").click()
        page.wait_for_load_state()
        assert slip(page).startswith(b"%PDF")
        received = receipts(page, chancery)
    assert_everything_is_proved(chancery.office, received, tmp_path)


# What the clerk does ------------------------------------------------------------------------------


def register(page: Page) -> None:
    page.goto(page.url + "registration")
    page.locator("[data-drop].live").wait_for()
    page.set_input_files("#files", [FILE])
    page.locator("[data-arrivals] .plate:visible").wait_for()


def compose(page: Page) -> None:
    page.goto(page.url.replace("/registration", "/documents"))
    page.locator("main a[href*='/documents/']", has_text="harbour").first.click()
    page.locator("a[href*='/rounds/new']").first.click()
    for number, logins in enumerate(STAGES):
        if number:
            page.locator('[data-stage-act="add"]').click()
        stage = page.locator("[data-stage]").nth(number)
        for count, login in enumerate(logins, start=1):
            field = stage.locator("[role=combobox]")
            field.fill(login)
            stage.locator("[role=option]").first.wait_for()
            field.press("Enter")
            expect(stage.locator("[data-reader]")).to_have_count(count)
    page.fill("[name=note]", "Please read before Friday")
    page.locator("[data-send]").click()
    page.wait_for_url("**/rounds/*-*")


def open_round(page: Page, chancery: Chancery) -> None:
    with chancery.office.database.reading() as uow:
        (round_id,) = uow.session.scalars(select(Round.id))
    page.goto(f"{chancery.address}/rounds/{round_id}")


def act(page: Page, name: str) -> None:
    """Do something with the one reader who gave the document back."""
    card = page.locator('.item-card[data-state="returned"]')
    card.locator("summary").click()
    card.locator(f'[formaction*="/{name}"]').click()
    page.wait_for_load_state()


def slip(page: Page) -> bytes:
    href = page.locator("a[href*='slip.pdf']").first.get_attribute("href")
    assert href is not None
    answer = page.request.get(page.url.split("/rounds")[0] + href)
    assert answer.ok
    return answer.body()


# What a reader does -------------------------------------------------------------------------------


def open_first(page: Page) -> None:
    page.goto(page.url + "reading")
    page.locator("[data-row] a").first.click()
    page.locator(".leaf img").first.wait_for()


def sign(page: Page, *, opinion: str | None = None) -> None:
    if opinion is not None:
        write(page)
        page.fill("[name=opinion]", opinion)
    page.locator("[data-sign]").click()
    page.wait_for_url("**/reading")


def write(page: Page) -> None:
    if not page.locator("[name=opinion]").is_visible():
        page.locator("label.sign-open").click()


def instruct(page: Page, *, to: str) -> None:
    write(page)
    page.locator("details.sign-part", has=page.locator("[name=instruction]")).locator(
        "summary"
    ).click()
    page.fill("[name=instruction]", "Compare with last year")
    choose(page, "assignee", to)


def give_back(page: Page, reason: str) -> None:
    page.locator(".sign-bar details summary").click()
    page.locator("[data-open=return]").click()
    page.fill("#return-reason", reason)
    page.locator("#return button.danger").click()
    page.wait_for_url("**/reading")


def pass_on(page: Page, to: str) -> None:
    page.locator(".sign-bar details summary").click()
    page.locator("[data-open=delegate]").click()
    field = page.locator("#delegate [role=combobox]")
    field.fill(to)
    page.locator("#delegate [role=option]").first.click()
    page.locator("#delegate button.primary").click()
    page.wait_for_url("**/reading")


def choose(page: Page, name: str, typed: str) -> None:
    field = page.locator(f"[name={name}_text]")
    field.fill(typed)
    field.locator("xpath=ancestor::*[@data-picker]").locator("[role=option]").first.click()


# What remains -------------------------------------------------------------------------------------


def receipts(page: Page, chancery: Chancery) -> list[bytes]:
    with chancery.office.database.reading() as uow:
        ids = list(uow.session.scalars(select(Receipt.id).order_by(Receipt.id)))
    files = []
    for each in ids:
        answer = page.request.get(f"{chancery.address}/receipts/{each}/file")
        assert answer.ok
        files.append(answer.body())
    return files


def assert_everything_is_proved(office: Office, received: list[bytes], folder: Path) -> None:
    with office.database.reading() as uow:
        (round_,) = uow.session.scalars(select(Round))
        (task,) = uow.session.scalars(select(Task))
        key = log_key(uow)
    assert round_.state == "closed"
    assert task.text == "Compare with last year"
    # Six readers, one of them by somebody else.
    assert len(received) == 6
    assert key is not None
    for number, content in enumerate(received):
        path = folder / f"{number}.json"
        path.write_bytes(content)
        command = [sys.executable, str(VERIFIER), str(path), key.text()]
        told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        assert told.returncode == 0, told.stdout + told.stderr
    report = verify(office)
    assert not report.missing, report.as_json()
    assert not report.changed, report.as_json()
