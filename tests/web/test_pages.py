"""Every screen with sample data, in both languages: drawn, sound, and free of inline code."""

import re
from html.parser import HTMLParser

import pytest
from flask import Flask

from records.core.errors import Conflict
from records.office import Office
from tests.web.gallery import PATHS, SCREENS
from web.app import create_app
from web.errors import sentence
from web.i18n import LANGUAGE_COOKIE

VOID = {"meta", "link", "input", "img", "hr", "br", "path", "use"}
EVERYWHERE = [*PATHS, "/password", "/never-was"]


class Reader(HTMLParser):
    """Collects what a page must not have, and what must fit together."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.fields: list[str] = []
        self.scripts: list[str | None] = []
        self.headings = 0
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.faults += [f"<{tag} {name}>" for name in values if name == "style" or name[:2] == "on"]
        if tag == "style" or any("javascript:" in (value or "") for value in values.values()):
            self.faults.append(f"<{tag}>")
        if tag == "script":
            self.scripts.append(values.get("src"))
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "label" and values.get("for"):
            self.labels.append(str(values["for"]))
        if tag in ("input", "select", "textarea") and values.get("type") != "hidden":
            wrapped = "label" in self.open or "aria-label" in values
            if not wrapped:
                self.fields.append(str(values.get("id")))
        if tag == "button" and values.get("aria-label") == "":
            self.faults.append("button without a name")
        if tag == "img" and "alt" not in values:
            self.faults.append("img without alt")
        self.headings += tag == "h1"
        if tag == "html":
            self.language = str(values.get("lang"))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def _draw(app: Flask, path: str, language: str) -> tuple[Reader, str]:
    client = app.test_client()
    client.set_cookie(LANGUAGE_COOKIE, language)
    answer = client.get(path)
    assert answer.status_code == (404 if path == "/never-was" else 200)
    text = answer.text
    reader = Reader()
    reader.feed(text)
    return reader, text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_screen_is_sound_markup_without_inline_code(
    gallery_app: Flask, path: str, language: str
) -> None:
    reader, text = _draw(gallery_app, path, language)
    assert reader.faults == []
    assert reader.open == []
    assert None not in reader.scripts
    assert reader.headings == 1
    assert len(reader.ids) == len(set(reader.ids))
    assert set(reader.labels) <= set(reader.ids)
    assert [field for field in reader.fields if field not in reader.labels] == []
    assert reader.language == language.replace("_", "-")
    assert ("工作台" in text) == (language == "zh_CN" and 'class="rail"' in text)
    assert not re.search(r"%\(\w+\)[sd]", text)


def test_strangers_get_the_same_sound_markup(app: Flask) -> None:
    for path in ("/sign-in", "/never-was"):
        reader, _ = _draw(app, path, "en")
        assert reader.faults == []
        assert reader.headings == 1


def test_every_screen_of_the_gallery_is_looked_at(gallery_app: Flask) -> None:
    adapter = gallery_app.url_map.bind("localhost")
    seen = {adapter.match(path.partition("?")[0])[0] for path in PATHS}
    assert seen == set(SCREENS)


def test_text_that_people_wrote_is_escaped(gallery_app: Flask) -> None:
    text = gallery_app.test_client().get("/search?q=<script>alert(1)</script>").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_a_refusal_tells_the_state_of_a_thing_in_words(still_office: Office) -> None:
    app = create_app(still_office)
    refusal = Conflict("This reading item is %(state)s.", {"state": "delegated"})
    for language, said in (("en", "This reading item is handed on."), ("zh_CN", "已转交")):
        with app.test_request_context(headers={"Cookie": f"{LANGUAGE_COOKIE}={language}"}):
            assert said in sentence(refusal)
