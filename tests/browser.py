"""A real Chromium and a real server for tests that look at pages.

from tests.browser import browser, serve   # `browser` is a fixture of the whole run

with serve(app) as address, new_page(browser, theme="dark") as page:
    page.goto(address)
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.builders import PASSWORD

CHROMIUM = Path("/usr/bin/chromium")
VENDOR = Path(__file__).parents[1] / "web" / "static" / "vendor" / "htmx.min.js"
DESKTOP = (1440, 900)
PHONE = (390, 844)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    if not CHROMIUM.exists():
        pytest.skip("needs Chromium: apt-get install chromium fonts-noto-cjk")
    if not VENDOR.exists():
        pytest.skip("needs the front-end packages: make frontend")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield started
        started.close()


class Answering:
    """An application that knows which requests it is still answering, though a server has ended."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._under_way = 0
        self._changed = threading.Condition()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        with self._changed:
            self._under_way += 1
        try:
            return self._app(environ, start_response)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def wait(self) -> None:
        """Return when nothing is answered any more, so that the application can be put down."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._under_way == 0, timeout=60)


@contextmanager
def serve(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve an application on a loopback port, a free one by default, and give its address."""
    answering = Answering(app)
    server = make_server("127.0.0.1", port, answering, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        answering.wait()
        server.server_close()


@contextmanager
def new_page(
    browser: Browser,
    *,
    size: tuple[int, int] = DESKTOP,
    theme: str = "light",
    language: str = "en",
) -> Iterator[Page]:
    """Open a page with cookies of its own; an error in its console or a refused resource fails."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
        locale=language.replace("_", "-"),
        reduced_motion="reduce",
        has_touch=size[0] < 720,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield page
    context.close()
    assert not complaints, complaints


def press(page: Page, key: str) -> None:
    """Press a key of a page that is there whole.

    What the server wrote is seen before the scripts run that listen: a key pressed between is lost.
    """
    page.wait_for_load_state()
    page.keyboard.press(key)


def fits(page: Page) -> None:
    """Fail when a page, once it is there whole, is wider than its window."""
    page.wait_for_load_state()
    root = "document.documentElement"
    wider = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    assert wider <= 0, f"{page.url} is {wider} pixels wider than its window"


def answer_gate(page: Page, login: str, password: str = PASSWORD) -> None:
    """Give name and password where the page asks for them."""
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")


def sign_in(
    page: Page, address: str, login: str, password: str = PASSWORD, *, to: str = "/"
) -> None:
    """Sign somebody in who then goes to a page, and wait for it."""
    page.goto(f"{address}/sign-in?next={to}")
    answer_gate(page, login, password)
    page.wait_for_url(f"{address}{to}")
