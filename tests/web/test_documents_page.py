"""The page of a document and its files: who sees what, with how many queries, in what words."""

import io
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, ImageChops

from records.documents.models import Component, Document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.worker import Worker
from search.reading import ReasonCode
from storage.errors import StorageError
from tests import builders
from tests.letters import letter
from tests.web.visitor import Visitor, components_of, counted, document
from web.contents import MOST_TURNS
from web.reasons import REASONS, reason_text
from web.timeline import PHRASES
from web.views import views_of
from web.words import WORDS

PDF = ("dykes.pdf", letter([["Repair of the dykes", "before the flood"], ["Second page"]]))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def holder(office: Office) -> Actor:
    return builders.add_person(office, "chen", Role.CLERK, name="Chen Jing")


@pytest.fixture
def clerk(app: Flask, holder: Actor) -> Visitor:  # noqa: ARG001
    return Visitor(app, "chen")


@pytest.fixture
def read(office: Office, holder: Actor) -> Document:
    made = builders.register(office, holder, "Dykes", files=[PDF])
    with Worker(office) as worker:
        worker.run_until_idle()
    return made


def test_the_page_tells_the_document_and_its_files(
    office: Office, clerk: Visitor, read: Document
) -> None:
    page = clerk.get(f"/documents/{read.id}").text
    (component,) = components_of(office, read)
    assert "<h1>Dykes</h1>" in page
    assert read.number in page
    assert f"/components/{component}/content" in page
    assert page.count('<figure class="leaf"') == 2
    assert f"Registered as {read.number}." in page
    assert "The text was read." in page


@pytest.mark.parametrize("path", ["", "/content"])
def test_hidden_and_absent_documents_answer_alike(
    office: Office, app: Flask, read: Document, path: str
) -> None:
    builders.add_unit(office, "branch")
    builders.add_person(office, "far", Role.STAFF, unit="branch")
    far = Visitor(app, "far")
    hidden = far.get(f"/documents/{read.id}{path}")
    absent = far.get(f"/documents/01234567-89ab-7def-8123-456789abcdef{path}")
    assert hidden.status_code == absent.status_code == 404
    token = re.compile(
        r'(name="csrf-token" content|name="csrf_token" value)="[^"]+"|/documents/\S+'
    )
    assert token.sub("", hidden.text) == token.sub("", absent.text)


@pytest.mark.parametrize("path", ["content", "pages/1.webp", "pages/1/text"])
def test_files_of_hidden_documents_are_hidden(
    office: Office, app: Flask, read: Document, path: str
) -> None:
    (component,) = components_of(office, read)
    builders.add_unit(office, "branch")
    builders.add_person(office, "far", Role.STAFF, unit="branch")
    assert Visitor(app, "far").get(f"/components/{component}/{path}").status_code == 404


def test_the_page_costs_a_fixed_number_of_queries(
    office: Office, clerk: Visitor, holder: Actor, read: Document
) -> None:
    clerk.get(f"/documents/{read.id}")  # measures the pages once
    with counted(office.database.engine) as few:
        clerk.get(f"/documents/{read.id}")
    more = builders.register(
        office, holder, "More", files=[(f"{number}.txt", b"text") for number in range(6)]
    )
    with counted(office.database.engine) as many:
        clerk.get(f"/documents/{more.id}")
    assert len(many) <= len(few) + 1, many
    # Session, person, posts and groups take seven of them, whereabouts and rounds nine, seals four,
    # scans four, what is related seven; the document itself is asked for once before its pages are
    # drawn, and once for the panels after it.
    assert len(few) <= 43, "\n".join(few)


def test_the_original_comes_back_byte_for_byte_and_in_ranges(
    office: Office, clerk: Visitor, read: Document
) -> None:
    (component,) = components_of(office, read)
    whole = clerk.get(f"/components/{component}/content")
    assert whole.data == PDF[1]
    assert "attachment" in whole.headers["Content-Disposition"]
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    part = clerk.get(f"/components/{component}/content", headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.data) == (206, PDF[1][5:10])


def test_views_and_downloads_stand_in_the_timeline(
    office: Office, app: Flask, clerk: Visitor, read: Document
) -> None:
    (component,) = components_of(office, read)
    clerk.get(f"/documents/{read.id}")
    clerk.get(f"/components/{component}/content")
    views_of(app).flush()
    page = clerk.get(f"/documents/{read.id}").text
    assert "Looked at the document." in page
    assert "Downloaded one of its files." in page


def test_the_text_layer_marks_what_the_search_found(
    office: Office, clerk: Visitor, read: Document
) -> None:
    (component,) = components_of(office, read)
    answer = clerk.get(f"/components/{component}/pages/1/text?q=repairs")
    pieces = answer.get_json()
    assert [each["text"] for each in pieces if each["hit"]] == ["Repair"]
    assert "".join(each["text"] for each in pieces).startswith("Repair of the dykes")
    (hit,) = [each for each in pieces if each["hit"]]
    x0, y0, x1, y1 = hit["box"]
    assert 0 < x0 < x1 < 612
    assert 0 < y0 < y1 < 842


def test_a_page_picture_is_asked_for_again_only_when_it_changed(
    office: Office, clerk: Visitor, read: Document
) -> None:
    (component,) = components_of(office, read)
    path = f"/components/{component}/pages/1.webp"
    first = clerk.get(path)
    assert first.mimetype == "image/webp"
    assert Image.open(io.BytesIO(first.data)).width == 960
    again = clerk.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["3.webp", "0.webp", "1.webp?w=77"])
def test_a_page_or_width_that_is_not_there_is_not_found(
    office: Office, clerk: Visitor, read: Document, path: str
) -> None:
    (component,) = components_of(office, read)
    assert clerk.get(f"/components/{component}/pages/{path}").status_code == 404


