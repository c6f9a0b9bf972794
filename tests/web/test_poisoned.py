"""Attacks in every field: no page, file or mail lets a word become an element, a header, a cell."""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import defusedxml.ElementTree
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from records.core.config import load_config
from records.office import Office, open_office
from records.people.models import User
from records.people.signing_in import hash_password
from tests.applications import application
from tests.web.conftest import PASSWORD, sign_in
from tests.web.poisoned import PAYLOAD, WORD, poison
from web.demo.office import make_office
from web.security import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.slow

# One person of each role; the demo office gives each something to do.
PEOPLE = (
    "anna", "thomas", "zhangwei", "liuyang", "chenjing", "oliver", "sysadmin", "secadmin",
    "audadmin",
)  # fmt: skip
# A page is fetched with so many different ids by each person.
EACH = 2
# The last two say 503, as they must: no worker is at work, and the log tells something else.
NO_PAGES = ("api.", "assets.", "operations.readyz", "receipts.file")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
EVALUATED = str(1000003 * 99991)


class Attacked(HTMLParser):
    """Collects what an attack would have made of a page, and where the page leads."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.links: list[str] = []
        self.inside_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if WORD in tag:
            self.faults.append(f"<{tag}>")
        for name, value in values.items():
            if name.startswith("on") or name == "style" or WORD in name:
                self.faults.append(f"<{tag} {name}={value!r}>")
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
            value = (values.get(name) or "").strip().lower()
            if value and not value.startswith(("/", "#", "?", "http", "mailto:", "data:image/")):
                self.faults.append(f"<{tag} {name}={value!r}>")
            if name in ("href", "hx-get") and value.startswith("/"):
                self.links.append(values.get(name) or "")
        self.inside_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self.inside_script = self.inside_script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self.inside_script and data.strip():
            self.faults.append(f"script with {data[:60]!r}")
        if EVALUATED in data:
            self.faults.append(f"computed: {data[:60]!r}")


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("poisoned")
    config = load_config({"CHANCERY_TIME_ZONE": "Asia/Shanghai"}, home=home)
    make_office(config, language="en")
    opened = open_office(config, writing=False)
    columns = poison(opened)
    assert {"document.title", "component.name", "user.name", "reading_item.opinion"} <= set(columns)
    assert len(columns) > 60, columns
    with opened.database.writing() as uow:
        uow.session.execute(
            update(User).values(password_hash=hash_password(PASSWORD), password_is_temporary=False)
        )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def app(poisoned: Office) -> Iterator[Flask]:
    with application(poisoned) as made:
        yield made


@dataclass
class Walk:
    """One person who goes through everything that leads anywhere."""

    app: Flask
    client: FlaskClient
    seen: dict[str, int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    pages: int = 0
    met: int = 0

    def go(self) -> None:
        """Follow every link, each kind of page `EACH` times."""
        adapter = self.app.url_map.bind("localhost")
        plain = (rule for rule in self.app.url_map.iter_rules() if not rule.arguments)
        waiting = [rule.rule for rule in plain if "GET" in (rule.methods or ())]
        while waiting:
            path = waiting.pop(0)
            try:
                endpoint, _ = adapter.match(urlsplit(path).path)
            except HTTPException:
                continue
            if endpoint.startswith(NO_PAGES) or self.seen[endpoint] >= EACH:
                continue
            self.seen[endpoint] += 1
            waiting += self.look(path)

    def look(self, path: str) -> list[str]:
        """Fetch something, note what is wrong with it, and return where it leads."""
        answer = self.client.get(path)
        faults, links = examine(answer)
        self.faults += [f"{path}: {each}" for each in faults]
        self.pages += answer.status_code == 200
        self.met += answer.mimetype == "text/html" and WORD in answer.get_data(as_text=True)
        return links


def examine(answer: TestResponse) -> tuple[list[str], list[str]]:
    """Return what an attack achieved in an answer, and the links of a page."""
    faults = []
    if answer.status_code >= 500:
        faults.append(f"status {answer.status_code}")
    faults += [f"header {name}" for name, _ in answer.headers if "xssmark" in name.lower()]
    policy = answer.headers.get("Content-Security-Policy", "")
    if policy != CONTENT_SECURITY_POLICY and "sandbox" not in policy:
        faults.append(f"policy {policy!r}")
    if answer.headers.get("X-Content-Type-Options") != "nosniff":
        faults.append("types are guessed")
    disposition = answer.headers.get("Content-Disposition", "")
    if any(ord(each) < 32 or each == "\u202e" for each in disposition):
        faults.append(f"disposition {disposition!r}")
    if answer.mimetype == "text/html":
        page = Attacked()
        page.feed(answer.get_data(as_text=True))
        return faults + page.faults, page.links
    return faults + list(_cells(answer)), []


def _cells(answer: TestResponse) -> Iterator[str]:
    """Yield the cells of a table that a spreadsheet would take for a formula."""
    if answer.mimetype == "text/csv":
        for row in csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))):
            yield from (f"formula {each!r}" for each in row if each.startswith(FORMULA))
    elif "spreadsheetml" in (answer.mimetype or ""):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
            for name in book.namelist():
                content = book.read(name)
                if name.endswith((".xml", ".rels")):
                    defusedxml.ElementTree.fromstring(content)
                if b"<f>" in content or b"<hyperlink" in content:
                    yield f"formula or link in {name}"


@pytest.mark.parametrize("login", PEOPLE)
def test_no_word_that_somebody_wrote_becomes_part_of_a_page_a_table_or_a_header(
    app: Flask, login: str
) -> None:
    client = app.test_client()
    assert sign_in(client, login, PASSWORD).status_code == 303
    walk = Walk(app, client)
    walk.go()
    assert walk.faults == []
    assert walk.pages > 20
    assert walk.met >= 5, "the attacks were not even shown"


@pytest.mark.parametrize("name", ["q", "sort", "state", "sender", "from", "after", "kind", "next"])
def test_no_word_of_an_address_becomes_part_of_the_page_that_it_leads_to(
    app: Flask, name: str
) -> None:
    client = app.test_client()
    assert sign_in(client, "anna", PASSWORD).status_code == 303
    faults = []
    for rule in app.url_map.iter_rules():
        if (
            rule.arguments
            or "GET" not in (rule.methods or ())
            or rule.endpoint.startswith(NO_PAGES)
        ):
            continue
        found, _ = examine(client.get(rule.rule, query_string={name: PAYLOAD}))
        faults += [f"{rule.rule}: {each}" for each in found]
    assert faults == []
