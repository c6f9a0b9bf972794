"""What is hidden leaves no trace at all: everything that others are shown stays as it was.

Words are one thing (`test_secrecy`), numbers another: a count, a gap, a statistic, a page of a PDF,
an empty mail. So everything is fetched, something secret happens, and everything is fetched again.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from records.notify.models import Notice
from records.people.rules import Role
from tests.access.test_secrecy import WIDER
from tests.access.world import (
    World,
    build,
    document_row,
    login_of,
    make_document,
    own_id,
    surround,
)
from tests.applications import put_down

pytestmark = pytest.mark.slow

# What changes with every answer, whatever happened.
_PASSING = re.compile(
    r'csrf[-_]token" (?:content|value)="[^"]+"|name="(?:act|once|request)" value="[^"]+"'
)
_OF_FILES = ("docProps/core.xml",)
# The head of the log counts its entries, and shows nothing else. The book of a register has no gaps
# for those who read books: a line of what they may not see is its number alone.
_TELLS = {"/api/v1/log/checkpoint"}
_BOOKS = {Role.ARCHIVIST: {"/api/v1/registers/outgoing/book"}}


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory, founded_home: Path) -> Iterator[World]:
    made = build(tmp_path_factory.mktemp("before") / "home", founded_home)
    yield made
    put_down(made.app)
    made.office.close()


def said(data: bytes) -> str:
    """Return what an answer says, without what is new in each."""
    if data.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = [each for each in package.namelist() if each not in _OF_FILES]
            return "\n".join(package.read(each).decode("utf-8", "replace") for each in names)
    return _PASSING.sub("", data.decode("utf-8", "replace"))


def sight(world: World, role: Role) -> dict[str, tuple[int, str]]:
    """Return all that a person is shown, by address."""
    seen = {}
    for path in (*_paths(world), *WIDER):
        if path.startswith("/api/v1"):
            answer = world.rest(login_of(role), "GET", path.removeprefix("/api/v1"))
        else:
            answer = world.browser(login_of(role)).get(path)
        seen[path] = (answer.status_code, said(answer.data))
    return seen


def _paths(world: World) -> Iterator[str]:
    """Yield the addresses of all that is asked for without an id, and those of the books."""
    for rule in world.app.url_map.iter_rules():
        wanted = "GET" in (rule.methods or ()) and not rule.endpoint.startswith("operations.")
        if wanted and not rule.arguments:
            yield rule.rule
        elif wanted and rule.arguments == {"code"} and "register" in rule.rule:
            yield from (rule.rule.replace("<code>", each) for each in ("incoming", "outgoing"))


def notices(world: World, login: str) -> int:
    with world.office.database.reading() as uow:
        of = select(func.count()).select_from(Notice).where(Notice.user_id == own_id(world, login))
        return uow.session.scalar(of) or 0


@pytest.mark.parametrize("role", [Role.STAFF, Role.LEADER, Role.ARCHIVIST])
def test_nothing_changes_for_those_from_whom_it_is_hidden(lively: World, role: Role) -> None:
    sight(lively, role)  # signs in, and makes what a first visit makes
    before, told = sight(lively, role), notices(lively, login_of(role))
    assert sum(status == 200 for status, _ in before.values()) > 20
    lively.documents["secret"] = make_document(lively, "secret")
    surround(lively, "secret")
    lively.work()
    after = sight(lively, role)
    changed = {path for path, seen in before.items() if after[path] != seen}
    assert changed - _TELLS == _BOOKS.get(role, set())
    assert notices(lively, login_of(role)) == told


def test_those_who_may_see_it_are_shown_something_new(lively: World) -> None:
    maker = lively.browser("maker")
    before = said(maker.get("/documents").data)
    made = make_document(lively, "secret")
    assert document_row(lively, "secret").id != made
    assert said(maker.get("/documents").data) != before
