"""No page, list, file or answer of anybody shows a word of what is hidden from them."""

import io
import re
import zipfile
from collections.abc import Iterator
from uuid import UUID

import pytest

from records.people.rules import Role
from tests.access.addresses import PLAIN, Place, address, places, values_about
from tests.access.sight import DOORS, doors
from tests.access.world import MARK, OTHERS_MARK, World, document_row, login_of

WIDER = (
    "/search?q=plan",
    "/search?q=plan&sort=date",
    "/documents?sort=title",
    "/documents?state=registered",
    "/tasks?whose=given&state=all",
    "/rounds?state=running",
    "/log?kind=document.registered",
    "/seals/book?sort=-number",
    "/statistics/rounds?period=year",
    "/api/v1/seal-book",
    "/api/v1/seal-usages",
    "/api/v1/search?q=plan",
    "/api/v1/documents?limit=50",
)


def text_of(data: bytes) -> str:
    """Return what an answer says, capital; of a package what its files say."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            data = b"".join(package.read(each) for each in package.namelist())
    text = data.decode("utf-8", "replace")
    return re.sub(r'csrf[-_]token" (?:content|value)="[^"]+"', "", text).upper()


def shown(world: World, role: Role, path: str) -> str:
    """Return what a person sees at an address, headers included."""
    if path.startswith("/api/v1"):
        answer = world.rest(login_of(role), "GET", path.removeprefix("/api/v1"))
    else:
        answer = world.browser(login_of(role)).get(path)
    assert answer.status_code not in (500, 502), path
    return text_of(answer.data) + str(answer.headers).upper()


def addresses(world: World, role: Role) -> Iterator[str]:
    """Yield every address that a role may open, about the document that all of the unit may see."""
    nothing = UUID("0197b2c4-7c3f-7000-8000-0000000000ff")
    about = values_about(world, "registered")
    hidden = values_about(world, "secret")
    seal = {"seal_id": world.seals.seal_id}
    for place in places(world):
        if place.method != "GET" or role not in DOORS[doors()[place.name]] or _is_slow(place):
            continue
        missing = dict.fromkeys(place.arguments, nothing)
        if {"line_id", "usage_id"} & place.arguments:
            # The books have a line for what is hidden, too: it shows its number.
            yield address(world, place, {**missing, **PLAIN, **hidden})
        yield address(world, place, {**missing, **PLAIN, "code": "never", **about, **seal})
    yield from WIDER


def _is_slow(place: Place) -> bool:
    return place.rule.rule.endswith(".pdf") or place.endpoint == "operations.metrics"


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR, Role.CLERK, Role.SYSTEM_ADMIN])
def test_no_answer_shows_a_word_of_what_is_hidden(world: World, role: Role) -> None:
    hidden = [MARK] if role is Role.CLERK else [MARK, OTHERS_MARK]
    if role is not Role.CLERK:
        hidden.append(str(world.documents["elsewhere"]).upper())
    hidden.append(str(world.documents["secret"]).upper())
    found = []
    for path in addresses(world, role):
        text = shown(world, role, path)
        found += [f"{path} shows {word}" for word in hidden if word in text]
    assert found == []


def test_whoever_may_see_them_finds_the_words(world: World) -> None:
    row = document_row(world, "secret")
    for path in ("/documents", "/search?q=plan", f"/documents/{row.id}", "/registers/outgoing"):
        assert MARK in text_of(world.browser("maker").get(path).data), path