def test_from_confidential_up_pages_carry_reader_and_time(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    plain = builders.register(office, holder, "Plain", files=[PDF])
    secret = builders.register(office, holder, "Secret", files=[PDF], secrecy="confidential")
    answers = [
        clerk.get(f"/components/{components_of(office, made)[0]}/pages/1.webp")
        for made in (plain, secret)
    ]
    clean, marked = (Image.open(io.BytesIO(each.data)).convert("L") for each in answers)
    assert clean.size == marked.size
    difference = ImageChops.difference(clean, marked)
    # Somewhere in every quarter of the page.
    width, height = clean.size
    for left, top in ((0, 0), (width // 2, 0), (0, height // 2), (width // 2, height // 2)):
        box = (left, top, left + width // 2, top + height // 2)
        assert max(difference.crop(box).tobytes()) > 20
    assert "ETag" not in answers[1].headers
    assert answers[1].headers["Cache-Control"] == "no-store"


def test_text_without_pictures_is_shown_with_its_marks(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    files = [("水利.txt", "全县水利工程的<维修>".encode())]
    made = builders.register(office, holder, "Water", files=files)
    with Worker(office) as worker:
        worker.run_until_idle()
    page = clerk.get(f"/documents/{made.id}?q=水利").text
    assert "全县<mark>水利</mark>工程的&lt;维修&gt;" in page


def test_a_file_that_cannot_be_read_says_why(office: Office, clerk: Visitor, holder: Actor) -> None:
    made = builders.register(office, holder, "Odd", files=[("odd.zip", b"PK\x05\x06" + bytes(18))])
    with Worker(office) as worker:
        worker.run_until_idle()
    assert document(office, made.id).text_state in ("failed", "none")
    page = clerk.get(f"/documents/{made.id}").text
    assert any(str(each) in page for each in REASONS.values())


def test_a_page_that_waits_for_the_text_asks_again_and_stops(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = builders.register(office, holder, "Text", files=[("a.txt", b"dry land")])
    page = clerk.get(f"/documents/{made.id}").text
    href = re.search(r'id="content-note" hx-get="([^"]+)"', page)
    assert href is not None
    assert "hx-get" not in clerk.get(f"/documents/{made.id}/content?turn={MOST_TURNS}").text
    with Worker(office) as worker:
        worker.run_until_idle()
    part = clerk.get(href[1].replace("&amp;", "&"), headers={"HX-Request": "true"}).text
    assert "hx-get" not in part
    assert "dry land" in part


def test_a_file_that_is_partly_a_scan_says_how_far_it_is_recognised(
    office: Office, clerk: Visitor, read: Document
) -> None:
    with office.database.writing() as uow:
        component = uow.session.get_one(Component, components_of(office, read)[0])
        component.reason_code = ReasonCode.PARTLY_SCANNED
    address = f"/documents/{read.id}/content?component={component.id}"
    waiting = clerk.get(address).text
    assert str(reason_text("partly_scanned")) in waiting
    assert "hx-get" not in waiting.split('id="content-note"')[1].split(">")[0]
    builders.recognising(office, read, done=1, total=3)
    part = clerk.get(address).text
    assert "The pages are being recognised, 1 of 3 so far." in part
    note = part.split('id="content-note"')[1].split(">")[0]
    assert "turn=1" in note
    assert "hx-select=" in note, "the pages stay, and the note alone is asked for again"
    assert "hx-get" not in clerk.get(f"{address}&turn={MOST_TURNS}").text.split("content-note")[1]


def test_paper_has_a_page_without_files(office: Office, clerk: Visitor, holder: Actor) -> None:
    made = builders.register(office, holder, "A parcel")
    assert "This is registered without a file." in clerk.get(f"/documents/{made.id}").text


def test_every_reason_has_a_sentence() -> None:
    assert {each.value for each in ReasonCode} <= set(REASONS)
    for kind in StorageError.__subclasses__():
        assert reason_text(kind.code)


def test_every_kind_of_entry_about_a_document_has_a_phrase() -> None:
    code = re.compile(r'"((?:document|component)\.[a-z_]+)"')
    kinds: set[str] = set()
    for path in (ROOT / "records").rglob("*.py"):
        kinds |= set(code.findall(path.read_text(encoding="utf-8")))
    # Foreign keys, a job, and a kind that the index would skip and nobody records.
    kinds = {kind for kind in kinds if not kind.endswith(".id")}
    kinds -= {"document.access_turns", "component.downloaded"}
    assert kinds - set(PHRASES) == set()


def test_every_field_of_metadata_has_a_name() -> None:
    from records.documents.metadata import FIELDS

    assert set(FIELDS) == set(WORDS["field"])


def test_suggestions_come_by_a_part_of_the_name_or_its_pinyin(
    office: Office, clerk: Visitor
) -> None:
    builders.add_unit(office, "water", name="水利科")
    builders.add_person(office, "li", Role.STAFF, name="李建国")
    builders.add_group(office, "水利委员会", [])
    assert clerk.get("/pick/units?q=shuili").get_json() == [
        {"id": "water", "label": "水利科", "detail": "water"}
    ]
    found = json.loads(clerk.get("/pick/principals?q=水利").data)
    assert [each["label"] for each in found] == ["水利科", "水利委员会"]
    assert clerk.get("/pick/principals?q=ljg").get_json()[0]["label"] == "李建国"
    assert all(each["id"] for each in clerk.get("/pick/classes?q=0").get_json())


def test_only_who_may_share_is_suggested_people(office: Office, app: Flask) -> None:
    builders.add_person(office, "li", Role.STAFF, clearance=Secrecy.INTERNAL)
    assert Visitor(app, "li").get("/pick/principals?q=li").status_code == 403
